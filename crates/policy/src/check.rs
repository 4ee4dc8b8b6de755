//! Checks that compare parts of a draft with each other, and the canonical pack they yield.

mod domain;
mod layers;
mod steps;
mod tables;
mod usage;

use tongchou_core::pack::{Classify, FORMAT, Layer, Pack, Row};

use crate::read::{Draft, Findings, LayerDraft, Rows};

/// Checks a draft as far as it is whole.
pub(crate) fn check(out: &Findings<'_>, draft: &Draft) {
    tables::check(out, draft);
    layers::check(out, draft);
    usage::check(out, draft);
}

/// The canonical pack; `None` if a part is missing, which has then been reported.
pub(crate) fn pack(draft: Draft) -> Option<Pack> {
    let Draft { head, vocabulary, stay, fees, standing, layers, personal, .. } = draft;
    let head = head?;
    Some(Pack {
        format: FORMAT,
        id: head.id,
        name: head.name,
        programme: head.programme,
        confidence: None,
        from: head.life.from,
        to: head.life.to,
        dated_by: head.dated_by,
        year_start: head.year_start,
        clauses: vocabulary.clauses?.into_iter().map(|named| named.item).collect::<Option<_>>()?,
        params: vocabulary.params.into_iter().map(|named| named.item).collect::<Option<_>>()?,
        facts: Vec::new(),
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
        groups: Vec::new(),
        personal: vec![Row {
            when: Vec::new(),
            params: Vec::new(),
            from: head.life.from,
            to: head.life.to,
            priority: 0,
            clause: personal?.1,
            value: personal?.0,
        }],
    })
}

fn layer(draft: LayerDraft) -> Option<Layer> {
    let mut adjust = rows(draft.adjust);
    adjust.sort_by_key(|row| row.value.seq);
    Some(Layer {
        deductible: rows(draft.deductible),
        band: rows(draft.band),
        adjust,
        cap: rows(draft.cap),
        ..draft.layer?
    })
}

fn rows<V>(table: Rows<V>) -> Vec<Row<V>> {
    table.rows.into_iter().map(|placed| placed.item).collect()
}
