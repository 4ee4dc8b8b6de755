//! The fee lines of one visit, added up within the bounds.

use crate::keys::{Keys, LineCode};
use crate::line::{LineRow, PlainRow, PlainSums};
use crate::money::FEN_MAX;
use crate::settle::{Lines, Sums};
use crate::trace::Tracer;

use super::{ColumnFault, Visits};

/// All amounts up to the bound fit these bits.
pub(super) const FEN_BITS: i64 = (1 << 40) - 1;
const _: () = assert!(FEN_MAX <= FEN_BITS);

/// A slice of a line column.
#[derive(Clone, Copy)]
struct Slice<'a> {
    fee: &'a [i64],
    code: &'a [LineCode],
    allow: Option<&'a [i64]>,
}

impl Lines for Slice<'_> {
    #[inline(always)]
    fn each(self, mut each: impl FnMut(i64, i64, LineCode)) {
        match self.allow {
            None => {
                for (fee, code) in self.fee.iter().zip(self.code) {
                    each(*fee, i64::MAX, *code);
                }
            }
            Some(allow) => {
                for ((fee, code), allow) in self.fee.iter().zip(self.code).zip(allow) {
                    each(*fee, *allow, *code);
                }
            }
        }
    }
}

impl<'a> Slice<'a> {
    /// The lines of a visit; none if the columns do not reach so far.
    #[inline(always)]
    fn of(visits: &Visits<'a>, row: usize) -> Option<Self> {
        let from = *visits.line_start.get(row)? as usize;
        let to = *visits.line_start.get(row + 1)? as usize;
        let allow = match visits.allow {
            Some(allow) => Some(allow.get(from..to)?),
            None => None,
        };
        Some(Self { fee: visits.fee.get(from..to)?, code: visits.code.get(from..to)?, allow })
    }
}

/// Adds a visit's lines up, within the bounds; `more` is judged with them.
#[inline(always)]
pub(super) fn sum_row<T: Tracer>(
    keys: &Keys,
    visits: &Visits<'_>,
    row: usize,
    more: i64,
    tracer: &mut T,
) -> Result<Sums, ColumnFault> {
    let lines = Slice::of(visits, row).ok_or(ColumnFault::Shape(row))?;
    if lines.code.iter().any(|code| keys.rule(*code).is_none()) {
        return Err(ColumnFault::Shape(row));
    }
    let bits = lines.fee.iter().fold(more, |bits, fee| bits | fee);
    let sums = match T::ON {
        true => keys.sum_lines(lines, tracer, |_| {}),
        false => silent(&keys.lines, lines).ok_or(ColumnFault::Shape(row))?.0,
    };
    fits(&sums, bits, more).then_some(sums).ok_or(ColumnFault::Amount(row))
}

/// The sums of a visit, classified or by its lines; none where [`sum_row`] has a fault to tell.
#[inline(always)]
pub(super) fn sum_silently(
    keys: &Keys,
    visits: &Visits<'_>,
    row: usize,
    more: i64,
) -> Option<Sums> {
    if let Some(sums) = visits.sums {
        let sums = *sums.get(row)?;
        return fits(&sums, more, more).then_some(sums);
    }
    let lines = Slice::of(visits, row)?;
    let (sums, bits) = match lines.allow {
        None if keys.plain => {
            let sums = plain(&keys.plain_lines, lines.fee, lines.code);
            (whole(&sums), sums.bits)
        }
        _ => silent(&keys.lines, lines)?,
    };
    fits(&sums, bits | more, more).then_some(sums)
}

/// Whether every amount is in range. Sign bits and sizes are in one word, so that the verdict
/// comes after the loop.
#[inline(always)]
fn fits(sums: &Sums, bits: i64, more: i64) -> bool {
    (0..=FEN_BITS).contains(&(bits | sums.total)) && sums.total.max(more) <= FEN_MAX
}

/// Lines without limits, fixed amounts and shares of the whole fee; the bits are out of range where
/// a code is unknown. In a function of its own: what the caller keeps for later takes no register
/// from the loop.
#[inline(never)]
fn plain(rows: &[PlainRow], fees: &[i64], codes: &[LineCode]) -> PlainSums {
    let mut sums = PlainSums::default();
    for (fee, code) in fees.iter().zip(codes) {
        match rows.get(code.index()) {
            Some(row) => sums.add(row, *fee),
            None => sums.bits = -1,
        }
    }
    sums
}

/// What plain lines come to: nothing of them is over a limit or fixed.
#[inline(always)]
fn whole(&PlainSums { total, full_self, prepay, .. }: &PlainSums) -> Sums {
    let in_scope = total.wrapping_sub(full_self).wrapping_sub(prepay);
    Sums { total, full_self, prepay, in_scope, ..Sums::default() }
}

/// Lines of any kind; none if a code is unknown.
#[inline(never)]
fn silent(rows: &[LineRow], lines: Slice<'_>) -> Option<(Sums, i64)> {
    let (mut sums, mut bits) = (Sums::default(), 0);
    match lines.allow {
        None => {
            for (fee, code) in lines.fee.iter().zip(lines.code) {
                sums.add(*fee, &rows.get(code.index())?.parts(*fee, i64::MAX));
                bits |= fee;
            }
        }
        Some(allow) => {
            for ((fee, code), allow) in lines.fee.iter().zip(lines.code).zip(allow) {
                sums.add(*fee, &rows.get(code.index())?.parts(*fee, *allow));
                bits |= fee;
            }
        }
    }
    Some((sums, bits))
}
