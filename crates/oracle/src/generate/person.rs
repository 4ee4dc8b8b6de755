//! Age and date of birth on both sides of a cut.

use tongchou_wire::amount::Date;
use tongchou_wire::request::Member;

use crate::day::{benefit_year, first_day};
use crate::pack::{DimSource, Pack};

use super::cuts;
use super::days::shift;
use super::dice::Dice;
use super::facts::Chosen;

const OLDEST: i64 = 105;

/// Gives the member an age, or a date of birth, that has the chosen value on the bill's day.
pub fn age(dice: &mut Dice, pack: &Pack, chosen: &Chosen, day: Date, member: &mut Member) {
    let cut = pack.dims.iter().filter_map(|dim| match &dim.source {
        DimSource::Cut { of, as_of, .. } if of == "age" => Some(as_of.as_str()),
        _ => None,
    });
    let counted_on = dice.one_of(&cut.collect::<Vec<_>>()).map(|as_of| match *as_of {
        "year_start" => first_day(pack, benefit_year(pack, day)),
        _ => day,
    });
    if let Some((counted_on, range)) = counted_on.zip(cuts::range(pack, chosen, "age")) {
        let (low, high) = (range.low, range.high.unwrap_or(OLDEST));
        let any = dice.between(low, high);
        let any = if is_around_march(day) { high } else { any };
        let age = dice.pick([low, high, any]);
        return write(dice, age, counted_on, member);
    }
    if dice.percent(50) {
        let age = dice.between(0, OLDEST);
        write(dice, age, day, member);
    }
}

fn write(dice: &mut Dice, age: i64, day: Date, member: &mut Member) {
    member.born = None;
    member.age = u8::try_from(age).ok();
    if dice.percent(45) {
        return;
    }
    let birthday = |day: Date, years: i64| {
        let year = i16::try_from(i64::from(day.year) - years).unwrap_or(day.year);
        match (day.month, day.day) {
            (2, 29) if !is_leap(year) => Date { year, month: 3, day: 1 },
            _ => Date { year, ..day },
        }
    };
    let leap = if is_around_march(day) { 150 } else { 20 };
    let born = match dice.weighted([25, 25, leap, 30]) {
        0 => birthday(day, age),
        1 => birthday(shift(day, 1), age + 1),
        2 => leap_day(birthday(day, age)),
        _ => shift(birthday(day, age), -dice.between(0, 364)),
    };
    // Whether this is the age on that day is for those who settle to find out.
    if 1900 <= born.year && born <= day {
        member.born = Some(born);
        member.age = None;
    }
}

fn is_around_march(day: Date) -> bool {
    matches!((day.month, day.day), (2, 28 | 29) | (3, 1))
}

/// The last 29 February on or before a day.
fn leap_day(day: Date) -> Date {
    let mut year = day.year;
    while !is_leap(year) || day < (Date { year, month: 2, day: 29 }) {
        year -= 1;
    }
    Date { year, month: 2, day: 29 }
}

fn is_leap(year: i16) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}
