//! The canonical text: the same for every way of writing the same pack.

use expect_test::expect;
use tongchou_core::pack::Pack;

use crate::{BASE, good, spoilt};

#[test]
fn formatting_and_comments_leave_no_trace() {
    let plain = good(BASE);
    let aired = BASE.replace(" = ", "   =\t").replace("\n\n", "\n# 注释\n\n\n");
    assert_eq!(good(&aired).hash, plain.hash);
    let inline = spoilt(&[
        ("when = { network = \"online\" }", "when.network = [\"online\"]"),
        ("fund = \"normal\"\naccount = \"yes\"", "account = 'yes'\nfund = \"\"\"normal\"\"\""),
        ("kind = { values = [\"item\", \"visit_fee\"], default = \"item\" }\n", ""),
        (
            "[dim]\n",
            "[dim]\nkind.default = \"item\"\nkind.values = [ \"item\",\n \"visit_fee\" ]\n",
        ),
    ]);
    assert_eq!(good(&inline).canonical, plain.canonical);
}

#[test]
fn order_of_names_leaves_no_trace() {
    let moved = spoilt(&[
        ("person = [\"active\", \"retired\"]\n", ""),
        (
            "[[prepay]]\nwhen = { class = [\"A\", \"B\"] }",
            "[[prepay]]\nwhen = { class = [\"B\", \"A\"] }",
        ),
        ("\n[dim.age70]", "person = [\"active\", \"retired\"]\n\n[dim.age70]"),
    ]);
    assert_eq!(good(&moved).canonical, good(BASE).canonical);
}

#[test]
fn examples_are_no_part_of_the_pack() {
    let other = spoilt(&[("deductible = \"1300.00\", fund", "deductible = \"1.00\", fund")]);
    assert_eq!(good(&other).hash, good(BASE).hash);
}

#[test]
fn a_number_moves_the_hash() {
    let other = spoilt(&[("amount = \"1300.00\"", "amount = \"1300.01\"")]);
    assert_ne!(good(&other).hash, good(BASE).hash);
    let same = spoilt(&[("amount = \"1300.00\"", "amount = \"1300\"")]);
    assert_eq!(good(&same).hash, good(BASE).hash);
}

#[test]
fn canonical_text_reads_back() {
    let checked = good(BASE);
    let read: Pack = serde_json::from_str(&checked.canonical).unwrap();
    assert_eq!(read, checked.pack);
    assert_eq!(checked.hash.len(), 64);
    let layers = serde_json::to_string_pretty(&checked.pack.layers.last().unwrap()).unwrap();
    expect![[r#"
        {
          "id": "large",
          "name": {
            "zh": "大额互助",
            "en": "large amount"
          },
          "fund": "330100",
          "from": 18262,
          "to": 20453,
          "takes": {
            "is": [
              {
                "over": 0
              }
            ]
          },
          "deductible_scope": {
            "is": "bill"
          },
          "basis": {
            "is": "bill"
          },
          "origin": {
            "is": "incl"
          },
          "rounding": "half_up",
          "round": "band",
          "round_side": {
            "is": "fund"
          },
          "backsolve": {
            "is": "nearest"
          },
          "clause": 0,
          "band": [
            {
              "from": 18262,
              "to": 20453,
              "priority": 0,
              "clause": 0,
              "value": {
                "upto": [],
                "pays": [
                  800000
                ]
              }
            }
          ]
        }"#]]
    .assert_eq(&layers);
    expect!["449554bf75ad055164536f3ee69a08538702da7ec2962e28f9128049fac9ae2d"]
        .assert_eq(&checked.hash);
}
