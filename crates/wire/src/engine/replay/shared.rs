//! What bills leave to the message: pack, parameters, member, as they are on the bill's day.

use std::collections::BTreeMap;

use crate::amount::Date;
use crate::request::{Becomes, MemberFacts, Replay, Request, Scheme};

/// What holds for every bill that does not say it itself.
pub(in crate::engine) struct Shared<'m> {
    message: &'m Replay,
    /// Changes of the member, with the position of each fact.
    pub becomes: Vec<&'m Becomes>,
    /// Changes of the scheme.
    pub schemes: Vec<&'m Scheme>,
    /// Bills that stand and name a stay.
    pub stays: Vec<Admitted<'m>>,
}

/// A bill of a stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Admitted<'m> {
    pub stay: &'m str,
    pub on: Date,
    /// Whether it joins the stay: the patient came to another institution, or back.
    pub again: bool,
}

impl<'m> Shared<'m> {
    pub(in crate::engine) fn of(message: &'m Replay) -> Self {
        Self { message, becomes: Vec::new(), schemes: Vec::new(), stays: Vec::new() }
    }

    /// Pack and parameters of bills that name none, on a day.
    fn scheme(&self, day: Date) -> (Option<&'m str>, &'m BTreeMap<String, String>) {
        let begun = self.schemes.iter().filter(|scheme| scheme.on <= day);
        match begun.max_by_key(|scheme| scheme.on) {
            Some(scheme) => (Some(&scheme.pack), &scheme.params),
            None => (self.message.pack.as_deref(), &self.message.params),
        }
    }

    /// Days on which the scheme changes, after `first` up to `last`.
    pub(super) fn scheme_changes(&self, first: Date, last: Date) -> Vec<Date> {
        let days = self.schemes.iter().map(|scheme| scheme.on);
        let mut days: Vec<Date> = days.filter(|on| first < *on && *on <= last).collect();
        days.sort_unstable();
        days.dedup();
        days.retain(|on| {
            let before = self.schemes.iter().filter(|s| s.on < *on).max_by_key(|s| s.on);
            let now = self.schemes.iter().filter(|s| s.on <= *on).max_by_key(|s| s.on);
            let told = (self.message.pack.as_deref(), &self.message.params);
            let of =
                |s: Option<&&'m Scheme>| s.map_or(told, |s| (Some(s.pack.as_str()), &s.params));
            of(before) != of(now)
        });
        days
    }

    /// The day on which the patient of a bill was admitted: that of the stay's first bill at the
    /// institution.
    pub(super) fn admission(&self, bill: &Request) -> Date {
        let own = bill.encounter.admitted;
        let Some(stay) = &bill.encounter.stay else { return own };
        let of_stay = || self.stays.iter().filter(|other| other.stay == stay.id);
        let back = of_stay().filter(|other| other.again && other.on <= own).map(|other| other.on);
        let again = stay.joins.map(|_| own);
        let from = back.max().max(again);
        from.or_else(|| of_stay().map(|other| other.on).min().map(|on| on.min(own))).unwrap_or(own)
    }

    /// A bill with everything that it leaves to the message: the scheme in which it begins, and
    /// the member as on the day that decides.
    pub(in crate::engine) fn whole(&self, bill: &Request, day: Date) -> Request {
        let mut bill = bill.clone();
        if bill.pack.is_empty() {
            let (pack, params) = self.scheme(bill.encounter.admitted);
            bill.pack = pack.unwrap_or_default().to_owned();
            if bill.params.is_empty() {
                bill.params.clone_from(params);
            }
        }
        if bill.facts.is_empty() {
            bill.facts.clone_from(&self.message.facts);
        }
        let told = self.message.member.as_ref();
        let member = &mut bill.member;
        if let Some(told) = told {
            member.id = member.id.take().or_else(|| told.id.clone());
            if member.born.is_none() && member.age.is_none() {
                (member.born, member.age) = (told.born, told.age);
            }
            member.account = member.account.or(told.account);
        }
        for (dim, _) in MemberFacts::DIMS {
            let begun = self.becomes.iter().filter(|b| b.on <= day);
            let latest = begun.filter(|b| b.facts.value(dim).is_some()).max_by_key(|b| b.on);
            let value = latest.map(|b| &b.facts).or_else(|| told.map(|told| &told.facts));
            let value = value.and_then(|facts| facts.value(dim)).map(str::to_owned);
            if let Some(slot) = member.facts.slot(dim)
                && slot.is_none()
            {
                *slot = value;
            }
        }
        bill
    }
}
