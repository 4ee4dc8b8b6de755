//! A bill among a member's facts: what it leaves out is said by the message and by other facts.

use std::collections::BTreeMap;

use tongchou_wire::amount::Date;
use tongchou_wire::request::{Account, Becomes, Fact, Member, MemberFacts, Request, Scheme};

use crate::day::{Days, benefit_year};
use crate::dims;
use crate::generate::days::shift;
use crate::pack::Pack;
use crate::refusal::Refusal;
use crate::segments::{self, Bounds, Cuts, Segment};
use crate::standing::{self, Moment};

use super::{Bill, Desk, Refused};

const EPOCH: Date = Date { year: 1970, month: 1, day: 1 };

/// A bill as it is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The place of its fact.
    pub fact: usize,
    /// The bill.
    pub request: Request,
    /// Id of the pack: that of its first part.
    pub pack: String,
    /// Its day.
    pub day: Date,
    /// Its time of day, in minutes.
    pub time: u16,
    /// What is settled: its segments, or the bill itself.
    pub parts: Vec<Part>,
    /// Whether it is a stay.
    pub is_stay: bool,
    /// The account that it gives itself.
    pub own: Option<Account>,
}

/// A segment of a bill, or the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The request.
    pub request: Request,
    /// Id of the pack.
    pub pack: String,
    /// Its day.
    pub day: Date,
    /// The dimensions that follow from the facts, with their values.
    pub derived: Vec<(String, String)>,
    /// How it comes to its stay.
    pub joint: Joint,
}

/// How a part of a bill comes to its stay, as far as that does not hang on what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joint {
    /// The stay as the bill names it.
    pub named: Option<String>,
    /// How many cuts of the bill before it opened a stay of their own.
    pub stays: i64,
    /// The cut on which the bill itself begins.
    pub meets: Option<Meets>,
    /// The pack and the year that the part before it left the record in, if it goes on with that
    /// under another pack.
    pub from: Option<(String, i16)>,
}

/// A cut on which an interim bill begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meets {
    /// Whether a stay of its own is opened there.
    pub charge: bool,
    /// The pack of the day before, if it is another.
    pub other: Option<String>,
}

/// A bill and what is said for it.
struct Spoken<'m> {
    pack: &'m Pack,
    day: Date,
    /// Without what the message and the facts say of pack and member.
    unsaid: Request,
    request: Request,
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
        let Spoken { pack, day, unsaid, mut request } = self.spoken(bill.said)?;
        let moment = Moment { day, admitted: self.admission(bill.said) };
        let cuts = self.cuts(pack, (bill.said, &request), moment)?;
        let parts = self.parts(pack, bill.said, &unsaid, (&cuts, moment))?;
        // Of a bill that is cut each part is asked what it says.
        let own = self.own(bill.said).filter(|_| parts.is_empty());
        let derived = standing::derive(pack, &self.others, own, &mut request, moment)?;
        let time = request.encounter.time.map_or(0, |clock| clock.0);
        let is_stay = dims::is_stay(pack, &request)?;
        let (fact, own_pack) = (bill.fact, pack.id.clone());
        let joint = Joint::default();
        let whole = Part { request: request.clone(), pack: own_pack, day, derived, joint };
        let mut parts = if parts.is_empty() { vec![whole] } else { parts };
        let named = bill.said.encounter.stay.as_ref().map(|stay| stay.id.clone());
        for part in &mut parts {
            part.joint.named.clone_from(&named);
        }
        let mut pack = String::new();
        if let Some(first) = parts.first_mut() {
            first.joint.meets = self.meets(bill.said, &first.pack);
            pack.clone_from(&first.pack);
        }
        let own = bill.said.member.account;
        Ok(Resolved { fact, pack, day, time, is_stay, own, parts, request })
    }

    /// A bill with all that the message and the facts say for it, but for what is derived.
    fn spoken(&self, said: &Request) -> Result<Spoken<'m>, Refusal> {
        let mut unsaid = said.clone();
        for (name, amount) in &self.message.facts {
            unsaid.facts.entry(name.clone()).or_insert(*amount);
        }
        let mut request = unsaid.clone();
        let (pack, day) = self.say(&mut request)?;
        Ok(Spoken { pack, day, unsaid, request })
    }

    /// Says pack and member of a bill, or of a part of one, on its own day.
    fn say(&self, request: &mut Request) -> Result<(&'m Pack, Date), Refusal> {
        if request.pack.is_empty() {
            self.name_pack(request)?;
        }
        let pack = self.pack_of(&request.pack)?;
        let day = day(pack, request);
        self.say_member(day, &mut request.member);
        Ok((pack, day))
    }

    /// The day of admission: of a bill that names its stay the earliest of the bills that name it,
    /// from the last readmission up to it.
    fn admission(&self, said: &Request) -> Date {
        let own = said.encounter.admitted;
        let Some(stay) = &said.encounter.stay else { return own };
        let others = self.bills.iter().filter(|bill| bill.stands).map(|bill| bill.said);
        let others = others.filter(|other| other.encounter.id != said.encounter.id);
        let mut bills: Vec<(Date, bool)> = Vec::new();
        for bill in others.chain([said]) {
            if let Some(named) = bill.encounter.stay.as_ref().filter(|it| it.id == stay.id) {
                let again = named.joins.is_some();
                bills.push((bill.encounter.admitted, again));
            }
        }
        let since = bills.iter().filter(|(day, again)| *again && *day <= own).map(|it| it.0).max();
        let days = bills.iter().map(|(day, _)| *day);
        days.filter(|day| since.is_none_or(|since| since <= *day)).min().unwrap_or(own)
    }

    /// Where a bill is cut.
    fn cuts(
        &self,
        pack: &Pack,
        (said, request): (&Request, &Request),
        moment: Moment,
    ) -> Result<Cuts, Refusal> {
        if pack.rules.splits.is_empty() && pack.period.is_empty() {
            return Ok(Cuts::default());
        }
        let params = dims::params(pack, request)?;
        let days = Days::of(pack, request)?;
        let facts = params.and(dims::of_bill(pack, request, &days, 1)?);
        let bounds = Bounds::of(request);
        let changes = |what: &str| match what {
            "scheme" => Ok(self.scheme_changes(said, bounds)),
            dim => {
                let own = (request, moment);
                standing::changes(pack, &self.others, own, dim, (bounds.first, bounds.last))
            }
        };
        segments::cuts(pack, request, moment.day, &facts, &changes)
    }

    /// The days within a bill that names no pack on which the scheme, its pack or its parameters,
    /// is another than the day before.
    fn scheme_changes(&self, said: &Request, bounds: Bounds) -> Vec<i64> {
        if !said.pack.is_empty() {
            return Vec::new();
        }
        let on = |day: i64| self.named(shift(EPOCH, day));
        let is_other = |day: &i64| {
            on(*day)
                .zip(on(*day - 1))
                .is_some_and(|((pack, params), (old, before))| (pack, params) != (old, before))
        };
        (bounds.first + 1..=bounds.last).filter(is_other).collect()
    }

    /// The cut on which an interim bill begins: the same bill, begun a day earlier, would be cut
    /// there. What cannot be asked of the day before makes none.
    fn meets(&self, said: &Request, begins: &str) -> Option<Meets> {
        said.encounter.stay.as_ref()?;
        let first = said.encounter.admitted;
        let before = shift(first, -1);
        let mut earlier = said.clone();
        earlier.encounter.admitted = before;
        earlier.encounter.discharged = Some(said.encounter.discharged.unwrap_or(first));
        let Spoken { pack, day, request, .. } = self.spoken(&earlier).ok()?;
        let moment = Moment { day, admitted: self.admission(&earlier) };
        let charge = self.cuts(pack, (said, &request), moment).ok()?.charge_on(first)?;
        earlier.encounter.discharged = Some(before);
        let (pack, _) = self.say(&mut earlier).ok()?;
        let other = (pack.id != begins).then(|| pack.id.clone());
        Some(Meets { charge, other })
    }

    /// The segments of a bill, each with what follows from the facts on its own day; none where
    /// it is not cut.
    fn parts(
        &self,
        pack: &Pack,
        said: &Request,
        unsaid: &Request,
        (cuts, whole): (&Cuts, Moment),
    ) -> Result<Vec<Part>, Refusal> {
        if cuts.is_none() {
            return Ok(Vec::new());
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut before: Option<(String, i16)> = None;
        for segment in segments::segments(pack, unsaid, cuts)? {
            let Segment { mut request, stays, goes_on } = segment;
            let (pack, day) = self.say(&mut request)?;
            let moment = Moment { day, ..whole };
            let own = self.own(said);
            let derived = standing::derive(pack, &self.others, own, &mut request, moment)?;
            let state = (pack.id.clone(), benefit_year(pack, day));
            let from = before.replace(state).filter(|(before, _)| goes_on && *before != pack.id);
            let joint = Joint { stays, from, ..Joint::default() };
            parts.push(Part { request, pack: pack.id.clone(), day, derived, joint });
        }
        Ok(parts)
    }

    /// The pack and the parameters of a day, where a bill names no pack.
    fn named(&self, day: Date) -> Option<(&'m str, &'m BTreeMap<String, String>)> {
        match self.scheme(day) {
            Some(scheme) => Some((scheme.pack.as_str(), &scheme.params)),
            None => self.message.pack.as_deref().map(|pack| (pack, &self.message.params)),
        }
    }

    fn name_pack(&self, request: &mut Request) -> Result<(), Refusal> {
        let (pack, params) = self.named(request.encounter.admitted).ok_or(Refusal::NoPack)?;
        pack.clone_into(&mut request.pack);
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

    /// Whether a pack of the list keeps bills as they were settled.
    pub fn names_keep(&self) -> bool {
        self.listed().iter().any(|pack| pack.rules.later_bills == "keep")
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
