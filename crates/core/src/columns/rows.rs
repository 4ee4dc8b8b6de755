//! Columns whose visits take any path: each visit finds its own.
//!
//! [`Rows::settle_all`] takes the quick way wherever nothing is out of the ordinary; all else, and
//! every fault, goes through [`Rows::settle`]. Both are the evaluator of single bills in another
//! order of the same steps, and tests hold them against it visit by visit.

use crate::keys::{Key, KeyRow, Keys};
use crate::layer::Scratch;
use crate::money::FEN_MAX;
use crate::settle::{Outcome, Place, Purse, Record, Refusal, StayRecord, Sums, reached};
use crate::shape::Shape;
use crate::trace::{Silent, Tracer};

use super::lines::{sum_row, sum_silently};
use super::uniform::Bill;
use super::{ColumnFault, Members, Visits, flag};

/// The visits of a column, settled one by one.
pub(super) struct Rows<'a> {
    keys: &'a Keys,
    visits: &'a Visits<'a>,
    /// Whether no row has extras: upfront shares, groups' caps, one rounding for a bill.
    simple: bool,
    scratch: Scratch,
    /// The stay that goes on, and whose it is.
    open: Option<(u32, StayRecord)>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(keys: &'a Keys, visits: &'a Visits<'a>) -> Self {
        let simple = keys.extras.len() == 1;
        Self { keys, visits, simple, scratch: Scratch::default(), open: None }
    }

    /// Settles rows `from..to`.
    #[inline(never)]
    pub(super) fn settle_all<const W: usize, T: Tracer>(
        &mut self,
        (from, to): (usize, usize),
        members: &mut Members<'_, W>,
        tracer: &mut T,
        sink: &mut impl FnMut(usize, &Outcome, &Scratch),
    ) -> Result<(), ColumnFault> {
        let quick = self.simple && !T::ON;
        for row in from..to {
            if !quick || self.quickly(row, members, sink).is_none() {
                self.settle(row, members, tracer, sink)?;
            }
        }
        Ok(())
    }

    /// A visit that is a whole stay or none, in the year of its record, with the fund taking part
    /// along a registered shape. None where the row is anything else: nothing has changed then.
    #[inline(always)]
    fn quickly<const W: usize>(
        &mut self,
        row: usize,
        members: &mut Members<'_, W>,
        sink: &mut impl FnMut(usize, &Outcome, &Scratch),
    ) -> Option<()> {
        let (keys, visits) = (self.keys, self.visits);
        if let Some(flags) = visits.flags
            && *flags.get(row)? != 0
        {
            return None;
        }
        let index = *visits.member.get(row)? as usize;
        let key = *visits.key.get(row)?;
        let mut balance = match visits.balance {
            Some(balance) => *balance.get(row)?,
            None => 0,
        };
        if let Some(balances) = &members.balances {
            balance = balance.saturating_add(*balances.get(index)?);
        }
        let sums = sum_silently(keys, visits, row, balance)?;
        let record = members.records.get_mut(index)?;
        let ordinal = record.admissions.saturating_add(1);
        let place = keys.key_row(key, ordinal)?;
        let path = keys.paths.get(usize::from(place.path))?;
        let is_open = place.fund && !place.hospital && record.year == i32::from(place.year);
        if !is_open || path.shape == Shape::General || !cannot_be_refused(&sums) {
            return None;
        }
        let mut scratch = Scratch::default();
        let layers = path.layers.as_slice();
        let mut bill = Bill { keys, layers, rows: &place.rows, scratch: &mut scratch, record };
        let (paid, deductible) = match path.shape {
            Shape::One => bill.layers::<{ Shape::One as u8 }>(sums.in_scope),
            Shape::PoolAbove => bill.layers::<{ Shape::PoolAbove as u8 }>(sums.in_scope),
            _ => bill.layers::<{ Shape::PoolAboveShares as u8 }>(sums.in_scope),
        };
        record.admissions = record.admissions.saturating_add(u32::from(place.stay));
        let outcome = paid_for(place, sums, balance, (paid, deductible));
        let admission = if place.stay { ordinal } else { 0 };
        sink(row, &Outcome { admission, layers: path.shape.layers(), ..outcome }, &scratch);
        self.open = None;
        if let Some(slot) = members.balances.as_mut().and_then(|all| all.get_mut(index)) {
            *slot = balance - outcome.account;
        }
        Some(())
    }

    #[inline(never)]
    pub(super) fn settle<const W: usize, T: Tracer>(
        &mut self,
        row: usize,
        members: &mut Members<'_, W>,
        tracer: &mut T,
        sink: &mut impl FnMut(usize, &Outcome, &Scratch),
    ) -> Result<(), ColumnFault> {
        let visits = self.visits;
        let shape = ColumnFault::Shape(row);
        let (member, key) = visits.member.get(row).zip(visits.key.get(row)).ok_or(shape)?;
        let index = *member as usize;
        let record = members.records.get_mut(index).ok_or(shape)?;
        let mut balance = match visits.balance {
            Some(balance) => *balance.get(row).ok_or(shape)?,
            None => 0,
        };
        if let Some(balances) = &members.balances {
            balance = balance.saturating_add(*balances.get(index).ok_or(shape)?);
        }
        let sums = match visits.sums {
            None => sum_row(self.keys, visits, row, balance, tracer)?,
            Some(sums) => {
                let sums = *sums.get(row).ok_or(shape)?;
                let fits = (0..=FEN_MAX).contains(&sums.total) && (0..=FEN_MAX).contains(&balance);
                fits.then_some(sums).ok_or(ColumnFault::Amount(row))?
            }
        };
        let purse = Purse { balance, mutual_aid: 0, hospital: 0, use_account: true };
        let flags = visits.flags.and_then(|flags| flags.get(row)).copied().unwrap_or(0);
        let used = if flags != 0 {
            self.flagged(row, flags, sums, purse, record, tracer, sink)?
        } else {
            let used = self.ordinary((row, *key), sums, purse, record, tracer, sink);
            used.map_err(|refusal| ColumnFault::Refused(row, refusal))?
        };
        if let Some(slot) = members.balances.as_mut().and_then(|all| all.get_mut(index)) {
            *slot = balance - used;
        }
        Ok(())
    }

    /// A visit that is a whole stay or none; returns what the account paid.
    #[inline(always)]
    fn ordinary<const W: usize, T: Tracer>(
        &mut self,
        (row, key): (usize, Key),
        sums: Sums,
        purse: Purse,
        record: &mut Record<W>,
        tracer: &mut T,
        sink: &mut impl FnMut(usize, &Outcome, &Scratch),
    ) -> Result<i64, Refusal> {
        let keys = self.keys;
        self.open = None;
        let ordinal = record.admissions.saturating_add(1);
        let place = keys.key_row(key, ordinal).filter(|_| !T::ON);
        if let Some(place) = place.filter(|place| record.year == i32::from(place.year)) {
            let place = Place { row: place, ordinal, shape: Shape::General };
            let visit = Visit { keys, place, sums, purse, row };
            match keys.shape(place.row) {
                Shape::One => return visit.settle::<{ Shape::One as u8 }, W>(record, sink),
                Shape::PoolAbove => {
                    return visit.settle::<{ Shape::PoolAbove as u8 }, W>(record, sink);
                }
                Shape::PoolAboveShares => {
                    return visit.settle::<{ Shape::PoolAboveShares as u8 }, W>(record, sink);
                }
                Shape::General => {}
            }
        }
        let scratch = &mut self.scratch;
        let outcome = keys.settle(key, sums, purse, record, None, scratch, tracer)?;
        sink(row, &outcome, scratch);
        Ok(outcome.account)
    }

    /// A visit that is part of a longer stay, or that is taken back; returns what the account
    /// paid in the end.
    #[cold]
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "what the ordinary visit has in registers")]
    fn flagged<const W: usize, T: Tracer>(
        &mut self,
        row: usize,
        flags: u8,
        sums: Sums,
        purse: Purse,
        record: &mut Record<W>,
        tracer: &mut T,
        sink: &mut impl FnMut(usize, &Outcome, &Scratch),
    ) -> Result<i64, ColumnFault> {
        let shape = ColumnFault::Shape(row);
        let (visits, keys) = (self.visits, self.keys);
        let (member, key) = visits.member.get(row).zip(visits.key.get(row)).ok_or(shape)?;
        let before = *record;
        let came = self.open.take().filter(|(whose, _)| whose == member).map(|(_, stay)| stay);
        let mut stay = match (flags & flag::JOINS != 0, came) {
            // A stay of which the fund has seen nothing yet is none that one can be moved from.
            (true, came) => match came {
                Some(stay) if flags & flag::TRANSFER == 0 || stay.ordinal > 0 => Some(stay),
                _ => return Err(ColumnFault::NoStay(row)),
            },
            (false, _) => (flags & flag::GOES_ON != 0).then(StayRecord::default),
        };
        let stay_before = stay;
        if let Some(stay) = &mut stay {
            stay.transferred |= flags & flag::TRANSFER != 0;
        }
        let scratch = &mut self.scratch;
        let outcome = keys.settle(*key, sums, purse, record, stay.as_mut(), scratch, tracer);
        let outcome = outcome.map_err(|refusal| ColumnFault::Refused(row, refusal))?;
        sink(row, &outcome, scratch);
        let taken_back = flags & flag::TAKEN_BACK != 0;
        if taken_back {
            *record = before;
            stay = stay_before;
        }
        if flags & flag::GOES_ON != 0 {
            self.open = stay.map(|stay| (*member, stay));
        }
        Ok(if taken_back { 0 } else { outcome.account })
    }
}

/// Whether no share of a bill can be negative or above the bill, whoever classified it.
#[inline(always)]
fn cannot_be_refused(sums: &Sums) -> bool {
    let Sums { total, full_self, over_limit, prepay, in_scope, fixed, fixed_self } = *sums;
    let bits = full_self | over_limit | prepay | in_scope | fixed | fixed_self;
    bits >= 0 && in_scope.saturating_add(fixed) <= total && total > 0
}

/// Who pays what the layers left; the account as far as the person's rules let it.
#[inline(always)]
fn paid_for(row: &KeyRow, sums: Sums, balance: i64, (paid, deductible): (i64, i64)) -> Outcome {
    let fund = paid + sums.fixed;
    let person = sums.total - fund;
    let reach = reached(row, &sums, paid).min(person);
    let account = if row.account { balance.min(reach) } else { 0 };
    let cash = person - account;
    Outcome { sums, deductible, fund, person, account, cash, ..Outcome::default() }
}

/// A visit whose path has a registered shape.
struct Visit<'a> {
    keys: &'a Keys,
    place: Place<'a>,
    sums: Sums,
    purse: Purse,
    row: usize,
}

impl Visit<'_> {
    /// The evaluator with its topology known, in a function of its own so that it keeps its
    /// registers; the results of its layers never reach memory but through the sink.
    #[inline(never)]
    fn settle<const SHAPE: u8, const W: usize>(
        &self,
        record: &mut Record<W>,
        sink: &mut impl FnMut(usize, &Outcome, &Scratch),
    ) -> Result<i64, Refusal> {
        let mut scratch = Scratch::default();
        let place = Place { shape: Shape::from_number(SHAPE), ..self.place };
        let (sums, purse) = (self.sums, self.purse);
        let outcome =
            self.keys.settle_at(place, sums, purse, record, None, &mut scratch, &mut Silent)?;
        sink(self.row, &outcome, &scratch);
        Ok(outcome.account)
    }
}
