//! Policy impact against the contract, one by one; what is reused or skipped changes nothing.

use std::collections::BTreeMap;

use tongchou_core::columns::flag;
use tongchou_sim::batch::Batch;
use tongchou_sim::bind::place_of;
use tongchou_sim::impact::spread::PERCENTS;
use tongchou_sim::impact::{self, Impact, Of, Pair, Reuse, Times, Unmeasured};
use tongchou_sim::run::{Population, Progress, Quiet, Terms};
use tongchou_sim::settle::{WIDTH_MAX, WIDTH_SMALL};
use tongchou_wire::amount::Yuan;
use tongchou_wire::engine::Engine;
use tongchou_wire::request::Cancel;
use tongchou_wire::state::State;

use crate::some::Some as People;

pub const PERSONS: u64 = 2_500;

/// A shipped pack with changes, each of which must be found in its text.
pub fn changed(changes: &[(&str, &str)]) -> (Engine, Terms) {
    let source = tongchou_packs::find("110000-employee").unwrap();
    let mut text = source.text.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let checked = tongchou_policy::check(&text, "changed").unwrap();
    let mut engine = Engine::new();
    let id = engine.add_pack(&checked.canonical).unwrap();
    let binder = engine.binder(&id, &BTreeMap::new()).unwrap();
    (engine, Terms { binder, facts: BTreeMap::new() })
}

/// Late stages only: what the pools pay up to, and a rate.
pub const CAP: (&str, &str) = ("amount = \"100000.00\"", "amount = \"90000.00\"");
pub const RATE: (&str, &str) = ("pays = [\"70%\", \"60%\"]", "pays = [\"75%\", \"60%\"]");
/// Lines: what of a class B item the person bears first.
pub const PREPAY: (&str, &str) =
    ("share = \"10%\"\nclause = \"BJE-14\"", "share = \"15%\"\nclause = \"BJE-14\"");
/// The deductible of the retired under a clause of its own: the same amounts, cited otherwise.
pub const CITED: [(&str, &str); 2] = [
    ("amount = \"1300.00\"\n  clause = \"BJE-1\"", "amount = \"1300.00\"\n  clause = \"BJE-1r\""),
    (
        "\nBJE-2 = {",
        "\nBJE-1r = { doc = \"D\", text = \"T\", confidence = \"assumed\" }\nBJE-2 = {",
    ),
];
/// Other numbers for every clause, no other meaning.
const SHIFTED: (&str, &str) =
    ("[clause]\n", "[clause]\nA-00 = { doc = \"D\", text = \"T\", confidence = \"assumed\" }\n");

pub fn people() -> People {
    People::of(
        &[
            "age=40,person=active",
            "age=72,person=retired",
            "age=9,person=active",
            "age=66,person=retired,status=arrears",
            "person=active",
        ],
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
    )
}

/// Everything but what was saved and how long it took.
fn result(impact: &Impact) -> Impact {
    Impact { reuse: Reuse::default(), times: Times::default(), ..impact.clone() }
}

fn run(a: &Terms, b: &Terms) -> Impact {
    impact::run::<WIDTH_SMALL>(&people(), 0..PERSONS, a, b, 2, &Quiet, &Unmeasured).unwrap()
}

/// What one policy comes to, by single requests.
#[derive(Default)]
struct OneByOne {
    fund: i64,
    person: i64,
    total: i64,
    layers: BTreeMap<String, i64>,
    /// By clause and payer.
    clauses: BTreeMap<(String, String), i64>,
    /// What each person pays.
    pays: Vec<i64>,
    /// Fund by kind of care and level.
    care: BTreeMap<String, i64>,
}

fn one_by_one(engine: &mut Engine, terms: &Terms, people: &People, batch: &Batch) -> OneByOne {
    let mut sums = OneByOne { pays: vec![0; batch.person.len()], ..OneByOne::default() };
    let bound = terms.bound();
    let mut state: Option<State> = None;
    let (mut member, mut balance) = (u32::MAX, 0);
    for row in 0..batch.visits() {
        if batch.member[row] != member {
            (member, state) = (batch.member[row], None);
            balance = batch.opening.get(member as usize).copied().unwrap_or(0);
        }
        let before = batch.balance[row] + if batch.opening.is_empty() { 0 } else { balance };
        let mut request = bound.request(batch, &people.book, row).unwrap();
        request.state.clone_from(&state);
        request.member.account.as_mut().unwrap().balance = Yuan(before);
        request.explain = true;
        let settled = engine.settle(&request).unwrap();
        let amounts = settled.amounts;
        balance = before - amounts.account.0;
        state.clone_from(&settled.state);
        if batch.flags[row] & flag::TAKEN_BACK != 0 {
            let cancel = Cancel { contract: 1, cancel: settled, state: None };
            state = engine.cancel(&cancel).unwrap().state.into();
            balance = before;
            continue;
        }
        sums.fund += amounts.fund.0;
        sums.person += amounts.person.0;
        sums.total += amounts.total.0;
        sums.pays[member as usize] += amounts.account.0 + amounts.cash.0;
        let facts = &request.encounter.facts;
        let care = (facts.value("care").unwrap(), facts.value("level").unwrap());
        *sums.care.entry(format!("care={},level={}", care.0, care.1)).or_default() +=
            amounts.fund.0;
        for layer in &settled.layers {
            *sums.layers.entry(layer.id.clone()).or_default() += layer.paid.0;
        }
        *sums.layers.entry(String::new()).or_default() += amounts.fixed.0;
        for entry in settled.trace.unwrap() {
            if let Some(payer) = entry.payer.filter(|_| entry.amount.0 != 0) {
                *sums.clauses.entry((entry.clause, payer)).or_default() += entry.amount.0;
            }
        }
    }
    sums
}

/// The same as the batches came to, from the result.
fn told(
    impact: &Impact,
    of: impl Fn(&Pair) -> i64,
) -> (BTreeMap<String, i64>, BTreeMap<(String, String), i64>) {
    let layers = impact.layers.iter().map(|l| (l.layer.id.clone(), of(&l.paid)));
    let mut clauses = BTreeMap::new();
    for row in &impact.clauses {
        for (payer, amount) in
            [("fund", row.fund), ("person", row.person), ("hospital", row.hospital)]
        {
            clauses.insert((row.clause.id.clone(), payer.to_owned()), of(&amount));
        }
    }
    (layers.filter(|(_, fen)| *fen != 0).collect(), clauses)
}

fn check(impact: &Impact, [a, b]: [&OneByOne; 2], batch: &Batch) {
    type Of = fn(&Pair) -> i64;
    let sides: [(&OneByOne, Of, _); 2] =
        [(a, |pair| pair.a, &impact.totals.a), (b, |pair| pair.b, &impact.totals.b)];
    for (sums, of, totals) in sides {
        assert_eq!(
            [totals.fund, totals.person(), totals.total],
            [sums.fund, sums.person, sums.total]
        );
        let (layers, clauses) = told(impact, of);
        let mut theirs = sums.layers.clone();
        theirs.retain(|_, fen| *fen != 0);
        assert_eq!(layers, theirs);
        let kept = |payer: &str| ["fund", "person", "hospital"].contains(&payer);
        let known: BTreeMap<_, i64> = sums
            .clauses
            .iter()
            .filter(|((_, payer), fen)| kept(payer) && **fen != 0)
            .map(|((clause, payer), fen)| ((clause.clone(), payer.clone()), *fen))
            .collect();
        let mine: BTreeMap<_, i64> = clauses.into_iter().filter(|(_, fen)| *fen != 0).collect();
        let named = |map: &BTreeMap<(String, String), i64>| -> BTreeMap<(String, String), i64> {
            map.iter()
                .filter(|((id, _), _)| !id.is_empty() && id != "given")
                .map(|(k, v)| (k.clone(), *v))
                .collect()
        };
        assert_eq!(named(&mine), named(&known));
        assert_eq!(mine.values().sum::<i64>(), known.values().sum::<i64>());
        let care: BTreeMap<String, i64> =
            impact.care.iter().map(|group| (group.of.key(), of(&group.fund))).collect();
        assert_eq!(care, sums.care);
    }
    let mut differences: Vec<i64> = b.pays.iter().zip(&a.pays).map(|(b, a)| b - a).collect();
    let count = |within: fn(&&i64) -> bool| {
        let kept = differences.iter().filter(within);
        (kept.clone().count() as u64, kept.sum::<i64>())
    };
    let changes = &impact.changes;
    assert_eq!((changes.gainers.members, changes.gainers.amount), count(|fen| **fen < 0));
    assert_eq!((changes.losers.members, changes.losers.amount), count(|fen| **fen > 0));
    assert_eq!(changes.unchanged, count(|fen| **fen == 0).0);
    assert_eq!(changes.classes.iter().map(|c| c.members).sum::<u64>(), PERSONS);
    let mut most: Vec<(i64, u64)> = differences
        .iter()
        .zip(&batch.person)
        .filter(|(fen, _)| **fen != 0)
        .map(|(fen, person)| (-fen.abs(), *person))
        .collect();
    most.sort_unstable();
    most.truncate(impact::MOST);
    let named: Vec<(i64, u64)> =
        impact.most.iter().map(|m| (-m.pays().difference().abs(), m.person)).collect();
    assert_eq!(named, most);
    differences.sort_unstable();
    let rank = |percent: u64| (differences.len() * percent as usize).div_ceil(100).max(1) - 1;
    assert_eq!(changes.of_all, Some(PERCENTS.map(|percent| differences[rank(percent)])));
}

#[test]
fn an_impact_is_what_single_requests_come_to_under_either_pack() {
    let people = people();
    let mut batch = Batch::default();
    people.fill(0..PERSONS, &mut batch);
    let (mut engine, a) = changed(&[]);
    let first = one_by_one(&mut engine, &a, &people, &batch);
    let cited = CITED.as_slice();
    for changes in [&[CAP, RATE][..], &[PREPAY], cited, &[CAP, PREPAY, SHIFTED]] {
        let (mut engine, b) = changed(changes);
        let second = one_by_one(&mut engine, &b, &people, &batch);
        let impact = run(&a, &b);
        check(&impact, [&first, &second], &batch);
        assert_eq!(impact.totals.a == impact.totals.b, changes == cited, "{changes:?}");
    }
}

#[test]
fn what_is_reused_or_skipped_changes_no_result_and_threads_neither() {
    let people = people();
    let (_, a) = changed(&[]);
    let cases: [&[(&str, &str)]; 5] =
        [&[CAP], &[RATE], &[PREPAY], &CITED, &[PREPAY, SHIFTED, RATE]];
    for changes in cases {
        let (_, b) = changed(changes);
        let anew =
            impact::run_anew::<WIDTH_MAX>(&people, 0..PERSONS, &a, &b, 1, &Quiet, &Unmeasured);
        let anew = anew.unwrap();
        let kept = [anew.reuse.classified, anew.reuse.members_skipped, anew.reuse.visits_skipped];
        assert_eq!(kept, [0; 3]);
        for threads in [1, 2, 3] {
            let some = impact::run::<WIDTH_SMALL>(
                &people,
                0..PERSONS,
                &a,
                &b,
                threads,
                &Quiet,
                &Unmeasured,
            );
            let some = some.unwrap();
            assert_eq!(result(&some), result(&anew), "{changes:?}");
            assert!(some.reuse.members_skipped > 0, "{changes:?}: {:?}", some.reuse);
            assert!(some.reuse.members_skipped < some.reuse.members, "{changes:?}");
        }
    }
}

#[test]
fn a_pack_beside_itself_differs_nowhere_and_settles_nobody_twice() {
    let (_, a) = changed(&[]);
    let (_, shifted) = changed(&[SHIFTED]);
    for b in [&a, &shifted] {
        let impact = run(&a, b);
        assert_eq!(impact.totals.a, impact.totals.b);
        assert!(impact.totals.a.fund > 0);
        let pairs = impact.layers.iter().map(|layer| layer.paid);
        let clauses = impact.clauses.iter().flat_map(|c| [c.fund, c.person, c.hospital]);
        let groups = [&impact.ages, &impact.kinds, &impact.care, &impact.districts];
        let groups = groups.into_iter().flatten().flat_map(|g| [g.fund, g.account, g.cash]);
        assert!(pairs.chain(clauses).chain(groups).all(|pair| pair.difference() == 0));
        assert_eq!((impact.changes.unchanged, impact.most.len()), (PERSONS, 0));
        assert_eq!(impact.changes.of_gainers, None);
        let Reuse { visits, classified, members, members_skipped, visits_skipped, .. } =
            impact.reuse;
        assert_eq!([classified, visits_skipped, members_skipped], [visits, visits, members]);
        assert!(visits > PERSONS);
    }
}

#[test]
fn only_what_a_change_can_reach_is_done_again() {
    let (_, a) = changed(&[]);
    // A rate of outpatient care of the active: every line is classified as before.
    let rate = run(&a, &changed(&[RATE]).1).reuse;
    assert_eq!(rate.classified, rate.visits);
    assert!(rate.visits_skipped > rate.visits / 5, "{rate:?}");
    // A share of class B: bills without such an item are left alone.
    let lines = run(&a, &changed(&[PREPAY]).1).reuse;
    assert!(0 < lines.classified && lines.classified < lines.visits, "{lines:?}");
    // A clause of the retired: nobody's amounts differ, but whose clauses do is settled again.
    let impact = run(&a, &changed(&CITED).1);
    assert!(impact.reuse.members_skipped < impact.reuse.members);
    assert_eq!(impact.changes.unchanged, PERSONS);
    let of = |id: &str| impact.clauses.iter().find(|row| row.clause.id == id).unwrap().person;
    assert_eq!(of("BJE-1r").a, 0);
    assert!(of("BJE-1r").b > 0);
    assert_eq!(of("BJE-1").difference(), -of("BJE-1r").difference());
}

#[test]
fn groups_hold_everybody_once() {
    let (_, a) = changed(&[]);
    let impact = run(&a, &changed(&[CAP, PREPAY]).1);
    let Impact { totals, ages, kinds, care, districts, .. } = &impact;
    for groups in [ages, kinds, care, districts] {
        let sum = |of: fn(&impact::Group) -> i64| groups.iter().map(of).sum::<i64>();
        assert_eq!(sum(|g| g.total), totals.a.total);
        assert_eq!(sum(|g| g.visits), totals.a.visits);
        assert_eq!(sum(|g| g.fund.a), totals.a.fund);
        assert_eq!(sum(|g| g.fund.b), totals.b.fund);
        assert_eq!(sum(|g| g.person().b), totals.b.person());
    }
    for groups in [ages, kinds, districts] {
        let sum = |of: fn(&impact::Heads) -> i64| {
            groups.iter().filter_map(|g| g.heads.as_ref()).map(of).sum::<i64>()
        };
        assert_eq!(sum(|h| h.members), PERSONS as i64);
        assert_eq!(sum(|h| h.gainers), impact.changes.gainers.members as i64);
        assert_eq!(sum(|h| h.losers), impact.changes.losers.members as i64);
    }
    let keys: Vec<String> = ages.iter().map(|group| group.of.key()).collect();
    assert_eq!(keys, ["0-9", "40-49", "60-69", "70-79", "unknown"]);
    assert_eq!(kinds[1].of, Of::Dims(vec![("person".to_owned(), "retired".to_owned())]));
    let keys: Vec<String> = care.iter().map(|group| group.of.key()).collect();
    assert_eq!(keys.len(), 4, "{keys:?}");
}

#[test]
fn a_refusal_names_the_pack_and_an_early_end_is_marked() {
    let (_, a) = changed(&[]);
    let (_, b) = changed(&[RATE]);
    let odd = People::of(&["age=4,person=active"], &["care=pharmacy,level=tier3"], &["class=A"]);
    let ran = impact::run::<WIDTH_SMALL>(&odd, 0..PERSONS, &a, &b, 2, &Quiet, &Unmeasured);
    let fault = ran.unwrap_err();
    assert!(fault.place.starts_with("A: 110000-employee: person "), "{fault}");
    struct AtOnce;
    impl Progress for AtOnce {
        fn done(&self, _: u64, _: u64) {}
        fn stop(&self) -> bool {
            true
        }
    }
    let people = people();
    let ran = impact::run::<WIDTH_SMALL>(&people, 0..PERSONS, &a, &b, 2, &AtOnce, &Unmeasured);
    let impact = ran.unwrap();
    assert!(impact.partial);
    assert_eq!((impact.persons, impact.totals.a.visits), (0, 0));
    // The refusal of a batch's own place is that of the run's.
    let mut batch = Batch::default();
    odd.fill(0..PERSONS, &mut batch);
    let places = (0..batch.visits()).map(|row| place_of(&batch, row));
    assert!(places.into_iter().any(|place| fault.place.ends_with(&place)), "{fault}");
}
