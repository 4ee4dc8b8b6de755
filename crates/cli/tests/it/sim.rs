//! `tongchou sim`: the same states by any number of threads and from every file format.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use expect_test::expect_file;
use serde_json::Value;

use super::{stdout, tongchou};

/// A folder of the test's own; removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tongchou-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn json(args: &[&str]) -> Value {
    let output = tongchou(&[&["sim"], args, &["--format", "json"]].concat(), "");
    let text = stdout(&output);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&text).unwrap()
}

/// What does not depend on the machine: every sum, and the hash of all states.
fn lasting(report: &Value) -> Value {
    let keys =
        ["all", "by_care", "by_level", "by_layer", "lines", "taken_back", "blocked", "states"];
    keys.iter().map(|key| ((*key).to_owned(), report[*key].clone())).collect()
}

const PRESETS: [&str; 4] = ["beijing", "huadian", "cn-employee-2025", "cn-resident-2025"];

#[test]
fn b15_threads_and_files_give_the_same_states() {
    let folder = Folder::new("formats");
    for preset in PRESETS {
        let made = |threads| {
            let count = ["--members", "3000", "--seed", "7", "--threads", threads];
            lasting(&json(&[&["run", preset], count.as_slice()].concat()))
        };
        let one = made("1");
        assert_eq!((&one, &one), (&made("2"), &made("3")), "{preset}");
        for ending in ["arrow", "parquet", "ndjson", "csv"] {
            let file = folder.file(&format!("{preset}.{ending}"));
            let written = json(&[
                "run",
                preset,
                "--members",
                "3000",
                "--seed",
                "7",
                "--write",
                file.as_str(),
            ]);
            assert_eq!(one, lasting(&written), "{file}");
            for threads in ["1", "2", "3"] {
                let read = json(&["replay", file.as_str(), "--threads", threads]);
                assert_eq!(one, lasting(&read), "{file} by {threads}");
            }
        }
        let (from, to) = (folder.file(&format!("{preset}.csv")), folder.file("again.parquet"));
        json(&["replay", from.as_str(), "--write", to.as_str()]);
        assert_eq!(one, lasting(&json(&["replay", to.as_str()])), "{preset} written again");
        std::fs::remove_file(to).unwrap();
    }
}

/// C3: what was recorded once is settled to the same states by every later release.
#[test]
fn c3_recorded_visits_and_seeds_give_the_states_they_gave() {
    let mut states = String::new();
    for preset in PRESETS {
        let report = json(&["run", preset, "--members", "2000", "--seed", "1"]);
        states.push_str(&format!("{preset} seed 1, 2000 members: {}\n", report["states"]));
    }
    for file in ["sim/recorded.ndjson", "sim/recorded.csv"] {
        let report = json(&["replay", file]);
        states.push_str(&format!("{file}: {}\n", report["states"]));
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/sim/states.txt");
    expect_file![golden].assert_eq(&states);
}

#[test]
fn nothing_is_half_written_and_nothing_is_written_over() {
    let folder = Folder::new("written");
    let there = folder.file("there.csv");
    std::fs::write(&there, "mine").unwrap();
    let refused = |args: &[&str], said: &str| {
        let output = tongchou(&[&["sim"], args, &["--lang", "en"]].concat(), "");
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(said), "{said}: {text}");
    };
    let run = ["run", "huadian", "--members", "500", "--write"];
    refused(&[&run[..], &[there.as_str()]].concat(), "D003");
    refused(&[&run[..], &["/dev/full/x.csv"]].concat(), "D002");
    refused(&[&run[..], &[folder.file("x.xlsx").as_str()]].concat(), "D004");
    refused(&[&run[..], &[folder.file("no/such/x.csv").as_str()]].concat(), "D002");
    refused(&["replay", folder.file("missing.csv").as_str()], "D001");
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");
    assert_eq!(folder.names(), ["there.csv"]);

    let whole = folder.file("whole.arrow");
    json(&["run", "huadian", "--members", "500", "--write", whole.as_str()]);
    let bytes = std::fs::read(&whole).unwrap();
    let cut = folder.file("cut.arrow");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    refused(&["replay", cut.as_str()], "D005");
}

#[test]
fn a_bad_scenario_is_refused_with_its_place() {
    let folder = Folder::new("scenarios");
    let text = tongchou(&["sim", "scenarios", "huadian"], "");
    let text = stdout(&text);
    let cases = [
        (text.replacen("[scenario]", "[scenario]\ncolour = \"red\"", 1), "colour"),
        (text.replacen("share = \"55%\"", "share = \"54%\"", 1), "D010"),
        ("[scenario]\n".to_owned(), "D009"),
        ("\u{0}".to_owned(), "D009"),
    ];
    for (number, (text, said)) in cases.iter().enumerate() {
        let file = folder.file(&format!("{number}.toml"));
        std::fs::write(&file, text).unwrap();
        let output = tongchou(&["sim", "run", file.as_str(), "--lang", "en"], "");
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        assert!(stdout(&output).contains(said), "{said}: {}", stdout(&output));
    }
    let output = tongchou(&["sim", "run", "nowhere"], "");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn an_impact_of_nothing_is_nothing_and_a_reform_is_told() {
    let folder = Folder::new("impact");
    let pack = include_str!("../../../packs/data/110000-employee.toml");
    let reform = folder.file("reform.toml");
    std::fs::write(&reform, pack.replacen("[\"70%\", \"60%\"]", "[\"75%\", \"60%\"]", 1)).unwrap();
    let (csv, html) = (folder.file("impact.csv"), folder.file("impact.html"));
    let impact = |after: &str, more: &[&str]| -> Output {
        let args = ["sim", "impact", "110000-employee", after, "--scenario", "beijing"];
        let args = [&args[..], &["--members", "3000", "--lang", "en"], more].concat();
        tongchou(&args, "")
    };
    let same = impact("110000-employee", &[]);
    assert!(same.status.success());
    let told = impact(&reform, &["--csv", csv.as_str(), "--html", html.as_str()]);
    assert!(told.status.success(), "{}", stdout(&told));
    assert_ne!(stdout(&told), stdout(&same));
    let page = std::fs::read_to_string(html).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<svg"));
    let asks = ["<script", "src=", "href=\"http", "url(", "@import"];
    assert!(asks.iter().all(|word| !page.contains(word)), "the page asks nobody for anything");
    assert!(std::fs::read_to_string(&csv).unwrap().lines().count() > 20);
    let again = impact(&reform, &["--csv", csv.as_str()]);
    assert_eq!(again.status.code(), Some(1));
}

#[test]
fn load_is_measured_in_both_loops() {
    for target in ["core", "columns", "json"] {
        let closed = json(&[
            "load",
            "cn-employee-2025",
            "--target",
            target,
            "--seconds",
            "1",
            "--threads",
            "1",
            "--visits",
            "100000",
        ]);
        assert!(closed["steps"][0]["visits"].as_u64().unwrap() > 0, "{closed}");
    }
    let open = json(&[
        "load",
        "cn-employee-2025",
        "--target",
        "core",
        "--rate",
        "1000",
        "--seconds",
        "1",
        "--threads",
        "1",
        "--visits",
        "100000",
    ]);
    let calls = open["steps"][0]["calls"].as_u64().unwrap();
    assert!((900..=1_000).contains(&calls), "{open}");
    assert!(open["steps"][0]["latency_ns"]["p99"].as_u64().unwrap() > 0);
}

/// Ctrl-C ends a run after its blocks, with a report that says so.
#[test]
#[cfg(unix)]
fn a_run_that_is_ended_early_says_so() {
    let child = Command::new(env!("CARGO_BIN_EXE_tongchou"))
        .args(["sim", "run", "cn-employee-2025", "--lang", "en"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("PARTIAL"), "{text}");
}
