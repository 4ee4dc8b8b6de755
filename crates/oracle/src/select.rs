//! Which row of a table applies: the table is read from its top at every use.

use std::collections::BTreeSet;

use tongchou_wire::amount::Date;

use crate::pack::{Row, When};
use crate::refusal::Refusal;

/// Values of dimensions and parameters (`param.NAME`), in any order.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// What is known.
    pub values: Vec<(&'a str, &'a str)>,
    /// Dimensions without a value, with all the values that each might have.
    pub missing: Vec<(&'a str, Vec<&'a str>)>,
}

impl<'a> Facts<'a> {
    /// The value of a dimension or parameter.
    pub fn value(&self, key: &str) -> Option<&'a str> {
        self.values.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// These facts and some more.
    pub fn and(&self, more: Self) -> Self {
        let mut facts = self.clone();
        facts.values.extend(more.values);
        facts.missing.extend(more.missing);
        facts
    }

    /// The words of a setting: its own, or those of the parameter that it names.
    pub fn setting<'s>(&'s self, said: &'s str) -> Result<&'s str, Refusal> {
        if !said.starts_with("param.") {
            return Ok(said);
        }
        self.value(said).ok_or_else(|| Refusal::Pack(format!("no parameter `{said}`")))
    }

    /// Whether all conditions hold, as far as values are known.
    fn hold(&self, when: &When) -> bool {
        when.iter().all(|(key, values)| {
            self.value(key).is_some_and(|given| values.iter().any(|value| value == given))
        })
    }

    /// Whether all conditions hold; refused if that depends on what is missing.
    pub fn meet(&self, when: &When) -> Result<bool, Refusal> {
        self.agreed(&[when], &|facts| Ok(facts.hold(when)), &|one, other| one == other)
    }

    /// What comes out whatever the values of the missing dimensions are, of which only those
    /// that the conditions name can matter.
    fn agreed<T>(
        &self,
        named: &[&When],
        of: &dyn Fn(&Self) -> Result<T, Refusal>,
        same: &dyn Fn(&T, &T) -> bool,
    ) -> Result<T, Refusal> {
        let mut open = self
            .missing
            .iter()
            .filter(|(dim, _)| named.iter().any(|when| when.iter().any(|(key, _)| key == dim)));
        let Some((dim, values)) = open.next() else { return of(self) };
        let mut found: Option<T> = None;
        for value in values {
            let mut facts = self.clone();
            facts.missing.retain(|(other, _)| other != dim);
            facts.values.push((dim, value));
            let next = facts.agreed(named, of, same)?;
            match &found {
                Some(first) if !same(first, &next) => {
                    return Err(Refusal::Missing((*dim).to_owned()));
                }
                _ => found = Some(next),
            }
        }
        found.ok_or_else(|| Refusal::Missing((*dim).to_owned()))
    }
}

/// The row that applies on a day, if any does: the one of the highest priority. Where a dimension
/// is missing, its values must select rows that say the same.
pub fn row<'p, T: PartialEq>(
    rows: impl IntoIterator<Item = &'p Row<T>>,
    day: Date,
    facts: &Facts<'_>,
) -> Result<Option<&'p Row<T>>, Refusal> {
    row_as(rows, day, facts, &|one, other| one == other)
}

/// The row that applies, where `same` tells whether two rows say the same.
pub fn row_as<'p, T>(
    rows: impl IntoIterator<Item = &'p Row<T>>,
    day: Date,
    facts: &Facts<'_>,
    same: &dyn Fn(&T, &T) -> bool,
) -> Result<Option<&'p Row<T>>, Refusal> {
    if facts.missing.is_empty() {
        return known(rows, day, facts);
    }
    let rows: Vec<&Row<T>> = rows.into_iter().collect();
    let named: Vec<&When> = rows.iter().map(|row| &row.when).collect();
    let same_rows = |one: &Option<&Row<T>>, other: &Option<&Row<T>>| match (one, other) {
        (Some(one), Some(other)) => same(&one.says, &other.says),
        (one, other) => one.is_none() && other.is_none(),
    };
    facts.agreed(&named, &|facts| known(rows.iter().copied(), day, facts), &same_rows)
}

/// The row that applies where all values that matter are known.
fn known<'p, T>(
    rows: impl IntoIterator<Item = &'p Row<T>>,
    day: Date,
    facts: &Facts<'_>,
) -> Result<Option<&'p Row<T>>, Refusal> {
    let mut best: Option<&Row<T>> = None;
    let mut doubled = false;
    for row in rows {
        if day < row.from || row.to < day || !facts.hold(&row.when) {
            continue;
        }
        match best {
            Some(other) if row.priority < other.priority => {}
            Some(other) if row.priority == other.priority => doubled = true,
            _ => {
                best = Some(row);
                doubled = false;
            }
        }
    }
    match best {
        Some(row) if doubled => Err(Refusal::Pack(format!("an overlap at `{}`", row.name))),
        best => Ok(best),
    }
}

/// The row that must apply.
pub fn the_row<'p, T: PartialEq>(
    rows: &'p [Row<T>],
    day: Date,
    facts: &Facts<'_>,
    table: &str,
) -> Result<&'p Row<T>, Refusal> {
    row(rows, day, facts)?.ok_or_else(|| gap(table))
}

/// A table in which no row applies though one must.
pub fn gap(table: &str) -> Refusal {
    Refusal::Pack(format!("a gap in `{table}`"))
}

/// The rows that decided something in a bill.
#[derive(Clone, Debug, Default)]
pub struct Decisive(pub BTreeSet<String>);

impl Decisive {
    /// Notes a row if it decided something.
    pub fn note(&mut self, row: &str, decided: bool) {
        if decided && !self.0.contains(row) {
            self.0.insert(row.to_owned());
        }
    }
}
