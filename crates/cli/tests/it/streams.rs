//! Streams, single cases, and how a command ends.

use std::path::PathBuf;

use serde_json::Value;

use crate::slips::OUTPATIENT;
use crate::{code, stderr, stdout, tongchou};

/// The outpatient bill on one line, under an id.
fn bill(id: &str) -> String {
    let bill: Value = serde_json::from_str(OUTPATIENT).unwrap();
    bill.to_string().replace("op-7", id)
}

/// Good bills, with a refused message and broken text between them.
fn mixed() -> String {
    let unknown = bill("op-2").replace("tier3", "tier9");
    [bill("op-1"), unknown, bill("op-3"), "{broken".to_owned(), bill("op-5")].join("\n") + "\n"
}

const MIXED: [&str; 5] = ["op-1", "I030", "op-3", "I001", "op-5"];

/// A file of a test, with an ending.
fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path.into_os_string().into_string().unwrap()
}

/// For every answer its id, or the code it was refused with.
fn answers(output: &str) -> Vec<String> {
    let named = |line: &str| {
        let answer: Value = serde_json::from_str(line).unwrap();
        let name = match answer["status"].as_str() {
            Some("refused") => &answer["errors"][0]["code"],
            _ => &answer["id"],
        };
        name.as_str().unwrap().to_owned()
    };
    output.lines().map(named).collect()
}

#[track_caller]
fn check(input: &str, expected: &[&str]) {
    let output = tongchou(&["settle", "-", "--lang", "en"], input);
    assert_eq!(answers(&stdout(&output)), expected);
    let refused = expected.iter().filter(|name| !name.starts_with("op-")).count();
    let settled = expected.len() - refused;
    assert_eq!(stderr(&output), format!("{settled} settled, {refused} refused\n"));
    assert_eq!(code(&output), i32::from(refused > 0));
}

#[test]
fn refused_lines_do_not_stop_the_others() {
    check(&mixed(), &MIXED);
    check(&format!("{}\n{}\n", bill("op-1"), bill("op-2")), &["op-1", "op-2"]);
}

#[test]
fn a_file_is_read_like_standard_input() {
    let path = file("mixed.ndjson", mixed());
    let from_file = tongchou(&["settle", &path], "");
    let from_input = tongchou(&["settle", "-"], &mixed());
    assert_eq!(from_file, from_input);
    assert_eq!(stderr(&from_file), "已结算 3 笔，拒绝 2 笔\n");
    let path = file("mixed.json", mixed());
    assert_eq!(tongchou(&["settle", &path], ""), from_input);
}

#[test]
fn the_last_line_needs_no_end() {
    check(mixed().trim_end(), &MIXED);
}

#[test]
fn blank_lines_are_passed_over() {
    let blank = format!("\n  \n{}\n\t\n", mixed().replace('\n', "\n\n"));
    check(&blank, &MIXED);
}

#[test]
fn lines_may_end_in_cr_lf() {
    check(&mixed().replace('\n', "\r\n"), &MIXED);
    check(&mixed().replace('\n', "\r\n\r\n"), &MIXED);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    check(&format!("\u{feff}{}", mixed()), &MIXED);
    let one = format!("\u{feff}{OUTPATIENT}");
    assert_eq!(tongchou(&["settle", "-"], &one), tongchou(&["settle", "-"], OUTPATIENT));
    // Anywhere else it is not whitespace.
    check(&format!("{}\n\u{feff}{}\n", bill("op-1"), bill("op-2")), &["op-1", "I001"]);
}

#[test]
fn a_broken_first_line_does_not_stop_the_others() {
    check(&format!("{{broken\n{}", mixed()), &["I001", "op-1", "I030", "op-3", "I001", "op-5"]);
    let half = bill("op-0").chars().take(90).collect::<String>();
    check(&format!("{half}\n{}", bill("op-1")), &["I001", "op-1"]);
}

#[test]
fn text_that_is_not_utf_8_is_refused_and_not_mended() {
    let mut bytes = Vec::new();
    for (n, id) in [(1, &b"op-1"[..]), (2, b"op-\xb1\xb1"), (3, b"op-3"), (4, b"\xff")] {
        let text = bill(&format!("op-{n}"));
        let (before, after) = text.split_once(&format!("op-{n}")).unwrap();
        bytes.extend([before.as_bytes(), id, after.as_bytes(), b"\n"].concat());
    }
    let path = file("gbk.ndjson", &bytes);
    let output = tongchou(&["settle", &path], "");
    assert_eq!(answers(&stdout(&output)), ["op-1", "I001", "op-3", "I001"]);
    let second: Vec<u8> = bytes.split(|b| *b == b'\n').nth(1).unwrap().to_vec();
    let path = file("gbk.json", second);
    let output = tongchou(&["settle", &path, "--lang", "en"], "");
    assert!(stdout(&output).starts_with("refused [I001] "), "{}", stdout(&output));
    assert!(stdout(&output).contains("UTF-8"), "{}", stdout(&output));
    assert_eq!(code(&output), 1);
}

#[test]
fn slips_of_a_stream() {
    let output = tongchou(&["settle", "-", "--format", "text", "--lang", "en"], &mixed());
    let text = stdout(&output);
    let titles = text
        .lines()
        .filter(|line| ["settlement ", "refused "].iter().any(|title| line.starts_with(title)));
    let titles: Vec<&str> = titles.filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(titles, ["op-1", "[I030]", "op-3", "[I001]", "op-5"]);
    let one = stdout(&tongchou(&["settle", "-", "--lang", "en"], &bill("op-3")));
    assert!(text.contains(&one), "{one}");
}

#[test]
fn a_single_case_is_a_slip_on_one_line_or_on_many() {
    let pretty = tongchou(&["settle", "-"], OUTPATIENT);
    assert_eq!((code(&pretty), stderr(&pretty).as_str()), (0, ""));
    assert!(stdout(&pretty).starts_with("结算单 op-7 "));
    let forms = [
        bill("op-7"),
        bill("op-7") + "\n",
        format!("\n\n{}\n\n", bill("op-7")),
        format!("\n{OUTPATIENT}\n\n"),
        OUTPATIENT.replace('\n', "\r\n"),
        OUTPATIENT.replace('\n', "\n\n"),
    ];
    for form in &forms {
        assert_eq!(tongchou(&["settle", "-"], form), pretty, "{form:?}");
    }
    assert_eq!(tongchou(&["settle", &file("one.json", &forms[0])], ""), pretty);
}

#[test]
fn one_line_of_a_stream_file_is_a_stream() {
    let stream = tongchou(&["settle", &file("one.ndjson", bill("op-7"))], "");
    assert_eq!(answers(&stdout(&stream)), ["op-7"]);
    assert_eq!(stderr(&stream), "已结算 1 笔，拒绝 0 笔\n");
    let single = tongchou(&["settle", "-", "--format", "json"], OUTPATIENT);
    assert_eq!(stdout(&single), stdout(&stream));
    let none = tongchou(&["settle", &file("none.jsonl", "")], "");
    assert_eq!((code(&none), stdout(&none).as_str()), (0, ""));
    assert_eq!(stderr(&none), "已结算 0 笔，拒绝 0 笔\n");
}

#[test]
fn a_refused_case_ends_with_1() {
    let refused = OUTPATIENT.replace("tier3", "tier9");
    for args in [&["settle", "-"][..], &["settle", "-", "--format", "json"]] {
        let output = tongchou(args, &refused);
        assert_eq!((code(&output), stderr(&output).as_str()), (1, ""));
        assert!(stdout(&output).contains("I030"), "{}", stdout(&output));
    }
    for nothing in ["", "\n", "[\n]", "7"] {
        assert_eq!(code(&tongchou(&["settle", "-"], nothing)), 1, "{nothing:?}");
    }
}

/// A list is one message, and a message is an object.
#[test]
fn a_list_of_bills_is_refused_as_a_whole() {
    let items = [bill("op-1"), bill("op-2")];
    for list in [items.join(","), items.join(",\n"), bill("op-1")] {
        let output = tongchou(&["settle", "-", "--format", "json"], &format!("[\n{list}\n]\n"));
        assert_eq!(answers(&stdout(&output)), ["I002"]);
    }
}

#[test]
fn same_stream_same_bytes() {
    assert_eq!(tongchou(&["settle", "-"], &mixed()), tongchou(&["settle", "-"], &mixed()));
}

#[test]
fn explaining_adds_the_trace_and_nothing_else() {
    let plain = stdout(&tongchou(&["settle", "-", "--format", "json"], OUTPATIENT));
    let traced = stdout(&tongchou(&["settle", "-", "--format", "json", "--explain"], OUTPATIENT));
    let mut answer: Value = serde_json::from_str(&traced).unwrap();
    let trace = answer.as_object_mut().unwrap().remove("trace").unwrap();
    assert!(trace.as_array().is_some_and(|steps| !steps.is_empty()));
    assert_eq!(answer, serde_json::from_str::<Value>(&plain).unwrap());
}

#[test]
fn a_settlement_is_taken_back_as_it_was_printed() {
    for explain in [
        &["settle", "-", "--format", "json"][..],
        &["settle", "-", "--explain", "--format", "json"],
    ] {
        let settled = stdout(&tongchou(explain, OUTPATIENT));
        let output = tongchou(&["cancel", "-", "--format", "json"], &settled);
        let cancelled: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(code(&output), 0);
        assert_eq!(cancelled["status"], "cancelled");
        assert_eq!(cancelled["amounts"]["total"], "-728.84");
        assert_eq!(cancelled["balance"], "150.00");
        let counters = &cancelled["state"]["counters"];
        assert_eq!(counters["outpatient.position"], "1500.00");
        assert_eq!(cancelled["state"]["seq"].to_string(), "0");
    }
}

#[test]
fn a_stream_of_settlements_is_taken_back() {
    let settled = stdout(&tongchou(&["settle", "-"], &mixed()));
    let output = tongchou(&["cancel", "-", "--lang", "en"], &settled);
    // A refusal is no settlement.
    assert_eq!(answers(&stdout(&output)), ["op-1", "I004", "op-3", "I004", "op-5"]);
    assert_eq!((code(&output), stderr(&output).as_str()), (1, "3 settled, 2 refused\n"));
}

#[test]
fn an_altered_settlement_is_not_taken_back() {
    let settled = stdout(&tongchou(&["settle", "-", "--format", "json"], OUTPATIENT));
    let altered = settled.replace(r#""fund":"236.78""#, r#""fund":"236.79""#);
    assert_ne!(altered, settled);
    let output = tongchou(&["cancel", "-", "--format", "json"], &altered);
    assert_eq!((answers(&stdout(&output)), code(&output)), (vec!["S011".to_owned()], 1));
}

#[test]
fn each_command_does_its_own_work_only() {
    let settled = stdout(&tongchou(&["settle", "-", "--format", "json"], OUTPATIENT));
    let bare = tongchou(&["settle", "-", "--format", "json"], &settled);
    assert_eq!(answers(&stdout(&bare)), ["I004"]);
    let bill = tongchou(&["cancel", "-", "--format", "json"], OUTPATIENT);
    assert_eq!((answers(&stdout(&bill)), code(&bill)), (vec!["I003".to_owned()], 1));
    // The message says itself that it is a cancel: a stream may hold bills and cancels.
    let message = format!("{{\"contract\":1,\"cancel\":{}}}", settled.trim_end());
    check(&format!("{message}\n{}\n", OUTPATIENT.replace('\n', " ")), &["op-7", "op-7"]);
}

#[test]
fn the_state_is_carried_by_the_caller() {
    let first = stdout(&tongchou(&["settle", "-", "--format", "json"], OUTPATIENT));
    let first: Value = serde_json::from_str(&first).unwrap();
    let mut next: Value = serde_json::from_str(&bill("op-8")).unwrap();
    next.as_object_mut().unwrap().remove("year_to_date");
    next["state"] = first["state"].clone();
    let output = tongchou(&["settle", "-", "--format", "json"], &next.to_string());
    let second: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(second["previous"]["hash"], first["hash"]);
    assert_eq!(second["amounts"]["deductible"], "0.00", "it was used up by the first");
}

#[test]
fn arguments_that_are_not_understood_end_with_2() {
    for (args, said) in [
        (&["settle"][..], "<FILE>"),
        (&["settle", "a", "b"], "'b'"),
        (&["pay", "a"], "'pay'"),
        (&["settle", "-", "--format", "xml"], "[possible values: text, json]"),
        (&["settle", "-", "--lang", "fr"], "[possible values: zh, en]"),
        (&["packs"], "Usage: tongchou packs"),
        (&[], "Usage: tongchou"),
    ] {
        let output = tongchou(args, "");
        assert_eq!((code(&output), stdout(&output).as_str()), (2, ""), "{args:?}");
        assert!(stderr(&output).contains(said), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn what_cannot_be_read_ends_with_2() {
    let broken = file("broken.toml", "[pack]\nid = \"x\"\n");
    for (args, said) in [
        (&["settle", "absent.json"][..], "cannot read `absent.json`: "),
        (&["settle", "."], "cannot read `.`: "),
        (&["cancel", "absent.json"], "give an existing UTF-8 file, or - for standard input"),
        (&["settle", "-", "--pack", "absent.toml"], "cannot read `absent.toml`: "),
        (&["settle", "-", "--pack", &broken], "broken.toml"),
        (&["packs", "check", "absent.toml"], "cannot read `absent.toml`: "),
        (&["packs", "show", "absent"], "no pack `absent`: name a shipped pack (000000-aid, "),
    ] {
        let output = tongchou(args, OUTPATIENT);
        assert_eq!((code(&output), stdout(&output).as_str()), (2, ""), "{args:?}");
        assert!(stderr(&output).starts_with("tongchou: "), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn a_pack_that_fails_its_check_ends_with_1() {
    let broken = file("gap.toml", "[pack]\nid = \"x\"\n");
    let output = tongchou(&["packs", "check", &broken], "");
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("gap.toml"), "{}", stdout(&output));
}

/// Who reads the beginning only, as `head` does, is told nothing.
#[test]
fn an_answer_that_nobody_reads_to_its_end_is_no_failure() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tongchou"))
        .args(["packs", "diff", "110000-employee", "120000-employee"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
}
