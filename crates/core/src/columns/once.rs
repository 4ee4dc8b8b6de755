//! The closed form of `round = "once"`: one layer over whole columns, proved equal in tests.
//!
//! Its sums wrap: bounds are judged once, after the loop, and amounts within them never wrap.

use crate::money::PPM;
use crate::pack::Bands;
use crate::plan::BANDS_MAX;

use super::{ColumnFault, lines::FEN_BITS};

/// A layer that rounds once: `pay = round(min(F(p + x), cap) − min(F(p), cap))`, where F is the
/// banded payment, unrounded, p the position and x the intake with its pre-pay unrounded.
///
/// Shares and rates are reduced to small denominators; the range of every product is proved when
/// the value is made.
#[derive(Clone, Copy, Debug)]
pub struct Once<const K: usize> {
    /// Kept part of each fee column, over `position_scale`.
    keeps: [u64; K],
    position_scale: u64,
    den: Divisor,
    half: u64,
    count: usize,
    /// Where each band starts, over `position_scale`.
    starts: [u64; BANDS_MAX],
    /// Rate of the first band, then the rise of each further one.
    hinges: [u64; BANDS_MAX],
    /// Rate of each band and what all bands below it pay, for rows that change from bill to bill.
    rates: [u64; BANDS_MAX],
    bases: [u64; BANDS_MAX],
    cap: u64,
}

/// Why a layer has no closed form here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnceFault {
    /// A product could pass 2⁶³.
    Range,
    /// A band's rate is lower than the one below it; the hinge form needs rising rates.
    FallingRate,
    /// The bands are not well formed.
    Bands,
}

/// Division by a number known at load, exact for every numerator below 2⁶³.
///
/// Natively one multiplication and a shift; in WASM, which has no high half of a product, a plain
/// division.
#[derive(Clone, Copy, Debug)]
struct Divisor {
    den: u64,
    factor: u64,
    shift: u32,
}

impl Divisor {
    /// `den` is at least 2, else the factor would not fit.
    fn new(den: u64) -> Option<Self> {
        let bits = u64::BITS - den.checked_sub(2)?.checked_add(1)?.leading_zeros();
        let factor = (1_u128 << (63 + bits)) / u128::from(den) + 1;
        Some(Self { den, factor: u64::try_from(factor).ok()?, shift: bits.checked_sub(1)? })
    }

    #[inline(always)]
    fn divide(self, n: u64) -> u64 {
        if cfg!(target_arch = "wasm32") {
            return n / self.den;
        }
        let product = u128::from(n) * u128::from(self.factor);
        let high = (product >> 64) as u64;
        high >> self.shift
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl<const K: usize> Once<K> {
    /// Prepares bands, pre-pay shares (one per fee column, in ppm) and a yearly cap in fen.
    ///
    /// # Errors
    /// [`OnceFault`] where the numbers do not allow it.
    pub fn new(bands: &Bands, shares: [u32; K], cap: Option<i64>) -> Result<Self, OnceFault> {
        let whole = PPM.unsigned_abs();
        let keeps = shares.map(|share| whole.saturating_sub(u64::from(share)));
        let g = keeps.iter().fold(whole, |g, keep| gcd(g, *keep));
        let position_scale = whole / g;
        let rates = bands.pays.iter().map(|rate| u64::from(rate.0));
        let h = rates.clone().fold(whole, gcd);
        let rate_scale = whole / h;
        // Doubled where everything is whole: a divisor is at least 2.
        let whole_rates = position_scale * rate_scale == 1;
        let (h, rate_scale) = if whole_rates { (h / 2, 2) } else { (h, rate_scale) };
        let den = position_scale * rate_scale;
        let count = bands.pays.len();
        if count == 0 || count > BANDS_MAX || bands.upto.len() + 1 != count {
            return Err(OnceFault::Bands);
        }
        let mut once = Self {
            keeps: keeps.map(|keep| keep / g),
            position_scale,
            den: Divisor::new(den).ok_or(OnceFault::Range)?,
            half: den / 2,
            count,
            starts: [u64::MAX; BANDS_MAX],
            hinges: [0; BANDS_MAX],
            rates: [0; BANDS_MAX],
            bases: [0; BANDS_MAX],
            cap: u64::MAX,
        };
        let starts = bands.upto.iter().map(|limit| limit.0.unsigned_abs() * position_scale);
        let (mut below, mut base, mut last) = (0, 0, 0);
        for (band, (start, rate)) in std::iter::once(0).chain(starts).zip(rates).enumerate() {
            let rate = rate / h;
            base += below * (start - last);
            set(&mut once.starts, band, start);
            set(&mut once.hinges, band, rate.checked_sub(below).ok_or(OnceFault::FallingRate)?);
            set(&mut once.rates, band, rate);
            set(&mut once.bases, band, base);
            (below, last) = (rate, start);
        }
        if let Some(cap) = cap {
            once.cap = cap.unsigned_abs().checked_mul(den).ok_or(OnceFault::Range)?;
        }
        once.prove_range()?;
        Ok(once)
    }

    /// Every product of amounts up to the bound stays below 2⁶³.
    fn prove_range(&self) -> Result<(), OnceFault> {
        let amounts = u128::from(FEN_BITS.unsigned_abs()) * (K as u128 + 1);
        let reach = amounts * u128::from(self.position_scale);
        let top = reach * u128::from(self.rates.iter().copied().max().unwrap_or(0));
        let ok = top + u128::from(self.den.den) < 1 << 63
            && (self.cap == u64::MAX || self.cap < 1 << 63);
        if ok { Ok(()) } else { Err(OnceFault::Range) }
    }

    /// Settles bills given as columns: position before, and one column per class of fee; writes
    /// the fund's and the person's part.
    ///
    /// # Errors
    /// [`ColumnFault`] where lengths differ or an amount is out of bounds; the outputs are then
    /// not to be used.
    pub fn settle(
        &self,
        position: &[i64],
        fees: [&[i64]; K],
        fund: &mut [i64],
        person: &mut [i64],
    ) -> Result<(), ColumnFault> {
        match self.count {
            1 => self.run::<1>(position, fees, fund, person),
            2 => self.run::<2>(position, fees, fund, person),
            3 => self.run::<3>(position, fees, fund, person),
            4 => self.run::<4>(position, fees, fund, person),
            _ => self.run::<BANDS_MAX>(position, fees, fund, person),
        }
    }

    #[inline(always)]
    fn paid<const N: usize>(&self, reached: u64) -> u64 {
        // The first band starts at zero.
        let mut sum = at(&self.hinges, 0).wrapping_mul(reached);
        for band in 1..N {
            let (start, hinge) = (at(&self.starts, band), at(&self.hinges, band));
            sum = hinge.wrapping_mul(reached.saturating_sub(start)).wrapping_add(sum);
        }
        sum.min(self.cap)
    }

    #[inline(never)]
    fn run<const N: usize>(
        &self,
        position: &[i64],
        fees: [&[i64]; K],
        fund: &mut [i64],
        person: &mut [i64],
    ) -> Result<(), ColumnFault> {
        let plan = *self;
        let count = position.len();
        if fees.iter().any(|c| c.len() != count) || fund.len() != count || person.len() != count {
            return Err(ColumnFault::Shape(0));
        }
        let mut bits = 0;
        let outs = fund.iter_mut().zip(person.iter_mut());
        for (row, (position, (fund, person))) in position.iter().zip(outs).enumerate() {
            let before = position.cast_unsigned();
            bits |= before;
            let start = before.wrapping_mul(plan.position_scale);
            let (mut end, mut total) = (start, 0);
            for (column, keep) in fees.iter().zip(plan.keeps) {
                let fee = at_row(column, row);
                bits |= fee;
                end = fee.wrapping_mul(keep).wrapping_add(end);
                total = fee.wrapping_add(total);
            }
            let paid =
                plan.paid::<N>(end).wrapping_sub(plan.paid::<N>(start)).wrapping_add(plan.half);
            let paid = plan.den.divide(paid);
            *fund = paid.cast_signed();
            *person = total.wrapping_sub(paid).cast_signed();
        }
        if bits > FEN_BITS.unsigned_abs() {
            return Err(ColumnFault::Amount(first_bad(position, &fees)));
        }
        Ok(())
    }
}

/// Settles bills whose row changes from bill to bill: `row` picks one of `plans`.
///
/// # Errors
/// As [`Once::settle`]; a row that is not among the plans is a [`ColumnFault::Shape`].
pub fn settle_once_by_row<const K: usize>(
    plans: &[Once<K>],
    row: &[u8],
    position: &[i64],
    fees: [&[i64]; K],
    fund: &mut [i64],
    person: &mut [i64],
) -> Result<(), ColumnFault> {
    let count = position.len();
    let lengths = fees.iter().all(|c| c.len() == count) && row.len() == count;
    if !lengths || fund.len() != count || person.len() != count {
        return Err(ColumnFault::Shape(0));
    }
    let most = plans.iter().map(|plan| plan.count).max().unwrap_or(0);
    match most {
        0..=2 => by_row::<K, 2>(plans, row, position, fees, fund, person),
        3 => by_row::<K, 3>(plans, row, position, fees, fund, person),
        4 => by_row::<K, 4>(plans, row, position, fees, fund, person),
        _ => by_row::<K, BANDS_MAX>(plans, row, position, fees, fund, person),
    }
}

#[inline(never)]
fn by_row<const K: usize, const N: usize>(
    plans: &[Once<K>],
    row: &[u8],
    position: &[i64],
    fees: [&[i64]; K],
    fund: &mut [i64],
    person: &mut [i64],
) -> Result<(), ColumnFault> {
    let mut bits = 0;
    let outs = fund.iter_mut().zip(person.iter_mut());
    let rows = position.iter().zip(row).zip(outs).enumerate();
    for (index, ((position, row), (fund, person))) in rows {
        let plan = plans.get(usize::from(*row)).ok_or(ColumnFault::Shape(index))?;
        let before = position.cast_unsigned();
        bits |= before;
        let start = before.wrapping_mul(plan.position_scale);
        let (mut end, mut total) = (start, 0);
        for (column, keep) in fees.iter().zip(plan.keeps) {
            let fee = at_row(column, index);
            bits |= fee;
            end = fee.wrapping_mul(keep).wrapping_add(end);
            total = fee.wrapping_add(total);
        }
        let paid = indexed::<K, N>(plan, end).wrapping_sub(indexed::<K, N>(plan, start));
        let paid = plan.den.divide(paid.wrapping_add(plan.half));
        *fund = paid.cast_signed();
        *person = total.wrapping_sub(paid).cast_signed();
    }
    if bits > FEN_BITS.unsigned_abs() {
        return Err(ColumnFault::Amount(first_bad(position, &fees)));
    }
    Ok(())
}

/// The banded payment by index: one band's base and rate, found by counting starts.
#[inline(always)]
fn indexed<const K: usize, const N: usize>(plan: &Once<K>, reached: u64) -> u64 {
    let mut band = 0;
    for k in 1..N {
        band += usize::from(at(&plan.starts, k) <= reached);
    }
    let into = at(&plan.rates, band).wrapping_mul(reached - at(&plan.starts, band));
    at(&plan.bases, band).wrapping_add(into).min(plan.cap)
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "masked to the array's length")]
fn at(array: &[u64; BANDS_MAX], index: usize) -> u64 {
    array[index & (BANDS_MAX - 1)]
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "every column has the length of the loop")]
fn at_row(column: &[i64], row: usize) -> u64 {
    column[row].cast_unsigned()
}

fn set(array: &mut [u64; BANDS_MAX], index: usize, value: u64) {
    if let Some(slot) = array.get_mut(index) {
        *slot = value;
    }
}

fn first_bad(position: &[i64], fees: &[&[i64]]) -> usize {
    let good = |fen: &i64| (0..=FEN_BITS).contains(fen);
    let columns = std::iter::once(&position).chain(fees);
    columns.filter_map(|column| column.iter().position(|fen| !good(fen))).min().unwrap_or(0)
}

#[cfg(test)]
mod tests;
