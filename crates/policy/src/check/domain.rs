//! The cases of a table: the product of the dimensions and parameters that it names, over the
//! spells of days between its rows' dates.
//!
//! INVARIANT: every case is visited, none twice, and at most [`CASES_MAX`] of them; which rows
//! apply is an intersection of sets, so nothing about a row is decided here but whether it applies.

use std::collections::BTreeSet;

use tongchou_core::calendar::Day;
use tongchou_core::pack::Row;

use crate::problem::{Case, Dates};
use crate::read::{Accepted, Vocabulary};

/// Most cases of one table, dates apart.
pub(super) const CASES_MAX: usize = 1_000_000;

/// When a row applies.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    when: &'a Accepted,
    params: &'a Accepted,
    dates: Dates,
}

/// All cases of a table.
pub(super) struct Domain {
    axes: Vec<Axis>,
    spells: Vec<Spell>,
}

/// A dimension or parameter with the rows that accept each of its values.
struct Axis {
    name: String,
    values: Vec<(String, Set)>,
}

/// Days during which the same rows are in effect.
pub(super) struct Spell {
    pub(super) dates: Dates,
    pub(super) rows: Set,
}

/// Rows of a table, by index.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Set(Vec<u64>);

/// One case: the index of a value on each axis.
pub(super) struct Cursor(Vec<usize>);

impl<'a> Entry<'a> {
    pub(super) const fn new(when: &'a Accepted, params: &'a Accepted, dates: Dates) -> Self {
        Self { when, params, dates }
    }

    pub(super) fn of<V>(row: &'a Row<V>) -> Self {
        let dates = Dates { from: row.from, to: row.to };
        Self { when: &row.when, params: &row.params, dates }
    }
}

impl Domain {
    /// The cases of some rows over the life of the pack, or the names of the axes if there are too
    /// many.
    pub(super) fn of(
        names: &Vocabulary,
        life: Dates,
        entries: &[Entry<'_>],
    ) -> Result<Self, Vec<String>> {
        let mut axes = Vec::new();
        for at in named(entries.iter().map(|entry| entry.when)) {
            let dim = names.dims.get(usize::from(at)).and_then(|named| named.item.as_ref());
            if let Some(dim) = dim {
                axes.push(Axis::of(&dim.name, &dim.values, at, entries, |entry| entry.when));
            }
        }
        for at in named(entries.iter().map(|entry| entry.params)) {
            let param = names.params.get(usize::from(at)).and_then(|named| named.item.as_ref());
            if let Some(param) = param {
                let name = format!("param.{}", param.name);
                axes.push(Axis::of(&name, &param.values, at, entries, |entry| entry.params));
            }
        }
        let cases = axes.iter().try_fold(1_usize, |all, axis| all.checked_mul(axis.values.len()));
        if cases.is_none_or(|cases| CASES_MAX < cases) {
            return Err(axes.into_iter().map(|axis| axis.name).collect());
        }
        Ok(Self { axes, spells: spells(life, entries) })
    }

    /// Leaves out the values of a dimension that are not accepted.
    pub(super) fn restrict(&mut self, name: &str, accepted: &[String]) {
        for axis in self.axes.iter_mut().filter(|axis| axis.name == name) {
            axis.values.retain(|(value, _)| accepted.contains(value));
        }
    }

    pub(super) fn start(&self) -> Cursor {
        Cursor(vec![0; self.axes.len()])
    }

    /// Moves to the next case, the last axis first; false after the last case.
    pub(super) fn advance(&self, cursor: &mut Cursor) -> bool {
        for (at, axis) in cursor.0.iter_mut().zip(&self.axes).rev() {
            *at += 1;
            if *at < axis.values.len() {
                return true;
            }
            *at = 0;
        }
        false
    }

    /// The rows that apply to a case on some day.
    pub(super) fn matching(&self, cursor: &Cursor, rows: usize) -> Set {
        let mut set = Set::full(rows);
        for (axis, at) in self.axes.iter().zip(&cursor.0) {
            if let Some((_, accepting)) = axis.values.get(*at) {
                set.keep(accepting);
            }
        }
        set
    }

    /// A case in words.
    pub(super) fn words(&self, cursor: &Cursor) -> Case {
        let pairs = self.axes.iter().zip(&cursor.0).map(|(axis, at)| {
            let value = axis.values.get(*at).map(|(value, _)| value.clone());
            (axis.name.clone(), value.unwrap_or_default())
        });
        Case(pairs.collect())
    }

    pub(super) fn spells(&self) -> &[Spell] {
        &self.spells
    }

    /// How many cases there are, each spell of days counted.
    pub(super) fn size(&self) -> usize {
        self.axes.iter().fold(self.spells.len(), |all, axis| all.saturating_mul(axis.values.len()))
    }

    /// The name of each axis with its values.
    pub(super) fn axes(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.axes.iter().map(|axis| {
            let values = axis.values.iter().map(|(value, _)| value.as_str());
            (axis.name.as_str(), values.collect())
        })
    }

    /// Whether the first so many rows tell apart any two values of each axis.
    pub(super) fn told_apart(&self, rows: usize) -> Vec<bool> {
        let told = |axis: &Axis| {
            let accepting = |set: &Set| set.members().take_while(|at| *at < rows).collect();
            let sets: BTreeSet<Vec<usize>> =
                axis.values.iter().map(|(_, set)| accepting(set)).collect();
            1 < sets.len()
        };
        self.axes.iter().map(told).collect()
    }
}

impl Cursor {
    /// The index of the value on each axis.
    pub(super) fn values(&self) -> &[usize] {
        &self.0
    }
}

impl Axis {
    fn of<'a>(
        name: &str,
        values: &[String],
        index: u16,
        entries: &[Entry<'a>],
        conditions: impl Fn(&Entry<'a>) -> &'a Accepted,
    ) -> Self {
        let accepting = |value: usize| {
            let accepts = |entry: &Entry<'a>| {
                let named = conditions(entry).iter().find(|(at, _)| *at == index);
                named.is_none_or(|(_, accepted)| accepted.iter().any(|v| usize::from(*v) == value))
            };
            Set::of(entries.iter().map(accepts))
        };
        let values = values.iter().enumerate().map(|(at, value)| (value.clone(), accepting(at)));
        Self { name: name.to_owned(), values: values.collect() }
    }
}

impl Set {
    /// The positions at which a list is true.
    fn of(members: impl Iterator<Item = bool>) -> Self {
        let mut set = Self::default();
        for (at, member) in members.enumerate() {
            if at % 64 == 0 {
                set.0.push(0);
            }
            if let Some(word) = set.0.last_mut() {
                *word |= u64::from(member) << (at % 64);
            }
        }
        set
    }

    fn full(count: usize) -> Self {
        Self::of(std::iter::repeat_n(true, count))
    }

    fn keep(&mut self, other: &Self) {
        for (word, kept) in self.0.iter_mut().zip(&other.0) {
            *word &= kept;
        }
    }

    /// The members of both sets.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(word, kept)| word & kept).collect())
    }

    /// The members, ascending.
    pub(super) fn members(&self) -> impl Iterator<Item = usize> {
        let words = self.0.iter().enumerate();
        words.flat_map(|(at, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }
}

/// The indices named by any row, ascending.
fn named<'a>(conditions: impl Iterator<Item = &'a Accepted>) -> BTreeSet<u16> {
    conditions.flatten().map(|(at, _)| *at).collect()
}

/// The life of the pack, cut where a row begins or has ended.
fn spells(life: Dates, entries: &[Entry<'_>]) -> Vec<Spell> {
    let mut starts: BTreeSet<Day> = BTreeSet::from([life.from]);
    starts.extend(entries.iter().map(|entry| entry.dates.from));
    starts.extend(entries.iter().map(|entry| Day(entry.dates.to.0 + 1)));
    starts.retain(|day| life.from <= *day && *day <= life.to);
    let after = starts.iter().skip(1).map(|day| Day(day.0 - 1)).chain([life.to]);
    let spells = starts.iter().zip(after).map(|(from, to)| {
        let in_effect = |e: &Entry<'_>| e.dates.from <= *from && to <= e.dates.to;
        Spell { dates: Dates { from: *from, to }, rows: Set::of(entries.iter().map(in_effect)) }
    });
    spells.collect()
}
