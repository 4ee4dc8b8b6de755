//! Random numbers of one person: a ChaCha8 stream keyed by the seed and the person's number.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What fills the key behind the seed, so that no other use of the seed gives the same stream.
const KEY: &[u8; 24] = b"tongchou-sim/persons/1  ";

/// The stream of one person at a time.
#[derive(Clone, Debug)]
pub struct Dice {
    stream: ChaCha8Rng,
}

impl Dice {
    /// Streams of a seed, at the first number of person 0.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        let bytes = seed.to_le_bytes();
        for (to, from) in key.iter_mut().zip(bytes.iter().chain(KEY)) {
            *to = *from;
        }
        Self { stream: ChaCha8Rng::from_seed(key) }
    }

    /// Turns to the first number of a person.
    #[inline]
    pub fn person(&mut self, person: u64) {
        // In this order no block is computed before it is asked for.
        self.stream.set_word_pos(0);
        self.stream.set_stream(person);
    }

    /// The next 32 bits.
    #[inline]
    pub fn word(&mut self) -> u32 {
        self.stream.next_u32()
    }

    /// The next 64 bits.
    #[inline]
    pub fn long(&mut self) -> u64 {
        self.stream.next_u64()
    }
}

/// A number below `count`, as likely as any other, from 32 random bits.
#[inline]
#[must_use]
pub const fn below(count: u32, word: u32) -> u32 {
    ((word as u64 * count as u64) >> 32) as u32
}
