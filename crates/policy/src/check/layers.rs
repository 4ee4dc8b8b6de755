//! What layers take and how their caps count: nothing is taken twice by one bill.

use std::collections::BTreeMap;

use tongchou_core::pack::{Cap, Choice, Layer, Scope, Take};

use super::steps;
use crate::problem::Problem;
use crate::read::{Accepted, Draft, Findings, LayerDraft, Note, Rows, TakesDraft};

/// One list of amounts that a layer takes, and when.
struct Intake<'a> {
    at: usize,
    layer: &'a Layer,
    /// The parameter's choice under which this list is taken.
    choice: Option<(u16, u8)>,
    takes: &'a [(Take, crate::Span)],
}

pub(super) fn check(out: &Findings<'_>, draft: &Draft) {
    for layer in &draft.layers {
        steps::check(out, &draft.vocabulary, layer);
        caps(out, &layer.cap);
        caps(out, &layer.eligible);
        on_axis(out, layer);
    }
    draft.groups.iter().for_each(|group| caps(out, &group.cap));
    let layers: Option<Vec<&Layer>> = draft.layers.iter().map(|l| l.layer.as_ref()).collect();
    let takes: Option<Vec<&TakesDraft>> = draft.layers.iter().map(|l| l.takes.as_ref()).collect();
    if let (Some(layers), Some(takes)) = (layers, takes) {
        intakes(out, &layers, &takes);
    }
}

/// A cap counts one way, or its counter would have two meanings.
fn caps(out: &Findings<'_>, cap: &Rows<Cap>) {
    let Some(first) = cap.rows.first() else { return };
    let differs = cap.rows.iter().find(|row| row.item.value.per != first.item.value.per);
    if let Some(row) = differs {
        let problem = Problem::CapPer { title: cap.title.clone() };
        out.report_pair(row.mark.clone(), &problem, first.mark.clone(), Note::OtherRow);
    }
}

/// A cap on what is eligible ends the axis of the bands, so it counts as they do.
fn on_axis(out: &Findings<'_>, draft: &LayerDraft) {
    let Some(layer) = &draft.layer else { return };
    let bases = match &layer.basis {
        Choice::Is(basis) => std::slice::from_ref(basis),
        Choice::Param(_, bases) => bases,
    };
    for row in &draft.eligible.rows {
        let per = row.item.value.per;
        if let Some(basis) = bases.iter().find(|basis| **basis != per) {
            let problem = Problem::CapBasis { per: per_word(per), basis: per_word(*basis) };
            out.report(row.mark.clone(), &problem);
            return;
        }
    }
}

const fn per_word(scope: Scope) -> &'static str {
    match scope {
        Scope::Bill => "bill",
        Scope::Stay => "stay",
        Scope::Year => "year",
    }
}

fn intakes(out: &Findings<'_>, layers: &[&Layer], takes: &[&TakesDraft]) {
    let mut intakes: Vec<Intake<'_>> = Vec::new();
    for (at, (layer, draft)) in layers.iter().zip(takes).enumerate() {
        for (value, takes) in (0_u8..).zip(&draft.lists) {
            let choice = draft.param.map(|param| (param, value));
            intakes.push(Intake { at, layer, choice, takes });
        }
    }
    let mut reported = Vec::new();
    for later in &intakes {
        for (take, span) in later.takes {
            let problem = later.problem(*take, &intakes, layers);
            if let Some(problem) = problem.filter(|_| !reported.contains(&(later.at, *take))) {
                reported.push((later.at, *take));
                out.report(span.clone(), &problem);
            }
        }
    }
}

impl Intake<'_> {
    /// What is wrong with taking an amount, given what earlier layers take.
    fn problem(&self, take: Take, intakes: &[Self], layers: &[&Layer]) -> Option<Problem> {
        let amount = word(take, layers);
        let source = source(take).and_then(|at| layers.get(at)).copied();
        if source.is_some_and(|source| !self.meets(None, Some(source))) {
            return Some(Problem::NeverTaken { amount });
        }
        for earlier in intakes.iter().filter(|intake| intake.at < self.at) {
            if !self.meets(Some(earlier), source) {
                continue;
            }
            let layer = earlier.layer.id.clone();
            let takes = |wanted: Take| earlier.takes.iter().any(|(taken, _)| *taken == wanted);
            if take != Take::Rest && takes(take) {
                return Some(Problem::TakenTwice { amount, layer });
            }
            // `rest` holds what no earlier layer paid, whichever way it was entered before.
            let inside = take != Take::Rest && source_before(take, earlier.at);
            if takes(Take::Rest) && inside {
                return Some(Problem::TakenInRest { amount, layer });
            }
        }
        None
    }

    /// Whether some bill and some choice of parameters enter all these layers.
    fn meets(&self, earlier: Option<&Self>, source: Option<&Layer>) -> bool {
        let layers = [Some(self.layer), earlier.map(|intake| intake.layer), source];
        let layers: Vec<_> = layers.into_iter().flatten().collect();
        let choices = [self.choice, earlier.and_then(|intake| intake.choice)];
        let choices: Accepted =
            choices.into_iter().flatten().map(|(param, value)| (param, vec![value])).collect();
        let dims = layers.iter().flat_map(|layer| &layer.when);
        let params = layers.iter().flat_map(|layer| &layer.params).chain(&choices);
        let first = layers.iter().map(|layer| layer.from).max();
        let last = layers.iter().map(|layer| layer.to).min();
        first <= last && satisfiable(dims) && satisfiable(params)
    }
}

/// Whether one value for each name meets all conditions.
fn satisfiable<'a>(conditions: impl Iterator<Item = &'a (u16, Vec<u8>)>) -> bool {
    let mut accepted: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
    for (at, values) in conditions {
        accepted.entry(*at).or_insert_with(|| values.clone()).retain(|v| values.contains(v));
    }
    accepted.values().all(|values| !values.is_empty())
}

/// The layer that an amount comes from.
fn source(take: Take) -> Option<usize> {
    match take {
        Take::Over(at) | Take::SelfShare(at) | Take::Deductible(at) => Some(usize::from(at)),
        Take::InScope | Take::Rest => None,
    }
}

/// Whether an amount existed before a layer, and so was part of its `rest`.
fn source_before(take: Take, layer: usize) -> bool {
    source(take).is_none_or(|at| at < layer)
}

fn word(take: Take, layers: &[&Layer]) -> String {
    let id = source(take).and_then(|at| layers.get(at)).map_or("", |layer| layer.id.as_str());
    match take {
        Take::InScope => "in_scope".to_owned(),
        Take::Rest => "rest".to_owned(),
        Take::Over(_) => format!("{id}.over"),
        Take::SelfShare(_) => format!("{id}.self"),
        Take::Deductible(_) => format!("{id}.deductible"),
    }
}
