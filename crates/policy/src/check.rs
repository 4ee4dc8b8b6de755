//! Checks that compare parts of a draft with each other, and the canonical pack they yield.

mod domain;
mod layers;
mod stays;
mod steps;
mod tables;
mod unpaid;
mod usage;

use tongchou_core::pack::{Classify, FORMAT, Group, Layer, Pack, Row};

use crate::read::{Draft, Findings, GroupDraft, LayerDraft, Rows};

/// Checks a draft as far as it is whole.
pub(crate) fn check(out: &Findings<'_>, draft: &Draft) {
    tables::check(out, draft);
    layers::check(out, draft);
    usage::check(out, draft);
    stays::check(out, draft);
    unpaid::check(out, draft);
}

/// The canonical pack; `None` if a part is missing, which has then been reported.
pub(crate) fn pack(draft: Draft) -> Option<Pack> {
    let Draft { head, vocabulary, stay, fees, standing, layers, groups, personal, .. } = draft;
    let head = head?;
    Some(Pack {
        format: FORMAT,
        id: head.id,
        name: head.name,
        programme: head.programme,
        confidence: head.confidence,
        from: head.life.from,
        to: head.life.to,
        dated_by: head.dated_by,
        year_start: head.year_start,
        clauses: vocabulary.clauses?.into_iter().map(|named| named.item).collect::<Option<_>>()?,
        params: vocabulary.params.into_iter().map(|named| named.item).collect::<Option<_>>()?,
        facts: vocabulary.facts.into_iter().map(|named| named.item).collect::<Option<_>>()?,
        dims: vocabulary.dims.into_iter().map(|named| named.item).collect::<Option<_>>()?,
        stay,
        classify: Classify {
            prepay_basis: fees.prepay_basis?,
            rounding: fees.rounding?,
            prepay: rows(fees.prepay),
            limit: rows(fees.limit),
            fixed: rows(fees.fixed),
        },
        standing: rows(standing),
        layers: layers.into_iter().map(layer).collect::<Option<_>>()?,
        groups: groups.into_iter().map(group).collect::<Option<_>>()?,
        personal: rows(personal),
    })
}

fn layer(draft: LayerDraft) -> Option<Layer> {
    let mut adjust = rows(draft.adjust);
    adjust.sort_by_key(|row| row.value.seq);
    Some(Layer {
        upfront: rows(draft.upfront),
        deductible: rows(draft.deductible),
        band: rows(draft.band),
        adjust,
        cap: rows(draft.cap),
        eligible: rows(draft.eligible),
        ..draft.layer?
    })
}

fn group(draft: GroupDraft) -> Option<Group> {
    let cap = rows(draft.cap);
    Some(Group { id: draft.id?, layers: draft.layers?, clause: draft.clause?, cap })
}

fn rows<V>(table: Rows<V>) -> Vec<Row<V>> {
    table.rows.into_iter().map(|placed| placed.item).collect()
}
