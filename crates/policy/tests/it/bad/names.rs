//! Clauses, dimensions, values, parameters, layers.

use expect_test::expect;

use crate::bad;

#[test]
fn unknown_clause() {
    bad(
        &[(
            r#"amount = "1300.00"
  clause = "T-1""#,
            r#"amount = "1300.00"
  clause = "T-l""#,
        )],
        expect![[r#"
            error P0401

              × no clause `T-l` in [clause]
                ╭─[pack.toml:80:12]
             79 │   amount = "1300.00"
             80 │   clause = "T-l"
                ·            ─────
             81 │
                ╰────

              help: did you mean `T-1`?
        "#]],
    );
}

#[test]
fn unknown_value() {
    bad(
        &[(r#"when = { person = "retired" }"#, r#"when = { person = "retried" }"#)],
        expect![[r#"
            error P0403

              × `person` has no value `retried`
                ╭─[pack.toml:89:21]
             88 │   [[layer.band]]
             89 │   when = { person = "retried" }
                ·                     ─────────
             90 │   upto = ["30000.00"]
                ╰────

              help: did you mean `retired`?
        "#]],
    );
}

#[test]
fn unknown_dimension() {
    bad(
        &[(r#"when = { level = "tier1" }"#, r#"when = { levle = "tier1" }"#)],
        expect![[r#"
            error P0402

              × no dimension `levle` in [dim]
                ╭─[pack.toml:96:12]
             95 │   seq = 10
             96 │   when = { levle = "tier1" }
                ·            ─────
             97 │   self = "x60%"
                ╰────

              help: did you mean `level`?
        "#]],
    );
}

#[test]
fn unknown_parameter() {
    bad(
        &[(r#"origin = "param.axis""#, r#"origin = "param.axes""#)],
        expect![[r#"
            error P0404

              × no parameter `axes`
                ╭─[pack.toml:75:10]
             74 │ backsolve = "nearest"
             75 │ origin = "param.axes"
                ·          ────────────
             76 │ clause = "T-1"
                ╰────

              help: did you mean `axis`?
        "#]],
    );
}

#[test]
fn parameter_without_quotes() {
    bad(
        &[(r#"when = { level = "tier1" }"#, r#"when = { param.axis = "incl" }"#)],
        expect![[r#"
            error P0405

              × the name of a parameter stands without quotes
                ╭─[pack.toml:96:12]
             95 │   seq = 10
             96 │   when = { param.axis = "incl" }
                ·            ─────
             97 │   self = "x60%"
                ╰────

              help: write `"param.NAME" = "value"`
        "#]],
    );
}

#[test]
fn parameter_with_other_words() {
    bad(
        &[(r#"basis = "year""#, r#"basis = "param.axis""#)],
        expect![[r#"
            error P0811

              × parameter `axis` may be `incl`, which the setting `basis` does not know
                ╭─[pack.toml:73:9]
             72 │ deductible_per = "year"
             73 │ basis = "param.axis"
                ·         ────────────
             74 │ backsolve = "nearest"
                ╰────

              help: one of: `bill`, `stay`, `year`
        "#]],
    );
}

#[test]
fn setting_that_no_parameter_chooses() {
    bad(
        &[(r#"deductible_per = "year""#, "deductible_per = \"year\"\nrounding = \"param.axis\"")],
        expect![[r#"
            error P0810

              × `rounding` cannot be left to a parameter
                ╭─[pack.toml:73:12]
             72 │ deductible_per = "year"
             73 │ rounding = "param.axis"
                ·            ────────────
             74 │ basis = "year"
                ╰────

              help: state it
        "#]],
    );
}

#[test]
fn line_dimension_on_a_layer() {
    bad(
        &[(r#"when = { level = "tier1" }"#, r#"when = { kind = "item" }"#)],
        expect![[r#"
            error P0410

              × `kind` belongs to a fee line, [[layer.adjust]] of layer `pool` to the whole bill
                ╭─[pack.toml:96:12]
             95 │   seq = 10
             96 │   when = { kind = "item" }
                ·            ────
             97 │   self = "x60%"
                ╰────

              help: conditions on fee lines stand in [[prepay]], [[limit]] and [[fixed]] only
        "#]],
    );
}

#[test]
fn dimension_outside_the_contract() {
    bad(
        &[
            (r#"level = ["tier1", "tier2", "tier3"]"#, r#"levels = ["tier1", "tier2", "tier3"]"#),
            (r#"when = { level = "tier1" }"#, r#"when = { levels = "tier1" }"#),
        ],
        expect![[r#"
            error P0411

              × the contract gives no dimension `levels`
                ╭─[pack.toml:23:1]
             22 │ person = ["active", "retired"]
             23 │ levels = ["tier1", "tier2", "tier3"]
                · ──────
             24 │ class = ["A", "B", "C"]
                ╰────

              help: did you mean `level`?
        "#]],
    );
}

#[test]
fn value_listed_twice() {
    bad(
        &[(r#"class = ["A", "B"]"#, r#"class = ["A", "A"]"#)],
        expect![[r#"
            error P0409

              × `A` is listed twice
                ╭─[pack.toml:35:24]
             34 │ [[prepay]]
             35 │ when = { class = ["A", "A"] }
                ·                   ─┬─  ─┬─
                ·                    │    ╰── again here
                ·                    ╰── first here
             36 │ share = "0%"
                ╰────

              help: list it once
        "#]],
    );
}

#[test]
fn doubled_layer() {
    bad(
        &[(r#"id = "large""#, r#"id = "pool""#)],
        expect![[r#"
            error P0408

              × `pool` is already defined
                ╭─[pack.toml:68:6]
             67 │ [[layer]]
             68 │ id = "pool"
                ·      ───┬──
                ·         ╰── first here
             69 │ name = { zh = "统筹基金", en = "pool" }
                ╰────
                 ╭─[pack.toml:113:6]
             112 │ [[layer]]
             113 │ id = "pool"
                 ·      ───┬──
                 ·         ╰── again here
             114 │ name = { zh = "大额互助", en = "large amount" }
                 ╰────

              help: give it another name
        "#]],
    );
}

#[test]
fn later_layer() {
    bad(
        &[(r#"takes = ["in_scope"]"#, r#"takes = ["large.over"]"#)],
        expect![[r#"
            error P0407

              × `large.over` is not known yet: layer `large` comes later or is this one
                ╭─[pack.toml:70:10]
             69 │ name = { zh = "统筹基金", en = "pool" }
             70 │ takes = ["large.over"]
                ·          ────────────
             71 │ fund = "310100"
                ╰────

              help: a layer takes amounts of earlier layers only; layers stand in paying order
        "#]],
    );
}

#[test]
fn unknown_amount() {
    bad(
        &[(r#"takes = ["pool.over"]"#, r#"takes = ["pool.above"]"#)],
        expect![[r#"
            error P0406

              × `takes` knows no amount `pool.above`
                 ╭─[pack.toml:115:10]
             114 │ name = { zh = "大额互助", en = "large amount" }
             115 │ takes = ["pool.above"]
                 ·          ────────────
             116 │ fund = "330100"
                 ╰────

              help: did you mean `pool.over`?
        "#]],
    );
}
