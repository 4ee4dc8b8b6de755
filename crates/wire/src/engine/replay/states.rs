//! The states that a member's bills are settled from: the year's own, what the year before hands
//! on, what another scheme hands over, and what a cancel takes off.

use std::collections::BTreeMap;

use tongchou_core::rules::{CrossYear, LaterBills};
use tongchou_core::sabotage::{Fault, planted};

use crate::error::{Code, Refusal};
use crate::request::{Count, Joins, Request};
use crate::response::Settlement;
use crate::state::{Last, State};

use super::book::{Book, Item, What};
use super::prepare::Ready;
use crate::engine::How;
use crate::engine::counters::{self, number};

/// The last settlement of a state and its counters while postings are taken off.
type Left = (Option<Last>, BTreeMap<String, i64>);

impl<'m> Book<'_, 'm> {
    /// Takes the postings of a bill and of its claim off the states as they are.
    pub(super) fn subtract(&mut self, id: &str, path: &str) -> Result<(), Refusal> {
        let of_bill = |item: &&Item<'m>| match &item.what {
            What::Bill { .. } => item.id() == id,
            What::Claim { told, .. } => told.of == id,
            What::Refund { .. } | What::Credit(_) => false,
        };
        let items = self.items.iter().rev().filter(of_bill);
        let parts = items.flat_map(|item| item.settled().iter().rev());
        let parts = parts.filter(|part| self.mode(&part.pack.id) == LaterBills::Keep);
        let mut left: BTreeMap<(String, i16), Left> = BTreeMap::new();
        for part in parts {
            let key = (part.pack.id.clone(), part.year);
            let Some(state) = self.now.get(&key) else { continue };
            let (last, counters) = left.entry(key).or_insert_with(|| {
                let held = |(name, count): (&String, &Count)| (name.clone(), number(*count));
                (state.last.clone(), state.counters.iter().map(held).collect())
            });
            for posting in &part.postings {
                let held = counters.entry(posting.counter.clone()).or_insert(0);
                *held = held.saturating_sub(number(posting.delta));
            }
            if last.as_ref().is_some_and(|last| last.id == part.id) {
                last.clone_from(&part.previous);
            }
        }
        for (key, (last, mut counters)) in left {
            if let Some((name, _)) = counters.iter().find(|(_, held)| **held < 0) {
                return Err(Refusal::new(Code::LaterBills, path, id, name));
            }
            counters.retain(|_, held| *held != 0);
            let held = |(name, held): (String, i64)| {
                let count = counters::count(&name, held);
                (name, count)
            };
            let counters = counters.into_iter().map(held).collect();
            if let Some(state) = self.now.get_mut(&key) {
                let (member, pack) = (state.member.clone(), state.pack.clone());
                *state = counters::state(member, pack, state.year, state.seq, last, counters);
            }
        }
        Ok(())
    }

    /// What a cut before the bill opens (`cut`) joins nothing. Under `restart_all` a transfer into
    /// a stay of the year before opens it.
    pub(super) fn opens_anew(&self, at: usize, part: &Ready, request: &mut Request, cut: bool) {
        let Some(pack) = self.pack(&part.pack) else { return };
        let restarts = pack.rules.cross_year == CrossYear::RestartAll;
        let Some(stay) = &mut request.encounter.stay else { return };
        let transferred = pack.stay.transfer.is_some() && stay.joins == Some(Joins::Transfer);
        let name = format!("stay:{}.ordinal", stay.id);
        let open = |state: &State| state.counters.contains_key(&name);
        let earlier = || self.last_state(at, &[], part, part.year - 1);
        let is_new = || restarts && !request.state.as_ref().is_some_and(open);
        if cut || transferred && is_new() && earlier().is_some_and(open) {
            stay.joins = None;
        }
    }

    /// The state that a part is settled from.
    pub(super) fn state_before(
        &self,
        at: usize,
        parts: &[Settlement],
        part: &Ready,
    ) -> Option<State> {
        let cross = self.rules_of(&part.pack).map(|rules| rules.cross_year).unwrap_or_default();
        let state = self.last_state(at, parts, part, part.year)?;
        match state.year == part.year {
            true => Some(state.clone()),
            false => carried(state, part.year, cross),
        }
    }

    /// The last state before a part, under its pack, of a year or the latest before it.
    fn last_state<'s>(
        &'s self,
        at: usize,
        parts: &'s [Settlement],
        part: &Ready,
        year: i16,
    ) -> Option<&'s State> {
        if self.mode(&part.pack) == LaterBills::Keep {
            let own = self.now.values().filter(|state| state.pack == part.pack);
            return own.filter(|state| state.year <= year).max_by_key(|state| state.year);
        }
        let before = self.items.get(..at).unwrap_or_default().iter().flat_map(Item::settled);
        let own = before.chain(parts).filter(|s| s.pack.id == part.pack && s.year <= year);
        own.max_by_key(|s| s.year).and_then(|s| s.state.as_ref())
    }

    /// Which of the stays that cuts have made of the one a bill names it goes on with, and what
    /// becomes of the record before where interim bills meet on a cut.
    pub(super) fn joined(&self, at: usize, ready: &[Ready], claimed: bool) -> Joined {
        let told = self.items.get(at).and_then(|item| match &item.what {
            What::Bill { told, .. } => Some(*told),
            What::Claim { told, .. } => self.bill(&told.of),
            What::Refund { .. } | What::Credit(_) => None,
        });
        let stay = told.and_then(|bill| bill.encounter.stay.as_ref());
        let (Some(part), Some(stay)) = (ready.first(), stay) else { return Joined::default() };
        let own = self.state_before(at, &[], part);
        let last = own.as_ref().and_then(|state| last_of(state, &stay.id));
        let mut joined = Joined::of(&stay.id, last.map_or(0, |(number, _)| number - 1));
        let Some(meets) = part.meets.as_ref().filter(|_| !claimed) else { return joined };
        let other = match last {
            None if meets.pack != part.pack => self.last_of_pack(at, &meets.pack),
            _ => None,
        };
        let there = last.or_else(|| other.and_then(|state| last_of(state, &stay.id)));
        let Some((number, true)) = there else { return joined };
        match (meets.charge, other) {
            (true, _) => {
                joined = Joined::of(&stay.id, number);
                joined.opens = true;
                joined.drops = last.map(|_| numbered(&stay.id, number));
            }
            // The part with which the bill begins may be left out, and another stay's be the first.
            (false, Some(state)) if begins_with(part, &stay.id) => {
                joined = Joined::of(&stay.id, number - 1);
                let prefix = format!("stay:{}.", numbered(&stay.id, number));
                let own = state.counters.iter().filter(|(name, _)| name.starts_with(&prefix));
                joined.handed = Some(own.map(|(name, count)| (name.clone(), *count)).collect());
            }
            (false, _) => {}
        }
        joined
    }

    fn bill(&self, id: &str) -> Option<&'m Request> {
        self.items.iter().find_map(|item| match &item.what {
            What::Bill { told, .. } if item.id() == id => Some(*told),
            _ => None,
        })
    }

    /// The last state of a pack before a place.
    fn last_of_pack(&self, at: usize, pack: &str) -> Option<&State> {
        if self.mode(pack) == LaterBills::Keep {
            let own = self.now.values().filter(|state| state.pack == pack);
            return own.max_by_key(|state| state.year);
        }
        let before = self.items.get(..at).unwrap_or_default().iter().flat_map(Item::settled);
        let own = before.filter(|settled| settled.pack.id == pack);
        own.max_by_key(|settled| settled.year).and_then(|settled| settled.state.as_ref())
    }

    /// The counters of a part's stay as they are when it ends, to be handed to the next scheme.
    pub(super) fn handed(
        &mut self,
        request: &Request,
        claimed: bool,
    ) -> Result<BTreeMap<String, Count>, Refusal> {
        let mut open = request.clone();
        let Some(stay) = &mut open.encounter.stay else { return Ok(BTreeMap::new()) };
        stay.closes = false;
        let prefix = format!("stay:{}.", stay.id);
        let settlement = self.engine.settle_as(&open, How { claimed, drops: None })?;
        let counters = settlement.state.map(|state| state.counters).unwrap_or_default();
        Ok(counters.into_iter().filter(|(name, _)| name.starts_with(&prefix)).collect())
    }

    /// A state with a stay's counters from another scheme, for layers of the same name.
    pub(super) fn received(
        &self,
        state: Option<State>,
        (part, request): (&Ready, &Request),
        handed: BTreeMap<String, Count>,
    ) -> State {
        let pack = self.engine.pack(&part.pack);
        let layers = pack.map_or(&[][..], |pack| &pack.layers);
        let periods = pack.is_some_and(|pack| !pack.stay.period.is_empty());
        let transfers = pack.is_some_and(|pack| pack.stay.transfer.is_some());
        let fits = |name: &str| {
            let parts: Vec<&str> = name.split('.').skip(1).collect();
            match parts.as_slice() {
                ["bills" | "ordinal"] => true,
                ["opened" | "period"] => periods,
                ["transferred"] => transfers,
                [layer, what @ ("deductible_used" | "position" | "paid" | "standard")] => {
                    let known = layers.iter().any(|known| known.id == *layer);
                    known && (transfers || *what != "standard")
                }
                _ => false,
            }
        };
        let member = part.request.member.id.clone();
        let (seq, last, mut counters) = match state {
            Some(state) => (state.seq, state.last, state.counters),
            None => (0, None, BTreeMap::new()),
        };
        let stay = request.encounter.stay.as_ref().map(|stay| &stay.id);
        if let (true, false, Some(stay)) = (periods, handed.is_empty(), stay) {
            let opened = format!("stay:{stay}.opened");
            counters.insert(opened, Count::Number(i64::from(part.admission.0)));
        }
        counters.extend(handed.into_iter().filter(|(name, _)| fits(name)));
        counters::state(member, part.pack.clone(), part.year, seq, last, counters)
    }
}

/// How the stay that a bill names is meant.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub goes_on: Numbering,
    /// Whether the cut before the bill makes it open a stay.
    pub opens: bool,
    /// A stay whose record ends where the bill begins.
    pub drops: Option<String>,
    /// A record that another pack hands over.
    pub handed: Option<BTreeMap<String, Count>>,
}

impl Joined {
    fn of(stay: &str, by: u32) -> Self {
        let goes_on = Numbering { stay: stay.to_owned(), by };
        Self { goes_on, opens: false, drops: None, handed: None }
    }
}

/// `ID`, `ID~2`, `ID~3` … counted on by so many.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    stay: String,
    by: u32,
}

impl Numbering {
    /// The stay that a part of the bill belongs to.
    pub(super) fn name(&self, id: &str) -> String {
        match number_of(id, &self.stay) {
            Some(number) if self.by > 0 => numbered(&self.stay, number.saturating_add(self.by)),
            _ => id.to_owned(),
        }
    }
}

/// The n-th stay that cuts make of one.
fn numbered(stay: &str, number: u32) -> String {
    if number == 1 { stay.to_owned() } else { format!("{stay}~{number}") }
}

/// Whether a part belongs to the stay that its bill names, no cut between.
fn begins_with(part: &Ready, stay: &str) -> bool {
    part.request.encounter.stay.as_ref().is_some_and(|own| own.id == stay)
}

/// Which of a stay's numbers an id is, from 1.
fn number_of(id: &str, stay: &str) -> Option<u32> {
    match id.strip_prefix(stay)? {
        "" => Some(1),
        rest => rest.strip_prefix('~')?.parse().ok().filter(|number| *number > 1),
    }
}

/// The last number of a stay of which a record is there, and whether it is open.
fn last_of(state: &State, stay: &str) -> Option<(u32, bool)> {
    let id = |name: &String| {
        let id = name.strip_prefix("stay:")?.strip_suffix(".ordinal")?;
        number_of(id, stay)
    };
    let number = state.counters.keys().filter_map(id).max()?;
    let out = format!("stay:{}.out", numbered(stay, number));
    Some((number, !state.counters.contains_key(&out)))
}

/// What a new benefit year begins with: the stays whose records are there, open or kept.
fn carried(state: &State, year: i16, cross: CrossYear) -> Option<State> {
    let goes_on = |name: &str| {
        let stay = name.strip_prefix("stay:").and_then(|rest| rest.split_once('.'));
        let Some((id, part)) = stay else { return false };
        // A cancel under `later_bills = "keep"` may leave counters without an ordinal behind.
        if !state.counters.contains_key(&format!("stay:{id}.ordinal")) {
            return false;
        }
        match cross {
            CrossYear::RestartAll => false,
            CrossYear::RestartBands => {
                !part.ends_with(".position") || planted(Fault::CrossYearKept)
            }
            CrossYear::Continue => true,
        }
    };
    let open = state.counters.iter().filter(|(name, _)| goes_on(name));
    let open: BTreeMap<String, Count> = open.map(|(name, count)| (name.clone(), *count)).collect();
    if open.is_empty() {
        return None;
    }
    Some(counters::state(state.member.clone(), state.pack.clone(), year, 0, None, open))
}
