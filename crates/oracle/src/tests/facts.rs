//! Stays that go on, and lists of facts, worked by hand.

use std::collections::BTreeMap;

use tongchou_wire::amount::{Clock, Date, Yuan};
use tongchou_wire::request::{
    Account, Becomes, CONTRACT, ClaimFact, Credit, EncounterFacts, Event, Fact, Institution, Joins,
    MemberFacts, RefundFact, Replay, Request, Stay,
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
            "encounter = {{ id = '{id}', care = '{care}', admitted = '{from}',
            discharged = '{to}' }}\ntotals.in_scope = '{amount}'"
        ),
    );
    request.encounter.facts.level = (level != "-").then(|| level.to_owned());
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

fn event(name: &str, id: &str, on: &str) -> Fact {
    Fact::Event(Event {
        event: name.to_owned(),
        id: Some(id.to_owned()),
        on: date(on),
        at: None,
        reason: None,
        by: None,
        institutions: vec![Institution { id: format!("h-{id}"), level: None }],
    })
}

fn claim(id: &str, of: &str, on: &str) -> Fact {
    Fact::Claim(ClaimFact { id: id.to_owned(), of: of.to_owned(), on: date(on) })
}

fn refund(id: &str, of: &str, on: &str, amount: Option<i64>) -> Fact {
    let facts = EncounterFacts { network: Some("online".to_owned()), ..Default::default() };
    let (id, of, on) = (id.to_owned(), of.to_owned(), date(on));
    Fact::Refund(Box::new(RefundFact { id, of, on, amount: amount.map(Yuan), facts, rest: None }))
}

fn credit(id: &str, on: &str, amount: i64) -> Fact {
    Fact::Credit(Credit { id: id.to_owned(), on: date(on), amount: Yuan(amount) })
}

fn becomes(on: &str, set: impl Fn(&mut MemberFacts)) -> Fact {
    let mut facts = MemberFacts::default();
    set(&mut facts);
    Fact::Becomes(Becomes { on: date(on), facts })
}

/// A visit with the whole of its amount in scope.
fn visit(pack: &One, id: &str, on: &str, amount: &str) -> Request {
    let said = format!(
        "encounter = {{ id = '{id}', care = 'outpatient', admitted = '{on}' }}
        totals.in_scope = '{amount}'"
    );
    bill(&pack.0, &said)
}

fn one(request: Request) -> Fact {
    Fact::Bill(Box::new(request))
}

fn derived(answer: &Replayed, dim: &str) -> Vec<String> {
    let values = answer.settlements.iter().flat_map(|it| &it.derived);
    values.filter(|(name, _)| name == dim).map(|(_, value)| value.clone()).collect()
}

#[test]
fn of_two_filings_at_one_moment_the_greater_id_stays() {
    let it = made("000019");
    let at = |place: &str| {
        let mut request = visit(&it, "1", "2023-03-02", "300");
        request.encounter.institution = Some(place.to_owned());
        one(request)
    };
    let (a, b) = (event("filing", "a", "2023-03-01"), event("filing", "b", "2023-03-01"));
    for filings in [[a.clone(), b.clone()], [b, a]] {
        let settle = |place: &str| {
            let facts = [filings.to_vec(), vec![at(place)]].concat();
            derived(&list(&it, facts).expect("settles"), "category")
        };
        assert_eq!(settle("h-b"), ["resident_offsite"]);
        // Closed by the other: what is left is the default.
        assert_eq!(settle("h-a"), ["local"]);
    }
}

#[test]
fn the_day_of_admission_is_that_of_the_stay() {
    // `status` is read on the day of admission.
    let it = made("000020");
    let part = |id: &str, from: &str, to: &str, stay| {
        one(ward(&it, &format!("{id} inpatient - {from} {to} 500"), stay))
    };
    let open = Some(("s", false, None));
    let bills = || {
        vec![
            part("1", "2023-03-01", "2023-03-10", open),
            part("2", "2023-03-10", "2023-03-20", open),
            event("sanction", "e", "2023-03-05"),
        ]
    };
    let answer = list(&it, bills()).expect("settles");
    assert_eq!(derived(&answer, "status"), ["normal", "normal"]);
    // Without the first bill the second is the admission.
    let mut facts = bills();
    facts.push(Fact::Cancel("1".to_owned()));
    let answer = list(&it, facts).expect("settles");
    assert_eq!(derived(&answer, "status"), ["suspended"]);
}

#[test]
fn after_a_readmission_its_day_counts() {
    let mut text = String::new();
    for (id, pack) in constructs::packs() {
        if id.starts_with("000020") {
            text = pack.replace("[stay]\n", "[stay]\nreadmission_days = 30\n");
        }
    }
    let it = One(pack(&text));
    let stay = |said: &str, hour: u16, stay| {
        let mut request = ward(&it, said, Some(stay));
        request.encounter.time = Some(Clock(hour * 60));
        one(request)
    };
    let mut pardon = event("pardon", "p", "2023-03-01");
    if let Fact::Event(event) = &mut pardon {
        event.at = Some(Clock(600));
    }
    let back = Some(Joins::Readmission);
    let facts = vec![
        event("sanction", "a", "2023-02-28"),
        pardon,
        event("sanction", "b", "2023-03-11"),
        stay("1 inpatient - 2023-03-01 2023-03-04 500", 12, ("s", true, None)),
        stay("2 inpatient - 2023-03-10 2023-03-12 500", 12, ("s", false, back)),
        stay("3 inpatient - 2023-03-12 2023-03-20 500", 8, ("s", true, None)),
    ];
    // The third at eight o'clock is suspended on the first of March and on its own day.
    let answer = list(&it, facts).expect("settles");
    assert_eq!(derived(&answer, "status"), ["normal", "normal", "normal"]);
}

/// A bill of a stay under the split by years; `said` is `id from to amount`.
fn interim(pack: &One, said: &str, second: &str, closes: bool) -> Fact {
    let [id, from, to, amount] = said.split(' ').collect::<Vec<_>>()[..] else { panic!("{said}") };
    let said = format!("{id} inpatient - {from} {to} {amount}");
    let mut request = ward(pack, &said, Some(("s", closes, None)));
    request.params = BTreeMap::from([
        ("cut".to_owned(), "year".to_owned()),
        ("second".to_owned(), second.to_owned()),
    ]);
    one(request)
}

fn records(answer: &Replayed, year: i16) -> Vec<String> {
    let states = answer.states.iter().filter(|((_, of), _)| *of == year);
    let names = states.flat_map(|(_, (_, counters))| counters.keys());
    let ids = names.filter_map(|name| name.strip_prefix("stay:")?.strip_suffix(".ordinal"));
    ids.map(str::to_owned).collect()
}

#[test]
fn interim_bills_may_meet_where_a_bill_would_be_cut() {
    let it = made("000019");
    for second in ["charge", "waive"] {
        let facts = vec![
            interim(&it, "1 2022-12-20 2022-12-31 800", second, false),
            interim(&it, "2 2023-01-01 2023-01-05 800", second, false),
            interim(&it, "3 2023-01-05 2023-01-09 800", second, false),
        ];
        let answer = list(&it, facts).expect("settles");
        let name = if second == "charge" { "s~2" } else { "s" };
        assert_eq!(records(&answer, 2022), ["s"]);
        assert_eq!(records(&answer, 2023), [name]);
        // A stay of its own is an admission of its own, and the bill behind belongs to it.
        let admissions = |it: &super::super::member::Settled| it.verdict.admission;
        let admitted: Vec<_> = answer.settlements.iter().map(admissions).collect();
        assert_eq!(admitted, [Some(1), Some(1), Some(1)]);
        let (_, counters) = answer.states.values().nth(1).expect("a second year");
        let own = counters.get("admissions").copied();
        assert_eq!(own, (second == "charge").then_some(1));
        assert_eq!(
            counters.get(&format!("stay:{name}.bills")).copied(),
            Some(match second {
                "charge" => 2,
                _ => 3,
            })
        );
    }
    // A day later they do not meet.
    let facts = vec![
        interim(&it, "1 2022-12-20 2022-12-31 800", "charge", false),
        interim(&it, "2 2023-01-02 2023-01-05 800", "charge", false),
    ];
    assert_eq!(records(&list(&it, facts).expect("settles"), 2023), ["s"]);
}

#[test]
fn a_bill_that_is_cut_again_opens_the_next() {
    let it = made("000019");
    let facts = vec![
        interim(&it, "1 2021-12-22 2022-01-05 1400", "charge", false),
        interim(&it, "2 2022-01-05 2023-01-05 3600", "charge", false),
        interim(&it, "3 2023-01-05 2023-01-06 100", "charge", false),
    ];
    let answer = list(&it, facts).expect("settles");
    let there = [2021, 2022, 2023].map(|year| records(&answer, year).join(" "));
    assert_eq!(there, ["", "", "s~3"]);
}

#[test]
fn claims_of_one_day_stand_in_the_order_of_their_bills() {
    let it = made("000017");
    let blocked = |id: &str, minute: u16| {
        let mut request = visit(&it, id, "2023-03-01", "3000");
        request.encounter.facts.level = Some("tier1".to_owned());
        request.encounter.time = Some(Clock(minute));
        request.member.facts.status = Some("arrears".to_owned());
        one(request)
    };
    let facts = vec![
        blocked("1", 600),
        blocked("2", 540),
        claim("a", "1", "2023-05-01"),
        claim("b", "2", "2023-05-01"),
    ];
    let answer = list(&it, facts).expect("settles");
    let ids: Vec<&str> = answer.claims.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["b", "a"]);
}

#[test]
fn the_account_opens_with_what_the_first_bill_that_stands_gives() {
    let it = made("000014");
    let held = |id: &str, on: &str, balance: Option<i64>| {
        let mut request = visit(&it, id, on, "10");
        request.encounter.facts.level = Some("tier1".to_owned());
        let account = |fen| Account { balance: Yuan(fen), mutual_aid: None };
        request.member.account = balance.map(account);
        one(request)
    };
    let bills = || {
        vec![
            held("2", "2023-03-02", Some(7_000)),
            held("1", "2023-03-01", Some(5_000)),
            held("0", "2023-02-01", None),
        ]
    };
    // Each bill of 10.00 is below the deductible, and the account pays it.
    assert_eq!(list(&it, bills()).expect("settles").balance, Yuan(2_000));
    let mut facts = bills();
    facts.push(Fact::Cancel("1".to_owned()));
    assert_eq!(list(&it, facts).expect("settles").balance, Yuan(5_000));
    // A pack that keeps takes the first of the list, standing or not.
    let it = made("000015");
    let mut facts = bills();
    for fact in &mut facts {
        if let Fact::Bill(bill) = fact {
            bill.pack.clone_from(&it.0.id);
        }
    }
    facts.push(Fact::Cancel("2".to_owned()));
    assert_eq!(list(&it, facts).expect("settles").balance, Yuan(5_000));
}

#[test]
fn what_was_accepted_is_not_refused_later() {
    let it = made("000019");
    let mut blocked = visit(&it, "1", "2023-03-02", "300");
    blocked.bill = tongchou_wire::request::Bill::Totals(tongchou_wire::request::Totals {
        in_scope: Yuan(30_000),
        ..Default::default()
    });
    let facts =
        vec![event("sanction", "e", "2023-03-01"), one(blocked), claim("c", "1", "2023-04-01")];
    let paid = list(&it, facts.clone()).expect("settles");
    assert_eq!(paid.claims.first().expect("a claim").parts.len(), 1);
    assert!(paid.inconsistent.is_empty());
    // Pardoned in time, the bill is paid and nothing is left to claim.
    let mut pardoned = facts.clone();
    pardoned.push(event("pardon", "p", "2023-03-02"));
    let answer = list(&it, pardoned).expect("settles");
    assert!(answer.claims.first().expect("a claim").parts.is_empty());
    assert_eq!(answer.inconsistent, ["c"]);
    let claimed = answer.changes.first().expect("a change");
    let ids: Vec<&str> = claimed.later.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["1", "c"]);
    // 300.00 less 100.00, of which half.
    let amounts = claimed.later.get(1).map(|it| (it.before.fund, it.after.fund));
    assert_eq!(amounts, Some((Yuan(10_000), Yuan(0))));
    // Never open: refused.
    let mut never = facts;
    never.insert(2, event("pardon", "p", "2023-03-02"));
    assert!(matches!(list(&it, never).expect_err("is refused").why, Refusal::NotClaimable(_)));
}

#[test]
fn a_claimed_bill_is_not_refunded_in_part() {
    let it = made("000014");
    let mut blocked = visit(&it, "1", "2023-03-02", "300");
    blocked.encounter.facts.level = Some("tier1".to_owned());
    blocked.member.facts.status = Some("arrears".to_owned());
    let (bill, claimed) = (one(blocked), claim("c", "1", "2023-04-01"));
    let back = refund("r", "1", "2023-04-09", Some(1_000));
    let after = list(&it, vec![bill.clone(), claimed.clone(), back.clone()]);
    assert_eq!(after.expect_err("is refused").why, Refusal::RefundWhole("r".to_owned()));
    let before = list(&it, vec![bill.clone(), back.clone(), claimed]).expect("settles");
    assert_eq!(before.inconsistent, ["r"]);
    assert_eq!(before.refunds.first().expect("a refund").cash, Yuan(1_000));
    // It is taken back with its bill.
    let gone = list(&it, vec![bill, back, Fact::Cancel("1".to_owned())]).expect("settles");
    assert_eq!((gone.inconsistent.len(), gone.refunds.len()), (0, 0));
}

#[test]
fn two_changes_of_one_day_must_agree() {
    let it = made("000014");
    let retired = |facts: &mut MemberFacts| facts.person = Some("retired".to_owned());
    let active = |facts: &mut MemberFacts| facts.person = Some("active".to_owned());
    let blocked = |facts: &mut MemberFacts| facts.status = Some("arrears".to_owned());
    let on = "2023-03-01";
    let agree = vec![becomes(on, retired), becomes(on, retired), becomes(on, blocked)];
    assert!(list(&it, agree).is_ok());
    let differ = vec![becomes(on, retired), becomes("2023-03-02", active), becomes(on, active)];
    let refused = list(&it, differ).expect_err("is refused");
    assert_eq!((refused.fact, refused.why), (2, Refusal::TwoOnOneDay));
}

#[test]
fn bills_under_refuse_are_changed_by_nothing() {
    let it = made("000016");
    let mut ward = ward(&it, "1 inpatient tier1 2023-08-01 2023-08-05 300", None);
    ward.member.account = Some(Account { balance: Yuan(0), mutual_aid: None });
    let after = |fact: Fact| list(&it, vec![one(ward.clone()), fact]);
    let late = |fact| after(fact).expect_err("is refused").why;
    assert_eq!(late(credit("k", "2023-08-05", 500)), Refusal::TooLate);
    assert!(after(credit("k", "2023-08-06", 500)).is_ok());
    let retired = |facts: &mut MemberFacts| facts.person = Some("retired".to_owned());
    assert_eq!(late(becomes("2023-08-05", retired)), Refusal::TooLate);
    assert!(after(becomes("2023-08-06", retired)).is_ok());
}

#[test]
fn bills_under_keep_are_listed() {
    let it = made("000015");
    let ward = ward(&it, "1 inpatient tier1 2023-08-01 2023-08-05 3000", None);
    let retired = |facts: &mut MemberFacts| facts.person = Some("retired".to_owned());
    let settle = |on: &str| list(&it, vec![one(ward.clone()), becomes(on, retired)]);
    let answer = settle("2023-08-01").expect("settles");
    assert_eq!(answer.inconsistent, ["1"]);
    // 3,000 − 200 of the deductible: 60 % up to 2,000, then 77.7777 %.
    let fund = answer.settlements.first().expect("a bill").verdict.amounts.fund;
    assert_eq!(
        fund,
        list(&it, vec![one(ward.clone())])
            .expect("settles")
            .settlements
            .first()
            .expect("a bill")
            .verdict
            .amounts
            .fund
    );
    assert!(settle("2023-08-02").expect("settles").inconsistent.is_empty());
}
