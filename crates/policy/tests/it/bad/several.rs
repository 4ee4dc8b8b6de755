//! More than one mistake, and Chinese.

use expect_test::expect;
use tongchou_policy::Lang;

use crate::{bad, bad_in};

#[test]
fn several_mistakes() {
    bad(
        &[
            (r#"share = "0%""#, r#"share = "0.00""#),
            (r#"when = { network = "offline" }"#, r#"when = { network = "off" }"#),
            (r#"per = "unit""#, r#"per = "units""#),
            ("from = 2023-01-01", "from = 2023-01-02"),
        ],
        expect![[r#"
            error P0301

              × `share` takes a rate, not money
                ╭─[pack.toml:36:9]
             35 │ when = { class = ["A", "B"] }
             36 │ share = "0.00"
                ·         ──────
             37 │ clause = "T-1"
                ╰────

              help: write `share = "0%"`

            error P0306

              × `per` knows no `units`
                ╭─[pack.toml:45:7]
             44 │ [[limit]]
             45 │ per = "units"
                ·       ───────
             46 │ upto = "line"
                ╰────

              help: did you mean `unit`?

            error P0403

              × `network` has no value `off`
                ╭─[pack.toml:62:20]
             61 │ [[standing]]
             62 │ when = { network = "off" }
                ·                    ─────
             63 │ fund = "none"
                ╰────

              help: one of: `online`, `offline`

            error P0709

              × some days have no row in [[layer.cap]] of layer `pool`, on 2023-01-01
                 ╭─[pack.toml:100:3]
              99 │
             100 │   [[layer.cap]]
                 ·   ──────┬──────
                 ·         ╰── ends on 2022-12-31
             101 │   per = "year"
                 ╰────
                 ╭─[pack.toml:106:3]
             105 │
             106 │   [[layer.cap]]
                 ·   ──────┬──────
                 ·         ╰── begins on 2023-01-02
             107 │   per = "year"
                 ╰────

              such a bill: any of 2023-01-01
              help: move `from` or `to` of a row until every day has one, or add a row for these days

            4 errors in pack.toml
        "#]],
    );
}

#[test]
fn gap_in_chinese() {
    bad_in(
        Lang::Zh,
        &[(
            r#"[[standing]]
when = { network = "offline" }"#,
            r#"[[standing]]
when = { network = "offline", person = "active" }"#,
        )],
        expect![[r#"
            错误 P0701

              × 待遇状态 [[standing]] 中，有的单据没有适用的行（2020-01-01 至 2025-12-31）
                ╭─[pack.toml:55:1]
             54 │
             55 │ [[standing]]
                · ──────┬─────
                ·       ╰── 此表从这里开始
             56 │ when = { network = "online" }
                ╰────

              例如：2020-01-01，network = offline、person = retired
              提示：请为其增加一行，或放宽某行的 `when`
        "#]],
    );
}

#[test]
fn overlap_in_chinese() {
    bad_in(
        Lang::Zh,
        &[("  to = 2022-12-31", "  to = 2023-06-30")],
        expect![[r#"
            错误 P0710

              × 层 `pool` 的封顶线 [[layer.cap]] 中，有两行在同样的日期对同样的单据有效（2023-01-01 至 2023-06-30）
                 ╭─[pack.toml:103:8]
             102 │   amount = "100000.00"
             103 │   to = 2023-06-30
                 ·        ─────┬────
                 ·             ╰── 此行有效至 2023-06-30
             104 │   clause = "T-1"
                 ╰────
                 ╭─[pack.toml:109:10]
             108 │   amount = "none"
             109 │   from = 2023-01-01
                 ·          ─────┬────
                 ·               ╰── 此行自 2023-01-01 起有效
             110 │   clause = "T-1"
                 ╰────

              提示：请使前一行在后一行生效的前一日结束：`to = 2022-12-31`
        "#]],
    );
}

#[test]
fn caret_under_chinese() {
    bad_in(
        Lang::Zh,
        &[(r#"name = { zh = "统筹基金", en = "pool" }"#, r#"name = { zh = "统筹基金", en = "" }"#)],
        expect![[r#"
            错误 P0307

              × `en` 为空
                ╭─[pack.toml:69:36]
             68 │ id = "pool"
             69 │ name = { zh = "统筹基金", en = "" }
                ·                                ──
             70 │ takes = ["in_scope"]
                ╰────

              提示：请填写，或在可省略处删去此键
        "#]],
    );
}

#[test]
fn unit_in_chinese() {
    bad_in(
        Lang::Zh,
        &[(r#"amount = "1300.00""#, "amount = 1300")],
        expect![[r#"
            错误 P0301

              × `amount` 应为金额，写成了整数
                ╭─[pack.toml:79:12]
             78 │   [[layer.deductible]]
             79 │   amount = 1300
                ·            ────
             80 │   clause = "T-1"
                ╰────

              提示：请写 `amount = "1300.00"`
        "#]],
    );
}

#[test]
fn several_mistakes_in_chinese() {
    bad_in(
        Lang::Zh,
        &[
            (r#"share = "0%""#, r#"shrae = "0%""#),
            (r#"when = { network = "offline" }"#, r#"when = { network = "off" }"#),
        ],
        expect![[r#"
            错误 P0201

              × 先行自付 [[prepay]] 中没有键 `shrae`
                ╭─[pack.toml:36:1]
             35 │ when = { class = ["A", "B"] }
             36 │ shrae = "0%"
                · ─────
             37 │ clause = "T-1"
                ╰────

              提示：是否想写 `share`？

            错误 P0403

              × `network` 没有取值 `off`
                ╭─[pack.toml:62:20]
             61 │ [[standing]]
             62 │ when = { network = "off" }
                ·                    ─────
             63 │ fund = "none"
                ╰────

              提示：可选：`online`、`offline`

            pack.toml 共有 2 个错误
        "#]],
    );
}

/// The codes of what is found in a spoilt pack.
#[track_caller]
fn codes(edits: &[(&str, &str)]) -> Vec<&'static str> {
    let report = tongchou_policy::check(&crate::spoilt(edits), "pack.toml").unwrap_err();
    report.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn a_broken_part_hides_nothing_that_stands_alone() {
    let gap = ("person = \"retired\" }", "person = \"active\" }");
    // A pack id, a doubled key and a fund code: none of them bears on the bands.
    assert_eq!(codes(&[("990000-test", "test"), gap]), ["P0308", "P0701", "P0702"]);
    let doubled =
        ("fund = \"310100\"\ndeductible_per", "fund = \"1\"\nfund = \"2\"\ndeductible_per");
    assert_eq!(codes(&[doubled, gap]), ["P0102", "P0701", "P0702"]);
    let empty = ("fund = \"310100\"\ndeductible_per", "fund = \"\"\ndeductible_per");
    let twice = ("takes = [\"pool.over\"]", "takes = [\"in_scope\"]");
    assert_eq!(codes(&[empty, twice]), ["P0307", "P0806"]);
}

#[test]
fn two_whole_rows_overlap_beside_a_broken_one() {
    let row = "[[limit]]\nper = \"line\"\nupto = \"none\"\nclause = \"T-1\"\n\n";
    let broken = "[[limit]]\nper = \"week\"\nupto = \"none\"\nclause = \"T-1\"\n\n";
    let rows = format!("{row}{broken}[[fixed]]");
    assert_eq!(codes(&[("[[fixed]]", &rows)]), ["P0702", "P0306"]);
}
