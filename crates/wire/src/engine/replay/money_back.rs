//! Refunds among a member's facts.

use tongchou_core::calendar::Day;
use tongchou_core::rules::LaterBills;

use crate::amount::Yuan;
use crate::error::{Code, Refusal};
use crate::request::{Channels, RefundFact};
use crate::response::{Refunded, Settlement};

use super::book::{BACK, Book, Gone, Item, What, begins, sum};
use super::within;
use crate::engine::{dims, refund};

impl<'m> Book<'_, 'm> {
    /// Part of a payment, or a whole bill, was given back.
    pub(super) fn refund(&mut self, fact: usize, told: &'m RefundFact) -> Result<(), Refusal> {
        let unknown = || Refusal::new(Code::RefundUnknown, "$.of", &told.of, "");
        let at = self.items.iter().position(|item| item.is_bill(&told.of)).ok_or_else(unknown)?;
        let on = dims::day(told.on);
        let Some(item) = self.items.get(at) else { return Err(unknown()) };
        let from = begins(item, told.on);
        if !from.is_empty() {
            return Err(Refusal::new(Code::RefundUnknown, "$.of", &told.of, from));
        }
        let (key, moved) = (item.key.clone(), item.moves());
        let settled = item.settled().to_vec();
        self.note(&told.id, crate::error::Code::KeyUsed, "$.id")?;
        if told.amount.is_some() {
            let key = (on, BACK, 0, told.id.clone());
            let what = What::Refund { told, done: None, stale: false };
            return self.insert(Item { key, fact, what, balance: Yuan(0) });
        }
        let before = self.refunded(&told.of, self.items.len(), false);
        let rules = self.refund_rules(&settled)?;
        refund::required(&rules, &told.facts)?;
        let done = refund::whole(&rules, &told.id, &told.of, &sum(&settled), before);
        let mut backs = self.backs(&told.of);
        self.take_back(&told.of, "$.of")?;
        if let Some(rest) = &told.rest {
            self.enter(fact, rest).map_err(|refusal| within(refusal, "$.rest"))?;
        }
        let balance = self.items.last().map_or_else(|| self.balance_before(0), |i| i.balance);
        let rest = told.rest.as_ref().map(|rest| rest.encounter.id.clone());
        backs.push((on, Refunded { balance, rest, ..done }));
        self.gone.push(Gone { key, moved, backs });
        Ok(())
    }

    /// The refunds of parts of a bill, each with its day.
    fn backs(&self, of: &str) -> Vec<(Day, Refunded)> {
        let back = |item: &Item<'m>| match &item.what {
            What::Refund { told, done: Some(done), .. } if told.of == of => {
                Some((item.key.0, Refunded { balance: item.balance, ..(**done).clone() }))
            }
            _ => None,
        };
        self.items.iter().filter_map(back).collect()
    }

    /// What was given back of a bill by the items before a place; where bills stay as they were
    /// settled, by all others.
    fn refunded(&self, of: &str, at: usize, kept: bool) -> Channels {
        let items = self.items.iter().enumerate();
        let before = items.filter(|(other, _)| *other < at || kept && *other != at);
        let done = before.filter_map(|(_, item)| match &item.what {
            What::Refund { told, done: Some(done), .. } if told.of == of => Some(done),
            _ => None,
        });
        done.fold(Channels::default(), |sum, done| Channels {
            cash: Yuan(sum.cash.0 + done.cash.0),
            account: Yuan(sum.account.0 + done.account.0),
        })
    }

    fn refund_rules(&self, settled: &[Settlement]) -> Result<refund::Rules, Refusal> {
        let pack = settled.first().map_or("", |s| s.pack.id.as_str());
        let unknown = || Refusal::new(Code::PackUnknown, "$.of", pack, "");
        refund::Rules::of(self.pack(pack).ok_or_else(unknown)?)
    }

    /// Gives back the amount of the refund at a place.
    pub(super) fn money_back(&self, at: usize, told: &RefundFact) -> Result<Refunded, Refusal> {
        let bill = self.items.get(..at).unwrap_or_default().iter().find(|i| i.is_bill(&told.of));
        let unknown = || Refusal::new(Code::RefundUnknown, "$.of", &told.of, "");
        let settled = bill.ok_or_else(unknown)?.settled();
        let rules = self.refund_rules(settled)?;
        refund::required(&rules, &told.facts)?;
        let keeps = |s: &Settlement| self.mode(&s.pack.id) == LaterBills::Keep;
        let before = self.refunded(&told.of, at, settled.iter().any(keeps));
        let amount = told.amount.unwrap_or_default();
        if self.is_claimed(&told.of, at) {
            return Err(refund::of_the_fund(&rules, &told.of));
        }
        refund::part(&rules, &told.id, &told.of, &sum(settled), before, amount)
    }
}
