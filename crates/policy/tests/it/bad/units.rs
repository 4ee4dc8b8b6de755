//! Money, rates, steps, dates and counts.

use expect_test::expect;

use crate::bad;

#[test]
fn money_for_a_rate() {
    bad(
        &[(r#"pays = ["85%", "90%"]"#, r#"pays = ["85.00", "90%"]"#)],
        expect![[r#"
            error P0301

              × `pays` takes a rate, not money
                ╭─[pack.toml:85:10]
             84 │   upto = ["30000.00"]
             85 │   pays = ["85.00", "90%"]
                ·          ────────────────
             86 │   clause = "T-1"
                ╰────

              help: write `pays = ["85%", "90%"]`
        "#]],
    );
}

#[test]
fn one_rate_without_a_list() {
    bad(
        &[(r#"pays = ["80%"]"#, r#"pays = "85.00""#)],
        expect![[r#"
            error P0301

              × `pays` takes a rate, not money
                 ╭─[pack.toml:120:10]
             119 │   [[layer.band]]
             120 │   pays = "85.00"
                 ·          ───────
             121 │   clause = "T-1"
                 ╰────

              help: write `pays = "85%"`
        "#]],
    );
}

#[test]
fn decimal_for_a_rate() {
    bad(
        &[(r#"share = "100%""#, "share = 0.1")],
        expect![[r#"
            error P0301

              × `share` takes a rate, not a decimal number
                ╭─[pack.toml:41:9]
             40 │ when = { class = "C" }
             41 │ share = 0.1
                ·         ───
             42 │ clause = "T-1"
                ╰────

              help: write `share = "10%"`
        "#]],
    );
}

#[test]
fn number_for_money() {
    bad(
        &[(r#"amount = "1300.00""#, "amount = 1300")],
        expect![[r#"
            error P0301

              × `amount` takes money, not a whole number
                ╭─[pack.toml:79:12]
             78 │   [[layer.deductible]]
             79 │   amount = 1300
                ·            ────
             80 │   clause = "T-1"
                ╰────

              help: write `amount = "1300.00"`
        "#]],
    );
}

#[test]
fn rate_for_money() {
    bad(
        &[(r#"amount = "1300.00""#, r#"amount = "85%""#)],
        expect![[r#"
            error P0301

              × `amount` takes money, not a rate
                ╭─[pack.toml:79:12]
             78 │   [[layer.deductible]]
             79 │   amount = "85%"
                ·            ─────
             80 │   clause = "T-1"
                ╰────

              help: write `amount = "1300.00"`
        "#]],
    );
}

#[test]
fn points_for_a_rate() {
    bad(
        &[(r#"share = "0%""#, r#"share = "+10pp""#)],
        expect![[r#"
            error P0301

              × `share` takes a rate, not percentage points
                ╭─[pack.toml:36:9]
             35 │ when = { class = ["A", "B"] }
             36 │ share = "+10pp"
                ·         ───────
             37 │ clause = "T-1"
                ╰────

              help: write `share = "85%"`
        "#]],
    );
}

#[test]
fn rate_for_a_step() {
    bad(
        &[(r#"self = "x60%""#, r#"self = "60%""#)],
        expect![[r#"
            error P0313

              × `self` does not say what `60%` does to the person's share
                ╭─[pack.toml:97:10]
             96 │   when = { level = "tier1" }
             97 │   self = "60%"
                ·          ─────
             98 │   clause = "T-1"
                ╰────

              help: `"x60%"` multiplies the share by 60%, `"=60%"` replaces it, `"+60pp"` adds 60 points to it
        "#]],
    );
}

#[test]
fn three_decimals_of_a_yuan() {
    bad(
        &[(r#"amount = "1300.00""#, r#"amount = "1300.005""#)],
        expect![[r#"
            error P0302

              × `1300.005` is not an amount of money: too many decimals
                ╭─[pack.toml:79:12]
             78 │   [[layer.deductible]]
             79 │   amount = "1300.005"
                ·            ──────────
             80 │   clause = "T-1"
                ╰────

              help: yuan from 0 to 10000000000.00 with at most two decimals, such as `"1300.00"`
        "#]],
    );
}

#[test]
fn negative_money() {
    bad(
        &[(r#"amount = "1300.00""#, r#"amount = "-1300.00""#)],
        expect![[r#"
            error P0302

              × `-1300.00` is not an amount of money: below zero
                ╭─[pack.toml:79:12]
             78 │   [[layer.deductible]]
             79 │   amount = "-1300.00"
                ·            ──────────
             80 │   clause = "T-1"
                ╰────

              help: yuan from 0 to 10000000000.00 with at most two decimals, such as `"1300.00"`
        "#]],
    );
}

#[test]
fn money_above_the_bound() {
    bad(
        &[(r#"amount = "1300.00""#, r#"amount = "10000000000.01""#)],
        expect![[r#"
            error P0302

              × `10000000000.01` is not an amount of money: too large
                ╭─[pack.toml:79:12]
             78 │   [[layer.deductible]]
             79 │   amount = "10000000000.01"
                ·            ────────────────
             80 │   clause = "T-1"
                ╰────

              help: yuan from 0 to 10000000000.00 with at most two decimals, such as `"1300.00"`
        "#]],
    );
}

#[test]
fn rate_above_the_whole() {
    bad(
        &[(r#"share = "100%""#, r#"share = "100.0001%""#)],
        expect![[r#"
            error P0303

              × `100.0001%` is not a rate: too large
                ╭─[pack.toml:41:9]
             40 │ when = { class = "C" }
             41 │ share = "100.0001%"
                ·         ───────────
             42 │ clause = "T-1"
                ╰────

              help: 0% to 100% with at most four decimals, such as `"85%"`
        "#]],
    );
}

#[test]
fn decimal_for_a_count() {
    bad(
        &[("seq = 10", "seq = 10.5")],
        expect![[r#"
            error P0301

              × `seq` takes a whole number, not a decimal number
                ╭─[pack.toml:95:9]
             94 │   [[layer.adjust]]
             95 │   seq = 10.5
                ·         ────
             96 │   when = { level = "tier1" }
                ╰────

              help: write `seq = 10`
        "#]],
    );
}

#[test]
fn quoted_date() {
    bad(
        &[("to = 2022-12-31", r#"to = "2022-12-31""#)],
        expect![[r#"
            error P0301

              × `to` takes a date, not a quoted date
                 ╭─[pack.toml:103:8]
             102 │   amount = "100000.00"
             103 │   to = "2022-12-31"
                 ·        ────────────
             104 │   clause = "T-1"
                 ╰────

              help: write `to = 2022-12-31`
        "#]],
    );
}

#[test]
fn full_width_digits() {
    bad(
        &[(r#"amount = "1300.00""#, r#"amount = "１３００""#)],
        expect![[r#"
            error P0302

              × `１３００` is not an amount of money: not written as one
                ╭─[pack.toml:79:12]
             78 │   [[layer.deductible]]
             79 │   amount = "１３００"
                ·            ──────────
             80 │   clause = "T-1"
                ╰────

              help: yuan from 0 to 10000000000.00 with at most two decimals, such as `"1300.00"`
        "#]],
    );
}

#[test]
fn no_such_year_start() {
    bad(
        &[(r#"year_start = "01-01""#, r#"year_start = "02-29""#)],
        expect![[r#"
            error P0310

              × `02-29` is not a month and day of every year
                ╭─[pack.toml:10:14]
              9 │ dated_by = "discharge"
             10 │ year_start = "02-29"
                ·              ───────
             11 │
                ╰────

              help: `MM-DD`, such as `"01-01"` or `"07-01"`
        "#]],
    );
}
