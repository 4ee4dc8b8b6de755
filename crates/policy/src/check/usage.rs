//! Names that nothing uses: a warning, as a pack may be growing.

use std::collections::BTreeSet;

use tongchou_core::pack::{Choice, CutOf, Row, Standard};
use tongchou_core::rules::{Months, Span};

use crate::problem::Problem;
use crate::read::{Draft, Findings, MemberDraft, PeriodDraft, Rows};

/// What rows and settings refer to.
#[derive(Default)]
struct Used {
    clauses: BTreeSet<u16>,
    params: BTreeSet<u16>,
    facts: BTreeSet<u16>,
    numbers: BTreeSet<u16>,
    events: BTreeSet<u16>,
    periods: BTreeSet<u16>,
}

pub(super) fn check(out: &Findings<'_>, draft: &Draft) {
    let mut used = Used::default();
    let names = &draft.vocabulary;
    let params = names.params.iter().filter_map(|param| param.item.as_ref());
    used.clauses.extend(params.map(|param| param.clause));
    used.clauses.extend(names.numbers.iter().filter_map(|n| Some(n.item.as_ref()?.clause)));
    used.numbers.extend(names.dims.iter().filter_map(|dim| {
        let CutOf::Number(at) = dim.item.as_ref()?.cut.as_ref()?.of else { return None };
        Some(at)
    }));
    used.clauses.extend(names.facts.iter().filter_map(|fact| Some(fact.item.as_ref()?.clause)));
    used.clauses.extend(names.dims.iter().filter_map(|dim| dim.item.as_ref()?.steps));
    used.member(&draft.member);
    used.rows(&draft.stay.period);
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
    used.report_member(out, draft);
}

impl Used {
    /// What a member's facts refer to.
    fn member(&mut self, draft: &MemberDraft) {
        for event in draft.events.iter().filter_map(|named| named.item.as_ref()) {
            self.clauses.insert(event.event.clause);
        }
        self.clauses.extend(draft.contribution.as_ref().and_then(|c| c.clause));
        for (at, period) in (0_u16..).zip(&draft.periods) {
            let Some(PeriodDraft { period, .. }) = &period.item else { continue };
            self.clauses.insert(period.clause);
            self.events.extend(period.event);
            // One that runs from an event is told with it.
            self.periods.extend(period.event.map(|_| at));
        }
        let calendar = draft.calendar.as_ref().and_then(|calendar| calendar.calendar.as_ref());
        self.clauses.extend(calendar.map(|calendar| calendar.clause));
        for window in draft.windows.iter().filter_map(|draft| draft.item.as_ref()) {
            self.clauses.insert(window.clause);
            self.events.insert(window.event);
            if let Span::After(event, period) = window.span {
                self.events.insert(event);
                self.periods.insert(period);
            }
        }
        self.rows(&draft.coverage);
        for row in draft.coverage.rows.iter().map(|placed| &placed.item.value) {
            self.events.extend(row.opens.iter().chain(&row.closes).map(|edge| edge.event));
            self.periods.extend(row.lasts);
        }
        self.rows(&draft.splits);
        self.clauses.extend(draft.refund.as_ref().map(|refund| refund.clause));
        for levy in draft.levies.iter().filter_map(|named| named.item.as_ref()) {
            self.clauses.insert(levy.clause);
            self.facts.insert(levy.base);
            self.facts.extend(levy.held.map(|(fact, ..)| fact));
            self.rows(&levy.rate);
            match &levy.months {
                Months::One => {}
                Months::Of(number) => self.numbers.extend([*number]),
                Months::Missing(_, held) => self.numbers.extend(held),
            }
        }
        for verdict in draft.verdicts.iter().filter_map(|named| named.item.as_ref()) {
            self.rows(&verdict.rows);
        }
    }

    /// Warns of numbers, events and periods that nothing uses.
    fn report_member(&self, out: &Findings<'_>, draft: &Draft) {
        for (at, number) in (0_u16..).zip(&draft.vocabulary.numbers) {
            if !self.numbers.contains(&at) {
                let name = number.name.clone();
                out.report(number.span.clone(), &Problem::UnusedNumber { name });
            }
        }
        // Rows that could not be read may use anything.
        let read = draft.member.coverage.whole;
        if !read || draft.member.windows.iter().any(|window| window.item.is_none()) {
            return;
        }
        for (at, event) in (0_u16..).zip(&draft.member.events) {
            let chooses = event.item.as_ref().is_none_or(|draft| draft.event.selects.is_some());
            if !self.events.contains(&at) && !chooses {
                let name = event.name.clone();
                out.report(event.span.clone(), &Problem::UnusedEvent { name });
            }
        }
        for (at, period) in (0_u16..).zip(&draft.member.periods) {
            if !self.periods.contains(&at) && period.item.is_some() {
                let name = period.name.clone();
                out.report(period.span.clone(), &Problem::UnusedPeriod { name });
            }
        }
    }

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
