//! The tree, its bounds, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

#[track_caller]
fn refused(text: &str, code: &str, path: &str, value: &str) {
    let refusal = parse(text).unwrap_err();
    let found = (refusal.code.text(), refusal.path.as_str(), refusal.value.as_str());
    assert_eq!(found, (code, path, value), "{refusal}");
}

#[test]
fn numbers_keep_their_own_text() {
    for digits in ["0", "-0", "12.300", "1e+2", "1E2", "0.10", "123456789012345678901234567890"] {
        assert_eq!(parse(digits), Ok(Node::Number(digits.to_owned())));
    }
}

#[test]
fn keys_keep_their_order_and_escapes_are_resolved() {
    let node = parse(r#"{"b": "险\u9669\n", "a": [null, true, false]}"#).unwrap();
    let items = vec![Node::Null, Node::Bool(true), Node::Bool(false)];
    let pairs = vec![("b".into(), Node::Text("险险\n".into())), ("a".into(), Node::List(items))];
    assert_eq!(node, Node::Object(pairs));
}

#[test]
fn malformed_text_is_refused_with_line_and_column() {
    refused("", "I001", "$", "1:0");
    refused("{\"a\": 1,}", "I001", "$", "1:9");
    refused("{\n  \"a\": NaN\n}", "I001", "$", "2:8");
    refused("{\"a\": -Infinity}", "I001", "$", "1:8");
    refused("{\"a\": 1} x", "I001", "$", "1:10");
    refused("{\"a\": 01}", "I001", "$", "1:8");
    refused("[1, 2", "I001", "$", "1:5");
    refused("\"\\ud800\"", "I001", "$", "1:8");
    refused("\u{feff}{}", "I001", "$", "1:1");
    refused("{'a': 1}", "I001", "$", "1:2");
    let refusal = parse("{\"a\": 1,}").unwrap_err();
    assert_eq!(refusal.expected, "trailing comma");
}

#[test]
fn doubled_keys_are_refused_where_they_stand() {
    refused(r#"{"a": 1, "a": 1}"#, "I005", "$.a", "a");
    refused(r#"{"l": [{}, {"x": {"b": 1, "c": 2, "\u0062": 3}}]}"#, "I005", "$.l[1].x.b", "b");
    let many: Vec<String> = (0..60_000).map(|i| format!("\"k{}\":0", i % 50_000)).collect();
    refused(&format!("{{{}}}", many.join(",")), "I005", "$.k0", "k0");
}

#[test]
fn depth_is_bounded() {
    let lists = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(&lists(16)).is_ok());
    refused(&lists(17), "I007", &format!("${}", "[0]".repeat(16)), "17");
    refused(&"[".repeat(1_000_000), "I007", &format!("${}", "[0]".repeat(16)), "17");
    let objects =
        |n: usize, key: &str| format!("{}1{}", format!("{{\"{key}\":").repeat(n), "}".repeat(n));
    assert!(parse(&objects(16, "a")).is_ok());
    refused(&objects(17, "a"), "I007", &format!("${}", ".a".repeat(16)), "17");
    let refusal = parse(&objects(100_000, "a")).unwrap_err();
    assert_eq!(refusal.code, Code::TooDeep);
}

#[test]
fn size_is_bounded() {
    refused(&" ".repeat(BYTES_MAX + 1), "I008", "$", "67108865");
    let zeros = |n: usize| format!("[{}0]", "0,".repeat(n - 1));
    assert!(parse(&zeros(VALUES_MAX)).is_ok());
    refused(&zeros(VALUES_MAX + 1), "I008", "$", "> 4000000");
}

#[test]
fn trace_of_a_cancelled_settlement_is_passed_over() {
    let long = "0,".repeat(VALUES_MAX + 1);
    let text = format!(r#"{{"cancel": {{"trace": [{long}{{"a": [1.5, null]}}], "id": "e"}}}}"#);
    let node = parse(&text).unwrap();
    let inner = vec![("trace".into(), Node::List(vec![])), ("id".into(), Node::Text("e".into()))];
    assert_eq!(node, Node::Object(vec![("cancel".into(), Node::Object(inner))]));
    refused(r#"{"cancel": {"trace": [1,]}}"#, "I001", "$", "1:25");
    refused(r#"{"cancel": {"trace": 1, "trace": 1}}"#, "I005", "$.cancel.trace", "trace");
}

#[test]
fn first_repeated_name() {
    for filler in [0, 40] {
        let fill: Vec<String> = (0..filler).map(|i| format!("f{i}")).collect();
        let names = |own: &[&'static str]| -> Option<usize> {
            twice(own.iter().copied().chain(fill.iter().map(String::as_str)).collect())
        };
        assert_eq!(names(&["a", "b"]), None);
        assert_eq!(names(&["b", "a", "a", "b"]), Some(2));
        assert_eq!(names(&["b", "a", "b", "a"]), Some(2));
        assert_eq!(names(&["", ""]), Some(1));
    }
}

/// Fragments of JSON and of what is nearly JSON.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\n",
    "\t",
    "\r",
    "\"",
    "\\",
    "\"a\"",
    "\"险\"",
    "\"\\n\"",
    "\"\\u9669\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\x\"",
    "\\u00",
    "0",
    "-",
    "1",
    "12",
    "0.5",
    "1.",
    ".5",
    "1e5",
    "1E-2",
    "1e",
    "+1",
    "01",
    "-0",
    "true",
    "false",
    "null",
    "nul",
    "NaN",
    "\u{feff}",
    "\u{1}",
    "\u{a0}",
    "/",
    "'a'",
    "{\"k\":",
    "[1,",
    "]}",
    "\"b\":1",
    "//",
];

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        cases: 20_000,
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        failure_persistence: None,
        ..proptest::test_runner::Config::default()
    })]

    /// The reference is `serde_json`: the same texts are JSON, and mean the same.
    #[test]
    fn the_same_texts_are_json(pieces in proptest::collection::vec(
        proptest::sample::select(PIECES), 0..9,
    )) {
        let text: String = pieces.concat();
        let reference = serde_json::from_str::<serde_json::Value>(&text);
        match (parse(&text), reference) {
            (Ok(node), Ok(value)) => proptest::prop_assert!(same(&node, &value), "{text}"),
            (Err(refusal), reference) => {
                let ours = matches!(refusal.code, Code::KeyTwice | Code::TooDeep);
                proptest::prop_assert!(ours || reference.is_err(), "{text}: {refusal}");
            }
            (Ok(_), Err(error)) => proptest::prop_assert!(false, "{text}: {error}"),
        }
    }
}

fn same(node: &Node<'_>, value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (node, value) {
        (Node::Null, Value::Null) => true,
        (Node::Bool(a), Value::Bool(b)) => a == b,
        (Node::Text(a), Value::String(b)) => a == b,
        (Node::Number(a), Value::Number(b)) => {
            // The reference writes an exponent its own way.
            let exponent = a.contains(['e', 'E']);
            *a == b.to_string() || exponent
        }
        (Node::List(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Node::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.get(key.as_ref()).is_some_and(|b| same(a, b)))
        }
        _ => false,
    }
}
