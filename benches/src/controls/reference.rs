//! The inpatient results in exact fractions, step by step as the definition words them.
//!
//! Slow on purpose: shares of the person and their adjustment are worked out for every visit, no
//! band is skipped, and every product is a fraction until it is rounded.

use std::collections::HashMap;

use super::VisitOut;
use crate::data::Visits;
use crate::data::inpatient::{CLASS_A, CLASS_B};
use crate::data::ratio::Ratio;

/// What a person's year has come to.
#[derive(Clone, Copy, Debug, Default)]
struct Year {
    admissions: i64,
    pool_paid: i64,
    large_paid: i64,
}

/// A band up to a limit, or open above, and the rate paid in it.
type Band = (Option<i64>, Ratio);

/// A layer's amounts; intake = deductible + paid + share + over.
#[derive(Clone, Copy, Debug, Default)]
struct Layer {
    deductible: i64,
    paid: i64,
    share: i64,
    over: i64,
}

/// One layer over an intake, its stay's position being 0 and its deductible part of the bands.
fn layer(intake: i64, standard: i64, bands: &[Band], room: Option<i64>) -> Layer {
    let deductible = standard.min(intake);
    let mut done = Layer { deductible, ..Layer::default() };
    let mut entered = 0;
    let mut full = false;
    let mut from = 0;
    for (upto, rate) in bands {
        let top = upto.map_or(intake, |upto| upto.min(intake));
        let part = (top - deductible.max(from)).max(0);
        from = upto.unwrap_or(intake);
        if full {
            done.over += part;
            continue;
        }
        let pay = (Ratio::whole(part) * *rate).round_half_up();
        let left = room.map(|room| room - done.paid);
        match left {
            Some(left) if pay > left || (left == 0 && *rate > Ratio::ZERO) => {
                let goes_in = part.min((Ratio::whole(left) / *rate).round_half_up());
                full = true;
                entered += goes_in;
                done.paid += left;
                done.over += part - goes_in;
            }
            _ => {
                entered += part;
                done.paid += pay;
            }
        }
    }
    done.share = entered - done.paid;
    done
}

/// The pool's bands: what active members bear, times six tenths for the retired.
fn pool_bands(level: u8, retired: bool) -> [Band; 3] {
    let borne = match level {
        2 => [15, 10, 5],
        1 => [13, 8, 3],
        _ => [10, 5, 3],
    };
    let factor = if retired { Ratio::percent(60) } else { Ratio::whole(1) };
    let rates = borne.map(|share| Ratio::whole(1) - Ratio::percent(share) * factor);
    [(Some(3_000_000), rates[0]), (Some(4_000_000), rates[1]), (None, rates[2])]
}

/// Full self, borne first, in scope.
fn line(fee: i64, class: u8) -> [i64; 3] {
    match class {
        CLASS_A => [0, 0, fee],
        CLASS_B => {
            let first = (Ratio::whole(fee) * Ratio::percent(10)).round_half_up();
            [0, first, fee - first]
        }
        _ => [fee, 0, 0],
    }
}

fn settle(lines: &[[i64; 3]], key: u8, balance: i64, year: &mut Year) -> VisitOut {
    let (retired, level) = (key >= 4, key % 4);
    let sum = |part: usize| lines.iter().map(|line| line[part]).sum::<i64>();
    let [full_self, prepay, in_scope] = [sum(0), sum(1), sum(2)];
    let total = full_self + prepay + in_scope;
    let standard = if year.admissions + 1 == 1 { 130_000 } else { 65_000 };
    let pool_room = (10_000_000 - year.pool_paid).max(0);
    let pool = layer(in_scope, standard, &pool_bands(level, retired), Some(pool_room));
    let large_rate = Ratio::percent(if retired { 80 } else { 85 });
    let large_room = (40_000_000 - year.large_paid).max(0);
    let large = layer(pool.over, 0, &[(None, large_rate)], Some(large_room));
    let supplement = if retired {
        layer(pool.share + large.share, 0, &[(None, Ratio::percent(50))], None)
    } else {
        Layer::default()
    };
    if total > 0 {
        year.admissions += 1;
    }
    year.pool_paid += pool.paid;
    year.large_paid += large.paid;
    let fund = pool.paid + large.paid + supplement.paid;
    let person = total - fund;
    let account = balance.min(person);
    VisitOut {
        fund,
        person,
        account,
        cash: person - account,
        pool_paid: pool.paid,
        large_paid: large.paid,
        supplement_paid: supplement.paid,
        deductible: pool.deductible + large.deductible + supplement.deductible,
        full_self,
        prepay,
        in_scope,
        total,
    }
}

/// What every visit settles to, from fresh years.
#[must_use]
pub fn inpatient_reference(visits: &Visits) -> Vec<VisitOut> {
    let mut years = HashMap::<u32, Year>::new();
    let mut settled = Vec::with_capacity(visits.len());
    for visit in 0..visits.len() {
        let fees = visits.fees[visit].iter().zip(visits.class[visit]);
        let lines = fees.map(|(fee, class)| line(*fee, class)).collect::<Vec<_>>();
        let year = years.entry(visits.person[visit]).or_default();
        settled.push(settle(&lines, visits.key[visit], visits.balance[visit], year));
    }
    settled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::{YearState, inpatient_control, inpatient_touch32};
    use crate::data::inpatient::CLASS_C;
    use crate::data::{inpatient_visits, random_order};

    type Control = fn(&Visits, &mut [YearState], &mut [VisitOut]);

    fn controlled(visits: &Visits, control: Control) -> (Vec<VisitOut>, Vec<YearState>) {
        let mut states = vec![YearState::default(); visits.persons()];
        let mut out = vec![VisitOut::default(); visits.len()];
        control(visits, &mut states, &mut out);
        (out, states)
    }

    fn one_line(person: u32, key: u8, fee: i64, class: u8) -> Visits {
        Visits {
            person: vec![person],
            key: vec![key],
            fees: vec![[fee, 0, 0, 0, 0, 0, 0, 0]],
            class: vec![[class; 8]],
            balance: vec![0],
        }
    }

    fn appended(all: &mut Visits, more: Visits) {
        all.person.extend(more.person);
        all.key.extend(more.key);
        all.fees.extend(more.fees);
        all.class.extend(more.class);
        all.balance.extend(more.balance);
    }

    #[test]
    fn the_worked_examples_of_the_pack() {
        let active = one_line(0, 2, 3_000_000, CLASS_A);
        let retired = one_line(0, 6, 5_000_000, CLASS_A);
        let capped = one_line(0, 2, 20_000_000, CLASS_A);
        for settle in
            [inpatient_reference, |visits: &Visits| controlled(visits, inpatient_control).0]
        {
            let got = settle(&active)[0];
            assert_eq!((got.deductible, got.fund, got.person), (130_000, 2_439_500, 560_500));
            let got = settle(&retired)[0];
            assert_eq!((got.pool_paid, got.fund, got.person), (4_521_700, 4_695_850, 304_150));
            let got = settle(&capped)[0];
            assert_eq!((got.pool_paid, got.large_paid), (10_000_000, 7_640_605));
        }
    }

    #[test]
    fn the_controls_agree_with_the_reference_on_100_000_visits() {
        let visits = inpatient_visits(100_000, 20_240_101);
        let want = inpatient_reference(&visits);
        let (got, states) = controlled(&visits, inpatient_control);
        assert!(got == want);
        let order = random_order(&visits, 5);
        let mixed = visits.reordered(&order);
        for control in [inpatient_control as Control, inpatient_touch32] {
            let (got, mixed_states) = controlled(&mixed, control);
            assert!(got.iter().zip(&order).all(|(got, at)| *got == want[*at as usize]));
            assert!(states == mixed_states);
        }
    }

    #[test]
    fn every_turn_of_the_policy_is_taken_by_the_data() {
        let visits = inpatient_visits(300_000, 20_240_101);
        let (out, states) = controlled(&visits, inpatient_control);
        let share = |wanted: &dyn Fn(&VisitOut) -> bool| {
            out.iter().filter(|out| wanted(out)).count() * 10_000 / out.len()
        };
        let full = |paid: fn(&YearState) -> bool| states.iter().filter(|s| paid(s)).count();
        assert!((400..=600).contains(&share(&|out| out.large_paid > 0)));
        assert!(share(&|out| out.in_scope > 3_000_000) > 500);
        assert!(share(&|out| out.deductible == out.in_scope) > 0);
        assert!(share(&|out| out.cash == 0) > 500);
        assert!(share(&|out| out.cash > 0 && out.account > 0) > 500);
        assert!(full(|state| state.pool_paid == 10_000_000) > 1_000);
        assert!(full(|state| state.large_paid == 40_000_000) > 50);
        assert!(out.iter().all(|out| out.fund + out.account + out.cash == out.total));
    }

    #[test]
    fn the_control_is_exact_around_every_edge() {
        let mut visits = Visits::default();
        let mut person = 0;
        let edges =
            [0, 65_000, 130_000, 3_000_000, 4_000_000, 11_000_000, 60_000_000, 999_999_999_992];
        for key in 0..8 {
            for first in edges {
                for fee in edges.into_iter().flat_map(|edge| (edge - 8).max(0)..=edge + 8) {
                    for (fee, class) in [(first, CLASS_A), (fee, CLASS_A), (fee, CLASS_B)] {
                        appended(&mut visits, one_line(person, key, fee, class));
                    }
                    person += 1;
                }
            }
            appended(&mut visits, one_line(person, key, 7, CLASS_C));
        }
        assert!(controlled(&visits, inpatient_control).0 == inpatient_reference(&visits));
    }

    #[test]
    fn the_control_is_exact_where_the_caps_bite() {
        let mut visits = Visits::default();
        for key in 0..8 {
            // Fen by fen past the pool's cap, then past the cap of the large layer.
            for step in 0..3_000 {
                let person = u32::from(key) * 3_000 + step;
                for fee in [10_300_000 + i64::from(step) * 331, 44_000_000, 7_400_000, 1_000_001] {
                    appended(&mut visits, one_line(person, key, fee, CLASS_A));
                }
            }
        }
        assert!(controlled(&visits, inpatient_control).0 == inpatient_reference(&visits));
    }
}
