//! `sim calibrate`: what a scenario comes to beside what was published.

use std::io::Write;

use clap::Args;
use serde_json::{Value, json};
use tongchou_sim::calibrate::{self, Row, Unit, Verdict};
use tongchou_sim::generate::Generator;
use tongchou_sim::scenario::{Confidence, Name};
use tongchou_sim::settle::{Settler, WIDTH_MAX, WIDTH_SMALL};

use super::summary::grouped;
use super::watch::Watch;
use super::{Common, Much, Stopped, desk};
use crate::words::Phrase;
use crate::{Ended, Format, Language, columns};

/// Parts of the run, whose differences give the sampling error.
const PARTS: u64 = 20;

/// Options of `sim calibrate`.
#[derive(Debug, Args)]
pub struct Calibrate {
    /// A scenario that comes with the program, or a TOML file
    pub scenario: String,
    #[command(flatten)]
    pub much: Much,
    #[command(flatten)]
    pub common: Common,
}

const FIGURE: Phrase = Phrase::new("指标", "figure");
const PUBLISHED: Phrase = Phrase::new("公布值", "published");
const SIMULATED: Phrase = Phrase::new("模拟值", "simulated");
const ERROR: Phrase = Phrase::new("误差", "error");
const SAMPLING: Phrase = Phrase::new("抽样误差", "sampling");
const TOLERANCE: Phrase = Phrase::new("容许", "tolerance");
const VERDICT: Phrase = Phrase::new("结论", "verdict");
const SOURCE: Phrase = Phrase::new("来源", "source");
const WITHIN: Phrase = Phrase::new("符合", "within");
const BEYOND: Phrase = Phrase::new("超出", "BEYOND");
const NOT_JUDGED: Phrase = Phrase::new("假设，不判定", "assumed, not judged");
const MISSING: Phrase = Phrase::new("无数据", "nothing to count");
const MEMBERS: Phrase = Phrase::new("参保人", "members");
const PARTIAL: Phrase = Phrase::new("部分结果（已中断）", "PARTIAL (ended early)");
const ASSUMED: Phrase = Phrase::new(
    "没有公布行的维度都是假设，场景文件中逐项注明",
    "dimensions without a published row are assumptions; the scenario's file marks each",
);

/// Runs `sim calibrate`; refused if a judged figure is beyond its tolerance.
pub fn run(options: &Calibrate, out: &mut dyn Write) -> Result<Ended, Stopped> {
    let common = &options.common;
    let scenario = desk::scenario(&options.scenario)?;
    // A million members unless asked: enough for most figures, in seconds.
    let asked = options.much.members.is_some() || options.much.sample.is_some();
    let all = desk::members(&scenario, &options.much)?;
    let members = if asked { all } else { all.min(1_000_000) };
    let chosen = desk::chosen(common, &scenario)?;
    let threads = desk::threads(common.threads)?;
    let generator = Generator::new(&scenario, options.much.seed)?;
    let watch = Watch::begin(Some(members));
    let (terms, persons) = (&chosen.terms, 0..members);
    let parts = match Settler::<WIDTH_SMALL>::fits(&terms.bound()) {
        true => {
            calibrate::measure::<WIDTH_SMALL>(&generator, persons, PARTS, terms, threads, &watch)
        }
        false => {
            calibrate::measure::<WIDTH_MAX>(&generator, persons, PARTS, terms, threads, &watch)
        }
    };
    watch.end();
    let parts = parts?;
    let partial = (parts.len() as u64) < PARTS.min(members);
    let pack = &chosen.checked.pack;
    let rows = calibrate::calibrate(&scenario, pack, generator.book(), &parts)?;
    let lang = common.lang;
    match common.format {
        Format::Json => writeln!(out, "{:#}", report(&rows, &scenario.id, members, partial))?,
        Format::Text => {
            let count = grouped(i64::try_from(members).unwrap_or(i64::MAX));
            let reference = terms.binder.reference();
            writeln!(out, "{}  {reference}  {} {count}", scenario.id, MEMBERS.text(lang))?;
            if partial {
                writeln!(out, "** {} **", PARTIAL.text(lang))?;
            }
            write!(out, "{}", columns::table("  ", &table(&rows, lang)))?;
            writeln!(out, "{}", ASSUMED.text(lang))?;
        }
    }
    let beyond = rows.iter().any(|row| matches!(row.verdict, Verdict::Beyond | Verdict::Missing));
    Ok(if beyond || partial { Ended::Refused } else { Ended::Done })
}

fn table(rows: &[Row], lang: Language) -> Vec<Vec<String>> {
    let heads = [FIGURE, PUBLISHED, SIMULATED, ERROR, SAMPLING, TOLERANCE, VERDICT, SOURCE];
    let mut table = vec![heads.map(|phrase| phrase.text(lang).to_owned()).to_vec()];
    for row in rows {
        let percent = |ppm: Option<i64>| ppm.map_or("-".to_owned(), hundredths);
        let value = |millionths: i64| shown(millionths, row.unit, lang);
        table.push(vec![
            named(&row.name, lang).to_owned(),
            value(row.published),
            row.simulated.map_or("-".to_owned(), value),
            percent(row.error),
            row.sampling.map_or("-".to_owned(), |ppm| format!("±{}", hundredths(ppm))),
            hundredths(i64::from(row.tolerance)),
            verdict(row.verdict).text(lang).to_owned(),
            format!("{} [{}]", named(&row.source, lang), row.confidence.word()),
        ]);
    }
    table
}

fn named(name: &Name, lang: Language) -> &str {
    match lang {
        Language::Zh => &name.zh,
        Language::En => &name.en,
    }
}

fn verdict(verdict: Verdict) -> Phrase {
    match verdict {
        Verdict::Within => WITHIN,
        Verdict::Beyond => BEYOND,
        Verdict::NotJudged => NOT_JUDGED,
        Verdict::Missing => MISSING,
    }
}

/// A relative number in ppm, as percent with two decimals.
fn hundredths(ppm: i64) -> String {
    let rounded = (ppm.unsigned_abs() + 50) / 100;
    let sign = if ppm < 0 && rounded > 0 { "-" } else { "" };
    format!("{sign}{}.{:02} %", rounded / 100, rounded % 100)
}

/// A value in millionths of its unit: shares as percent, all else with four digits behind the point
/// at most.
fn shown(millionths: i64, unit: Unit, lang: Language) -> String {
    let unit_name = unit.name();
    match unit {
        Unit::Share => hundredths(millionths),
        Unit::Yuan => {
            let fen = (millionths + 5_000).div_euclid(10_000);
            format!("{}.{:02} {}", grouped(fen / 100), fen % 100, named(&unit_name, lang))
        }
        Unit::Times | Unit::Days => {
            let tenthousandths = (millionths + 50).div_euclid(100);
            let (whole, rest) = (tenthousandths / 10_000, tenthousandths % 10_000);
            format!("{}.{rest:04} {}", grouped(whole), named(&unit_name, lang))
        }
    }
}

fn report(rows: &[Row], scenario: &str, members: u64, partial: bool) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "figure": row.figure,
                "name": { "zh": row.name.zh, "en": row.name.en },
                "unit": row.unit.name().en,
                "published_millionths": row.published,
                "simulated_millionths": row.simulated,
                "error_ppm": row.error,
                "sampling_ppm": row.sampling,
                "tolerance_ppm": row.tolerance,
                "verdict": verdict(row.verdict).text(Language::En),
                "source": row.source.en,
                "confidence": row.confidence.word(),
            })
        })
        .collect();
    json!({ "scenario": scenario, "members": members, "partial": partial, "figures": rows })
}

/// How sure a published value is, as the scenario's file says it.
trait Word {
    fn word(self) -> &'static str;
}

impl Word for Confidence {
    fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Derived => "derived",
            Self::Assumed => "assumed",
        }
    }
}
