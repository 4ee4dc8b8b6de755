//! A member's facts: what stands is sorted by service and settled from nothing, again after each
//! fact that becomes known.
//!
//! Settlements in front of the first change are taken over as they were; nothing else is saved.

use std::collections::BTreeMap;

use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::request::{Account, Fact, Replay, Request};
use tongchou_wire::response::{Change, Difference, Transaction};

use crate::counters::Counters;
use crate::pack::Pack;
use crate::refusal::Refusal;
use crate::settle::Verdict;

use self::books::{Books, Key, Purse, Stood};

pub use self::bill::day as own_day;

mod arrive;
mod bill;
pub(crate) mod books;

/// A refusal of one of the facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The place of the fact, from 0.
    pub fact: usize,
    /// The place of the fact that became known last.
    pub late: usize,
    /// Why.
    pub why: Refusal,
}

impl Refused {
    fn at(fact: usize) -> impl Fn(Refusal) -> Self {
        move |why| Self { fact, late: fact, why }
    }
}

/// What became of a list of facts.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// Bills in order of service.
    pub settlements: Vec<Settled>,
    /// What facts did to bills settled before; those that changed nothing are left out.
    pub changes: Vec<Change>,
    /// What was given back, in order of service.
    pub refunds: Vec<Back>,
    /// What was claimed, in order of service.
    pub claims: Vec<Claimed>,
    /// Bills that rest on others that have changed, refunds that could not be given any more and
    /// claims of what is not open any more, in the order of their ids.
    pub inconsistent: Vec<String>,
    /// What moved the account, in order of service.
    pub transactions: Vec<Transaction>,
    /// The last state of each pack and year: place and counters.
    pub states: BTreeMap<(String, i16), (u32, Counters)>,
    /// The balance in the end.
    pub balance: Yuan,
}

/// A settled bill or claim.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Id of the claim, or of the encounter.
    pub id: String,
    /// Id of the encounter.
    pub of: String,
    /// Id of the pack.
    pub pack: String,
    /// The dimensions that follow from the facts, with their values.
    pub derived: Vec<(String, String)>,
    /// How it is settled.
    pub verdict: Verdict,
}

/// A claim that was settled.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: String,
    /// The bill.
    pub of: String,
    /// Its day.
    pub on: Date,
    /// How the parts of the bill that were open are settled; none if nothing is open any more.
    pub parts: Vec<Settled>,
}

/// A refund that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    /// Its id.
    pub id: String,
    /// The bill.
    pub of: String,
    /// Its day.
    pub on: Date,
    /// From the fund.
    pub fund: Yuan,
    /// From the hospital.
    pub hospital: Yuan,
    /// Cash.
    pub cash: Yuan,
    /// Account, mutual aid included.
    pub account: Yuan,
    /// Mutual aid.
    pub mutual_aid: Yuan,
}

/// A bill that was given back whole.
#[derive(Clone, Debug)]
struct Gone {
    /// Where it stood.
    key: Key,
    /// What it took from the account itself.
    took: Yuan,
    /// What was given back of it, the whole last.
    backs: Vec<Back>,
}

/// The packs that may be named.
pub trait Packs {
    /// The pack of an id.
    fn pack(&self, id: &str) -> Option<&Pack>;
}

/// Settles a list of facts.
///
/// # Errors
/// The first [`Refused`] fact.
pub fn replay(packs: &dyn Packs, message: &Replay) -> Result<Replayed, Refused> {
    let mut desk = Desk {
        packs,
        message,
        bills: Vec::new(),
        others: Vec::new(),
        backs: Vec::new(),
        changes: Vec::new(),
        inconsistent: Vec::new(),
        all_known: false,
        faults: BTreeMap::new(),
        one_fact: false,
        keeps: false,
        books: Books::default(),
    };
    desk.keeps = desk.names_keep();
    if desk.keeps {
        let bills = message.replay.iter().filter_map(bill_of);
        let credits = message.replay.iter().any(|fact| matches!(fact, Fact::Credit(_)));
        desk.books.opening = desk.opening(bills.map(|bill| bill.member.account), credits);
    }
    for (index, fact) in message.replay.iter().enumerate() {
        desk.check_event(index, fact)?;
        desk.arrive(index, fact).map_err(|refused| Refused { late: index, ..refused })?;
        desk.books.accept();
    }
    desk.all_known = true;
    for bill in desk.in_order_of_service() {
        let id = &bill.said.encounter.id;
        match desk.keeps(id) {
            true => desk.faults.get(id).map_or(Ok(()), |fault| Err(fault.clone()))?,
            false => drop(desk.resolve(bill)?),
        }
    }
    desk.check_claims()?;
    desk.check_closing()?;
    Ok(desk.answer())
}

/// The bill that a fact brings: what remains of a bill that was given back is one too.
fn bill_of(fact: &Fact) -> Option<&Request> {
    match fact {
        Fact::Bill(bill) => Some(bill),
        Fact::Refund(refund) => refund.rest.as_deref(),
        _ => None,
    }
}

/// A bill that is known.
#[derive(Clone, Debug)]
struct Bill<'m> {
    fact: usize,
    said: &'m Request,
    stands: bool,
}

/// All that is known, and how it is settled at the moment.
struct Desk<'m> {
    packs: &'m dyn Packs,
    message: &'m Replay,
    bills: Vec<Bill<'m>>,
    /// The facts of every kind that are not bills, with their place.
    others: Vec<(usize, &'m Fact)>,
    /// Whole bills that were given back.
    backs: Vec<Gone>,
    changes: Vec<Change>,
    inconsistent: Vec<String>,
    /// Whether no further fact will come.
    all_known: bool,
    /// What contradicted the facts known when it came, of bills that stay as they were.
    faults: BTreeMap<String, Refused>,
    /// Whether what is settled is a step of one fact that is judged as a whole.
    one_fact: bool,
    /// Whether a pack of the list keeps bills as they were settled.
    keeps: bool,
    books: Books<'m>,
}

impl<'m> Desk<'m> {
    /// The balance of the message, or else the first that one of these bills gives; the mutual aid
    /// of the message.
    fn opening(&self, bills: impl Iterator<Item = Option<Account>>, credits: bool) -> Purse {
        let said = self.message.member.as_ref().and_then(|member| member.account);
        let first = said.or_else(|| bills.flatten().next());
        let none = first.is_none() && !credits;
        let first = first.unwrap_or_default();
        let aid = said.and_then(|account| account.mutual_aid).unwrap_or_default();
        Purse { balance: first.balance.0, aid: aid.0, none }
    }

    fn answer(self) -> Replayed {
        let Self { packs, books, changes, mut inconsistent, backs, .. } = self;
        inconsistent.sort();
        inconsistent.dedup();
        let mut stale = books.stale();
        let keeps = |id: &str| {
            let pack = books.bill_behind(id).and_then(|of| books.settled(of));
            pack.is_some_and(|(pack, _)| {
                packs.pack(&pack).is_some_and(|pack| pack.rules.later_bills == "keep")
            })
        };
        stale.retain(|id| !keeps(id));
        let mut out = books.answer(&backs);
        inconsistent.retain(|id| out.settlements.iter().any(|it| it.of == *id));
        inconsistent.extend(stale);
        inconsistent.sort();
        out.refunds.extend(backs.into_iter().flat_map(|gone| gone.backs));
        out.refunds.sort_by(|one, other| (one.on, &one.id).cmp(&(other.on, &other.id)));
        Replayed { changes, inconsistent, ..out }
    }

    /// Whether a bill stays as it was settled.
    fn keeps(&self, id: &str) -> bool {
        let pack = self.books.settled(id).and_then(|(pack, _)| self.packs.pack(&pack));
        pack.is_some_and(|pack| pack.rules.later_bills == "keep")
    }

    /// The bills that stand, in order of service.
    fn in_order_of_service(&self) -> Vec<&Bill<'m>> {
        let place = |bill: &&Bill<'_>| self.books.key_of(&bill.said.encounter.id);
        let mut bills: Vec<_> = self.bills.iter().filter(|bill| bill.stands).collect();
        bills.sort_by_key(place);
        bills
    }

    /// Refuses a claim of a bill of which nothing is open in the end.
    fn check_claims(&self) -> Result<(), Refused> {
        match self.books.claims_nothing() {
            Some((fact, of)) => Err(Refused::at(fact)(Refusal::NotClaimable(of.to_owned()))),
            None => Ok(()),
        }
    }

    /// The bill of an id that stands.
    fn standing(&self, id: &str) -> Result<usize, Refusal> {
        let named = |bill: &Bill<'_>| bill.said.encounter.id == id;
        match self.bills.iter().position(|bill| named(bill) && bill.stands) {
            Some(at) => Ok(at),
            None if self.bills.iter().any(named) => Err(Refusal::BillGone(id.to_owned())),
            None => Err(Refusal::BillUnknown(id.to_owned())),
        }
    }

    /// Notes what a fact did to the bills, claims and refunds that stood before and after it.
    fn note_changes(&mut self, fact: usize, id: &str, before: &[Stood]) {
        let mut later = Vec::new();
        for after in self.books.stand() {
            let earlier = before.iter().find(|it| it.kind == after.kind && it.id == after.id);
            if let Some(before) = earlier.filter(|before| before.amounts != after.amounts) {
                let (before, amounts) = (before.amounts, after.amounts);
                later.push(Difference { id: after.id, before, after: amounts });
            }
        }
        if !later.is_empty() {
            let fact = u32::try_from(fact).unwrap_or(u32::MAX);
            self.changes.push(Change { fact, id: id.to_owned(), later });
        }
    }
}
