//! `cargo xtask bench`: criterion's times, each beside the control of its group in the same run.
//!
//! Nothing is judged by them: on a shared machine a time may double without a change of code.
#![expect(clippy::float_arithmetic, reason = "times are fractions; nothing is judged by them")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use crate::Outcome;
use crate::sh::{self, Run};

/// The row that every other one of its group stands beside.
const CONTROLS: [(&str, &str); 4] = [
    ("supplement", "published loop"),
    ("inpatient", "inpatient control, sorted"),
    ("load and compile", "control: the text parsed by serde_json"),
    ("engine, JSON call of 8 lines", "control: the message parsed by serde_json"),
];

/// A row of criterion's.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    group: String,
    name: String,
    /// Median of an item, in nanoseconds.
    nanoseconds: f64,
}

/// Runs criterion and prints what it measured.
pub fn run(rest: &[String]) -> Outcome {
    let start = SystemTime::now();
    Run::cargo("bench").args(["-p", "tongchou-benches"]).args(rest).run()?;
    let mut rows = Vec::new();
    read(&sh::target().join("criterion"), start, &mut rows);
    // Listing and testing measure nothing, and a filter may leave a group without its control.
    if !rows.is_empty() {
        print!("{}", table(&rows));
    }
    Ok(())
}

/// Every row that was measured since.
fn read(folder: &Path, since: SystemTime, rows: &mut Vec<Row>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries.iter().filter(|path| path.is_dir()) {
        match path.ends_with("new") {
            true => rows.extend(row(path, since)),
            false => read(path, since, rows),
        }
    }
}

fn row(folder: &Path, since: SystemTime) -> Option<Row> {
    let estimates = folder.join("estimates.json");
    let written = fs::metadata(&estimates).ok()?.modified().ok()?;
    if written < since {
        return None;
    }
    let json = |path: &Path| serde_json::from_str::<Value>(&fs::read_to_string(path).ok()?).ok();
    of(&json(&folder.join("benchmark.json"))?, &json(&estimates)?)
}

fn of(about: &Value, estimates: &Value) -> Option<Row> {
    let word = |name: &str| about.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = word("function_id").or_else(|| word("value_str"))?;
    let median = estimates.get("median")?.get("point_estimate")?.as_f64()?;
    let items = about.get("throughput").and_then(|it| it.get("Elements")).and_then(Value::as_f64);
    Some(Row { group: word("group_id")?, name, nanoseconds: median / items.unwrap_or(1.0) })
}

fn table(rows: &[Row]) -> String {
    let mut text = format!("\n{:62}{:>14}{:>14}{:>9}\n", "row", "ns", "control", "ratio");
    for Row { group, name, nanoseconds } in rows {
        let control = CONTROLS.iter().find(|(of, _)| of == group).map(|(_, control)| *control);
        let is_control = |row: &&Row| row.group == *group && Some(row.name.as_str()) == control;
        let control = rows.iter().find(is_control).map(|row| row.nanoseconds);
        let cell = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "not run".into(), |value| format!("{value:.digits$}"))
        };
        let ratio = control.map(|control| nanoseconds / control);
        let (control, ratio) = (cell(control, 2), cell(ratio, 3));
        let row = format!("{group}: {name}");
        text.push_str(&format!("{row:62}{nanoseconds:>14.2}{control:>14}{ratio:>9}\n"));
    }
    text.push_str("medians of an item; only the ratios mean anything, and those of one run\n");
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_stands_beside_the_control_of_its_group() {
        let about = |name: &str| {
            json!({ "group_id": "supplement", "function_id": name, "value_str": null,
                    "throughput": { "Elements": 1000 } })
        };
        let took = |ns: f64| json!({ "median": { "point_estimate": ns } });
        let rows = [("published loop", 8_000.0), ("kernel, once", 4_000.0)];
        let rows = rows.map(|(name, ns)| of(&about(name), &took(ns)));
        let rows: Vec<Row> = rows.into_iter().flatten().collect();
        assert_eq!(rows.len(), 2);
        assert!(table(&rows).contains(&format!("{:>14}{:>14}{:>9}\n", "4.00", "8.00", "0.500")));
        let without: Vec<Row> = rows.into_iter().skip(1).collect();
        assert!(table(&without).contains("not run"));
    }
}
