//! Items in words: the words of the pack language, without what the title says already.

use serde_json::Value;

use super::{Item, ItemKey, Section};
use crate::report::Lang;
use crate::units::percent_text;

/// Lists with more values are counted.
const LISTED_MAX: usize = 8;

/// What an item says beside its name and conditions; of long lists only what the other side does
/// not have.
pub(in crate::diff) fn say(key: &ItemKey, item: &Item, other: Option<&Item>, lang: Lang) -> String {
    let Value::Object(fields) = &item.value else { return plain(&item.value, lang) };
    let mut said = Vec::new();
    for (name, value) in fields {
        let known = matches!(name.as_str(), "id" | "when" | "params" | "priority");
        let titled = key.section == Section::Window && name == "event";
        let text = match (name.as_str(), value) {
            _ if known || titled || value.is_null() => continue,
            ("value", Value::Number(rate)) if key.section == Section::LevyRate => {
                percent_text(rate.as_i64().unwrap_or_default(), 0)
            }
            ("value", Value::Object(row)) => row_in_words(row, lang),
            ("value", value) => plain(value, lang),
            ("name", name) => plain(name, lang),
            (name, Value::Array(list)) if LISTED_MAX < list.len() => {
                let theirs = other.and_then(|other| other.value.get(name)?.as_array());
                let own = list.iter().filter(|v| theirs.is_none_or(|theirs| !theirs.contains(v)));
                let own: Vec<String> = own.map(|value| plain(value, lang)).collect();
                match own.len() {
                    0 if theirs.is_some() => continue,
                    ..=LISTED_MAX => format!("{name} {}", own.join(" ")),
                    count => format!("{name} ({count})"),
                }
            }
            (name, value) => format!("{name} {}", plain(value, lang)),
        };
        said.push(text);
    }
    said.join(", ")
}

/// A row of coverage or of splits, whose title says what it sets or cuts at.
fn row_in_words(row: &serde_json::Map<String, Value>, lang: Lang) -> String {
    let mut said = Vec::new();
    for name in ["opens", "closes"] {
        let edges = row.get(name).and_then(Value::as_array);
        let edges: Vec<String> = edges.into_iter().flatten().map(|e| edge(e, lang)).collect();
        if !edges.is_empty() {
            said.push(format!("{name} {}", edges.join(" | ")));
        }
    }
    for (name, value) in row {
        match (name.as_str(), value) {
            ("opens" | "closes" | "dim" | "value" | "of", _) | (_, Value::Null) => {}
            ("second_deductible", Value::Bool(charge)) => {
                said.push(format!("{name} {}", if *charge { "charge" } else { "waive" }));
            }
            (name, Value::Bool(true)) => said.push(name.to_owned()),
            (_, Value::Bool(false)) => {}
            (name, value) => said.push(format!("{name} {}", plain(value, lang))),
        }
    }
    said.join(", ")
}

/// An edge: its event, its windows, and how far from it.
fn edge(edge: &Value, lang: Lang) -> String {
    let mut text = edge.get("event").map(|event| plain(event, lang)).unwrap_or_default();
    if let Some(windows) = edge.get("windows") {
        text = format!("{text} ({})", plain(windows, lang));
    }
    match edge.get("shift") {
        Some(Value::Object(shift)) => {
            let far = shift.iter().map(|(unit, n)| format!(" +{n} {unit}"));
            text + &far.collect::<String>()
        }
        _ => text,
    }
}

/// A value in the words of the pack language; a name in the reader's.
pub(super) fn plain(value: &Value, lang: Lang) -> String {
    let all = |list: &[Value]| list.iter().map(|value| plain(value, lang)).collect::<Vec<_>>();
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => all(list).join(" "),
        Value::Object(fields) => {
            let own = if lang == Lang::En { "en" } else { "zh" };
            if let Some(name) = fields.get(own).and_then(Value::as_str) {
                return name.to_owned();
            }
            let said = fields.iter().filter(|(_, value)| !value.is_null());
            let said: Vec<_> =
                said.map(|(key, value)| format!("{key} {}", plain(value, lang))).collect();
            said.join(", ")
        }
        other => other.to_string(),
    }
}
