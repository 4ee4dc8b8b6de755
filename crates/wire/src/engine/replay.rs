//! A member's facts, settled again in order of service.
//!
//! The list is in order of arrival. A fact that arrives after later ones, or is taken back before
//! them, is put in or out at its day of service and everything behind it is settled anew; so the
//! order of arrival leaves no trace in what stands in the end.
//!
//! INVARIANT: what stands is sorted by service, and each settlement was made from the state and the
//! balance that the one before it handed back.

mod book;
mod claims;
mod close;
mod money_back;
mod prepare;
mod segments;
pub(super) mod shared;
mod states;

use crate::error::{Code, Refusal, one_of};
use crate::request::{FACTS_MAX, Fact, Replay, Request};
use crate::response::{Change, Replayed};

use super::{Engine, standing};
use book::Book;

pub(super) fn replay(engine: &mut Engine, message: &Replay) -> Result<Replayed, Refusal> {
    if message.replay.len() > FACTS_MAX {
        let (count, most) = (message.replay.len().to_string(), FACTS_MAX.to_string());
        return Err(Refusal::new(Code::FactsTooMany, "$.replay", count, most));
    }
    let mut book = Book::new(engine, message);
    book.one_rule()?;
    let mut changes = Vec::new();
    for (index, fact) in message.replay.iter().enumerate() {
        let told = one(&mut book, index, fact)?;
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let later = book.changed();
        if let Some(bill) = book.unchangeable(&later) {
            return Err(Refusal::new(Code::LaterBills, format!("$.replay[{index}]"), bill, ""));
        }
        if !later.is_empty() {
            changes.push(Change { fact: number, id: told, later });
        }
    }
    book.close(changes)
}

/// Enters one fact; its key, or the word for its kind.
fn one<'m>(book: &mut Book<'_, 'm>, index: usize, fact: &'m Fact) -> Result<String, Refusal> {
    let under = |kind: &'static str| {
        move |refusal: Refusal| within(refusal, &format!("$.replay[{index}]{kind}"))
    };
    match fact {
        Fact::Bill(bill) => {
            let id = bill.encounter.id.clone();
            book.enter(index, bill).map_err(|refusal| told(refusal, bill, index))?;
            Ok(id)
        }
        Fact::Cancel(id) => {
            book.take_back(id, "$.cancel").map_err(under(""))?;
            Ok(id.clone())
        }
        Fact::Refund(refund) => {
            book.refund(index, refund).map_err(under(".refund"))?;
            Ok(refund.id.clone())
        }
        Fact::Claim(claim) => {
            book.claim(index, claim).map_err(under(".claim"))?;
            Ok(claim.id.clone())
        }
        Fact::Credit(credit) => {
            book.credit(index, credit).map_err(under(".credit"))?;
            Ok(credit.id.clone())
        }
        Fact::Event(event) => {
            let mut known: Vec<&str> = Vec::new();
            for pack in book.packs() {
                standing::allowed(pack, event).map_err(under(""))?;
                known.extend(pack.rules.events.iter().map(|kind| kind.id.as_str()));
            }
            if !known.contains(&event.event.as_str()) {
                let expected = one_of(&event.event, &known);
                let refusal = Refusal::new(Code::EventUnknown, "$.event", &event.event, expected);
                return Err(under("")(refusal));
            }
            book.event(index, event).map_err(under(""))?;
            Ok(event.id.clone().unwrap_or_else(|| event.event.clone()))
        }
        Fact::Contribution(record) => {
            book.contribution(index, record).map_err(under(".contribution"))?;
            Ok(record.month.to_string())
        }
        Fact::Becomes(becomes) => {
            book.becomes(becomes).map_err(under(".becomes"))?;
            Ok("becomes".to_owned())
        }
        Fact::Scheme(scheme) => {
            book.scheme(scheme).map_err(under(".scheme"))?;
            Ok(scheme.pack.clone())
        }
    }
}

/// A refusal of a bill points to the message where that is what said it.
fn told(refusal: Refusal, bill: &Request, index: usize) -> Refusal {
    let by_message = match refusal.path.as_str() {
        "$.pack" => bill.pack.is_empty(),
        "$.member.born" => bill.member.born.is_none(),
        _ => false,
    };
    if by_message { refusal } else { within(refusal, &format!("$.replay[{index}].bill")) }
}

/// A refusal of what one fact brings; one of another fact has its path already.
pub(super) fn within(refusal: Refusal, fact: &str) -> Refusal {
    if refusal.path.starts_with("$.replay[") { refusal } else { refusal.under(fact) }
}
