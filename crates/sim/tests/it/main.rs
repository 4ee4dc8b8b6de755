//! Visits by columns against the contract, one by one.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking, and its numbers are small"
)]

mod files;
mod impact;
mod one_by_one;
mod recorded;
mod report;
mod some;
mod stays;
mod threads;
