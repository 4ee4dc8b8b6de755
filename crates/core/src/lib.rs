//! The settlement kernel of Tongchou: a canonical policy pack becomes a plan, the plan settles
//! bills to the fen.
//!
//! Pure: no clock, no randomness, no I/O, no global, no float. Everything it needs is an argument.
//! The semantics are written in `ARCHITECTURE.md`, "Settling, in words".
#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test may stop where it finds a fault"
    )
)]

pub mod allot;
pub mod calendar;
pub mod case;
pub mod columns;
#[cfg(feature = "member")]
pub mod entitle;
pub mod keys;
pub mod layer;
pub mod line;
pub mod money;
pub mod pack;
pub mod plan;
#[cfg(feature = "member")]
pub mod rules;
pub mod sabotage;
pub mod settle;
mod shape;
pub mod table;
pub mod trace;
#[cfg(not(feature = "member"))]
pub mod unread;
pub mod upper;
