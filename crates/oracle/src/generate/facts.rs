//! Values of dimensions and parameters under which a row applies.

use std::collections::BTreeMap;

use tongchou_wire::request::Request;

use crate::dims::is_of_line;
use crate::pack::{DimSource, Pack, When};
use crate::select::Facts;

use super::cuts;
use super::dice::Dice;
use super::target::{Table, Target};

/// A value for every dimension and parameter (`param.NAME`).
pub type Chosen = BTreeMap<String, String>;

/// Draws values that meet the conditions of a target; `fixed` ones are given beforehand.
/// `None` if those do not meet the conditions.
pub fn choose(dice: &mut Dice, pack: &Pack, target: &Target, fixed: &Chosen) -> Option<Chosen> {
    let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, value) in fixed {
        wanted.insert(key, vec![value]);
    }
    if !narrow(&mut wanted, &target.when) {
        return None;
    }
    if target.table != Table::Standing {
        want_standing(dice, pack, &mut wanted);
    }
    let mut chosen = Chosen::new();
    for param in &pack.params {
        let value = draw(dice, &wanted, &param.key, &param.values, Some(&param.default), 50);
        chosen.insert(param.key.clone(), value);
    }
    for dim in &pack.dims {
        let value = match &dim.source {
            DimSource::Given { values, default } => {
                draw(dice, &wanted, &dim.name, values, default.as_deref(), 70)
            }
            DimSource::Cut { .. } => continue,
        };
        chosen.insert(dim.name.clone(), value);
    }
    let mut cut = |of: &&str| cuts::choose(dice, pack, &wanted, of, &mut chosen);
    cuts::SOURCES.iter().all(&mut cut).then_some(chosen)
}

/// Values for the dimensions of one line, whatever they are.
pub fn choose_line(dice: &mut Dice, pack: &Pack, chosen: &Chosen) -> Chosen {
    let mut chosen = chosen.clone();
    for dim in pack.dims.iter().filter(|dim| is_of_line(dim)) {
        if let DimSource::Given { values, default } = &dim.source {
            let none = BTreeMap::new();
            let value = draw(dice, &none, &dim.name, values, default.as_deref(), 60);
            chosen.insert(dim.name.clone(), value);
        }
    }
    chosen
}

/// The values as the tables look at them.
pub fn facts(chosen: &Chosen) -> Facts<'_> {
    let values = chosen.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    Facts { values, missing: Vec::new() }
}

/// Mostly a standing under which the fund pays.
fn want_standing<'p>(
    dice: &mut Dice,
    pack: &'p Pack,
    wanted: &mut BTreeMap<&'p str, Vec<&'p str>>,
) {
    let paying = dice.percent(92);
    let rows: Vec<_> = pack.standing.iter().filter(|row| row.says.fund == paying).collect();
    for _ in 0..4 {
        let Some(row) = dice.one_of(&rows) else { return };
        let mut tried = wanted.clone();
        if narrow(&mut tried, &row.when) {
            *wanted = tried;
            return;
        }
    }
}

/// Leaves only the values that also meet these conditions; false if none is left somewhere.
fn narrow<'p>(wanted: &mut BTreeMap<&'p str, Vec<&'p str>>, when: &'p When) -> bool {
    for (key, values) in when {
        let values = values.iter().map(String::as_str);
        let left = match wanted.get(key.as_str()) {
            Some(before) => values.filter(|value| before.contains(value)).collect(),
            None => values.collect::<Vec<_>>(),
        };
        if left.is_empty() {
            return false;
        }
        wanted.insert(key, left);
    }
    true
}

fn draw(
    dice: &mut Dice,
    wanted: &BTreeMap<&str, Vec<&str>>,
    key: &str,
    values: &[String],
    default: Option<&str>,
    default_percent: i64,
) -> String {
    if let Some(wanted) = wanted.get(key) {
        return dice.one_of(wanted).copied().unwrap_or_default().to_owned();
    }
    match default {
        Some(default) if dice.percent(default_percent) => default.to_owned(),
        _ => dice.one_of(values).cloned().unwrap_or_default(),
    }
}

/// Writes the values of member, encounter and parameters into a request, defaults mostly
/// unsaid.
pub fn write(dice: &mut Dice, pack: &Pack, chosen: &Chosen, request: &mut Request) {
    for param in &pack.params {
        let Some(value) = chosen.get(&param.key) else { continue };
        if *value != param.default || dice.percent(30) {
            request.params.insert(param.name.clone(), value.clone());
        }
    }
    for dim in pack.dims.iter().filter(|dim| !is_of_line(dim)) {
        let DimSource::Given { default, .. } = &dim.source else { continue };
        let value = chosen.get(&dim.name).filter(|value| said(dice, value, default.as_deref()));
        if let Some(slot) = request.member.facts.slot(&dim.name) {
            *slot = value.cloned();
        } else if let Some(slot) = request.encounter.facts.slot(&dim.name) {
            *slot = value.cloned();
        }
    }
}

/// Whether a value is written: always, but for some of those that are the default.
pub fn said(dice: &mut Dice, value: &str, default: Option<&str>) -> bool {
    default != Some(value) || dice.percent(40)
}
