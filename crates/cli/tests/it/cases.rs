//! Every worked case of `fixtures/cases`: each field of its expectation holds, to the fen.
//!
//! `ID.request.json` is a message of the contract and `ID.expected.json` a part of its answer;
//! `negated` is a part whose amounts the answer must negate, `sum` holds for the sum over a stream,
//! `slip` names lines of the printed slip.

use serde_json::Value;

use crate::{fixtures, stdout, tongchou};

#[test]
fn worked_cases_hold_to_the_fen() {
    let mut ids: Vec<String> = std::fs::read_dir(fixtures().join("cases"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".expected.json").map(str::to_owned))
        .collect();
    ids.sort();
    assert!(ids.len() >= 66, "only {} cases are left", ids.len());
    let wrong: Vec<String> = ids.iter().flat_map(|id| case(id)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a case.
fn case(id: &str) -> Vec<String> {
    let folder = fixtures().join("cases");
    let read = |name: String| std::fs::read_to_string(folder.join(name));
    let expected: Value =
        serde_json::from_str(&read(format!("{id}.expected.json")).unwrap()).unwrap();
    let (input, stream) = match read(format!("{id}.request.json")) {
        Ok(text) => (text, false),
        Err(_) => (read(format!("{id}.request.ndjson")).unwrap(), true),
    };
    let output = stdout(&tongchou(&["settle", "-", "--format", "json"], &input));
    let answers: Vec<Value> =
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut wrong = Vec::new();
    if stream {
        let fund: i64 = answers.iter().map(|a| fen(&a["amounts"]["fund"])).sum();
        let want = fen(&expected["sum"]["amounts"]["fund"]);
        compare(id, "sum.amounts.fund", &want.into(), &fund.into(), &mut wrong);
        return wrong;
    }
    let answer = answers.first().cloned().unwrap_or_default();
    for (key, want) in expected.as_object().unwrap() {
        match key.as_str() {
            "negated" => subset(id, "negated", &negated(want), &answer, &mut wrong),
            "slip" => slip(id, &input, want, &mut wrong),
            _ => subset(id, key, want, &answer[key], &mut wrong),
        }
    }
    wrong
}

fn compare(id: &str, path: &str, want: &Value, got: &Value, wrong: &mut Vec<String>) {
    if want != got {
        wrong.push(format!("{id}: {path}: expected {want}, settled {got}"));
    }
}

/// Every field written must be equal; entries of lists are found by their id.
fn subset(id: &str, path: &str, want: &Value, got: &Value, wrong: &mut Vec<String>) {
    match want {
        Value::Object(fields) => {
            for (key, want) in fields {
                subset(id, &format!("{path}.{key}"), want, &got[key], wrong);
            }
        }
        Value::Array(entries) => {
            for want in entries {
                let name = &want["id"];
                let found = got.as_array().and_then(|l| l.iter().find(|e| e["id"] == *name));
                subset(id, &format!("{path}[{name}]"), want, found.unwrap_or(&Value::Null), wrong);
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
