//! Runs: batches from a source, settled by some threads, added up.
//!
//! A source either makes any block of persons when asked (the generator), or is read from front to
//! back (a file). Either way a person's visits are settled by one thread in one batch, so the
//! result does not depend on the number of threads.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tongchou_core::settle::Outcome;
use tongchou_core::trace::Silent;
use tongchou_wire::amount::Yuan;
use tongchou_wire::engine::Binder;

use crate::batch::Batch;
use crate::bind::Bound;
use crate::book::Book;
use crate::fault::Fault;
use crate::generate::Generator;
use crate::settle::{Settler, Watch};
use crate::tally::Tally;
use crate::threads::{At, Reached, broken, by_blocks, first, last, least};

/// Persons of a block: a block's visits stay in the second cache.
pub const PERSONS_A_BLOCK: u64 = 1_024;

/// Makes the visits of any persons.
pub trait Population: Sync {
    /// The profiles of all visits.
    fn book(&self) -> &Book;
    /// Fills a batch with some persons.
    fn fill(&self, persons: Range<u64>, batch: &mut Batch);
}

impl Population for Generator {
    fn book(&self) -> &Book {
        self.book()
    }

    fn fill(&self, persons: Range<u64>, batch: &mut Batch) {
        self.fill(persons, batch);
    }
}

/// Gives visits from front to back.
pub trait Recorded: Send {
    /// Fills a batch with whole persons and adds new profiles to the book; `false` at the end.
    ///
    /// # Errors
    /// D… with the place in the file.
    fn next(&mut self, batch: &mut Batch, book: &mut Book) -> Result<bool, Fault>;
}

/// Takes settled visits, balances before each visit among them, in order.
pub trait Recorder: Send {
    /// Takes a batch.
    ///
    /// # Errors
    /// D002 where it cannot be kept.
    fn take(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault>;
}

/// What a caller sees of a run, and how he ends it.
pub trait Progress: Sync {
    /// So many more persons and visits are settled.
    fn done(&self, persons: u64, visits: u64);
    /// Whether the run shall end early.
    fn stop(&self) -> bool;
}

/// No progress, no end before the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn done(&self, _: u64, _: u64) {}
    fn stop(&self) -> bool {
        false
    }
}

/// A pack to settle under.
#[derive(Debug)]
pub struct Terms {
    /// The pack under its parameters.
    pub binder: Binder,
    /// Amounts that it asks of every bill.
    pub facts: BTreeMap<String, Yuan>,
}

impl Terms {
    /// The pack with nothing bound yet.
    #[must_use]
    pub fn bound(&self) -> Bound {
        Bound::new(self.binder.anew(), self.facts.clone())
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// The sums.
    pub tally: Tally,
    /// Persons that were settled: the first so many.
    pub persons: u64,
    /// Whether the run was ended early.
    pub partial: bool,
    /// The profiles that the sums are by.
    pub book: Book,
}

/// Generates and settles persons by some threads.
///
/// # Errors
/// D011 for a visit that the pack refuses, D012 for a pack with too many counters.
pub fn generate<const W: usize>(
    population: &impl Population,
    persons: Range<u64>,
    terms: &Terms,
    threads: usize,
    progress: &impl Progress,
) -> Result<Ran, Fault> {
    let total = Mutex::new(Tally::default());
    let book = population.book();
    let worker = || Ok((Settler::<W>::new(terms.bound())?, Batch::default()));
    let block = |(settler, batch): &mut (Settler<W>, Batch), persons| {
        population.fill(persons, batch);
        settler.run(batch, book).map(|()| batch.visits())
    };
    let done = |(settler, _): &(Settler<W>, Batch)| {
        total.lock().unwrap_or_else(PoisonError::into_inner).take(&settler.tally)
    };
    let Reached { persons, partial } = by_blocks(persons, threads, progress, worker, block, done)?;
    let tally = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Ran { tally, persons, partial, book: book.clone() })
}

/// Generates and settles persons, and hands every batch on in order.
///
/// # Errors
/// As [`generate`], and those of the recorder.
pub fn record<const W: usize>(
    population: &impl Population,
    persons: Range<u64>,
    terms: &Terms,
    recorder: &mut dyn Recorder,
    progress: &impl Progress,
) -> Result<Ran, Fault> {
    let mut settler = Settler::<W>::new(terms.bound())?;
    let (mut batch, mut from) = (Batch::default(), persons.start);
    while from < persons.end && !progress.stop() {
        let to = persons.end.min(from + PERSONS_A_BLOCK);
        population.fill(from..to, &mut batch);
        settle_and_take(&mut settler, &mut batch, population.book(), recorder)?;
        progress.done(to - from, batch.visits() as u64);
        from = to;
    }
    let (tally, book) = (settler.tally, population.book().clone());
    Ok(Ran { tally, persons: from - persons.start, partial: from < persons.end, book })
}

/// Settles a batch and hands it on with the balance before each visit.
fn settle_and_take<const W: usize>(
    settler: &mut Settler<W>,
    batch: &mut Batch,
    book: &Book,
    recorder: &mut dyn Recorder,
) -> Result<(), Fault> {
    settle_with_balances(settler, batch, book)?;
    recorder.take(batch, book)
}

/// Settles a batch and puts the balance before each visit into it.
pub(crate) fn settle_with_balances<const W: usize>(
    settler: &mut Settler<W>,
    batch: &mut Batch,
    book: &Book,
) -> Result<(), Fault> {
    settler.bound.bind(batch, book)?;
    settler.bound.keep_stays(batch);
    let mut used = Used(vec![0; batch.visits()]);
    settler.settle(batch, book, None, &mut Silent, &mut used)?;
    balances_before(batch, &used.0);
    Ok(())
}

/// What the account paid for each visit.
struct Used(Vec<i64>);

impl Watch for Used {
    fn visit(&mut self, row: usize, outcome: &Outcome, taken_back: bool) {
        if let Some(used) = self.0.get_mut(row) {
            *used = if taken_back { 0 } else { outcome.account };
        }
    }
}

/// Makes balances that are carried along those before each visit, and keeps what was credited.
fn balances_before(batch: &mut Batch, used: &[i64]) {
    let Batch { opening, balance, credit, member, .. } = batch;
    if opening.is_empty() {
        return;
    }
    credit.clone_from(balance);
    let mut before = None;
    for (credit, member) in credit.iter_mut().zip(member.iter()) {
        let first = before.replace(*member) != Some(*member);
        let opening = opening.get(*member as usize).filter(|_| first);
        *credit += opening.copied().unwrap_or(0);
    }
    for ((balance, member), used) in balance.iter_mut().zip(member.iter()).zip(used) {
        let Some(account) = opening.get_mut(*member as usize) else { continue };
        *balance += *account;
        *account = *balance - used;
    }
    opening.clear();
}

/// Settles recorded visits by some threads; `recorder` takes them on, if given.
///
/// Where the batches say what was credited, balances follow from that and from what the visits
/// before drew under these terms; else they are those that were recorded.
///
/// # Errors
/// Those of the file, and D011 for a visit that the pack refuses.
pub fn replay<const W: usize>(
    recorded: &mut dyn Recorded,
    terms: &Terms,
    threads: usize,
    mut recorder: Option<&mut dyn Recorder>,
    progress: &impl Progress,
) -> Result<Ran, Fault> {
    if threads > 1 && recorder.is_none() {
        return replay_by_threads::<W>(recorded, terms, threads, progress);
    }
    let mut settler = Settler::<W>::new(terms.bound())?;
    let (mut batch, mut book) = (Batch::default(), Book::default());
    let (mut persons, mut partial) = (0, false);
    while recorded.next(&mut batch, &mut book)? {
        batch.carry();
        match &mut recorder {
            None => settler.run(&batch, &book)?,
            Some(recorder) => settle_and_take(&mut settler, &mut batch, &book, *recorder)?,
        }
        persons += batch.person.len() as u64;
        progress.done(batch.person.len() as u64, batch.visits() as u64);
        partial = progress.stop();
        if partial {
            break;
        }
    }
    Ok(Ran { tally: settler.tally, persons, partial, book })
}

/// A batch with its number and the profiles as they were when it was read.
type Parcel = (u64, Batch, Arc<Book>);

fn replay_by_threads<const W: usize>(
    recorded: &mut dyn Recorded,
    terms: &Terms,
    threads: usize,
    progress: &impl Progress,
) -> Result<Ran, Fault> {
    let (full, filled) = sync_channel::<Parcel>(threads * 2);
    let (back, empty) = sync_channel::<Batch>(threads * 4);
    let filled = Mutex::new(filled);
    let total = Mutex::new(Tally::default());
    let failed = AtomicBool::new(false);
    let settle = || {
        let settle = || settle_parcels::<W>(terms, &filled, &back, &total, progress);
        let settled = catch_unwind(AssertUnwindSafe(settle)).unwrap_or_else(|_| Err(broken()));
        if settled.is_err() {
            failed.store(true, Ordering::Relaxed);
            // Nobody may wait for a worker that has given up.
            while filled.lock().unwrap_or_else(PoisonError::into_inner).recv().is_ok() {}
        }
        settled
    };
    let mut ran = Ran::default();
    let read = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(settle)).collect();
        let stop = || failed.load(Ordering::Relaxed) || progress.stop();
        let read = read_parcels(recorded, full, &empty, &mut ran, &stop);
        // What was read before the place of a fault in the file was settled before it.
        least(workers.into_iter().map(|worker| worker.join())).and(read)
    });
    read?;
    ran.tally = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(ran)
}

fn read_parcels(
    recorded: &mut dyn Recorded,
    full: SyncSender<Parcel>,
    empty: &Receiver<Batch>,
    ran: &mut Ran,
    stop: &impl Fn() -> bool,
) -> Result<(), Fault> {
    let mut shared = Arc::new(Book::default());
    for number in 0_u64.. {
        let mut batch = empty.try_recv().unwrap_or_default();
        if !recorded.next(&mut batch, &mut ran.book)? {
            return Ok(());
        }
        if sizes(&shared) != sizes(&ran.book) {
            shared = Arc::new(ran.book.clone());
        }
        ran.persons += batch.person.len() as u64;
        ran.partial = full.send((number, batch, Arc::clone(&shared))).is_err() || stop();
        if ran.partial {
            break;
        }
    }
    Ok(())
}

fn sizes(book: &Book) -> [usize; 3] {
    [book.who.len(), book.what.len(), book.item.len()]
}

fn settle_parcels<const W: usize>(
    terms: &Terms,
    filled: &Mutex<Receiver<Parcel>>,
    back: &SyncSender<Batch>,
    total: &Mutex<Tally>,
    progress: &impl Progress,
) -> Result<(), At> {
    let mut settler = Settler::<W>::new(terms.bound()).map_err(first)?;
    loop {
        let next = filled.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, mut batch, book)) = next else { break };
        batch.carry();
        settler.run(&batch, &book).map_err(|fault| (number, fault))?;
        progress.done(batch.person.len() as u64, batch.visits() as u64);
        // A full channel only means that the reader has batches enough.
        drop(back.try_send(batch));
    }
    let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
    total.take(&settler.tally).map_err(last)
}
