//! B1 to B4 and B11: every fen has one payer, no part leaves its bounds, and counters and
//! balance move by what was posted.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tongchou_wire::request::{Bill, Totals};
use tongchou_wire::response::{FundStanding, LineResult, Settlement};

use super::bills::{self, History};
use super::desk::{self, Settled, number};

proptest! {
    #![proptest_config(super::config(400))]

    #[test]
    fn b1_every_fen_has_one_payer(history in bills::history()) {
        for Settled { settlement, .. } in desk::settle_all(&history) {
            let a = &settlement.amounts;
            prop_assert_eq!(a.total.0, a.fund.0 + a.hospital.0 + a.person.0);
            prop_assert_eq!(a.person.0, a.account.0 + a.cash.0);
            prop_assert!(a.mutual_aid <= a.account);
            let paid: i64 = settlement.layers.iter().map(|l| l.paid.0).sum();
            prop_assert_eq!(a.fund.0, paid + a.fixed.0);
            let deductible: i64 = settlement.layers.iter().map(|l| l.deductible.0).sum();
            prop_assert_eq!(a.deductible.0, deductible);
            for l in &settlement.layers {
                prop_assert_eq!(l.entered.0, l.deductible.0 + l.paid.0 + l.self_share.0 + l.over.0);
            }
        }
    }

    #[test]
    fn b2_lines_sum_to_the_bill(history in bills::history()) {
        for Settled { request, settlement } in desk::settle_all(&history) {
            let a = &settlement.amounts;
            let parts = [a.full_self, a.over_limit, a.prepay, a.in_scope, a.fixed, a.fixed_self];
            prop_assert_eq!(a.total.0, parts.iter().map(|p| p.0).sum::<i64>());
            let Bill::Lines(lines) = &request.bill else {
                prop_assert!(settlement.lines.is_empty());
                continue;
            };
            let mut sums = [0; 6];
            prop_assert_eq!(lines.len(), settlement.lines.len());
            for (line, result) in lines.iter().zip(&settlement.lines) {
                prop_assert_eq!(&line.id, &result.id);
                let shares = shares(result);
                prop_assert_eq!(line.amount.0, shares.iter().sum::<i64>(), "line {}", line.id);
                prop_assert!(shares.iter().all(|share| *share >= 0), "{:?}", shares);
                sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
            }
            prop_assert_eq!(sums, parts.map(|p| p.0));
        }
    }

    #[test]
    fn b3_no_part_leaves_its_bounds(history in bills::history()) {
        for settled in desk::settle_all(&history) {
            let Settled { request, settlement } = &settled;
            let a = &settlement.amounts;
            let all = [
                a.full_self, a.over_limit, a.prepay, a.in_scope, a.fixed, a.fixed_self,
                a.deductible, a.fund, a.hospital, a.account, a.mutual_aid, a.cash, a.person,
            ];
            prop_assert!(all.iter().all(|part| (0..=a.total.0).contains(&part.0)), "{:?}", a);
            let aid = request.member.account.and_then(|account| account.mutual_aid);
            prop_assert!(a.account.0 - a.mutual_aid.0 <= settled.balance());
            prop_assert!(a.mutual_aid <= aid.unwrap_or_default());
            if request.encounter.use_account == Some(false) {
                prop_assert_eq!(a.account.0, 0);
            }
            for layer in &settlement.layers {
                let parts = [layer.deductible, layer.paid, layer.self_share, layer.over];
                prop_assert!((0..=a.total.0).contains(&layer.entered.0), "{:?}", layer);
                prop_assert!(parts.iter().all(|p| (0..=a.total.0).contains(&p.0)), "{:?}", layer);
                let before = settled.before(&format!("{}.paid", layer.id));
                if let Some(cap) = cap(settlement, &layer.id) {
                    let room = (cap - before).max(0);
                    prop_assert!(layer.paid.0 <= room, "{} over its cap", layer.id);
                    // What the cap cut off is what it had no room for.
                    prop_assert!(!layer.capped || layer.paid.0 == room, "{}", layer.id);
                }
                prop_assert!(layer.capped || layer.over.0 == 0, "{}", layer.id);
                let used = format!("{}.deductible_used", layer.id);
                if let Some(standard) = deductible(&settled, &layer.id) {
                    let before = settled.before(&used);
                    prop_assert!(layer.deductible.0 <= (standard - before).max(0), "{}", layer.id);
                }
            }
        }
    }

    #[test]
    fn b4_counters_and_balance_move_by_what_was_posted(history in bills::history()) {
        for settled in desk::settle_all(&history) {
            let Settled { request, settlement } = &settled;
            let posted: BTreeMap<&str, i64> =
                settlement.postings.iter().map(|p| (p.counter.as_str(), number(p.delta))).collect();
            prop_assert_eq!(posted.len(), settlement.postings.len(), "one posting a counter");
            prop_assert!(posted.values().all(|delta| *delta != 0), "{:?}", posted);
            let given = request.state.as_ref().map_or(&request.year_to_date, |s| &s.counters);
            let state = settled.state();
            for name in given.keys().chain(state.counters.keys()).map(String::as_str) {
                let delta = posted.get(name).copied().unwrap_or(0);
                prop_assert_eq!(settled.after(name) - settled.before(name), delta, "{}", name);
            }
            for name in posted.keys() {
                prop_assert!(given.contains_key(*name) || state.counters.contains_key(*name));
            }
            prop_assert!(state.counters.values().all(|count| number(*count) > 0));
            let own = settlement.amounts.account.0 - settlement.amounts.mutual_aid.0;
            prop_assert_eq!(settled.balance() - settlement.balance.0, own);
        }
    }

    #[test]
    fn states_and_settlements_are_chained_by_their_hashes(history in bills::history()) {
        let mut before: Option<Settlement> = None;
        for settled in desk::settle_all(&history) {
            let (settlement, state) = (&settled.settlement, settled.state());
            let named = Settlement {
                hash: String::new(), state: None, trace: None, ..settlement.clone()
            };
            prop_assert_eq!(&settlement.hash, &desk::hash(&named));
            let mut unhashed = state.clone();
            unhashed.hash.clear();
            prop_assert_eq!(&state.hash, &desk::hash(&unhashed));
            let last = state.last.as_ref().unwrap();
            prop_assert_eq!((&last.id, &last.hash), (&settlement.id, &settlement.hash));
            prop_assert_eq!(state.seq, settlement.seq);
            let previous = settlement.previous.as_ref().map(|last| last.hash.as_str());
            prop_assert_eq!(previous, before.as_ref().map(|s| s.hash.as_str()));
            prop_assert_eq!(settlement.seq, before.map_or(0, |s| s.seq) + 1);
            before = Some(settled.settlement);
        }
    }

    #[test]
    fn b11_without_the_fund_nothing_is_booked(history in bills::history()) {
        for settled in desk::settle_all(&history) {
            let blocked = settled.settlement.fund_standing == FundStanding::None;
            prop_assert_eq!(blocked, is_blocked(&settled));
            if blocked {
                nothing_moved(&settled)?;
                let a = &settled.settlement.amounts;
                prop_assert_eq!((a.fund.0, a.fixed.0, a.deductible.0), (0, 0, 0));
                prop_assert!(settled.settlement.layers.iter().all(|l| l.entered.0 == 0));
                prop_assert_eq!(settled.settlement.admission, None);
            }
        }
    }

    #[test]
    fn b11_an_empty_bill_is_nothing(history in bills::history(), lines in any::<bool>()) {
        let mut visits = history.visits;
        let last = visits.last_mut().unwrap();
        last.request.bill = match lines {
            true => Bill::Lines(Vec::new()),
            false => Bill::Totals(Totals::default()),
        };
        let settled = desk::settle_all(&History { visits }).pop().unwrap();
        nothing_moved(&settled)?;
        let a = desk::text(&settled.settlement.amounts);
        prop_assert!(!a.contains(|c: char| ('1'..='9').contains(&c)), "{}", a);
        let layers = &settled.settlement.layers;
        prop_assert!(layers.iter().all(|l| l.entered.0 == 0 && !l.capped));
    }
}

fn shares(line: &LineResult) -> [i64; 6] {
    let parts =
        [line.full_self, line.over_limit, line.prepay, line.in_scope, line.fixed, line.fixed_self];
    parts.map(|part| part.0)
}

/// The counters are as they were; only the count of settlements goes on.
fn nothing_moved(settled: &Settled) -> Result<(), TestCaseError> {
    prop_assert!(settled.settlement.postings.is_empty());
    let state = settled.state();
    for name in state.counters.keys() {
        prop_assert_eq!(settled.before(name), settled.after(name), "{}", name);
    }
    Ok(())
}

/// Whether the Beijing rows, read by hand, say that the fund books nothing.
fn is_blocked(settled: &Settled) -> bool {
    let (member, encounter) = (&settled.request.member.facts, &settled.request.encounter.facts);
    let said = |value: &Option<String>, what: &str| value.as_deref() == Some(what);
    let arrears = !said(&member.status, "normal") && member.status.is_some();
    let offline = said(&encounter.network, "offline") && !said(&member.red_list, "yes");
    arrears || offline
}

/// The yearly caps of both packs, read by hand.
fn cap(settlement: &Settlement, layer: &str) -> Option<i64> {
    match (settlement.pack.id.as_str(), layer) {
        ("110000-employee", "outpatient") => {
            (settlement.pack.date.year < 2023).then_some(2_000_000)
        }
        ("110000-employee", "pool") => Some(10_000_000),
        ("110000-employee", "large") => Some(40_000_000),
        ("220282-large", "large") => Some(41_000_000),
        _ => None,
    }
}

/// The deductibles of both packs, read by hand.
fn deductible(settled: &Settled, layer: &str) -> Option<i64> {
    let settlement = &settled.settlement;
    let retired = settled.request.member.facts.person.as_deref() == Some("retired");
    let entry = settlement.params.get("entry").map(String::as_str);
    match (settlement.pack.id.as_str(), layer) {
        ("110000-employee", "outpatient") => Some(if retired { 130_000 } else { 180_000 }),
        ("110000-employee", "pool") => {
            Some(if settlement.admission == Some(1) { 130_000 } else { 65_000 })
        }
        ("110000-employee", _) => Some(0),
        _ => Some(if entry == Some("90000") { 9_000_000 } else { 0 }),
    }
}
