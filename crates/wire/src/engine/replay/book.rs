//! What stands of a member's facts, in order of service.

use std::collections::BTreeMap;

use tongchou_core::calendar::Day;
use tongchou_core::pack::Pack;
use tongchou_core::rules::LaterBills;
use tongchou_core::sabotage::{Fault, planted};

use crate::amount::{Date, Yuan};
use crate::error::{Code, Refusal, one_of};
use crate::request::{
    Account, Becomes, ClaimFact, Contribution, Count, Credit, Event, Fact, MemberFacts, RefundFact,
    Replay, Request, Scheme,
};
use crate::response::{Amounts, Difference, Refunded, Settlement};
use crate::state::State;

use super::prepare::{self, Ready, Timelines, is_stay};
use super::segments::span;
use super::shared::Shared;
use crate::engine::standing::Log;
use crate::engine::{Engine, dims, pack_reference};

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
    pub(super) engine: &'e mut Engine,
    pub(super) message: &'m Replay,
    shared: Shared<'m>,
    pub(super) log: Log,
    timelines: Timelines,
    pub(super) items: Vec<Item<'m>>,
    /// Balance before the first bill.
    pub(super) opening: Yuan,
    /// Whether there is an account at all.
    has_account: bool,
    /// Every key that a fact has had.
    known: Vec<String>,
    changed: Vec<Difference>,
    pub(super) inconsistent: Vec<String>,
    /// States as they are, of packs whose bills stay as they were settled.
    pub(super) now: BTreeMap<(String, i16), State>,
    /// Bills that were given back whole, as they were when that became known.
    pub(super) gone: Vec<Gone>,
}

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

    pub(super) fn mode(&self, pack: &str) -> LaterBills {
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
