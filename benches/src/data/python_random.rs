//! The draws of Python's `random` module for an integer seed: MT19937 and the four calls needed.
//!
//! Python seeds the generator with the seed's 32-bit words, lowest first. `random()` puts 27 and
//! 26 bits together; `randrange` and `choice` take the fewest bits that can hold the bound and
//! draw again while the result is too large.

use super::huadian::Dice;

const WORDS: usize = 624;
const SHIFT: usize = 397;
const UPPER: u32 = 0x8000_0000;
const TWIST: u32 = 0x9908_b0df;

/// The generator, as Python seeds and reads it.
#[derive(Clone, Debug)]
pub struct PythonRandom {
    words: [u32; WORDS],
    used: usize,
}

impl PythonRandom {
    /// The state after `random.seed(seed)`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let [b0, b1, b2, b3, b4, b5, b6, b7] = seed.to_le_bytes();
        let low = u32::from_le_bytes([b0, b1, b2, b3]);
        let high = u32::from_le_bytes([b4, b5, b6, b7]);
        let key = [low, high];
        let length = if high == 0 { 1 } else { 2 };
        Self { words: mixed(&key[..length]), used: WORDS }
    }

    fn word(&mut self) -> u32 {
        if self.used == WORDS {
            self.refill();
        }
        let mut bits = self.words[self.used];
        self.used += 1;
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9d2c_5680;
        bits ^= (bits << 15) & 0xefc6_0000;
        bits ^ (bits >> 18)
    }

    fn refill(&mut self) {
        for at in 0..WORDS {
            let joined = (self.words[at] & UPPER) | (self.words[(at + 1) % WORDS] & !UPPER);
            let twisted = if joined & 1 == 1 { TWIST } else { 0 };
            self.words[at] = self.words[(at + SHIFT) % WORDS] ^ (joined >> 1) ^ twisted;
        }
        self.used = 0;
    }

    /// `getrandbits(count)`, 1 to 32 bits.
    pub fn bits(&mut self, count: u32) -> u32 {
        self.word() >> (32 - count)
    }
}

impl Dice for PythonRandom {
    fn unit(&mut self) -> f64 {
        let high = u64::from(self.bits(27));
        let low = u64::from(self.bits(26));
        let joined = (high << 26) | low;
        joined as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: u32) -> u32 {
        let width = u32::BITS - bound.leading_zeros();
        loop {
            let drawn = self.bits(width);
            if drawn < bound {
                return drawn;
            }
        }
    }
}

/// The linear fill from one number, the start of every seeding.
fn filled(start: u32) -> [u32; WORDS] {
    let mut words = [start; WORDS];
    let mut last = start;
    for (place, word) in (0_u32..).zip(&mut words).skip(1) {
        last = (last ^ (last >> 30)).wrapping_mul(1_812_433_253).wrapping_add(place);
        *word = last;
    }
    words
}

/// The state after seeding with an array of words, of which there is at least one.
fn mixed(key: &[u32]) -> [u32; WORDS] {
    let mut words = filled(19_650_218);
    let mut at = 1;
    for turn in 0..WORDS {
        let place = turn % key.len();
        let scrambled = words[at] ^ spread(words[at - 1], 1_664_525);
        words[at] = scrambled.wrapping_add(key[place]).wrapping_add(place as u32);
        at = after(&mut words, at);
    }
    for _ in 1..WORDS {
        let scrambled = words[at] ^ spread(words[at - 1], 1_566_083_941);
        words[at] = scrambled.wrapping_sub(at as u32);
        at = after(&mut words, at);
    }
    words[0] = UPPER;
    words
}

fn spread(word: u32, factor: u32) -> u32 {
    (word ^ (word >> 30)).wrapping_mul(factor)
}

/// The next place; behind the last comes place 1, and place 0 takes over the last word.
fn after(words: &mut [u32; WORDS], at: usize) -> usize {
    if at + 1 < WORDS {
        return at + 1;
    }
    words[0] = words[WORDS - 1];
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_draws_are_those_of_python() {
        // random.seed(7): three of random(), then randrange(1000) three times.
        let mut dice = PythonRandom::new(7);
        let units = [dice.unit(), dice.unit(), dice.unit()];
        assert_eq!(units, [0.32383276483316237, 0.15084917392450192, 0.6509344730398537]);
        assert_eq!([dice.below(1_000), dice.below(1_000), dice.below(1_000)], [74, 840, 548]);
        // A seed of two words.
        let mut dice = PythonRandom::new(0x1_0000_0001);
        assert_eq!([dice.bits(32), dice.bits(5), dice.bits(1)], [991850117, 16, 1]);
    }
}
