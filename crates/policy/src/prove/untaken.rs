//! Combinations in which the fund may pay, and no layer takes any of the in-scope amount.
//!
//! A value that no layer's `when` names looks like this, so it is noted; it may be meant. A region
//! gives each variable a set of values. Taking a region away from another leaves one region for
//! each variable, overlapping and as large as can be; so what is left after every layer was taken
//! away holds all the largest regions, of which the fewest that say everything are chosen.

use tongchou_core::pack::{Choice, Pack, Take, Text};

use super::space::{Region, RowRegion, Space, Table};
use super::words::both;

/// Most regions that are kept at once; with more, only that there are some is said.
const REGIONS_MAX: usize = 2_000;
/// Most regions that are told one by one.
const TOLD_MAX: usize = 12;

/// The note of a pack, if there is anything to note.
pub(super) fn note(pack: &Pack, space: &Space<'_>) -> Option<Text> {
    let Some(regions) = untaken(pack, space) else {
        let zh = "有无层承担政策范围内金额的情形，因组合太多未能列出";
        let en = "whether every in-scope amount is taken was not settled: too many combinations";
        return Some(both(zh, en));
    };
    let told = |with: &str, between: &str, more: String| {
        let mut told: Vec<String> = Vec::new();
        for region in regions.iter().take(TOLD_MAX) {
            let said = space.said(region);
            told.push(if said.is_empty() { "*".to_owned() } else { said.join(with) });
        }
        told.extend((regions.len() > TOLD_MAX).then_some(more));
        told.join(between)
    };
    let rest = regions.len().saturating_sub(TOLD_MAX);
    let zh = told(" 且 ", "；", format!("另有 {rest} 组"));
    let en = told(" with ", "; ", format!("and {rest} more"));
    (!regions.is_empty()).then(|| {
        both(
            format!("没有任何层承担政策范围内金额：{zh}"),
            format!("no layer takes in_scope: {en}"),
        )
    })
}

/// The fewest largest regions that no layer takes; `None` where there are too many.
fn untaken(pack: &Pack, space: &Space<'_>) -> Option<Vec<Region>> {
    let mut left = vec![space.whole()];
    for region in closed(pack, space)?.iter().chain(&taken(pack, space)) {
        left = without(left, region)?;
    }
    let open = |values: &Vec<bool>| values.contains(&false);
    left.sort_by_key(|region| (region.iter().filter(|v| open(v)).count(), region.clone()));
    // The last ones ask most: they go first where the others say all of theirs.
    let mut at = left.len();
    while at > 0 {
        at -= 1;
        let others = left.iter().enumerate().filter(|(other, _)| *other != at);
        let mut rest = left.get(at).cloned().into_iter().collect();
        for (_, other) in others {
            rest = without(rest, other)?;
        }
        if rest.is_empty() {
            left.remove(at);
        }
    }
    Some(left)
}

/// Where standing keeps the fund from paying.
fn closed(pack: &Pack, space: &Space<'_>) -> Option<Vec<Region>> {
    let rows = space.regions(Table::Standing);
    let pays = |row: &usize| pack.standing.get(*row).is_none_or(|row| row.value.fund);
    let mut closed = Vec::new();
    for (region, priority, _) in rows.iter().filter(|(.., row)| !pays(row)) {
        let above = |(_, other, row): &&RowRegion| other > priority && pays(row);
        let mut left = vec![region.clone()];
        for (other, ..) in rows.iter().filter(above) {
            left = without(left, other)?;
        }
        closed.extend(left);
    }
    Some(closed)
}

/// Where some layer takes the in-scope amount, or what of it is left.
fn taken(pack: &Pack, space: &Space<'_>) -> Vec<Region> {
    let takes = |takes: &[Take]| takes.iter().any(|t| matches!(t, Take::InScope | Take::Rest));
    let mut taken = Vec::new();
    for (index, layer) in pack.layers.iter().enumerate() {
        let on = space.regions(Table::Enabled(index)).into_iter().map(|(region, ..)| region);
        match &layer.takes {
            Choice::Is(sources) => taken.extend(on.filter(|_| takes(sources))),
            Choice::Param(_, all) => {
                let rows = space.regions(Table::Takes(index));
                let says = |row: &usize| all.get(*row).is_some_and(|sources| takes(sources));
                for region in on {
                    let rows = rows.iter().filter(|(.., row)| says(row));
                    taken.extend(rows.map(|(chosen, ..)| both_of(&region, chosen)));
                }
            }
        }
    }
    taken
}

fn both_of(one: &Region, other: &Region) -> Region {
    let common = |(a, b): (&Vec<bool>, &Vec<bool>)| -> Vec<bool> {
        a.iter().zip(b).map(|(a, b)| *a && *b).collect()
    };
    one.iter().zip(other).map(common).collect()
}

/// The largest regions of what is left of some without another one.
fn without(regions: Vec<Region>, other: &Region) -> Option<Vec<Region>> {
    let mut left: Vec<Region> = Vec::new();
    for region in regions {
        let meets = both_of(&region, other).iter().all(|values| values.contains(&true));
        if !meets {
            left.push(region);
            continue;
        }
        for (at, values) in other.iter().enumerate() {
            let mut part = region.clone();
            let Some(own) = part.get_mut(at) else { continue };
            own.iter_mut().zip(values).for_each(|(own, taken)| *own = *own && !taken);
            if own.contains(&true) {
                left.push(part);
            }
        }
        if left.len() > REGIONS_MAX {
            return None;
        }
    }
    left.sort_unstable();
    left.dedup();
    let within = |one: &Region, all: &Region| both_of(one, all) == *one;
    let mut largest = left.clone();
    largest.retain(|one| !left.iter().any(|all| one != all && within(one, all)));
    Some(largest)
}
