//! Every worked case of `fixtures/cases`, and every interaction of `fixtures/interactions` with the
//! packs beside it: each field of its expectation holds, to the fen.
//!
//! `ID.request.json` is a message of the contract and `ID.expected.json` a part of its answer;
//! `negated` is a part whose amounts the answer must negate, `sum` holds for the sum over a stream,
//! `slip` names lines of the printed slip.

use serde_json::Value;

use crate::{fixtures, stdout, tongchou};

/// Families of worked cases about a member's year, each with its numbers.
const FAMILIES: &[(&str, &[&str])] = &[
    ("BJA-REFUND", &["01", "06", "07", "08", "09"]),
    ("BJE-ACCTIN", &["01", "03"]),
    ("BJR-OP", &["07"]),
    ("CLOSED", &["01"]),
    ("GZ-FREEZE", &["01", "02", "05"]),
    ("GZ-NB", &["02", "03", "04"]),
    ("GZ-PJ3", &["03"]),
    ("GZ-RES", &["WIN-01", "WIN-02"]),
    ("GZ-SUPP", &["02", "04", "05", "06", "07"]),
    ("GZ-WAIT", &["01"]),
    ("NAT-YEAR", &["02"]),
    ("SUSP", &["HOSP-01", "TRIG-02"]),
    ("TJ-DED", &["01", "03"]),
    ("TJ-SEL", &["02"]),
    ("TJ-VALID", &["12-01", "3-01", "3-03", "3-04"]),
    ("WX", &["01", "03"]),
];

#[test]
fn worked_cases_hold_to_the_fen() {
    let ids = ids("cases");
    assert!(ids.len() >= 280, "only {} cases are left", ids.len());
    hold("cases", &ids, &[]);
}

#[test]
fn interactions_hold_to_the_fen() {
    let ids = ids("interactions");
    for number in 1..=10 {
        let family = format!("G-{number:02}-");
        assert!(ids.iter().any(|id| id.starts_with(&family)), "no interaction {family}");
    }
    let packs: Vec<String> = files("interactions")
        .into_iter()
        .filter(|file| file.ends_with(".toml"))
        .map(|file| format!("--pack=interactions/{file}"))
        .collect();
    hold("interactions", &ids, &packs);
}

#[test]
fn a_members_year_has_its_worked_cases() {
    let ids = ids("cases");
    let named = FAMILIES.iter().flat_map(|(family, numbers)| {
        let dash = if *family == "TJ-VALID" { "" } else { "-" };
        numbers.iter().map(move |number| format!("{family}{dash}{number}"))
    });
    let missing: Vec<String> = named.filter(|name| !ids.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Names of the files of a folder.
fn files(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(fixtures().join(folder)).unwrap();
    let mut files: Vec<String> =
        entries.filter_map(|entry| entry.unwrap().file_name().into_string().ok()).collect();
    files.sort();
    files
}

/// The cases of a folder.
fn ids(folder: &str) -> Vec<String> {
    let files = files(folder);
    files.iter().filter_map(|f| f.strip_suffix(".expected.json")).map(str::to_owned).collect()
}

/// Settles the cases of a folder as one stream and compares each answer.
fn hold(folder: &str, ids: &[String], packs: &[String]) {
    let at = |name: String| fixtures().join(folder).join(name);
    let mut input = String::new();
    let mut cases = Vec::new();
    for id in ids {
        let expected = std::fs::read_to_string(at(format!("{id}.expected.json"))).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let messages = match std::fs::read_to_string(at(format!("{id}.request.json"))) {
            Ok(text) => vec![text.replace('\n', " ")],
            Err(_) => {
                let text = std::fs::read_to_string(at(format!("{id}.request.ndjson"))).unwrap();
                text.lines().map(str::to_owned).collect()
            }
        };
        messages.iter().for_each(|message| input.push_str(&format!("{message}\n")));
        cases.push((id, expected, messages));
    }
    let mut args = vec!["settle", "-", "--format", "json", "--lang", "en"];
    args.extend(packs.iter().map(String::as_str));
    let output = stdout(&tongchou(&args, &input));
    let mut answers = output.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut wrong = Vec::new();
    for (id, expected, messages) in &cases {
        let answers: Vec<Value> = answers.by_ref().take(messages.len()).collect();
        assert_eq!(answers.len(), messages.len(), "{id} is not answered");
        case(id, expected, messages, &answers, &mut wrong);
    }
    assert!(answers.next().is_none(), "there are more answers than messages");
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), ids.len(), wrong.join("\n"));
}

/// What is wrong with a case.
fn case(
    id: &str,
    expected: &Value,
    messages: &[String],
    answers: &[Value],
    wrong: &mut Vec<String>,
) {
    if let Some(sum) = expected.get("sum") {
        let fund: i64 = answers.iter().map(|a| fen(&a["amounts"]["fund"])).sum();
        let want = fen(&sum["amounts"]["fund"]);
        compare(id, "sum.amounts.fund", &want.into(), &fund.into(), wrong);
        return;
    }
    let answer = &answers[0];
    if answer["status"] == "refused" && expected["status"] != "refused" {
        wrong.push(format!("{id}: refused with {}", answer["errors"]));
        return;
    }
    for (key, want) in expected.as_object().unwrap() {
        match key.as_str() {
            "negated" => subset(id, "negated", &negated(want), answer, wrong),
            "slip" => slip(id, &messages[0], want, wrong),
            _ => subset(id, key, want, &answer[key], wrong),
        }
    }
}

fn compare(id: &str, path: &str, want: &Value, got: &Value, wrong: &mut Vec<String>) {
    if want != got {
        wrong.push(format!("{id}: {path}: expected {want}, settled {got}"));
    }
}

/// Every field written must be equal. An entry of a list is looked for by its id, or else is the
/// one that agrees best.
fn subset(id: &str, path: &str, want: &Value, got: &Value, wrong: &mut Vec<String>) {
    match want {
        Value::Object(fields) => {
            for (key, want) in fields {
                subset(id, &format!("{path}.{key}"), want, &got[key], wrong);
            }
        }
        Value::Array(entries) => {
            let found = got.as_array().map(Vec::as_slice).unwrap_or_default();
            for (index, want) in entries.iter().enumerate() {
                let name = want.get("id");
                let path = format!("{path}[{}]", name.unwrap_or(&index.into()));
                let faults = |entry: &Value| {
                    let mut wrong = Vec::new();
                    subset(id, &path, want, entry, &mut wrong);
                    wrong
                };
                let named = found.iter().filter(|e| name.is_none() || e.get("id") == name);
                let best = named.map(faults).min_by_key(Vec::len);
                wrong.extend(best.unwrap_or_else(|| faults(&Value::Null)));
            }
        }
        _ => compare(id, path, want, got, wrong),
    }
}

fn fen(amount: &Value) -> i64 {
    let text = amount.as_str().unwrap();
    let (yuan, cents) = text.split_once('.').unwrap();
    format!("{yuan}{cents}").parse().unwrap()
}

/// The same part with every amount negated.
fn negated(part: &Value) -> Value {
    match part {
        Value::Object(fields) => {
            let minus = |(key, value): (&String, &Value)| {
                let kept = key == "id" || key == "status";
                (key.clone(), if kept { value.clone() } else { negated(value) })
            };
            fields.iter().map(minus).collect()
        }
        Value::Array(entries) => entries.iter().map(negated).collect(),
        Value::String(amount) if amount != "0.00" => format!("-{amount}").into(),
        other => other.clone(),
    }
}

fn slip(id: &str, input: &str, want: &Value, wrong: &mut Vec<String>) {
    let printed = stdout(&tongchou(&["settle", "-"], input));
    let upper = want["total_upper"].as_str().unwrap();
    let line = printed.lines().find(|line| line.starts_with("总费用大写")).unwrap_or_default();
    if !line.ends_with(&format!(" {upper}")) {
        wrong.push(format!("{id}: slip: expected {upper}, printed {line}"));
    }
}
