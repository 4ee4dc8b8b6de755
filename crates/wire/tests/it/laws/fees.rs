//! B5: the order of the lines does not matter; a line may be split or equal lines merged, exactly
//! but for one fen at each pre-pay that is rounded once more.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use tongchou_wire::amount::{Measure, Yuan};
use tongchou_wire::request::{Bill, Line, Request};
use tongchou_wire::response::Settlement;

use super::bills::{self, Visit};
use super::desk;

proptest! {
    #![proptest_config(super::config(500))]

    #[test]
    fn b5_lines_in_any_order(visit in itemised(), seed in any::<usize>()) {
        let request = desk::request(&visit);
        let mut other = request.clone();
        shuffle(lines_of(&mut other), seed);
        let (first, second) = (desk::settle(&request), desk::settle(&other));
        prop_assert_eq!(sorted(first), sorted(second));
    }

    #[test]
    fn b5_a_line_in_two(visit in itemised()) {
        let mut whole = visit.request;
        lines_of(&mut whole).iter_mut().for_each(even);
        let mut split = whole.clone();
        let lines: Vec<Line> = lines_of(&mut split).iter().flat_map(in_two).collect();
        *lines_of(&mut split) = lines;
        let (whole, split) = (desk::settle(&whole), desk::settle(&split));
        let (a, b) = (&whole.amounts, &split.amounts);
        prop_assert_eq!(
            (a.total, a.full_self, a.over_limit, a.fixed, a.fixed_self),
            (b.total, b.full_self, b.over_limit, b.fixed, b.fixed_self)
        );
        // A pre-pay of nothing is one of two nothings, whatever its share.
        let kept = |id: &str| whole.lines.iter().any(|l| l.id == id && l.prepay.0 > 0);
        let extra = split.lines.iter().filter(|l| l.id.strip_suffix('x').is_some_and(kept));
        let extra = i64::try_from(extra.count()).unwrap();
        prop_assert!((a.prepay.0 - b.prepay.0).abs() <= extra, "{:?} {:?}", a, b);
        if a.prepay == b.prepay {
            prop_assert_eq!(a, b);
            prop_assert_eq!(&whole.layers, &split.layers);
        }
        // What moved into or out of scope moves the fund no further, but for a rounding in each
        // of at most three layers.
        let moved = (a.in_scope.0 - b.in_scope.0).abs();
        prop_assert!((a.fund.0 - b.fund.0).abs() <= moved + 3, "{:?} {:?}", a, b);
    }

    #[test]
    fn b5_equal_lines_side_by_side_or_apart(visit in itemised(), copies in 2..5_usize) {
        let request = visit.request;
        let mut grouped = request.clone();
        let copy = |line: &Line, n: usize| Line { id: format!("{}-{n}", line.id), ..line.clone() };
        let lines = lines_of(&mut grouped).clone();
        *lines_of(&mut grouped) =
            lines.iter().flat_map(|line| (0..copies).map(|n| copy(line, n))).collect();
        let mut apart = request;
        *lines_of(&mut apart) =
            (0..copies).flat_map(|n| lines.iter().map(move |line| copy(line, n))).collect();
        prop_assert_eq!(sorted(desk::settle(&grouped)), sorted(desk::settle(&apart)));
    }
}

/// A visit with lines.
fn itemised() -> impl Strategy<Value = Visit> {
    bills::visit().prop_filter(
        "lines",
        |visit| matches!(&visit.request.bill, Bill::Lines(lines) if !lines.is_empty()),
    )
}

fn lines_of(request: &mut Request) -> &mut Vec<Line> {
    match &mut request.bill {
        Bill::Lines(lines) => lines,
        Bill::Totals(_) => panic!("a bill with lines"),
    }
}

/// One of all orders.
fn shuffle(lines: &mut [Line], mut seed: usize) {
    for last in (1..lines.len()).rev() {
        lines.swap(last, seed % (last + 1));
        seed = seed / (last + 1) + 7;
    }
}

/// Everything but the names, with the lines by their ids.
fn sorted(settlement: Settlement) -> String {
    let lines: BTreeMap<String, String> =
        settlement.lines.iter().map(|l| (l.id.clone(), desk::text(l))).collect();
    let lines = desk::text(&lines);
    desk::outcome(&Settlement { lines: Vec::new(), ..settlement }) + &lines
}

/// Whole cents times whole pieces, so that fees, limits and their halves are exact.
fn even(line: &mut Line) {
    line.price = Measure(line.price.0.round_dp(2));
    line.quantity = Measure(line.quantity.0.round().min(Decimal::from(50)));
    line.limit = line.limit.map(|limit| Measure(limit.0.round_dp(2)));
    line.amount = amount(line.price, line.quantity);
}

fn amount(price: Measure, quantity: Measure) -> Yuan {
    let fen = (price.0 * quantity.0 * Decimal::ONE_HUNDRED).normalize();
    assert_eq!(fen.scale(), 0, "{price} × {quantity}");
    Yuan(i64::try_from(fen.mantissa()).unwrap())
}

/// One piece and the rest; what is paid for by a fixed amount a line stays whole.
fn in_two(line: &Line) -> Vec<Line> {
    let whole = line.facts.kind.as_deref() == Some("visit_fee");
    if whole || line.quantity.0 < Decimal::TWO {
        return vec![line.clone()];
    }
    let part = |id: String, quantity: Decimal| {
        let quantity = Measure(quantity);
        Line { id, quantity, amount: amount(line.price, quantity), ..line.clone() }
    };
    let rest = part(line.id.clone(), line.quantity.0 - Decimal::ONE);
    vec![rest, part(format!("{}x", line.id), Decimal::ONE)]
}
