//! Lists of facts worked by hand: what a late fact, a refund or a claim leaves behind.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tongchou_wire::engine::Engine;
use tongchou_wire::error::Lang;

use crate::packs;

/// A pack under which bills stay as they were settled.
const KEEP: &str = "000098-keep";

/// All packs, and Beijing's also with bills that stay as they were settled, and are claimed later
/// if they are in arrears.
fn engine() -> Engine {
    let mut engine = packs::engine();
    let source = tongchou_packs::find(packs::BEIJING).unwrap().text;
    let id = format!("id = \"{}\"", packs::BEIJING);
    assert_eq!(source.matches(&id).count(), 1);
    let keep = format!("id = \"{KEEP}\"\nlater_bills = \"keep\"");
    let arrears = "fund = \"none\"\naccount = \"yes\"\n";
    assert_eq!(source.matches(arrears).count(), 1);
    let source = source.replace(arrears, &format!("{arrears}later = \"manual\"\n"));
    let checked = tongchou_policy::check(&source.replace(&id, &keep), KEEP).unwrap();
    engine.add_pack(&checked.canonical).unwrap();
    engine
}

fn ask(pack: &str, facts: &[Value]) -> Value {
    let message = json!({
        "contract": 1, "pack": pack,
        "member": { "id": "m-1", "person": "active", "age": 40, "account": { "balance": "60.00" } },
        "replay": facts,
    });
    let answer = engine().call(&message.to_string()).json(Lang::En);
    serde_json::from_str(&answer).unwrap()
}

fn visit(id: &str, on: &str, amount: &str) -> Value {
    json!({ "bill": { "encounter": { "id": id, "care": "outpatient", "level": "tier3",
        "admitted": on }, "totals": { "in_scope": amount } } })
}

fn arrears(id: &str, on: &str, amount: &str) -> Value {
    let mut bill = visit(id, on, amount);
    bill["bill"]["member"] = json!({ "status": "arrears" });
    bill
}

fn back(id: &str, of: &str, on: &str, amount: Option<&str>) -> Value {
    let mut refund = json!({ "id": id, "of": of, "on": on, "network": "online",
        "card_present": "yes" });
    if let Some(amount) = amount {
        refund["amount"] = json!(amount);
    }
    json!({ "refund": refund })
}

fn moves(answer: &Value) -> Vec<String> {
    let text = |moved: &Value| {
        let [on, kind, id, amount, balance] =
            ["on", "kind", "id", "amount", "balance"].map(|name| moved[name].as_str().unwrap());
        format!("{on} {kind} {id} {amount} {balance}")
    };
    answer["transactions"].as_array().unwrap().iter().map(text).collect()
}

#[test]
fn a_bill_refunded_whole_and_its_refunds_are_told_where_it_stood() {
    let facts = [
        visit("a", "2024-02-05", "50.00"),
        visit("b", "2024-02-07", "40.00"),
        back("r-1", "a", "2024-02-08", Some("5.00")),
        back("r-2", "a", "2024-02-09", None),
    ];
    let answer = ask(packs::BEIJING, &facts);
    // Of the account's 60.00 bill `b` is settled as though `a` had never been.
    assert_eq!(
        moves(&answer),
        [
            "2024-02-05 bill a -50.00 10.00",
            "2024-02-08 refund r-1 5.00 15.00",
            "2024-02-09 refund r-2 45.00 60.00",
            "2024-02-07 bill b -40.00 20.00",
        ]
    );
    assert_eq!(answer["balance"], "20.00");
    let refunds: Vec<&Value> =
        answer["refunds"].as_array().unwrap().iter().map(|refund| &refund["id"]).collect();
    assert_eq!(refunds, ["r-1", "r-2"]);
    // What is cancelled has moved nothing.
    let taken = ask(packs::BEIJING, &[facts[0].clone(), facts[1].clone(), json!({"cancel": "a"})]);
    assert_eq!(moves(&taken), ["2024-02-07 bill b -40.00 20.00"]);
}

#[test]
fn a_claim_goes_with_its_bill_and_leaves_no_counter() {
    let claim = json!({ "claim": { "id": "c", "of": "a", "on": "2024-03-01" } });
    let first = [arrears("a", "2024-02-05", "5000.00"), claim];
    let claimed = ask(KEEP, &first);
    assert_eq!(claimed["claims"][0]["id"], "c", "{claimed}");
    assert!(!claimed["states"][0]["counters"].as_object().unwrap().is_empty());
    let [bill, claim] = first;
    for facts in [
        vec![bill.clone(), claim.clone(), json!({ "cancel": "a" })],
        vec![bill, claim, back("r", "a", "2024-03-02", None)],
    ] {
        let answer = ask(KEEP, &facts);
        assert_eq!(answer["status"], "replayed", "{answer}");
        assert!(answer.get("claims").is_none(), "{answer}");
        assert_eq!(answer["states"][0]["counters"], json!({}), "{answer}");
    }
}

#[test]
fn what_comes_late_makes_the_bills_behind_it_inconsistent() {
    let bills = [arrears("a", "2024-02-05", "5000.00"), visit("b", "2024-04-05", "100.00")];
    let late = [
        json!({ "claim": { "id": "c", "of": "a", "on": "2024-03-01" } }),
        json!({ "credit": { "id": "k", "on": "2024-03-01", "amount": "1.00" } }),
        back("r", "a", "2024-03-01", Some("1.00")),
        visit("l", "2024-03-01", "1.00"),
        json!({ "cancel": "a" }),
    ];
    for fact in late {
        let [a, b] = bills.clone();
        let answer = ask(KEEP, &[a, b, fact.clone()]);
        assert_eq!(answer["inconsistent"], json!(["b"]), "{fact}: {answer}");
    }
}

#[test]
fn a_late_bill_has_of_mutual_aid_what_all_before_it_left() {
    let message = |pack: &str| {
        json!({
            "contract": 1, "pack": pack,
            "member": { "id": "m-1", "person": "active", "age": 40,
                "account": { "balance": "0.00", "mutual_aid": "30.00" } },
            "replay": [visit("b", "2024-04-05", "20.00"), visit("a", "2024-02-05", "20.00")],
        })
    };
    let aids = |pack: &str| -> Vec<String> {
        let answer = engine().call(&message(pack).to_string()).json(Lang::En);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let aid = |bill: &Value| bill["amounts"]["mutual_aid"].as_str().unwrap().to_owned();
        answer["settlements"].as_array().unwrap().iter().map(aid).collect()
    };
    assert_eq!(aids(KEEP), ["10.00", "20.00"]);
    assert_eq!(aids(packs::BEIJING), ["20.00", "10.00"]);
}

#[test]
fn contradictions_are_told_before_claims_of_nothing() {
    let nothing = json!({ "claim": { "id": "c", "of": "a", "on": "2024-03-06" } });
    let facts = [visit("a", "2024-03-05", "100.00"), nothing];
    let of_nothing = ask(packs::BEIJING, &facts);
    assert_eq!(of_nothing["errors"][0]["path"], "$.replay[1].claim.of", "{of_nothing}");
    let [paid, nothing] = facts;
    let outage = json!({ "event": "outage", "id": "e", "on": "2024-04-01" });
    let mut against = visit("b", "2024-04-10", "100.00");
    against["bill"]["encounter"]["network"] = json!("online");
    let both = ask(packs::BEIJING, &[paid, nothing, outage, against]);
    assert_eq!(both["errors"][0]["path"], "$.replay[3].bill.encounter.network", "{both}");
}

#[test]
fn changes_are_told_in_order_of_service_and_once() {
    let mut refund = back("r", "x", "2024-02-08", None);
    refund["refund"]["rest"] = visit("x-rest", "2024-02-05", "60.00")["bill"].clone();
    let facts = [
        visit("x", "2024-02-05", "50.00"),
        visit("a", "2024-02-06", "5.00"),
        visit("b", "2024-02-07", "20.00"),
        refund,
    ];
    let answer = ask(packs::BEIJING, &facts);
    // Without `x` only `b` would change; what remains of `x` takes the whole account from both.
    let later = answer["changes"][0]["later"].as_array().unwrap();
    let told = |bill: &Value| {
        let account = |when: &str| bill[when]["account"].as_str().unwrap().to_owned();
        format!("{} {} {}", bill["id"].as_str().unwrap(), account("before"), account("after"))
    };
    let told: Vec<String> = later.iter().map(told).collect();
    assert_eq!(told, ["a 5.00 0.00", "b 5.00 0.00"], "{answer}");
}

#[test]
fn what_a_cancel_leaves_of_a_stay_is_not_handed_on() {
    let stay = |id: &str, stay: &str, on: &str| {
        json!({ "bill": { "encounter": { "id": id, "care": "inpatient", "level": "tier3",
            "admitted": on, "discharged": on, "stay": { "id": stay, "closes": false } },
            "totals": { "in_scope": "5000.00" } } })
    };
    let first = [stay("a", "s", "2024-02-05"), stay("b", "s", "2024-02-06")];
    let next = visit("c", "2025-02-05", "10.00");
    let of_stays = |facts: &[Value]| -> Vec<bool> {
        let answer = ask(KEEP, facts);
        let states = answer["states"].as_array().unwrap().iter();
        let counters = states.map(|state| state["counters"].as_object().unwrap());
        counters.map(|held| held.keys().any(|name| name.starts_with("stay:s."))).collect()
    };
    let [a, b] = first;
    assert_eq!(of_stays(&[a.clone(), b.clone(), next.clone()]), [true, true]);
    // The cancel takes the ordinal with it; the second bill's counters stay where they are.
    assert_eq!(of_stays(&[a, b, json!({ "cancel": "a" }), next]), [true, false]);
}

/// What a list of facts under a pack comes to, of a member that says nothing else.
fn of(pack: &str, facts: &Value) -> Value {
    let message = json!({ "contract": 1, "pack": pack, "member": { "id": "m-1", "person": "active", "age": 40 },
        "replay": facts });
    serde_json::from_str(&engine().call(&message.to_string()).json(Lang::En)).unwrap()
}

#[test]
fn claims_of_one_day_are_settled_by_the_time_of_their_bills() {
    let bill = |id: &str, time: &str| {
        json!({ "bill": { "encounter": { "id": id, "admitted": "2024-03-01", "time": time },
            "totals": { "in_scope": "1000.00" } } })
    };
    let facts = json!([
        { "event": "outage", "id": "o", "on": "2024-03-01", "at": "09:00" },
        bill("first", "09:10"), bill("second", "10:29"),
        { "event": "outage_ends", "id": "e", "on": "2024-03-01", "at": "11:00" },
        { "claim": { "id": "z", "of": "first", "on": "2024-03-05" } },
        { "claim": { "id": "a", "of": "second", "on": "2024-03-05" } },
    ]);
    let answer = of("000000-suspension", &facts);
    let claims = answer["claims"].as_array().unwrap().iter();
    // 1,000.00 are the deductible: the first visit's, whatever its claim is called.
    let paid: Vec<String> = claims.map(|c| format!("{} {}", c["id"], c["paid"])).collect();
    assert_eq!(paid, ["\"z\" \"0.00\"", "\"a\" \"800.00\""], "{answer}");
}

#[test]
fn the_account_opens_with_the_first_bill_that_stands() {
    let with = |id: &str, on: &str, balance: &str| {
        let mut bill = visit(id, on, "400.00");
        bill["bill"]["member"] = json!({
            "account": { "balance": balance } });
        bill
    };
    let [a, b] = [with("a", "2024-02-05", "500.00"), with("b", "2024-02-07", "300.00")];
    let answer = |facts: &[Value]| of(packs::BEIJING, &json!(facts));
    let alone = answer(std::slice::from_ref(&b));
    let taken = answer(&[a.clone(), json!({ "cancel": "a" }), b.clone()]);
    assert_eq!(taken["settlements"], alone["settlements"]);
    assert_eq!(alone["balance"], "0.00");
    let (one, two) = (answer(&[a.clone(), b.clone()]), answer(&[b, a]));
    assert_eq!(one["settlements"], two["settlements"]);
    assert_eq!((&one["balance"], &two["balance"]), (&json!("0.00"), &json!("0.00")));
}

#[test]
fn what_was_given_back_is_not_refused_for_a_bill_that_comes_late() {
    let facts = [
        visit("a", "2024-03-05", "1000.00"),
        back("r", "a", "2024-03-06", Some("30.00")),
        visit("late", "2024-02-01", "1800.00"),
    ];
    let answer = ask(packs::BEIJING, &facts);
    assert_eq!(answer["status"], "replayed", "{answer}");
    // The late bill meets the deductible, so that the fund has a part in `a` now.
    assert_eq!(answer["inconsistent"], json!(["r"]));
    assert_ne!(answer["settlements"][1]["amounts"]["fund"], "0.00");
    let refund = &answer["refunds"][0];
    assert_eq!((&refund["cash"], &refund["account"]), (&json!("30.00"), &json!("0.00")));
    let [bill, refund, late] = facts;
    let refused = ask(packs::BEIJING, &[bill, late, refund]);
    assert_eq!(refused["errors"][0]["code"], "S033", "{refused}");
}

#[test]
fn a_claim_that_was_open_stays_with_nothing_paid() {
    let paid_on = |month: &str, on: &str| json!({ "contribution": { "month": month, "due": "300.00", "paid": "300.00", "on": on } });
    let facts = json!([
        paid_on("2024-01", "2024-01-10"), paid_on("2024-02", "2024-02-28"),
        { "bill": { "encounter": { "id": "b", "care": "outpatient", "level": "tier3",
            "admitted": "2024-02-26" }, "totals": { "in_scope": "260.00" } } },
        { "claim": { "id": "c", "of": "b", "on": "2024-03-20" } },
        // It was paid in time after all: the card had never been frozen.
        paid_on("2024-02", "2024-02-20"),
    ]);
    let known = facts.as_array().unwrap();
    let before = of("440100-employee", &json!(known[..4]));
    let paid = before["claims"][0]["paid"].clone();
    assert_eq!(paid, json!("169.00"), "{before}");
    let answer = of("440100-employee", &facts);
    assert_eq!(answer["inconsistent"], json!(["c"]), "{answer}");
    assert_eq!(answer["claims"][0]["paid"], "0.00");
    let later = answer["changes"][0]["later"].as_array().unwrap();
    let claim = later.iter().find(|change| change["id"] == "c").unwrap();
    assert_eq!((&claim["before"]["fund"], &claim["after"]["fund"]), (&paid, &json!("0.00")));
}

#[test]
fn a_refusal_of_another_fact_says_which() {
    let stay = |id: &str, on: &str, joins: Option<&str>| {
        json!({ "bill": { "encounter": { "id": id, "care": "inpatient", "level": "tier3",
            "admitted": on, "discharged": on, "category": "local",
            "stay": { "id": "s1", "closes": false, "joins": joins } },
            "totals": { "in_scope": "5000.00" } } })
    };
    let mut first = stay("b1", "2017-03-01", None);
    first["bill"]["encounter"]["stay"].as_object_mut().unwrap().remove("joins");
    let facts = json!([first, stay("b2", "2017-03-09", Some("transfer")), { "cancel": "b1" }]);
    let answer = of("120000-offsite", &facts);
    assert_eq!(answer["errors"][0]["path"], "$.replay[1].bill.encounter.stay.joins", "{answer}");
}

#[test]
fn what_is_said_twice_for_a_day_is_refused() {
    let becomes = |person: &str| json!({ "becomes": { "on": "2024-03-01", "person": person } });
    let bill = visit("a", "2024-03-05", "100.00");
    let same = ask(packs::BEIJING, &[bill.clone(), becomes("retired"), becomes("retired")]);
    assert_eq!(same["status"], "replayed", "{same}");
    let other = ask(packs::BEIJING, &[bill, becomes("retired"), becomes("active")]);
    let error = &other["errors"][0];
    assert_eq!(error["path"], "$.replay[2].becomes.person", "{other}");
    assert_eq!((&error["code"], &error["clause"]), (&json!("S041"), &json!("§13")));
}

#[test]
fn an_id_that_a_segment_of_another_bill_may_have_is_refused() {
    let answers = |first: &str, second: &str| {
        let bills = [visit(first, "2024-03-05", "1.00"), visit(second, "2024-03-06", "1.00")];
        ask(packs::BEIJING, &bills)
    };
    for (first, second) in [("a", "a/1"), ("a/12", "a"), ("a/b", "a/b/3")] {
        let answer = answers(first, second);
        let error = &answer["errors"][0];
        assert_eq!((&error["code"], &error["value"]), (&json!("S003"), &json!(first)));
        assert_eq!(error["path"], "$.replay[1].bill.encounter.id");
    }
    for (first, second) in [("a", "a/0"), ("a", "a/01"), ("a", "a/x"), ("a", "a/"), ("a", "b/1")] {
        assert_eq!(answers(first, second)["status"], "replayed", "{first} {second}");
    }
}

#[test]
fn packs_that_treat_late_facts_otherwise_are_refused_in_one_list() {
    let mut kept = visit("b", "2024-03-06", "1.00");
    kept["bill"]["pack"] = json!(KEEP);
    let bills = [visit("a", "2024-03-05", "1.00"), kept];
    let error = &ask(packs::BEIJING, &bills)["errors"][0];
    assert_eq!((&error["code"], &error["path"]), (&json!("S042"), &json!("$.replay")));
    assert_eq!((&error["value"], &error["clause"]), (&json!(packs::BEIJING), &json!("§13")));
    assert_eq!(ask(KEEP, &bills[1..])["status"], "replayed");
}

#[test]
fn too_many_facts_are_refused() {
    let bills = (0..5_001).map(|n| visit(&format!("b{n}"), "2024-03-05", "1.00"));
    let answer = ask(packs::BEIJING, &bills.collect::<Vec<_>>());
    let error = &answer["errors"][0];
    assert_eq!((&error["code"], &error["path"]), (&json!("I060"), &json!("$.replay")));
}

/// One stay over the new year, in bills that end and begin on these days, under a pack that cuts
/// at the new year; each bill of 6,000.00. The deductibles of all, and the stays still open.
fn over_the_year(second: &str, days: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let bills = days.iter().enumerate().map(|(index, (from, to))| {
        let closes = index + 1 == days.len();
        json!({ "bill": { "params": { "second_deductible": second }, "encounter": {
            "id": format!("i{index}"), "care": "inpatient", "admitted": from, "discharged": to,
            "stay": { "id": "s1", "closes": closes } }, "totals": { "in_scope": "6000.00" } } })
    });
    let answer = of("000000-cross-year", &json!(bills.collect::<Vec<_>>()));
    let settlements = answer["settlements"].as_array().unwrap().iter();
    let deductibles = settlements
        .map(|s| format!("{} {}", s["id"], s["amounts"]["deductible"]).replace('"', ""))
        .collect();
    let states = answer["states"].as_array().unwrap().iter();
    let names = states.flat_map(|state| state["counters"].as_object().unwrap().keys());
    let open = names.filter(|name| name.starts_with("stay:") && name.ends_with(".ordinal"));
    (deductibles, open.cloned().collect())
}

#[test]
fn a_second_deductible_is_one_however_a_stay_is_billed() {
    let cut = [("2023-12-22", "2024-01-11"), ("2024-01-11", "2024-01-21")];
    let (deductibles, open) = over_the_year("charge", &cut);
    assert_eq!(deductibles, ["i0/1 1000.00", "i0/2 1000.00", "i1 0.00"]);
    assert!(open.is_empty(), "{open:?}");
    let meeting = [("2023-12-22", "2023-12-31"), ("2024-01-01", "2024-01-21")];
    let (deductibles, open) = over_the_year("charge", &meeting);
    assert_eq!(deductibles, ["i0 1000.00", "i1 1000.00"]);
    // The state of the old year keeps the record with which that year ended.
    assert_eq!(open, ["stay:s1.ordinal"]);
    let (deductibles, _) = over_the_year("waive", &meeting);
    assert_eq!(deductibles, ["i0 1000.00", "i1 0.00"]);
    // Between two bills of one year nothing is cut.
    let within = [("2023-12-22", "2023-12-29"), ("2023-12-30", "2023-12-31")];
    let (deductibles, _) = over_the_year("charge", &within);
    assert_eq!(deductibles, ["i0 1000.00", "i1 0.00"]);
}
