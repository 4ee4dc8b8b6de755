//! Requests that must be refused, each wrong in one way.

use tongchou_wire::amount::{Date, FEN_MAX, Yuan};
use tongchou_wire::request::{Bill, Count, EncounterFacts, Line, MemberFacts, Request, Stay};

use crate::counters;
use crate::dims::is_of_line;
use crate::pack::{DimSource, Pack};

use super::days::shift;
use super::dice::Dice;
use super::fees::stated_total;

/// Makes one thing wrong; a request to which it cannot be done stays as it is.
pub fn spoil(dice: &mut Dice, pack: &Pack, request: &mut Request) {
    match dice.between(0, 25) {
        0 => unusual_value(dice, pack, request),
        1 => no_such_value(dice, pack, request),
        2 => outside_life(dice, pack, request),
        3 => change_line(dice, request, |line| line.amount.0 += 1),
        4 => change_line(dice, request, |line| line.amount.0 = (line.amount.0 - 1).max(0)),
        5 => double_line(request),
        6 => date_line(request, -1),
        7 => date_line(request, 1),
        8 => request.hospital_share = Some(Yuan(FEN_MAX)),
        9 => {
            let name = dice.one_of(&NO_COUNTERS).copied().unwrap_or("x");
            request.year_to_date.insert(name.to_owned(), Count::Money(Yuan(1)));
        }
        10 => {
            request.params.insert("no_such_choice".to_owned(), "x".to_owned());
        }
        11 => wrong_param(dice, pack, request),
        12 => wrong_total(dice, request),
        13 => stay_on_other_care(pack, request),
        14 => request.pack = format!("no-{}", request.pack),
        15 => request.pack = format!("{}@2024-02-30", pack.id),
        16 => request.encounter.discharged = Some(shift(request.encounter.admitted, -1)),
        17 => counters_beside_state(pack, request),
        18 if request.state.is_some() => request.member.id = Some("another".to_owned()),
        19 => too_much(dice, pack, request),
        20 => born_later(request),
        21 => {
            request.member.age = Some(50);
            request.member.born = Some(Date { year: 1980, month: 1, day: 1 });
        }
        22 => drop(request.facts.insert("no_such_fact".to_owned(), Yuan(1))),
        23 => without_fact(dice, pack, request),
        24 => {
            if let Some(name) = dice.one_of(&pack.facts) {
                let amount = FEN_MAX + dice.pick([0, 1]);
                request.facts.insert(name.clone(), Yuan(amount));
            }
        }
        _ => no_such_line_value(dice, pack, request),
    }
}

/// Leaves out a fact; it may not matter.
fn without_fact(dice: &mut Dice, pack: &Pack, request: &mut Request) {
    if let Some(name) = dice.one_of(&pack.facts) {
        request.facts.remove(name);
    }
}

const NO_COUNTERS: [&str; 4] = ["x", "pool.nothing", "nothing.paid", "stay:s.ordinal"];

/// Leaves out a dimension that has no default, the age among them.
pub fn leave_unsaid(dice: &mut Dice, pack: &Pack, request: &mut Request) {
    let needed = |source: &DimSource| match source {
        DimSource::Given { default, .. } => default.is_none(),
        DimSource::Cut { of, .. } => of == "age",
    };
    let dims: Vec<_> = pack.dims.iter().filter(|dim| needed(&dim.source)).collect();
    let Some(dim) = dice.one_of(&dims) else { return };
    if matches!(dim.source, DimSource::Cut { .. }) {
        (request.member.age, request.member.born) = (None, None);
        return;
    }
    set(request, &dim.name, None);
}

/// A value of a dimension that the pack does not have: one that is not usual, or any usual one,
/// which is refused unless the pack need not speak of it.
fn unusual_value(dice: &mut Dice, pack: &Pack, request: &mut Request) {
    let members = MemberFacts::DIMS.iter().chain(EncounterFacts::DIMS);
    let foreign = |name: &str| !pack.dims.iter().any(|dim| dim.name == name);
    let foreign: Vec<_> = members.filter(|(name, _)| foreign(name)).collect();
    if let Some((name, usual)) = dice.one_of(&foreign) {
        let any = dice.one_of(usual).copied().unwrap_or("no_such_value");
        let value = if dice.percent(70) { any } else { "no_such_value" };
        set(request, name, Some(value));
    }
}

fn no_such_value(dice: &mut Dice, pack: &Pack, request: &mut Request) {
    let dims: Vec<_> = pack
        .dims
        .iter()
        .filter(|dim| matches!(dim.source, DimSource::Given { .. }) && !is_of_line(dim))
        .collect();
    let Some(dim) = dice.one_of(&dims) else { return };
    set(request, &dim.name, Some("no_such_value"));
}

fn no_such_line_value(dice: &mut Dice, pack: &Pack, request: &mut Request) {
    let dims: Vec<_> = pack.dims.iter().filter(|dim| is_of_line(dim)).collect();
    let Some(dim) = dice.one_of(&dims) else { return };
    change_line(dice, request, |line| set_line(line, &dim.name, Some("no_such_value")));
}

/// Sets a dimension wherever the contract keeps it; one of a line, on the last line.
fn set(request: &mut Request, dim: &str, value: Option<&str>) {
    let value_owned = value.map(str::to_owned);
    if let Some(slot) = request.member.facts.slot(dim) {
        *slot = value_owned;
    } else if let Some(slot) = request.encounter.facts.slot(dim) {
        *slot = value_owned;
    } else if let Bill::Lines(lines) = &mut request.bill
        && let Some(line) = lines.last_mut()
    {
        set_line(line, dim, value);
    }
}

fn set_line(line: &mut Line, dim: &str, value: Option<&str>) {
    if let Some(slot) = line.facts.slot(dim) {
        *slot = value.map(str::to_owned);
    }
}

/// Puts the day of the rows outside the life of the pack.
fn outside_life(dice: &mut Dice, pack: &Pack, request: &mut Request) {
    let day = if dice.percent(50) { shift(pack.from, -1) } else { shift(pack.to, 1) };
    if dice.percent(30) {
        request.pack = format!("{}@{day}", pack.id);
        return;
    }
    request.encounter.admitted = day;
    request.encounter.discharged = None;
}

fn change_line(dice: &mut Dice, request: &mut Request, change: impl Fn(&mut Line)) {
    let Bill::Lines(lines) = &mut request.bill else { return };
    let last = i64::try_from(lines.len()).unwrap_or(0) - 1;
    let at = usize::try_from(dice.between(0, last)).unwrap_or(0);
    if let Some(line) = lines.get_mut(at) {
        change(line);
    }
}

fn double_line(request: &mut Request) {
    let Bill::Lines(lines) = &mut request.bill else { return };
    if let Some(line) = lines.first().cloned() {
        lines.push(line);
    }
}

/// Dates a line outside the stay.
fn date_line(request: &mut Request, side: i64) {
    let admitted = request.encounter.admitted;
    let discharged = request.encounter.discharged.unwrap_or(admitted);
    let Bill::Lines(lines) = &mut request.bill else { return };
    if let Some(line) = lines.last_mut() {
        let edge: Date = if side < 0 { admitted } else { discharged };
        line.date = Some(shift(edge, side));
    }
}

fn wrong_param(dice: &mut Dice, pack: &Pack, request: &mut Request) {
    if let Some(param) = dice.one_of(&pack.params) {
        request.params.insert(param.name.clone(), "no_such_value".to_owned());
    }
}

fn wrong_total(dice: &mut Dice, request: &mut Request) {
    let more = Yuan(dice.between(1, 3));
    let total = stated_total(&request.bill);
    request.stated_total = Some(Yuan(total + more.0));
}

fn stay_on_other_care(pack: &Pack, request: &mut Request) {
    let care = request.encounter.facts.care.as_ref();
    if care.is_some_and(|care| !pack.stay_care.contains(care)) {
        request.encounter.stay = Some(Stay { id: "s".to_owned(), closes: false, joins: None });
    }
}

fn counters_beside_state(pack: &Pack, request: &mut Request) {
    let names = counters::names_ever(pack).unwrap_or_default();
    if let Some(name) = names.first().filter(|_| request.state.is_some()) {
        request.year_to_date.insert(name.clone(), counters::count(name, 1));
    }
}

/// A counter that is full before the bill.
fn too_much(dice: &mut Dice, pack: &Pack, request: &mut Request) {
    let names = counters::names_ever(pack).unwrap_or_default();
    let money: Vec<_> = names.iter().filter(|name| !counters::is_number(name)).collect();
    if let Some(name) = dice.one_of(&money).filter(|_| request.state.is_none()) {
        let value = FEN_MAX + dice.pick([0, 0, 1]);
        request.year_to_date.insert((*name).clone(), counters::count(name, value));
    }
}

fn born_later(request: &mut Request) {
    let last = request.encounter.discharged.unwrap_or(request.encounter.admitted);
    request.member.age = None;
    request.member.born = Some(shift(last, 1));
}
