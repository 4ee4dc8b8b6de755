//! Where a year stands: admissions, what each layer has charged and paid and how much its cap
//! leaves, and the stays that are open.

use std::collections::BTreeMap;
use std::fmt::Write;

use tongchou_core::calendar::Day;
use tongchou_core::pack::{Cap, Layer, Pack, Row, Scope};
use tongchou_wire::amount::Yuan;
use tongchou_wire::request::Count;
use tongchou_wire::response::{Replayed, Settlement};
use tongchou_wire::state::State;
use unicode_width::UnicodeWidthStr;

use crate::columns::{date, day, left, right};
use crate::facts::Facts;
use crate::shelf::Shelf;
use crate::slip::pick;
use crate::words::{self, Phrase};

/// Width of the column of names.
const NAME: usize = 28;
/// Width of the column of what is counted.
const WHAT: usize = 22;
/// Width of the column of amounts.
const AMOUNT: usize = 14;

/// The counters of a pack and year, with its stays.
pub fn section(
    text: &mut String,
    state: &State,
    answer: &Replayed,
    facts: Facts<'_>,
    shelf: Shelf<'_>,
) {
    if state.counters.is_empty() {
        return;
    }
    let (title, year) = (shelf.say(words::COUNTERS), state.year.to_string());
    let year = shelf.fill(words::YEAR, "{y}", &year);
    let _ = writeln!(text, "\n{title}  {}  {year}", shelf.name(&state.pack));
    let pack = shelf.pack(&state.pack).map(|checked| &checked.pack);
    let last = state.last.as_ref().and_then(|last| {
        let settlement = answer.settlements.iter().find(|s| s.id == last.id)?;
        Some((settlement, facts.bill(&settlement.id)?))
    });
    let mut all = pack.map(|pack| named(pack, shelf)).unwrap_or_default();
    let counted = |id: &str| state.counters.keys().any(|key| of(key, id).is_some());
    all.retain(|(id, ..)| counted(id));
    let wide = all.iter().map(|(_, name, _)| name.width() + 2).max().unwrap_or(NAME).max(NAME);
    if let Some(count) = state.counters.get("admissions") {
        line(text, (shelf.say(words::ADMISSIONS), wide), "", &shown(*count), "");
    }
    for (id, name, rows) in all {
        let cap = last.zip(pack).and_then(|((settlement, bill), pack)| {
            let on = settlement.pack.date;
            cap(rows, pack, settlement, |dim| facts.value(bill, dim, on))
        });
        layer(text, state, id, (&name, wide), cap, shelf);
    }
    // What a later year has taken over is no longer open here.
    let handed_on = |other: &State| other.pack == state.pack && other.year > state.year;
    if !answer.states.iter().any(handed_on) {
        stays(text, state, shelf);
    }
}

type Named<'a> = (&'a str, String, &'a [Row<Cap>]);

/// What has counters: the layers, then the groups, which are called after their layers.
fn named<'a>(pack: &'a Pack, shelf: Shelf<'_>) -> Vec<Named<'a>> {
    let name = |layer: &Layer| pick(&layer.name, shelf.lang).to_owned();
    let layers = pack.layers.iter().map(|l| (l.id.as_str(), name(l), l.cap.as_slice()));
    let groups = pack.groups.iter().map(|group| {
        let layers = group.layers.iter().filter_map(|at| pack.layers.get(usize::from(*at)));
        let layers = layers.map(name).collect::<Vec<String>>().join(" + ");
        (group.id.as_str(), shelf.fill(words::TOGETHER, "{l}", &layers), group.cap.as_slice())
    });
    layers.chain(groups).collect()
}

fn layer(
    text: &mut String,
    state: &State,
    id: &str,
    (name, wide): (&str, usize),
    cap: Option<Yuan>,
    shelf: Shelf<'_>,
) {
    let kinds = [
        ("deductible_used", words::USED),
        ("position", words::POSITION),
        ("paid", words::PAID_SO_FAR),
    ];
    let mut name = name;
    for (kind, phrase) in kinds {
        let Some(count) = state.counters.get(&format!("{id}.{kind}")) else { continue };
        let left_over = match (kind, cap, count) {
            ("paid", Some(cap), Count::Money(paid)) => {
                let room = Yuan(cap.0.saturating_sub(paid.0).max(0));
                let said = shelf.fill(words::OF_CAP, "{c}", &cap.to_string());
                said.replace("{r}", &room.to_string())
            }
            _ => String::new(),
        };
        line(text, (name, wide), shelf.say(phrase), &shown(*count), &left_over);
        name = "";
    }
}

/// The key of a counter without the layer or group that it is of.
fn of<'k>(key: &'k str, id: &str) -> Option<&'k str> {
    key.strip_prefix(id)?.strip_prefix('.')
}

fn line(text: &mut String, (name, wide): (&str, usize), what: &str, value: &str, more: &str) {
    let line =
        format!("  {}{}{}  {more}", left(name, wide), left(what, WHAT), right(value, AMOUNT));
    let _ = writeln!(text, "{}", line.trim_end());
}

fn shown(count: Count) -> String {
    match count {
        Count::Money(yuan) => yuan.to_string(),
        Count::Number(number) => number.to_string(),
    }
}

/// The yearly cap that the last bill of the year was under, if its rows leave no doubt.
fn cap<'a>(
    rows: &[Row<Cap>],
    pack: &Pack,
    last: &Settlement,
    given: impl Fn(&str) -> Option<&'a str>,
) -> Option<Yuan> {
    let on = day(last.pack.date)?;
    let params = |row: &Row<Cap>| {
        row.params.iter().all(|(param, values)| {
            let param = pack.params.get(usize::from(*param));
            let chosen = param.and_then(|param| {
                let value = last.params.get(&param.name)?;
                param.values.iter().position(|v| v == value)
            });
            chosen.is_some_and(|at| values.iter().any(|v| usize::from(*v) == at))
        })
    };
    let dims = |row: &Row<Cap>| {
        row.when.iter().all(|(dim, values)| {
            let dim = pack.dims.get(usize::from(*dim)).filter(|dim| dim.cut.is_none());
            let Some(dim) = dim else { return true };
            let at = match given(&dim.name) {
                Some(value) => dim.values.iter().position(|v| v == value),
                None => dim.default.map(usize::from),
            };
            at.is_none_or(|at| values.iter().any(|v| usize::from(*v) == at))
        })
    };
    let in_force = |row: &&Row<Cap>| row.from <= on && on <= row.to && params(row) && dims(row);
    let mut rows = rows.iter().filter(in_force);
    let first = rows.next()?.value;
    let certain = rows.all(|row| row.value == first) && first.per == Scope::Year;
    first.amount.filter(|_| certain).map(|fen| Yuan(fen.0))
}

/// The stays that a state knows: open ones, then those kept for a readmission.
fn stays(text: &mut String, state: &State, shelf: Shelf<'_>) {
    let mut stays: BTreeMap<&str, BTreeMap<&str, Count>> = BTreeMap::new();
    for (name, count) in &state.counters {
        let part = name.strip_prefix("stay:").and_then(|name| name.split_once('.'));
        if let Some((id, part)) = part {
            stays.entry(id).or_default().insert(part, *count);
        }
    }
    let number = |parts: &BTreeMap<&str, Count>, part| match parts.get(part) {
        Some(Count::Number(number)) => *number,
        _ => 0,
    };
    let out = |parts: &BTreeMap<&str, Count>| number(parts, "out") != 0;
    for (title, kept) in [(words::OPEN_STAYS, false), (words::KEPT_STAYS, true)] {
        let mut found = stays.iter().filter(|(_, parts)| out(parts) == kept).peekable();
        if found.peek().is_some() {
            let _ = writeln!(text, "  {}", shelf.say(title));
        }
        for (id, parts) in found {
            let mut said = Vec::new();
            let mut count = |phrase: Phrase, n: i64| {
                said.extend((n != 0).then(|| shelf.fill(phrase, "{n}", &n.to_string())));
            };
            count(words::NTH_ADMISSION, number(parts, "ordinal"));
            count(words::BILLS, number(parts, "bills"));
            let mut dated = |phrase: Phrase, n: i64| {
                let on = i32::try_from(n).ok().filter(|n| *n != 0).map(|n| date(Day(n)));
                said.extend(on.map(|on| format!("{} {on}", shelf.say(phrase))));
            };
            dated(words::ADMITTED, number(parts, "opened"));
            dated(words::DISCHARGED, number(parts, "out"));
            if number(parts, "transferred") != 0 {
                said.push(shelf.say(words::TRANSFERRED).to_owned());
            }
            let _ = writeln!(text, "    {}{}", left(id, NAME - 2), shelf.joined(&said));
            of_layers(text, parts, state, shelf);
        }
    }
}

/// What the layers count within a stay.
fn of_layers(text: &mut String, parts: &BTreeMap<&str, Count>, state: &State, shelf: Shelf<'_>) {
    let pack = shelf.pack(&state.pack).map(|checked| &checked.pack);
    for (part, count) in parts {
        let Some((layer, kind)) = part.split_once('.') else { continue };
        let phrase = match kind {
            "deductible_used" => words::USED,
            "position" => words::POSITION,
            "standard" => words::DEDUCTIBLE,
            _ => words::PAID_SO_FAR,
        };
        let known = pack.and_then(|pack| pack.layers.iter().find(|l| l.id == layer));
        let name = shelf.called(known.map(|layer| &layer.name), layer);
        line(text, (&format!("    {name}"), NAME), shelf.say(phrase), &shown(*count), "");
    }
}
