//! Facts, cut amounts, upfront shares, eligible caps, groups and rows of `[[personal]]`.

use expect_test::{Expect, expect};

use crate::{bad, good, spoilt};

const PERSONAL: &str = "[personal]\naccount_pays = [\"in_scope\", \"prepay\"]\nclause = \"T-1\"\n";

/// The base pack with pieces replaced, which must load.
#[track_caller]
fn with(edits: &[(&str, &str)]) -> tongchou_core::pack::Pack {
    good(&spoilt(edits)).pack
}

#[track_caller]
fn json(value: &impl serde::Serialize, expected: Expect) {
    expected.assert_eq(&serde_json::to_string(value).unwrap());
}

fn first<T>(list: &[T]) -> &T {
    list.first().unwrap()
}

#[test]
fn facts_and_what_is_taken_of_them() {
    let fact = "[fact]\nincome = { name = { zh = \"收入\", en = \"income\" }, clause = \"T-1\" }\n";
    let pack = with(&[
        ("[dim]\n", &format!("{fact}\n[dim]\n")),
        ("amount = \"1300.00\"", "amount = { of = \"fact.income\", rate = \"50%\" }"),
        ("year_start = \"01-01\"", "year_start = \"01-01\"\nconfidence = \"assumed\""),
        ("request.totals", "request.facts = { income = \"2600.00\" }\nrequest.totals"),
    ]);
    json(
        &pack.facts,
        expect![[r#"[{"id":"income","name":{"zh":"收入","en":"income"},"clause":0}]"#]],
    );
    json(&first(&first(&pack.layers).deductible).value, expect![[r#"{"of_fact":[0,500000]}"#]]);
    json(&pack.confidence, expect![[r#""assumed""#]]);
}

#[test]
fn amounts_and_days_are_cut() {
    let cuts = "[dim.size]\nof = \"in_scope\"\ncuts = [[\"20000.00\", \"up\"], [\"20000.01\", \
                \"down\"]]\nnames = [\"a\", \"b\", \"c\"]\nclause = \"T-1\"\n
        [dim.long]\nof = \"days\"\ncuts = [[30, \"down\"]]\nnames = [\"short\", \"long\"]\n\n";
    let pack = with(&[("[dim.age70]", &format!("{cuts}[dim.age70]"))]);
    let cut = |name: &str| pack.dims.iter().find(|dim| dim.name == name).cloned();
    json(
        &cut("size"),
        expect![[
            r#"{"name":"size","values":["a","b","c"],"default":null,"cut":{"of":"in_scope","starts":[2000000,2000002]},"steps":0}"#
        ]],
    );
    json(
        &cut("long"),
        expect![[
            r#"{"name":"long","values":["short","long"],"default":null,"cut":{"of":"days","starts":[31]}}"#
        ]],
    );
}

#[test]
fn caps_are_two_tables_and_layers_have_upfront_shares() {
    let pack = with(&[
        (
            "  [[layer.cap]]\n  per = \"year\"\n  amount = \"100000.00\"",
            "  [[layer.upfront]]\n  when = { level = \"tier3\" }\n  share = \"10%\"\n  clause = \
             \"T-1\"\n\n  [[layer.cap]]\n  per = \"year\"\n  on = \"eligible\"\n  amount = \
             \"300000.00\"\n  clause = \"T-1\"\n\n  [[layer.cap]]\n  per = \"year\"\n  amount = \
             \"100000.00\"",
        ),
        ("origin = \"param.axis\"", "origin = \"param.axis\"\nround = \"bill\"\nclamp = \"end\""),
    ]);
    let layer = first(&pack.layers);
    assert_eq!((layer.cap.len(), layer.eligible.len()), (2, 1));
    json(&first(&layer.upfront).value, expect!["100000"]);
    json(&(layer.round, &layer.clamp), expect![[r#"["bill",{"is":"end"}]"#]]);
}

const GROUP: &str = "[[group]]\nid = \"both\"\nlayers = [\"large\", \"pool\"]\nclause = \"T-1\"\n\n  \
     [[group.cap]]\n  per = \"year\"\n  amount = \"500000.00\"\n  clause = \"T-1\"\n\n";

#[test]
fn groups_standing_and_personal_rows() {
    let rows = format!(
        "{GROUP}[[personal]]\nwhen = {{ person = \"active\" }}\naccount_pays = []\nclause = \
         \"T-1\"\n\n[[personal]]\nwhen = {{ person = \"retired\" }}\naccount_pays = \
         [\"in_scope\"]\nclause = \"T-1\"\n"
    );
    let blocked = "fund = \"none\"\naccount = \"no\"";
    let pack = with(&[
        (PERSONAL, &rows),
        (blocked, &format!("{blocked}\nlater = \"manual\"\npayer = \"hospital\"")),
    ]);
    json(&first(&pack.groups).layers, expect!["[0,1]"]);
    assert_eq!(pack.personal.len(), 2);
    json(
        &pack.standing.last().unwrap().value,
        expect![[r#"{"fund":false,"account":false,"later":"manual","hospital":true}"#]],
    );
}

#[test]
fn groups_are_sound() {
    let group = |layers: &str, id: &str| {
        let text = GROUP.replace("\"large\", \"pool\"", layers);
        format!("{}{PERSONAL}", text.replace("\"both\"", id))
    };
    bad(
        &[(PERSONAL, &group("\"pool\"", "\"both\""))],
        expect![[r#"
            error P0816

              × group `both` has fewer than two layers
                 ╭─[pack.toml:125:10]
             124 │ id = "both"
             125 │ layers = ["pool"]
                 ·          ────────
             126 │ clause = "T-1"
                 ╰────

              help: give a single layer its own [[layer.cap]]
        "#]],
    );
    bad(
        &[(PERSONAL, &group("\"pool\", \"larg\"", "\"pool\""))],
        expect![[r#"
            error P0408

              × `pool` is already defined
                ╭─[pack.toml:68:6]
             67 │ [[layer]]
             68 │ id = "pool"
                ·      ───┬──
                ·         ╰── first here
             69 │ name = { zh = "统筹基金", en = "pool" }
                ╰────
                 ╭─[pack.toml:124:6]
             123 │ [[group]]
             124 │ id = "pool"
                 ·      ───┬──
                 ·         ╰── again here
             125 │ layers = ["pool", "larg"]
                 ╰────

              help: give it another name

            error P0416

              × there is no layer `larg`
                 ╭─[pack.toml:125:19]
             124 │ id = "pool"
             125 │ layers = ["pool", "larg"]
                 ·                   ──────
             126 │ clause = "T-1"
                 ╰────

              help: did you mean `large`?

            2 errors in pack.toml
        "#]],
    );
    let twice = format!("{GROUP}{}", group("\"pool\", \"large\"", "\"again\""));
    bad(
        &[(PERSONAL, &twice)],
        expect![[r#"
            error P0817

              × layer `pool` already belongs to group `both`
                 ╭─[pack.toml:125:20]
             124 │ id = "both"
             125 │ layers = ["large", "pool"]
                 ·                    ───┬──
                 ·                       ╰── first here
             126 │ clause = "T-1"
                 ╰────
                 ╭─[pack.toml:135:11]
             134 │ id = "again"
             135 │ layers = ["pool", "large"]
                 ·           ───┬──
                 ·              ╰── again here
             136 │ clause = "T-1"
                 ╰────

              help: a layer belongs to one group at most

            error P0817

              × layer `large` already belongs to group `both`
                 ╭─[pack.toml:125:11]
             124 │ id = "both"
             125 │ layers = ["large", "pool"]
                 ·           ───┬───
                 ·              ╰── first here
             126 │ clause = "T-1"
                 ╰────
                 ╭─[pack.toml:135:19]
             134 │ id = "again"
             135 │ layers = ["pool", "large"]
                 ·                   ───┬───
                 ·                      ╰── again here
             136 │ clause = "T-1"
                 ╰────

              help: a layer belongs to one group at most

            2 errors in pack.toml
        "#]],
    );
    let stay = GROUP.replace("per = \"year\"", "per = \"stay\"");
    bad(
        &[(PERSONAL, &format!("{stay}{PERSONAL}"))],
        expect![[r#"
            error P0306

              × `per` knows no `stay`
                 ╭─[pack.toml:129:9]
             128 │   [[group.cap]]
             129 │   per = "stay"
                 ·         ──────
             130 │   amount = "500000.00"
                 ╰────

              help: one of: `bill`, `year`
        "#]],
    );
}

#[test]
fn later_and_payer_are_of_the_blocked() {
    bad(
        &[("account = \"yes\"", "account = \"yes\"\nlater = \"manual\"")],
        expect![[r#"
            error P0312

              × `later` stands where the fund pays
                ╭─[pack.toml:59:1]
             58 │ account = "yes"
             59 │ later = "manual"
                · ─────
             60 │ clause = "T-1"
                ╰────

              help: write `later` only beside `fund = "none"`, or remove it
        "#]],
    );
}

#[test]
fn lines_do_not_depend_on_their_sum() {
    let cut =
        "[dim.size]\nof = \"total\"\ncuts = [[\"20000.00\", \"up\"]]\nnames = [\"a\", \"b\"]\n\n";
    bad(
        &[
            ("[dim.age70]", &format!("{cut}[dim.age70]")),
            (
                "when = { class = [\"A\", \"B\"] }",
                "when = { class = [\"A\", \"B\"], size = \"a\" }",
            ),
        ],
        expect![[r#"
            error P0414

              × `size` is cut from what the fee lines add up to, so [[prepay]] cannot depend on it
                ╭─[pack.toml:40:30]
             39 │ [[prepay]]
             40 │ when = { class = ["A", "B"], size = "a" }
                ·                              ────
             41 │ share = "0%"
                ╰────

              help: name it in [[standing]], in [[personal]], in a group or in a layer
        "#]],
    );
    bad(
        &[("[dim.age70]", &format!("{}[dim.age70]", cut.replace("\"20000.00\"", "20000")))],
        expect![[r#"
            error P0508

              × a cut of an amount is money and an edge
                ╭─[pack.toml:30:9]
             29 │ of = "total"
             30 │ cuts = [[20000, "up"]]
                ·         ─────────────
             31 │ names = ["a", "b"]
                ╰────

              help: write `["20000.00", "up"]` for 20000.00 and above, `"down"` for above it
        "#]],
    );
}

#[test]
fn eligible_caps_lie_on_the_axis() {
    let cap = "  [[layer.cap]]\n  per = \"bill\"\n  on = \"eligible\"\n  amount = \"1.00\"\n  \
               clause = \"T-1\"\n\n[[layer]]";
    bad(
        &[("[[layer]]\nid = \"large\"", &format!("{cap}\nid = \"large\""))],
        expect![[r#"
            error P0815

              × the cap on what is eligible counts per bill, the bands per year
                 ╭─[pack.toml:112:3]
             111 │
             112 │   [[layer.cap]]
                 ·   ─────────────
             113 │   per = "bill"
                 ╰────

              help: it ends the axis of the bands: write `per = "year"`, or change `basis`
        "#]],
    );
}

#[test]
fn upfront_shares_overlap() {
    let row = "  [[layer.upfront]]\n  share = \"10%\"\n  clause = \"T-1\"\n\n";
    bad(
        &[("  [[layer.deductible]]", &format!("{row}{row}  [[layer.deductible]]"))],
        expect![[r#"
            error P0702

              × two rows of [[layer.upfront]] of layer `pool` apply to the same bills, from 2020-01-01 to 2025-12-31
                ╭─[pack.toml:78:3]
             77 │
             78 │   [[layer.upfront]]
                ·   ────────┬────────
                ·           ╰── the other row
             79 │   share = "10%"
                ╰────
                ╭─[pack.toml:82:3]
             81 │
             82 │   [[layer.upfront]]
                ·   ────────┬────────
                ·           ╰── this row
             83 │   share = "10%"
                ╰────

              such a bill: any of 2020-01-01
              help: narrow one `when` or its days, or give the exception a higher `priority`
        "#]],
    );
}

#[test]
fn facts_are_known() {
    let amount = "amount = \"1300.00\"";
    bad(
        &[(amount, "amount = { of = \"fact.income\", rate = \"50%\" }")],
        expect![[r#"
            error P0415

              × no fact `income` in [fact]
                ╭─[pack.toml:79:19]
             78 │   [[layer.deductible]]
             79 │   amount = { of = "fact.income", rate = "50%" }
                ·                   ─────────────
             80 │   clause = "T-1"
                ╰────

              help: none is defined yet: define it first
        "#]],
    );
    bad(
        &[(amount, "amount = { of = \"income\", rate = \"50\" }")],
        expect![[r#"
            error P0818

              × an amount cannot be taken of `income`
                ╭─[pack.toml:79:19]
             78 │   [[layer.deductible]]
             79 │   amount = { of = "income", rate = "50" }
                ·                   ────────
             80 │   clause = "T-1"
                ╰────

              help: write `{ of = "fact.NAME", rate = "50%" }`

            error P0301

              × `rate` takes a rate, not money
                ╭─[pack.toml:79:36]
             78 │   [[layer.deductible]]
             79 │   amount = { of = "income", rate = "50" }
                ·                                    ────
             80 │   clause = "T-1"
                ╰────

              help: write `rate = "50%"`

            2 errors in pack.toml
        "#]],
    );
}
