//! The yearly record of a member under a pack: a value, given in and handed back.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::request::Count;

/// State of one member, one pack and one benefit year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct State {
    /// Always 1.
    pub contract: u32,
    /// The member's opaque key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Pack id, without a date.
    pub pack: String,
    /// Benefit year, named after the calendar year in which it starts.
    pub year: i16,
    /// Settlements made so far in this state.
    pub seq: u32,
    /// The settlement made last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Last>,
    /// Counters that are not zero.
    pub counters: BTreeMap<String, Count>,
    /// SHA-256 of this record without `hash`, in its written form.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

/// Counters of a stay as a whole; they count or date something and are no amounts.
pub const STAY_COUNTS: [&str; 6] = ["bills", "ordinal", "transferred", "opened", "period", "out"];

/// Whether a counter is a whole number rather than an amount.
///
/// ```
/// use tongchou_wire::state::is_count;
///
/// assert!(is_count("admissions") && is_count("stay:s1.out"));
/// assert!(!is_count("pool.paid") && !is_count("stay:s1.pool.position"));
/// ```
#[must_use]
pub fn is_count(counter: &str) -> bool {
    let of_stay = || counter.rsplit_once('.').is_some_and(|(_, part)| STAY_COUNTS.contains(&part));
    counter == "admissions" || (counter.starts_with("stay:") && of_stay())
}

/// Names a settlement: its id and the hash it was answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Last {
    /// The encounter's key.
    pub id: String,
    /// Hash of the settlement.
    pub hash: String,
}
