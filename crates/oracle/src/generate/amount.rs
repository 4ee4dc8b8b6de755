//! The amount in scope: where something begins to happen, one fen before and after, and anywhere.

use tongchou_wire::amount::{FEN_MAX, Yuan};
use tongchou_wire::request::{Bill, Count, Request, Totals};

use crate::pack::Pack;
use crate::settle::settle;

use super::dice::Dice;
use super::target::Target;
use super::used::{caps, ends, standards};

/// More than any threshold of a pack: ten million yuan.
const MUCH: i64 = 1_000_000_000;

/// An amount in scope for a request that is finished but for its fees.
pub fn in_scope(dice: &mut Dice, pack: &Pack, target: &Target, request: &Request) -> i64 {
    let amount = match dice.weighted([36, 24, 22, 10, 7, 1]) {
        0 => match turning_point(dice, pack, target, request) {
            Some(at) => at + dice.pick([-1, -1, 0, 0, 1, -2, 2]),
            None => dice.any_size(MUCH),
        },
        1 => stated(dice, pack, target, request) + dice.pick([-1, 0, 1]),
        2 => dice.any_size(MUCH),
        3 => dice.between(0, 40),
        4 => dice.between(0, 3_000) * 10_000,
        _ => dice.any_size(FEN_MAX),
    };
    amount.clamp(0, FEN_MAX)
}

/// The least amount in scope at which a row of the target's layer becomes decisive.
fn turning_point(dice: &mut Dice, pack: &Pack, target: &Target, request: &Request) -> Option<i64> {
    let mut probe = request.clone();
    let mut at = |fen: i64| {
        probe.bill = Bill::Totals(Totals { in_scope: Yuan(fen), ..Totals::default() });
        settle(pack, &probe).ok()
    };
    let all = at(MUCH)?.decisive;
    let of_layer = target.table.layer().and_then(|at| pack.layers.get(at));
    let prefix = of_layer.map_or("layer.".to_owned(), |layer| format!("layer.{}.", layer.id));
    let rows: Vec<String> = all.into_iter().filter(|row| row.starts_with(&prefix)).collect();
    let row = match rows.contains(&target.name) && dice.percent(60) {
        true => &target.name,
        false => dice.one_of(&rows)?,
    };
    // INVARIANT: the row is not decisive below `low`, and is decisive at `high`.
    let (mut low, mut high) = (0, MUCH);
    while low < high {
        let middle = low.midpoint(high);
        if at(middle).is_some_and(|verdict| verdict.decisive.contains(row)) {
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
    let (standards, ends, caps) = (standards(layer), ends(layer), caps(layer));
    let mut one = |list: &[i64]| dice.one_of(list).copied().unwrap_or(0);
    let (standard, end, cap) = (one(&standards), one(&ends), one(&caps));
    let state = request.state.as_ref().map(|state| &state.counters);
    let counters = state.unwrap_or(&request.year_to_date);
    let held = |what: &str| match counters.get(&format!("{}.{what}", layer.id)) {
        Some(Count::Money(Yuan(fen)) | Count::Number(fen)) => *fen,
        None => 0,
    };
    match dice.weighted([30, 20, 20, 15, 15]) {
        0 => standard - held("deductible_used"),
        1 => end - held("position"),
        2 => standard + end - held("position"),
        3 => cap - held("paid"),
        _ => standard + cap - held("paid"),
    }
}
