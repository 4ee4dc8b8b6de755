//! A fact becomes known.

use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::request::{Fact, RefundFact, Request};
use tongchou_wire::response::Amounts;

use crate::day::benefit_year;
use crate::given;
use crate::refusal::Refusal;

use super::bill::Resolved;
use super::books::{Act, Item, Key, key_of, span};
use super::{Back, Bill, Desk, Gone, Refused};

impl<'m> Desk<'m> {
    /// Takes note of a fact, and settles what follows from it.
    pub fn arrive(&mut self, index: usize, fact: &'m Fact) -> Result<(), Refused> {
        let at = Refused::at(index);
        match fact {
            Fact::Bill(said) => self.bill(index, said),
            Fact::Cancel(id) => self.cancel(index, id),
            Fact::Refund(refund) if refund.amount.is_none() => self.whole(index, refund),
            Fact::Refund(refund) => {
                self.standing(&refund.of).map_err(&at)?;
                if refund.amount == Some(Yuan(0)) {
                    return Err(at(Refusal::RefundOfNothing(refund.id.clone())));
                }
                self.others.push((index, fact));
                self.settle(index, &refund.id)
            }
            Fact::Claim(claim) => {
                self.standing(&claim.of).map_err(&at)?;
                let claims = self.others.iter().filter_map(|(_, other)| match other {
                    Fact::Claim(other) => Some(other),
                    _ => None,
                });
                if claims.into_iter().any(|other| other.of == claim.of) {
                    return Err(at(Refusal::NotClaimable(claim.of.clone())));
                }
                self.others.push((index, fact));
                self.settle(index, &claim.id)
            }
            Fact::Credit(credit) => {
                self.others.push((index, fact));
                self.settle(index, &credit.id)
            }
            Fact::Becomes(_) | Fact::Scheme(_) | Fact::Contribution(_) | Fact::Event(_) => {
                self.others.push((index, fact));
                self.settle(index, "")
            }
        }
    }

    fn bill(&mut self, index: usize, said: &'m Request) -> Result<(), Refused> {
        let at = Refused::at(index);
        let id = &said.encounter.id;
        if self.bills.iter().any(|bill| bill.said.encounter.id == *id) {
            return Err(at(Refusal::BillTwice(id.clone())));
        }
        let bill = Bill { fact: index, said, stands: true };
        let new = self.resolve(&bill)?;
        let said = self.message.member.as_ref().and_then(|member| member.id.as_ref());
        if said.is_some() && new.request.member.id.as_ref() != said {
            return Err(at(Refusal::ForeignState("member")));
        }
        for other in self.books.bills() {
            if overlap(other, &new) {
                return Err(at(Refusal::StaysOverlap(id.clone())));
            }
            if other.request.member.id != new.request.member.id {
                return Err(at(Refusal::ForeignState("member")));
            }
        }
        self.bills.push(bill);
        let behind = self.behind(&new.pack, new.day, &key_of(&new));
        match self.later_bills(&new.pack) {
            "refuse" if !behind.is_empty() => Err(at(Refusal::TooLate)),
            "keep" => {
                self.inconsistent.extend(behind);
                let key = key_of(&new);
                let item = Item { key, fact: index, act: Act::Bill(Box::new(new)) };
                self.books.settle_one(self.packs, item)
            }
            _ => self.settle(index, id),
        }
    }

    /// What late facts do under a pack.
    fn later_bills(&self, pack: &str) -> &'m str {
        self.packs.pack(pack).map_or("replay", |pack| pack.rules.later_bills.as_str())
    }

    /// The bills that stand behind a place: under `refuse` those of the pack and of the year of a
    /// day, under `keep` all.
    fn behind(&self, pack: &str, day: Date, key: &Key) -> Vec<String> {
        let Some(pack) = self.packs.pack(pack) else { return Vec::new() };
        let year = benefit_year(pack, day);
        let all = pack.rules.later_bills == "keep";
        let behind = self.books.steps.iter().filter_map(|step| match &step.item.act {
            Act::Bill(other) if *key < step.item.key => {
                let same = other.pack == pack.id && benefit_year(pack, other.day) == year;
                (all || same).then(|| other.request.encounter.id.clone())
            }
            _ => None,
        });
        behind.collect()
    }

    fn cancel(&mut self, index: usize, id: &str) -> Result<(), Refused> {
        let at = Refused::at(index);
        let place = self.standing(id).map_err(&at)?;
        let Some(bill) = self.bills.get(place).cloned() else { return Ok(()) };
        let gone = self.resolve(&bill)?;
        let rule = self.later_bills(&gone.pack);
        let behind = self.behind(&gone.pack, gone.day, &key_of(&gone));
        if rule == "refuse" && !behind.is_empty() {
            return Err(at(Refusal::TooLate));
        }
        if rule == "keep" {
            self.inconsistent.extend(behind);
        }
        if let Some(bill) = self.bills.get_mut(place) {
            bill.stands = false;
        }
        if rule == "keep" {
            return self.books.take_back(id).map_err(at);
        }
        self.settle(index, id)
    }

    /// A whole bill is given back, and what remains of it is settled in its place.
    fn whole(&mut self, index: usize, refund: &'m RefundFact) -> Result<(), Refused> {
        let at = Refused::at(index);
        self.standing(&refund.of).map_err(&at)?;
        let unknown = || at(Refusal::BillUnknown(refund.of.clone()));
        let (pack, took) = self.books.settled(&refund.of).ok_or_else(unknown)?;
        let key = self.books.key_of(&refund.of).filter(|key| key.0 <= refund.on);
        let key = key.ok_or_else(unknown)?;
        let pack = self.packs.pack(&pack).ok_or(Refusal::PackName).map_err(&at)?;
        given::may(pack, refund).map_err(&at)?;
        let before = self.books.given(&refund.of);
        let mut backs = self.books.backs(&refund.of);
        backs.push(Back {
            id: refund.id.clone(),
            of: refund.of.clone(),
            on: refund.on,
            fund: took.fund,
            hospital: took.hospital,
            cash: Yuan(took.cash.0 - before.cash),
            account: Yuan(took.account.0 - before.account),
            mutual_aid: Yuan(took.mutual_aid.0 - before.mutual_aid),
        });
        let took = Yuan(took.account.0 - took.mutual_aid.0);
        self.backs.push(Gone { key, took, backs });
        self.others
            .retain(|(_, fact)| !matches!(fact, Fact::Refund(other) if other.of == refund.of));
        // It is one fact, however much is settled anew for it.
        let (amounts, changes) = (self.books.amounts(), self.changes.len());
        self.cancel(index, &refund.of)?;
        if let Some(rest) = &refund.rest {
            self.bill(index, rest)?;
            if changes < self.changes.len() {
                self.changes.truncate(changes);
                self.note_changes(index, &refund.id, &amounts);
            }
        }
        Ok(())
    }

    /// Settles all that stands in order of service, and notes what a fact changed.
    fn settle(&mut self, index: usize, id: &str) -> Result<(), Refused> {
        let before = self.books.amounts();
        let items = self.items()?;
        let kept = |item: &Item<'_>| match &item.act {
            Act::Bill(bill) => self.later_bills(&bill.pack) == "keep",
            _ => false,
        };
        if items.iter().any(kept) {
            return self.keep(index, items);
        }
        self.books.settle_all(self.packs, items)?;
        if id.is_empty() {
            self.refuse_changes(index, &before)?;
        }
        self.note_changes(index, id, &before);
        Ok(())
    }

    /// Refuses a fact that changes a bill which may not be settled anew.
    fn refuse_changes(&self, index: usize, before: &[(String, Amounts)]) -> Result<(), Refused> {
        for (id, after) in self.books.amounts() {
            let changed = before.iter().any(|(other, amounts)| *other == id && *amounts != after);
            let pack = self.books.settled(&id).map(|(pack, _)| pack);
            if changed && pack.is_some_and(|pack| self.later_bills(&pack) == "refuse") {
                return Err(Refused::at(index)(Refusal::TooLate));
            }
        }
        Ok(())
    }

    /// Settles what came last beside bills that stay as they are.
    fn keep(&mut self, index: usize, items: Vec<Item<'m>>) -> Result<(), Refused> {
        let Some(item) = items.into_iter().find(|item| item.fact == index) else { return Ok(()) };
        let behind = self.books.steps.iter().filter_map(|step| match &step.item.act {
            Act::Bill(bill) if item.key < step.item.key => {
                (self.later_bills(&bill.pack) == "keep").then(|| bill.request.encounter.id.clone())
            }
            _ => None,
        });
        let behind: Vec<String> = behind.collect();
        self.inconsistent.extend(behind);
        self.books.settle_one(self.packs, item)
    }

    /// Everything that stands, sorted.
    fn items(&self) -> Result<Vec<Item<'m>>, Refused> {
        let mut items = Vec::new();
        let mut bills = Vec::new();
        for bill in self.bills.iter().filter(|bill| bill.stands) {
            bills.push(self.resolve(bill)?);
        }
        for (fact, other) in &self.others {
            let item = |key, act| Item { key, fact: *fact, act };
            match other {
                Fact::Credit(credit) => {
                    items.push(item((credit.on, 0, 0, credit.id.clone()), Act::Credit(credit)));
                }
                Fact::Refund(refund) => {
                    items.push(item((refund.on, 2, 0, refund.id.clone()), Act::Refund(refund)));
                }
                Fact::Claim(claim) => {
                    let of = bills.iter().find(|bill| bill.request.encounter.id == claim.of);
                    let Some(bill) = of else { continue };
                    let rules = self.packs.pack(&bill.pack).map(|pack| &pack.rules);
                    let service = rules.is_some_and(|rules| rules.claim_order == "service");
                    let day = if service { key_of(bill).0 } else { claim.on };
                    let act = Act::Claim(claim, Box::new(bill.clone()));
                    items.push(item((day, 2, 0, claim.id.clone()), act));
                }
                _ => {}
            }
        }
        let of_bill = |bill: Resolved| Item {
            key: key_of(&bill),
            fact: bill.fact,
            act: Act::Bill(Box::new(bill)),
        };
        items.extend(bills.into_iter().map(of_bill));
        items.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(items)
    }
}

/// Whether two bills are stays that overlap; bills of one stay may.
fn overlap(one: &Resolved, other: &Resolved) -> bool {
    let id = |bill: &Resolved| bill.request.encounter.stay.as_ref().map(|stay| stay.id.clone());
    let same = id(one).is_some() && id(one) == id(other);
    let ((from, to), (start, end)) = (span(one), span(other));
    one.is_stay && other.is_stay && !same && from < end && start < to
}
