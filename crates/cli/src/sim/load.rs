//! `sim load`: how many visits a second, and how long each takes.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tongchou_sim::fault::{Code, Fault, said};
use tongchou_sim::generate::Generator;
use tongchou_sim::load::{self, Columns, Json, Measured, Single, Until, Worker};
use tongchou_sim::report::columns::{self, Cell};
use tongchou_sim::report::numbers::count;
use tongchou_sim::run::Progress;
use tongchou_sim::settle::{Settler, WIDTH_MAX, WIDTH_SMALL};

use super::desk::{self, Chosen};
use super::watch::{Along, Watch};
use super::{Common, Form, Stopped, wasm};
use crate::words::Phrase;
use crate::{Ended, Language};

/// Fewest visits to go round with: fewer are learnt by heart by the processor.
const VISITS_MIN: usize = 100_000;

/// Options of `sim load`.
#[derive(Debug, Args)]
pub struct Load {
    /// A scenario that comes with the program, or a TOML file
    pub scenario: String,
    /// What is put under load
    #[arg(long, value_enum, default_value_t = Target::Columns)]
    pub target: Target,
    /// Open loop: so many calls a second, over all threads; without it as many as possible. A
    /// target that cannot keep up is measured for twice the time and reported as saturated
    #[arg(long, value_name = "CALLS")]
    pub rate: Option<u64>,
    /// Seconds to measure for, at each number of threads
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// Different visits to go round with, from 100000
    #[arg(long, default_value_t = 200_000)]
    pub visits: usize,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The WASM module, needed by `--target wasm`; `node` must be on the PATH
    #[arg(long, value_name = "FILE")]
    pub module: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

/// What is put under load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// The kernel, one bound visit a call
    Core,
    /// The kernel by columns, a block of 1,024 persons a call
    Columns,
    /// The JSON contract, one settle request a call, each without a state: the first of its year
    Json,
    /// The same in WASM under Node; needs --module
    Wasm,
}

const LOOP_CLOSED: Phrase = Phrase::new("闭环：尽可能多", "closed loop: as many as possible");
const LOOP_OPEN: Phrase = Phrase::new("开环：每秒调用数", "open loop: calls a second");
const THREADS: Phrase = Phrase::new("线程", "threads");
const VISITS: Phrase = Phrase::new("人次/秒", "visits/s");
const EACH: Phrase = Phrase::new("每线程", "a thread");
const SCALING: Phrase = Phrase::new("扩展", "scaling");
const SPIN: Phrase = Phrase::new("空转对照", "spin control");
const CALLS: Phrase = Phrase::new("调用", "calls");
const LATENCY: Phrase = Phrase::new(
    "每次调用时延（开环从应开始时刻算起，已校正协同遗漏）",
    "latency of a call (open loop: from when it should have begun, so corrected for coordinated \
     omission)",
);
const SERVICE: Phrase = Phrase::new("服务时间", "service time");
const CORRECTED: Phrase = Phrase::new("时延", "latency");
const PARTIAL: Phrase = Phrase::new("部分结果（已中断）", "PARTIAL (ended early)");
pub(super) const SATURATED: Phrase = Phrase::new(
    "已饱和：到两倍时间为止，应开始而未开始的调用数为 {n}",
    "SATURATED: after twice the time, calls that were due and never made: {n}",
);
pub(super) const STATELESS: Phrase = Phrase::new(
    "各请求不带状态，均按年度首次结算",
    "requests bring no state: each is settled as the first of its year",
);

/// One measurement, and what the machine itself did beside it.
pub(super) struct Step {
    measured: Measured,
    /// Rounds a second of the spin control on as many threads.
    spin: u64,
}

/// Runs `sim load`.
pub fn run(options: &Load, out: &mut dyn Write) -> Result<Ended, Stopped> {
    let common = &options.common;
    if options.visits < VISITS_MIN {
        let few = options.visits.to_string();
        return Err(Fault::new(Code::Usage, "--visits", few, "100000 …").into());
    }
    if options.seconds == 0 {
        return Err(Fault::new(Code::Usage, "--seconds", "0", "1 …").into());
    }
    let scenario = desk::scenario(&options.scenario)?;
    let chosen = desk::chosen(common, &scenario)?;
    let generator = Generator::new(&scenario, options.seed)?;
    let threads = desk::threads(common.threads)?;
    let watch = Watch::begin(Along::Unknown);
    let mut steps = Vec::new();
    let counts = if options.rate.is_some() { vec![threads] } else { doubling(threads) };
    let work = Work { options, chosen: &chosen, generator: &generator };
    if options.target == Target::Wasm {
        let text = wasm::run(options, &chosen, &generator, out)?;
        watch.end();
        return Ok(text);
    }
    let small = Settler::<WIDTH_SMALL>::fits(&chosen.terms.bound());
    let all = work.prepare(threads, small)?;
    let mut workers = all;
    for count in counts {
        if watch.stop() {
            break;
        }
        let time = Duration::from_secs(options.seconds);
        let spin = load::spin(count, Duration::from_millis(300));
        let until = Until { time, stop: &|| watch.stop() };
        let some = workers.get_mut(..count).unwrap_or_default();
        let measured = match options.rate {
            None => load::closed(some, &until)?,
            Some(rate) => load::open(some, rate, &until)?,
        };
        steps.push(Step { measured, spin });
    }
    watch.end();
    match common.format {
        Form::Json => writeln!(out, "{:#}", report(options, &chosen, &steps))?,
        Form::Text => write!(out, "{}", text(options, &chosen, &steps))?,
    }
    let kept_up = steps.iter().all(|step| step.measured.not_made == 0);
    Ok(if watch.stop() || !kept_up { Ended::Refused } else { Ended::Done })
}

/// 1, 2, 4 … and the number itself.
fn doubling(threads: usize) -> Vec<usize> {
    let mut counts: Vec<usize> = std::iter::successors(Some(1), |count| Some(count * 2))
        .take_while(|c| *c < threads)
        .collect();
    counts.push(threads);
    counts
}

struct Work<'a> {
    options: &'a Load,
    chosen: &'a Chosen,
    generator: &'a Generator,
}

impl Work<'_> {
    fn prepare(&self, threads: usize, small: bool) -> Result<Vec<Box<dyn Worker>>, Stopped> {
        let blocks = load::visits_in_memory(self.generator, self.options.visits);
        let visits: usize = blocks.iter().map(|block| block.visits()).sum();
        if visits < VISITS_MIN {
            let help = said("应为有就诊的场景", "a scenario with visits");
            return Err(Fault::new(Code::Usage, "", visits.to_string(), help).into());
        }
        let book = Arc::new(self.generator.book().clone());
        let terms = &self.chosen.terms;
        let blocks = match (self.options.target, small) {
            (Target::Columns, _) => blocks,
            (_, true) => load::with_balances::<WIDTH_SMALL>(terms, &blocks, &book)?,
            (_, false) => load::with_balances::<WIDTH_MAX>(terms, &blocks, &book)?,
        };
        let blocks: Arc<[_]> = blocks.into();
        let mut workers: Vec<Box<dyn Worker>> = Vec::new();
        let requests = match self.options.target {
            Target::Json => Json::requests(terms, &blocks, &book, self.options.visits)?,
            _ => Arc::from(Vec::new()),
        };
        for number in 0..threads {
            let block = number * blocks.len() / threads;
            let row = number * visits / threads;
            workers.push(match (self.options.target, small) {
                (Target::Columns | Target::Wasm, true) => {
                    Box::new(Columns::<WIDTH_SMALL>::new(terms, &blocks, &book, block)?)
                }
                (Target::Columns | Target::Wasm, false) => {
                    Box::new(Columns::<WIDTH_MAX>::new(terms, &blocks, &book, block)?)
                }
                (Target::Core, true) => {
                    Box::new(Single::<WIDTH_SMALL>::new(terms, &blocks, &book, row)?)
                }
                (Target::Core, false) => {
                    Box::new(Single::<WIDTH_MAX>::new(terms, &blocks, &book, row)?)
                }
                (Target::Json, _) => {
                    let canonical = &self.chosen.checked.canonical;
                    Box::new(Json::new(canonical, &requests, row)?)
                }
            });
        }
        Ok(workers)
    }
}

/// The quantiles that are told, by name.
pub(super) const QUANTILES: [(&str, f64); 4] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

fn quantiles(histogram: &Histogram<u64>) -> Vec<(&'static str, u64)> {
    let of = |(name, q): &(&'static str, f64)| (*name, histogram.value_at_quantile(*q));
    QUANTILES.iter().map(of).chain([("max", histogram.max())]).collect()
}

/// A time in nanoseconds as people read it.
pub(super) fn shown(nanos: u64) -> String {
    match nanos {
        0..10_000 => format!("{nanos} ns"),
        10_000..10_000_000 => format!("{}.{} µs", nanos / 1_000, nanos / 100 % 10),
        10_000_000..10_000_000_000 => {
            format!("{}.{} ms", nanos / 1_000_000, nanos / 100_000 % 10)
        }
        _ => format!("{}.{} s", nanos / 1_000_000_000, nanos / 100_000_000 % 10),
    }
}

/// A ratio with two decimals.
fn ratio(of: u64, to: u64) -> String {
    let hundredths = u128::from(of) * 100 / u128::from(to.max(1));
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn text(options: &Load, chosen: &Chosen, steps: &[Step]) -> String {
    let lang = options.common.lang;
    let say = |phrase: Phrase| phrase.text(lang);
    let target = options.target.to_possible_value();
    let target = target.as_ref().map_or("", |value| value.get_name()).to_owned();
    let mode = match options.rate {
        None => say(LOOP_CLOSED).to_owned(),
        Some(rate) => format!("{} {rate}", say(LOOP_OPEN)),
    };
    let mut text = format!("{target}  {}  {mode}\n", chosen.terms.binder.reference());
    if steps.iter().any(|step| step.measured.partial) {
        text.push_str(&format!("** {} **\n", say(PARTIAL)));
    }
    let not_made: u64 = steps.iter().map(|step| step.measured.not_made).sum();
    if not_made > 0 {
        let said = say(SATURATED).replace("{n}", &whole(not_made));
        text.push_str(&format!("** {said} **\n"));
    }
    if options.target == Target::Json {
        text.push_str(&format!("{}\n", say(STATELESS)));
    }
    let heads = [THREADS, VISITS, EACH, SCALING, SPIN, CALLS].map(|p| say(p).to_owned());
    let mut rows = Vec::new();
    let first = steps.first();
    for step in steps {
        let measured = &step.measured;
        let (rate, threads) = (measured.rate(), measured.threads as u64);
        let cells = [
            threads.to_string(),
            whole(rate),
            whole(rate / threads.max(1)),
            format!("×{}", ratio(rate, first.map_or(rate, |step| step.measured.rate()))),
            format!("×{}", ratio(step.spin, first.map_or(step.spin, |step| step.spin))),
            whole(measured.calls),
        ];
        rows.push(cells.map(Cell::Number).to_vec());
    }
    text.push_str(&columns::table(&heads, &rows));
    text.push_str(&format!("{}\n", say(LATENCY)));
    text.push_str(&times(steps, lang));
    text
}

fn times(steps: &[Step], lang: Language) -> String {
    let names = QUANTILES.iter().map(|(name, _)| (*name).to_owned());
    let first = [THREADS.text(lang).to_owned(), String::new()];
    let heads: Vec<String> = first.into_iter().chain(names).chain(["max".to_owned()]).collect();
    let mut rows = Vec::new();
    for Step { measured, .. } in steps {
        let kinds = [(SERVICE, Some(&measured.service)), (CORRECTED, measured.latency.as_ref())];
        for (name, histogram) in kinds {
            let Some(histogram) = histogram else { continue };
            let threads = Cell::Number(measured.threads.to_string());
            let mut row = vec![threads, Cell::Text(name.text(lang).to_owned())];
            row.extend(quantiles(histogram).iter().map(|(_, nanos)| Cell::Number(shown(*nanos))));
            rows.push(row);
        }
    }
    columns::table(&heads, &rows)
}

fn whole(number: u64) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX))
}

fn report(options: &Load, chosen: &Chosen, steps: &[Step]) -> Value {
    let histogram = |histogram: &Histogram<u64>| -> Value {
        quantiles(histogram)
            .into_iter()
            .map(|(name, nanos)| (name.to_owned(), json!(nanos)))
            .collect()
    };
    let steps: Vec<Value> = steps
        .iter()
        .map(|Step { measured, spin }| {
            json!({
                "threads": measured.threads,
                "visits_a_second": measured.rate(),
                "calls": measured.calls,
                "visits": measured.visits,
                "milliseconds": u64::try_from(measured.time.as_millis()).unwrap_or(u64::MAX),
                "spin_rounds_a_second": spin,
                "service_ns": histogram(&measured.service),
                "latency_ns": measured.latency.as_ref().map(histogram),
                "partial": measured.partial,
                "saturated": measured.not_made > 0,
                "calls_not_made": measured.not_made,
            })
        })
        .collect();
    let target = options.target.to_possible_value();
    json!({
        "target": target.as_ref().map(|value| value.get_name()),
        "rate": options.rate,
        "pack": chosen.terms.binder.reference(),
        "different_visits": options.visits,
        "seed": options.seed,
        "state": match options.target {
            Target::Json => "none: every request is the first of its year",
            _ => "kept: the members' years go on from visit to visit",
        },
        "steps": steps,
        "version": env!("CARGO_PKG_VERSION"),
    })
}
