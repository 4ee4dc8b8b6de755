//! Days of the calendar as numbers. No clock: every day is an argument.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(
    /// Days since 1970-01-01; negative before.
    pub i32,
);

const EPOCH: Date = Date::constant(1970, 1, 1);

impl Day {
    /// The day of a calendar date, or `None` if there is no such date.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = Date::new(year, month, day).ok()?;
        let span = date.since((jiff::Unit::Day, EPOCH)).ok()?;
        Some(Self(span.get_days()))
    }

    /// The calendar date as year, month and day.
    ///
    /// Days outside the years −9999 to 9999 are clamped.
    #[must_use]
    pub fn civil(self) -> (i16, i8, i8) {
        let span = jiff::Span::new().try_days(i64::from(self.0));
        let date = span.and_then(|s| EPOCH.checked_add(s));
        let date = date.unwrap_or(if self.0 < 0 { Date::MIN } else { Date::MAX });
        (date.year(), date.month(), date.day())
    }

    /// The benefit year of this day: the calendar year in which it starts.
    #[must_use]
    pub fn benefit_year(self, year_start: (u8, u8)) -> i16 {
        let (year, month, day) = self.civil();
        let started = (month.cast_unsigned(), day.cast_unsigned()) >= year_start;
        if started { year } else { year - 1 }
    }

    /// Completed years between a birth date and this day; `None` if born later.
    ///
    /// Whoever is born on 29 February completes the year on 1 March in other years.
    #[must_use]
    pub fn age_of(self, born: Self) -> Option<i64> {
        if born > self {
            return None;
        }
        let ((y, m, d), (by, bm, bd)) = (self.civil(), born.civil());
        Some(i64::from(y) - i64::from(by) - i64::from((m, d) < (bm, bd)))
    }
}
