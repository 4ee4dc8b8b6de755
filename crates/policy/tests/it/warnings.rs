//! Packs that load although somebody should look.

use expect_test::{Expect, expect};
use tongchou_policy::Lang;

use crate::{good, spoilt};

#[track_caller]
fn warned(edits: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&good(&spoilt(edits)).warning_report().render(Lang::En));
}

#[test]
fn nothing_to_warn_of() {
    warned(&[], expect![""]);
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
            warning P1001

              ⚠ no row cites clause `T-2`
                ╭─[pack.toml:15:1]
             14 │
             15 │ T-2 = { doc = "二", text = "二", confidence = "known" }
                · ───
             16 │
                ╰────

              help: cite it or remove it

            warning P1002

              ⚠ nothing depends on parameter `axis`
                ╭─[pack.toml:17:8]
             16 │
             17 │ [param.axis]
                ·        ────
             18 │ values = ["incl", "above"]
                ╰────

              help: use it in a `when` or a setting, or remove it
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
            warning P1003

              ⚠ this row of [[limit]] never applies: others outrank it, or its layer takes no part there
                ╭─[pack.toml:50:1]
             49 │
             50 │ [[limit]]
                · ─────────
             51 │ per = "unit"
                ╰────

              help: remove it, raise its `priority`, or compare it with the `when` of the layer
        "#]],
    );
}

#[test]
fn a_share_that_is_clamped() {
    warned(
        &[("self = \"x60%\"", "self = \"-12pp\"")],
        expect![[r#"
            warning P1004

              ⚠ 10% − 12% leaves 0–100% and is clamped
                ╭─[pack.toml:96:10]
             95 │   seq = 10
             96 │   when = { level = "tier1" }
                ·          ───────────────────
             97 │   self = "-12pp"
                ╰────

              such a bill: 2020-01-01, level = tier1, person = active
              help: nothing to do if that is meant
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
            warning P1012

              ⚠ no layer takes what is in scope of these bills, so the person bears all of it: person = retired
                ╭─[pack.toml:67:1]
             66 │
             67 │ [[layer]]
                · ─────────
             68 │ id = "pool"
                ╰────

              help: if that is meant, say so in a layer with `pays = ["0%"]` that cites the clause

            warning P1003

              ⚠ this row of [[layer.band]] of layer `pool` never applies: others outrank it, or its layer takes no part there
                ╭─[pack.toml:90:10]
             89 │   [[layer.band]]
             90 │   when = { person = "retired" }
                ·          ──────────────────────
             91 │   upto = ["30000.00"]
                ╰────

              help: remove it, raise its `priority`, or compare it with the `when` of the layer

            warning P1008

              ⚠ what is over the cap of layer `pool` is taken by no later layer
                 ╭─[pack.toml:101:3]
             100 │
             101 │   [[layer.cap]]
                 ·   ─────────────
             102 │   per = "year"
                 ╰────

              help: if the person bears it, say so: write `over = "person"` in the layer

            warning P1005

              ⚠ `pool.over` is always zero here: its layer is never entered by the same bill
                 ╭─[pack.toml:116:10]
             115 │ name = { zh = "大额互助", en = "large amount" }
             116 │ takes = ["pool.over"]
                 ·          ───────────
             117 │ when = { person = "retired" }
                 ╰────

              help: compare the `when`s of the two layers
        "#]],
    );
}

/// The codes of the warnings about a pack that loads.
#[track_caller]
fn codes(edits: &[(&str, &str)]) -> Vec<&'static str> {
    good(&spoilt(edits)).warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn what_a_cap_leaves_open() {
    let backsolve = ("backsolve = \"nearest\"\n", "");
    assert_eq!(codes(&[backsolve]), ["P1009"]);
    // The whole is paid up to the cap: nothing is rounded.
    let whole = [
        ("pays = [\"85%\", \"90%\"]", "pays = [\"100%\", \"100%\"]"),
        ("pays = [\"87.5%\", \"95%\"]", "pays = [\"100%\", \"100%\"]"),
    ];
    let example = ("fund = \"24395.00\" }", "fund = \"28700.00\" }");
    assert_eq!(codes(&[backsolve, whole[0], whole[1], example]), [""; 0]);
    let other = ("takes = [\"pool.over\"]", "takes = [\"pool.deductible\"]");
    assert_eq!(codes(&[other]), ["P1008"]);
    let said = ("backsolve = \"nearest\"\n", "backsolve = \"nearest\"\nover = \"person\"\n");
    assert_eq!(codes(&[other, said]), [""; 0]);
}

#[test]
fn facts_and_shares_at_the_end() {
    let fact =
        "[fact]\nincome = { name = { zh = \"收入\", en = \"income\" }, clause = \"T-1\" }\n\n";
    assert_eq!(codes(&[("[dim]\n", &format!("{fact}[dim]\n"))]), ["P1006"]);
    let end = ("basis = \"year\"", "basis = \"year\"\nclamp = \"end\"");
    assert_eq!(codes(&[end, ("self = \"x60%\"", "self = \"-60pp\"")]), ["P1007"]);
}
