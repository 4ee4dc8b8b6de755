//! `[[example]]`: worked examples, as JSON ready to be settled.

use serde_json::{Map, Value};
use toml::de::DeValue;

use super::fields::{Field, Fields};
use super::{Findings, Note};
use crate::problem::{Problem, Title, Unit};
use crate::source::Span;

/// A worked example as read.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) request: Value,
    pub(crate) expect: Value,
}

/// Keys of a request that are added, not written.
const ADDED: [&str; 2] = ["contract", "pack"];

pub(super) fn samples(
    out: &Findings<'_>,
    root: &mut Fields<'_>,
    pack: Option<&str>,
) -> Vec<Sample> {
    let title = Title::new("[[example]]");
    let rows = root.get("example").and_then(|field| field.rows(out, &title));
    let mut names: Vec<(&str, Span)> = Vec::new();
    let mut samples = Vec::new();
    for mut fields in rows.unwrap_or_default() {
        let span = fields.span.clone();
        let name = fields.need("name", "\"…\"");
        let request = fields.need("request", "{ … }");
        let request = request.and_then(|f| request_of(out, &f, pack));
        let expect = fields.need("expect", "{ … }").and_then(|f| json_table(out, &f));
        fields.finish(out);
        let Some((name, place)) = name.and_then(|f| Some((f.text(out)?, f.span))) else { continue };
        if let Some((_, first)) = names.iter().find(|(earlier, _)| *earlier == name) {
            let problem = Problem::DoubledName { name: name.to_owned() };
            out.report_pair(place.clone(), &problem, first.clone(), Note::First);
        }
        names.push((name, place));
        if let (Some(request), Some(expect)) = (request, expect) {
            let (request, expect) = (Value::Object(request), Value::Object(expect));
            samples.push(Sample { name: name.to_owned(), span, request, expect });
        }
    }
    samples
}

fn request_of(
    out: &Findings<'_>,
    field: &Field<'_>,
    pack: Option<&str>,
) -> Option<Map<String, Value>> {
    for entry in field.entries(out)? {
        if ADDED.contains(&entry.key) {
            out.report(entry.key_span, &Problem::ExampleKey { key: entry.key.to_owned() });
            return None;
        }
    }
    let mut request = json_table(out, field)?;
    request.insert("contract".to_owned(), Value::from(1));
    request.insert("pack".to_owned(), Value::from(pack.unwrap_or_default()));
    Some(request)
}

fn json_table(out: &Findings<'_>, field: &Field<'_>) -> Option<Map<String, Value>> {
    let entries = field.entries(out)?;
    let pairs = entries.iter().map(|entry| Some((entry.key.to_owned(), json(out, entry)?)));
    pairs.collect()
}

/// A value as JSON; a date becomes its text. The depth is bounded by the TOML parser.
fn json(out: &Findings<'_>, field: &Field<'_>) -> Option<Value> {
    match field.value {
        DeValue::String(text) => Some(Value::from(text.as_ref())),
        DeValue::Integer(_) => field.count(out, i64::MIN..i64::MAX).map(Value::from),
        DeValue::Float(_) => {
            out.report(field.span.clone(), &Problem::ExampleDecimal {});
            None
        }
        DeValue::Boolean(flag) => Some(Value::from(*flag)),
        DeValue::Datetime(moment) if moment.time.is_none() => Some(Value::from(moment.to_string())),
        DeValue::Datetime(_) => field.wrong(out, Unit::Date),
        DeValue::Array(list) => {
            let values = list.iter().map(|value| json(out, &field.element(value)));
            values.collect::<Option<Vec<_>>>().map(Value::from)
        }
        DeValue::Table(_) => json_table(out, field).map(Value::Object),
    }
}
