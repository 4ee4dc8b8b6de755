//! What layers take and how their caps count: nothing is taken twice by one bill.

use std::collections::BTreeMap;

use tongchou_core::money::{PPM, Ppm};
use tongchou_core::pack::{Cap, Choice, Row, Scope, Take};

use super::steps;
use crate::problem::Problem;
use crate::read::{Accepted, Draft, Findings, LayerDraft, Note, Placed, Rows};
use crate::source::Span;

/// One list of amounts that a layer takes, and when.
struct Intake<'a> {
    at: usize,
    layer: &'a LayerDraft,
    /// The parameter's choice under which this list is taken.
    choice: Option<(u16, u8)>,
    takes: &'a [(Take, Span)],
}

pub(super) fn check(out: &Findings<'_>, draft: &Draft) {
    for layer in &draft.layers {
        steps::check(out, &draft.vocabulary, layer);
        caps(out, &layer.cap);
        caps(out, &layer.eligible);
        on_axis(out, layer);
    }
    draft.groups.iter().for_each(|group| caps(out, &group.cap));
    let intakes = intakes(&draft.layers);
    check_intakes(out, &draft.layers, &intakes);
    // A layer that could not be read might take anything.
    if draft.layers.iter().all(|layer| layer.takes.is_some() && layer.when.is_some()) {
        for (at, layer) in draft.layers.iter().enumerate() {
            overflow(out, draft, (at, layer), &intakes);
        }
    }
}

/// What is over a cap has a taker or is the person's, and to the fen if another layer takes it.
fn overflow(
    out: &Findings<'_>,
    draft: &Draft,
    (at, layer): (usize, &LayerDraft),
    intakes: &[Intake<'_>],
) {
    let grouped = draft
        .groups
        .iter()
        .filter(|group| group.layers.iter().flatten().any(|member| usize::from(*member) == at));
    let paid: Vec<_> = layer.cap.rows.iter().chain(grouped.flat_map(|g| &g.cap.rows)).collect();
    let bites = |row: &&Placed<Row<Cap>>| row.item.value.amount.is_some();
    let cap = paid.iter().copied().chain(&layer.eligible.rows).find(bites);
    let source = u8::try_from(at).unwrap_or(u8::MAX);
    let takes = |wanted: &[Take]| {
        let met = intakes.iter().filter(|intake| intake.at > at && intake.meets(None, Some(layer)));
        let mut found = met.flat_map(|intake| intake.takes.iter().map(move |t| (intake, t)));
        found.find(|(_, (take, _))| wanted.contains(take)).map(|(intake, (_, span))| (intake, span))
    };
    let taker = takes(&[Take::Over(source), Take::Rest]);
    match (&layer.over, cap, taker) {
        (Some(span), _, Some((taker, taken))) => {
            let problem = Problem::OverTaken { layer: taker.layer.id.clone() };
            out.report_pair(span.clone(), &problem, taken.clone(), Note::Taker);
        }
        (None, Some(cap), None) => {
            let problem = Problem::OverUntaken { layer: layer.id.clone() };
            out.report(cap.span.clone(), &problem);
        }
        _ => {}
    }
    let partly = |rate: &Ppm| !matches!(i64::from(rate.0), 0 | PPM);
    let rates = layer.band.rows.iter().any(|row| row.item.value.pays.iter().any(partly));
    let capped = paid.iter().copied().find(bites).filter(|_| rates && !layer.backsolve);
    let taker = takes(&[Take::Over(source), Take::SelfShare(source)]);
    if let Some((cap, (taker, taken))) = capped.zip(taker) {
        let (taker, layer) = (taker.layer.id.clone(), layer.id.clone());
        let problem = Problem::BacksolveOpen { layer, taker };
        out.report_pair(cap.span.clone(), &problem, taken.clone(), Note::Capped);
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
            let problem = Problem::CapBasis { per, basis: *basis, word: per_word(*basis) };
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

fn intakes(layers: &[LayerDraft]) -> Vec<Intake<'_>> {
    let mut intakes: Vec<Intake<'_>> = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        let (Some(draft), Some(_)) = (&layer.takes, &layer.when) else { continue };
        for (value, takes) in (0_u8..).zip(&draft.lists) {
            let choice = draft.param.map(|param| (param, value));
            intakes.push(Intake { at, layer, choice, takes });
        }
    }
    intakes
}

fn check_intakes(out: &Findings<'_>, layers: &[LayerDraft], intakes: &[Intake<'_>]) {
    let mut reported = Vec::new();
    for later in intakes {
        for (take, span) in later.takes {
            let found = later.problem(*take, intakes, layers);
            if let Some((problem, first)) = found.filter(|_| !reported.contains(&(later.at, *take)))
            {
                reported.push((later.at, *take));
                match first {
                    Some(first) => out.report_pair(span.clone(), &problem, first, Note::First),
                    None => out.report(span.clone(), &problem),
                }
            }
        }
    }
}

impl Intake<'_> {
    /// What is wrong with taking an amount, given what earlier layers take, and where one does.
    fn problem(
        &self,
        take: Take,
        intakes: &[Self],
        layers: &[LayerDraft],
    ) -> Option<(Problem, Option<Span>)> {
        let amount = word(take, layers);
        let source = source(take).and_then(|at| layers.get(at));
        if source.is_some_and(|source| !self.meets(None, Some(source))) {
            return Some((Problem::NeverTaken { amount }, None));
        }
        for earlier in intakes.iter().filter(|intake| intake.at < self.at) {
            if !self.meets(Some(earlier), source) {
                continue;
            }
            let layer = earlier.layer.id.clone();
            let takes = |wanted: Take| {
                let found = earlier.takes.iter().find(|(taken, _)| *taken == wanted);
                found.map(|(_, span)| span.clone())
            };
            if take != Take::Rest
                && let Some(first) = takes(take)
            {
                return Some((Problem::TakenTwice { amount, layer }, Some(first)));
            }
            // `rest` holds what no earlier layer paid, whichever way it was entered before.
            if take != Take::Rest
                && source_before(take, earlier.at)
                && let Some(first) = takes(Take::Rest)
            {
                return Some((Problem::TakenInRest { amount, layer }, Some(first)));
            }
        }
        None
    }

    /// Whether some bill and some choice of parameters enter all these layers.
    fn meets(&self, earlier: Option<&Self>, source: Option<&LayerDraft>) -> bool {
        let layers = [Some(self.layer), earlier.map(|intake| intake.layer), source];
        let lives = layers.iter().flatten().filter_map(|layer| layer.life);
        let first = lives.clone().map(|life| life.from).max();
        let last = lives.map(|life| life.to).min();
        let when: Vec<_> = layers.iter().flatten().filter_map(|l| l.when.as_ref()).collect();
        let choices = [self.choice, earlier.and_then(|intake| intake.choice)];
        let choices: Accepted =
            choices.into_iter().flatten().map(|(param, value)| (param, vec![value])).collect();
        let dims = when.iter().flat_map(|when| &when.dims);
        let params = when.iter().flat_map(|when| &when.params).chain(&choices);
        (first.is_none() || first <= last) && satisfiable(dims) && satisfiable(params)
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

fn word(take: Take, layers: &[LayerDraft]) -> String {
    let id = source(take).and_then(|at| layers.get(at)).map_or("", |layer| layer.id.as_str());
    match take {
        Take::InScope => "in_scope".to_owned(),
        Take::Rest => "rest".to_owned(),
        Take::Over(_) => format!("{id}.over"),
        Take::SelfShare(_) => format!("{id}.self"),
        Take::Deductible(_) => format!("{id}.deductible"),
    }
}
