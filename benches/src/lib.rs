//! Benchmarks of the settlement kernel.
//!
//! - [`data`]: the inputs, made anew in memory for every run.
//! - [`kernel`]: packs compiled, inputs bound to columns.
//! - [`controls`]: the same results by hand-written code, the yardstick of every ratio.
//! - [`workloads`]: the rows that are timed, natively and in WASM.
#![expect(
    clippy::cast_possible_truncation,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "measuring code on inputs of its own making; the tests cover every index and cast"
)]

pub mod controls;
pub mod data;
pub mod kernel;
pub mod workloads;
