//! `packs diff`: two packs compared, on sample bills or on the caller's own.

use std::collections::BTreeMap;
use std::io::Write;

use tongchou_core::calendar::Day;
use tongchou_core::pack::{Pack, Text};
use tongchou_policy::Checked;
use tongchou_policy::diff::{Bills, Diff, Grid, Paid, Side, SideFault};
use tongchou_wire::amount::Date;
use tongchou_wire::engine::Engine;
use tongchou_wire::error::{Lang, Refusal};
use tongchou_wire::read::{self, Message};
use tongchou_wire::request::{Count, Request};

use crate::{Ended, Failure, Format, Language, packs, words};

/// Most refusals that are told one by one.
const TOLD_MAX: usize = 5;

/// Runs `packs diff`.
pub fn run(options: &crate::Diff, out: &mut dyn Write) -> Result<Ended, Failure> {
    let before = side(&options.before, options.lang)?;
    let after = side(&options.after, options.lang)?;
    let params = chosen(&options.params, [&before, &after], options.lang)?;
    let diff = Diff::new(before, after);
    let impact = match &options.bills {
        Some(file) => {
            let mut bills = Filed::read(file, &diff, &params)?;
            diff.impact(&mut bills)
        }
        None => diff.impact(&mut Grid::new(&diff, params)),
    };
    let impact = impact.ok();
    match options.format {
        Format::Text => write!(out, "{}", diff.text(impact.as_ref(), words::policy(options.lang)))?,
        Format::Json => writeln!(out, "{:#}", diff.json(impact.as_ref()))?,
    }
    let refused = options.bills.is_some() && impact.is_none_or(|impact| impact.refused > 0);
    Ok(if refused { Ended::Refused } else { Ended::Done })
}

/// A pack by its id or its file, with a day behind `@` where one is given.
fn side(text: &str, lang: Language) -> Result<Side, Failure> {
    let digits = |date: &str| date.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let dated = text.rsplit_once('@').filter(|(_, date)| !date.is_empty() && digits(date));
    let (name, day) = match dated.filter(|_| !std::path::Path::new(text).exists()) {
        Some((name, date)) => {
            let day = Date::read(date).and_then(|d| Day::new(d.year, d.month, d.day));
            let zh = || format!("日期 `{date}` 不存在：写成 年-月-日，如 2025-01-31");
            let en = || format!("no such date: `{date}`; write YYYY-MM-DD, as in 2025-01-31");
            (name, Some(day.ok_or_else(|| said(lang, zh, en))?))
        }
        None => (text, None),
    };
    let checked = named(name, lang)?;
    Side::new(text, &checked.pack, day).map_err(|fault| match fault {
        SideFault::NotInForce => {
            let life = format!("{} … {}", date(checked.pack.from), date(checked.pack.to));
            let zh = || format!("`{text}`：该日政策包不在执行期内；执行期为 {life}");
            let en =
                || format!("`{text}`: the pack is not in force on that day; its life is {life}");
            said(lang, zh, en)
        }
        SideFault::Damaged => said(
            lang,
            || format!("`{text}`：政策包已损坏"),
            || format!("`{text}`: the pack is damaged"),
        ),
    })
}

/// A failure in the language that was asked for.
fn said(lang: Language, zh: impl Fn() -> String, en: impl Fn() -> String) -> Failure {
    Failure::new(match lang {
        Language::Zh => zh(),
        Language::En => en(),
    })
}

/// A shipped pack by its id, or a pack from a TOML file.
fn named(name: &str, lang: Language) -> Result<Checked, Failure> {
    if let Some(source) = tongchou_packs::find(name) {
        return packs::load(source.text, source.id, lang);
    }
    if std::path::Path::new(name).exists() {
        return packs::load(&packs::read(name)?, name, lang);
    }
    let ids: Vec<&str> = tongchou_packs::ALL.iter().map(|source| source.id).collect();
    let ids = ids.join(", ");
    let zh = || format!("没有政策包 `{name}`：写内置政策包的编号（{ids}）或 TOML 文件");
    let en = || format!("no pack `{name}`: name a shipped pack ({ids}) or a TOML file");
    Err(said(lang, zh, en))
}

fn date(day: Day) -> String {
    let (year, month, day) = day.civil();
    format!("{year:04}-{month:02}-{day:02}")
}

/// The parameters that were chosen, each known to one of the packs at least.
fn chosen(
    given: &[String],
    sides: [&Side; 2],
    lang: Language,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut known: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, values) in sides.iter().flat_map(|side| side.params()) {
        let all = known.entry(name).or_default();
        for value in values {
            if !all.contains(&value) {
                all.push(value);
            }
        }
    }
    let mut params = BTreeMap::new();
    for text in given {
        let Some((name, value)) = text.split_once('=') else {
            let zh = || format!("`{text}` 不是参数：写成 名称=取值");
            let en = || format!("`{text}` is no parameter: write NAME=VALUE");
            return Err(said(lang, zh, en));
        };
        let Some(values) = known.get(name) else {
            let names = known.keys().copied().collect::<Vec<&str>>();
            let zh = || format!("两个政策包都没有参数 `{name}`：可写 {}", names.join("、"));
            let en = || format!("no pack has a parameter `{name}`: one of {}", names.join(", "));
            return Err(said(lang, zh, en));
        };
        if !values.contains(&value) {
            let zh = || format!("参数 `{name}` 没有取值 `{value}`：可写 {}", values.join("、"));
            let en = || format!("`{name}` has no value `{value}`: one of {}", values.join(", "));
            return Err(said(lang, zh, en));
        }
        params.insert(name.to_owned(), value.to_owned());
    }
    Ok(params)
}

/// A line of the caller's file: its number, and the request or why there is none.
type Line = (usize, Result<Box<Request>, Box<Refusal>>);

/// Bills that the caller brought.
struct Filed {
    bills: Vec<Line>,
    /// What either pack knows, so that the other need not refuse it.
    known: Known,
    /// Both packs are as on a day, for bills of any day.
    always: bool,
    /// Packs settled so far; the first two are the compared ones.
    rounds: usize,
    told: BTreeMap<usize, Text>,
}

/// Names of a pack that a request may use.
#[derive(Clone, Debug, Default)]
struct Known {
    params: Vec<String>,
    facts: Vec<String>,
    counters: Vec<String>,
}

impl Known {
    fn of(pack: &Pack) -> Self {
        let layers = pack.layers.iter().map(|layer| layer.id.as_str());
        let groups = pack.groups.iter().map(|group| group.id.as_str());
        let parts = ["deductible_used", "position", "paid"];
        let counters = layers.chain(groups);
        let counters = counters.flat_map(|id| parts.map(|part| format!("{id}.{part}")));
        Self {
            params: pack.params.iter().map(|param| param.name.clone()).collect(),
            facts: pack.facts.iter().map(|fact| fact.id.clone()).collect(),
            counters: counters.collect(),
        }
    }

    fn add(&mut self, other: Self) {
        self.params.extend(other.params);
        self.facts.extend(other.facts);
        self.counters.extend(other.counters);
    }
}

impl Filed {
    fn read(file: &str, diff: &Diff, params: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let text = packs::read(file)?;
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let bills = lines.map(|(number, line)| {
            let request = read::message(line).and_then(|message| match message {
                Message::Settle(mut request) => {
                    request.params.extend(params.clone());
                    Ok(request)
                }
                _ => {
                    let code = tongchou_wire::error::Code::FieldMissing;
                    Err(Refusal::new(code, "$.member", "member", "an object"))
                }
            });
            (number, request.map_err(Box::new))
        });
        let mut known = Known::default();
        diff.sides.iter().filter_map(Side::pack).for_each(|pack| known.add(Known::of(&pack)));
        let bills = bills.collect();
        let always = diff.sides.iter().all(|side| side.day().is_some());
        Ok(Self { bills, known, always, rounds: 0, told: BTreeMap::new() })
    }

    /// A request as a pack is asked it: without what only the other pack knows.
    fn asked(&self, request: &Request, pack: &Pack, own: &Known) -> Request {
        let mut request = request.clone();
        request.pack.clone_from(&pack.id);
        if self.always {
            let (year, month, day) = pack.from.civil();
            request.pack.push_str(&format!("@{year:04}-{month:02}-{day:02}"));
        }
        let other = |all: &[String], own: &[String], name: &String| {
            all.contains(name) && !own.contains(name)
        };
        request.params.retain(|name, _| !other(&self.known.params, &own.params, name));
        request.facts.retain(|name, _| !other(&self.known.facts, &own.facts, name));
        if let Some(state) = request.state.take_if(|state| state.pack != pack.id) {
            // A state belongs to one pack; the counters of the year are facts about the member.
            let of_stay = |name: &String| name.starts_with("stay:");
            request.year_to_date =
                state.counters.into_iter().filter(|(name, _)| !of_stay(name)).collect();
        }
        let kept = |name: &String, _: &mut Count| !other(&self.known.counters, &own.counters, name);
        request.year_to_date.retain(kept);
        request
    }
}

impl Bills for Filed {
    fn count(&self) -> usize {
        self.bills.len()
    }

    fn words(&self, index: usize) -> Text {
        let Some((line, request)) = self.bills.get(index) else {
            return Text { zh: String::new(), en: String::new() };
        };
        let id = request.as_ref().map_or("", |request| &request.encounter.id);
        Text { zh: format!("第 {line} 行 {id}"), en: format!("line {line} {id}") }
    }

    fn settle(&mut self, pack: &Pack) -> Option<Vec<Option<Paid>>> {
        let mut engine = Engine::new();
        engine.add_pack(&serde_json::to_string(pack).ok()?).ok()?;
        let compared = self.rounds < 2;
        self.rounds += 1;
        let own = Known::of(pack);
        let mut refusals = Vec::new();
        let answers = self.bills.iter().enumerate().map(|(index, (_, request))| {
            let settled = match request {
                Ok(request) => engine.settle(&self.asked(request, pack, &own)).map_err(Box::new),
                Err(refusal) => Err(refusal.clone()),
            };
            match settled {
                Ok(settlement) => Some(Paid {
                    fund: settlement.amounts.fund.0,
                    person: settlement.amounts.person.0,
                }),
                Err(refusal) => {
                    refusals.push((index, refusal));
                    None
                }
            }
        });
        let answers = answers.collect();
        for (index, refusal) in refusals.into_iter().filter(|_| compared) {
            let bill = self.words(index);
            let said = |lang, bill: &str| {
                let refusal = refusal.render(lang);
                format!("{bill}: [{}] {}", refusal.code, refusal.message)
            };
            let text = Text { zh: said(Lang::Zh, &bill.zh), en: said(Lang::En, &bill.en) };
            self.told.entry(index).or_insert(text);
        }
        Some(answers)
    }

    fn notes(&self) -> Vec<Text> {
        self.told.values().take(TOLD_MAX).cloned().collect()
    }
}
