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
            error[P0903]: an example's request has no `pack` of its own
               --> pack.toml:128:9
                |
            128 | request.pack = "990000-test"
                |         ^^^^
                = help: leave it out: it is added
        "#]],
    );
}

#[test]
fn example_with_a_float() {
    bad(
        &[(r#"in_scope = "30000.00""#, "in_scope = 30000.00")],
        expect![[r#"
            error[P0904]: an amount in an example is text
               --> pack.toml:129:31
                |
            129 | request.totals = { in_scope = 30000.00 }
                |                               ^^^^^^^^
                = help: write `"1300.00"` with quotes
        "#]],
    );
}
