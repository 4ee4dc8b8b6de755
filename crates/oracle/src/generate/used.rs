//! Counters of the year so far: at, below and above what deductibles, bands and caps say.

use std::collections::BTreeSet;

use tongchou_wire::amount::Yuan;
use tongchou_wire::request::{Count, Request};

use crate::counters;
use crate::money::{from_fen, round, to_fen};
use crate::pack::{Cap, Layer, Pack, Row, Standard, Takes};

use super::cuts;
use super::dice::Dice;
use super::facts::{self, Chosen};
use super::target::{Table, Target};

/// Sets `year_to_date`, most of all the counters that matter to the target.
pub fn year_to_date(
    dice: &mut Dice,
    pack: &Pack,
    target: &Target,
    chosen: &Chosen,
    request: &mut Request,
) {
    let hot = hot(pack, target);
    let quiet = dice.percent(15);
    for name in names(dice, pack, chosen) {
        let share = if hot.contains(&name) { 80 } else { 35 };
        let value = if name == counters::ADMISSIONS {
            admissions(dice, pack, chosen)
        } else if !quiet && dice.percent(share) {
            near(dice, &thresholds(pack, request, &name))
        } else {
            0
        };
        if value != 0 || dice.percent(4) {
            request.year_to_date.insert(name.clone(), counters::count(&name, value));
        }
    }
    if dice.percent(98) {
        raise_groups(dice, pack, request);
    }
}

/// Brings the counter of a group up to what its layers have paid.
fn raise_groups(dice: &mut Dice, pack: &Pack, request: &mut Request) {
    for group in pack.groups.iter().filter(|it| counters::has_cap_per(&it.cap, "year")) {
        let paid = |id: &String| match request.year_to_date.get(&format!("{id}.paid")) {
            Some(Count::Money(Yuan(fen))) => *fen,
            _ => 0,
        };
        let least: i64 = group.layers.iter().map(paid).sum();
        if paid(&group.id) < least {
            let name = format!("{}.paid", group.id);
            let other = near(dice, &thresholds(pack, request, &name));
            let value = dice.pick([least, least, other]).max(least);
            request.year_to_date.insert(name.clone(), counters::count(&name, value));
        }
    }
}

/// The counters that the pack has under the chosen parameters, rarely under any.
fn names(dice: &mut Dice, pack: &Pack, chosen: &Chosen) -> Vec<String> {
    let names = match dice.between(1, 400) {
        1 => counters::names_ever(pack),
        _ => counters::names(pack, &facts::facts(chosen)),
    };
    names.unwrap_or_default()
}

/// The counters that decide about a row: those of its layer, and what its layer takes.
fn hot(pack: &Pack, target: &Target) -> BTreeSet<String> {
    let mut hot = BTreeSet::new();
    if let Table::GroupCap(at) = target.table {
        hot.extend(pack.groups.get(at).map(|group| format!("{}.paid", group.id)));
    }
    let Some(layer) = target.table.layer().and_then(|at| pack.layers.get(at)) else { return hot };
    match target.table {
        Table::Cap(_) => {
            hot.extend([format!("{}.paid", layer.id)]);
            let groups = pack.groups.iter().filter(|group| group.layers.contains(&layer.id));
            hot.extend(groups.map(|group| format!("{}.paid", group.id)));
        }
        Table::Deductible(_) => hot.extend([format!("{}.deductible_used", layer.id)]),
        _ => {
            hot.extend([format!("{}.position", layer.id), format!("{}.deductible_used", layer.id)])
        }
    }
    if let Takes::These(names) = &layer.takes {
        let over = names.iter().filter_map(|name| name.strip_suffix(".over"));
        hot.extend(over.map(|id| format!("{id}.paid")));
    }
    hot
}

/// Admissions before the bill, so that the next ordinal has the chosen value.
fn admissions(dice: &mut Dice, pack: &Pack, chosen: &Chosen) -> i64 {
    match cuts::range(pack, chosen, "admission") {
        Some(range) => {
            let high = range.high.unwrap_or(range.low + 3);
            let ordinal = dice.pick([range.low, range.low, high]);
            (ordinal - 1).max(0)
        }
        None if dice.percent(50) => dice.between(0, 6),
        None => 0,
    }
}

/// The amounts, in fen, that matter to a counter such as `pool.paid`.
fn thresholds(pack: &Pack, request: &Request, counter: &str) -> Vec<i64> {
    let Some((id, what)) = counter.split_once('.') else { return Vec::new() };
    if let Some(group) = pack.groups.iter().find(|group| group.id == id) {
        return amounts(&group.cap);
    }
    let Some(layer) = pack.layers.iter().find(|layer| layer.id == id) else { return Vec::new() };
    match what {
        "deductible_used" => standards(layer, request),
        "paid" => amounts(&layer.cap),
        _ => {
            let eligible = amounts(&layer.eligible);
            // As often as the ends of the bands.
            let eligible = eligible.iter().cycle().take(eligible.len() * 3);
            let ends = ends(layer).into_iter().chain(standards(layer, request));
            ends.chain(eligible.copied()).collect()
        }
    }
}

/// Deductible standards of a layer, in fen, of the facts that the request brings.
pub fn standards(layer: &Layer, request: &Request) -> Vec<i64> {
    let standard = |row: &Row<Standard>| match &row.says {
        Standard::Amount(amount) => to_fen(*amount).ok(),
        Standard::OfFact { fact, rate } => {
            let amount = request.facts.get(fact)?;
            round(from_fen(amount.0) * rate, "half_up").and_then(to_fen).ok()
        }
    };
    layer.deductible.iter().filter_map(standard).collect()
}

/// An amount of a fact at which a standard taken of it is another standard, the end of a band or
/// an eligible cap of the same layer; 0 if there is none.
pub fn meeting(dice: &mut Dice, pack: &Pack, fact: &str) -> i64 {
    let mut found = Vec::new();
    for layer in &pack.layers {
        let others = layer.deductible.iter().filter_map(|row| match &row.says {
            Standard::Amount(amount) => to_fen(*amount).ok(),
            Standard::OfFact { .. } => None,
        });
        let others = others.chain(ends(layer)).chain(amounts(&layer.eligible));
        let others: Vec<i64> = others.collect();
        for row in &layer.deductible {
            if let Standard::OfFact { fact: of, rate } = &row.says
                && of == fact
            {
                let met = |fen: &i64| {
                    let fact = from_fen(*fen).checked_div(*rate)?;
                    to_fen(round(fact, "half_up").ok()?).ok()
                };
                found.extend(others.iter().filter_map(met));
            }
        }
    }
    dice.one_of(&found).copied().unwrap_or(0)
}

/// Upper ends of the bands of a layer, in fen.
pub fn ends(layer: &Layer) -> Vec<i64> {
    let bands = layer.band.iter().flat_map(|row| &row.says.bands);
    bands.filter_map(|band| to_fen(band.end?).ok()).collect()
}

/// The amounts of some caps, in fen.
pub fn amounts(caps: &[Row<Cap>]) -> Vec<i64> {
    caps.iter().filter_map(|row| to_fen(row.says.amount?).ok()).collect()
}

fn near(dice: &mut Dice, thresholds: &[i64]) -> i64 {
    let Some(at) = dice.one_of(thresholds).copied() else { return dice.any_size(20_000_000) };
    let value = match dice.weighted([15, 12, 8, 30, 15, 20]) {
        0 => at,
        1 => at - 1,
        2 => at + 1,
        3 => at - dice.any_size(at),
        4 => at - dice.between(2, 300),
        _ => dice.between(0, at),
    };
    value.max(0)
}
