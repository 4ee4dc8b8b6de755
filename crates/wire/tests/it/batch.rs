//! A batch is one by one: random visits settled as columns, in both orders, with and without a
//! tracer, are the same visits settled singly by the kernel, and the same as the engine's answers
//! with the state carried from bill to bill.
//!
//! Batches of one kind of care and plain lines take the kernel's short way through a column; mixed
//! care, visit fees and limits take the long one. Both are made here.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod make;

use std::collections::BTreeMap;

use proptest::prelude::*;
use tongchou_core::calendar::Day;
use tongchou_core::columns::{Order, Visits, settle_visits};
use tongchou_core::keys::{Key, Keys, LineCode, Point};
use tongchou_core::layer::{LayerOut, Scratch};
use tongchou_core::pack::{CutOf, Pack};
use tongchou_core::plan::{Counter, Plan};
use tongchou_core::settle::{Lines, Outcome, Purse, Record};
use tongchou_core::trace::{Entry, Recorder, Silent, Tracer};
use tongchou_wire::request::{Count, Request};
use tongchou_wire::response::Settlement;

use crate::packs;
use make::{Batch, Row};

/// A record of a cache line, as columns use it.
type Year = Record<7>;

proptest! {
    #![proptest_config(crate::laws::config(200))]

    #[test]
    fn a_batch_is_one_by_one(mut batch in make::batch(), seed in any::<u64>()) {
        batch.rows.sort_by_key(|row| (row.member, row.year));
        let bound = Bound::new(&batch);
        let (alone, one_by_one) = bound.singly();
        for order in [Order::Sorted, Order::Random] {
            prop_assert_eq!(&bound.columns(order, &mut Silent), &alone, "{:?}", order);
            let mut recorder = Recorder::default();
            prop_assert_eq!(&bound.columns(order, &mut recorder), &alone, "{:?} traced", order);
            prop_assert_eq!(&recorder.entries, &one_by_one, "{:?}", order);
        }
        bound.as_the_engine(&batch, &alone)?;

        // Members in any order, each still going from year to year.
        let mix = |row: &Row| seed.wrapping_mul(row.salt | 1).rotate_left(17);
        batch.rows.sort_by_key(|row| (row.year, mix(row)));
        let bound = Bound::new(&batch);
        let (alone, _) = bound.singly();
        prop_assert_eq!(&bound.columns(Order::Random, &mut Silent), &alone);
        bound.as_the_engine(&batch, &alone)?;
    }
}

/// What a row came to, and its layers in the order of the path.
type Result = (Outcome, Vec<LayerOut>);

/// Every row, and the records after the last one.
#[derive(Debug, PartialEq)]
struct Settled {
    rows: Vec<Result>,
    records: Vec<Year>,
}

/// A batch bound to the rows of its pack, as columns.
struct Bound {
    keys: Keys,
    counters: Vec<Counter>,
    members: usize,
    member: Vec<u32>,
    key: Vec<Key>,
    line_start: Vec<u32>,
    fee: Vec<i64>,
    code: Vec<LineCode>,
    allow: Option<Vec<i64>>,
    balance: Vec<i64>,
}

/// The lines of one row.
struct Fees<'a> {
    bound: &'a Bound,
    row: usize,
}

impl Lines for Fees<'_> {
    fn each(self, mut each: impl FnMut(i64, i64, LineCode)) {
        let Bound { line_start, fee, code, allow, .. } = self.bound;
        for line in line_start[self.row] as usize..line_start[self.row + 1] as usize {
            let allow = allow.as_ref().map_or(i64::MAX, |allow| allow[line]);
            each(fee[line], allow, code[line]);
        }
    }
}

impl Bound {
    fn new(batch: &Batch) -> Self {
        let pack = &packs::checked(batch.pack).pack;
        let params: Vec<u8> = pack
            .params
            .iter()
            .map(|p| batch.params.get(&p.name).map_or(p.default, |value| place(&p.values, value)))
            .collect();
        let plan = |year: i16| Plan::compile(pack, &params, Day::new(year, 6, 1).unwrap()).unwrap();
        let plans: BTreeMap<i16, Plan> = [2022, 2023, 2024]
            .into_iter()
            .filter(|year| batch.rows.iter().any(|row| row.year == *year))
            .map(|year| (year, plan(year)))
            .collect();
        let mut bound = Self {
            keys: Keys::new(pack),
            counters: tongchou_core::plan::counters(pack, &params),
            members: batch.members,
            member: Vec::new(),
            key: Vec::new(),
            line_start: vec![0],
            fee: Vec::new(),
            code: Vec::new(),
            allow: batch.rows.iter().any(Row::has_limit).then(Vec::new),
            balance: Vec::new(),
        };
        for row in &batch.rows {
            bound.push(pack, &plans[&row.year], row);
        }
        bound
    }

    fn push(&mut self, pack: &Pack, plan: &Plan, row: &Row) {
        let codes = codes(pack, row, None);
        let point = Point { codes: &codes, missing: 0, facts: &[] };
        self.key.push(self.keys.bind(pack, plan, point, row.year).unwrap());
        self.member.push(u32::try_from(row.member).unwrap());
        self.balance.push(row.balance);
        for line in &row.lines {
            let codes = self::codes(pack, row, Some(line));
            let point = Point { codes: &codes, missing: 0, facts: &[] };
            self.code.push(self.keys.bind_line(pack, plan, point, None).unwrap());
            self.fee.push(line.fee());
            if let Some(allow) = &mut self.allow {
                allow.push(line.within(row));
            }
        }
        self.line_start.push(u32::try_from(self.fee.len()).unwrap());
    }

    fn columns(&self, order: Order, tracer: &mut impl Tracer) -> Settled {
        let visits = Visits {
            member: &self.member,
            key: &self.key,
            line_start: &self.line_start,
            fee: &self.fee,
            code: &self.code,
            allow: self.allow.as_deref(),
            balance: Some(&self.balance),
            ..Visits::default()
        };
        let mut records = vec![Year::default(); self.members];
        let mut rows = Vec::new();
        let sink = |row: usize, outcome: &Outcome, layers: &Scratch| {
            assert_eq!(row, rows.len());
            rows.push(result(outcome, layers));
        };
        settle_visits(&self.keys, &visits, order, &mut records, tracer, sink).unwrap();
        Settled { rows, records }
    }

    /// Row by row, with the trace of all of them.
    fn singly(&self) -> (Settled, Vec<Entry>) {
        let mut records = vec![Year::default(); self.members];
        let (mut scratch, mut recorder) = (Scratch::default(), Recorder::default());
        let mut rows = Vec::new();
        for row in 0..self.member.len() {
            let fees = || Fees { bound: self, row };
            let purse =
                Purse { balance: self.balance[row], mutual_aid: 0, hospital: 0, use_account: true };
            let (key, record) = (self.key[row], &mut records[self.member[row] as usize]);
            let mut silently = *record;
            let sums = self.keys.sum_lines(fees(), &mut Silent, |_| ());
            let (silent, outcome) = {
                let silent = self.keys.settle(
                    key,
                    sums,
                    purse,
                    &mut silently,
                    None,
                    &mut scratch,
                    &mut Silent,
                );
                let silent = result(&silent.unwrap(), &scratch);
                let sums = self.keys.sum_lines(fees(), &mut recorder, |_| ());
                let outcome =
                    self.keys.settle(key, sums, purse, record, None, &mut scratch, &mut recorder);
                (silent, result(&outcome.unwrap(), &scratch))
            };
            assert_eq!(
                (silent, silently),
                (outcome.clone(), *record),
                "the tracer changed row {row}"
            );
            rows.push(outcome);
        }
        (Settled { rows, records }, recorder.entries)
    }

    /// The same bills as messages, each after the state of the one before.
    fn as_the_engine(
        &self,
        batch: &Batch,
        alone: &Settled,
    ) -> std::result::Result<(), TestCaseError> {
        let mut engine = packs::engine();
        let mut last: BTreeMap<usize, (i16, Settlement)> = BTreeMap::new();
        for (index, row) in batch.rows.iter().enumerate() {
            let mut request: Request = row.request(batch, index);
            request.state = last
                .get(&row.member)
                .filter(|(year, _)| *year == row.year)
                .and_then(|(_, settlement)| settlement.state.clone());
            let settlement = engine.settle(&request);
            let settlement =
                settlement.map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
            let (outcome, layers) = &alone.rows[index];
            prop_assert_eq!(amounts(outcome), named(&settlement), "row {}", index);
            let path: Vec<u8> =
                self.keys.layers(self.key[index], outcome.admission.max(1)).collect();
            for (at, layer) in settlement.layers.iter().enumerate() {
                let position = path.iter().position(|own| usize::from(*own) == at);
                let own = position.and_then(|p| layers.get(p)).copied().unwrap_or_default();
                let whole =
                    [layer.entered, layer.deductible, layer.paid, layer.self_share, layer.over];
                let same = [own.entered, own.deductible, own.paid, own.self_share, own.over];
                prop_assert_eq!(whole.map(|yuan| yuan.0), same, "row {} {}", index, layer.id);
                prop_assert_eq!(layer.capped, own.capped);
            }
            last.insert(row.member, (row.year, settlement));
        }
        for (member, (year, settlement)) in &last {
            let (record, state) = (&alone.records[*member], settlement.state.as_ref().unwrap());
            let counter = |name: &str| {
                state.counters.get(name).map_or(0, |count| match count {
                    Count::Money(yuan) => yuan.0,
                    Count::Number(n) => *n,
                })
            };
            prop_assert_eq!(record.year, i32::from(*year));
            prop_assert_eq!(i64::from(record.admissions), counter("admissions"));
            for Counter { name, slot } in &self.counters {
                prop_assert_eq!(record.slots[usize::from(*slot)], counter(name), "{}", name);
            }
        }
        Ok(())
    }
}

fn result(outcome: &Outcome, layers: &Scratch) -> Result {
    (*outcome, (0..outcome.layers).map(|position| layers.layer(position)).collect())
}

fn place(values: &[String], value: &str) -> u8 {
    u8::try_from(values.iter().position(|v| v == value).unwrap()).unwrap()
}

/// Value indices of every dimension, for the visit or for one of its lines.
fn codes(pack: &Pack, row: &Row, line: Option<&make::Fee>) -> Vec<u8> {
    let code = |dim: &tongchou_core::pack::Dim| match &dim.cut {
        Some(cut) if cut.of == CutOf::Admission => 0,
        Some(cut) => cut.class(i64::from(row.age)),
        None => {
            let given =
                line.and_then(|line| line.value(&dim.name)).or_else(|| row.value(&dim.name));
            given.map_or(dim.default.unwrap_or(0), |value| place(&dim.values, value))
        }
    };
    pack.dims.iter().map(code).collect()
}

fn amounts(o: &Outcome) -> [i64; 14] {
    let s = &o.sums;
    [
        s.total,
        s.full_self,
        s.over_limit,
        s.prepay,
        s.in_scope,
        s.fixed,
        s.fixed_self,
        o.deductible,
        o.fund,
        o.hospital,
        o.account,
        o.mutual_aid,
        o.cash,
        o.person,
    ]
}

fn named(settlement: &Settlement) -> [i64; 14] {
    let a = &settlement.amounts;
    let all = [
        a.total,
        a.full_self,
        a.over_limit,
        a.prepay,
        a.in_scope,
        a.fixed,
        a.fixed_self,
        a.deductible,
        a.fund,
        a.hospital,
        a.account,
        a.mutual_aid,
        a.cash,
        a.person,
    ];
    all.map(|yuan| yuan.0)
}
