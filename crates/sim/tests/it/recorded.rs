//! C3: recorded visits give the same state after each entry, in every release.
//!
//! `fixtures/sim/recorded.ndjson` is never written anew: old records stay readable for ever.

use std::collections::BTreeMap;
use std::path::Path;

use expect_test::expect_file;
use tongchou_wire::read::{self, Message};
use tongchou_wire::request::Cancel;
use tongchou_wire::response::Settlement;

use crate::some;

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/sim")
}

#[test]
fn c3_the_state_after_each_entry_is_what_it_was() {
    let text = std::fs::read_to_string(fixtures().join("recorded.ndjson")).unwrap();
    let mut engine = some::engine("110000-employee");
    let mut last: BTreeMap<String, Settlement> = BTreeMap::new();
    let mut states = BTreeMap::new();
    let mut hashes = String::new();
    for line in text.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        let member = entry["member"]["id"].as_str().unwrap().to_owned();
        let state = if entry.get("cancel").is_some() {
            let cancel = Cancel { contract: 1, cancel: last[&member].clone(), state: None };
            Some(engine.cancel(&cancel).unwrap().state)
        } else {
            let Ok(Message::Settle(mut request)) = read::message(line) else { panic!("{line}") };
            request.state = states.get(&member).cloned().flatten();
            let settled = engine.settle(&request).unwrap();
            last.insert(member.clone(), settled.clone());
            settled.state
        };
        let hash = state.as_ref().map_or("none", |state| state.hash.as_str());
        let id = entry["encounter"]["id"].as_str().or(entry["cancel"].as_str()).unwrap();
        hashes.push_str(&format!("{id} {hash}\n"));
        states.insert(member, state);
    }
    assert!(hashes.lines().count() > 30);
    expect_file![fixtures().join("recorded.states.txt")].assert_eq(&hashes);
}
