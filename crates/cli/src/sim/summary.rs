//! The report of a run: who was settled, who paid, and how long it took.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};
use tongchou_sim::run::Ran;
use tongchou_sim::tally::Amounts;
use tongchou_wire::amount::Yuan;
use unicode_width::UnicodeWidthStr;

use super::Stopped;
use super::desk::Chosen;
use super::watch::peak_memory;
use crate::slip::pick;
use crate::words::{self, Phrase};
use crate::{Format, Language, columns};

const MEMBERS: Phrase = Phrase::new("参保人", "members");
const OF: Phrase = Phrase::new("代表", "standing for");
const SEED: Phrase = Phrase::new("随机种子", "seed");
const FILE: Phrase = Phrase::new("文件", "file");
const SCENARIO: Phrase = Phrase::new("场景", "scenario");
const PACK: Phrase = Phrase::new("政策包", "pack");
const PARTIAL: Phrase = Phrase::new(
    "部分结果：运行被中断，只含最先的人员；没有写出文件",
    "PARTIAL: the run was ended early and holds the first persons only; no file was written",
);
const CARE: Phrase = Phrase::new("就诊类别", "care");
const LEVEL: Phrase = Phrase::new("医院等级", "level");
const VISITS: Phrase = Phrase::new("人次", "visits");
const ALL: Phrase = Phrase::new("合计", "all");
const LAYERS: Phrase = Phrase::new("基金各层支付（元）", "paid by the layers of the fund (yuan)");
const FIXED_PART: Phrase = Phrase::new("定额", "fixed amounts");
const LINES: Phrase = Phrase::new("明细行", "fee lines");
const A_VISIT: Phrase = Phrase::new("每人次", "a visit");
const TAKEN_BACK: Phrase = Phrase::new("撤销", "taken back");
const LATE: Phrase = Phrase::new("补录", "entered late");
const BLOCKED: Phrase = Phrase::new("基金不记账", "without the fund");
const STATES: Phrase = Phrase::new("状态哈希", "hash of states");
const TIME: Phrase = Phrase::new("用时", "time");
const A_SECOND: Phrase = Phrase::new("人次/秒", "visits a second");
const THREADS: Phrase = Phrase::new("线程", "threads");
const MEMORY: Phrase = Phrase::new("峰值内存", "peak memory");
const IN_FULL: Phrase = Phrase::new("全部人员按此速率估计", "all members at this rate, estimated:");
const YUAN: Phrase = Phrase::new("金额单位：元", "amounts in yuan");

/// Where the visits came from.
#[derive(Debug)]
pub enum Source {
    /// Made from a scenario.
    Scenario {
        /// Its id.
        id: String,
        /// The seed.
        seed: u64,
        /// Members asked for.
        members: u64,
        /// Members of the scenario.
        stands_for: u64,
    },
    /// Read from a file.
    File {
        /// Its path.
        name: String,
        /// What it says of its scenario.
        scenario: Option<String>,
        /// What it says of its seed.
        seed: Option<u64>,
    },
}

/// What a run came to.
pub struct Summary {
    /// The sums.
    pub ran: Ran,
    /// Where the visits came from.
    pub source: Source,
    /// The pack.
    pub chosen: Chosen,
    /// Threads that settled.
    pub threads: usize,
    /// Time from beginning to end.
    pub time: Duration,
}

impl Summary {
    /// Prints the report.
    pub fn print(
        &self,
        format: Format,
        lang: Language,
        out: &mut dyn Write,
    ) -> Result<(), Stopped> {
        match format {
            Format::Json => writeln!(out, "{:#}", self.json())?,
            Format::Text => write!(out, "{}", self.text(lang))?,
        }
        Ok(())
    }

    /// Sums by a dimension of the encounter, in the order of its values.
    fn by(&self, dim: &str) -> Vec<(String, Amounts)> {
        let mut groups: BTreeMap<String, Amounts> = BTreeMap::new();
        for (what, amounts) in self.ran.book.what.iter().zip(&self.ran.tally.by_what) {
            if amounts.visits > 0 {
                let value = what.facts.value(dim).unwrap_or("-");
                groups.entry(value.to_owned()).or_default().merge(amounts);
            }
        }
        groups.into_iter().collect()
    }

    fn text(&self, lang: Language) -> String {
        let say = |phrase: Phrase| phrase.text(lang);
        let Self { ran, chosen, .. } = self;
        let mut text = self.head(lang);
        text.push_str(&format!("{}\n", say(YUAN)));
        for (name, dim) in [(CARE, "care"), (LEVEL, "level")] {
            let mut rows = vec![heads(say(name), lang)];
            rows.extend(self.by(dim).iter().map(|(value, amounts)| row(value, amounts)));
            if dim == "care" {
                rows.push(row(say(ALL), &ran.tally.sums()));
            }
            text.push_str(&numbers(&rows));
        }
        let layers = &chosen.checked.pack.layers;
        let mut rows: Vec<Vec<String>> = Vec::new();
        for (layer, paid) in layers.iter().zip(&ran.tally.by_layer) {
            let name = pick(&layer.name, lang).to_owned();
            rows.push(vec![layer.id.clone(), name, yuan(*paid)]);
        }
        let fixed = ran.tally.sums().fund - ran.tally.by_layer.iter().sum::<i64>();
        if fixed != 0 {
            rows.push(vec!["-".to_owned(), say(FIXED_PART).to_owned(), yuan(fixed)]);
        }
        text.push_str(&format!("{}\n{}", say(LAYERS), columns::table("  ", &rows)));
        text.push_str(&self.tail(lang));
        text
    }

    fn head(&self, lang: Language) -> String {
        let say = |phrase: Phrase| phrase.text(lang);
        let pack = &self.chosen.checked.pack;
        let mut text = match &self.source {
            Source::Scenario { id, seed, members, stands_for } => format!(
                "{} {id}  {} {seed}  {} {}  {} {}\n",
                say(SCENARIO),
                say(SEED),
                say(MEMBERS),
                grouped(i64::try_from(*members).unwrap_or(i64::MAX)),
                say(OF),
                grouped(i64::try_from(*stands_for).unwrap_or(i64::MAX)),
            ),
            Source::File { name, scenario, seed } => {
                let scenario = scenario.as_ref().map(|id| format!("  {} {id}", say(SCENARIO)));
                let seed = seed.map(|seed| format!("  {} {seed}", say(SEED)));
                let more = [scenario, seed].map(Option::unwrap_or_default).concat();
                format!("{} {name}{more}\n", say(FILE))
            }
        };
        let binder = &self.chosen.terms.binder;
        let (name, reference) = (pick(&pack.name, lang), binder.reference());
        text.push_str(&format!("{} {reference}  {name}\n", say(PACK)));
        if self.ran.partial {
            text.push_str(&format!("** {} **\n", say(PARTIAL)));
        }
        text
    }

    fn tail(&self, lang: Language) -> String {
        let say = |phrase: Phrase| phrase.text(lang);
        let tally = &self.ran.tally;
        let visits = tally.sums().visits;
        let mean = tally.lines * 100 / (visits + tally.taken_back).max(1);
        let mut text = format!(
            "{} {}  ({} {}.{:02})  {} {}  {} {}  {} {}\n",
            say(LINES),
            grouped(tally.lines),
            say(A_VISIT),
            mean / 100,
            mean % 100,
            say(TAKEN_BACK),
            grouped(tally.taken_back),
            say(LATE),
            grouped(tally.late),
            say(BLOCKED),
            grouped(tally.blocked),
        );
        text.push_str(&format!("{} {}\n", say(STATES), tally.states.hex()));
        let millis = self.time.as_millis();
        let rate = grouped(rate(self.settled(), self.time));
        text.push_str(&format!(
            "{} {}.{:03} s  {rate} {}  {} {}",
            say(TIME),
            millis / 1_000,
            millis % 1_000,
            say(A_SECOND),
            self.threads,
            say(THREADS),
        ));
        if let Some(bytes) = peak_memory() {
            text.push_str(&format!("  {} {} MiB", say(MEMORY), bytes >> 20));
        }
        text.push('\n');
        text
    }

    /// Visits settled, those taken back included.
    fn settled(&self) -> i64 {
        self.ran.tally.sums().visits + self.ran.tally.taken_back
    }

    fn json(&self) -> Value {
        let Self { ran, chosen, .. } = self;
        let (tally, binder) = (&ran.tally, &chosen.terms.binder);
        let source = match &self.source {
            Source::Scenario { id, seed, members, stands_for } => json!({
                "scenario": id, "seed": seed, "members_asked": members, "stands_for": stands_for,
            }),
            Source::File { name, scenario, seed } => json!({
                "file": name, "scenario": scenario, "seed": seed,
            }),
        };
        let groups = |dim| -> Value {
            self.by(dim).iter().map(|(value, a)| (value.clone(), amounts_json(a))).collect()
        };
        let layers: serde_json::Map<String, Value> = chosen
            .checked
            .pack
            .layers
            .iter()
            .zip(&tally.by_layer)
            .map(|(layer, paid)| (layer.id.clone(), json!(Yuan(*paid).to_string())))
            .collect();
        json!({
            "source": source,
            "pack": {
                "reference": binder.reference(),
                "hash": binder.hash(),
                "params": binder.params(),
            },
            "partial": ran.partial,
            "persons": ran.persons,
            "members": tally.members(),
            "all": amounts_json(&tally.sums()),
            "by_care": groups("care"),
            "by_level": groups("level"),
            "by_layer": layers,
            "lines": tally.lines,
            "taken_back": tally.taken_back,
            "late": tally.late,
            "blocked": tally.blocked,
            "members_with_visits": tally.states.members(),
            "states": tally.states.hex(),
            "threads": self.threads,
            "milliseconds": u64::try_from(self.time.as_millis()).unwrap_or(u64::MAX),
            "visits_a_second": rate(self.settled(), self.time),
            "peak_memory_bytes": peak_memory(),
            "version": env!("CARGO_PKG_VERSION"),
        })
    }
}

/// Visits a second.
fn rate(visits: i64, time: Duration) -> i64 {
    let micros = i128::try_from(time.as_micros()).unwrap_or(i128::MAX).max(1);
    i64::try_from(i128::from(visits) * 1_000_000 / micros).unwrap_or(i64::MAX)
}

/// Several scenarios in one run.
#[derive(Debug, Default)]
pub struct Whole {
    scenarios: usize,
    members: i64,
    visits: i64,
    lines: i64,
    time: Duration,
    /// The time that all members of the scenarios would take, at the rate of those made.
    in_full: Duration,
    sampled: bool,
}

impl Whole {
    /// Adds a scenario.
    pub fn add(&mut self, made: &Summary) {
        let tally = &made.ran.tally;
        self.scenarios += 1;
        self.members += tally.members();
        self.visits += made.settled();
        self.lines += tally.lines;
        self.time += made.time;
        let Source::Scenario { members, stands_for, .. } = &made.source else { return };
        self.sampled |= members != stands_for;
        let nanos = made.time.as_nanos() * u128::from(*stands_for) / u128::from((*members).max(1));
        self.in_full += Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
    }

    /// The sum in words; nothing for one scenario that was made in full.
    #[must_use]
    pub fn text(&self, lang: Language) -> String {
        let say = |phrase: Phrase| phrase.text(lang);
        if self.scenarios < 2 && !self.sampled {
            return String::new();
        }
        let hundredths = self.lines * 100 / self.visits.max(1);
        let mut text = format!(
            "{}  {} {}  {} {}  {} {}.{:02} {}  {} {}.{:03} s  {} {}\n",
            say(ALL),
            say(MEMBERS),
            grouped(self.members),
            say(VISITS),
            grouped(self.visits),
            say(LINES),
            hundredths / 100,
            hundredths % 100,
            say(A_VISIT),
            say(TIME),
            self.time.as_secs(),
            self.time.subsec_millis(),
            grouped(rate(self.visits, self.time)),
            say(A_SECOND),
        );
        if self.sampled {
            let seconds = self.in_full.as_secs();
            let (minutes, rest) = (seconds / 60, seconds % 60);
            text.push_str(&format!("{} {minutes} min {rest:02} s\n", say(IN_FULL)));
        }
        text
    }
}

fn amounts_json(a: &Amounts) -> Value {
    let yuan = |fen: i64| Yuan(fen).to_string();
    json!({
        "visits": a.visits,
        "nights": a.nights,
        "total": yuan(a.total),
        "full_self": yuan(a.full_self),
        "over_limit": yuan(a.over_limit),
        "prepay": yuan(a.prepay),
        "in_scope": yuan(a.in_scope),
        "deductible": yuan(a.deductible),
        "fund": yuan(a.fund),
        "hospital": yuan(a.hospital),
        "account": yuan(a.account),
        "cash": yuan(a.cash),
    })
}

fn heads(first: &str, lang: Language) -> Vec<String> {
    let sums = [words::TOTAL, words::IN_SCOPE, words::FUND, words::ACCOUNT, words::CASH];
    let texts = sums.iter().map(|phrase| phrase.text(lang).to_owned());
    [first.to_owned(), VISITS.text(lang).to_owned()].into_iter().chain(texts).collect()
}

fn row(name: &str, a: &Amounts) -> Vec<String> {
    let sums = [a.total, a.in_scope, a.fund, a.account, a.cash].map(yuan);
    [name.to_owned(), grouped(a.visits)].into_iter().chain(sums).collect()
}

/// A table whose first column is text and whose others are numbers, at the right.
fn numbers(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|c| c.width()).max();
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at {
            0 => columns::left(cell, width + 1),
            _ => columns::right(cell, width + 2),
        });
        format!("  {}\n", cells.collect::<String>().trim_end())
    };
    rows.iter().map(line).collect()
}

/// A number with its thousands apart.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// An amount in yuan with its thousands apart.
pub fn yuan(fen: i64) -> String {
    let text = Yuan(fen.saturating_abs()).to_string();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{cents}", grouped(whole.parse().unwrap_or(0)))
}
