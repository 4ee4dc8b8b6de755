//! What counts by stay where no bill opens one: a warning, as every count is then of one bill.

use tongchou_core::pack::{Choice, CutOf, Scope};

use crate::problem::Problem;
use crate::read::{Draft, Findings, LayerDraft};
use crate::source::Span;

pub(super) fn check(out: &Findings<'_>, draft: &Draft) {
    if draft.stay.care.is_some() {
        return;
    }
    for dim in &draft.vocabulary.dims {
        let cut = dim.item.as_ref().and_then(|dim| dim.cut.as_ref());
        if cut.is_some_and(|cut| cut.of == CutOf::Admission) {
            out.report(dim.span.clone(), &Problem::OrdinalNoStay { name: dim.name.clone() });
        }
    }
    for layer in &draft.layers {
        if let Some((span, key)) = by_stay(layer) {
            let layer = layer.id.clone();
            out.report(span, &Problem::LayerNoStay { layer, key });
        }
    }
}

/// Where a layer first says that it counts by stay.
fn by_stay(draft: &LayerDraft) -> Option<(Span, &'static str)> {
    let stay = |choice: &Choice<Scope>| match choice {
        Choice::Is(scope) => *scope == Scope::Stay,
        Choice::Param(_, scopes) => scopes.contains(&Scope::Stay),
    };
    let settings = draft.layer.as_ref().and_then(|layer| {
        let [deductible, basis] = draft.scopes.clone();
        let deductible = deductible.filter(|_| stay(&layer.deductible_scope));
        let basis = basis.filter(|_| stay(&layer.basis));
        deductible.map(|span| (span, "deductible_per")).or(basis.map(|span| (span, "basis")))
    });
    let mut caps = draft.cap.rows.iter().chain(&draft.eligible.rows);
    settings.or_else(|| {
        let cap = caps.find(|row| row.item.value.per == Scope::Stay)?;
        Some((cap.span.clone(), "per"))
    })
}
