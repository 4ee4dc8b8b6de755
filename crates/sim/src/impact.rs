//! What a reform does: the same population settled under two packs, compared fen by fen.
//!
//! The first pack (A) settles every visit. The second (B) recomputes only what the change can
//! reach: lines whose rules mean the same keep their classification, and members none of whose
//! visits can differ keep their year. Both decisions compare meanings ([`Same`]), so they never
//! change a result; [`Reuse`] says how much they saved.
//!
//! Every amount is traced: the parts of the clauses add up to the totals exactly, under either
//! pack, or there is no result. Sums do not depend on the number of threads.
//!
//! [`Same`]: tongchou_core::keys::Same

mod alike;
mod block;
mod names;
pub mod spread;
mod sum;
mod tables;

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use tongchou_core::pack::Text;

use crate::batch::Batch;
use crate::fault::Fault;
use crate::run::{Population, Progress, Terms};
use crate::tally::{Amounts, Year};
use crate::threads::{Reached, by_blocks};

use block::Worker;
use names::Names;
use spread::PERCENTS;
use tables::Part;

/// How many of the most changed members are named.
pub const MOST: usize = 10;

/// Upper ends of the classes of [`Changes::classes`] on the side of losers, in fen; those of the
/// gainers mirror them.
pub const CLASS_ENDS: [i64; 8] =
    [1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000];

/// Tells the time, in nanoseconds from any beginning: the library reads no clock of its own.
pub trait Clock: Sync {
    /// The time now.
    fn now(&self) -> u64;
}

/// A clock that stands still: nothing is measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unmeasured;

impl Clock for Unmeasured {
    fn now(&self) -> u64 {
        0
    }
}

/// An amount or a number under the first pack and under the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair<T = i64> {
    /// Under the first, the baseline.
    pub a: T,
    /// Under the second, the reform.
    pub b: T,
}

impl Pair {
    /// How much more it is under the second.
    #[must_use]
    pub fn difference(&self) -> i64 {
        self.b - self.a
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.a += other.a;
        self.b += other.b;
    }
}

/// A pack of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its id, with the day whose rows hold for every visit, if there is one.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// SHA-256 of its canonical text, in hex.
    pub hash: String,
    /// Its parameters, by name.
    pub params: Vec<(String, String)>,
}

/// A clause that either pack cites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clause {
    /// Its id; empty for amounts that come with the bill and that no clause orders.
    pub id: String,
    /// Document and article.
    pub doc: String,
    /// What it says.
    pub text: String,
}

/// A layer of either pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its id; empty for fixed amounts (定额支付), which are outside all layers.
    pub id: String,
    /// Fund code it is booked to.
    pub fund: String,
    /// Its name.
    pub name: Text,
}

/// What a layer pays, in fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfLayer {
    /// The layer.
    pub layer: Layer,
    /// Paid by it.
    pub paid: Pair,
}

/// Amounts that a clause gave to each payer, in fen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfClause {
    /// The clause.
    pub clause: Clause,
    /// Paid by the fund under it.
    pub fund: Pair,
    /// Left to the person by it.
    pub person: Pair,
    /// Left to the hospital by it.
    pub hospital: Pair,
}

/// What a group of members or of encounters has in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Completed years, first and last; `None` where a profile has no age.
    Age(Option<(u8, Option<u8>)>),
    /// Dimensions of the contract with their values; empty where a profile has none of them.
    Dims(Vec<(String, String)>),
    /// Number of a district.
    District(usize),
}

impl Of {
    /// A stable text, such as `60-69` or `care=inpatient,level=tier3`.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Age(None) => "unknown".to_owned(),
            Self::Age(Some((from, Some(to)))) => format!("{from}-{to}"),
            Self::Age(Some((from, None))) => format!("{from}+"),
            Self::Dims(pairs) if pairs.is_empty() => "none".to_owned(),
            Self::Dims(pairs) => {
                let pairs = pairs.iter().map(|(dim, value)| format!("{dim}={value}"));
                pairs.collect::<Vec<_>>().join(",")
            }
            Self::District(number) => number.to_string(),
        }
    }
}

/// Heads of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// Members, those without a visit included.
    pub members: i64,
    /// Members with a visit that stands.
    pub with_visits: i64,
    /// Members who pay less in the year under the second pack.
    pub gainers: i64,
    /// Members who pay more.
    pub losers: i64,
}

/// Sums of a group, in fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it has in common.
    pub of: Of,
    /// Its members; `None` for groups of encounters.
    pub heads: Option<Heads>,
    /// Visits that stand.
    pub visits: i64,
    /// 医疗费总额, the same under both packs.
    pub total: i64,
    /// Paid by the fund.
    pub fund: Pair,
    /// Paid by accounts.
    pub account: Pair,
    /// Cash.
    pub cash: Pair,
}

impl Group {
    /// What the persons pay: account and cash.
    #[must_use]
    pub fn person(&self) -> Pair {
        Pair { a: self.account.a + self.cash.a, b: self.account.b + self.cash.b }
    }
}

/// One of the most changed members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Number of the person.
    pub person: u64,
    /// Usual profile, as the book writes it.
    pub who: String,
    /// The year under each pack.
    pub years: [Year; 2],
}

impl Changed {
    /// What the person pays in the year.
    #[must_use]
    pub fn pays(&self) -> Pair {
        let [a, b] = self.years.map(|year| year.account + year.cash);
        Pair { a, b }
    }

    /// Paid by the fund.
    #[must_use]
    pub fn fund(&self) -> Pair {
        let [a, b] = self.years.map(|year| year.fund);
        Pair { a, b }
    }
}

/// Members who gain or lose, and how much of it together, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Members.
    pub members: u64,
    /// The sum of their differences: below zero for gainers.
    pub amount: i64,
}

/// Members whose difference lies within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Least difference, in fen; `None` for no bound.
    pub from: Option<i64>,
    /// Greatest difference, in fen; `None` for no bound.
    pub to: Option<i64>,
    /// Members.
    pub members: u64,
}

/// By how much what a person pays in the year (account and cash) differs, over all members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Those who pay less.
    pub gainers: Moved,
    /// Those who pay more.
    pub losers: Moved,
    /// Those who pay the same, members without a visit included.
    pub unchanged: u64,
    /// Quantiles at [`PERCENTS`] over all members, in fen; exact, by nearest rank.
    pub of_all: Option<[i64; PERCENTS.len()]>,
    /// Those of the gainers alone: the least is who gains most.
    pub of_gainers: Option<[i64; PERCENTS.len()]>,
    /// Those of the losers alone.
    pub of_losers: Option<[i64; PERCENTS.len()]>,
    /// Members by class of difference, ascending; the one of zero in the middle.
    pub classes: Vec<Class>,
}

/// How much the second pack did not have to do again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reuse {
    /// Visits, bills taken back included.
    pub visits: u64,
    /// Their fee lines.
    pub lines: u64,
    /// Visits whose lines were not classified again.
    pub classified: u64,
    /// Members with a visit.
    pub members: u64,
    /// Of them, those whose visits were not settled again.
    pub members_skipped: u64,
    /// Visits of those members.
    pub visits_skipped: u64,
}

impl Reuse {
    fn merge(&mut self, other: &Self) {
        self.visits += other.visits;
        self.lines += other.lines;
        self.classified += other.classified;
        self.members += other.members;
        self.members_skipped += other.members_skipped;
        self.visits_skipped += other.visits_skipped;
    }
}

/// Time spent under one pack, in the caller's nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stages {
    /// Finding keys and codes; under the second pack also comparing them with the first's.
    pub bind: u64,
    /// Classifying lines.
    pub classify: u64,
    /// Settling layers and payers.
    pub settle: u64,
}

impl Stages {
    /// All of it.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.bind + self.classify + self.settle
    }

    fn merge(&mut self, other: &Self) {
        self.bind += other.bind;
        self.classify += other.classify;
        self.settle += other.settle;
    }
}

/// Time spent, over all threads, in the caller's nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Making the visits.
    pub generate: u64,
    /// Under the first pack.
    pub first: Stages,
    /// Under the second.
    pub second: Stages,
}

impl Times {
    /// What the second pack costs of the first, in thousandths; `None` where nothing was measured.
    #[must_use]
    pub fn second_of_first(&self) -> Option<u64> {
        (self.second.sum() * 1_000).checked_div(self.first.sum())
    }

    /// What the second pack costs of the first with the making of visits, in thousandths; `None`
    /// where nothing was measured.
    #[must_use]
    pub fn second_of_first_with_visits(&self) -> Option<u64> {
        (self.second.sum() * 1_000).checked_div(self.generate + self.first.sum())
    }

    fn merge(&mut self, other: &Self) {
        self.generate += other.generate;
        self.first.merge(&other.first);
        self.second.merge(&other.second);
    }
}

/// What the reform does to a population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// The packs.
    pub policies: Pair<Policy>,
    /// Persons that were settled: the first so many.
    pub persons: u64,
    /// Whether the run was ended early.
    pub partial: bool,
    /// Sums over all visits.
    pub totals: Pair<Amounts>,
    /// By layer, in paying order; fixed amounts last. They add up to the fund's total.
    pub layers: Vec<OfLayer>,
    /// By clause, in the packs' order; amounts without a clause last. They add up to the totals of
    /// fund, person and hospital.
    pub clauses: Vec<OfClause>,
    /// By age band of the usual profile.
    pub ages: Vec<Group>,
    /// By kind of member.
    pub kinds: Vec<Group>,
    /// By kind of care and level of the institution.
    pub care: Vec<Group>,
    /// By district; empty where districts are not known.
    pub districts: Vec<Group>,
    /// Gainers and losers.
    pub changes: Changes,
    /// The most changed members, most first; of equal ones the lower number.
    pub most: Vec<Changed>,
    /// What was not done again.
    pub reuse: Reuse,
    /// Time spent.
    pub times: Times,
}

impl Impact {
    /// What every fund pays: the sum of its layers, in the order of paying.
    #[must_use]
    pub fn funds(&self) -> Vec<(&str, Pair)> {
        let mut funds: Vec<(&str, Pair)> = Vec::new();
        for OfLayer { layer, paid } in &self.layers {
            match funds.iter_mut().find(|(fund, _)| *fund == layer.fund) {
                Some((_, sum)) => sum.add(*paid),
                None => funds.push((&layer.fund, *paid)),
            }
        }
        funds
    }
}

/// Settles the same persons under a baseline `a` and a reform `b`, by some threads.
///
/// Memory is bounded by the threads and by the number of distinct large differences; see
/// [`spread`].
///
/// # Errors
/// D011 for a visit that either pack refuses, D012 for a pack with too many counters.
pub fn run<const W: usize>(
    population: &impl Population,
    persons: Range<u64>,
    a: &Terms,
    b: &Terms,
    threads: usize,
    progress: &impl Progress,
    clock: &impl Clock,
) -> Result<Impact, Fault> {
    let how = How { threads, anew: false };
    run_as::<W>(population, persons, (a, b), how, progress, clock)
}

/// As [`run`], with nothing reused or skipped: the control that says what reusing saves.
///
/// # Errors
/// As [`run`].
pub fn run_anew<const W: usize>(
    population: &impl Population,
    persons: Range<u64>,
    a: &Terms,
    b: &Terms,
    threads: usize,
    progress: &impl Progress,
    clock: &impl Clock,
) -> Result<Impact, Fault> {
    let how = How { threads, anew: true };
    run_as::<W>(population, persons, (a, b), how, progress, clock)
}

/// How a comparison runs.
#[derive(Clone, Copy, Debug)]
struct How {
    threads: usize,
    /// Nothing is reused or skipped.
    anew: bool,
}

fn run_as<const W: usize>(
    population: &impl Population,
    persons: Range<u64>,
    (a, b): (&Terms, &Terms),
    How { threads, anew }: How,
    progress: &impl Progress,
    clock: &impl Clock,
) -> Result<Impact, Fault> {
    let book = population.book();
    let names = Names::of([a.binder.pack(), b.binder.pack()]);
    let worker = || Worker::<W>::new(a, b, &names, book.what.len(), anew);
    let total = Mutex::new(worker()?.part);
    let begin = || Ok((worker()?, Batch::default()));
    let block = |(worker, batch): &mut (Worker<W>, Batch), persons| {
        let since = clock.now();
        population.fill(persons, batch);
        worker.part.times.generate += clock.now().saturating_sub(since);
        worker.block(batch, book, clock).map(|()| batch.visits())
    };
    let done = |(worker, _): &(Worker<W>, Batch)| {
        total.lock().unwrap_or_else(PoisonError::into_inner).take(&worker.part)
    };
    let Reached { persons: done, partial } =
        by_blocks(persons, threads, progress, begin, block, done)?;
    let part: Part = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    sum::impact((a, b), (done, partial), names, &part, book)
}
