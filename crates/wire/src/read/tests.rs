//! Every refusal of the reader, and what it accepts in more than one spelling.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::amount::{Date, Measure, Yuan};
use crate::request::{Bill, Count};

use super::*;

const BASE: &str = r#"{
  "contract": 1, "pack": "110000-employee",
  "params": {"round_side": "fund"},
  "state": {
    "contract": 1, "member": "m", "pack": "110000-employee", "year": 2024, "seq": 2,
    "last": {"id": "e0", "hash": "h0"},
    "counters": {"pool.paid": "10.00", "admissions": 1}, "hash": "h"},
  "member": {"id": "m", "person": "retired", "age": 61, "red_list": "no",
    "account": {"balance": "100.00", "mutual_aid": "5.00"}},
  "encounter": {"id": "e1", "care": "inpatient", "admitted": "2024-03-01",
    "discharged": "2024-03-09", "use_account": true, "stay": {"id": "s", "closes": false}},
  "lines": [
    {"id": "a", "class": "A", "price": "12.5", "quantity": "2", "amount": "25.00"},
    {"id": "b", "class": "B", "price": "0.333333", "quantity": "3", "amount": "1.00",
     "limit": "0.3", "prepay": "10%", "date": "2024-03-02", "restricted": true}],
  "stated_total": "26.00", "hospital_share": "0.00", "explain": true
}"#;

const CANCEL: &str = r#"{
  "contract": 1,
  "cancel": {
    "contract": 1, "status": "settled", "id": "e1", "member": "m",
    "pack": {"id": "110000-employee", "date": "2024-03-09", "hash": "p"},
    "params": {"round_side": "fund"}, "year": 2024, "fund_standing": "normal", "admission": 1,
    "amounts": {"total": "26.00", "full_self": "0.00", "over_limit": "0.00", "prepay": "0.00",
      "in_scope": "26.00", "fixed": "0.00", "fixed_self": "0.00", "deductible": "26.00",
      "fund": "0.00", "hospital": "0.00", "account": "26.00", "mutual_aid": "0.00",
      "cash": "0.00", "person": "26.00"},
    "layers": [{"id": "pool", "fund_code": "310100", "entered": "26.00", "deductible": "26.00",
      "paid": "0.00", "self": "0.00", "over": "0.00", "capped": false}],
    "lines": [{"id": "a", "full_self": "0.00", "over_limit": "0.00", "prepay": "0.00",
      "in_scope": "26.00", "fixed": "0.00", "fixed_self": "0.00"}],
    "postings": [{"counter": "admissions", "delta": 1},
      {"counter": "stay:s.pool.paid", "delta": "-3.00"}, {"counter": "stay:s.bills", "delta": -1}],
    "balance": "74.00", "seq": 3, "previous": {"id": "e0", "hash": "h0"}, "hash": "h1",
    "trace": [{"step": "band"}, 7]
  }
}"#;

/// A message with one part changed is refused with this code, path and value.
#[track_caller]
fn refused(message: &str, from: &str, to: &str, code: &str, path: &str, value: &str) {
    assert_eq!(message.matches(from).count(), 1, "`{from}` must stand in the message once");
    let refusal = super::message(&message.replace(from, to)).unwrap_err();
    let found = (refusal.code.text(), refusal.path.as_str(), refusal.value.as_str());
    assert_eq!(found, (code, path, value), "{from} → {to}: {refusal}");
}

#[track_caller]
fn table(message: &str, rows: &[[&str; 5]]) {
    for [from, to, code, path, value] in rows {
        refused(message, from, to, code, path, value);
    }
}

#[track_caller]
fn request(text: &str) -> Request {
    match message(text) {
        Ok(Message::Settle(request)) => *request,
        other => panic!("not a request: {other:?}"),
    }
}

#[test]
fn whole_request_is_read() {
    let request = request(BASE);
    assert_eq!(request.params["round_side"], "fund");
    let state = request.state.unwrap();
    assert_eq!(state.counters["pool.paid"], Count::Money(Yuan(1000)));
    assert_eq!(state.counters["admissions"], Count::Number(1));
    assert_eq!(state.last.unwrap().hash, "h0");
    assert_eq!(request.member.facts.red_list.as_deref(), Some("no"));
    assert_eq!(request.member.account.unwrap().mutual_aid, Some(Yuan(500)));
    assert_eq!(request.encounter.discharged, Some(Date { year: 2024, month: 3, day: 9 }));
    let Bill::Lines(lines) = request.bill else { panic!("lines") };
    assert_eq!(lines[1].facts.restricted.as_deref(), Some("yes"));
    assert_eq!(lines[1].prepay, Some(100_000));
    assert_eq!(lines[1].limit, Some(Measure::read("0.3", 6).unwrap()));
    assert!(request.explain);
}

#[test]
fn whole_cancel_is_read_without_its_trace() {
    let Ok(Message::Cancel(cancel)) = message(CANCEL) else { panic!("not a cancel") };
    assert_eq!(cancel.cancel.trace, None);
    assert_eq!(cancel.cancel.postings[1].delta, Count::Money(Yuan(-300)));
    assert_eq!(cancel.cancel.postings[2].delta, Count::Number(-1));
    assert_eq!(cancel.state, None);
}

#[test]
fn amounts_have_one_value_in_every_spelling() {
    for text in ["\"12.3\"", "\"12.30\"", "\"12.300\"", "12.3", "12.30", "12.300000", "\"012.3\""] {
        let request = request(&BASE.replace("\"26.00\"", text));
        assert_eq!(request.stated_total, Some(Yuan(1230)), "{text}");
    }
    for (text, fen) in [("0", 0), ("-0", 0), ("\"-0.00\"", 0), ("10000000000.00", 10_i64.pow(12))] {
        let request = request(&BASE.replace("\"26.00\"", text));
        assert_eq!(request.stated_total, Some(Yuan(fen)), "{text}");
    }
}

#[test]
fn shares_are_text_or_numbers() {
    for (text, ppm) in
        [("\"10%\"", 100_000), ("0.1", 100_000), ("\"0.10\"", 100_000), ("1", 1_000_000), ("0", 0)]
    {
        let request = request(&BASE.replace("\"10%\"", text));
        let Bill::Lines(lines) = request.bill else { panic!("lines") };
        assert_eq!(lines[1].prepay, Some(ppm), "{text}");
    }
}

#[test]
fn messages_as_a_whole() {
    for (text, code, path, value) in [
        ("[]", "I002", "$", "[…]"),
        ("1", "I002", "$", "1"),
        ("null", "I002", "$", "null"),
        ("{}", "I003", "$.contract", "contract"),
        (r#"{"contract": 1}"#, "I003", "$.pack", "pack"),
        (r#"{"contract": 1, "cancel": {}}"#, "I003", "$.cancel.contract", "contract"),
        (r#"{"contract": 1, "cancel": null}"#, "I002", "$.cancel", "null"),
    ] {
        refused(text, text, text, code, path, value);
    }
    table(
        BASE,
        &[
            ["\"contract\": 1, \"pack\"", "\"contract\": 2, \"pack\"", "I006", "$.contract", "2"],
            [
                "\"contract\": 1, \"pack\"",
                "\"contract\": 1.0, \"pack\"",
                "I006",
                "$.contract",
                "1.0",
            ],
            [
                "\"contract\": 1, \"pack\"",
                "\"contract\": \"1\", \"pack\"",
                "I002",
                "$.contract",
                "\"1\"",
            ],
            ["\"explain\": true", "\"explane\": true", "I004", "$.explane", "explane"],
            ["\"explain\": true", "\"cancel\": {}", "I004", "$.pack", "pack"],
            ["\"explain\": true", "\"explain\": \"yes\"", "I002", "$.explain", "\"yes\""],
            ["\"explain\": true", "\"explain\": null", "I002", "$.explain", "null"],
            ["\"explain\": true", "\"year_to_date\": []", "I002", "$.year_to_date", "[…]"],
            ["\"fund\"", "1", "I002", "$.params.round_side", "1"],
            ["\"round_side\": \"fund\"", "\"a b\": 1", "I002", "$.params[\"a b\"]", "1"],
        ],
    );
}

#[test]
fn packs_ids_and_days() {
    let pack = "\"pack\": \"110000-employee\",\n";
    for (to, value) in [("", ""), ("a@", "a@"), ("a@2023-02-29", "a@2023-02-29"), ("险", "险")] {
        let to = format!("\"pack\": \"{to}\",");
        refused(BASE, pack, &to, "I057", "$.pack", value);
    }
    assert!(message(&BASE.replace(pack, "\"pack\": \"a@2024-02-29\",")).is_ok());
    let long = "险".repeat(65);
    let shown = long.as_str();
    table(
        BASE,
        &[
            [pack, "\"pack\": 110000,", "I002", "$.pack", "110000"],
            ["\"e1\"", "\"\"", "I046", "$.encounter.id", ""],
            ["\"e1\"", "\"a\\tb\"", "I046", "$.encounter.id", "a\tb"],
            ["\"e1\"", "7", "I002", "$.encounter.id", "7"],
            ["\"e1\"", &format!("\"{long}\""), "I046", "$.encounter.id", shown],
            ["\"id\": \"m\"", &format!("\"id\": \"{long}\""), "I046", "$.member.id", shown],
            ["\"id\": \"s\"", "\"id\": \"s:1\"", "I046", "$.encounter.stay.id", "s:1"],
            ["\"id\": \"s\"", "\"id\": \"s.1\"", "I046", "$.encounter.stay.id", "s.1"],
            ["\"2024-03-01\"", "\"2023-02-29\"", "I020", "$.encounter.admitted", "2023-02-29"],
            ["\"2024-03-09\"", "\"2024-3-9\"", "I020", "$.encounter.discharged", "2024-3-9"],
            ["\"2024-03-09\"", "20240309", "I002", "$.encounter.discharged", "20240309"],
            ["\"2024-03-02\"", "\"1899-12-31\"", "I020", "$.lines[1].date", "1899-12-31"],
        ],
    );
    assert!(message(&BASE.replace("\"e1\"", &format!("\"{}\"", "险".repeat(64)))).is_ok());
}

#[test]
fn people_and_encounters() {
    table(
        BASE,
        &[
            ["\"age\": 61", "\"age\": 151", "I024", "$.member.age", "151"],
            ["\"age\": 61", "\"age\": -1", "I024", "$.member.age", "-1"],
            ["\"age\": 61", "\"age\": 35.5", "I024", "$.member.age", "35.5"],
            ["\"age\": 61", "\"age\": \"35\"", "I002", "$.member.age", "\"35\""],
            ["\"age\": 61", "\"name\": 1", "I004", "$.member.name", "name"],
            ["\"age\": 61", "\"care\": 1", "I004", "$.member.care", "care"],
            ["\"age\": 61", "\"born\": \"x\"", "I020", "$.member.born", "x"],
            ["\"retired\"", "\"退休\"", "I030", "$.member.person", "退休"],
            ["\"retired\"", "\"\"", "I030", "$.member.person", ""],
            ["\"retired\"", "true", "I002", "$.member.person", "true"],
            ["\"no\"", "0", "I002", "$.member.red_list", "0"],
            ["\"balance\"", "\"balanse\"", "I004", "$.member.account.balanse", "balanse"],
            ["\"balance\": \"100.00\", ", "", "I003", "$.member.account.balance", "balance"],
            ["\"100.00\"", "\"-1\"", "I011", "$.member.account.balance", "-1"],
            ["\"admitted\": \"2024-03-01\",", "", "I003", "$.encounter.admitted", "admitted"],
            ["\"use_account\": true", "\"use_account\": 1", "I002", "$.encounter.use_account", "1"],
            [
                "\"closes\": false",
                "\"closes\": \"no\"",
                "I002",
                "$.encounter.stay.closes",
                "\"no\"",
            ],
            [", \"closes\": false", "", "I003", "$.encounter.stay.closes", "closes"],
        ],
    );
    let long = "x".repeat(41);
    refused(BASE, "\"retired\"", &format!("\"{long}\""), "I030", "$.member.person", &long);
    assert!(message(&BASE.replace("\"retired\"", "\"a_value_of_a_pack_2\"")).is_ok());
}

#[test]
fn lines_and_totals() {
    let totals = "\"totals\": {\"in_scope\": \"1\"}, \"explain\": true";
    let (lines, tail) = BASE.split_once("\"lines\"").unwrap();
    let (_, tail) = tail.split_once("true}],").unwrap();
    let neither = format!("{lines}{tail}");
    refused(&neither, "\"explain\": true", "\"explain\": true", "I044", "$", "none");
    assert!(message(&neither.replace("\"explain\": true", totals)).is_ok());
    table(
        &neither,
        &[
            ["\"explain\": true", "\"totals\": {}", "I003", "$.totals.in_scope", "in_scope"],
            ["\"explain\": true", "\"totals\": {\"fund\": 1}", "I004", "$.totals.fund", "fund"],
            ["\"explain\": true", "\"totals\": []", "I002", "$.totals", "[…]"],
            ["\"explain\": true", "\"lines\": {}", "I002", "$.lines", "{…}"],
            ["\"explain\": true", "\"lines\": [7]", "I002", "$.lines[0]", "7"],
        ],
    );
    table(
        BASE,
        &[
            ["\"explain\": true", totals, "I044", "$", "lines, totals"],
            ["{\"id\": \"b\"", "{\"id\": \"a\"", "I041", "$.lines[1].id", "a"],
            ["\"0.333333\"", "\"0.3333333\"", "I015", "$.lines[1].price", "0.3333333"],
            ["\"0.333333\"", "-1", "I015", "$.lines[1].price", "-1"],
            ["\"0.333333\"", "\"1e3\"", "I015", "$.lines[1].price", "1e3"],
            ["\"0.333333\"", "true", "I002", "$.lines[1].price", "true"],
            ["\"0.3\"", "\"abc\"", "I015", "$.lines[1].limit", "abc"],
            ["\"3\"", "\"-3\"", "I016", "$.lines[1].quantity", "-3"],
            ["\"3\"", "0.00001", "I016", "$.lines[1].quantity", "0.00001"],
            ["\"10%\"", "\"100.1%\"", "I014", "$.lines[1].prepay", "100.1%"],
            ["\"10%\"", "1.01", "I014", "$.lines[1].prepay", "1.01"],
            ["\"10%\"", "\"ten\"", "I014", "$.lines[1].prepay", "ten"],
            ["\"10%\"", "[]", "I002", "$.lines[1].prepay", "[…]"],
            ["\"restricted\": true", "\"restricted\": 1", "I002", "$.lines[1].restricted", "1"],
            ["\"class\": \"B\"", "\"class\": \"乙\"", "I030", "$.lines[1].class", "乙"],
            ["\"amount\": \"1.00\",", "", "I003", "$.lines[1].amount", "amount"],
        ],
    );
}

#[test]
fn amounts() {
    for (to, code, value) in [
        ("\"NaN\"", "I010", "NaN"),
        ("\"Infinity\"", "I010", "Infinity"),
        ("\"\"", "I010", ""),
        ("\" 1\"", "I010", " 1"),
        ("\"+1\"", "I010", "+1"),
        ("\"1,000.00\"", "I010", "1,000.00"),
        ("\"1.\"", "I010", "1."),
        ("\".5\"", "I010", ".5"),
        ("\"１２\"", "I010", "１２"),
        ("1e2", "I010", "1e2"),
        ("1E-2", "I010", "1E-2"),
        ("\"1e2\"", "I010", "1e2"),
        ("-0.01", "I011", "-0.01"),
        ("\"-99999999999999999999\"", "I011", "-99999999999999999999"),
        ("0.001", "I012", "0.001"),
        ("\"12.345\"", "I012", "12.345"),
        ("10000000000.01", "I013", "10000000000.01"),
        ("\"99999999999999999999\"", "I013", "99999999999999999999"),
        ("null", "I002", "null"),
        ("true", "I002", "true"),
    ] {
        refused(BASE, "\"25.00\"", to, code, "$.lines[0].amount", value);
    }
}

#[test]
fn states_and_counters() {
    let year_to_date = |counter: &str, value: &str| {
        BASE.replace("\"explain\": true", &format!("\"year_to_date\": {{\"{counter}\": {value}}}"))
    };
    let admissions = "$.state.counters.admissions";
    let paid = "$.state.counters[\"pool.paid\"]";
    table(
        BASE,
        &[
            ["\"admissions\": 1", "\"admissions\": -1", "I056", admissions, "-1"],
            ["\"admissions\": 1", "\"admissions\": \"1\"", "I056", admissions, "1"],
            ["\"admissions\": 1", "\"admissions\": 1.0", "I056", admissions, "1.0"],
            ["\"admissions\": 1", "\"admissions\": 1000001", "I056", admissions, "1000001"],
            ["\"10.00\"", "\"-10.00\"", "I011", paid, "-10.00"],
            ["\"10.00\"", "[]", "I002", paid, "[…]"],
            ["\"admissions\": 1", "\"\": 1", "I056", "$.state.counters[\"\"]", ""],
            ["\"seq\": 2", "\"seq\": -2", "I002", "$.state.seq", "-2"],
            ["\"seq\": 2", "\"seq\": 1000000001", "I002", "$.state.seq", "1000000001"],
            ["\"year\": 2024", "\"year\": 0", "I002", "$.state.year", "0"],
            ["\"year\": 2024, ", "", "I003", "$.state.year", "year"],
            ["\"hash\": \"h\"", "\"hash\": 1", "I002", "$.state.hash", "1"],
            ["\"hash\": \"h\"", "\"hsah\": 1", "I004", "$.state.hsah", "hsah"],
            ["\"hash\": \"h0\"", "\"sha\": 1", "I004", "$.state.last.sha", "sha"],
        ],
    );
    let ordinal = year_to_date("stay:s.ordinal", "\"2\"");
    let same = "\"params\"";
    refused(&ordinal, same, same, "I056", "$.year_to_date[\"stay:s.ordinal\"]", "2");
    let bills = request(&year_to_date("stay:s.bills", "1000000"));
    assert_eq!(bills.year_to_date["stay:s.bills"], Count::Number(1_000_000));
    let amount = request(&year_to_date("pool.position", "12.5"));
    assert_eq!(amount.year_to_date["pool.position"], Count::Money(Yuan(1250)));
}

#[test]
fn cancels() {
    let delta = "$.cancel.postings[0].delta";
    table(
        CANCEL,
        &[
            ["\"settled\"", "\"cancelled\"", "I002", "$.cancel.status", "\"cancelled\""],
            ["\"normal\"", "\"partly\"", "I002", "$.cancel.fund_standing", "\"partly\""],
            ["\"total\": \"26.00\", ", "", "I003", "$.cancel.amounts.total", "total"],
            ["\"total\"", "\"totel\"", "I004", "$.cancel.amounts.totel", "totel"],
            ["\"cash\": \"0.00\"", "\"cash\": \"-0.01\"", "I011", "$.cancel.amounts.cash", "-0.01"],
            ["\"capped\": false", "\"capped\": 0", "I002", "$.cancel.layers[0].capped", "0"],
            ["\"delta\": 1}", "\"delta\": \"1\"}", "I056", delta, "1"],
            ["\"delta\": 1}", "\"delta\": -1000001}", "I056", delta, "-1000001"],
            ["\"-3.00\"", "\"--3.00\"", "I011", "$.cancel.postings[1].delta", "--3.00"],
            ["\"balance\": \"74.00\", ", "", "I003", "$.cancel.balance", "balance"],
            ["\"seq\": 3", "\"seq\": 3e0", "I002", "$.cancel.seq", "3e0"],
            ["\"p\"", "\"p\", \"x\": 1", "I004", "$.cancel.pack.x", "x"],
            ["\"trace\": [", "\"state\": [], \"trace\": [", "I002", "$.cancel.state", "[…]"],
        ],
    );
}
