//! `sim calibrate`: what a scenario comes to beside what was published.

use std::io::Write;

use clap::Args;
use serde_json::{Value, json};
use tongchou_sim::calibrate::{self, Row, Unit, Verdict};
use tongchou_sim::generate::Generator;
use tongchou_sim::report::columns::{self, Cell};
use tongchou_sim::report::numbers::count;
use tongchou_sim::scenario::Name;
use tongchou_sim::settle::{Settler, WIDTH_MAX, WIDTH_SMALL};

use super::watch::{Along, Watch};
use super::{Common, Form, Much, Stopped, desk};
use crate::words::Phrase;
use crate::{Ended, Language};

/// Members that are made unless more are asked for: enough for most figures, in seconds.
const MEMBERS_MAX: u64 = 1_000_000;

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
const TOO_SMALL: Phrase = Phrase::new("样本不足，不判定", "sample too small, not judged");
const NOT_JUDGED: Phrase = Phrase::new("假设，不判定", "assumed, not judged");
const MISSING: Phrase = Phrase::new("无数据", "nothing to count");
const MEMBERS: Phrase = Phrase::new("参保人", "members");
const SEED: Phrase = Phrase::new("随机种子", "seed");
const PARTIAL: Phrase =
    Phrase::new("部分结果（已中断），原要求参保人", "PARTIAL (ended early); members asked for:");
const ASSUMED: Phrase = Phrase::new(
    "没有公布行的维度都是假设，场景文件中逐项注明",
    "dimensions without a published row are assumptions; the scenario's file marks each",
);

/// Runs `sim calibrate`; refused if a judged figure is beyond its tolerance.
pub fn run(options: &Calibrate, out: &mut dyn Write) -> Result<Ended, Stopped> {
    let Calibrate { much, common, .. } = options;
    let Much { members, sample, seed } = much;
    let scenario = desk::scenario(&options.scenario)?;
    // A target that cannot be read is found now, not after the run.
    calibrate::targets(&scenario)?;
    let all = desk::members(&scenario, much)?;
    let asked = members.is_some() || sample.is_some();
    let members = if asked { all } else { all.min(MEMBERS_MAX) };
    let chosen = desk::chosen(common, &scenario)?;
    let threads = desk::threads(common.threads)?;
    let generator = Generator::new(&scenario, *seed)?;
    let watch = Watch::begin(Along::Persons(members));
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
    let made: i64 = parts.iter().map(|part| part.tally.members()).sum();
    let seen = Seen { scenario: &scenario.id, made, asked: members, seed: *seed, partial };
    let pack = &chosen.checked.pack;
    let rows = calibrate::calibrate(&scenario, pack, generator.book(), &parts)?;
    let lang = common.lang;
    match common.format {
        Form::Json => writeln!(out, "{:#}", report(&rows, &seen))?,
        Form::Text => {
            let (made, reference) = (count(made), terms.binder.reference());
            let [members, of] = [MEMBERS, SEED].map(|phrase| phrase.text(lang));
            writeln!(out, "{}  {reference}  {members} {made}  {of} {seed}", scenario.id)?;
            if partial {
                let asked = count(i64::try_from(seen.asked).unwrap_or(i64::MAX));
                writeln!(out, "** {} {asked} **", PARTIAL.text(lang))?;
            }
            write!(out, "{}", table(&rows, lang))?;
            writeln!(out, "{}", ASSUMED.text(lang))?;
        }
    }
    let beyond = rows.iter().any(|row| matches!(row.verdict, Verdict::Beyond | Verdict::Missing));
    Ok(if beyond || partial { Ended::Refused } else { Ended::Done })
}

/// What a run is of.
struct Seen<'a> {
    scenario: &'a str,
    /// Members of the parts that were finished.
    made: i64,
    /// Members that were asked for.
    asked: u64,
    seed: u64,
    partial: bool,
}

fn table(rows: &[Row], lang: Language) -> String {
    let heads = [FIGURE, PUBLISHED, SIMULATED, ERROR, SAMPLING, TOLERANCE, VERDICT, SOURCE];
    let heads = heads.map(|phrase| phrase.text(lang).to_owned());
    let row = |row: &Row| {
        let percent = |ppm: Option<i64>| ppm.map_or("-".to_owned(), hundredths);
        let value = |millionths: i64| shown(millionths, row.unit, lang);
        vec![
            Cell::Text(named(&row.name, lang).to_owned()),
            Cell::Number(value(row.published)),
            Cell::Number(row.simulated.map_or("-".to_owned(), value)),
            Cell::Number(percent(row.error)),
            Cell::Number(
                row.sampling.map_or("-".to_owned(), |ppm| format!("±{}", hundredths(ppm))),
            ),
            Cell::Number(hundredths(i64::from(row.tolerance))),
            Cell::Text(verdict(row.verdict).text(lang).to_owned()),
            Cell::Text(format!("{} [{}]", named(&row.source, lang), row.confidence.text())),
        ]
    };
    columns::table(&heads, &rows.iter().map(row).collect::<Vec<_>>())
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
        Verdict::SampleTooSmall => TOO_SMALL,
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
            format!("{}.{:02} {}", count(fen / 100), fen % 100, named(&unit_name, lang))
        }
        Unit::Times | Unit::Days => {
            let tenthousandths = (millionths + 50).div_euclid(100);
            let (whole, rest) = (tenthousandths / 10_000, tenthousandths % 10_000);
            format!("{}.{rest:04} {}", count(whole), named(&unit_name, lang))
        }
    }
}

fn report(rows: &[Row], seen: &Seen<'_>) -> Value {
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
                "confidence": row.confidence.text(),
            })
        })
        .collect();
    json!({
        "scenario": seen.scenario,
        "seed": seen.seed,
        "members": seen.made,
        "members_asked": seen.asked,
        "partial": seen.partial,
        "figures": rows,
    })
}
