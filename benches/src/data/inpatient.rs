//! A year of hospital stays of the members of the Beijing employee scheme.
//!
//! Every visit is a whole stay of 2024 with eight ordinary fee lines, a member in good standing
//! and a hospital on line. Each person's draws come from a stream of their own. Four persons of
//! a hundred are gravely ill: every second stay of theirs is so dear that the pool's yearly cap
//! is reached, and over the year some of them reach the cap of the large layer as well.
//!
//! [`mixed_visits`] adds visits to outpatient departments, nine of ten, at lower fees.

use std::collections::VecDeque;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Lines of a visit.
pub const LINES: usize = 8;

/// No share is borne first.
pub const CLASS_A: u8 = 0;
/// A tenth is borne first.
pub const CLASS_B: u8 = 1;
/// The person bears everything.
pub const CLASS_C: u8 = 2;

/// Visits as columns; amounts in fen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visits {
    /// Index of the person, counted from 0.
    pub person: Vec<u32>,
    /// `8 × care + 4 × person kind + level`: inpatient 0, outpatient 1; active 0, retired 1;
    /// tier1 0, tier2 1, tier3 2, community 3.
    pub key: Vec<u8>,
    /// The fee of each line.
    pub fees: Vec<[i64; LINES]>,
    /// The class of each line: [`CLASS_A`], [`CLASS_B`] or [`CLASS_C`].
    pub class: Vec<[u8; LINES]>,
    /// The balance of the personal account that comes with the visit.
    pub balance: Vec<i64>,
}

impl Visits {
    /// How many visits there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.person.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.person.is_empty()
    }

    /// How many persons there are, counting every index up to the highest.
    #[must_use]
    pub fn persons(&self) -> usize {
        self.person.iter().max().map_or(0, |highest| *highest as usize + 1)
    }

    /// The same visits in the given order, as a stream that arrives in that order would be.
    #[must_use]
    pub fn reordered(&self, order: &[u32]) -> Self {
        Self {
            person: picked(&self.person, order),
            key: picked(&self.key, order),
            fees: picked(&self.fees, order),
            class: picked(&self.class, order),
            balance: picked(&self.balance, order),
        }
    }

    fn push(&mut self, person: u32, key: u8, doublings: Doublings, dice: &mut ChaCha8Rng) {
        self.person.push(person);
        self.key.push(key);
        self.fees.push(std::array::from_fn(|_| fee(doublings, dice)));
        self.class.push(std::array::from_fn(|_| class(dice)));
        self.balance.push(balance(dice));
    }
}

fn picked<T: Copy>(column: &[T], order: &[u32]) -> Vec<T> {
    order.iter().map(|index| column[*index as usize]).collect()
}

/// How often the fee of 1 yuan is doubled.
#[derive(Clone, Copy)]
enum Doublings {
    /// The bell shape of three dice, from 0 to 15.
    Bell,
    /// Even, from 11 to 16.
    Dear,
    /// The sum of two dice, from 0 to 10.
    Low,
}

/// A fee of 1 yuan and more.
fn fee(doublings: Doublings, dice: &mut ChaCha8Rng) -> i64 {
    let doublings: u32 = match doublings {
        Doublings::Bell => (0..3).map(|_| dice.random_range(0..6_u32)).sum(),
        Doublings::Dear => dice.random_range(11..17),
        Doublings::Low => (0..2).map(|_| dice.random_range(0..6_u32)).sum(),
    };
    let lowest = 100_i64 << doublings;
    dice.random_range(lowest..2 * lowest)
}

fn class(dice: &mut ChaCha8Rng) -> u8 {
    match dice.random_range(0..100_u32) {
        0..55 => CLASS_A,
        55..93 => CLASS_B,
        _ => CLASS_C,
    }
}

fn level(dice: &mut ChaCha8Rng) -> u8 {
    match dice.random_range(0..100_u32) {
        0..12 => 0,
        12..42 => 1,
        42..92 => 2,
        _ => 3,
    }
}

/// Every fourth account is empty; no other one holds 6,000 yuan.
fn balance(dice: &mut ChaCha8Rng) -> i64 {
    if dice.random_ratio(1, 4) { 0 } else { dice.random_range(1..600_000) }
}

/// `count` stays in order of person, four a person on average (one to seven).
#[must_use]
pub fn inpatient_visits(count: usize, seed: u64) -> Visits {
    visits(count, seed, |_| false)
}

/// The same with nine visits of ten to an outpatient department, four a person on average.
#[must_use]
pub fn mixed_visits(count: usize, seed: u64) -> Visits {
    visits(count, seed, |dice| dice.random_ratio(9, 10))
}

fn visits(count: usize, seed: u64, is_outpatient: fn(&mut ChaCha8Rng) -> bool) -> Visits {
    let mut visits = Visits::default();
    for person in 0.. {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        dice.set_stream(u64::from(person));
        let retired = dice.random_ratio(2, 5);
        let grave = dice.random_ratio(1, 25);
        for _ in 0..dice.random_range(1..8_u32) {
            if visits.len() == count {
                return visits;
            }
            let outpatient = is_outpatient(&mut dice);
            let key = u8::from(outpatient) * 8 + u8::from(retired) * 4 + level(&mut dice);
            let doublings = match outpatient {
                true => Doublings::Low,
                false if grave && dice.random_ratio(1, 2) => Doublings::Dear,
                false => Doublings::Bell,
            };
            visits.push(person, key, doublings, &mut dice);
        }
    }
    visits
}

/// Indices of all visits: persons mixed over the whole list, each person's visits in their order,
/// so that every visit settles to the same amounts as before.
#[must_use]
pub fn random_order(visits: &Visits, seed: u64) -> Vec<u32> {
    let mut turns = visits.person.clone();
    turns.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let mut waiting = vec![VecDeque::new(); visits.persons()];
    for (visit, person) in (0_u32..).zip(&visits.person) {
        waiting[*person as usize].push_back(visit);
    }
    turns.iter().filter_map(|person| waiting[*person as usize].pop_front()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digest;

    const COUNT: usize = 60_000;

    fn per_mille(hits: usize, of: usize) -> usize {
        hits * 1_000 / of
    }

    #[test]
    fn visits_stand_in_order_of_person_about_four_each() {
        let visits = inpatient_visits(COUNT, 3);
        assert_eq!([visits.len(), visits.key.len(), visits.fees.len()], [COUNT; 3]);
        assert_eq!([visits.class.len(), visits.balance.len()], [COUNT; 2]);
        assert!(visits.person.windows(2).all(|pair| pair[1] - pair[0] <= 1));
        assert!((3_950..=4_050).contains(&(COUNT * 1_000 / visits.persons())));
        assert!(visits.key.iter().all(|key| *key < 8));
        let kinds = visits.person.iter().zip(&visits.key).collect::<Vec<_>>();
        assert!(kinds.windows(2).all(|p| p[0].0 != p[1].0 || (p[0].1 ^ p[1].1) & 4 == 0));
        assert_eq!(visits.fees[..500], inpatient_visits(500, 3).fees[..]);
        assert_ne!(visits.fees[..500], inpatient_visits(500, 4).fees[..]);
    }

    #[test]
    fn visits_and_their_random_order_are_the_same_everywhere() {
        let visits = inpatient_visits(COUNT, 1);
        let classes = visits.class.as_flattened().iter().chain(&visits.key);
        let amounts = visits.fees.as_flattened().iter().chain(&visits.balance).copied();
        let order = random_order(&visits, 2);
        let places = visits.person.iter().chain(&order).map(|place| i64::from(*place));
        let values = amounts.chain(places).chain(classes.map(|class| i64::from(*class)));
        assert_eq!(
            digest(values),
            "85fc77aafabdd0ca34694b1be89526ee7ceed1f04e756a265ac59b556fddbb28"
        );
    }

    #[test]
    fn fees_classes_and_levels_are_mixed_as_described() {
        let visits = inpatient_visits(COUNT, 3);
        let lines = visits.class.as_flattened();
        let class = |wanted| lines.iter().filter(|class| **class == wanted).count();
        let shares =
            [CLASS_A, CLASS_B, CLASS_C].map(|class_| per_mille(class(class_), lines.len()));
        assert!(shares.iter().zip([550, 380, 70]).all(|(share, want)| share.abs_diff(want) < 10));
        let fees = visits.fees.as_flattened();
        assert!(fees.iter().all(|fee| (100..13_107_200).contains(fee)));
        assert!(fees.iter().any(|fee| *fee < 200) && fees.iter().any(|fee| *fee > 10_000_000));
        let totals = visits.fees.iter().map(|fees| fees.iter().sum::<i64>());
        let dear = totals.filter(|total| *total > 12_000_000).count();
        assert!((15..=25).contains(&per_mille(dear, COUNT)), "{dear}");
        let tier3 = visits.key.iter().filter(|key| *key & 3 == 2).count();
        assert!((490..=510).contains(&per_mille(tier3, COUNT)));
        let empty = visits.balance.iter().filter(|balance| **balance == 0).count();
        assert!((240..=260).contains(&per_mille(empty, COUNT)));
        assert!(visits.balance.iter().all(|balance| (0..600_000).contains(balance)));
    }

    #[test]
    fn the_random_order_is_a_permutation_that_keeps_each_persons_order() {
        let visits = inpatient_visits(5_000, 9);
        let order = random_order(&visits, 1);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..5_000));
        let mixed = visits.reordered(&order);
        assert!(mixed.person.windows(2).filter(|pair| pair[0] == pair[1]).count() < 50);
        let mut last = vec![None; visits.persons()];
        for (visit, person) in order.iter().zip(&mixed.person) {
            assert!(last[*person as usize] < Some(visit));
            last[*person as usize] = Some(visit);
        }
    }
}
