//! What sample bills differ in: dimensions, numbers, amounts, days, counters.

use std::collections::{BTreeMap, BTreeSet};

use tongchou_core::calendar::Day;
use tongchou_core::money::{FEN_MAX, PPM};
use tongchou_core::pack::{CutOf, LimitUpto};

use crate::diff::Diff;
use crate::diff::named::{EVER, Kind, Named, Names, Table, Value};
use crate::diff::words;
use crate::problem::Dates;
use crate::report::Lang;

/// Most days of the grid.
const DAYS_MAX: usize = 4;
/// In-scope amounts that every grid has, in yuan.
const TYPICAL: [i64; 12] =
    [100, 500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 80_000, 150_000, 300_000, 600_000];
/// Fees of single lines that every grid has, in yuan.
const TYPICAL_LINES: [i64; 7] = [10, 50, 200, 1_000, 5_000, 20_000, 100_000];

/// The axes of bills and those of lines.
#[derive(Clone, Debug)]
pub(super) struct Axes {
    bills: Vec<Axis>,
    lines: Vec<Axis>,
    /// What the dimensions that lines do not vary in are taken to be.
    base: Vec<(String, String)>,
    /// The dimension and the values by which a bill of either pack belongs to a stay.
    stays: Vec<(String, Names)>,
}

/// One thing that bills differ in.
#[derive(Clone, Debug)]
pub(super) enum Axis {
    /// A dimension that is given, with its values.
    Given(String, Vec<String>),
    /// A number that dimensions are cut from, around its cut points.
    Number(CutOf, Vec<i64>),
}

impl Axis {
    fn len(&self) -> usize {
        match self {
            Self::Given(_, values) => values.len(),
            Self::Number(_, numbers) => numbers.len(),
        }
    }
}

impl Axes {
    pub(super) fn of(sides: [&Named; 2]) -> Self {
        let mut of_bills = BTreeSet::new();
        let mut of_lines = BTreeSet::new();
        for side in sides {
            for (table, rows) in &side.tables {
                let line = matches!(table.kind, Kind::Prepay | Kind::Limit | Kind::Fixed);
                let dims = rows.keys().flat_map(|key| key.when.keys().cloned());
                if line {
                    of_lines.extend(dims)
                } else {
                    of_bills.extend(dims)
                };
            }
            let layers = side.layers.values().flat_map(|layer| layer.when.keys().cloned());
            of_bills.extend(layers);
            of_bills.extend(side.head.stay.iter().map(|(dim, _)| dim.clone()));
        }
        let bills = axes(sides, &of_bills);
        let base = bills.iter().filter_map(|axis| match axis {
            Axis::Given(name, values) if !of_lines.contains(name) => {
                Some((name.clone(), base(sides, name).or_else(|| values.first().cloned())?))
            }
            _ => None,
        });
        let stays = sides.iter().filter_map(|side| side.head.stay.clone()).collect();
        Self { base: base.collect(), lines: axes(sides, &of_lines), bills, stays }
    }

    fn list(&self, line: bool) -> &[Axis] {
        if line { &self.lines } else { &self.bills }
    }

    /// Number of combinations.
    pub(super) fn count(&self, line: bool) -> usize {
        self.list(line).iter().fold(1, |count: usize, axis| count.saturating_mul(axis.len()))
    }

    /// The values of a combination.
    pub(super) fn case(&self, line: bool, number: usize) -> Vec<usize> {
        let mut rest = number;
        let digit = |axis: &Axis| {
            let digit = rest % axis.len().max(1);
            rest /= axis.len().max(1);
            digit
        };
        self.list(line).iter().map(digit).collect()
    }

    /// The value of a dimension, where the bill gives it.
    pub(super) fn given(&self, line: bool, values: &[usize], dim: &str) -> Option<&str> {
        let found = self.list(line).iter().zip(values).find_map(|(axis, at)| match axis {
            Axis::Given(name, all) if name == dim => all.get(*at).map(String::as_str),
            _ => None,
        });
        let base = || {
            let base = self.base.iter().filter(|_| line);
            base.into_iter().find(|(name, _)| name == dim).map(|(_, value)| value.as_str())
        };
        found.or_else(base)
    }

    /// A number of the bill, where it matters.
    pub(super) fn number(&self, line: bool, values: &[usize], of: CutOf) -> Option<i64> {
        let found = self.list(line).iter().zip(values).find_map(|(axis, at)| match axis {
            Axis::Number(cut, all) if *cut == of => all.get(*at).copied(),
            _ => None,
        });
        let base = || {
            self.bills.iter().filter(|_| line).find_map(|axis| match axis {
                Axis::Number(cut, all) if *cut == of => all.first().copied(),
                _ => None,
            })
        };
        found.or_else(base)
    }

    /// Whether a bill belongs to a stay by one of the packs; where none says so, it may.
    fn stays(&self, line: bool, values: &[usize]) -> bool {
        let within = |(dim, stays): &(String, Names)| {
            self.given(line, values, dim).is_none_or(|value| stays.contains(value))
        };
        self.stays.is_empty() || self.stays.iter().any(within)
    }

    /// A combination in words.
    pub(super) fn said(&self, line: bool, values: &[usize], lang: Lang) -> Vec<String> {
        let base = self.base.iter().filter(|_| line);
        let mut parts: Vec<String> =
            base.map(|(name, value)| words::given(name, value, lang)).collect();
        for (axis, at) in self.list(line).iter().zip(values) {
            let of_stay = matches!(axis, Axis::Number(CutOf::Admission | CutOf::Days, _));
            if of_stay && !self.stays(line, values) {
                continue;
            }
            parts.extend(match axis {
                Axis::Given(name, all) => all.get(*at).map(|v| words::given(name, v, lang)),
                Axis::Number(of, all) => all.get(*at).map(|n| number(*of, *n, lang)),
            });
        }
        parts
    }
}

fn number(of: CutOf, number: i64, lang: Lang) -> String {
    match (of, lang) {
        (CutOf::Admission, Lang::Zh) => format!("第 {number} 次住院"),
        (CutOf::Days, Lang::Zh) => format!("住院 {number} 天"),
        (CutOf::AgeOnYearStart, Lang::Zh) => format!("年初 {number} 岁"),
        (_, Lang::Zh) => format!("{number} 岁"),
        (CutOf::Admission, Lang::En) => format!("admission {number}"),
        (CutOf::Days, Lang::En) => format!("{number} days"),
        (CutOf::AgeOnYearStart, Lang::En) => format!("age {number} at the start of the year"),
        (_, Lang::En) => format!("age {number}"),
    }
}

/// The axes behind some dimensions of both packs.
fn axes(sides: [&Named; 2], dims: &BTreeSet<String>) -> Vec<Axis> {
    let mut given: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    // By a fixed order of the kinds of numbers.
    const KINDS: [CutOf; 4] =
        [CutOf::AgeOnBill, CutOf::AgeOnYearStart, CutOf::Admission, CutOf::Days];
    let mut cuts: [BTreeSet<i64>; 4] = Default::default();
    for side in sides {
        for name in dims {
            let Some((name, dim)) = side.dims.get_key_value(name) else { continue };
            let Some(cut) = &dim.cut else {
                let values = dim.values.iter().map(String::as_str);
                given.entry(name).or_default().extend(values);
                continue;
            };
            let slot = KINDS.iter().position(|kind| *kind == cut.of);
            if let Some(starts) = slot.and_then(|slot| cuts.get_mut(slot)) {
                starts.extend(&cut.starts);
            }
        }
    }
    let owned = |(name, values): (&str, BTreeSet<&str>)| {
        Axis::Given(name.to_owned(), values.into_iter().map(str::to_owned).collect())
    };
    let mut axes: Vec<Axis> = given.into_iter().map(owned).collect();
    for (of, starts) in KINDS.into_iter().zip(cuts) {
        if let Some(first) = starts.first() {
            let numbers = [first - 1].into_iter().chain(starts.iter().copied()).collect();
            axes.push(Axis::Number(of, numbers));
        }
    }
    axes
}

/// The default of a dimension: the first by name where the packs disagree.
fn base(sides: [&Named; 2], name: &str) -> Option<String> {
    let defaults = sides.iter().filter_map(|side| side.dims.get(name)?.default.clone());
    defaults.min()
}

/// The first days of the spells in which something differs, within the life of both packs.
pub(super) fn days(diff: &Diff) -> Vec<Day> {
    let [a, b] = &diff.sides;
    let lives = [a.named.head.life, b.named.head.life];
    let [one, other] = lives;
    let life = Dates { from: one.from.max(other.from), to: one.to.min(other.to) };
    if life.to < life.from {
        return vec![life.from];
    }
    let mut starts = BTreeSet::from([life.from]);
    for side in [a, b] {
        let timelines = side.named.tables.values().flat_map(BTreeMap::values);
        let pieces = timelines.flat_map(|timeline| &timeline.pieces).map(|piece| piece.dates);
        let layers = side.named.layers.values().map(|layer| layer.dates);
        for dates in pieces.chain(layers).filter(|dates| dates.from <= dates.to) {
            starts.insert(dates.from);
            if dates.to != EVER.to {
                starts.insert(Day(dates.to.0 + 1));
            }
        }
    }
    let starts: Vec<Day> =
        starts.into_iter().filter(|day| life.from <= *day && *day <= life.to).collect();
    let differs = |day: &&Day| {
        let counting = diff.changes.iter().filter(|change| change.counts);
        counting.into_iter().any(|c| c.days.from <= **day && **day <= c.days.to)
    };
    let mut days: Vec<Day> = starts.iter().filter(differs).copied().collect();
    if days.is_empty() {
        days.extend(starts.last());
    }
    if days.len() <= DAYS_MAX {
        return days;
    }
    let last = days.len() - 1;
    let at = |i: usize| days.get(i * last / (DAYS_MAX - 1)).copied();
    (0..DAYS_MAX).filter_map(at).collect()
}

/// In-scope amounts: typical ones, and every threshold of both packs with a fen around it.
pub(super) fn amounts(sides: [&Named; 2], fact: i64) -> Vec<i64> {
    let mut thresholds = BTreeSet::new();
    for side in sides {
        for dim in side.dims.values() {
            if let Some(cut) = dim.cut.as_ref().filter(|cut| cut.of.is_amount()) {
                thresholds.extend(&cut.starts);
            }
        }
        for (table, value) in values(side) {
            if table.kind != Kind::Fixed && table.kind != Kind::Limit {
                thresholds.extend(fens(value, fact));
            }
        }
    }
    around(&thresholds, &TYPICAL)
}

/// Fees of single lines: typical ones, and every limit and fixed amount with a fen around it.
pub(super) fn line_amounts(sides: [&Named; 2]) -> Vec<i64> {
    let mut thresholds = BTreeSet::new();
    for (_, value) in sides.into_iter().flat_map(values) {
        match value {
            Value::Limit(limit) => {
                if let LimitUpto::Amount(amount) = limit.upto {
                    thresholds.insert(amount.0);
                }
            }
            Value::Fixed(fixed) => thresholds.extend(fixed.pays.map(|amount| amount.0)),
            _ => {}
        }
    }
    around(&thresholds, &TYPICAL_LINES)
}

fn around(thresholds: &BTreeSet<i64>, typical: &[i64]) -> Vec<i64> {
    let near = thresholds.iter().flat_map(|fen| [fen - 1, *fen, fen + 1]);
    let all: BTreeSet<i64> = near.chain(typical.iter().map(|yuan| yuan * 100)).collect();
    all.into_iter().filter(|fen| (1..=FEN_MAX).contains(fen)).collect()
}

fn values(side: &Named) -> impl Iterator<Item = (&Table, &Value)> {
    side.tables.iter().flat_map(|(table, rows)| {
        let pieces = rows.values().flat_map(|timeline| &timeline.pieces);
        pieces.map(move |piece| (table, &piece.value))
    })
}

/// Amounts that a row names.
fn fens(value: &Value, fact: i64) -> Vec<i64> {
    match value {
        Value::Amount(amount) => vec![amount.0],
        Value::OfFact(_, rate) => vec![fact.saturating_mul(i64::from(rate.0)).div_euclid(PPM)],
        Value::Bands(bands) => bands.upto.iter().map(|fen| fen.0).collect(),
        Value::Cap(cap) => cap.amount.iter().map(|fen| fen.0).collect(),
        _ => Vec::new(),
    }
}

/// Yearly counters half used: half of the largest amount that they are measured against.
pub(super) fn half(sides: [&Named; 2], fact: i64) -> BTreeMap<String, i64> {
    let mut largest: BTreeMap<String, i64> = BTreeMap::new();
    let mut raise = |counter: String, fens: &[i64]| {
        let fen = fens.iter().max().copied().unwrap_or(0);
        let slot = largest.entry(counter).or_default();
        *slot = (*slot).max(fen);
    };
    for (table, value) in sides.into_iter().flat_map(values) {
        let fens = fens(value, fact);
        let owner = &table.owner;
        match table.kind {
            Kind::Deductible => {
                raise(format!("{owner}.deductible_used"), &fens);
                raise(format!("{owner}.position"), &fens);
            }
            Kind::Band | Kind::Eligible => raise(format!("{owner}.position"), &fens),
            Kind::Cap | Kind::Group => raise(format!("{owner}.paid"), &fens),
            _ => {}
        }
    }
    let half = largest.into_iter().map(|(counter, fen)| (counter, fen.div_euclid(2)));
    let mut half: BTreeMap<String, i64> = half.collect();
    // A group has paid no less than its layers.
    for (id, group) in sides.into_iter().flat_map(|side| &side.groups) {
        let paid = group.layers.iter().filter_map(|layer| half.get(&format!("{layer}.paid")));
        let paid: i64 = paid.sum();
        let slot = half.entry(format!("{id}.paid")).or_default();
        *slot = (*slot).max(paid);
    }
    half
}
