//! Planted faults: the kernel is built with every fault in it, and each run switches one on.
//!
//! A fault that the comparison does not see is a hole in the comparison.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

use crate::options::Options;
use crate::sh::{self, Run};
use crate::{Failure, Outcome, diff};

/// Bills for each fault.
const CASES: u64 = 100_000;
/// Bills for the run without a fault, which must be green.
const CONTROL_CASES: u64 = 20_000;
/// The kernel reads the name of the fault from here.
const VARIABLE: &str = "TONGCHOU_SABOTAGE";
/// Faults that must be planted at least.
const FAULTS_MIN: usize = 11;

/// `cargo xtask sabotage`.
pub fn run(options: &Options) -> Outcome {
    let driver = build()?;
    let faults = faults(&driver, options.only.as_deref())?;
    let cases = options.cases.unwrap_or(CASES);

    // Without a fault the same build must be green, or every catch below would mean nothing.
    let control = diff::ask(Run::new(&driver), options.seed, cases.min(CONTROL_CASES)).output()?;
    let sums = diff::Sums::of(&control)?;
    if sums.failed != 0 || sums.passed == 0 {
        return Err(format!("not green without a fault either\n{}", control.out).into());
    }

    let mut silent = Vec::new();
    for fault in &faults {
        let start = Instant::now();
        let run = diff::ask(Run::new(&driver).env(VARIABLE, fault), options.seed, cases);
        let line = run.to_string();
        let printed = run.output()?;
        let seconds = start.elapsed().as_secs();
        match diff::caught(&printed) {
            Ok(()) => {
                let sums = printed.out.lines().last().unwrap_or_default();
                println!("caught  {fault:32} {seconds:4} s  {sums}");
            }
            Err(Failure(why)) => {
                println!("SILENT  {fault:32} {seconds:4} s  {why}");
                silent.push(line);
            }
        }
    }
    if silent.is_empty() {
        println!("{} faults, each of them caught", faults.len());
        return Ok(());
    }
    let mut text = format!("{} of {} faults were not caught:", silent.len(), faults.len());
    for line in silent {
        // Writing to a text does not fail.
        let _ = write!(text, "\n  {line}");
    }
    Err(Failure(text))
}

/// The driver with every fault in it, in a folder of its own.
fn build() -> Outcome<PathBuf> {
    let folder = sh::target().join("sabotage");
    let what = ["--profile", "gate", "-p", "tongchou-oracle", "--example", "diff"];
    let build = Run::cargo("build").args(what).arg("--target-dir").arg(&folder);
    build.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", "--cfg sabotage").run()?;
    Ok(sh::built("sabotage/gate/examples/diff"))
}

/// The names of the planted faults, or the one that is wanted.
fn faults(driver: &PathBuf, only: Option<&str>) -> Outcome<Vec<String>> {
    let printed = Run::new(driver).arg("--faults").output()?;
    let names: Vec<String> = printed.out.split_whitespace().map(str::to_owned).collect();
    if printed.code != Some(0) || names.len() < FAULTS_MIN {
        let found = names.len();
        let why = printed.error.trim();
        return Err(format!("{found} faults are planted, not {FAULTS_MIN} or more: {why}").into());
    }
    let Some(only) = only else { return Ok(names) };
    if names.iter().any(|name| name == only) {
        return Ok(vec![only.to_owned()]);
    }
    Err(format!("no fault `{only}`; there are: {}", names.join(", ")).into())
}
