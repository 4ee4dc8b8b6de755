//! A member's facts, with what they have in common said once.

use std::borrow::Cow;

use crate::amount::Yuan;
use crate::error::Code;
use crate::json::Node;
use crate::request::{
    Becomes, CONTRACT, Channels, ClaimFact, Contribution, Credit, EncounterFacts, Entitle, Event,
    Fact, Institution, MemberFacts, Refund, RefundFact, Replay, Request, Scheme,
};

use super::cancel::settlement;
use super::fields::{At, Fields};
use super::request::{self, encounter, encounter_facts, facts, list, list_of, member};
use super::request::{member_facts, params};
use super::scalars::{LIST, OBJECT, TEXT};
use super::state;

/// What a bill of a list does not bring: it follows from the bills before it.
const CARRIED: [&str; 2] = ["state", "year_to_date"];
/// The kinds of facts, by their first key.
const KINDS: [&str; 9] =
    ["bill", "cancel", "refund", "claim", "event", "contribution", "credit", "becomes", "scheme"];

/// Reads a list of facts whose contract number is known.
pub fn read(fields: &Fields<'_>, contract: u32) -> Replay {
    fields.only(&["contract", "replay", "pack", "params", "facts", "member"], &[]);
    Replay {
        contract,
        pack: fields.get("pack").map(|at| at.dated_pack()),
        params: fields.get("params").map(|at| params(&at)).unwrap_or_default(),
        facts: fields.get("facts").map(|at| facts(&at)).unwrap_or_default(),
        member: fields.get("member").map(|at| member(&at)),
        replay: list_of(&fields.need("replay", LIST), fact),
    }
}

/// Reads a question about a member's standing.
pub fn entitle(fields: &Fields<'_>, contract: u32) -> Entitle {
    let own = [
        "contract", "pack", "params", "facts", "numbers", "given", "member", "entitle", "visits",
        "ask",
    ];
    fields.only(&own, &[]);
    Entitle {
        contract,
        pack: fields.need("pack", TEXT).dated_pack(),
        params: fields.get("params").map(|at| params(&at)).unwrap_or_default(),
        facts: fields.get("facts").map(|at| facts(&at)).unwrap_or_default(),
        numbers: fields
            .get("numbers")
            .map(|at| {
                let fields = at.fields();
                let number = |(name, at): (&str, At<'_>)| {
                    let value = at.whole(0, 1_000_000_000_000).unwrap_or_else(|| {
                        at.refuse(Code::WrongType, "a whole number, 0 or more");
                        0
                    });
                    (name.to_owned(), value)
                };
                fields.entries().map(number).collect()
            })
            .unwrap_or_default(),
        given: fields.get("given").map(|at| params(&at)).unwrap_or_default(),
        member: member(&fields.need("member", OBJECT)),
        entitle: list_of(&fields.need("entitle", LIST), fact),
        visits: fields.get("visits").map(|at| list(&at, encounter)).unwrap_or_default(),
        ask: fields.get("ask").map(|at| list(&at, |at| at.text().to_owned())).unwrap_or_default(),
    }
}

/// Reads a refund whose contract number is known.
pub fn refund(fields: &Fields<'_>, contract: u32) -> Refund {
    let own = ["contract", "refund", "id", "amount", "refunded", "balance", "state"];
    fields.only(&own, EncounterFacts::DIMS);
    Refund {
        contract,
        refund: settlement(&fields.need("refund", OBJECT)),
        id: fields.id("id"),
        amount: fields.yuan_if_given("amount"),
        refunded: fields.get("refunded").map(|at| channels(&at)),
        balance: fields.yuan_if_given("balance"),
        facts: encounter_facts(fields),
        state: fields.get("state").map(|at| state::read(&at)),
    }
}

fn channels(at: &At<'_>) -> Channels {
    let fields = at.fields_of(&["cash", "account"]);
    let amount = |name| fields.yuan_if_given(name).unwrap_or(Yuan(0));
    Channels { cash: amount("cash"), account: amount("account") }
}

fn fact(at: &At<'_>) -> Fact {
    let fields = at.fields();
    let mut kinds = KINDS.iter().filter_map(|kind| fields.get(kind).map(|at| (*kind, at)));
    let (Some((kind, own)), None) = (kinds.next(), kinds.next()) else {
        let known = KINDS.join(", ");
        at.refuse_value(Code::FactKind, "", &known);
        return Fact::Cancel(String::new());
    };
    if kind == "event" {
        return Fact::Event(event(&fields));
    }
    fields.only(&[kind], &[]);
    match kind {
        "bill" => Fact::Bill(Box::new(bill(&own))),
        "cancel" => Fact::Cancel(own.id()),
        "refund" => Fact::Refund(Box::new(refund_fact(&own))),
        "claim" => Fact::Claim(claim(&own)),
        "contribution" => Fact::Contribution(contribution(&own)),
        "credit" => Fact::Credit(credit(&own)),
        "becomes" => Fact::Becomes(becomes(&own)),
        _ => Fact::Scheme(scheme(&own)),
    }
}

fn event(fields: &Fields<'_>) -> Event {
    fields.only(&["event", "id", "on", "at", "reason", "by", "institutions"], &[]);
    Event {
        event: fields.text("event"),
        id: fields.id_if_given("id"),
        on: fields.date("on"),
        at: fields.get("at").map(|at| at.clock()),
        reason: fields.get("reason").map(|at| at.text().to_owned()),
        by: fields.id_if_given("by"),
        institutions: fields
            .get("institutions")
            .map(|at| list(&at, institution))
            .unwrap_or_default(),
    }
}

fn institution(at: &At<'_>) -> Institution {
    let fields = at.fields_of(&["id", "level"]);
    Institution { id: fields.id("id"), level: fields.get("level").map(|at| at.text().to_owned()) }
}

fn refund_fact(at: &At<'_>) -> RefundFact {
    let fields = at.fields();
    fields.only(&["id", "of", "on", "amount", "rest"], EncounterFacts::DIMS);
    RefundFact {
        id: fields.id("id"),
        of: fields.id("of"),
        on: fields.date("on"),
        amount: fields.yuan_if_given("amount"),
        facts: encounter_facts(&fields),
        rest: fields.get("rest").map(|at| Box::new(bill(&at))),
    }
}

fn claim(at: &At<'_>) -> ClaimFact {
    let fields = at.fields_of(&["id", "of", "on"]);
    ClaimFact { id: fields.id("id"), of: fields.id("of"), on: fields.date("on") }
}

fn contribution(at: &At<'_>) -> Contribution {
    let fields = at.fields_of(&["month", "due", "paid", "on"]);
    Contribution {
        month: fields.need("month", "YYYY-MM").month(),
        due: fields.yuan("due"),
        paid: fields.yuan("paid"),
        on: fields.date_if_given("on"),
    }
}

fn credit(at: &At<'_>) -> Credit {
    let fields = at.fields_of(&["id", "on", "amount"]);
    Credit { id: fields.id("id"), on: fields.date("on"), amount: fields.yuan("amount") }
}

fn becomes(at: &At<'_>) -> Becomes {
    let fields = at.fields();
    fields.only(&["on"], MemberFacts::DIMS);
    Becomes { on: fields.date("on"), facts: member_facts(&fields) }
}

fn scheme(at: &At<'_>) -> Scheme {
    let fields = at.fields_of(&["on", "pack", "params"]);
    Scheme {
        on: fields.date("on"),
        pack: fields.need("pack", TEXT).dated_pack(),
        params: fields.get("params").map(|at| params(&at)).unwrap_or_default(),
    }
}

/// A bill, which may leave its pack and its member to the message.
fn bill(at: &At<'_>) -> Request {
    let own = at.fields();
    for name in CARRIED {
        if let Some(given) = own.get(name) {
            given.refuse(Code::FieldUnknown, "carried from the bills before");
        }
    }
    if own.get("contract").is_some() {
        super::contract(&own);
    }
    let mut pairs: Vec<(Cow<'_, str>, Node<'_>)> = Vec::new();
    if let Node::Object(given) = at.node {
        pairs.clone_from(given);
    }
    let has_pack = own.get("pack").is_some();
    if !has_pack {
        pairs.push(("pack".into(), Node::Text("left-to-the-message".into())));
    }
    if own.get("member").is_none() {
        pairs.push(("member".into(), Node::Object(Vec::new())));
    }
    let whole = Node::Object(pairs);
    let at = At { node: &whole, trail: at.trail, sink: at.sink };
    let mut request = request::read(&at.fields(), CONTRACT);
    if !has_pack {
        request.pack.clear();
    }
    request
}
