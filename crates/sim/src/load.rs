//! Load: as many visits as possible (closed loop), or a stated rate (open loop).
//!
//! In the open loop every call has a moment at which it should begin. Its latency counts from that
//! moment, not from when the thread came round to it: a call that had to wait for a slow one before
//! it is as late as a patient would find it (no coordinated omission). The time that calls took by
//! themselves is kept beside it.
//!
//! This module reads the clock; nothing that it settles depends on it.

mod targets;

use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::fault::{Code, Fault, said};

pub use targets::{Columns, Json, Single, visits_in_memory, with_balances};

/// Longest latency that is told apart, in nanoseconds: ten minutes.
const LATENCY_MAX: u64 = 600_000_000_000;
/// Most calls a second that are asked for: more than any target answers.
pub const RATE_MAX: u64 = 100_000_000;
/// A call that begins later than this from now is waited for asleep.
const ASLEEP: Duration = Duration::from_micros(300);
/// How early a sleeper wakes, to be there in time.
const EARLY: Duration = Duration::from_micros(150);

/// Something that settles visits, one call after the other.
pub trait Worker: Send {
    /// Settles what comes next; the number of visits.
    ///
    /// # Errors
    /// A visit that is refused.
    fn call(&mut self) -> Result<u64, Fault>;
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Threads.
    pub threads: usize,
    /// Calls.
    pub calls: u64,
    /// Visits.
    pub visits: u64,
    /// From the beginning to the end of the last call.
    pub time: Duration,
    /// Time of the calls by themselves, in nanoseconds.
    pub service: Histogram<u64>,
    /// From when a call should have begun to its end, in nanoseconds; open loop only.
    pub latency: Option<Histogram<u64>>,
    /// Whether it was ended early.
    pub partial: bool,
    /// Calls that were due and never made: the target was saturated, and the measurement ended at
    /// twice the time that it should have taken. Open loop only.
    pub not_made: u64,
}

impl Measured {
    /// Visits a second.
    #[must_use]
    pub fn rate(&self) -> u64 {
        per_second(self.visits, self.time)
    }
}

/// A count over a time, per second.
#[must_use]
pub fn per_second(count: u64, time: Duration) -> u64 {
    let nanos = time.as_nanos().max(1);
    u64::try_from(u128::from(count) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
}

/// How long, and whether to end early.
pub struct Until<'a> {
    /// The time to measure for.
    pub time: Duration,
    /// Ends the measurement early.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// As many calls as possible, a worker a thread.
///
/// # Errors
/// The first fault of a worker.
pub fn closed(workers: &mut [Box<dyn Worker>], until: &Until<'_>) -> Result<Measured, Fault> {
    together(workers, |worker, _| {
        let mut part = Part::new(false)?;
        let begun = Instant::now();
        let mut now = Duration::ZERO;
        while now < until.time && !(until.stop)() {
            // The clock is read on either side: recording the call before is no part of this one.
            let start = begun.elapsed();
            part.visits += worker.call()?;
            now = begun.elapsed();
            part.end(now.saturating_sub(start), None);
        }
        Ok(Part { time: now, partial: now < until.time, ..part })
    })
}

/// Calls at a stated rate, `rate` a second over all workers.
///
/// A target that cannot keep up is late for every call, later and later; what is measured ends at
/// twice the time and says how many calls were not made.
///
/// # Errors
/// D012 for a rate of 0 or above [`RATE_MAX`]; the first fault of a worker.
pub fn open(
    workers: &mut [Box<dyn Worker>],
    rate: u64,
    until: &Until<'_>,
) -> Result<Measured, Fault> {
    let count = workers.len() as u64;
    if !(1..=RATE_MAX).contains(&rate) || count == 0 {
        let help = format!("1 … {RATE_MAX}");
        return Err(Fault::new(Code::Usage, "--rate", rate.to_string(), help));
    }
    together(workers, |worker, number| {
        let mut part = Part::new(true)?;
        let begun = Instant::now();
        let mut turn = number as u64;
        loop {
            let due = Duration::from_nanos(nanos_of(turn, rate));
            if due >= until.time || (until.stop)() {
                part.partial = due < until.time;
                break;
            }
            wait(begun, due);
            let start = begun.elapsed();
            if start >= until.time.saturating_mul(2) {
                part.not_made = calls_due(until.time, rate).saturating_sub(turn).div_ceil(count);
                break;
            }
            part.visits += worker.call()?;
            let end = begun.elapsed();
            part.end(end.saturating_sub(start), Some(end.saturating_sub(due)));
            part.time = end;
            turn += count;
        }
        Ok(part)
    })
}

/// When the call of a turn should begin, in nanoseconds.
fn nanos_of(turn: u64, rate: u64) -> u64 {
    let nanos = u128::from(turn) * 1_000_000_000 / u128::from(rate.max(1));
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

/// Calls that should begin before a time is over.
fn calls_due(time: Duration, rate: u64) -> u64 {
    let calls = (time.as_nanos() * u128::from(rate)).div_ceil(1_000_000_000);
    u64::try_from(calls).unwrap_or(u64::MAX)
}

fn wait(begun: Instant, due: Duration) {
    loop {
        let left = due.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return;
        }
        if left > ASLEEP {
            thread::sleep(left.saturating_sub(EARLY));
        } else {
            std::hint::spin_loop();
        }
    }
}

/// What one thread measured.
struct Part {
    visits: u64,
    time: Duration,
    service: Histogram<u64>,
    latency: Option<Histogram<u64>>,
    partial: bool,
    not_made: u64,
}

impl Part {
    fn new(open: bool) -> Result<Self, Fault> {
        let histogram = || {
            let made = Histogram::new_with_bounds(1, LATENCY_MAX, 3);
            made.map_err(|error| Fault::new(Code::Usage, "", error.to_string(), ""))
        };
        let latency = if open { Some(histogram()?) } else { None };
        let service = histogram()?;
        Ok(Self { visits: 0, time: Duration::ZERO, service, latency, partial: false, not_made: 0 })
    }

    fn end(&mut self, service: Duration, latency: Option<Duration>) {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1);
        self.service.saturating_record(nanos(service));
        if let (Some(histogram), Some(time)) = (&mut self.latency, latency) {
            histogram.saturating_record(nanos(time));
        }
    }
}

/// Runs every worker in a thread of its own and adds up what they measured.
fn together(
    workers: &mut [Box<dyn Worker>],
    measure: impl Fn(&mut dyn Worker, usize) -> Result<Part, Fault> + Sync,
) -> Result<Measured, Fault> {
    let threads = workers.len();
    let measure = &measure;
    let parts: Result<Vec<Part>, Fault> = thread::scope(|scope| {
        let begun: Vec<_> = workers
            .iter_mut()
            .enumerate()
            .map(|(number, worker)| scope.spawn(move || measure(worker.as_mut(), number)))
            .collect();
        let broken =
            || Err(Fault::new(Code::Usage, "", said("一个线程异常终止", "a thread broke off"), ""));
        begun.into_iter().map(|part| part.join().unwrap_or_else(|_| broken())).collect()
    });
    let mut all = Part::new(false)?;
    for part in parts? {
        all.visits += part.visits;
        all.time = all.time.max(part.time);
        all.partial |= part.partial;
        all.not_made += part.not_made;
        let fault = |_| Fault::new(Code::Usage, "", "histograms", "");
        all.service.add(&part.service).map_err(fault)?;
        match (&mut all.latency, part.latency) {
            (Some(sum), Some(more)) => sum.add(&more).map_err(fault)?,
            (sum, more) => *sum = more,
        }
    }
    Ok(Measured {
        threads,
        calls: all.service.len(),
        visits: all.visits,
        time: all.time,
        service: all.service,
        latency: all.latency,
        partial: all.partial,
        not_made: all.not_made,
    })
}

/// Adds numbers up for a while, on some threads: how well the machine itself scales just now.
///
/// Returns rounds a second.
#[must_use]
pub fn spin(threads: usize, time: Duration) -> u64 {
    let work = || {
        let begun = Instant::now();
        let (mut rounds, mut word) = (0_u64, 1_u64);
        while begun.elapsed() < time {
            for _ in 0..10_000 {
                word = word.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7);
            }
            rounds += 1;
        }
        std::hint::black_box(word);
        per_second(rounds, begun.elapsed())
    };
    thread::scope(|scope| {
        let begun: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        begun.into_iter().map(|part| part.join().unwrap_or(0)).sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes its time.
    struct Slow(Duration);

    impl Worker for Slow {
        fn call(&mut self) -> Result<u64, Fault> {
            thread::sleep(self.0);
            Ok(1)
        }
    }

    fn workers(count: usize, each: Duration) -> Vec<Box<dyn Worker>> {
        (0..count).map(|_| -> Box<dyn Worker> { Box::new(Slow(each)) }).collect()
    }

    #[test]
    fn a_saturated_target_is_measured_for_twice_the_time_and_no_longer() {
        let until = Until { time: Duration::from_millis(100), stop: &|| false };
        let begun = Instant::now();
        let measured = open(&mut workers(2, Duration::from_millis(20)), 1_000, &until).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert!(measured.time >= Duration::from_millis(150), "{measured:?}");
        assert!(measured.not_made > 0 && !measured.partial, "{measured:?}");
        assert_eq!(measured.calls + measured.not_made, 100);
    }

    #[test]
    fn a_target_that_keeps_up_is_asked_every_call() {
        let until = Until { time: Duration::from_millis(100), stop: &|| false };
        let measured = open(&mut workers(1, Duration::ZERO), 50, &until).unwrap();
        assert_eq!((measured.calls, measured.not_made), (5, 0));
        for rate in [0, RATE_MAX + 1, u64::MAX] {
            assert!(open(&mut workers(1, Duration::ZERO), rate, &until).is_err());
        }
    }
}
