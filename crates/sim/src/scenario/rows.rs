//! Cells, kinds of visits, items and published figures.

use tongchou_wire::amount::{FEN_MAX, Measure, scaled, share};
use tongchou_wire::request::{EncounterFacts, LineFacts, MemberFacts};

use super::fields::{Field, Fields};
use super::parts::{ROWS_MAX, SIGMA_MAX, whole};
use super::{Cell, Confidence, MILLION, Place, Sex, Sold, Target, Visit};
use crate::book;
use crate::fault::Fault;

/// Most kinds of visits.
const VISITS_MAX: usize = 16;
/// Most hospital levels, and most ways to be away, of a kind of visits.
const PLACES_MAX: usize = 8;
/// Most kinds of visits that only some members ever have.
const PATIENTS_MAX: usize = 3;
/// Most items.
const ITEMS_MAX: usize = 200;
/// Most quantities of an item.
const QUANTITIES_MAX: usize = 16;
/// Most visits a head, in millionths.
const PER_HEAD_MAX: i64 = 200 * MILLION;
/// Largest relative frequency or cost, in millionths.
const FACTOR_MAX: i64 = 1_000 * MILLION;
/// Largest mean fee of a visit, in fen.
const COST_MAX: i64 = FEN_MAX / 10_000;
/// Longest mean stay, in millionths of a night.
const NIGHTS_MAX: i64 = 60 * MILLION;

/// Refuses an id that is there already.
fn fresh<'i>(id: &Field<'_>, mut known: impl Iterator<Item = &'i str>) -> Result<String, Fault> {
    let text = id.id()?;
    if known.any(|known| known == text) {
        return Err(id.fault(&format!("the id `{text}` is there already"), "write another"));
    }
    Ok(text)
}

pub(super) fn items(field: &Field<'_>) -> Result<Vec<Sold>, Fault> {
    let mut items: Vec<Sold> = Vec::new();
    for row in field.list(ITEMS_MAX)? {
        let mut keys = row.fields()?;
        let id = fresh(&keys.need("id", "\"…\"")?, items.iter().map(|item| item.id.as_str()))?;
        let mut item = book::Item::default();
        if let Some(field) = keys.get("dims") {
            for (dim, value) in field.dims(LineFacts::DIMS)? {
                if let Some(slot) = item.facts.slot(&dim) {
                    *slot = Some(value);
                }
            }
        }
        item.prepay = keys.get("prepay").map(|field| field.share()).transpose()?;
        if let Some(field) = keys.get("limit") {
            let limit = field.text().ok().and_then(|text| Measure::read(&text, 6).ok());
            let limit = limit.ok_or_else(|| field.fault("not a limit", "write yuan in quotes"))?;
            item.limit = Some(limit);
        }
        let price = keys.need("price", "\"38.50\"")?.money(1, COST_MAX)?;
        let quantities =
            keys.get("quantity").map(|field| field.list(QUANTITIES_MAX)).transpose()?;
        let quantity = match quantities {
            Some(list) => list.iter().map(|n| n.count(1, 1_000)).collect::<Result<_, _>>()?,
            None => vec![1],
        };
        keys.finish()?;
        items.push(Sold { id, item, price, quantity });
    }
    Ok(items)
}

pub(super) fn visits(field: &Field<'_>, items: &[Sold]) -> Result<Vec<Visit>, Fault> {
    let mut visits: Vec<Visit> = Vec::new();
    for row in field.list(VISITS_MAX)? {
        let mut keys = row.fields()?;
        let id = fresh(&keys.need("id", "\"…\"")?, visits.iter().map(|visit| visit.id.as_str()))?;
        visits.push(visit(id, &mut keys, items)?);
        keys.finish()?;
        let some = visits.iter().filter(|visit| visit.patients < 1_000_000);
        if some.count() > PATIENTS_MAX {
            return Err(row.fault("too many kinds have `patients`", "at most 3 may"));
        }
    }
    Ok(visits)
}

fn visit(id: String, keys: &mut Fields<'_>, items: &[Sold]) -> Result<Visit, Fault> {
    let optional = |field: Option<Field<'_>>| field.map_or(Ok(0), |field| field.share());
    let name = keys.get("name").map(|field| field.name()).transpose()?;
    let dims = keys.need("dims", "{ care = \"outpatient\" }")?.dims(EncounterFacts::DIMS)?;
    let per_head = keys.need("per_head", "\"7.181\"")?.decimal(0, PER_HEAD_MAX)?;
    let cost = keys.need("cost", "\"241.70\"")?.money(1, COST_MAX)?;
    let sigma = keys.need("sigma", "\"0.9\"")?.decimal(0, SIGMA_MAX)?;
    let lines = keys.need("lines", "[4, 9]")?;
    let (first, last) = lines.pair()?;
    let (fewest, most) = (first.count(1, 200)?, last.count(1, 200)?);
    if most < fewest {
        return Err(lines.fault("the most is below the fewest", "write the fewest first"));
    }
    let nights = keys.get("nights").map(|field| nights(&field)).transpose()?;
    let chronic = keys.get("chronic").map_or(Ok(false), |field| field.flag())?;
    let patients = match keys.get("patients") {
        Some(field) => match field.share()? {
            0 => return Err(field.fault("nobody has it", "write a share above 0%")),
            share => share,
        },
        None => 1_000_000,
    };
    let level = match keys.get("level") {
        Some(field) => {
            let level = places(&field)?;
            whole(&field, level.iter().map(|place| place.share))?;
            level
        }
        None => Vec::new(),
    };
    let away = match keys.get("away") {
        Some(field) => {
            let away = places(&field)?;
            let sum: u64 = away.iter().map(|place| u64::from(place.share)).sum();
            if MILLION.cast_unsigned() < sum {
                return Err(field.sum(sum));
            }
            away
        }
        None => Vec::new(),
    };
    let items = sold(&keys.need("items", "{ drug = \"100%\" }")?, items)?;
    let taken_back = optional(keys.get("taken_back"))?;
    let late = optional(keys.get("late"))?;
    let moved = keys.get("transfer");
    let transfer = optional(moved.clone())?;
    if let (Some(field), None, 1..) = (moved, nights, transfer) {
        return Err(field.fault("only stays are transferred", "give the kind `nights`"));
    }
    let lines = (fewest, most);
    Ok(Visit {
        id,
        name,
        dims,
        per_head,
        cost,
        sigma,
        lines,
        nights,
        chronic,
        patients,
        level,
        away,
        items,
        taken_back,
        late,
        transfer,
    })
}

fn nights(field: &Field<'_>) -> Result<(i64, i64), Fault> {
    let mut keys = field.fields()?;
    let mean = keys.need("mean", "\"8.6\"")?.decimal(MILLION, NIGHTS_MAX)?;
    let sigma = keys.need("sigma", "\"0.7\"")?.decimal(0, SIGMA_MAX)?;
    keys.finish()?;
    Ok((mean, sigma))
}

fn places(field: &Field<'_>) -> Result<Vec<Place>, Fault> {
    let place = |row: Field<'_>| {
        let mut keys = row.fields()?;
        let share = keys.need("share", "\"45%\"")?.share()?;
        let dims = keys.need("dims", "{ level = \"tier3\" }")?.dims(EncounterFacts::DIMS)?;
        let cost = keys.get("cost");
        let cost = cost.map_or(Ok(MILLION), |field| field.decimal(1, FACTOR_MAX))?;
        keys.finish()?;
        Ok(Place { share, dims, cost })
    };
    field.list(PLACES_MAX)?.into_iter().map(place).collect()
}

fn sold(field: &Field<'_>, items: &[Sold]) -> Result<Vec<(usize, u32)>, Fault> {
    let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
    let mut found = Vec::new();
    for (id, share) in field.entries()? {
        found.push((share.named("item", id, &ids)?, share.share()?));
    }
    whole(field, found.iter().map(|(_, share)| *share))?;
    Ok(found)
}

pub(super) fn cells(field: &Field<'_>, visits: &[Visit]) -> Result<Vec<Cell>, Fault> {
    let ids: Vec<&str> = visits.iter().map(|visit| visit.id.as_str()).collect();
    let factors = |field: Option<Field<'_>>, least: i64| {
        let mut factors = vec![MILLION; ids.len()];
        for (id, value) in field.map(|it| it.entries()).transpose()?.unwrap_or_default() {
            let index = value.named("kind of visits", id, &ids)?;
            let factor = value.decimal(least, FACTOR_MAX)?;
            if let Some(slot) = factors.get_mut(index) {
                *slot = factor;
            }
        }
        Ok::<_, Fault>(factors)
    };
    let cell = |row: Field<'_>| {
        let mut keys = row.fields()?;
        let share = keys.need("share", "\"3.1%\"")?.share()?;
        let sex = keys.get("sex").map(|field| field.word(&["male", "female"])).transpose()?;
        let sex = sex.map(|index| if index == 0 { Sex::Male } else { Sex::Female });
        let age = keys.need("age", "22")?.count(0, 120)?;
        let dims = keys.get("dims").map(|field| field.dims(MemberFacts::DIMS)).transpose()?;
        let chronic = keys.get("chronic").map_or(Ok(0), |field| field.share())?;
        let usage = factors(keys.get("use"), 0)?;
        let cost = factors(keys.get("cost"), 1)?;
        let credit = keys.get("credit");
        let credit = credit.map_or(Ok(MILLION), |field| field.decimal(0, FACTOR_MAX))?;
        keys.finish()?;
        let dims = dims.unwrap_or_default();
        Ok::<_, Fault>(Cell { share, sex, age, dims, chronic, usage, cost, credit })
    };
    let cells: Vec<Cell> = field.list(ROWS_MAX)?.into_iter().map(cell).collect::<Result<_, _>>()?;
    whole(field, cells.iter().map(|cell| cell.share))?;
    Ok(cells)
}

pub(super) fn targets(field: &Field<'_>) -> Result<Vec<Target>, Fault> {
    let target = |row: Field<'_>| {
        let mut keys = row.fields()?;
        let figure = keys.need("figure", "\"inpatient.per_head\"")?.text()?;
        let written = keys.need("value", "\"0.2126\"")?;
        let value = written.text()?;
        // A share or a decimal: whoever compares reads it by the unit of the figure.
        if share(&value).is_err() && scaled(&value, 6, i64::MAX).is_err() {
            return Err(written.fault("not a figure", "write a decimal or a share in quotes"));
        }
        let tolerance = keys.need("tolerance", "\"2%\"")?.share()?;
        let source = keys.need("source", "\"…\"")?.text_or_name()?;
        let confidence = keys.need("confidence", "\"found\"")?;
        let confidence = match confidence.word(&["found", "derived", "assumed"])? {
            0 => Confidence::Found,
            1 => Confidence::Derived,
            _ => Confidence::Assumed,
        };
        keys.finish()?;
        Ok(Target { figure, value, tolerance, source, confidence })
    };
    field.list(ROWS_MAX)?.into_iter().map(target).collect()
}
