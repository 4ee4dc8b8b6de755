//! Strict reading of a message: JSON text to [`Message`], or the first refusal with its path.
//!
//! - Unknown fields, doubled keys, wrong types and values beyond their bounds are refused; nothing
//!   is guessed, cut or defaulted here.
//! - Amounts, prices, quantities and shares are read from their own digits.
//! - What it reads, written again, is the same message; what is written reads as it was.
//! - Whether names and values are known to a pack is not asked here.
//!
//! The order of refusals: malformed JSON, the contract number, unknown fields of an object, then
//! its fields in the order of the contract.

mod cancel;
mod counters;
mod fields;
#[cfg(feature = "member")]
mod replay;
mod request;
mod scalars;
mod state;

#[cfg(not(feature = "member"))]
use crate::error::one_of;
use crate::error::{Code, Refusal};
use crate::json;
use crate::path::Trail;
use crate::request::{CONTRACT, Cancel, Request};
#[cfg(feature = "member")]
use crate::request::{Entitle, Refund, Replay};

pub use scalars::pack_reference;

use fields::{At, Fields, Sink};

/// What a caller asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Settle a bill.
    Settle(Box<Request>),
    /// Take a settlement back.
    Cancel(Box<Cancel>),
    /// Settle what stands of a member's facts.
    #[cfg(feature = "member")]
    Replay(Box<Replay>),
    /// Give part of a payment back.
    #[cfg(feature = "member")]
    Refund(Box<Refund>),
    /// Say what a member is entitled to.
    #[cfg(feature = "member")]
    Entitle(Box<Entitle>),
}

/// Reads a message; one with the key `cancel` is a cancel, one with `replay` a list of facts,
/// one with `refund` a refund, one with `entitle` a question.
///
/// ```
/// use tongchou_wire::read::message;
///
/// let refusal = message(r#"{"contract": 2}"#).unwrap_err();
/// assert_eq!((refusal.code.text(), refusal.path.as_str()), ("I006", "$.contract"));
/// ```
///
/// # Errors
/// The first refusal met.
pub fn message(text: &str) -> Result<Message, Refusal> {
    let node = json::parse(text)?;
    let sink = Sink::default();
    let message = any(&At { node: &node, trail: Trail::ROOT, sink: &sink });
    sink.into_refusal().map_or(Ok(message), Err)
}

fn any(root: &At<'_>) -> Message {
    let fields = root.fields();
    let contract = contract(&fields);
    let has = |name| fields.get(name).is_some();
    match () {
        () if has("cancel") => Message::Cancel(Box::new(cancel::read(&fields, contract))),
        () => member(&fields, contract)
            .unwrap_or_else(|| Message::Settle(Box::new(request::read(&fields, contract)))),
    }
}

/// A message about a member's facts.
#[cfg(feature = "member")]
fn member(fields: &Fields<'_>, contract: u32) -> Option<Message> {
    let has = |name| fields.get(name).is_some();
    match () {
        () if has("replay") => Some(Message::Replay(Box::new(replay::read(fields, contract)))),
        () if has("refund") => Some(Message::Refund(Box::new(replay::refund(fields, contract)))),
        () if has("entitle") => Some(Message::Entitle(Box::new(replay::entitle(fields, contract)))),
        () => None,
    }
}

/// Refuses a message that this build does not answer, by the field that makes it one.
#[cfg(not(feature = "member"))]
fn member(fields: &Fields<'_>, _: u32) -> Option<Message> {
    for name in ["replay", "refund", "entitle"] {
        if let Some(at) = fields.get(name) {
            at.refuse_value(Code::FieldUnknown, name, &one_of(name, request::OWN));
        }
    }
    None
}

/// The contract number of a message, a state or a settlement.
fn contract(fields: &Fields<'_>) -> u32 {
    let at = fields.need("contract", "1");
    if at.digits() != "1" {
        at.refuse(Code::Contract, "1");
    }
    CONTRACT
}

#[cfg(test)]
mod tests;
