//! B14: the explanation folds to the answer, every step names a clause, and asking for it changes
//! nothing.

use proptest::prelude::*;
use tongchou_wire::response::{Settlement, TraceEntry};

use super::bills;
use super::desk::{self, Settled};
use crate::packs;

proptest! {
    #![proptest_config(super::config(400))]

    #[test]
    fn b14_the_trace_folds_to_the_answer(history in bills::history()) {
        for settlement in explained(history) {
            let trace = settlement.trace.as_deref().unwrap();
            let sum = |payer: &str| -> i64 {
                let own = trace.iter().filter(|entry| entry.payer.as_deref() == Some(payer));
                own.map(|entry| entry.amount.0).sum()
            };
            let a = &settlement.amounts;
            prop_assert_eq!(sum("fund"), a.fund.0);
            prop_assert_eq!(sum("person"), a.person.0);
            prop_assert_eq!(sum("hospital"), a.hospital.0);
            prop_assert_eq!(sum("account"), a.account.0);
            prop_assert_eq!(sum("cash"), a.cash.0);
            for entry in trace.iter().filter(|entry| entry.payer.is_none()) {
                prop_assert_eq!(entry.amount.0, 0, "{:?}", entry);
            }
        }
    }

    #[test]
    fn b14_layers_and_lines_fold_to_theirs(history in bills::history()) {
        for settlement in explained(history) {
            let trace = settlement.trace.as_deref().unwrap();
            for layer in &settlement.layers {
                let own = trace.iter().filter(|e| e.layer.as_deref() == Some(layer.id.as_str()));
                let bands = own.filter(|entry| entry.step == "band");
                prop_assert_eq!(bands.map(|entry| entry.amount.0).sum::<i64>(), layer.paid.0);
            }
            for line in &settlement.lines {
                let own = trace.iter().filter(|e| e.line.as_deref() == Some(line.id.as_str()));
                let own: Vec<&TraceEntry> = own.collect();
                let sum = |step: &str| -> i64 {
                    own.iter().filter(|e| e.step == step).map(|e| e.amount.0).sum()
                };
                let parts = [line.full_self, line.over_limit, line.prepay].map(|part| part.0);
                prop_assert_eq!(parts, ["full_self", "over_limit", "prepay"].map(sum));
                // What a fixed amount would have paid is taken back as a whole when blocked.
                let fixed = line.fixed.0 + line.fixed_self.0;
                prop_assert_eq!(fixed, sum("fixed") + sum("fixed_self"));
            }
        }
    }

    #[test]
    fn b14_every_step_names_its_clause_and_its_rounding(history in bills::history()) {
        for settlement in explained(history) {
            let pack = &packs::checked(&settlement.pack.id).pack;
            let mut capped = false;
            for entry in settlement.trace.as_deref().unwrap() {
                let known = pack.clauses.iter().any(|clause| clause.id == entry.clause);
                prop_assert!(known || entry.clause == "given", "{:?}", entry);
                let layer = entry.layer.as_deref();
                prop_assert!(layer.is_none_or(|id| pack.layers.iter().any(|l| l.id == id)));
                if let (Some(payer), Some(rate)) = (&entry.payer, entry.rate_ppm) {
                    prop_assert_eq!(entry.rounding.as_deref(), Some("half_up"), "{:?}", entry);
                    let exact = rounded(entry.base.0, rate);
                    let cut = capped || payer == "person";
                    prop_assert!(
                        entry.amount.0 == exact || (cut && entry.amount.0 < exact),
                        "{:?}", entry
                    );
                }
                capped = entry.step == "cap";
            }
        }
    }

    #[test]
    fn b14_explaining_changes_nothing(history in bills::history()) {
        for Settled { mut request, .. } in desk::settle_all(&history) {
            let [explained, plain] = [true, false].map(|explain| {
                request.explain = explain;
                desk::settle(&request)
            });
            prop_assert!(explained.trace.is_some() && plain.trace.is_none());
            prop_assert_eq!(Settlement { trace: None, ..explained }, plain);
        }
    }
}

/// The settlements of a history, each with its trace.
fn explained(mut history: bills::History) -> Vec<Settlement> {
    history.visits.iter_mut().for_each(|visit| visit.request.explain = true);
    desk::settle_all(&history).into_iter().map(|settled| settled.settlement).collect()
}

/// To the nearest fen, a half away from zero.
fn rounded(base: i64, ppm: u32) -> i64 {
    (base * i64::from(ppm) + 500_000) / 1_000_000
}
