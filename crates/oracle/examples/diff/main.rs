//! Settles the same bills with the oracle and with the engine, and compares every field.
//!
//! `cargo run --profile gate -p tongchou-oracle --example diff -- --cases 100000 --seed 1`
//!
//! `--lists` keeps to lists of facts.
//! `--pack ID` keeps to one pack, or to those whose id ends so: `--pack constructs` names the made
//! packs that use what the real ones do not.
//!
//! The bills depend on the seed and the number of the case alone, not on the number of threads. A
//! difference is printed with the command that repeats it. A row of a pack that decides too few
//! bills fails the run as well: what is not made is not tested.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::{env, thread};

use tongchou_oracle::audit::Audit;
use tongchou_oracle::generate::Generator;
use tongchou_oracle::pack::Pack;
use tongchou_oracle::reach::unreached;
use tongchou_policy::{Lang, check};

use crate::run::{Part, Watch, run};

mod compare;
mod constructs;
mod dump;
mod faults;
mod replays;
mod run;

/// Rows that a pack counts for at least when the cases are dealt out.
const ROWS_MIN: usize = 40;

fn main() -> ExitCode {
    let options = match Options::read(env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => return stop(&why),
    };
    if options.faults {
        return faults::list();
    }
    if let Err(why) = faults::plant() {
        return stop(&why);
    }
    let (packs, canonical) = match packs(options.pack.as_deref()) {
        Ok(packs) => packs,
        Err(why) => return stop(&why),
    };
    let generator = Generator::new(&packs, options.seed);
    let (first, last) = match options.case {
        Some(case) => (case, case + 1),
        None => (0, cases_for(&generator, options.cases)),
    };
    if let Some(file) = &options.dump {
        return match dump::write(&generator, &canonical, file, options.cases) {
            Ok(count) => {
                println!("{count} requests in {file}");
                ExitCode::SUCCESS
            }
            Err(why) => stop(&why),
        };
    }
    println!("seed {}, cases {first} to {last}", options.seed);

    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut whole = Part::default();
    let parts = thread::scope(|scope| {
        let start = |thread: usize| {
            let (generator, canonical, options) = (&generator, &canonical, &options);
            let shelf = replays::Shelf(&packs);
            // Odd cases are lists of facts and take longer: they are dealt out in pairs.
            let pair = |case: &u64| usize::try_from(case / 2).unwrap_or(0);
            let mine = move |case: &u64| pair(case) % threads == thread;
            let wanted = |case: &u64| !options.lists || Generator::is_story(*case);
            let cases = (first..last).filter(mine).filter(wanted);
            let watch = Watch { show: options.show, canary: options.canary };
            scope.spawn(move || run(generator, &shelf, canonical, cases, watch))
        };
        let running: Vec<_> = (0..threads).map(start).collect();
        running.into_iter().map(|it| it.join()).collect::<Vec<_>>()
    });
    for part in parts {
        match part {
            Ok(Ok(part)) => whole.add(part),
            Ok(Err(why)) => return stop(&why),
            Err(_) => return stop("a thread broke off"),
        }
    }
    whole.differences.sort_by_key(|difference| (difference.case, difference.bill));
    for difference in whole.differences.iter().take(options.show) {
        println!("{}", difference.text);
        println!("repeat with: {}\n", options.command(difference.case));
    }
    for (kind, (count, case)) in &whole.kinds {
        println!("{count} differ, the first in case {case}: {kind}");
    }
    let mut good = whole.judge_open(options.case.is_some());
    if options.case.is_none() {
        good &= report(&whole, &packs);
    }
    println!("{} passed, {} failed", whole.passed, whole.failed);
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn stop(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}

const OPTIONS: &str = "--cases N, --seed S, --pack ID, --case K, --lists, --show N, --canary, \
    --faults, --dump N FILE";

/// What was asked for.
struct Options {
    cases: u64,
    seed: u64,
    pack: Option<String>,
    case: Option<u64>,
    /// Whether to keep to lists of facts.
    lists: bool,
    /// Differences that are printed in full.
    show: usize,
    /// Whether one answer in a hundred is changed by a fen, which must be found.
    canary: bool,
    /// Whether to list the planted faults.
    faults: bool,
    /// Where to write requests instead of comparing.
    dump: Option<String>,
}

impl Options {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            cases: 10_000,
            seed: 1,
            pack: None,
            case: None,
            lists: false,
            show: 5,
            canary: false,
            faults: false,
            dump: None,
        };
        while let Some(name) = args.next() {
            match name.as_str() {
                "--lists" => options.lists = true,
                "--canary" => options.canary = true,
                "--faults" => options.faults = true,
                _ => options.set(&name, &mut args)?,
            }
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, args: &mut impl Iterator<Item = String>) -> Result<(), String> {
        let options = self;
        {
            let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
            let number = || value.parse().map_err(|_| format!("{name} {value}: not a number"));
            match name {
                "--cases" => options.cases = number()?,
                "--seed" => options.seed = number()?,
                "--case" => options.case = Some(number()?),
                "--show" => options.show = usize::try_from(number()?).unwrap_or(usize::MAX),
                "--dump" => {
                    options.cases = number()?;
                    options.dump = args.next();
                }
                "--pack" => options.pack = Some(value),
                _ => return Err(format!("no option {name}, but {OPTIONS}")),
            }
        }
        Ok(())
    }

    /// The command that repeats one case.
    fn command(&self, case: u64) -> String {
        let mut command =
            "cargo run --profile gate -p tongchou-oracle --example diff --".to_owned();
        // Writing to a text does not fail.
        let _ = write!(command, " --seed {} --case {case}", self.seed);
        if let Some(pack) = &self.pack {
            let _ = write!(command, " --pack {pack}");
        }
        command
    }
}

/// Packs, each with how often it is drawn.
type Shares = Vec<(Pack, i64)>;

/// The packs as the oracle reads them, with the share of each, and as the engine does.
fn packs(only: Option<&str>) -> Result<(Shares, Vec<String>), String> {
    let mut packs = Vec::new();
    let mut canonical = Vec::new();
    let constructs = constructs::packs();
    let made = constructs.iter().map(|(id, text)| (id.as_str(), text.as_str()));
    let real = tongchou_packs::ALL.iter().map(|it| (it.id, it.text));
    for (id, text) in real.chain(made) {
        if only.is_some_and(|only| !id.ends_with(only)) {
            continue;
        }
        let pack = Pack::read(text).map_err(|why| format!("{id}: {}", why.0))?;
        if !pack.settles_bills() {
            continue;
        }
        // The cases are dealt out by rows, so that each row of each pack is aimed at as often.
        let rows = i64::try_from(pack.row_names().len().max(ROWS_MIN)).unwrap_or(i64::MAX);
        packs.push((pack, rows));
        let checked = check(text, id).map_err(|why| why.render(Lang::En))?;
        canonical.push(checked.canonical);
    }
    if packs.is_empty() { Err("no such pack".to_owned()) } else { Ok((packs, canonical)) }
}

/// The number of cases that have this many bills together.
fn cases_for(generator: &Generator<'_>, bills: u64) -> u64 {
    let mut made = 0;
    let mut cases = 0;
    while made < bills {
        made += generator.bills(cases);
        cases += 1;
    }
    cases
}

/// Prints how often each row was decisive; false if some row was not often enough.
fn report(whole: &Part, packs: &[(Pack, i64)]) -> bool {
    let mut few = Vec::new();
    for (pack, _) in packs {
        let bills = whole.audit.bills_of(pack);
        let unreached = unreached(pack);
        println!("{}: {bills} bills", pack.id);
        for (row, count, enough) in whole.audit.rows(pack) {
            let note = if unreached.contains(&row) { "  the fund takes no part" } else { "" };
            println!("  {row:36}{count:9}{:>9}{note}", percent(count, bills));
            if !enough {
                few.push(format!("{} {row}", pack.id));
            }
        }
    }
    println!("refused by both: {}", refused(&whole.audit, whole));
    println!("lists of facts refused by both:");
    for ((oracle, engine), count) in &whole.lists {
        println!("  {count:9}  {oracle:26} {engine}");
    }
    println!("lists of facts by rule:");
    for rule in replays::RULES {
        let count = whole.rules.get(rule).copied().unwrap_or(0);
        println!("  {count:9}  {rule}");
        if count < replays::RULES_MIN && replays::WHOLE_RUN <= whole.passed {
            few.push(format!("lists of facts: {rule}"));
        }
    }
    for row in &few {
        println!("decisive in less than 0.1 % of the bills: {row}");
    }
    few.is_empty()
}

fn refused(audit: &Audit, whole: &Part) -> String {
    let all: u64 = audit.refused().values().sum();
    let mut text = all.to_string();
    for ((oracle, engine), count) in &whole.reasons {
        let _ = write!(text, "\n  {count:9}  {oracle:26} {engine}");
    }
    text
}

/// A share in percent with two decimals, cut off.
fn percent(count: u64, of: u64) -> String {
    let hundredths = (count * 10_000).checked_div(of).unwrap_or(0);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}
