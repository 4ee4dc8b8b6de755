//! Chance with a seed, in whole numbers only.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Random numbers of one case.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The numbers of a case under a seed.
    pub fn new(seed: u64, case: u64) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        source.set_stream(case);
        Self(source)
    }

    /// A number between two bounds, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low { low } else { self.0.random_range(low..=high) }
    }

    /// True in this many of a hundred cases.
    pub fn percent(&mut self, share: i64) -> bool {
        self.between(1, 100) <= share
    }

    /// One of a list.
    pub fn one_of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let last = i64::try_from(list.len()).ok()? - 1;
        list.get(usize::try_from(self.between(0, last)).ok()?)
    }

    /// One of a list that is written in place.
    pub fn pick<const N: usize>(&mut self, list: [i64; N]) -> i64 {
        self.one_of(&list).copied().unwrap_or(0)
    }

    /// The place in a list of weights.
    pub fn weighted<const N: usize>(&mut self, weights: [i64; N]) -> usize {
        let mut left = self.between(1, weights.iter().sum());
        weights
            .iter()
            .take_while(|weight| {
                left -= **weight;
                0 < left
            })
            .count()
    }

    /// A number up to a bound, all orders of magnitude alike.
    pub fn any_size(&mut self, max: i64) -> i64 {
        let bits = i64::from(u64::BITS - max.unsigned_abs().leading_zeros());
        let size = self.between(0, bits);
        let bound = 1_i64.checked_shl(u32::try_from(size).unwrap_or(0)).unwrap_or(max);
        self.between(0, bound.min(max))
    }
}
