//! What stands, settled one after another.

use std::collections::{BTreeMap, BTreeSet};

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
use super::{Back, Claimed, Gone, Packs, Refused, Replayed, Settled};

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
    /// A part of a bill is given back; whether the bill is claimed.
    Refund(&'m RefundFact, bool),
    /// A bill is claimed.
    Claim(&'m ClaimFact, Box<Resolved>),
}

/// What an item came to.
#[derive(Clone, Debug)]
enum Done {
    Credit,
    Bill(Vec<Settled>),
    /// And whether it could be given again.
    Refund(Back, bool),
    Claim(Vec<Settled>),
}

/// A bill, refund or claim that stands, and what it came to.
#[derive(Clone, Debug)]
pub struct Stood {
    /// Which of the three.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What it came to.
    pub amounts: Amounts,
    /// Pack, parts and the amounts of each, of a bill.
    pub bill: Option<(Resolved, Vec<Amounts>)>,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// What each refund that was accepted gave back, and what that moved.
    given: BTreeMap<String, (Back, Purse)>,
    /// The claims that were open once.
    open: BTreeSet<String>,
}

impl<'m> Books<'m> {
    /// Opens the account; another balance settles everything anew.
    pub fn open_with(&mut self, opening: Purse) {
        if self.opening != opening {
            self.opening = opening;
            self.steps.clear();
        }
    }

    /// Whether bills were taken back from the accounts as they are.
    pub fn has_taken_back(&self) -> bool {
        self.kept.is_some()
    }

    /// Takes note of what is given and open after a fact.
    pub fn accept(&mut self) {
        for step in &self.steps {
            match &step.done {
                Done::Refund(back, _) => {
                    self.given.insert(back.id.clone(), (back.clone(), step.moved));
                }
                Done::Claim(parts) if !parts.is_empty() => {
                    self.open.insert(step.item.key.3.clone());
                }
                _ => {}
            }
        }
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
            Act::Refund(refund, claimed) => {
                let given = self.refund_step(packs, refund, *claimed);
                let before = || self.given.get(&refund.id).cloned();
                let stays =
                    |why| before().map(|(back, by)| (Done::Refund(back, false), by)).ok_or(why);
                given.or_else(stays).map_err(Refused::at(fact))?
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
    pub fn given_of(&self, of: &str) -> Given {
        let given = self.steps.iter().map(|step| match &step.done {
            Done::Refund(back, _) if back.of == of => {
                Given { cash: back.cash.0, account: back.account.0, mutual_aid: back.mutual_aid.0 }
            }
            _ => Given::default(),
        });
        given.fold(Given::default(), Given::and)
    }

    /// The refunds of parts of a bill so far.
    pub fn backs(&self, of: &str) -> Vec<Back> {
        let back = |step: &Step<'_>| match &step.done {
            Done::Refund(back, _) if back.of == of => Some(back.clone()),
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
        claimed: bool,
    ) -> Result<(Done, Purse), Refusal> {
        let unknown = || Refusal::BillUnknown(refund.of.clone());
        let on = refund.on;
        let (pack, took) = self.settled(&refund.of).ok_or_else(unknown)?;
        if self.key_of(&refund.of).is_some_and(|key| on < key.0) {
            return Err(unknown());
        }
        let pack = packs.pack(&pack).ok_or(Refusal::PackName)?;
        given::may(pack, refund)?;
        if claimed {
            return Err(Refusal::RefundWhole(refund.id.clone()));
        }
        let amount = refund.amount.unwrap_or_default().0;
        let before = self.given_of(&refund.of);
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
        Ok((Done::Refund(back, true), Purse { balance, aid, none: false }))
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
        let begun = bill.parts.first().map(|part| begin(packs, part, after, true)).transpose()?;
        let begun = begun.unwrap_or_default();
        let both = bill.parts.iter().zip(settled);
        let open = both.filter(|(_, before)| before.verdict.claim.is_some());
        let mut open: Vec<Part> = open.map(|(part, _)| part.clone()).collect();
        if let Some(first) = open.first_mut() {
            // Parts of a claim hand a record over to one another only.
            first.joint.from = None;
        }
        let of_claim: Vec<&Part> = open.iter().collect();
        let (verdicts, _) = chain(packs, &of_claim, after, None, (true, &begun))?;
        let settled = |(part, verdict): (&Part, Verdict)| Settled {
            id: claim.id.clone(),
            of: claim.of.clone(),
            pack: part.pack.clone(),
            derived: Vec::new(),
            verdict,
        };
        let claimed = open.iter().zip(verdicts).map(settled).collect();
        Ok((Done::Claim(claimed), Purse::default()))
    }

    /// Whether a bill draws on the mutual aid of the message.
    fn draws_on_message(&self, id: &str) -> bool {
        self.steps.iter().any(|step| match &step.item.act {
            Act::Bill(bill) => bill.request.encounter.id == id && bill.own.is_none(),
            _ => false,
        })
    }

    /// The place of the first claim, in order of service, under which nothing was ever open.
    pub fn claims_nothing(&self) -> Option<(usize, &str)> {
        let of_nothing = self.steps.iter().filter_map(|step| match (&step.item.act, &step.done) {
            (Act::Claim(claim, _), Done::Claim(claimed))
                if claimed.is_empty() && !self.open.contains(&claim.id) =>
            {
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
        let is_back = |step: &Step<'_>| matches!(&step.done, Done::Refund(it, _) if it.of == id);
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

    /// The bills, refunds and claims that stand, in order of service.
    pub fn stand(&self) -> Vec<Stood> {
        let mut steps: Vec<_> = self.steps.iter().collect();
        steps.sort_by(|one, other| one.item.key.cmp(&other.item.key));
        let stood = |step: &Step<'_>| {
            let id = step.item.key.3.clone();
            let (kind, amounts) = match &step.done {
                Done::Credit => return None,
                Done::Bill(parts) => ("bill", sum(parts)),
                Done::Claim(parts) => ("claim", sum(parts)),
                Done::Refund(back, _) => ("refund", back.amounts()),
            };
            let bill = match &step.item.act {
                Act::Bill(bill) => Some(Resolved::clone(bill)),
                _ => None,
            };
            let each = step.done.parts().iter().map(|part| part.verdict.amounts).collect();
            Some(Stood { kind, id, amounts, bill: bill.map(|bill| (bill, each)) })
        };
        steps.into_iter().filter_map(stood).collect()
    }

    /// The bill that a refund or claim is of.
    pub fn bill_behind(&self, id: &str) -> Option<&str> {
        self.steps.iter().find_map(|step| match &step.item.act {
            Act::Refund(refund, _) if refund.id == id => Some(refund.of.as_str()),
            Act::Claim(claim, _) if claim.id == id => Some(claim.of.as_str()),
            _ => None,
        })
    }

    /// The ids of refunds that could not be given any more, and of claims of nothing.
    pub fn stale(&self) -> Vec<String> {
        let claimed = |of: &str, place: &Key| {
            let mut items = self.steps.iter().map(|step| &step.item);
            let of = |item: &Item<'_>| matches!(item.act, Act::Claim(claim, _) if claim.of == of);
            items.any(|item| item.key < *place && of(item))
        };
        let stale = |step: &Step<'_>| match &step.done {
            Done::Refund(back, given) => {
                let place = &step.item.key;
                !given || self.bill(&back.of).is_empty() || claimed(&back.of, place)
            }
            Done::Claim(parts) => parts.is_empty(),
            Done::Credit | Done::Bill(_) => false,
        };
        let steps = self.steps.iter().filter(|step| stale(step));
        steps.map(|step| step.item.key.3.clone()).collect()
    }

    /// The pack of a bill, and all that it is settled for now.
    pub fn settled(&self, id: &str) -> Option<(String, Amounts)> {
        let parts = self.bill(id);
        let bill = self.bills().find(|bill| bill.request.encounter.id == id)?;
        (!parts.is_empty()).then(|| (bill.pack.clone(), sum(parts)))
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
                Done::Refund(back, _) => {
                    out.refunds.push(back);
                    "refund"
                }
                Done::Claim(parts) => {
                    if let Act::Claim(claim, _) = step.item.act {
                        let (of, on) = (claim.of.clone(), claim.on);
                        out.claims.push(Claimed { id, of, on, parts });
                    }
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
    let opening = after.purse;
    let own = bill.own.map(|account| account.mutual_aid.unwrap_or_default().0);
    let aid = own.unwrap_or(opening.aid);
    let begun = bill.parts.first().map(|part| begin(packs, part, after, false)).transpose()?;
    let begun = begun.unwrap_or_default();
    let of_bill: Vec<&Part> = bill.parts.iter().collect();
    let (verdicts, left) = chain(packs, &of_bill, after, Some(aid), (false, &begun))?;
    let aid = left.unwrap_or(aid);
    let settled = |(part, verdict): (&Part, Verdict)| Settled {
        id: part.request.encounter.id.clone(),
        of: bill.request.encounter.id.clone(),
        pack: part.pack.clone(),
        derived: part.derived.clone(),
        verdict,
    };
    let parts: Vec<Settled> = bill.parts.iter().zip(verdicts).map(settled).collect();
    let balance = after.purse.balance - opening.balance;
    let used = if own.is_none() { aid - opening.aid } else { 0 };
    let moved = Purse { balance, aid: used, none: false };
    after.purse = opening;
    Ok((Done::Bill(parts), moved))
}

/// Settles the parts of a bill, or of its claim, one after another; what is left of the mutual aid.
fn chain(
    packs: &dyn Packs,
    parts: &[&Part],
    after: &mut Accounts,
    mut aid: Option<i64>,
    (claim, begun): (bool, &Begun),
) -> Result<(Vec<Verdict>, Option<i64>), Refusal> {
    let mut verdicts: Vec<Verdict> = Vec::new();
    let mut before: Option<(&Part, &Begun, Accounts, Option<i64>)> = None;
    let behind = Begun { dropped: None, from: None, ..begun.clone() };
    let begins = [begun].into_iter().chain(std::iter::repeat(&behind));
    for (part, begun) in parts.iter().zip(begins) {
        let then = after.clone();
        let verdict = one(packs, part, after, aid, (claim, begun))?;
        // The part before closes the record that this one has taken over.
        if let (Some(from), false) = (&part.joint.from, verdict.postings.is_empty())
            && let Some((previous, begun, mut then, aid)) = before.take()
        {
            let mut closing = previous.clone();
            if let Some(stay) = &mut closing.request.encounter.stay {
                stay.closes = true;
            }
            let closed = one(packs, &closing, &mut then, aid, (claim, begun))?;
            if let Some(last) = verdicts.last_mut() {
                *last = closed;
            }
            after.states.extend(then.states.remove_entry(from));
        }
        before = Some((*part, begun, then, aid));
        let Amounts { account, mutual_aid, .. } = verdict.amounts;
        after.purse.balance += mutual_aid.0 - account.0;
        aid = aid.map(|aid| aid - mutual_aid.0);
        verdicts.push(verdict);
    }
    Ok((verdicts, aid))
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

impl Back {
    /// What was given back, as the amounts of a bill.
    fn amounts(&self) -> Amounts {
        let Self { fund, hospital, cash, account, mutual_aid, .. } = *self;
        let person = Yuan(account.0 + cash.0);
        Amounts { fund, hospital, cash, account, mutual_aid, person, ..Amounts::default() }
    }
}

/// How a part of a bill that names its stay begins; what the cut before the bill does, it does for
/// the first part only.
#[derive(Clone, Debug)]
struct Begun {
    /// The number of the record that it belongs to, or opens.
    number: i64,
    /// Whether it begins at a cut that opens a stay of its own.
    opens: bool,
    /// A record that is dropped for it.
    dropped: Option<String>,
    /// The pack that hands its record over.
    from: Option<String>,
}

impl Default for Begun {
    fn default() -> Self {
        Self { number: 1, opens: false, dropped: None, from: None }
    }
}

/// Finds the record that a bill belongs to, and whether the bill begins at a cut of it.
fn begin(packs: &dyn Packs, part: &Part, after: &Accounts, claim: bool) -> Result<Begun, Refusal> {
    let Some(id) = &part.joint.named else { return Ok(Begun::default()) };
    let pack = packs.pack(&part.pack).ok_or(Refusal::PackName)?;
    let (_, own) = after.state(pack, part.day);
    let number = last_record(&own, id);
    let begun = Begun { number, ..Begun::default() };
    let Some(meets) = part.joint.meets.as_ref().filter(|_| !claim) else { return Ok(begun) };
    if is_open(&own, &numbered(id, number)) {
        let dropped = Some(numbered(id, number));
        return Ok(match meets.charge {
            true => Begun { number: number + 1, opens: true, dropped, from: None },
            false => begun,
        });
    }
    let other = meets.other.as_deref().and_then(|other| after.last_of(other));
    let Some(other) = other else { return Ok(begun) };
    let number = last_record(other, id);
    if !is_open(other, &numbered(id, number)) {
        return Ok(begun);
    }
    Ok(match meets.charge {
        true => Begun { number: number + 1, opens: true, ..begun },
        false => Begun { number, from: meets.other.clone(), ..begun },
    })
}

/// The name of the records that cuts open: `ID`, `ID~2`, `ID~3` …
fn numbered(id: &str, number: i64) -> String {
    if number == 1 { id.to_owned() } else { format!("{id}~{number}") }
}

/// The number of the last record of a stay that is there, or 1.
fn last_record(counters: &Counters, id: &str) -> i64 {
    let there = |number: &i64| stay::of_stay(counters, &numbered(id, *number), "ordinal") != 0;
    let number = |name: &str| name.strip_prefix(id)?.strip_prefix('~')?.parse().ok();
    let numbers = stay::ids(counters).into_iter().filter_map(number);
    numbers.filter(there).max().unwrap_or(1)
}

/// Whether an open record is there.
fn is_open(counters: &Counters, id: &str) -> bool {
    stay::of_stay(counters, id, "ordinal") != 0 && stay::of_stay(counters, id, "out") == 0
}

impl Accounts {
    /// The state of a pack on a day: its own, or what the year before hands on.
    fn state(&self, pack: &Pack, day: Date) -> (u32, Counters) {
        let year = benefit_year(pack, day);
        let fresh = || (0, handed_on(pack, self.before(pack, year)));
        self.states.get(&(pack.id.clone(), year)).cloned().unwrap_or_else(fresh)
    }

    /// The last state of a pack before a year.
    fn before(&self, pack: &Pack, year: i16) -> Option<&(u32, Counters)> {
        let earlier = self.states.iter().filter(|((id, of), _)| *id == pack.id && *of < year);
        earlier.map(|(_, state)| state).next_back()
    }

    /// The counters of the last state of a pack.
    fn last_of(&self, pack: &str) -> Option<&Counters> {
        let states = self.states.iter().filter(|((id, _), _)| id == pack);
        states.map(|(_, (_, counters))| counters).next_back()
    }
}

/// Takes over the record that another pack holds of a stay; false if it holds none, or if there is
/// one already.
fn hand_over(pack: &Pack, old: &Counters, request: &Request, counters: &mut Counters) -> bool {
    let Some(stay) = &request.encounter.stay else { return false };
    if stay::of_stay(counters, &stay.id, "ordinal") != 0 || !is_open(old, &stay.id) {
        return false;
    }
    let held = |what: &str| stay::of_stay(old, &stay.id, what);
    // A pack without transfers keeps neither the mark nor the standards.
    let kept = |what: &&&str| pack.transfer || !["transferred", "standard"].contains(*what);
    for what in ["bills", "ordinal", "transferred"].iter().filter(kept) {
        counters.insert(stay::name(&stay.id, what), held(what));
    }
    for layer in &pack.layers {
        for what in ["deductible_used", "position", "paid", "standard"].iter().filter(kept) {
            let what = format!("{}.{what}", layer.id);
            counters.insert(stay::name(&stay.id, &what), held(&what));
        }
    }
    if !pack.period.is_empty() {
        let opened = match held("opened") {
            0 => number(request.encounter.admitted),
            opened => opened,
        };
        counters.insert(stay::name(&stay.id, "opened"), opened);
        counters.insert(stay::name(&stay.id, "period"), held("period"));
    }
    counters.retain(|_, held| *held != 0);
    true
}

/// Settles a bill, or the claim of it, from the accounts, and writes its state into them.
fn one(
    packs: &dyn Packs,
    part: &Part,
    after: &mut Accounts,
    aid: Option<i64>,
    (claim, begun): (bool, &Begun),
) -> Result<Verdict, Refusal> {
    let pack = packs.pack(&part.pack).ok_or(Refusal::PackName)?;
    let mut request = part.request.clone();
    let mutual_aid = aid.map(Yuan);
    if after.purse.none {
        request.encounter.use_account = Some(false);
    }
    request.member.account = Some(Account { balance: Yuan(after.purse.balance), mutual_aid });
    if let (Some(stay), Some(id)) = (&mut request.encounter.stay, &part.joint.named) {
        stay.id = numbered(id, begun.number + part.joint.stays);
        if begun.opens {
            stay.joins = None;
        }
    }
    let year = benefit_year(pack, part.day);
    let (seq, held) = after.state(pack, part.day);
    opens_anew(pack, &mut request, after.before(pack, year), &held);
    let mut counters = held.clone();
    let old = match &part.joint.from {
        Some(from) => after.states.get(from).map(|(_, counters)| counters),
        None if part.joint.stays == 0 => begun.from.as_deref().and_then(|from| after.last_of(from)),
        None => None,
    };
    let handed = old.is_some_and(|old| hand_over(pack, old, &request, &mut counters));
    let dropped = begun.dropped.as_deref().filter(|id| counters.keys().any(|name| is_of(name, id)));
    let start = Start { counters: &counters, seq, claim, dropped };
    let verdict = settle_from(pack, &request, Some(start))?;
    // What moves no counter takes nothing over.
    let moves = !verdict.postings.is_empty();
    let left = if moves || !handed { verdict.counters.clone() } else { held };
    after.states.insert((pack.id.clone(), year), (verdict.seq, left));
    Ok(verdict)
}

/// Whether a counter belongs to the record of a stay.
fn is_of(name: &str, id: &str) -> bool {
    name.starts_with(&stay::name(id, ""))
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
    if was_there && restarts && pack.transfer && stay.joins == Some(Joins::Transfer) {
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
