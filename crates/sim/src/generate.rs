//! Members and visits drawn from a scenario.
//!
//! INVARIANT: everything about a person comes from the person's own stream ([`Dice`]), in an order
//! that depends on nothing else, so any cutting of the population gives the same rows.

mod alias;
mod curve;
mod plan;
#[cfg(test)]
mod tests;

use std::ops::Range;

use tongchou_core::columns::flag;

use self::alias::{Alias, Small, Wheel};
use self::curve::STEPS;
use crate::batch::{Batch, QUANTITY_ONE, mark};
use crate::book::Book;
use crate::dice::{Dice, below};
use crate::fault::Fault;
use crate::scenario::Scenario;

/// Most kinds of visits.
const KINDS: usize = 16;
/// Most days of a year.
const DAYS: usize = 366;
/// Lines by which the columns grow.
const GROWTH: usize = 4_096;

/// The tables of a scenario; shared by any number of threads.
#[derive(Debug)]
pub struct Generator {
    book: Book,
    dice: Dice,
    members: u64,
    /// 1 January, as days since 1970-01-01.
    first_day: i32,
    days: u16,
    /// Month of each day, from 0.
    month: [u8; DAYS],
    groups: Alias<Group>,
    /// Distributions of the number of visits.
    counts: Vec<Alias<u16>>,
    /// By the class of a cell: what does not depend on age.
    classes: Vec<Alias<Standing>>,
    districts: Alias<District>,
    kinds: Vec<Kind>,
    severities: Vec<Box<[u32; STEPS]>>,
    /// Whether members are within a gap in each month, by length and first month.
    gaps: Vec<[Months; 12]>,
    openings: Option<Vec<i64>>,
    /// Kinds of places by kind of visits and residence.
    places: Vec<Wheel<Place>>,
    /// Where a transfer goes to.
    onward: Vec<Alias<Place>>,
    /// Profiles by cell and poverty class, unfrozen and frozen.
    who: Vec<[u16; 2]>,
}

/// Members of a cell, with or without a chronic disease, patients of some kinds of visits.
#[derive(Clone, Debug)]
struct Group {
    class: u16,
    counts: u16,
    /// Where the cell's profiles start.
    who: u32,
    /// Credit to the account a month, in fen.
    credit: i64,
    has_account: bool,
    /// 0 where the scenario does not say, 1 for male, 2 for female.
    sex: u8,
    kinds: Small,
    /// Relative cost of each kind, in the fixed point.
    cost: [u32; KINDS],
}

/// Poverty class, residence and gap of a person.
#[derive(Clone, Copy, Debug)]
struct Standing {
    poverty: u16,
    residence: u16,
    /// 0 for none, else one above the index of the gap's length.
    gap: u16,
}

#[derive(Clone, Debug)]
struct District {
    number: u16,
    /// Bits of the days of the year with an outage; empty for none.
    outages: Option<Box<[u64; 6]>>,
}

/// Months of a gap as bits, January the lowest.
#[derive(Clone, Copy, Debug, Default)]
struct Months {
    unpaid: u16,
    frozen: u16,
}

#[derive(Clone, Debug)]
struct Kind {
    /// Where its places start, one for each residence.
    places: u32,
    severities: u16,
    lines: u32,
    more_lines: u32,
    nights: Option<Box<[u8; STEPS]>>,
    line: Wheel<Line>,
}

/// Where a visit takes place, what that means for its cost, and its marks.
#[derive(Clone, Copy, Debug)]
struct Place {
    what: u16,
    /// The profile on a day of an outage.
    what_outage: u16,
    /// Relative cost, in the fixed point.
    cost: u32,
    onward: u16,
    flags: u8,
}

/// An item in some quantity.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Price in fen with 36 bits behind the point, scaled so that the kind's mean fee comes out.
    price: u64,
    item: u16,
    quantity: u16,
}

impl Generator {
    /// The tables of a scenario, for one seed.
    ///
    /// # Errors
    /// D009 where parts of the scenario cannot be together; D007 for too many profiles.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Self, Fault> {
        plan::generator(scenario, Dice::new(seed))
    }

    /// The profiles to which the columns point.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Members of the population; persons have the numbers below it.
    #[must_use]
    pub fn members(&self) -> u64 {
        self.members
    }

    /// Replaces the contents of a batch with all visits of some persons, in order.
    ///
    /// The column of prices is left empty: every fee is exactly price × quantity. Memory of the
    /// batch is used again, so a batch that serves for many ranges allocates for the first ones.
    pub fn fill(&self, persons: Range<u64>, batch: &mut Batch) {
        let mut writer = Writer::new(batch);
        let mut dice = self.dice.clone();
        let mut order = Vec::new();
        for person in persons {
            dice.person(person);
            // What a table cannot answer does not occur: tables are made for every index.
            if self.person(person, &mut dice, &mut order, &mut writer).is_none() {
                debug_assert!(false, "a table is incomplete");
            }
        }
        writer.finish();
    }

    #[inline]
    fn person(
        &self,
        number: u64,
        dice: &mut Dice,
        order: &mut Vec<u64>,
        to: &mut Writer<'_>,
    ) -> Option<()> {
        let group = self.groups.draw(dice.word())?;
        let standing = *self.classes.get(usize::from(group.class))?.draw(dice.word())?;
        let district = self.districts.draw(dice.word())?;
        let count = *self.counts.get(usize::from(group.counts))?.draw(dice.word())?;
        let bits = dice.word();
        let gap = match standing.gap.checked_sub(1) {
            None => Months::default(),
            Some(length) => {
                let lengths = self.gaps.get(usize::from(length))?;
                *lengths.get(below(12, bits & !0xffff) as usize)?
            }
        };
        let [who, frozen] = *self.who.get(group.who as usize + usize::from(standing.poverty))?;
        let batch = &mut *to.batch;
        let member = u32::try_from(batch.person.len()).ok()?;
        batch.person.push(number);
        batch.person_who.push(who);
        batch.district.push(district.number);
        batch.sex.push(group.sex);
        if let Some(openings) = &self.openings {
            let opening = *openings.get(bits as usize % STEPS)?;
            batch.opening.push(if group.has_account { opening } else { 0 });
        }
        order.clear();
        order.extend((0..count).map(|_| dice.long()));
        order.sort_unstable();
        let member = Member { group, gap, district, standing, member, who: [who, frozen] };
        let mut time = Time { free: 0, paid: !gap.unpaid, left: count };
        for word in &*order {
            time.left -= 1;
            self.visit(*word, &member, &mut time, dice, to)?;
        }
        Some(())
    }

    /// One visit, or the two of a transfer. The upper half of `word` says when, the lower what.
    #[inline]
    fn visit(
        &self,
        word: u64,
        member: &Member<'_>,
        time: &mut Time,
        dice: &mut Dice,
        to: &mut Writer<'_>,
    ) -> Option<()> {
        #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
        let number = member.group.kinds.draw(word as u32);
        let kind = self.kinds.get(number)?;
        let cost = *member.group.cost.get(number)?;
        let places = self.places.get(kind.places as usize + usize::from(member.standing.residence));
        let place = places?.draw(dice.word())?;
        let mut nights = [0; 2];
        if let Some(table) = &kind.nights {
            let bits = dice.word() as usize;
            nights = [*table.get(bits % STEPS)?, *table.get(bits / STEPS % STEPS)?];
        }
        let moves = place.flags & flag::GOES_ON != 0;
        let [first, second] = nights.map(u16::from);
        // The bills of a transfer are one stay, which is no longer than any other.
        let second = second.min(u16::from(curve::NIGHTS_MAX).saturating_sub(first));
        let all = first + if moves { second } else { 0 };
        let day = below(u32::from(self.days.saturating_sub(all)), (word >> 32) as u32);
        let day = u16::try_from(day).ok()?.max(time.free);
        // A stay ends within the year, and a day before the end if there are more visits.
        let end = self.days - 1 - u16::from(time.left > 0);
        let first = first.min(end.saturating_sub(day));
        self.bill(kind, place, (day, first), cost, member, time, dice, to)?;
        let mut last = (day, first);
        if moves {
            let place = self.onward.get(usize::from(place.onward))?.draw(dice.word())?;
            let day = day + first;
            last = (day, second.min(end.saturating_sub(day)));
            self.bill(kind, place, last, cost, member, time, dice, to)?;
        }
        let (day, nights) = last;
        let stayed = first + nights > 0;
        time.free = (day + nights + u16::from(stayed)).min(self.days - 1);
        Some(())
    }

    /// Whether the member's benefits are frozen on a day of the year.
    #[inline]
    fn is_frozen(&self, member: &Member<'_>, day: u16) -> Option<bool> {
        Some(member.gap.frozen >> *self.month.get(usize::from(day))? & 1 == 1)
    }

    #[inline]
    #[expect(clippy::too_many_arguments, reason = "what a visit has in registers")]
    fn bill(
        &self,
        kind: &Kind,
        place: &Place,
        (day, nights): (u16, u16),
        cost: u32,
        member: &Member<'_>,
        time: &mut Time,
        dice: &mut Dice,
        to: &mut Writer<'_>,
    ) -> Option<()> {
        let month = *self.month.get(usize::from(day))?;
        let frozen = usize::from(self.is_frozen(member, day)?);
        let batch = &mut *to.batch;
        batch.member.push(member.member);
        batch.day.push(self.first_day + i32::from(day));
        batch.nights.push(nights);
        batch.who.push(*member.who.get(frozen)?);
        batch.what.push(match &member.district.outages {
            None => place.what,
            Some(days) => {
                let bits = *days.get(usize::from(day / 64))?;
                if bits >> (day % 64) & 1 == 0 { place.what } else { place.what_outage }
            }
        });
        batch.flags.push(place.flags);
        // Credits come on the first day of a month that is paid.
        let begun = (2_u16 << month) - 1;
        let credits = (time.paid & begun).count_ones();
        time.paid &= !begun;
        batch.balance.push(member.group.credit * i64::from(credits));
        let bits = dice.word();
        let severity =
            *self.severities.get(usize::from(kind.severities))?.get(bits as usize % STEPS)?;
        let count = kind.lines + below(kind.more_lines, bits & !0xfff);
        let scale = u128::from(severity) * u128::from(place.cost) * u128::from(cost);
        let scale = u64::try_from(scale >> 32).ok()?;
        to.lines(count as usize, |item, quantity, fee| {
            let Some(line) = kind.line.draw(dice.word()) else { return };
            let wide = u128::from(line.price) * u128::from(scale);
            let price = ((wide + (1 << 63)) >> 64).max(1);
            *item = line.item;
            *quantity = u32::from(line.quantity) * QUANTITY_ONE;
            *fee = price as i64 * i64::from(line.quantity);
        })
    }
}

/// What a person's visits have in common.
struct Member<'a> {
    group: &'a Group,
    gap: Months,
    district: &'a District,
    standing: Standing,
    member: u32,
    who: [u16; 2],
}

/// How far a person's year has come.
struct Time {
    /// The first day on which nothing was yet.
    free: u16,
    /// Months that are paid and not yet credited, as bits.
    paid: u16,
    /// Visits that are to come.
    left: u16,
}

/// Columns that are written to. Those of the lines keep their length from use to use, so that
/// they are written once and not cleared before.
struct Writer<'b> {
    batch: &'b mut Batch,
    lines: usize,
}

impl<'b> Writer<'b> {
    fn new(batch: &'b mut Batch) -> Self {
        let item = std::mem::take(&mut batch.item);
        let quantity = std::mem::take(&mut batch.quantity);
        let fee = std::mem::take(&mut batch.fee);
        batch.clear();
        (batch.item, batch.quantity, batch.fee) = (item, quantity, fee);
        Self { batch, lines: 0 }
    }

    /// Adds the lines of a visit.
    #[inline]
    fn lines(
        &mut self,
        count: usize,
        mut line: impl FnMut(&mut u16, &mut u32, &mut i64),
    ) -> Option<()> {
        let end = self.lines + count;
        let batch = &mut *self.batch;
        if batch.item.len().min(batch.quantity.len()).min(batch.fee.len()) < end {
            let length = end + GROWTH + end / 4;
            batch.item.resize(length, 0);
            batch.quantity.resize(length, 0);
            batch.fee.resize(length, 0);
        }
        let item = batch.item.get_mut(self.lines..end)?;
        let quantity = batch.quantity.get_mut(self.lines..end)?;
        let fee = batch.fee.get_mut(self.lines..end)?;
        for ((item, quantity), fee) in item.iter_mut().zip(quantity).zip(fee) {
            line(item, quantity, fee);
        }
        self.lines = end;
        batch.line_start.push(u32::try_from(end).ok()?);
        Some(())
    }

    fn finish(self) {
        self.batch.drawn = true;
        self.batch.item.truncate(self.lines);
        self.batch.quantity.truncate(self.lines);
        self.batch.fee.truncate(self.lines);
    }
}

const _: () = assert!(flag::GOES_ON & mark::ALL == 0);
