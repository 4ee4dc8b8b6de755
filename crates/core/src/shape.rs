//! Registered shapes: which amounts each layer takes, known at compile time.
//!
//! A shape holds no number and no place: it only lets the compiler see the topology of a path, so
//! that the same evaluator runs without looking up what enters each layer. Paths of any other
//! topology run through the loop.

use crate::layer::{IN_SCOPE, OVER, SELF_SHARE, amount_index};

/// The topology of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Shape {
    /// Any other.
    General,
    /// One layer on the in-scope amount.
    One,
    /// A pool, and a layer above its cap.
    PoolAbove,
    /// A pool, a layer above its cap, and one on the person's shares of both.
    PoolAboveShares,
}

pub(crate) const ONE: [&[u8]; 1] = [&[IN_SCOPE]];
pub(crate) const POOL_ABOVE: [&[u8]; 2] = [&[IN_SCOPE], &[amount_index(0, OVER)]];
pub(crate) const POOL_ABOVE_SHARES: [&[u8]; 3] = [
    &[IN_SCOPE],
    &[amount_index(0, OVER)],
    &[amount_index(0, SELF_SHARE), amount_index(1, SELF_SHARE)],
];

impl Shape {
    /// The shape of a number, for functions that know their shape at compile time.
    pub(crate) const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::One,
            2 => Self::PoolAbove,
            3 => Self::PoolAboveShares,
            _ => Self::General,
        }
    }

    /// Number of layers.
    pub(crate) const fn layers(self) -> u8 {
        match self {
            Self::General => 0,
            Self::One => 1,
            Self::PoolAbove => 2,
            Self::PoolAboveShares => 3,
        }
    }

    /// The registered shape of what the layers of a path take.
    pub(crate) fn of(takes: &[&[u8]]) -> Self {
        if takes == ONE {
            Self::One
        } else if takes == POOL_ABOVE {
            Self::PoolAbove
        } else if takes == POOL_ABOVE_SHARES {
            Self::PoolAboveShares
        } else {
            Self::General
        }
    }
}
