//! A member's facts: what stands in the end depends on the days of service alone.

use proptest::prelude::*;
use tongchou_wire::request::{Fact, Replay};
use tongchou_wire::response::Replayed;

use super::bills::{self, History};
use super::desk;

proptest! {
    #![proptest_config(super::config(300))]

    #[test]
    fn the_order_of_arrival_leaves_no_trace(history in bills::history(), seed in any::<u64>()) {
        let facts = facts(&history);
        let (Ok(first), Ok(second)) = (replay(&facts), replay(&shuffled(&facts, seed))) else {
            return Ok(());
        };
        prop_assert_eq!(first.settlements, second.settlements);
        prop_assert_eq!((first.states, first.balance), (second.states, second.balance));
    }

    #[test]
    fn what_is_taken_back_has_never_been(history in bills::history(), which in any::<prop::sample::Index>()) {
        let all = facts(&history);
        let at = which.index(all.len());
        let mut without = all.clone();
        let Fact::Bill(gone) = without.remove(at) else { return Ok(()) };
        // Of nothing but a cancelled bill only the opening balance is left.
        prop_assume!(!without.is_empty());
        let mut with = all;
        with.push(Fact::Cancel(gone.encounter.id.clone()));
        let (Ok(with), Ok(without)) = (replay(&with), replay(&without)) else { return Ok(()) };
        prop_assert_eq!(with.settlements, without.settlements);
        prop_assert_eq!((with.states, with.balance), (without.states, without.balance));
    }

    #[test]
    fn facts_in_order_change_nothing_behind_them(history in bills::history()) {
        let Ok(first) = replay(&facts(&history)) else { return Ok(()) };
        let in_order = |id: &str| {
            let is = |fact: &&Fact| matches!(fact, Fact::Bill(b) if b.encounter.id == id);
            facts(&history).iter().find(is).cloned()
        };
        let again: Vec<Fact> =
            first.settlements.iter().filter_map(|s| in_order(&s.id)).collect();
        let again = replay(&again).unwrap();
        prop_assert!(again.changes.is_empty());
        prop_assert_eq!(again.settlements, first.settlements);
    }
}

/// The laws would hold of nothing if every list were refused, or nothing ever changed.
#[test]
fn replays_are_answered_and_late_bills_change_others() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::new(super::config(1));
    let (mut answered, mut changed) = (0, 0);
    for _ in 0..200 {
        let history = bills::history().new_tree(&mut runner).unwrap().current();
        let Ok(replayed) = replay(&facts(&history)) else { continue };
        answered += 1;
        changed += usize::from(!replayed.changes.is_empty());
    }
    assert!(answered > 100 && changed > 20, "{answered} answered, {changed} changed");
}

/// Bills without state, all on one account.
fn facts(history: &History) -> Vec<Fact> {
    let account = history.visits.first().and_then(|visit| visit.request.member.account);
    let bill = |visit: &bills::Visit| {
        let mut request = visit.request.clone();
        request.year_to_date.clear();
        request.member.account = account;
        request.explain = false;
        Fact::Bill(Box::new(request))
    };
    history.visits.iter().map(bill).collect()
}

fn shuffled(facts: &[Fact], mut seed: u64) -> Vec<Fact> {
    let mut left = facts.to_vec();
    let mut out = Vec::new();
    while !left.is_empty() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = usize::try_from(seed >> 33).unwrap() % left.len();
        out.push(left.remove(at));
    }
    out
}

fn replay(facts: &[Fact]) -> Result<Replayed, tongchou_wire::error::Refusal> {
    desk::replay(&Replay {
        contract: 1,
        pack: None,
        params: Default::default(),
        facts: Default::default(),
        member: None,
        replay: facts.to_vec(),
    })
}
