//! What stands of a member's facts, in order of service.

use std::collections::BTreeMap;

use tongchou_core::calendar::Day;
use tongchou_core::pack::Pack;
use tongchou_core::rules::LaterBills;
use tongchou_core::sabotage::{Fault, planted};

use crate::amount::{Date, Yuan};
use crate::error::{Code, Refusal, one_of};
use crate::request::{
    Account, Becomes, ClaimFact, Contribution, Credit, Event, Fact, MemberFacts, RefundFact,
    Replay, Request, Scheme,
};
use crate::response::{Amounts, Difference, Refunded, Settlement};
use crate::state::State;

use super::prepare::{self, Ready, Timelines, is_stay};
use super::segments::span;
use super::shared::{Admitted, Shared};
use super::states::Joined;
use super::within;
use crate::engine::standing::Log;
use crate::engine::{Engine, How, counters, dims, pack_reference};

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
    Bill {
        told: &'m Request,
        ready: Vec<Ready>,
        settled: Vec<Settlement>,
    },
    /// `stale` if it could not be given any more, and stays as it was.
    Refund {
        told: &'m RefundFact,
        done: Option<Box<Refunded>>,
        stale: bool,
    },
    /// `open` once something was open.
    Claim {
        told: &'m ClaimFact,
        on: Day,
        settled: Vec<Settlement>,
        open: bool,
    },
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

    /// Whether it was accepted, and would not be any more.
    pub(super) fn is_stale(&self) -> bool {
        match &self.what {
            What::Refund { stale, .. } => *stale,
            What::Claim { settled, open, .. } => *open && settled.is_empty(),
            What::Bill { .. } | What::Credit(_) => false,
        }
    }

    /// What it comes to: a bill or claim as settled, a refund as given back.
    fn amounts(&self) -> Amounts {
        match &self.what {
            What::Bill { settled, .. } | What::Claim { settled, .. } => sum(settled),
            What::Refund { done: Some(done), .. } => Amounts {
                fund: done.fund,
                hospital: done.hospital,
                account: done.account,
                mutual_aid: done.mutual_aid,
                cash: done.cash,
                person: Yuan(done.account.0 + done.cash.0),
                ..Amounts::default()
            },
            What::Refund { done: None, .. } | What::Credit(_) => Amounts::default(),
        }
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
    /// Balance before the first bill, if there is an account at all.
    pub(super) opening: Option<Yuan>,
    /// Whether the list puts money into the account.
    credited: bool,
    /// Whether the list names a pack under which bills stay as they were settled.
    keeps: bool,
    /// Every key that a fact has had.
    known: Vec<String>,
    changed: Vec<Difference>,
    /// How often items were settled anew for the last fact.
    runs: u32,
    pub(super) inconsistent: Vec<String>,
    /// States as they are, of packs whose bills stay as they were settled.
    pub(super) now: BTreeMap<(String, i16), State>,
    /// Bills that were given back whole, as they were when that became known.
    pub(super) gone: Vec<Gone>,
}

/// What became of the parts of a bill.
enum Parts {
    Settled(Vec<Settlement>),
    /// This part moves no counter, and takes no record over.
    Alone(usize),
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
        let credited = message.replay.iter().any(|fact| matches!(fact, Fact::Credit(_)));
        let mut book = Self {
            engine,
            message,
            shared: Shared::of(message),
            log: Log::default(),
            timelines: Timelines::default(),
            items: Vec::new(),
            opening: None,
            credited,
            keeps: false,
            known: Vec::new(),
            changed: Vec::new(),
            runs: 0,
            inconsistent: Vec::new(),
            now: BTreeMap::new(),
            gone: Vec::new(),
        };
        let keeps = |pack: &&Pack| pack.rules.later_bills == LaterBills::Keep;
        book.keeps = book.packs().iter().any(keeps);
        book.opening = book.opens_with();
        book
    }

    /// Refuses a list of packs of which some would settle bills anew that others keep.
    pub(super) fn one_rule(&self) -> Result<(), Refusal> {
        let packs = self.packs();
        let Some((first, others)) = packs.split_first() else { return Ok(()) };
        let differs = |pack: &&&Pack| pack.rules.later_bills != first.rules.later_bills;
        let Some(other) = others.iter().find(differs) else { return Ok(()) };
        Err(Refusal::new(Code::LaterBillsDiffer, "$.replay", &other.id, &first.id))
    }

    /// Every pack that the message names, in the order of the list.
    pub(super) fn packs(&self) -> Vec<&Pack> {
        let named = self.message.replay.iter().filter_map(|fact| match fact {
            Fact::Bill(bill) => Some(&bill.pack),
            Fact::Refund(refund) => refund.rest.as_ref().map(|rest| &rest.pack),
            Fact::Scheme(scheme) => Some(&scheme.pack),
            _ => None,
        });
        let mut packs: Vec<&Pack> = Vec::new();
        for name in named.chain(&self.message.pack) {
            let id = name.split_once('@').map_or(name.as_str(), |(id, _)| id);
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
        let twice = std::mem::take(&mut self.runs) > 1;
        if !twice {
            return std::mem::take(&mut self.changed);
        }
        let mut changed: Vec<Difference> = Vec::new();
        // A fact that settles twice, as a refund with a rest does, changes a bill once.
        for later in self.changed.drain(..) {
            match changed.iter_mut().find(|first| first.id == later.id) {
                Some(first) => first.after = later.after,
                None => changed.push(later),
            }
        }
        changed.retain(|change| change.before != change.after);
        let of = |item: &Item<'_>| changed.iter().find(|change| change.id == item.id()).cloned();
        self.items.iter().filter_map(of).collect()
    }

    /// A bill among those changed whose pack lets nothing change it.
    pub(super) fn unchangeable<'c>(&self, changed: &'c [Difference]) -> Option<&'c str> {
        let refuses = |s: &Settlement| self.mode(&s.pack.id) == LaterBills::Refuse;
        let bill = |change: &&Difference| {
            let item = self.items.iter().find(|item| item.is_bill(&change.id));
            item.is_some_and(|item| item.settled().iter().any(refuses))
        };
        changed.iter().find(bill).map(|change| change.id.as_str())
    }

    /// Notes a key; one that was used before, or that a part of another may have, is refused.
    pub(super) fn note(&mut self, id: &str, code: Code, path: &str) -> Result<(), Refusal> {
        let clashes = |known: &String| known == id || is_part(known, id) || is_part(id, known);
        if let Some(known) = self.known.iter().find(|known| clashes(known)) {
            return Err(Refusal::new(code, path, known, ""));
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
        let at = self.place(Item { key, fact, what, balance: Yuan(0) })?;
        let first = self.seat()?;
        // Others that are read anew may have moved.
        let at = self.items.iter().position(|item| item.is_bill(id)).unwrap_or(at);
        self.run(first.map_or(at, |first| first.min(at)), Some(at))
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
        let at = self.place(item)?;
        self.run(at, Some(at))
    }

    /// Puts an item in its place.
    fn place(&mut self, item: Item<'m>) -> Result<usize, Refusal> {
        let at = self.items.iter().take_while(|other| other.key <= item.key).count();
        self.unless_refused(&item, at)?;
        self.items.insert(at, item);
        Ok(at)
    }

    /// Notes which bills of stays stand. Where a coverage row is read on the day of admission, the
    /// others of the stay may have other values now; the first that has.
    fn seat(&mut self) -> Result<Option<usize>, Refusal> {
        let seats = self.items.iter().filter_map(|item| match &item.what {
            What::Bill { told, .. } => told.encounter.stay.as_ref().map(|stay| Admitted {
                stay: &stay.id,
                on: told.encounter.admitted,
                again: stay.joins.is_some(),
            }),
            What::Refund { .. } | What::Claim { .. } | What::Credit(_) => None,
        });
        let seats: Vec<Admitted<'m>> = seats.collect();
        let same = seats == self.shared.stays;
        self.shared.stays = seats;
        let reads = |pack: &&Pack| pack.rules.coverage.iter().any(|row| row.value.admission);
        if same || !self.packs().iter().any(reads) { Ok(None) } else { self.read_anew() }
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
        let first = self.seat()?;
        self.run(first.map_or(at, |first| first.min(at)), None)
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
        self.log.enter(fact, event.clone());
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
        let again = self.shared.becomes.iter().filter(|other| other.on == becomes.on);
        for (dim, _) in MemberFacts::DIMS {
            let value = becomes.facts.value(dim);
            let other = again.clone().find_map(|other| other.facts.value(dim));
            if let (Some(value), Some(other)) = (value, other.filter(|other| value != Some(other)))
            {
                return Err(Refusal::new(Code::FactsTwice, format!("$.{dim}"), value, other));
            }
        }
        self.shared.becomes.push(becomes);
        self.refresh()
    }

    pub(super) fn scheme(&mut self, scheme: &'m Scheme) -> Result<(), Refusal> {
        let (id, _) = pack_reference(&scheme.pack)?;
        if self.engine.pack(id).is_none() {
            return Err(self.engine.unknown(id));
        }
        let differs = |other: &&&Scheme| {
            other.on == scheme.on && (&other.pack, &other.params) != (&scheme.pack, &scheme.params)
        };
        if let Some(other) = self.shared.schemes.iter().find(differs) {
            return Err(Refusal::new(Code::FactsTwice, "$.pack", &scheme.pack, &other.pack));
        }
        self.shared.schemes.push(scheme);
        self.refresh()
    }

    /// Makes every bill ready anew, and settles from the first one on that is another now.
    fn refresh(&mut self) -> Result<(), Refusal> {
        match self.read_anew()? {
            Some(first) => self.run(first, None),
            None => Ok(()),
        }
    }

    /// Makes every bill ready anew; the place of the first one that is another now.
    fn read_anew(&mut self) -> Result<Option<usize>, Refusal> {
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
            let now = prepare::ready(engine, shared, log, &mut self.timelines, told);
            if kept && now.is_err() {
                // It stays as it was settled, though it could not be settled any more.
                note(&mut self.inconsistent, &item.key.3);
                continue;
            }
            let now = now.map_err(|refusal| of_fact(self.message, item.fact, refusal))?;
            let alike = now.len() == ready.len()
                && now.iter().zip(ready.iter()).all(|(now, before)| now.is_like(before));
            if alike {
                let same = |(now, before): (&Ready, &Ready)| {
                    (now.admission, &now.meets) == (before.admission, &before.meets)
                };
                if kept {
                    continue;
                }
                if !now.iter().zip(ready.iter()).all(same) {
                    first = first.or(Some(index));
                }
                *ready = now;
                continue;
            }
            if kept {
                note(&mut self.inconsistent, &item.key.3);
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
            if let Some(item) = self.items.get_mut(index) {
                item.key = key;
            }
        }
        moved |= first.is_some() && self.claims_follow();
        if moved {
            self.items.sort_by(|a, b| a.key.cmp(&b.key));
            first = Some(0);
        }
        Ok(first)
    }

    /// Settles everything from a place on; `fresh` is new.
    fn run(&mut self, from: usize, fresh: Option<usize>) -> Result<(), Refusal> {
        let opening = self.opens_with();
        let from = if opening == self.opening { from } else { 0 };
        self.opening = opening;
        self.runs += 1;
        for at in from..self.items.len() {
            let is_fresh = fresh == Some(at);
            if !is_fresh && self.is_kept(at) {
                let bill = self.items.get(at).filter(|i| matches!(i.what, What::Bill { .. }));
                if let Some(id) = bill.map(|item| item.id().to_owned()) {
                    note(&mut self.inconsistent, &id);
                }
            } else if !is_fresh && fresh.is_some() && planted(Fault::LateSkipped) {
                // A late bill changes nothing behind it.
            } else {
                self.settle_anew(at, is_fresh)?;
            }
            let balance = self.balance_before(at);
            if let Some(item) = self.items.get_mut(at) {
                item.balance = Yuan(balance.0 + item.moves());
            }
        }
        Ok(())
    }

    /// Whether what stands at a place stays as it was settled.
    fn is_kept(&self, at: usize) -> bool {
        let Some(item) = self.items.get(at) else { return false };
        let of = match &item.what {
            What::Bill { settled, .. } if settled.is_empty() => return false,
            What::Bill { .. } => item.id(),
            What::Refund { done: None, .. } | What::Credit(_) => return false,
            What::Refund { told, .. } => told.of.as_str(),
            What::Claim { told, .. } => told.of.as_str(),
        };
        let bill = self.items.iter().find(|item| item.is_bill(of));
        let pack = bill.and_then(|bill| bill.settled().first()).map(|s| s.pack.id.as_str());
        pack.is_some_and(|pack| self.mode(pack) == LaterBills::Keep)
    }

    /// Settles the item at a place, and notes how it differs from before.
    fn settle_anew(&mut self, at: usize, is_fresh: bool) -> Result<(), Refusal> {
        let before = self.items.get(at).filter(|_| !is_fresh).map(Item::amounts);
        let settled = self.settle(at).map_err(|refusal| match self.items.get(at) {
            Some(item) if !is_fresh => of_fact(self.message, item.fact, refusal),
            _ => refusal,
        })?;
        let Some(item) = self.items.get_mut(at) else { return Ok(()) };
        match &mut item.what {
            What::Bill { settled: slot, .. } => *slot = settled,
            What::Claim { settled: slot, open, .. } => {
                *open |= !settled.is_empty();
                *slot = settled;
            }
            What::Refund { .. } | What::Credit(_) => {}
        }
        let (id, after) = (item.id().to_owned(), item.amounts());
        let Some(before) = before.filter(|before| *before != after) else { return Ok(()) };
        self.changed.push(Difference { id, before, after });
        Ok(())
    }

    /// The balance that the account opens with: the message's, or that of the first bill that
    /// stands and gives one; where bills stay as they were settled, of the first in the list.
    fn opens_with(&self) -> Option<Yuan> {
        let told = self.message.member.as_ref().and_then(|member| member.account);
        let given = |bill: &Request| bill.member.account.map(|account| account.balance);
        let balance = match told {
            Some(account) => Some(account.balance),
            None if self.keeps => self.message.replay.iter().find_map(|fact| match fact {
                Fact::Bill(bill) => given(bill),
                Fact::Refund(refund) => refund.rest.as_deref().and_then(given),
                _ => None,
            }),
            None => self.items.iter().find_map(|item| match &item.what {
                What::Bill { told, .. } => given(told),
                What::Refund { .. } | What::Claim { .. } | What::Credit(_) => None,
            }),
        };
        balance.or_else(|| self.credited.then_some(Yuan(0)))
    }

    pub(super) fn balance_before(&self, at: usize) -> Yuan {
        let before = at.checked_sub(1).and_then(|before| self.items.get(before));
        before.map_or(self.opening.unwrap_or_default(), |item| item.balance)
    }

    /// Settles the item at a place.
    fn settle(&mut self, at: usize) -> Result<Vec<Settlement>, Refusal> {
        let Some(item) = self.items.get(at) else { return Ok(Vec::new()) };
        let (ready, claimed) = match &item.what {
            What::Bill { ready, .. } => (ready.clone(), false),
            What::Claim { told, .. } => (self.claimed(told), true),
            What::Credit(_) => return Ok(Vec::new()),
            What::Refund { told, .. } => {
                let now = self.money_back(at, told);
                if let Some(What::Refund { done, stale, .. }) =
                    self.items.get_mut(at).map(|item| &mut item.what)
                {
                    // Money that was given back is not refused for what comes later.
                    *stale = now.is_err() && done.is_some();
                    if !*stale {
                        *done = Some(Box::new(now?));
                    }
                }
                return Ok(Vec::new());
            }
        };
        let states = self.now.clone();
        let mut alone: Vec<usize> = Vec::new();
        loop {
            match self.settle_parts(at, &ready, claimed, &alone)? {
                Parts::Settled(settled) => return Ok(settled),
                Parts::Alone(part) => {
                    alone.push(part);
                    self.now.clone_from(&states);
                }
            }
        }
    }

    /// Settles the parts of a bill; those that are `alone` move no counter, so that the part before
    /// keeps its record.
    fn settle_parts(
        &mut self,
        at: usize,
        ready: &[Ready],
        claimed: bool,
        alone: &[usize],
    ) -> Result<Parts, Refusal> {
        let mut balance = self.balance_before(at);
        if ready.first().is_some_and(|part| self.mode(&part.pack) == LaterBills::Keep) {
            let others = self.items.iter().enumerate().rev().filter(|(other, _)| *other != at);
            balance = others.map(|(_, item)| item.balance).next().unwrap_or(balance);
        }
        let mut settled: Vec<Settlement> = Vec::with_capacity(ready.len());
        let Joined { goes_on, opens, drops, mut handed } = self.joined(at, ready, claimed);
        for (index, part) in ready.iter().enumerate() {
            let mut request = part.request.clone();
            if let Some(stay) = &mut request.encounter.stay {
                stay.id = goes_on.name(&stay.id);
            }
            request.member.account = self.opening.is_some().then(|| {
                let own = request.member.account.and_then(|account| account.mutual_aid);
                Account { balance, mutual_aid: self.mutual_aid(at, &settled, own) }
            });
            request.state = self.state_before(at, &settled, part);
            self.opens_anew(at, part, &mut request, opens && index == 0);
            let own = request.state.as_ref().map(|state| state.counters.clone());
            // A record that is there already goes on.
            let there =
                request.encounter.stay.as_ref().zip(own.as_ref()).is_some_and(|(stay, own)| {
                    own.contains_key(&format!("stay:{}.ordinal", stay.id))
                });
            let taken = handed.take().filter(|_| !there);
            let takes_over = taken.is_some();
            if let Some(counters) = taken {
                let state = request.state.take();
                request.state = Some(self.received(state, (part, &request), counters));
            }
            if ready.get(index + 1).is_some_and(|next| next.hands_over) {
                handed = Some(self.handed(&request, claimed)?);
                let stay = request.encounter.stay.as_mut();
                if let Some(stay) = stay.filter(|_| !alone.contains(&(index + 1))) {
                    stay.closes = true;
                }
            }
            let drops = drops.as_deref().filter(|_| index == 0);
            let mut settlement = self.engine.settle_as(&request, How { claimed, drops })?;
            if takes_over && settlement.postings.is_empty() {
                // What moves no counter takes no record over: it stays where it was.
                if index > 0 && !alone.contains(&index) {
                    return Ok(Parts::Alone(index));
                }
                settlement.state = settlement.state.map(|state| {
                    let State { member, pack, year, seq, last, .. } = state;
                    counters::state(member, pack, year, seq, last, own.unwrap_or_default())
                });
            }
            // A bill without an account moves no balance; what is left goes on to the next.
            if self.opening.is_none() || claimed {
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
        Ok(Parts::Settled(settled))
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
            What::Refund { told, done, .. } if drew(&told.of) => {
                done.as_ref().map(|done| done.mutual_aid.0)
            }
            _ => None,
        });
        Some(Yuan((told.0 - drawn + given_back.sum::<i64>()).clamp(0, told.0)))
    }
}

/// Adds an id to a list that does not have it.
fn note(ids: &mut Vec<String>, id: &str) {
    if !ids.iter().any(|known| known == id) {
        ids.push(id.to_owned());
    }
}

/// Whether a key is one that a part of what has the other key may have: `ID/1`, `ID/2` …
fn is_part(key: &str, whole: &str) -> bool {
    let number = key.strip_prefix(whole).and_then(|rest| rest.strip_prefix('/'));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    number.is_some_and(|number| is_number(number) && !matches!(number.get(..1), None | Some("0")))
}

/// A refusal of what another fact brought: its path is that fact's.
fn of_fact(message: &Replay, fact: usize, refusal: Refusal) -> Refusal {
    let kind = match message.replay.get(fact) {
        Some(Fact::Bill(_)) => ".bill",
        Some(Fact::Refund(refund)) if refund.rest.is_some() => ".refund.rest",
        Some(Fact::Refund(_)) => ".refund",
        Some(Fact::Claim(_)) => ".claim",
        _ => "",
    };
    within(refusal, &format!("$.replay[{fact}]{kind}"))
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
