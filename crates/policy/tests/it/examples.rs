//! Worked examples against an engine that answers whatever a test says.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::{BASE, good, spoilt};

#[track_caller]
fn run(text: &str, answer: Value, expected: Expect) {
    let outcome = good(text).run_examples(|request| {
        assert_eq!(request.get("contract"), Some(&json!(1)));
        assert_eq!(request.get("pack"), Some(&json!("990000-test")));
        answer.clone()
    });
    let text = outcome.map_or_else(|report| format!("{report}\n"), |()| "equal\n".to_owned());
    expected.assert_eq(&text);
}

#[test]
fn more_fields_than_written_are_fine() {
    let answer = json!({
        "status": "settled",
        "amounts": { "deductible": "1300.00", "fund": "24395.00", "person": "5605.00" },
        "layers": [{ "id": "large" }, { "id": "pool", "paid": "24395.00", "over": "0.00" }],
    });
    run(
        BASE,
        answer,
        expect![[r#"
            equal
        "#]],
    );
}

#[test]
fn each_difference_is_shown() {
    let answer = json!({
        "status": "settled",
        "amounts": { "deductible": "1300.00", "fund": "24395.01" },
        "layers": [{ "id": "large", "paid": "0.00" }],
    });
    run(
        BASE,
        answer,
        expect![[r#"
            error P0901

              × example `首次住院`: 2 fields differ
                 ╭─[pack.toml:127:1]
             126 │
             127 │ [[example]]
                 · ───────────
             128 │ name = "首次住院"
                 ╰────

              field         expected                         computed
              amounts.fund  24395.00                         24395.01
              layers[pool]  {"id":"pool","paid":"24395.00"}  nothing

              help: correct the row that is wrong, or the example
        "#]],
    );
}

#[test]
fn a_refusal_is_shown() {
    let answer = json!({
        "status": "refused",
        "errors": [{ "code": "I012", "path": "$.encounter", "message": "missing" }],
    });
    run(
        BASE,
        answer,
        expect![[r#"
            error P0902

              × example `首次住院` is refused: I012 $.encounter missing
                 ╭─[pack.toml:127:1]
             126 │
             127 │ [[example]]
                 · ───────────
             128 │ name = "首次住院"
                 ╰────

              help: complete the request, or expect the refusal with `status = "refused"`
        "#]],
    );
}

#[test]
fn lists_without_ids_are_equal_or_not() {
    let text = spoilt(&[(
        "expect.layers = [{ id = \"pool\", paid = \"24395.00\" }]",
        "expect.tags = [1, 2]",
    )]);
    let answer = json!({
        "amounts": { "deductible": "1300.00", "fund": "24395.00" },
        "tags": [2, 1],
    });
    run(
        &text,
        answer,
        expect![[r#"
            error P0901

              × example `首次住院`: one field differs
                 ╭─[pack.toml:127:1]
             126 │
             127 │ [[example]]
                 · ───────────
             128 │ name = "首次住院"
                 ╰────

              field  expected  computed
              tags   [1,2]     [2,1]

              help: correct the row that is wrong, or the example
        "#]],
    );
}
