//! Bands, caps, adjustments, and what a layer takes.

use expect_test::expect;

use crate::bad;

#[test]
fn no_band() {
    bad(
        &[(
            r#"  [[layer.band]]
  pays = ["80%"]
  clause = "T-1"
"#,
            "",
        )],
        expect![[r#"
            error P0707

              × there is no [[layer.band]] of layer `large`
                 ╭─[pack.toml:112:1]
             111 │
             112 │ [[layer]]
                 · ─────────
             113 │ id = "large"
                 ╰────

              help: state it even if it is simple: `pays = ["85%"]`
        "#]],
    );
}

#[test]
fn bands_out_of_order() {
    bad(
        &[(
            r#"upto = ["30000.00"]
  pays = ["85%", "90%"]"#,
            r#"upto = ["30000.00", "30000.00"]
  pays = ["85%", "90%", "95%"]"#,
        )],
        expect![[r#"
            error P0803

              × the upper ends do not rise: 30000.00 after 30000.00
                ╭─[pack.toml:84:23]
             83 │   when = { person = "active" }
             84 │   upto = ["30000.00", "30000.00"]
                ·                       ──────────
             85 │   pays = ["85%", "90%", "95%"]
                ╰────

              help: each band ends above the one before it; the first ends above 0
        "#]],
    );
}

#[test]
fn rates_that_do_not_fit_the_bands() {
    bad(
        &[(r#"pays = ["85%", "90%"]"#, r#"pays = ["85%"]"#)],
        expect![[r#"
            error P0804

              × `pays` does not fit `upto`: rates 1, upper ends 1
                ╭─[pack.toml:85:10]
             84 │   upto = ["30000.00"]
             85 │   pays = ["85%"]
                ·          ───────
             86 │   clause = "T-1"
                ╰────

              help: one rate more than upper ends, as the last band is open: 2
        "#]],
    );
}

#[test]
fn taken_twice() {
    bad(
        &[(r#"takes = ["pool.over"]"#, r#"takes = ["pool.over", "in_scope"]"#)],
        expect![[r#"
            error P0806

              × `in_scope` is taken twice: layer `pool` takes it in the same case
                ╭─[pack.toml:70:10]
             69 │ name = { zh = "统筹基金", en = "pool" }
             70 │ takes = ["in_scope"]
                ·          ─────┬────
                ·               ╰── first here
             71 │ fund = "310100"
                ╰────
                 ╭─[pack.toml:115:23]
             114 │ name = { zh = "大额互助", en = "large amount" }
             115 │ takes = ["pool.over", "in_scope"]
                 ·                       ─────┬────
                 ·                            ╰── again here
             116 │ fund = "330100"
                 ╰────

              help: take it once, or give the two layers `when`s that exclude each other
        "#]],
    );
}

#[test]
fn taken_twice_under_a_parameter() {
    bad(
        &[(
            r#"takes = ["pool.over"]"#,
            r#"takes = { "param.axis" = { incl = ["pool.over"], above = ["pool.self", "in_scope"] } }"#,
        )],
        expect![[r#"
            error P0806

              × `in_scope` is taken twice: layer `pool` takes it in the same case
                ╭─[pack.toml:70:10]
             69 │ name = { zh = "统筹基金", en = "pool" }
             70 │ takes = ["in_scope"]
                ·          ─────┬────
                ·               ╰── first here
             71 │ fund = "310100"
                ╰────
                 ╭─[pack.toml:115:72]
             114 │ name = { zh = "大额互助", en = "large amount" }
             115 │ takes = { "param.axis" = { incl = ["pool.over"], above = ["pool.self", "in_scope"] } }
                 ·                                                                        ─────┬────
                 ·                                                                             ╰── again here
             116 │ fund = "330100"
                 ╰────

              help: take it once, or give the two layers `when`s that exclude each other
        "#]],
    );
}

#[test]
fn rest_beside_others() {
    bad(
        &[(r#"takes = ["pool.over"]"#, r#"takes = ["pool.over", "rest"]"#)],
        expect![[r#"
            error P0805

              × `rest` is taken beside other amounts
                 ╭─[pack.toml:115:23]
             114 │ name = { zh = "大额互助", en = "large amount" }
             115 │ takes = ["pool.over", "rest"]
                 ·                       ──────
             116 │ fund = "330100"
                 ╰────

              help: `rest` is everything not yet paid; take it alone
        "#]],
    );
}

#[test]
fn taken_inside_the_rest() {
    bad(
        &[
            (
                "[personal]",
                r#"[[layer]]
id = "third"
name = { zh = "三", en = "third" }
takes = ["pool.self"]
fund = "1"
clause = "T-1"
[[layer.band]]
pays = ["50%"]
clause = "T-1"

[personal]"#,
            ),
            (r#"takes = ["pool.over"]"#, r#"takes = ["rest"]"#),
        ],
        expect![[r#"
            error P0807

              × `pool.self` is taken twice: it is part of the `rest` that layer `large` takes
                 ╭─[pack.toml:115:10]
             114 │ name = { zh = "大额互助", en = "large amount" }
             115 │ takes = ["rest"]
                 ·          ───┬──
                 ·             ╰── first here
             116 │ fund = "330100"
                 ╰────
                 ╭─[pack.toml:126:10]
             125 │ name = { zh = "三", en = "third" }
             126 │ takes = ["pool.self"]
                 ·          ─────┬─────
                 ·               ╰── again here
             127 │ fund = "1"
                 ╰────

              help: take amounts of layer `large`, or `rest` again
        "#]],
    );
}

#[test]
fn caps_counted_two_ways() {
    bad(
        &[(
            r#"per = "year"
  amount = "none""#,
            r#"per = "bill"
  amount = "none""#,
        )],
        expect![[r#"
            error P0808

              × the rows of [[layer.cap]] of layer `pool` do not agree on `per`
                 ╭─[pack.toml:100:3]
              99 │
             100 │   [[layer.cap]]
                 ·   ──────┬──────
                 ·         ╰── the other row
             101 │   per = "year"
                 ╰────
                 ╭─[pack.toml:106:3]
             105 │
             106 │   [[layer.cap]]
                 ·   ──────┬──────
                 ·         ╰── this row
             107 │   per = "bill"
                 ╰────

              help: one layer counts its cap one way; use a second layer for another
        "#]],
    );
}

#[test]
fn cap_without_per() {
    bad(
        &[(
            r#"  per = "year"
  amount = "none""#,
            r#"  amount = "none""#,
        )],
        expect![[r#"
            error P0202

              × [[layer.cap]] of layer `pool` has no `per`
                 ╭─[pack.toml:106:3]
             105 │
             106 │   [[layer.cap]]
                 ·   ─────────────
             107 │   amount = "none"
                 ╰────

              help: write `per = "year"`
        "#]],
    );
}

#[test]
fn share_that_is_not_whole() {
    bad(
        &[(r#"self = "x60%""#, r#"self = "x33.3333%""#)],
        expect![[r#"
            error P0809

              × 15% × 33.3333% = 4.999995% has more than four decimals
                ╭─[pack.toml:83:10]
             82 │   [[layer.band]]
             83 │   when = { person = "active" }
                ·          ──────────┬──────────
                ·                    ╰── the band
             84 │   upto = ["30000.00"]
                ╰────
                ╭─[pack.toml:96:10]
             95 │   seq = 10
             96 │   when = { level = "tier1" }
                ·          ─────────┬─────────
                ·                   ╰── the step
             97 │   self = "x33.3333%"
                ╰────

              such a bill: 2020-01-01, level = tier1, person = active
              help: shares are exact; state the resulting share with `self = "=…%"`
        "#]],
    );
}

#[test]
fn two_steps_of_one_seq() {
    bad(
        &[(
            "  [[layer.cap]]",
            r#"  [[layer.adjust]]
  seq = 10
  when = { person = "retired" }
  self = "-5pp"
  priority = 1
  clause = "T-1"

  [[layer.cap]]"#,
        )],
        expect![[r#"
            error P0703

              × two rows of [[layer.adjust]] of layer `pool` with seq 10 apply to the same bills, from 2020-01-01 to 2025-12-31
                ╭─[pack.toml:96:10]
             95 │   seq = 10
             96 │   when = { level = "tier1" }
                ·          ─────────┬─────────
                ·                   ╰── the other row
             97 │   self = "x60%"
                ╰────
                 ╭─[pack.toml:102:10]
             101 │   seq = 10
             102 │   when = { person = "retired" }
                 ·          ───────────┬──────────
                 ·                     ╰── this row
             103 │   self = "-5pp"
                 ╰────

              such a bill: 2020-01-01, level = tier1, person = retired
              help: steps on one case need different `seq`; `priority` does not order them
        "#]],
    );
}

#[test]
fn takes_without_a_value() {
    bad(
        &[(r#"takes = ["pool.over"]"#, r#"takes = { "param.axis" = { incl = ["pool.over"] } }"#)],
        expect![[r#"
            error P0812

              × `takes` says nothing for value `above` of parameter `axis`
                 ╭─[pack.toml:115:26]
             114 │ name = { zh = "大额互助", en = "large amount" }
             115 │ takes = { "param.axis" = { incl = ["pool.over"] } }
                 ·                          ────────────────────────
             116 │ fund = "330100"
                 ╰────

              help: write `above = […]`
        "#]],
    );
}
