//! What threads may not change: which fault is told, and that a run comes to its end.

use std::ops::Range;
use std::time::Duration;

use tongchou_sim::batch::Batch;
use tongchou_sim::book::Book;
use tongchou_sim::calibrate;
use tongchou_sim::fault::Fault;
use tongchou_sim::impact::{self, Unmeasured};
use tongchou_sim::run::{self, PERSONS_A_BLOCK, Population, Progress, Quiet, Recorded};
use tongchou_sim::settle::WIDTH_SMALL;

use crate::impact::{changed, people};
use crate::some::Some as People;

/// Blocks of the run, and the first two with a visit of a profile that does not exist.
const BLOCKS: u64 = 12;
const BAD: [u64; 2] = [5, 6];

/// People of whom some are refused, the first of them only after a while.
struct Refused(People);

impl Population for Refused {
    fn book(&self) -> &Book {
        self.0.book()
    }

    fn fill(&self, persons: Range<u64>, batch: &mut Batch) {
        let block = persons.start / PERSONS_A_BLOCK;
        self.0.fill(persons, batch);
        if BAD.contains(&block) {
            batch.who[0] = u16::MAX;
        }
        if block == BAD[0] {
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}

#[test]
fn the_fault_of_the_lowest_person_is_told_by_any_number_of_threads() {
    let (_, terms) = changed(&[]);
    let people = Refused(people());
    let persons = 0..BLOCKS * PERSONS_A_BLOCK;
    let generate = |threads| {
        let ran = run::generate::<WIDTH_SMALL>(&people, persons.clone(), &terms, threads, &Quiet);
        ran.unwrap_err().to_string()
    };
    let compare = |threads| {
        let (p, t, c) = (persons.clone(), &terms, &Unmeasured);
        impact::run::<WIDTH_SMALL>(&people, p, t, t, threads, &Quiet, c).unwrap_err().to_string()
    };
    let measure = |threads| {
        let p = persons.clone();
        let parts = calibrate::measure::<WIDTH_SMALL>(&people, p, BLOCKS, &terms, threads, &Quiet);
        parts.unwrap_err().to_string()
    };
    let replay = |threads| {
        let mut file = Blocks { people: &people, next: 0 };
        run::replay::<WIDTH_SMALL>(&mut file, &terms, threads, None, &Quiet)
            .unwrap_err()
            .to_string()
    };
    let runs: [&dyn Fn(usize) -> String; 4] = [&generate, &compare, &measure, &replay];
    for told in runs {
        let one = told(1);
        let person = BAD[0] * PERSONS_A_BLOCK;
        assert!((person..person + 20).any(|p| one.contains(&format!("person {p},"))), "{one}");
        assert_eq!([told(2), told(3)], [one.clone(), one]);
    }
}

/// The blocks of a population, one after the other.
struct Blocks<'a, P> {
    people: &'a P,
    next: u64,
}

impl<P: Population> Recorded for Blocks<'_, P> {
    fn next(&mut self, batch: &mut Batch, book: &mut Book) -> Result<bool, Fault> {
        if book.who.is_empty() {
            book.clone_from(self.people.book());
        }
        let from = self.next * PERSONS_A_BLOCK;
        self.people.fill(from..from + PERSONS_A_BLOCK, batch);
        self.next += 1;
        Ok(self.next <= 4 * BLOCKS)
    }
}

/// Breaks every thread that it is told of.
struct Breaks;

impl Progress for Breaks {
    fn done(&self, _: u64, _: u64) {
        panic!("a thread breaks off here, by intent");
    }

    fn stop(&self) -> bool {
        false
    }
}

#[test]
fn a_reader_does_not_wait_for_threads_that_are_gone() {
    let (_, terms) = changed(&[]);
    let people = people();
    let mut file = Blocks { people: &people, next: 0 };
    let ran = run::replay::<WIDTH_SMALL>(&mut file, &terms, 2, None, &Breaks);
    assert!(ran.unwrap_err().to_string().contains("D012"));
    assert!(file.next < 4 * BLOCKS, "it went on reading for nobody");
}
