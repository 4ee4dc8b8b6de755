//! Syntax, keys and sections.

use expect_test::expect;

use crate::bad;

#[test]
fn syntax() {
    bad(
        &[("[clause]", "[clause")],
        expect![[r#"
            error[P0101]: not valid TOML: unclosed table, expected `]`
              --> pack.toml:12:8
               |
            12 | [clause
               |        ^
        "#]],
    );
}

#[test]
fn value_without_quotes() {
    bad(
        &[(r#"amount = "none""#, "amount = none")],
        expect![[r#"
            error[P0103]: a value stands without quotes
               --> pack.toml:107:12
                |
            107 |   amount = none
                |            ^^^^
                = help: texts, money and rates stand in quotes: `"none"`, `"1300.00"`, `"85%"`
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
            error[P0102]: a key is written twice
             --> pack.toml:7:1
              |
            7 | programme = "resident"
              | ^^^^^^^^^
              = help: a key stands once in a table; each row of a table starts with its own `[[…]]`
        "#]],
    );
}

#[test]
fn unknown_key_with_suggestion() {
    bad(
        &[(r#"share = "0%""#, r#"shrae = "0%""#)],
        expect![[r#"
            error[P0201]: unknown key `shrae` in [[prepay]]
              --> pack.toml:36:1
               |
            36 | shrae = "0%"
               | ^^^^^
               = help: did you mean `share`?
        "#]],
    );
}

#[test]
fn unknown_section() {
    bad(
        &[("[personal]", "[presonal]")],
        expect![[r#"
            error[P0201]: unknown key `presonal` in the pack
               --> pack.toml:122:2
                |
            122 | [presonal]
                |  ^^^^^^^^
                = help: did you mean `personal`?
        "#]],
    );
}

#[test]
fn missing_section() {
    bad(
        &[("[clause]\n", ""), ("T-1 = {", "[clauses]\nT-1 = {")],
        expect![[r#"
            error[P0201]: unknown key `clauses` in the pack
              --> pack.toml:12:2
               |
            12 | [clauses]
               |  ^^^^^^^
               = help: did you mean `clause`?
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
            error[P0202]: [[layer.adjust]] of layer `pool` has no `clause`
              --> pack.toml:93:3
               |
            93 |   [[layer.adjust]]
               |   ^^^^^^^^^^^^^^^^
               = help: write `clause = "…"`
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
            error[P0506]: parameter `axis` has no default
              --> pack.toml:15:8
               |
            15 | [param.axis]
               |        ^^^^
               = help: write `default = "…"` with one of its values
        "#]],
    );
}

#[test]
fn rows_written_as_one_table() {
    bad(
        &[("  [[layer.adjust]]", "  [layer.adjust]")],
        expect![[r#"
            error[P0301]: `adjust` takes rows, not a table
              --> pack.toml:93:3
               |
            93 |   [layer.adjust]
               |   ^^^^^^^^^^^^^^
               = help: write `[[layer.adjust]]`
        "#]],
    );
}
