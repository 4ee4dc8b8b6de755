//! What the parser stumbles over, in the words of somebody who writes a pack.

use toml::de::Error;

use crate::problem::Problem;
use crate::source::Span;
use crate::units::{day_meant, money_meant, wide};

/// How the parser speaks of a bare word.
const UNQUOTED: [&str; 3] =
    ["string values must be quoted", "invalid float, expected `nan`", "invalid boolean"];
/// How the parser speaks of a comma that is not there.
const COMMA: &str = "missing comma";
/// How the parser speaks of a key that is written twice.
pub(super) const DOUBLED: &str = "duplicate key";

/// What to report about an error of the parser, and where.
pub(super) fn problem(error: &Error, text: &str) -> (Span, Problem) {
    let span = error.span().unwrap_or(text.len()..text.len());
    if error.message() == DOUBLED {
        return (span, Problem::DoubledKey {});
    }
    let (written, place) = token(text, &span);
    if let Some(day) = day_meant(written) {
        let problem = match day {
            Ok(day) => Problem::DayWritten { text: written.to_owned(), day },
            Err(_) => Problem::NoSuchDay { text: written.to_owned() },
        };
        return (place, problem);
    }
    if let Some((found, half)) = wide(written) {
        let at = written.find(found).map_or(place.start, |at| place.start + at);
        let found = found.to_string();
        return (at..at + found.len(), Problem::WideCharacter { found, half });
    }
    let what = error.message();
    if let Some((amount, place)) = thousands(text, &span) {
        let sample = money_meant(amount).unwrap_or_default();
        return (place, Problem::Unquoted { text: amount.to_owned(), sample });
    }
    let problem = match what {
        what if UNQUOTED.iter().any(|start| what.starts_with(start)) && !written.is_empty() => {
            Problem::Unquoted { text: written.to_owned(), sample: written.to_owned() }
        }
        what if what.starts_with(COMMA) => Problem::MissingComma {},
        what => Problem::Syntax { what: what.to_owned() },
    };
    (span, problem)
}

/// What is written at a place, up to a space or a sign of the language.
fn token<'a>(text: &'a str, span: &Span) -> (&'a str, Span) {
    let rest = text.get(span.start..).unwrap_or_default();
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']' | '{' | '}' | ',');
    let end = rest.find(ends).unwrap_or(rest.len());
    (rest.get(..end).unwrap_or_default(), span.start..span.start + end)
}

/// A bare amount whose thousands are set off with commas.
fn thousands<'a>(text: &'a str, span: &Span) -> Option<(&'a str, Span)> {
    let (before, after) = (text.get(..span.start)?, text.get(span.start..)?);
    let in_number = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.');
    let head = before.len() - before.trim_end_matches(in_number).len();
    let tail = after.len() - after.trim_start_matches(in_number).len();
    let place = span.start - head..span.start + tail;
    let amount = text.get(place.clone())?;
    let lawful = amount.contains(',') && money_meant(amount).is_some();
    (lawful && 0 < head && after.starts_with(',')).then_some((amount, place))
}
