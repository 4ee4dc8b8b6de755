//! Counters of a year: amounts, and for admissions, ordinals and bills whole numbers.

use std::collections::BTreeMap;

use crate::amount::Yuan;
use crate::error::Code;
use crate::request::Count;
use crate::state::is_count;

use super::fields::At;
use super::scalars::is_name;

/// Largest number of admissions or bills.
pub const NUMBER_MAX: i64 = 1_000_000;
/// Longest name: `stay:`, an id of 64 characters, a layer and what is counted.
const NAME_CHARS_MAX: usize = 200;

/// Reads a map from counter to value.
pub fn map(at: &At<'_>) -> BTreeMap<String, Count> {
    let mut out = BTreeMap::new();
    for (counter, at) in at.fields().entries() {
        check_name(&at, counter);
        out.insert(counter.to_owned(), value(&at, counter, Sign::Plus));
    }
    out
}

/// Refuses what cannot be the name of a counter.
pub fn check_name(at: &At<'_>, counter: &str) {
    if !is_name(counter, NAME_CHARS_MAX) {
        at.refuse_value(Code::CounterMalformed, counter, "a name of 1 to 200 characters");
    }
}

/// Whether values below zero are allowed: a posting may take back, a counter is never negative.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Plus,
    Either,
}

/// Reads the value of a counter, by what its name counts.
pub fn value(at: &At<'_>, counter: &str, sign: Sign) -> Count {
    if is_count(counter) {
        let (min, expected) = match sign {
            Sign::Plus => (0, "a whole number from 0 to 1000000"),
            Sign::Either => (-NUMBER_MAX, "a whole number from -1000000 to 1000000"),
        };
        return Count::Number(at.whole(min, NUMBER_MAX).unwrap_or_else(|| {
            at.refuse(Code::CounterMalformed, expected);
            0
        }));
    }
    let text = at.decimal();
    Count::Money(match text.strip_prefix('-') {
        Some(amount) if sign == Sign::Either => Yuan(-at.yuan_of(amount).0),
        _ => at.yuan_of(text),
    })
}
