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

/// Names a settlement: its id and the hash it was answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Last {
    /// The encounter's key.
    pub id: String,
    /// Hash of the settlement.
    pub hash: String,
}
