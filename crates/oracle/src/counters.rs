//! Counters of the year: which a pack has, what a request says of them, and what a bill adds.

use std::collections::BTreeMap;

use tongchou_wire::amount::Yuan;
use tongchou_wire::request::{Count, Request};

use crate::money::in_range;
use crate::pack::{Cap, Pack, Row};
use crate::refusal::Refusal;
use crate::select::Facts;
use crate::stay::OF_RECORD;

/// Counters by name: fen, or a plain number.
pub type Counters = BTreeMap<String, i64>;

/// The counter of admissions.
pub const ADMISSIONS: &str = "admissions";

/// Whether any cap is per `scope`.
pub fn has_cap_per(cap: &[Row<Cap>], scope: &str) -> bool {
    cap.iter().any(|row| row.says.per == scope)
}

/// The counters that a pack has under the parameters of a bill.
pub fn names(pack: &Pack, params: &Facts<'_>) -> Result<Vec<String>, Refusal> {
    names_if(pack, &|setting| Ok(params.setting(setting)? == "year"))
}

/// The counters that a pack has under some parameters or other.
pub fn names_ever(pack: &Pack) -> Result<Vec<String>, Refusal> {
    names_if(pack, &|setting| {
        let of_param = pack.params.iter().find(|param| param.key == setting);
        let values = of_param.map_or(&[][..], |param| &param.values);
        Ok(setting == "year" || values.iter().any(|value| value == "year"))
    })
}

fn names_if(
    pack: &Pack,
    is_year: &dyn Fn(&str) -> Result<bool, Refusal>,
) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    if !pack.stay_care.is_empty() {
        names.push(ADMISSIONS.to_owned());
    }
    for layer in &pack.layers {
        if !layer.deductible.is_empty() && is_year(&layer.deductible_per)? {
            names.push(format!("{}.deductible_used", layer.id));
        }
        if is_year(&layer.basis)? {
            names.push(format!("{}.position", layer.id));
        }
        if has_cap_per(&layer.cap, "year") {
            names.push(format!("{}.paid", layer.id));
        }
    }
    for group in pack.groups.iter().filter(|group| has_cap_per(&group.cap, "year")) {
        names.push(format!("{}.paid", group.id));
    }
    Ok(names)
}

/// Whether a counter counts things and not money.
pub fn is_number(name: &str) -> bool {
    let of_record = name.strip_prefix("stay:").and_then(|name| name.split_once('.'));
    name == ADMISSIONS || of_record.is_some_and(|(_, what)| OF_RECORD.contains(&what))
}

/// A counter's value as the contract writes it.
pub fn count(name: &str, value: i64) -> Count {
    if is_number(name) { Count::Number(value) } else { Count::Money(Yuan(value)) }
}

/// The counters before the bill.
pub fn before(
    pack: &Pack,
    request: &Request,
    params: &Facts<'_>,
    year: i16,
) -> Result<Counters, Refusal> {
    let Some(state) = &request.state else {
        let counters = read(&names(pack, params)?, &request.year_to_date, false)?;
        return check_groups(pack, counters);
    };
    if !request.year_to_date.is_empty() {
        return Err(Refusal::CountersBesideState);
    }
    if state.pack != pack.id {
        return Err(Refusal::ForeignState("pack"));
    }
    if state.year != year {
        return Err(Refusal::ForeignState("year"));
    }
    if state.member != request.member.id {
        return Err(Refusal::ForeignState("member"));
    }
    check_groups(pack, read(&names_ever(pack)?, &state.counters, true)?)
}

/// Refuses a group's counter that is below the sum of its layers' counters.
fn check_groups(pack: &Pack, counters: Counters) -> Result<Counters, Refusal> {
    for group in pack.groups.iter().filter(|group| has_cap_per(&group.cap, "year")) {
        let paid = |id: &String| counters.get(&format!("{id}.paid")).copied().unwrap_or(0);
        if paid(&group.id) < group.layers.iter().map(paid).sum() {
            return Err(Refusal::GroupCounter(group.id.clone()));
        }
    }
    Ok(counters)
}

fn read(
    known: &[String],
    given: &BTreeMap<String, Count>,
    with_stays: bool,
) -> Result<Counters, Refusal> {
    let mut counters = Counters::new();
    for (name, value) in given {
        let of_stay = with_stays && name.starts_with("stay:");
        if !of_stay && !known.contains(name) {
            return Err(Refusal::Counter(name.clone()));
        }
        let value = match *value {
            Count::Number(number) if is_number(name) => number,
            Count::Money(Yuan(fen)) if !is_number(name) => fen,
            _ => return Err(Refusal::CounterKind(name.clone())),
        };
        counters.insert(name.clone(), in_range(name, value)?);
    }
    Ok(counters)
}

/// The counters after some postings, zero ones left out.
pub fn after(before: &Counters, postings: &[(String, i64)]) -> Result<Counters, Refusal> {
    let mut counters = before.clone();
    for (name, delta) in postings {
        let held = counters.entry(name.clone()).or_insert(0);
        *held += delta;
    }
    for (name, held) in &counters {
        in_range(name, *held)?;
    }
    counters.retain(|_, held| *held != 0);
    Ok(counters)
}
