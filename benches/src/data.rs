//! Synthetic inputs, the same on every machine and in every run.
//!
//! - [`huadian`]: single bills of a stateless yearly supplement, with exact expected results.
//! - [`inpatient`]: a year of hospital stays, eight fee lines each, in order of person.
//! - [`message`]: one such stay as a request of the public contract.
//! - [`python_random`]: the generator behind Python's `random`, so that bills published by a
//!   Python script can be made again here without the script.
//! - [`ratio`]: exact fractions, the arithmetic of every expected result.

pub mod huadian;
pub mod inpatient;
pub mod message;
pub mod python_random;
pub mod ratio;

pub use huadian::{Bill, Judged, huadian_bills, huadian_oracle, peers_bills_1m, peers_bills_10k};
pub use inpatient::{Visits, inpatient_visits, mixed_visits, random_order};
pub use message::message;

/// SHA-256 of the values as little-endian 64-bit words, for tests that pin down whole inputs.
#[cfg(test)]
fn digest(values: impl IntoIterator<Item = i64>) -> String {
    use sha2::Digest;

    let mut bytes = sha2::Sha256::new();
    for value in values {
        bytes.update(value.to_le_bytes());
    }
    hex(&bytes.finalize())
}

#[cfg(test)]
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
