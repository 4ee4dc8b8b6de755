//! The same request has the same answer, byte for byte: again, by another engine, as text.

use proptest::prelude::*;
use tongchou_wire::request::Cancel;

use super::bills;
use super::desk::{self, Settled};
use crate::packs;

proptest! {
    #![proptest_config(super::config(300))]

    #[test]
    fn the_same_request_has_the_same_answer(history in bills::history()) {
        let settled = desk::settle_all(&history);
        // All of them once more, last first: nothing of a bill is kept.
        for Settled { request, settlement } in settled.iter().rev() {
            prop_assert_eq!(&desk::settle(request), settlement);
            prop_assert_eq!(desk::call(&desk::text(request)), desk::text(settlement));
        }
    }

    #[test]
    fn a_cancel_as_text_is_the_same_cancel(history in bills::history()) {
        for Settled { settlement, .. } in desk::settle_all(&history) {
            let cancelled = desk::text(&desk::cancel(&settlement, None).unwrap());
            let message = Cancel { contract: 1, cancel: settlement, state: None };
            prop_assert_eq!(desk::call(&desk::text(&message)), cancelled);
        }
    }
}

proptest! {
    #![proptest_config(super::config(30))]

    #[test]
    fn a_new_engine_has_the_same_answer(history in bills::history()) {
        let mut engine = packs::engine();
        for Settled { request, settlement } in desk::settle_all(&history) {
            prop_assert_eq!(engine.settle(&request), Ok(settlement));
        }
    }
}
