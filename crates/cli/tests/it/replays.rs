//! `replay`: CONSTRUCTS G.6, a cancelled first stay makes the second the first.

use serde_json::Value;

use crate::{code, stderr, stdout, tongchou};

#[test]
fn a_cancel_renumbers_admissions() {
    let answer = stdout(&tongchou(&["replay", "demo/replay.json", "--format", "json"], ""));
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let change = &answer["changes"][0]["later"][0];
    assert_eq!(change["id"], "stay-2");
    // (10000 − 650) × 85 % as the second admission, (10000 − 1300) × 85 % as the first.
    assert_eq!(change["before"]["fund"], "7947.50");
    assert_eq!(change["after"]["fund"], "7395.00");
    assert_eq!(answer["states"][0]["counters"]["admissions"], 1);
    assert_eq!(answer["settlements"].as_array().unwrap().len(), 1);
}

#[test]
fn a_timeline_is_printed() {
    let text = stdout(&tongchou(&["replay", "demo/replay.json", "--lang", "en"], ""));
    assert!(text.contains("fact 3: cancel stay-1\n    stay-2  fund 7947.50 → 7395.00"), "{text}");
    assert!(text.contains("2024-05-09  stay-2"), "{text}");
}

#[test]
fn what_is_wrong_with_a_fact_is_said_at_its_place() {
    let text = std::fs::read_to_string(crate::fixtures().join("demo/replay.json")).unwrap();
    for (from, to, said) in [
        ("\"cancel\": \"stay-1\"", "\"cancel\": \"stay-9\"", "S013"),
        ("\"id\": \"stay-2\"", "\"id\": \"stay-1\"", "S003"),
        ("\"level\": \"tier3\"", "\"level\": \"tier9\"", "$.replay[0].bill.encounter.level"),
        ("\"replay\": [", "\"replay\": [{\"refund\": 1},", "$.replay[0].refund"),
        ("\"totals\": {", "\"state\": {}, \"totals\": {", "$.replay[0].bill.state"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        let output = tongchou(&["replay", "-", "--lang", "en"], &broken);
        let shown = format!("{}{}", stdout(&output), stderr(&output));
        assert_eq!(code(&output), 1, "{shown}");
        assert!(shown.contains(said), "{said}: {shown}");
    }
}
