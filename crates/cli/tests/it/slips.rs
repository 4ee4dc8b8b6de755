//! What is printed for people, in both languages, to the column.
//!
//! A file of `golden/` is a session: each command, what it printed, and how it ended unless with
//! 0. `UPDATE_EXPECT=1` writes the files anew; read the difference before you keep it.

use expect_test::{ExpectFile, expect_file};
use serde_json::Value;

use crate::{code, stderr, stdout, tongchou};

/// An outpatient bill that meets everything at once: a visit fee with a fixed amount, pre-pay of
/// class B, a price over its limit, a class C item; the rest of the deductible, account and mutual
/// aid. 281.12 = 581.12 in scope less 300.00 of the deductible.
pub const OUTPATIENT: &str = r#"{
  "contract": 1,
  "pack": "110000-employee",
  "year_to_date": { "outpatient.position": "1500.00", "outpatient.deductible_used": "1500.00" },
  "member": { "id": "m-07", "person": "active", "age": 45,
    "account": { "balance": "150.00", "mutual_aid": "60.00" } },
  "encounter": { "id": "op-7", "care": "outpatient", "level": "tier3", "admitted": "2024-05-06" },
  "lines": [
    { "id": "visit", "kind": "visit_fee", "class": "A",
      "price": "50.00", "quantity": "1", "amount": "50.00" },
    { "id": "insulin", "kind": "drug", "class": "B",
      "price": "64.20", "quantity": "4", "amount": "256.80" },
    { "id": "strip", "kind": "material", "class": "A",
      "price": "3.50", "quantity": "50", "amount": "175.00", "limit": "2.80" },
    { "id": "x-ray", "kind": "service", "class": "A",
      "price": "210.00", "quantity": "1", "amount": "210.00" },
    { "id": "vitamin", "kind": "drug", "class": "C",
      "price": "12.345", "quantity": "3", "amount": "37.04" }
  ],
  "stated_total": "728.84"
}"#;

/// Runs each command on the same input and compares the session.
#[track_caller]
pub fn session(commands: &[&str], input: &str, expected: &ExpectFile) {
    let mut text = String::new();
    for command in commands {
        let args: Vec<&str> = command.split(' ').collect();
        let output = tongchou(&args, input);
        let ended = match code(&output) {
            0 => String::new(),
            code => format!("ended with {code}\n"),
        };
        let (out, err) = (masked(&stdout(&output)), stderr(&output));
        text.push_str(&format!("$ tongchou {command}\n{out}{err}{ended}"));
    }
    assert!(text.lines().all(|line| !line.ends_with(' ')), "blanks at an end of a line: {text}");
    expected.assert_eq(&text);
}

/// Hashes of packs change with every clause; that they are hashes is enough.
fn masked(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive([' ', '\n', '"']) {
        let hash: String = word.chars().take_while(char::is_ascii_hexdigit).collect();
        out.push_str(&if hash.len() == 64 { word.replace(&hash, "…") } else { word.to_owned() });
    }
    out
}

#[test]
fn inpatient_with_cap_and_large_amount() {
    let case = "settle cases/BJE-REAL-01.request.json";
    let commands = [case, &format!("{case} --lang en")];
    session(&commands, "", &expect_file!["golden/inpatient.txt"]);
}

#[test]
fn explained_step_by_step() {
    let case = "settle cases/BJE-REAL-01.request.json --explain";
    session(
        &[case, &format!("{case} --lang en"), "settle - --explain", "settle - --explain --lang en"],
        OUTPATIENT,
        &expect_file!["golden/explained.txt"],
    );
}

#[test]
fn outpatient_with_every_part() {
    let commands = ["settle -", "settle - --lang en"];
    session(&commands, OUTPATIENT, &expect_file!["golden/outpatient.txt"]);
}

/// The person bears all of it, the visit fee too; the account still pays.
#[test]
fn blocked() {
    let arrears = r#""person": "active", "status": "arrears""#;
    let blocked = OUTPATIENT.replace(r#""person": "active""#, arrears);
    let commands = ["settle -", "settle - --explain --lang en"];
    session(&commands, &blocked, &expect_file!["golden/blocked.txt"]);
}

#[test]
fn hospital_share() {
    let shared = OUTPATIENT.replace(
        r#""stated_total": "728.84""#,
        r#""stated_total": "728.84", "hospital_share": "12.06""#,
    );
    let commands = ["settle -", "settle - --explain --lang en"];
    session(&commands, &shared, &expect_file!["golden/hospital.txt"]);
}

#[test]
fn empty_bill() {
    let mut empty: Value = serde_json::from_str(OUTPATIENT).unwrap();
    empty["lines"] = Value::Array(Vec::new());
    empty["stated_total"] = "0".into();
    let commands = ["settle -", "settle - --explain --lang en"];
    session(&commands, &empty.to_string(), &expect_file!["golden/empty.txt"]);
}

#[test]
fn cancellation() {
    let settled = stdout(&tongchou(&["settle", "-", "--format", "json"], OUTPATIENT));
    let commands = ["cancel -", "cancel - --lang en"];
    session(&commands, &settled, &expect_file!["golden/cancellation.txt"]);
}

#[test]
fn refusals() {
    let refused = "refusals/33-unknown-dimension-value.request.json";
    session(
        &[
            &format!("settle {refused}"),
            &format!("settle {refused} --lang en"),
            &format!("settle {refused} --lang en --format json"),
            "cancel -",
            "cancel - --lang en",
        ],
        OUTPATIENT,
        &expect_file!["golden/refusals.txt"],
    );
}

#[test]
fn packs() {
    session(
        &["packs list", "packs list --lang en", "packs check", "packs check --lang en"],
        "",
        &expect_file!["golden/packs.txt"],
    );
}

#[test]
fn pack_shown() {
    session(
        &["packs show 220282-large", "packs show 220282-large --lang en", "packs show 220282"],
        "",
        &expect_file!["golden/pack.txt"],
    );
}

#[test]
fn canonical_pack_is_json() {
    let output = tongchou(&["packs", "show", "110000-employee", "--canonical"], "");
    let pack: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(pack["id"], "110000-employee");
    assert_eq!(stdout(&output).lines().count(), 1);
}

#[test]
fn schema_is_json() {
    let output = tongchou(&["schema"], "");
    let schema: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(schema["$defs"]["Request"]["type"], "object");
    assert_eq!(stdout(&output), stdout(&tongchou(&["schema", "contract"], "")));
}

#[test]
fn schema_of_packs_speaks_both_languages() {
    for (lang, title) in [("en", "Tongchou policy pack"), ("zh", "统筹政策包")] {
        let output = tongchou(&["schema", "pack", "--lang", lang], "");
        let schema: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(schema["title"], title);
        assert_eq!(schema["properties"]["pack"]["type"], "object");
    }
}

#[test]
fn codes_are_a_table_in_both_languages() {
    for (args, row) in [
        (&["schema", "codes", "--lang", "en"], "| I030 | unknown value"),
        (&["schema", "codes", "--lang", "en"], "| D002 | cannot write: …;"),
        (&["schema", "codes"][..], "| I030 | 未知取值"),
        (&["schema", "codes"][..], "| D002 | 无法写入：…；"),
    ] as [(&[&str], &str); 4]
    {
        let output = tongchou(args, "");
        assert!(stdout(&output).lines().any(|line| line.starts_with(row)), "{}", stdout(&output));
        assert_eq!(code(&output), 0);
    }
}

#[test]
fn the_toml_of_a_pack_is_printed_as_it_is() {
    for source in tongchou_packs::ALL {
        let output = tongchou(&["packs", "show", source.id, "--toml"], "");
        assert_eq!((code(&output), stdout(&output).as_str()), (0, source.text));
    }
    let file = "bad-packs/date-hole.toml";
    let output = tongchou(&["packs", "show", file, "--toml"], "");
    let text = std::fs::read_to_string(crate::fixtures().join(file)).unwrap();
    assert_eq!((code(&output), stdout(&output)), (0, text));
    let both = tongchou(&["packs", "show", "220282-large", "--toml", "--canonical"], "");
    assert_eq!(code(&both), 2);
    let absent = tongchou(&["packs", "show", "absent", "--toml"], "");
    assert_eq!((code(&absent), stdout(&absent).as_str()), (2, ""));
}

#[test]
fn the_program_says_its_own_name() {
    let version = stdout(&tongchou(&["--version"], ""));
    assert_eq!(version, format!("tongchou {}\n", env!("CARGO_PKG_VERSION")));
    let help = stdout(&tongchou(&["--help"], ""));
    for said in ["  0  done", "  1  refused", "  2  not understood", "TONGCHOU_LANG"] {
        assert!(help.contains(said), "{help}");
    }
    for command in ["member", "entitle"] {
        let help = stdout(&tongchou(&[command, "--help"], ""));
        assert!(!help.contains("case") && help.contains("one message"), "{help}");
    }
}

/// Every command with `--lang` goes by the variable; the option still wins.
#[test]
fn a_variable_sets_the_language() {
    let run = |lang: &str, args: &[&str]| {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_tongchou"));
        let ended = { program }.args(args).env("TONGCHOU_LANG", lang).output().unwrap();
        (code(&ended), stdout(&ended), stderr(&ended))
    };
    for args in [
        &["packs", "list"][..],
        &["packs", "show", "220282-large"],
        &["packs", "check"],
        &["settle", "../../fixtures/refusals/33-unknown-dimension-value.request.json"],
        &["schema", "codes"],
        &["schema", "pack"],
        &["sim", "scenarios"],
        &["packs", "diff", "110000-employee@2022-12-31", "110000-employee@2023-01-01"],
    ] {
        let with = |lang| [args, &["--lang", lang]].concat();
        let (zh, en) = (run("", &with("zh")), run("", &with("en")));
        assert_ne!(zh, en, "{args:?}");
        assert_eq!(run("", args), zh, "{args:?}");
        assert_eq!(run("zh", args), zh, "{args:?}");
        assert_eq!(run("en", args), en, "{args:?}");
        assert_eq!(run("en", &with("zh")), zh, "{args:?}");
    }
    let (ended, out, said) = run("fr", &["packs", "list"]);
    assert_eq!((ended, out.as_str()), (2, ""));
    assert!(said.starts_with("tongchou: TONGCHOU_LANG is `fr`; set it to zh or en"), "{said}");
}
