//! The oracle against the engine, on generated bills; and the canary that must be caught.

use std::fs;

use crate::options::Options;
use crate::sh::{self, Printed, Run};
use crate::{Failure, Outcome};

/// Bills at the gate.
const CASES: u64 = 3_000_000;
/// Bills for the canary; the planted difference is in every run.
const CANARY_CASES: u64 = 20_000;

const DRIVER: &str = "crates/oracle/examples/diff/main.rs";

/// `cargo xtask diff`.
pub fn run(options: &Options) -> Outcome {
    let cases = options.cases.unwrap_or(CASES);
    let printed = ask(driver(&[]), options.seed, cases).progress()?;
    print!("{}", printed.out);
    let sums = Sums::of(&printed)?;
    match printed.code {
        Some(0) if sums.failed != 0 => Err("the driver counts differences but ends well".into()),
        Some(0) if sums.passed < cases => {
            Err(format!("only {} of {cases} bills were compared", sums.passed).into())
        }
        Some(0) => Ok(()),
        _ if sums.failed != 0 => Err("oracle and engine differ".into()),
        _ => Err("no difference, but the driver is not content; see above".into()),
    }
}

/// `cargo xtask canary`: a run that must find its planted difference.
pub fn canary(options: &Options) -> Outcome {
    let cases = options.cases.unwrap_or(CANARY_CASES);
    let printed = ask(driver(&[]), options.seed, cases).arg("--canary").progress()?;
    match caught(&printed) {
        Ok(()) => {
            println!("the canary was found, as it must be");
            Ok(())
        }
        Err(Failure(why)) => {
            print!("{}{}", printed.out, printed.error);
            Err(format!("the comparison did not see the planted difference: {why}").into())
        }
    }
}

/// The driver, not yet told what to do; it is built first where needed.
pub fn driver(build: &[&str]) -> Run {
    let run = Run::cargo("run").arg("--quiet").args(build);
    run.args(["--profile", "gate", "-p", "tongchou-oracle", "--example", "diff", "--"])
}

/// The same program with its seed and its number of bills.
pub fn ask(program: Run, seed: u64, cases: u64) -> Run {
    program.args(["--seed", &seed.to_string(), "--cases", &cases.to_string()])
}

/// Whether the driver has an option.
pub fn knows(option: &str) -> Outcome<bool> {
    let text = fs::read_to_string(sh::root().join(DRIVER));
    let text = text.map_err(|error| format!("cannot read {DRIVER}: {error}"))?;
    Ok(text.contains(&format!("\"{option}\"")))
}

/// Good only if the driver ended with 1 and counted at least one difference: a driver that broke
/// off for another reason has caught nothing.
pub fn caught(printed: &Printed) -> Outcome {
    let sums = Sums::of(printed)?;
    match (printed.code, sums.failed) {
        (Some(1), 1..) => Ok(()),
        (Some(1), 0) => Err("it ended with 1 without counting a difference".into()),
        (Some(code), _) => Err(format!("it ended with {code}").into()),
        (None, _) => Err("it was killed".into()),
    }
}

/// The last line of the driver: `N passed, M failed`.
#[derive(Debug, PartialEq, Eq)]
pub struct Sums {
    /// Bills on which oracle and engine agree.
    pub passed: u64,
    /// Bills on which they differ.
    pub failed: u64,
}

impl Sums {
    /// What a run of the driver came to.
    pub fn of(printed: &Printed) -> Outcome<Self> {
        let last = printed.out.lines().last().unwrap_or_default();
        Self::read(last).ok_or_else(|| {
            let error = printed.error.trim();
            format!("the last line is not `N passed, M failed` but `{last}` {error}").into()
        })
    }

    fn read(line: &str) -> Option<Self> {
        let (passed, failed) = line.trim().split_once(" passed, ")?;
        let number = |text: &str| text.parse().ok();
        Some(Self { passed: number(passed)?, failed: number(failed.strip_suffix(" failed")?)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(code: i32, out: &str) -> Printed {
        Printed { code: Some(code), out: out.into(), error: String::new() }
    }

    #[test]
    fn only_a_counted_difference_is_a_catch() {
        assert_eq!(caught(&printed(1, "seed 1\n99 passed, 1 failed\n")), Ok(()));
        assert!(caught(&printed(0, "99 passed, 1 failed")).is_err());
        assert!(caught(&printed(101, "99 passed, 1 failed")).is_err());
        assert!(caught(&printed(1, "100 passed, 0 failed")).is_err());
        assert!(caught(&printed(1, "")).is_err());
        assert!(caught(&Printed { code: None, ..printed(1, "0 passed, 1 failed") }).is_err());
    }

    #[test]
    fn sums_are_the_whole_last_line() {
        assert_eq!(Sums::read("7 passed, 0 failed"), Some(Sums { passed: 7, failed: 0 }));
        assert_eq!(Sums::read("7 passed, 0 failed, 1 slow"), None);
        assert_eq!(Sums::read("passed, 0 failed"), None);
    }
}
