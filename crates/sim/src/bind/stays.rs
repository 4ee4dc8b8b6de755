//! Stays of several bills, and long ones: what columns can settle of them and what they refuse.
//!
//! The record of columns knows neither the first day of a stay nor its periods, so a bill that the
//! contract would put into a later period is refused here, and so is one that the contract refuses.

use tongchou_core::calendar::Day;
use tongchou_core::columns::flag;
use tongchou_core::keys::Key;
use tongchou_wire::amount::Date;
use tongchou_wire::error::{Code as Refused, Refusal};

use crate::batch::Batch;
use crate::book::Book;
use crate::fault::{Code, Fault};

use super::{Bound, Columns, place_of};

/// Flags of a bill that is a part of a stay.
const PART: u8 = flag::GOES_ON | flag::JOINS | flag::TRANSFER;

/// A stay that goes on, as far as the fund has seen it.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    /// Day of admission of its first bill that the fund took part in.
    since: Option<i32>,
}

impl Bound {
    /// Makes plain stays of the drawn bills whose stay the fund sees nothing of: a blocked bill is
    /// none that the next one could be moved from.
    pub(super) fn part(&self, batch: &Batch, to: &mut Columns) {
        let Columns { key, flags, .. } = to;
        for row in 0..flags.len() {
            let goes_on = flags.get(row).is_some_and(|flags| flags & flag::GOES_ON != 0);
            let seen = |key: &Key| self.keys().fund_pays(*key) && self.keys().is_stay(*key);
            if !goes_on || key.get(row).is_some_and(seen) {
                continue;
            }
            if let Some(flags) = flags.get_mut(row) {
                *flags &= !flag::GOES_ON;
            }
            let same = batch.member.get(row) == batch.member.get(row + 1);
            if let Some(next) = flags.get_mut(row + 1).filter(|_| same) {
                *next &= !(flag::JOINS | flag::TRANSFER);
            }
        }
    }

    /// Refuses bills of stays that columns would settle otherwise than the contract.
    pub(super) fn check_stays(
        &mut self,
        batch: &Batch,
        book: &Book,
        to: &Columns,
    ) -> Result<(), Fault> {
        let (knows_transfers, shortest) = (self.knows_transfers, self.shortest_period);
        let parts = to.flags.iter().any(|flags| flags & PART != 0);
        let longest = || batch.nights.iter().fold(0, |most, nights| most.max(*nights));
        if !parts && (shortest == u16::MAX || longest() <= shortest) {
            return Ok(());
        }
        let mut open = Open::default();
        for (row, nights) in batch.nights.iter().enumerate() {
            let flags = to.flags.get(row).copied().unwrap_or(0);
            if flags & PART == 0 && *nights <= shortest {
                continue;
            }
            // What stands between two bills of one stay ends it, and the kernel says so.
            if flags & flag::JOINS == 0 {
                open = Open::default();
            }
            if flags & flag::TRANSFER != 0 && !knows_transfers {
                let rule = "visits without transfers, or a pack that has a rule for them";
                return Err(Fault::new(Code::Usage, place_of(batch, row), "transfer", rule));
            }
            self.check_stay(batch, book, to, (row, flags), &mut open)?;
        }
        Ok(())
    }

    /// Refuses one bill; a plain visit is a stay of its own.
    fn check_stay(
        &mut self,
        batch: &Batch,
        book: &Book,
        to: &Columns,
        (row, flags): (usize, u8),
        open: &mut Open,
    ) -> Result<(), Fault> {
        let Some(key) = to.key.get(row).copied() else { return Ok(()) };
        let is_part = flags & PART != 0;
        if !self.keys().is_stay(key) {
            let care = self.request(batch, book, row)?.encounter.facts.care.unwrap_or_default();
            let refusal = Refusal::new(Refused::StayNotAllowed, "$.encounter.stay", care, "");
            let refused = Err(Fault::refused(place_of(batch, row), refusal));
            return if is_part { refused } else { Ok(()) };
        }
        let day = batch.day.get(row).copied().unwrap_or(0);
        let since = open.since.unwrap_or(day);
        self.check_period(batch, book, (row, flags), since)?;
        let lines = batch.line_start.get(row).zip(batch.line_start.get(row + 1));
        let costs = lines.and_then(|(from, to)| batch.fee.get(*from as usize..*to as usize));
        let costs = costs.is_some_and(|fees| fees.iter().any(|fee| *fee > 0));
        if self.keys().fund_pays(key) && costs && flags & flag::TAKEN_BACK == 0 {
            open.since = Some(since);
        }
        Ok(())
    }

    /// Refuses a bill that ends in a later period of its stay than the first.
    fn check_period(
        &mut self,
        batch: &Batch,
        book: &Book,
        (row, flags): (usize, u8),
        since: i32,
    ) -> Result<(), Fault> {
        let day = batch.day.get(row).copied().unwrap_or(0);
        let nights = i32::from(batch.nights.get(row).copied().unwrap_or(0));
        let ends = flags & flag::GOES_ON == 0 && nights > 0;
        let last = day.saturating_add(nights).saturating_sub(i32::from(ends));
        if last.saturating_sub(since) < i32::from(self.shortest_period) {
            return Ok(());
        }
        let place = || place_of(batch, row);
        let request = self.request(batch, book, row)?;
        let period = self.binder.stay_period(&request).map_err(|r| Fault::refused(place(), r))?;
        let Some(days) = period.map(|days| i32::from(days).max(1)) else { return Ok(()) };
        let (first, last) = ((day - since).div_euclid(days), (last - since).div_euclid(days));
        if last == 0 {
            return Ok(());
        }
        if first == last {
            let expected = format!(
                "stays within their first {days} days; settle the bills of such a stay as requests"
            );
            let what = "a bill in a later period of its stay";
            return Err(Fault::new(Code::Usage, place(), what, expected));
        }
        let (year, month, day) = Day(since.saturating_add(days * (first + 1))).civil();
        let cut = Date { year, month, day }.to_string();
        let path = "$.encounter.discharged";
        let refusal = Refusal::new(Refused::StayPeriod, path, cut, days.to_string());
        Err(Fault::refused(place(), refusal))
    }
}
