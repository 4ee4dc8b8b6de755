//! B15: a batch is what its visits are one by one; many threads are one.

use tongchou_core::columns::flag;
use tongchou_core::settle::Outcome;
use tongchou_core::trace::Silent;
use tongchou_sim::batch::Batch;
use tongchou_sim::book::Book;
use tongchou_sim::run::{self, Population, Quiet, Terms};
use tongchou_sim::settle::{Settler, WIDTH_MAX, WIDTH_SMALL, Watch};
use tongchou_wire::amount::Yuan;
use tongchou_wire::engine::Engine;
use tongchou_wire::error::Code;
use tongchou_wire::request::{Cancel, Count};
use tongchou_wire::response::Settlement;
use tongchou_wire::state::State;

use crate::some::{self, Some as People};

#[derive(Default)]
struct Seen(Vec<Outcome>);

impl Watch for Seen {
    fn visit(&mut self, _: usize, outcome: &Outcome, _: bool) {
        self.0.push(*outcome);
    }
}

fn amounts(settled: &Settlement) -> [i64; 10] {
    let a = &settled.amounts;
    let paid = [a.fund, a.hospital, a.account, a.cash, a.deductible];
    let lines = [a.total, a.full_self, a.over_limit, a.prepay, a.in_scope];
    let all: Vec<i64> = paid.iter().chain(&lines).map(|Yuan(fen)| *fen).collect();
    all.try_into().unwrap()
}

fn outcome_amounts(o: &Outcome) -> [i64; 10] {
    let s = &o.sums;
    [
        o.fund,
        o.hospital,
        o.account,
        o.cash,
        o.deductible,
        s.total,
        s.full_self,
        s.over_limit,
        s.prepay,
        s.in_scope,
    ]
}

/// Settles every visit of a batch as a request of its own; compares each with the columns.
pub fn compare(engine: &mut Engine, terms: &Terms, batch: &Batch, book: &Book) {
    let mut settler = Settler::<WIDTH_MAX>::new(terms.bound()).unwrap();
    settler.bound.bind(batch, book).unwrap();
    let mut seen = Seen::default();
    settler.settle(batch, book, None, &mut Silent, &mut seen).unwrap();
    let counters = settler.bound.binder().counters();
    let mut state: Option<State> = None;
    let (mut member, mut balance) = (u32::MAX, 0);
    for (row, outcome) in seen.0.iter().enumerate() {
        if batch.member[row] != member {
            (member, state) = (batch.member[row], None);
            balance = batch.opening.get(member as usize).copied().unwrap_or(0);
        }
        let before = batch.balance[row] + if batch.opening.is_empty() { 0 } else { balance };
        let mut request = settler.bound.request(batch, book, row).unwrap();
        request.state.clone_from(&state);
        request.member.account.as_mut().unwrap().balance = Yuan(before);
        let mut settled = engine.settle(&request);
        if settled.as_ref().is_err_and(|refusal| refusal.code == Code::StateYear) {
            // A new year starts without a state.
            request.state = None;
            settled = engine.settle(&request);
        }
        let settled = settled.unwrap_or_else(|refusal| {
            panic!("{}: {refusal}\n{request:?}", tongchou_sim::bind::place_of(batch, row))
        });
        let place = tongchou_sim::bind::place_of(batch, row);
        assert_eq!(outcome_amounts(outcome), amounts(&settled), "{place}\n{request:?}");
        balance = before - outcome.account;
        state.clone_from(&settled.state);
        if batch.flags[row] & flag::TAKEN_BACK != 0 {
            let cancel = Cancel { contract: 1, cancel: settled, state: None };
            state = engine.cancel(&cancel).unwrap().state.into();
            balance = before;
        }
        let last = batch.member.get(row + 1).is_none_or(|next| *next != member);
        if last {
            let record = settler.record(member as usize).unwrap();
            let kept = state.as_ref().unwrap();
            for (slot, counter) in counters.iter().enumerate() {
                let theirs = match kept.counters.get(&counter.name) {
                    Some(Count::Money(Yuan(fen))) => *fen,
                    Some(Count::Number(number)) => *number,
                    None => 0,
                };
                assert_eq!(record.slots[slot + 1], theirs, "{place}: {}", counter.name);
            }
        }
    }
}

fn people() -> Vec<(&'static str, People)> {
    let city = People::of(
        &["age=40,person=active", "age=72,person=retired", "age=40,person=active,status=arrears"],
        &[
            "care=inpatient,level=tier3",
            "care=outpatient,level=tier3",
            "care=outpatient,level=community",
            "care=outpatient,level=tier2,network=offline",
        ],
        &[
            "class=A",
            "class=B,kind=drug",
            "class=C",
            "class=A,kind=visit_fee",
            "class=B,limit=38.5",
        ],
    );
    let large = People::of(
        &["age=50"],
        &[
            "care=inpatient,category=local",
            "care=inpatient,category=referred",
            "care=special_outpatient,category=local",
        ],
        &["class=A", "class=B", "class=A,kind=dialysis", "class=C,kind=special_drug"],
    );
    let moved = People::of(
        &["age=44,person=active", "age=66,person=retired"],
        &[
            "care=inpatient,level=tier3,category=referred",
            "care=inpatient,level=tier2,category=referred",
        ],
        &["class=A", "class=B", "class=C"],
    );
    // 2020-01-01.
    let moved = People { transfers: true, first_day: 18_262, ..moved };
    vec![("110000-employee", city), ("220282-large", large), ("120000-offsite", moved)]
}

#[test]
fn b15_a_batch_is_its_visits_one_by_one() {
    for (pack, people) in people() {
        let (mut engine, terms) = (some::engine(pack), some::terms(pack));
        for carried in [true, false] {
            let people = People { carried, book: people.book.clone(), ..people };
            let mut batch = Batch::default();
            people.fill(0..300, &mut batch);
            compare(&mut engine, &terms, &batch, people.book());
        }
    }
}

#[test]
fn b15_many_threads_are_one_and_blocks_do_not_matter() {
    let (pack, people) = people().remove(0);
    let terms = some::terms(pack);
    let one = run::generate::<WIDTH_SMALL>(&people, 0..5_000, &terms, 1, &Quiet).unwrap();
    for threads in [2, 3] {
        let more =
            run::generate::<WIDTH_SMALL>(&people, 0..5_000, &terms, threads, &Quiet).unwrap();
        assert_eq!(one.tally, more.tally);
    }
    let mut cut = Settler::<WIDTH_MAX>::new(terms.bound()).unwrap();
    let mut batch = Batch::default();
    for from in (0..5_000).step_by(700) {
        people.fill(from..(from + 700).min(5_000), &mut batch);
        cut.run(&batch, people.book()).unwrap();
    }
    assert_eq!(one.tally, cut.tally);
    assert_eq!(one.tally.states.hex(), cut.tally.states.hex());
    assert!(one.tally.states.members() > 4_000);
}

#[test]
fn b15_what_is_recorded_settles_to_the_same_states() {
    struct Kept(Vec<Batch>);
    impl run::Recorder for Kept {
        fn take(&mut self, batch: &Batch, _: &Book) -> Result<(), tongchou_sim::fault::Fault> {
            self.0.push(batch.clone());
            Ok(())
        }
    }
    struct Read(Vec<Batch>, Book);
    impl run::Recorded for Read {
        fn next(
            &mut self,
            batch: &mut Batch,
            book: &mut Book,
        ) -> Result<bool, tongchou_sim::fault::Fault> {
            *book = self.1.clone();
            let next = self.0.pop();
            let there = next.is_some();
            *batch = next.unwrap_or_default();
            Ok(there)
        }
    }
    let (pack, people) = people().remove(0);
    let terms = some::terms(pack);
    let mut kept = Kept(Vec::new());
    let one = run::record::<WIDTH_SMALL>(&people, 0..5_000, &terms, &mut kept, &Quiet).unwrap();
    assert!(kept.0.iter().all(|batch| batch.opening.is_empty()));
    for threads in [1, 2, 3] {
        let mut read = Read(kept.0.clone(), people.book.clone());
        let again = run::replay::<WIDTH_SMALL>(&mut read, &terms, threads, None, &Quiet).unwrap();
        assert_eq!(one.tally, again.tally);
    }
}

#[test]
fn a_visit_that_the_pack_refuses_ends_the_run_with_its_place() {
    let people =
        People::of(&["age=40,person=active"], &["care=pharmacy,level=tier3"], &["class=A"]);
    let terms = some::terms("110000-employee");
    for threads in [1, 3] {
        let ran = run::generate::<WIDTH_SMALL>(&people, 0..5_000, &terms, threads, &Quiet);
        let fault = ran.unwrap_err().to_string();
        assert!(fault.contains("D011") && fault.contains("$.encounter.care"), "{fault}");
        assert!(fault.contains("person "), "{fault}");
    }
    let odd = People::of(&["age=40,person=active"], &["care=inpatient,level=tier3"], &["class=X"]);
    let ran = run::generate::<WIDTH_SMALL>(&odd, 0..5_000, &terms, 1, &Quiet);
    let fault = ran.unwrap_err().to_string();
    assert!(fault.contains("$.lines[0].class"), "{fault}");
}
