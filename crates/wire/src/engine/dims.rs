//! From names to indices: parameters, days, dimensions.

use std::collections::BTreeMap;

use tongchou_core::calendar::Day;
use tongchou_core::keys::Point;
use tongchou_core::pack::{CutOf, DatedBy, Dim, Pack};
use tongchou_core::plan::PlanError;
use tongchou_core::settle::Sums;

use crate::amount::Date;
use crate::error::{Code, Refusal, one_of};
use crate::request::{EncounterFacts, LineFacts, MemberFacts, Request};

/// The days that decide which rows and which year a bill meets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// The bill's own day.
    pub bill: Day,
    /// The day whose rows are used.
    pub rows: Day,
    /// Whether the caller chose that day.
    pub chosen: bool,
    /// First and last day of the encounter.
    pub stay: (Date, Date),
    /// The day on which the patient was admitted: earlier where the bill goes on with a stay.
    pub admission: Day,
    /// Benefit year.
    pub year: i16,
}

/// Value indices of the bill's dimensions; those of lines are filled in per line.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub codes: Vec<u8>,
    pub missing: u64,
    /// Amounts that the request brings, by the pack's facts.
    amounts: Vec<Option<i64>>,
}

impl Facts {
    pub(super) fn point(&self) -> Point<'_> {
        Point { codes: &self.codes, missing: self.missing, facts: &self.amounts }
    }

    /// The value indices, and the dimensions without one.
    pub(super) fn codes(&self) -> (&[u8], u64) {
        (&self.codes, self.missing)
    }

    /// Fills in the dimensions that are cut from the bill's amounts.
    pub(super) fn set_amounts(&mut self, pack: &Pack, sums: &Sums) {
        for (index, dim) in pack.dims.iter().enumerate() {
            let Some(cut) = &dim.cut else { continue };
            match cut.of {
                CutOf::InScope => self.set(index, Some(cut.class(sums.in_scope))),
                CutOf::Total => self.set(index, Some(cut.class(sums.total))),
                _ => {}
            }
        }
    }
}

pub(super) fn day(date: Date) -> Day {
    // A `Date` is a day of the calendar by construction.
    Day::new(date.year, date.month, date.day).unwrap_or(Day(0))
}

pub(super) fn date(day: Day) -> Date {
    let (year, month, day) = day.civil();
    Date { year, month, day }
}

impl Moment {
    pub(super) fn of(request: &Request, pack: &Pack, at: Option<Date>) -> Result<Self, Refusal> {
        let encounter = &request.encounter;
        let admitted = encounter.admitted;
        let discharged = encounter.discharged.unwrap_or(admitted);
        if discharged < admitted {
            let (path, value) = ("$.encounter.discharged", discharged.to_string());
            let refusal =
                Refusal::new(Code::DischargedBeforeAdmitted, path, value, admitted.to_string());
            return Err(refusal);
        }
        let (own, path) = match (pack.dated_by, encounter.discharged) {
            (DatedBy::Discharge, Some(date)) => (date, "$.encounter.discharged"),
            _ => (admitted, "$.encounter.admitted"),
        };
        let bill = day(own);
        let rows = at.map_or(bill, day);
        if rows < pack.from || pack.to < rows {
            let path = if at.is_some() { "$.pack" } else { path };
            return Err(outside(pack, path, rows));
        }
        let year = bill.benefit_year(pack.year_start);
        let (stay, admission) = ((admitted, discharged), day(admitted));
        Ok(Self { bill, rows, chosen: at.is_some(), stay, admission, year })
    }
}

/// Refuses a day outside the life of the pack.
pub(super) fn outside(pack: &Pack, path: &str, day: Day) -> Refusal {
    let life = format!("{} … {}", date(pack.from), date(pack.to));
    Refusal::new(Code::PackDay, path, date(day).to_string(), life)
}

/// The value index of every parameter, given or by default.
pub(super) fn params(pack: &Pack, given: &BTreeMap<String, String>) -> Result<Vec<u8>, Refusal> {
    let mut values: Vec<u8> = pack.params.iter().map(|p| p.default).collect();
    for (name, value) in given {
        let path = format!("$.params.{name}");
        let index = pack.params.iter().position(|p| p.name == *name);
        let Some((slot, param)) = index.and_then(|i| values.get_mut(i).zip(pack.params.get(i)))
        else {
            let names: Vec<&str> = pack.params.iter().map(|p| p.name.as_str()).collect();
            return Err(Refusal::new(Code::ParamUnknown, path, name, one_of(name, &names)));
        };
        match code(&param.values, value) {
            Some(code) => *slot = code,
            None => {
                return Err(Refusal::new(
                    Code::ParamValue,
                    path,
                    value,
                    listed(value, &param.values),
                ));
            }
        }
    }
    Ok(values)
}

/// The bill's dimensions, as far as the member and the encounter give them.
pub(super) fn facts(pack: &Pack, request: &Request, moment: Moment) -> Result<Facts, Refusal> {
    let (member, encounter) = (&request.member.facts, &request.encounter.facts);
    known(pack, MemberFacts::DIMS, |dim| member.value(dim), "$.member")?;
    known(pack, EncounterFacts::DIMS, |dim| encounter.value(dim), "$.encounter")?;
    let age = Age::of(request, pack, moment)?;
    let (admitted, discharged) = moment.stay;
    let days = i64::from(day(discharged).0 - day(admitted).0);
    let codes = Vec::with_capacity(pack.dims.len());
    let mut facts = Facts { codes, missing: 0, amounts: brought(pack, request)? };
    for (index, dim) in pack.dims.iter().enumerate() {
        let given = member.value(&dim.name).or_else(|| encounter.value(&dim.name));
        let code = match &dim.cut {
            Some(cut) => match cut.of {
                CutOf::Admission => Some(0),
                CutOf::AgeOnBill => age.on_bill.map(|years| cut.class(years)),
                CutOf::AgeOnYearStart => age.on_year_start.map(|years| cut.class(years)),
                CutOf::Days => Some(cut.class(days)),
                // Known when the lines are added up.
                CutOf::InScope | CutOf::Total => Some(0),
                // Only questions bring numbers.
                CutOf::Number(_) => None,
            },
            None => given.and_then(|value| code(&dim.values, value)),
        };
        facts.set(index, code.or(dim.default));
    }
    Ok(facts)
}

/// The amounts that a request brings, by the facts of the pack.
fn brought(pack: &Pack, request: &Request) -> Result<Vec<Option<i64>>, Refusal> {
    for (name, amount) in &request.facts {
        let path = || format!("$.facts.{name}");
        if !pack.facts.iter().any(|fact| fact.id == *name) {
            let names: Vec<&str> = pack.facts.iter().map(|fact| fact.id.as_str()).collect();
            return Err(Refusal::new(Code::FactUnknown, path(), name, one_of(name, &names)));
        }
        super::fees::in_bounds(*amount, path)?;
    }
    let amount = |fact: &tongchou_core::pack::Fact| request.facts.get(&fact.id).map(|yuan| yuan.0);
    Ok(pack.facts.iter().map(amount).collect())
}

impl Facts {
    pub(super) fn set(&mut self, index: usize, code: Option<u8>) {
        let bit = u32::try_from(index).ok().and_then(|i| 1_u64.checked_shl(i)).unwrap_or(0);
        self.missing = if code.is_some() { self.missing & !bit } else { self.missing | bit };
        match self.codes.get_mut(index) {
            Some(slot) => *slot = code.unwrap_or_default(),
            None => self.codes.push(code.unwrap_or_default()),
        }
    }

    /// Fills in the dimensions of a line.
    pub(super) fn set_line(
        &mut self,
        pack: &Pack,
        line: &LineFacts,
        path: &dyn Fn() -> String,
    ) -> Result<(), Refusal> {
        known(pack, LineFacts::DIMS, |dim| line.value(dim), path)?;
        for (index, dim) in pack.dims.iter().enumerate() {
            if LineFacts::DIMS.iter().any(|(name, _)| *name == dim.name) {
                let given = line.value(&dim.name).and_then(|value| code(&dim.values, value));
                self.set(index, given.or(dim.default));
            }
        }
        Ok(())
    }
}

/// Where a refusal is: the beginning of its path.
pub(super) trait Place {
    fn text(&self) -> String;
}

impl Place for &str {
    fn text(&self) -> String {
        (*self).to_owned()
    }
}

impl Place for &dyn Fn() -> String {
    fn text(&self) -> String {
        self()
    }
}

/// Dimensions that say what is out of the ordinary: a pack that does not speak of them settles the
/// ordinary value only, which is the first of the usual ones.
const EXCEPTIONS: [&str; 6] = ["status", "card", "enrolled", "network", "designated", "category"];

/// Refuses given values that the pack, or the contract where the pack has no such dimension, does
/// not know.
fn known<'a>(
    pack: &Pack,
    dims: &[(&str, &[&str])],
    given: impl Fn(&str) -> Option<&'a str>,
    place: impl Place,
) -> Result<(), Refusal> {
    for (name, usual) in dims {
        let Some(value) = given(name) else { continue };
        let is_usual = usual.contains(&value);
        let path = || format!("{}.{name}", place.text());
        match pack.dims.iter().find(|dim| dim.name == *name) {
            Some(dim) if code(&dim.values, value).is_some() => {}
            Some(dim) => {
                let code = if is_usual { Code::NotCovered } else { Code::DimValue };
                return Err(Refusal::new(code, path(), value, listed(value, &dim.values)));
            }
            None if is_usual && EXCEPTIONS.contains(name) && usual.first() != Some(&value) => {
                let expected = one_of(value, usual.get(..1).unwrap_or_default());
                return Err(Refusal::new(Code::NotCovered, path(), value, expected));
            }
            None if is_usual => {}
            None => return Err(Refusal::new(Code::DimValue, path(), value, one_of(value, usual))),
        }
    }
    Ok(())
}

struct Age {
    on_bill: Option<i64>,
    on_year_start: Option<i64>,
}

impl Age {
    fn of(request: &Request, pack: &Pack, moment: Moment) -> Result<Self, Refusal> {
        let member = &request.member;
        match (member.born, member.age) {
            (Some(born), Some(_)) => {
                let value = format!("age and born {born}");
                Err(Refusal::new(Code::AgeOrBorn, "$.member", value, "one of them"))
            }
            (None, age) => {
                let age = age.map(i64::from);
                Ok(Self { on_bill: age, on_year_start: age })
            }
            (Some(born), None) => {
                let later = |on: Date| {
                    let (path, value) = ("$.member.born", born.to_string());
                    Refusal::new(Code::BornLater, path, value, on.to_string())
                };
                let on_bill = moment.bill.age_of(day(born));
                let on_bill = on_bill.ok_or_else(|| later(date(moment.bill)))?;
                if on_bill > 150 {
                    let (path, value) = ("$.member.born", born.to_string());
                    return Err(Refusal::new(Code::AgeRange, path, value, "0 to 150"));
                }
                let (month, first) = pack.year_start;
                let start = Day::new(moment.year, month.cast_signed(), first.cast_signed());
                // Born within the year: not a year old on its first day.
                let at_start = start.and_then(|s| s.age_of(day(born))).unwrap_or(0);
                Ok(Self { on_bill: Some(on_bill), on_year_start: Some(at_start) })
            }
        }
    }
}

pub(super) fn code(values: &[String], value: &str) -> Option<u8> {
    values.iter().position(|v| v == value).and_then(|i| u8::try_from(i).ok())
}

fn listed(found: &str, values: &[String]) -> String {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    one_of(found, &values)
}

/// A refusal where rows could not be bound: most often a missing dimension.
pub(super) fn unbound(pack: &Pack, error: &PlanError, line: &str) -> Refusal {
    let index = match error {
        PlanError::Missing(index) => index,
        PlanError::MissingFact(index) => {
            let fact = pack.facts.get(usize::from(*index)).map_or("", |fact| fact.id.as_str());
            return Refusal::new(Code::FactMissing, format!("$.facts.{fact}"), fact, "");
        }
        _ => return super::plan_refusal(pack, error),
    };
    without(pack, *index, line)
}

/// A refusal for want of a dimension.
pub(super) fn without(pack: &Pack, index: u16, line: &str) -> Refusal {
    let Some(dim) = pack.dims.get(usize::from(index)) else {
        return Refusal::new(Code::PackDamaged, "$.pack", pack.id.as_str(), "");
    };
    match dim.cut.as_ref().map(|cut| cut.of) {
        #[cfg(feature = "member")]
        Some(CutOf::Number(number)) => {
            let name = pack.rules.numbers.get(usize::from(number)).map_or("", |n| n.id.as_str());
            Refusal::new(Code::NumberMissing, format!("$.numbers.{name}"), name, "")
        }
        Some(_) => Refusal::new(Code::AgeOrBorn, "$.member.age", "neither", ""),
        None => missing(dim, line),
    }
}

fn missing(dim: &Dim, line: &str) -> Refusal {
    let name = dim.name.as_str();
    let of_member = MemberFacts::DIMS.iter().any(|(n, _)| *n == name);
    let owner = match (line, of_member) {
        ("", true) => "$.member",
        ("", false) => "$.encounter",
        (line, _) => line,
    };
    Refusal::new(Code::DimMissing, format!("{owner}.{name}"), name, listed("", &dim.values))
}
