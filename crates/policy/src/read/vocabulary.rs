//! `[clause]`, `[param]`, `[fact]` and `[dim]`: the names that rows may use.
//!
//! INVARIANT: names are indexed in alphabetical order, so the canonical pack does not depend on
//! the order in which they are defined. A name whose definition is broken still exists, so that
//! its uses are not reported again.

use std::ops::Range;

use tongchou_core::pack::{Clause, Cut, CutOf, Dim, Fact, Param};
use tongchou_core::rules::Number;

use super::Findings;
use super::fields::{Field, Fields, Words};
use crate::problem::{Dates, Near, Problem, Title, Unit};
use crate::source::Span;

/// Most values of a dimension or parameter: an index fits a byte.
pub(super) const VALUES_MAX: usize = 255;
/// Most dimensions of a pack.
const DIMS_MAX: usize = 64;
/// Ages that a cut may name.
const AGES: Range<i64> = 0..200;
/// Ordinals of admissions that a cut may name.
const ORDINALS: Range<i64> = 1..64;
/// Lengths of a stay in days, and numbers of a question, that a cut may name.
const DAYS: Range<i64> = 0..10_000;
/// What names a number in `of`.
pub(super) const NUMBER_PREFIX: &str = "number.";
/// How trustworthy a clause or a pack may be called.
pub(super) const CONFIDENCE: &Words<&str> = &[
    ("source", "source"),
    ("found", "found"),
    ("known", "known"),
    ("assumed", "assumed"),
    ("unverified", "unverified"),
];

/// Dimensions that the contract gives on the member or the encounter.
pub(crate) const BILL_DIMS: &[&str] = &[
    "person",
    "group",
    "poverty",
    "status",
    "card",
    "enrolled",
    "supplement",
    "red_list",
    "care",
    "level",
    "category",
    "direct",
    "network",
    "designated",
    "emergency",
    "referral",
    "approved_list",
    "place",
    "purpose",
    "disease",
    "card_present",
];
/// Dimensions that the contract gives on a fee line.
pub(crate) const LINE_DIMS: &[&str] = &["class", "kind", "restricted", "approved"];

/// Numbers that may be cut; an age says as of when.
pub(super) const OF: &Words<Option<CutOf>> = &[
    ("age", None),
    ("admission", Some(CutOf::Admission)),
    ("days", Some(CutOf::Days)),
    ("in_scope", Some(CutOf::InScope)),
    ("total", Some(CutOf::Total)),
];
/// The day of an age.
pub(super) const AS_OF: &Words<CutOf> =
    &[("bill_date", CutOf::AgeOnBill), ("year_start", CutOf::AgeOnYearStart)];
/// How a clause is written.
const CLAUSE: &str = "T-1 = { doc = \"…\", text = \"…\", confidence = \"source\" }";

/// The names of a pack.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    pub(crate) life: Option<Dates>,
    /// `None` if the pack has no `[clause]`.
    pub(crate) clauses: Option<Vec<Named<Clause>>>,
    pub(crate) params: Vec<Named<Param>>,
    pub(crate) facts: Vec<Named<Fact>>,
    /// Whole numbers that questions bring.
    pub(crate) numbers: Vec<Named<Number>>,
    pub(crate) dims: Vec<Named<Dim>>,
}

/// A name with its definition, or without if that was reported.
#[derive(Debug)]
pub(crate) struct Named<T> {
    pub(crate) name: String,
    /// Its key.
    pub(crate) span: Span,
    pub(crate) item: Option<T>,
}

pub(crate) fn vocabulary(
    out: &Findings<'_>,
    root: &mut Fields<'_>,
    life: Option<Dates>,
) -> Vocabulary {
    let mut names = Vocabulary {
        life,
        clauses: None,
        params: Vec::new(),
        facts: Vec::new(),
        numbers: Vec::new(),
        dims: Vec::new(),
    };
    if let Some(field) = root.section("clause", ("[clause]", CLAUSE)) {
        names.clauses = Some(named(out, &field, |f| clause(out, f)));
    }
    if let Some(field) = root.get("param") {
        names.params = named(out, &field, |f| param(out, &names, f));
    }
    if let Some(field) = root.get("fact") {
        names.facts = named(out, &field, |f| fact(out, &names, f));
    }
    if let Some(field) = root.get("number") {
        names.numbers = named(out, &field, |f| number(out, &names, f));
    }
    if let Some(field) = root.get("dim") {
        names.dims = named(out, &field, |f| dim(out, &names, f));
        if let Some(dim) = names.dims.get(DIMS_MAX) {
            out.report(dim.span.clone(), &Problem::TooManyDims { count: names.dims.len() });
        }
    }
    names
}

impl Vocabulary {
    /// The index of the clause that a field cites.
    pub(crate) fn clause(&self, out: &Findings<'_>, field: &Field<'_>) -> Option<u16> {
        let name = field.text(out)?;
        let clauses = self.clauses.as_ref()?;
        let found = index(clauses, name);
        if found.is_none() {
            let near = Near::of(name, clauses.iter().map(|c| c.name.as_str()));
            out.report(field.span.clone(), &Problem::UnknownClause { name: name.to_owned(), near });
        }
        found
    }

    /// The index of a parameter and its definition, if that is whole.
    pub(crate) fn param(
        &self,
        out: &Findings<'_>,
        name: &str,
        span: &Span,
    ) -> Option<(u16, Option<&Param>)> {
        let found = index(&self.params, name);
        if found.is_none() {
            let near = Near::of(name, self.params.iter().map(|p| p.name.as_str()));
            out.report(span.clone(), &Problem::UnknownParam { name: name.to_owned(), near });
        }
        found.map(|at| (at, self.params.get(usize::from(at)).and_then(|p| p.item.as_ref())))
    }

    /// The index of a fact.
    pub(crate) fn fact(&self, out: &Findings<'_>, name: &str, span: &Span) -> Option<u16> {
        let found = index(&self.facts, name);
        if found.is_none() {
            let near = Near::of(name, self.facts.iter().map(|f| f.name.as_str()));
            out.report(span.clone(), &Problem::UnknownFact { name: name.to_owned(), near });
        }
        found
    }

    /// The index of a number.
    pub(crate) fn number(&self, out: &Findings<'_>, name: &str, span: &Span) -> Option<u16> {
        let found = index(&self.numbers, name);
        if found.is_none() {
            let near = Near::of(name, self.numbers.iter().map(|n| n.name.as_str()));
            out.report(span.clone(), &Problem::UnknownNumber { name: name.to_owned(), near });
        }
        found
    }

    /// The index of a dimension and its definition, if that is whole.
    pub(crate) fn dim(
        &self,
        out: &Findings<'_>,
        name: &str,
        span: &Span,
    ) -> Option<(u16, Option<&Dim>)> {
        let found = index(&self.dims, name);
        if found.is_none() {
            let near = Near::of(name, self.dims.iter().map(|d| d.name.as_str()));
            out.report(span.clone(), &Problem::UnknownDim { name: name.to_owned(), near });
        }
        found.map(|at| (at, self.dims.get(usize::from(at)).and_then(|d| d.item.as_ref())))
    }

    /// A dimension by name, if it is defined and whole.
    pub(crate) fn dim_named(&self, name: &str) -> Option<(u16, &Dim)> {
        let at = index(&self.dims, name)?;
        self.dims.get(usize::from(at)).and_then(|d| d.item.as_ref()).map(|dim| (at, dim))
    }

    /// Whether a dimension belongs to a fee line.
    pub(crate) fn is_line_dim(name: &str) -> bool {
        LINE_DIMS.contains(&name)
    }
}

/// Indices of values among those defined, sorted; unknown ones are reported.
pub(crate) fn value_indices(
    out: &Findings<'_>,
    name: &str,
    values: &[String],
    texts: &[(&str, Span)],
) -> Option<Vec<u8>> {
    let mut indices = Vec::new();
    for (text, span) in texts {
        let found = values.iter().position(|value| value == text);
        if let Some(at) = found.and_then(|at| u8::try_from(at).ok()) {
            indices.push(at);
        } else {
            let near = Near::of(text, values.iter().map(String::as_str));
            let (name, value) = (name.to_owned(), (*text).to_owned());
            out.report(span.clone(), &Problem::UnknownValue { name, value, near });
        }
    }
    indices.sort_unstable();
    (indices.len() == texts.len()).then_some(indices)
}

/// Whether a name is written in lower case, with digits and underscores.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn index<T>(names: &[Named<T>], name: &str) -> Option<u16> {
    let at = names.iter().position(|named| named.name == name)?;
    u16::try_from(at).ok()
}

pub(super) fn named<T>(
    out: &Findings<'_>,
    field: &Field<'_>,
    read: impl Fn(&Field<'_>) -> Option<T>,
) -> Vec<Named<T>> {
    let entries = field.entries(out).unwrap_or_default();
    let named = entries.iter().map(|entry| Named {
        name: entry.key.to_owned(),
        span: entry.key_span.clone(),
        item: read(entry),
    });
    named.collect()
}

fn clause(out: &Findings<'_>, field: &Field<'_>) -> Option<Clause> {
    let mut fields = field.fields(out, Title::new(&format!("clause `{}`", field.key)))?;
    let doc = fields.need("doc", "\"…\"").and_then(|f| f.text(out));
    let text = fields.need("text", "\"…\"").and_then(|f| f.text(out));
    let confidence = fields.need("confidence", "\"source\"");
    let confidence = confidence.and_then(|f| f.word(out, CONFIDENCE));
    fields.finish(out);
    Some(Clause {
        id: field.key.to_owned(),
        doc: doc?.to_owned(),
        text: text?.to_owned(),
        confidence: confidence?.to_owned(),
    })
}

fn param(out: &Findings<'_>, names: &Vocabulary, field: &Field<'_>) -> Option<Param> {
    let name_is_lawful = lawful_name(out, field);
    let mut fields = field.fields(out, Title::new(&format!("[param.{}]", field.key)))?;
    let values = fields.need("values", "[\"…\", \"…\"]");
    let values = values.and_then(|f| values_of(out, field.key, &f));
    let default = fields.get("default");
    if default.is_none() {
        let name = field.key.to_owned();
        out.report(field.key_span.clone(), &Problem::DefaultMissing { name });
    }
    let default = default.and_then(|f| default_of(out, field.key, values.as_ref()?, &f));
    let assumed = fields.need("assumed", "true").and_then(|f| f.flag(out));
    let clause = fields.need("clause", "\"…\"").and_then(|f| names.clause(out, &f));
    fields.finish(out);
    let param = Param {
        name: field.key.to_owned(),
        values: values?,
        default: default?,
        assumed: assumed?,
        clause: clause?,
    };
    name_is_lawful.then_some(param)
}

fn fact(out: &Findings<'_>, names: &Vocabulary, field: &Field<'_>) -> Option<Fact> {
    let name_is_lawful = lawful_name(out, field);
    let mut fields = field.fields(out, Title::new(&format!("fact `{}`", field.key)))?;
    let name = fields.need("name", "{ zh = \"…\", en = \"…\" }").and_then(|f| f.name(out));
    let clause = fields.need("clause", "\"…\"").and_then(|f| names.clause(out, &f));
    fields.finish(out);
    let fact = Fact { id: field.key.to_owned(), name: name?, clause: clause? };
    name_is_lawful.then_some(fact)
}

fn number(out: &Findings<'_>, names: &Vocabulary, field: &Field<'_>) -> Option<Number> {
    let name_is_lawful = lawful_name(out, field);
    let mut fields = field.fields(out, Title::new(&format!("number `{}`", field.key)))?;
    let name = fields.need("name", "{ zh = \"…\", en = \"…\" }").and_then(|f| f.name(out));
    let clause = fields.need("clause", "\"…\"").and_then(|f| names.clause(out, &f));
    fields.finish(out);
    let number = Number { id: field.key.to_owned(), name: name?, clause: clause? };
    name_is_lawful.then_some(number)
}

fn dim(out: &Findings<'_>, names: &Vocabulary, field: &Field<'_>) -> Option<Dim> {
    let name = field.key;
    let title = Title::new(&format!("dimension `{name}`"));
    let is_cut = field.value.as_table().is_some_and(|table| table.contains_key("of"));
    let given = BILL_DIMS.contains(&name) || LINE_DIMS.contains(&name);
    if is_cut {
        if given {
            let problem = Problem::CutTakesName { name: name.to_owned() };
            out.report(field.key_span.clone(), &problem);
        }
        let name_is_lawful = lawful_name(out, field) && !given;
        let cut = cut_dim(out, names, name, field.fields(out, title)?);
        return cut.filter(|_| name_is_lawful);
    }
    if !given {
        let near = Near::of(name, BILL_DIMS.iter().chain(LINE_DIMS).copied());
        let problem = Problem::NotInContract { name: name.to_owned(), near };
        out.report(field.key_span.clone(), &problem);
    }
    let (values, default) = if field.value.is_array() {
        (values_of(out, name, field)?, None)
    } else {
        let mut fields = field.fields(out, title)?;
        let values = fields.need("values", "[\"…\", \"…\"]");
        let values = values.and_then(|f| values_of(out, name, &f));
        let default = fields.get("default");
        let default = default.map(|f| default_of(out, name, values.as_ref()?, &f));
        fields.finish(out);
        (values?, default.map_or(Some(None), |found| found.map(Some))?)
    };
    given.then(|| Dim { name: name.to_owned(), values, default, cut: None, steps: None })
}

fn cut_dim(
    out: &Findings<'_>,
    names: &Vocabulary,
    name: &str,
    mut fields: Fields<'_>,
) -> Option<Dim> {
    let of = cut_of(out, names, &mut fields);
    let clause = match of {
        Some(CutOf::AgeOnBill | CutOf::AgeOnYearStart | CutOf::Admission) => None,
        _ => fields.get("clause").map(|f| names.clause(out, &f)),
    };
    let (cuts, values) = match of {
        Some(of) if of.is_amount() => ("[[\"20000.00\", \"up\"]]", "[\"lower\", \"higher\"]"),
        _ => ("[[70, \"up\"]]", "[\"lt70\", \"ge70\"]"),
    };
    let starts = fields.need("cuts", cuts).and_then(|f| starts_of(out, &f, of?));
    let field = fields.need("names", values);
    let values = field.as_ref().and_then(|f| values_of(out, name, f));
    fields.finish(out);
    let (of, starts, values) = (of?, starts?, values?);
    if values.len() != starts.len() + 1 {
        let (cuts, names, want) = (starts.len(), values.len(), starts.len() + 1);
        let span = field.map(|f| f.span).unwrap_or_default();
        out.report(span, &Problem::CutNames { cuts, names, want });
        return None;
    }
    let steps = clause.map_or(Some(None), |at| at.map(Some))?;
    let cut = Some(Cut { of, starts });
    Some(Dim { name: name.to_owned(), values, default: None, cut, steps })
}

/// The number that is cut.
fn cut_of(out: &Findings<'_>, names: &Vocabulary, fields: &mut Fields<'_>) -> Option<CutOf> {
    let of = fields.need("of", "\"age\"");
    let number = of.as_ref().and_then(|f| f.value.as_str()?.strip_prefix(NUMBER_PREFIX));
    if let Some((field, name)) = of.as_ref().zip(number) {
        return names.number(out, name, &field.span).map(CutOf::Number);
    }
    match of.and_then(|f| f.word(out, OF)) {
        Some(Some(of)) => Some(of),
        Some(None) => {
            let as_of = fields.need("as_of", "\"bill_date\"");
            as_of.and_then(|f| f.word(out, AS_OF))
        }
        None => fields.get("as_of").and(None),
    }
}

/// The first number of each value after the first.
fn starts_of(out: &Findings<'_>, field: &Field<'_>, of: CutOf) -> Option<Vec<i64>> {
    let first = i64::from(of == CutOf::Admission);
    let mut starts: Vec<i64> = Vec::new();
    for cut in field.list(out)? {
        let Some((number, after)) = number_of(&cut, of) else {
            let problem =
                if of.is_amount() { Problem::BadAmountCut {} } else { Problem::BadCut {} };
            out.report(cut.span, &problem);
            return None;
        };
        let point = match of {
            CutOf::InScope | CutOf::Total => number.money(out)?.0,
            CutOf::Admission => number.count(out, ORDINALS)?,
            CutOf::Days | CutOf::Number(_) => number.count(out, DAYS)?,
            CutOf::AgeOnBill | CutOf::AgeOnYearStart => number.count(out, AGES)?,
        };
        let start = point + after;
        let problem = match starts.last() {
            Some(last) if start <= *last => Some(Problem::CutOrder {}),
            None if start <= first => Some(Problem::CutBelow { first }),
            _ => None,
        };
        if let Some(problem) = problem {
            out.report(cut.span, &problem);
            return None;
        }
        starts.push(start);
    }
    Some(starts)
}

/// A cut as its number and what is added to it: `up` starts the next value at the number itself,
/// `down` at the one after.
fn number_of<'a>(cut: &Field<'a>, of: CutOf) -> Option<(Field<'a>, i64)> {
    let pair: &[_] = cut.value.as_array()?;
    let [number, edge] = pair else { return None };
    let after = match edge.get_ref().as_str()? {
        "up" => 0,
        "down" => 1,
        _ => return None,
    };
    let fits =
        if of.is_amount() { number.get_ref().is_str() } else { number.get_ref().is_integer() };
    fits.then(|| (cut.element(number), after))
}

fn values_of(out: &Findings<'_>, name: &str, field: &Field<'_>) -> Option<Vec<String>> {
    if !field.value.is_array() {
        return field.wrong(out, Unit::List);
    }
    let texts = field.texts(out)?;
    if VALUES_MAX < texts.len() {
        let (name, count) = (name.to_owned(), texts.len());
        out.report(field.span.clone(), &Problem::TooManyValues { name, count });
        return None;
    }
    Some(texts.into_iter().map(|(text, _)| text.to_owned()).collect())
}

fn default_of(out: &Findings<'_>, name: &str, values: &[String], field: &Field<'_>) -> Option<u8> {
    let text = field.text(out)?;
    let found = value_indices(out, name, values, &[(text, field.span.clone())])?;
    found.first().copied()
}

pub(super) fn lawful_name(out: &Findings<'_>, field: &Field<'_>) -> bool {
    let lawful = is_name(field.key);
    if !lawful {
        let problem = Problem::BadName { text: field.key.to_owned() };
        out.report(field.key_span.clone(), &problem);
    }
    lawful
}
