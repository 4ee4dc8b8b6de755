//! Days of a bill: inside a row's effect, on its edges, around the start of the year and of March.

use jiff::ToSpan;

use tongchou_wire::amount::Date;

use crate::pack::{DimSource, Pack};

use super::dice::Dice;
use super::target::Target;

/// A day some days later, or earlier; the day itself where the calendar ends.
pub fn shift(day: Date, days: i64) -> Date {
    let moved = |day: Date| {
        let date = jiff::civil::Date::new(day.year, day.month, day.day).ok()?;
        let date = date.checked_add(days.days()).ok()?;
        Some(Date { year: date.year(), month: date.month(), day: date.day() })
    };
    moved(day).unwrap_or(day)
}

/// The number of days from one day to another.
pub fn distance(from: Date, to: Date) -> i64 {
    let date = |day: Date| jiff::civil::Date::new(day.year, day.month, day.day).ok();
    let span = date(from).zip(date(to)).and_then(|(from, to)| from.until(to).ok());
    span.map_or(0, |span| i64::from(span.get_days()))
}

/// A day between two days, both included.
pub fn between(dice: &mut Dice, from: Date, to: Date) -> Date {
    let days = dice.between(0, distance(from, to));
    shift(from, days)
}

/// A day on which a row is in force, or the day before, or the day after.
pub fn around(dice: &mut Dice, pack: &Pack, target: &Target) -> Date {
    let (from, to) = (target.from.max(pack.from), target.to.min(pack.to));
    let day = match dice.weighted([47, 12, 12, 6, 6, 13, 4]) {
        0 => between(dice, from, to),
        1 => from,
        2 => to,
        3 => shift(from, -1),
        4 => shift(to, 1),
        5 => year_edge(dice, pack, from, to),
        _ => around_march(dice, pack, from, to),
    };
    day.clamp(pack.from, pack.to)
}

/// The first day of a benefit year or the day before it.
fn year_edge(dice: &mut Dice, pack: &Pack, from: Date, to: Date) -> Date {
    let (month, day) = pack.year_start;
    let year = between(dice, from, to).year;
    shift(Date { year, month, day }, dice.pick([-1, 0])).clamp(from, to)
}

/// The first of March or a day before it, in a year in which somebody who was born on a leap day
/// comes to a cut of the age, if there is one.
fn around_march(dice: &mut Dice, pack: &Pack, from: Date, to: Date) -> Date {
    let cuts = pack.dims.iter().filter_map(|dim| match &dim.source {
        DimSource::Cut { of, starts, .. } if of == "age" => Some(starts),
        _ => None,
    });
    let cuts: Vec<i64> = cuts.flatten().copied().collect();
    let cut = dice.one_of(&cuts).copied().unwrap_or(0);
    let years: Vec<i16> =
        (from.year..=to.year).filter(|year| (i64::from(*year) - cut) % 4 == 0).collect();
    let year = dice.one_of(&years).copied().unwrap_or(from.year);
    shift(Date { year, month: 3, day: 1 }, dice.pick([-1, -1, 0, -2])).clamp(from, to)
}

/// The day of the next bill of a history.
pub fn later(dice: &mut Dice, pack: &Pack, last: Date) -> Date {
    let day = match dice.weighted([12, 40, 28, 12, 8]) {
        0 => last,
        1 => shift(last, dice.between(1, 10)),
        2 => shift(last, dice.between(11, 90)),
        3 => {
            let (month, day) = pack.year_start;
            let next = Date { year: last.year + 1, month, day };
            shift(next, dice.pick([-1, 0]))
        }
        _ => shift(last, dice.between(91, 400)),
    };
    day.clamp(last, pack.to)
}

/// The day of the next bill of a long history: within so many days.
pub fn soon(dice: &mut Dice, pack: &Pack, last: Date, step: i64) -> Date {
    shift(last, dice.between(0, 2 * step)).clamp(last, pack.to)
}

/// Length of a stay in days.
pub fn stay_length(dice: &mut Dice) -> i64 {
    match dice.weighted([20, 60, 18, 2]) {
        0 => 0,
        1 => dice.between(1, 15),
        2 => dice.between(16, 60),
        _ => dice.between(61, 400),
    }
}
