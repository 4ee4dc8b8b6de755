//! The amount in scope: where something begins to happen, one fen before and after, and anywhere.

use tongchou_wire::amount::{FEN_MAX, Yuan};
use tongchou_wire::request::{Bill, Count, Request, Totals};

use crate::pack::Pack;
use crate::settle::settle;

use super::cuts::{self, Range};
use super::dice::Dice;
use super::facts::Chosen;
use super::target::Target;
use super::used::{amounts, ends, standards};

/// More than any threshold of a pack: ten million yuan.
const MUCH: i64 = 1_000_000_000;

/// An amount in scope for a request that is finished but for its fees; mostly one under which the
/// dimensions cut from it have their chosen values.
pub fn in_scope(
    dice: &mut Dice,
    pack: &Pack,
    target: &Target,
    chosen: &Chosen,
    request: &Request,
    quick: bool,
) -> i64 {
    let range = within(pack, chosen);
    let which = match quick {
        true => 1 + dice.weighted([40, 50, 5, 5]),
        false => dice.weighted([36, 24, 22, 10, 7, 1]),
    };
    let amount = match which {
        0 => match turning_point(dice, pack, target, range, request) {
            Some(at) => at + dice.pick([-1, -1, 0, 0, 1, -2, 2]),
            None => dice.any_size(MUCH),
        },
        1 => stated(dice, pack, target, request) + dice.pick([-1, 0, 1]),
        2 => dice.any_size(if quick { MUCH / 300 } else { MUCH }),
        3 => dice.between(0, 40),
        4 => dice.between(0, 3_000) * 10_000,
        _ => dice.any_size(FEN_MAX),
    };
    let amount = match range.contains(amount) || dice.percent(10) {
        true => amount,
        false => range.draw(dice, MUCH),
    };
    amount.clamp(0, FEN_MAX)
}

/// The amounts in scope that leave the chosen values of dimensions cut from amounts as they are.
fn within(pack: &Pack, chosen: &Chosen) -> Range {
    let in_scope = cuts::range(pack, chosen, "in_scope");
    let total = cuts::range(pack, chosen, "total");
    let high = |range: Option<Range>| range.and_then(|range| range.high);
    Range {
        low: in_scope.map_or(0, |range| range.low),
        high: high(in_scope).into_iter().chain(high(total)).min(),
    }
}

/// The least amount in scope, within a range, at which a row of the target's layer or group becomes
/// decisive.
fn turning_point(
    dice: &mut Dice,
    pack: &Pack,
    target: &Target,
    range: Range,
    request: &Request,
) -> Option<i64> {
    let mut probe = request.clone();
    let mut at = |fen: i64| {
        probe.bill = Bill::Totals(Totals { in_scope: Yuan(fen), ..Totals::default() });
        settle(pack, &probe).ok()
    };
    // INVARIANT: the row is not decisive below `low`, and is decisive at `high`.
    let (mut low, mut high) = (range.low, range.high.unwrap_or(MUCH).min(MUCH));
    let all = at(high)?.decisive;
    let of_layer = target.table.layer().and_then(|at| pack.layers.get(at));
    let prefix = of_layer.map_or("layer.".to_owned(), |layer| format!("layer.{}.", layer.id));
    let aimed = all.contains(&target.name).then(|| target.name.clone());
    let rows: Vec<String> = all.into_iter().filter(|row| row.starts_with(&prefix)).collect();
    let row = match aimed {
        Some(row) if dice.percent(60) => row,
        _ => dice.one_of(&rows)?.clone(),
    };
    while low < high {
        let middle = low.midpoint(high);
        if at(middle).is_some_and(|verdict| verdict.decisive.contains(&row)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}

/// An amount written in the pack, alone or with another, less what a counter holds.
fn stated(dice: &mut Dice, pack: &Pack, target: &Target, request: &Request) -> i64 {
    let at = target.table.layer().unwrap_or(0);
    let aimed = pack.layers.get(at).filter(|_| dice.percent(80));
    let Some(layer) = aimed.or_else(|| dice.one_of(&pack.layers)) else { return 0 };
    let mut one = |list: Vec<i64>| dice.one_of(&list).copied().unwrap_or(0);
    let (standard, end) = (one(standards(layer, request)), one(ends(layer)));
    let (cap, eligible) = (one(amounts(&layer.cap)), one(amounts(&layer.eligible)));
    let group = pack.groups.iter().find(|group| group.layers.contains(&layer.id));
    let of_group = one(group.map(|group| amounts(&group.cap)).unwrap_or_default());
    let state = request.state.as_ref().map(|state| &state.counters);
    let counters = state.unwrap_or(&request.year_to_date);
    let count = |name: &str| match counters.get(name) {
        Some(Count::Money(Yuan(fen)) | Count::Number(fen)) => *fen,
        None => 0,
    };
    let held = |what: &str| count(&format!("{}.{what}", layer.id));
    match dice.weighted([30, 20, 20, 15, 15, 10, 10]) {
        0 => standard - held("deductible_used"),
        1 => end - held("position"),
        2 => standard + end - held("position"),
        3 => cap - held("paid"),
        4 => standard + cap - held("paid"),
        5 => eligible - held("position"),
        _ => of_group - group.map_or(0, |group| count(&format!("{}.paid", group.id))),
    }
}
