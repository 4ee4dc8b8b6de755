//! Giving part of a payment back: channel by channel, each up to what the bill took from it.

use tongchou_core::pack::Pack;
use tongchou_core::rules::Channel;

use crate::amount::Yuan;
use crate::error::{Code, Refusal};
use crate::request::{CONTRACT, Cancel, Channels, EncounterFacts, Refund};
use crate::response::{Amounts, Refunded};

use super::{Engine, cancel};

/// A pack's refund rules.
pub(super) struct Rules {
    order: Vec<Channel>,
    requires: Vec<(String, String)>,
    password: bool,
    clause: String,
}

impl Rules {
    pub(super) fn of(pack: &Pack) -> Result<Self, Refusal> {
        let none = || Refusal::new(Code::RefundRules, "$.of", &pack.id, "");
        let rules = pack.rules.refund.as_ref().ok_or_else(none)?;
        let clause = pack.clauses.get(usize::from(rules.clause));
        Ok(Self {
            order: rules.order.clone(),
            requires: rules.requires.clone(),
            password: rules.password,
            clause: clause.map_or_else(String::new, |clause| clause.id.clone()),
        })
    }
}

/// Refuses a refund under other circumstances than those required.
pub(super) fn required(rules: &Rules, facts: &EncounterFacts) -> Result<(), Refusal> {
    for (dim, wanted) in &rules.requires {
        let usual = EncounterFacts::DIMS.iter().find(|(name, _)| name == dim);
        let usual = usual.and_then(|(_, values)| values.first()).copied();
        let value = facts.value(dim).or(usual).unwrap_or_default();
        if value != wanted {
            let expected = format!("{dim} = {wanted} ({})", rules.clause);
            let value = format!("{dim} = {value}");
            let refusal = Refusal::new(Code::RefundNeeds, format!("$.{dim}"), value, expected);
            return Err(refusal.by(&rules.clause));
        }
    }
    Ok(())
}

/// An amount given back of what the person paid.
pub(super) fn part(
    rules: &Rules,
    id: &str,
    of: &str,
    paid: &Amounts,
    before: Channels,
    amount: Yuan,
) -> Result<Refunded, Refusal> {
    if amount.0 == 0 {
        let refusal = Refusal::new(Code::RefundNothing, "$.amount", amount.to_string(), "");
        return Err(refusal.by(&rules.clause));
    }
    if paid.fund.0 != 0 || paid.hospital.0 != 0 {
        return Err(of_the_fund(rules, of));
    }
    let (mut left, mut back) = (amount.0, Channels::default());
    for channel in &rules.order {
        let (took, gave, slot) = match channel {
            Channel::Cash => (paid.cash, before.cash, &mut back.cash),
            Channel::Account => (paid.account, before.account, &mut back.account),
        };
        slot.0 = left.min((took.0 - gave.0).max(0));
        left -= slot.0;
    }
    if left > 0 {
        let (above, most) = (Yuan(left).to_string(), Yuan(amount.0 - left).to_string());
        let expected = format!("{most} ({})", rules.clause);
        let refusal = Refusal::new(Code::RefundAbove, "$.amount", above, expected);
        return Err(refusal.by(&rules.clause));
    }
    Ok(given(rules, (id, of), paid, before, back))
}

/// Refuses to give back a part of a bill in which the fund has one.
pub(super) fn of_the_fund(rules: &Rules, of: &str) -> Refusal {
    Refusal::new(Code::RefundWhole, "$.amount", of, "").by(&rules.clause)
}

/// A whole bill given back, less what was before.
pub(super) fn whole(
    rules: &Rules,
    id: &str,
    of: &str,
    paid: &Amounts,
    before: Channels,
) -> Refunded {
    let back = Channels {
        cash: Yuan(paid.cash.0 - before.cash.0),
        account: Yuan(paid.account.0 - before.account.0),
    };
    let given = given(rules, (id, of), paid, before, back);
    Refunded { fund: paid.fund, hospital: paid.hospital, ..given }
}

fn given(
    rules: &Rules,
    (id, of): (&str, &str),
    paid: &Amounts,
    before: Channels,
    back: Channels,
) -> Refunded {
    let own = (paid.account.0 - paid.mutual_aid.0 - before.account.0).max(0);
    Refunded {
        contract: CONTRACT,
        status: "refunded".into(),
        id: id.to_owned(),
        of: of.to_owned(),
        clause: rules.clause.clone(),
        fund: Yuan(0),
        hospital: Yuan(0),
        cash: back.cash,
        account: back.account,
        // The account's own part comes first.
        mutual_aid: Yuan((back.account.0 - own).max(0)),
        password_required: rules.password,
        refunded: Channels {
            cash: Yuan(before.cash.0 + back.cash.0),
            account: Yuan(before.account.0 + back.account.0),
        },
        balance: Yuan(0),
        state: None,
        rest: None,
    }
}

/// Gives back of a settlement at hand.
pub(super) fn refund(engine: &Engine, request: &Refund) -> Result<Refunded, Refusal> {
    let settlement = &request.refund;
    let unknown = || Refusal::new(Code::PackUnknown, "$.refund.pack", &settlement.pack.id, "");
    let pack = engine.pack(&settlement.pack.id).ok_or_else(unknown)?;
    let rules =
        Rules::of(pack).map_err(|refusal| Refusal { path: "$.refund".into(), ..refusal })?;
    cancel::unaltered(settlement).map_err(|refusal| Refusal {
        path: refusal.path.replace("$.cancel", "$.refund"),
        ..refusal
    })?;
    required(&rules, &request.facts)?;
    let before = request.refunded.unwrap_or_default();
    let (paid, id, of) = (&settlement.amounts, &request.id, &settlement.id);
    let above = |took: Yuan, gave: Yuan| (gave.0 - took.0).max(0);
    let too_much = above(paid.cash, before.cash) + above(paid.account, before.account);
    if too_much > 0 {
        let expected = format!("{} + {} ({})", paid.cash, paid.account, rules.clause);
        let value = Yuan(too_much).to_string();
        let refusal = Refusal::new(Code::RefundAbove, "$.refunded", value, expected);
        return Err(refusal.by(&rules.clause));
    }
    let (done, state) = match request.amount {
        Some(amount) => (part(&rules, id, of, paid, before, amount)?, None),
        None => {
            let taken = cancel::cancel(&Cancel {
                contract: CONTRACT,
                cancel: settlement.clone(),
                state: request.state.clone(),
            });
            let taken = taken.map_err(|refusal| Refusal {
                path: refusal.path.replace("$.cancel", "$.refund"),
                ..refusal
            })?;
            (whole(&rules, id, of, paid, before), Some(taken.state))
        }
    };
    let own = done.account.0 - done.mutual_aid.0;
    let balance = request.balance.unwrap_or(settlement.balance);
    Ok(Refunded { balance: Yuan(balance.0 + own), state, ..done })
}
