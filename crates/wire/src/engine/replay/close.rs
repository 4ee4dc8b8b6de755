//! The answer to a list of facts, once everything is known.

use std::collections::BTreeMap;

use tongchou_core::calendar::Day;

use crate::amount::Yuan;
use crate::error::{Code, Refusal};
use crate::request::{CONTRACT, Fact};
use crate::response::{Change, Claimed, Grounds, Refunded, Replayed, Transaction};
use crate::state::State;

use super::book::{Book, Gone, Item, What, begins};
use crate::engine::dims;

impl Book<'_, '_> {
    /// The answer, once everything is known.
    pub(super) fn close(self, changes: Vec<Change>) -> Result<Replayed, Refusal> {
        self.faultless()?;
        let mut inconsistent = self.inconsistent;
        for item in &self.items {
            if item.is_stale() {
                inconsistent.push(item.id().to_owned());
            }
        }
        let mut states: BTreeMap<(String, i16), State> = BTreeMap::new();
        for settlement in self.items.iter().flat_map(Item::settled) {
            if let Some(state) = &settlement.state {
                states.insert((settlement.pack.id.clone(), settlement.year), state.clone());
            }
        }
        states.extend(self.now);
        let mut running = self.opening.unwrap_or_default();
        let balance = self.items.last().map_or(running, |i| i.balance);
        let mut answer = Replayed {
            contract: CONTRACT,
            status: "replayed".into(),
            settlements: Vec::new(),
            changes,
            refunds: Vec::new(),
            claims: Vec::new(),
            grounds: Vec::new(),
            inconsistent,
            transactions: Vec::new(),
            states: states.into_values().collect(),
            balance,
        };
        let mut refunds = Vec::new();
        let mut gone = self.gone;
        gone.sort_by(|a, b| a.key.cmp(&b.key));
        let mut gone = gone.into_iter().peekable();
        for item in self.items {
            while let Some(gone) = gone.next_if(|gone| gone.key < item.key) {
                tell_gone(gone, running, &mut answer, &mut refunds);
            }
            running = item.balance;
            tell(item, &mut answer, &mut refunds);
        }
        for gone in gone {
            tell_gone(gone, running, &mut answer, &mut refunds);
        }
        refunds.sort_by(|(a, first), (b, second)| (a, &first.id).cmp(&(b, &second.id)));
        answer.refunds = refunds.into_iter().map(|(_, refund)| refund).collect();
        Ok(answer)
    }

    /// Refuses, in this order: bills that contradict the facts, claims of nothing, and events that
    /// end what has not begun.
    fn faultless(&self) -> Result<(), Refusal> {
        for item in &self.items {
            let What::Bill { ready, .. } = &item.what else { continue };
            let fault = ready.iter().find_map(|part| part.fault.clone());
            if let Some(fault) = fault {
                let rest = matches!(self.message.replay.get(item.fact), Some(Fact::Refund(_)));
                let kind = if rest { "refund.rest" } else { "bill" };
                return Err(fault.under(&format!("$.replay[{}].{kind}", item.fact)));
            }
        }
        for item in &self.items {
            let What::Claim { told, open, .. } = &item.what else { continue };
            if !open {
                let path = format!("$.replay[{}].claim.of", item.fact);
                let bill = self.items.iter().find(|item| item.is_bill(&told.of));
                let from = bill.map_or_else(String::new, |bill| begins(bill, told.on));
                return Err(Refusal::new(Code::ClaimNothing, path, &told.of, from));
            }
        }
        let faults = self.log.closing_nothing(&self.packs())?;
        let Some((fact, event)) = faults.first() else { return Ok(()) };
        let path = format!("$.replay[{fact}].event");
        let refusal = Refusal::new(Code::ClosesNothing, path, *event, "");
        let declared = self.packs().into_iter().find_map(|pack| {
            let kind = pack.rules.events.iter().find(|kind| kind.id == *event)?;
            pack.clauses.get(usize::from(kind.clause)).map(|clause| clause.id.clone())
        });
        Err(Refusal { clause: declared, ..refusal })
    }
}

/// Puts what a bill that was given back whole did to the account where it stood, with all that was
/// given back of it: together nothing.
fn tell_gone(
    gone: Gone,
    mut balance: Yuan,
    answer: &mut Replayed,
    refunds: &mut Vec<(Day, Refunded)>,
) {
    let mut tell = |on: Day, kind: &str, id: String, moved: i64| {
        if moved != 0 {
            balance.0 = balance.0.saturating_add(moved);
            let (on, kind, amount) = (dims::date(on), kind.to_owned(), Yuan(moved));
            answer.transactions.push(Transaction { on, kind, id, amount, balance });
        }
    };
    let Gone { key, moved, backs } = gone;
    tell(key.0, "bill", key.3, moved);
    for (on, back) in &backs {
        tell(*on, "refund", back.id.clone(), back.account.0 - back.mutual_aid.0);
    }
    refunds.extend(backs);
}

/// Puts what stands into the answer.
fn tell(item: Item<'_>, answer: &mut Replayed, refunds: &mut Vec<(Day, Refunded)>) {
    let moved = item.moves();
    let Item { key, what, balance, .. } = item;
    let (on, id) = (dims::date(key.0), key.3);
    let kind = match &what {
        What::Bill { .. } => "bill",
        What::Refund { .. } => "refund",
        What::Claim { .. } => "claim",
        What::Credit(_) => "credit",
    };
    if moved != 0 {
        let (kind, id, amount) = (kind.to_owned(), id.clone(), Yuan(moved));
        answer.transactions.push(Transaction { on, kind, id, amount, balance });
    }
    match what {
        What::Bill { ready, settled, .. } => {
            for (part, settlement) in ready.into_iter().zip(&settled) {
                if !part.grounds.is_empty() {
                    let id = settlement.id.clone();
                    answer.grounds.push(Grounds { id, dims: part.grounds });
                }
            }
            answer.settlements.extend(settled);
        }
        What::Refund { done, .. } => {
            refunds.extend(done.map(|done| (key.0, Refunded { balance, ..*done })));
        }
        What::Claim { told, on, settled, .. } => {
            let paid = Yuan(settled.iter().map(|s| s.amounts.fund.0).sum());
            let (of, on) = (told.of.clone(), dims::date(on));
            answer.claims.push(Claimed { id, of, on, paid, settlements: settled });
        }
        What::Credit(_) => {}
    }
}
