//! Steps: amounts at which a bill meets other rows, because a dimension is cut from its amount.
//!
//! Within one combination the functions are continuous; a step can only be where the combination
//! changes. The two sides are compared there under the histories of both.

use std::collections::BTreeMap;

use tongchou_core::pack::{CutOf, Pack};

use super::bill::{self, Bill, History};
use super::class::Class;
use super::history;
use super::ratio::Ratio;
use super::space::{Leaf, Table};
use super::words;

/// Rows that differ on the two sides of a step.
type Rows = Vec<(Table, Option<usize>, Option<usize>)>;

/// An amount at which the fund's payment jumps.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) of: CutOf,
    pub(super) amount: i64,
    pub(super) rows: Rows,
    /// Lowest and highest jump of the fund's payment, in fen.
    pub(super) jump: (Ratio, Ratio),
    /// The widest jump: in-scope amount, the fund before and after, and whether nothing had been
    /// settled before.
    pub(super) widest: (Ratio, Ratio, Ratio, bool),
    /// Where the widest jump is.
    pub(super) place: super::space::At,
    /// Combinations that meet the step.
    pub(super) places: usize,
}

/// All steps found so far, by amount and rows.
#[derive(Debug, Default)]
pub(super) struct Steps(BTreeMap<(bool, i64, Rows), Step>);

impl Steps {
    /// Compares the neighbours of a family.
    pub(super) fn add(&mut self, pack: &Pack, leaves: &[(&Leaf, &Class)]) {
        for (left, before) in leaves {
            for (right, after) in leaves {
                let (l, r) = (&left.at, &right.at);
                if l.ordinal != r.ordinal || before == after {
                    continue;
                }
                let scope = l.total == r.total && l.in_scope.1 == Some(r.in_scope.0);
                let total = l.in_scope == r.in_scope && l.total.1 == Some(r.total.0);
                let Some(amount) = (if scope { l.in_scope.1 } else { l.total.1 }) else { continue };
                if scope || total {
                    let of = if scope { CutOf::InScope } else { CutOf::Total };
                    self.one(pack, (of, amount), (left, before), (right, after));
                }
            }
        }
    }

    fn one(
        &mut self,
        pack: &Pack,
        (of, amount): (CutOf, i64),
        (left, before): (&Leaf, &Class),
        (right, after): (&Leaf, &Class),
    ) {
        let (from, to) = left.at.in_scope;
        let facts = if before.asks_facts() { before } else { after };
        for fact in history::facts(facts) {
            let mut all = history::histories(pack, before, *fact);
            all.extend(history::histories(pack, after, *fact));
            for (index, history) in all.iter().enumerate() {
                let mut amounts = vec![Ratio::whole(amount)];
                if of == CutOf::Total {
                    amounts =
                        [before, after].iter().flat_map(|c| Bill::of(c, history).bends()).collect();
                    amounts.push(Ratio::whole(to.unwrap_or(amount).min(amount)));
                    let top = Ratio::whole(amount);
                    amounts.retain(|x| {
                        *x >= Ratio::whole(from)
                            && *x <= top
                            && to.is_none_or(|to| *x <= Ratio::whole(to))
                    });
                }
                for x in amounts {
                    let sides = (fund(before, history, x), fund(after, history, x));
                    if sides.0 != sides.1 {
                        let rows = differing(pack, left, right);
                        self.note((of, amount, rows), (x, sides), (left, index == 0));
                    }
                }
            }
        }
        self.count((of, amount), differing(pack, left, right));
    }

    fn note(
        &mut self,
        (of, amount, rows): (CutOf, i64, Rows),
        (x, (before, after)): (Ratio, (Ratio, Ratio)),
        (left, fresh): (&Leaf, bool),
    ) {
        let jump = after - before;
        let widest = (x, before, after, fresh);
        let key = (of == CutOf::Total, amount, rows.clone());
        let place = left.at.clone();
        let step = Step { of, amount, rows, jump: (jump, jump), widest, place, places: 0 };
        let step = self.0.entry(key).or_insert(step);
        step.jump = (step.jump.0.min(jump), step.jump.1.max(jump));
        let (_, b, a, known) = step.widest;
        // A bill of somebody without any history says it best.
        if (fresh, jump.abs()) > (known, (a - b).abs()) {
            (step.widest, step.place) = (widest, left.at.clone());
        }
    }

    fn count(&mut self, (of, amount): (CutOf, i64), rows: Rows) {
        let step = self.0.get_mut(&(of == CutOf::Total, amount, rows));
        step.into_iter().for_each(|step| step.places += 1);
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Step> {
        self.0.values()
    }
}

impl Step {
    /// The clauses that order the step, if every dimension cut there names one.
    pub(super) fn declared(&self, pack: &Pack) -> Option<Vec<u16>> {
        let cut = pack.dims.iter().filter(|dim| {
            dim.cut.as_ref().is_some_and(|c| c.of == self.of && c.starts.contains(&self.amount))
        });
        let mut clauses = cut.map(|dim| dim.steps).collect::<Option<Vec<u16>>>()?;
        clauses.sort_unstable();
        clauses.dedup();
        Some(clauses)
    }
}

fn fund(class: &Class, history: &History, in_scope: Ratio) -> Ratio {
    bill::settle(class, history, in_scope).iter().map(|out| out.paid).sum()
}

/// The rows of the two sides that say different things.
fn differing(pack: &Pack, left: &Leaf, right: &Leaf) -> Rows {
    let mut tables: Vec<Table> =
        left.rows.iter().chain(&right.rows).map(|(table, _)| *table).collect();
    tables.sort_unstable();
    tables.dedup();
    let sides = tables.into_iter().map(|table| (table, left.row(table), right.row(table)));
    let differ = |(table, l, r): &(Table, Option<usize>, Option<usize>)| {
        l != r && words::row(pack, *table, *l) != words::row(pack, *table, *r)
    };
    sides.filter(differ).collect()
}
