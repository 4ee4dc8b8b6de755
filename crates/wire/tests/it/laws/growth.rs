//! B6 to B8: what happens when a bill grows, and when it comes in parts. They hold for every
//! shipped pack, up to one fen for every rounding point.

use proptest::prelude::*;
use tongchou_wire::amount::Yuan;
use tongchou_wire::request::{Bill, Request, Totals};
use tongchou_wire::response::Settlement;

use super::any_pack::{Case, case, counts_by_the_year, slack};
use super::desk;
use crate::packs::CHECKED;

proptest! {
    #![proptest_config(super::config(3_000))]

    /// B6, within one class: of a larger bill nobody pays less. A pack whose dimensions are cut
    /// from amounts may have a step there; `packs check --prove` lists those.
    #[test]
    fn b6_of_a_larger_bill_nobody_pays_less(case in case(), more in 1..2_000_000_i64) {
        let steps = |dim: &tongchou_core::pack::Dim| {
            dim.cut.as_ref().is_some_and(|cut| cut.of.is_amount())
        };
        if case.pack.dims.iter().any(steps) {
            return Ok(());
        }
        let slack = slack(case.pack);
        let small = desk::settle(&case.request);
        for by in [1, more] {
            let large = desk::settle(&grown(&case.request, by));
            let of = |s: &Settlement| [s.amounts.fund.0, s.amounts.person.0];
            for (before, after) in of(&small).into_iter().zip(of(&large)) {
                prop_assert!(before - slack <= after, "{before} fell to {after} by {by}");
                // Nor does anybody pay more than what is added.
                prop_assert!(after - before <= by + slack, "{before} rose to {after} by {by}");
            }
        }
    }

    /// B7 and B8, for layers that count everything by the year: bills in parts are paid what one
    /// bill is paid, so what the fund pays is one rising function of the year's amount.
    #[test]
    fn b7_b8_parts_are_paid_what_the_whole_is(case in case(), cuts in parts()) {
        if !counts_by_the_year(&case) {
            return Ok(());
        }
        let whole = amount(&case.request);
        let once = desk::settle(&case.request);
        let mut left = whole;
        let mut state = None;
        let mut fund = 0;
        let count = i64::try_from(cuts.len()).unwrap() + 1;
        for (index, part) in cuts.iter().map(|cut| whole / 1_000 * cut).chain([i64::MAX]).enumerate() {
            let part = part.min(left);
            left -= part;
            let mut request = with_amount(&case.request, part);
            request.state = state;
            request.encounter.id = format!("e{index}");
            let settled = desk::settle(&request);
            fund += settled.amounts.fund.0;
            state = settled.state;
        }
        let slack = slack(case.pack) * count;
        let difference = (fund - once.amounts.fund.0).abs();
        prop_assert!(difference <= slack, "{fund} in parts, {} at once", once.amounts.fund.0);
    }
}

/// The laws would hold of nothing if no case met their preconditions.
#[test]
fn every_pack_is_met_by_growth_and_some_by_parts() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::new(super::config(1));
    let mut paid = std::collections::BTreeMap::new();
    let mut yearly = std::collections::BTreeSet::new();
    for _ in 0..4_000 {
        let Case { pack, request } = case().new_tree(&mut runner).unwrap().current();
        let settled = desk::settle(&request);
        *paid.entry(pack.id.as_str()).or_insert(0) += i64::from(settled.amounts.fund.0 > 0);
        if counts_by_the_year(&Case { pack, request }) && settled.amounts.fund.0 > 0 {
            yearly.insert(pack.id.as_str());
        }
    }
    let never: Vec<_> = paid.iter().filter(|(_, count)| **count < 10).collect();
    assert!(never.is_empty(), "the fund hardly pays: {never:?}");
    let settling = CHECKED.iter().filter(|checked| !checked.pack.layers.is_empty());
    assert_eq!(paid.len(), settling.count());
    assert!(yearly.contains("110000-employee") && yearly.contains("220282-large"), "{yearly:?}");
}

/// Up to four parts, in thousandths of the whole.
fn parts() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(0..600_i64, 1..=4)
}

fn amount(request: &Request) -> i64 {
    match &request.bill {
        Bill::Totals(totals) => totals.in_scope.0,
        Bill::Lines(_) => 0,
    }
}

fn with_amount(request: &Request, in_scope: i64) -> Request {
    let bill = Bill::Totals(Totals { in_scope: Yuan(in_scope), ..Totals::default() });
    Request { bill, ..request.clone() }
}

fn grown(request: &Request, by: i64) -> Request {
    with_amount(request, amount(request) + by)
}
