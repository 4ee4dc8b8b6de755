//! A second settlement of bills, written from `ARCHITECTURE.md`, "Settling, in words", and from
//! nothing else.
//!
//! It shares the pack's TOML text and the public request and response types with the engine, and
//! neither its arithmetic nor its compiled packs. Amounts are decimal yuan, rates are fractions,
//! rows are found by reading their table from the top at every use. One module states one section
//! of the definition; `generate` makes the bills on which the two are compared.
//!
//! - `settle` never sees the engine, and the engine never sees this crate.
//! - Every figure is exact until the definition says `round`.

pub mod audit;
pub mod generate;
pub mod member;
pub mod pack;
pub mod reach;
pub mod refusal;
pub mod settle;

mod counters;
mod day;
mod dims;
mod given;
mod layers;
mod lines;
mod money;
mod payers;
mod postings;
mod rates;
mod rules;
mod segments;
mod select;
mod span;
mod standing;
mod stay;

#[cfg(test)]
#[expect(clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]
mod tests;
