//! The kernel beside the exact functions: a proof about the program and not only about the text.
//!
//! At every bend, one fen before and one after it, the kernel settles the bill, and every amount
//! must lie within one fen per rounding point of the exact one. The points are counted: an upfront
//! share, a standard taken of a fact, each band that rounds, and what the layers that feed a layer
//! bring with them. Where a cap may bite, the entered amount is the payment divided by a rate, so
//! there a fen of payment is `1 ÷ rate` fen of the person's share and of what is over.

use std::collections::HashMap;

use tongchou_core::calendar::Day;
use tongchou_core::keys::{Key, Keys, Point};
use tongchou_core::layer::{LayerOut, Scratch};
use tongchou_core::money::{FEN_MAX, PPM};
use tongchou_core::pack::Pack;
use tongchou_core::plan::{Plan, PlanError};
use tongchou_core::settle::{Purse, Record, StayRecord, Sums};
use tongchou_core::trace::Silent;

use super::bill::{Bill, History};
use super::class::{Class, Per, Rows, Source};
use super::ratio::Ratio;
use super::space::At;

const SLOTS: usize = 32;
const YEAR: i16 = 1;
/// Most plans kept.
const PLANS_MAX: usize = 128;

/// The kernel, with the plans compiled so far.
pub(super) struct Kernel<'p> {
    pack: &'p Pack,
    plans: HashMap<(Vec<u8>, Day), Plan>,
    /// Bills settled.
    pub(super) bills: usize,
    /// Largest difference met, in fen.
    pub(super) widest: Ratio,
}

/// Where the kernel and the exact function part.
#[derive(Clone, Debug)]
pub(super) enum Parting {
    /// The pack does not compile, or a combination does not bind.
    Refused(PlanError),
    /// An amount is further off than its rounding points allow.
    Amount { in_scope: i64, what: String, exact: Ratio, kernel: i64, bound: Ratio },
    /// A counter does not move by what was settled.
    Counter { in_scope: i64, layer: String },
    /// Amounts of the kernel do not add up.
    Sum { in_scope: i64 },
}

impl<'p> Kernel<'p> {
    pub(super) fn new(pack: &'p Pack) -> Self {
        Self { pack, plans: HashMap::new(), bills: 0, widest: Ratio::ZERO }
    }

    /// Compares one class under some histories of one fact, at some amounts of each bill.
    pub(super) fn compare(
        &mut self,
        (class, at, day): (&Class, &At, Day),
        fact: i64,
        bills: &[(History, Bill)],
        amounts: impl Fn(&At, &Bill) -> Vec<i64>,
    ) -> Result<(), Parting> {
        let plan = (at.params.clone(), day);
        if !self.plans.contains_key(&plan) {
            if self.plans.len() >= PLANS_MAX {
                self.plans.clear();
            }
            let compiled = Plan::compile(self.pack, &at.params, day).map_err(Parting::Refused)?;
            self.plans.insert(plan.clone(), compiled);
        }
        let Some(plan) = self.plans.get(&plan) else { return Ok(()) };
        let facts = vec![Some(fact); self.pack.facts.len()];
        let mut keys = Keys::new(self.pack);
        let point = Point { codes: &at.codes, missing: 0, facts: &facts };
        let key = keys.bind(self.pack, plan, point, YEAR).map_err(Parting::Refused)?;
        let bounds = bounds(class);
        let kept: Vec<[Counter; 3]> =
            class.layers.iter().map(|rows| counters(self.pack, plan, rows)).collect();
        for (history, bill) in bills {
            let before = records(self.pack, plan, (class, at, &kept), history);
            for in_scope in amounts(at, bill) {
                self.bills += 1;
                let (bounds, kept) = (&bounds, &kept);
                let near = Near { pack: self.pack, kept, class, bill, in_scope, bounds };
                self.widest = self.widest.max(near.settled((&keys, key), at, before)?);
            }
        }
        Ok(())
    }
}

/// One bill to compare.
struct Near<'a> {
    pack: &'a Pack,
    kept: &'a [[Counter; 3]],
    class: &'a Class,
    bill: &'a Bill,
    in_scope: i64,
    bounds: &'a [(Ratio, Ratio)],
}

impl Near<'_> {
    /// The kernel's bill beside the exact one; the largest difference.
    fn settled(
        &self,
        (keys, key): (&Keys, Key),
        at: &At,
        (mut record, mut stay): (Record<SLOTS>, StayRecord),
    ) -> Result<Ratio, Parting> {
        let (class, in_scope) = (self.class, self.in_scope);
        let total = in_scope.max(at.total.0);
        let sums = Sums { total, full_self: total - in_scope, in_scope, ..Sums::default() };
        let purse = Purse { balance: 0, mutual_aid: 0, hospital: 0, use_account: false };
        let mut scratch = Scratch::default();
        let mut before = (record, stay);
        let open = class.stay.then_some(&mut stay);
        let outcome = keys.settle(key, sums, purse, &mut record, open, &mut scratch, &mut Silent);
        let Ok(outcome) = outcome else { return Err(Parting::Sum { in_scope }) };
        let ordinal = u32::try_from(at.ordinal).unwrap_or(1);
        let layers = keys.layers(key, ordinal).zip(0_u8..);
        let outs = layers.map(|(layer, place)| (usize::from(layer), scratch.layer(place)));
        let outs: HashMap<usize, _> = outs.take(usize::from(outcome.layers)).collect();
        let whole = outcome.fund + outcome.person + outcome.hospital == total;
        let parts = outs
            .values()
            .all(|out| out.deductible + out.paid + out.self_share + out.over == out.entered);
        if !whole || !parts || (class.hospital && outcome.person != 0) {
            return Err(Parting::Sum { in_scope });
        }
        let mut widest = self.fund(outcome.fund)?;
        for (place, rows) in class.layers.iter().enumerate() {
            let out = outs.get(&rows.layer).copied().unwrap_or_default();
            self.moved((place, rows), &out, &mut before, &mut (record, stay))?;
            let kernel = [out.deductible, out.paid, out.self_share, out.over];
            widest = widest.max(self.layer(place, rows, kernel)?);
        }
        Ok(widest)
    }

    /// The counters of a layer moved by its amounts.
    fn moved(
        &self,
        (place, rows): (usize, &Rows),
        out: &LayerOut,
        (record, stay): &mut (Record<SLOTS>, StayRecord),
        (record_after, stay_after): &mut (Record<SLOTS>, StayRecord),
    ) -> Result<(), Parting> {
        let off_axis = if rows.incl { 0 } else { out.deductible };
        let along = out.entered - out.upfront - off_axis;
        let moves = [out.deductible, along, out.paid].into_iter();
        let scopes = [rows.standard_per, rows.basis, rows.cap_per];
        let kept = self.kept.get(place).copied().into_iter().flatten();
        for ((counter, per), by) in kept.zip(scopes).zip(moves) {
            let slots = counter.of(record, stay).zip(counter.of(record_after, stay_after));
            let counted = slots.filter(|_| self.class.counts(per));
            if counted.is_some_and(|(before, after)| *after - *before != by) {
                let layer = self.pack.layers.get(rows.layer).map_or("", |l| l.id.as_str());
                let (in_scope, layer) = (self.in_scope, layer.to_owned());
                return Err(Parting::Counter { in_scope, layer });
            }
        }
        Ok(())
    }

    fn layer(&self, place: usize, rows: &Rows, kernel: [i64; 4]) -> Result<Ratio, Parting> {
        let Some(curves) = self.bill.layers.get(place) else { return Ok(Ratio::ZERO) };
        let (paid, other) = self.bounds.get(place).copied().unwrap_or((Ratio::ZERO, Ratio::ZERO));
        let curves = [&curves.deductible, &curves.paid, &curves.own, &curves.over];
        let names = ["deductible", "paid", "self", "over"];
        let each = curves.into_iter().zip(kernel).zip([other, paid, other, other]).zip(names);
        let mut widest = Ratio::ZERO;
        for (((curve, kernel), bound), name) in each {
            let layer = self.pack.layers.get(rows.layer).map_or("", |l| l.id.as_str());
            let exact = curve.at(Ratio::whole(self.in_scope));
            widest = widest.max(self.one((exact, kernel, bound), || format!("{layer}.{name}"))?);
        }
        Ok(widest)
    }

    fn fund(&self, kernel: i64) -> Result<Ratio, Parting> {
        let bound = self.bounds.iter().map(|(paid, _)| *paid).sum();
        let exact = self.bill.fund.at(Ratio::whole(self.in_scope));
        self.one((exact, kernel, bound), || "fund".to_owned())
    }

    fn one(
        &self,
        (exact, kernel, bound): (Ratio, i64, Ratio),
        what: impl Fn() -> String,
    ) -> Result<Ratio, Parting> {
        let off = (exact - Ratio::whole(kernel)).abs();
        if off <= bound {
            return Ok(off);
        }
        let (in_scope, what) = (self.in_scope, what());
        Err(Parting::Amount { in_scope, what, exact, kernel, bound })
    }
}

/// How far each layer's payment, and its other amounts, may be off by rounding.
fn bounds(class: &Class) -> Vec<(Ratio, Ratio)> {
    let mut bounds: Vec<(Ratio, Ratio)> = Vec::with_capacity(class.layers.len());
    for rows in &class.layers {
        let of = |l: &usize| bounds.get(*l).map_or(Ratio::ZERO, |(_, other)| *other);
        let paid = || bounds.iter().map(|(paid, _)| *paid).sum::<Ratio>();
        let intake = rows.takes.iter().map(|source| match source {
            Source::InScope => Ratio::ZERO,
            Source::Rest => paid(),
            Source::Over(l) | Source::Own(l) | Source::Deductible(l) => of(l),
        });
        let intake: Ratio = intake.sum();
        let rounds = |rate: &u32| *rate > 0 && i64::from(*rate) < PPM;
        let bands = rows.bands.iter().filter(|(_, rate)| rounds(rate)).count();
        let bands = if rows.rounding.1.each_band { bands } else { bands.min(1) };
        let of_fact = matches!(rows.standard, super::class::Amount::OfFact(..));
        let points = i64::try_from(bands).unwrap_or(i64::MAX);
        let points = points + i64::from(rows.upfront > 0) + i64::from(of_fact);
        let same = |other: &&Rows| {
            rows.group.is_some_and(|(g, ..)| other.group.is_some_and(|(o, ..)| o == g))
        };
        let earlier = class.layers.iter().zip(&bounds).filter(|(other, _)| same(other));
        let group: Ratio = earlier.map(|(_, (paid, _))| *paid).sum();
        let paid = intake + Ratio::whole(points) + group;
        let least = rows.bands.iter().map(|(_, rate)| *rate).filter(|rate| *rate > 0).min();
        let other = match least.filter(|_| rows.cap.is_some() || rows.group.is_some()) {
            // One more fen for the back-solved amount itself.
            Some(rate) => intake + (paid + Ratio::ONE) / Ratio::ppm(rate) + Ratio::ONE,
            None => paid,
        };
        bounds.push((paid, other));
    }
    bounds
}

/// The amounts to compare at: around every bend, and far beyond the last.
pub(super) fn around(at: &At, bill: &Bill) -> Vec<i64> {
    let (from, to) = at.in_scope;
    let to = [to, at.total.1].into_iter().flatten().min().map_or(FEN_MAX, |end| end - 1);
    let to = i64::try_from(bill.end.floor()).map_or(to, |end| to.min(end));
    let mut bends: Vec<i128> = bill.bends().into_iter().map(Ratio::floor).collect();
    bends.extend([i128::from(from), i128::from(to.min(1_000_000_000))]);
    let near = bends.iter().flat_map(|x| [x - 1, *x, x + 1, x + 2]);
    let mut amounts: Vec<i64> = near.filter_map(|x| i64::try_from(x).ok()).collect();
    amounts.retain(|x| from <= *x && *x <= to);
    amounts.sort_unstable();
    amounts.dedup();
    amounts
}

/// The kernel's record of a history.
fn records(
    pack: &Pack,
    plan: &Plan,
    (class, at, kept): (&Class, &At, &[[Counter; 3]]),
    history: &History,
) -> (Record<SLOTS>, StayRecord) {
    let mut record = Record::<SLOTS>::starting(i32::from(YEAR));
    let ordinal = u32::try_from(at.ordinal).unwrap_or(1);
    record.admissions = ordinal - 1;
    let mut stay = StayRecord { ordinal, bills: 1, ..StayRecord::default() };
    let whole = |value: Ratio| i64::try_from(value.floor()).unwrap_or(0);
    for (rows, counters) in class.layers.iter().zip(kept) {
        let Some(values) = history.layers.get(rows.layer) else { continue };
        for (counter, value) in counters.iter().zip(values) {
            let slot = counter.of(&mut record, &mut stay);
            slot.into_iter().for_each(|slot| *slot = whole(*value));
        }
    }
    for (group, value) in pack.groups.iter().zip(&history.groups) {
        let slot = slot(plan, &format!("{}.paid", group.id)).of(&mut record, &mut stay);
        slot.into_iter().for_each(|slot| *slot = whole(*value));
    }
    (record, stay)
}

/// Where a counter is kept.
#[derive(Clone, Copy)]
enum Counter {
    Nowhere,
    Year(usize),
    Stay(usize, usize),
}

impl Counter {
    fn of<'a>(
        self,
        record: &'a mut Record<SLOTS>,
        stay: &'a mut StayRecord,
    ) -> Option<&'a mut i64> {
        match self {
            Self::Nowhere => None,
            Self::Year(slot) => record.slots.get_mut(slot),
            Self::Stay(layer, at) => stay.layers.get_mut(layer)?.get_mut(at),
        }
    }
}

fn slot(plan: &Plan, name: &str) -> Counter {
    let counter = plan.counters.iter().find(|counter| counter.name == name);
    counter.map_or(Counter::Nowhere, |counter| Counter::Year(usize::from(counter.slot)))
}

/// Where a layer keeps its deductible used, its position and what it paid.
fn counters(pack: &Pack, plan: &Plan, rows: &Rows) -> [Counter; 3] {
    let layer = pack.layers.get(rows.layer);
    let names = ["deductible_used", "position", "paid"];
    let scopes = [rows.standard_per, rows.basis, rows.cap_per];
    std::array::from_fn(|at| {
        let (name, per) = (names.get(at).unwrap_or(&""), scopes.get(at).unwrap_or(&Per::Bill));
        match (per, layer) {
            (Per::Year, Some(layer)) => slot(plan, &format!("{}.{name}", layer.id)),
            (Per::Stay, _) => Counter::Stay(rows.layer, at),
            _ => Counter::Nowhere,
        }
    })
}
