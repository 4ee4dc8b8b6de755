//! Caps: the in-scope amount at which each is reached.

use std::collections::BTreeMap;

use tongchou_core::money::FEN_MAX;
use tongchou_core::pack::Pack;

use super::bill::{Bill, History, settle};
use super::class::{Class, Rows};
use super::curve::Curve;
use super::ratio::Ratio;
use super::space::{At, Leaf, Table};

/// How a class meets a cap with its first bill of the year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reach {
    /// At this in-scope amount.
    At(Ratio),
    /// Never: so much at most.
    Never(Ratio),
    /// Nothing enters the layer, whatever the amount.
    Empty,
    /// The pack's rates are 0 there.
    Free,
}

/// What is known of one cap row.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// Amounts at which it is reached, ascending.
    pub(super) at: Vec<Ratio>,
    /// Combinations that reach it, and that never do.
    pub(super) reached: usize,
    pub(super) never: usize,
    /// Combinations in which nothing enters.
    pub(super) empty: usize,
    /// What is paid (or enters) at most where it is never reached.
    pub(super) most: Option<Ratio>,
    /// Bills that reach it together, and the in-scope amount of each.
    pub(super) bills: Option<(usize, Ratio)>,
    /// Classes that never reach it with one bill.
    classes: Vec<usize>,
}

/// Every cap row that some combination meets.
#[derive(Debug, Default)]
pub(super) struct Caps(pub(super) BTreeMap<(Table, usize), Line>);

/// How a combination meets each of its caps with a first bill.
pub(super) fn reaches(class: &Class, bill: &Bill, at: &At) -> Vec<(Table, Reach)> {
    let mut reaches = Vec::new();
    let domain = Domain::of(at);
    for (rows, curves) in class.layers.iter().zip(&bill.layers) {
        let how = (pays(rows), curves.intake.is_zero_until(domain.end));
        if let Some(cap) = rows.cap {
            let reach = domain.reach(&curves.paid, Ratio::whole(cap), how);
            reaches.push((Table::Cap(rows.layer), reach));
        }
        if let Some(end) = rows.end {
            let left = (Ratio::whole(end) - curves.at).max(Ratio::ZERO);
            reaches.push((Table::Eligible(rows.layer), domain.reach(&curves.slice, left, how)));
        }
    }
    for (group, cap) in groups(class) {
        let members = || class.layers.iter().zip(&bill.layers).filter(|(r, _)| in_group(r, group));
        let paid = members().map(|(_, curves)| curves.paid.clone());
        let paid = paid.reduce(|sum, curve| sum.plus(&curve));
        let empty = members().all(|(_, curves)| curves.intake.is_zero_until(domain.end));
        let how = (members().any(|(rows, _)| pays(rows)), empty);
        let reach = paid.map(|paid| domain.reach(&paid, Ratio::whole(cap), how));
        reaches.extend(reach.map(|reach| (Table::Group(group), reach)));
    }
    reaches
}

/// The in-scope amounts of a combination.
struct Domain {
    from: Ratio,
    /// The first amount beyond.
    end: Ratio,
}

impl Domain {
    fn of(at: &At) -> Self {
        let ends = [at.in_scope.1, at.total.1, Some(FEN_MAX + 1)];
        let end = ends.into_iter().flatten().min().unwrap_or(FEN_MAX + 1);
        Self { from: Ratio::whole(at.in_scope.0), end: Ratio::whole(end) }
    }

    fn reach(&self, curve: &Curve, amount: Ratio, (pays, empty): (bool, bool)) -> Reach {
        match curve.reaches(amount) {
            _ if !pays => Reach::Free,
            _ if empty => Reach::Empty,
            Some(x) if x < self.end => Reach::At(x.max(self.from)),
            _ => Reach::Never(curve.at(self.end)),
        }
    }
}

fn pays(rows: &Rows) -> bool {
    rows.bands.iter().any(|(_, rate)| *rate > 0)
}

fn in_group(rows: &Rows, group: usize) -> bool {
    rows.group.is_some_and(|(at, ..)| at == group)
}

fn groups(class: &Class) -> Vec<(usize, i64)> {
    let groups = class.layers.iter().filter_map(|rows| rows.group);
    let mut groups: Vec<(usize, i64)> = groups.map(|(at, cap, _)| (at, cap)).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

impl Caps {
    /// Notes what a combination says of the caps that it meets.
    pub(super) fn add(&mut self, leaf: &Leaf, class: usize, reaches: &[(Table, Reach)]) {
        for (table, reach) in reaches {
            let Some(row) = leaf.row(*table) else { continue };
            let line = self.0.entry((*table, row)).or_default();
            match reach {
                Reach::At(x) => {
                    line.reached += 1;
                    if !line.at.contains(x) {
                        line.at.push(*x);
                    }
                }
                Reach::Never(most) => {
                    line.never += 1;
                    line.most = Some(line.most.unwrap_or(Ratio::ZERO).max(*most));
                }
                Reach::Empty => line.empty += 1,
                Reach::Free => {}
            }
            let tried = matches!(reach, Reach::Never(_) | Reach::Empty);
            if tried && !line.classes.contains(&class) {
                line.classes.push(class);
            }
        }
    }

    /// For caps that no single bill reaches: whether several do.
    pub(super) fn settle_more(&mut self, pack: &Pack, classes: &[Class]) {
        for ((table, _), line) in &mut self.0 {
            line.at.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
            if line.reached > 0 {
                continue;
            }
            let met = line.classes.iter().filter_map(|class| classes.get(*class));
            line.bills = met.take(CLASSES).find_map(|class| several(pack, class, *table));
        }
    }
}

/// Most classes, and most bills of a year, that are tried for a cap.
const CLASSES: usize = 64;
const BILLS: usize = 400;

/// Equal bills that together reach a cap.
fn several(pack: &Pack, class: &Class, table: Table) -> Option<(usize, Ratio)> {
    let fact = super::history::facts(class).first().copied().unwrap_or(0);
    let none = History { fact, ..History::none(pack) };
    let mut amounts = Bill::of(class, &none).bends();
    amounts.push(Ratio::whole(FEN_MAX / 1_000));
    amounts.into_iter().find_map(|x| Some((count(class, &none, table, x)?, x)))
}

fn count(class: &Class, none: &History, table: Table, x: Ratio) -> Option<usize> {
    let mut history = none.clone();
    let reached = |history: &History| match table {
        Table::Group(group) => {
            let cap = groups(class).into_iter().find(|(at, _)| *at == group).map(|(_, cap)| cap);
            history.groups.get(group).zip(cap).is_some_and(|(p, cap)| *p >= Ratio::whole(cap))
        }
        Table::Cap(layer) => {
            let rows = class.layers.iter().find(|rows| rows.layer == layer);
            let paid = history.layers.get(layer).map(|[.., paid]| *paid);
            paid.zip(rows.and_then(|r| r.cap)).is_some_and(|(p, cap)| p >= Ratio::whole(cap))
        }
        Table::Eligible(layer) => {
            let rows = class.layers.iter().find(|rows| rows.layer == layer);
            let at = history.layers.get(layer).map(|[_, at, _]| *at);
            at.zip(rows.and_then(|r| r.end)).is_some_and(|(p, end)| p >= Ratio::whole(end))
        }
        _ => false,
    };
    for bill in 1..=BILLS {
        let next = history.after(class, &settle(class, &history, x));
        if reached(&next) {
            return Some(bill);
        }
        if next == history || next.left() < x {
            return None;
        }
        history = next;
    }
    None
}
