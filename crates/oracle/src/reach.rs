//! Rows that no bill can reach: tables must be complete also where the fund takes no part, and
//! what stands there decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use tongchou_wire::amount::Date;

use crate::generate::days::shift;
use crate::pack::{Dim, DimSource, Pack, Row, When};
use crate::select::{self, Facts};

/// Most cases that are tried for one row; a row with more counts as reached.
const CASES_MAX: usize = 200_000;

/// The names of the rows of layers, groups and `[[personal]]`, bands one by one, that apply only
/// where the fund neither pays nor owes anything afterwards.
#[must_use]
pub fn unreached(pack: &Pack) -> BTreeSet<String> {
    let when = When::new();
    let always = Within { when: &when, from: pack.from, to: pack.to };
    let mut names = BTreeSet::new();
    for layer in &pack.layers {
        let within = Within { when: &layer.when, from: layer.from, to: layer.to };
        of_table(pack, &layer.upfront, within, &mut names);
        of_table(pack, &layer.deductible, within, &mut names);
        of_table(pack, &layer.adjust, within, &mut names);
        of_table(pack, &layer.cap, within, &mut names);
        of_table(pack, &layer.eligible, within, &mut names);
        for row in layer.band.iter().filter(|row| !is_reached(pack, row, within)) {
            names.extend(row.says.names.iter().cloned());
        }
    }
    for group in &pack.groups {
        of_table(pack, &group.cap, always, &mut names);
    }
    of_table(pack, &pack.personal, always, &mut names);
    names
}

/// When and on which days a layer takes part.
#[derive(Clone, Copy)]
struct Within<'p> {
    when: &'p When,
    from: Date,
    to: Date,
}

fn of_table<T>(pack: &Pack, rows: &[Row<T>], within: Within<'_>, names: &mut BTreeSet<String>) {
    let unreached = rows.iter().filter(|row| !is_reached(pack, row, within));
    names.extend(unreached.map(|row| row.name.clone()));
}

/// Whether there are values under which the row and its layer apply and the fund pays.
fn is_reached<T>(pack: &Pack, row: &Row<T>, within: Within<'_>) -> bool {
    let (from, to) = (row.from.max(within.from), row.to.min(within.to));
    if to < from {
        return false;
    }
    if pack.standing.is_empty() {
        return true;
    }
    let Some(keys) = keys(pack, &row.when, within.when) else { return false };
    let cases: usize = keys.values().map(Vec::len).fold(1, usize::saturating_mul);
    let days = days(pack, from, to);
    if CASES_MAX < cases.saturating_mul(days.len()) {
        return true;
    }
    (0..cases).any(|case| {
        let mut rest = case;
        let values = keys.iter().filter_map(|(key, values)| {
            let value = values.get(rest % values.len())?;
            rest /= values.len();
            Some((*key, *value))
        });
        let facts = Facts { values: values.collect(), missing: Vec::new() };
        days.iter().any(|day| is_paid(pack, *day, &facts))
    })
}

fn is_paid(pack: &Pack, day: Date, facts: &Facts<'_>) -> bool {
    let row = select::row(&pack.standing, day, facts).ok().flatten();
    row.is_none_or(|row| row.says.fund || row.says.later.is_some())
}

/// What the standing looks at, with the values that a row and its layer leave; `None` if there are
/// none.
fn keys<'p>(
    pack: &'p Pack,
    row: &'p When,
    layer: &'p When,
) -> Option<BTreeMap<&'p str, Vec<&'p str>>> {
    let mut keys = BTreeMap::new();
    let standing = pack.standing.iter().flat_map(|row| &row.when);
    for (key, _) in standing.chain(row).chain(layer) {
        let of_param = pack.params.iter().find(|param| param.key == *key);
        let of_dim = pack.dims.iter().find(|dim| dim.name == *key);
        let all = of_param.map(|param| &param.values).or(of_dim.map(values));
        let all = all.into_iter().flatten().map(String::as_str);
        let meets = |when: &When, value: &str| {
            let named = when.iter().filter(|(named, _)| named == key);
            named.map(|(_, values)| values).all(|values| values.iter().any(|it| it == value))
        };
        let left: Vec<&str> = all.filter(|it| meets(row, it) && meets(layer, it)).collect();
        if left.is_empty() {
            return None;
        }
        keys.insert(key.as_str(), left);
    }
    Some(keys)
}

fn values(dim: &Dim) -> &Vec<String> {
    match &dim.source {
        DimSource::Given { values, .. } => values,
        DimSource::Cut { names, .. } => names,
    }
}

/// The days of a row's effect on which another row of the standing may begin to apply.
fn days(pack: &Pack, from: Date, to: Date) -> Vec<Date> {
    let starts = pack.standing.iter().map(|row| row.from).filter(|day| from < *day && *day <= to);
    let mut days: Vec<Date> = starts.collect();
    // A row may also begin to apply where one above it ends.
    let ends = pack.standing.iter().map(|row| shift(row.to, 1));
    days.extend(ends.filter(|day| from < *day && *day <= to));
    days.extend([from, to]);
    days
}
