//! The schema names the keys that the readers ask for, section by section.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;

use serde_json::Value;

use super::schema;
use crate::read::{Findings, read};
use crate::report::Lang;
use crate::source::Source;

/// Every section once; values do not matter here.
const EVERYTHING: &str = r#"
[pack]
[clause]
T-1 = {}
[param.axis]
[fact]
income = {}
[dim]
person = { values = ["a"] }
age70 = { of = "age" }
size = { of = "total" }
outage = { of = "number.minutes" }
[number]
minutes = {}
[event.filing]
selects = {}
[contribution]
[period.filing]
[calendar]
[[window]]
[[coverage]]
opens = {}
[[split]]
[refund]
[levy.topup]
held = {}
months = {}
[[levy.topup.rate]]
[verdict.outage]
[[verdict.outage.row]]
[stay]
[[stay.period]]
[classify]
[[prepay]]
[[limit]]
[[fixed]]
[[standing]]
[[layer]]
[[layer.upfront]]
[[layer.deductible]]
amount = {}
[[layer.band]]
[[layer.adjust]]
[[layer.cap]]
[[group]]
[[group.cap]]
[[personal]]
[[example]]
"#;

/// A section's title in the readers, and its place in the schema.
const PLACES: &[(&str, &str)] = &[
    ("the pack", ""),
    ("[pack]", "/properties/pack"),
    ("clause `T-1`", "/properties/clause/additionalProperties"),
    ("[param.axis]", "/properties/param/additionalProperties"),
    ("fact `income`", "/properties/fact/additionalProperties"),
    ("dimension `person`", "/properties/dim/properties/person/anyOf/1"),
    ("[stay]", "/properties/stay"),
    ("[classify]", "/properties/classify"),
    ("[[prepay]]", "/properties/prepay/items"),
    ("[[limit]]", "/properties/limit/items"),
    ("[[fixed]]", "/properties/fixed/items"),
    ("[[standing]]", "/properties/standing/items"),
    ("[[layer]]", "/properties/layer/items"),
    ("[[layer.upfront]]", "/properties/layer/items/properties/upfront/items"),
    ("[[layer.deductible]]", "/properties/layer/items/properties/deductible/items"),
    ("`amount`", "/properties/layer/items/properties/deductible/items/properties/amount/anyOf/1"),
    ("[[layer.band]]", "/properties/layer/items/properties/band/items"),
    ("[[layer.adjust]]", "/properties/layer/items/properties/adjust/items"),
    ("[[layer.cap]]", "/properties/layer/items/properties/cap/items"),
    ("[[group]]", "/properties/group/items"),
    ("[[group.cap]]", "/properties/group/items/properties/cap/items"),
    ("[[personal]]", "/properties/personal/anyOf/0"),
    ("number `minutes`", "/properties/number/additionalProperties"),
    ("[event.filing]", "/properties/event/additionalProperties"),
    ("`selects`", "/properties/event/additionalProperties/properties/selects"),
    ("[contribution]", "/properties/contribution"),
    ("[period.filing]", "/properties/period/additionalProperties"),
    ("[calendar]", "/properties/calendar"),
    ("[[window]]", "/properties/window/items"),
    ("[[coverage]]", "/properties/coverage/items"),
    ("an edge", "/properties/coverage/items/properties/opens/anyOf/0"),
    ("[[split]]", "/properties/split/items"),
    ("[refund]", "/properties/refund"),
    ("[levy.topup]", "/properties/levy/additionalProperties"),
    ("`held`", "/properties/levy/additionalProperties/properties/held"),
    ("`months`", "/properties/levy/additionalProperties/properties/months/anyOf/1"),
    ("[[levy.topup.rate]]", "/properties/levy/additionalProperties/properties/rate/items"),
    ("[verdict.outage]", "/properties/verdict/additionalProperties"),
    ("[[verdict.outage.row]]", "/properties/verdict/additionalProperties/properties/row/items"),
    ("[[stay.period]]", "/properties/stay/properties/period/items"),
    ("[[example]]", "/properties/example/items"),
];

fn properties<'a>(schema: &'a Value, place: &str) -> BTreeSet<&'a str> {
    let section = schema.pointer(place).unwrap();
    let properties = section.get("properties").and_then(Value::as_object).unwrap();
    properties.keys().map(String::as_str).collect()
}

#[test]
fn keys_are_those_of_the_readers() {
    let source = Source::new("pack.toml", EVERYTHING);
    let out = Findings::new(&source);
    read(&out).unwrap();
    let asked = out.asked.borrow();
    let schema = schema(Lang::En);
    for (title, place) in PLACES {
        assert_eq!(Some(&properties(&schema, place)), asked.get(*title), "{title}");
    }
    // A cut number asks for what its number needs.
    let cut: BTreeSet<&str> = ["age70", "size", "outage"]
        .iter()
        .flat_map(|name| asked.get(&format!("dimension `{name}`")).unwrap())
        .copied()
        .collect();
    assert_eq!(properties(&schema, "/properties/dim/additionalProperties"), cut);
    let known = PLACES.iter().map(|(title, _)| *title);
    let known: BTreeSet<&str> = known
        .chain(["dimension `age70`", "dimension `size`", "dimension `outage`", "`name`"])
        .collect();
    let asked: BTreeSet<&str> = asked.keys().map(String::as_str).collect();
    assert_eq!(asked.difference(&known).next(), None);
}

#[test]
fn both_languages_have_the_same_shape() {
    fn shape(value: &mut Value) {
        if let Some(object) = value.as_object_mut() {
            object.retain(|key, value| {
                !(matches!(key.as_str(), "description" | "title") && value.is_string())
            });
        }
        match value {
            Value::Object(object) => object.values_mut().for_each(shape),
            Value::Array(list) => list.iter_mut().for_each(shape),
            _ => {}
        }
    }
    let [mut en, mut zh] = [schema(Lang::En), schema(Lang::Zh)];
    shape(&mut en);
    shape(&mut zh);
    assert_eq!(en, zh);
}
