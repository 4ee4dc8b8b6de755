//! A member's facts, with what they have in common said once.

use std::borrow::Cow;

use crate::error::Code;
use crate::json::Node;
use crate::request::{CONTRACT, Fact, Replay};

use super::fields::{At, Fields};
use super::request;
use super::request::list_of;

/// What every bill of the list may leave to the message.
const SHARED: [&str; 4] = ["pack", "params", "facts", "member"];
/// What a bill of a list does not bring: it follows from the bills before it.
const CARRIED: [&str; 3] = ["contract", "state", "year_to_date"];

/// Reads a list of facts whose contract number is known.
pub fn read(fields: &Fields<'_>, contract: u32) -> Replay {
    fields.only(&["contract", "replay", "pack", "params", "facts", "member"], &[]);
    let shared: Vec<_> =
        SHARED.iter().filter_map(|name| fields.get(name).map(|at| (*name, at.node))).collect();
    let at = fields.need("replay", "a list");
    Replay { contract, replay: list_of(&at, |at| fact(at, &shared)) }
}

fn fact(at: &At<'_>, shared: &[(&str, &Node<'_>)]) -> Fact {
    let fields = at.fields_of(&["bill", "cancel"]);
    match (fields.get("bill"), fields.get("cancel")) {
        (None, Some(at)) => Fact::Cancel(at.text().to_owned()),
        (Some(at), None) => bill(&at, shared),
        _ => {
            at.refuse(Code::FieldMissing, "either bill or cancel");
            Fact::Cancel(String::new())
        }
    }
}

/// A bill: its own fields, and those of the message that it does not give.
fn bill(at: &At<'_>, shared: &[(&str, &Node<'_>)]) -> Fact {
    let own = at.fields();
    for name in CARRIED {
        if let Some(given) = own.get(name) {
            given.refuse(Code::FieldUnknown, "carried from the bills before");
        }
    }
    let mut pairs: Vec<(Cow<'_, str>, Node<'_>)> = Vec::new();
    if let Node::Object(given) = at.node {
        pairs.clone_from(given);
    }
    for (name, node) in shared {
        match pairs.iter_mut().find(|(key, _)| key == name) {
            None => pairs.push(((*name).into(), (*node).clone())),
            Some((_, Node::Object(given))) if *name == "member" => merge(given, node),
            Some(_) => {}
        }
    }
    let whole = Node::Object(pairs);
    let at = At { node: &whole, trail: at.trail, sink: at.sink };
    let request = request::read(&at.fields(), CONTRACT);
    Fact::Bill(Box::new(request))
}

/// Adds what an object does not say itself.
fn merge<'a>(given: &mut Vec<(Cow<'a, str>, Node<'a>)>, node: &Node<'a>) {
    let Node::Object(shared) = node else { return };
    for (key, value) in shared {
        if !given.iter().any(|(own, _)| own == key) {
            given.push((key.clone(), value.clone()));
        }
    }
}
