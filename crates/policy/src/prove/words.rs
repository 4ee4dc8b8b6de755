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

/// The same with a comma before every three digits.
pub(super) fn grouped(amount: Ratio) -> String {
    let text = yuan(amount);
    let whole = text.find('.').unwrap_or(text.len());
    let mut out = String::new();
    for (at, char) in text.char_indices() {
        let behind = whole.saturating_sub(at);
        if at > 0 && behind > 0 && behind.is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(char);
    }
    out
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

/// A slope as yuan of a yuan, cut off below a ten-thousandth of a percent.
pub(super) fn of_a_yuan(slope: Ratio) -> String {
    let ppm = (slope * Ratio::whole(1_000_000)).floor();
    let text = format!("{}.{:06}", ppm / 1_000_000, (ppm % 1_000_000).abs());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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

/// A cap in words: whose it is, how much, counted per what, and its clause.
pub(super) fn cap_line(pack: &Pack, table: Table, row: usize) -> Text {
    let layer = |at: usize| pack.layers.get(at);
    let (named, rows) = match table {
        Table::Cap(at) | Table::Eligible(at) => {
            let rows = layer(at).map(|layer| match table {
                Table::Cap(_) => layer.cap.as_slice(),
                _ => layer.eligible.as_slice(),
            });
            (vec![at], rows)
        }
        Table::Group(at) => {
            let group = pack.groups.get(at);
            let members = group.map(|group| group.layers.iter().map(|at| usize::from(*at)));
            (members.into_iter().flatten().collect(), group.map(|group| group.cap.as_slice()))
        }
        _ => (Vec::new(), None),
    };
    let names: Vec<&Text> = named.into_iter().filter_map(layer).map(|l| &l.name).collect();
    let name = |of: fn(&Text) -> &String| {
        names.iter().map(|name| of(name).as_str()).collect::<Vec<&str>>().join(" + ")
    };
    let (zh, en) = (name(|name| &name.zh), name(|name| &name.en));
    let Some(row) = rows.and_then(|rows| rows.get(row)) else { return both(zh, en) };
    let per = match row.value.per {
        Scope::Bill => ("每次", "a bill"),
        Scope::Stay => ("每次住院", "a stay"),
        Scope::Year => ("每年", "a year"),
    };
    let amount = row.value.amount.map(|Fen(amount)| grouped(Ratio::whole(amount)));
    let (clause, amount) = (clause(pack, row.clause), amount.unwrap_or_default());
    let what = match table {
        Table::Eligible(_) => ("可计入费用封顶", "cap on what is eligible:"),
        Table::Group(_) => ("合并封顶", "cap of them together:"),
        _ => ("封顶", "cap"),
    };
    both(
        format!("{zh} {}{} {amount} 元 [{clause}]", per.0, what.0),
        format!("{en}, {} {amount} yuan {} [{clause}]", what.1, per.1),
    )
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
