//! `cargo xtask bench --gate`: every workload's instructions against the committed baseline.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::baseline::{self, Baseline, Count, Counts, PER_CENT};
use super::callgrind;
use crate::sh::{self, Run};
use crate::{Failure, Outcome};

const BASELINE: &str = "benches/baseline.json";
/// The cheapest workload, with which every run proves that the gate can fail.
const PLANTED: &str = "once";
const USAGE: &str = "bench --gate [--only WORKLOAD | --bless | --planted]";
/// The machine that the counts are of.
const MACHINE: &str = "x86_64-linux";
/// Set to nothing but this: code for any such machine, whatever the user's own settings are.
const FLAGS: &str = "-Ctarget-cpu=x86-64";

/// What is wanted beside the counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    only: Option<String>,
    bless: bool,
    planted: bool,
}

impl Wanted {
    fn read(options: &[String]) -> Outcome<Self> {
        let mut wanted = Self::default();
        let mut options = options.iter();
        while let Some(option) = options.next() {
            match option.as_str() {
                "--gate" => {}
                "--bless" => wanted.bless = true,
                "--planted" => wanted.planted = true,
                "--only" => {
                    let name = options.next().ok_or("--only needs the name of a workload")?;
                    wanted.only = Some(name.clone());
                }
                _ => return Err(format!("no option `{option}`: {USAGE}").into()),
            }
        }
        let chosen = [wanted.only.is_some(), wanted.bless, wanted.planted];
        match chosen.into_iter().filter(|chosen| *chosen).count() {
            0 | 1 => Ok(wanted),
            _ => Err(format!("one of these at a time: {USAGE}").into()),
        }
    }
}

/// Counts, judges, and proves that the judge can say no.
pub fn run(options: &[String]) -> Outcome {
    let wanted = Wanted::read(options)?;
    let machine = format!("{}-{}", env::consts::ARCH, env::consts::OS);
    if machine != MACHINE {
        let why = format!("the baseline is of {MACHINE}, this machine is {machine}");
        return Err(format!("{why}: other instructions, so nothing can be compared").into());
    }
    let valgrind = callgrind::version()?;
    let rustc = Run::new("rustc").arg("--version").answer().ok_or("rustc is missing")?;
    let rustc = rustc.trim().to_owned();
    let counter = Counter::build()?;

    let names: Vec<String> = counter.names()?;
    let is_wanted = |name: &String| wanted.only.as_ref().is_none_or(|only| only == name);
    let mut counts = Counts::new();
    for name in names.into_iter().filter(is_wanted) {
        let planted = wanted.planted && name == PLANTED;
        let count = counter.count(&name, planted)?;
        counts.insert(name, count);
    }
    if counts.is_empty() {
        return Err("no such workload".into());
    }
    if !wanted.planted && wanted.only.is_none() {
        counter.proves_itself(&counts)?;
    }

    let before = fs::read_to_string(sh::root().join(BASELINE));
    if wanted.bless {
        let known = before.ok().and_then(|text| Baseline::read(&text).ok());
        let known = known.map(|baseline| baseline.counts).unwrap_or_default();
        print!("beside the baseline until now:\n{}", baseline::table(&counts, &known).0);
        let new = Baseline { machine, rustc, valgrind, counts };
        let written = fs::write(sh::root().join(BASELINE), new.text());
        written.map_err(|error| format!("cannot write {BASELINE}: {error}"))?;
        println!("{BASELINE} is written: commit it alone, with the reason");
        return Ok(());
    }
    let before = before.map_err(|error| format!("cannot read {BASELINE}: {error}"))?;
    let mut before = Baseline::read(&before)?;
    if wanted.only.is_some() {
        before.counts.retain(|name, _| is_wanted(name));
    }
    judged(&counts, &before, &rustc, &valgrind)
}

fn judged(counts: &Counts, before: &Baseline, rustc: &str, valgrind: &str) -> Outcome {
    let (table, green) = baseline::table(counts, &before.counts);
    print!("{table}");
    println!("an item, of the program itself; at most +{PER_CENT} %");
    if before.valgrind != valgrind {
        println!("counted with {valgrind}, the baseline with {}", before.valgrind);
    }
    if before.rustc != rustc {
        let why = format!("the baseline is of `{}`, this is `{rustc}`", before.rustc);
        return Err(format!("{why}: renew it with --bless, in a commit of its own").into());
    }
    if green {
        return Ok(());
    }
    Err("a workload is out of the baseline; benches/CI.md says how to read this".into())
}

/// The program that runs the workloads.
struct Counter {
    program: PathBuf,
    folder: PathBuf,
}

impl Counter {
    /// Builds it without whatever settings of the user's change the code.
    fn build() -> Outcome<Self> {
        let what = ["--profile", "bench", "-p", "tongchou-benches", "--example", "instructions"];
        let mut build = Run::cargo("build").args(what);
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PROFILE_") {
                build = build.env_remove(&name);
            }
        }
        for name in ["CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_INCREMENTAL"] {
            build = build.env_remove(name);
        }
        build.env("RUSTFLAGS", FLAGS).run()?;
        // The profile `bench` is built into the folder of `release`.
        let program = sh::built("release/examples/instructions");
        Ok(Self { program, folder: sh::scratch("bench")? })
    }

    fn names(&self) -> Outcome<Vec<String>> {
        let printed = Run::new(&self.program).arg("--list").output()?;
        let names: Vec<String> = printed.out.split_whitespace().map(str::to_owned).collect();
        match printed.code {
            Some(0) if !names.is_empty() => Ok(names),
            _ => Err(format!("no workloads: {}", printed.error.trim()).into()),
        }
    }

    fn count(&self, name: &str, planted: bool) -> Outcome<Count> {
        callgrind::count(Path::new(&self.program), &self.folder, name, planted)
    }

    /// Five per cent more work of one workload must be red beside this run's own count, and that
    /// count beside itself green.
    fn proves_itself(&self, counts: &Counts) -> Outcome {
        let plain = counts.get(PLANTED).copied();
        let planted = self.count(PLANTED, true)?;
        let verdict = baseline::judge(Some(planted), plain);
        if !verdict.is_red() || baseline::judge(plain, plain).is_red() {
            let why = format!("{PLANTED}: {plain:?}, with planted work {planted:?}: {verdict:?}");
            return Err(Failure(format!("the gate does not see 5 % of planted work: {why}")));
        }
        println!("5 % of planted work was found, as it must be");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &[&str]) -> Outcome<Wanted> {
        Wanted::read(&options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn one_thing_is_wanted_at_a_time() {
        assert_eq!(read(&["--gate"]), Ok(Wanted::default()));
        assert!(read(&["--gate", "--bless"]).is_ok_and(|wanted| wanted.bless));
        let only = read(&["--gate", "--only", "once"]).map(|wanted| wanted.only);
        assert_eq!(only, Ok(Some("once".into())));
        assert!(read(&["--gate", "--bless", "--planted"]).is_err());
        assert!(read(&["--gate", "--only"]).is_err());
        assert!(read(&["--gate", "--else"]).is_err());
    }
}
