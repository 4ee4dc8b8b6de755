//! From the kernel's outcome to the response.

use std::collections::BTreeMap;

use tongchou_core::keys::{Key, Keys};
use tongchou_core::layer::LayerOut;
use tongchou_core::line::LineParts;
use tongchou_core::pack::{self, Pack};
use tongchou_core::settle::{Outcome, Sums};
use tongchou_core::trace::Entry;

use crate::amount::Yuan;
use crate::error::Refusal;
use crate::request::{Bill, CONTRACT, Line, Request};
use crate::response::{
    Amounts, Claim, FundStanding, Later, LayerResult, LineResult, PackStamp, Settlement, TraceEntry,
};
use crate::state::Last;

use super::Open;
use super::counters::{self, Ledger};
use super::dims::{self, Moment};

/// What the kernel found.
pub(super) struct Settled<'a> {
    pub outcome: Outcome,
    pub parts: &'a [LineParts],
    pub entries: &'a [Entry],
    pub key: Key,
    pub claim: Option<Claim>,
    /// Whether the fund takes part although the standing had blocked the bill.
    pub claimed: bool,
}

/// What may be claimed afterwards, where the fund takes no part in the bill.
pub(super) fn claim(keys: &Keys, key: Key, sums: Sums, ledger: &Ledger) -> Option<Claim> {
    let later = match keys.later(key) {
        pack::Later::None => return None,
        pack::Later::Manual => Later::Manual,
        pack::Later::Recovery => Later::Recovery,
    };
    let fund = keys.would_pay(key, sums, &ledger.record, ledger.stay.as_ref());
    Some(Claim { later, fund: Yuan(fund) })
}

pub(super) fn compose(
    open: &Open<'_>,
    request: &Request,
    settled: Settled<'_>,
    ledger: Ledger,
    moment: Moment,
) -> Result<Settlement, Refusal> {
    let pack = open.pack;
    let outcome = settled.outcome;
    let lines: &[Line] = match &request.bill {
        Bill::Lines(lines) => lines,
        Bill::Totals(_) => &[],
    };
    let blocked = !settled.claimed && !open.variant.keys.fund_pays(settled.key);
    let own = outcome.account - outcome.mutual_aid;
    let before = request.member.account.unwrap_or_default().balance;
    let (postings, counters) = ledger.posted(!blocked && outcome.sums.total > 0)?;
    let seq = ledger.seq.saturating_add(1);
    let mut settlement = Settlement {
        contract: CONTRACT,
        status: "settled".into(),
        id: request.encounter.id.clone(),
        member: request.member.id.clone(),
        pack: PackStamp {
            id: pack.id.clone(),
            date: dims::date(moment.rows),
            hash: open.hash.to_owned(),
        },
        params: params(pack, &open.params),
        year: moment.year,
        fund_standing: if blocked { FundStanding::None } else { FundStanding::Normal },
        claim: settled.claim.clone(),
        admission: (outcome.admission > 0).then_some(outcome.admission),
        amounts: amounts(&outcome),
        layers: layers(open, &settled),
        lines: line_results(lines, settled.parts, blocked),
        postings,
        balance: Yuan(before.0 - own),
        seq,
        previous: ledger.last,
        hash: String::new(),
        state: None,
        trace: None,
    };
    assert_identities(&settlement);
    settlement.hash = counters::hash_of(&settlement);
    let last = Last { id: settlement.id.clone(), hash: settlement.hash.clone() };
    let (member, id) = (settlement.member.clone(), pack.id.clone());
    settlement.state = Some(counters::state(member, id, moment.year, seq, Some(last), counters));
    if request.explain {
        let entries = settled.entries.iter().map(|entry| trace_entry(pack, lines, entry));
        settlement.trace = Some(entries.collect());
    }
    Ok(settlement)
}

fn params(pack: &Pack, chosen: &[u8]) -> BTreeMap<String, String> {
    let value = |(param, index): (&tongchou_core::pack::Param, &u8)| {
        let value = param.values.get(usize::from(*index)).cloned().unwrap_or_default();
        (param.name.clone(), value)
    };
    pack.params.iter().zip(chosen).map(value).collect()
}

fn amounts(outcome: &Outcome) -> Amounts {
    let sums = &outcome.sums;
    Amounts {
        total: Yuan(sums.total),
        full_self: Yuan(sums.full_self),
        over_limit: Yuan(sums.over_limit),
        prepay: Yuan(sums.prepay),
        in_scope: Yuan(sums.in_scope),
        fixed: Yuan(sums.fixed),
        fixed_self: Yuan(sums.fixed_self),
        deductible: Yuan(outcome.deductible),
        fund: Yuan(outcome.fund),
        hospital: Yuan(outcome.hospital),
        account: Yuan(outcome.account),
        mutual_aid: Yuan(outcome.mutual_aid),
        cash: Yuan(outcome.cash),
        person: Yuan(outcome.person),
    }
}

/// Every layer of the pack; those that took no part are zero.
fn layers(open: &Open<'_>, settled: &Settled<'_>) -> Vec<LayerResult> {
    let taken = open.variant.keys.layers(settled.key, settled.outcome.admission);
    let taken: Vec<u8> = taken.take(usize::from(settled.outcome.layers)).collect();
    let out = |index: usize| {
        let position = taken.iter().position(|layer| usize::from(*layer) == index);
        let position = position.and_then(|p| u8::try_from(p).ok());
        position.map_or_else(LayerOut::default, |p| open.variant.scratch.layer(p))
    };
    let result = |(index, layer): (usize, &tongchou_core::pack::Layer)| {
        let out = out(index);
        LayerResult {
            id: layer.id.clone(),
            fund_code: layer.fund.clone(),
            entered: Yuan(out.entered),
            deductible: Yuan(out.deductible),
            paid: Yuan(out.paid),
            self_share: Yuan(out.self_share),
            over: Yuan(out.over),
            capped: out.capped,
        }
    };
    open.pack.layers.iter().enumerate().map(result).collect()
}

fn line_results(lines: &[Line], parts: &[LineParts], blocked: bool) -> Vec<LineResult> {
    let result = |(line, parts): (&Line, &LineParts)| {
        let (fixed, fixed_self) = match blocked {
            true => (0, parts.fixed + parts.fixed_self),
            false => (parts.fixed, parts.fixed_self),
        };
        LineResult {
            id: line.id.clone(),
            full_self: Yuan(parts.full_self),
            over_limit: Yuan(parts.over_limit),
            prepay: Yuan(parts.prepay),
            in_scope: Yuan(parts.in_scope),
            fixed: Yuan(fixed),
            fixed_self: Yuan(fixed_self),
        }
    };
    lines.iter().zip(parts).map(result).collect()
}

fn trace_entry(pack: &Pack, lines: &[Line], entry: &Entry) -> TraceEntry {
    let clause = pack.clauses.get(usize::from(entry.clause));
    let line = usize::try_from(entry.line).ok().and_then(|i| lines.get(i));
    let has_rate = entry.rounding.is_some() || entry.rate_ppm != 0;
    TraceEntry {
        step: entry.step.word().into(),
        clause: clause.map_or_else(|| "given".into(), |c| c.id.clone()),
        layer: pack.layers.get(usize::from(entry.layer)).map(|l| l.id.clone()),
        line: line.map(|l| l.id.clone()),
        base: Yuan(entry.base),
        rate_ppm: has_rate.then_some(entry.rate_ppm),
        rounding: entry.rounding.map(|r| r.word().into()),
        amount: Yuan(entry.amount),
        payer: entry.payer.word().map(Into::into),
    }
}

/// The identities that every settlement promises. A failure is a fault of the kernel, never of the
/// input.
fn assert_identities(settlement: &Settlement) {
    let a = &settlement.amounts;
    let parts = [a.full_self, a.over_limit, a.prepay, a.in_scope, a.fixed, a.fixed_self];
    assert_eq!(parts.iter().map(|p| p.0).sum::<i64>(), a.total.0, "parts sum to the total");
    assert_eq!(a.fund.0 + a.hospital.0 + a.person.0, a.total.0, "payers sum to the total");
    assert_eq!(a.account.0 + a.cash.0, a.person.0, "account and cash are the person's part");
    let paid: i64 = settlement.layers.iter().map(|l| l.paid.0).sum();
    assert_eq!(paid + a.fixed.0, a.fund.0, "layers and fixed amounts are the fund's part");
    let whole = |l: &LayerResult| l.deductible.0 + l.paid.0 + l.self_share.0 + l.over.0;
    assert!(settlement.layers.iter().all(|l| whole(l) == l.entered.0), "a layer keeps its intake");
    assert!(parts.iter().all(|p| p.0 >= 0), "no part is negative");
    assert!([a.fund, a.person, a.cash, a.mutual_aid].iter().all(|p| p.0 >= 0), "no payer is");
}
