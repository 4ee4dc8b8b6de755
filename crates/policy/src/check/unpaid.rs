//! Bills whose costs no layer takes: a warning, as the person then bears everything unsaid.
//!
//! INVARIANT: a bill that `[[standing]]` keeps from the fund needs no layer and is not reported.

use std::collections::{BTreeMap, BTreeSet};

use tongchou_core::pack::Take;

use super::domain::{Domain, Entry};
use super::tables::winners;
use crate::problem::{Case, Problem, Unpaid};
use crate::read::{Accepted, Conditions, Draft, Findings};

/// Most combinations, days included, that are looked at.
const LOOKED_AT_MAX: usize = 100_000;

/// Values on each axis, ascending, the spells of days last: all their combinations.
type Cube = Vec<Vec<usize>>;

/// The conditions under which a layer takes what nobody has taken.
struct Intake<'a> {
    when: &'a Conditions,
    params: Accepted,
    dates: crate::problem::Dates,
}

pub(super) fn check(out: &Findings<'_>, draft: &Draft) {
    let (Some(life), Some(first)) = (draft.vocabulary.life, draft.layers.first()) else { return };
    // What could not be read might take anything.
    let Some(intakes) = intakes(draft) else { return };
    if !draft.standing.whole {
        return;
    }
    let layers = intakes.iter().map(|i| Entry::new(&i.when.dims, &i.params, i.dates));
    let standing = draft.standing.rows.iter().map(|row| Entry::of(&row.item));
    let entries: Vec<_> = layers.chain(standing).collect();
    let Ok(domain) = Domain::of(&draft.vocabulary, life, &entries) else { return };
    if LOOKED_AT_MAX < domain.size() {
        return;
    }
    let cubes = merged(untaken(&domain, draft, (intakes.len(), entries.len())));
    if !cubes.is_empty() {
        let cases = cubes.iter().map(|cube| in_words(&domain, intakes.len(), cube)).collect();
        out.report(first.span.clone(), &Problem::NobodyPays { cases: Unpaid(cases) });
    }
}

/// Every way in which a layer takes `in_scope` or `rest`; `None` if a layer could not be read.
fn intakes(draft: &Draft) -> Option<Vec<Intake<'_>>> {
    let mut intakes = Vec::new();
    for layer in &draft.layers {
        let (takes, when, dates) = (layer.takes.as_ref()?, layer.when.as_ref()?, layer.life?);
        for (value, list) in (0_u8..).zip(&takes.lists) {
            if !list.iter().any(|(take, _)| matches!(take, Take::InScope | Take::Rest)) {
                continue;
            }
            let mut params = when.params.clone();
            match takes.param.map(|at| (at, params.iter_mut().find(|(named, _)| *named == at))) {
                Some((_, Some((_, accepted)))) => accepted.retain(|v| *v == value),
                Some((at, None)) => params.push((at, vec![value])),
                None => {}
            }
            intakes.push(Intake { when, params, dates });
        }
    }
    Some(intakes)
}

/// The combinations, on the axes that layers name, of which some bill is taken by no layer.
fn untaken(
    domain: &Domain,
    draft: &Draft,
    (intakes, entries): (usize, usize),
) -> BTreeSet<Vec<usize>> {
    let standing = &draft.standing.rows;
    let told = domain.told_apart(intakes);
    let mut found = BTreeSet::new();
    let mut cursor = domain.start();
    loop {
        let matching = domain.matching(&cursor, entries);
        for (spell, at) in domain.spells().iter().zip(0..) {
            let applying = matching.and(&spell.rows);
            let taken = applying.members().any(|member| member < intakes);
            let standings = applying.members().filter_map(|member| member.checked_sub(intakes));
            let blocked = || {
                let mut rows = winners(standing, standings).filter_map(|row| standing.get(row));
                rows.next().is_some_and(|row| !row.item.value.fund)
            };
            if !taken && !blocked() {
                let values = cursor.values().iter().zip(&told);
                let values = values.filter(|(_, told)| **told).map(|(value, _)| *value);
                found.insert(values.chain([at]).collect());
            }
        }
        if !domain.advance(&mut cursor) {
            return found;
        }
    }
}

/// The same combinations in fewer pieces: those that differ on one axis only become one.
fn merged(found: BTreeSet<Vec<usize>>) -> Vec<Cube> {
    let axes = found.first().map_or(0, Vec::len);
    let single = |values: Vec<usize>| values.into_iter().map(|value| vec![value]).collect();
    let mut cubes: Vec<Cube> = found.into_iter().map(single).collect();
    for axis in (0..axes).rev() {
        let mut alike: BTreeMap<Cube, Vec<usize>> = BTreeMap::new();
        for mut cube in cubes {
            let values = cube.get_mut(axis).map(std::mem::take).unwrap_or_default();
            alike.entry(cube).or_default().extend(values);
        }
        let whole = alike.into_iter().map(|(mut cube, mut values)| {
            values.sort_unstable();
            if let Some(place) = cube.get_mut(axis) {
                *place = values;
            }
            cube
        });
        cubes = whole.collect();
    }
    cubes
}

/// A piece in words: an axis on which every value is in it goes without saying.
fn in_words(domain: &Domain, intakes: usize, cube: &Cube) -> (Case, Vec<crate::problem::Dates>) {
    let told = domain.told_apart(intakes);
    let axes = domain.axes().zip(told).filter(|(_, told)| *told).map(|(axis, _)| axis);
    let mut pairs = Vec::new();
    for ((name, values), chosen) in axes.zip(cube) {
        if chosen.len() < values.len() {
            let chosen = chosen.iter().filter_map(|at| values.get(*at).copied());
            pairs.push((name.to_owned(), chosen.collect::<Vec<_>>().join(" | ")));
        }
    }
    let spells = cube.last().map(Vec::as_slice).unwrap_or_default();
    let mut dates: Vec<crate::problem::Dates> = Vec::new();
    for spell in spells.iter().filter_map(|at| domain.spells().get(*at)) {
        match dates.last_mut() {
            Some(last) if last.to.0 + 1 == spell.dates.from.0 => last.to = spell.dates.to,
            _ => dates.push(spell.dates),
        }
    }
    if spells.len() == domain.spells().len() {
        dates.clear();
    }
    (Case(pairs), dates)
}
