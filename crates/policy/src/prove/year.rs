//! Law B7: within one class the bills of a year add up, `fund(h, x) = F(h + x) − F(h)`.
//!
//! It holds where nothing starts anew with a bill: deductibles, positions and caps count by the
//! year, no row is chosen by the admission or by an amount, and no two layers share a group's cap
//! (which of them used it first depends on the order of bills). Both sides are piecewise linear in
//! h and x, and every bend of them lies on a line `h = b` or `h + x = b` with b a bend of the
//! first bill; so they are compared as functions of x at every such h, between any two, and beyond
//! the last.

use tongchou_core::pack::Pack;

use super::bill::{Bill, History, settle};
use super::class::{Amount, Class, Per, Rows};
use super::curve::Curve;
use super::ratio::Ratio;

/// Whether nothing of the class starts anew with a bill.
pub(super) fn adds_up(class: &Class) -> bool {
    let yearly = |rows: &Rows| {
        let standard = rows.standard == Amount::Stated(0) || rows.standard_per == Per::Year;
        let rates = || rows.bands.iter().map(|(_, rate)| *rate);
        let flat = rates().min() == rates().max() && rows.end.is_none();
        let axis = flat || rows.basis == Per::Year;
        let cap = rows.cap.is_none() || rows.cap_per == Per::Year;
        let group = rows.group.is_none_or(|(group, _, per)| {
            let same = |rows: &&Rows| rows.group.is_some_and(|(other, ..)| other == group);
            per == Per::Year && class.layers.iter().filter(same).count() == 1
        });
        standard && axis && cap && group
    };
    class.open && class.layers.iter().all(yearly)
}

/// The first earlier amount at which the law fails, if any, with the number of comparisons.
pub(super) fn check(pack: &Pack, class: &Class, fact: i64) -> (usize, Option<Ratio>) {
    let none = History { fact, ..History::none(pack) };
    let whole = Bill::of(class, &none);
    let bends = whole.bends();
    let mut earlier: Vec<Ratio> = bends.clone();
    earlier.extend(bends.iter().zip(bends.iter().skip(1)).map(|(a, b)| (*a + *b).half()));
    earlier.extend(bends.last().map(|last| *last + Ratio::whole(1_000_001)));
    earlier.retain(|h| *h <= whole.end);
    let mut compared = 0;
    for h in earlier {
        let history = none.after(class, &settle(class, &none, h));
        let next = Bill::of(class, &history);
        // The two bills together stay within the bound that one bill has.
        let left = next.end.min(whole.end - h);
        let equal =
            |next: &Curve, whole: &Curve| next.clone().until(left) == whole.after(h).until(left);
        let mut layers = next.layers.iter().zip(&whole.layers);
        let same = layers.all(|(next, whole)| equal(&next.paid, &whole.paid));
        compared += 1;
        if !same || !equal(&next.fund, &whole.fund) {
            return (compared, Some(h));
        }
    }
    (compared, None)
}
