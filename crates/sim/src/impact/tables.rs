//! What is added up, apart for what both packs share and for what only one of them says.

use std::cell::Cell;

use tongchou_core::settle::Outcome;
use tongchou_core::trace::{Entry, Payer, Tracer};

use crate::fault::Fault;
use crate::tally::{Amounts, Grand, Year};

use super::spread::Spread;
use super::{MOST, Reuse, Times};

/// Where amounts go: to both packs, to the first, to the second, or nowhere (bills taken back).
pub(super) const BOTH: u8 = 0;
pub(super) const FIRST: u8 = 1;
pub(super) const SECOND: u8 = 2;
pub(super) const NOWHERE: u8 = 3;

/// Payers of a clause, in the order of [`payer`].
pub(super) const PAYERS: usize = 5;

/// Amounts of one clause: fund, person, hospital, account, cash.
pub(super) type Shares = [i64; PAYERS];

fn payer(payer: Payer) -> Option<usize> {
    match payer {
        Payer::None => None,
        Payer::Fund => Some(0),
        Payer::Person => Some(1),
        Payer::Hospital => Some(2),
        Payer::Account => Some(3),
        Payer::Cash => Some(4),
    }
}

/// Sums over visits.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// By profile of the encounter.
    pub by_what: Vec<Amounts>,
    /// By layer of both packs.
    pub layers: Vec<i64>,
    /// 定额支付.
    pub fixed: i64,
}

/// Sums over visits and clauses, by destination.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub visits: [Table; 4],
    pub clauses: [Vec<Shares>; 4],
}

impl Tables {
    /// Room for so many encounters, layers and clauses; the last clause is none at all.
    pub fn lay_out(&mut self, whats: usize, layers: usize, clauses: usize) {
        for table in &mut self.visits {
            table.by_what.resize(whats, Amounts::default());
            table.layers.resize(layers, 0);
        }
        self.clauses.iter_mut().for_each(|table| table.resize(clauses + 1, Shares::default()));
    }

    fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.visits.iter_mut().zip(&other.visits) {
            let amounts = mine.by_what.iter_mut().zip(&theirs.by_what);
            amounts.for_each(|(mine, theirs)| mine.merge(theirs));
            let layers = mine.layers.iter_mut().zip(&theirs.layers);
            layers.for_each(|(mine, theirs)| *mine += theirs);
            mine.fixed += theirs.fixed;
        }
        for (mine, theirs) in self.clauses.iter_mut().zip(&other.clauses) {
            let shares = mine.iter_mut().flatten().zip(theirs.iter().flatten());
            shares.for_each(|(mine, theirs)| *mine += theirs);
        }
    }
}

impl Table {
    #[inline(always)]
    pub fn add(&mut self, what: usize, outcome: &Outcome, nights: u16) {
        if let Some(amounts) = self.by_what.get_mut(what) {
            amounts.add(outcome, nights);
        }
        self.fixed += outcome.sums.fixed;
    }
}

/// Adds entries up by clause and payer, to the destination that is set from visit to visit.
pub(super) struct ByClause<'a> {
    /// Place of each clause of the pack.
    pub places: &'a [usize],
    pub tables: &'a mut [Vec<Shares>; 4],
    pub to: &'a Cell<u8>,
}

impl Tracer for ByClause<'_> {
    const ON: bool = true;

    #[inline(always)]
    fn entry(&mut self, entry: Entry) {
        let Some(payer) = payer(entry.payer) else { return };
        let Some(table) = self.tables.get_mut(usize::from(self.to.get())) else { return };
        let none = table.len().saturating_sub(1);
        let place = self.places.get(usize::from(entry.clause)).copied().unwrap_or(none);
        if let Some(share) = table.get_mut(place).and_then(|shares| shares.get_mut(payer)) {
            *share += entry.amount;
        }
    }
}

/// Years of the members of a kind under both packs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Persons {
    pub members: i64,
    pub with_visits: i64,
    pub gainers: i64,
    pub losers: i64,
    pub years: [Year; 2],
}

impl Persons {
    fn add(&mut self, seen: bool, difference: i64, years: [&Year; 2]) {
        self.members += 1;
        self.with_visits += i64::from(seen);
        self.gainers += i64::from(difference < 0);
        self.losers += i64::from(difference > 0);
        self.years.iter_mut().zip(years).for_each(|(mine, year)| mine.merge(year));
    }

    pub fn merge(&mut self, other: &Self) {
        self.members += other.members;
        self.with_visits += other.with_visits;
        self.gainers += other.gainers;
        self.losers += other.losers;
        self.years.iter_mut().zip(&other.years).for_each(|(mine, year)| mine.merge(year));
    }
}

/// A member whose year differs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mover {
    pub person: u64,
    /// Usual profile.
    pub who: u16,
    pub years: [Year; 2],
    /// What the person pays more under the second pack.
    pub difference: i64,
}

/// Everything that one thread adds up.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// What all visits cost, those taken back included.
    pub grand: Grand,
    pub tables: Tables,
    /// By usual profile of the member.
    pub by_who: Vec<Persons>,
    pub by_district: Vec<Persons>,
    pub spread: Spread,
    /// The most changed, most first.
    pub most: Vec<Mover>,
    pub reuse: Reuse,
    pub times: Times,
}

impl Part {
    /// Adds a member's year under both packs.
    pub fn member(&mut self, person: u64, who: u16, district: Option<u16>, years: [&Year; 2]) {
        let [a, b] = years;
        let difference = (b.account + b.cash) - (a.account + a.cash);
        let (seen, who_at) = (a.visits > 0, usize::from(who));
        self.spread.add(difference);
        if self.by_who.len() <= who_at {
            self.by_who.resize(who_at + 1, Persons::default());
        }
        if let Some(kind) = self.by_who.get_mut(who_at) {
            kind.add(seen, difference, years);
        }
        if let Some(district) = district.map(usize::from) {
            if self.by_district.len() <= district {
                self.by_district.resize(district + 1, Persons::default());
            }
            if let Some(of_district) = self.by_district.get_mut(district) {
                of_district.add(seen, difference, years);
            }
        }
        if difference != 0 {
            self.changed(Mover { person, who, years: [*a, *b], difference });
        }
    }

    /// Keeps the most changed; of equal ones those with the lower numbers.
    fn changed(&mut self, changed: Mover) {
        let rank = |mover: &Mover| (-mover.difference.abs(), mover.person);
        let place = self.most.partition_point(|known| rank(known) < rank(&changed));
        if place < MOST {
            self.most.insert(place, changed);
            self.most.truncate(MOST);
        }
    }

    /// Adds another thread's part.
    ///
    /// # Errors
    /// D012 where a sum would be above what a number holds; nothing was added then.
    pub fn take(&mut self, other: &Self) -> Result<(), Fault> {
        self.grand = self.grand.with(other.grand)?;
        self.tables.merge(&other.tables);
        let lists =
            [(&mut self.by_who, &other.by_who), (&mut self.by_district, &other.by_district)];
        for (mine, theirs) in lists {
            mine.resize(mine.len().max(theirs.len()), Persons::default());
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| mine.merge(theirs));
        }
        self.spread.merge(&other.spread);
        other.most.iter().for_each(|changed| self.changed(*changed));
        self.reuse.merge(&other.reuse);
        self.times.merge(&other.times);
        Ok(())
    }
}
