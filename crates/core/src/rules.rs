//! What a pack says about a member's dated facts: events, periods, windows, coverage, refunds,
//! levies, verdicts. Part of the canonical pack; `entitle` evaluates it.
//!
//! INVARIANT: nothing in this module decides anything; it only holds what the pack states.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::pack::{Row, Text};

pub use crate::pack::Transfer;

/// What late facts do to bills already settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaterBills {
    /// They are settled anew, in order of service.
    #[default]
    Replay,
    /// They stay as they are and are reported.
    Keep,
    /// The late fact is refused.
    Refuse,
}

/// What becomes of a stay that is open when the benefit year ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrossYear {
    /// It goes on with all its counters.
    #[default]
    Continue,
    /// Its positions start at zero.
    RestartBands,
    /// It is a new stay.
    RestartAll,
}

/// Which claims come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimOrder {
    /// By the day of the claim.
    #[default]
    Claimed,
    /// By the day of service.
    Service,
}

/// A whole number that a question brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// Name, as callers write it in `numbers`.
    pub id: String,
    /// Name for people.
    pub name: Text,
    /// Index of the clause that asks for it.
    pub clause: u16,
}

/// A kind of dated fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Name, as callers write it in `event`.
    pub id: String,
    /// Name for people.
    pub name: Text,
    /// Set when the event is also made out of contribution records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// Words that `reason` may have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The institutions that it must choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selects: Option<Selection>,
    /// Index of the clause.
    pub clause: u16,
}

/// A turn in a member's contributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The first paid month.
    Start,
    /// A paid month after a break.
    Restart,
    /// The first unpaid month after paid ones.
    Stop,
    /// A month not paid by the day on which the file is closed.
    Missed,
    /// The day on which nothing is missed any more.
    MadeUp,
}

/// How many institutions an event names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// At least so many.
    pub least: u8,
    /// At most so many.
    pub most: u8,
    /// At least one of these levels; none means any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
}

/// A span of time that runs from an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Identifier.
    pub id: String,
    /// Name for people.
    pub name: Text,
    /// Index of the event that it runs from; none where only windows and coverage use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u16>,
    /// How many units.
    pub n: u16,
    /// The unit.
    pub unit: Unit,
    /// Whether the event's own day (or month) is the first.
    pub count_start: bool,
    /// Whether the last day counts, or is the first free one.
    pub end: End,
    /// Whether an end on a day off moves to the next working day.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub roll: bool,
    /// Index of the clause.
    pub clause: u16,
}

/// Units of periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Working days of the calendar.
    Workday,
    /// Months, to the corresponding day.
    Month,
    /// Whole months of the calendar.
    CalendarMonth,
}

/// How a period ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// On its last day, which belongs to it.
    Inclusive,
    /// On the first day that is free again.
    FirstFree,
}

/// Days off and made-up working days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// First day that it covers.
    pub from: Day,
    /// Last day that it covers.
    pub to: Day,
    /// Weekdays off.
    pub off: Vec<Day>,
    /// Working Saturdays and Sundays.
    pub on: Vec<Day>,
    /// Index of the clause.
    pub clause: u16,
}

/// A class of an event, by when it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Identifier; the event's class.
    pub id: String,
    /// Index of the event.
    pub event: u16,
    /// When it is open.
    pub span: Span,
    /// Indices of the reasons that it accepts; none means any or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<u8>,
    /// Index of the clause.
    pub clause: u16,
}

/// When a window is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Always.
    Always,
    /// Every year between two days (month and day), which belong to it; may pass the new year.
    Yearly((u8, u8), (u8, u8)),
    /// For a period (second index) after the latest event of another name (first index).
    After(u16, u16),
}

/// A value of a dimension for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Index of the dimension.
    pub dim: u16,
    /// Index of its value.
    pub value: u8,
    /// What opens it; without any it always holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opens: Vec<Edge>,
    /// What closes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closes: Vec<Edge>,
    /// Index of the period that it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<u16>,
    /// Whether it holds only at the event's institutions.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub institutions: bool,
    /// Whether a bill under it is counted in the global budget of whoever the event is `by`.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub budget: bool,
    /// Whether the bill's day of admission is looked at, not its own day.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub admission: bool,
}

/// An event that opens or closes an interval, and how far from it that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Index of the event.
    pub event: u16,
    /// Classes that count (indices of windows, 255 for outside); none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<u8>,
    /// How far.
    pub shift: Shift,
}

/// How far an edge is from its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// At the event's moment.
    None,
    /// So many days later, at 00:00.
    Days(u16),
    /// On the first day of the month so many months later.
    Months(u16),
}

/// Where a bill is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// What it is cut at.
    pub of: CutAt,
    /// How its amounts are divided.
    pub by: SplitBy,
    /// Whether a later segment opens a new stay.
    pub second_deductible: bool,
}

/// What a bill is cut at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutAt {
    /// The first day of a benefit year.
    Year,
    /// A change of the scheme.
    Scheme,
    /// A change of the derived dimension of that index.
    Dim(u16),
    /// A stated day.
    Day(Day),
}

/// How a bill's amounts are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitBy {
    /// By the date of each fee line.
    FeeDate,
    /// By the number of days.
    Days,
}

/// How part of the person's payment is given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// Channels, first to last.
    pub order: Vec<Channel>,
    /// Given dimensions of the refund and the values that they must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<(String, String)>,
    /// Whether the card's password is asked for.
    pub password: bool,
    /// Index of the clause.
    pub clause: u16,
}

/// Where a person's payment came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Cash.
    Cash,
    /// Personal account, then mutual aid.
    Account,
}

/// An amount worked out of a base, a rate and months.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levy {
    /// Identifier.
    pub id: String,
    /// Name for people.
    pub name: Text,
    /// Index of the fact that it is taken of.
    pub base: u16,
    /// Index of another fact, and the least and greatest share of it that the base may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<(u16, u32, u32)>,
    /// For how many months.
    pub months: Months,
    /// The rate, in ppm of the base (may be above 100 %).
    pub rate: Vec<Row<u32>>,
    /// Index of the clause.
    pub clause: u16,
}

/// For how many months a levy is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Months {
    /// One.
    One,
    /// A number that is brought.
    Of(u16),
    /// Those missing of a required number: required, and the numbers held.
    Missing(u32, Vec<u16>),
}

/// A table of named results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Identifier.
    pub id: String,
    /// Name for people.
    pub name: Text,
    /// Results by case, in the order written.
    pub rows: Vec<Row<Vec<(String, String)>>>,
}

/// Everything that a pack says about members beside settling: all of it optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// What late facts do.
    #[serde(default)]
    pub later_bills: LaterBills,
    /// Which claims come first.
    #[serde(default)]
    pub claim_order: ClaimOrder,
    /// What becomes of open stays at the end of the year.
    #[serde(default)]
    pub cross_year: CrossYear,
    /// Whole numbers that questions bring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<Number>,
    /// Kinds of dated facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Last day of the month on which a contribution is in time; none if the pack does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff_day: Option<u8>,
    /// Spans of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub periods: Vec<Period>,
    /// Working days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// Classes of events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// Values of dimensions for a time, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coverage: Vec<Row<Coverage>>,
    /// Where bills are cut.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<Row<Split>>,
    /// How part of a payment is given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Refund>,
    /// Amounts worked out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levies: Vec<Levy>,
    /// Tables of results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
}

impl Rules {
    /// Whether the pack says nothing beside settling a bill.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A rate above 100 % is at most this.
pub const LEVY_RATE_MAX: u32 = 1_000 * 1_000_000;
/// Class of an event that no window contains.
pub const OUTSIDE: u8 = 255;
