//! What stands of a member's facts, in order of service.

use std::collections::BTreeMap;

use tongchou_core::calendar::Day;
use tongchou_core::pack::Pack;
use tongchou_core::rules::{ClaimOrder, CrossYear, LaterBills};
use tongchou_core::sabotage::{Fault, planted};

use crate::amount::{Date, Yuan};
use crate::error::{Code, Refusal, one_of};
use crate::request::{
    Account, Becomes, CONTRACT, ClaimFact, Contribution, Count, Credit, Event, Fact, Joins,
    MemberFacts, RefundFact, Replay, Request, Scheme,
};
use crate::response::{
    Amounts, Change, Claimed, Difference, Grounds, Refunded, Replayed, Settlement, Transaction,
};
use crate::state::{Last, State};

use super::prepare::{self, Ready, Timelines, is_stay};
use super::segments::span;
use super::shared::Shared;
use crate::engine::counters::number;
use crate::engine::standing::Log;
use crate::engine::{Engine, counters, dims, pack_reference};

/// Place in the order of service: day, kind, minute, key.
pub(super) type Key = (Day, u8, u16, String);

/// Kinds in the order in which they come on one day.
const CREDIT: u8 = 0;
const BILL: u8 = 1;
pub(super) const BACK: u8 = 2;

/// Something that stands.
pub(super) struct Item<'m> {
    pub key: Key,
    /// Position of the fact that brought it.
    pub fact: usize,
    pub what: What<'m>,
    /// Account balance after it.
    pub balance: Yuan,
}

pub(super) enum What<'m> {
    Bill { told: &'m Request, ready: Vec<Ready>, settled: Vec<Settlement> },
    Refund { told: &'m RefundFact, done: Option<Box<Refunded>> },
    Claim { told: &'m ClaimFact, on: Day, settled: Vec<Settlement> },
    Credit(&'m Credit),
}

impl Item<'_> {
    pub(super) fn id(&self) -> &str {
        &self.key.3
    }

    pub(super) fn settled(&self) -> &[Settlement] {
        match &self.what {
            What::Bill { settled, .. } | What::Claim { settled, .. } => settled,
            What::Refund { .. } | What::Credit(_) => &[],
        }
    }

    /// The pack under which it was made ready.
    fn pack(&self) -> Option<&str> {
        match &self.what {
            What::Bill { ready, .. } => ready.first().map(|part| part.pack.as_str()),
            What::Refund { .. } | What::Claim { .. } | What::Credit(_) => None,
        }
    }

    pub(super) fn is_bill(&self, id: &str) -> bool {
        matches!(self.what, What::Bill { .. }) && self.id() == id
    }

    /// What it moves of the account's own money.
    pub(super) fn moves(&self) -> i64 {
        match &self.what {
            What::Bill { settled, .. } => {
                -settled.iter().map(|s| s.amounts.account.0 - s.amounts.mutual_aid.0).sum::<i64>()
            }
            What::Refund { done, .. } => {
                done.as_ref().map_or(0, |done| done.account.0 - done.mutual_aid.0)
            }
            What::Claim { .. } => 0,
            What::Credit(credit) => credit.amount.0,
        }
    }
}

pub(super) struct Book<'e, 'm> {
    engine: &'e mut Engine,
    message: &'m Replay,
    shared: Shared<'m>,
    log: Log,
    timelines: Timelines,
    pub(super) items: Vec<Item<'m>>,
    /// Balance before the first bill.
    opening: Yuan,
    /// Whether there is an account at all.
    has_account: bool,
    /// Every key that a fact has had.
    known: Vec<String>,
    changed: Vec<Difference>,
    inconsistent: Vec<String>,
    /// States as they are, of packs whose bills stay as they were settled.
    now: BTreeMap<(String, i16), State>,
    /// Bills that were given back whole, as they were when that became known.
    pub(super) gone: Vec<Gone>,
}

/// The last settlement of a state and its counters while postings are taken off.
type Left = (Option<Last>, BTreeMap<String, i64>);

/// A bill that was given back whole.
pub(super) struct Gone {
    /// Where it stood.
    pub key: Key,
    /// What it moved of the account's own money.
    pub moved: i64,
    /// What was given back of it, each with its day, the whole last.
    pub backs: Vec<(Day, Refunded)>,
}

impl<'e, 'm> Book<'e, 'm> {
    pub(super) fn new(engine: &'e mut Engine, message: &'m Replay) -> Self {
        Self {
            engine,
            message,
            shared: Shared::of(message),
            log: Log::default(),
            timelines: Timelines::default(),
            items: Vec::new(),
            opening: opening(message).unwrap_or_default(),
            has_account: opening(message).is_some(),
            known: Vec::new(),
            changed: Vec::new(),
            inconsistent: Vec::new(),
            now: BTreeMap::new(),
            gone: Vec::new(),
        }
    }

    /// Every pack that the message names.
    pub(super) fn packs(&self) -> Vec<&Pack> {
        let named = self.message.replay.iter().filter_map(|fact| match fact {
            Fact::Bill(bill) => Some(&bill.pack),
            Fact::Refund(refund) => refund.rest.as_ref().map(|rest| &rest.pack),
            Fact::Scheme(scheme) => Some(&scheme.pack),
            _ => None,
        });
        let mut packs: Vec<&Pack> = Vec::new();
        for name in named.chain(&self.message.pack) {
            let id = pack_reference(name).map_or("", |(id, _)| id);
            if let Some(pack) = self.engine.pack(id)
                && !packs.iter().any(|known| known.id == pack.id)
            {
                packs.push(pack);
            }
        }
        packs
    }

    pub(super) fn rules_of(&self, pack: &str) -> Option<&tongchou_core::rules::Rules> {
        self.engine.pack(pack).map(|pack| &pack.rules)
    }

    pub(super) fn pack(&self, id: &str) -> Option<&Pack> {
        self.engine.pack(id)
    }

    /// The bills that the last fact changed.
    pub(super) fn changed(&mut self) -> Vec<Difference> {
        let mut changed: Vec<Difference> = Vec::new();
        // A fact that settles twice, as a refund with a rest does, changes a bill once.
        for later in self.changed.drain(..) {
            match changed.iter_mut().find(|first| first.id == later.id) {
                Some(first) => first.after = later.after,
                None => changed.push(later),
            }
        }
        changed.retain(|change| change.before != change.after);
        changed.sort_by_key(|change| self.items.iter().position(|item| item.is_bill(&change.id)));
        changed
    }

    /// Notes a key; one that was used before is refused.
    pub(super) fn note(&mut self, id: &str, code: Code, path: &str) -> Result<(), Refusal> {
        if self.known.iter().any(|known| known == id) {
            return Err(Refusal::new(code, path, id, ""));
        }
        self.known.push(id.to_owned());
        Ok(())
    }

    /// A bill became known.
    pub(super) fn enter(&mut self, fact: usize, told: &'m Request) -> Result<(), Refusal> {
        let id = &told.encounter.id;
        let ready =
            prepare::ready(self.engine, &self.shared, &self.log, &mut self.timelines, told)?;
        self.note(id, Code::EncounterTwice, "$.encounter.id")?;
        self.same_member(&ready)?;
        let key = self.bill_key(told, &ready);
        self.overlaps(told, &ready)?;
        let what = What::Bill { told, ready, settled: Vec::new() };
        self.insert(Item { key, fact, what, balance: Yuan(0) })
    }

    /// A bill's day is that of its first part.
    fn bill_key(&self, told: &Request, ready: &[Ready]) -> Key {
        let day = ready.first().map_or(Day(0), |part| part.day);
        (day, BILL, told.encounter.time.unwrap_or_default().0, told.encounter.id.clone())
    }

    /// A list holds the facts of one member: the message's, else that of the bills that stand.
    fn same_member(&self, ready: &[Ready]) -> Result<(), Refusal> {
        let id = |ready: &[Ready]| ready.first().and_then(|part| part.request.member.id.clone());
        let of_message = self.message.member.as_ref().and_then(|member| member.id.clone());
        let of_bills = self.items.iter().find_map(|item| match &item.what {
            What::Bill { ready, .. } => Some(id(ready)),
            What::Refund { .. } | What::Claim { .. } | What::Credit(_) => None,
        });
        let own = id(ready);
        let other = of_message.map(Some).or(of_bills).filter(|other| *other != own);
        let Some(other) = other else { return Ok(()) };
        let (own, other) = (own.unwrap_or_default(), other.unwrap_or_default());
        Err(Refusal::new(Code::MemberOther, "$.member.id", own, other))
    }

    /// Nobody is in two beds.
    fn overlaps(&self, told: &Request, ready: &[Ready]) -> Result<(), Refusal> {
        let lies = |part: &Ready| {
            self.engine.pack(&part.pack).is_some_and(|pack| is_stay(pack, &part.request))
        };
        if !ready.iter().any(lies) {
            return Ok(());
        }
        let stay = |bill: &Request| {
            bill.encounter.stay.as_ref().map_or(bill.encounter.id.clone(), |stay| stay.id.clone())
        };
        let (own, (from, to)) = (stay(told), span(told));
        for item in &self.items {
            let What::Bill { told: other, ready, .. } = &item.what else { continue };
            let (begins, ends) = span(other);
            let both = from < ends && begins < to;
            if both && stay(other) != own && ready.iter().any(lies) {
                let dates = format!("{begins} … {ends}");
                let path = "$.encounter.admitted";
                return Err(Refusal::new(Code::StaysOverlap, path, item.id(), dates));
            }
        }
        Ok(())
    }

    /// Puts an item in its place, and settles it and everything behind it.
    pub(super) fn insert(&mut self, item: Item<'m>) -> Result<(), Refusal> {
        let at = self.items.iter().take_while(|other| other.key <= item.key).count();
        self.unless_refused(&item, at)?;
        self.items.insert(at, item);
        self.run(at, Some(at))
    }

    /// Under `later_bills = "refuse"` nothing comes before bills of its pack and year.
    fn unless_refused(&self, item: &Item<'m>, at: usize) -> Result<(), Refusal> {
        let What::Bill { ready, .. } = &item.what else { return Ok(()) };
        for part in ready {
            let refuses = self.mode(&part.pack) == LaterBills::Refuse;
            let behind = self.items.get(at..).unwrap_or_default().iter();
            let behind = behind.filter(|item| matches!(item.what, What::Bill { .. }));
            let behind = behind.flat_map(Item::settled);
            let mut same = behind.filter(|s| s.pack.id == part.pack && s.year == part.year);
            if let (true, Some(later)) = (refuses, same.next()) {
                let (path, id) = ("$.encounter.id", later.id.as_str());
                return Err(Refusal::new(Code::LaterBills, path, id, ""));
            }
        }
        Ok(())
    }

    fn mode(&self, pack: &str) -> LaterBills {
        self.rules_of(pack).map(|rules| rules.later_bills).unwrap_or_default()
    }

    /// A bill was taken back.
    pub(super) fn take_back(&mut self, id: &str, path: &str) -> Result<(), Refusal> {
        let at = self.items.iter().position(|item| item.is_bill(id));
        let Some(at) = at else {
            let code = match self.known.iter().any(|known| known == id) {
                true => Code::CancelTwice,
                false => Code::CancelUnknown,
            };
            return Err(Refusal::new(code, path, id, ""));
        };
        let Some(item) = self.items.get(at) else { return Ok(()) };
        let settled = item.settled().to_vec();
        let behind = self.items.get(at + 1..).unwrap_or_default().iter();
        let behind = behind.filter(|item| matches!(item.what, What::Bill { .. }));
        let behind: Vec<Settlement> = behind.flat_map(Item::settled).cloned().collect();
        for part in &settled {
            let same = |s: &&Settlement| s.pack.id == part.pack.id && s.year == part.year;
            let mode = self.mode(&part.pack.id);
            let later = behind.iter().find(same);
            if let (LaterBills::Refuse, Some(later)) = (mode, later) {
                return Err(Refusal::new(Code::LaterBills, path, &later.id, ""));
            }
        }
        self.subtract(id, path)?;
        self.items.remove(at);
        self.inconsistent.retain(|other| other != id);
        // What was given back or claimed of it goes with it.
        self.items.retain(|item| match &item.what {
            What::Refund { told, .. } => told.of != id,
            What::Claim { told, .. } => told.of != id,
            What::Bill { .. } | What::Credit(_) => true,
        });
        self.run(at, None)
    }

    /// Takes the postings of a bill and of its claim off the states as they are.
    fn subtract(&mut self, id: &str, path: &str) -> Result<(), Refusal> {
        let of_bill = |item: &&Item<'m>| match &item.what {
            What::Bill { .. } => item.id() == id,
            What::Claim { told, .. } => told.of == id,
            What::Refund { .. } | What::Credit(_) => false,
        };
        let items = self.items.iter().rev().filter(of_bill);
        let parts = items.flat_map(|item| item.settled().iter().rev());
        let parts = parts.filter(|part| self.mode(&part.pack.id) == LaterBills::Keep);
        let mut left: BTreeMap<(String, i16), Left> = BTreeMap::new();
        for part in parts {
            let key = (part.pack.id.clone(), part.year);
            let Some(state) = self.now.get(&key) else { continue };
            let (last, counters) = left.entry(key).or_insert_with(|| {
                let held = |(name, count): (&String, &Count)| (name.clone(), number(*count));
                (state.last.clone(), state.counters.iter().map(held).collect())
            });
            for posting in &part.postings {
                let held = counters.entry(posting.counter.clone()).or_insert(0);
                *held = held.saturating_sub(number(posting.delta));
            }
            if last.as_ref().is_some_and(|last| last.id == part.id) {
                last.clone_from(&part.previous);
            }
        }
        for (key, (last, mut counters)) in left {
            if let Some((name, _)) = counters.iter().find(|(_, held)| **held < 0) {
                return Err(Refusal::new(Code::LaterBills, path, id, name));
            }
            counters.retain(|_, held| *held != 0);
            let held = |(name, held): (String, i64)| {
                let count = counters::count(&name, held);
                (name, count)
            };
            let counters = counters.into_iter().map(held).collect();
            if let Some(state) = self.now.get_mut(&key) {
                let (member, pack) = (state.member.clone(), state.pack.clone());
                *state = counters::state(member, pack, state.year, state.seq, last, counters);
            }
        }
        Ok(())
    }

    /// Money was put into the account.
    pub(super) fn credit(&mut self, fact: usize, credit: &'m Credit) -> Result<(), Refusal> {
        self.note(&credit.id, Code::KeyUsed, "$.id")?;
        let key = (dims::day(credit.on), CREDIT, 0, credit.id.clone());
        self.insert(Item { key, fact, what: What::Credit(credit), balance: Yuan(0) })
    }

    pub(super) fn event(&mut self, fact: usize, event: &Event) -> Result<(), Refusal> {
        if let Some(id) = &event.id {
            self.note(id, Code::KeyUsed, "$.id")?;
        }
        self.log.events.push((fact, event.clone()));
        self.refresh()
    }

    pub(super) fn contribution(
        &mut self,
        fact: usize,
        record: &Contribution,
    ) -> Result<(), Refusal> {
        self.log.contributions.push((fact, record.clone()));
        self.refresh()
    }

    /// The member's dimensions changed; values that no pack knows are refused.
    pub(super) fn becomes(&mut self, becomes: &'m Becomes) -> Result<(), Refusal> {
        for (dim, usual) in MemberFacts::DIMS {
            let Some(value) = becomes.facts.value(dim) else { continue };
            let packs = self.packs();
            let dims = packs.iter().flat_map(|pack| &pack.dims).filter(|d| d.name == *dim);
            let mut known: Vec<&str> = usual.to_vec();
            for own in dims.flat_map(|d| &d.values) {
                if !known.contains(&own.as_str()) {
                    known.push(own);
                }
            }
            if !known.contains(&value) {
                let expected = one_of(value, &known);
                return Err(Refusal::new(Code::DimValue, format!("$.{dim}"), value, expected));
            }
        }
        self.shared.becomes.push(becomes);
        self.refresh()
    }

    pub(super) fn scheme(&mut self, scheme: &'m Scheme) -> Result<(), Refusal> {
        self.shared.schemes.push(scheme);
        self.refresh()
    }

    /// Makes every bill ready anew, and settles from the first one on that is another now.
    fn refresh(&mut self) -> Result<(), Refusal> {
        self.timelines.forget();
        let (engine, shared, log) = (&*self.engine, &self.shared, &self.log);
        let mut first: Option<usize> = None;
        let mut moved = false;
        let mut keys: Vec<(usize, Key)> = Vec::new();
        for (index, item) in self.items.iter_mut().enumerate() {
            let What::Bill { told, ready, settled } = &mut item.what else { continue };
            let kept = settled.iter().any(|s| {
                let rules = engine.pack(&s.pack.id).map(|pack| pack.rules.later_bills);
                rules == Some(LaterBills::Keep)
            });
            let now = prepare::ready(engine, shared, log, &mut self.timelines, told)?;
            if now == *ready {
                continue;
            }
            if kept {
                self.inconsistent.push(item.key.3.clone());
                continue;
            }
            let refuses = settled.iter().any(|s| {
                let rules = engine.pack(&s.pack.id).map(|pack| pack.rules.later_bills);
                rules == Some(LaterBills::Refuse)
            });
            if refuses {
                return Err(Refusal::new(Code::LaterBills, "$", &item.key.3, ""));
            }
            let day = now.first().map_or(Day(0), |part| part.day);
            if day != item.key.0 {
                let key = (day, BILL, item.key.2, item.key.3.clone());
                keys.push((index, key));
                moved = true;
            }
            *ready = now;
            first = first.or(Some(index));
        }
        for (index, key) in keys {
            self.claim_follows(&key);
            if let Some(item) = self.items.get_mut(index) {
                item.key = key;
            }
        }
        if moved {
            self.items.sort_by(|a, b| a.key.cmp(&b.key));
            first = Some(0);
        }
        first.map_or(Ok(()), |first| self.run(first, None))
    }

    /// A claim that is settled as of its bill moves with it.
    fn claim_follows(&mut self, bill: &Key) {
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
    fn claim_order(&self, bill: &str) -> ClaimOrder {
        let item = self.items.iter().find(|item| item.is_bill(bill));
        let pack = item.and_then(|item| item.settled().first()).map(|s| s.pack.id.as_str());
        let rules = pack.and_then(|pack| self.rules_of(pack));
        rules.map(|rules| rules.claim_order).unwrap_or_default()
    }

    /// Settles everything from a place on; `fresh` is new.
    fn run(&mut self, from: usize, fresh: Option<usize>) -> Result<(), Refusal> {
        for at in from..self.items.len() {
            let before = self.items.get(at).map(|item| item.settled().to_vec()).unwrap_or_default();
            let first = before.first();
            let mode = first.map(|s| self.mode(&s.pack.id)).unwrap_or_default();
            if fresh != Some(at) && !before.is_empty() && mode == LaterBills::Keep {
                let bill = self.items.get(at).filter(|i| matches!(i.what, What::Bill { .. }));
                let id = bill.map(|item| item.id().to_owned()).unwrap_or_default();
                if !id.is_empty() && !self.inconsistent.contains(&id) {
                    self.inconsistent.push(id);
                }
            } else if fresh != Some(at) && fresh.is_some() && planted(Fault::LateSkipped) {
                // A late bill changes nothing behind it.
            } else {
                let settled = self.settle(at)?;
                let amounts = (sum(&before), sum(&settled));
                let is_bill =
                    self.items.get(at).is_some_and(|i| matches!(i.what, What::Bill { .. }));
                let id = self.items.get(at).map_or(String::new(), |item| item.id().to_owned());
                if is_bill && !before.is_empty() && amounts.0 != amounts.1 {
                    let (before, after) = amounts;
                    self.changed.push(Difference { id, before, after });
                }
                if let Some(What::Bill { settled: slot, .. } | What::Claim { settled: slot, .. }) =
                    self.items.get_mut(at).map(|item| &mut item.what)
                {
                    *slot = settled;
                }
            }
            let balance = self.balance_before(at);
            if let Some(item) = self.items.get_mut(at) {
                item.balance = Yuan(balance.0 + item.moves());
            }
        }
        Ok(())
    }

    pub(super) fn balance_before(&self, at: usize) -> Yuan {
        let before = at.checked_sub(1).and_then(|before| self.items.get(before));
        before.map_or(self.opening, |item| item.balance)
    }

    /// Settles the item at a place.
    fn settle(&mut self, at: usize) -> Result<Vec<Settlement>, Refusal> {
        let Some(item) = self.items.get(at) else { return Ok(Vec::new()) };
        let (ready, claimed) = match &item.what {
            What::Bill { ready, .. } => (ready.clone(), false),
            What::Claim { told, .. } => (self.claimed(told), true),
            What::Credit(_) => return Ok(Vec::new()),
            What::Refund { told, .. } => {
                let done = self.money_back(at, told)?;
                if let Some(What::Refund { done: slot, .. }) =
                    self.items.get_mut(at).map(|item| &mut item.what)
                {
                    *slot = Some(Box::new(done));
                }
                return Ok(Vec::new());
            }
        };
        let mut balance = self.balance_before(at);
        if ready.first().is_some_and(|part| self.mode(&part.pack) == LaterBills::Keep) {
            let others = self.items.iter().enumerate().rev().filter(|(other, _)| *other != at);
            balance = others.map(|(_, item)| item.balance).next().unwrap_or(balance);
        }
        let mut settled: Vec<Settlement> = Vec::with_capacity(ready.len());
        let mut handed: Option<BTreeMap<String, Count>> = None;
        for (index, part) in ready.iter().enumerate() {
            let mut request = part.request.clone();
            request.member.account = self.has_account.then(|| {
                let own = request.member.account.and_then(|account| account.mutual_aid);
                Account { balance, mutual_aid: self.mutual_aid(at, &settled, own) }
            });
            request.state = self.state_before(at, &settled, part);
            self.opens_anew(at, part, &mut request);
            if let Some(counters) = handed.take() {
                request.state = Some(self.received(request.state.take(), part, counters));
            }
            if ready.get(index + 1).is_some_and(|next| next.hands_over) {
                handed = Some(self.handed(&request, claimed)?);
                if let Some(stay) = &mut request.encounter.stay {
                    stay.closes = true;
                }
            }
            let mut settlement = self.engine.settle_as(&request, claimed)?;
            // A bill without an account moves no balance; what is left goes on to the next.
            if !self.has_account || claimed {
                settlement.balance = balance;
            }
            balance = settlement.balance;
            if self.mode(&part.pack) == LaterBills::Keep
                && let Some(state) = &settlement.state
            {
                self.now.insert((part.pack.clone(), part.year), state.clone());
            }
            settled.push(settlement);
        }
        Ok(settled)
    }

    /// Mutual aid told with the message is one sum, which the bills before have drawn on.
    fn mutual_aid(&self, at: usize, parts: &[Settlement], own: Option<Yuan>) -> Option<Yuan> {
        let told = self.message.member.as_ref().and_then(|member| member.account);
        let told = told.and_then(|account| account.mutual_aid);
        let shares = |item: &Item<'m>| match &item.what {
            What::Bill { told, .. } => told.member.account.is_none(),
            What::Refund { .. } | What::Claim { .. } | What::Credit(_) => false,
        };
        let (Some(told), true) = (told, self.items.get(at).is_some_and(shares)) else {
            // A bill's own is one sum over its parts.
            let drawn: i64 = parts.iter().map(|s| s.amounts.mutual_aid.0).sum();
            return own.map(|own| Yuan((own.0 - drawn).max(0)));
        };
        // Bills that stay as they were settled have drawn on it before a late one.
        let pack = self.items.get(at).and_then(Item::pack).unwrap_or_default();
        let keeps = self.mode(pack) == LaterBills::Keep;
        let items = self.items.iter().enumerate();
        let before = items.filter(|(other, _)| *other < at || (keeps && *other != at));
        let before: Vec<&Item<'m>> = before.map(|(_, item)| item).collect();
        let drawn = before.iter().filter(|item| shares(item)).flat_map(|item| item.settled());
        let drawn: i64 = drawn.chain(parts).map(|s| s.amounts.mutual_aid.0).sum();
        let drew = |of: &str| before.iter().any(|item| item.is_bill(of) && shares(item));
        let given_back = before.iter().filter_map(|item| match &item.what {
            What::Refund { told, done } if drew(&told.of) => {
                done.as_ref().map(|done| done.mutual_aid.0)
            }
            _ => None,
        });
        Some(Yuan((told.0 - drawn + given_back.sum::<i64>()).clamp(0, told.0)))
    }

    /// Under `restart_all` a transfer into a stay of the year before opens it anew.
    fn opens_anew(&self, at: usize, part: &Ready, request: &mut Request) {
        let cross = self.rules_of(&part.pack).map(|rules| rules.cross_year).unwrap_or_default();
        let Some(stay) = &mut request.encounter.stay else { return };
        let name = format!("stay:{}.ordinal", stay.id);
        let open = |state: &State| state.counters.contains_key(&name);
        let earlier = self.last_state(at, &[], part, part.year - 1);
        if stay.joins == Some(Joins::Transfer)
            && cross == CrossYear::RestartAll
            && !request.state.as_ref().is_some_and(open)
            && earlier.is_some_and(open)
        {
            stay.joins = None;
        }
    }

    /// The state that a part is settled from.
    fn state_before(&self, at: usize, parts: &[Settlement], part: &Ready) -> Option<State> {
        let cross = self.rules_of(&part.pack).map(|rules| rules.cross_year).unwrap_or_default();
        let state = self.last_state(at, parts, part, part.year)?;
        match state.year == part.year {
            true => Some(state.clone()),
            false => carried(state, part.year, cross),
        }
    }

    /// The last state before a part, under its pack, of a year or the latest before it.
    fn last_state<'s>(
        &'s self,
        at: usize,
        parts: &'s [Settlement],
        part: &Ready,
        year: i16,
    ) -> Option<&'s State> {
        if self.mode(&part.pack) == LaterBills::Keep {
            let own = self.now.values().filter(|state| state.pack == part.pack);
            return own.filter(|state| state.year <= year).max_by_key(|state| state.year);
        }
        let before = self.items.get(..at).unwrap_or_default().iter().flat_map(Item::settled);
        let own = before.chain(parts).filter(|s| s.pack.id == part.pack && s.year <= year);
        own.max_by_key(|s| s.year).and_then(|s| s.state.as_ref())
    }

    /// The counters of a part's stay as they are when it ends, to be handed to the next scheme.
    fn handed(
        &mut self,
        request: &Request,
        claimed: bool,
    ) -> Result<BTreeMap<String, Count>, Refusal> {
        let mut open = request.clone();
        let Some(stay) = &mut open.encounter.stay else { return Ok(BTreeMap::new()) };
        stay.closes = false;
        let prefix = format!("stay:{}.", stay.id);
        let settlement = self.engine.settle_as(&open, claimed)?;
        let counters = settlement.state.map(|state| state.counters).unwrap_or_default();
        Ok(counters.into_iter().filter(|(name, _)| name.starts_with(&prefix)).collect())
    }

    /// A state with a stay's counters from another scheme, for layers of the same name.
    fn received(
        &self,
        state: Option<State>,
        part: &Ready,
        handed: BTreeMap<String, Count>,
    ) -> State {
        let layers = self.engine.pack(&part.pack).map_or(&[][..], |pack| &pack.layers);
        let fits = |name: &str| {
            let parts: Vec<&str> = name.split('.').skip(1).collect();
            match parts.as_slice() {
                ["bills" | "ordinal"] => true,
                [layer, "deductible_used" | "position" | "paid"] => {
                    layers.iter().any(|known| known.id == *layer)
                }
                _ => false,
            }
        };
        let member = part.request.member.id.clone();
        let (seq, last, mut counters) = match state {
            Some(state) => (state.seq, state.last, state.counters),
            None => (0, None, BTreeMap::new()),
        };
        counters.extend(handed.into_iter().filter(|(name, _)| fits(name)));
        counters::state(member, part.pack.clone(), part.year, seq, last, counters)
    }

    /// The parts of a bill that are open to a claim, under the claim's key.
    fn claimed(&self, told: &ClaimFact) -> Vec<Ready> {
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

    /// The answer, once everything is known.
    pub(super) fn close(self, changes: Vec<Change>) -> Result<Replayed, Refusal> {
        self.faultless()?;
        let mut states: BTreeMap<(String, i16), State> = BTreeMap::new();
        for settlement in self.items.iter().flat_map(Item::settled) {
            if let Some(state) = &settlement.state {
                states.insert((settlement.pack.id.clone(), settlement.year), state.clone());
            }
        }
        states.extend(self.now);
        let mut running = self.opening;
        let balance = self.items.last().map_or(running, |i| i.balance);
        let mut answer = Replayed {
            contract: CONTRACT,
            status: "replayed".into(),
            settlements: Vec::new(),
            changes,
            refunds: Vec::new(),
            claims: Vec::new(),
            grounds: Vec::new(),
            inconsistent: self.inconsistent,
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
            let What::Claim { told, settled, .. } = &item.what else { continue };
            if settled.is_empty() {
                let path = format!("$.replay[{}].claim.of", item.fact);
                let bill = self.items.iter().find(|item| item.is_bill(&told.of));
                let from = bill.map_or_else(String::new, |bill| begins(bill, told.on));
                return Err(Refusal::new(Code::ClaimNothing, path, &told.of, from));
            }
        }
        let faults = self.log.closing_nothing(&self.packs())?;
        let Some((fact, event)) = faults.first() else { return Ok(()) };
        let path = format!("$.replay[{fact}].event");
        Err(Refusal::new(Code::ClosesNothing, path, *event, ""))
    }
}

/// The balance that the account opens with: the message's, or the first that a bill gives.
fn opening(message: &Replay) -> Option<Yuan> {
    let told = message.member.as_ref().and_then(|member| member.account);
    let mut given = message.replay.iter().filter_map(|fact| match fact {
        Fact::Bill(bill) => bill.member.account,
        Fact::Refund(refund) => refund.rest.as_ref().and_then(|rest| rest.member.account),
        _ => None,
    });
    let credited = message.replay.iter().any(|fact| matches!(fact, Fact::Credit(_)));
    let balance = told.or_else(|| given.next()).map(|account| account.balance);
    balance.or_else(|| credited.then_some(Yuan(0)))
}

/// From which day a bill stands, where a day is before it.
pub(super) fn begins(bill: &Item<'_>, on: Date) -> String {
    let day = dims::date(bill.key.0);
    if on < day { format!("≥ {day}") } else { String::new() }
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

/// What the parts of a bill come to.
pub(super) fn sum(parts: &[Settlement]) -> Amounts {
    let of =
        |field: fn(&Amounts) -> Yuan| Yuan(parts.iter().map(|part| field(&part.amounts).0).sum());
    Amounts {
        total: of(|a| a.total),
        full_self: of(|a| a.full_self),
        over_limit: of(|a| a.over_limit),
        prepay: of(|a| a.prepay),
        in_scope: of(|a| a.in_scope),
        fixed: of(|a| a.fixed),
        fixed_self: of(|a| a.fixed_self),
        deductible: of(|a| a.deductible),
        fund: of(|a| a.fund),
        hospital: of(|a| a.hospital),
        account: of(|a| a.account),
        mutual_aid: of(|a| a.mutual_aid),
        cash: of(|a| a.cash),
        person: of(|a| a.person),
    }
}

/// What a new benefit year begins with: the stays whose records are there, open or kept.
fn carried(state: &State, year: i16, cross: CrossYear) -> Option<State> {
    let goes_on = |name: &str| {
        let stay = name.strip_prefix("stay:").and_then(|rest| rest.split_once('.'));
        let Some((id, part)) = stay else { return false };
        // A cancel under `later_bills = "keep"` may leave counters without an ordinal behind.
        if !state.counters.contains_key(&format!("stay:{id}.ordinal")) {
            return false;
        }
        match cross {
            CrossYear::RestartAll => false,
            CrossYear::RestartBands => {
                !part.ends_with(".position") || planted(Fault::CrossYearKept)
            }
            CrossYear::Continue => true,
        }
    };
    let open = state.counters.iter().filter(|(name, _)| goes_on(name));
    let open: BTreeMap<String, Count> = open.map(|(name, count)| (name.clone(), *count)).collect();
    if open.is_empty() {
        return None;
    }
    Some(counters::state(state.member.clone(), state.pack.clone(), year, 0, None, open))
}
