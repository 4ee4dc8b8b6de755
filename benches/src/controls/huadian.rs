//! Two loops for the bills of [`crate::data::huadian`].
//!
//! Both compare the cumulative payment before and after the bill in thousandths (or two
//! hundredths) of a fen, so that nothing is rounded until the end. Class B fees enter at nine
//! tenths; every amount is therefore held in tenths of a fen.

use crate::data::Bill;

/// 50,000 yuan in tenths of a fen.
const FIRST_LIMIT: i64 = 50_000_000;
/// 100,000 yuan in tenths of a fen.
const SECOND_LIMIT: i64 = 100_000_000;
/// 410,000 yuan in thousandths of a fen.
const CAP: i64 = 41_000_000_000;

/// The cumulative payment in thousandths of a fen, band by band.
#[inline(always)]
fn by_bands(reached: i64) -> i64 {
    let first = reached.min(FIRST_LIMIT);
    let second = (reached.min(SECOND_LIMIT) - FIRST_LIMIT).max(0);
    let third = (reached - SECOND_LIMIT).max(0);
    (85 * first + 90 * second + 95 * third).min(CAP)
}

/// The published loop's shape: rows of four amounts in, pairs of fund and person out.
#[inline(never)]
pub fn peers_loop(bills: &[Bill], out: &mut [(i64, i64)]) {
    for (paid, &[before, class_a, class_b, self_funded]) in out.iter_mut().zip(bills) {
        let start = before * 10;
        let end = start + class_a * 10 + class_b * 9;
        let fund = (by_bands(end) - by_bands(start) + 500) / 1_000;
        *paid = (fund, class_a + class_b + self_funded - fund);
    }
}

/// The cumulative payment in two hundredths of a fen: 85 % = 17/20, and each limit adds 1/20.
#[inline(always)]
fn by_hinges(reached: u64) -> u64 {
    let above_first = reached.saturating_sub(FIRST_LIMIT as u64);
    let above_second = reached.saturating_sub(SECOND_LIMIT as u64);
    (17 * reached + above_first + above_second).min(CAP as u64 / 5)
}

/// The same results as [`peers_loop`]: hinges for bands, the smallest common denominator, and one
/// unsigned division by a constant. Amounts are not negative.
#[inline(never)]
pub fn tuned_loop(bills: &[Bill], out: &mut [(i64, i64)]) {
    for (paid, bill) in out.iter_mut().zip(bills) {
        let [before, class_a, class_b, self_funded] = bill.map(i64::cast_unsigned);
        let start = before * 10;
        let end = start + class_a * 10 + class_b * 9;
        let fund = (by_hinges(end) - by_hinges(start) + 100) / 200;
        let person = class_a + class_b + self_funded - fund;
        *paid = (fund.cast_signed(), person.cast_signed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::huadian::judged;
    use crate::data::{Judged, huadian_oracle, peers_bills_1m, peers_bills_10k};

    type Loop = fn(&[Bill], &mut [(i64, i64)]);

    fn wrong(judged: &[Judged], settle: Loop) -> usize {
        let bills = judged.iter().map(|(bill, ..)| *bill).collect::<Vec<_>>();
        let mut out = vec![(0, 0); bills.len()];
        settle(&bills, &mut out);
        judged.iter().zip(&out).filter(|(want, got)| (want.1, want.2) != **got).count()
    }

    #[test]
    fn both_loops_settle_the_published_bills_exactly() {
        let bills = peers_bills_10k();
        assert_eq!([wrong(&bills, peers_loop), wrong(&bills, tuned_loop)], [0, 0]);
    }

    #[test]
    fn both_loops_settle_other_bills_exactly() {
        let bills = huadian_oracle(100_000, 11);
        assert_eq!([wrong(&bills, peers_loop), wrong(&bills, tuned_loop)], [0, 0]);
    }

    #[test]
    fn both_loops_agree_on_the_published_million() {
        let bills = peers_bills_1m();
        let mut plain = vec![(0, 0); bills.len()];
        let mut tuned = plain.clone();
        peers_loop(&bills, &mut plain);
        tuned_loop(&bills, &mut tuned);
        assert!(plain == tuned);
    }

    #[test]
    fn both_loops_are_exact_around_every_edge() {
        let mut bills = Vec::new();
        for edge in [0, 5_000_000, 10_000_000, 43_947_368] {
            for before in (edge - 3_i64).max(0)..=edge + 3 {
                for class_a in 0..21 {
                    bills.extend((0..21).map(|class_b| judged([before, class_a, class_b, 1])));
                }
            }
        }
        assert_eq!([wrong(&bills, peers_loop), wrong(&bills, tuned_loop)], [0, 0]);
    }
}
