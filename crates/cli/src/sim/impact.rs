//! `sim impact`: what a reform costs, and whom it costs.

mod json;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use tongchou_core::calendar::Day;
use tongchou_policy::diff::{Diff, Side};
use tongchou_sim::fault::{Code, Fault, said};
use tongchou_sim::files::Page;
use tongchou_sim::generate::Generator;
use tongchou_sim::impact::{self, Clock, Impact, Pair, Stages};
use tongchou_sim::report::about::About;
use tongchou_sim::report::impact::Report;
use tongchou_sim::settle::{Settler, WIDTH_MAX, WIDTH_SMALL};
use tongchou_wire::error::Lang;

use super::desk::{self, Chosen, Made};
use super::watch::{Along, Watch, peak_memory};
use super::{Form, Much, Stopped};
use crate::slip::pick;
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
    /// Also say where the time went, and what the second pack took of it (JSON always does)
    #[arg(long)]
    pub timing: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub format: Form,
    /// Also write the report as CSV; no file of a run that is ended early
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Also write the report as an HTML page with charts, in one file; likewise
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Language of the report
    #[arg(long, value_enum, default_value_t = Language::Zh)]
    pub lang: Language,
}

const SECOND: Phrase = Phrase::new(
    "第二个政策包的用时：为生成与第一个之和的 {a}，为第一个的 {b}",
    "the second pack took {a} of generating and the first, {b} of the first alone",
);
const PARTS: Phrase = Phrase::new(
    "每人次纳秒（生成；前：绑定+归类+结算；后：绑定+归类+结算）",
    "ns a visit (generate; before: bind + classify + settle; after: bind + classify + settle)",
);
const NO_FILES: Phrase = Phrase::new(
    "运行被中断：没有写出 CSV 和 HTML 文件",
    "the run was ended early: neither CSV nor HTML was written",
);
const PARAM: Phrase = Phrase::new("参数", "parameter");
const MEMORY: Phrase = Phrase::new("峰值内存", "peak memory");
const TIME: Phrase = Phrase::new("用时", "time");

/// A clock from the beginning of the program's work.
struct Since(Instant);

impl Clock for Since {
    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The files of a report, begun before the run: what cannot be written is found at once.
struct Files {
    csv: Option<Page>,
    html: Option<Page>,
}

impl Files {
    fn create(options: &Reform) -> Result<Self, Fault> {
        let page = |file: &Option<PathBuf>| file.as_deref().map(Page::create).transpose();
        let (csv, html) = (page(&options.csv)?, page(&options.html)?);
        let place = |file: &Option<PathBuf>| -> Option<PathBuf> {
            let file = file.as_deref()?;
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(folder.join(file.file_name()?))
        };
        if options.csv.is_some() && place(&options.csv) == place(&options.html) {
            let what = options.html.as_deref().unwrap_or(Path::new("")).display().to_string();
            let help = said("CSV 和 HTML 须为两个文件", "CSV and HTML are two files");
            return Err(Fault::new(Code::Usage, "--html", what, help));
        }
        Ok(Self { csv, html })
    }

    fn finish(self, report: &Report<'_>) -> Result<(), Fault> {
        if let Some(page) = self.csv {
            page.finish(&report.csv())?;
        }
        if let Some(page) = self.html {
            page.finish(&report.html())?;
        }
        Ok(())
    }
}

/// Runs `sim impact`.
pub fn run(options: &Reform, out: &mut dyn Write) -> Result<Ended, Stopped> {
    let lang = options.lang;
    let scenario = desk::scenario(&options.scenario)?;
    let members = desk::members(&scenario, &options.much)?;
    let seed = options.much.seed;
    let terms =
        |pack: &str, params: &[String]| desk::terms(pack, &Made::of(&scenario, pack), params, lang);
    let before = terms(&options.before, &options.params)?;
    let after = terms(&options.after, &[&options.params[..], &options.params_after].concat())?;
    let generator = Generator::new(&scenario, seed)?;
    let threads = desk::threads(options.threads)?;
    let differences = differences([(&options.before, &before), (&options.after, &after)], lang)?;
    let files = Files::create(options)?;
    let (impact, time) = settled(&generator, members, [&before, &after], threads)?;
    let asked = Pair { a: options.before.as_str(), b: options.after.as_str() };
    let about = About::new(&scenario, seed, env!("CARGO_PKG_VERSION"), asked, &differences);
    let report = Report { impact: &impact, about, lang: words::wire(lang), value };
    match options.format {
        Form::Json => writeln!(out, "{:#}", json::report(&impact, &about, time))?,
        Form::Text => {
            write!(out, "{}", report.text())?;
            if options.timing {
                write!(out, "{}", spent(&impact, lang))?;
            }
            writeln!(out, "{}", took(time, lang))?;
        }
    }
    if !impact.partial {
        files.finish(&report)?;
        return Ok(Ended::Done);
    }
    if files.csv.is_some() || files.html.is_some() {
        writeln!(std::io::stderr(), "{}", NO_FILES.text(lang))?;
    }
    Ok(Ended::Refused)
}

/// Time and memory of the run.
fn took(time: Duration, lang: Language) -> String {
    let memory = peak_memory()
        .map_or(String::new(), |bytes| format!("  {} {} MiB", MEMORY.text(lang), bytes >> 20));
    let (seconds, millis) = (time.as_secs(), time.subsec_millis());
    format!("{} {seconds}.{millis:03} s{memory}", TIME.text(lang))
}

/// Settles the members under both packs; also the time that it took.
fn settled(
    generator: &Generator,
    members: u64,
    [before, after]: [&Chosen; 2],
    threads: usize,
) -> Result<(Impact, Duration), Fault> {
    let watch = Watch::begin(Along::Persons(members));
    let clock = Since(Instant::now());
    let small = [before, after]
        .iter()
        .all(|Chosen { terms, .. }| Settler::<WIDTH_SMALL>::fits(&terms.bound()));
    let (a, b, persons) = (&before.terms, &after.terms, 0..members);
    let impact = match small {
        true => impact::run::<WIDTH_SMALL>(generator, persons, a, b, threads, &watch, &clock),
        false => impact::run::<WIDTH_MAX>(generator, persons, a, b, threads, &watch, &clock),
    };
    let time = watch.end();
    Ok((impact?, time))
}

/// What is different between the packs as `packs diff` says it, then between their parameters.
fn differences(packs: [(&String, &Chosen); 2], lang: Language) -> Result<Vec<String>, Stopped> {
    let side = |(name, chosen): (&String, &Chosen)| {
        let on = chosen.day.and_then(|day| Day::new(day.year, day.month, day.day));
        let not = said("在该日有效的政策包", "a pack in force on that day");
        let refused = |_| Fault::new(Code::Usage, name, name, not);
        Side::new(name, &chosen.checked.pack, on).map_err(refused)
    };
    let [before, after] = packs;
    let diff = Diff::new(side(before)?, side(after)?);
    let changes = diff.changes.iter().zip(1..);
    let mut all: Vec<String> = Vec::new();
    for (change, number) in changes {
        all.push(format!("{number}. {}", change.say(words::policy(lang))));
        all.extend(change.details.iter().map(|detail| format!("   {}", pick(detail, lang))));
    }
    let [a, b] = [before, after].map(|(_, chosen)| chosen.terms.binder.params());
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for name in names {
        let value =
            |of: &BTreeMap<String, String>| of.get(name).map_or("–", String::as_str).to_owned();
        if a.get(name) != b.get(name) {
            all.push(format!("{} {name}: {} → {}", PARAM.text(lang), value(&a), value(&b)));
        }
    }
    Ok(all)
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
    let share = |permille: Option<u64>| {
        permille.map_or("–".to_owned(), |p| format!("{}.{} %", p / 10, p % 10))
    };
    let second = SECOND.text(lang).replace("{a}", &share(times.second_of_first_with_visits()));
    let second = second.replace("{b}", &share(times.second_of_first()));
    let per = |time: u64| time.checked_div(impact.reuse.visits).unwrap_or(0);
    let stages =
        |of: &Stages| format!("{} + {} + {}", per(of.bind), per(of.classify), per(of.settle));
    format!(
        "{second}\n{}: {}; {}; {}\n",
        PARTS.text(lang),
        per(times.generate),
        stages(&times.first),
        stages(&times.second),
    )
}
