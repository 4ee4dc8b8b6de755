//! Cuts, and dates of effect.

use expect_test::expect;

use crate::bad;

#[test]
fn cuts_out_of_order() {
    bad(
        &[(r#"[60, "down"], [70, "up"]"#, r#"[60, "down"], [61, "up"]"#)],
        expect![[r#"
            error P0503

              × the cut points do not rise
                ╭─[pack.toml:31:23]
             30 │ as_of = "bill_date"
             31 │ cuts = [[60, "down"], [61, "up"]]
                ·                       ──────────
             32 │ names = ["a", "b", "c"]
                ╰────

              help: each cut starts above the one before it; `down` starts one higher than `up`
        "#]],
    );
}

#[test]
fn cut_without_an_edge() {
    bad(
        &[(r#"[70, "up"]"#, "70")],
        expect![[r#"
            error P0502

              × a cut is a whole number and an edge
                ╭─[pack.toml:31:23]
             30 │ as_of = "bill_date"
             31 │ cuts = [[60, "down"], 70]
                ·                       ──
             32 │ names = ["a", "b", "c"]
                ╰────

              help: write `[70, "up"]` for 70 and above, `[70, "down"]` for above 70
        "#]],
    );
}

#[test]
fn names_that_do_not_fit_the_cuts() {
    bad(
        &[(r#"names = ["a", "b", "c"]"#, r#"names = ["a", "b"]"#)],
        expect![[r#"
            error P0504

              × the names do not fit the cuts: 2 names, 2 cuts
                ╭─[pack.toml:32:9]
             31 │ cuts = [[60, "down"], [70, "up"]]
             32 │ names = ["a", "b"]
                ·         ──────────
             33 │
                ╰────

              help: one name more than cuts: 3
        "#]],
    );
}

#[test]
fn from_after_to() {
    bad(
        &[("  to = 2022-12-31", "  from = 2023-01-01\n  to = 2022-12-31")],
        expect![[r#"
            error P0601

              × `from` 2023-01-01 is after `to` 2022-12-31
                 ╭─[pack.toml:104:8]
             103 │   from = 2023-01-01
             104 │   to = 2022-12-31
                 ·        ──────────
             105 │   clause = "T-1"
                 ╰────

              help: both days are in effect; the first may not follow the last
        "#]],
    );
}

#[test]
fn day_outside_the_life() {
    bad(
        &[("from = 2023-01-01", "from = 2026-01-01")],
        expect![[r#"
            error P0602

              × 2026-01-01 lies outside the life of the pack
                 ╭─[pack.toml:109:10]
             108 │   amount = "none"
             109 │   from = 2026-01-01
                 ·          ──────────
             110 │   clause = "T-1"
                 ╰────

              help: the pack lives from 2020-01-01 to 2025-12-31
        "#]],
    );
}
