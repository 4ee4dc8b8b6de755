//! Worked examples: what is asked, what must be answered, and how the two are compared.
//!
//! INVARIANT: the engine is the caller's; this module only compares values.

use serde_json::Value;

use crate::problem::{Fields, Hint, Near, Problem};
use crate::read::{BILL_DIMS, LINE_DIMS, Sample};
use crate::source::{Place, Source, Span};
use crate::{Checked, Compared, Diagnostic, Report};

/// The code with which an engine refuses a key it does not know.
const UNKNOWN_FIELD: &str = "I004";

/// Keys of a request beside the dimensions, for suggestions.
const REQUEST: &[&str] = &[
    "account",
    "admitted",
    "age",
    "amount",
    "ask",
    "at",
    "balance",
    "becomes",
    "bill",
    "born",
    "by",
    "cancel",
    "claim",
    "closes",
    "contribution",
    "credit",
    "date",
    "discharged",
    "due",
    "encounter",
    "entitle",
    "event",
    "explain",
    "facts",
    "full_self",
    "hospital_share",
    "id",
    "in_scope",
    "institution",
    "institutions",
    "joins",
    "limit",
    "lines",
    "member",
    "month",
    "mutual_aid",
    "numbers",
    "of",
    "on",
    "over_limit",
    "pack",
    "paid",
    "params",
    "prepay",
    "price",
    "quantity",
    "reason",
    "refund",
    "replay",
    "rest",
    "scheme",
    "state",
    "stated_total",
    "stay",
    "time",
    "totals",
    "use_account",
    "visits",
    "year_to_date",
];

/// A worked example of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// Where it is written, as a range of bytes of the text.
    pub span: Span,
    /// Where it is written, for people.
    pub place: Place,
    /// The request, with `contract` and `pack`.
    pub request: Value,
    /// What the answer must contain.
    pub expect: Value,
}

impl Example {
    pub(crate) fn new(sample: &Sample, source: &Source) -> Self {
        let Sample { name, span, request, expect } = sample.clone();
        Self { name, place: source.place(span.start), span, request, expect }
    }
}

impl Checked {
    /// Settles every example with the caller's engine and compares the fields it states.
    ///
    /// Objects must contain what is written, lists of objects with an `id` are matched by it, and
    /// every other value must be equal.
    ///
    /// # Errors
    ///
    /// Each example that differs, with what was expected beside what was computed, and then the
    /// warnings.
    pub fn run_examples(&self, mut settle: impl FnMut(&Value) -> Value) -> Result<(), Report> {
        let mut found = Vec::new();
        for example in &self.examples {
            let answer = settle(&example.request);
            if let Some((key, problem)) = example.problem(&answer) {
                let written = key.and_then(|key| example.place_of(&key, &self.source));
                let span = written.unwrap_or_else(|| example.span.clone());
                found.push(Diagnostic::new(&self.source, span, &problem));
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        found.extend(self.warnings.iter().cloned());
        Err(Report::new(&self.source, found))
    }
}

impl Example {
    /// What is wrong with an answer, and the key that is to blame if there is one.
    fn problem(&self, answer: &Value) -> Option<(Option<String>, Problem)> {
        let name = self.name.clone();
        let refused = answer.get("status").and_then(Value::as_str) == Some("refused");
        if refused && self.expect.get("status").is_none() && self.expect.get("errors").is_none() {
            let key = unknown_key(answer);
            let hint = key.as_ref().map_or(Hint::Complete, |key| {
                let near = Near::of(key, REQUEST.iter().chain(BILL_DIMS).chain(LINE_DIMS).copied());
                Hint::Key(key.clone(), near)
            });
            return Some((key, Problem::ExampleRefused { name, why: why(answer), hint }));
        }
        let mut fields = Vec::new();
        compare("", &self.expect, Some(answer), &mut fields);
        if fields.is_empty() {
            return None;
        }
        let unknown = unknown_field(&self.expect, answer);
        let key = unknown.as_ref().map(|(key, _)| key.clone());
        let hint = unknown.map_or(Hint::Correct, |(key, near)| Hint::Key(key, near));
        Some((key, Problem::ExampleDiffers { name, fields: Fields(fields), hint }))
    }

    /// Where a key is written in the text of the example.
    fn place_of(&self, key: &str, source: &Source) -> Option<Span> {
        let text = source.text.get(self.span.end..)?;
        let text = text.split("\n[[").next()?;
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let found = text.match_indices(key).find(|(at, _)| {
            let (before, after) = (text.get(..*at), text.get(at + key.len()..));
            let starts = before.is_some_and(|before| !before.ends_with(word));
            starts
                && after.is_some_and(|after| after.trim_start_matches(' ').starts_with(['=', '.']))
        });
        found.map(|(at, _)| self.span.end + at..self.span.end + at + key.len())
    }
}

/// The key that an engine does not know, if it refuses a request for that.
fn unknown_key(answer: &Value) -> Option<String> {
    let error = answer.get("errors")?.get(0)?;
    let unknown = error.get("code")?.as_str()? == UNKNOWN_FIELD;
    let path = error.get("path")?.as_str().filter(|_| unknown)?;
    path.rsplit('.').next().map(str::to_owned)
}

/// The first key of an example that the answer lacks although it has one like it.
fn unknown_field(expect: &Value, answer: &Value) -> Option<(String, Near)> {
    let (Value::Object(fields), Value::Object(answers)) = (expect, answer) else {
        let (items, answers) = expect.as_array().zip(answer.as_array())?;
        return items.iter().filter(|item| has_id(item)).find_map(|item| {
            let answer = answers.iter().find(|answer| answer.get("id") == item.get("id"));
            unknown_field(item, answer?)
        });
    };
    fields.iter().find_map(|(key, value)| match answers.get(key) {
        Some(answer) => unknown_field(value, answer),
        None => match Near::of(key, answers.keys().map(String::as_str)) {
            near @ Near::Name(_) => Some((key.clone(), near)),
            _ => None,
        },
    })
}

/// The first error of a refusal in its own words.
fn why(answer: &Value) -> String {
    let error = answer.get("errors").and_then(|errors| errors.get(0));
    let words = |key| error.and_then(|e| e.get(key)).and_then(Value::as_str).unwrap_or_default();
    let parts = ["code", "path", "message"].map(words);
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Collects where an answer differs from what is expected; depth is that of the example.
fn compare(path: &str, expect: &Value, answer: Option<&Value>, found: &mut Vec<Compared>) {
    match (expect, answer) {
        (Value::Object(fields), Some(Value::Object(answers))) => {
            for (key, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                compare(&format!("{path}{dot}{key}"), value, answers.get(key), found);
            }
        }
        (Value::Array(items), Some(Value::Array(answers))) if items.iter().all(has_id) => {
            for item in items {
                let id = item.get("id");
                let answer = answers.iter().find(|answer| answer.get("id") == id);
                let id = id.and_then(Value::as_str).unwrap_or_default();
                compare(&format!("{path}[{id}]"), item, answer, found);
            }
        }
        (expect, answer) if answer == Some(expect) => {}
        // Amounts are texts; quotes are shown only where they tell two values apart.
        (Value::String(expected), Some(Value::String(computed))) => found.push(Compared {
            field: path.to_owned(),
            expected: expected.clone(),
            computed: Some(computed.clone()),
        }),
        (expect, answer) => found.push(Compared {
            field: path.to_owned(),
            expected: expect.to_string(),
            computed: answer.map(Value::to_string),
        }),
    }
}

fn has_id(item: &Value) -> bool {
    item.get("id").is_some()
}
