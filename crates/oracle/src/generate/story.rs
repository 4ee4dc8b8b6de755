//! A member's facts: bills in order of service with all that befalls them, and then an order of
//! arrival.

use std::collections::BTreeMap;

use tongchou_wire::amount::{Clock, Date, Month, Yuan};
use tongchou_wire::request::{
    Becomes, CONTRACT, ClaimFact, Contribution, Credit, EncounterFacts, Event, Fact, Institution,
    MemberFacts, RefundFact, Replay, Request, Scheme,
};

use crate::counters::Counters;
use crate::day::benefit_year;
use crate::member::books::handed_on;
use crate::pack::{DimSource, Pack};
use crate::settle::{Verdict, settle};

use super::build::Builder;
use super::days::shift;
use super::dice::Dice;
use super::history::{History, Mood};
use super::scheme;
use super::target::Target;

/// A list of facts.
#[derive(Clone, Debug)]
pub struct Story<'g> {
    /// The pack of its bills.
    pub pack: &'g Pack,
    /// The message.
    pub message: Replay,
    /// How many bills it has, those settled in the place of others included.
    pub bills: u64,
}

/// A bill and how it is settled if nothing comes in between.
pub struct Told {
    /// The bill.
    pub request: Request,
    /// How it is settled.
    pub verdict: Option<Verdict>,
    /// Its day.
    pub day: Date,
}

/// How many bills a list has.
pub fn length(dice: &mut Dice) -> i64 {
    match dice.weighted([780, 200, 18, 2]) {
        0 => dice.between(1, 8),
        1 => dice.between(6, 14),
        2 => dice.between(15, 60),
        _ => dice.between(61, 200),
    }
}

/// Makes the list of a number.
pub fn tell<'g>(
    (pack, others): (&'g Pack, &[&Pack]),
    targets: &'g [Target],
    index: u64,
    mut dice: Dice,
) -> Story<'g> {
    let count = length(&mut dice);
    let mut told = bills(pack, targets, index, count, &mut dice);
    let changes = !others.is_empty() && dice.percent(60);
    let dated = !pack.rules.splits.is_empty() && (changes || dice.percent(40));
    if dated {
        scheme::date(pack, &mut dice, &mut told);
    }
    let met = match dice.percent(35) {
        true => scheme::meet(pack, &mut dice, &mut told),
        false => None,
    };
    let mut teller = Teller { pack, index, dice, facts: Vec::new(), bills: 0 };
    teller.of_bills(&told);
    if changes {
        teller.schemes(&told, others, met);
    }
    teller.around(&told, met);
    teller.wrong(&told);
    let named = teller.dice.percent(40) || changes;
    let params = match named && teller.dice.percent(50) {
        true => scheme::params(&mut teller.dice, pack),
        false => BTreeMap::new(),
    };
    let message = Replay {
        contract: CONTRACT,
        pack: named.then(|| pack.id.clone()),
        params,
        facts: BTreeMap::new(),
        member: None,
        replay: Vec::new(),
    };
    let message = teller.finish(message, changes);
    Story { pack, message, bills: teller.bills }
}

/// The bills in order of service.
fn bills(pack: &Pack, targets: &[Target], index: u64, count: i64, dice: &mut Dice) -> Vec<Told> {
    let mut history = History::new(dice);
    history.apart = true;
    let life = super::days::distance(pack.from, pack.to);
    history.step = (20 < count).then(|| (life / count / 2).max(1));
    if 5 < count {
        history.day = Some(shift(pack.from, dice.between(0, life / 3)));
    }
    if history.mood == Mood::Wards {
        history.mood = Mood::Stays;
    }
    let mut years: BTreeMap<i16, (u32, Counters)> = BTreeMap::new();
    let mut told = Vec::new();
    for number in 1..=count {
        // The bill is drawn on the state of the day of the bill before it, or handed on.
        let mut builder = Builder { pack, targets, dice: &mut *dice, quick: true };
        let mut request = builder.in_history(format!("{index}-{number}"), &mut history);
        let day = crate::member::own_day(pack, &request);
        let year = benefit_year(pack, day);
        let fresh = || (0, handed_on(pack, years.get(&(year - 1))));
        let (seq, held) = years.get(&year).cloned().unwrap_or_else(fresh);
        let member = request.member.id.clone();
        request.year_to_date = BTreeMap::new();
        request.state = Some(super::state(pack, member, year, seq, &held));
        let verdict = settle(pack, &request).ok();
        request.state = None;
        if let Some(verdict) = &verdict {
            let state = (verdict.seq, verdict.counters.clone());
            history.held = Some((year, state.0, state.1.clone()));
            years.insert(year, state);
        }
        request.explain = false;
        leave_to_facts(pack, dice, &mut request);
        told.push(Told { request, verdict, day });
    }
    told
}

/// Mostly leaves to the facts what follows from them; says when and where.
fn leave_to_facts(pack: &Pack, dice: &mut Dice, request: &mut Request) {
    for row in &pack.rules.coverage {
        let dim = &row.says.dim;
        if dice.percent(1) {
            continue;
        }
        if let Some(slot) = request.member.facts.slot(dim) {
            *slot = None;
        } else if let Some(slot) = request.encounter.facts.slot(dim) {
            *slot = None;
        }
    }
    if !pack.rules.coverage.is_empty() {
        let minute = u16::try_from(dice.pick([0, 540, 720, 1439, 361, 482])).unwrap_or(0);
        request.encounter.time = dice.percent(85).then_some(Clock(minute));
        let institution = format!("h{}", dice.between(1, 3));
        request.encounter.institution = dice.percent(85).then_some(institution);
    } else if dice.percent(8) {
        let minute = u16::try_from(dice.pick([0, 540, 720, 1439])).unwrap_or(0);
        request.encounter.time = Some(Clock(minute));
    }
}

struct Teller<'g> {
    pack: &'g Pack,
    index: u64,
    dice: Dice,
    /// Facts with their place in the order of arrival, in thousands.
    facts: Vec<(i64, Fact)>,
    bills: u64,
}

impl Teller<'_> {
    fn id(&mut self, kind: &str) -> String {
        format!("{kind}{}-{}", self.index, self.facts.len())
    }

    /// The bills, mostly as they are served; some late, some taken back.
    fn of_bills(&mut self, told: &[Told]) {
        let late = self.dice.weighted([45, 35, 20]);
        let last = i64::try_from(told.len()).unwrap_or(0) * 1000;
        for (number, bill) in (0..).zip(told) {
            let mut at = number * 1000;
            let is_late = match late {
                0 => false,
                1 => self.dice.percent(12),
                _ => self.dice.percent(50),
            };
            if is_late {
                let far = self.dice.any_size(last - at);
                at = self.dice.pick([last + 500, at + far, at + 1500]);
            }
            self.bills += 1;
            self.facts.push((at, Fact::Bill(Box::new(bill.request.clone()))));
            let share = if number == 0 { 14 } else { 5 };
            if self.dice.percent(share) {
                let at = at + 1 + self.dice.any_size(last - at);
                self.facts.push((at, Fact::Cancel(bill.request.encounter.id.clone())));
                if self.dice.percent(2) {
                    let at = at + self.dice.between(0, 1);
                    self.facts.push((at, Fact::Cancel(bill.request.encounter.id.clone())));
                }
                continue;
            }
            let at = at + 1 + self.dice.any_size((last - at) / 2);
            let back = self.money_back(at, bill);
            self.claim(at + 4, bill, back);
            if back == Some(false) && self.dice.percent(5) {
                let at = at + 5 + self.dice.any_size(last);
                self.facts.push((at, Fact::Cancel(bill.request.encounter.id.clone())));
            }
        }
    }

    /// Where a fact that changes bills becomes known: where bills may not be changed, mostly before
    /// all of them.
    fn place(&mut self, places: i64) -> i64 {
        let refuses = self.pack.rules.later_bills == "refuse";
        if refuses && self.dice.percent(85) { 0 } else { self.dice.between(0, places) }
    }

    /// Changes of the scheme, also on the first day of a stay's bill.
    fn schemes(&mut self, told: &[Told], others: &[&Pack], met: Option<Date>) {
        let Some((first, last)) = told.first().zip(told.last()) else { return };
        let days = super::days::distance(first.day, last.day);
        let places = i64::try_from(told.len()).unwrap_or(0) * 1000;
        for step in 0..self.dice.weighted([0, 70, 30]) {
            let any = shift(first.day, self.dice.between(-5, days + 5));
            let on = match (met, self.dice.one_of(told)) {
                (Some(met), _) if step == 0 && self.dice.percent(80) => met,
                (_, Some(bill)) if self.dice.percent(40) => bill.request.encounter.admitted,
                _ => any,
            };
            // From the first scheme to another one, and then to any.
            let Some(pack) = self.dice.one_of(others) else { return };
            let params = scheme::params(&mut self.dice, pack);
            let scheme = Scheme { on, pack: pack.id.clone(), params };
            let at = self.place(places);
            if self.dice.percent(2) {
                let params = scheme::params(&mut self.dice, pack);
                self.facts.push((at + 1, Fact::Scheme(Scheme { params, ..scheme.clone() })));
            }
            self.facts.push((at, Fact::Scheme(scheme)));
        }
    }

    /// Refunds: of amounts of what the person paid alone, and of whole bills.
    /// Whether of the whole; none if nothing is given back.
    fn money_back(&mut self, at: i64, bill: &Told) -> Option<bool> {
        let verdict = bill.verdict.as_ref()?;
        let amounts = verdict.amounts;
        let alone = amounts.fund.0 == 0 && amounts.hospital.0 == 0 && 0 < amounts.person.0;
        if self.pack.rules.refund.is_none() && !self.dice.percent(0) {
            return None;
        }
        let share = if alone { 45 } else { 4 };
        if !self.dice.percent(share) {
            return None;
        }
        let mut left = amounts.person.0;
        let mut on = bill.day;
        for step in 0..self.dice.between(1, 3) {
            on = shift(on, self.dice.between(0, 20));
            let part = self.dice.between(1, left.max(1));
            let part = self.dice.pick([part, part, left, (left - 1).max(1)]);
            let whole = !alone && !self.dice.percent(3) || self.dice.percent(8);
            let amount = if self.dice.percent(1) { left + 1 } else { part };
            let id = self.id("r");
            let mut refund = self.refund(id, bill, on);
            if whole {
                refund.rest = self.rest(bill);
            } else {
                refund.amount = Some(Yuan(amount));
            }
            self.facts.push((at + step, Fact::Refund(Box::new(refund))));
            left -= amount;
            if whole || left <= 0 {
                return Some(whole);
            }
        }
        Some(false)
    }

    fn refund(&mut self, id: String, bill: &Told, on: Date) -> RefundFact {
        let mut facts = EncounterFacts::default();
        let rules = self.pack.rules.refund.as_ref();
        for (dim, value) in rules.into_iter().flat_map(|rules| &rules.requires) {
            if let Some(slot) = facts.slot(dim).filter(|_| !self.dice.percent(1)) {
                *slot = Some(value.clone());
            }
        }
        let of = bill.request.encounter.id.clone();
        RefundFact { id, of, on, amount: None, facts, rest: None }
    }

    /// What remains of a bill: the same with less in scope.
    fn rest(&mut self, bill: &Told) -> Option<Box<Request>> {
        if self.dice.percent(40) {
            return None;
        }
        let mut rest = bill.request.clone();
        rest.encounter.id.push_str("-rest");
        rest.stated_total = None;
        rest.hospital_share = None;
        if let tongchou_wire::request::Bill::Totals(totals) = &mut rest.bill {
            totals.in_scope = Yuan(self.dice.between(0, totals.in_scope.0));
        }
        self.bills += 1;
        Some(Box::new(rest))
    }

    fn claim(&mut self, at: i64, bill: &Told, back: Option<bool>) {
        let open = bill.verdict.as_ref().is_some_and(|verdict| verdict.claim.is_some());
        let share = match back {
            None => 60,
            Some(whole) => {
                if whole {
                    2
                } else {
                    25
                }
            }
        };
        if !(open && self.dice.percent(share) || self.dice.between(1, 3000) == 1) {
            return;
        }
        if open && bill.request.encounter.stay.is_none() && self.dice.percent(30) {
            self.twin(at, bill);
        }
        let on = shift(bill.day, 1 + self.dice.any_size(300));
        let id = self.id("c");
        let of = bill.request.encounter.id.clone();
        self.facts.push((at, Fact::Claim(ClaimFact { id, of: of.clone(), on })));
        if self.dice.percent(2) {
            let id = self.id("c");
            self.facts.push((at + 1, Fact::Claim(ClaimFact { id, of, on })));
        }
    }

    /// Another visit of the same day at another time, claimed as well.
    fn twin(&mut self, at: i64, bill: &Told) {
        let mut twin = bill.request.clone();
        let encounter = &mut twin.encounter;
        if encounter.discharged.is_some_and(|last| last != encounter.admitted) {
            return;
        }
        encounter.id.push_str("-twin");
        encounter.time = Some(Clock(self.minute()));
        let of = encounter.id.clone();
        self.bills += 1;
        let back = self.dice.between(0, 600);
        self.facts.push((at - back, Fact::Bill(Box::new(twin))));
        let on = shift(bill.day, 1 + self.dice.any_size(300));
        let id = self.id("c");
        self.facts.push((at + 1, Fact::Claim(ClaimFact { id, of, on })));
    }

    /// Credits and changes of the member.
    fn around(&mut self, told: &[Told], met: Option<Date>) {
        let Some((first, last)) = told.first().zip(told.last()) else { return };
        let days = super::days::distance(first.day, last.day);
        let places = i64::try_from(told.len()).unwrap_or(0) * 1000;
        for _ in 0..self.dice.weighted([60, 20, 15, 5]) {
            let on = shift(first.day, self.dice.between(-5, days + 5));
            let at = 1 + self.place(places);
            let (id, amount) = (self.id("k"), Yuan(self.dice.any_size(200_000)));
            self.facts.push((at, Fact::Credit(Credit { id, on, amount })));
        }
        self.events(first.day, days, places);
        if let Some(on) = met.filter(|_| self.dice.percent(60)) {
            self.event_of_cut(on, places);
        }
        if self.dice.percent(15) {
            let on = shift(first.day, self.dice.between(-5, days + 5));
            let at = 1 + self.place(places);
            if let Some(facts) = self.becomes() {
                if let Some(facts) = self.becomes().filter(|_| self.dice.percent(10)) {
                    self.facts.push((at + 1, Fact::Becomes(Becomes { on, facts })));
                }
                self.facts.push((at, Fact::Becomes(Becomes { on, facts })));
            }
        }
    }

    /// An event that opens a value by which stays are cut.
    fn event_of_cut(&mut self, on: Date, places: i64) {
        let rules = &self.pack.rules;
        let cut = |row: &&crate::pack::Row<crate::rules::Coverage>| {
            rules.splits.iter().any(|split| split.says.of == row.says.dim)
        };
        let rows = rules.coverage.iter().filter(cut);
        let edges: Vec<_> =
            rows.flat_map(|row| row.says.opens.iter().chain(&row.says.closes)).collect();
        let Some(edge) = self.dice.one_of(&edges) else { return };
        self.event(&edge.event.clone(), &[], on, places);
    }

    /// Dated facts of the pack's kinds, and contributions month by month.
    fn events(&mut self, first: Date, days: i64, places: i64) {
        let rules = &self.pack.rules;
        let own: Vec<_> = rules.events.iter().filter(|kind| kind.turn.is_none()).collect();
        if own.is_empty() {
            return;
        }
        // Those that begin something come before those that end it.
        let count = self.dice.pick([0, 1, 2, 3, 4, 8]);
        let mut kinds = Vec::new();
        for _ in 0..count {
            kinds.extend(self.dice.one_of(&own).copied());
        }
        for kind in kinds {
            let closes = |row: &crate::pack::Row<crate::rules::Coverage>| {
                row.says.closes.iter().any(|edge| edge.event == kind.name)
                    && !row.says.opens.iter().any(|edge| edge.event == kind.name)
            };
            let closing = rules.coverage.iter().find(|row| closes(row));
            let mut on = shift(first, self.dice.between(-120, days + 10));
            if let Some(row) = closing.filter(|_| !self.dice.percent(4)) {
                let edges: Vec<_> = row.says.opens.iter().collect();
                let Some(edge) = self.dice.one_of(&edges) else { continue };
                self.event(&edge.event.clone(), &[], on, places);
                on = shift(on, self.dice.any_size(100));
            }
            self.event(&kind.name.clone(), &kind.reasons.clone(), on, places);
            if self.dice.percent(12) {
                self.same_moment();
            }
        }
        if rules.cutoff_day.is_some() && self.dice.percent(60) {
            self.contributions(first, places);
        }
    }

    fn event(&mut self, name: &str, reasons: &[String], on: Date, places: i64) {
        let at = if self.dice.percent(55) { 0 } else { self.place(places) };
        let clock = self.dice.percent(30).then(|| Clock(self.minute()));
        let id = self.dice.percent(80).then(|| self.id("e"));
        let reason = self.dice.one_of(reasons).filter(|_| self.dice.percent(70)).cloned();
        let institution = |dice: &mut Dice| format!("h{}", dice.between(1, 3));
        let kind = self.pack.rules.events.iter().find(|kind| kind.name == name);
        let selects = kind.and_then(|kind| kind.selects.as_ref());
        let count = match selects.filter(|_| !self.dice.percent(3)) {
            Some(selects) => self.dice.between(selects.least, selects.most),
            None => self.dice.between(0, 2),
        };
        let levels = selects.map_or(&[][..], |selects| &selects.levels);
        let institutions = (0..count)
            .map(|_| Institution {
                id: institution(&mut self.dice),
                level: self.dice.one_of(levels).cloned(),
            })
            .collect();
        let event = name.to_owned();
        let event = Event { event, id, on, at: clock, reason, by: None, institutions };
        self.facts.push((at, Fact::Event(event)));
    }

    /// Another event of the last one's name at its moment.
    fn same_moment(&mut self) {
        let Some((at, Fact::Event(event))) = self.facts.last().cloned() else { return };
        let kind = self.dice.pick([0, 1, 2]);
        let id = match kind {
            0 => None,
            1 => Some(self.id("d")),
            _ => Some(self.id("f")),
        };
        let mut institutions = event.institutions.clone();
        for institution in &mut institutions {
            institution.id = format!("h{}", self.dice.between(1, 3));
        }
        let at = at + self.dice.between(-1, 1);
        self.facts.push((at, Fact::Event(Event { id, institutions, ..event })));
    }

    fn minute(&mut self) -> u16 {
        let minute = self.dice.pick([1, 540, 720, 1439, 360, 481]);
        u16::try_from(minute).unwrap_or(0)
    }

    /// Some months, mostly paid in time.
    fn contributions(&mut self, first: Date, places: i64) {
        let mut month = Date { day: 1, ..shift(first, -40) };
        for _ in 0..self.dice.between(1, 14) {
            let due = self.dice.pick([10_000, 10_000, 12_345]);
            let short = if self.dice.percent(80) { 0 } else { self.dice.pick([1, 5_000, due]) };
            let pay = |day: i64| shift(month, day);
            let late = self.dice.pick([3, 21, 22, 23, 24, 45, 70]);
            let on = self.dice.percent(60).then(|| pay(late));
            if self.dice.percent(93) {
                self.contribution(month, due, due - short, on, places);
            }
            if short != 0 && self.dice.percent(60) {
                let on = Some(pay(self.dice.between(20, 90)));
                self.contribution(month, due, short, on, places);
            }
            month = Date { day: 1, ..shift(month, 31) };
        }
    }

    fn contribution(&mut self, month: Date, due: i64, paid: i64, on: Option<Date>, places: i64) {
        let at = if self.dice.percent(70) { 0 } else { self.place(places) };
        let (due, paid) = (Yuan(due), Yuan(paid));
        let record = Contribution { month: Month(month), due, paid, on };
        self.facts.push((at, Fact::Contribution(record)));
    }

    /// Another value of one dimension of the member.
    fn becomes(&mut self) -> Option<MemberFacts> {
        let mut facts = MemberFacts::default();
        let given = self.pack.dims.iter().filter_map(|dim| match &dim.source {
            DimSource::Given { values, .. } => Some((dim.name.as_str(), values)),
            DimSource::Cut { .. } => None,
        });
        let members = |name: &str| MemberFacts::DIMS.iter().any(|(dim, _)| *dim == name);
        let given: Vec<_> = given.filter(|(name, _)| members(name)).collect();
        let (name, values) = self.dice.one_of(&given)?;
        *facts.slot(name)? = self.dice.one_of(values).cloned();
        Some(facts)
    }

    /// Rarely something that must be refused.
    fn wrong(&mut self, told: &[Told]) {
        let Some(bill) = self.dice.one_of(told) else { return };
        let end = i64::try_from(told.len()).unwrap_or(0) * 1000 + 2000;
        let fact = match self.dice.between(1, 250) {
            1 => Fact::Cancel("no-such-bill".to_owned()),
            2 => Fact::Bill(Box::new(bill.request.clone())),
            3 => {
                let (id, of) = (self.id("c"), bill.request.encounter.id.clone());
                Fact::Claim(ClaimFact { id, of, on: bill.day })
            }
            4 => {
                let id = self.id("r");
                let mut refund = self.refund(id, bill, bill.day);
                refund.of = "no-such-bill".to_owned();
                Fact::Refund(Box::new(refund))
            }
            _ => return,
        };
        if matches!(fact, Fact::Bill(_)) {
            self.bills += 1;
        }
        let at = self.dice.between(0, end);
        self.facts.push((at, fact));
    }

    fn finish(&mut self, mut message: Replay, changes: bool) -> Replay {
        self.facts.sort_by_key(|(at, _)| *at);
        let facts = std::mem::take(&mut self.facts);
        message.replay = facts.into_iter().map(|(_, fact)| fact).collect();
        let named = message.pack.is_some();
        let shared = named && self.dice.percent(30);
        let poor = self.dice.percent(25);
        let unsaid = if changes { 92 } else { 60 };
        for fact in &mut message.replay {
            let Fact::Bill(bill) = fact else { continue };
            if named && bill.pack == self.pack.id && self.dice.percent(unsaid) {
                bill.pack = String::new();
                if changes && self.dice.percent(85) {
                    bill.params = BTreeMap::new();
                }
            }
            if poor && self.dice.percent(60) {
                bill.member.account = None;
            }
            // The same for all: said once, for those that do not say it.
            if shared && message.member.is_none() {
                message.member = Some(bill.member.clone());
            }
            if shared && self.dice.percent(60) {
                bill.member.account = None;
            }
        }
        message
    }
}
