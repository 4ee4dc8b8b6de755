//! A bill to settle.

use std::collections::BTreeMap;

use crate::amount::Yuan;
use crate::error::{Code, one_of};
use crate::json::{Node, twice};
use crate::request::{
    Account, Bill, Encounter, EncounterFacts, Joins, LINES_MAX, Line, LineFacts, Member,
    MemberFacts, Request, Stay, Totals,
};

use super::fields::{At, Fields};
use super::scalars::{DECIMAL, OBJECT, TEXT};
use super::{counters, state};

/// Reads a request whose contract number is known.
pub fn read(fields: &Fields<'_>, contract: u32) -> Request {
    fields.only(OWN, &[]);
    Request {
        contract,
        pack: fields.need("pack", TEXT).dated_pack(),
        params: fields.get("params").map(|at| params(&at)).unwrap_or_default(),
        facts: fields.get("facts").map(|at| facts(&at)).unwrap_or_default(),
        year_to_date: fields.get("year_to_date").map(|at| counters::map(&at)).unwrap_or_default(),
        state: fields.get("state").map(|at| state::read(&at)),
        member: member(&fields.need("member", OBJECT)),
        encounter: encounter(&fields.need("encounter", OBJECT)),
        bill: bill(fields),
        stated_total: fields.yuan_if_given("stated_total"),
        hospital_share: fields.yuan_if_given("hospital_share"),
        explain: fields.get("explain").is_some_and(|at| at.flag()),
    }
}

/// Fields of a bill.
pub const OWN: &[&str] = &[
    "contract",
    "pack",
    "params",
    "facts",
    "year_to_date",
    "state",
    "member",
    "encounter",
    "lines",
    "totals",
    "stated_total",
    "hospital_share",
    "explain",
];

/// Reads a map from parameter to value.
pub fn params(at: &At<'_>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (name, at) in at.fields().entries() {
        out.insert(name.to_owned(), at.text().to_owned());
    }
    out
}

/// Reads a map from fact to amount.
pub fn facts(at: &At<'_>) -> BTreeMap<String, Yuan> {
    let mut out = BTreeMap::new();
    for (name, at) in at.fields().entries() {
        out.insert(name.to_owned(), at.yuan());
    }
    out
}

pub fn member(at: &At<'_>) -> Member {
    let fields = at.fields();
    fields.only(&["id", "born", "age", "account"], MemberFacts::DIMS);
    Member {
        id: fields.id_if_given("id"),
        born: fields.date_if_given("born"),
        age: fields.get("age").map(|at| age(&at)),
        facts: member_facts(&fields),
        account: fields.get("account").map(|at| account(&at)),
    }
}

fn age(at: &At<'_>) -> u8 {
    at.digits();
    at.whole(0, 150).and_then(|age| u8::try_from(age).ok()).unwrap_or_else(|| {
        at.refuse(Code::AgeRange, "0–150");
        0
    })
}

fn account(at: &At<'_>) -> Account {
    let fields = at.fields_of(&["balance", "mutual_aid"]);
    Account { balance: fields.yuan("balance"), mutual_aid: fields.yuan_if_given("mutual_aid") }
}

/// The dimensions of a member among an object's fields.
pub fn member_facts(fields: &Fields<'_>) -> MemberFacts {
    let mut facts = MemberFacts::default();
    for (dim, usual) in MemberFacts::DIMS {
        put(fields, dim, usual, facts.slot(dim));
    }
    facts
}

/// The dimensions of an encounter among an object's fields.
pub fn encounter_facts(fields: &Fields<'_>) -> EncounterFacts {
    let mut facts = EncounterFacts::default();
    for (dim, usual) in EncounterFacts::DIMS {
        put(fields, dim, usual, facts.slot(dim));
    }
    facts
}

pub fn encounter(at: &At<'_>) -> Encounter {
    let fields = at.fields();
    let own = ["id", "admitted", "discharged", "time", "institution", "use_account", "stay"];
    fields.only(&own, EncounterFacts::DIMS);
    Encounter {
        id: fields.id("id"),
        facts: encounter_facts(&fields),
        admitted: fields.date("admitted"),
        discharged: fields.date_if_given("discharged"),
        time: fields.get("time").map(|at| at.clock()),
        institution: fields.id_if_given("institution"),
        use_account: fields.get("use_account").map(|at| at.flag()),
        stay: fields.get("stay").map(|at| stay(&at)),
    }
}

fn stay(at: &At<'_>) -> Stay {
    let fields = at.fields_of(&["id", "closes", "joins"]);
    let joins = fields.get("joins").and_then(|at| match at.text() {
        "transfer" => Some(Joins::Transfer),
        "readmission" => Some(Joins::Readmission),
        _ => {
            at.refuse(Code::WrongType, "`transfer` or `readmission`");
            None
        }
    });
    Stay { id: fields.need("id", TEXT).stay_id(), closes: fields.flag("closes"), joins }
}

fn bill(fields: &Fields<'_>) -> Bill {
    let found = match (fields.get("lines"), fields.get("totals")) {
        (Some(at), None) => return Bill::Lines(lines(&at)),
        (None, Some(at)) => return Bill::Totals(totals(&at)),
        (Some(_), Some(_)) => "lines, totals",
        (None, None) => "none",
    };
    fields.sink.put(Code::LinesOrTotals, fields.trail, found, "lines, totals");
    Bill::Totals(Totals::default())
}

fn lines(at: &At<'_>) -> Vec<Line> {
    let lines = list(at, line);
    if let Some(i) = twice(lines.iter().map(|line| line.id.as_str()).collect()) {
        let id = lines.get(i).map_or("", |line| &line.id);
        at.sink.put(Code::LineTwice, &at.trail.item(i).key("id"), id, "");
    }
    lines
}

/// Reads each item of a list, refused before it is read if it is longer than any bill.
pub fn list<T>(at: &At<'_>, read: fn(&At<'_>) -> T) -> Vec<T> {
    list_of(at, read)
}

/// The same with a reader that remembers something.
pub fn list_of<T>(at: &At<'_>, read: impl Fn(&At<'_>) -> T) -> Vec<T> {
    let items = at.items();
    if LINES_MAX < items.len() {
        at.refuse_value(Code::LinesTooMany, &items.len().to_string(), "100000");
        return Vec::new();
    }
    items.iter().enumerate().map(|(i, node)| read(&at.item(i, node))).collect()
}

fn line(at: &At<'_>) -> Line {
    let fields = at.fields();
    let own = ["id", "price", "quantity", "amount", "limit", "prepay", "date"];
    fields.only(&own, LineFacts::DIMS);
    let id = fields.id("id");
    let mut facts = LineFacts::default();
    for (dim, usual) in LineFacts::DIMS {
        put(&fields, dim, usual, facts.slot(dim));
    }
    Line {
        id,
        facts,
        price: fields.need("price", DECIMAL).price(),
        quantity: fields.need("quantity", DECIMAL).quantity(),
        amount: fields.yuan("amount"),
        limit: fields.get("limit").map(|at| at.price()),
        prepay: fields.get("prepay").map(|at| at.share()),
        date: fields.date_if_given("date"),
    }
}

fn totals(at: &At<'_>) -> Totals {
    let fields = at.fields_of(&["in_scope", "full_self", "over_limit", "prepay"]);
    Totals {
        in_scope: fields.yuan("in_scope"),
        full_self: fields.yuan_if_given("full_self"),
        over_limit: fields.yuan_if_given("over_limit"),
        prepay: fields.yuan_if_given("prepay"),
    }
}

/// Puts the value given for a dimension into its slot.
///
/// Dimensions that are usually yes or no also take `true` and `false`.
fn put<'a>(fields: &Fields<'a>, dim: &'a str, usual: &[&str], slot: Option<&mut Option<String>>) {
    let (Some(at), Some(slot)) = (fields.get(dim), slot) else { return };
    let yes_or_no = usual.contains(&"yes") && usual.contains(&"no");
    let value = match at.node {
        Node::Bool(true) if yes_or_no => "yes",
        Node::Bool(false) if yes_or_no => "no",
        Node::Text(text) => text,
        _ if yes_or_no => return at.refuse(Code::WrongType, "text, true or false"),
        _ => return at.refuse(Code::WrongType, TEXT),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if value.is_empty() || DIM_BYTES_MAX < value.len() || !value.bytes().all(plain) {
        at.refuse(Code::DimValue, &one_of(value, usual));
    }
    *slot = Some(value.to_owned());
}

/// Longest value of a dimension.
const DIM_BYTES_MAX: usize = 40;
