//! Bills of the Huadian supplement as one published comparison states it, and what they pay.
//!
//! The policy: of class B fees a tenth is borne first, unrounded. What is left, cumulated over
//! the year, is paid at 85 % to 50,000 yuan, at 90 % to 100,000 and at 95 % above. The unrounded
//! cumulative payment stops at 410,000 yuan. A bill is paid the difference of two cumulative
//! payments, rounded once, a half upwards; the person bears the rest of all fees.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::python_random::PythonRandom;
use super::ratio::Ratio;

/// Position before the bill, class A fee, class B fee, self-funded fee; all in fen.
pub type Bill = [i64; 4];

/// A bill with what the fund and the person must pay.
pub type Judged = (Bill, i64, i64);

/// Where draws come from.
pub trait Dice {
    /// A number in `[0, 1)`.
    fn unit(&mut self) -> f64;
    /// A whole number below `bound`; `bound` is not zero.
    fn below(&mut self, bound: u32) -> u32;
}

impl Dice for ChaCha8Rng {
    fn unit(&mut self) -> f64 {
        self.random()
    }

    fn below(&mut self, bound: u32) -> u32 {
        self.random_range(0..bound)
    }
}

/// Positions at which something changes, or nearly: nothing yet, band limits, the cap.
const EDGES: [i64; 10] = [
    0, 5_000_000, 10_000_000, 4_999_999, 9_999_999, 43_947_368, 43_947_369, 43_947_300, 4_999_000,
    9_999_000,
];

fn position(dice: &mut impl Dice) -> i64 {
    let kind = dice.unit();
    if kind < 0.35 {
        i64::from(dice.below(6_000_000))
    } else if kind < 0.60 {
        3_000_000 + i64::from(dice.below(8_000_000))
    } else if kind < 0.85 {
        9_000_000 + i64::from(dice.below(37_000_000))
    } else if kind < 0.95 {
        EDGES[dice.below(10) as usize]
    } else {
        0
    }
}

/// A fee that is missing on three bills of ten.
fn seldom(dice: &mut impl Dice, bound: u32) -> i64 {
    if dice.unit() < 0.3 { 0 } else { i64::from(dice.below(bound)) }
}

fn bill(dice: &mut impl Dice) -> Bill {
    let before = position(dice);
    let big = dice.unit() < 0.08;
    let class_a = i64::from(dice.below(if big { 20_000_000 } else { 2_000_000 }));
    let class_b = seldom(dice, if big { 8_000_000 } else { 1_000_000 });
    let self_funded = seldom(dice, 500_000);
    [before, class_a, class_b, self_funded]
}

/// `count` bills: 8 % large ones, many positions on a band's edge.
#[must_use]
pub fn huadian_bills(count: usize, seed: u64) -> Vec<Bill> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| bill(&mut dice)).collect()
}

/// The bills of [`huadian_bills`] with their exact results.
#[must_use]
pub fn huadian_oracle(count: usize, seed: u64) -> Vec<Judged> {
    huadian_bills(count, seed).into_iter().map(judged).collect()
}

/// The 10,000 published bills with their exact results.
#[must_use]
pub fn peers_bills_10k() -> Vec<Judged> {
    let mut dice = PythonRandom::new(20_251_121);
    (0..10_000).map(|_| judged(bill(&mut dice))).collect()
}

/// The 1,000,000 bills of the published throughput runs.
#[must_use]
pub fn peers_bills_1m() -> Vec<Bill> {
    let mut dice = PythonRandom::new(7);
    (0..1_000_000).map(|_| bill(&mut dice)).collect()
}

/// The unrounded payment of a year that has come to `reached` fen, cap included.
fn paid_up_to(reached: Ratio) -> Ratio {
    let bands = [(0, 85), (5_000_000, 90), (10_000_000, 95)];
    let upper = [Some(5_000_000), Some(10_000_000), None];
    let mut paid = Ratio::ZERO;
    for ((from, rate), upto) in bands.into_iter().zip(upper) {
        let top = upto.map_or(reached, |upto| reached.min(Ratio::whole(upto)));
        if top > Ratio::whole(from) {
            paid = paid + (top - Ratio::whole(from)) * Ratio::percent(rate);
        }
    }
    paid.min(Ratio::whole(41_000_000))
}

/// What the fund pays for a bill before the one rounding.
#[must_use]
pub fn unrounded_fund([before, class_a, class_b, _]: Bill) -> Ratio {
    let eligible = Ratio::whole(class_a) + Ratio::whole(class_b) * Ratio::percent(90);
    paid_up_to(Ratio::whole(before) + eligible) - paid_up_to(Ratio::whole(before))
}

/// A bill with its exact result.
#[must_use]
pub fn judged(bill: Bill) -> Judged {
    let fund = unrounded_fund(bill).round_half_up();
    let [_, class_a, class_b, self_funded] = bill;
    (bill, fund, class_a + class_b + self_funded - fund)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::data::{digest, hex};

    #[test]
    fn the_published_bills_and_results_come_out_byte_for_byte() {
        let bills = peers_bills_10k();
        let mut file = String::from("before_fen,a_fen,b_fen,s_fen,fund_fen,self_fen\r\n");
        for ([before, class_a, class_b, self_funded], fund, person) in &bills {
            let _ = write!(file, "{before},{class_a},{class_b},{self_funded},{fund},{person}\r\n");
        }
        assert_eq!(
            hex(&Sha256::digest(file.as_bytes())),
            "397288e5edbb5185b2f8e3b029281e6538da2e0991c623276058709d3c887efc"
        );
        let ties = bills.iter().filter(|(bill, ..)| unrounded_fund(*bill).is_tie()).count();
        assert_eq!(ties, 210);
    }

    #[test]
    fn the_published_million_comes_out_byte_for_byte() {
        assert_eq!(
            digest(peers_bills_1m().into_iter().flatten()),
            "0fe2f18b8fa58b9c1b7c35b0e7df756a918231d5bf001e651b18af75f39401b6"
        );
    }

    #[test]
    fn own_bills_have_the_same_shape() {
        let bills = huadian_bills(100_000, 1);
        let share = |wanted: &dyn Fn(&Bill) -> bool| {
            bills.iter().filter(|bill| wanted(bill)).count() * 1_000 / bills.len()
        };
        assert!((295..=305).contains(&share(&|bill| bill[2] == 0)));
        assert!((295..=305).contains(&share(&|bill| bill[3] == 0)));
        // A large bill's class A fee is uniform to ten times the usual bound.
        assert!((68..=76).contains(&share(&|bill| bill[1] >= 2_000_000)));
        assert!((86..=94).contains(&share(&|bill| EDGES[1..].contains(&bill[0]))));
        assert_eq!(
            digest(bills.iter().flatten().copied()),
            "720cf5313bddacf04c6e988acd866e8b5d6f237f9b5eaa151f2e05bb1f41d402"
        );
        assert_eq!(bills[..100], huadian_bills(100, 1)[..]);
        assert_ne!(bills[..100], huadian_bills(100, 2)[..]);
    }

    #[test]
    fn results_worked_by_hand() {
        // 40,000 to 60,000 yuan: 10,000 at 85 % and 10,000 at 90 %.
        assert_eq!(judged([4_000_000, 2_000_000, 0, 0]).1, 1_750_000);
        // 34,000 yuan already paid: 376,000 are left below the cap.
        assert_eq!(judged([4_000_000, 50_000_000, 0, 0]).1, 37_600_000);
        // 0.9 × 3 fen = 2.7 fen, of which 85 % are 2.295 fen.
        assert_eq!(judged([0, 0, 3, 4]), ([0, 0, 3, 4], 2, 5));
        // A tie: 85 % of 10 fen.
        assert_eq!(judged([0, 10, 0, 0]), ([0, 10, 0, 0], 9, 1));
    }
}
