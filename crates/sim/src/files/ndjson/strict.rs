//! Lines in any spelling that the contract allows, through its strict reader.

use rust_decimal::Decimal;

use tongchou_core::calendar::Day;
use tongchou_wire::amount::{Date, Measure, Yuan};
use tongchou_wire::error::{Code as Refused, Refusal};
use tongchou_wire::read::{Message, message};
use tongchou_wire::request::{Bill as Fees, Joins, Line, Request};

use crate::book::{Item, What, Who};
use crate::fault::Fault;

use super::super::check::{is_exact, product};
use super::super::{Fill, Header, corrupt, misplaced};
use super::{Bill, Stay, Track};

/// The request of a line; `cut` if the file ends before the line does.
pub fn request(line: &[u8], cut: bool) -> Result<Request, Fault> {
    let text = str::from_utf8(line).map_err(|_| corrupt("", "it is not UTF-8"))?;
    match message(text) {
        Ok(Message::Settle(request)) => Ok(*request),
        Ok(_) => Err(misplaced("", "$", "a bill to settle, or a cancel behind its bill")),
        Err(refusal) if cut && refusal.code == Refused::Json => {
            Err(corrupt("", "the last line is cut off"))
        }
        Err(refusal) => Err(Fault::refused("", refusal)),
    }
}

/// Puts a request into a batch; false if the batch is full before it.
pub fn put(
    request: &Request,
    header: &Header,
    fill: &mut Fill<'_>,
    track: &mut Track,
) -> Result<bool, Fault> {
    let lines = fitting(request, header)?;
    let member = &request.member;
    let person = person(member.id.as_deref())?;
    let encounter = &request.encounter;
    let (day, nights) = days(encounter.admitted, encounter.discharged)?;
    if fill.is_full() && !fill.order.is_of(person) {
        return Ok(false);
    }
    let who = fill.book.who.add(Who { age: member.age, facts: member.facts.clone() })?;
    let what = fill.book.what.add(What { facts: encounter.facts.clone() })?;
    let stay = match &encounter.stay {
        None => None,
        Some(stay) if stay.joins == Some(Joins::Readmission) => {
            let value = format!("$.encounter.stay.joins of `{}`", stay.id);
            return Err(misplaced("", value, "`transfer`, or nothing"));
        }
        Some(stay) => {
            let transfer = stay.joins == Some(Joins::Transfer);
            Some(Stay { id: stay.id.as_bytes(), closes: stay.closes, transfer })
        }
    };
    for (index, line) in lines.iter().enumerate() {
        put_line(index, line, fill, track)?;
    }
    stated(request, lines)?;
    let Yuan(balance) = member.account.map(|account| account.balance).unwrap_or_default();
    let id = encounter.id.as_bytes();
    track.put(&Bill { person, who, what, day, nights, balance, stay, id }, fill)?;
    Ok(true)
}

/// The lines of a request, if everything it says has a column.
fn fitting<'a>(request: &'a Request, header: &Header) -> Result<&'a [Line], Fault> {
    let other = |is: bool, field: &'static str, expected: String| {
        if is { Err(misplaced("", field, expected)) } else { Ok(()) }
    };
    let no =
        |is: bool, field: &'static str| other(is, field, "no such field: it has no column".into());
    other(request.pack != header.pack, "$.pack", format!("`{}` in every line", header.pack))?;
    let expected = || "the params of the first line in every line".to_owned();
    other(request.params != header.params, "$.params", expected())?;
    let same = request.facts.iter().map(|(name, yuan)| (name, yuan.0)).eq(facts(header));
    other(!same, "$.facts", "the facts of the first line in every line".to_owned())?;
    no(!request.year_to_date.is_empty(), "$.year_to_date")?;
    no(request.state.is_some(), "$.state")?;
    no(request.member.born.is_some(), "$.member.born")?;
    let aid = request.member.account.and_then(|account| account.mutual_aid);
    no(aid.is_some(), "$.member.account.mutual_aid")?;
    no(request.encounter.use_account == Some(false), "$.encounter.use_account")?;
    no(request.hospital_share.is_some(), "$.hospital_share")?;
    match &request.bill {
        Fees::Lines(lines) => Ok(lines),
        Fees::Totals(_) => Err(misplaced("", "$.totals", "fee lines")),
    }
}

fn facts(header: &Header) -> impl Iterator<Item = (&String, i64)> {
    header.facts.iter().map(|(name, fen)| (name, *fen))
}

/// The number that a member's id is.
fn person(id: Option<&str>) -> Result<u64, Fault> {
    let number = id.and_then(|id| id.parse::<u64>().ok().filter(|n| n.to_string() == id));
    number.ok_or_else(|| {
        let value = format!("$.member.id `{}`", id.unwrap_or_default());
        misplaced("", value, "a whole number as text, without leading zeros")
    })
}

/// Day of admission and nights.
fn days(admitted: Date, discharged: Option<Date>) -> Result<(i32, u16), Fault> {
    // A `Date` is a day of the calendar by construction.
    let day = |date: Date| Day::new(date.year, date.month, date.day).map_or(0, |day| day.0);
    let last = discharged.unwrap_or(admitted);
    if last < admitted {
        let path = "$.encounter.discharged";
        let refusal = (Refused::DischargedBeforeAdmitted, last.to_string(), admitted.to_string());
        return Err(Fault::refused("", Refusal::new(refusal.0, path, refusal.1, refusal.2)));
    }
    let nights = u16::try_from(day(last) - day(admitted));
    let nights = nights.map_err(|_| misplaced("", "$.encounter.discharged", "65535 nights"))?;
    Ok((day(admitted), nights))
}

fn put_line(
    index: usize,
    line: &Line,
    fill: &mut Fill<'_>,
    track: &mut Track,
) -> Result<(), Fault> {
    let path = |field: &str| format!("$.lines[{index}].{field}");
    if line.date.is_some() {
        return Err(misplaced("", path("date"), "no such field: it has no column"));
    }
    let price = units(line.price, 6).ok_or_else(|| misplaced("", path("price"), "a price"))?;
    let quantity = units(line.quantity, 4).and_then(|units| u32::try_from(units).ok());
    let quantity = quantity.filter(|quantity| *quantity > 0).ok_or_else(|| {
        let value = format!("{} {}", path("quantity"), line.quantity);
        misplaced("", value, "0.0001 to 429496.7295")
    })?;
    let Yuan(fee) = line.amount;
    let Some(exact) = is_exact(price, quantity, fee) else {
        let (path, expected) = (path("amount"), Yuan(product(price, quantity)).to_string());
        let refusal = Refusal::new(Refused::AmountProduct, path, line.amount.to_string(), expected);
        return Err(Fault::refused("", refusal));
    };
    let (prepay, limit) = (line.prepay, line.limit);
    let item = fill.book.item.add(Item { facts: line.facts.clone(), prepay, limit })?;
    track.inexact |= !exact;
    let batch = &mut *fill.batch;
    batch.item.push(item);
    batch.quantity.push(quantity);
    batch.fee.push(fee);
    batch.price.push(price);
    Ok(())
}

/// A measure as a whole number of its last decimals.
fn units(Measure(value): Measure, scale: u32) -> Option<i64> {
    let value = value.checked_mul(Decimal::from(10_i64.checked_pow(scale)?))?.normalize();
    (value.scale() == 0).then(|| i64::try_from(value.mantissa()).ok()).flatten()
}

/// Refuses a stated total that is not the sum.
fn stated(request: &Request, lines: &[Line]) -> Result<(), Fault> {
    let Some(stated) = request.stated_total else { return Ok(()) };
    let sum = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.amount.0));
    if stated == Yuan(sum) {
        return Ok(());
    }
    let (value, sum) = (stated.to_string(), Yuan(sum).to_string());
    let refusal = Refusal::new(Refused::TotalDiffers, "$.stated_total", value, sum);
    Err(Fault::refused("", refusal))
}
