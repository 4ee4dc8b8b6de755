//! `[[coverage]]` and `[[split]]`.

use tongchou_core::pack::{Choice, Row};
use tongchou_core::rules::{Coverage, CutAt, Edge, OUTSIDE, Shift, Split, SplitBy};

use super::events::OUTSIDE_WORD;
use super::{Known, event, no_rows, period};
use crate::problem::{Near, Problem, Title};
use crate::read::Reader;
use crate::read::fields::{Field, Fields, Words};
use crate::read::rows::{Level, Placed, Rows};
use crate::read::vocabulary::{Vocabulary, value_indices};

pub(in crate::read) const READS: &Words<bool> = &[("day", false), ("admission", true)];
pub(in crate::read) const BYS: &Words<SplitBy> =
    &[("fee_date", SplitBy::FeeDate), ("days", SplitBy::Days)];
pub(in crate::read) const SECOND: &Words<bool> = &[("charge", true), ("waive", false)];

/// A split as written: a parameter may choose about the second deductible.
struct Written {
    of: CutAt,
    by: SplitBy,
    second: Choice<bool>,
}

impl Reader<'_> {
    pub(super) fn coverage(self, root: &mut Fields<'_>, known: Known<'_>) -> Rows<Coverage> {
        let (rows, title) = (root.get("coverage"), Title::new("[[coverage]]"));
        self.table(rows, title, Level::Coverage, |fields| self.coverage_row(fields, known))
    }

    fn coverage_row(self, fields: &mut Fields<'_>, known: Known<'_>) -> Option<Coverage> {
        let out = self.out;
        let sets = fields.need("sets", "{ card = \"frozen\" }").and_then(|f| self.sets(&f));
        let opens = fields.get("opens");
        let (closes, lasts) = (fields.get("closes"), fields.get("lasts"));
        if opens.is_none() {
            for field in [&closes, &lasts].into_iter().flatten() {
                let key = field.key.to_owned();
                out.report(field.key_span.clone(), &Problem::NoOpens { key });
            }
        }
        let edges =
            |field: Option<Field<'_>>| field.map_or(Some(Vec::new()), |f| self.edges(&f, known));
        let (opens, closes) = (edges(opens), edges(closes));
        let lasts = lasts.map_or(Some(None), |f| period(out, known.periods, &f).map(Some));
        let flag = |field: Option<Field<'_>>| field.map_or(Some(false), |f| f.flag(out));
        let institutions = flag(fields.get("institutions"));
        let budget = flag(fields.get("budget"));
        let admission = fields.get("read").map_or(Some(false), |f| f.word(out, READS));
        let (dim, value) = sets?;
        Some(Coverage {
            dim,
            value,
            opens: opens?,
            closes: closes?,
            lasts: lasts?,
            institutions: institutions?,
            budget: budget?,
            admission: admission?,
        })
    }

    /// The one dimension that a row sets, and its value.
    fn sets(self, field: &Field<'_>) -> Option<(u16, u8)> {
        let out = self.out;
        let entries = field.entries(out)?;
        let [entry] = entries.as_slice() else {
            out.report(field.span.clone(), &Problem::SetsOne {});
            return None;
        };
        let (at, dim) = self.names.dim(out, entry.key, &entry.key_span)?;
        if Vocabulary::is_line_dim(entry.key) {
            let (name, title) = (entry.key.to_owned(), Title::new("[[coverage]]"));
            out.report(entry.key_span.clone(), &Problem::LineDim { name, title });
            return None;
        }
        let dim = dim?;
        if !Vocabulary::given(dim) {
            let name = entry.key.to_owned();
            out.report(entry.key_span.clone(), &Problem::SetsCut { name });
            return None;
        }
        let text = entry.text(out)?;
        let value = value_indices(out, entry.key, &dim.values, &[(text, entry.span.clone())])?;
        value.first().map(|value| (at, *value))
    }

    /// One edge or a list of them.
    fn edges(self, field: &Field<'_>, known: Known<'_>) -> Option<Vec<Edge>> {
        if !field.value.is_array() {
            return Some(vec![self.edge(field, known)?]);
        }
        let edges = field.list(self.out)?;
        let edges: Vec<_> = edges.iter().map(|edge| self.edge(edge, known)).collect();
        edges.into_iter().collect()
    }

    fn edge(self, field: &Field<'_>, known: Known<'_>) -> Option<Edge> {
        let out = self.out;
        let mut fields = field.fields(out, Title::new("an edge"))?;
        let of = fields.need("event", "\"…\"").and_then(|f| event(out, known.events, &f));
        let far = |f: &Field<'_>| f.count(out, 0..65_536).and_then(|n| u16::try_from(n).ok());
        let (days, months) = (fields.get("days"), fields.get("months"));
        let shift = match (&days, &months) {
            (Some(_), Some(months)) => {
                out.report(months.key_span.clone(), &Problem::EdgeBoth {});
                None
            }
            (Some(days), None) => far(days).map(Shift::Days),
            (None, Some(months)) => far(months).map(Shift::Months),
            (None, None) => Some(Shift::None),
        };
        let windows = fields.get("window");
        let windows = windows.map_or(Some(Vec::new()), |f| self.classes(&f, of?, known));
        fields.finish(out);
        Some(Edge { event: of?, windows: windows?, shift: shift? })
    }

    /// Indices of windows of an event, sorted; the word for none of them is the last.
    fn classes(self, field: &Field<'_>, of: u16, known: Known<'_>) -> Option<Vec<u8>> {
        let own = known.windows.iter().enumerate().filter(|(_, w)| w.event == Some(of));
        let own: Vec<_> = own.map(|(at, window)| (at, window.id.as_str())).collect();
        let mut indices = Vec::new();
        let texts = field.text_or_texts(self.out)?;
        for (text, span) in &texts {
            let at = own.iter().find(|(_, id)| id == text).map(|(at, _)| u8::try_from(*at));
            match at {
                Some(at) => indices.push(at.ok()?),
                None if *text == OUTSIDE_WORD && !own.is_empty() => indices.push(OUTSIDE),
                None => {
                    let names = own.iter().map(|(_, id)| *id).filter(|id| !id.is_empty());
                    let near = Near::of(text, names);
                    let event = known.events.get(usize::from(of)).map(|e| e.name.clone());
                    let (event, name) = (event.unwrap_or_default(), (*text).to_owned());
                    let problem = Problem::UnknownWindow { event, name, near };
                    self.out.report(span.clone(), &problem);
                }
            }
        }
        indices.sort_unstable();
        (indices.len() == texts.len()).then_some(indices)
    }

    pub(super) fn splits(self, root: &mut Fields<'_>) -> Rows<Split> {
        let (rows, title) = (root.get("split"), Title::new("[[split]]"));
        let written = self.table(rows, title, Level::Coverage, |fields| self.split(fields));
        let mut splits = Rows { whole: written.whole, ..no_rows("[[split]]") };
        for row in written.rows {
            splits.rows.extend(chosen(row));
        }
        splits
    }

    fn split(self, fields: &mut Fields<'_>) -> Option<Written> {
        let out = self.out;
        let (of, on) = (fields.get("of"), fields.get("on"));
        let at = match (&of, &on) {
            (Some(of), None) => self.cut_at(of),
            (None, Some(on)) => on.day(out).map(CutAt::Day),
            _ => {
                let span = on.as_ref().map_or(fields.span.clone(), |on| on.key_span.clone());
                out.report(span, &Problem::SplitForms {});
                None
            }
        };
        let by = fields.need("by", "\"fee_date\"");
        let by = by.and_then(|f| Some((f.word(out, BYS)?, f.span)));
        let second = fields.need("second_deductible", "\"waive\"");
        let second = second.and_then(|f| self.choice(Some(f), SECOND, false));
        if let (Some((SplitBy::Days, span)), Some(of)) = (&by, at)
            && of != CutAt::Year
        {
            out.report(span.clone(), &Problem::SplitByDays {});
            return None;
        }
        let (by, _) = by?;
        Some(Written { of: at?, by, second: second? })
    }

    /// What a bill is cut at; that coverage rows set the dimension is checked later.
    fn cut_at(self, field: &Field<'_>) -> Option<CutAt> {
        match field.text(self.out)? {
            "year" => Some(CutAt::Year),
            "scheme" => Some(CutAt::Scheme),
            name => self.names.dim(self.out, name, &field.span).map(|(at, _)| CutAt::Dim(at)),
        }
    }
}

/// A row, or one for each value of the parameter that chooses.
fn chosen(row: Placed<Row<Written>>) -> Vec<Placed<Row<Split>>> {
    let Placed { item, span, mark, days } = row;
    let Written { of, by, second } = item.value;
    let row = |params: Vec<(u16, Vec<u8>)>, second_deductible: bool| Placed {
        item: Row {
            when: item.when.clone(),
            params,
            from: item.from,
            to: item.to,
            priority: item.priority,
            clause: item.clause,
            value: Split { of, by, second_deductible },
        },
        span: span.clone(),
        mark: mark.clone(),
        days: days.clone(),
    };
    let (param, values) = match second {
        Choice::Is(second) => return vec![row(item.params.clone(), second)],
        Choice::Param(param, values) => (param, values),
    };
    let mut rows = Vec::new();
    for (value, second) in (0_u8..).zip(values) {
        let mut params = item.params.clone();
        match params.iter_mut().find(|(named, _)| *named == param) {
            Some((_, accepted)) => accepted.retain(|other| *other == value),
            None => params.push((param, vec![value])),
        }
        params.sort();
        // A value that the row's own condition leaves out has no row.
        if params.iter().all(|(_, accepted)| !accepted.is_empty()) {
            rows.push(row(params, second));
        }
    }
    rows
}
