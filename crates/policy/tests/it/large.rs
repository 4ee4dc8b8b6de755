//! Tables of many rows and cases.

use std::fmt::Write;

use expect_test::expect;

use crate::{BASE, bad, good, spoilt};

/// `count` standing rows, one a level, with the levels that they name.
fn standing(count: usize, rows: impl Iterator<Item = usize>) -> String {
    let levels: Vec<_> = (0..count).map(|level| format!("\"l{level}\"")).collect();
    let rows = rows.fold(String::new(), |mut text, level| {
        let row = "fund = \"normal\"\naccount = \"yes\"\nclause = \"T-1\"";
        write!(text, "[[standing]]\nwhen = {{ level = \"l{level}\" }}\n{row}\n").unwrap();
        text
    });
    let (head, tail) = BASE.split_once("[[standing]]").unwrap();
    let (_, tail) = tail.split_once("[[layer]]").unwrap();
    let head = head.replace("\"tier1\", \"tier2\", \"tier3\"", &levels.join(", "));
    let tail = tail.replace("\"tier1\"", "\"l0\"");
    format!("{head}{rows}[[layer]]{tail}")
}

#[test]
fn rows_beyond_a_machine_word() {
    assert_eq!(good(&standing(200, 0..200)).pack.standing.len(), 200);
}

#[test]
fn gap_and_overlap_beyond_a_machine_word() {
    let missing = standing(200, (0..200).filter(|level| *level != 150));
    let report = tongchou_policy::check(&missing, "pack.toml").unwrap_err();
    let message = &report.diagnostics.first().unwrap().message.en;
    expect!["some bills have no row in [[standing]], from 2020-01-01 to 2025-12-31"]
        .assert_eq(message);
    let doubled = standing(200, (0..200).chain([150]));
    let report = tongchou_policy::check(&doubled, "pack.toml").unwrap_err();
    let message = &report.diagnostics.first().unwrap().message.en;
    expect!["two rows of [[standing]] apply to the same bills, from 2020-01-01 to 2025-12-31"]
        .assert_eq(message);
}

/// The base pack with a prepay table of `a` × `b` × 100 cases.
fn product(a: usize, b: usize) -> String {
    let values = |count| {
        let names: Vec<_> = (0..count).map(|value| format!("\"v{value}\"")).collect();
        format!("[{}]", names.join(", "))
    };
    let dims = format!(
        "group = {}\npoverty = {}\ncard = {}\n\n[[prepay]]\npriority = 9\n\
         when = {{ group = \"v0\", poverty = \"v0\", card = \"v1\" }}\nshare = \"1%\"\n\
         clause = \"T-1\"\n\n[[prepay]]\n",
        values(a),
        values(b),
        values(100)
    );
    let (dims, rows) = dims.split_once("\n\n").unwrap();
    let dims = format!("{dims}\n\n[dim.age70]");
    spoilt(&[("\n[dim.age70]", &dims), ("[[prepay]]\n", rows)])
}

#[test]
fn a_table_may_have_a_million_cases() {
    // 3 classes × 33 × 100 × 100 = 990,000 cases.
    assert_eq!(good(&product(33, 100)).warnings, []);
}

#[test]
fn more_cases_are_refused() {
    let report = tongchou_policy::check(&product(34, 100), "pack.toml").unwrap_err();
    let diagnostic = report.diagnostics.first().unwrap();
    assert_eq!(diagnostic.code, "P0704");
    expect!["[[prepay]] has more than 1000000 cases: card, class, group, poverty"]
        .assert_eq(&diagnostic.message.en);
}

#[test]
fn no_more_than_eight_layers() {
    let layer = |count: usize| {
        format!(
            "[[layer]]\nid = \"l{count}\"\nname = {{ zh = \"层\", en = \"layer\" }}\n\
             takes = [\"rest\"]\nfund = \"1\"\nclause = \"T-1\"\n\
             [[layer.band]]\npays = [\"10%\"]\nclause = \"T-1\"\n\n"
        )
    };
    let layers: String = (0..6).map(layer).collect();
    assert_eq!(
        good(&spoilt(&[("[personal]", &(layers.clone() + "[personal]"))])).pack.layers.len(),
        8
    );
    bad(
        &[("[personal]", &(layers + &layer(6) + "[personal]"))],
        expect![[r#"
            error P0801

              × 9 layers are more than 8
                 ╭─[pack.toml:183:1]
             182 │
             183 │ [[layer]]
                 · ─────────
             184 │ id = "l6"
                 ╰────

              help: layers with different `when` may be one layer with more rows
        "#]],
    );
}
