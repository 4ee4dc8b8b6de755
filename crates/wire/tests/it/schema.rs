//! The schema and the table of codes, as tools and people get them.

#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use tongchou_wire::error::{Code, Lang};
use tongchou_wire::schema::{codes_table, contract};

#[test]
fn every_message_is_defined() {
    let schema = contract();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for name in ["Request", "Cancel", "Settlement", "Cancellation", "Refused", "State"] {
        assert_eq!(schema["$defs"][name]["type"], "object", "{name}");
    }
}

#[test]
fn objects_are_closed_and_nothing_is_null() {
    let schema = contract();
    let Value::Object(defs) = &schema["$defs"] else { panic!("definitions") };
    for (name, def) in defs {
        if def.get("properties").is_some() {
            assert_eq!(def["additionalProperties"], false, "{name}");
        }
    }
    let text = schema.to_string();
    assert!(!text.contains("\"null\""), "{text}");
    assert!(!text.contains("int32"), "{text}");
}

#[test]
fn every_reference_leads_somewhere() {
    let schema = contract();
    let text = schema.to_string();
    for part in text.split("\"#/$defs/").skip(1) {
        let name = part.split('"').next().unwrap_or_default();
        assert!(schema["$defs"].get(name).is_some(), "{name}");
    }
}

#[test]
fn bill_is_one_of_lines_and_totals() {
    let schema = contract();
    let request = &schema["$defs"]["Request"];
    assert_eq!(request["oneOf"], json!([{ "required": ["lines"] }, { "required": ["totals"] }]));
    assert_eq!(request["properties"]["lines"]["items"]["$ref"], "#/$defs/Line");
    assert_eq!(request["properties"]["totals"]["$ref"], "#/$defs/Totals");
    assert_eq!(request["required"], json!(["contract", "member", "encounter", "pack"]));
}

#[test]
fn fields_are_what_the_reader_takes() {
    let schema = contract();
    let defs = &schema["$defs"];
    assert_eq!(defs["Line"]["properties"]["prepay"]["type"], json!(["string", "number"]));
    assert_eq!(defs["Line"]["properties"]["amount"]["$ref"], "#/$defs/Amount");
    assert_eq!(defs["Line"]["properties"]["restricted"]["type"], json!(["string", "boolean"]));
    assert_eq!(defs["Member"]["properties"]["person"]["examples"], json!(["active", "retired"]));
    assert_eq!(defs["Member"]["properties"]["account"]["$ref"], "#/$defs/Account");
    assert_eq!(defs["Amounts"]["properties"]["fund"]["$ref"], "#/$defs/Yuan");
    assert!(defs["State"]["required"].as_array().is_some_and(|all| all.contains(&json!("hash"))));
}

#[test]
fn table_has_a_row_for_every_code() {
    for lang in [Lang::En, Lang::Zh] {
        let table = codes_table(lang);
        assert_eq!(table.lines().count(), Code::ALL.len() + 2);
        for (row, code) in table.lines().skip(2).zip(Code::ALL) {
            assert!(row.starts_with(&format!("| {code} | ")), "{row}");
            assert_eq!(row.replace("\\|", "").matches('|').count(), 4, "{row}");
            assert!(!row.contains(['{', '}']), "{row}");
        }
    }
}
