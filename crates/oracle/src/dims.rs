//! Parameters and dimensions: each is given, or has the pack's default, or is refused.

use tongchou_wire::request::{EncounterFacts, Line, LineFacts, MemberFacts, Request};

use crate::day::{Days, completed_years, first_day};
use crate::money::in_range;
use crate::pack::{Dim, DimSource, Pack};
use crate::refusal::Refusal;
use crate::select::Facts;

/// Values of all parameters, each under `param.NAME`.
pub fn params<'a>(pack: &'a Pack, request: &'a Request) -> Result<Facts<'a>, Refusal> {
    let unknown = |name: &&String| !pack.params.iter().any(|param| param.name == **name);
    if let Some(name) = request.params.keys().find(unknown) {
        return Err(Refusal::Param(name.clone()));
    }
    let mut facts = Facts::default();
    for param in &pack.params {
        let value = request.params.get(&param.name).unwrap_or(&param.default);
        if !param.values.contains(value) {
            return Err(Refusal::Param(param.name.clone()));
        }
        facts.values.push((&param.key, value));
    }
    Ok(facts)
}

/// Values of the dimensions of member and encounter, and of those cut from anything but amounts.
pub fn of_bill<'a>(
    pack: &'a Pack,
    request: &'a Request,
    days: &Days,
    ordinal: i64,
) -> Result<Facts<'a>, Refusal> {
    if request.member.born.is_some() && request.member.age.is_some() {
        return Err(Refusal::AgeAndBorn);
    }
    if request.member.born.is_some_and(|born| days.bill < born) {
        return Err(Refusal::NotYetBorn);
    }
    check_foreign(pack, MemberFacts::DIMS, |dim| request.member.facts.value(dim))?;
    check_foreign(pack, EncounterFacts::DIMS, |dim| request.encounter.facts.value(dim))?;
    let mut facts = Facts::default();
    for dim in pack.dims.iter().filter(|dim| !is_of_line(dim)) {
        match &dim.source {
            DimSource::Given { values, .. } => {
                let value = given(dim, stated(request, &dim.name))?;
                note(&mut facts, dim, values, value);
            }
            DimSource::Cut { of, as_of, starts, names } => {
                let number = match of.as_str() {
                    "in_scope" | "total" => continue,
                    "admission" => Some(ordinal),
                    "days" => Some(days.length()),
                    _ => age(pack, request, days, as_of),
                };
                let value = number.map(|number| cut(dim, starts, names, number)).transpose()?;
                note(&mut facts, dim, names, value);
            }
        }
    }
    Ok(facts)
}

/// Values of the dimensions cut from amounts of the bill, in fen.
pub fn of_amounts(pack: &Pack, in_scope: i64, total: i64) -> Result<Facts<'_>, Refusal> {
    let mut facts = Facts::default();
    for dim in &pack.dims {
        let DimSource::Cut { of, starts, names, .. } = &dim.source else { continue };
        let number = match of.as_str() {
            "in_scope" => in_scope,
            "total" => total,
            _ => continue,
        };
        facts.values.push((&dim.name, cut(dim, starts, names, number)?));
    }
    Ok(facts)
}

/// Refuses an amount under `facts` that the pack does not name, or one out of range.
pub fn check_facts(pack: &Pack, request: &Request) -> Result<(), Refusal> {
    for (name, amount) in &request.facts {
        if !pack.facts.contains(name) {
            return Err(Refusal::FactUnknown(name.clone()));
        }
        in_range(name, amount.0)?;
    }
    Ok(())
}

/// Values of the dimensions of a line.
pub fn of_line<'a>(pack: &'a Pack, line: &'a Line) -> Result<Facts<'a>, Refusal> {
    check_foreign(pack, LineFacts::DIMS, |dim| line.facts.value(dim))?;
    let mut facts = Facts::default();
    for dim in pack.dims.iter().filter(|dim| is_of_line(dim)) {
        if let DimSource::Given { values, .. } = &dim.source {
            note(&mut facts, dim, values, given(dim, line.facts.value(&dim.name))?);
        }
    }
    Ok(facts)
}

/// Whether the care is a stay; missing care is refused unless that is the same for all care.
pub fn is_stay(pack: &Pack, request: &Request) -> Result<bool, Refusal> {
    let Some(dim) = pack.dims.iter().find(|dim| dim.name == "care") else { return Ok(false) };
    let opens = |care: &str| pack.stay_care.iter().any(|it| it == care);
    if let Some(care) = given(dim, stated(request, "care"))? {
        return Ok(opens(care));
    }
    let DimSource::Given { values, .. } = &dim.source else { return Ok(false) };
    match values.iter().filter(|care| opens(care)).count() {
        0 => Ok(false),
        all if all == values.len() => Ok(true),
        _ => Err(Refusal::Missing(dim.name.clone())),
    }
}

fn note<'a>(facts: &mut Facts<'a>, dim: &'a Dim, values: &'a [String], value: Option<&'a str>) {
    match value {
        Some(value) => facts.values.push((&dim.name, value)),
        None => facts.missing.push((&dim.name, values.iter().map(String::as_str).collect())),
    }
}

fn cut<'a>(
    dim: &Dim,
    starts: &[i64],
    names: &'a [String],
    number: i64,
) -> Result<&'a str, Refusal> {
    let passed = starts.iter().filter(|start| **start <= number).count();
    let name = names.get(passed).map(String::as_str);
    name.ok_or_else(|| Refusal::Pack(format!("no name for a cut of `{}`", dim.name)))
}

/// The values that a pack settles of a dimension that it does not have, where that is not any of
/// the usual ones.
const ORDINARY: [(&str, &str); 6] = [
    ("status", "normal"),
    ("card", "normal"),
    ("enrolled", "yes"),
    ("network", "online"),
    ("designated", "yes"),
    ("category", "local"),
];

/// Refuses an unusual value of a dimension that the pack does not have, and for some of them
/// every value but the ordinary one.
fn check_foreign<'a>(
    pack: &Pack,
    dims: &[(&str, &[&str])],
    stated: impl Fn(&str) -> Option<&'a str>,
) -> Result<(), Refusal> {
    for (name, usual) in dims {
        let foreign = !pack.dims.iter().any(|dim| dim.name == *name);
        let ordinary = ORDINARY.iter().find(|(of, _)| of == name).map(|(_, value)| *value);
        let settles = |value| match ordinary {
            Some(ordinary) => value == ordinary,
            None => usual.contains(&value),
        };
        if foreign && stated(name).is_some_and(|value| !settles(value)) {
            return Err(Refusal::Value((*name).to_owned()));
        }
    }
    Ok(())
}

/// Whether the contract puts a dimension on fee lines.
pub fn is_of_line(dim: &Dim) -> bool {
    LineFacts::DIMS.iter().any(|(name, _)| *name == dim.name)
}

fn stated<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    if MemberFacts::DIMS.iter().any(|(dim, _)| *dim == name) {
        return request.member.facts.value(name);
    }
    if EncounterFacts::DIMS.iter().any(|(dim, _)| *dim == name) {
        return request.encounter.facts.value(name);
    }
    None
}

/// The value given or the default, which must be one of the pack's.
fn given<'a>(dim: &'a Dim, stated: Option<&'a str>) -> Result<Option<&'a str>, Refusal> {
    let DimSource::Given { values, default } = &dim.source else {
        return Err(Refusal::Pack(format!("`{}` is cut, not given", dim.name)));
    };
    let value = stated.or(default.as_deref());
    match value {
        Some(value) if !values.iter().any(|it| it == value) => {
            Err(Refusal::Value(dim.name.clone()))
        }
        _ => Ok(value),
    }
}

fn age(pack: &Pack, request: &Request, days: &Days, as_of: &str) -> Option<i64> {
    if let Some(age) = request.member.age {
        return Some(i64::from(age));
    }
    let day = match as_of {
        "year_start" => first_day(pack, days.year),
        _ => days.bill,
    };
    request.member.born.map(|born| completed_years(born, day))
}
