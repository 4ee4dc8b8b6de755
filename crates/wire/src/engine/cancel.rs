//! Taking a settlement back: the exact negation of what was answered, nothing recomputed.

use crate::amount::Yuan;
use crate::error::{Code, Refusal};
use crate::request::{CONTRACT, Cancel};
use crate::response::{Amounts, Cancellation, LayerResult, LineResult, Posting, Settlement};
use crate::state::{Last, State};

use super::counters::{count, hash, hash_of, number, state};

pub(super) fn cancel(request: &Cancel) -> Result<Cancellation, Refusal> {
    let settlement = &request.cancel;
    unaltered(settlement)?;
    let after = request.state.as_ref().or(settlement.state.as_ref());
    let missing = || Refusal::new(Code::CancelStateMissing, "$.state", &settlement.id, "");
    let after = after.ok_or_else(missing)?;
    let path = if request.state.is_some() { "$.state" } else { "$.cancel.state" };
    is_last(settlement, after, path)?;
    let own = settlement.amounts.account.0 - settlement.amounts.mutual_aid.0;
    Ok(Cancellation {
        contract: CONTRACT,
        status: "cancelled".into(),
        id: settlement.id.clone(),
        member: settlement.member.clone(),
        pack: settlement.pack.clone(),
        cancels: settlement.hash.clone(),
        amounts: negated(&settlement.amounts),
        layers: settlement.layers.iter().map(negated_layer).collect(),
        lines: settlement.lines.iter().map(negated_line).collect(),
        postings: settlement.postings.iter().map(negated_posting).collect(),
        balance: Yuan(settlement.balance.0 + own),
        state: restored(settlement, after, path)?,
    })
}

/// Refuses a settlement that is not, to the letter, what was answered.
pub(super) fn unaltered(settlement: &Settlement) -> Result<(), Refusal> {
    let answered =
        Settlement { hash: String::new(), state: None, trace: None, ..settlement.clone() };
    let altered =
        |what: &str| Err(Refusal::new(Code::SettlementAltered, "$.cancel.hash", what, ""));
    if settlement.hash != hash_of(&answered) {
        return altered(&settlement.hash);
    }
    let a = &settlement.amounts;
    let parts = [a.full_self, a.over_limit, a.prepay, a.in_scope, a.fixed, a.fixed_self];
    let paid: i64 = settlement.layers.iter().map(|layer| layer.paid.0).sum();
    let whole = parts.iter().map(|p| p.0).sum::<i64>() == a.total.0
        && a.fund.0 + a.hospital.0 + a.person.0 == a.total.0
        && a.account.0 + a.cash.0 == a.person.0
        && a.mutual_aid <= a.account
        && paid + a.fixed.0 == a.fund.0;
    if whole { Ok(()) } else { altered("amounts") }
}

/// Refuses unless the settlement is the last of the state, and the state is whole.
fn is_last(settlement: &Settlement, after: &State, path: &str) -> Result<(), Refusal> {
    if after.hash != hash(after) {
        let path = format!("{path}.hash");
        return Err(Refusal::new(Code::StateDamaged, path, &after.hash, ""));
    }
    if after.member != settlement.member {
        let name = |id: &Option<String>| id.clone().unwrap_or_default();
        let (found, expected) = (name(&after.member), name(&settlement.member));
        return Err(Refusal::new(Code::StateMember, format!("{path}.member"), found, expected));
    }
    if after.pack != settlement.pack.id {
        let path = format!("{path}.pack");
        return Err(Refusal::new(Code::StatePack, path, &after.pack, &settlement.pack.id));
    }
    if after.year != settlement.year {
        let (found, expected) = (after.year.to_string(), settlement.year.to_string());
        return Err(Refusal::new(Code::StateYear, format!("{path}.year"), found, expected));
    }
    let this = Last { id: settlement.id.clone(), hash: settlement.hash.clone() };
    if after.last.as_ref() != Some(&this) || after.seq != settlement.seq || after.seq == 0 {
        let last = after.last.as_ref().map_or(String::new(), |last| last.id.clone());
        return Err(Refusal::new(Code::CancelNotLast, "$.cancel", &settlement.id, last));
    }
    Ok(())
}

/// The state before the settlement: its postings taken off again.
fn restored(settlement: &Settlement, after: &State, path: &str) -> Result<State, Refusal> {
    let mut counters = after.counters.clone();
    for posting in &settlement.postings {
        let name = &posting.counter;
        let value = counters.get(name).map_or(0, |c| number(*c)) - number(posting.delta);
        if value < 0 {
            let path = format!("{path}.counters.{name}");
            return Err(Refusal::new(Code::SettlementAltered, path, value.to_string(), ""));
        }
        if value == 0 {
            counters.remove(name);
        } else {
            counters.insert(name.clone(), count(name, value));
        }
    }
    let (member, pack) = (after.member.clone(), after.pack.clone());
    let previous = settlement.previous.clone();
    Ok(state(member, pack, after.year, after.seq.saturating_sub(1), previous, counters))
}

fn minus(amount: Yuan) -> Yuan {
    Yuan(-amount.0)
}

fn negated(a: &Amounts) -> Amounts {
    Amounts {
        total: minus(a.total),
        full_self: minus(a.full_self),
        over_limit: minus(a.over_limit),
        prepay: minus(a.prepay),
        in_scope: minus(a.in_scope),
        fixed: minus(a.fixed),
        fixed_self: minus(a.fixed_self),
        deductible: minus(a.deductible),
        fund: minus(a.fund),
        hospital: minus(a.hospital),
        account: minus(a.account),
        mutual_aid: minus(a.mutual_aid),
        cash: minus(a.cash),
        person: minus(a.person),
    }
}

fn negated_layer(layer: &LayerResult) -> LayerResult {
    LayerResult {
        id: layer.id.clone(),
        fund_code: layer.fund_code.clone(),
        entered: minus(layer.entered),
        deductible: minus(layer.deductible),
        paid: minus(layer.paid),
        self_share: minus(layer.self_share),
        over: minus(layer.over),
        capped: layer.capped,
    }
}

fn negated_line(line: &LineResult) -> LineResult {
    LineResult {
        id: line.id.clone(),
        full_self: minus(line.full_self),
        over_limit: minus(line.over_limit),
        prepay: minus(line.prepay),
        in_scope: minus(line.in_scope),
        fixed: minus(line.fixed),
        fixed_self: minus(line.fixed_self),
    }
}

fn negated_posting(posting: &Posting) -> Posting {
    let delta = count(&posting.counter, -number(posting.delta));
    Posting { counter: posting.counter.clone(), delta }
}
