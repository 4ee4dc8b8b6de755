//! `sim impact`: what a reform costs, and whom it costs.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use tongchou_sim::fault::{Code, Fault};
use tongchou_sim::files::write_new;
use tongchou_sim::generate::Generator;
use tongchou_sim::impact::{self, Clock, Impact, Stages};
use tongchou_sim::report::impact::Report;
use tongchou_sim::settle::{Settler, WIDTH_MAX, WIDTH_SMALL};
use tongchou_wire::error::Lang;

use super::desk::{self, Chosen};
use super::watch::{Watch, peak_memory};
use super::{Much, Stopped};
use crate::words::{self, Phrase};
use crate::{Ended, Language, terms};

/// Options of `sim impact`.
#[derive(Debug, Args)]
pub struct Reform {
    /// The pack before: an id, an id with `@YYYY-MM-DD`, or a TOML file
    pub before: String,
    /// The pack after, written the same way
    pub after: String,
    /// Whose members and visits: a scenario that comes with the program, or a TOML file
    #[arg(long)]
    pub scenario: String,
    #[command(flatten)]
    pub much: Much,
    /// Choose the value of a parameter of both packs, `NAME=VALUE`; may be given more than once
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Choose the value of a parameter of the pack after only
    #[arg(long = "param-after", value_name = "NAME=VALUE")]
    pub params_after: Vec<String>,
    /// Threads; all of the machine's if absent
    #[arg(long)]
    pub threads: Option<usize>,
    /// Also write the report as CSV
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Also write the report as an HTML page with charts, in one file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Language of the report
    #[arg(long, value_enum, default_value_t = Language::Zh)]
    pub lang: Language,
}

const SECOND: Phrase = Phrase::new(
    "第二个政策包的用时为第一个（含生成）的",
    "the second pack took this part of the first one's time, generation included:",
);
const PARTS: Phrase = Phrase::new(
    "每人次纳秒（生成；前：绑定+归类+结算；后：绑定+归类+结算）",
    "ns a visit (generate; before: bind + classify + settle; after: bind + classify + settle)",
);
const MEMORY: Phrase = Phrase::new("峰值内存", "peak memory");
const TIME: Phrase = Phrase::new("用时", "time");

/// A clock from the beginning of the program's work.
struct Since(Instant);

impl Clock for Since {
    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Runs `sim impact`.
pub fn run(options: &Reform, out: &mut dyn Write) -> Result<Ended, Stopped> {
    let scenario = desk::scenario(&options.scenario)?;
    let members = desk::members(&scenario, &options.much)?;
    for file in [&options.csv, &options.html].into_iter().flatten() {
        if file.exists() {
            return Err(Fault::new(Code::Exists, file.display().to_string(), "", "").into());
        }
    }
    let base = desk::params(&options.params, &BTreeMap::new())?;
    let changed = desk::params(&options.params_after, &base)?;
    let before = desk::terms(&options.before, &base, &scenario.facts, options.lang)?;
    let after = desk::terms(&options.after, &changed, &scenario.facts, options.lang)?;
    let generator = Generator::new(&scenario, options.much.seed)?;
    let threads = desk::threads(options.threads)?;
    let watch = Watch::begin(Some(members));
    let clock = Since(Instant::now());
    let small = [&before, &after]
        .iter()
        .all(|Chosen { terms, .. }| Settler::<WIDTH_SMALL>::fits(&terms.bound()));
    let (a, b, persons) = (&before.terms, &after.terms, 0..members);
    let impact = match small {
        true => impact::run::<WIDTH_SMALL>(&generator, persons, a, b, threads, &watch, &clock),
        false => impact::run::<WIDTH_MAX>(&generator, persons, a, b, threads, &watch, &clock),
    };
    let time = watch.end();
    let impact = impact?;
    let report = Report { impact: &impact, lang: words::wire(options.lang), value };
    if let Some(file) = &options.csv {
        write_new(file, &report.csv())?;
    }
    if let Some(file) = &options.html {
        write_new(file, &report.html())?;
    }
    write!(out, "{}", report.text())?;
    write!(out, "{}", spent(&impact, options.lang))?;
    let memory = peak_memory().map_or(String::new(), |bytes| {
        format!("  {} {} MiB", MEMORY.text(options.lang), bytes >> 20)
    });
    writeln!(
        out,
        "{} {}.{:03} s{memory}",
        TIME.text(options.lang),
        time.as_secs(),
        time.subsec_millis()
    )?;
    Ok(if impact.partial { Ended::Refused } else { Ended::Done })
}

/// Values of dimensions in words.
fn value<'a>(dim: &str, value: &'a str, lang: Lang) -> &'a str {
    let lang = match lang {
        Lang::Zh => Language::Zh,
        Lang::En => Language::En,
    };
    terms::value(dim, value, lang)
}

/// Where the time went.
fn spent(impact: &Impact, lang: Language) -> String {
    let times = &impact.times;
    let sum = |of: &Stages| of.bind + of.classify + of.settle;
    let (first, second) = (times.generate + sum(&times.first), sum(&times.second));
    let permille = (u128::from(second) * 1_000).checked_div(u128::from(first)).unwrap_or(0);
    let per = |time: u64| time.checked_div(impact.reuse.visits).unwrap_or(0);
    let stages =
        |of: &Stages| format!("{} + {} + {}", per(of.bind), per(of.classify), per(of.settle));
    format!(
        "{} {}.{} %\n{}: {}; {}; {}\n",
        SECOND.text(lang),
        permille / 10,
        permille % 10,
        PARTS.text(lang),
        per(times.generate),
        stages(&times.first),
        stages(&times.second),
    )
}
