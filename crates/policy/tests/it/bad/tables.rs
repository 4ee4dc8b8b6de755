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
            error[P0701]: no row of [[standing]] applies to network = offline, person = retired from 2020-01-01 to 2025-12-31
              --> pack.toml:55:1
               |
            55 | [[standing]]
               | ^^^^^^^^^^^^
               = help: add a row for this case, or widen the `when` of a row
        "#]],
    );
}

#[test]
fn gap_under_a_parameter() {
    bad(
        &[(r#"when = { class = "C" }"#, r#"when = { class = "C", "param.axis" = "incl" }"#)],
        expect![[r#"
            error[P0701]: no row of [[prepay]] applies to class = C, param.axis = above from 2020-01-01 to 2025-12-31
              --> pack.toml:34:1
               |
            34 | [[prepay]]
               | ^^^^^^^^^^
               = help: add a row for this case, or widen the `when` of a row
        "#]],
    );
}

#[test]
fn gap_in_many_cases() {
    bad(
        &[(r#"when = { class = "C" }"#, r#"when = { class = "C", level = "tier2" }"#)],
        expect![[r#"
            error[P0701]: no row of [[prepay]] applies to class = C, level = tier1 from 2020-01-01 to 2025-12-31
              --> pack.toml:34:1
               |
            34 | [[prepay]]
               | ^^^^^^^^^^
               = help: add a row for this case (and for one other), or widen the `when` of a row
        "#]],
    );
}

#[test]
fn gap_in_the_dates() {
    bad(
        &[("from = 2023-01-01", "from = 2024-07-01")],
        expect![[r#"
            error[P0701]: no row of [[layer.cap]] of layer `pool` applies to any case from 2023-01-01 to 2024-06-30
              --> pack.toml:99:3
               |
            99 |   [[layer.cap]]
               |   ^^^^^^^^^^^^^
               = help: add a row for this case, or widen the `when` of a row
        "#]],
    );
}

#[test]
fn overlap() {
    bad(
        &[(r#"when = { class = "C" }"#, r#"when = { class = ["B", "C"] }"#)],
        expect![[r#"
            error[P0702]: two rows of [[prepay]] apply to class = B from 2020-01-01 to 2025-12-31
              --> pack.toml:40:8
               |
            40 | when = { class = ["B", "C"] }
               |        ^^^^^^^^^^^^^^^^^^^^^^
              ::: pack.toml:35:8
            35 | when = { class = ["A", "B"] }
               |        ---------------------- the other row
               = help: narrow one `when`, or give the exception a higher `priority`
        "#]],
    );
}

#[test]
fn overlap_of_dates() {
    bad(
        &[("  to = 2022-12-31", "  to = 2023-06-30")],
        expect![[r#"
            error[P0702]: two rows of [[layer.cap]] of layer `pool` apply to any case from 2023-01-01 to 2023-06-30
               --> pack.toml:105:3
                |
            105 |   [[layer.cap]]
                |   ^^^^^^^^^^^^^
               ::: pack.toml:99:3
             99 |   [[layer.cap]]
                |   ------------- the other row
                = help: narrow one `when`, or give the exception a higher `priority`
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
            error[P0707]: there is no [[prepay]]
             --> pack.toml:1:1
              |
            1 | # A small pack that passes every check; the tests spoil it one line at a time.
              | ^
              = help: state it even if it is simple: `share = "0%"`
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
            error[P0701]: no row of [[fixed]] applies to kind = visit_fee, level = tier1 from 2020-01-01 to 2025-12-31
              --> pack.toml:49:1
               |
            49 | [[fixed]]
               | ^^^^^^^^^
               = help: add a row for this case, or widen the `when` of a row
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
            error[P0705]: a fixed row names no kind of line
              --> pack.toml:49:1
               |
            49 | [[fixed]]
               | ^^^^^^^^^
               = help: write `when = { kind = "…" }`
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
            error[P0706]: this row never applies: a line of kind `visit_fee` is always paid by [[fixed]]
              --> pack.toml:50:8
               |
            50 | when = { kind = "visit_fee" }
               |        ^^^^^^^^^^^^^^^^^^^^^^
               = help: remove the row, or state `pays = "none"` where the line is ordinary
        "#]],
    );
}
