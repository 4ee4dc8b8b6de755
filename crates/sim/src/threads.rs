//! Blocks of persons on some threads.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::fault::{Code, Fault, said};
use crate::run::{PERSONS_A_BLOCK, Progress};

/// A fault, and the number of the block it was met in.
pub type At = (u64, Fault);

/// A fault before any block.
pub fn first(fault: Fault) -> At {
    (0, fault)
}

/// A fault behind all blocks.
pub fn last(fault: Fault) -> At {
    (u64::MAX, fault)
}

/// Runs one piece of work on some threads.
///
/// Threads take blocks in ascending order and finish what they took, so the block with the least
/// number that has a fault is always met: its fault is the result, whatever the number of threads.
pub fn together(threads: usize, work: impl Fn() -> Result<(), At> + Sync) -> Result<(), Fault> {
    if threads <= 1 {
        return work().map_err(|(_, fault)| fault);
    }
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        least(workers.into_iter().map(|worker| worker.join()))
    })
}

/// The fault of the block with the least number; every result is waited for.
pub fn least(results: impl Iterator<Item = thread::Result<Result<(), At>>>) -> Result<(), Fault> {
    let faults = results.filter_map(|result| result.unwrap_or_else(|_| Err(broken())).err());
    faults.min_by_key(|(block, _)| *block).map_or(Ok(()), |(_, fault)| Err(fault))
}

/// A thread that broke off; any fault that says more is told instead.
pub fn broken() -> At {
    let what = said("一个线程", "a thread");
    let help = said("线程异常终止，见上方信息", "it broke off; see above");
    (u64::MAX, Fault::new(Code::Usage, "", what, help))
}

/// Persons that were handed out in blocks.
pub struct Reached {
    /// The first so many, all of them done.
    pub persons: u64,
    /// Whether that is fewer than there are.
    pub partial: bool,
}

/// Hands persons out in blocks to some threads until there are no more or the run is ended.
///
/// Each thread makes a worker of its own; `block` has it do some persons and says how many visits
/// they had; `done` takes what it came to.
///
/// # Errors
/// The fault of the least block that has one.
pub fn by_blocks<T>(
    persons: Range<u64>,
    threads: usize,
    progress: &impl Progress,
    worker: impl Fn() -> Result<T, Fault> + Sync,
    block: impl Fn(&mut T, Range<u64>) -> Result<usize, Fault> + Sync,
    done: impl Fn(&T) -> Result<(), Fault> + Sync,
) -> Result<Reached, Fault> {
    let next = AtomicU64::new(persons.start);
    let work = || -> Result<(), At> {
        let mut worker = worker().map_err(first)?;
        while !progress.stop() {
            let from = next.fetch_add(PERSONS_A_BLOCK, Ordering::Relaxed);
            if from >= persons.end {
                break;
            }
            let to = persons.end.min(from + PERSONS_A_BLOCK);
            let visits = block(&mut worker, from..to).map_err(|fault| {
                // The others need not go on.
                next.fetch_max(persons.end, Ordering::Relaxed);
                (from, fault)
            })?;
            progress.done(to - from, visits as u64);
        }
        done(&worker).map_err(last)
    };
    together(threads, work)?;
    // Every block that was begun was finished, so those done are the first ones.
    let reached = next.into_inner().min(persons.end);
    Ok(Reached { persons: reached - persons.start, partial: reached < persons.end })
}
