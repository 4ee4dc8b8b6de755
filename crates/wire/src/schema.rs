//! JSON Schema of the contract and the list of its refusals, both generated from the types.
//!
//! The schema accepts everything that `read` accepts. It is looser where a schema cannot say
//! more: calendar, uniqueness of line ids, names of counters, bounds of amounts given as text.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::error::{Code, Lang};
use crate::request::{
    Cancel, EncounterFacts, Entitle, LineFacts, MemberFacts, Refund, Replay, Request,
};
use crate::response::{Cancellation, Entitled, Refunded, Refused, Replayed};

/// The JSON Schema (2020-12) of every message, under `$defs`.
#[must_use]
pub fn contract() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.subschema_for::<Request>();
    generator.subschema_for::<Cancel>();
    generator.subschema_for::<Cancellation>();
    generator.subschema_for::<Replay>();
    generator.subschema_for::<Replayed>();
    generator.subschema_for::<Refund>();
    generator.subschema_for::<Refunded>();
    generator.subschema_for::<Entitle>();
    generator.subschema_for::<Entitled>();
    generator.subschema_for::<Refused>();
    let mut defs = generator.take_definitions(true);
    for def in defs.values_mut() {
        plain(def);
        close(def);
    }
    join_bill(&mut defs);
    defs.insert("Amount".to_owned(), amount());
    for def in ["Request", "Totals", "Line", "Account"] {
        if let Some(def) = defs.get_mut(def) {
            never_negative(def);
        }
    }
    for (def, dims) in DIMS {
        for (dim, usual) in *dims {
            dimension(&mut defs, def, dim, usual);
        }
    }
    for (def, field, rules) in RULES {
        rule(&mut defs, def, field, rules);
    }
    for def in ["State", "Settlement"] {
        require(&mut defs, def, "hash");
    }
    require(&mut defs, "Request", "pack");
    bill_of_a_member(&mut defs);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tongchou contract 1",
        "description": "What is asked (Request, Cancel) and what is answered (the others).",
        "anyOf": MESSAGES.map(|name| json!({ "$ref": format!("#/$defs/{name}") })),
        "$defs": defs,
    })
}

/// A bill among a member's facts leaves to the message what it does not say itself.
fn bill_of_a_member(defs: &mut Map<String, Value>) {
    let Some(mut bill) = defs.get("Request").cloned() else { return };
    if let Some(bill) = bill.as_object_mut() {
        bill.insert("required".to_owned(), json!(["encounter"]));
    }
    if let Some(properties) = bill.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("state");
        properties.remove("year_to_date");
    }
    for def in ["Fact", "RefundFact"] {
        if let Some(def) = defs.get_mut(def) {
            refer(def, "#/$defs/Request", "#/$defs/MemberBill");
        }
    }
    defs.insert("MemberBill".to_owned(), bill);
}

/// Points references elsewhere.
fn refer(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text == from => to.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, from, to)),
        Value::Object(map) => map.values_mut().for_each(|item| refer(item, from, to)),
        _ => {}
    }
}

/// A Markdown table of all codes: the code, what is wrong, what to do.
#[must_use]
pub fn codes_table(lang: Lang) -> String {
    let mut out = String::from(match lang {
        Lang::En => "| code | message | what to do |\n",
        Lang::Zh => "| 代码 | 说明 | 处理办法 |\n",
    });
    out.push_str("| --- | --- | --- |\n");
    for code in Code::ALL {
        for cell in [code.text(), code.message(lang), code.help(lang)] {
            out.push_str("| ");
            let shown = cell.replace("{value}", "…").replace("{expected}", "…");
            out.push_str(&shown.replace('|', "\\|"));
            out.push(' ');
        }
        out.push_str("|\n");
    }
    out
}

const MESSAGES: [&str; 11] = [
    "Request",
    "Cancel",
    "Replay",
    "Refund",
    "Entitle",
    "Settlement",
    "Cancellation",
    "Replayed",
    "Refunded",
    "Entitled",
    "Refused",
];

type Dims = &'static [(&'static str, &'static [&'static str])];

const DIMS: &[(&str, Dims)] = &[
    ("Member", MemberFacts::DIMS),
    ("Encounter", EncounterFacts::DIMS),
    ("Line", LineFacts::DIMS),
];

/// What a type cannot say about its fields.
const RULES: &[(&str, &str, &str)] = &[
    ("Request", "contract", ONE),
    ("Request", "pack", r#"{"pattern": "^[A-Za-z0-9._-]{1,64}(@[0-9]{4}-[0-9]{2}-[0-9]{2})?$"}"#),
    ("Request", "lines", r#"{"maxItems": 100000}"#),
    ("Member", "id", ID),
    ("Member", "age", r#"{"minimum": 0, "maximum": 150}"#),
    ("Encounter", "id", ID),
    ("Stay", "id", r#"{"minLength": 1, "maxLength": 64, "pattern": "^[^.:]*$"}"#),
    ("Line", "id", ID),
    ("Line", "prepay", r#"{"type": ["string", "number"], "pattern": "^[0-9]+(\\.[0-9]+)?%?$"}"#),
    ("State", "contract", ONE),
    ("State", "member", ID),
    ("State", "seq", r#"{"minimum": 0, "maximum": 1000000000}"#),
    ("State", "year", YEAR),
    ("Last", "id", ID),
    ("Cancel", "contract", ONE),
    ("Settlement", "contract", ONE),
    ("Settlement", "status", r#"{"const": "settled"}"#),
    ("Settlement", "id", ID),
    ("Settlement", "member", ID),
    ("Settlement", "year", YEAR),
    ("Settlement", "lines", r#"{"maxItems": 100000}"#),
    ("Cancellation", "contract", ONE),
    ("Cancellation", "status", r#"{"const": "cancelled"}"#),
    ("Refused", "contract", ONE),
    ("Refused", "status", r#"{"const": "refused"}"#),
    ("RefusalText", "code", r#"{"pattern": "^[PISH][0-9]{3}$"}"#),
];

const ONE: &str = r#"{"const": 1}"#;
const ID: &str = r#"{"minLength": 1, "maxLength": 64}"#;
const YEAR: &str = r#"{"minimum": 1899, "maximum": 2999}"#;

/// An optional field is left out, never null; widths of Rust's integers say nothing to a caller.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            without_null(map);
            if map.get("type").is_some_and(|kind| kind == "integer") {
                for width in ["format", "minimum", "maximum"] {
                    map.remove(width);
                }
            }
            map.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

fn without_null(map: &mut Map<String, Value>) {
    if let Some(Value::Array(kinds)) = map.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            map.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(choices)) = map.get_mut("anyOf") else { return };
    choices.retain(|choice| *choice != json!({ "type": "null" }));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        map.remove("anyOf");
        map.extend(only);
    }
}

/// An object takes the fields of its type and no others.
fn close(def: &mut Value) {
    let Some(def) = def.as_object_mut() else { return };
    if def.contains_key("properties") {
        def.insert("additionalProperties".to_owned(), false.into());
    }
}

/// `lines` and `totals` are fields of the request; exactly one of them is given.
fn join_bill(defs: &mut Map<String, Value>) {
    let Some(request) = defs.get_mut("Request").and_then(Value::as_object_mut) else { return };
    let Some(Value::Array(choices)) = request.remove("oneOf") else { return };
    let mut one_of = Vec::new();
    for mut choice in choices {
        let Some(Value::Object(fields)) = choice.get_mut("properties").map(Value::take) else {
            continue;
        };
        for (name, mut field) in fields {
            one_of.push(json!({ "required": [name] }));
            let what = choice.get_mut("description").map(Value::take);
            if let (Some(field), Some(what)) = (field.as_object_mut(), what) {
                field.insert("description".to_owned(), what);
            }
            if let Some(Value::Object(properties)) = request.get_mut("properties") {
                properties.insert(name, field);
            }
        }
    }
    request.insert("oneOf".to_owned(), one_of.into());
}

/// What a caller sends as an amount; answers may also be negative.
fn amount() -> Value {
    json!({
        "description": "Amount in yuan, not negative, as decimal text or a JSON number.",
        "type": ["string", "number"],
        "pattern": "^[0-9]+(\\.[0-9]{1,2}0*)?$",
        "minimum": 0,
        "maximum": 10_000_000_000_u64,
    })
}

fn never_negative(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("$ref").is_some_and(|to| to == "#/$defs/Yuan") {
                map.insert("$ref".to_owned(), "#/$defs/Amount".into());
            }
            map.values_mut().for_each(never_negative);
        }
        Value::Array(items) => items.iter_mut().for_each(never_negative),
        _ => {}
    }
}

fn dimension(defs: &mut Map<String, Value>, def: &str, dim: &str, usual: &[&str]) {
    let Some(field) = field(defs, def, dim) else { return };
    field.insert("pattern".to_owned(), "^[A-Za-z0-9_]{1,40}$".into());
    field.insert("examples".to_owned(), usual.into());
    if usual.contains(&"yes") && usual.contains(&"no") {
        field.insert("type".to_owned(), json!(["string", "boolean"]));
    }
}

fn rule(defs: &mut Map<String, Value>, def: &str, name: &str, rules: &str) {
    let Ok(Value::Object(rules)) = serde_json::from_str(rules) else { return };
    if let Some(field) = field(defs, def, name) {
        field.extend(rules);
    }
}

fn require(defs: &mut Map<String, Value>, def: &str, name: &str) {
    let required = defs.get_mut(def).and_then(|def| def.get_mut("required"));
    let Some(Value::Array(required)) = required else { return };
    if !required.iter().any(|other| other == name) {
        required.push(name.into());
    }
}

fn field<'a>(
    defs: &'a mut Map<String, Value>,
    def: &str,
    name: &str,
) -> Option<&'a mut Map<String, Value>> {
    defs.get_mut(def)?.get_mut("properties")?.get_mut(name)?.as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_finds_its_field() {
        let schema = contract();
        for (def, name, rules) in RULES {
            let Ok(Value::Object(rules)) = serde_json::from_str(rules) else {
                assert_eq!(*rules, "an object", "{def}.{name}");
                continue;
            };
            for (keyword, value) in rules {
                let place = format!("/$defs/{def}/properties/{name}/{keyword}");
                assert_eq!(schema.pointer(&place), Some(&value), "{place}");
            }
        }
        for (def, dims) in DIMS {
            for (dim, usual) in *dims {
                let place = format!("/$defs/{def}/properties/{dim}/examples");
                assert_eq!(schema.pointer(&place), Some(&json!(usual)), "{place}");
            }
        }
    }
}
