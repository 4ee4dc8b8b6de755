//! Settles histories, carrying state and balance from bill to bill as a caller would.

use std::cell::RefCell;

use serde::Serialize;
use sha2::{Digest, Sha256};
use tongchou_wire::amount::Yuan;
use tongchou_wire::engine::Engine;
use tongchou_wire::error::Refusal;
use tongchou_wire::request::{Cancel, Count, Replay, Request};
use tongchou_wire::response::{Cancellation, Replayed, Settlement};
use tongchou_wire::state::State;

use super::bills::{History, Visit};
use crate::packs;

thread_local! {
    static ENGINE: RefCell<Engine> = RefCell::new(packs::engine());
}

/// A request and what it was answered.
#[derive(Clone, Debug)]
pub struct Settled {
    pub request: Request,
    pub settlement: Settlement,
}

/// Settles a request that must not be refused.
#[track_caller]
pub fn settle(request: &Request) -> Settlement {
    match ENGINE.with_borrow_mut(|engine| engine.settle(request)) {
        Ok(settlement) => settlement,
        Err(refusal) => panic!("{refusal}: {request:?}"),
    }
}

/// Answers a message as text.
pub fn call(text: &str) -> String {
    let lang = tongchou_wire::error::Lang::En;
    ENGINE.with_borrow_mut(|engine| engine.call(text).json(lang))
}

/// Settles a member's facts.
pub fn replay(message: &Replay) -> Result<Replayed, Refusal> {
    ENGINE.with_borrow_mut(|engine| engine.replay(message))
}

/// Takes a settlement back, under a state or its own.
pub fn cancel(settlement: &Settlement, state: Option<&State>) -> Result<Cancellation, Refusal> {
    let message = Cancel { contract: 1, cancel: settlement.clone(), state: state.cloned() };
    ENGINE.with_borrow(|engine| engine.cancel(&message))
}

/// The request of a visit, with the hospital's part worked out.
pub fn request(visit: &Visit) -> Request {
    let mut request = visit.request.clone();
    if visit.hospital_percent > 0 {
        let owed = settle(&request).amounts.person.0;
        request.hospital_share = Some(Yuan(owed * visit.hospital_percent / 100));
    }
    request
}

/// Settles bill after bill, each after the state of the one before it; a bill that is the first of
/// its account brings its own balance, every other what is left.
pub fn settle_all(history: &History) -> Vec<Settled> {
    let mut settled: Vec<Settled> = Vec::new();
    for visit in &history.visits {
        let mut visit = visit.clone();
        if let Some(Settled { settlement: before, request }) = settled.last() {
            visit.request.state.clone_from(&before.state);
            if let (Some(now), Some(_)) =
                (&mut visit.request.member.account, request.member.account)
            {
                now.balance = before.balance;
            }
        }
        let request = request(&visit);
        let settlement = settle(&request);
        settled.push(Settled { request, settlement });
    }
    settled
}

impl Settled {
    /// Counters before and after the bill, and what it posted to a counter.
    pub fn before(&self, counter: &str) -> i64 {
        let given = match &self.request.state {
            Some(state) => &state.counters,
            None => &self.request.year_to_date,
        };
        given.get(counter).map_or(0, |count| number(*count))
    }

    /// A counter after the bill.
    pub fn after(&self, counter: &str) -> i64 {
        self.state().counters.get(counter).map_or(0, |count| number(*count))
    }

    /// The state that was handed back.
    pub fn state(&self) -> &State {
        self.settlement.state.as_ref().unwrap()
    }

    /// Balance before the bill.
    pub fn balance(&self) -> i64 {
        self.request.member.account.map_or(0, |account| account.balance.0)
    }
}

/// A counter's value in fen, or as a number.
pub fn number(count: Count) -> i64 {
    match count {
        Count::Money(Yuan(n)) | Count::Number(n) => n,
    }
}

/// A value as it is written.
pub fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// SHA-256 of a value as it is written.
pub fn hash(value: &impl Serialize) -> String {
    let digest = Sha256::digest(text(value));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What two bills must share to be the same but for their names and days.
pub fn outcome(settlement: &Settlement) -> String {
    let Settlement { amounts, layers, lines, postings, balance, admission, .. } = settlement;
    // The first day of a stay is noted as it is.
    let noted = |counter: &str| counter.ends_with(".opened") || counter.ends_with(".out");
    let postings: Vec<_> = postings.iter().filter(|p| !noted(&p.counter)).collect();
    text(&(amounts, layers, lines, postings, balance, admission))
}
