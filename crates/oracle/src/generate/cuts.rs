//! Numbers that dimensions are cut from: the age, the ordinal of the admission, the days of the
//! stay, amounts of the bill. All dimensions cut from one number are drawn together.

use std::collections::BTreeMap;

use crate::pack::{Dim, DimSource, Pack};

use super::dice::Dice;
use super::facts::Chosen;

/// What dimensions are cut from.
pub const SOURCES: [&str; 5] = ["age", "admission", "days", "in_scope", "total"];

/// Numbers from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub low: i64,
    /// The last, if there is one.
    pub high: Option<i64>,
}

impl Range {
    /// Whether a number lies in the range.
    pub fn contains(&self, number: i64) -> bool {
        self.low <= number && self.high.is_none_or(|high| number <= high)
    }

    /// A number of the range, often at its ends; an open range counts as this long.
    pub fn draw(&self, dice: &mut Dice, length: i64) -> i64 {
        let high = self.high.unwrap_or(self.low.saturating_add(length));
        let any = dice.between(self.low, high);
        let small = (self.low + dice.any_size((high - self.low).max(0))).min(high);
        dice.pick([self.low, high, any, small, (self.low + 1).min(high)])
    }
}

/// The numbers under which every dimension cut from `of` has its chosen value; `None` if the pack
/// has no such dimension, or no number will do.
pub fn range(pack: &Pack, chosen: &Chosen, of: &str) -> Option<Range> {
    let wanted: BTreeMap<&str, Vec<&str>> =
        chosen.iter().map(|(key, value)| (key.as_str(), vec![value.as_str()])).collect();
    let mut fitting = pieces(pack, of).into_iter().filter(|piece| fits(pack, &wanted, of, piece));
    let first = fitting.next()?;
    let last = fitting.next_back().unwrap_or(first);
    Some(Range { low: first.low, high: last.high })
}

/// Chooses a value for every dimension cut from `of`; false if the wanted ones contradict each
/// other.
pub fn choose(
    dice: &mut Dice,
    pack: &Pack,
    wanted: &BTreeMap<&str, Vec<&str>>,
    of: &str,
    chosen: &mut Chosen,
) -> bool {
    // What is in scope is a part of the total.
    let least = match of {
        "total" => range(pack, chosen, "in_scope").map_or(0, |range| range.low),
        _ => 0,
    };
    let mut fitting = pieces(pack, of);
    fitting.retain(|piece| piece.high.is_none_or(|high| least <= high));
    fitting.retain(|piece| fits(pack, wanted, of, piece));
    let Some(piece) = dice.one_of(&fitting) else { return dims(pack, of).next().is_none() };
    for (dim, starts, names) in dims(pack, of) {
        if let Some(name) = name(starts, names, piece.low) {
            chosen.insert(dim.name.clone(), name.to_owned());
        }
    }
    true
}

/// The ranges between all cuts of the dimensions cut from `of`.
fn pieces(pack: &Pack, of: &str) -> Vec<Range> {
    let least = i64::from(of == "admission");
    let mut lows: Vec<i64> = dims(pack, of).flat_map(|(_, starts, _)| starts).copied().collect();
    if dims(pack, of).next().is_none() {
        return Vec::new();
    }
    lows.push(least);
    lows.retain(|low| least <= *low);
    lows.sort_unstable();
    lows.dedup();
    let highs = lows.iter().skip(1).map(|next| Some(next - 1)).chain([None]);
    lows.iter().zip(highs).map(|(low, high)| Range { low: *low, high }).collect()
}

fn fits(pack: &Pack, wanted: &BTreeMap<&str, Vec<&str>>, of: &str, piece: &Range) -> bool {
    dims(pack, of).all(|(dim, starts, names)| match wanted.get(dim.name.as_str()) {
        Some(wanted) => name(starts, names, piece.low).is_some_and(|it| wanted.contains(&it)),
        None => true,
    })
}

fn name<'p>(starts: &[i64], names: &'p [String], number: i64) -> Option<&'p str> {
    let passed = starts.iter().filter(|start| **start <= number).count();
    names.get(passed).map(String::as_str)
}

fn dims<'p>(
    pack: &'p Pack,
    wanted: &str,
) -> impl Iterator<Item = (&'p Dim, &'p [i64], &'p [String])> {
    pack.dims.iter().filter_map(move |dim| match &dim.source {
        DimSource::Cut { of, starts, names, .. } if of == wanted => {
            Some((dim, starts.as_slice(), names.as_slice()))
        }
        _ => None,
    })
}
