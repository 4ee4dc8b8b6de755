//! Columns whose visits all take one registered path: what is the same for every visit is read
//! once, before the loop.
//!
//! Each layer is still [`layer::evaluate`]; only the order of intake, payers and counters is
//! written again, and tests hold it against the general evaluator visit by visit.

use crate::keys::{Keys, reach};
use crate::layer::{self, LayerOut, LayerSpec, Scratch};
use crate::line::PlainSums;
use crate::settle::{Outcome, Record, Sums, advance, before};
use crate::shape::{self, Shape};
use crate::trace::Silent;

use super::lines::FEN_BITS;
use super::rows::Rows;
use super::{ColumnFault, Members, Visits};
use crate::money::FEN_MAX;

/// What all visits of a column have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uniform<'a> {
    keys: &'a Keys,
    layers: &'a [LayerSpec],
    /// The path's shape.
    pub shape: Shape,
    year: i32,
}

impl<'a> Uniform<'a> {
    /// Whether every bound key takes one path of a registered shape, in one year and in a stay,
    /// with the fund paying and the account open to everything, and every line is plain.
    pub(super) fn of(keys: &'a Keys, visits: &Visits<'_>) -> Option<Self> {
        let (first, [path]) = (keys.keys.first()?, keys.paths.as_slice()) else { return None };
        let common = keys.keys.iter().all(|row| {
            let open = row.fund && row.account && row.stay && row.reach == reach::ALL;
            open && row.path == 0 && row.year == first.year
        });
        let plain = keys.plain && visits.allow.is_none() && path.shape != Shape::General;
        let plain = plain && keys.extras.len() == 1;
        let plain = plain && visits.flags.is_none() && visits.sums.is_none();
        let year = i32::from(first.year);
        (common && plain).then_some(Self { keys, layers: &path.layers, shape: path.shape, year })
    }

    /// Settles rows `from..to`.
    #[inline(never)]
    pub(super) fn settle<const SHAPE: u8, const W: usize>(
        &self,
        visits: &Visits<'_>,
        (from, to): (usize, usize),
        records: &mut [Record<W>],
        sink: &mut impl FnMut(usize, &Outcome, &Scratch),
    ) -> Result<(), ColumnFault> {
        let (keys, year) = (self.keys, self.year);
        let plain = keys.plain_lines.as_slice();
        for index in from..to {
            let fault = ColumnFault::Shape(index);
            let member = *visits.member.get(index).ok_or(fault)? as usize;
            let key = *visits.key.get(index).ok_or(fault)?;
            let first = *visits.line_start.get(index).ok_or(fault)? as usize;
            let last = *visits.line_start.get(index + 1).ok_or(fault)? as usize;
            let fees = visits.fee.get(first..last).ok_or(fault)?;
            let codes = visits.code.get(first..last).ok_or(fault)?;
            let balance = match visits.balance {
                Some(column) => *column.get(index).ok_or(fault)?,
                None => 0,
            };
            let mut lines = PlainSums::default();
            for (fee, code) in fees.iter().zip(codes) {
                lines.add(plain.get(code.index()).ok_or(fault)?, *fee);
            }
            let PlainSums { total, full_self, prepay, bits } = lines;
            if !(0..=FEN_BITS).contains(&(bits | balance | total)) || total.max(balance) > FEN_MAX {
                return Err(ColumnFault::Amount(index));
            }
            let record = records.get_mut(member).ok_or(fault)?;
            if record.year != year {
                let mut members = Members { records: &mut *records, balances: None };
                Rows::new(keys, visits).settle(index, &mut members, &mut Silent, sink)?;
                continue;
            }
            let ordinal = record.admissions.saturating_add(1);
            let row = keys.key_row(key, ordinal).ok_or(fault)?;
            let in_scope = total - full_self - prepay;
            let sums = Sums { total, full_self, prepay, in_scope, ..Sums::default() };
            let mut scratch = Scratch::default();
            let (layers, into) = (self.layers, &mut scratch);
            let mut bill = Bill { keys, layers, rows: &row.rows, scratch: into, record };
            let (paid, deductible) = bill.layers::<SHAPE>(in_scope);
            record.admissions = ordinal - u32::from(total == 0);
            let person = total - paid;
            let account = balance.min(person);
            let outcome = Outcome {
                sums,
                deductible,
                fund: paid,
                person,
                account,
                cash: person - account,
                admission: ordinal,
                layers: Shape::from_number(SHAPE).layers(),
                ..Outcome::default()
            };
            sink(index, &outcome, &scratch);
        }
        Ok(())
    }
}

/// A bill that the fund takes part in, along a registered shape and rows without extras.
pub(super) struct Bill<'a, const W: usize> {
    pub(super) keys: &'a Keys,
    /// The layers of its path.
    pub(super) layers: &'a [LayerSpec],
    /// Their rows.
    pub(super) rows: &'a [u16],
    pub(super) scratch: &'a mut Scratch,
    pub(super) record: &'a mut Record<W>,
}

impl<const W: usize> Bill<'_, W> {
    /// Every layer of the shape; Σ paid and Σ deductibles.
    #[inline(always)]
    pub(super) fn layers<const SHAPE: u8>(&mut self, in_scope: i64) -> (i64, i64) {
        self.scratch.set_in_scope(in_scope);
        let [mut paid, mut deductible] = [0; 2];
        let mut add = |spec: &LayerSpec, out: LayerOut| {
            paid += out.paid;
            deductible += out.deductible & spec.counts;
        };
        match (Shape::from_number(SHAPE), self.layers) {
            (Shape::One, [a]) => add(a, self.layer(a, 0, shape::ONE[0])),
            (Shape::PoolAbove, [a, b]) => {
                add(a, self.layer(a, 0, shape::POOL_ABOVE[0]));
                add(b, self.layer(b, 1, shape::POOL_ABOVE[1]));
            }
            (Shape::PoolAboveShares, [a, b, c]) => {
                let [first, second, third] = shape::POOL_ABOVE_SHARES;
                add(a, self.layer(a, 0, first));
                add(b, self.layer(b, 1, second));
                add(c, self.layer(c, 2, third));
            }
            _ => {}
        }
        (paid, deductible)
    }

    #[inline(always)]
    fn layer(&mut self, spec: &LayerSpec, position: usize, takes: &[u8]) -> LayerOut {
        let keys = self.keys;
        let intake = self.scratch.sum(takes);
        let index = self.rows.get(position).map_or(usize::MAX, |index| usize::from(*index));
        let out = match keys.rows.get(index) {
            Some(row) if intake > 0 => {
                let before = before(spec, self.record, None);
                let out = layer::evaluate(spec, row, intake, before, &[], &mut Silent);
                advance(spec, self.record, &out);
                out
            }
            _ => LayerOut::default(),
        };
        self.scratch.put(position, &out);
        out
    }
}
