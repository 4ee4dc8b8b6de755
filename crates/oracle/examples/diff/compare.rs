//! Field by field: a verdict of the oracle and a settlement of the engine.

use std::collections::BTreeMap;
use std::fmt::Debug;

use tongchou_oracle::settle::Verdict;
use tongchou_wire::request::{Count, Request};
use tongchou_wire::response::{Amounts, Settlement, TraceEntry};

/// The fields in which the two differ.
pub fn differences(request: &Request, verdict: &Verdict, settlement: &Settlement) -> Vec<String> {
    let mut found = Vec::new();
    let mut same = Same(&mut found);
    same.field("year", &verdict.year, &settlement.year);
    same.field("rows of", &verdict.rows_of, &settlement.pack.date);
    same.field("params", &verdict.params, &settlement.params);
    same.field("fund standing", &verdict.fund_standing, &settlement.fund_standing);
    same.field("claim", &verdict.claim, &settlement.claim);
    same.field("admission", &verdict.admission, &settlement.admission);
    amounts(&mut same, &verdict.amounts, &settlement.amounts);
    same.list("layer", &verdict.layers, &settlement.layers);
    same.list("line", &verdict.lines, &settlement.lines);
    same.list("posting", &verdict.postings, &settlement.postings);
    same.field("balance", &verdict.balance, &settlement.balance);
    same.field("seq", &verdict.seq, &settlement.seq);
    same.field("id", &request.encounter.id, &settlement.id);
    same.field("member", &request.member.id, &settlement.member);
    let before = request.state.as_ref().and_then(|state| state.last.as_ref());
    same.field("previous", &before, &settlement.previous.as_ref());
    match &settlement.state {
        Some(state) => {
            let held = |count: &Count| match *count {
                Count::Money(yuan) => yuan.0,
                Count::Number(number) => number,
            };
            let counters = state.counters.iter().map(|(name, count)| (name.clone(), held(count)));
            same.field("counters", &verdict.counters, &counters.collect::<BTreeMap<_, _>>());
            same.field("year of the state", &verdict.year, &state.year);
            same.field("seq of the state", &verdict.seq, &state.seq);
        }
        None => found.push("the engine hands back no state".to_owned()),
    }
    if request.explain {
        match &settlement.trace {
            Some(trace) => folds(&mut Same(&mut found), trace, &verdict.amounts),
            None => found.push("the engine explains nothing".to_owned()),
        }
    }
    found
}

/// Notes what is not the same.
struct Same<'a>(&'a mut Vec<String>);

impl Same<'_> {
    fn field<T: PartialEq + Debug>(&mut self, name: &str, oracle: &T, engine: &T) {
        if oracle != engine {
            self.0.push(format!("{name}: oracle {oracle:?}, engine {engine:?}"));
        }
    }

    fn list<T: PartialEq + Debug>(&mut self, name: &str, oracle: &[T], engine: &[T]) {
        self.field(&format!("number of {name}s"), &oracle.len(), &engine.len());
        for (index, (ours, theirs)) in oracle.iter().zip(engine).enumerate() {
            if ours != theirs {
                self.field(&format!("{name} {index}"), ours, theirs);
            }
        }
    }
}

fn amounts(same: &mut Same<'_>, oracle: &Amounts, engine: &Amounts) {
    same.field("total", &oracle.total, &engine.total);
    same.field("full_self", &oracle.full_self, &engine.full_self);
    same.field("over_limit", &oracle.over_limit, &engine.over_limit);
    same.field("prepay", &oracle.prepay, &engine.prepay);
    same.field("in_scope", &oracle.in_scope, &engine.in_scope);
    same.field("fixed", &oracle.fixed, &engine.fixed);
    same.field("fixed_self", &oracle.fixed_self, &engine.fixed_self);
    same.field("deductible", &oracle.deductible, &engine.deductible);
    same.field("fund", &oracle.fund, &engine.fund);
    same.field("hospital", &oracle.hospital, &engine.hospital);
    same.field("account", &oracle.account, &engine.account);
    same.field("mutual_aid", &oracle.mutual_aid, &engine.mutual_aid);
    same.field("cash", &oracle.cash, &engine.cash);
    same.field("person", &oracle.person, &engine.person);
}

/// The entries of each payer sum to what that payer bears.
fn folds(same: &mut Same<'_>, trace: &[TraceEntry], amounts: &Amounts) {
    let sum = |payer: &str| -> i64 {
        let own = trace.iter().filter(|entry| entry.payer.as_deref() == Some(payer));
        own.map(|entry| entry.amount.0).sum()
    };
    same.field("trace, fund", &amounts.fund.0, &sum("fund"));
    same.field("trace, person", &amounts.person.0, &sum("person"));
    same.field("trace, hospital", &amounts.hospital.0, &sum("hospital"));
    same.field("trace, account", &amounts.account.0, &sum("account"));
    same.field("trace, cash", &amounts.cash.0, &sum("cash"));
}
