//! Random batches: visits of a few members under one pack, in cents and whole pieces.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use tongchou_wire::amount::{Date, Measure, Yuan};
use tongchou_wire::request::{
    Account, Bill, Encounter, EncounterFacts, Line, LineFacts, Member, MemberFacts, Request,
};

use crate::packs::{BEIJING, HUADIAN, checked};

/// Visits under one pack and one choice of parameters.
#[derive(Clone, Debug)]
pub struct Batch {
    pub pack: &'static str,
    pub params: BTreeMap<String, String>,
    pub members: usize,
    pub rows: Vec<Row>,
}

/// A visit.
#[derive(Clone, Debug)]
pub struct Row {
    pub member: usize,
    pub year: i16,
    pub age: u8,
    pub balance: i64,
    pub lines: Vec<Fee>,
    /// Something random of its own, to be sorted by.
    pub salt: u64,
    facts: BTreeMap<&'static str, &'static str>,
}

/// A fee line: a price in fen, so many pieces.
#[derive(Clone, Debug)]
pub struct Fee {
    price: i64,
    pieces: i64,
    limit: Option<i64>,
    facts: BTreeMap<&'static str, &'static str>,
}

impl Row {
    pub fn value(&self, dim: &str) -> Option<&'static str> {
        self.facts.get(dim).copied()
    }

    /// Whether a line of the visit may be over a limit.
    pub fn has_limit(&self) -> bool {
        let limited = |line: &Fee| line.limit.is_some() || line.value("kind") == Some("dialysis");
        self.lines.iter().any(limited)
    }

    /// The visit as a message, without state.
    pub fn request(&self, batch: &Batch, index: usize) -> Request {
        let day = Date { year: self.year, month: 6, day: 1 };
        let mut member = Member {
            id: Some(format!("m{}", self.member)),
            age: Some(self.age),
            account: Some(Account { balance: Yuan(self.balance), mutual_aid: None }),
            ..Member::default()
        };
        let mut facts = EncounterFacts::default();
        for (dim, value) in &self.facts {
            let slot = member.facts.slot(dim).or_else(|| facts.slot(dim));
            *slot.unwrap() = Some((*value).to_owned());
        }
        Request {
            facts: BTreeMap::new(),
            contract: 1,
            pack: batch.pack.to_owned(),
            params: batch.params.clone(),
            year_to_date: BTreeMap::new(),
            state: None,
            member: Member { facts: MemberFacts { ..member.facts }, ..member },
            encounter: Encounter {
                time: None,
                institution: None,
                id: format!("e{index}"),
                facts,
                admitted: day,
                discharged: None,
                use_account: None,
                stay: None,
            },
            bill: Bill::Lines(self.lines.iter().enumerate().map(|(n, fee)| fee.line(n)).collect()),
            stated_total: None,
            hospital_share: None,
            explain: false,
        }
    }
}

impl Fee {
    pub fn value(&self, dim: &str) -> Option<&'static str> {
        self.facts.get(dim).copied()
    }

    pub fn fee(&self) -> i64 {
        self.price * self.pieces
    }

    /// How much of the fee is within the limit: 430.00 yuan a dialysis that is settled directly,
    /// else the limit of the line, a piece.
    pub fn within(&self, row: &Row) -> i64 {
        let direct = row.value("direct").is_none_or(|direct| direct == "yes");
        match self.limit {
            _ if self.value("kind") == Some("dialysis") && direct => 43_000 * self.pieces,
            Some(limit) => self.fee() - (self.price - limit).max(0) * self.pieces,
            None => i64::MAX,
        }
    }

    fn line(&self, index: usize) -> Line {
        let yuan = |fen: i64| Measure::read(&Yuan(fen).to_string(), 6).unwrap();
        let mut facts = LineFacts::default();
        for (dim, value) in &self.facts {
            *facts.slot(dim).unwrap() = Some((*value).to_owned());
        }
        Line {
            id: format!("l{index}"),
            facts,
            price: yuan(self.price),
            quantity: Measure::read(&self.pieces.to_string(), 4).unwrap(),
            amount: Yuan(self.fee()),
            limit: self.limit.map(yuan),
            prepay: None,
            date: None,
        }
    }
}

/// What the visits of a batch have in common.
#[derive(Clone, Copy, Debug)]
struct Kind {
    pack: &'static str,
    cares: &'static [&'static str],
    kinds: &'static [&'static str],
    limits: bool,
    blocked: bool,
}

const PLAIN: &[&str] = &["item", "drug", "service", "material"];
const FEES: &[&str] = &["item", "drug", "visit_fee"];
const SPECIAL: &[&str] = &["item", "special_drug", "dialysis"];

pub fn batch() -> impl Strategy<Value = Batch> {
    let of_beijing =
        |cares, kinds, limits, blocked| Kind { pack: BEIJING, cares, kinds, limits, blocked };
    let of_huadian =
        |cares, kinds, limits| Kind { pack: HUADIAN, cares, kinds, limits, blocked: false };
    let both: &[&str] = &["inpatient", "special_outpatient"];
    let kinds = vec![
        of_beijing(&["inpatient"], PLAIN, false, false),
        of_beijing(&["outpatient"], PLAIN, false, false),
        of_beijing(&["inpatient", "outpatient"], PLAIN, false, false),
        of_beijing(&["inpatient"], PLAIN, false, true),
        of_beijing(&["inpatient"], FEES, true, false),
        of_beijing(&["outpatient"], FEES, true, false),
        of_beijing(&["inpatient", "outpatient"], FEES, true, true),
        of_huadian(both, PLAIN, false),
        of_huadian(&["special_outpatient"], PLAIN, false),
        of_huadian(both, SPECIAL, true),
    ];
    (select(kinds), 1..=4_usize, any::<bool>()).prop_flat_map(|(kind, members, two_years)| {
        let first = if kind.pack == BEIJING { 2022 } else { 2023 };
        let years = if two_years { vec![first, first + 1] } else { vec![first + 1] };
        let persons = vec((select(vec!["active", "retired"]), 60..80_u8), members);
        let rows = vec(row(kind, members, years), 1..80);
        (params(kind.pack), persons, rows).prop_map(move |(params, persons, mut rows)| {
            for row in &mut rows {
                let (person, age) = persons[row.member];
                row.age = age;
                if kind.pack == BEIJING {
                    row.facts.insert("person", person);
                }
            }
            Batch { pack: kind.pack, params, members, rows }
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

fn row(kind: Kind, members: usize, years: Vec<i16>) -> impl Strategy<Value = Row> {
    let of_pack: &[(&str, &[&str])] = match kind.pack {
        BEIJING => &[("level", &["tier1", "tier2", "tier3", "community"])],
        _ => &[
            ("direct", &["yes", "yes", "no"]),
            ("category", &["local", "local", "referred", "resident_offsite", "unreferred_other"]),
        ],
    };
    let standing: &[&str] =
        if kind.blocked { &["normal", "normal", "arrears"] } else { &["normal"] };
    let mut dims = vec![("care", kind.cares)];
    dims.extend_from_slice(of_pack);
    if kind.pack == BEIJING {
        dims.push(("status", standing));
    }
    let facts: Vec<_> = dims.iter().map(|(_, values)| select(values.to_vec())).collect();
    let lines = vec(fee(kind), 0..6);
    (0..members, select(years), facts, prop_oneof![Just(0), 0..900_000_i64], lines, any::<u64>())
        .prop_map(move |(member, year, facts, balance, lines, salt)| Row {
            member,
            year,
            age: 0,
            balance,
            lines,
            salt,
            facts: dims.iter().map(|(name, _)| *name).zip(facts).collect(),
        })
}

fn fee(kind: Kind) -> impl Strategy<Value = Fee> {
    let price = prop_oneof![5 => 0..200_000_i64, 2 => 0..9_000_000_i64, 1 => 42_990..43_010_i64];
    let limit = of(0..200_000_i64).prop_map(move |limit| limit.filter(|_| kind.limits));
    let facts = (select(vec!["A", "B", "C"]), select(kind.kinds.to_vec()));
    (price, 1..6_i64, limit, facts).prop_map(|(price, pieces, limit, (class, kind))| Fee {
        price,
        pieces,
        limit,
        facts: BTreeMap::from([("class", class), ("kind", kind)]),
    })
}
