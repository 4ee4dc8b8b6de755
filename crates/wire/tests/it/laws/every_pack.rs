//! B1 to B4, B9 and B11 again, over every shipped pack: the histories of `bills` go deep into two
//! of them, these go once through all.

use proptest::prelude::*;
use tongchou_wire::response::FundStanding;

use super::any_pack::case;
use super::desk::{self, Settled};

proptest! {
    #![proptest_config(super::config(3_000))]

    #[test]
    fn every_pack_keeps_the_identities(case in case()) {
        let settlement = desk::settle(&case.request);
        let settled = Settled { request: case.request, settlement };
        let (a, layers) = (&settled.settlement.amounts, &settled.settlement.layers);
        prop_assert_eq!(a.total.0, a.fund.0 + a.hospital.0 + a.person.0);
        prop_assert_eq!(a.person.0, a.account.0 + a.cash.0);
        prop_assert_eq!(a.fund.0, layers.iter().map(|l| l.paid.0).sum::<i64>() + a.fixed.0);
        for l in layers {
            prop_assert_eq!(l.entered.0, l.deductible.0 + l.paid.0 + l.self_share.0 + l.over.0);
            let parts = [l.entered, l.deductible, l.paid, l.self_share, l.over];
            prop_assert!(parts.iter().all(|part| (0..=a.total.0).contains(&part.0)), "{}", l.id);
        }
        for posting in &settled.settlement.postings {
            let (before, after) = (settled.before(&posting.counter), settled.after(&posting.counter));
            prop_assert_eq!(after - before, desk::number(posting.delta));
        }
        if settled.settlement.fund_standing == FundStanding::None {
            prop_assert_eq!(a.fund.0, 0);
            prop_assert!(settled.settlement.postings.is_empty());
        } else {
            prop_assert!(settled.settlement.claim.is_none());
        }
    }

    #[test]
    fn every_pack_takes_back_what_it_settled(case in case()) {
        let settlement = desk::settle(&case.request);
        let cancelled = desk::cancel(&settlement, None).unwrap();
        prop_assert_eq!(cancelled.amounts.fund.0, -settlement.amounts.fund.0);
        prop_assert!(cancelled.state.counters.is_empty());
        prop_assert_eq!(cancelled.state.seq, 0);
        let twice = desk::cancel(&settlement, Some(&cancelled.state));
        prop_assert!(twice.is_err(), "taken back twice");
    }
}
