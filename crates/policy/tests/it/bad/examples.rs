//! Worked examples that are not requests.

use expect_test::expect;

use crate::bad;

#[test]
fn example_with_a_pack() {
    bad(
        &[(
            "request.member",
            r#"request.pack = "990000-test"
request.member"#,
        )],
        expect![[r#"
            error P0903

              × an example's request has no `pack` of its own
                 ╭─[pack.toml:129:9]
             128 │ name = "首次住院"
             129 │ request.pack = "990000-test"
                 ·         ────
             130 │ request.member = { person = "active", age = 40 }
                 ╰────

              help: leave it out: it is added
        "#]],
    );
}

#[test]
fn example_with_a_float() {
    bad(
        &[(r#"in_scope = "30000.00""#, "in_scope = 30000.00")],
        expect![[r#"
            error P0904

              × an amount in an example is text
                 ╭─[pack.toml:130:31]
             129 │ request.member = { person = "active", age = 40 }
             130 │ request.totals = { in_scope = 30000.00 }
                 ·                               ────────
             131 │ expect.amounts = { deductible = "1300.00", fund = "24395.00" }
                 ╰────

              help: write `"1300.00"` with quotes
        "#]],
    );
}
