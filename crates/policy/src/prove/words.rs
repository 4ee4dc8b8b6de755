//! Rows, places and amounts as people read them.

use std::fmt::Write;

use tongchou_core::calendar::Day;
use tongchou_core::money::{Fen, Ppm};
use tongchou_core::pack::{AdjustStep, Cap, Pack, Scope, Standard, Text};

use super::ratio::Ratio;
use super::space::{At, Table};

/// An exact amount in yuan, rounded up to the fen.
pub(super) fn yuan(amount: Ratio) -> String {
    let fen = amount.ceil();
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

pub(super) fn fen(amount: i64) -> String {
    yuan(Ratio::whole(amount))
}

/// A rate in percent.
pub(super) fn percent(ppm: i64) -> String {
    let (whole, rest) = (ppm / 10_000, (ppm % 10_000).abs());
    let text = format!("{whole}.{rest:04}");
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A slope in percent, cut off below a ten-thousandth.
pub(super) fn slope(slope: Ratio) -> String {
    let ppm = (slope * Ratio::whole(1_000_000)).floor();
    percent(i64::try_from(ppm).unwrap_or(0))
}

pub(super) fn date(day: Day) -> String {
    let (year, month, day) = day.civil();
    format!("{year:04}-{month:02}-{day:02}")
}

/// The clause of an index.
pub(super) fn clause(pack: &Pack, index: u16) -> &str {
    pack.clauses.get(usize::from(index)).map_or("?", |clause| clause.id.as_str())
}

/// The name of a table, as the pack writes it.
pub(super) fn table(pack: &Pack, table: Table) -> String {
    let layer = |l: usize| pack.layers.get(l).map_or("?", |layer| layer.id.as_str());
    match table {
        Table::Stay => "stay".into(),
        Table::Standing => "standing".into(),
        Table::Enabled(l) => format!("{}.when", layer(l)),
        Table::Takes(l) => format!("{}.takes", layer(l)),
        Table::Basis(l) => format!("{}.basis", layer(l)),
        Table::Origin(l) => format!("{}.origin", layer(l)),
        Table::Backsolve(l) => format!("{}.backsolve", layer(l)),
        Table::Clamp(l) => format!("{}.clamp", layer(l)),
        Table::Scope(l) => format!("{}.deductible_per", layer(l)),
        Table::Side(l) => format!("{}.round_side", layer(l)),
        Table::Upfront(l) => format!("{}.upfront", layer(l)),
        Table::Deductible(l) => format!("{}.deductible", layer(l)),
        Table::Band(l) => format!("{}.band", layer(l)),
        Table::Adjust(l, seq) => format!("{}.adjust {seq}", layer(l)),
        Table::Cap(l) => format!("{}.cap", layer(l)),
        Table::Eligible(l) => format!("{}.cap(eligible)", layer(l)),
        Table::Group(g) => {
            format!("group.{}", pack.groups.get(g).map_or("?", |group| group.id.as_str()))
        }
    }
}

/// What a row says, with its clause; `None` where no row applies.
pub(super) fn row(pack: &Pack, table: Table, row: Option<usize>) -> String {
    said(pack, table, row).unwrap_or_else(|| "–".into())
}

fn said(pack: &Pack, table: Table, row: Option<usize>) -> Option<String> {
    let at = row?;
    let layer = |l: usize| pack.layers.get(l);
    let cited = |value: String, index: u16| format!("{value} [{}]", clause(pack, index));
    let text = match table {
        Table::Standing => {
            let row = pack.standing.get(at)?;
            cited((if row.value.fund { "fund" } else { "none" }).into(), row.clause)
        }
        Table::Enabled(l) => cited("on".into(), layer(l)?.clause),
        Table::Upfront(l) => {
            let row = layer(l)?.upfront.get(at)?;
            cited(percent(row.value.0.into()), row.clause)
        }
        Table::Deductible(l) => {
            let row = layer(l)?.deductible.get(at)?;
            cited(standard(pack, row.value), row.clause)
        }
        Table::Band(l) => {
            let row = layer(l)?.band.get(at)?;
            let mut text = String::new();
            let ends = row.value.upto.iter().map(|Fen(end)| Some(*end)).chain([None]);
            for (Ppm(rate), end) in row.value.pays.iter().zip(ends) {
                let _ = write!(text, "{}", percent((*rate).into()));
                if let Some(end) = end {
                    let _ = write!(text, " ≤{} ", fen(end));
                }
            }
            cited(text, row.clause)
        }
        Table::Adjust(l, _) => {
            let row = layer(l)?.adjust.get(at)?;
            let step = match row.value.step {
                AdjustStep::Times(factor) => format!("x{}", percent(factor.into())),
                AdjustStep::Add(points) => format!("{}pp", percent(points.into()).replace('%', "")),
                AdjustStep::Set(Ppm(share)) => format!("={}", percent(share.into())),
            };
            cited(step, row.clause)
        }
        Table::Cap(l) => {
            let row = layer(l)?.cap.get(at)?;
            cited(cap(row.value), row.clause)
        }
        Table::Eligible(l) => {
            let row = layer(l)?.eligible.get(at)?;
            cited(cap(row.value), row.clause)
        }
        Table::Group(g) => {
            let row = pack.groups.get(g)?.cap.get(at)?;
            cited(cap(row.value), row.clause)
        }
        _ => "on".into(),
    };
    Some(text)
}

fn standard(pack: &Pack, standard: Standard) -> String {
    match standard {
        Standard::Amount(Fen(amount)) => fen(amount),
        Standard::OfFact(fact, Ppm(rate)) => {
            let fact = pack.facts.get(usize::from(fact)).map_or("?", |fact| fact.id.as_str());
            format!("{} × {fact}", percent(rate.into()))
        }
    }
}

/// A cap with what it is counted per.
pub(super) fn cap(cap: Cap) -> String {
    let per = match cap.per {
        Scope::Bill => "bill",
        Scope::Stay => "stay",
        Scope::Year => "year",
    };
    cap.amount.map_or_else(|| "none".into(), |Fen(amount)| format!("{}/{per}", fen(amount)))
}

/// A combination: the values that make a difference, and the day it is read on.
pub(super) fn place(pack: &Pack, at: &At, spells: &[(Day, Day)]) -> String {
    let values = at.named.iter().filter_map(|(is_param, index, value)| {
        let (name, values) = match is_param {
            true => {
                let param = pack.params.get(usize::from(*index))?;
                (format!("param.{}", param.name), &param.values)
            }
            false => {
                let dim = pack.dims.get(usize::from(*index))?;
                (dim.name.clone(), &dim.values)
            }
        };
        Some(format!("{name}={}", values.get(usize::from(*value))?))
    });
    let mut parts: Vec<String> = values.collect();
    if at.ordinal > 1 {
        parts.push(format!("admission {}", at.ordinal));
    }
    if let Some((from, _)) = spells.get(at.spell).filter(|_| spells.len() > 1) {
        parts.push(date(*from));
    }
    if parts.is_empty() { "*".into() } else { parts.join(" ") }
}

/// A text in both languages.
pub(super) fn both(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text { zh: zh.into(), en: en.into() }
}
