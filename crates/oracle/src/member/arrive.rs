//! A fact becomes known.

use tongchou_wire::amount::Yuan;
use tongchou_wire::request::{ClaimFact, Fact, MemberFacts, RefundFact, Request};

use crate::day::benefit_year;
use crate::given;
use crate::refusal::Refusal;

use super::bill::{Part, Resolved};
use super::books::{Act, Item, Key, Stood, key_of, span};
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
                if self.is_claimed(&claim.of) {
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
                if self.others.iter().any(|(_, other)| contradict(other, fact)) {
                    return Err(at(Refusal::TwoOnOneDay));
                }
                self.others.push((index, fact));
                self.settle(index, "")
            }
        }
    }

    fn bill(&mut self, index: usize, said: &'m Request) -> Result<(), Refused> {
        let at = Refused::at(index);
        let id = &said.encounter.id;
        let is_same = |other: &String| other == id || is_part(other, id) || is_part(id, other);
        if self.bills.iter().any(|bill| is_same(&bill.said.encounter.id)) {
            return Err(at(Refusal::BillTwice(id.clone())));
        }
        let bill = Bill { fact: index, said, stands: true };
        let new = self.resolve(&bill)?;
        self.all_known = true;
        if let Err(fault) = self.resolve(&bill) {
            self.faults.insert(id.clone(), fault);
        }
        self.all_known = false;
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
        let behind = self.behind(&new);
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

    /// The bills that stand behind another: under `refuse` those of which a part is of the pack and
    /// the year of a part of it, under `keep` all.
    fn behind(&self, bill: &Resolved) -> Vec<String> {
        let all = self.later_bills(&bill.pack) == "keep";
        let key = key_of(bill);
        let year = |part: &Part| {
            let pack = self.packs.pack(&part.pack)?;
            Some((part.pack.clone(), benefit_year(pack, part.day)))
        };
        let own: Vec<_> = bill.parts.iter().map(year).collect();
        let behind = self.books.steps.iter().filter_map(|step| match &step.item.act {
            Act::Bill(other) if key < step.item.key => {
                let same = other.parts.iter().any(|part| own.contains(&year(part)));
                (all || same).then(|| other.request.encounter.id.clone())
            }
            _ => None,
        });
        behind.collect()
    }

    fn cancel(&mut self, index: usize, id: &str) -> Result<(), Refused> {
        let at = Refused::at(index);
        let place = self.standing(id).map_err(&at)?;
        let settled = self.books.bills().find(|bill| bill.request.encounter.id == id);
        let Some(gone) = settled.cloned() else { return Ok(()) };
        let rule = self.later_bills(&gone.pack);
        let behind = self.behind(&gone);
        if rule == "refuse" && !behind.is_empty() {
            return Err(at(Refusal::TooLate));
        }
        if rule == "keep" {
            self.inconsistent.extend(behind);
        }
        if let Some(bill) = self.bills.get_mut(place) {
            bill.stands = false;
        }
        // What was given back of it goes with it.
        self.others.retain(|(_, fact)| !matches!(fact, Fact::Refund(back) if back.of == id));
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
        let before = self.books.given_of(&refund.of);
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
        // It is one fact, however much is settled anew for it.
        let before = self.books.stand();
        self.one_fact = true;
        self.cancel(index, &refund.of)?;
        if let Some(rest) = &refund.rest {
            self.bill(index, rest)?;
        }
        self.one_fact = false;
        self.judge(index, &refund.id, &before)
    }

    /// Settles all that stands in order of service, and notes what a fact changed.
    fn settle(&mut self, index: usize, id: &str) -> Result<(), Refused> {
        let before = self.books.stand();
        let (items, impossible) = self.items()?;
        let kept = |bill: &Resolved| self.later_bills(&bill.pack) == "keep";
        let new = items.iter().any(|item| matches!(&item.act, Act::Bill(bill) if kept(bill)));
        if new || self.books.bills().any(kept) || self.books.has_taken_back() {
            return self.keep(index, items, &impossible);
        }
        if !self.keeps {
            let credits = items.iter().any(|item| matches!(item.act, Act::Credit(_)));
            let bills = items.iter().filter_map(|item| match &item.act {
                Act::Bill(bill) => Some(bill.own),
                _ => None,
            });
            let opening = self.opening(bills, credits);
            self.books.open_with(opening);
        }
        self.books.settle_all(self.packs, items)?;
        if self.one_fact { Ok(()) } else { self.judge(index, id, &before) }
    }

    /// Refuses a fact that changes a bill which may not be settled anew, and notes what a fact
    /// changed.
    fn judge(&mut self, index: usize, id: &str, before: &[Stood]) -> Result<(), Refused> {
        let after = self.books.stand();
        for old in before {
            let Some((bill, each)) = &old.bill else { continue };
            if self.later_bills(&bill.pack) != "refuse" {
                continue;
            }
            let now = after.iter().find(|it| it.kind == old.kind && it.id == old.id);
            let now = now.and_then(|now| now.bill.as_ref());
            if now.is_some_and(|(now, amounts)| differ(bill, now) || each != amounts) {
                return Err(Refused::at(index)(Refusal::TooLate));
            }
        }
        self.note_changes(index, id, before);
        Ok(())
    }

    /// Settles what came last beside bills that stay as they are.
    fn keep(
        &mut self,
        index: usize,
        items: Vec<Item<'m>>,
        impossible: &[String],
    ) -> Result<(), Refused> {
        let bills = self.books.bills().filter(|bill| self.later_bills(&bill.pack) == "keep");
        let id = |bill: &Resolved| bill.request.encounter.id.clone();
        let Some(place) = items.iter().position(|item| item.fact == index) else {
            // It settles nothing, but bills would be settled otherwise.
            let now = |bill: &&Resolved| {
                impossible.contains(&id(bill))
                    || items.iter().any(|item| match &item.act {
                        Act::Bill(now) => id(now) == id(bill) && differ(bill, now),
                        _ => false,
                    })
            };
            let changed: Vec<String> = bills.filter(now).map(id).collect();
            self.inconsistent.extend(changed);
            return Ok(());
        };
        let Some(mut item) = items.into_iter().nth(place) else { return Ok(()) };
        if let Act::Claim(claim, bill) = &mut item.act {
            // The bill is claimed as it was settled.
            if let Some(settled) = self.books.bills().find(|bill| id(bill) == claim.of) {
                **bill = settled.clone();
                item.key = self.claim_key(claim, bill);
            }
        }
        let behind = bills.filter(|bill| item.key < key_of(bill)).map(id);
        let behind: Vec<String> = behind.collect();
        self.inconsistent.extend(behind);
        self.books.settle_one(self.packs, item)
    }

    /// The order of service of a claim.
    fn claim_key(&self, claim: &ClaimFact, bill: &Resolved) -> Key {
        let rules = self.packs.pack(&bill.pack).map(|pack| &pack.rules);
        let (day, _, time, _) = key_of(bill);
        match rules.is_some_and(|rules| rules.claim_order == "service") {
            true => (day, 2, time, claim.id.clone()),
            false => (claim.on, 2, 0, claim.id.clone()),
        }
    }

    /// Whether a bill is claimed.
    fn is_claimed(&self, of: &str) -> bool {
        let claims = |fact: &Fact| matches!(fact, Fact::Claim(claim) if claim.of == of);
        self.others.iter().any(|(_, fact)| claims(fact))
    }

    /// Whether a bill is claimed before a place in the order of service.
    fn is_claimed_before(&self, of: &str, place: &Key, bills: &[Resolved]) -> bool {
        let bill = bills.iter().find(|bill| bill.request.encounter.id == of);
        let claims = |fact: &Fact| match fact {
            Fact::Claim(claim) if claim.of == of => {
                bill.is_some_and(|bill| self.claim_key(claim, bill) < *place)
            }
            _ => false,
        };
        self.others.iter().any(|(_, fact)| claims(fact))
    }

    /// Everything that stands, sorted, and the bills that stay as they were settled though they
    /// could not be settled any more.
    fn items(&self) -> Result<(Vec<Item<'m>>, Vec<String>), Refused> {
        let mut items = Vec::new();
        let mut bills = Vec::new();
        let mut impossible = Vec::new();
        for bill in self.in_order_of_service() {
            let id = &bill.said.encounter.id;
            let settled = || self.books.bills().find(|it| it.request.encounter.id == *id);
            let kept = || settled().filter(|it| self.later_bills(&it.pack) == "keep");
            match (self.resolve(bill), kept()) {
                (Ok(resolved), _) => bills.push(resolved),
                (Err(_), Some(kept)) => {
                    bills.push(kept.clone());
                    impossible.push(id.clone());
                }
                (Err(refused), None) => return Err(refused),
            }
        }
        for (fact, other) in &self.others {
            let item = |key, act| Item { key, fact: *fact, act };
            match other {
                Fact::Credit(credit) => {
                    items.push(item((credit.on, 0, 0, credit.id.clone()), Act::Credit(credit)));
                }
                Fact::Refund(refund) => {
                    let key = (refund.on, 2, 0, refund.id.clone());
                    let claimed = self.is_claimed_before(&refund.of, &key, &bills);
                    items.push(item(key, Act::Refund(refund, claimed)));
                }
                Fact::Claim(claim) => {
                    let of = bills.iter().find(|bill| bill.request.encounter.id == claim.of);
                    let Some(bill) = of else { continue };
                    let act = Act::Claim(claim, Box::new(bill.clone()));
                    items.push(item(self.claim_key(claim, bill), act));
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
        Ok((items, impossible))
    }
}

/// Whether two bills are stays that overlap; bills of one stay may.
fn overlap(one: &Resolved, other: &Resolved) -> bool {
    let id = |bill: &Resolved| bill.request.encounter.stay.as_ref().map(|stay| stay.id.clone());
    let same = id(one).is_some() && id(one) == id(other);
    let ((from, to), (start, end)) = (span(one), span(other));
    one.is_stay && other.is_stay && !same && from < end && start < to
}

/// Whether a bill would be settled otherwise: in other parts, or with other dimensions.
fn differ(one: &Resolved, other: &Resolved) -> bool {
    let part =
        |part: &Part| (part.request.clone(), part.pack.clone(), part.day, part.derived.clone());
    !one.parts.iter().map(part).eq(other.parts.iter().map(part))
}

/// Whether two facts say different things of the member, or of the scheme, from one day on.
fn contradict(one: &Fact, other: &Fact) -> bool {
    match (one, other) {
        (Fact::Scheme(one), Fact::Scheme(other)) => {
            one.on == other.on && (&one.pack, &one.params) != (&other.pack, &other.params)
        }
        (Fact::Becomes(one), Fact::Becomes(other)) if one.on == other.on => {
            MemberFacts::DIMS.iter().any(|(dim, _)| {
                let values = one.facts.value(dim).zip(other.facts.value(dim));
                values.is_some_and(|(one, other)| one != other)
            })
        }
        _ => false,
    }
}

/// Whether an id is one that a segment of a bill may have: `ID/1`, `ID/2` …
fn is_part(id: &str, of: &str) -> bool {
    let Some((whole, number)) = id.rsplit_once('/') else { return false };
    whole == of && number.parse::<u32>().is_ok_and(|n| n > 0 && n.to_string() == number)
}
