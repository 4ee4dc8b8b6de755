//! Whether the histories reach what the laws speak of: a law over bills that never come is empty.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use tongchou_wire::request::Bill;
use tongchou_wire::response::FundStanding;

use super::bills;
use super::desk::{self, Settled};

/// Histories looked at.
const HISTORIES: usize = 400;

/// At least one bill in a hundred has each of these.
#[test]
fn the_histories_reach_what_the_laws_speak_of() {
    let mut runner = TestRunner::new(super::config(1));
    let strategy = bills::history();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = 0;
    for _ in 0..HISTORIES {
        let history = strategy.new_tree(&mut runner).unwrap().current();
        for settled in desk::settle_all(&history) {
            all += 1;
            for (name, reached) in marks(&settled) {
                *counts.entry(name).or_default() += usize::from(reached);
            }
        }
    }
    let rare: Vec<_> = counts.iter().filter(|(_, count)| **count * 100 < all).collect();
    assert!(rare.is_empty(), "of {all} bills: {rare:?}");
}

fn marks(settled: &Settled) -> Vec<(&'static str, bool)> {
    let Settled { request, settlement } = settled;
    let (a, layers) = (&settlement.amounts, &settlement.layers);
    let paid = |id: &str| layers.iter().any(|l| l.id == id && l.paid.0 > 0);
    let bands = settlement.trace.iter().flatten().filter(|entry| entry.step == "band").count();
    let adjusted = settlement.trace.iter().flatten().any(|entry| entry.step == "adjust");
    let joined = settlement.postings.iter().all(|p| p.counter != "admissions");
    vec![
        ("lines", matches!(&request.bill, Bill::Lines(lines) if !lines.is_empty())),
        ("totals", matches!(&request.bill, Bill::Totals(_))),
        ("nothing", a.total.0 == 0),
        ("blocked", settlement.fund_standing == FundStanding::None),
        ("wholly self-paid line", settlement.lines.iter().any(|l| l.full_self.0 > 0)),
        ("over a limit", settlement.lines.iter().any(|l| l.over_limit.0 > 0)),
        ("pre-pay of a line", settlement.lines.iter().any(|l| l.prepay.0 > 0)),
        ("fixed", a.fixed.0 > 0),
        ("fixed, person's part", a.fixed_self.0 > 0),
        ("deductible", a.deductible.0 > 0),
        ("hospital", a.hospital.0 > 0),
        ("account", a.account.0 > 0),
        ("mutual aid", a.mutual_aid.0 > 0),
        ("all by account", a.cash.0 == 0 && a.account.0 > 0),
        ("outpatient", paid("outpatient")),
        ("pool", paid("pool")),
        ("large", paid("large")),
        ("supplement", paid("supplement")),
        ("capped", layers.iter().any(|l| l.capped)),
        ("capped in part", layers.iter().any(|l| l.capped && l.paid.0 > 0)),
        ("two bands", bands > 1),
        ("adjusted", adjusted),
        ("second admission", settlement.admission.is_some_and(|n| n > 1)),
        ("interim bill", request.encounter.stay.is_some() && settlement.admission.is_some()),
        ("stay joined", request.encounter.stay.is_some() && joined && a.fund.0 > 0),
        ("counters imported", !request.year_to_date.is_empty()),
        ("state carried", request.state.is_some()),
        ("rows of 2022", settlement.pack.date.year == 2022),
    ]
}
