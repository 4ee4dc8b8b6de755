//! Names that nothing uses: a warning, as a pack may be growing.

use std::collections::BTreeSet;

use tongchou_core::pack::{Choice, Row, Standard};

use crate::problem::Problem;
use crate::read::{Draft, Findings, Rows};

/// What rows and settings refer to.
#[derive(Default)]
struct Used {
    clauses: BTreeSet<u16>,
    params: BTreeSet<u16>,
    facts: BTreeSet<u16>,
}

pub(super) fn check(out: &Findings<'_>, draft: &Draft) {
    let mut used = Used::default();
    let names = &draft.vocabulary;
    let params = names.params.iter().filter_map(|param| param.item.as_ref());
    used.clauses.extend(params.map(|param| param.clause));
    used.clauses.extend(names.facts.iter().filter_map(|fact| Some(fact.item.as_ref()?.clause)));
    used.clauses.extend(names.dims.iter().filter_map(|dim| dim.item.as_ref()?.steps));
    used.rows(&draft.personal);
    used.rows(&draft.fees.prepay);
    used.rows(&draft.fees.limit);
    used.rows(&draft.fees.fixed);
    used.rows(&draft.standing);
    used.params.extend(draft.fees.prepay_basis.as_ref().and_then(param_of));
    for draft in &draft.layers {
        used.rows(&draft.upfront);
        used.rows(&draft.deductible);
        let standards = draft.deductible.rows.iter().map(|row| row.item.value);
        used.facts.extend(standards.filter_map(|standard| match standard {
            Standard::OfFact(fact, _) => Some(fact),
            Standard::Amount(_) => None,
        }));
        used.rows(&draft.band);
        used.rows(&draft.adjust);
        used.rows(&draft.cap);
        used.rows(&draft.eligible);
        let Some(layer) = &draft.layer else { continue };
        used.clauses.insert(layer.clause);
        used.params.extend(layer.params.iter().map(|(at, _)| *at));
        let axis = [param_of(&layer.basis), param_of(&layer.origin), param_of(&layer.takes)];
        let settings = [param_of(&layer.backsolve), param_of(&layer.clamp)];
        used.params.extend(param_of(&layer.deductible_scope));
        used.params.extend(param_of(&layer.round_side));
        used.params.extend(axis.into_iter().chain(settings).flatten());
    }
    for group in &draft.groups {
        used.clauses.extend(group.clause);
        used.rows(&group.cap);
    }
    for (at, clause) in (0_u16..).zip(names.clauses.iter().flatten()) {
        if !used.clauses.contains(&at) {
            out.report(clause.span.clone(), &Problem::UnusedClause { name: clause.name.clone() });
        }
    }
    for (at, param) in (0_u16..).zip(&names.params) {
        if !used.params.contains(&at) {
            out.report(param.span.clone(), &Problem::UnusedParam { name: param.name.clone() });
        }
    }
    for (at, fact) in (0_u16..).zip(&names.facts) {
        if !used.facts.contains(&at) {
            out.report(fact.span.clone(), &Problem::UnusedFact { name: fact.name.clone() });
        }
    }
}

impl Used {
    fn rows<V>(&mut self, table: &Rows<V>) {
        for Row { clause, params, .. } in table.rows.iter().map(|placed| &placed.item) {
            self.clauses.insert(*clause);
            self.params.extend(params.iter().map(|(at, _)| *at));
        }
    }
}

fn param_of<T>(choice: &Choice<T>) -> Option<u16> {
    match choice {
        Choice::Is(_) => None,
        Choice::Param(at, _) => Some(*at),
    }
}
