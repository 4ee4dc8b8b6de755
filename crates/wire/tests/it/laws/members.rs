//! A member's facts of every kind: late ones leave no trace, money goes back the way it came, and
//! the parts of a bill are the bill.

use proptest::prelude::*;
use serde_json::{Value, json};
use tongchou_core::calendar::Day;

use super::desk;

/// Facts of a Guangzhou member in 2024, in order.
fn facts() -> impl Strategy<Value = Vec<Value>> {
    let month = (1..=12_u32, 0..4_u8, 1..28_u32).prop_map(|(month, kind, day)| {
        let (paid, on) = match kind {
            0 => ("299.99", 20),
            1 => ("300.00", 24 + day % 4),
            _ => ("300.00", day % 23 + 1),
        };
        let month_text = format!("2024-{month:02}");
        let on = format!("2024-{month:02}-{on:02}");
        json!({ "contribution": { "month": month_text, "due": "300.00", "paid": paid, "on": on } })
    });
    let bill = (0..40_u32, 1..=12_u32, 1..=28_u32, 0..3_u8, 1..2_000_000_u64).prop_map(
        |(id, month, day, kind, fen)| {
            let (care, stays) = match kind {
                0 => ("inpatient", true),
                _ => ("outpatient", false),
            };
            let mut encounter = json!({
                "id": format!("b{id}"), "care": care, "level": "tier2",
                "admitted": format!("2024-{month:02}-{day:02}"),
            });
            if stays {
                let last = (day + 5).min(28);
                encounter["discharged"] = json!(format!("2024-{month:02}-{last:02}"));
            }
            let amount = format!("{}.{:02}", fen / 100, fen % 100);
            json!({ "bill": { "encounter": encounter, "totals": { "in_scope": amount } } })
        },
    );
    let credit = (0..20_u32, 1..=12_u32, 1..90_000_u64).prop_map(|(id, month, yuan)| {
        let on = format!("2024-{month:02}-15");
        json!({ "credit": { "id": format!("k{id}"), "on": on, "amount": format!("{yuan}.00") } })
    });
    let becomes = (1..=12_u32).prop_map(
        |month| json!({ "becomes": { "on": format!("2024-{month:02}-01"), "person": "retired" } }),
    );
    let any = prop_oneof![3 => month, 5 => bill, 1 => credit, 1 => becomes];
    prop::collection::vec(any, 2..14).prop_map(|mut facts| {
        let mut seen = std::collections::BTreeSet::new();
        // One retirement, and every key once.
        facts.retain(|fact| {
            let key = ["/bill/encounter/id", "/credit/id", "/contribution/month"];
            let key = key.iter().find_map(|path| fact.pointer(path)).map(Value::to_string);
            seen.insert(key.unwrap_or_else(|| "becomes".to_owned()))
        });
        facts
    })
}

fn replay(facts: &[Value]) -> Value {
    let message = json!({
        "contract": 1,
        "pack": "440100-employee",
        "member": { "id": "m", "person": "active", "account": { "balance": "100.00" } },
        "replay": facts,
    });
    serde_json::from_str(&desk::call(&message.to_string())).unwrap()
}

/// What stands, without the account of how it came to.
fn standing(answer: &Value) -> Value {
    let mut answer = answer.clone();
    answer.as_object_mut().unwrap().remove("changes");
    answer
}

fn shuffled(facts: &[Value], mut seed: u64) -> Vec<Value> {
    let mut left = facts.to_vec();
    let mut out = Vec::new();
    while !left.is_empty() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        out.push(left.remove(usize::try_from(seed >> 33).unwrap() % left.len()));
    }
    out
}

fn yuan(value: &Value) -> i64 {
    let text = value.as_str().unwrap().replace('.', "");
    text.parse().unwrap()
}

proptest! {
    #![proptest_config(super::config(250))]

    #[test]
    fn facts_of_every_kind_may_come_in_any_order(facts in facts(), seed in any::<u64>()) {
        let (first, second) = (replay(&facts), replay(&shuffled(&facts, seed)));
        if first["status"] != "replayed" || second["status"] != "replayed" {
            return Ok(());
        }
        prop_assert_eq!(standing(&first), standing(&second));
    }

    #[test]
    fn a_whole_refund_leaves_nothing_behind(facts in facts(), at in any::<prop::sample::Index>()) {
        let bills: Vec<usize> =
            (0..facts.len()).filter(|i| facts[*i].get("bill").is_some()).collect();
        prop_assume!(!bills.is_empty());
        let at = bills[at.index(bills.len())];
        let id = facts[at]["bill"]["encounter"]["id"].clone();
        let mut with = facts.clone();
        with.push(json!({ "cancel": id }));
        let mut without = facts;
        without.remove(at);
        prop_assume!(without.iter().any(|fact| fact.get("bill").is_some()));
        let (with, without) = (replay(&with), replay(&without));
        if with["status"] != "replayed" || without["status"] != "replayed" {
            return Ok(());
        }
        prop_assert_eq!(standing(&with), standing(&without));
    }

    #[test]
    fn the_account_is_what_its_movements_sum_to(facts in facts()) {
        let answer = replay(&facts);
        if answer["status"] != "replayed" {
            return Ok(());
        }
        let opening = 10_000;
        let none = Vec::new();
        let moves = answer["transactions"].as_array().unwrap_or(&none);
        let sum: i64 = moves.iter().map(|m| yuan(&m["amount"])).sum();
        prop_assert_eq!(opening + sum, yuan(&answer["balance"]));
    }

    #[test]
    fn money_goes_back_the_way_it_came(paid in 1..100_000_i64, balance in 0..100_000_i64, back in 1..120_000_i64) {
        let text = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        // In arrears the fund takes no part: account first, then cash.
        let message = json!({
            "contract": 1, "pack": "110000-employee",
            "member": { "person": "active", "age": 40, "status": "arrears",
                "account": { "balance": text(balance) } },
            "replay": [
                { "bill": { "encounter": { "id": "b", "care": "outpatient", "level": "tier3",
                    "admitted": "2024-05-06" }, "totals": { "in_scope": text(paid) } } },
                { "refund": { "id": "r", "of": "b", "on": "2024-05-07", "amount": text(back) } },
            ],
        });
        let answer: Value = serde_json::from_str(&desk::call(&message.to_string())).unwrap();
        if back > paid {
            prop_assert_eq!(&answer["errors"][0]["code"], "S032");
            prop_assert_eq!(&answer["errors"][0]["value"], &json!(text(back - paid)));
            return Ok(());
        }
        let refund = &answer["refunds"][0];
        let (account, cash) = (balance.min(paid), paid - balance.min(paid));
        prop_assert_eq!(yuan(&refund["cash"]), back.min(cash));
        prop_assert_eq!(yuan(&refund["account"]), back - back.min(cash));
        prop_assert_eq!(yuan(&answer["balance"]), balance - account + back - back.min(cash));
    }

    #[test]
    fn interim_bills_come_to_one_bill_for_the_stay(parts in prop::collection::vec(1..6_000_000_i64, 1..=4), level in 1..=3_u8) {
        let text = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        let bill = |id: String, day: usize, fen: i64, stay: Option<bool>| {
            let mut encounter = json!({ "id": id, "care": "inpatient",
                "level": format!("tier{level}"), "admitted": format!("2024-05-{day:02}"),
                "discharged": format!("2024-05-{:02}", day + 1) });
            if let Some(closes) = stay {
                encounter["stay"] = json!({ "id": "s", "closes": closes });
            }
            json!({ "bill": { "encounter": encounter, "totals": { "in_scope": text(fen) } } })
        };
        let ask = |facts: Vec<Value>| -> Value {
            let message = json!({ "contract": 1, "pack": "110000-employee",
                "member": { "person": "active", "age": 40 }, "replay": facts });
            serde_json::from_str(&desk::call(&message.to_string())).unwrap()
        };
        let count = parts.len();
        let interim = parts.iter().enumerate();
        let interim = interim.map(|(i, fen)| bill(format!("b{i}"), 1 + i, *fen, Some(i + 1 == count)));
        let (parts, whole) =
            (ask(interim.collect()), ask(vec![bill("w".into(), 1, parts.iter().sum(), None)]));
        let sum = |answer: &Value, what: &str| -> i64 {
            let bills = answer["settlements"].as_array().unwrap().iter();
            bills.map(|s| yuan(&s["amounts"][what])).sum()
        };
        prop_assert_eq!(sum(&parts, "deductible"), sum(&whole, "deductible"));
        prop_assert_eq!(sum(&parts, "total"), sum(&whole, "total"));
        // Half a fen for each band of the whole, and for each piece of the parts.
        let slack = 4 + i64::try_from(count).unwrap();
        prop_assert!((sum(&parts, "fund") - sum(&whole, "fund")).abs() <= slack);
        let admissions = |answer: &Value| answer["states"][0]["counters"]["admissions"].clone();
        prop_assert_eq!(admissions(&parts), admissions(&whole));
    }

    #[test]
    fn days_divide_a_stay_over_two_years_to_the_fen(total in 0..100_000_000_i64, before in 1..40_i64, after in 1..40_i64) {
        let text = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        let new_year = Day::new(2025, 1, 1).unwrap().0;
        let date = |day: i64| {
            let (year, month, day) = Day(new_year + i32::try_from(day).unwrap()).civil();
            format!("{year}-{month:02}-{day:02}")
        };
        let message = json!({
            "contract": 1, "pack": "000000-cross-year", "member": {},
            "replay": [{ "bill": { "encounter": { "id": "s", "care": "inpatient",
                "admitted": date(-before), "discharged": date(after) },
                "totals": { "in_scope": text(total) } } }],
        });
        let answer: Value = serde_json::from_str(&desk::call(&message.to_string())).unwrap();
        let parts = answer["settlements"].as_array().unwrap();
        let amounts: Vec<i64> = parts.iter().map(|s| yuan(&s["amounts"]["total"])).collect();
        prop_assert_eq!(amounts.iter().sum::<i64>(), total);
        let all = before + after;
        let first = (2 * total * before + all) / (2 * all);
        let of_first = parts.iter().find(|s| s["year"] == 2024);
        prop_assert_eq!(of_first.map_or(0, |s| yuan(&s["amounts"]["total"])), first);
    }
}

/// The laws would hold of nothing if every list were refused, or no card were ever frozen.
#[test]
fn lists_are_answered_and_cards_are_frozen() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::new(super::config(1));
    let (mut answered, mut frozen, mut changed) = (0, 0, 0);
    for _ in 0..300 {
        let facts = facts().new_tree(&mut runner).unwrap().current();
        let answer = replay(&facts);
        answered += usize::from(answer["status"] == "replayed");
        changed += usize::from(answer["changes"].as_array().is_some_and(|c| !c.is_empty()));
        frozen += usize::from(answer["grounds"].to_string().contains("frozen"));
    }
    assert!(answered > 150 && frozen > 20 && changed > 50, "{answered} {frozen} {changed}");
}
