//! A member's facts, settled again in order of service.
//!
//! The list is in order of arrival. A bill that arrives after later ones, or is taken back before
//! them, is put in or out at its day of service and everything behind it is settled anew; so the
//! order of arrival leaves no trace in what stands in the end.
//!
//! INVARIANT: what stands is sorted by service, and each settlement was made from the state and the
//! balance that the one before it handed back.

use std::collections::BTreeMap;

use tongchou_core::calendar::Day;
use tongchou_core::pack::Pack;

use crate::amount::Yuan;
use crate::error::{Code, Refusal};
use crate::request::{CONTRACT, Count, Fact, Replay, Request};
use crate::response::{Change, Difference, Replayed, Settlement};
use crate::state::State;

use super::dims::Moment;
use super::{Engine, counters, pack_reference};

/// A bill that stands, with what its place follows from.
#[derive(Clone)]
struct Standing {
    day: Day,
    year: i16,
    pack: String,
    request: Request,
    settlement: Settlement,
}

pub(super) fn replay(engine: &mut Engine, message: &Replay) -> Result<Replayed, Refusal> {
    let mut book = Book { engine, standing: Vec::new(), opening: Yuan(0), known: Vec::new() };
    let mut changes = Vec::new();
    for (index, fact) in message.replay.iter().enumerate() {
        let change = match fact {
            Fact::Bill(request) => book.enter(request),
            Fact::Cancel(id) => book.take_back(id),
        };
        let change = change.map_err(|refusal| refusal.under(&format!("$.replay[{index}]")))?;
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        changes.extend(change.map(|change| Change { fact: number, ..change }));
    }
    Ok(book.close(changes))
}

struct Book<'e> {
    engine: &'e mut Engine,
    standing: Vec<Standing>,
    /// Balance before the first bill.
    opening: Yuan,
    /// Every id that a bill has had.
    known: Vec<String>,
}

impl Book<'_> {
    /// A bill became known.
    fn enter(&mut self, request: &Request) -> Result<Option<Change>, Refusal> {
        let id = &request.encounter.id;
        if self.known.contains(id) {
            return Err(Refusal::new(Code::EncounterTwice, "$.bill.encounter.id", id, ""));
        }
        let pack = self.pack(request).map_err(|refusal| refusal.under("$.bill"))?;
        let pack_id = pack.id.clone();
        let (_, at) = pack_reference(&request.pack)?;
        let moment = Moment::of(request, pack, at).map_err(|refusal| refusal.under("$.bill"))?;
        let (day, year) = (moment.bill, moment.year);
        if self.known.is_empty() {
            self.opening = request.member.account.unwrap_or_default().balance;
        }
        let place = |s: &Standing| (s.day, s.request.encounter.id.as_str()) <= (day, id.as_str());
        let at = self.standing.iter().take_while(|s| place(s)).count();
        let settlement = self.settle(request, &pack_id, year, at);
        let settlement = settlement.map_err(|refusal| refusal.under("$.bill"))?;
        let bill = Standing { day, year, pack: pack_id, request: request.clone(), settlement };
        self.standing.insert(at, bill);
        let later = self.again(at + 1)?;
        self.known.push(id.clone());
        let change = Change { fact: 0, id: id.clone(), later };
        Ok((!change.later.is_empty()).then_some(change))
    }

    /// A bill was taken back.
    fn take_back(&mut self, id: &str) -> Result<Option<Change>, Refusal> {
        let at = self.standing.iter().position(|s| s.request.encounter.id == *id);
        let Some(at) = at else {
            let code = match self.known.iter().any(|known| known == id) {
                true => Code::CancelTwice,
                false => Code::CancelUnknown,
            };
            return Err(Refusal::new(code, "$.cancel", id, ""));
        };
        self.standing.remove(at);
        let later = self.again(at)?;
        let change = Change { fact: 0, id: id.to_owned(), later };
        Ok((!change.later.is_empty()).then_some(change))
    }

    /// Settles everything from a place on anew; the bills that come out otherwise.
    fn again(&mut self, from: usize) -> Result<Vec<Difference>, Refusal> {
        let mut later = Vec::new();
        for at in from..self.standing.len() {
            let Some(old) = self.standing.get(at).cloned() else { continue };
            let settlement = self.settle(&old.request, &old.pack, old.year, at)?;
            let (before, after) = (old.settlement.amounts, settlement.amounts);
            if before != after {
                later.push(Difference { id: old.request.encounter.id.clone(), before, after });
            }
            if let Some(standing) = self.standing.get_mut(at) {
                standing.settlement = settlement;
            }
        }
        Ok(later)
    }

    /// Settles a bill after the ones that stand before its place.
    fn settle(
        &mut self,
        request: &Request,
        pack: &str,
        year: i16,
        at: usize,
    ) -> Result<Settlement, Refusal> {
        let before = self.standing.get(..at).unwrap_or_default();
        let mut request = request.clone();
        let balance = before.last().map_or(self.opening, |last| last.settlement.balance);
        if let Some(account) = &mut request.member.account {
            account.balance = balance;
        }
        let same = |s: &&Standing| s.pack == pack;
        let last = before.iter().rfind(|s| same(s) && s.year == year);
        request.state = match last {
            Some(last) => last.settlement.state.clone(),
            None => {
                let earlier = before.iter().filter(same).max_by_key(|s| s.year);
                let state = earlier.and_then(|s| s.settlement.state.as_ref());
                state.and_then(|state| carried(state, year))
            }
        };
        let mut settlement = self.engine.settle(&request)?;
        // A bill without an account moves no balance; what is left goes on to the next.
        if request.member.account.is_none() {
            settlement.balance = balance;
        }
        Ok(settlement)
    }

    fn pack(&self, request: &Request) -> Result<&Pack, Refusal> {
        let (id, _) = pack_reference(&request.pack)?;
        self.engine.pack(id).ok_or_else(|| Refusal::new(Code::PackUnknown, "$.pack", id, ""))
    }

    fn close(self, changes: Vec<Change>) -> Replayed {
        let mut states: BTreeMap<(&str, i16), &State> = BTreeMap::new();
        for standing in &self.standing {
            if let Some(state) = &standing.settlement.state {
                states.insert((&standing.pack, standing.year), state);
            }
        }
        let last = self.standing.last();
        Replayed {
            contract: CONTRACT,
            status: "replayed".into(),
            states: states.into_values().cloned().collect(),
            balance: last.map_or(self.opening, |last| last.settlement.balance),
            settlements: self.standing.into_iter().map(|s| s.settlement).collect(),
            changes,
        }
    }
}

/// What a new benefit year begins with: the stays that are still open, as they are.
fn carried(state: &State, year: i16) -> Option<State> {
    let open = state.counters.iter().filter(|(name, _)| name.starts_with("stay:"));
    let open: BTreeMap<String, Count> = open.map(|(name, count)| (name.clone(), *count)).collect();
    if year <= state.year || open.is_empty() {
        return None;
    }
    Some(counters::state(state.member.clone(), state.pack.clone(), year, 0, None, open))
}
