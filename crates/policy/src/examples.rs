//! Worked examples: what is asked, what must be answered, and how the two are compared.
//!
//! INVARIANT: the engine is the caller's; this module only compares values.

use serde_json::Value;

use crate::problem::{Fields, Problem};
use crate::read::Sample;
use crate::source::{Place, Source, Span};
use crate::{Checked, Compared, Diagnostic, Report};

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
    /// Each example that differs, with what was expected beside what was computed.
    pub fn run_examples(&self, mut settle: impl FnMut(&Value) -> Value) -> Result<(), Report> {
        let mut found = Vec::new();
        for example in &self.examples {
            let answer = settle(&example.request);
            if let Some(problem) = example.problem(&answer) {
                found.push(Diagnostic::new(&self.source, example.span.clone(), &problem));
            }
        }
        if found.is_empty() { Ok(()) } else { Err(Report::new(&self.source, found)) }
    }
}

impl Example {
    fn problem(&self, answer: &Value) -> Option<Problem> {
        let name = self.name.clone();
        let refused = answer.get("status").and_then(Value::as_str) == Some("refused");
        if refused && self.expect.get("status").is_none() && self.expect.get("errors").is_none() {
            return Some(Problem::ExampleRefused { name, why: why(answer) });
        }
        let mut fields = Vec::new();
        compare("", &self.expect, Some(answer), &mut fields);
        (!fields.is_empty()).then_some(Problem::ExampleDiffers { name, fields: Fields(fields) })
    }
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
