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

/// Every word about a member's facts, without a layer.
const MEMBER: &str = include_str!("member.toml");

#[test]
fn rules_alone_are_a_pack_and_read_back() {
    let checked = good(MEMBER);
    assert_eq!(checked.warnings, []);
    let read: Pack = serde_json::from_str(&checked.canonical).unwrap();
    assert_eq!(read, checked.pack);
    let proof = tongchou_policy::prove::prove(&checked.pack);
    assert!(proof.holds() && proof.notes.len() == 1);
    let rules = &checked.pack.rules;
    assert_eq!((rules.splits.len(), rules.coverage.len(), rules.windows.len()), (4, 2, 2));
    let split: Vec<_> =
        rules.splits.iter().map(|r| (&r.params, r.value.second_deductible)).collect();
    assert_eq!(split.first(), Some(&(&vec![(0, vec![0])], true)));
    assert_eq!(split.get(1), Some(&(&vec![(0, vec![1])], false)));
    // The time of coverage may begin before the pack does.
    let earlier = rules.coverage.get(1).unwrap();
    assert!(earlier.from < checked.pack.from && earlier.to == checked.pack.to);
}

#[test]
fn named_sections_stand_in_the_order_of_their_names() {
    let event = "[event.unfreeze]\nname = { zh = \"解冻\", en = \"unfreeze\" }\nturn = \
                 \"made_up\"\nclause = \"C-1\"\n\n";
    assert!(MEMBER.contains(event));
    let first = "[event.freeze]";
    let moved = MEMBER.replacen(event, "", 1).replacen(first, &format!("{event}{first}"), 1);
    assert_eq!(good(&moved).canonical, good(MEMBER).canonical);
    let names = |pack: &Pack| -> Vec<String> {
        pack.rules.events.iter().map(|event| event.id.clone()).collect()
    };
    assert_eq!(names(&good(&moved).pack), ["freeze", "referral", "unfreeze"]);
    // Days of the calendar are a set.
    let swapped = MEMBER.replacen("2007-10-01, 2007-10-02", "2007-10-02, 2007-10-01", 1);
    assert_eq!(good(&swapped).hash, good(MEMBER).hash);
}

#[test]
fn words_left_out_are_their_defaults() {
    let stated = MEMBER.replacen("later_bills = \"keep\"", "later_bills = \"replay\"", 1);
    let silent = MEMBER.replacen("later_bills = \"keep\"\n", "", 1);
    assert_eq!(good(&stated).hash, good(&silent).hash);
    assert_ne!(good(MEMBER).hash, good(&silent).hash);
}
