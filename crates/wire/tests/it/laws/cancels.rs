//! B9: a cancel is the exact negation of what was answered, and only the last one is taken back.

use proptest::prelude::*;
use tongchou_wire::request::CONTRACT;
use tongchou_wire::response::{Amounts, Settlement};
use tongchou_wire::state::State;

use super::bills;
use super::desk::{self, Settled, number};

proptest! {
    #![proptest_config(super::config(300))]

    #[test]
    fn b9_a_cancel_restores_what_was_before(history in bills::history()) {
        let settled = desk::settle_all(&history);
        for bill in settled.iter().rev() {
            let Settled { request, settlement } = bill;
            let cancelled = desk::cancel(settlement, None);
            let cancelled = cancelled.map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
            let before = request.state.clone().unwrap_or_else(|| first_state(bill));
            prop_assert_eq!(desk::text(&cancelled.state), desk::text(&before));
            prop_assert_eq!(cancelled.balance.0, bill.balance());
            prop_assert_eq!(&cancelled.cancels, &settlement.hash);
            negated(&cancelled.amounts, &settlement.amounts)?;
            for (minus, plus) in cancelled.postings.iter().zip(&settlement.postings) {
                prop_assert_eq!(&minus.counter, &plus.counter);
                prop_assert_eq!(number(minus.delta), -number(plus.delta));
            }
            let sums = |side: &[(i64, i64)]| side.iter().all(|(minus, plus)| *minus == -*plus);
            let layers = cancelled.layers.iter().zip(&settlement.layers);
            let layers: Vec<_> = layers.map(|(minus, plus)| (minus.paid.0, plus.paid.0)).collect();
            prop_assert!(sums(&layers), "{:?}", layers);
            // Under the state itself, in place of the settlement's own, it is the same.
            let beside = desk::cancel(&stateless(settlement), Some(bill.state()));
            prop_assert_eq!(beside, Ok(cancelled));
        }
    }

    #[test]
    fn b9_a_whole_history_is_taken_back(history in bills::history()) {
        let settled = desk::settle_all(&history);
        let mut state = settled.last().unwrap().state().clone();
        for bill in settled.iter().rev() {
            state = desk::cancel(&stateless(&bill.settlement), Some(&state)).unwrap().state;
        }
        prop_assert_eq!(desk::text(&state), desk::text(&first_state(&settled[0])));
        // And the same bills again are the same settlements.
        let mut again = settled[0].request.clone();
        if again.year_to_date.is_empty() {
            again.state = Some(state);
        }
        prop_assert_eq!(desk::text(&desk::settle(&again)), desk::text(&settled[0].settlement));
    }

    #[test]
    fn b9_a_second_cancel_is_refused(history in bills::history()) {
        let settled = desk::settle_all(&history);
        let last = &settled.last().unwrap().settlement;
        let once = desk::cancel(last, None).unwrap();
        let twice = desk::cancel(last, Some(&once.state)).unwrap_err();
        prop_assert_eq!((twice.code.text(), twice.path.as_str()), ("S010", "$.cancel"));
        prop_assert_eq!(desk::cancel(last, None), Ok(once));
    }

    #[test]
    fn b9_only_the_last_one_is_taken_back(history in bills::history()) {
        let settled = desk::settle_all(&history);
        let (last, earlier) = settled.split_last().unwrap();
        for bill in earlier {
            let refusal = desk::cancel(&bill.settlement, Some(last.state())).unwrap_err();
            prop_assert_eq!((refusal.code.text(), refusal.path.as_str()), ("S010", "$.cancel"));
        }
    }

    #[test]
    fn b9_an_altered_settlement_is_refused(history in bills::history(), by in 1..3_i64) {
        let settled = desk::settle_all(&history);
        let last = &settled.last().unwrap().settlement;
        for field in 0..14 {
            let mut altered = last.clone();
            *parts(&mut altered.amounts)[field] += by;
            let refusal = desk::cancel(&altered, None).unwrap_err();
            prop_assert_eq!(refusal.code.text(), "S011");
            prop_assert_eq!(refusal.path.as_str(), "$.cancel.hash");
        }
        let mut altered = [last.clone(), last.clone(), last.clone()];
        altered[0].balance.0 += by;
        altered[1].id.push('\'');
        altered[2].seq += 1;
        for altered in altered {
            let refusal = desk::cancel(&altered, None).unwrap_err();
            prop_assert_eq!(refusal.code.text(), "S011");
        }
    }
}

/// The state that a history starts from: the imported counters, no settlement yet.
fn first_state(first: &Settled) -> State {
    let after = first.state();
    let counters = first.request.year_to_date.iter().filter(|(_, count)| number(**count) != 0);
    let mut state = State {
        contract: CONTRACT,
        member: after.member.clone(),
        pack: after.pack.clone(),
        year: after.year,
        seq: 0,
        last: None,
        counters: counters.map(|(name, count)| (name.clone(), *count)).collect(),
        hash: String::new(),
    };
    state.hash = desk::hash(&state);
    state
}

fn stateless(settlement: &Settlement) -> Settlement {
    Settlement { state: None, ..settlement.clone() }
}

fn negated(minus: &Amounts, plus: &Amounts) -> Result<(), TestCaseError> {
    let (mut minus, mut plus) = (*minus, *plus);
    let both = parts(&mut minus).into_iter().zip(parts(&mut plus));
    for (minus, plus) in both {
        prop_assert_eq!(*minus, -*plus);
    }
    Ok(())
}

fn parts(a: &mut Amounts) -> [&mut i64; 14] {
    [
        &mut a.total.0,
        &mut a.full_self.0,
        &mut a.over_limit.0,
        &mut a.prepay.0,
        &mut a.in_scope.0,
        &mut a.fixed.0,
        &mut a.fixed_self.0,
        &mut a.deductible.0,
        &mut a.fund.0,
        &mut a.hospital.0,
        &mut a.account.0,
        &mut a.mutual_aid.0,
        &mut a.cash.0,
        &mut a.person.0,
    ]
}
