//! What a bill adds to the counters.

use rust_decimal::Decimal;

use crate::counters::{ADMISSIONS, has_cap_per};
use crate::day::number;
use crate::layers::{Entry, Outcome};
use crate::money::to_fen;
use crate::pack::Layer;
use crate::refusal::Refusal;
use crate::stay::{self, Interim};

/// Postings of a bill whose total is not zero and in which the fund takes part, zero ones left
/// out.
pub fn of_bill(
    entry: &Entry<'_>,
    ordinal: i64,
    layers: &[Outcome],
) -> Result<Vec<(String, i64)>, Refusal> {
    let mut postings = Vec::new();
    if entry.admission.is_new() {
        postings.push((ADMISSIONS.to_owned(), 1));
    }
    let interim = entry.admission.interim();
    if let Some(interim) = interim {
        postings.extend(of_stay(entry, interim, ordinal, layers)?);
    }
    let own = interim.map(|it| it.stay.id.as_str());
    let mut ids = stay::dropped(entry.pack, entry.days, own, entry.counters);
    ids.extend(entry.dropped.map(str::to_owned));
    let of_dropped = |name: &str| ids.iter().any(|id| name.starts_with(&stay::name(id, "")));
    let held = entry.counters.iter().filter(|(name, _)| of_dropped(name));
    postings.extend(held.map(|(name, held)| (name.clone(), -held)));
    for (layer, outcome) in entry.pack.layers.iter().zip(layers) {
        postings.extend(of_layer(entry, layer, outcome, "year")?);
    }
    for group in &entry.pack.groups {
        if has_cap_per(&group.cap, "year") {
            let of_group = entry.pack.layers.iter().zip(layers);
            let of_group = of_group.filter(|(layer, _)| group.layers.contains(&layer.id));
            let paid = of_group.map(|(_, outcome)| outcome.paid).sum();
            postings.push((format!("{}.paid", group.id), to_fen(paid)?));
        }
    }
    postings.retain(|(_, delta)| *delta != 0);
    Ok(postings)
}

/// What a bill changes in the record of its stay: the record after it less the one before.
fn of_stay(
    entry: &Entry<'_>,
    interim: &Interim<'_>,
    ordinal: i64,
    layers: &[Outcome],
) -> Result<Vec<(String, i64)>, Refusal> {
    let id = &interim.stay.id;
    let after = record(entry, interim, ordinal, layers)?;
    let kept = !interim.stay.closes || entry.pack.readmission_days.is_some();
    let change = |(what, after): (String, i64)| {
        let after = if kept { after } else { 0 };
        (stay::name(id, &what), after - stay::of_stay(entry.counters, id, &what))
    };
    Ok(after.into_iter().map(change).collect())
}

/// The record of a stay after a bill, in the order of postings.
fn record(
    entry: &Entry<'_>,
    interim: &Interim<'_>,
    ordinal: i64,
    layers: &[Outcome],
) -> Result<Vec<(String, i64)>, Refusal> {
    let Entry { pack, days, counters, admission, .. } = entry;
    let stay = interim.stay;
    let held = |what: &str| admission.held(counters, what);
    let has_periods = !pack.period.is_empty();
    let of = |what: &str| match what {
        "bills" => stay::of_stay(counters, &stay.id, "bills") + 1,
        "ordinal" => ordinal,
        "transferred" => i64::from(pack.transfer && admission.is_transferred(counters)),
        "opened" if has_periods => interim.opened,
        "out" if stay.closes => number(days.discharged),
        "period" if has_periods => interim.period,
        _ => 0,
    };
    let mut after: Vec<(String, i64)> = Vec::new();
    after.extend(stay::OF_RECORD.map(|what| (what.to_owned(), of(what))));
    for (layer, outcome) in pack.layers.iter().zip(layers) {
        let moved = of_layer(entry, layer, outcome, "stay")?;
        for what in ["deductible_used", "position", "paid"] {
            let name = format!("{}.{what}", layer.id);
            let more = moved.iter().find(|(moved, _)| *moved == name).map_or(0, |(_, by)| *by);
            let value = held(&name) + more;
            after.push((name, value));
        }
        let name = format!("{}.standard", layer.id);
        let mut standard = held(&name);
        let per_stay = entry.facts.setting(&layer.deductible_per)? == "stay";
        if pack.transfer && per_stay && !layer.deductible.is_empty() {
            standard = standard.max(to_fen(outcome.standard)?);
        }
        after.push((name, standard));
    }
    Ok(after)
}

/// What a layer adds to the counters of one scope.
fn of_layer(
    entry: &Entry<'_>,
    layer: &Layer,
    outcome: &Outcome,
    scope: &str,
) -> Result<Vec<(String, i64)>, Refusal> {
    let mut postings = Vec::new();
    let mut post = |what: &str, yuan: Decimal| {
        postings.push((format!("{}.{what}", layer.id), to_fen(yuan)?));
        Ok(())
    };
    if entry.facts.setting(&layer.deductible_per)? == scope {
        post("deductible_used", outcome.deductible)?;
    }
    if entry.facts.setting(&layer.basis)? == scope {
        let moved = match entry.facts.setting(&layer.origin)? {
            "above" => outcome.entered - outcome.upfront - outcome.deductible,
            _ => outcome.entered - outcome.upfront,
        };
        post("position", moved)?;
    }
    if has_cap_per(&layer.cap, scope) {
        post("paid", outcome.paid)?;
    }
    Ok(postings)
}
