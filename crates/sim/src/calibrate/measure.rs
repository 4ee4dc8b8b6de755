//! Runs whose costs are also added up by member and encounter.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tongchou_core::settle::Outcome;
use tongchou_core::trace::Silent;

use crate::batch::Batch;
use crate::fault::Fault;
use crate::run::{PERSONS_A_BLOCK, Population, Progress, Terms};
use crate::settle::{Settler, Watch};
use crate::tally::Tally;
use crate::threads::{At, together};

/// What some of the persons of a run came to.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The sums.
    pub tally: Tally,
    /// Cost by member and encounter; empty where nobody added it up.
    pub costs: Costs,
}

/// Cost (医疗费总额) by usual profile of the member and profile of the encounter, in fen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    whats: usize,
    cells: Vec<i64>,
}

impl Costs {
    /// For so many profiles of members and of encounters.
    #[must_use]
    pub fn new(whos: usize, whats: usize) -> Self {
        Self { whats, cells: vec![0; whos * whats] }
    }

    /// Whether nothing was added up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Every cost with the indices of its member's and its encounter's profile.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize, i64)> {
        let of_member = self.cells.chunks(self.whats.max(1)).enumerate();
        of_member.flat_map(|(who, costs)| {
            costs.iter().enumerate().map(move |(what, cost)| (who, what, *cost))
        })
    }

    pub(super) fn add(&mut self, who: usize, what: usize, cost: i64) {
        let cell = (what < self.whats).then_some(who * self.whats + what);
        if let Some(sum) = cell.and_then(|cell| self.cells.get_mut(cell)) {
            *sum += cost;
        }
    }

    fn merge(&mut self, other: &Self) {
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        self.cells.iter_mut().zip(&other.cells).for_each(|(mine, theirs)| *mine += theirs);
    }
}

impl Part {
    /// Adds another part of the same book.
    ///
    /// # Errors
    /// D012 where a sum would be above what a number holds; nothing was added then.
    pub fn take(&mut self, other: &Self) -> Result<(), Fault> {
        self.tally.take(&other.tally)?;
        self.costs.merge(&other.costs);
        Ok(())
    }
}

/// Adds the cost of each visit that stands.
struct Seen<'a> {
    batch: &'a Batch,
    costs: &'a mut Costs,
}

impl Watch for Seen<'_> {
    fn visit(&mut self, row: usize, outcome: &Outcome, taken_back: bool) {
        let batch = self.batch;
        let who = batch.member.get(row).and_then(|member| batch.person_who.get(*member as usize));
        if let Some((who, what)) = who.zip(batch.what.get(row)).filter(|_| !taken_back) {
            self.costs.add(usize::from(*who), usize::from(*what), outcome.sums.total);
        }
    }
}

/// Generates and settles persons in so many parts of about the same size, by some threads.
///
/// Parts do not depend on the number of threads. A run that is ended early gives the parts that
/// were finished.
///
/// # Errors
/// D011 for a visit that the pack refuses, D012 for a pack with too many counters.
pub fn measure<const W: usize>(
    population: &impl Population,
    persons: Range<u64>,
    parts: u64,
    terms: &Terms,
    threads: usize,
    progress: &impl Progress,
) -> Result<Vec<Part>, Fault> {
    let count = persons.end.saturating_sub(persons.start);
    let parts = parts.clamp(1, count.max(1));
    let start = |part: u64| {
        let wide = u128::from(count) * u128::from(part) / u128::from(parts);
        persons.start + u64::try_from(wide).unwrap_or(count)
    };
    let (next, found) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let work = || -> Result<(), At> {
        while !progress.stop() {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= parts {
                break;
            }
            let settled = one::<W>(population, start(part)..start(part + 1), terms, progress);
            let settled = settled.map_err(|fault| {
                // The others need not go on.
                next.store(parts, Ordering::Relaxed);
                (part, fault)
            });
            let Some(settled) = settled? else { break };
            found.lock().unwrap_or_else(PoisonError::into_inner).push((part, settled));
        }
        Ok(())
    };
    together(threads, work)?;
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(part, _)| *part);
    Ok(found.into_iter().map(|(_, part)| part).collect())
}

/// One part; `None` if the run is ended before it is finished.
fn one<const W: usize>(
    population: &impl Population,
    persons: Range<u64>,
    terms: &Terms,
    progress: &impl Progress,
) -> Result<Option<Part>, Fault> {
    let book = population.book();
    let mut costs = Costs::new(book.who.len(), book.what.len());
    let mut settler = Settler::<W>::new(terms.bound())?;
    let (mut batch, mut from) = (Batch::default(), persons.start);
    while from < persons.end {
        if progress.stop() {
            return Ok(None);
        }
        let to = persons.end.min(from + PERSONS_A_BLOCK);
        population.fill(from..to, &mut batch);
        settler.bound.bind(&batch, book)?;
        let mut seen = Seen { batch: &batch, costs: &mut costs };
        settler.settle(&batch, book, None, &mut Silent, &mut seen)?;
        progress.done(to - from, batch.visits() as u64);
        from = to;
    }
    Ok(Some(Part { tally: settler.tally, costs }))
}
