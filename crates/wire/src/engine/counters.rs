//! Counters and state: read in, moved by the kernel, posted and handed back.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use tongchou_core::money::FEN_MAX;
use tongchou_core::pack::{Choice, Pack, Scope};
use tongchou_core::plan::{Counter, counters};
use tongchou_core::settle::{Record, StayRecord};

use crate::amount::Yuan;
use crate::error::{Code, Refusal, one_of};
use crate::request::{CONTRACT, Count, Request};
use crate::response::Posting;
use crate::state::{Last, STAY_COUNTS, State, is_count};
use crate::write;

use super::stays::StayRules;

/// Yearly counters a single bill can move: at most three for each of eight layers, one for each of
/// four groups, and slot 0.
pub(super) const WIDTH: usize = 29;
/// Counts (admissions, bills) stay below this.
const COUNT_MAX: i64 = 1_000_000;

const ADMISSIONS: &str = "admissions";
pub(super) const STAY_PARTS: [&str; 3] = ["deductible_used", "position", "paid"];

/// The record of a member, on its way through one bill.
pub(super) struct Ledger {
    pub record: Record<WIDTH>,
    /// The stay this bill belongs to, if it is one of several.
    pub stay: Option<StayRecord>,
    pub(super) stay_id: String,
    /// What the record notes beside the kernel's numbers: opened, period, out.
    pub(super) notes: [i64; 3],
    pub(super) rules: StayRules,
    /// Whether the bill is the last of its stay.
    pub(super) closing: bool,
    /// Counters of records that are dropped.
    pub(super) dropped: Vec<String>,
    has_stays: bool,
    /// Counters that the pack keeps under other parameters: carried on as they are.
    others: Vec<String>,
    slots: Vec<Counter>,
    pub(super) layers: Vec<String>,
    pub(super) before: BTreeMap<String, i64>,
    pub seq: u32,
    pub last: Option<Last>,
}

/// Reads the counters that a request brings.
pub(super) fn open(
    pack: &Pack,
    params: &[u8],
    request: &Request,
    year: i16,
) -> Result<Ledger, Refusal> {
    let slots = counters(pack, params);
    let (given, path, seq, last) = match &request.state {
        Some(state) => {
            owned(state, pack, request, year)?;
            (&state.counters, "$.state.counters", state.seq, state.last.clone())
        }
        None => (&request.year_to_date, "$.year_to_date", 0, None),
    };
    let mut ledger = Ledger {
        record: Record { year: i32::from(year), ..Record::default() },
        stay: None,
        stay_id: String::new(),
        notes: [0; 3],
        rules: StayRules {
            standards: pack.stay.transfer.is_some(),
            periods: !pack.stay.period.is_empty(),
            keeps: pack.stay.readmission_days.map(i64::from),
        },
        closing: false,
        dropped: Vec::new(),
        has_stays: pack.stay.care.is_some(),
        others: others(pack),
        slots,
        layers: pack.layers.iter().map(|layer| layer.id.clone()).collect(),
        before: BTreeMap::new(),
        seq,
        last,
    };
    for (name, count) in given {
        let value = ledger.admit(name, *count, path, request.state.is_some())?;
        if value != 0 {
            ledger.before.insert(name.clone(), value);
        }
    }
    groups_hold(pack, &ledger, path)?;
    Ok(ledger)
}

/// Counters that the layers keep under one choice of parameters or another.
fn others(pack: &Pack) -> Vec<String> {
    let yearly = |scope: &Choice<Scope>| match scope {
        Choice::Is(scope) => *scope == Scope::Year,
        Choice::Param(_, scopes) => scopes.contains(&Scope::Year),
    };
    let names = pack.layers.iter().flat_map(|layer| {
        let used = yearly(&layer.deductible_scope) && !layer.deductible.is_empty();
        let name = |kept: bool, name: &str| kept.then(|| format!("{}.{name}", layer.id));
        [name(yearly(&layer.basis), "position"), name(used, "deductible_used")]
    });
    names.flatten().collect()
}

/// A group has paid no less than its layers.
fn groups_hold(pack: &Pack, ledger: &Ledger, path: &str) -> Result<(), Refusal> {
    let paid = |id: &str| ledger.before.get(&format!("{id}.paid")).copied().unwrap_or(0);
    let kept = |name: &str| ledger.slots.iter().any(|counter| counter.name == name);
    for group in &pack.groups {
        let name = format!("{}.paid", group.id);
        let layers = group.layers.iter().filter_map(|at| pack.layers.get(usize::from(*at)));
        let together = layers.fold(0_i64, |sum, layer| sum.saturating_add(paid(&layer.id)));
        if kept(&name) && paid(&group.id) < together {
            let (path, expected) = (format!("{path}.{name}"), Yuan(together).to_string());
            return Err(Refusal::new(Code::CounterGroup, path, name, expected));
        }
    }
    Ok(())
}

/// Refuses a state that is not this member's, pack's and year's, or was altered.
fn owned(state: &State, pack: &Pack, request: &Request, year: i16) -> Result<(), Refusal> {
    let refuse = |code, at: &str, value: String, expected: String| {
        Err(Refusal::new(code, format!("$.state.{at}"), value, expected))
    };
    if !request.year_to_date.is_empty() {
        let (path, value) = ("$.year_to_date", "year_to_date");
        return Err(Refusal::new(Code::StateAndYearToDate, path, value, ""));
    }
    if state.hash != hash(state) {
        return refuse(Code::StateDamaged, "hash", state.hash.clone(), String::new());
    }
    if state.member != request.member.id {
        let name = |id: &Option<String>| id.clone().unwrap_or_default();
        return refuse(Code::StateMember, "member", name(&state.member), name(&request.member.id));
    }
    if state.pack != pack.id {
        return refuse(Code::StatePack, "pack", state.pack.clone(), pack.id.clone());
    }
    if state.year != year {
        return refuse(Code::StateYear, "year", state.year.to_string(), year.to_string());
    }
    let id = &request.encounter.id;
    match &state.last {
        Some(last) if last.id == *id => {
            Err(Refusal::new(Code::EncounterTwice, "$.encounter.id", id, ""))
        }
        _ => Ok(()),
    }
}

impl Ledger {
    /// Accepts one counter, into the record where it belongs there.
    fn admit(&mut self, name: &str, count: Count, path: &str, stays: bool) -> Result<i64, Refusal> {
        let path = || format!("{path}.{name}");
        let malformed = |value: String, form: &str| {
            Err(Refusal::new(Code::CounterMalformed, path(), value, form))
        };
        let (value, counted) = match count {
            Count::Money(Yuan(fen)) => (fen, false),
            Count::Number(n) => (n, true),
        };
        let shown = || if counted { value.to_string() } else { Yuan(value).to_string() };
        let slot = self.slots.iter().find(|c| c.name == name).map(|c| usize::from(c.slot));
        let wants_count = slot.is_none() && is_count(name);
        let known = slot.is_some()
            || (stays && self.others.iter().any(|other| other == name))
            || (self.has_stays && (name == ADMISSIONS || (stays && self.is_stay_counter(name))));
        if !known {
            let mut names: Vec<&str> = self.slots.iter().map(|c| c.name.as_str()).collect();
            if self.has_stays {
                names.push(ADMISSIONS);
            }
            return Err(Refusal::new(Code::CounterUnknown, path(), name, one_of(name, &names)));
        }
        let max = if wants_count { COUNT_MAX } else { FEN_MAX };
        if wants_count != counted || !(0..=max).contains(&value) {
            let form = if wants_count { "a whole number" } else { "an amount in yuan" };
            return malformed(shown(), form);
        }
        if let Some(slot) = slot.and_then(|s| self.record.slots.get_mut(s)) {
            *slot = value;
        } else if name == ADMISSIONS {
            self.record.admissions = u32::try_from(value).unwrap_or(u32::MAX);
        }
        Ok(value)
    }

    fn is_stay_counter(&self, name: &str) -> bool {
        let Some((_, rest)) = name.strip_prefix("stay:").and_then(|n| n.split_once('.')) else {
            return false;
        };
        let of_layer = |layer: &String| {
            rest.strip_prefix(layer.as_str())
                .and_then(|part| part.strip_prefix('.'))
                .is_some_and(|part| part == "standard" || STAY_PARTS.contains(&part))
        };
        STAY_COUNTS.contains(&rest) || self.layers.iter().any(of_layer)
    }

    /// What the bill posted, in the order of the contract, and the counters after it.
    ///
    /// A bill that `moved` nothing (blocked, or with a total of zero) closes no stay either.
    pub(super) fn posted(
        &self,
        moved: bool,
    ) -> Result<(Vec<Posting>, BTreeMap<String, Count>), Refusal> {
        let mut after: Vec<(String, i64)> = Vec::new();
        if self.has_stays {
            after.push((ADMISSIONS.into(), i64::from(self.record.admissions)));
        }
        if let (Some(stay), true) = (&self.stay, moved) {
            self.after_stay(stay, &mut after);
        }
        after.extend(self.dropped.iter().map(|name| (name.clone(), 0)));
        let slot = |counter: &Counter| self.record.slots.get(usize::from(counter.slot)).copied();
        after.extend(self.slots.iter().map(|c| (c.name.clone(), slot(c).unwrap_or(0))));
        let mut counters = self.before.clone();
        let mut postings = Vec::new();
        for (name, value) in after {
            if value > FEN_MAX {
                let bound = Yuan(FEN_MAX).to_string();
                return Err(Refusal::new(Code::CounterBound, "$.encounter", name, bound));
            }
            let delta = value - self.before.get(&name).copied().unwrap_or(0);
            if delta != 0 {
                postings.push(Posting { delta: count(&name, delta), counter: name.clone() });
            }
            if value == 0 {
                counters.remove(&name);
            } else {
                counters.insert(name, value);
            }
        }
        let counters = counters.into_iter().map(|(name, n)| (name.clone(), count(&name, n)));
        Ok((postings, counters.collect()))
    }
}

/// A counter's value in the form its name calls for.
pub(super) fn count(name: &str, value: i64) -> Count {
    if is_count(name) { Count::Number(value) } else { Count::Money(Yuan(value)) }
}

pub(super) fn number(count: Count) -> i64 {
    match count {
        Count::Money(Yuan(n)) | Count::Number(n) => n,
    }
}

/// A state, with its hash.
pub(super) fn state(
    member: Option<String>,
    pack: String,
    year: i16,
    seq: u32,
    last: Option<Last>,
    counters: BTreeMap<String, Count>,
) -> State {
    let hash = String::new();
    let mut state = State { contract: CONTRACT, member, pack, year, seq, last, counters, hash };
    state.hash = hash_of(&state);
    state
}

/// The hash that a state should carry.
pub(super) fn hash(state: &State) -> String {
    hash_of(&State { hash: String::new(), ..state.clone() })
}

/// SHA-256 of a value's JSON, in hexadecimal.
pub(super) fn hash_of(value: &impl serde::Serialize) -> String {
    hex_sha256(write::json(value).as_bytes())
}

pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    const HEX: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digest = Sha256::digest(bytes);
    let digit = |nibble: u8| HEX.get(usize::from(nibble & 15)).copied().unwrap_or('0');
    digest.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}
