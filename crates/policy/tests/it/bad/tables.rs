//! Gaps, overlaps and fixed kinds.

use expect_test::expect;

use crate::bad;

#[test]
fn gap() {
    bad(
        &[(
            r#"[[standing]]
when = { network = "offline" }"#,
            r#"[[standing]]
when = { network = "offline", person = "active" }"#,
        )],
        expect![[r#"
            error P0701

              × some bills have no row in [[standing]], from 2020-01-01 to 2025-12-31
                ╭─[pack.toml:55:1]
             54 │
             55 │ [[standing]]
                · ──────┬─────
                ·       ╰── the table begins here
             56 │ when = { network = "online" }
                ╰────

              such a bill: 2020-01-01, network = offline, person = retired
              help: add a row for them, or widen the `when` of a row
        "#]],
    );
}

#[test]
fn gap_under_a_parameter() {
    bad(
        &[(r#"when = { class = "C" }"#, r#"when = { class = "C", "param.axis" = "incl" }"#)],
        expect![[r#"
            error P0701

              × some bills have no row in [[prepay]], from 2020-01-01 to 2025-12-31
                ╭─[pack.toml:34:1]
             33 │
             34 │ [[prepay]]
                · ─────┬────
                ·      ╰── the table begins here
             35 │ when = { class = ["A", "B"] }
                ╰────

              such a bill: 2020-01-01, class = C; parameter axis = above
              help: add a row for them, or widen the `when` of a row
        "#]],
    );
}

#[test]
fn gap_in_many_cases() {
    bad(
        &[(r#"when = { class = "C" }"#, r#"when = { class = "C", level = "tier2" }"#)],
        expect![[r#"
            error P0701

              × some bills have no row in [[prepay]], from 2020-01-01 to 2025-12-31
                ╭─[pack.toml:34:1]
             33 │
             34 │ [[prepay]]
                · ─────┬────
                ·      ╰── the table begins here
             35 │ when = { class = ["A", "B"] }
                ╰────

              such a bill: 2020-01-01, class = C, level = tier1 (and one other case)
              help: add a row for them, or widen the `when` of a row
        "#]],
    );
}

#[test]
fn gap_in_the_dates() {
    bad(
        &[("from = 2023-01-01", "from = 2024-07-01")],
        expect![[r#"
            error P0709

              × some days have no row in [[layer.cap]] of layer `pool`, from 2023-01-01 to 2024-06-30
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
                 ·         ╰── begins on 2024-07-01
             107 │   per = "year"
                 ╰────

              such a bill: any of 2023-01-01
              help: move `from` or `to` of a row until every day has one, or add a row for these days
        "#]],
    );
}

#[test]
fn overlap() {
    bad(
        &[(r#"when = { class = "C" }"#, r#"when = { class = ["B", "C"] }"#)],
        expect![[r#"
            error P0702

              × two rows of [[prepay]] apply to the same bills, from 2020-01-01 to 2025-12-31
                ╭─[pack.toml:35:8]
             34 │ [[prepay]]
             35 │ when = { class = ["A", "B"] }
                ·        ───────────┬──────────
                ·                   ╰── the other row
             36 │ share = "0%"
                ╰────
                ╭─[pack.toml:40:8]
             39 │ [[prepay]]
             40 │ when = { class = ["B", "C"] }
                ·        ───────────┬──────────
                ·                   ╰── this row
             41 │ share = "100%"
                ╰────

              such a bill: 2020-01-01, class = B
              help: narrow one `when` or its days, or give the exception a higher `priority`
        "#]],
    );
}

#[test]
fn overlap_of_dates() {
    bad(
        &[("  to = 2022-12-31", "  to = 2023-06-30")],
        expect![[r#"
            error P0710

              × two rows of [[layer.cap]] of layer `pool` hold for the same bills on the same days, from 2023-01-01 to 2023-06-30
                 ╭─[pack.toml:103:8]
             102 │   amount = "100000.00"
             103 │   to = 2023-06-30
                 ·        ─────┬────
                 ·             ╰── this row holds until 2023-06-30
             104 │   clause = "T-1"
                 ╰────
                 ╭─[pack.toml:109:10]
             108 │   amount = "none"
             109 │   from = 2023-01-01
                 ·          ─────┬────
                 ·               ╰── this row holds from 2023-01-01
             110 │   clause = "T-1"
                 ╰────

              help: end the earlier row the day before the other begins: `to = 2022-12-31`
        "#]],
    );
}

#[test]
fn no_prepay() {
    bad(
        &[(
            r#"[[prepay]]
when = { class = ["A", "B"] }
share = "0%"
clause = "T-1"

[[prepay]]
when = { class = "C" }
share = "100%"
clause = "T-1"
"#,
            "",
        )],
        expect![[r#"
            error P0707

              × there is no [[prepay]]
               ╭─[pack.toml:1:1]
             1 │ # A small pack that passes every check; the tests spoil it one line at a time.
               · ▲
               · ╰── nowhere in the file
             2 │
               ╰────

              help: state it even if it is simple: `share = "0%"`
        "#]],
    );
}

#[test]
fn fixed_kind_not_covered() {
    bad(
        &[(
            r#"when = { kind = "visit_fee" }"#,
            r#"when = { kind = "visit_fee", level = ["tier2", "tier3"] }"#,
        )],
        expect![[r#"
            error P0701

              × some bills have no row in [[fixed]], from 2020-01-01 to 2025-12-31
                ╭─[pack.toml:49:1]
             48 │
             49 │ [[fixed]]
                · ────┬────
                ·     ╰── the table begins here
             50 │ when = { kind = "visit_fee", level = ["tier2", "tier3"] }
                ╰────

              such a bill: 2020-01-01, kind = visit_fee, level = tier1
              help: add a row for them, or widen the `when` of a row
        "#]],
    );
}

#[test]
fn fixed_row_without_a_kind() {
    bad(
        &[(
            r#"when = { kind = "visit_fee" }
"#,
            "",
        )],
        expect![[r#"
            error P0705

              × a fixed row names no kind of line
                ╭─[pack.toml:49:1]
             48 │
             49 │ [[fixed]]
                · ─────────
             50 │ pays = "40.00"
                ╰────

              help: write `when = { kind = "…" }`
        "#]],
    );
}

#[test]
fn row_of_a_fixed_kind() {
    bad(
        &[(
            "[[fixed]]",
            r#"[[limit]]
when = { kind = "visit_fee" }
priority = 1
per = "line"
upto = "60.00"
clause = "T-1"

[[fixed]]"#,
        )],
        expect![[r#"
            error P0706

              × this row never applies: a line of kind `visit_fee` is always paid by [[fixed]]
                ╭─[pack.toml:50:8]
             49 │ [[limit]]
             50 │ when = { kind = "visit_fee" }
                ·        ──────────────────────
             51 │ priority = 1
                ╰────

              help: remove the row, or state `pays = "none"` where the line is ordinary
        "#]],
    );
}
