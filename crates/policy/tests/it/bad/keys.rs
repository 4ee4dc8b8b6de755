//! Syntax, keys and sections.

use expect_test::expect;

use crate::bad;

#[test]
fn syntax() {
    bad(
        &[("[clause]", "[clause")],
        expect![[r#"
            error P0101

              × not valid TOML: unclosed table, expected `]`
                ╭─[pack.toml:12:8]
             11 │
             12 │ [clause
                ·        ▲
             13 │ T-1 = { doc = "测试办法 第一条", text = "全部规定", confidence = "source" }
                ╰────

              help: look here and just before: a bracket, quote, comma or equals sign may be missing
        "#]],
    );
}

#[test]
fn value_without_quotes() {
    bad(
        &[(r#"amount = "none""#, "amount = none")],
        expect![[r#"
            error P0103

              × `none` stands without quotes
                 ╭─[pack.toml:108:12]
             107 │   per = "year"
             108 │   amount = none
                 ·            ────
             109 │   from = 2023-01-01
                 ╰────

              help: write `"none"`: texts, money and rates stand in quotes
        "#]],
    );
}

#[test]
fn doubled_key() {
    bad(
        &[(
            r#"programme = "employee""#,
            r#"programme = "employee"
programme = "resident""#,
        )],
        expect![[r#"
            error P0102

              × a key is written twice
               ╭─[pack.toml:7:1]
             6 │ programme = "employee"
             7 │ programme = "resident"
               · ─────────
             8 │ from = 2020-01-01
               ╰────

              help: a key stands once in a table; each row of a table starts with its own `[[…]]`
        "#]],
    );
}

#[test]
fn unknown_key_with_suggestion() {
    bad(
        &[(r#"share = "0%""#, r#"shrae = "0%""#)],
        expect![[r#"
            error P0201

              × unknown key `shrae` in [[prepay]]
                ╭─[pack.toml:36:1]
             35 │ when = { class = ["A", "B"] }
             36 │ shrae = "0%"
                · ─────
             37 │ clause = "T-1"
                ╰────

              help: did you mean `share`?
        "#]],
    );
}

#[test]
fn unknown_section() {
    bad(
        &[("[personal]", "[presonal]")],
        expect![[r#"
            error P0201

              × unknown key `presonal` in the pack
                 ╭─[pack.toml:123:2]
             122 │
             123 │ [presonal]
                 ·  ────────
             124 │ account_pays = ["in_scope", "prepay"]
                 ╰────

              help: did you mean `personal`?
        "#]],
    );
}

#[test]
fn missing_section() {
    bad(
        &[("[clause]\n", ""), ("T-1 = {", "[clauses]\nT-1 = {")],
        expect![[r#"
            error P0201

              × unknown key `clauses` in the pack
                ╭─[pack.toml:12:2]
             11 │
             12 │ [clauses]
                ·  ───────
             13 │ T-1 = { doc = "测试办法 第一条", text = "全部规定", confidence = "source" }
                ╰────

              help: did you mean `clause`?
        "#]],
    );
}

#[test]
fn missing_clause() {
    bad(
        &[(
            r#"self = "x60%"
  clause = "T-1""#,
            r#"self = "x60%""#,
        )],
        expect![[r#"
            error P0202

              × [[layer.adjust]] of layer `pool` has no `clause`
                ╭─[pack.toml:94:3]
             93 │
             94 │   [[layer.adjust]]
                ·   ────────────────
             95 │   seq = 10
                ╰────

              help: write `clause = "…"`
        "#]],
    );
}

#[test]
fn missing_default_of_a_parameter() {
    bad(
        &[(
            r#"default = "incl"
"#,
            "",
        )],
        expect![[r#"
            error P0506

              × parameter `axis` has no default
                ╭─[pack.toml:15:8]
             14 │
             15 │ [param.axis]
                ·        ────
             16 │ values = ["incl", "above"]
                ╰────

              help: write `default = "…"` with one of its values
        "#]],
    );
}

#[test]
fn rows_written_as_one_table() {
    bad(
        &[("  [[layer.adjust]]", "  [layer.adjust]")],
        expect![[r#"
            error P0301

              × `adjust` takes rows, not a table
                ╭─[pack.toml:94:3]
             93 │
             94 │   [layer.adjust]
                ·   ──────────────
             95 │   seq = 10
                ╰────

              help: write `[[layer.adjust]]`
        "#]],
    );
}
