//! Rows of any table: conditions, days of effect, priority and clause.

use tongchou_core::pack::{Choice, CutOf, Dim, Row};

use super::fields::{Field, Fields, Words};
use super::vocabulary::{Vocabulary, value_indices};
use super::{Note, Reader};
use crate::problem::{Dates, Near, Problem, Title};
use crate::source::Span;

/// What names a parameter in a condition or a setting.
const PARAM_PREFIX: &str = "param.";
/// Most rows of one table.
const ROWS_MAX: usize = 20_000;

/// A row with the places where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Placed<T> {
    pub(crate) item: T,
    /// Its `[[…]]`.
    pub(crate) span: Span,
    /// Its `when`, or its `[[…]]` if it has none.
    pub(crate) mark: Span,
    /// Its `from` and its `to`, where it states them.
    pub(crate) days: [Option<Span>; 2],
}

/// The rows of one table, in the order of the text.
#[derive(Debug)]
pub(crate) struct Rows<V> {
    pub(crate) title: Title,
    pub(crate) rows: Vec<Placed<Row<V>>>,
    /// False if a row could not be read; such a table is not checked as a whole.
    pub(crate) whole: bool,
}

/// Accepted values by dimension or parameter, sorted.
pub(crate) type Accepted = Vec<(u16, Vec<u8>)>;

/// What must hold for a row or a layer.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) dims: Accepted,
    pub(crate) params: Accepted,
}

/// What a condition may speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// The whole bill.
    Bill,
    /// One fee line of the bill.
    Line,
    /// A moment, before anything is priced.
    Coverage,
    /// A question, which brings numbers.
    Question,
}

impl<'a> Reader<'a> {
    /// Reads a table row by row; an absent table has no rows.
    pub(crate) fn table<V>(
        self,
        field: Option<Field<'_>>,
        title: Title,
        level: Level,
        value: impl Fn(&mut Fields<'_>) -> Option<V>,
    ) -> Rows<V> {
        let mut table = Rows { title, rows: Vec::new(), whole: true };
        let Some(field) = field else { return table };
        let rows = if table.title.is_single() {
            field.fields(self.out, table.title.clone()).map(|fields| vec![fields])
        } else {
            field.rows(self.out, &table.title)
        };
        let Some(rows) = rows else {
            table.whole = false;
            return table;
        };
        if let Some(fields) = rows.get(ROWS_MAX) {
            let problem = Problem::TooManyRows { title: table.title.clone(), count: rows.len() };
            self.out.report(fields.span.clone(), &problem);
            table.whole = false;
            return table;
        }
        for mut fields in rows {
            let span = fields.span.clone();
            let when = fields.get("when");
            let mark = when.as_ref().map_or(span.clone(), |field| field.span.clone());
            let conditions = self.conditions(when, &fields.title, level);
            let days = ["from", "to"].map(|key| fields.get(key).map(|field| field.span));
            let row = self.row(&mut fields, (conditions, level), &value);
            fields.finish(self.out);
            match row {
                Some(item) => table.rows.push(Placed { item, span, mark, days }),
                None => table.whole = false,
            }
        }
        table
    }

    fn row<V>(
        self,
        fields: &mut Fields<'_>,
        (when, level): (Option<Conditions>, Level),
        value: impl Fn(&mut Fields<'_>) -> Option<V>,
    ) -> Option<Row<V>> {
        let out = self.out;
        let spell = self.spell_of(fields, level != Level::Coverage);
        let priority = fields.get("priority").map(|f| f.count(out, -1000..1001));
        let clause = fields.need("clause", "\"…\"");
        let clause = clause.and_then(|f| self.names.clause(out, &f));
        let value = value(fields);
        let (when, Dates { from, to }) = (when?, spell?);
        Some(Row {
            when: when.dims,
            params: when.params,
            from,
            to,
            priority: priority.map_or(Some(0), |p| p.and_then(|p| i32::try_from(p).ok()))?,
            clause: clause?,
            value: value?,
        })
    }

    /// Days of effect: `from` and `to`, by default the life of the pack.
    pub(super) fn spell(self, fields: &mut Fields<'_>) -> Option<Dates> {
        self.spell_of(fields, true)
    }

    /// Days of effect; what holds at a moment may begin before the pack or end after it.
    fn spell_of(self, fields: &mut Fields<'_>, inside: bool) -> Option<Dates> {
        let day = |f: &Field<'_>| if inside { self.day(f) } else { f.day(self.out) };
        let from = fields.get("from").map(|f| (day(&f), f.span));
        let to = fields.get("to").map(|f| (day(&f), f.span));
        let life = self.names.life?;
        let (from, _) = from.unwrap_or((Some(life.from), 0..0));
        let (to, to_span) = to.unwrap_or((Some(life.to), 0..0));
        let (from, to) = (from?, to?);
        if to < from {
            self.out.report(to_span, &Problem::FromAfterTo { from, to });
            return None;
        }
        Some(Dates { from, to })
    }

    /// A day inside the life of the pack.
    fn day(self, field: &Field<'_>) -> Option<tongchou_core::calendar::Day> {
        let day = field.day(self.out)?;
        let life = self.names.life?;
        if day < life.from || life.to < day {
            self.out.report(field.span.clone(), &Problem::OutsideLife { day, life });
            return None;
        }
        Some(day)
    }

    /// A `when`; an absent one holds always.
    pub(crate) fn conditions(
        self,
        field: Option<Field<'_>>,
        title: &Title,
        level: Level,
    ) -> Option<Conditions> {
        let mut conditions = Conditions::default();
        let Some(field) = field else { return Some(conditions) };
        let mut whole = true;
        for entry in field.entries(self.out)? {
            if let Some(name) = entry.key.strip_prefix(PARAM_PREFIX) {
                let accepted = self.param_values(name, &entry);
                whole &= accepted.is_some();
                conditions.params.extend(accepted);
            } else {
                let accepted = self.dim_values(&entry, title, level);
                whole &= accepted.is_some();
                conditions.dims.extend(accepted);
            }
        }
        conditions.dims.sort();
        conditions.params.sort();
        whole.then_some(conditions)
    }

    fn param_values(self, name: &str, entry: &Field<'_>) -> Option<(u16, Vec<u8>)> {
        let (at, param) = self.names.param(self.out, name, &entry.key_span)?;
        let texts = entry.text_or_texts(self.out)?;
        Some((at, value_indices(self.out, entry.key, &param?.values, &texts)?))
    }

    fn dim_values(self, entry: &Field<'_>, title: &Title, level: Level) -> Option<(u16, Vec<u8>)> {
        let out = self.out;
        if entry.key == "param" && entry.value.is_table() {
            out.report(entry.key_span.clone(), &Problem::UnquotedParam {});
            return None;
        }
        let (at, dim) = self.names.dim(out, entry.key, &entry.key_span)?;
        if level != Level::Line && Vocabulary::is_line_dim(entry.key) {
            let (name, title) = (entry.key.to_owned(), title.clone());
            out.report(entry.key_span.clone(), &Problem::LineDim { name, title });
            return None;
        }
        let amount = |dim: &Dim| dim.cut.as_ref().is_some_and(|cut| cut.of.is_amount());
        if matches!(level, Level::Line | Level::Coverage) && dim.is_some_and(amount) {
            let (name, title) = (entry.key.to_owned(), title.clone());
            out.report(entry.key_span.clone(), &Problem::AmountDim { name, title });
            return None;
        }
        let number =
            |dim: &Dim| dim.cut.as_ref().is_some_and(|cut| matches!(cut.of, CutOf::Number(_)));
        if level != Level::Question && dim.is_some_and(number) {
            let (name, title) = (entry.key.to_owned(), title.clone());
            out.report(entry.key_span.clone(), &Problem::NumberDim { name, title });
            return None;
        }
        let texts = entry.text_or_texts(out)?;
        Some((at, value_indices(out, entry.key, &dim?.values, &texts)?))
    }

    /// A setting that is a word, or a parameter whose values are the setting's words.
    pub(crate) fn choice<T: Copy>(
        self,
        field: Option<Field<'_>>,
        words: &Words<T>,
        default: T,
    ) -> Option<Choice<T>> {
        let Some(field) = field else { return Some(Choice::Is(default)) };
        let Some(name) = param_named(&field) else {
            return field.word(self.out, words).map(Choice::Is);
        };
        let (at, param) = self.names.param(self.out, name, &field.span)?;
        let mut meanings = Vec::new();
        for value in &param?.values {
            match words.iter().find(|(word, _)| word == value) {
                Some((_, meaning)) => meanings.push(*meaning),
                None => {
                    let near = Near::of(value, words.iter().map(|(word, _)| *word));
                    let (key, param) = (field.key.to_owned(), name.to_owned());
                    let problem = Problem::ParamWords { key, param, value: value.clone(), near };
                    self.out.report(field.span, &problem);
                    return None;
                }
            }
        }
        Some(Choice::Param(at, meanings))
    }

    /// A setting that no parameter may choose.
    pub(crate) fn setting<T: Copy>(
        self,
        field: Option<Field<'_>>,
        words: &Words<T>,
        default: T,
    ) -> Option<T> {
        let Some(field) = field else { return Some(default) };
        if param_named(&field).is_some() {
            let key = field.key.to_owned();
            self.out.report(field.span, &Problem::NotByParam { key });
            return None;
        }
        field.word(self.out, words)
    }

    /// Reports a name that is defined a second time.
    pub(crate) fn doubled(self, name: &str, span: Span, first: Span) {
        let problem = Problem::DoubledName { name: name.to_owned() };
        self.out.report_pair(span, &problem, first, Note::First);
    }
}

fn param_named<'a>(field: &Field<'a>) -> Option<&'a str> {
    field.value.as_str()?.strip_prefix(PARAM_PREFIX)
}
