//! The yearly record, as the settlement before handed it back.

use crate::state::{Last, State};

use super::fields::At;
use super::scalars::{OBJECT, TEXT};
use super::{contract, counters};

/// Settlements in one state; far beyond any year, so that the next one still fits.
pub const SEQ: (i64, i64) = (0, 1_000_000_000);
/// A benefit year is named after the year it starts in, at most one before its first day.
pub const YEAR: (i64, i64) = (1899, 2999);

/// Reads a state. Whether its hash fits is not asked here.
pub fn read(at: &At<'_>) -> State {
    let fields = at.fields();
    let contract = contract(&fields);
    fields.only(&["contract", "member", "pack", "year", "seq", "last", "counters", "hash"], &[]);
    State {
        contract,
        member: fields.id_if_given("member"),
        pack: fields.need("pack", TEXT).pack(),
        year: fields.whole("year", YEAR),
        seq: fields.whole("seq", SEQ),
        last: fields.get("last").map(|at| last(&at)),
        counters: counters::map(&fields.need("counters", OBJECT)),
        hash: fields.text("hash"),
    }
}

/// Reads the name of a settlement.
pub fn last(at: &At<'_>) -> Last {
    let fields = at.fields_of(&["id", "hash"]);
    Last { id: fields.id("id"), hash: fields.text("hash") }
}
