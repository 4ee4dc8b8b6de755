//! Refunds of a part: channels in the pack's order, each up to what the bill took from it.

use tongchou_wire::request::{EncounterFacts, RefundFact};
use tongchou_wire::response::Amounts;

use crate::pack::Pack;
use crate::refusal::Refusal;

/// What one refund gives back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// In cash.
    pub cash: i64,
    /// To the account, mutual aid included.
    pub account: i64,
    /// Of which mutual aid.
    pub mutual_aid: i64,
}

impl Given {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            cash: self.cash + other.cash,
            account: self.account + other.account,
            mutual_aid: self.mutual_aid + other.mutual_aid,
        }
    }
}

/// Refuses a refund that is not as the pack asks.
pub fn may(pack: &Pack, refund: &RefundFact) -> Result<(), Refusal> {
    let why = || Refusal::RefundNotAllowed(refund.id.clone());
    let rules = pack.rules.refund.as_ref().ok_or_else(why)?;
    let holds = |(dim, value): &(String, String)| {
        refund.facts.value(dim).or_else(|| usual(dim)) == Some(value.as_str())
    };
    if rules.requires.iter().all(holds) { Ok(()) } else { Err(why()) }
}

/// The value that a dimension has where nothing is said.
fn usual(dim: &str) -> Option<&'static str> {
    let of_dim = EncounterFacts::DIMS.iter().find(|(name, _)| *name == dim);
    of_dim.and_then(|(_, usual)| usual.first()).copied()
}

/// The parts of an amount that each channel gives back.
pub fn part(
    pack: &Pack,
    id: &str,
    amount: i64,
    bill: &Amounts,
    before: Given,
) -> Result<Given, Refusal> {
    if bill.fund.0 != 0 || bill.hospital.0 != 0 {
        return Err(Refusal::RefundWhole(id.to_owned()));
    }
    let rules = pack.rules.refund.as_ref();
    let mut left = amount;
    let mut given = Given::default();
    for channel in rules.into_iter().flat_map(|rules| &rules.order) {
        if channel == "cash" {
            given.cash = left.min((bill.cash.0 - before.cash).max(0));
            left -= given.cash;
        } else {
            // The account's own part comes back before mutual aid, and came back before.
            let room = (bill.account.0 - before.account).max(0);
            let own = (bill.account.0 - bill.mutual_aid.0 - before.account).max(0);
            given.account = left.min(room);
            given.mutual_aid = (given.account - own).max(0);
            left -= given.account;
        }
    }
    if left == 0 { Ok(given) } else { Err(Refusal::RefundTooMuch(id.to_owned())) }
}
