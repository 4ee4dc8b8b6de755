//! The public contract of Tongchou, version 1: one JSON for CLI, WASM, C ABI and HTTP.
//!
//! `request` and `response` are what is written, `read` takes JSON apart strictly, `error` is the
//! list of refusals.

pub mod amount;
pub mod engine;
pub mod error;
mod json;
mod path;
pub mod read;
pub mod request;
pub mod response;
#[cfg(feature = "schema")]
pub mod schema;
pub mod state;
mod tree;
mod write;
