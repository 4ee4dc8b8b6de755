//! Counters of the year so far: at, below and above what deductibles, bands and caps say.

use std::collections::BTreeSet;

use tongchou_wire::request::Request;

use crate::counters;
use crate::money::to_fen;
use crate::pack::{DimSource, Layer, Pack, Takes};

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
            near(dice, &thresholds(pack, &name))
        } else {
            0
        };
        if value != 0 || dice.percent(4) {
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
    let Some(layer) = target.table.layer().and_then(|at| pack.layers.get(at)) else { return hot };
    match target.table {
        Table::Cap(_) => hot.extend([format!("{}.paid", layer.id)]),
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
    for dim in &pack.dims {
        let DimSource::Cut { of, starts, names, .. } = &dim.source else { continue };
        if of != "admission" {
            continue;
        }
        let at = names.iter().position(|name| Some(name) == chosen.get(&dim.name)).unwrap_or(0);
        let low = at.checked_sub(1).and_then(|below| starts.get(below)).copied().unwrap_or(1);
        let high = starts.get(at).map_or(low + 3, |next| next - 1);
        let ordinal = dice.pick([low, low, high]);
        return (ordinal - 1).max(0);
    }
    if dice.percent(50) { dice.between(0, 6) } else { 0 }
}

/// The amounts, in fen, that matter to a counter such as `pool.paid`.
fn thresholds(pack: &Pack, counter: &str) -> Vec<i64> {
    let Some((id, what)) = counter.split_once('.') else { return Vec::new() };
    let Some(layer) = pack.layers.iter().find(|layer| layer.id == id) else { return Vec::new() };
    match what {
        "deductible_used" => standards(layer),
        "paid" => caps(layer),
        _ => ends(layer).into_iter().chain(standards(layer)).collect(),
    }
}

/// Deductible standards of a layer, in fen.
pub fn standards(layer: &Layer) -> Vec<i64> {
    layer.deductible.iter().filter_map(|row| to_fen(row.says).ok()).collect()
}

/// Upper ends of the bands of a layer, in fen.
pub fn ends(layer: &Layer) -> Vec<i64> {
    let bands = layer.band.iter().flat_map(|row| &row.says.bands);
    bands.filter_map(|band| to_fen(band.end?).ok()).collect()
}

/// Caps of a layer, in fen.
pub fn caps(layer: &Layer) -> Vec<i64> {
    layer.cap.iter().filter_map(|row| to_fen(row.says.amount?).ok()).collect()
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
