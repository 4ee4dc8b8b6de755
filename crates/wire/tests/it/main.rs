//! The contract seen from outside: golden refusals, reading as the inverse of writing, schema.

mod any_text;
mod refusals;
mod round_trip;
#[cfg(feature = "schema")]
mod schema;
