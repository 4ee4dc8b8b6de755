//! Histories in which the explicit curves of a class are drawn.
//!
//! `cells` proves the slopes for every history. The histories here are for what needs an amount:
//! bends, caps, steps, and the comparison with the kernel. Per layer they hold the deductible
//! unused, half used and used up, the position at zero and at each end of a band, the cap unused,
//! used but for a fen, and used up; each alone, and all together. A bend of any other history is
//! one of the same ends moved along the axis, under the slopes of the same cell.

use tongchou_core::pack::Pack;

use super::bill::History;
use super::class::{Class, Per, Rows};
use super::ratio::Ratio;

/// Facts under which a deductible taken of one is proved: none, little, much (in fen).
pub(super) const FACTS: [i64; 3] = [0, 1_000_001, 20_000_000];

/// The facts that a class is to be proved under.
pub(super) fn facts(class: &Class) -> &'static [i64] {
    if class.asks_facts() { &FACTS } else { &[0] }
}

/// All histories of a class.
pub(super) fn histories(pack: &Pack, class: &Class, fact: i64) -> Vec<History> {
    let none = History { fact, ..History::none(pack) };
    let mut all = vec![none.clone()];
    let options: Vec<(&Rows, [Vec<Ratio>; 3])> =
        class.layers.iter().map(|rows| (rows, options(class, rows, fact))).collect();
    let groups: Vec<(usize, Vec<Ratio>)> = class.layers.iter().filter_map(group).collect();
    let lists = options.iter().flat_map(|(_, lists)| lists).chain(groups.iter().map(|(_, l)| l));
    let longest = lists.map(Vec::len).max().unwrap_or(1);
    let nth = |list: &Vec<Ratio>, n: usize| {
        list.get(n % list.len().max(1)).copied().unwrap_or(Ratio::ZERO)
    };
    for n in 1..longest {
        let mut together = none.clone();
        for (rows, lists) in &options {
            if let Some(before) = together.layers.get_mut(rows.layer) {
                *before = [0, 1, 2].map(|i| lists.get(i).map_or(Ratio::ZERO, |l| nth(l, n)));
            }
        }
        for (group, list) in &groups {
            together.groups.get_mut(*group).into_iter().for_each(|paid| *paid = nth(list, n));
        }
        all.push(together);
    }
    for (rows, lists) in &options {
        for (at, list) in lists.iter().enumerate() {
            for value in list.iter().skip(1) {
                let mut alone = none.clone();
                let slot = alone.layers.get_mut(rows.layer).and_then(|before| before.get_mut(at));
                slot.into_iter().for_each(|slot| *slot = *value);
                all.push(alone);
            }
        }
    }
    for (group, list) in &groups {
        for value in list.iter().skip(1) {
            let mut alone = none.clone();
            alone.groups.get_mut(*group).into_iter().for_each(|paid| *paid = *value);
            all.push(alone);
        }
    }
    let mut distinct: Vec<History> = Vec::with_capacity(all.len());
    for history in all {
        if !distinct.contains(&history) {
            distinct.push(history);
        }
    }
    distinct
}

/// Values of a layer's counters: deductible used, position, paid.
fn options(class: &Class, rows: &Rows, fact: i64) -> [Vec<Ratio>; 3] {
    let zero = || vec![Ratio::ZERO];
    let whole = |value: Ratio| i64::try_from(value.floor()).map_or(Ratio::ZERO, Ratio::whole);
    let (mut used, mut position, mut paid) = (zero(), zero(), zero());
    if class.counts(rows.standard_per) {
        let standard = whole(rows.standard.under(fact));
        used.extend([standard, whole(standard.half())]);
    }
    if class.counts(rows.basis) {
        let ends = rows.bands.iter().filter_map(|(end, _)| *end).chain(rows.end);
        position.extend(ends.map(Ratio::whole));
    }
    if let Some(cap) = rows.cap.filter(|_| class.counts(rows.cap_per)) {
        paid.extend([cap, (cap - 1).max(0)].map(Ratio::whole));
    }
    [used, position, paid]
}

fn group(rows: &Rows) -> Option<(usize, Vec<Ratio>)> {
    let (group, cap, _) = rows.group.filter(|(.., per)| *per == Per::Year)?;
    Some((group, [0, cap, (cap - 1).max(0)].map(Ratio::whole).to_vec()))
}
