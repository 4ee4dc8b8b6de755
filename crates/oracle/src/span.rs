//! Periods that run from an event, and the calendar of working days.

use tongchou_wire::amount::Date;

use crate::day::number;
use crate::generate::days::shift;
use crate::pack::Pack;
use crate::refusal::Refusal;
use crate::rules::Calendar;

/// Minutes of a day.
pub const MINUTES: i64 = 1440;

const EPOCH: Date = Date { year: 1970, month: 1, day: 1 };

/// Year, month and day of a number.
pub fn parts(day: i64) -> (i64, i8, i8) {
    let Date { year, month, day } = shift(EPOCH, day);
    (i64::from(year), month, day)
}

/// The month of a day, counted from the year 0.
pub fn month_of(day: i64) -> i64 {
    let (year, month, _) = parts(day);
    year * 12 + i64::from(month) - 1
}

/// The first day of a month.
pub fn month_start(month: i64) -> i64 {
    let year = i16::try_from(month.div_euclid(12)).unwrap_or(i16::MAX);
    let month = i8::try_from(month.rem_euclid(12) + 1).unwrap_or(1);
    number(Date { year, month, day: 1 })
}

/// The moment at which a period that runs from a moment is over.
pub fn end(pack: &Pack, name: &str, from: i64) -> Result<i64, Refusal> {
    let of_name = pack.rules.periods.iter().find(|period| period.name == name);
    let period = of_name.ok_or_else(|| Refusal::Pack(format!("no period `{name}`")))?;
    let day = from.div_euclid(MINUTES);
    let shorter = i64::from(period.count_start) + i64::from(period.end == "first_free");
    let calendar = pack.rules.calendar.as_ref();
    let last = match period.unit.as_str() {
        "day" => day + period.n - shorter,
        "month" => months_on(day, period.n) - shorter,
        "calendar_month" => {
            month_start(month_of(day) + period.n + i64::from(!period.count_start)) - 1
        }
        "workday" => workday(calendar, day, period.n, period.count_start)?,
        unit => {
            let length = if unit == "hour" { 60 } else { 1 };
            let moment = from + period.n * length;
            return match period.roll {
                true if !works(calendar, moment.div_euclid(MINUTES))? => {
                    Ok((rolled(calendar, moment.div_euclid(MINUTES))? + 1) * MINUTES)
                }
                _ => Ok(moment + 1),
            };
        }
    };
    let last = if period.roll { rolled(calendar, last)? } else { last };
    Ok((last + 1) * MINUTES)
}

/// The corresponding day so many months on, or the last of that month.
fn months_on(day: i64, months: i64) -> i64 {
    let (_, _, of_month) = parts(day);
    let month = month_of(day) + months;
    (month_start(month) + i64::from(of_month) - 1).min(month_start(month + 1) - 1)
}

fn works(calendar: Option<&Calendar>, day: i64) -> Result<bool, Refusal> {
    let calendar = calendar.ok_or(Refusal::NoCalendar)?;
    let date = shift(EPOCH, day);
    if date < calendar.from || calendar.to < date {
        return Err(Refusal::NoCalendar);
    }
    // 1970-01-01 was a Thursday.
    let weekday = (day + 3).rem_euclid(7);
    Ok(if weekday < 5 { !calendar.off.contains(&date) } else { calendar.on.contains(&date) })
}

fn workday(
    calendar: Option<&Calendar>,
    day: i64,
    n: i64,
    count_start: bool,
) -> Result<i64, Refusal> {
    let mut last = day;
    let mut counted = i64::from(count_start && works(calendar, day)?);
    while counted < n {
        last += 1;
        counted += i64::from(works(calendar, last)?);
    }
    Ok(last)
}

fn rolled(calendar: Option<&Calendar>, mut day: i64) -> Result<i64, Refusal> {
    while !works(calendar, day)? {
        day += 1;
    }
    Ok(day)
}
