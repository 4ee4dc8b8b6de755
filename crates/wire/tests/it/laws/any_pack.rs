//! Random bills of any shipped pack, made from what its canonical form says: values of every
//! dimension, parameters, days, facts, and amounts around every threshold.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tongchou_core::calendar::Day;
use tongchou_core::pack::{Choice, Layer, Pack, Row, Scope, Standard};
use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::request::{
    Bill, Encounter, EncounterFacts, Member, MemberFacts, Request, Totals,
};

use crate::packs::CHECKED;

/// A pack and a bill of it, with classified amounts and without state.
#[derive(Clone, Debug)]
pub struct Case {
    pub pack: &'static Pack,
    pub request: Request,
}

/// Any bill of any shipped pack.
pub fn case() -> impl Strategy<Value = Case> {
    let settling: Vec<usize> =
        (0..CHECKED.len()).filter(|index| !CHECKED[*index].pack.layers.is_empty()).collect();
    (prop::sample::select(settling), any::<u64>()).prop_map(|(index, seed)| {
        let pack = &CHECKED[index].pack;
        Case { pack, request: Dice(seed).request(pack) }
    })
}

/// A number sequence that a seed decides (splitmix64).
#[derive(Clone, Copy, Debug)]
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `below` − 1.
    pub fn below(&mut self, below: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(below.max(1)).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = self.below(items.len());
        &items[index]
    }

    /// An amount in fen: small, large, or next to a threshold of the pack.
    pub fn fen(&mut self, pack: &Pack) -> i64 {
        let thresholds = thresholds(pack);
        let below = |dice: &mut Self, n: usize| i64::try_from(dice.below(n)).unwrap();
        match self.below(6) {
            0 => below(self, 300_000),
            1 | 2 => below(self, 6_000_000),
            3 => below(self, 80_000_000),
            _ if thresholds.is_empty() => below(self, 1_000_000),
            _ => (self.of(&thresholds) + below(self, 3) - 1).max(0),
        }
    }

    fn request(&mut self, pack: &'static Pack) -> Request {
        let (first, last) = (pack.from.0, pack.to.0);
        let life = usize::try_from(last - first + 1).unwrap();
        let day = date(Day(first + i32::try_from(self.below(life)).unwrap()));
        let (mut member, mut encounter) = (MemberFacts::default(), EncounterFacts::default());
        for dim in pack.dims.iter().filter(|dim| dim.cut.is_none()) {
            // A value that stops the fund is common enough without being drawn evenly.
            let usual = dim.default.filter(|_| self.below(3) > 0).map(usize::from);
            let drawn = usual.unwrap_or_else(|| self.below(dim.values.len()));
            let value = Some(dim.values[drawn].clone());
            if let Some(slot) = member.slot(&dim.name) {
                *slot = value;
            } else if let Some(slot) = encounter.slot(&dim.name) {
                *slot = value;
            }
        }
        let params = pack.params.iter().map(|p| (p.name.clone(), self.of(&p.values).clone()));
        let params: BTreeMap<_, _> = params.collect();
        let facts = pack.facts.iter().map(|fact| (fact.id.clone(), Yuan(self.fen(pack))));
        let facts: BTreeMap<_, _> = facts.collect();
        let totals = Totals { in_scope: Yuan(self.fen(pack)), ..Totals::default() };
        Request {
            contract: 1,
            pack: pack.id.clone(),
            params,
            facts,
            year_to_date: BTreeMap::new(),
            state: None,
            member: Member {
                id: Some("m".to_owned()),
                age: Some(u8::try_from(self.below(100)).unwrap()),
                facts: member,
                ..Member::default()
            },
            encounter: Encounter {
                time: None,
                institution: None,
                id: "e".to_owned(),
                facts: encounter,
                admitted: day,
                discharged: None,
                use_account: None,
                stay: None,
            },
            bill: Bill::Totals(totals),
            stated_total: None,
            hospital_share: None,
            explain: false,
        }
    }
}

fn date(day: Day) -> Date {
    let (year, month, day) = day.civil();
    Date { year, month, day }
}

/// Every amount that a row of the pack turns on.
fn thresholds(pack: &Pack) -> Vec<i64> {
    let mut all = Vec::new();
    for layer in &pack.layers {
        let stated = layer.deductible.iter().filter_map(|row| match row.value {
            Standard::Amount(fen) => Some(fen.0),
            Standard::OfFact(..) => None,
        });
        all.extend(stated);
        all.extend(layer.band.iter().flat_map(|row| row.value.upto.iter().map(|end| end.0)));
        let caps = layer.cap.iter().chain(&layer.eligible);
        all.extend(caps.filter_map(|row| row.value.amount).map(|fen| fen.0));
    }
    let caps = pack.groups.iter().flat_map(|group| &group.cap);
    all.extend(caps.filter_map(|row| row.value.amount).map(|fen| fen.0));
    all
}

/// Most fen that rounding may move between payers in one bill: one for every rounding point.
pub fn slack(pack: &Pack) -> i64 {
    let points = |layer: &Layer| {
        let bands = layer.band.iter().map(|row| row.value.pays.len()).max().unwrap_or(0);
        // Bands, the amount solved back at the cap, and the upfront share.
        bands + 1 + usize::from(!layer.upfront.is_empty())
    };
    i64::try_from(pack.layers.iter().map(points).sum::<usize>()).unwrap()
}

/// Whether, for a care and a choice of parameters, the layers count everything by the year, so
/// that two bills are as good as one: no deductible, band or cap starts anew with a bill or stay.
pub fn counts_by_the_year(case: &Case) -> bool {
    let Case { pack, request } = case;
    let care = request.encounter.facts.care.as_deref();
    let stays = pack.stay.care.as_ref().is_some_and(|(dim, values)| {
        let names = &pack.dims[usize::from(*dim)].values;
        values.iter().any(|value| Some(names[usize::from(*value)].as_str()) == care)
    });
    let amounts = pack.dims.iter().any(|dim| dim.cut.as_ref().is_some_and(|c| c.of.is_amount()));
    !stays
        && !amounts
        && pack.layers.iter().all(|layer| !enters(case, layer) || yearly(case, layer))
}

fn yearly(case: &Case, layer: &Layer) -> bool {
    let one_band = layer.band.iter().all(|row| row.value.pays.len() == 1);
    let by_year = chosen(case, &layer.basis) == Scope::Year;
    let never = |rows: &[Row<Standard>]| {
        rows.iter().all(|row| row.value == Standard::Amount(tongchou_core::money::Fen(0)))
    };
    let deductible =
        chosen(case, &layer.deductible_scope) == Scope::Year || never(&layer.deductible);
    let cap = layer.cap.iter().all(|r| r.value.amount.is_none() || r.value.per == Scope::Year);
    (one_band && layer.eligible.is_empty() || by_year) && deductible && cap
}

/// Whether the case's dimensions and parameters may enter the layer.
fn enters(case: &Case, layer: &Layer) -> bool {
    let Case { pack, request } = case;
    let given = |dim: u16| {
        let dim = &pack.dims[usize::from(dim)];
        let value = request.encounter.facts.value(&dim.name);
        let value = value.or_else(|| request.member.facts.value(&dim.name))?;
        dim.values.iter().position(|known| known == value)
    };
    let holds = |(dim, values): &(u16, Vec<u8>)| {
        given(*dim).is_none_or(|value| values.iter().any(|v| usize::from(*v) == value))
    };
    let params = |(param, values): &(u16, Vec<u8>)| {
        values.iter().any(|value| value_of(case, *param) == usize::from(*value))
    };
    layer.when.iter().all(holds) && layer.params.iter().all(params)
}

/// Index of a parameter's value in a case that names every parameter.
fn value_of(case: &Case, param: u16) -> usize {
    let param = &case.pack.params[usize::from(param)];
    param.values.iter().position(|value| *value == case.request.params[&param.name]).unwrap()
}

fn chosen<T: Copy>(case: &Case, choice: &Choice<T>) -> T {
    match choice {
        Choice::Is(value) => *value,
        Choice::Param(param, values) => values[value_of(case, *param)],
    }
}
