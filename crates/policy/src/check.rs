//! Checks that compare parts of a draft with each other, and the canonical pack they yield.

mod domain;
mod layers;
mod member;
mod stays;
mod steps;
mod tables;
mod unpaid;
mod usage;

use tongchou_core::pack::{Classify, FORMAT, Group, Layer, Pack, Row, Stay};
use tongchou_core::rules::{Levy, Rules, Verdict};

use crate::read::{
    Draft, Findings, GroupDraft, LayerDraft, LevyDraft, MemberDraft, Rows, VerdictDraft,
};

/// Checks a draft as far as it is whole.
pub(crate) fn check(out: &Findings<'_>, draft: &Draft) {
    tables::check(out, draft);
    layers::check(out, draft);
    usage::check(out, draft);
    stays::check(out, draft);
    unpaid::check(out, draft);
    member::check(out, draft);
}

/// The canonical pack; `None` if a part is missing, which has then been reported.
pub(crate) fn pack(draft: Draft) -> Option<Pack> {
    let Draft { head, vocabulary, stay, fees, standing, layers, groups, personal, .. } = draft;
    let head = head?;
    let numbers = vocabulary.numbers.into_iter().map(|named| named.item);
    let rules = Rules {
        later_bills: head.later_bills,
        claim_order: head.claim_order,
        cross_year: stay.cross_year,
        numbers: numbers.collect::<Option<_>>()?,
        ..rules(draft.member)?
    };
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
        stay: Stay {
            care: stay.care,
            transfer: stay.transfer,
            readmission_days: stay.readmission_days,
            period: rows(stay.period),
        },
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
        rules,
    })
}

/// What the pack says about members; the parts of other sections are left out.
fn rules(draft: MemberDraft) -> Option<Rules> {
    let periods = draft.periods.into_iter().map(|named| Some(named.item?.period));
    let levies = draft.levies.into_iter().map(|named| {
        let LevyDraft { name, base, held, months, clause, rate, .. } = named.item?;
        Some(Levy { id: named.name, name, base, held, months, rate: rows(rate), clause })
    });
    let verdicts = draft.verdicts.into_iter().map(|named| {
        let VerdictDraft { name, rows: table, .. } = named.item?;
        Some(Verdict { id: named.name, name, rows: rows(table) })
    });
    let calendar = match draft.calendar {
        Some(calendar) => Some(calendar.calendar?),
        None => None,
    };
    Some(Rules {
        events: draft.events.into_iter().map(|e| Some(e.item?.event)).collect::<Option<_>>()?,
        cutoff_day: draft.contribution.and_then(|c| c.cutoff_day),
        periods: periods.collect::<Option<_>>()?,
        calendar,
        windows: draft.windows.into_iter().map(|w| w.item).collect::<Option<_>>()?,
        coverage: rows(draft.coverage),
        splits: rows(draft.splits),
        refund: draft.refund,
        levies: levies.collect::<Option<_>>()?,
        verdicts: verdicts.collect::<Option<_>>()?,
        ..Rules::default()
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
