//! The project's commands: `cargo xtask COMMAND`.
//!
//! Each command prints first the line that repeats it. A command that did nothing has failed:
//! zero cases, zero files and zero faults are red.

mod bench;
mod demo;
mod diff;
mod options;
mod packs;
mod parity;
mod sabotage;
mod sh;
mod test;
mod tidy;
mod wasm;

use std::env;
use std::process::ExitCode;

use crate::options::Options;

/// Why a command failed: what, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure(String);

impl<T: Into<String>> From<T> for Failure {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// How a command ends.
pub type Outcome<T = ()> = Result<T, Failure>;

type Command = (&'static str, &'static str, fn(&Options) -> Outcome);

const COMMANDS: &[Command] = &[
    ("demo", "build, settle the demo bills, print slips with explanations", demo::run),
    ("test", "the gate: everything that must hold [--only STEP] [--seed N] [--cases N]", test::run),
    ("tidy", "lengths, arrows between crates, words, numbers and paths", tidy::run),
    ("packs", "check every shipped pack with its worked examples", packs::run),
    ("diff", "the oracle against the engine [--seed N] [--cases N]", diff::run),
    ("canary", "the same with one planted difference, which must be found", diff::canary),
    ("sabotage", "plant faults one by one; each must be caught [--only FAULT]", sabotage::run),
    ("parity", "the same bytes natively and in WASM [--seed N] [--cases N]", parity::run),
    ("wasm", "build the WASM module and look at its imports and size", wasm::run),
    (
        "bench",
        "times beside controls [-- FILTER]; --gate counts instructions [--bless]",
        bench::run,
    ),
];

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let Some(name) = args.next() else {
        usage();
        return ExitCode::from(USAGE);
    };
    let Some((name, _, command)) = COMMANDS.iter().find(|(known, ..)| *known == name) else {
        if !matches!(name.as_str(), "help" | "--help" | "-h") {
            eprintln!("no command `{name}`\n");
        }
        usage();
        return ExitCode::from(USAGE);
    };
    let options = match Options::read(name, args.collect()) {
        Ok(options) => options,
        Err(Failure(why)) => {
            eprintln!("{why}");
            return ExitCode::from(USAGE);
        }
    };
    println!("repeat with: {}", options.command());
    match command(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(why)) => {
            eprintln!("\n{name}: {why}");
            ExitCode::FAILURE
        }
    }
}

fn usage() {
    println!("cargo xtask COMMAND\n");
    for (name, what, _) in COMMANDS {
        println!("  {name:10}{what}");
    }
}

const USAGE: u8 = 2;
