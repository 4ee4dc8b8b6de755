//! `tongchou sim`: synthetic members and visits, replay, load, impact, calibration.

mod calibrate;
mod desk;
mod impact;
mod load;
mod runs;
mod summary;
mod wasm;
mod watch;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use tongchou_sim::fault::Fault;

use crate::{Ended, Failure, Language, words};

/// What the simulator does.
#[derive(Debug, Subcommand)]
pub enum Sim {
    /// List the scenarios that come with the program
    Scenarios {
        /// Print a scenario's file instead, to start one of your own from
        id: Option<String>,
        /// Language of the list
        #[arg(long, value_enum, default_value_t = Language::Zh)]
        lang: Language,
    },
    /// Make the members and visits of a scenario and settle them
    Run(Run),
    /// Settle recorded visits: .arrow, .parquet, .ndjson (settle requests) or .csv
    Replay(Replay),
    /// Measure: as many visits as possible, or a stated rate with its latencies
    Load(load::Load),
    /// Price a reform: settle the same population under two packs
    Impact(impact::Reform),
    /// Hold a scenario against the published figures that it states; of a larger one, 1,000,000
    /// members at most unless more are asked for
    Calibrate(calibrate::Calibrate),
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A report to read
    Text,
    /// The report as JSON
    Json,
}

/// What all that settle have in common.
#[derive(Debug, Args)]
pub struct Common {
    /// Settle under this pack instead: an id, an id with `@YYYY-MM-DD`, or a TOML file
    #[arg(long)]
    pub pack: Option<String>,
    /// Choose the value of a pack's parameter, `NAME=VALUE`; may be given more than once
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Threads; all of the machine's if absent
    #[arg(long)]
    pub threads: Option<usize>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub format: Form,
    /// Language of the report
    #[arg(long, value_enum, default_value_t = Language::Zh)]
    pub lang: Language,
}

/// How much of a scenario's population is made.
#[derive(Debug, Args)]
pub struct Much {
    /// Members to make; the scenario's own number if absent
    #[arg(long, conflicts_with = "sample")]
    pub members: Option<u64>,
    /// A part of the scenario's members, such as `1/100`
    #[arg(long, value_name = "1/N")]
    pub sample: Option<String>,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Options of `sim run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Scenarios that come with the program, or TOML files; settled one after the other
    #[arg(required = true)]
    pub scenarios: Vec<String>,
    #[command(flatten)]
    pub much: Much,
    #[command(flatten)]
    pub common: Common,
    /// Also write the visits of the one scenario: .arrow, .parquet, .ndjson or .csv
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
}

/// Options of `sim replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// Recorded visits
    pub file: PathBuf,
    #[command(flatten)]
    pub common: Common,
    /// Also write the visits in another format
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
}

/// Runs `sim`.
///
/// # Errors
/// A [`Failure`] where the command was not understood.
pub fn run(command: &Sim, out: &mut dyn Write) -> Result<Ended, Failure> {
    watch::listen();
    let (done, lang) = match command {
        Sim::Scenarios { id, lang } => (desk::scenarios(id.as_deref(), *lang, out), *lang),
        Sim::Run(options) => (runs::run(options, out), options.common.lang),
        Sim::Replay(options) => (runs::replay(options, out), options.common.lang),
        Sim::Load(options) => (load::run(options, out), options.common.lang),
        Sim::Impact(options) => (impact::run(options, out), options.lang),
        Sim::Calibrate(options) => (calibrate::run(options, out), options.common.lang),
    };
    done.or_else(|stopped| match stopped {
        Stopped::Failure(failure) => Err(failure),
        Stopped::Fault(fault) => {
            writeln!(out, "{}", told(&fault, lang))?;
            Ok(Ended::Refused)
        }
    })
}

/// Why a command ended early.
#[derive(Debug)]
pub enum Stopped {
    /// Something was refused.
    Fault(Box<Fault>),
    /// The command could not run.
    Failure(Failure),
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        Self::Failure(error.into())
    }
}

/// A refusal as it is printed: code, place, what, and what to do.
fn told(fault: &Fault, lang: Language) -> String {
    let (what, help) = fault.words(words::wire(lang));
    let at = match fault.place.is_empty() {
        true => String::new(),
        false => format!("\n  {}: {}", words::AT.text(lang), fault.place),
    };
    let help = match help.is_empty() {
        true => String::new(),
        false => format!("\n  {}: {help}", words::HELP.text(lang)),
    };
    format!("{}: {what}{at}{help}", fault.code.text())
}
