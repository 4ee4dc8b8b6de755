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
    // Whoever reads it can run it again, scale it, and see what was changed.
    let head = "Members represented: 15,000,000";
    let said = stdout(&told);
    for word in ["beijing (", "Seed: 1\n", "all assumed", "about × 5,000", head, &reform] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
    let diff =
        stdout(&tongchou(&["packs", "diff", "110000-employee", &reform, "--lang", "en"], ""));
    let change = diff.lines().find_map(|line| line.trim().strip_prefix("1. ")).unwrap();
    assert!(change.contains("70%") && said.contains(change), "{change}: {said}");
    assert!(stdout(&same).contains("no differences"));
    // The same as data: parts add up to the totals.
    let data: Value =
        serde_json::from_str(&stdout(&impact(&reform, &["--format", "json"]))).unwrap();
    let fen = |value: &Value| -> i64 { value.as_str().unwrap().replace('.', "").parse().unwrap() };
    let sum = |rows: &Value, path: &str| -> i64 {
        rows.as_array().unwrap().iter().map(|row| fen(row.pointer(path).unwrap())).sum()
    };
    for side in ["before", "after"] {
        let fund = fen(&data["totals"][side]["fund"]);
        assert!(fund > 0);
        assert_eq!(sum(&data["by_layer"], &format!("/paid/{side}")), fund);
        for part in ["by_clause", "by_age", "by_kind", "by_care"] {
            assert_eq!(sum(&data[part], &format!("/fund/{side}")), fund, "{part}");
        }
        let funds = data["by_fund"].as_object().unwrap().values();
        assert_eq!(funds.map(|paid| fen(&paid[side])).sum::<i64>(), fund);
    }
    assert_ne!(data["totals"]["before"]["fund"], data["totals"]["after"]["fund"]);
    assert_eq!(data["members"], 3_000);
    // How long it took is told to those who ask.
    let timed = stdout(&impact(&reform, &["--timing"]));
    let took = |text: &str| text.contains("of the first alone") && text.contains("ns a visit");
    assert!(took(&timed) && !said.contains("of the first alone") && !said.contains("ns a visit"));
}

/// A file that cannot be written is found before the members are made, not after.
#[test]
fn files_of_an_impact_are_begun_first_and_never_written_over() {
    let folder = Folder::new("impact-files");
    let there = folder.file("there.csv");
    std::fs::write(&there, "mine").unwrap();
    let twice = folder.file("twice");
    let refused = |files: &[&str], code: &str| {
        let args = ["sim", "impact", "110000-employee", "110000-employee", "--scenario", "beijing"];
        // All 15 million members would take minutes here.
        let begun = std::time::Instant::now();
        let output = tongchou(&[&args[..], files].concat(), "");
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(code), "{code}: {text}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{code} was found late");
    };
    refused(&["--csv", &there], "D003");
    refused(&["--html", &folder.file("no/such/x.html")], "D002");
    refused(&["--csv", &twice, "--html", &twice], "D012");
    let by_another_way = folder.0.join(".").join("twice");
    refused(&["--csv", &twice, "--html", by_another_way.to_str().unwrap()], "D012");
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");
    assert_eq!(folder.names(), ["there.csv"]);
}

/// What a scenario chose for its own pack goes to a pack that knows it, and to no other.
#[test]
fn another_pack_gets_what_it_knows_of_the_scenario() {
    let folder = Folder::new("made-for");
    let text = stdout(&tongchou(&["sim", "scenarios", "beijing"], ""));
    let pack = "pack = \"110000-employee\"";
    let facts = text.replacen(pack, &format!("{pack}\nfacts = {{ payment = \"0.00\" }}"), 1);
    let (given, copy) = (folder.file("facts.toml"), folder.file("copy.toml"));
    std::fs::write(&given, facts).unwrap();
    let source = tongchou_packs::find("110000-employee").unwrap();
    std::fs::write(&copy, source.text).unwrap();
    // Its own pack does not ask for this amount: the scenario is wrong. Another is not given it.
    let own = tongchou(&["sim", "run", &given, "--members", "300"], "");
    assert!(stdout(&own).contains("payment"), "{}", stdout(&own));
    json(&["run", &given, "--members", "300", "--pack", &copy]);
    // A parameter of the scenario, under another text of its own pack.
    let checked = tongchou_policy::check(source.text, source.id).unwrap();
    let param = checked.pack.params.iter().find(|param| param.values.len() > 1).unwrap();
    let mut others = param.values.iter().enumerate();
    let (_, value) = others.find(|(at, _)| *at != usize::from(param.default)).unwrap();
    let name = &param.name;
    let own = format!("pack = \"{}\"\nparams = {{ {name} = \"{value}\" }}", source.id);
    let text = text.replacen(pack, &own, 1);
    let (scenario, copy) = (folder.file("own.toml"), folder.file("changed.toml"));
    std::fs::write(&scenario, text).unwrap();
    std::fs::write(&copy, source.text).unwrap();
    let args = ["sim", "impact", &copy, source.id, "--scenario", &scenario, "--members", "300"];
    let told = stdout(&tongchou(&[&args[..], &["--lang", "en"]].concat(), ""));
    assert_eq!(told.matches(&format!("{name}={value}")).count(), 2, "{told}");
}

#[test]
fn a_target_that_cannot_be_read_is_found_before_the_run() {
    let folder = Folder::new("targets");
    let text = stdout(&tongchou(&["sim", "scenarios", "cn-employee-2025"], ""));
    let text = text.replacen("figure = \"", "figure = \"no.such.", 1);
    let file = folder.file("figure.toml");
    std::fs::write(&file, text).unwrap();
    let begun = std::time::Instant::now();
    let output = tongchou(&["sim", "calibrate", &file, "--members", "100000000"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("D009") && stdout(&output).contains("没有指标"));
    assert!(begun.elapsed() < Duration::from_secs(20));
}

/// Chance does far more to a figure of few members than any tolerance allows.
#[test]
fn few_members_are_not_held_against_published_figures() {
    let report = tongchou(
        &["sim", "calibrate", "cn-employee-2025", "--members", "400", "--format", "json"],
        "",
    );
    let report: Value = serde_json::from_str(&stdout(&report)).unwrap();
    assert_eq!((&report["members"], &report["members_asked"]), (&400.into(), &400.into()));
    let figures = report["figures"].as_array().unwrap();
    let mut unsure = 0;
    for figure in figures {
        let ppm = |key: &str| figure[key].as_i64();
        let (Some(error), Some(sampling)) = (ppm("error_ppm"), ppm("sampling_ppm")) else {
            continue;
        };
        let verdict = figure["verdict"].as_str().unwrap();
        if error.abs() <= sampling {
            assert_ne!(verdict, "BEYOND", "{figure}");
            unsure += usize::from(verdict == "sample too small, not judged");
        }
    }
    assert!(unsure > 0, "{report}");
}

#[test]
fn a_report_in_chinese_has_chinese_rows() {
    let text = stdout(&tongchou(&["sim", "run", "beijing", "--members", "500"], ""));
    for (word, raw) in [("住院", "inpatient"), ("三级", "tier3"), ("社区", "community")] {
        assert!(text.contains(word) && !text.contains(raw), "{word}: {text}");
    }
    let bad = tongchou(&["sim", "run", "beijing", "--sample", "half"], "");
    assert!(stdout(&bad).contains("写成 1/N"), "{}", stdout(&bad));
    for command in ["run", "calibrate"] {
        let none = tongchou(&["sim", command, "beijing", "--members", "0"], "");
        assert_eq!(none.status.code(), Some(1));
        assert!(stdout(&none).contains("--members") && stdout(&none).contains("1 … "));
    }
    let help = stdout(&tongchou(&["sim", "run", "--help"], ""));
    assert!(help.contains("A report to read") && !help.contains("settlement slip"), "{help}");
    let help = stdout(&tongchou(&["sim", "calibrate", "--help"], ""));
    assert!(help.contains("1,000,000"), "{help}");
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
    assert_eq!(open["steps"][0]["saturated"], false);
}

/// More than a machine can do is measured for twice the time, and called so.
#[test]
fn a_target_that_cannot_keep_up_is_saturated() {
    let args = ["sim", "load", "cn-employee-2025", "--target", "json", "--rate", "50000000"];
    let more = ["--seconds", "1", "--threads", "1", "--visits", "100000", "--format", "json"];
    let output = tongchou(&[&args[..], &more].concat(), "");
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let step = &report["steps"][0];
    assert_eq!(step["saturated"], true, "{report}");
    let calls = step["calls"].as_u64().unwrap() + step["calls_not_made"].as_u64().unwrap();
    assert_eq!(calls, 50_000_000);
    assert!(report["state"].as_str().unwrap().starts_with("none"), "{report}");
    let too_much = tongchou(&[&args[..5], &["--rate", "100000001"], &more].concat(), "");
    assert_eq!(too_much.status.code(), Some(1), "{}", stdout(&too_much));
    assert!(stdout(&too_much).contains("D012"));
}

/// A run over all members that is sent signals, each a while after the last.
#[cfg(unix)]
fn interrupted(args: &[&str], signals: &[&str], apart: Duration) -> Output {
    let child = Command::new(env!("CARGO_BIN_EXE_tongchou"))
        .args([&["sim"], args, &["--lang", "en"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    for signal in signals {
        let sent = Command::new("kill").args([signal, child.id().to_string().as_str()]).status();
        assert!(sent.unwrap().success());
        std::thread::sleep(apart);
    }
    child.wait_with_output().unwrap()
}

/// Ctrl-C ends a run after its blocks, with a report that says so.
#[test]
#[cfg(unix)]
fn a_run_that_is_ended_early_says_so() {
    for signal in ["-INT", "-TERM"] {
        let output = interrupted(&["run", "cn-employee-2025"], &[signal], Duration::ZERO);
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("PARTIAL"), "{text}");
    }
}

/// Half a report would look like the whole one.
#[test]
#[cfg(unix)]
fn an_impact_that_is_ended_early_writes_no_files() {
    let folder = Folder::new("impact-ended");
    let (csv, html) = (folder.file("x.csv"), folder.file("x.html"));
    let args = ["impact", "110000-employee", "110000-employee", "--scenario", "beijing"];
    let args = [&args[..], &["--csv", &csv, "--html", &html]].concat();
    let output = interrupted(&args, &["-INT"], Duration::ZERO);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stdout(&output).contains("ended early"), "{}", stdout(&output));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("neither CSV nor HTML was written"), "{told}");
    assert_eq!(folder.names(), [""; 0]);
}

/// Reading from a pipe that nobody feeds waits for ever: only the second signal ends that.
#[test]
#[cfg(unix)]
fn a_program_that_must_end_at_once_takes_its_files_with_it() {
    let folder = Folder::new("at-once");
    let pipe = folder.file("pipe.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let recorded = std::fs::read("../../fixtures/sim/recorded.csv").unwrap();
    let mut feeder = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    std::io::Write::write_all(&mut feeder, &recorded).unwrap();
    let to = folder.file("x.csv");
    let child = Command::new(env!("CARGO_BIN_EXE_tongchou"))
        .args(["sim", "replay", &pipe, "--write", &to])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let part = format!(".x.csv.{}.part", child.id());
    let wait = |what: &str, done: &dyn Fn() -> bool| {
        let begun = std::time::Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait("the file is begun", &|| folder.names().contains(&part));
    for _ in 0..2 {
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        std::thread::sleep(Duration::from_millis(200));
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(folder.names(), ["pipe.csv"]);
}
