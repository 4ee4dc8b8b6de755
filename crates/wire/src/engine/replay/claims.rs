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
        if !self.items.iter().any(|item| item.is_bill(&told.of)) {
            return Err(nothing());
        }
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
        let key = self.claim_key(told).ok_or_else(nothing)?;
        let what = What::Claim { told, on, settled: Vec::new(), open: false };
        self.insert(Item { key, fact, what, balance: Yuan(0) })
    }

    /// Where a claim stands: on its own day or, if its pack says so, at the place of its bill.
    fn claim_key(&self, told: &ClaimFact) -> Option<Key> {
        let bill = self.items.iter().find(|item| item.is_bill(&told.of))?;
        let What::Bill { ready, .. } = &bill.what else { return None };
        let rules = ready.first().and_then(|part| self.rules_of(&part.pack));
        let order = rules.map(|rules| rules.claim_order).unwrap_or_default();
        Some(match order {
            ClaimOrder::Claimed => (dims::day(told.on), BACK, 0, told.id.clone()),
            ClaimOrder::Service => (bill.key.0, BACK, bill.key.2, told.id.clone()),
        })
    }

    /// Moves claims to where they stand now that bills have moved or come under other packs;
    /// whether any did.
    pub(super) fn claims_follow(&mut self) -> bool {
        let place = |(index, item): (usize, &Item<'m>)| match &item.what {
            What::Claim { told, .. } => {
                self.claim_key(told).filter(|key| *key != item.key).map(|key| (index, key))
            }
            What::Bill { .. } | What::Refund { .. } | What::Credit(_) => None,
        };
        let moved: Vec<(usize, Key)> = self.items.iter().enumerate().filter_map(place).collect();
        let any = !moved.is_empty();
        for (index, key) in moved {
            if let Some(item) = self.items.get_mut(index) {
                item.key = key;
            }
        }
        any
    }

    /// Whether a bill is claimed before a place.
    pub(super) fn is_claimed(&self, of: &str, at: usize) -> bool {
        let claims =
            |item: &Item<'_>| matches!(&item.what, What::Claim { told, .. } if told.of == of);
        self.items.get(..at).unwrap_or_default().iter().any(claims)
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
