//! Synthetic members and visits, settled through the columns of the kernel.
//!
//! - [`scenario`] says who is insured and what they use; [`generate`] draws members and visits
//!   from it, each person from a stream of random numbers of its own.
//! - [`batch`] holds visits of a block of persons as columns, whatever they came from, and
//!   [`book`] the profiles that its columns point to.
//! - `bind` finds what a pack says of the profiles; `settle` settles batches and adds up.
//! - [`impact`] settles one population under two packs; [`report`] shows what came of it.
//! - [`load`] measures how fast that is.
//!
//! Amounts are in fen. The same seed gives the same bytes whatever the number of threads or
//! blocks: nothing but [`load`] reads a clock, and no float comes near an amount.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test may stop where it finds a fault"
    )
)]

pub mod batch;
pub mod bind;
pub mod book;
pub mod calibrate;
pub mod dice;
pub mod fault;
#[cfg(feature = "files")]
pub mod files;
pub mod generate;
pub mod impact;
pub mod load;
pub mod presets;
pub mod report;
pub mod run;
pub mod scenario;
pub mod settle;
pub mod tally;
mod threads;
