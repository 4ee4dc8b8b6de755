//! The contract seen from outside: golden refusals, the laws of settling, one by one and in
//! batches, reading as the inverse of writing, schema.

mod any_text;
mod batch;
mod engine;
mod laws;
mod lists;
mod packs;
mod refusals;
mod round_trip;
#[cfg(feature = "schema")]
mod schema;
