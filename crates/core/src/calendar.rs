//! Days of the calendar as numbers. No clock: every day is an argument.

use serde::{Deserialize, Serialize};

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(
    /// Days since 1970-01-01; negative before.
    pub i32,
);

/// Days of 400 years, after which the calendar repeats itself.
const ERA: i32 = 146_097;
/// Days from 0000-03-01 to 1970-01-01. Years are counted from March, so that 29 February is last.
const EPOCH: i32 = 719_468;

const fn is_leap(year: i16) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i16, month: i8) -> i8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Day {
    /// The day of a calendar date, or `None` if there is no such date.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
            return None;
        }
        let year = i32::from(year) - i32::from(month <= 2);
        let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
        // Months from March have 31, 30, 31, 30, 31 days in turn: 153 days in five months.
        let month = (i32::from(month) + 9) % 12;
        let of_year = (153 * month + 2) / 5 + i32::from(day) - 1;
        let of_era = year * 365 + year / 4 - year / 100 + of_year;
        Some(Self(era * ERA + of_era - EPOCH))
    }

    /// The calendar date as year, month and day.
    ///
    /// Days outside the years −32,768 to 32,767 are clamped to year 0.
    #[must_use]
    pub fn civil(self) -> (i16, i8, i8) {
        let days = self.0.saturating_add(EPOCH);
        let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
        let leaps = of_era / 1_460 - of_era / 36_524 + of_era / 146_096;
        let year = (of_era - leaps) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i32::from(month <= 2);
        let small = |n: i32| i8::try_from(n).unwrap_or(1);
        (i16::try_from(year).unwrap_or(0), small(month), small(day))
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

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn every_day_of_many_years_is_as_jiff_has_it() {
        let mut date = jiff::civil::date(1580, 1, 1);
        let mut days = Day::new(1580, 1, 1).unwrap().0;
        assert_eq!(Day::new(1970, 1, 1), Some(Day(0)));
        while date.year() < 3_020 {
            let (year, month, day) = (date.year(), date.month(), date.day());
            assert_eq!(Day::new(year, month, day), Some(Day(days)), "{date}");
            assert_eq!(Day(days).civil(), (year, month, day), "{date}");
            date = date.tomorrow().unwrap();
            days += 1;
        }
    }

    #[test]
    fn there_are_no_other_dates() {
        for (year, month, day) in [(2023, 2, 29), (1900, 2, 29), (2024, 4, 31), (2024, 13, 1)] {
            assert_eq!(Day::new(year, month, day), None);
        }
        assert_eq!(Day::new(2024, 0, 1), None);
        assert_eq!(Day::new(2024, 1, 0), None);
        assert!(Day::new(2000, 2, 29).is_some());
    }

    #[test]
    fn ages_and_years_turn_on_their_day() {
        let day = |y, m, d| Day::new(y, m, d).unwrap();
        assert_eq!(day(2023, 2, 28).age_of(day(1952, 2, 29)), Some(70));
        assert_eq!(day(2023, 3, 1).age_of(day(1952, 2, 29)), Some(71));
        assert_eq!(day(2024, 2, 29).age_of(day(1952, 2, 29)), Some(72));
        assert_eq!(day(2024, 2, 29).age_of(day(2024, 3, 1)), None);
        assert_eq!(day(2024, 6, 30).benefit_year((7, 1)), 2023);
        assert_eq!(day(2024, 7, 1).benefit_year((7, 1)), 2024);
    }
}
