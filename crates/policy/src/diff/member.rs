//! What a pack says about members, item by item and by names: compared, said, and numbered again.
//!
//! INVARIANT: an item holds no index; what an item names is looked up in the pack it is lowered
//! into, and an item that names something which is not there is left out.

mod codes;
mod say;

pub(super) use self::say::say;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tongchou_core::calendar::Day;
use tongchou_core::pack::{Pack, Row, Stay};
use tongchou_core::rules::Rules;

use self::codes::{Codes, Known, Reading, Writing, walk};
use self::say::plain;
use super::words::Phrase;
use crate::problem::Dates;
use crate::report::Lang;

/// Sections, in the order in which differences are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Number,
    Setting,
    Stay,
    StayPeriod,
    Event,
    Period,
    Calendar,
    Window,
    Coverage,
    Split,
    Refund,
    Levy,
    LevyRate,
    Verdict,
    VerdictRow,
}

/// What identifies an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ItemKey {
    pub section: Section,
    /// The levy or verdict of a row, the event of a window.
    pub owner: String,
    pub name: String,
}

/// What an item says, by names, and where it stands in its section.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub value: Value,
    pub clause: Option<String>,
    pub at: usize,
}

pub(super) type Items = BTreeMap<ItemKey, Item>;

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        (&self.value, &self.clause) == (&other.value, &other.clause)
    }
}

impl Section {
    /// Whether it may change what is paid for a single bill, or whether bills can be settled.
    pub(super) const fn counts(self) -> bool {
        matches!(self, Self::Number | Self::Stay | Self::StayPeriod)
    }

    pub(super) const fn title(self) -> Phrase {
        match self {
            Self::Number => Phrase("数值", "number"),
            Self::Setting => Phrase("设定", "setting"),
            Self::Stay => Phrase("住院", "stays"),
            Self::StayPeriod => Phrase("结算周期", "period of a stay"),
            Self::Event => Phrase("事件", "event"),
            Self::Period => Phrase("期间", "period"),
            Self::Calendar => Phrase("工作日历", "calendar"),
            Self::Window => Phrase("办理期", "window"),
            Self::Coverage => Phrase("待遇区间", "coverage"),
            Self::Split => Phrase("分段", "split"),
            Self::Refund => Phrase("退费", "refund"),
            Self::Levy => Phrase("应缴", "levy"),
            Self::LevyRate => Phrase("费率", "rate of levy"),
            Self::Verdict => Phrase("结论表", "verdict"),
            Self::VerdictRow => Phrase("结论", "result of verdict"),
        }
    }

    /// Whether its rows have an order of their own, and days on which they are in force.
    const fn is_dated(self) -> bool {
        matches!(self, Self::StayPeriod | Self::Split | Self::LevyRate | Self::VerdictRow)
    }
}

/// The items of a pack; with a day, only the rows in force on it. `None` where an index points
/// nowhere.
pub(super) fn items(pack: &Pack, on: Option<Day>) -> Option<Items> {
    let mut reader = Reader { codes: Reading { pack, on }, on, items: Items::new() };
    let rules = serde_json::to_value(&pack.rules).ok()?;
    for name in ["later_bills", "claim_order", "cross_year", "cutoff_day"] {
        reader.setting(Section::Setting, name, rules.get(name));
    }
    let stay = serde_json::to_value(&pack.stay).ok()?;
    for name in ["transfer", "readmission_days"] {
        reader.setting(Section::Stay, name, stay.get(name));
    }
    reader.all(Section::StayPeriod, "", stay.get("period"))?;
    let sections = [
        (Section::Number, "numbers"),
        (Section::Event, "events"),
        (Section::Period, "periods"),
        (Section::Window, "windows"),
        (Section::Coverage, "coverage"),
        (Section::Split, "splits"),
    ];
    for (section, name) in sections {
        reader.all(section, "", rules.get(name))?;
    }
    for (section, name) in [(Section::Calendar, "calendar"), (Section::Refund, "refund")] {
        if let Some(value) = rules.get(name) {
            reader.item(section, "", value, 0)?;
        }
    }
    for (section, rows, name, key) in [
        (Section::Levy, Section::LevyRate, "levies", "rate"),
        (Section::Verdict, Section::VerdictRow, "verdicts", "rows"),
    ] {
        for (at, value) in
            rules.get(name).and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            let id = value.get("id")?.as_str()?.to_owned();
            reader.all(rows, &id, value.get(key))?;
            let mut own = value.as_object()?.clone();
            own.remove(key);
            reader.item(section, "", &Value::Object(own), at)?;
        }
    }
    Some(reader.items)
}

struct Reader<'a> {
    codes: Reading<'a>,
    on: Option<Day>,
    items: Items,
}

impl Reader<'_> {
    fn setting(&mut self, section: Section, name: &str, value: Option<&Value>) {
        if let Some(value) = value {
            let key = ItemKey { section, owner: String::new(), name: name.to_owned() };
            self.items.insert(key, Item { value: value.clone(), clause: None, at: 0 });
        }
    }

    fn all(&mut self, section: Section, owner: &str, list: Option<&Value>) -> Option<()> {
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.enumerate().try_for_each(|(at, value)| self.item(section, owner, value, at))
    }

    fn item(&mut self, section: Section, owner: &str, value: &Value, at: usize) -> Option<()> {
        let mut own = value.as_object()?.clone();
        if let (Some(day), true) = (self.on, section.is_dated()) {
            let bound = |key| own.get(key).and_then(Value::as_i64);
            let day = i64::from(day.0);
            if day < bound("from")? || bound("to")? < day {
                return Some(());
            }
        }
        let clause = match own.remove("clause") {
            Some(index) => Some(self.codes.reference(Known::Clause, &index)?),
            None => None,
        };
        let clause = clause.and_then(|clause| clause.as_str().map(str::to_owned));
        let value = walk(&Value::Object(own), &self.codes)?;
        let (owner, name) = identity(section, owner, &value);
        // Rows alike in all that identifies them are told apart by their order.
        let mut key = ItemKey { section, owner, name };
        let (plain, mut count) = (key.name.clone(), 1);
        while self.items.contains_key(&key) {
            count += 1;
            key.name = format!("{plain} ({count})");
        }
        self.items.insert(key, Item { value, clause, at });
        Some(())
    }
}

/// The owner and the name of an item.
fn identity(section: Section, owner: &str, value: &Value) -> (String, String) {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    match section {
        Section::Window => (text("event"), text("id")),
        Section::Coverage | Section::Split => {
            let own = value.get("value");
            let part = |key: &str| {
                own.and_then(|own| own.get(key))
                    .map(|value| plain(value, Lang::En))
                    .unwrap_or_default()
            };
            let what = match section {
                Section::Split => part("of"),
                _ => format!("{}={}", part("dim"), part("value")),
            };
            (owner.to_owned(), format!("{what}{}", conditions(value)))
        }
        Section::StayPeriod | Section::LevyRate | Section::VerdictRow => {
            (owner.to_owned(), conditions(value).trim_start().to_owned())
        }
        _ => (owner.to_owned(), text("id")),
    }
}

/// The conditions of a row in brackets; empty where it always applies.
fn conditions(row: &Value) -> String {
    let pairs = ["when", "params"].into_iter().filter_map(|key| row.get(key)?.as_array());
    let mut parts: Vec<String> = pairs
        .flatten()
        .filter_map(|pair| {
            let (name, values) = (pair.get(0)?.as_str()?, pair.get(1)?.as_array()?);
            let values: Vec<String> = values.iter().map(|value| plain(value, Lang::En)).collect();
            Some(format!("{name}={}", values.join("/")))
        })
        .collect();
    match row.get("priority").and_then(Value::as_i64) {
        None | Some(0) => {}
        Some(priority) => parts.push(format!("priority {priority}")),
    }
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join(", ")) }
}

/// What an item is, with its conditions.
pub(super) fn what(key: &ItemKey, lang: Lang) -> String {
    let parts = [key.section.title().say(lang), &key.owner, &key.name];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The names of the items of a section, in their order.
fn in_order(items: &Items, section: Section) -> Vec<&ItemKey> {
    let own = items.iter().filter(|(key, _)| key.section == section);
    let mut own: Vec<_> = own.collect();
    own.sort_by_key(|(_, item)| item.at);
    own.into_iter().map(|(key, _)| key).collect()
}

/// The order of a section in words.
pub(super) fn order(items: &Items, section: Section) -> String {
    let names = in_order(items, section).into_iter().map(|key| key.name.clone());
    names.collect::<Vec<_>>().join("; ")
}

/// Whether the items that both sides have stand in another order.
pub(super) fn reordered(a: &Items, b: &Items, section: Section) -> bool {
    let shared = |of: &Items, other: &Items| -> Vec<ItemKey> {
        let keys = in_order(of, section).into_iter();
        keys.filter(|key| other.contains_key(*key)).cloned().collect()
    };
    shared(a, b) != shared(b, a)
}

/// Gives the items of a section the places that they have on the other side.
pub(super) fn align(into: &mut Items, from: &Items, section: Section) {
    for (key, item) in into.iter_mut().filter(|(key, _)| key.section == section) {
        if let Some(other) = from.get(key) {
            item.at = other.at;
        }
    }
}

/// The canonical rules and stay of items, in a pack whose other names are numbered.
pub(super) struct Lowered {
    pub rules: Rules,
    pub period: Vec<Row<Option<u16>>>,
}

/// Names of a pack in the order of their numbers.
pub(super) struct Names<'a> {
    pub clauses: &'a [&'a str],
    pub params: Vec<(&'a str, Vec<String>)>,
    pub facts: &'a [&'a str],
    pub dims: Vec<(&'a str, &'a [String])>,
    pub life: Dates,
}

/// Names of the numbers of a pack, in order.
pub(super) fn numbers(items: &Items) -> Vec<&str> {
    items.keys().filter(|key| key.section == Section::Number).map(|key| &*key.name).collect()
}

pub(super) fn lower(items: &Items, names: Names<'_>) -> Option<Lowered> {
    let mut writer = Writing::new(names, numbers(items));
    let mut rules = Map::new();
    for (section, name) in [
        (Section::Number, "numbers"),
        (Section::Event, "events"),
        (Section::Period, "periods"),
        (Section::Window, "windows"),
        (Section::Coverage, "coverage"),
        (Section::Split, "splits"),
    ] {
        let list = writer.list(items, section, "");
        rules.insert(name.to_owned(), Value::Array(list));
    }
    for (section, name) in [(Section::Calendar, "calendar"), (Section::Refund, "refund")] {
        if let Some(value) = writer.list(items, section, "").pop() {
            rules.insert(name.to_owned(), value);
        }
    }
    for (section, rows, name, key) in [
        (Section::Levy, Section::LevyRate, "levies", "rate"),
        (Section::Verdict, Section::VerdictRow, "verdicts", "rows"),
    ] {
        let mut list = writer.list(items, section, "");
        for value in &mut list {
            let id = value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            let rows = writer.list(items, rows, &id);
            if let Some(fields) = value.as_object_mut() {
                fields.insert(key.to_owned(), Value::Array(rows));
            }
        }
        rules.insert(name.to_owned(), Value::Array(list));
    }
    for (key, item) in items.iter().filter(|(key, _)| key.section == Section::Setting) {
        rules.insert(key.name.clone(), item.value.clone());
    }
    let period = json!(writer.list(items, Section::StayPeriod, ""));
    Some(Lowered {
        rules: serde_json::from_value(Value::Object(rules)).ok()?,
        period: serde_json::from_value(period).ok()?,
    })
}

/// Takes over what the items say of stays.
pub(super) fn stay(items: &Items, into: &mut Stay) -> Option<()> {
    let of = |name: &str| {
        let key = ItemKey { section: Section::Stay, owner: String::new(), name: name.to_owned() };
        items.get(&key).map(|item| item.value.clone()).unwrap_or_default()
    };
    into.transfer = serde_json::from_value(of("transfer")).ok()?;
    into.readmission_days = serde_json::from_value(of("readmission_days")).ok()?;
    Some(())
}

#[cfg(test)]
mod tests;
