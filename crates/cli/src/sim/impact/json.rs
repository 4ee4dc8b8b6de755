//! The report of `sim impact` as JSON: amounts in yuan, `before`, `after` and their difference.

use std::time::Duration;

use serde_json::{Value, json};
use tongchou_sim::impact::spread::PERCENTS;
use tongchou_sim::impact::{Class, Group, Impact, Moved, OfClause, OfLayer, Pair, Policy, Stages};
use tongchou_sim::report::about::About;
use tongchou_wire::amount::Yuan;

use crate::sim::summary::amounts_json;
use crate::sim::watch::peak_memory;

/// The whole report.
pub fn report(impact: &Impact, about: &About<'_>, time: Duration) -> Value {
    let Impact { policies, persons, partial, totals, reuse, times, .. } = impact;
    let funds = impact.funds().into_iter().map(|(fund, paid)| (fund.to_owned(), pair(paid)));
    let groups = |groups: &[Group]| groups.iter().map(group).collect::<Vec<_>>();
    json!({
        "scenario": about.scenario,
        "seed": about.seed,
        "version": about.version,
        "members": persons,
        "stands_for": about.represents,
        "partial": partial,
        "before": policy(&policies.a, about.asked.a),
        "after": policy(&policies.b, about.asked.b),
        "differences": about.differences,
        "totals": { "before": amounts_json(&totals.a), "after": amounts_json(&totals.b) },
        "by_fund": Value::Object(funds.collect()),
        "by_layer": impact.layers.iter().map(layer).collect::<Vec<_>>(),
        "by_clause": impact.clauses.iter().map(clause).collect::<Vec<_>>(),
        "by_age": groups(&impact.ages),
        "by_kind": groups(&impact.kinds),
        "by_care": groups(&impact.care),
        "by_district": groups(&impact.districts),
        "changes": changes(impact),
        "most": most(impact),
        "reuse": {
            "visits": reuse.visits,
            "visits_not_classified_again": reuse.classified,
            "visits_not_settled_again": reuse.visits_skipped,
            "members_with_visits": reuse.members,
            "members_not_settled_again": reuse.members_skipped,
        },
        "nanoseconds": {
            "generate": times.generate,
            "before": stages(&times.first),
            "after": stages(&times.second),
        },
        "milliseconds": u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        "peak_memory_bytes": peak_memory(),
    })
}

fn yuan(fen: i64) -> String {
    Yuan(fen).to_string()
}

fn pair(pair: Pair) -> Value {
    json!({
        "before": yuan(pair.a),
        "after": yuan(pair.b),
        "difference": yuan(pair.difference()),
    })
}

fn policy(policy: &Policy, asked: &str) -> Value {
    let params = policy.params.iter().map(|(name, value)| (name.clone(), json!(value)));
    json!({
        "asked": asked,
        "pack": policy.id,
        "hash": policy.hash,
        "params": Value::Object(params.collect()),
    })
}

fn layer(of: &OfLayer) -> Value {
    let id = if of.layer.id.is_empty() { "fixed" } else { of.layer.id.as_str() };
    json!({ "layer": id, "fund": of.layer.fund, "paid": pair(of.paid) })
}

fn clause(of: &OfClause) -> Value {
    json!({
        "clause": of.clause.id,
        "fund": pair(of.fund),
        "person": pair(of.person),
        "hospital": pair(of.hospital),
    })
}

fn group(group: &Group) -> Value {
    let heads = group.heads.map(|heads| {
        json!({
            "members": heads.members,
            "with_visits": heads.with_visits,
            "gainers": heads.gainers,
            "losers": heads.losers,
        })
    });
    json!({
        "of": group.of.key(),
        "heads": heads,
        "visits": group.visits,
        "total": yuan(group.total),
        "fund": pair(group.fund),
        "account": pair(group.account),
        "cash": pair(group.cash),
    })
}

/// Time over all threads.
fn stages(of: &Stages) -> Value {
    json!({ "bind": of.bind, "classify": of.classify, "settle": of.settle })
}

fn changes(impact: &Impact) -> Value {
    let changes = &impact.changes;
    let moved = |of: Moved| json!({ "members": of.members, "amount": yuan(of.amount) });
    let quantiles = |of: Option<[i64; PERCENTS.len()]>| {
        let named = |all: [i64; PERCENTS.len()]| -> Value {
            let pairs = PERCENTS.iter().zip(all);
            pairs.map(|(percent, fen)| (format!("p{percent}"), json!(yuan(fen)))).collect()
        };
        of.map(named)
    };
    json!({
        "gainers": moved(changes.gainers),
        "losers": moved(changes.losers),
        "unchanged": changes.unchanged,
        "quantiles": {
            "all": quantiles(changes.of_all),
            "gainers": quantiles(changes.of_gainers),
            "losers": quantiles(changes.of_losers),
        },
        "classes": changes.classes.iter().map(class).collect::<Vec<_>>(),
    })
}

fn class(of: &Class) -> Value {
    let Class { from, to, members } = of;
    json!({ "from": from.map(yuan), "to": to.map(yuan), "members": members })
}

fn most(impact: &Impact) -> Vec<Value> {
    let changed = impact.most.iter();
    let told = changed.map(|changed| {
        json!({
            "member": changed.person,
            "profile": changed.who,
            "pays": pair(changed.pays()),
            "fund": pair(changed.fund()),
        })
    });
    told.collect()
}
