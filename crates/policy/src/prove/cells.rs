//! The slopes of a bill under every history whatsoever.
//!
//! With any counters, and at any in-scope amount but a bend, each layer is in one of a few states:
//! in its deductible, in one of its bands, over its cap, or held by what its group has left while
//! earlier layers of the group pay. The state fixes how the layer divides one more fen that
//! enters, so the slopes of a bill depend on the states of its layers and on nothing else. All
//! products of states are visited: more than can occur, so what holds for them holds for every
//! history. Where a product breaks a law, a bill that shows it is looked for, and if none is found
//! the pack is not proved.

use std::collections::HashSet;

use super::class::{Class, Rows, Source};
use super::ratio::Ratio;

/// Slopes over all cells.
#[derive(Clone, Debug)]
pub(super) struct Slopes {
    /// Highest slope of each layer's payment, by position in the class.
    pub(super) layers: Vec<Ratio>,
    /// Lowest and highest slope of what the fund pays.
    pub(super) fund: (Ratio, Ratio),
    /// Cells visited.
    pub(super) cells: usize,
}

impl Slopes {
    /// Whether the fund's slope, and with it the person's, lies between 0 and 1.
    pub(super) fn hold(&self) -> bool {
        self.fund.0 >= Ratio::ZERO && self.fund.1 <= Ratio::ONE
    }
}

/// Slopes of the layers so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Cell {
    /// Deductible, own, over and paid of each layer; zero where no later layer looks at it.
    fields: Vec<[Ratio; 4]>,
    paid: Option<Ratio>,
}

pub(super) fn slopes(class: &Class) -> Slopes {
    let mut cells = vec![Cell::default()];
    let mut slopes = Slopes { layers: Vec::new(), fund: (Ratio::ZERO, Ratio::ZERO), cells: 0 };
    for (at, rows) in class.layers.iter().enumerate() {
        let keep = kept(class, at);
        let mut highest = Ratio::ZERO;
        let mut next = Vec::new();
        let mut seen = HashSet::new();
        for cell in &cells {
            for [deductible, own, over, paid] in states(class, at, rows, cell) {
                highest = highest.max(paid);
                let mut after = cell.clone();
                let values = [deductible, own, over, paid].into_iter().zip(keep);
                let mut held = values.map(|(v, keep)| if keep { v } else { Ratio::ZERO });
                let field = std::array::from_fn(|_| held.next().unwrap_or(Ratio::ZERO));
                after.fields.push(field);
                after.paid = Some(cell.paid.unwrap_or(Ratio::ZERO) + paid);
                if seen.insert(after.clone()) {
                    next.push(after);
                }
            }
        }
        slopes.layers.push(highest);
        slopes.cells += next.len();
        cells = next;
    }
    let fund = cells.iter().map(|cell| cell.paid.unwrap_or(Ratio::ZERO));
    slopes.fund = fund.fold((Ratio::ZERO, Ratio::ZERO), |(l, h), s| (l.min(s), h.max(s)));
    slopes
}

/// Which of a layer's results later layers look at: deductible, own, over, paid.
fn kept(class: &Class, at: usize) -> [bool; 4] {
    let later = || class.layers.iter().skip(at + 1);
    let takes = |source: Source| later().any(|rows| rows.takes.contains(&source));
    let group = class.layers.get(at).and_then(|rows| rows.group).map(|(group, ..)| group);
    let grouped = group.is_some() && later().any(|r| r.group.map(|(g, ..)| g) == group);
    [takes(Source::Deductible(at)), takes(Source::Own(at)), takes(Source::Over(at)), grouped]
}

/// How a layer may divide one more fen of the bill: deductible, own, over, paid.
fn states(class: &Class, at: usize, rows: &Rows, cell: &Cell) -> Vec<[Ratio; 4]> {
    let field =
        |l: &usize, pick: fn(&[Ratio; 4]) -> Ratio| cell.fields.get(*l).map_or(Ratio::ZERO, pick);
    let taken = rows.takes.iter().map(|source| match source {
        Source::InScope => Ratio::ONE,
        Source::Rest => Ratio::ONE - cell.paid.unwrap_or(Ratio::ZERO),
        Source::Deductible(l) => field(l, |[deductible, ..]| *deductible),
        Source::Own(l) => field(l, |[_, own, ..]| *own),
        Source::Over(l) => field(l, |[_, _, over, _]| *over),
    });
    let intake: Ratio = taken.sum();
    let zero = Ratio::ZERO;
    let upfront = intake * Ratio::ppm(rows.upfront);
    let enters = intake - upfront;
    let mut rates: Vec<u32> = rows.bands.iter().map(|(_, rate)| *rate).collect();
    rates.sort_unstable();
    rates.dedup();
    let mut states = vec![[enters, upfront, zero, zero]];
    for rate in &rates {
        let paid = enters * Ratio::ppm(*rate);
        states.push([zero, intake - paid, zero, paid]);
    }
    states.push([zero, upfront, enters, zero]);
    let same = |other: &Rows| {
        rows.group.is_some_and(|(group, ..)| other.group.is_some_and(|(g, ..)| g == group))
    };
    let earlier = class.layers.iter().take(at).zip(&cell.fields).filter(|(other, _)| same(other));
    let earlier: Ratio = earlier.map(|(_, [.., paid])| *paid).sum();
    if !earlier.is_zero() {
        // The group's last fen goes to the earlier layers: this one pays less as they pay more.
        for rate in rates.iter().filter(|rate| **rate > 0) {
            let entered = -earlier / Ratio::ppm(*rate);
            states.push([zero, upfront + entered + earlier, enters - entered, -earlier]);
        }
    }
    states
}
