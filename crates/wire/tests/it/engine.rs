//! Refusals that need a pack: one row a change to a good message, with what it is refused for.
//!
//! Every row is also a test that a refusal changes nothing: the good message is settled before
//! and after it with the same bytes, and as by an engine that saw nothing else.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use serde_json::Value;
use tongchou_wire::engine::{Answer, Engine};
use tongchou_wire::error::{Lang, Refusal};

use crate::packs;

const INPATIENT: &str = r#"{
  "contract": 1, "pack": "110000-employee",
  "params": {"cap_backsolve": "truncate"},
  "year_to_date": {"admissions": 1, "pool.paid": "100.00"},
  "member": {"id": "m", "person": "retired", "age": 67, "account": {"balance": "100.00"}},
  "encounter": {"id": "e1", "care": "inpatient", "level": "tier3",
    "admitted": "2024-03-01", "discharged": "2024-03-09"},
  "lines": [
    {"id": "a", "class": "A", "price": "200.50", "quantity": "10", "amount": "2005.00"},
    {"id": "b", "class": "B", "kind": "drug", "price": "0.333333", "quantity": "3",
     "amount": "1.00", "date": "2024-03-02"}],
  "stated_total": "2006.00", "hospital_share": "10.00"
}"#;

const OUTPATIENT: &str = r#"{
  "contract": 1, "pack": "110000-employee",
  "year_to_date": {"outpatient.position": "1999.00", "outpatient.deductible_used": "1300.00"},
  "member": {"id": "m", "person": "retired", "born": "1957-02-28"},
  "encounter": {"id": "e1", "care": "outpatient", "level": "tier2", "admitted": "2024-03-01"},
  "totals": {"in_scope": "100.00", "full_self": "9.00"}
}"#;

/// A change to a message: what stands there, and what is sent instead.
type Change<'a> = (&'a str, &'a str);

/// A change and its refusal: code, path and value.
type Row<'a> = (Change<'a>, [&'a str; 3]);

/// Sends a good message with each change by turns to one engine.
#[track_caller]
fn table(good: &str, rows: &[Row<'_>]) {
    let mut engine = packs::engine();
    let settled = answered(&mut engine, good);
    for ((from, to), expected) in rows {
        assert_eq!(good.matches(from).count(), 1, "`{from}` must stand in the message once");
        let refusal = refused(&mut engine, &good.replace(from, to));
        let found = [refusal.code.text(), refusal.path.as_str(), refusal.value.as_str()];
        assert_eq!(found, *expected, "{from} → {to}: {refusal}");
        assert_eq!(answered(&mut engine, good), settled, "after {from} → {to}");
    }
    assert_eq!(answered(&mut packs::engine(), good), settled);
}

/// The answer to a message that must not be refused.
#[track_caller]
fn answered(engine: &mut Engine, text: &str) -> String {
    match engine.call(text) {
        Answer::Refused(refusal) => panic!("{refusal}: {text}"),
        answer => answer.json(Lang::En),
    }
}

#[track_caller]
fn refused(engine: &mut Engine, text: &str) -> Refusal {
    match engine.call(text) {
        Answer::Refused(refusal) => *refusal,
        answer => panic!("accepted: {}", answer.json(Lang::En)),
    }
}

#[track_caller]
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn packs_and_parameters() {
    let pack = r#""110000-employee""#;
    let params = r#"{"cap_backsolve": "truncate"}"#;
    table(
        INPATIENT,
        &[
            ((pack, r#""110000""#), ["P001", "$.pack", "110000"]),
            ((pack, r#""110000@2024-01-01""#), ["P001", "$.pack", "110000"]),
            ((pack, r#""110000-employee@2018-12-31""#), ["P002", "$.pack", "2018-12-31"]),
            ((pack, r#""110000-employee@2027-01-01""#), ["P002", "$.pack", "2027-01-01"]),
            ((pack, r#""@2024-01-01""#), ["I057", "$.pack", "@2024-01-01"]),
            ((pack, r#""110000-employee@""#), ["I057", "$.pack", "110000-employee@"]),
            ((pack, r#""110000 employee""#), ["I057", "$.pack", "110000 employee"]),
            ((params, r#"{"cap": "x"}"#), ["P003", "$.params.cap", "cap"]),
            ((params, r#"{"cap_backsolve": "up"}"#), ["P004", "$.params.cap_backsolve", "up"]),
            ((params, r#"{"cap_backsolve": ""}"#), ["P004", "$.params.cap_backsolve", ""]),
        ],
    );
}

#[test]
fn days() {
    let stay = r#""admitted": "2024-03-01", "discharged": "2024-03-09""#;
    let date = r#""date": "2024-03-02""#;
    let (discharged, line) = ("$.encounter.discharged", "$.lines[1].date");
    table(
        INPATIENT,
        &[
            (
                (stay, r#""admitted": "2024-03-09", "discharged": "2024-03-08""#),
                ["I021", discharged, "2024-03-08"],
            ),
            (
                (stay, r#""admitted": "2026-12-20", "discharged": "2027-01-01""#),
                ["P002", discharged, "2027-01-01"],
            ),
            ((stay, r#""admitted": "2018-12-31""#), ["P002", "$.encounter.admitted", "2018-12-31"]),
            ((stay, r#""admitted": "2024-03-01""#), ["I022", line, "2024-03-02"]),
            ((date, r#""date": "2024-02-29""#), ["I022", line, "2024-02-29"]),
            ((date, r#""date": "2024-03-10""#), ["I022", line, "2024-03-10"]),
            ((r#""age": 67"#, r#""born": "2024-03-10""#), ["I023", "$.member.born", "2024-03-10"]),
            (
                (r#""age": 67"#, r#""born": "1900-01-01", "age": 67"#),
                ["I025", "$.member", "age and born 1900-01-01"],
            ),
        ],
    );
}

/// A line may be dated before the pack began although the bill is not; `@` chooses for all.
#[test]
fn a_line_before_the_life_of_the_pack() {
    let early = INPATIENT
        .replace(
            r#""admitted": "2024-03-01", "discharged": "2024-03-09""#,
            r#""admitted": "2018-12-30", "discharged": "2019-01-02""#,
        )
        .replace("2024-03-02", "2018-12-31");
    let refusal = refused(&mut packs::engine(), &early);
    let found = [refusal.code.text(), refusal.path.as_str(), refusal.value.as_str()];
    assert_eq!(found, ["P002", "$.lines[1].date", "2018-12-31"]);
    answered(&mut packs::engine(), &early.replace("-employee\"", "-employee@2019-01-01\""));
}

#[test]
fn dimensions() {
    let level = r#""level": "tier3","#;
    table(
        INPATIENT,
        &[
            ((level, r#""level": "tier4","#), ["I030", "$.encounter.level", "tier4"]),
            ((level, ""), ["I031", "$.encounter.level", "level"]),
            ((r#""person": "retired","#, ""), ["I031", "$.member.person", "person"]),
            ((r#""care": "inpatient","#, ""), ["I031", "$.encounter.care", "care"]),
            ((r#""class": "A","#, ""), ["I031", "$.lines[0].class", "class"]),
            ((r#""class": "A""#, r#""class": "D""#), ["I030", "$.lines[0].class", "D"]),
            (
                (r#""kind": "drug""#, r#""kind": "dialysis""#),
                ["I032", "$.lines[1].kind", "dialysis"],
            ),
            (
                (r#""care": "inpatient""#, r#""care": "observation""#),
                ["I032", "$.encounter.care", "observation"],
            ),
            (
                (r#""person": "retired""#, r#""person": "retired", "status": "suspended""#),
                ["I032", "$.member.status", "suspended"],
            ),
            // Dimensions that the pack does not have take their usual values only.
            (
                (level, r#""level": "tier3", "category": "abroad","#),
                ["I030", "$.encounter.category", "abroad"],
            ),
        ],
    );
    let born = r#", "born": "1957-02-28""#;
    table(
        OUTPATIENT,
        &[
            ((born, ""), ["I025", "$.member.age", "neither"]),
            ((born, r#", "born": "1860-02-28""#), ["I020", "$.member.born", "1860-02-28"]),
        ],
    );
}

#[test]
fn a_suggestion_is_made_where_one_is_near() {
    let mut engine = packs::engine();
    let mut help = |from: &str, to: &str| {
        refused(&mut engine, &INPATIENT.replace(from, to)).render(Lang::En).help
    };
    assert_eq!(
        help("tier3", "teir3"),
        "use a known value; did you mean `tier3`? one of: tier1, tier2, tier3, community"
    );
    assert_eq!(
        help("cap_backsolve", "cap_backsolv"),
        "name a parameter of the pack; did you mean `cap_backsolve`? one of: cap_backsolve, \
         outpatient_origin, retired_supplement, supplement_base"
    );
    assert_eq!(
        help("\"pool.paid\"", "\"pool.pay\""),
        "use a counter of the pack; did you mean `pool.paid`? one of: outpatient.deductible_used, \
         outpatient.position, outpatient.paid, pool.paid, large.paid, admissions"
    );
    assert_eq!(help("truncate", "up"), "choose an allowed value; one of: nearest, truncate");
}

#[test]
fn fees() {
    let a = r#""price": "200.50", "quantity": "10", "amount": "2005.00""#;
    let most = |n| format!(r#""price": "10000000000", "quantity": "{n}", "amount": "10000000000""#);
    table(
        INPATIENT,
        &[
            ((r#""amount": "1.00""#, r#""amount": "0.99""#), ["I042", "$.lines[1].amount", "0.99"]),
            ((r#""amount": "1.00""#, r#""amount": "1.01""#), ["I042", "$.lines[1].amount", "1.01"]),
            ((a, &most("2")), ["I042", "$.lines[0].amount", "10000000000.00"]),
            ((r#""2006.00""#, r#""2006.01""#), ["I043", "$.stated_total", "2006.01"]),
            ((r#""2006.00""#, r#""2005.99""#), ["I043", "$.stated_total", "2005.99"]),
            ((r#""2006.00""#, r#""0""#), ["I043", "$.stated_total", "0.00"]),
            ((a, &most("1")), ["I045", "$.lines", "10000000001.00"]),
        ],
    );
    table(
        OUTPATIENT,
        &[((r#""9.00""#, r#""10000000000.00""#), ["I045", "$.totals", "10000000100.00"])],
    );
}

#[test]
fn the_share_of_the_hospital() {
    // 650.00 of 2,006.00 is the deductible, 0.10 the pre-pay of line b; half of 9 % of the rest
    // stays with the person after the supplement.
    let mut engine = packs::engine();
    let settled = value(&answered(&mut engine, INPATIENT));
    let fen = |name: &str| -> i64 {
        settled["amounts"][name].as_str().unwrap().replace('.', "").parse().unwrap()
    };
    let most = fen("person") + fen("hospital");
    let share = |fen: i64| format!("\"{}.{:02}\"", fen / 100, fen % 100);
    let given = r#""10.00""#;
    let taken = answered(&mut engine, &INPATIENT.replace(given, &share(most)));
    assert_eq!(value(&taken)["amounts"]["person"], "0.00");
    let above = share(most + 1);
    let row = ((given, above.as_str()), ["S001", "$.hospital_share", above.trim_matches('"')]);
    table(INPATIENT, &[row]);
}

#[test]
fn counters() {
    let paid = r#""pool.paid": "100.00""#;
    let path = |counter: &str| format!("$.year_to_date.{counter}");
    let rows = ["pool.used", "pool.position", "pool.deductible_used", "stay:s.bills", "paid"];
    for counter in rows {
        let given = format!("\"{counter}\": 1");
        table(INPATIENT, &[((paid, &given), ["I055", &path(counter), counter])]);
    }
    let position = r#""outpatient.position": "1999.00""#;
    let full = r#""outpatient.position": "9999999999.99""#;
    table(OUTPATIENT, &[((position, full), ["S002", "$.encounter", "outpatient.position"])]);
}

/// The same bill under an id, after a state instead of counters.
fn continued(first: &str, id: &str, state: &Value) -> String {
    let counters = first.lines().find(|line| line.contains("year_to_date")).unwrap();
    first
        .replace(counters, &format!("\"state\": {state},"))
        .replace(r#""id": "e1""#, &format!(r#""id": "{id}""#))
}

/// A message after the state that the first one handed back.
fn second() -> String {
    let settled = answered(&mut packs::engine(), INPATIENT);
    continued(INPATIENT, "e2", &value(&settled)["state"])
}

#[test]
fn states() {
    let good = second();
    let state = value(&good)["state"].clone();
    let hash = state["hash"].as_str().unwrap();
    let damaged = ["I053", "$.state.hash", hash];
    let member = r#""member": {"id": "m""#;
    table(
        &good,
        &[
            ((member, r#""member": {"id": "m2""#), ["I050", "$.state.member", "m"]),
            ((r#""member": {"id": "m", "#, r#""member": {"#), ["I050", "$.state.member", "m"]),
            ((r#""id": "e2""#, r#""id": "e1""#), ["S003", "$.encounter.id", "e1"]),
            (
                (r#""state": {"#, r#""year_to_date": {"admissions": 1}, "state": {"#),
                ["I054", "$.year_to_date", "year_to_date"],
            ),
            ((r#""member":"m""#, r#""member":"m3""#), damaged),
            ((r#""admissions":2"#, r#""admissions":1"#), damaged),
            ((r#""seq":1"#, r#""seq":2"#), damaged),
            ((r#""year":2024"#, r#""year":2025"#), damaged),
            ((r#""pack":"110000-employee""#, r#""pack":"220282-large""#), damaged),
            ((hash, "00"), ["I053", "$.state.hash", "00"]),
            (
                (r#""discharged": "2024-03-09""#, r#""discharged": "2025-01-02""#),
                ["I052", "$.state.year", "2024"],
            ),
        ],
    );
}

#[test]
fn the_state_of_another_pack() {
    let huadian = second()
        .replace(r#""pack": "110000-employee""#, r#""pack": "220282-large""#)
        .replace(r#""params": {"cap_backsolve": "truncate"},"#, "");
    let refusal = refused(&mut packs::engine(), &huadian);
    let found = [refusal.code.text(), refusal.path.as_str(), refusal.value.as_str()];
    assert_eq!(found, ["I051", "$.state.pack", "110000-employee"]);
}

#[test]
fn stays() {
    let visit = r#""admitted": "2024-03-01"}"#;
    let stay = r#""admitted": "2024-03-01", "stay": {"id": "s", "closes": false}}"#;
    table(OUTPATIENT, &[((visit, stay), ["S005", "$.encounter.stay", "outpatient"])]);

    let mut engine = packs::engine();
    let discharged = r#""discharged": "2024-03-09""#;
    let interim = |bill: &str, id: &str| {
        let stay = format!(r#"{discharged}, "stay": {{"id": "{id}", "closes": false}}"#);
        bill.replace(discharged, &stay)
    };
    let mut bill = INPATIENT.to_owned();
    for n in 1..=4 {
        let settled = value(&answered(&mut engine, &interim(&bill, &format!("s{n}"))));
        let state = &settled["state"];
        assert_eq!(state["counters"][format!("stay:s{n}.ordinal")], n + 1, "one was before");
        bill = continued(INPATIENT, &format!("e{}", n + 1), state);
    }
    answered(&mut engine, &interim(&bill, "s4"));
    let fifth = interim(discharged, "s5");
    table(&bill, &[((discharged, &fifth), ["S004", "$.encounter.stay.id", "s5"])]);
}

/// A message that takes a settlement back, under a state or its own.
fn cancel(settlement: &Value, state: Option<&Value>) -> String {
    let state = state.map_or(String::new(), |state| format!(",\"state\":{state}"));
    format!("{{\"contract\":1,\"cancel\":{settlement}{state}}}")
}

#[test]
fn cancels() {
    let mut engine = packs::engine();
    let first = value(&answered(&mut engine, INPATIENT));
    let last = value(&answered(&mut engine, &second()));
    let (hash, state) = (last["hash"].as_str().unwrap(), last["state"]["hash"].as_str().unwrap());
    let altered = ["S011", "$.cancel.hash", hash];
    let fund = format!("\"fund\":{}", last["amounts"]["fund"]);
    table(
        &cancel(&last, None),
        &[
            ((&fund, r#""fund":"2006.00""#), altered),
            ((r#""total":"2006.00""#, r#""total":"2005.00""#), altered),
            (
                (r#""status":"settled""#, r#""status":"settled","admission":9"#),
                ["I005", "$.cancel.admission", "admission"],
            ),
            ((r#""admission":3"#, r#""admission":2"#), altered),
            ((r#""counter":"pool.paid""#, r#""counter":"large.paid""#), altered),
            ((r#""seq":2,"state""#, r#""seq":3,"state""#), altered),
            ((r#""admissions":3"#, r#""admissions":4"#), ["I053", "$.cancel.state.hash", state]),
        ],
    );
    let mut alone = last.clone();
    alone.as_object_mut().unwrap().remove("state");
    let after = &last["state"];
    table(
        &cancel(&alone, Some(after)),
        &[
            ((&format!(",\"state\":{after}"), ""), ["S012", "$.state", "e2"]),
            ((&after.to_string(), &first["state"].to_string()), ["S010", "$.cancel", "e2"]),
        ],
    );
    let early = cancel(&first, Some(after));
    let refusal = refused(&mut engine, &early);
    assert_eq!([refusal.code.text(), &refusal.path, &refusal.value], ["S010", "$.cancel", "e1"]);
    assert_eq!(refusal.render(Lang::En).help, "cancel e2 first");
}

#[test]
fn a_second_cancel_is_refused() {
    let mut engine = packs::engine();
    let last = value(&answered(&mut engine, &second()));
    let message = cancel(&last, None);
    let once = answered(&mut engine, &message);
    let cancelled = value(&once);
    assert_eq!(cancelled["state"], value(&second())["state"]);
    let again = cancel(&last, Some(&cancelled["state"]));
    let refusal = refused(&mut engine, &again);
    assert_eq!([refusal.code.text(), &refusal.path, &refusal.value], ["S010", "$.cancel", "e2"]);
    // A value is answered, nothing is kept: the same message has the same answer.
    assert_eq!(answered(&mut engine, &message), once);
}

#[test]
fn cancels_under_the_state_of_another() {
    let mut engine = packs::engine();
    let settled = value(&answered(&mut engine, INPATIENT));
    let mut under = |from: &str, to: &str, expected: [&str; 3]| {
        let other = value(&answered(&mut packs::engine(), &INPATIENT.replace(from, to)));
        let refusal = refused(&mut engine, &cancel(&settled, Some(&other["state"])));
        let found = [refusal.code.text(), refusal.path.as_str(), refusal.value.as_str()];
        assert_eq!(found, expected, "{refusal}");
    };
    under(r#"{"id": "m","#, r#"{"id": "n","#, ["I050", "$.state.member", "n"]);
    under("2024-03-", "2025-03-", ["I052", "$.state.year", "2025"]);
    under("\"e1\"", "\"e9\"", ["S010", "$.cancel", "e1"]);
    // The same id, but another bill.
    under("\"10.00\"", "\"11.00\"", ["S010", "$.cancel", "e1"]);

    let huadian = INPATIENT
        .replace("110000-employee", "220282-large")
        .replace(r#""params": {"cap_backsolve": "truncate"},"#, "")
        .replace(r#", "pool.paid": "100.00""#, "");
    let other = value(&answered(&mut engine, &huadian));
    let refusal = refused(&mut engine, &cancel(&settled, Some(&other["state"])));
    let found = [refusal.code.text(), refusal.path.as_str(), refusal.value.as_str()];
    assert_eq!(found, ["I051", "$.state.pack", "220282-large"]);
}

/// What only explains may be left out, or be there: it is no part of the settlement.
#[test]
fn cancels_with_and_without_a_trace() {
    let mut engine = packs::engine();
    let explained = INPATIENT.replace("\"contract\": 1,", "\"contract\": 1, \"explain\": true,");
    let (plain, traced) =
        (value(&answered(&mut engine, INPATIENT)), value(&answered(&mut engine, &explained)));
    assert!(traced["trace"].as_array().is_some_and(|trace| !trace.is_empty()));
    let cancelled = answered(&mut engine, &cancel(&plain, None));
    assert_eq!(answered(&mut engine, &cancel(&traced, None)), cancelled);
}
