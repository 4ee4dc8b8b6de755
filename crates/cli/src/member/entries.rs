//! What happened, day by day: bills with who paid them, refunds, claims, credits, events, short
//! contributions, and each change of the member's standing with its clause.

use std::collections::BTreeMap;

use tongchou_wire::amount::{Clock, Date, Month, Yuan};
use tongchou_wire::request::{Contribution, Fact, MemberFacts, Request};
use tongchou_wire::response::{
    Claimed, Entitled, FundStanding, Ground, Later, Refunded, Replayed, Settlement,
};

use crate::columns::signed;
use crate::entitle::afterwards;
use crate::facts::{self, Facts};
use crate::shelf::Shelf;
use crate::{terms, words};

/// What standing depends on, with its usual values.
const USUAL: [(&str, &str); 5] = [
    ("status", "normal"),
    ("card", "normal"),
    ("enrolled", "yes"),
    ("network", "online"),
    ("designated", "yes"),
];

/// When a refund or claim stands in its day, which has no time of its own: behind every bill.
const END_OF_DAY: Clock = Clock(24 * 60 - 1);

/// One thing that happened.
#[derive(Debug)]
pub struct Entry {
    /// The day.
    pub on: Date,
    at: Clock,
    rank: u8,
    /// What it was.
    pub what: String,
    /// The bill's total, then who paid: the fund, the account, cash.
    pub amounts: [Option<Yuan>; 4],
    /// The account afterwards.
    pub balance: Option<Yuan>,
    /// What is to be said about it.
    pub notes: Vec<String>,
    /// The clauses that it cites.
    pub clauses: Vec<String>,
}

impl Entry {
    fn new(on: Date, rank: u8, what: String) -> Self {
        Self {
            on,
            at: Clock(0),
            rank,
            what,
            amounts: [None; 4],
            balance: None,
            notes: Vec::new(),
            clauses: Vec::new(),
        }
    }
}

/// Everything, in order of service.
#[must_use]
pub fn of(
    answer: &Replayed,
    facts: Facts<'_>,
    standing: &[Entitled],
    shelf: Shelf<'_>,
) -> Vec<Entry> {
    let scribe = Scribe { answer, facts, shelf };
    let mut entries: Vec<Entry> = facts.all().filter_map(|fact| scribe.fact(fact)).collect();
    entries.extend(scribe.contributions());
    for entitled in standing {
        // Packs of one place say the same of the same facts.
        for turn in scribe.turns(entitled) {
            if !entries.iter().any(|entry| entry.on == turn.on && entry.what == turn.what) {
                entries.push(turn);
            }
        }
    }
    entries.extend(answer.settlements.iter().map(|settlement| scribe.bill(settlement)));
    for refund in &answer.refunds {
        entries.extend(scribe.given_back(refund));
        entries.extend(scribe.refund(refund));
    }
    entries.extend(answer.claims.iter().map(|claim| scribe.claim(claim)));
    entries.sort_by_key(|entry| (entry.on, entry.at, entry.rank));
    entries
}

#[derive(Clone, Copy)]
struct Scribe<'a> {
    answer: &'a Replayed,
    facts: Facts<'a>,
    shelf: Shelf<'a>,
}

impl<'a> Scribe<'a> {
    /// A fact that is no settlement of its own.
    fn fact(self, fact: &Fact) -> Option<Entry> {
        let shelf = self.shelf;
        match fact {
            Fact::Credit(credit) => {
                let what = shelf.say(words::CREDIT);
                let what = format!("{what} {} {}", signed(credit.amount), credit.id);
                let mut entry = Entry::new(credit.on, 2, what);
                let mut moved = self.answer.transactions.iter();
                let moved = moved.find(|t| t.kind == "credit" && t.id == credit.id);
                entry.balance = moved.map(|transaction| transaction.balance);
                Some(entry)
            }
            Fact::Event(event) => {
                let id = event.id.as_deref().unwrap_or_default();
                let what = format!("{} {id}", shelf.event(&event.event));
                let mut entry = Entry::new(event.on, 0, what.trim_end().to_owned());
                entry.at = event.at.unwrap_or_default();
                if let Some(at) = event.at {
                    entry.what = format!("{at} {}", entry.what);
                }
                entry.notes.extend(Some(shelf.told(event)).filter(|told| !told.is_empty()));
                Some(entry)
            }
            Fact::Becomes(becomes) => {
                let dims = MemberFacts::DIMS.iter();
                let changed = dims.filter_map(|(dim, _)| {
                    let value = becomes.facts.value(dim)?;
                    let value = terms::value(dim, value, shelf.lang);
                    Some(format!("{} {value}", terms::dim(dim, shelf.lang)))
                });
                let changed: Vec<String> = changed.collect();
                let what = format!("{} {}", shelf.say(words::BECOMES), shelf.joined(&changed));
                Some(Entry::new(becomes.on, 0, what))
            }
            Fact::Scheme(scheme) => {
                let what = format!("{} {}", shelf.say(words::SCHEME), shelf.name(&scheme.pack));
                Some(Entry::new(scheme.on, 0, what))
            }
            Fact::Cancel(id) => {
                let bill = self.facts.bill(id)?;
                let on = facts::service(bill, shelf.pack(self.pack_of(bill)));
                let taken_back = words::in_brackets(shelf.say(words::TAKEN_BACK), shelf.lang);
                let what = self.named(bill, self.pack_of(bill), id);
                Some(Entry::new(on, 3, format!("{what}{taken_back}")))
            }
            Fact::Bill(_) | Fact::Refund(_) | Fact::Claim(_) | Fact::Contribution(_) => None,
        }
    }

    /// The pack that a bill names, or the one of the message.
    fn pack_of<'b>(self, bill: &'b Request) -> &'b str
    where
        'a: 'b,
    {
        let of_message = self.facts.0.pack.as_deref().unwrap_or_default();
        if bill.pack.is_empty() { of_message } else { &bill.pack }
    }

    /// Kind of care, level and key of a bill.
    fn named(self, bill: &Request, pack: &str, id: &str) -> String {
        let said = |dim| self.shelf.given(bill, pack, dim);
        let parts = [said("care"), said("level"), Some(id)];
        parts.into_iter().flatten().collect::<Vec<&str>>().join(" ")
    }

    fn bill(self, settlement: &Settlement) -> Entry {
        let (shelf, a) = (self.shelf, &settlement.amounts);
        let pack = &settlement.pack.id;
        let bill = self.facts.bill(&settlement.id);
        let on = self.facts.day(settlement, shelf.pack(pack));
        let id = settlement.id.as_str();
        let what = bill.map_or(id.to_owned(), |bill| self.named(bill, pack, id));
        let mut entry = Entry::new(on, 3, what);
        if let Some(time) = bill.and_then(|bill| bill.encounter.time) {
            entry.at = time;
            entry.what = format!("{time} {}", entry.what);
        }
        entry.amounts = [Some(a.total), Some(a.fund), Some(a.account), Some(a.cash)];
        entry.balance = Some(settlement.balance);
        let mut said = Vec::new();
        if let Some(number) = self.facts.segment(id) {
            said.push(shelf.fill(words::SEGMENT, "{n}", number));
        }
        if let Some(stay) = bill.map(|bill| &bill.encounter) {
            let left = stay.discharged.filter(|_| stay.admitted == on);
            let ends = [(words::ADMITTED, Some(stay.admitted)), (words::DISCHARGED, left)];
            let ends =
                ends.iter().filter_map(|(what, day)| Some((*what, day.filter(|d| *d != on)?)));
            said.extend(ends.map(|(what, day)| format!("{} {day}", shelf.say(what))));
        }
        if let Some(ordinal) = settlement.admission {
            said.push(shelf.fill(words::NTH_ADMISSION, "{n}", &ordinal.to_string()));
        }
        if a.deductible.0 != 0 {
            said.push(format!("{} {}", shelf.say(words::DEDUCTIBLE), a.deductible));
        }
        if a.hospital.0 != 0 {
            said.push(shelf.fill(words::HOSPITAL_BEARS, "{a}", &a.hospital.to_string()));
        }
        if settlement.fund_standing == FundStanding::None {
            said.push(self.blocked(&mut entry, settlement, bill));
        }
        if let Some(claim) = &settlement.claim {
            said.push(format!("{} {}", shelf.say(afterwards(claim.later)), claim.fund));
        }
        entry.notes.extend((!said.is_empty()).then(|| shelf.joined(&said)));
        self.grounds(&mut entry, id);
        entry
    }

    /// Why the fund takes no part: what is not as usual with the bill, and the clause.
    fn blocked(self, entry: &mut Entry, settled: &Settlement, bill: Option<&'a Request>) -> String {
        let mut said = self.shelf.say(words::FUND_NOTHING).to_owned();
        for (dim, usual) in USUAL {
            let given = bill.and_then(|bill| self.facts.value(bill, dim, entry.on));
            if let Some(value) = given.filter(|value| *value != usual) {
                let lang = self.shelf.lang;
                let (dim, value) = (terms::dim(dim, lang), terms::value(dim, value, lang));
                said = format!("{said}{}{dim} {value}", self.shelf.comma());
            }
        }
        let mut steps = settled.trace.iter().flatten();
        if let Some(step) = steps.find(|step| step.step == "standing") {
            said = format!("{said} [{}]", step.clause);
            entry.clauses.push(step.clause.clone());
        }
        said
    }

    /// What the bill's dimensions rest on, as far as facts decide them.
    fn grounds(self, entry: &mut Entry, id: &str) {
        let grounds = self.answer.grounds.iter().find(|grounds| grounds.id == id);
        for ground in grounds.iter().flat_map(|grounds| &grounds.dims) {
            let Some(clause) = &ground.clause else { continue };
            let (value, reason) = (self.shelf.value(ground), self.shelf.reason(ground));
            entry.notes.push(format!("{value}  {reason}"));
            entry.clauses.push(clause.clone());
        }
    }

    /// A bill that was refunded as a whole no longer stands; who had paid it, the refund tells.
    fn given_back(self, refund: &Refunded) -> Option<Entry> {
        let fact = self.facts.refund(&refund.id).filter(|fact| fact.amount.is_none())?;
        let bill = self.facts.bill(&fact.of)?;
        let pack = self.pack_of(bill);
        let what = self.named(bill, pack, &fact.of);
        let on = facts::service(bill, self.shelf.pack(pack));
        let mut entry = Entry::new(on, 2, what);
        if let Some(time) = bill.encounter.time {
            entry.at = time;
            entry.what = format!("{time} {}", entry.what);
        }
        let so_far = (refund.refunded.account, refund.refunded.cash);
        let total = whole(refund);
        entry.amounts = [Some(total), Some(refund.fund), Some(so_far.0), Some(so_far.1)];
        entry.notes.push(self.shelf.fill(words::LATER_REFUNDED, "{id}", &refund.id));
        if refund.hospital.0 != 0 {
            let borne = refund.hospital.to_string();
            entry.notes.push(self.shelf.fill(words::HOSPITAL_BEARS, "{a}", &borne));
        }
        Some(entry)
    }

    /// What goes back carries a minus under whoever had paid it.
    fn refund(self, refund: &Refunded) -> Option<Entry> {
        let fact = self.facts.refund(&refund.id)?;
        let title = if fact.amount.is_none() { words::WHOLE_REFUND } else { words::REFUND };
        let what = format!("{} {} ← {}", self.shelf.say(title), refund.id, refund.of);
        let mut entry = Entry::new(fact.on, 4, what);
        let back = |amount: Yuan| Some(Yuan(amount.0.saturating_neg()));
        let total = fact.amount.is_none().then(|| whole(refund)).and_then(back);
        entry.amounts = [total, back(refund.fund), back(refund.account), back(refund.cash)];
        entry.at = END_OF_DAY;
        entry.balance = Some(refund.balance);
        if fact.amount.is_none() {
            // The account never paid for what goes back as a whole: bills of the day have it.
            let bill = self.facts.bill(&fact.of).map(|bill| &bill.encounter);
            let same = bill.filter(|bill| bill.discharged.unwrap_or(bill.admitted) == fact.on);
            entry.at = same.and_then(|bill| bill.time).unwrap_or_default();
            entry.rank = 2;
        }
        entry.notes.push(format!("[{}]", refund.clause));
        if let Some(rest) = &refund.rest {
            // What the account holds is known once the rest is settled, on the next line.
            entry.balance = None;
            entry.notes.push(format!("{} {rest}", self.shelf.say(words::REST)));
        }
        Some(entry)
    }

    /// What the fund hands to the person: cash that was paid comes back.
    fn claim(self, claim: &Claimed) -> Entry {
        let mut bills = self.answer.settlements.iter();
        let bill = bills.find(|settlement| settlement.id == claim.of);
        let title = self.shelf.say(match bill.and_then(|bill| bill.claim.as_ref()) {
            Some(open) if open.later == Later::Recovery => words::BACK_ENTRY,
            _ => words::MANUAL_CLAIM,
        });
        let mut entry = Entry::new(claim.on, 5, format!("{title} {} ← {}", claim.id, claim.of));
        let cash = Yuan(claim.paid.0.saturating_neg());
        entry.at = END_OF_DAY;
        entry.amounts = [None, Some(claim.paid), None, Some(cash)];
        entry
    }

    /// The values of the member's standing that begin on a day; rows that say the same of the
    /// same time are one.
    fn turns(self, entitled: &Entitled) -> Vec<Entry> {
        let shelf = self.shelf;
        let mut turns: Vec<(&Ground, Vec<&Ground>)> = Vec::new();
        for ground in &entitled.timeline {
            if entitled.timeline.iter().any(|other| within(ground, other)) {
                continue;
            }
            let key =
                |g: &'_ Ground| (g.dim.clone(), g.value.clone(), g.from.clone(), g.to.clone());
            match turns.iter_mut().find(|(first, _)| key(first) == key(ground)) {
                Some((_, all)) => all.push(ground),
                None => turns.push((ground, vec![ground])),
            }
        }
        let only = |all: &[&Ground]| match all {
            [one] => shelf.only(&entitled.pack.id, one),
            _ => String::new(),
        };
        turns.iter().filter_map(|(first, all)| self.turn(first, all, &only(all))).collect()
    }

    fn turn(self, ground: &Ground, all: &[&Ground], only: &str) -> Option<Entry> {
        let from = ground.from.as_deref()?;
        let (day, clock) = from.split_once(' ').map_or((from, None), |(d, c)| (d, Some(c)));
        let shelf = self.shelf;
        let time = clock.map_or(String::new(), |clock| format!("{clock} "));
        let until = ground.to.as_deref().map(|to| shelf.fill(words::UNTIL, "{d}", to));
        let until = until.map_or(String::new(), |until| format!("  {until}"));
        let what = format!("{time}▸ {}{until}", shelf.value(ground));
        let mut entry = Entry::new(Date::read(day)?, 1, what);
        entry.at = clock.and_then(Clock::read).unwrap_or_default();
        let budget = all.iter().find_map(|ground| ground.budget.clone());
        let told = Ground { clause: None, budget, ..ground.clone() };
        for clause in all.iter().filter_map(|ground| ground.clause.as_ref()) {
            if !entry.clauses.contains(clause) {
                entry.clauses.push(clause.clone());
            }
        }
        if !entry.clauses.is_empty() {
            let told = if told.event.is_some() { shelf.reason(&told) } else { String::new() };
            let cited: String = entry.clauses.iter().map(|clause| format!("[{clause}]")).collect();
            let blank = if told.is_empty() { "" } else { "  " };
            entry.what = format!("{}  {told}{blank}{cited}", entry.what);
        }
        entry.notes.extend((!only.is_empty()).then(|| only.to_owned()));
        Some(entry)
    }

    /// Contributions by month: a line for each that is short or late, and one for the others.
    fn contributions(self) -> Vec<Entry> {
        let mut months: BTreeMap<Month, Vec<&Contribution>> = BTreeMap::new();
        for fact in self.facts.all() {
            if let Fact::Contribution(paid) = fact {
                months.entry(paid.month).or_default().push(paid);
            }
        }
        let mut full: Vec<Month> = Vec::new();
        let mut entries = Vec::new();
        for (month, records) in &months {
            let due = records.iter().map(|record| record.due).max().unwrap_or_default();
            let paid = records.iter().fold(0_i64, |sum, r| sum.saturating_add(r.paid.0));
            let on = records.iter().filter_map(|record| record.on).max();
            if due.0 <= paid && on.is_none() {
                full.push(*month);
            } else {
                entries.push(self.month(*month, due, Yuan(paid), on));
            }
        }
        for run in full.chunk_by(|a, b| follows(*a, *b)) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                let months = self.shelf.fill(words::IN_FULL, "{n}", &run.len().to_string());
                let until = if first == last { String::new() } else { format!(" … {last}") };
                entries.push(Entry::new(first.0, 0, format!("{months}  {first}{until}")));
            }
        }
        entries
    }

    fn month(self, month: Month, due: Yuan, paid: Yuan, on: Option<Date>) -> Entry {
        let shelf = self.shelf;
        let short = Yuan(due.0.saturating_sub(paid.0).max(0));
        let phrase = if short.0 > 0 { words::SHORT } else { words::PAID_LATE };
        let said = shelf.fill(phrase, "{due}", &due.to_string());
        let said = said.replace("{paid}", &paid.to_string());
        let said = said.replace("{short}", &short.to_string());
        let late = on.map(|on| shelf.fill(words::LATE, "{on}", &on.to_string()));
        Entry::new(month.0, 0, format!("{month} {said}{}", late.unwrap_or_default()))
    }
}

/// Whether a value only repeats, on a later day, what another interval says until its end.
fn within(ground: &Ground, other: &Ground) -> bool {
    let same = |g: &Ground| {
        (g.dim.clone(), g.value.clone(), g.event.clone(), g.clause.clone(), g.budget.clone())
    };
    let earlier = other.from.is_some() && other.from < ground.from;
    let covered = other.to.is_none() || ground.to.is_some() && ground.to <= other.to;
    earlier && covered && same(ground) == same(other)
}

/// Whether a month is the one after another.
fn follows(month: Month, next: Month) -> bool {
    let count = |month: Month| i32::from(month.0.year) * 12 + i32::from(month.0.month);
    count(next) == count(month) + 1
}

/// What a bill came to that was refunded as a whole.
fn whole(refund: &Refunded) -> Yuan {
    let parts = [refund.fund, refund.hospital, refund.refunded.cash, refund.refunded.account];
    Yuan(parts.iter().fold(0, |sum, part| sum.saturating_add(part.0)))
}
