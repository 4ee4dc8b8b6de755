//! The laws of settling, as properties over random histories of both shipped packs.
//!
//! `bills` makes the histories and `desk` settles them; every other module is one group of laws
//! and says for which bills they hold. Nothing here knows how an amount comes about: that is
//! asked of the oracle.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod amounts;
mod any_pack;
mod audit;
mod bills;
mod cancels;
mod days;
mod desk;
mod every_pack;
mod fees;
mod growth;
mod members;
mod repeats;
mod replays;
mod traces;

use proptest::test_runner::{Config, RngSeed};

/// So many cases, always the same ones; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` make others.
pub fn config(cases: u32) -> Config {
    let base = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { base.cases } else { cases };
    let rng_seed = match base.rng_seed {
        RngSeed::Random => RngSeed::Fixed(20_230_101),
        fixed => fixed,
    };
    Config { cases, rng_seed, failure_persistence: None, ..base }
}
