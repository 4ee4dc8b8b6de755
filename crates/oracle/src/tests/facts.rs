//! Stays that go on, and lists of facts, worked by hand.

use std::collections::BTreeMap;

use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::request::{
    Account, CONTRACT, Credit, Event, Fact, Joins, RefundFact, Replay, Request, Stay,
};

use crate::member::{Packs, Refused, Replayed, replay};
use crate::pack::Pack;
use crate::refusal::Refusal;

use super::{bill, constructs, pack};

struct One(Pack);

impl Packs for One {
    fn pack(&self, id: &str) -> Option<&Pack> {
        (self.0.id == id).then_some(&self.0)
    }
}

fn made(id: &str) -> One {
    let packs = constructs::packs();
    let (_, text) = packs.iter().find(|(it, _)| it.starts_with(id)).expect("a made pack");
    One(pack(text))
}

/// A bill with this in scope: `id care level admitted discharged amount`.
fn ward(pack: &One, said: &str, stay: Option<(&str, bool, Option<Joins>)>) -> Request {
    let words: Vec<&str> = said.split_whitespace().collect();
    let [id, care, level, from, to, amount] = words[..] else { panic!("{said}") };
    let mut request = bill(
        &pack.0,
        &format!(
            "encounter = {{ id = '{id}', care = '{care}', level = '{level}', admitted = '{from}',
            discharged = '{to}' }}\ntotals.in_scope = '{amount}'"
        ),
    );
    request.encounter.stay = stay.map(|(id, closes, joins)| {
        let id = id.to_owned();
        Stay { id, closes, joins }
    });
    request
}

fn list(pack: &One, facts: Vec<Fact>) -> Result<Replayed, Refused> {
    let message = Replay {
        contract: CONTRACT,
        pack: Some(pack.0.id.clone()),
        params: BTreeMap::new(),
        facts: BTreeMap::new(),
        member: None,
        replay: facts,
    };
    replay(pack, &message)
}

fn bills(requests: Vec<Request>) -> Vec<Fact> {
    requests.into_iter().map(|request| Fact::Bill(Box::new(request))).collect()
}

fn deductibles(replayed: &Replayed) -> Vec<i64> {
    replayed.settlements.iter().map(|it| it.verdict.amounts.deductible.0).collect()
}

fn date(said: &str) -> Date {
    Date::read(said).expect("a day")
}

#[test]
fn a_transfer_has_one_deductible_the_higher() {
    let it = made("000014");
    let first = ward(&it, "1 inpatient tier2 2023-03-01 2023-03-05 500", Some(("s", false, None)));
    let transfer = Some(("s", true, Some(Joins::Transfer)));
    let up = ward(&it, "2 inpatient tier3 2023-03-05 2023-03-09 5000", transfer);
    let down = ward(&it, "2 inpatient tier1 2023-03-05 2023-03-09 5000", transfer);
    // 500 of 600 are used; then the standard is 1200.01, or still 600 at the lower level.
    let upward = list(&it, bills(vec![first.clone(), up])).expect("settles");
    assert_eq!(deductibles(&upward), [50_000, 70_001]);
    let downward = list(&it, bills(vec![first.clone(), down])).expect("settles");
    assert_eq!(deductibles(&downward), [50_000, 10_000]);
    // Nothing to come to.
    let alone = ward(&it, "2 inpatient tier3 2023-03-05 2023-03-09 5000", transfer);
    let why = list(&it, bills(vec![alone])).expect_err("is refused").why;
    assert_eq!(why, Refusal::Joins("s".to_owned()));
}

#[test]
fn a_readmission_within_the_days_is_the_same_stay() {
    let it = made("000014");
    let back = Some(("s", true, Some(Joins::Readmission)));
    let first = |to: &str| {
        ward(&it, &format!("1 inpatient tier2 2023-03-01 {to} 1000"), Some(("s", true, None)))
    };
    let again = ward(&it, "2 inpatient tier2 2023-03-25 2023-03-26 1000", back);
    let within = list(&it, bills(vec![first("2023-03-05"), again.clone()])).expect("settles");
    assert_eq!(deductibles(&within), [60_000, 0]);
    let late = list(&it, bills(vec![first("2023-03-04"), again]));
    assert_eq!(late.expect_err("is refused").why, Refusal::Joins("s".to_owned()));
}

#[test]
fn a_later_period_begins_anew() {
    let it = made("000014");
    let one = ward(&it, "1 inpatient tier2 2023-03-01 2023-03-30 1000", Some(("s", false, None)));
    let two = ward(&it, "2 inpatient tier2 2023-03-31 2023-04-10 1000", Some(("s", true, None)));
    let both = list(&it, bills(vec![one, two])).expect("settles");
    // The second period is the second admission: 300.
    assert_eq!(deductibles(&both), [60_000, 30_000]);
    let across =
        ward(&it, "1 inpatient tier2 2023-03-01 2023-04-10 1000", Some(("s", false, None)));
    let why = list(&it, bills(vec![across])).expect_err("is refused").why;
    assert_eq!(why, Refusal::TwoPeriods);
}

#[test]
fn late_facts_leave_no_trace_but_the_list_of_changes() {
    let it = made("000014");
    let one = ward(&it, "1 inpatient tier2 2023-03-01 2023-03-05 1000", None);
    let two = ward(&it, "2 inpatient tier2 2023-04-01 2023-04-05 1000", None);
    let in_order = list(&it, bills(vec![one.clone(), two.clone()])).expect("settles");
    assert!(in_order.changes.is_empty());
    let late = list(&it, bills(vec![two.clone(), one.clone()])).expect("settles");
    assert_eq!(deductibles(&late), deductibles(&in_order));
    assert_eq!(late.states, in_order.states);
    let changed: Vec<&str> =
        late.changes.iter().flat_map(|it| &it.later).map(|it| it.id.as_str()).collect();
    assert_eq!(changed, ["2"]);
    // Taken back, the first has never been.
    let mut facts = bills(vec![one, two.clone()]);
    facts.push(Fact::Cancel("1".to_owned()));
    let taken = list(&it, facts).expect("settles");
    assert_eq!(taken.states, list(&it, bills(vec![two])).expect("settles").states);
}

#[test]
fn refunds_go_to_the_channels_in_order() {
    let it = made("000014");
    let mut visit = ward(&it, "1 outpatient tier1 2023-03-01 2023-03-01 0", None);
    visit.bill = tongchou_wire::request::Bill::Totals(tongchou_wire::request::Totals {
        full_self: Some(Yuan(10_000)),
        prepay: Some(Yuan(5_000)),
        ..Default::default()
    });
    visit.member.account = Some(Account { balance: Yuan(4_000), mutual_aid: None });
    let back = |id: &str, amount: i64| {
        let network = Some("online".to_owned());
        let facts = tongchou_wire::request::EncounterFacts { network, ..Default::default() };
        let (id, of, on) = (id.to_owned(), "1".to_owned(), date("2023-03-09"));
        let refund = RefundFact { id, of, on, amount: Some(Yuan(amount)), facts, rest: None };
        Fact::Refund(Box::new(refund))
    };
    let credit = Credit { id: "k".to_owned(), on: date("2023-03-04"), amount: Yuan(1) };
    let mut facts = bills(vec![visit]);
    facts.extend([Fact::Credit(credit), back("r", 12_000)]);
    let answer = list(&it, facts.clone()).expect("settles");
    // Cash first: all 110.00 of it, then 10.00 of the account's 40.00.
    let given = answer.refunds.first().expect("a refund");
    assert_eq!((given.cash, given.account), (Yuan(11_000), Yuan(1_000)));
    assert_eq!(answer.balance, Yuan(1_001));
    facts.push(back("s", 3_001));
    let why = list(&it, facts).expect_err("is refused").why;
    assert_eq!(why, Refusal::RefundTooMuch("s".to_owned()));
}

#[test]
fn an_event_makes_the_dimension() {
    let it = made("000019");
    let event = |name: &str, on: &str| {
        Fact::Event(Event {
            event: name.to_owned(),
            id: None,
            on: date(on),
            at: None,
            reason: None,
            by: None,
            institutions: Vec::new(),
        })
    };
    let mut visit = bill(
        &it.0,
        "encounter = { id = '1', care = 'outpatient', admitted = '2023-03-01' }
        totals.in_scope = '300'",
    );
    let bill = |visit: &Request| Fact::Bill(Box::new(visit.clone()));
    let facts = vec![bill(&visit), event("sanction", "2023-02-28")];
    let blocked = list(&it, facts.clone()).expect("settles");
    let settled = blocked.settlements.first().expect("a bill");
    assert!(settled.derived.contains(&("status".to_owned(), "suspended".to_owned())));
    assert!(settled.verdict.claim.is_some());
    let mut ended = facts;
    ended.push(event("pardon", "2023-03-01"));
    let paid = list(&it, ended).expect("settles");
    assert_eq!(paid.settlements.first().expect("a bill").verdict.amounts.fund, Yuan(10_000));
    let nothing = list(&it, vec![bill(&visit), event("pardon", "2023-03-01")]);
    assert!(matches!(nothing.expect_err("is refused").why, Refusal::NothingToClose(_)));
    visit.member.facts.status = Some("normal".to_owned());
    let contradicts = list(&it, vec![event("sanction", "2023-02-28"), bill(&visit)]);
    assert_eq!(contradicts.expect_err("is refused").why, Refusal::Derived("status".to_owned()));
}
