//! The gate: every step in turn, its time, and a table at the end. The first failure stops it.

use std::time::{Duration, Instant};

use crate::options::Options;
use crate::sh::{self, Run};
use crate::{Failure, Outcome, bench, diff, packs, parity, sabotage, tidy};

type Step = (&'static str, fn(&Options) -> Outcome);

/// Cheap steps first; those that share a build stand side by side.
const STEPS: &[Step] = &[
    ("fmt", fmt),
    ("tidy", |options| tidy::run(&options.of("tidy", None))),
    ("clippy", clippy),
    ("tests", tests),
    ("packs", |options| packs::run(&options.of("packs", None))),
    ("bench", bench::gate),
    ("oracle", |options| diff::run(&options.of("diff", options.cases))),
    ("canary", |options| diff::canary(&options.of("canary", None))),
    ("sabotage", |options| sabotage::run(&options.of("sabotage", None))),
    ("parity", |options| parity::run(&options.of("parity", None))),
];

/// `cargo xtask test`.
pub fn run(options: &Options) -> Outcome {
    let only = options.only.as_deref();
    if let Some(only) = only.filter(|only| STEPS.iter().all(|(name, _)| name != only)) {
        let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        return Err(format!("no step `{only}`; there are: {}", names.join(", ")).into());
    }
    if only.is_none_or(|only| only == "parity") {
        // Better said now than after a quarter of an hour.
        sh::node()?;
    }
    let mut done: Vec<(&str, Duration)> = Vec::new();
    let mut failure = None;
    for (name, step) in STEPS.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)) {
        println!("\n== {name}");
        let start = Instant::now();
        let ended = step(options);
        done.push((name, start.elapsed()));
        println!("== {name}: {}", seconds(start.elapsed()));
        if let Err(Failure(why)) = ended {
            failure = Some((*name, why));
            break;
        }
    }
    table(&done, failure.as_ref().map(|(name, _)| *name), only);
    let Some((name, why)) = failure else { return Ok(()) };
    let seed = options.seed;
    Err(format!("{why}\nrepeat the step with: cargo xtask test --only {name} --seed {seed}").into())
}

fn fmt(_: &Options) -> Outcome {
    sh::component("rustfmt")?;
    Run::cargo("fmt").args(["--all", "--check"]).run()
}

fn clippy(_: &Options) -> Outcome {
    sh::component("clippy")?;
    let what = ["--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
    Run::cargo("clippy").args(what).run()
}

fn tests(_: &Options) -> Outcome {
    if Run::cargo("nextest").arg("--version").answer().is_none() {
        // Cargo's own runner runs the examples in the documentation as well.
        return Run::cargo("test").args(["--workspace", "--quiet"]).run();
    }
    let quiet = ["--status-level", "fail", "--final-status-level", "slow"];
    Run::cargo("nextest").arg("run").locked().arg("--workspace").args(quiet).run()?;
    Run::cargo("test").args(["--workspace", "--doc", "--quiet"]).run()
}

fn table(done: &[(&str, Duration)], failed: Option<&str>, only: Option<&str>) {
    println!("\nstep      result       time");
    for (name, _) in STEPS.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)) {
        let time = done.iter().find(|(step, _)| step == name).map(|(_, time)| *time);
        let result = match time {
            None => "not run",
            Some(_) if failed == Some(*name) => "RED",
            Some(_) => "green",
        };
        println!("{name:10}{result:8}{:>9}", time.map(seconds).unwrap_or_default());
    }
    let whole = done.iter().map(|(_, time)| *time).sum();
    println!("{:18}{:>9}", "all", seconds(whole));
}

fn seconds(time: Duration) -> String {
    format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100)
}
