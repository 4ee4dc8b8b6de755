//! A member's facts as they were sent, found again by the keys that an answer names.

use tongchou_core::pack::DatedBy;
use tongchou_policy::Checked;
use tongchou_wire::amount::Date;
use tongchou_wire::request::{Fact, RefundFact, Replay, Request};
use tongchou_wire::response::Settlement;

/// The facts of a message.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a>(pub &'a Replay);

impl<'a> Facts<'a> {
    /// Each fact, in the order in which it became known.
    pub fn all(self) -> impl Iterator<Item = &'a Fact> {
        self.0.replay.iter()
    }

    /// The bill of a settlement, which may be one of its segments, `ID/1`.
    #[must_use]
    pub fn bill(self, id: &str) -> Option<&'a Request> {
        let whole = id.rsplit_once('/').map(|(whole, _)| whole);
        self.named(id).or_else(|| whole.and_then(|id| self.named(id)))
    }

    fn named(self, id: &str) -> Option<&'a Request> {
        let bills = self.all().filter_map(|fact| match fact {
            Fact::Bill(bill) => Some(bill.as_ref()),
            Fact::Refund(refund) => refund.rest.as_deref(),
            _ => None,
        });
        { bills }.find(|bill| bill.encounter.id == id)
    }

    /// Which segment of a bill a settlement is.
    #[must_use]
    pub fn segment(self, id: &str) -> Option<&str> {
        let (_, number) = id.rsplit_once('/')?;
        self.named(id).is_none().then_some(number)
    }

    /// A refund.
    #[must_use]
    pub fn refund(self, id: &str) -> Option<&'a RefundFact> {
        { self }.all().find_map(|fact| match fact {
            Fact::Refund(refund) if refund.id == id => Some(refund.as_ref()),
            _ => None,
        })
    }

    /// The value of a dimension that a bill has from itself or from what the member had become.
    #[must_use]
    pub fn value(self, bill: &'a Request, dim: &str, on: Date) -> Option<&'a str> {
        let own = bill.encounter.facts.value(dim).or_else(|| bill.member.facts.value(dim));
        let became = self.all().filter_map(|fact| match fact {
            Fact::Becomes(becomes) if becomes.on <= on => {
                Some((becomes.on, becomes.facts.value(dim)?))
            }
            _ => None,
        });
        let became = became.max_by_key(|(on, _)| *on).map(|(_, value)| value);
        own.or(became).or_else(|| self.0.member.as_ref()?.facts.value(dim))
    }

    /// Its own day: of discharge or of admission, as the pack says; of a segment, that of its rows.
    #[must_use]
    pub fn day(self, settlement: &Settlement, pack: Option<&Checked>) -> Date {
        let bill = self.bill(&settlement.id).filter(|_| self.segment(&settlement.id).is_none());
        bill.map_or(settlement.pack.date, |bill| service(bill, pack))
    }
}

/// The day of a bill that was sent.
#[must_use]
pub fn service(bill: &Request, pack: Option<&Checked>) -> Date {
    let stay = &bill.encounter;
    match pack.map(|pack| pack.pack.dated_by) {
        Some(DatedBy::Admission) => stay.admitted,
        _ => stay.discharged.unwrap_or(stay.admitted),
    }
}
