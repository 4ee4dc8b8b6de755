//! What follows from a member's dated facts: turns of contributions, ends of periods, classes of
//! events, and the intervals in which a dimension has a value.
//!
//! Moments are minutes since 1970-01-01 00:00. Nothing here reads a clock; every day is a fact.

use crate::calendar::Day;
use crate::pack::{Pack, Row};
use crate::rules::{
    Calendar, Coverage, Edge, End, Event, OUTSIDE, Period, Rules, Shift, Span, Turn, Unit,
};

/// Minutes of a day.
pub const DAY: i64 = 1_440;

/// A dated fact of a kind that the pack knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Index of the event in the pack.
    pub event: u16,
    /// When.
    pub moment: i64,
    /// Index of its reason.
    pub reason: Option<u8>,
    /// Position of the fact that says so.
    pub fact: usize,
    /// Place among events of one name at one moment: by id, then as they became known.
    pub rank: usize,
    /// Whether it was made out of contribution records.
    pub derived: bool,
}

/// A contribution record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// First day of the month.
    pub month: Day,
    /// What was due, in fen.
    pub due: i64,
    /// What was paid, in fen.
    pub paid: i64,
    /// When; in time if unknown.
    pub on: Option<Day>,
    /// Position of the fact.
    pub fact: usize,
}

/// A time in which a row of coverage holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// First minute.
    pub from: i64,
    /// First minute after it.
    pub until: i64,
    /// Index of the happening that opened it.
    pub opener: Option<usize>,
}

/// A day that a period needs lies outside the pack's calendar of working days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncovered(pub Day);

/// The minute in which a day begins.
#[must_use]
pub fn midnight(day: Day) -> i64 {
    i64::from(day.0) * DAY
}

/// The day of a moment.
#[must_use]
pub fn day_of(moment: i64) -> Day {
    Day(i32::try_from(moment.div_euclid(DAY)).unwrap_or(i32::MAX))
}

/// The day `months` months after a day: the corresponding one, or the last of its month.
#[must_use]
pub fn months_later(day: Day, months: i32) -> Day {
    let (year, month, of_month) = day.civil();
    let index = i32::from(year) * 12 + i32::from(month) - 1 + months;
    let year = i16::try_from(index.div_euclid(12)).unwrap_or(i16::MAX);
    let month = i8::try_from(index.rem_euclid(12)).unwrap_or(0) + 1;
    let found = (1..=of_month).rev().find_map(|of_month| Day::new(year, month, of_month));
    found.unwrap_or(day)
}

/// The first day of a day's month.
#[must_use]
pub fn month_start(day: Day) -> Day {
    let (_, _, of_month) = day.civil();
    Day(day.0 - i32::from(of_month) + 1)
}

/// What is known of a month.
#[derive(Clone, Copy, Debug)]
struct Month {
    start: Day,
    paid: bool,
    /// The day on which its payment was complete; `None` is in time.
    complete: Option<Day>,
    fact: usize,
}

impl Month {
    fn of(start: Day, records: &[Paid]) -> Self {
        let own: Vec<&Paid> = records.iter().filter(|r| r.month == start).collect();
        let due = own.iter().map(|r| r.due).max().unwrap_or(1);
        let fact = own.last().map_or(0, |r| r.fact);
        let mut by_day = own;
        by_day.sort_by_key(|r| r.on);
        let (mut sum, mut complete) = (0_i64, None);
        for record in by_day {
            if sum >= due {
                break;
            }
            sum = sum.saturating_add(record.paid);
            complete = record.on;
        }
        Self { start, paid: sum >= due, complete, fact }
    }

    fn is_missed(&self, cutoff: u8) -> bool {
        let last = Day(self.start.0 + i32::from(cutoff) - 1);
        !self.paid || self.complete.is_some_and(|day| day > last)
    }
}

/// The turns of a member's contributions, for every event that has one.
#[must_use]
pub fn turns(rules: &Rules, records: &[Paid]) -> Vec<Happening> {
    let (Some(first), Some(last)) =
        (records.iter().map(|r| r.month).min(), records.iter().map(|r| r.month).max())
    else {
        return Vec::new();
    };
    let mut months = Vec::new();
    let mut start = first;
    while start <= last {
        months.push(Month::of(start, records));
        start = months_later(start, 1);
    }
    let cutoff = rules.cutoff_day.unwrap_or(31);
    let mut found: Vec<(Turn, Day, usize)> = Vec::new();
    for (index, month) in months.iter().enumerate() {
        let earlier = months.get(..index).unwrap_or_default();
        let paid_before = earlier.last().is_some_and(|m| m.paid);
        let ever = earlier.iter().any(|m| m.paid);
        match (month.paid, paid_before, ever) {
            (true, _, false) => found.push((Turn::Start, month.start, month.fact)),
            (true, false, true) => found.push((Turn::Restart, month.start, month.fact)),
            (false, true, _) => found.push((Turn::Stop, month.start, month.fact)),
            _ => {}
        }
        if month.is_missed(cutoff) {
            let day = Day(month.start.0 + i32::from(cutoff));
            found.push((Turn::Missed, day, month.fact));
            // The months from the latest beginning of payments that is not after the day.
            let done = |day: Day| {
                let begins = |at: &usize| {
                    let before = at.checked_sub(1).and_then(|at| months.get(at));
                    months.get(*at).is_some_and(|m| m.paid && m.start <= day)
                        && !before.is_some_and(|m| m.paid)
                };
                let since = (0..months.len()).rev().find(begins).unwrap_or(0);
                let since = months.get(since..).unwrap_or_default();
                let mut due = since.iter().filter(|m| Day(m.start.0 + i32::from(cutoff) - 1) < day);
                due.all(|m| m.paid && m.complete <= Some(day))
            };
            if let (true, Some(day)) = (month.paid, month.complete)
                && done(day)
            {
                found.push((Turn::MadeUp, day, month.fact));
            }
        }
    }
    let of_event = |(index, event): (usize, &Event)| {
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        let turn = event.turn;
        let made = move |(found, day, fact): &(Turn, Day, usize)| {
            let moment = midnight(*day);
            (turn == Some(*found)).then_some(Happening {
                event: index,
                moment,
                reason: None,
                fact: *fact,
                rank: *fact,
                derived: true,
            })
        };
        found.iter().filter_map(made).collect::<Vec<_>>()
    };
    rules.events.iter().enumerate().flat_map(of_event).collect()
}

impl Calendar {
    fn works(&self, day: Day) -> Result<bool, Uncovered> {
        if day < self.from || self.to < day {
            return Err(Uncovered(day));
        }
        // 1970-01-01 was a Thursday: with Monday as 0 it is 3.
        let weekend = (day.0 + 3).rem_euclid(7) >= 5;
        Ok(self.on.contains(&day) || (!weekend && !self.off.contains(&day)))
    }
}

/// When a period is over: its last day or minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// At the end of a day.
    Day(Day),
    /// With a minute.
    Minute(i64),
}

impl Over {
    /// The first minute after it.
    #[must_use]
    pub fn until(self) -> i64 {
        match self {
            Self::Day(day) => midnight(day) + DAY,
            Self::Minute(minute) => minute + 1,
        }
    }
}

/// When a period that runs from a moment is over.
///
/// # Errors
/// [`Uncovered`]: the calendar of working days does not reach so far.
pub fn over(rules: &Rules, period: &Period, start: i64) -> Result<Over, Uncovered> {
    let (day, n) = (day_of(start), i32::from(period.n));
    let first_free = i32::from(period.end == End::FirstFree);
    let counted = i32::from(period.count_start);
    let last = match period.unit {
        Unit::Minute => Over::Minute(start + i64::from(period.n)),
        Unit::Hour => Over::Minute(start + i64::from(period.n) * 60),
        Unit::Day => Over::Day(Day(day.0 + n - counted - first_free)),
        Unit::Month => Over::Day(Day(months_later(day, n).0 - counted - first_free)),
        Unit::CalendarMonth => {
            let after = months_later(month_start(day), n + 1 - counted);
            Over::Day(Day(after.0 - 1))
        }
        Unit::Workday => {
            let calendar = rules.calendar.as_ref().ok_or(Uncovered(day))?;
            let mut left = n;
            let mut at = day;
            if period.count_start && calendar.works(at)? {
                left -= 1;
            }
            while left > 0 {
                at = Day(at.0 + 1);
                left -= i32::from(calendar.works(at)?);
            }
            Over::Day(Day(at.0 - first_free))
        }
    };
    if !period.roll {
        return Ok(last);
    }
    let calendar = rules.calendar.as_ref().ok_or(Uncovered(day))?;
    let mut at = match last {
        Over::Day(day) => day,
        Over::Minute(minute) => day_of(minute),
    };
    if calendar.works(at)? {
        return Ok(last);
    }
    while !calendar.works(at)? {
        at = Day(at.0 + 1);
    }
    Ok(Over::Day(at))
}

/// The class of a happening: the index of the first window that contains it, or [`OUTSIDE`];
/// `None` where its event has no windows.
///
/// # Errors
/// [`Uncovered`].
pub fn class(
    rules: &Rules,
    happening: &Happening,
    all: &[Happening],
) -> Result<Option<u8>, Uncovered> {
    let (_, month, of_month) = day_of(happening.moment).civil();
    let at = (month.cast_unsigned(), of_month.cast_unsigned());
    let mut any = false;
    for (index, window) in rules.windows.iter().enumerate() {
        if window.event != happening.event {
            continue;
        }
        any = true;
        let named = happening.reason.is_some_and(|reason| window.reasons.contains(&reason));
        if !window.reasons.is_empty() && !named {
            continue;
        }
        let inside = match window.span {
            Span::Always => true,
            Span::Yearly(from, to) if from <= to => from <= at && at <= to,
            Span::Yearly(from, to) => from <= at || at <= to,
            Span::After(event, period) => {
                let before = |h: &&Happening| h.event == event && h.moment <= happening.moment;
                let latest = all.iter().filter(before).max_by_key(|h| h.moment);
                match (latest, rules.periods.get(usize::from(period))) {
                    (Some(latest), Some(period)) => {
                        happening.moment < over(rules, period, latest.moment)?.until()
                    }
                    _ => false,
                }
            }
        };
        if inside {
            return Ok(Some(u8::try_from(index).unwrap_or(OUTSIDE)));
        }
    }
    Ok(any.then_some(OUTSIDE))
}

/// A happening with its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classed {
    /// What happened.
    pub happening: Happening,
    /// Its class, where its event has windows.
    pub class: Option<u8>,
}

impl Edge {
    /// The moment that the edge gives for a happening, if it is one of its events.
    fn moment(&self, classed: &Classed) -> Option<i64> {
        let counts = self.event == classed.happening.event
            && (self.windows.is_empty()
                || classed.class.is_some_and(|class| self.windows.contains(&class)));
        counts.then(|| {
            let moment = classed.happening.moment;
            let day = day_of(moment);
            match self.shift {
                Shift::None => moment,
                Shift::Days(days) => midnight(Day(day.0 + i32::from(days))),
                Shift::Months(n) => midnight(months_later(month_start(day), i32::from(n))),
            }
        })
    }
}

/// Before and after everything: a bound that a row does not state.
pub const OPEN: (i64, i64) = (i64::MIN / 2, i64::MAX / 2);

/// The times in which a row of coverage holds, by their beginning. A row that does not begin
/// after the pack, or not end before it, has no bound there.
///
/// # Errors
/// [`Uncovered`].
pub fn intervals(
    pack: &Pack,
    row: &Row<Coverage>,
    all: &[Classed],
) -> Result<Vec<Interval>, Uncovered> {
    let bounds = bounds(pack, row);
    let coverage = &row.value;
    if coverage.opens.is_empty() {
        return Ok(vec![Interval { from: bounds.0, until: bounds.1, opener: None }]);
    }
    let mut found = Vec::new();
    for (index, opening) in all.iter().enumerate() {
        let Some(from) = opened(coverage, opening) else { continue };
        let until = lasting(pack, row, opening, bounds.1)?;
        let closes = ends(coverage, all, index).map(|(_, moment)| moment).min();
        let until = until.min(closes.unwrap_or(until));
        let from = from.max(bounds.0);
        if from < until {
            found.push(Interval { from, until, opener: Some(index) });
        }
    }
    found.sort_by_key(|interval| interval.from);
    Ok(found)
}

/// Notes the happenings without which a row would hold at other times, because they alone end one
/// of its intervals where it ends.
///
/// # Errors
/// [`Uncovered`].
pub fn closing(
    pack: &Pack,
    row: &Row<Coverage>,
    all: &[Classed],
    useful: &mut [bool],
) -> Result<(), Uncovered> {
    let coverage = &row.value;
    let (from_bound, to_bound) = bounds(pack, row);
    for (index, opening) in all.iter().enumerate() {
        let Some(from) = opened(coverage, opening) else { continue };
        let until = lasting(pack, row, opening, to_bound)?;
        // The first end, and the next one.
        let (mut first, mut next) = ((usize::MAX, until), until);
        for (closer, end) in ends(coverage, all, index) {
            if end < first.1 {
                (first, next) = ((closer, end), first.1);
            } else {
                next = next.min(end);
            }
        }
        // One that is empty all the same is none.
        let alone = first.1 < next && from.max(from_bound) < next;
        if let Some(slot) = useful.get_mut(first.0).filter(|_| alone) {
            *slot = true;
        }
    }
    Ok(())
}

/// First moment in which a row may hold, and the first in which it may not any more.
fn bounds(pack: &Pack, row: &Row<Coverage>) -> (i64, i64) {
    (
        if pack.from < row.from { midnight(row.from) } else { OPEN.0 },
        if row.to < pack.to { midnight(row.to) + DAY } else { OPEN.1 },
    )
}

/// When a happening opens an interval.
fn opened(coverage: &Coverage, opening: &Classed) -> Option<i64> {
    coverage.opens.iter().filter_map(|edge| edge.moment(opening)).min()
}

/// Until when an interval lasts if nothing closes it.
fn lasting(
    pack: &Pack,
    row: &Row<Coverage>,
    opening: &Classed,
    bound: i64,
) -> Result<i64, Uncovered> {
    let period = row.value.lasts.and_then(|p| pack.rules.periods.get(usize::from(p)));
    let Some(period) = period else { return Ok(bound) };
    Ok(bound.min(over(&pack.rules, period, opening.happening.moment)?.until()))
}

/// What may close what a happening opens, with the moment. Of happenings of one event at one
/// moment only a later one does.
fn ends<'c>(
    coverage: &'c Coverage,
    all: &'c [Classed],
    opening: usize,
) -> impl Iterator<Item = (usize, i64)> + 'c {
    let own = all.get(opening).map(|classed| &classed.happening);
    all.iter().enumerate().filter_map(move |(index, closing)| {
        let (one, two) = (own?, &closing.happening);
        let alike = one.moment == two.moment && one.event == two.event;
        if index == opening || two.moment < one.moment || alike && two.rank < one.rank {
            return None;
        }
        coverage.closes.iter().filter_map(|edge| edge.moment(closing)).min().map(|at| (index, at))
    })
}
