//! The bills of the published comparison, settled by the shipped pack of the same supplement.
//!
//! That pack rounds each line's pre-pay and each band, so its amounts differ from those of the
//! comparison by a fen here and there. Every bill is of a person of its own, whose year has come
//! to the bill's position.

use tongchou_core::columns::{Order, Visits as Columns, settle_visits};
use tongchou_core::keys::{Key, LineCode};
use tongchou_core::layer::Scratch;
use tongchou_core::settle::Outcome;
use tongchou_core::trace::Silent;

use super::{Bound, Year, shipped};
use crate::data::Bill;
use crate::data::huadian::unrounded_fund;

/// The bills as columns of the kernel, up to three lines each: a fee of nothing is no line.
#[derive(Debug)]
pub struct Supplement {
    bound: Bound,
    member: Vec<u32>,
    key: Vec<Key>,
    line_start: Vec<u32>,
    fee: Vec<i64>,
    code: Vec<LineCode>,
    /// Position before each bill, and what was paid to get there.
    before: Vec<[i64; 2]>,
    /// Slots of the two in a record.
    slots: [usize; 2],
}

impl Supplement {
    /// Binds the bills.
    ///
    /// # Panics
    /// If the pack keeps no position or no yearly payment.
    #[must_use]
    pub fn new(bills: &[Bill]) -> Self {
        let mut bound = Bound::new(shipped("220282-large"), (2024, 6, 1));
        let key = bound.key(&[("care", "inpatient")]);
        let codes = ["A", "B", "C"].map(|class| bound.line(&[("class", class)]));
        let (mut line_start, mut fee, mut code) = (vec![0], Vec::new(), Vec::new());
        for [_, fees @ ..] in bills {
            for (amount, class) in fees.iter().zip(codes).filter(|(amount, _)| **amount > 0) {
                fee.push(*amount);
                code.push(class);
            }
            line_start.push(fee.len() as u32);
        }
        let slots = ["large.position", "large.paid"].map(|name| {
            let counter = bound.plan.counters.iter().find(|counter| counter.name == name);
            counter.map_or_else(|| panic!("no counter {name}"), |it| usize::from(it.slot))
        });
        Self {
            member: (0..bills.len() as u32).collect(),
            key: vec![key; bills.len()],
            before: bills.iter().map(|bill| [bill[0], paid_before(bill[0])]).collect(),
            bound,
            line_start,
            fee,
            code,
            slots,
        }
    }

    /// Puts every record to where its bill starts.
    pub fn preset(&self, records: &mut [Year]) {
        let [position, paid] = self.slots;
        for (record, before) in records.iter_mut().zip(&self.before) {
            *record = Year::starting(i32::from(self.bound.year));
            record.slots[position] = before[0];
            record.slots[paid] = before[1];
        }
    }

    /// Settles every bill; fund and person go into two columns.
    ///
    /// # Panics
    /// If a bill is refused.
    #[inline(never)]
    pub fn settle(&self, records: &mut [Year], fund: &mut [i64], person: &mut [i64]) {
        let columns = Columns {
            member: &self.member,
            key: &self.key,
            line_start: &self.line_start,
            fee: &self.fee,
            code: &self.code,
            ..Columns::default()
        };
        let sink = |row: usize, outcome: &Outcome, _: &Scratch| {
            if let Some((fund, person)) = fund.get_mut(row).zip(person.get_mut(row)) {
                (*fund, *person) = (outcome.fund, outcome.person);
            }
        };
        let keys = &self.bound.keys;
        let settled = settle_visits(keys, &columns, Order::Sorted, records, &mut Silent, sink);
        assert!(settled.is_ok(), "{settled:?}");
    }
}

/// What a year has been paid that has come to a position, in whole fen.
fn paid_before(position: i64) -> i64 {
    unrounded_fund([0, position, 0, 0]).round_half_up()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::huadian_bills;
    use crate::data::ratio::Ratio;

    /// The shipped pack's words: pre-pay and bands to the fen each, the cap on their sum.
    fn fund([before, class_a, class_b, _]: Bill) -> i64 {
        let prepay = (Ratio::whole(class_b) * Ratio::percent(10)).round_half_up();
        let end = before + class_a + class_b - prepay;
        let room = 41_000_000 - paid_before(before);
        let bands = [(0, 5_000_000, 85), (5_000_000, 10_000_000, 90), (10_000_000, end, 95)];
        let paid = bands.map(|(from, upto, rate)| {
            let part = (end.min(upto) - before.max(from)).max(0);
            (Ratio::whole(part) * Ratio::percent(rate)).round_half_up()
        });
        paid.iter().sum::<i64>().min(room)
    }

    #[test]
    fn the_shipped_pack_settles_as_it_is_worded() {
        let bills = huadian_bills(100_000, 5);
        let kernel = Supplement::new(&bills);
        let mut records = vec![Year::default(); bills.len()];
        kernel.preset(&mut records);
        let mut out = [vec![0; bills.len()], vec![0; bills.len()]];
        let [paid, person] = &mut out;
        kernel.settle(&mut records, paid, person);
        for (bill, (paid, person)) in bills.iter().zip(paid.iter().zip(person)) {
            assert_eq!(*paid, fund(*bill), "{bill:?}");
            assert_eq!(*paid + *person, bill[1] + bill[2] + bill[3]);
        }
    }
}
