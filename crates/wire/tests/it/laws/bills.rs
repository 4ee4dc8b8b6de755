//! Random valid bills: one member under one pack, one to eight bills of a benefit year.
//!
//! Amounts crowd around what the packs turn on: deductibles, bands, caps, a fen on either side.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;
use tongchou_wire::amount::{Date, Measure, Yuan};
use tongchou_wire::request::{
    Account, Bill, Count, Encounter, EncounterFacts, Line, LineFacts, Member, MemberFacts, Request,
    Stay, Totals,
};

use crate::packs::{BEIJING, HUADIAN, checked};

/// A request without state, and how much of what the fund leaves the hospital is to bear.
#[derive(Clone, Debug)]
pub struct Visit {
    pub request: Request,
    pub hospital_percent: i64,
}

/// Bills of one member, one pack and one benefit year.
#[derive(Clone, Debug)]
pub struct History {
    pub visits: Vec<Visit>,
}

/// One to eight bills.
pub fn history() -> impl Strategy<Value = History> {
    histories(1..=8)
}

/// One bill.
pub fn visit() -> impl Strategy<Value = Visit> {
    histories(1..=1).prop_filter_map("one", |history| history.visits.into_iter().next())
}

fn histories(count: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = History> {
    let pack = prop_oneof![3 => Just(BEIJING), 2 => Just(HUADIAN)];
    (pack, any::<bool>()).prop_flat_map(move |(pack, from_counters)| {
        let years = if pack == BEIJING { 2019..=2026_i16 } else { 2023..=2026 };
        let parts = (params(pack), years, member(pack), counters(pack));
        let bills = vec(visit_of(pack), count.clone());
        (parts, bills).prop_map(move |((params, year, member, counters), bills)| {
            let visit = |(index, (mut visit, at)): (usize, (Visit, Span))| {
                let request = &mut visit.request;
                request.pack = pack.to_owned();
                request.params.clone_from(&params);
                request.member.facts.person.clone_from(&member.facts.person);
                (request.member.age, request.member.born) = (member.age, member.born);
                request.encounter.id = format!("e{index}");
                if index == 0 && from_counters {
                    request.year_to_date = known(&counters, &params);
                }
                at.put(year, request);
                visit
            };
            History { visits: bills.into_iter().enumerate().map(visit).collect() }
        })
    })
}

/// Any choice of the values that a pack allows.
fn params(pack: &str) -> impl Strategy<Value = BTreeMap<String, String>> + use<> {
    let all = &checked(pack).pack.params;
    let choices: Vec<_> = all.iter().map(|p| of(select(p.values.clone()))).collect();
    choices.prop_map(move |values| {
        let names = all.iter().map(|p| p.name.clone());
        names.zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
    })
}

fn member(pack: &str) -> impl Strategy<Value = Member> + use<> {
    let person = (pack == BEIJING).then(|| select(vec!["active", "retired"]));
    let age = prop_oneof![select(vec![69, 70, 71]), 0..=110_u8];
    let born = of((1900..=2018_i16, 1..=12_i8, 1..=28_i8));
    let given = person.map_or(Just(None).boxed(), |p| p.prop_map(|p| Some(p.to_owned())).boxed());
    (given, age, born).prop_map(|(person, age, born)| Member {
        id: Some("m".to_owned()),
        born: born.map(|(year, month, day)| Date { year, month, day }),
        age: born.is_none().then_some(age),
        facts: MemberFacts { person, ..MemberFacts::default() },
        account: None,
    })
}

/// Counters that a year may have reached, near and beyond what the rows turn on.
fn counters(pack: &str) -> impl Strategy<Value = BTreeMap<String, Count>> + use<> {
    let names: &[&str] = match pack {
        BEIJING => &[
            "outpatient.deductible_used",
            "outpatient.position",
            "outpatient.paid",
            "pool.paid",
            "large.paid",
        ],
        _ => &["large.deductible_used", "large.position", "large.paid"],
    };
    let amounts = vec(of(fen()), names.len());
    (amounts, of(0..5_i64)).prop_map(move |(amounts, admissions)| {
        let money = |(name, fen): (&&str, Option<i64>)| {
            Some(((*name).to_owned(), Count::Money(Yuan(fen?))))
        };
        let admissions = admissions.map(|n| ("admissions".to_owned(), Count::Number(n)));
        names.iter().zip(amounts).filter_map(money).chain(admissions).collect()
    })
}

/// Without the counters that a pack does not keep under these parameters.
fn known(
    counters: &BTreeMap<String, Count>,
    params: &BTreeMap<String, String>,
) -> BTreeMap<String, Count> {
    let per_bill = params.get("basis").is_some_and(|basis| basis == "bill");
    let kept = |name: &str| !(per_bill && name == "large.position");
    let counters = counters.iter().filter(|(name, _)| kept(name));
    counters.map(|(name, count)| (name.clone(), *count)).collect()
}

/// When a bill is: its last day in the year, and how many days it lasts.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    day_of_year: i32,
    days: i32,
}

impl Span {
    /// Dates the bill, and every line that asks for a date.
    fn put(self, year: i16, request: &mut Request) {
        let last = day_of(year, self.day_of_year);
        let inpatient = request.encounter.facts.care.as_deref() == Some("inpatient");
        let (first, end) = match inpatient {
            true => (day_of(year, self.day_of_year - self.days), Some(last)),
            false => (last, None),
        };
        request.encounter.admitted = first;
        request.encounter.discharged = end;
        let Bill::Lines(lines) = &mut request.bill else { return };
        for line in lines {
            // The last day is always within the life of the pack.
            line.date = line.date.map(|_| last);
        }
    }
}

/// A day counted from the first one of a year; it may lie in the year before.
pub fn day_of(year: i16, day_of_year: i32) -> Date {
    let first = tongchou_core::calendar::Day::new(year, 1, 1).unwrap();
    let (year, month, day) = tongchou_core::calendar::Day(first.0 + day_of_year).civil();
    Date { year, month, day }
}

fn visit_of(pack: &'static str) -> impl Strategy<Value = (Visit, Span)> {
    // Within one settlement period of 90 days: a bill may not run over its end.
    let span = (0..60_i32, 0..25_i32).prop_map(|(day_of_year, days)| Span { day_of_year, days });
    let bill = prop_oneof![
        3 => vec(line(pack), 0..=7).prop_map(named).prop_map(Bill::Lines),
        2 => totals().prop_map(Bill::Totals),
    ];
    let account = of((fen(), of(fen())).prop_map(|(balance, mutual_aid)| Account {
        balance: Yuan(balance),
        mutual_aid: mutual_aid.map(Yuan),
    }));
    let hospital = prop_oneof![4 => Just(0), 1 => 0..=100_i64];
    let parts = (bill, account, of(any::<bool>()), hospital, any::<bool>());
    (facts(pack), parts, span).prop_map(|((person, encounter, stay), parts, span)| {
        let (bill, account, use_account, hospital_percent, explain) = parts;
        let member =
            Member { id: Some("m".to_owned()), facts: person, account, ..Member::default() };
        let inpatient = encounter.care.as_deref() == Some("inpatient");
        let encounter = Encounter {
            time: None,
            institution: None,
            id: String::new(),
            facts: encounter,
            admitted: day_of(2024, 0),
            discharged: None,
            use_account,
            stay: stay.filter(|_| inpatient),
        };
        let request = Request {
            facts: BTreeMap::new(),
            contract: 1,
            pack: String::new(),
            params: BTreeMap::new(),
            year_to_date: BTreeMap::new(),
            state: None,
            member,
            encounter,
            bill,
            stated_total: None,
            hospital_share: None,
            explain,
        };
        (Visit { request, hospital_percent }, span)
    })
}

/// Dimensions of the person that change from bill to bill, of the encounter, and its stay.
type Facts = (MemberFacts, EncounterFacts, Option<Stay>);

fn facts(pack: &str) -> BoxedStrategy<Facts> {
    if pack == BEIJING { beijing().boxed() } else { huadian().boxed() }
}

fn beijing() -> impl Strategy<Value = Facts> {
    let blocked = ["arrears", "not_designated", "supervised", "changed_way"];
    let person = (mostly("normal", &blocked), mostly("no", &["yes"]));
    let care = select(vec!["outpatient", "inpatient"]);
    let level = select(vec!["tier1", "tier2", "tier3", "community"]);
    let place = (care, level, mostly("online", &["offline"]));
    (person, place, stay()).prop_map(|((status, red_list), (care, level, network), stay)| {
        let person = MemberFacts {
            status: text(status),
            red_list: text(red_list),
            ..MemberFacts::default()
        };
        let encounter = EncounterFacts {
            care: text(Some(care)),
            level: text(Some(level)),
            network: text(network),
            ..EncounterFacts::default()
        };
        (person, encounter, stay)
    })
}

fn huadian() -> impl Strategy<Value = Facts> {
    let care = select(vec!["inpatient", "special_outpatient"]);
    let away = [
        "resident_offsite",
        "resident_not_direct",
        "referred",
        "temp_emergency",
        "unreferred_other",
    ];
    let place = (mostly("local", &away), mostly("yes", &["no"]));
    (care, place, stay()).prop_map(|(care, (category, direct), stay)| {
        let encounter = EncounterFacts {
            care: text(Some(care)),
            category: text(category),
            direct: text(direct),
            ..EncounterFacts::default()
        };
        (MemberFacts::default(), encounter, stay)
    })
}

fn stay() -> impl Strategy<Value = Option<Stay>> {
    let stay = weighted(0.7, (select(vec!["s1", "s1", "s2"]), prop::bool::weighted(0.3)));
    stay.prop_map(|stay| stay.map(|(id, closes)| Stay { id: id.to_owned(), closes, joins: None }))
}

/// Left out as a rule, or the usual value, or one of the others.
fn mostly(
    usual: &'static str,
    others: &[&'static str],
) -> impl Strategy<Value = Option<&'static str>> + use<> {
    let others = select(others.to_vec()).prop_map(Some);
    prop_oneof![5 => Just(None), 1 => Just(Some(usual)), 1 => others]
}

fn text(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
}

/// A fee line without its id.
pub fn line(pack: &str) -> impl Strategy<Value = Line> + use<> {
    let kinds: &[&str] = match pack {
        BEIJING => &["item", "drug", "service", "material", "visit_fee"],
        _ => &["item", "drug", "service", "material", "special_drug", "dialysis"],
    };
    let yes_or_no = || weighted(0.2, select(vec!["yes", "no"]));
    let facts = (select(vec!["A", "B", "C"]), of(select(kinds.to_vec())), yes_or_no(), yes_or_no());
    let facts = facts.prop_map(|(class, kind, restricted, approved)| LineFacts {
        class: text(Some(class)),
        kind: text(kind),
        restricted: text(restricted),
        approved: text(approved),
    });
    let own = (of(price()), weighted(0.3, share()), any::<bool>());
    (facts, price(), quantity(), own).prop_map(
        |(facts, price, quantity, (limit, prepay, dated))| Line {
            id: String::new(),
            facts,
            price: micro_yuan(price),
            quantity: Measure::read(&decimal(quantity, 4), 4).unwrap(),
            amount: Yuan(fee(price, quantity)),
            limit: limit.map(micro_yuan),
            prepay,
            date: dated.then(|| day_of(2024, 0)),
        },
    )
}

/// Gives every line an id.
pub fn named(mut lines: Vec<Line>) -> Vec<Line> {
    for (index, line) in lines.iter_mut().enumerate() {
        line.id = format!("l{index}");
    }
    lines
}

/// A price in millionths of a yuan: cents mostly, now and then all six decimals.
fn price() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => (0..300_000_i64).prop_map(|fen| fen * 10_000),
        1 => (0..20_000_000_i64).prop_map(|fen| fen * 10_000),
        2 => 0..500_000_000_i64,
        1 => select(vec![430_000_000, 450_000_000, 40_000_000, 1]),
    ]
}

/// A quantity in ten-thousandths.
fn quantity() -> impl Strategy<Value = i64> {
    prop_oneof![6 => (1..20_i64).prop_map(|n| n * 10_000), 1 => Just(0), 2 => 0..2_000_000_i64]
}

fn share() -> impl Strategy<Value = u32> {
    prop_oneof![select(vec![0, 50_000, 100_000, 333_333, 999_999, 1_000_000]), 0..=1_000_000_u32]
}

/// Price × quantity in fen, a half away from zero: 10⁻⁶ yuan × 10⁻⁴ is 10⁻⁸ fen.
fn fee(price: i64, quantity: i64) -> i64 {
    let product = i128::from(price) * i128::from(quantity);
    i64::try_from((product + 50_000_000) / 100_000_000).unwrap()
}

fn micro_yuan(price: i64) -> Measure {
    Measure::read(&decimal(price, 6), 6).unwrap()
}

fn decimal(value: i64, scale: u32) -> String {
    let one = 10_i64.pow(scale);
    let digits = usize::try_from(scale).unwrap();
    format!("{}.{:0digits$}", value / one, value % one)
}

fn totals() -> impl Strategy<Value = Totals> {
    (fen(), of(fen()), of(fen()), of(fen())).prop_map(
        |(in_scope, full_self, over_limit, prepay)| Totals {
            in_scope: Yuan(in_scope),
            full_self: full_self.map(Yuan),
            over_limit: over_limit.map(Yuan),
            prepay: prepay.map(Yuan),
        },
    )
}

/// An amount in fen: small, large, or next to a threshold.
pub fn fen() -> impl Strategy<Value = i64> {
    let thresholds = vec![
        0, 65_000, 130_000, 180_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000, 9_000_000,
        10_000_000, 11_000_000, 40_000_000, 41_000_000,
    ];
    prop_oneof![
        1 => Just(0),
        3 => 0..300_000_i64,
        3 => 0..6_000_000_i64,
        2 => 0..60_000_000_i64,
        3 => (select(thresholds), -1..=1_i64).prop_map(|(at, by)| (at + by).max(0)),
    ]
}
