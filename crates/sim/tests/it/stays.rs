//! Stays: their nights, their days, their periods, and the year that they are of.

use tongchou_core::columns::flag;
use tongchou_core::settle::Outcome;
use tongchou_core::trace::Silent;
use tongchou_sim::batch::Batch;
use tongchou_sim::book::Book;
use tongchou_sim::fault::{Code, Fault};
use tongchou_sim::generate::Generator;
use tongchou_sim::presets;
use tongchou_sim::run::{self, Quiet, Terms};
use tongchou_sim::scenario::Scenario;
use tongchou_sim::settle::{Settler, WIDTH_MAX, WIDTH_SMALL, Watch};

use crate::one_by_one::compare;
use crate::some::{self, Some as People, batch, day};

/// A deductible by length of stay, other ones from 2025 on.
fn by_length(dated_by: &str) -> String {
    format!(
        r#"
[pack]
id = "999999-length"
name = {{ zh = "按住院天数", en = "by length of stay" }}
programme = "employee"
from = 2022-01-01
to = 2026-12-31
dated_by = "{dated_by}"
year_start = "01-01"
confidence = "assumed"
[clause]
X = {{ doc = "D", text = "T", confidence = "assumed" }}
[dim]
care = ["inpatient", "outpatient"]
class = ["A"]
  [dim.period]
  of = "days"
  cuts = [[10, "down"], [90, "down"]]
  names = ["short", "long", "longer"]
[stay]
care = ["inpatient"]
[[prepay]]
when = {{ class = "A" }}
share = "0%"
clause = "X"
[[layer]]
id = "pool"
name = {{ zh = "统筹基金", en = "pool" }}
takes = ["in_scope"]
fund = "310100"
deductible_per = "stay"
basis = "stay"
clause = "X"
  [[layer.deductible]]
  when = {{ period = "short" }}
  amount = "100.00"
  to = 2024-12-31
  clause = "X"
  [[layer.deductible]]
  when = {{ period = "short" }}
  amount = "150.00"
  from = 2025-01-01
  clause = "X"
  [[layer.deductible]]
  when = {{ period = "long" }}
  amount = "200.00"
  clause = "X"
  [[layer.deductible]]
  when = {{ period = "longer" }}
  amount = "400.00"
  clause = "X"
  [[layer.band]]
  pays = ["80%"]
  clause = "X"
[personal]
account_pays = ["in_scope", "prepay", "over_limit", "full_self"]
clause = "X"
"#
    )
}

fn book(whos: &[&str], whats: &[&str]) -> Book {
    People::of(whos, whats, &["class=A"]).book
}

fn states(terms: &Terms, batches: &[Batch], book: &Book, threads: usize) -> run::Ran {
    let mut given = some::Given(batches.iter().cloned().collect(), book.clone());
    run::replay::<WIDTH_SMALL>(&mut given, terms, threads, None, &Quiet).unwrap()
}

/// Nights of a stay that make another deductible, and nights that do not.
const NIGHTS: [u16; 6] = [5, 120, 10, 11, 90, 91];

#[test]
fn b15_length_of_stay_is_a_part_of_the_key() {
    let own = by_length("discharge");
    let shipped = some::engine("440100-employee");
    let cases = [
        (some::own(&own), book(&["age=40"], &["care=inpatient"])),
        (
            (shipped, some::terms("440100-employee")),
            book(
                &["age=40,person=active", "age=70,person=retired"],
                &["care=inpatient,level=tier3,referral=not_needed"],
            ),
        ),
    ];
    for ((mut engine, terms), book) in cases {
        let first = day(2024, 3, 1);
        let mut visits = Vec::new();
        for person in 0..40_u64 {
            let [a, b] = [person % 6, (person / 6 + 1 + person) % 6].map(|at| NIGHTS[at as usize]);
            let who = (person % book.who.len() as u64) as u16;
            visits.push((person, first, a, who, 0, 0, 900_000));
            visits.push((person, first + 125, b, who, 0, 0, 700_000));
        }
        compare(&mut engine, &terms, &batch(&visits), &book);
        visits.reverse();
        visits.sort_by_key(|visit| visit.0);
        let back: Vec<_> = visits
            .iter()
            .enumerate()
            .map(|(at, v)| (v.0, first + 125 * (at as i32 % 2), v.2, v.3, v.4, v.5, v.6))
            .collect();
        compare(&mut engine, &terms, &batch(&back), &book);
        let parcels: Vec<Batch> = visits.chunks(2).map(|pair| batch(&sorted(pair))).collect();
        let one = states(&terms, &parcels, &book, 1);
        let other: Vec<Batch> = parcels.iter().rev().cloned().collect();
        for (parcels, threads) in [(&parcels, 3), (&other, 1), (&other, 3)] {
            assert_eq!(states(&terms, parcels, &book, threads).tally, one.tally, "{threads}");
        }
    }
}

fn sorted(visits: &[some::Stated]) -> Vec<some::Stated> {
    let mut visits = visits.to_vec();
    visits.sort_by_key(|visit| visit.1);
    visits
}

#[test]
fn b15_a_pack_dated_by_admission_has_its_own_day() {
    let book = book(&["age=40"], &["care=inpatient", "care=outpatient"]);
    for dated_by in ["admission", "discharge"] {
        let (mut engine, terms) = some::own(&by_length(dated_by));
        // Two stays that end on one day, of two years by their admission.
        let visits = [
            (1, day(2024, 12, 20), 9, 0, 0, 0, 500_000),
            (1, day(2024, 12, 31), 5, 0, 0, 0, 500_000),
            (2, day(2025, 1, 2), 3, 0, 0, 0, 500_000),
            (2, day(2025, 1, 5), 0, 0, 1, 0, 500_000),
            (3, day(2024, 12, 31), 0, 0, 1, 0, 500_000),
            (3, day(2024, 12, 31), 8, 0, 0, 0, 500_000),
        ];
        let one = batch(&visits);
        compare(&mut engine, &terms, &one, &book);
        let back = visits.map(|v| (4 - v.0, v.1, v.2, v.3, v.4, v.5, v.6));
        let mut back = back.to_vec();
        back.sort_by_key(|v| (v.0, v.1));
        compare(&mut engine, &terms, &batch(&back), &book);
    }
}

fn bound(terms: &Terms, visits: &[some::Stated], book: &Book) -> Result<(), Fault> {
    terms.bound().bind(&batch(visits), book)
}

#[test]
fn a_stay_in_a_later_period_is_refused_as_the_contract_does_or_because_columns_cannot() {
    let whats = ["care=inpatient,level=tier3", "care=inpatient,level=tier3,disease=psychiatric"];
    let book = book(&["age=40,person=active", "age=40,person=active,status=arrears"], &whats);
    let (mut engine, terms) = (some::engine("110000-employee"), some::terms("110000-employee"));
    let (first, fee) = (day(2024, 2, 1), 900_000);
    let (on, join) = (flag::GOES_ON, flag::JOINS);
    let taken_back = on | flag::TAKEN_BACK;
    let good: [&[some::Stated]; 7] = [
        &[(1, first, 90, 0, 0, 0, fee)],
        &[(1, first, 180, 0, 1, 0, fee)],
        &[(1, first, 50, 0, 0, on, fee), (1, first + 50, 40, 0, 0, join, fee)],
        &[(1, first, 89, 0, 0, on, fee), (1, first + 89, 0, 0, 0, join, fee)],
        // Of what is blocked or taken back the stay knows nothing: it opens with the next bill.
        &[(1, first, 80, 1, 0, on, fee), (1, first + 80, 80, 0, 0, join, fee)],
        &[(1, first, 80, 0, 0, taken_back, fee), (1, first + 80, 80, 0, 0, join, fee)],
        &[(1, first, 50, 0, 0, on, fee), (2, first + 80, 80, 0, 0, 0, fee)],
    ];
    for visits in good {
        compare(&mut engine, &terms, &batch(visits), &book);
    }
    let bad: [(&[some::Stated], usize, &str); 4] = [
        (&[(1, first, 9, 0, 0, 0, fee), (1, first + 20, 91, 0, 0, 0, fee)], 2, "S006"),
        (&[(1, first, 91, 1, 0, 0, fee)], 1, "S006"),
        (&[(1, first, 50, 0, 0, on, fee), (1, first + 50, 41, 0, 0, join, fee)], 2, "S006"),
        (&[(1, first, 89, 0, 0, on, fee), (1, first + 90, 5, 0, 0, join, fee)], 2, "D012"),
    ];
    for (visits, row, code) in bad {
        let fault = bound(&terms, visits, &book).unwrap_err();
        assert_eq!(fault.place, format!("person 1, visit {row}"));
        assert!(fault.to_string().contains(code), "{fault}");
        // The contract refuses the same, or begins a new record, which columns do not have.
        let all = batch(visits);
        let settler = Settler::<WIDTH_MAX>::new(terms.bound()).unwrap();
        let mut state = None;
        for at in 0..all.visits() {
            let mut request = settler.bound.request(&all, &book, at).unwrap();
            request.state = state;
            let settled = engine.settle(&request);
            if at + 1 == row && code == "S006" {
                let refusal = settled.unwrap_err();
                assert!(fault.to_string().contains(&refusal.value), "{fault} {refusal}");
                break;
            }
            state = settled.unwrap().state;
        }
    }
}

#[test]
fn a_stay_of_care_that_is_none_is_refused_as_by_the_contract() {
    let book = book(&["age=40,person=active"], &["care=outpatient,level=tier3"]);
    let terms = some::terms("110000-employee");
    let visits =
        [(7, 20_000, 0, 0, 0, flag::GOES_ON, 90_000), (7, 20_001, 0, 0, 0, flag::JOINS, 90_000)];
    let fault = bound(&terms, &visits, &book).unwrap_err();
    assert_eq!((fault.code, fault.place.as_str()), (Code::Refused, "person 7, visit 1"));
    assert!(fault.to_string().contains("S005"), "{fault}");
}

#[test]
fn a_visit_of_an_earlier_year_than_the_one_before_is_refused() {
    let book = book(&["age=40"], &["care=inpatient", "care=outpatient"]);
    let (mut engine, terms) = some::own(&by_length("discharge"));
    // A stay over the new year, and a purchase meanwhile.
    let stay = (5, day(2024, 12, 20), 21, 0, 0, 0, 500_000);
    let visits = [stay, (5, day(2024, 12, 25), 0, 0, 1, 0, 9_000)];
    for threads in [1, 3] {
        let mut given = some::Given([batch(&visits)].into(), book.clone());
        let ran = run::replay::<WIDTH_SMALL>(&mut given, &terms, threads, None, &Quiet);
        let fault = ran.unwrap_err();
        assert_eq!((fault.code, fault.place.as_str()), (Code::Order, "person 5, visit 2"));
        let text = fault.to_string();
        assert!(text.contains("2024") && text.contains("2025"), "{text}");
    }
    // Another person's year is his own, and a pack dated by admission finds them in order.
    let apart = [stay, (6, day(2024, 12, 25), 0, 0, 1, 0, 9_000)];
    compare(&mut engine, &terms, &batch(&apart), &book);
    let (mut engine, terms) = some::own(&by_length("admission"));
    compare(&mut engine, &terms, &batch(&visits), &book);
}

fn scenario(id: &str) -> Scenario {
    Scenario::read(presets::find(id).unwrap().text, id).unwrap()
}

#[test]
fn drawn_stays_and_transfers_keep_to_what_columns_settle() {
    let mut scenario = scenario("cn-employee-2025");
    let inpatient = scenario.visit("inpatient").unwrap();
    let visit = &mut scenario.visits[inpatient];
    (visit.transfer, visit.nights) = (1_000_000, Some((60_000_000, 1_000_000)));
    let generator = Generator::new(&scenario, 3).unwrap();
    let mut batch = Batch::default();
    generator.fill(0..4_000, &mut batch);
    let (mut moved, mut longest) = (0, 0);
    for row in 0..batch.visits() {
        let mut nights = batch.nights[row];
        if batch.flags[row] & flag::GOES_ON != 0 {
            nights += batch.nights[row + 1];
            moved += 1;
        }
        longest = nights.max(longest);
        // The discharges of a person never fall back, not even at the end of the year.
        let end = |row: usize| batch.day[row] + i32::from(batch.nights[row]);
        if row > 0 && batch.member[row] == batch.member[row - 1] {
            assert!(end(row - 1) <= end(row), "{row}");
        }
    }
    assert!(moved > 300 && longest == 88, "{moved} {longest}");
}

#[derive(Default)]
struct Seen(Vec<Outcome>);

impl Watch for Seen {
    fn visit(&mut self, _: usize, outcome: &Outcome, _: bool) {
        self.0.push(*outcome);
    }
}

/// A transfer out of a stay that the fund takes no part in, for any reason, is a stay anew.
#[test]
fn drawn_transfers_out_of_blocked_stays_are_plain_and_recorded_ones_are_refused() {
    let book = book(
        &["age=50,person=active,status=arrears", "age=50,person=active"],
        &["care=inpatient,level=tier2", "care=inpatient,level=tier3"],
    );
    let mut engine = some::engine("000000-reference-employee");
    let terms = some::terms("000000-reference-employee");
    let joins = flag::JOINS | flag::TRANSFER;
    let first = day(2025, 3, 1);
    let mut drawn = batch(&[
        (1, first, 5, 0, 0, flag::GOES_ON, 900_000),
        (1, first + 5, 9, 1, 1, joins, 800_000),
        (2, first, 5, 1, 0, flag::GOES_ON, 900_000),
        (2, first + 5, 9, 1, 1, joins, 800_000),
    ]);
    let recorded = drawn.clone();
    drawn.drawn = true;
    let mut settler = Settler::<WIDTH_MAX>::new(terms.bound()).unwrap();
    settler.bound.bind(&drawn, &book).unwrap();
    let mut seen = Seen::default();
    settler.settle(&drawn, &book, None, &mut Silent, &mut seen).unwrap();
    settler.bound.keep_stays(&mut drawn);
    assert_eq!(drawn.flags, [0, 0, flag::GOES_ON, joins]);
    compare(&mut engine, &terms, &Batch { drawn: false, ..drawn.clone() }, &book);
    assert_eq!(seen.0[0].layers, 0);
    assert!(seen.0[1].fund > 0 && seen.0[1].deductible > 0);
    let mut settler = Settler::<WIDTH_MAX>::new(terms.bound()).unwrap();
    let fault = settler.run(&recorded, &book).unwrap_err();
    assert_eq!((fault.code, fault.place.as_str()), (Code::Order, "person 1, visit 2"));
}

/// What was drawn is written as it was settled: it replays to the same states.
#[test]
fn drawn_transfers_out_of_blocked_stays_end_no_run() {
    struct Kept(Vec<Batch>);
    impl run::Recorder for Kept {
        fn take(&mut self, batch: &Batch, _: &Book) -> Result<(), Fault> {
            self.0.push(batch.clone());
            Ok(())
        }
    }
    let mut scenario = scenario("cn-employee-2025");
    let inpatient = scenario.visit("inpatient").unwrap();
    scenario.visits[inpatient].transfer = 500_000;
    let gap = scenario.gap.as_mut().unwrap();
    (gap.members, gap.months) = (1_000_000, vec![(6, 1_000_000)]);
    let generator = Generator::new(&scenario, 1).unwrap();
    let terms = some::terms(&scenario.pack);
    let one = run::generate::<WIDTH_SMALL>(&generator, 0..3_000, &terms, 2, &Quiet).unwrap();
    assert!(one.tally.blocked > 1_000, "{}", one.tally.blocked);
    let mut kept = Kept(Vec::new());
    let two = run::record::<WIDTH_SMALL>(&generator, 0..3_000, &terms, &mut kept, &Quiet).unwrap();
    assert_eq!(two.tally, one.tally);
    let mut given = some::Given(kept.0.into(), generator.book().clone());
    let again = run::replay::<WIDTH_SMALL>(&mut given, &terms, 2, None, &Quiet).unwrap();
    assert_eq!(again.tally.states, one.tally.states);
}
