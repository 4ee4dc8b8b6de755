//! The report of a run: who was settled, who paid, and how long it took.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};
use tongchou_sim::report::columns::{self, Cell};
use tongchou_sim::report::numbers::{count, yuan};
use tongchou_sim::run::Ran;
use tongchou_sim::tally::Amounts;
use tongchou_wire::amount::Yuan;

use super::desk::Chosen;
use super::watch::peak_memory;
use super::{Form, Stopped};
use crate::slip::pick;
use crate::words::{self, Phrase};
use crate::{Language, terms};

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
const LAYER: Phrase = Phrase::new("层", "layer");
const NAME: Phrase = Phrase::new("名称", "name");
const PAID: Phrase = Phrase::new("支付", "paid");
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
    pub fn print(&self, format: Form, lang: Language, out: &mut dyn Write) -> Result<(), Stopped> {
        match format {
            Form::Json => writeln!(out, "{:#}", self.json())?,
            Form::Text => write!(out, "{}", self.text(lang))?,
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
        let Self { ran, .. } = self;
        let mut text = self.head(lang);
        text.push_str(&format!("{}\n", say(YUAN)));
        for (name, dim) in [(CARE, "care"), (LEVEL, "level")] {
            let of =
                |(value, amounts): &(String, Amounts)| row(terms::value(dim, value, lang), amounts);
            let mut rows: Vec<Vec<Cell>> = self.by(dim).iter().map(of).collect();
            if dim == "care" {
                rows.push(row(say(ALL), &ran.tally.sums()));
            }
            text.push_str(&columns::table(&heads(say(name), lang), &rows));
        }
        text.push_str(&format!("{}\n{}", say(LAYERS), self.layers(lang)));
        text.push_str(&self.tail(lang));
        text
    }

    /// What each layer paid.
    fn layers(&self, lang: Language) -> String {
        let Self { ran, chosen, .. } = self;
        let line = |id: &str, name: &str, paid: i64| {
            let texts = [id, name].map(|text| Cell::Text(text.to_owned()));
            texts.into_iter().chain([Cell::Number(yuan(paid))]).collect::<Vec<_>>()
        };
        let layers = chosen.checked.pack.layers.iter().zip(&ran.tally.by_layer);
        let mut rows: Vec<Vec<Cell>> =
            layers.map(|(layer, paid)| line(&layer.id, pick(&layer.name, lang), *paid)).collect();
        let fixed = ran.tally.sums().fund - ran.tally.by_layer.iter().sum::<i64>();
        if fixed != 0 {
            rows.push(line("-", FIXED_PART.text(lang), fixed));
        }
        let heads = [LAYER, NAME, PAID].map(|phrase| phrase.text(lang).to_owned());
        columns::table(&heads, &rows)
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
                count(i64::try_from(*members).unwrap_or(i64::MAX)),
                say(OF),
                count(i64::try_from(*stands_for).unwrap_or(i64::MAX)),
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
            count(tally.lines),
            say(A_VISIT),
            mean / 100,
            mean % 100,
            say(TAKEN_BACK),
            count(tally.taken_back),
            say(LATE),
            count(tally.late),
            say(BLOCKED),
            count(tally.blocked),
        );
        text.push_str(&format!("{} {}\n", say(STATES), tally.states.hex()));
        let millis = self.time.as_millis();
        let rate = count(rate(self.settled(), self.time));
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
            count(self.members),
            say(VISITS),
            count(self.visits),
            say(LINES),
            hundredths / 100,
            hundredths % 100,
            say(A_VISIT),
            say(TIME),
            self.time.as_secs(),
            self.time.subsec_millis(),
            count(rate(self.visits, self.time)),
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

/// Sums as JSON, in yuan.
pub fn amounts_json(a: &Amounts) -> Value {
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

fn row(name: &str, a: &Amounts) -> Vec<Cell> {
    let sums = [a.total, a.in_scope, a.fund, a.account, a.cash].map(yuan);
    let numbers = [count(a.visits)].into_iter().chain(sums).map(Cell::Number);
    [Cell::Text(name.to_owned())].into_iter().chain(numbers).collect()
}
