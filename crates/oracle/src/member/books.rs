//! What stands, settled one after another.

use std::collections::BTreeMap;

use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::request::{Account, ClaimFact, Count, Credit, Joins, RefundFact, Request};
use tongchou_wire::response::{Amounts, Transaction};

use crate::counters::Counters;
use crate::day::{benefit_year, number};
use crate::given::{self, Given};
use crate::pack::Pack;
use crate::refusal::Refusal;
use crate::settle::{Start, Verdict, settle_from};
use crate::stay;

use super::bill::{Part, Resolved};
use super::{Back, Gone, Packs, Refused, Replayed, Settled};

/// Order of service: day; credits, bills, refunds and claims; time of a bill; id.
pub type Key = (Date, u8, u16, String);

/// What moves the account: day, kind, id and amount.
type Move = (Date, &'static str, String, i64);

/// Something that is settled or booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'m> {
    /// Where it stands.
    pub key: Key,
    /// The place of its fact.
    pub fact: usize,
    /// What it is.
    pub act: Act<'m>,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act<'m> {
    /// Money into the account.
    Credit(&'m Credit),
    /// A bill.
    Bill(Box<Resolved>),
    /// A part of a bill is given back.
    Refund(&'m RefundFact),
    /// A bill is claimed.
    Claim(&'m ClaimFact, Box<Resolved>),
}

/// What an item came to.
#[derive(Clone, Debug)]
enum Done {
    Credit,
    Bill(Vec<Settled>),
    Refund(Back),
    Claim(Vec<Settled>),
}

/// One item that is settled.
#[derive(Clone, Debug)]
pub struct Step<'m> {
    /// The item.
    pub item: Item<'m>,
    done: Done,
    /// Into the account and the mutual aid, or out of them.
    moved: Purse,
    /// All states and the balance after it.
    after: Accounts,
}

/// States and balance.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    states: BTreeMap<(String, i16), (u32, Counters)>,
    purse: Purse,
}

/// Money of the person.
#[derive(Clone, Copy, Debug, Default)]
pub struct Purse {
    /// The running account.
    pub balance: i64,
    /// The mutual aid of the message.
    pub aid: i64,
    /// Whether nobody gave a balance: then no bill draws on an account.
    pub none: bool,
}

impl Purse {
    fn and(self, moved: Self) -> Self {
        let (balance, aid) = (self.balance + moved.balance, self.aid + moved.aid);
        Self { balance, aid, ..self }
    }
}

/// All steps.
#[derive(Clone, Debug, Default)]
pub struct Books<'m> {
    /// What the account and the mutual aid open with.
    pub opening: Purse,
    /// The steps, in the order of settling.
    pub steps: Vec<Step<'m>>,
    /// Set where bills are taken back from the accounts as they are.
    kept: Option<Accounts>,
}

impl<'m> Books<'m> {
    /// Books in which nothing is written yet.
    pub fn new(opening: Purse) -> Self {
        Self { opening, ..Self::default() }
    }

    /// The accounts as they are.
    fn last(&self) -> Accounts {
        let opening = || Accounts { purse: self.opening, ..Accounts::default() };
        let after = self.steps.last().map(|step| step.after.clone());
        self.kept.clone().or(after).unwrap_or_else(opening)
    }

    /// Settles these items, sorted, in the place of all before them.
    pub fn settle_all(&mut self, packs: &dyn Packs, items: Vec<Item<'m>>) -> Result<(), Refused> {
        let same = self.steps.iter().zip(&items).take_while(|(step, item)| step.item == **item);
        let same = same.count();
        self.steps.truncate(same);
        for item in items.into_iter().skip(same) {
            self.settle_one(packs, item)?;
        }
        Ok(())
    }

    /// Settles an item behind all others.
    pub fn settle_one(&mut self, packs: &dyn Packs, item: Item<'m>) -> Result<(), Refused> {
        let mut after = self.last();
        let fact = item.fact;
        let done = match &item.act {
            Act::Credit(credit) => {
                (Done::Credit, Purse { balance: credit.amount.0, ..Purse::default() })
            }
            Act::Bill(bill) => bill_step(packs, bill, &mut after).map_err(Refused::at(fact))?,
            Act::Refund(refund) => {
                self.refund_step(packs, refund, item.key.0).map_err(Refused::at(fact))?
            }
            Act::Claim(claim, bill) => {
                self.claim_step(packs, claim, bill, &mut after).map_err(Refused::at(fact))?
            }
        };
        let (done, moved) = done;
        after.purse = after.purse.and(moved);
        if self.kept.is_some() {
            self.kept = Some(after.clone());
        }
        self.steps.push(Step { item, done, moved, after });
        Ok(())
    }

    fn bill(&self, id: &str) -> &[Settled] {
        let parts = self.steps.iter().find_map(|step| match &step.done {
            Done::Bill(parts) if parts.iter().any(|it| it.of == id) => Some(parts.as_slice()),
            _ => None,
        });
        parts.unwrap_or(&[])
    }

    /// What was given back of a bill so far.
    pub fn given(&self, of: &str) -> Given {
        let given = self.steps.iter().map(|step| match &step.done {
            Done::Refund(back) if back.of == of => {
                Given { cash: back.cash.0, account: back.account.0, mutual_aid: back.mutual_aid.0 }
            }
            _ => Given::default(),
        });
        given.fold(Given::default(), Given::and)
    }

    /// The refunds of parts of a bill so far.
    pub fn backs(&self, of: &str) -> Vec<Back> {
        let back = |step: &Step<'_>| match &step.done {
            Done::Refund(back) if back.of == of => Some(back.clone()),
            _ => None,
        };
        let mut backs: Vec<Back> = self.steps.iter().filter_map(back).collect();
        backs.sort_by(|one, other| (one.on, &one.id).cmp(&(other.on, &other.id)));
        backs
    }

    /// The bills that stand.
    pub fn bills(&self) -> impl Iterator<Item = &Resolved> {
        self.steps.iter().filter_map(|step| match &step.item.act {
            Act::Bill(bill) => Some(&**bill),
            _ => None,
        })
    }

    /// Where a bill stands.
    pub fn key_of(&self, id: &str) -> Option<Key> {
        let is_bill = |step: &&Step<'_>| match &step.item.act {
            Act::Bill(bill) => bill.request.encounter.id == id,
            _ => false,
        };
        self.steps.iter().find(is_bill).map(|step| step.item.key.clone())
    }

    fn refund_step(
        &self,
        packs: &dyn Packs,
        refund: &RefundFact,
        on: Date,
    ) -> Result<(Done, Purse), Refusal> {
        let unknown = || Refusal::BillUnknown(refund.of.clone());
        let parts = self.bill(&refund.of);
        let bill = parts.first().ok_or_else(unknown)?;
        if self.key_of(&refund.of).is_some_and(|key| on < key.0) {
            return Err(unknown());
        }
        let took = sum(parts);
        let pack = packs.pack(&bill.pack).ok_or(Refusal::PackName)?;
        given::may(pack, refund)?;
        let amount = refund.amount.unwrap_or_default().0;
        let before = self.given(&refund.of);
        let given = given::part(pack, &refund.id, amount, &took, before)?;
        let back = Back {
            id: refund.id.clone(),
            of: refund.of.clone(),
            on,
            fund: Yuan(0),
            hospital: Yuan(0),
            cash: Yuan(given.cash),
            account: Yuan(given.account),
            mutual_aid: Yuan(given.mutual_aid),
        };
        let aid = if self.draws_on_message(&refund.of) { given.mutual_aid } else { 0 };
        let balance = given.account - given.mutual_aid;
        Ok((Done::Refund(back), Purse { balance, aid, none: false }))
    }

    fn claim_step(
        &self,
        packs: &dyn Packs,
        claim: &ClaimFact,
        bill: &Resolved,
        after: &mut Accounts,
    ) -> Result<(Done, Purse), Refusal> {
        // Before the bill nothing is open.
        let is_late = self.key_of(&claim.of).is_some_and(|key| key.0 <= claim.on);
        let settled = if is_late { self.bill(&claim.of) } else { &[] };
        let pack = packs.pack(&bill.pack).ok_or(Refusal::PackName)?;
        let mut claimed = Vec::new();
        for (part, before) in bill.parts.iter().zip(settled) {
            if before.verdict.claim.is_none() {
                continue;
            }
            claimed.push(Settled {
                id: claim.id.clone(),
                of: claim.of.clone(),
                pack: pack.id.clone(),
                derived: Vec::new(),
                verdict: one(pack, part, after, None, true)?,
            });
        }
        Ok((Done::Claim(claimed), Purse::default()))
    }

    /// Whether a bill draws on the mutual aid of the message.
    fn draws_on_message(&self, id: &str) -> bool {
        self.steps.iter().any(|step| match &step.item.act {
            Act::Bill(bill) => bill.request.encounter.id == id && bill.own_aid.is_none(),
            _ => false,
        })
    }

    /// The place of the first claim, in order of service, under which nothing was open.
    pub fn claims_nothing(&self) -> Option<(usize, &str)> {
        let of_nothing = self.steps.iter().filter_map(|step| match (&step.item.act, &step.done) {
            (Act::Claim(claim, _), Done::Claim(claimed)) if claimed.is_empty() => {
                Some((&step.item.key, step.item.fact, claim.of.as_str()))
            }
            _ => None,
        });
        of_nothing.min_by_key(|(key, ..)| *key).map(|(_, fact, of)| (fact, of))
    }

    /// Takes a bill and its claim out of the accounts as they are; what they posted is subtracted,
    /// and refused if bills behind have used that up.
    pub fn take_back(&mut self, id: &str) -> Result<(), Refusal> {
        let mut accounts = self.last();
        let is_bill = |step: &Step<'_>| step.done.parts().iter().any(|part| part.of == id);
        let Some(at) = self.steps.iter().position(is_bill) else { return Ok(()) };
        let step = self.steps.remove(at);
        // What was given back of it goes the same way.
        let mut moved = step.moved;
        let is_back = |step: &Step<'_>| matches!(&step.done, Done::Refund(it) if it.of == id);
        for back in self.steps.extract_if(.., |step| is_back(step)) {
            moved = moved.and(back.moved);
        }
        let is_claim = |step: &Step<'_>| matches!(&step.item.act, Act::Claim(it, _) if it.of == id);
        let claimed = self.steps.extract_if(.., |step| is_claim(step));
        let claimed: Vec<Settled> = claimed.flat_map(|step| step.done.of_claim()).collect();
        for settled in step.done.parts().iter().chain(&claimed) {
            let state = (settled.pack.clone(), settled.verdict.year);
            let (_, counters) = accounts.states.entry(state).or_default();
            for posting in &settled.verdict.postings {
                let (Count::Money(Yuan(by)) | Count::Number(by)) = posting.delta;
                *counters.entry(posting.counter.clone()).or_insert(0) -= by;
            }
        }
        for (_, counters) in accounts.states.values_mut() {
            if counters.values().any(|held| *held < 0) {
                return Err(Refusal::TooLate);
            }
            counters.retain(|_, held| *held != 0);
        }
        accounts.purse.balance -= moved.balance;
        accounts.purse.aid -= moved.aid;
        self.kept = Some(accounts);
        Ok(())
    }

    /// Ids and amounts of the bills, in order of service.
    pub fn amounts(&self) -> Vec<(String, Amounts)> {
        let mut bills: Vec<_> = self.steps.iter().collect();
        bills.sort_by(|one, other| one.item.key.cmp(&other.item.key));
        let parts = bills.iter().map(|step| step.done.parts());
        parts.filter_map(|it| Some((it.first()?.of.clone(), sum(it)))).collect()
    }

    /// The pack of a bill, and all that it is settled for now.
    pub fn settled(&self, id: &str) -> Option<(String, Amounts)> {
        let parts = self.bill(id);
        parts.first().map(|first| (first.pack.clone(), sum(parts)))
    }

    /// Everything in order of service; bills that were given back whole move the account where
    /// they stood.
    pub(super) fn answer(self, gone: &[Gone]) -> Replayed {
        let Accounts { states, purse } = self.last();
        let balance = Yuan(purse.balance);
        let mut out = Replayed { states, balance, ..Replayed::default() };
        let mut steps = self.steps;
        steps.sort_by(|one, other| one.item.key.cmp(&other.item.key));
        let mut moves: Vec<(Key, Move)> = Vec::new();
        for gone in gone {
            let (day, _, _, id) = &gone.key;
            moves.push((gone.key.clone(), (*day, "bill", id.clone(), -gone.took.0)));
            for back in &gone.backs {
                let own = back.account.0 - back.mutual_aid.0;
                moves.push((gone.key.clone(), (back.on, "refund", back.id.clone(), own)));
            }
        }
        for step in steps {
            let (day, _, _, id) = step.item.key.clone();
            let kind = match step.done {
                Done::Credit => "credit",
                Done::Bill(settled) => {
                    out.settlements.extend(settled);
                    "bill"
                }
                Done::Refund(back) => {
                    out.refunds.push(back);
                    "refund"
                }
                Done::Claim(settled) => {
                    out.claims.extend(settled);
                    continue;
                }
            };
            moves.push((step.item.key, (day, kind, id, step.moved.balance)));
        }
        moves.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut balance = self.opening.balance;
        for (_, (on, kind, id, moved)) in moves {
            if moved != 0 {
                balance += moved;
                let (amount, balance) = (Yuan(moved), Yuan(balance));
                out.transactions.push(Transaction {
                    on,
                    kind: kind.to_owned(),
                    id,
                    amount,
                    balance,
                });
            }
        }
        out
    }
}

fn bill_step(
    packs: &dyn Packs,
    bill: &Resolved,
    after: &mut Accounts,
) -> Result<(Done, Purse), Refusal> {
    let pack = packs.pack(&bill.pack).ok_or(Refusal::PackName)?;
    let opening = after.purse;
    let mut aid = bill.own_aid.unwrap_or(opening.aid);
    let mut parts = Vec::new();
    for part in &bill.parts {
        let verdict = one(pack, part, after, Some(aid), false)?;
        let Amounts { account, mutual_aid, .. } = verdict.amounts;
        after.purse.balance += mutual_aid.0 - account.0;
        aid -= mutual_aid.0;
        parts.push(Settled {
            id: part.request.encounter.id.clone(),
            of: bill.request.encounter.id.clone(),
            pack: pack.id.clone(),
            derived: part.derived.clone(),
            verdict,
        });
    }
    let balance = after.purse.balance - opening.balance;
    let used = if bill.own_aid.is_none() { aid - opening.aid } else { 0 };
    let moved = Purse { balance, aid: used, none: false };
    after.purse = opening;
    Ok((Done::Bill(parts), moved))
}

/// The amounts of all parts together.
fn sum(parts: &[Settled]) -> Amounts {
    let mut all = Amounts::default();
    for one in parts.iter().map(|part| part.verdict.amounts) {
        all.total.0 += one.total.0;
        all.full_self.0 += one.full_self.0;
        all.over_limit.0 += one.over_limit.0;
        all.prepay.0 += one.prepay.0;
        all.in_scope.0 += one.in_scope.0;
        all.fixed.0 += one.fixed.0;
        all.fixed_self.0 += one.fixed_self.0;
        all.deductible.0 += one.deductible.0;
        all.fund.0 += one.fund.0;
        all.hospital.0 += one.hospital.0;
        all.account.0 += one.account.0;
        all.mutual_aid.0 += one.mutual_aid.0;
        all.cash.0 += one.cash.0;
        all.person.0 += one.person.0;
    }
    all
}

impl Done {
    /// The settlements of a bill; none of anything else.
    fn parts(&self) -> &[Settled] {
        if let Self::Bill(parts) = self { parts } else { &[] }
    }

    /// The settlements of a claim; none of anything else.
    fn of_claim(self) -> Vec<Settled> {
        if let Self::Claim(parts) = self { parts } else { Vec::new() }
    }
}

/// Settles a bill, or the claim of it, from the accounts, and writes its state into them.
fn one(
    pack: &Pack,
    bill: &Part,
    after: &mut Accounts,
    aid: Option<i64>,
    claim: bool,
) -> Result<Verdict, Refusal> {
    let mut request = bill.request.clone();
    let mutual_aid = aid.map(Yuan);
    if after.purse.none {
        request.encounter.use_account = Some(false);
    }
    request.member.account = Some(Account { balance: Yuan(after.purse.balance), mutual_aid });
    let year = benefit_year(pack, bill.day);
    let state = (pack.id.clone(), year);
    let mut earlier = after.states.iter().filter(|((id, of), _)| *id == pack.id && *of < year);
    let earlier = earlier.next_back().map(|(_, state)| state);
    let fresh = || (0, handed_on(pack, earlier));
    let (seq, counters) = after.states.get(&state).cloned().unwrap_or_else(fresh);
    opens_anew(pack, &mut request, earlier, &counters);
    let start = Start { counters: &counters, seq, claim };
    let verdict = settle_from(pack, &request, Some(start))?;
    after.states.insert(state, (verdict.seq, verdict.counters.clone()));
    Ok(verdict)
}

/// A bill that joins a stay of the year before by transfer, where none is handed on, opens it.
fn opens_anew(
    pack: &Pack,
    request: &mut Request,
    before: Option<&(u32, Counters)>,
    held: &Counters,
) {
    let Some(stay) = &mut request.encounter.stay else { return };
    let there = |held: &Counters| stay::of_stay(held, &stay.id, "ordinal") != 0;
    let was_there = before.is_some_and(|(_, before)| there(before) && !there(held));
    let restarts = pack.rules.cross_year == "restart_all";
    if was_there && restarts && stay.joins == Some(Joins::Transfer) {
        stay.joins = None;
    }
}

/// The records of stays that are open at the end of a year, or kept for a readmission, as the next
/// year takes them over.
pub fn handed_on(pack: &Pack, before: Option<&(u32, Counters)>) -> Counters {
    let mut next = Counters::new();
    let Some((_, counters)) = before else { return next };
    if pack.rules.cross_year == "restart_all" {
        return next;
    }
    let restart = pack.rules.cross_year == "restart_bands";
    for id in stay::ids(counters) {
        let prefix = stay::name(id, "");
        let record = counters.iter().filter(|(name, _)| name.starts_with(&prefix));
        let kept = record.filter(|(name, _)| !(restart && name.ends_with(".position")));
        next.extend(kept.map(|(name, held)| (name.clone(), *held)));
    }
    next
}

/// The order of service of a bill; one that is cut stands on the day of its first segment.
pub fn key_of(bill: &Resolved) -> Key {
    let day = bill.parts.first().map_or(bill.day, |part| part.day);
    (day, 1, bill.time, bill.request.encounter.id.clone())
}

/// The first and last day of a stay, as numbers.
pub fn span(bill: &Resolved) -> (i64, i64) {
    let encounter = &bill.request.encounter;
    let last = encounter.discharged.unwrap_or(encounter.admitted);
    (number(encounter.admitted), number(last))
}
