//! What a bill adds to the counters.

use rust_decimal::Decimal;

use tongchou_wire::request::Stay;

use crate::counters::{ADMISSIONS, has_cap_per};
use crate::layers::{Entry, Outcome};
use crate::money::to_fen;
use crate::pack::Layer;
use crate::refusal::Refusal;
use crate::stay::{self, Admission};

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
    if let Some(stay) = entry.admission.interim() {
        match stay.closes {
            true => postings.extend(closing(entry, stay)),
            false => postings.extend(of_stay(entry, stay, ordinal, layers)?),
        }
    }
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

/// What a bill adds to the record of its stay.
fn of_stay(
    entry: &Entry<'_>,
    stay: &Stay,
    ordinal: i64,
    layers: &[Outcome],
) -> Result<Vec<(String, i64)>, Refusal> {
    let opens = matches!(entry.admission, Admission::Opens(_));
    let mut postings = vec![
        (stay::name(&stay.id, "bills"), 1),
        (stay::name(&stay.id, "ordinal"), if opens { ordinal } else { 0 }),
    ];
    for (layer, outcome) in entry.pack.layers.iter().zip(layers) {
        for (what, delta) in of_layer(entry, layer, outcome, "stay")? {
            postings.push((stay::name(&stay.id, &what), delta));
        }
    }
    Ok(postings)
}

/// What the last bill of a stay posts instead: the negation of what the record holds.
fn closing(entry: &Entry<'_>, stay: &Stay) -> Vec<(String, i64)> {
    let mut names = vec!["bills".to_owned(), "ordinal".to_owned()];
    for layer in &entry.pack.layers {
        let of_layer = ["deductible_used", "position", "paid"];
        names.extend(of_layer.map(|what| format!("{}.{what}", layer.id)));
    }
    let held = |name: &String| stay::of_stay(entry.counters, &stay.id, name);
    names.iter().map(|name| (stay::name(&stay.id, name), -held(name))).collect()
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
