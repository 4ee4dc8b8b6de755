//! Golden refusals: `fixtures/refusals/NN-name.request.json`, sent exactly as it stands, is
//! answered with `NN-name.expected.json`. `UPDATE=1` writes what is answered.
//!
//! 01 to 30 are refused by the reader, 31 to 70 by the engine under the shipped packs. A refusal
//! leaves no trace: the next bill is settled as by an engine that never saw it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use tongchou_wire::engine::{Answer, Engine};
use tongchou_wire::error::Lang;
use tongchou_wire::read;

use crate::packs;

/// What a caller is answered.
fn answer(engine: &mut Engine, text: &str) -> String {
    match engine.call(text) {
        Answer::Refused(refusal) => {
            serde_json::to_string_pretty(&refusal.render(Lang::En)).unwrap()
        }
        accepted => format!("accepted: {}", accepted.json(Lang::En)),
    }
}

/// A bill like those of the refused requests, with nothing wrong in it.
const GOOD: &str = r#"{"contract": 1, "pack": "110000-employee",
  "member": {"id": "m-01", "person": "retired", "age": 67, "account": {"balance": "320.00"}},
  "encounter": {"id": "e-01", "care": "inpatient", "level": "tier3",
    "admitted": "2024-03-01", "discharged": "2024-03-09"},
  "lines": [
    {"id": "l-1", "class": "A", "kind": "drug", "price": "64.20", "quantity": "200",
     "amount": "12840.00"},
    {"id": "l-2", "class": "B", "kind": "service", "price": "15.00", "quantity": "9",
     "amount": "135.00", "prepay": "10%"}]}"#;

/// Requests that are too long to be stored.
fn generated(name: &str) -> Option<String> {
    match name {
        "23-too-many-lines" => Some(many_lines(100_001)),
        _ => None,
    }
}

#[test]
fn every_refusal_is_answered_as_expected() {
    let names = names();
    assert_eq!(names.len(), 70, "{names:?}");
    let mut engine = packs::engine();
    let settled = engine.call(GOOD).json(Lang::En);
    assert!(settled.contains("\"settled\""), "{settled}");
    let mut wrong = Vec::new();
    for name in &names {
        let text = generated(name).or_else(|| fs::read_to_string(request(name)).ok());
        let Some(text) = text else { panic!("{name} has no request") };
        let mut found = answer(&mut engine, &text);
        found.push('\n');
        if std::env::var_os("UPDATE").is_some() {
            fs::write(expected(name), &found).unwrap();
        }
        let expected = fs::read_to_string(expected(name)).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{name}\nexpected {expected}found {found}"));
        }
        if engine.call(GOOD).json(Lang::En) != settled {
            wrong.push(format!("{name} changed what is settled after it"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn refusals_are_numbered_without_a_gap() {
    for (i, name) in names().iter().enumerate() {
        assert!(name.starts_with(&format!("{:02}-", i + 1)), "{name} is number {}", i + 1);
    }
}

#[test]
fn most_lines_are_read() {
    assert!(read::message(&many_lines(100_000)).is_ok());
    let twice = many_lines(100_000).replace("\"l99999\"", "\"l0\"");
    let refusal = read::message(&twice).unwrap_err();
    assert_eq!((refusal.code.text(), refusal.path.as_str()), ("I041", "$.lines[99999].id"));
}

fn many_lines(count: usize) -> String {
    let line = |i| format!(r#"{{"id":"l{i}","price":"1","quantity":"1","amount":"1.00"}}"#);
    let lines: Vec<String> = (0..count).map(line).collect();
    format!(
        r#"{{"contract":1,"pack":"110000-employee","member":{{"age":67}},
        "encounter":{{"id":"e-01","admitted":"2024-03-01"}},"lines":[{}]}}"#,
        lines.join(",")
    )
}

/// Names of all cases, in order, from their requests and their expected answers.
fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".request.json");
        names.insert(name.or(file.strip_suffix(".expected.json")).unwrap_or(&file).to_owned());
    }
    names
}

fn request(name: &str) -> PathBuf {
    folder().join(format!("{name}.request.json"))
}

fn expected(name: &str) -> PathBuf {
    folder().join(format!("{name}.expected.json"))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/refusals")
}
