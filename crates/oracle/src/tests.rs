//! The packs' own examples, and figures worked by hand.

use std::collections::BTreeMap;

use toml::{Table, Value};

use tongchou_wire::amount::{self, Date, Measure, Yuan};
use tongchou_wire::request::{
    Account, Bill, Encounter, Joins, Line, Member, Request, Stay, Totals,
};
use tongchou_wire::response::FundStanding;
use tongchou_wire::state::State;

use crate::audit::Audit;
use crate::counters;
use crate::generate::Generator;
use crate::pack::Pack;
use crate::refusal::Refusal;
use crate::settle::{Verdict, settle};

#[path = "../examples/diff/constructs.rs"]
mod constructs;
mod facts;
mod pricing;

const BEIJING: &str = include_str!("../../packs/data/110000-employee.toml");
const HUADIAN: &str = include_str!("../../packs/data/220282-large.toml");

fn pack(text: &str) -> Pack {
    Pack::read(text).expect("the pack can be read")
}

fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(Value::as_str)
}

fn yuan(table: &Table, key: &str) -> Option<Yuan> {
    text(table, key).map(|it| amount::yuan(it).expect("an amount"))
}

fn date(table: &Table, key: &str) -> Option<Date> {
    text(table, key).map(|it| Date::read(it).expect("a date"))
}

fn sub<'t>(table: &'t Table, key: &str) -> Option<&'t Table> {
    table.get(key).and_then(Value::as_table)
}

fn measure(table: &Table, key: &str, scale: u32) -> Option<Measure> {
    text(table, key).map(|it| Measure::read(it, scale).expect("a measure"))
}

fn member(said: Option<&Table>) -> Member {
    let mut member = Member::default();
    let Some(said) = said else { return member };
    member.age =
        said.get("age").and_then(Value::as_integer).map(|age| age.try_into().expect("age"));
    member.born = date(said, "born");
    for (key, value) in said {
        if let Some(slot) = member.facts.slot(key) {
            *slot = value.as_str().map(str::to_owned);
        }
    }
    member.account = sub(said, "account").map(|it| Account {
        balance: yuan(it, "balance").unwrap_or_default(),
        mutual_aid: yuan(it, "mutual_aid"),
    });
    member
}

fn encounter(said: &Table) -> Encounter {
    let mut encounter = Encounter {
        id: text(said, "id").expect("an id").to_owned(),
        facts: Default::default(),
        admitted: date(said, "admitted").expect("a day"),
        discharged: date(said, "discharged"),
        use_account: said.get("use_account").and_then(Value::as_bool),
        stay: sub(said, "stay").map(|it| Stay {
            id: text(it, "id").expect("an id").to_owned(),
            closes: it.get("closes").and_then(Value::as_bool).unwrap_or(false),
            joins: text(it, "joins").map(|word| match word {
                "transfer" => Joins::Transfer,
                _ => Joins::Readmission,
            }),
        }),
        time: None,
        institution: text(said, "institution").map(str::to_owned),
    };
    for (key, value) in said {
        if let Some(slot) = encounter.facts.slot(key) {
            *slot = value.as_str().map(str::to_owned);
        }
    }
    encounter
}

fn line(said: &Table) -> Line {
    let mut line = Line {
        id: text(said, "id").expect("an id").to_owned(),
        facts: Default::default(),
        price: measure(said, "price", 6).expect("a price"),
        quantity: measure(said, "quantity", 4).expect("a quantity"),
        amount: yuan(said, "amount").expect("an amount"),
        limit: measure(said, "limit", 6),
        prepay: text(said, "prepay").map(|it| amount::share(it).expect("a share")),
        date: date(said, "date"),
    };
    for (key, value) in said {
        if let Some(slot) = line.facts.slot(key) {
            *slot = value.as_str().map(str::to_owned);
        }
    }
    line
}

fn request(pack: &str, said: &Table) -> Request {
    let bill = match said.get("lines").and_then(Value::as_array) {
        Some(lines) => Bill::Lines(lines.iter().filter_map(Value::as_table).map(line).collect()),
        None => {
            let said = sub(said, "totals").expect("totals or lines");
            Bill::Totals(Totals {
                in_scope: yuan(said, "in_scope").unwrap_or_default(),
                full_self: yuan(said, "full_self"),
                over_limit: yuan(said, "over_limit"),
                prepay: yuan(said, "prepay"),
            })
        }
    };
    let mut year_to_date = BTreeMap::new();
    for (name, value) in sub(said, "year_to_date").into_iter().flatten() {
        let held = match value {
            Value::Integer(number) => *number,
            money => amount::yuan(money.as_str().expect("money")).expect("money").0,
        };
        year_to_date.insert(name.clone(), counters::count(name, held));
    }
    let mut params = BTreeMap::new();
    for (name, value) in sub(said, "params").into_iter().flatten() {
        params.insert(name.clone(), value.as_str().expect("a text").to_owned());
    }
    let facts = sub(said, "facts").into_iter().flatten();
    let facts = facts.map(|(name, value)| (name.clone(), value.as_str().expect("money")));
    Request {
        facts: facts.map(|(name, it)| (name, amount::yuan(it).expect("money"))).collect(),
        contract: 1,
        pack: pack.to_owned(),
        params,
        year_to_date,
        state: None,
        member: member(sub(said, "member")),
        encounter: encounter(sub(said, "encounter").expect("an encounter")),
        bill,
        stated_total: yuan(said, "stated_total"),
        hospital_share: yuan(said, "hospital_share"),
        explain: false,
    }
}

/// Every field that is written in the expectation is equal.
#[track_caller]
fn holds(name: &str, expected: &Value, got: &Value) {
    match (expected, got) {
        (Value::Table(expected), Value::Table(got)) => {
            for (key, value) in expected {
                let field = got.get(key).unwrap_or_else(|| panic!("{name}: no `{key}`"));
                holds(&format!("{name}, {key}"), value, field);
            }
        }
        (Value::Array(expected), Value::Array(got)) => {
            for value in expected {
                let id = value.get("id");
                let same = got.iter().find(|it| it.get("id") == id);
                holds(name, value, same.unwrap_or_else(|| panic!("{name}: no {value}")));
            }
        }
        _ => assert_eq!(expected, got, "{name}"),
    }
}

fn examples(source: &str) {
    let pack = pack(source);
    assert!(!pack.examples.is_empty());
    for example in &pack.examples {
        let name = text(example, "name").expect("a name");
        let request = request(&pack.id, sub(example, "request").expect("a request"));
        let verdict = settle(&pack, &request).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        let written = Value::try_from(&verdict).expect("the verdict can be written");
        holds(name, example.get("expect").expect("an expectation"), &written);
    }
}

#[test]
fn examples_of_beijing() {
    examples(BEIJING);
}

#[test]
fn examples_of_huadian() {
    examples(HUADIAN);
}

/// A request in TOML, settled.
fn bill(pack: &Pack, said: &str) -> Request {
    request(&pack.id, &said.parse().expect("a request"))
}

/// Compares `fund person deductible over` of all layers together, in yuan.
#[track_caller]
fn check(pack: &Pack, said: &str, expect: &str) -> Verdict {
    let verdict = settle(pack, &bill(pack, said)).expect("the bill settles");
    let over: i64 = verdict.layers.iter().map(|layer| layer.over.0).sum();
    let it = &verdict.amounts;
    let got = format!("{} {} {} {}", it.fund, it.person, it.deductible, Yuan(over));
    assert_eq!(got, expect);
    assert_eq!(it.total.0, it.fund.0 + it.hospital.0 + it.person.0);
    assert_eq!(it.person.0, it.account.0 + it.cash.0);
    verdict
}

const IN: &str = "
    member = { person = 'active', age = 40 }
    encounter = { id = '1', care = 'inpatient', level = 'tier3', admitted = '2023-05-02' }\n";

#[test]
fn backsolve_moves_the_next_layer() {
    let bj = pack(BEIJING);
    // 1300 + 28700 × 85 % + 10000 × 90 % leaves room 66605; 66605 ÷ 95 % = 70110.526…
    check(
        &bj,
        &format!("{IN}totals = {{ in_scope = '200000' }}"),
        "176406.05 23593.95 1300.00 89889.47",
    );
    let truncated = format!("params.cap_backsolve = 'truncate'\n{IN}totals.in_scope = '200000'");
    check(&bj, &truncated, "176406.06 23593.94 1300.00 89889.48");
}

#[test]
fn cap_without_room_sends_all_to_the_next_layer() {
    let bj = pack(BEIJING);
    let full =
        format!("{IN}year_to_date = {{ 'pool.paid' = '100000' }}\ntotals.in_scope = '1300.01'");
    // 0.01 × 85 % rounds to 0.01 in the layer `large`.
    let verdict = check(&bj, &full, "0.01 1300.00 1300.00 0.01");
    assert!(verdict.layers.iter().any(|layer| layer.id == "pool" && layer.capped));
    // Exactly the room is no bite: 1000 × 85 % = 850.
    let exact = format!("{IN}year_to_date = {{ 'pool.paid' = '99150' }}\ntotals.in_scope = '2300'");
    let verdict = check(&bj, &exact, "850.00 1450.00 1300.00 0.00");
    assert!(verdict.layers.iter().all(|layer| !layer.capped));
}

#[test]
fn standing_none_moves_nothing() {
    let bj = pack(BEIJING);
    let said = "
        member = { person = 'active', age = 40, status = 'arrears', account = { balance = '10' } }
        encounter = { id = '1', care = 'outpatient', level = 'tier3', admitted = '2023-05-02' }
        [[lines]]
        id = '1'
        kind = 'visit_fee'
        class = 'A'
        price = '50'
        quantity = '1'
        amount = '50'\n";
    let verdict = check(&bj, said, "0.00 50.00 0.00 0.00");
    assert_eq!(verdict.fund_standing, FundStanding::None);
    assert_eq!(verdict.amounts.fixed_self, Yuan(5000));
    assert_eq!((verdict.amounts.account, verdict.balance), (Yuan(1000), Yuan(0)));
    assert_eq!((verdict.counters.len(), verdict.admission), (0, None));
}

/// The same request with the state that a verdict leaves.
fn next(pack: &Pack, said: &str, verdict: &Verdict) -> Request {
    let mut request = bill(pack, said);
    let written = |(name, held): (&String, &i64)| (name.clone(), counters::count(name, *held));
    request.state = Some(State {
        contract: 1,
        member: None,
        pack: pack.id.clone(),
        year: verdict.year,
        seq: verdict.seq,
        last: None,
        counters: verdict.counters.iter().map(written).collect(),
        hash: String::new(),
    });
    request
}

#[test]
fn interim_bills_settle_as_one_stay() {
    let bj = pack(BEIJING);
    let said = format!("{IN}totals.in_scope = '10000'");
    let mut first = bill(&bj, &said);
    first.encounter.stay = Some(Stay { id: "s".to_owned(), closes: false, joins: None });
    let one = settle(&bj, &first).expect("settles");
    assert_eq!(one.amounts.fund, Yuan(739_500));
    assert_eq!(one.counters.get("stay:s.pool.position"), Some(&1_000_000));
    let mut second = next(&bj, &format!("{IN}totals.in_scope = '30000'"), &one);
    second.encounter.stay = Some(Stay { id: "s".to_owned(), closes: true, joins: None });
    // 20000 at 85 % and 10000 at 90 %; no second deductible.
    let two = settle(&bj, &second).expect("settles");
    assert_eq!(two.amounts.fund, Yuan(2_600_000));
    assert_eq!(two.admission, Some(1));
    let posted: Vec<&str> = two.postings.iter().map(|it| it.counter.as_str()).collect();
    let of_stay = ["bills", "ordinal", "opened", "pool.deductible_used", "pool.position"];
    let of_stay = of_stay.map(|what| format!("stay:s.{what}"));
    assert_eq!(
        posted.split_last(),
        Some((&"pool.paid", &of_stay.each_ref().map(String::as_str)[..]))
    );
    let left: Vec<&str> = two.counters.keys().map(String::as_str).collect();
    assert_eq!(left, ["admissions", "pool.paid"]);
    // The next stay is the second: 650 of deductible.
    let three = settle(&bj, &next(&bj, &said, &two)).expect("settles");
    assert_eq!((three.amounts.fund, three.admission), (Yuan(794_750), Some(2)));
}

#[test]
fn birthday_on_a_leap_day() {
    let bj = pack(BEIJING);
    let at = |day: &str| {
        format!(
            "member = {{ person = 'retired', born = '1952-02-29' }}
            encounter = {{ id = '1', care = 'outpatient', level = 'tier3', admitted = '{day}' }}
            totals.in_scope = '2300'"
        )
    };
    check(&bj, &at("2022-02-28"), "850.00 1450.00 1300.00 0.00");
    check(&bj, &at("2022-03-01"), "900.00 1400.00 1300.00 0.00");
}

#[track_caller]
fn refused(pack: &Pack, said: &str, why: Refusal) {
    assert_eq!(settle(pack, &bill(pack, said)).expect_err("is refused"), why);
}

#[test]
fn refusals() {
    let bj = pack(BEIJING);
    let good = format!("{IN}totals.in_scope = '1'");
    let with = |line: &str| format!("{line}\n{good}");
    refused(&bj, &with("year_to_date.x = '1'"), Refusal::Counter("x".to_owned()));
    refused(&bj, &with("params.x = '1'"), Refusal::Param("x".to_owned()));
    refused(&bj, &with("stated_total = '2'"), Refusal::StatedTotal);
    refused(&bj, &with("hospital_share = '1.01'"), Refusal::HospitalShare);
    let without = good.replace("person = 'active', ", "");
    refused(&bj, &without, Refusal::Missing("person".to_owned()));
    refused(&bj, &good.replace("2023", "2018"), Refusal::OutsideLife);
    refused(&bj, &good.replace("tier3", "tier9"), Refusal::Value("level".to_owned()));
}

#[test]
fn missing_where_it_does_not_matter() {
    const DAY: &str = "2023-05-02";
    let bj = pack(BEIJING);
    let said = |person: &str, line: &str| {
        format!(
            "member.person = '{person}'
            encounter = {{ id = '1', care = 'outpatient', level = 'tier3', admitted = '{DAY}' }}
            {line}"
        )
    };
    let totals = "totals.in_scope = '2300'";
    // The bands of the active do not ask for the age; those of the retired do.
    check(&bj, &said("active", totals), "350.00 1950.00 1800.00 0.00");
    refused(&bj, &said("retired", totals), Refusal::Missing("age70".to_owned()));
    // Whether it is a stay is decided by the care.
    let without_care = said("active", totals).replace("care = 'outpatient', ", "");
    refused(&bj, &without_care, Refusal::Missing("care".to_owned()));
    // A share of the line's own stands in for those of all classes, but not for a strict one.
    let line = "lines = [{ id = '1', restricted = 'no', prepay = '20%',
        price = '5', quantity = '1', amount = '5' }]";
    let own = check(&bj, &said("active", line), "0.00 5.00 4.00 0.00");
    assert_eq!(own.amounts.prepay, Yuan(100));
    let without_own = line.replace("prepay = '20%',", "");
    refused(&bj, &said("active", &without_own), Refusal::Missing("class".to_owned()));
    let strict = check(&bj, &said("active", &line.replace("'no'", "'yes'")), "0.00 5.00 0.00 0.00");
    assert_eq!(strict.amounts.full_self, Yuan(500));
}

#[test]
fn at_most_four_stays_are_open_after_a_bill() {
    let bj = pack(BEIJING);
    let said = format!("{IN}totals.in_scope = '2000'");
    let open = |id: &str, closes: bool, before: Option<&Verdict>| {
        let mut request = match before {
            Some(before) => next(&bj, &said, before),
            None => bill(&bj, &said),
        };
        request.encounter.stay = Some(Stay { id: id.to_owned(), closes, joins: None });
        settle(&bj, &request)
    };
    let mut last = open("a", false, None).expect("settles");
    for id in ["b", "c", "d"] {
        last = open(id, false, Some(&last)).expect("settles");
    }
    assert_eq!(open("e", false, Some(&last)), Err(Refusal::TooManyStays));
    let closed = open("e", true, Some(&last)).expect("opens and closes");
    let posted: Vec<&str> = closed.postings.iter().map(|it| it.counter.as_str()).collect();
    assert_eq!(posted, ["admissions", "pool.paid"]);
    assert_eq!(open("d", false, Some(&last)).expect("joins").admission, Some(4));
}

#[test]
fn unit_limit_and_half_fen() {
    let hd = pack(HUADIAN);
    let said = "
        encounter = { id = '1', care = 'inpatient', admitted = '2025-03-01' }
        [[lines]]
        id = '1'
        class = 'B'
        price = '0.333333'
        quantity = '3.5'
        limit = '0.3'
        amount = '1.17'\n";
    // Over (0.033333 × 3.5) = 0.1167 → 0.12; prepay 1.05 × 10 % = 0.105 → 0.11; in scope 0.94.
    let verdict = check(&hd, said, "0.80 0.37 0.00 0.00");
    assert_eq!(verdict.amounts.prepay, Yuan(11));
    assert_eq!(verdict.amounts.over_limit, Yuan(12));
    assert!(verdict.decisive.contains("limit[0]"));
}

#[test]
fn names_of_rows() {
    let bj = pack(BEIJING);
    let names = bj.row_names();
    for name in ["prepay[3]", "layer.pool.band[1]#2", "layer.outpatient.cap[1]"] {
        assert!(names.contains(&name), "{name}");
    }
}

/// Settles cases, and checks that every row of every pack decides often enough.
#[track_caller]
fn decisive(packs: &[(Pack, i64)], cases: u64) {
    let generator = Generator::new(packs, 1);
    let mut audit = Audit::default();
    for index in 0..cases {
        let mut case = generator.case(index).expect("a case");
        while let Some(request) = case.next_bill() {
            let answer = settle(case.pack(), &request);
            if let Err(Refusal::Pack(why)) = &answer {
                panic!("{}: {why}", case.pack().id);
            }
            audit.count(case.pack(), &answer);
            case.settled(&answer);
        }
    }
    let rows = packs.iter().flat_map(|(pack, _)| audit.rows(pack));
    let few: Vec<_> = rows.filter(|(_, _, enough)| !enough).collect();
    assert!(few.is_empty(), "{few:?}");
    let refused: u64 = audit.refused().values().sum();
    let least = audit.bills() / 200;
    assert!((least..10 * least).contains(&refused), "{:?} of {}", audit.refused(), audit.bills());
}

#[test]
fn every_row_is_decisive_often_enough() {
    decisive(&[(pack(BEIJING), 1), (pack(HUADIAN), 1)], 4000);
}

#[test]
fn every_row_of_the_made_packs_is_decisive_often_enough() {
    let packs = constructs::packs();
    assert!(packs.iter().all(|(id, _)| id.ends_with("-constructs")));
    let packs: Vec<_> = packs.iter().map(|(_, text)| (pack(text), 1)).collect();
    decisive(&packs, 15_000);
}

#[test]
fn a_case_is_the_same_every_time() {
    let packs = [(pack(BEIJING), 1), (pack(HUADIAN), 1)];
    let (one, other) = (Generator::new(&packs, 7), Generator::new(&packs, 7));
    let bills = |generator: &Generator<'_>, index| {
        let mut case = generator.case(index).expect("a case");
        let mut bills = Vec::new();
        while let Some(request) = case.next_bill() {
            case.settled(&settle(case.pack(), &request));
            bills.push(request);
        }
        assert_eq!(bills.len() as u64, generator.bills(index));
        bills
    };
    for index in (0..200).filter(|index| !Generator::is_story(*index)) {
        assert_eq!(bills(&one, index), bills(&other, index));
    }
    for index in (0..200).filter(|index| Generator::is_story(*index)) {
        let told = |generator: &Generator<'_>| generator.story(index).expect("a list").message;
        assert_eq!(told(&one), told(&other));
    }
}
