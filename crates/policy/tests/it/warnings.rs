//! Packs that load although somebody should look.

use expect_test::{Expect, expect};
use tongchou_policy::Lang;

use crate::{good, spoilt};

#[track_caller]
fn warned(edits: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&good(&spoilt(edits)).render_warnings(Lang::En));
}

#[test]
fn nothing_to_warn_of() {
    warned(&[], expect![[""]]);
}

#[test]
fn names_that_nothing_uses() {
    warned(
        &[
            (
                "[param.axis]",
                "T-2 = { doc = \"二\", text = \"二\", confidence = \"known\" }\n\n[param.axis]",
            ),
            ("origin = \"param.axis\"\n", ""),
        ],
        expect![[r#"
            warning[P1001]: no row cites clause `T-2`
              --> pack.toml:15:1
               |
            15 | T-2 = { doc = "二", text = "二", confidence = "known" }
               | ^^^
               = help: cite it or remove it

            warning[P1002]: nothing depends on parameter `axis`
              --> pack.toml:17:8
               |
            17 | [param.axis]
               |        ^^^^
               = help: use it in a `when` or a setting, or remove it
        "#]],
    );
}

#[test]
fn a_row_that_is_always_outranked() {
    warned(
        &[(
            "[[limit]]",
            "[[limit]]\npriority = 1\nper = \"line\"\nupto = \"none\"\nclause = \"T-1\"\n\n[[limit]]",
        )],
        expect![[r#"
            warning[P1003]: this row of [[limit]] never applies: other rows outrank it everywhere
              --> pack.toml:50:1
               |
            50 | [[limit]]
               | ^^^^^^^^^
               = help: remove it, or raise its `priority`
        "#]],
    );
}

#[test]
fn a_share_that_is_clamped() {
    warned(
        &[("self = \"x60%\"", "self = \"-12pp\"")],
        expect![[r#"
            warning[P1004]: 10% − 12% leaves 0–100% and is clamped, at level = tier1, person = active
              --> pack.toml:95:10
               |
            95 |   when = { level = "tier1" }
               |          ^^^^^^^^^^^^^^^^^^^
               = help: nothing to do if that is meant
        "#]],
    );
}

#[test]
fn an_amount_that_is_always_zero() {
    warned(
        &[
            (
                "takes = [\"in_scope\"]\n",
                "takes = [\"in_scope\"]\nwhen = { person = \"active\" }\n",
            ),
            (
                "takes = [\"pool.over\"]\n",
                "takes = [\"pool.over\"]\nwhen = { person = \"retired\" }\n",
            ),
        ],
        expect![[r#"
            warning[P1003]: this row of [[layer.band]] of layer `pool` never applies: other rows outrank it everywhere
              --> pack.toml:89:10
               |
            89 |   when = { person = "retired" }
               |          ^^^^^^^^^^^^^^^^^^^^^^
               = help: remove it, or raise its `priority`

            warning[P1005]: `pool.over` is always zero here: its layer is never entered by the same bill
               --> pack.toml:115:10
                |
            115 | takes = ["pool.over"]
                |          ^^^^^^^^^^^
                = help: compare the `when`s of the two layers
        "#]],
    );
}
