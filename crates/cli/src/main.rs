//! `tongchou`: settle bills, take settlements back, replay a member's year, look at packs.
//!
//! Exit codes: 0 done; 1 refused, not proved or outside a tolerance; 2 the command was not
//! understood or a file cannot be read.

mod codes;
mod columns;
mod diff;
mod entitle;
mod explain;
mod facts;
mod member;
mod packs;
mod product;
mod prove;
mod refund;
mod settle;
mod shelf;
mod sim;
mod slip;
mod terms;
mod timeline;
mod words;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// What stands under the help of the program.
const ENDS: &str = "\
Exit codes:
  0  done
  1  refused, not proved, or outside its tolerance
  2  not understood, or a file that cannot be read

Environment:
  TONGCHOU_LANG  zh or en: the language where --lang is not given";

/// The settlement kernel of basic medical insurance (医保): exact, explained, reversible.
#[derive(Debug, Parser)]
#[command(name = "tongchou", version, about, arg_required_else_help = true, after_help = ENDS)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Settle bills: one request, or a stream of one JSON request a line (NDJSON)
    Settle(Settle),
    /// Take settlements back: a cancel message, or a settlement as it was answered
    Cancel(Settle),
    /// Settle a member's facts in order of service: bills, refunds, contributions, events
    Replay(Settle),
    /// Show a member's facts as a year: month by month, then counters, stays and the account
    Member(Settle),
    /// Give money back: a refund message, or a settlement as it was answered with --id
    Refund(GiveBack),
    /// Say what a member is entitled to, and since when
    Entitle(Settle),
    /// List, show and check policy packs
    #[command(subcommand)]
    Packs(Packs),
    /// Make members and visits, replay recorded ones, measure, price a reform
    #[command(subcommand)]
    Sim(sim::Sim),
    /// Print the JSON Schema of the contract or of packs, or the tables of refusal codes
    Schema {
        /// What to print
        #[arg(value_enum, default_value_t = Schema::Contract)]
        what: Schema,
        /// Language of the tables, and of the descriptions in the schema of packs
        #[arg(long, value_enum, default_value_t = Language::Zh)]
        lang: Language,
    },
}

#[derive(Debug, clap::Args)]
struct Settle {
    /// File of a message, or of one JSON message a line (NDJSON); `-` for standard input
    file: String,
    /// Print every step with its clause
    #[arg(long)]
    explain: bool,
    /// Form of the answer; if absent, one message is answered as text, a stream as JSON
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Language of answers and refusals
    #[arg(long, value_enum, default_value_t = Language::Zh)]
    lang: Language,
    /// Also load a pack from a TOML file; may be given more than once
    #[arg(long = "pack", value_name = "TOML")]
    packs: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct GiveBack {
    #[command(flatten)]
    common: Settle,
    /// Key of the refund, for a settlement as it was answered
    #[arg(long)]
    id: Option<String>,
    /// How much of what the person paid, in yuan; the whole bill if absent
    #[arg(long, requires = "id")]
    amount: Option<String>,
    /// A dimension of the refund, such as `network=online`; may be given more than once
    #[arg(long = "with", value_name = "NAME=VALUE", requires = "id")]
    with: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Packs {
    /// List the shipped packs
    List {
        /// Language of the list
        #[arg(long, value_enum, default_value_t = Language::Zh)]
        lang: Language,
    },
    /// Show a pack: its life, parameters, layers and clauses
    Show {
        /// Pack id, or a TOML file
        pack: String,
        /// Print the canonical JSON instead
        #[arg(long)]
        canonical: bool,
        /// Print the TOML text as it is instead, to start a reform from
        #[arg(long, conflicts_with = "canonical")]
        toml: bool,
        /// Language of the text
        #[arg(long, value_enum, default_value_t = Language::Zh)]
        lang: Language,
    },
    /// Compare two packs: clause by clause, then on sample bills
    Diff(Diff),
    /// Check packs and their worked examples: the given TOML files, or all that are shipped
    Check {
        /// TOML files
        files: Vec<String>,
        /// Prove what the packs pay: slopes, steps, caps, and the kernel beside the exact functions
        #[arg(long)]
        prove: bool,
        /// Form of the proof
        #[arg(long, value_enum, requires = "prove")]
        format: Option<Format>,
        /// Language of the report
        #[arg(long, value_enum, default_value_t = Language::Zh)]
        lang: Language,
    },
}

#[derive(Debug, clap::Args)]
struct Diff {
    /// The pack before: a shipped pack's id or a TOML file, with `@YYYY-MM-DD` as on that day
    before: String,
    /// The pack after, written the same way
    after: String,
    /// Compare on these bills, one request a line (NDJSON), instead of on made ones
    #[arg(long, value_name = "FILE")]
    bills: Option<String>,
    /// Choose the value of a parameter, `NAME=VALUE`; may be given more than once
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Language of the text
    #[arg(long, value_enum, default_value_t = Language::Zh)]
    lang: Language,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Schema {
    /// JSON Schema of the contract
    Contract,
    /// JSON Schema of policy packs, for TOML editors
    Pack,
    /// Tables of refusal codes
    Codes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A slip or a report to read
    Text,
    /// The same as data
    Json,
}

/// Language of what people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// 中文
    Zh,
    /// English
    En,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything was done.
    Done,
    /// Something was refused.
    Refused,
}

/// Why a command did not run to its end.
#[derive(Debug)]
pub enum Failure {
    /// It could not: what, and what to do.
    Told(String),
    /// Whoever read the answer, such as `head`, has seen enough.
    Unread,
}

impl Failure {
    fn new(text: impl Into<String>) -> Self {
        Self::Told(text.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Told(format!("cannot write the answer: {error}")),
        }
    }
}

fn main() -> ExitCode {
    let cli = match asked() {
        Ok(cli) => cli,
        Err(failure) => return failed(&failure),
    };
    let stdout = std::io::stdout();
    let mut out = std::io::BufWriter::new(stdout.lock());
    let ended = run(cli.command, &mut out).and_then(|ended| {
        out.flush()?;
        Ok(ended)
    });
    match ended {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Refused) => ExitCode::from(1),
        Err(failure) => failed(&failure),
    }
}

fn failed(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Told(text) => {
            eprintln!("tongchou: {text}");
            ExitCode::from(2)
        }
        Failure::Unread => ExitCode::SUCCESS,
    }
}

/// The variable that sets the default of `--lang`.
const LANG: &str = "TONGCHOU_LANG";

/// What the arguments ask for; ends the program where clap has something to say itself.
fn asked() -> Result<Cli, Failure> {
    let mut command = Cli::command();
    if let Some(said) = std::env::var_os(LANG).filter(|said| !said.is_empty()) {
        let lang = said.to_str().and_then(|said| Language::from_str(said, true).ok());
        command = in_language(command, lang.ok_or_else(|| not_a_language(&said))?);
    }
    let matches = command.get_matches();
    Ok(Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()))
}

fn not_a_language(said: &std::ffi::OsStr) -> Failure {
    let said = said.display();
    Failure::new(format!(
        "{LANG} is `{said}`; set it to zh or en, or leave it unset / \
         {LANG} 的值 `{said}` 无法识别；请设为 zh 或 en，或不设置"
    ))
}

/// The command with another default of `--lang`, wherever there is one.
fn in_language(command: clap::Command, lang: Language) -> clap::Command {
    let value = match lang {
        Language::Zh => "zh",
        Language::En => "en",
    };
    let own = command.mut_args(|arg| match arg.get_id() == "lang" {
        true => arg.default_value(value),
        false => arg,
    });
    own.mut_subcommands(|command| in_language(command, lang))
}

fn run(command: Command, out: &mut dyn Write) -> Result<Ended, Failure> {
    match command {
        Command::Settle(options) => settle::run(settle::Verb::Settle, &options, out),
        Command::Cancel(options) => settle::run(settle::Verb::Cancel, &options, out),
        Command::Replay(options) => settle::run(settle::Verb::Replay, &options, out),
        Command::Member(options) => settle::run(settle::Verb::Member, &options, out),
        Command::Refund(options) => settle::give_back(&options, out),
        Command::Entitle(options) => settle::run(settle::Verb::Entitle, &options, out),
        Command::Sim(command) => sim::run(&command, out),
        Command::Packs(Packs::List { lang }) => packs::list(lang, out),
        Command::Packs(Packs::Show { pack, toml: true, .. }) => packs::source(&pack, out),
        Command::Packs(Packs::Show { pack, canonical, lang, .. }) => {
            packs::show(&pack, canonical, lang, out)
        }
        Command::Packs(Packs::Check { files, prove: true, format, lang }) => {
            prove::run(&files, format, lang, out)
        }
        Command::Packs(Packs::Check { files, lang, .. }) => packs::check(&files, lang, out),
        Command::Packs(Packs::Diff(options)) => diff::run(&options, out),
        Command::Schema { what: Schema::Contract, .. } => {
            let schema = tongchou_wire::schema::contract();
            let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
            writeln!(out, "{text}")?;
            Ok(Ended::Done)
        }
        Command::Schema { what: Schema::Pack, lang } => {
            let schema = tongchou_policy::schema(words::policy(lang));
            let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
            writeln!(out, "{text}")?;
            Ok(Ended::Done)
        }
        Command::Schema { what: Schema::Codes, lang } => {
            write!(out, "{}", codes::table(lang))?;
            Ok(Ended::Done)
        }
    }
}
