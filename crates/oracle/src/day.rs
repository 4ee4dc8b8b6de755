//! Days: the bill's day, the day of the rows, the benefit year, completed years.

use tongchou_wire::amount::Date;
use tongchou_wire::request::{Line, Request};

use crate::pack::Pack;
use crate::refusal::Refusal;

/// The days of a bill.
#[derive(Clone, Copy, Debug)]
pub struct Days {
    /// The bill's own day.
    pub bill: Date,
    /// The day on which rows are selected.
    pub rows: Date,
    /// Whether that day was written behind `@`.
    pub pinned: bool,
    /// First day of the stay.
    pub admitted: Date,
    /// Last day of the stay.
    pub discharged: Date,
    /// Benefit year.
    pub year: i16,
}

impl Days {
    /// Reads the days of a request.
    pub fn of(pack: &Pack, request: &Request) -> Result<Self, Refusal> {
        let admitted = request.encounter.admitted;
        let discharged = request.encounter.discharged.unwrap_or(admitted);
        if discharged < admitted {
            return Err(Refusal::DischargeBeforeAdmission);
        }
        let bill = match pack.dated_by.as_str() {
            "admission" => admitted,
            _ => discharged,
        };
        let (id, pin) = match request.pack.split_once('@') {
            Some((id, day)) => (id, Some(Date::read(day).ok_or(Refusal::PackName)?)),
            None => (request.pack.as_str(), None),
        };
        if id != pack.id {
            return Err(Refusal::PackName);
        }
        let rows = pin.unwrap_or(bill);
        in_life(pack, rows)?;
        let year = benefit_year(pack, bill);
        Ok(Self { bill, rows, pinned: pin.is_some(), admitted, discharged, year })
    }

    /// Days from the admission to the discharge, 0 for one day.
    pub fn length(&self) -> i64 {
        days_before(self.discharged) - days_before(self.admitted)
    }

    /// The day on which the rows of a line are selected.
    pub fn of_line(&self, pack: &Pack, line: &Line) -> Result<Date, Refusal> {
        let Some(date) = line.date else { return Ok(self.rows) };
        if date < self.admitted || self.discharged < date {
            return Err(Refusal::LineDate(line.id.clone()));
        }
        if self.pinned {
            return Ok(self.rows);
        }
        in_life(pack, date)?;
        Ok(date)
    }
}

/// The calendar year in which the benefit year of a day starts.
pub fn benefit_year(pack: &Pack, day: Date) -> i16 {
    if (day.month, day.day) < pack.year_start { day.year - 1 } else { day.year }
}

/// The first day of a benefit year.
pub fn first_day(pack: &Pack, year: i16) -> Date {
    let (month, day) = pack.year_start;
    Date { year, month, day }
}

/// Years completed on a day; a birthday on 29 February falls on 1 March in other years.
pub fn completed_years(born: Date, day: Date) -> i64 {
    let years = i64::from(day.year) - i64::from(born.year);
    if (day.month, day.day) < (born.month, born.day) { years - 1 } else { years }
}

/// Days since 1970-01-01.
pub fn number(day: Date) -> i64 {
    days_before(day) - days_before(Date { year: 1970, month: 1, day: 1 })
}

/// Days from the first day of the year 0 to a day, by counting months.
fn days_before(day: Date) -> i64 {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let year = i64::from(day.year);
    // Leap years before this one, the year 0 among them.
    let past = year - 1;
    let leaps = past / 4 - past / 100 + past / 400 + 1;
    let of_month = |month: i8| match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let months: i64 = (1..day.month).map(of_month).sum();
    365 * year + leaps + months + i64::from(day.day) - 1
}

fn in_life(pack: &Pack, day: Date) -> Result<(), Refusal> {
    if day < pack.from || pack.to < day {
        return Err(Refusal::OutsideLife);
    }
    Ok(())
}
