//! The closed form against exact 128-bit arithmetic, and its refusals.

use proptest::prelude::*;

use super::*;
use crate::money::{Fen, Ppm};

/// F(x) in ppm of a fen-ppm: position and intake unreduced.
fn exact(bands: &Bands, cap: Option<i64>, reached_ppm: i128) -> i128 {
    let mut below = 0;
    let mut sum = 0;
    for (band, rate) in bands.pays.iter().enumerate() {
        let end =
            bands.upto.get(band).map_or(i128::MAX / 4, |limit| i128::from(limit.0) * 1_000_000);
        let part = reached_ppm.min(end) - below;
        sum += part.max(0) * i128::from(rate.0);
        below = end;
    }
    cap.map_or(sum, |cap| sum.min(i128::from(cap) * 1_000_000_000_000))
}

fn exact_bill(bands: &Bands, shares: [u32; 2], cap: Option<i64>, bill: [i64; 3]) -> i64 {
    let [position, a, b] = bill.map(i128::from);
    let keep = shares.map(|share| 1_000_000 - i128::from(share));
    let start = position * 1_000_000;
    let end = start + a * keep[0] + b * keep[1];
    let paid = exact(bands, cap, end) - exact(bands, cap, start);
    i64::try_from((paid + 500_000_000_000) / 1_000_000_000_000).unwrap()
}

prop_compose! {
    fn plans()(
        limits in proptest::collection::btree_set(1_i64..20_000_000, 0..5),
        mut steps in proptest::collection::vec(0_u32..=100, 6),
        shares in proptest::array::uniform2(0_u32..=20),
        cap in proptest::option::of(0_i64..30_000_000),
    ) -> (Bands, [u32; 2], Option<i64>) {
        steps.sort_unstable();
        let upto: Vec<Fen> = limits.into_iter().map(Fen).collect();
        let pays = steps.into_iter().take(upto.len() + 1).map(|s| Ppm(s * 10_000)).collect();
        (Bands { upto, pays }, shares.map(|s| s * 50_000), cap)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn closed_form_is_exact(
        (bands, shares, cap) in plans(),
        bills in proptest::collection::vec(proptest::array::uniform3(0_i64..25_000_000), 1..60),
    ) {
        let once = Once::new(&bands, shares, cap).unwrap();
        let column = |k: usize| bills.iter().map(|bill| bill[k]).collect::<Vec<i64>>();
        let (position, a, b) = (column(0), column(1), column(2));
        let (mut fund, mut person) = (vec![0; bills.len()], vec![0; bills.len()]);
        once.settle(&position, [&a, &b], &mut fund, &mut person).unwrap();
        let row = vec![0_u8; bills.len()];
        let (mut fund_by_row, mut person_by_row) = (fund.clone(), person.clone());
        let plans = [once];
        let columns = [a.as_slice(), b.as_slice()];
        settle_once_by_row(&plans, &row, &position, columns, &mut fund_by_row, &mut person_by_row)
            .unwrap();
        for (k, bill) in bills.iter().enumerate() {
            prop_assert_eq!(fund[k], exact_bill(&bands, shares, cap, *bill));
            prop_assert_eq!(fund[k] + person[k], bill[1] + bill[2]);
            prop_assert_eq!((fund[k], person[k]), (fund_by_row[k], person_by_row[k]));
        }
    }

    #[test]
    fn divisors_are_exact(den in 2_u64..1_000_000_000_000, n in 0_u64..(1 << 63)) {
        let divisor = Divisor::new(den).unwrap();
        for n in [n, n / den * den, (n / den * den).saturating_sub(1)] {
            prop_assert_eq!(divisor.divide(n), n / den);
        }
    }
}

#[test]
fn small_divisors_are_exact_at_the_ends() {
    for den in 2..5_000 {
        let divisor = Divisor::new(den).unwrap();
        for n in [0, 1, den - 1, den, den + 1, (1 << 63) - 1, ((1 << 63) - 1) / den * den] {
            assert_eq!(divisor.divide(n), n / den, "{n} / {den}");
        }
    }
}

#[test]
fn amounts_out_of_bounds_are_refused_with_their_row() {
    let bands = Bands { upto: vec![], pays: vec![Ppm(850_000)] };
    let once = Once::new(&bands, [0], None).unwrap();
    for bad in [-1, i64::MIN, i64::MAX, FEN_BITS + 1] {
        let (mut fund, mut person) = ([0; 3], [0; 3]);
        let fault = once.settle(&[0; 3], [&[1, bad, 1]], &mut fund, &mut person);
        assert_eq!(fault, Err(ColumnFault::Amount(1)), "{bad}");
    }
    let (mut fund, mut person) = ([0; 3], [0; 3]);
    let fault = once.settle(&[0; 2], [&[1; 3]], &mut fund, &mut person);
    assert_eq!(fault, Err(ColumnFault::Shape(0)));
}

#[test]
fn falling_rates_and_bad_bands_have_no_closed_form() {
    let falling = Bands { upto: vec![Fen(100)], pays: vec![Ppm(900_000), Ppm(800_000)] };
    assert_eq!(Once::new(&falling, [0], None).err(), Some(OnceFault::FallingRate));
    let uneven = Bands { upto: vec![Fen(100)], pays: vec![Ppm(900_000)] };
    assert_eq!(Once::new(&uneven, [0], None).err(), Some(OnceFault::Bands));
    let fine = Bands { upto: vec![Fen(100)], pays: vec![Ppm(1), Ppm(999_999)] };
    assert_eq!(Once::new(&fine, [1], None).err(), Some(OnceFault::Range));
}
