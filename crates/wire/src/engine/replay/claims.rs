//! Claims among a member's facts.

use tongchou_core::rules::ClaimOrder;

use crate::amount::Yuan;
use crate::error::{Code, Refusal};
use crate::request::ClaimFact;

use super::book::{BACK, Book, Item, Key, What};
use super::prepare::Ready;
use crate::engine::dims;

impl<'m> Book<'_, 'm> {
    /// The fund's part of a blocked bill was claimed. Whether it is open is asked in the end, when
    /// everything is known.
    pub(super) fn claim(&mut self, fact: usize, told: &'m ClaimFact) -> Result<(), Refusal> {
        let nothing = || Refusal::new(Code::ClaimNothing, "$.of", &told.of, "");
        let at = self.items.iter().position(|item| item.is_bill(&told.of)).ok_or_else(nothing)?;
        let of = |item: &Item<'_>| match &item.what {
            What::Claim { told, .. } => Some(told.of.clone()),
            _ => None,
        };
        let twice = |item: &Item<'_>| of(item).as_ref() == Some(&told.of);
        if self.items.iter().any(twice) {
            return Err(Refusal::new(Code::ClaimTwice, "$.of", &told.of, ""));
        }
        self.note(&told.id, Code::KeyUsed, "$.id")?;
        let on = dims::day(told.on);
        let Some(item) = self.items.get(at) else { return Err(nothing()) };
        let day = match self.claim_order(item.id()) {
            ClaimOrder::Claimed => on,
            ClaimOrder::Service => item.key.0,
        };
        let key = (day, BACK, 0, told.id.clone());
        let what = What::Claim { told, on, settled: Vec::new() };
        self.insert(Item { key, fact, what, balance: Yuan(0) })
    }

    /// A claim that is settled as of its bill moves with it.
    pub(super) fn claim_follows(&mut self, bill: &Key) {
        let (day, _, _, id) = bill;
        if self.claim_order(id) == ClaimOrder::Claimed {
            return;
        }
        let of_bill = |item: &&mut Item<'m>| match &item.what {
            What::Claim { told, .. } => told.of == *id,
            What::Bill { .. } | What::Refund { .. } | What::Credit(_) => false,
        };
        if let Some(claim) = self.items.iter_mut().find(of_bill) {
            claim.key.0 = *day;
        }
    }

    /// As of which day a bill is claimed.
    pub(super) fn claim_order(&self, bill: &str) -> ClaimOrder {
        let item = self.items.iter().find(|item| item.is_bill(bill));
        let pack = item.and_then(|item| item.settled().first()).map(|s| s.pack.id.as_str());
        let rules = pack.and_then(|pack| self.rules_of(pack));
        rules.map(|rules| rules.claim_order).unwrap_or_default()
    }

    /// The parts of a bill that are open to a claim, under the claim's key.
    pub(super) fn claimed(&self, told: &ClaimFact) -> Vec<Ready> {
        // Before the bill nothing is open.
        let on = dims::day(told.on);
        let bill = self.items.iter().find(|item| item.is_bill(&told.of) && item.key.0 <= on);
        let Some(What::Bill { ready, settled, .. }) = bill.map(|item| &item.what) else {
            return Vec::new();
        };
        let open = ready.iter().zip(settled).filter(|(_, s)| s.claim.is_some());
        let mut parts: Vec<Ready> = open.map(|(part, _)| part.clone()).collect();
        let many = parts.len() > 1;
        for (number, part) in (1..).zip(&mut parts) {
            let id = if many { format!("{}/{number}", told.id) } else { told.id.clone() };
            part.request.encounter.id = id;
        }
        parts
    }
}
