//! Money as whole fen, rates as parts per million, and the places where rounding happens.
//!
//! INVARIANT: an amount handed to the kernel lies in `0..=FEN_MAX`, so that amount × ppm, with half
//! a unit added, stays below 2⁶³ and needs no wider integer.

use serde::{Deserialize, Serialize};

use crate::sabotage::{Fault, planted};

/// Largest amount, line or counter: 10¹² fen, ten billion yuan.
pub const FEN_MAX: i64 = 1_000_000_000_000;
/// One whole in parts per million.
pub const PPM: i64 = 1_000_000;

/// The same, as a rate.
pub const WHOLE_PPM: u32 = 1_000_000;

const _: () = assert!(WHOLE_PPM as i64 == PPM);
const _: () = assert!((FEN_MAX as i128) * (PPM as i128) + (PPM as i128) < (1_i128 << 63));

/// An amount of money in whole fen (分).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(
    /// Fen.
    pub i64,
);

/// A rate or share in parts per million: `850_000` is 85 %.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ppm(
    /// Parts per million, 0 to 1,000,000.
    pub u32,
);

/// How a fraction of a fen is made whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest fen, a half away from zero.
    #[default]
    HalfUp,
    /// Cut off.
    Down,
    /// To the next whole fen.
    Up,
}

impl Rounding {
    /// What is added before a non-negative numerator is divided by `den` and cut off.
    #[must_use]
    pub fn bias(self, den: i64) -> i64 {
        match self {
            Self::HalfUp if planted(Fault::HalfDown) => (den - 1) / 2,
            Self::HalfUp => den / 2,
            Self::Down => 0,
            Self::Up => den - 1,
        }
    }

    /// The word used in traces and packs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HalfUp => "half_up",
            Self::Down => "down",
            Self::Up => "up",
        }
    }
}
