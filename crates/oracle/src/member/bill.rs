//! A bill among a member's facts: what it leaves out is said by the message and by other facts.

use tongchou_wire::amount::Date;
use tongchou_wire::request::{Becomes, Fact, Member, MemberFacts, Request, Scheme};

use crate::day::Days;
use crate::dims;
use crate::pack::Pack;
use crate::refusal::Refusal;
use crate::segments::{self, Bounds};
use crate::standing;

use super::{Bill, Desk, Refused};

/// A bill as it is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The place of its fact.
    pub fact: usize,
    /// The bill.
    pub request: Request,
    /// Id of the pack.
    pub pack: String,
    /// Its day.
    pub day: Date,
    /// Its time of day, in minutes.
    pub time: u16,
    /// What is settled: its segments, or the bill itself.
    pub parts: Vec<Part>,
    /// Whether it is a stay.
    pub is_stay: bool,
    /// The mutual aid that it gives with an account of its own; that of the message otherwise.
    pub own_aid: Option<i64>,
}

/// A segment of a bill, or the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The request.
    pub request: Request,
    /// Its day.
    pub day: Date,
    /// The dimensions that follow from the facts, with their values.
    pub derived: Vec<(String, String)>,
}

/// The bill's own day under a pack.
pub fn day(pack: &Pack, request: &Request) -> Date {
    let encounter = &request.encounter;
    match pack.dated_by.as_str() {
        "admission" => encounter.admitted,
        _ => encounter.discharged.unwrap_or(encounter.admitted),
    }
}

impl<'m> Desk<'m> {
    /// The pack that a reference names.
    pub fn pack_of(&self, reference: &str) -> Result<&'m Pack, Refusal> {
        let id = reference.split_once('@').map_or(reference, |(id, _)| id);
        self.packs.pack(id).ok_or(Refusal::PackName)
    }

    /// The scheme on a day; the last known of the latest.
    fn scheme(&self, day: Date) -> Option<&'m Scheme> {
        let schemes = self.others.iter().filter_map(|(_, fact)| match fact {
            Fact::Scheme(scheme) if scheme.on <= day => Some(scheme),
            _ => None,
        });
        schemes.max_by_key(|scheme| scheme.on)
    }

    /// What a bill says itself, where all facts are known: then it may not say otherwise.
    fn own<'r>(&self, said: &'r Request) -> Option<&'r Request> {
        self.all_known.then_some(said)
    }

    /// A bill with all that it leaves out.
    pub fn resolve(&self, bill: &Bill<'m>) -> Result<Resolved, Refused> {
        self.resolve_inner(bill).map_err(Refused::at(bill.fact))
    }

    fn resolve_inner(&self, bill: &Bill<'m>) -> Result<Resolved, Refusal> {
        let mut request = bill.said.clone();
        if request.pack.is_empty() {
            self.name_pack(&mut request)?;
        }
        let pack = self.pack_of(&request.pack)?;
        let day = day(pack, &request);
        for (name, amount) in &self.message.facts {
            request.facts.entry(name.clone()).or_insert(*amount);
        }
        let unsaid = request.clone();
        self.say_member(day, &mut request.member);
        let parts = self.parts(pack, bill.said, (&unsaid, &request), day)?;
        let derived = standing::derive(pack, &self.others, self.own(bill.said), &mut request, day)?;
        let time = request.encounter.time.map_or(0, |clock| clock.0);
        let is_stay = dims::is_stay(pack, &request)?;
        let (fact, pack) = (bill.fact, pack.id.clone());
        let whole = vec![Part { request: request.clone(), day, derived }];
        let parts = if parts.is_empty() { whole } else { parts };
        let account = bill.said.member.account;
        let own_aid = account.map(|account| account.mutual_aid.unwrap_or_default().0);
        Ok(Resolved { fact, pack, day, time, is_stay, own_aid, parts, request })
    }

    /// The segments of a bill, each with what follows from the facts on its own day; none where
    /// it is not cut.
    fn parts(
        &self,
        pack: &Pack,
        said: &Request,
        (unsaid, request): (&Request, &Request),
        own_day: Date,
    ) -> Result<Vec<Part>, Refusal> {
        if pack.rules.splits.is_empty() && pack.period.is_empty() {
            return Ok(Vec::new());
        }
        let params = dims::params(pack, request)?;
        let days = Days::of(pack, request)?;
        let facts = params.and(dims::of_bill(pack, request, &days, 1)?);
        let bounds = Bounds::of(request);
        let changes = |dim: &str| {
            let own = (request, own_day);
            standing::changes(pack, &self.others, own, dim, (bounds.first, bounds.last))
        };
        let cuts = segments::cuts(pack, request, own_day, &facts, &changes)?;
        if cuts.is_none() {
            return Ok(Vec::new());
        }
        // What is left to the message is said of each segment on its own day.
        let segments = segments::segments(pack, unsaid, &cuts)?;
        let mut parts = Vec::new();
        for mut request in segments {
            let day = day(pack, &request);
            self.say_member(day, &mut request.member);
            let derived = standing::derive(pack, &self.others, self.own(said), &mut request, day)?;
            parts.push(Part { request, day, derived });
        }
        Ok(parts)
    }

    fn name_pack(&self, request: &mut Request) -> Result<(), Refusal> {
        let last = request.encounter.discharged.unwrap_or(request.encounter.admitted);
        let named = |day: Date| match self.scheme(day) {
            Some(scheme) => Some((scheme.pack.clone(), &scheme.params)),
            None => self.message.pack.clone().map(|pack| (pack, &self.message.params)),
        };
        let (at_end, _) = named(last).ok_or(Refusal::NoPack)?;
        let own_day = day(self.pack_of(&at_end)?, request);
        let (pack, params) = named(own_day).ok_or(Refusal::NoPack)?;
        request.pack = pack;
        if request.params.is_empty() {
            request.params.clone_from(params);
        }
        Ok(())
    }

    fn say_member(&self, day: Date, member: &mut Member) {
        let becomes: Vec<&Becomes> = self.becomes(day);
        let none = Member::default();
        let said = self.message.member.as_ref().unwrap_or(&none);
        for (dim, _) in MemberFacts::DIMS {
            let latest = becomes.iter().rev().find_map(|it| it.facts.value(dim));
            let value = latest.or(said.facts.value(dim)).map(str::to_owned);
            if let Some(slot) = member.facts.slot(dim)
                && slot.is_none()
            {
                *slot = value;
            }
        }
        if member.id.is_none() {
            member.id.clone_from(&said.id);
        }
        if member.born.is_none() && member.age.is_none() {
            (member.born, member.age) = (said.born, said.age);
        }
        if member.account.is_none() {
            member.account = said.account;
        }
    }

    /// The changes of the member up to a day, the latest last.
    fn becomes(&self, day: Date) -> Vec<&'m Becomes> {
        let becomes = self.others.iter().filter_map(|(_, fact)| match fact {
            Fact::Becomes(becomes) if becomes.on <= day => Some(becomes),
            _ => None,
        });
        let mut becomes: Vec<&Becomes> = becomes.collect();
        becomes.sort_by_key(|it| it.on);
        becomes
    }
}

impl<'m> Desk<'m> {
    /// The packs that the list names.
    fn listed(&self) -> Vec<&'m Pack> {
        let by_fact = self.message.replay.iter().filter_map(|fact| match fact {
            Fact::Scheme(scheme) => Some(scheme.pack.as_str()),
            other => super::bill_of(other).map(|bill| bill.pack.as_str()),
        });
        let names = by_fact.chain(self.message.pack.as_deref());
        names.filter_map(|name| self.pack_of(name).ok()).collect()
    }

    /// Refuses an event that no pack of the list declares, or of an unknown reason.
    pub fn check_event(&self, index: usize, fact: &Fact) -> Result<(), Refused> {
        let Fact::Event(event) = fact else { return Ok(()) };
        let packs = self.listed();
        let kinds = packs.iter().flat_map(|pack| &pack.rules.events);
        let mut kinds = kinds.filter(|kind| kind.name == event.event).peekable();
        let reason_known = |kind: &crate::rules::Kind| match &event.reason {
            Some(reason) => kind.reasons.contains(reason),
            None => true,
        };
        if kinds.peek().is_none() || !kinds.clone().any(reason_known) {
            return Err(Refused::at(index)(Refusal::EventUnknown(event.event.clone())));
        }
        let chosen = i64::try_from(event.institutions.len()).unwrap_or(i64::MAX);
        let may = |kind: &crate::rules::Kind| {
            let Some(selects) = &kind.selects else { return true };
            let mut levels = event.institutions.iter().filter_map(|it| it.level.as_ref());
            let level = levels.any(|level| selects.levels.contains(level));
            let enough = selects.least <= chosen && chosen <= selects.most;
            enough && (selects.levels.is_empty() || level)
        };
        if kinds.all(may) {
            return Ok(());
        }
        Err(Refused::at(index)(Refusal::EventSelection(event.event.clone())))
    }

    /// Refuses an event that ends what has not begun.
    pub fn check_closing(&self) -> Result<(), Refused> {
        for (place, fact) in &self.others {
            let Fact::Event(_) = fact else { continue };
            let (mut opens, mut closes, mut finds) = (false, false, false);
            for pack in self.listed() {
                let events = standing::events(pack, &self.others);
                let own = events.iter().find(|event| event.fact == Some(*place));
                let Some(event) = own else { continue };
                let found = standing::closes(pack, &events, event).map_err(Refused::at(*place))?;
                opens |= found.0;
                closes |= found.1;
                finds |= found.2;
            }
            if closes && !opens && !finds {
                return Err(Refused::at(*place)(Refusal::NothingToClose(String::new())));
            }
        }
        Ok(())
    }
}
