//! Indices to names and back, wherever an item refers to something.

use serde_json::{Map, Value, json};
use tongchou_core::calendar::Day;
use tongchou_core::pack::Pack;
use tongchou_core::rules::OUTSIDE;

use super::{Items, Names, Section};
use crate::problem::day_text;

/// Kinds of things that are referred to by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Clause,
    Event,
    Period,
    Number,
    Fact,
    Dim,
}

/// A way of referring to things, turned into the other one.
pub(super) trait Codes {
    fn reference(&self, known: Known, of: &Value) -> Option<Value>;
    /// A value of a dimension or a parameter.
    fn value(&self, param: bool, owner: &Value, of: &Value) -> Option<Value>;
    /// The owner of a condition.
    fn owner(&self, param: bool, of: &Value) -> Option<Value>;
    /// A window of an event.
    fn window(&self, event: &Value, of: &Value) -> Option<Value>;
    /// A reason of an event.
    fn reason(&self, event: &Value, of: &Value) -> Option<Value>;
    fn day(&self, of: &Value) -> Option<Value>;
    /// A first or last day of effect.
    fn bound(&self, first: bool, of: &Value) -> Option<Value>;
}

/// Turns every reference of an item.
pub(super) fn walk(value: &Value, codes: &dyn Codes) -> Option<Value> {
    match value {
        Value::Object(fields) => {
            let mut turned = Map::new();
            for (key, value) in fields {
                turned.insert(key.clone(), field(fields, key, value, codes)?);
            }
            Some(Value::Object(turned))
        }
        Value::Array(list) => {
            list.iter().map(|value| walk(value, codes)).collect::<Option<_>>().map(Value::Array)
        }
        other => Some(other.clone()),
    }
}

fn field(
    fields: &Map<String, Value>,
    key: &str,
    value: &Value,
    codes: &dyn Codes,
) -> Option<Value> {
    let each = |of: &dyn Fn(&Value) -> Option<Value>| {
        let turned = value.as_array()?.iter().map(of).collect::<Option<Vec<_>>>();
        turned.map(Value::Array)
    };
    let is_row = fields.contains_key("priority");
    let event = || fields.get("event");
    match key {
        "event" => codes.reference(Known::Event, value),
        "lasts" => codes.reference(Known::Period, value),
        "base" => codes.reference(Known::Fact, value),
        "held" => head(value, |fact| codes.reference(Known::Fact, fact)),
        "after" => {
            let event = codes.reference(Known::Event, value.get(0)?)?;
            Some(json!([event, codes.reference(Known::Period, value.get(1)?)?]))
        }
        "of" if value.is_number() || value.is_string() && fields.len() == 1 => {
            codes.reference(Known::Number, value)
        }
        "missing" => {
            let held = value.get(1)?.as_array()?.iter();
            let held = held.map(|number| codes.reference(Known::Number, number));
            Some(json!([value.get(0)?, held.collect::<Option<Vec<_>>>()?]))
        }
        "when" | "params" => each(&|pair| {
            let (param, owner) = (key == "params", pair.get(0)?);
            let values = pair.get(1)?.as_array()?.iter();
            let values = values.map(|value| codes.value(param, owner, value));
            let mut values = values.collect::<Option<Vec<_>>>()?;
            values.sort_by_key(order);
            Some(json!([codes.owner(param, owner)?, values]))
        })
        .map(sorted),
        "dim" => codes.reference(Known::Dim, value),
        "value" if fields.contains_key("dim") => codes.value(false, fields.get("dim")?, value),
        "windows" => each(&|window| codes.window(event()?, window)).map(sorted),
        "reasons" if fields.contains_key("span") => {
            each(&|reason| codes.reason(event()?, reason)).map(sorted)
        }
        "from" | "to" if is_row => codes.bound(key == "from", value),
        "from" | "to" | "day" => codes.day(value),
        "off" | "on" => each(&|day| codes.day(day)),
        _ => walk(value, codes),
    }
}

/// A list with its first element turned.
fn head(list: &Value, turn: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    let mut list = list.as_array()?.clone();
    let first = list.first_mut()?;
    *first = turn(first)?;
    Some(Value::Array(list))
}

fn sorted(list: Value) -> Value {
    let Value::Array(mut list) = list else { return list };
    list.sort_by_key(order);
    Value::Array(list)
}

/// Numbers by size, texts by letters.
fn order(value: &Value) -> (i64, String) {
    let first = value.get(0).unwrap_or(value);
    (first.as_i64().unwrap_or_default(), first.as_str().unwrap_or_default().to_owned())
}

/// From a pack's indices to names.
pub(super) struct Reading<'a> {
    pub pack: &'a Pack,
    pub on: Option<Day>,
}

impl Codes for Reading<'_> {
    fn reference(&self, known: Known, of: &Value) -> Option<Value> {
        let (at, pack) = (usize::try_from(of.as_u64()?).ok()?, self.pack);
        let name = match known {
            Known::Clause => &pack.clauses.get(at)?.id,
            Known::Event => &pack.rules.events.get(at)?.id,
            Known::Period => &pack.rules.periods.get(at)?.id,
            Known::Number => &pack.rules.numbers.get(at)?.id,
            Known::Fact => &pack.facts.get(at)?.id,
            Known::Dim => &pack.dims.get(at)?.name,
        };
        Some(json!(name))
    }

    fn value(&self, param: bool, owner: &Value, of: &Value) -> Option<Value> {
        let owner = usize::try_from(owner.as_u64()?).ok()?;
        let at = usize::try_from(of.as_u64()?).ok()?;
        let values = if param {
            &self.pack.params.get(owner)?.values
        } else {
            &self.pack.dims.get(owner)?.values
        };
        values.get(at).map(|value| json!(value))
    }

    fn owner(&self, param: bool, of: &Value) -> Option<Value> {
        let at = usize::try_from(of.as_u64()?).ok()?;
        if param {
            return self.pack.params.get(at).map(|param| json!(param.name));
        }
        self.reference(Known::Dim, of)
    }

    fn window(&self, _: &Value, of: &Value) -> Option<Value> {
        let at = of.as_u64()?;
        if at == u64::from(OUTSIDE) {
            return Some(json!("outside"));
        }
        let window = self.pack.rules.windows.get(usize::try_from(at).ok()?)?;
        Some(json!(window.id))
    }

    fn reason(&self, event: &Value, of: &Value) -> Option<Value> {
        let event = self.pack.rules.events.get(usize::try_from(event.as_u64()?).ok()?)?;
        event.reasons.get(usize::try_from(of.as_u64()?).ok()?).map(|reason| json!(reason))
    }

    fn day(&self, of: &Value) -> Option<Value> {
        Some(json!(day_text(Day(i32::try_from(of.as_i64()?).ok()?))))
    }

    fn bound(&self, first: bool, of: &Value) -> Option<Value> {
        let own = if first { self.pack.from } else { self.pack.to };
        let is_own = of.as_i64()? == i64::from(own.0);
        if is_own || self.on.is_some() { Some(Value::Null) } else { self.day(of) }
    }
}

/// From names to the indices of a pack that is being written.
pub(super) struct Writing<'a> {
    names: Names<'a>,
    numbers: Vec<&'a str>,
    events: Vec<(String, Vec<String>)>,
    periods: Vec<String>,
    /// Event and name of each window.
    windows: Vec<(String, String)>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(names: Names<'a>, numbers: Vec<&'a str>) -> Self {
        Self { names, numbers, events: Vec::new(), periods: Vec::new(), windows: Vec::new() }
    }

    /// The items of a section in their order; those that name what is not there are left out.
    pub(super) fn list(&mut self, items: &Items, section: Section, owner: &str) -> Vec<Value> {
        let own = items.iter().filter(|(key, _)| key.section == section);
        let own = own.filter(|(key, _)| section == Section::Window || key.owner == owner);
        let mut own: Vec<_> = own.collect();
        let named = matches!(
            section,
            Section::Number | Section::Event | Section::Period | Section::Levy | Section::Verdict
        );
        own.sort_by_key(|(key, item)| (if named { 0 } else { item.at }, key.name.clone()));
        let mut list = Vec::new();
        for (_, item) in own {
            let turned = self.item(item).filter(in_force);
            let Some(turned) = turned else { continue };
            let text = |key: &str| {
                let text = item.value.get(key).and_then(Value::as_str);
                text.unwrap_or_default().to_owned()
            };
            match section {
                Section::Event => {
                    let reasons = item.value.get("reasons").and_then(Value::as_array);
                    let reasons = reasons.into_iter().flatten().filter_map(Value::as_str);
                    self.events.push((text("id"), reasons.map(str::to_owned).collect()));
                }
                Section::Period => self.periods.push(text("id")),
                Section::Window => self.windows.push((text("event"), text("id"))),
                _ => {}
            }
            list.push(turned);
        }
        list
    }

    fn item(&self, item: &super::Item) -> Option<Value> {
        let mut turned = walk(&item.value, self)?;
        if let Some(clause) = &item.clause {
            let clause = self.reference(Known::Clause, &json!(clause))?;
            turned.as_object_mut()?.insert("clause".to_owned(), clause);
        }
        Some(turned)
    }
}

/// Whether a row is in force on some day, or the item is no row.
fn in_force(item: &Value) -> bool {
    let bound = |key| item.get(key).and_then(Value::as_i64);
    bound("from").zip(bound("to")).is_none_or(|(from, to)| from <= to)
}

impl Codes for Writing<'_> {
    fn reference(&self, known: Known, of: &Value) -> Option<Value> {
        let name = of.as_str()?;
        let at = |names: &[&str]| names.iter().position(|other| *other == name);
        let found = match known {
            Known::Clause => at(self.names.clauses),
            Known::Event => self.events.iter().position(|(event, _)| event == name),
            Known::Period => self.periods.iter().position(|period| period == name),
            Known::Number => at(&self.numbers),
            Known::Fact => at(self.names.facts),
            Known::Dim => self.names.dims.iter().position(|(dim, _)| *dim == name),
        };
        found.map(|at| json!(at))
    }

    fn value(&self, param: bool, owner: &Value, of: &Value) -> Option<Value> {
        let (owner, value) = (owner.as_str()?, of.as_str()?);
        let values: &[String] = if param {
            let mut params = self.names.params.iter();
            params.find(|(name, _)| *name == owner).map(|(_, values)| values.as_slice())?
        } else {
            self.names.dims.iter().find(|(name, _)| *name == owner).map(|(_, values)| *values)?
        };
        values.iter().position(|other| other == value).map(|at| json!(at))
    }

    fn owner(&self, param: bool, of: &Value) -> Option<Value> {
        if !param {
            return self.reference(Known::Dim, of);
        }
        let name = of.as_str()?;
        self.names.params.iter().position(|(param, _)| *param == name).map(|at| json!(at))
    }

    fn window(&self, event: &Value, of: &Value) -> Option<Value> {
        let (event, name) = (event.as_str()?, of.as_str()?);
        if name == "outside" {
            return Some(json!(OUTSIDE));
        }
        let mut windows = self.windows.iter();
        windows.position(|(of, id)| of == event && id == name).map(|at| json!(at))
    }

    fn reason(&self, event: &Value, of: &Value) -> Option<Value> {
        let (event, name) = (event.as_str()?, of.as_str()?);
        let (_, reasons) = self.events.iter().find(|(id, _)| id == event)?;
        reasons.iter().position(|reason| reason == name).map(|at| json!(at))
    }

    fn day(&self, of: &Value) -> Option<Value> {
        let mut parts = of.as_str()?.rsplitn(3, '-');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let day = Day::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
        Some(json!(day.0))
    }

    fn bound(&self, first: bool, of: &Value) -> Option<Value> {
        let life = self.names.life;
        if of.is_null() {
            return Some(json!(if first { life.from.0 } else { life.to.0 }));
        }
        self.day(of)
    }
}
