//! What a pack says about a member's dated facts, as it is written: names stay names.

use tongchou_wire::amount::Date;

use crate::pack::Row;

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// `replay`, `keep` or `refuse`.
    pub later_bills: String,
    /// `claimed` or `service`.
    pub claim_order: String,
    /// `continue`, `restart_bands` or `restart_all`.
    pub cross_year: String,
    /// Kinds of events.
    pub events: Vec<Kind>,
    /// Until which day of its month a contribution is in time.
    pub cutoff_day: Option<i8>,
    /// Spans of time.
    pub periods: Vec<Period>,
    /// Working days.
    pub calendar: Option<Calendar>,
    /// Classes of events.
    pub windows: Vec<Window>,
    /// Values for a time.
    pub coverage: Vec<Row<Coverage>>,
    /// Where bills are cut.
    pub splits: Vec<Row<Split>>,
    /// How payments are given back.
    pub refund: Option<Refund>,
}

/// A kind of events.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// The turn of contributions that makes it, if one does.
    pub turn: Option<String>,
    /// The reasons it may have.
    pub reasons: Vec<String>,
    /// The institutions that it must choose.
    pub selects: Option<Selection>,
}

/// How many institutions an event chooses.
#[derive(Clone, Debug)]
pub struct Selection {
    /// At least.
    pub least: i64,
    /// At most.
    pub most: i64,
    /// At least one of these levels; none means any.
    pub levels: Vec<String>,
}

/// A span of time from an event.
#[derive(Clone, Debug)]
pub struct Period {
    /// Its name.
    pub name: String,
    /// How many.
    pub n: i64,
    /// Of what.
    pub unit: String,
    /// Whether the event's own day or month is the first.
    pub count_start: bool,
    /// `inclusive` or `first_free`.
    pub end: String,
    /// Whether an end on a day off moves.
    pub roll: bool,
    /// The event that `entitle` counts it from.
    pub from_event: Option<String>,
}

/// Working days.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// First day known.
    pub from: Date,
    /// Last day known.
    pub to: Date,
    /// Weekdays off.
    pub off: Vec<Date>,
    /// Working weekends.
    pub on: Vec<Date>,
}

/// A class of an event.
#[derive(Clone, Debug)]
pub struct Window {
    /// Its name.
    pub id: String,
    /// The event.
    pub event: String,
    /// From month and day to month and day.
    pub yearly: Option<((i8, i8), (i8, i8))>,
    /// After which event, and for which period.
    pub after: Option<(String, String)>,
    /// The reasons that it takes; none are all.
    pub reasons: Vec<String>,
}

/// A value for a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// The dimension.
    pub dim: String,
    /// The value.
    pub value: String,
    /// What opens it.
    pub opens: Vec<Edge>,
    /// What closes it.
    pub closes: Vec<Edge>,
    /// Its period.
    pub lasts: Option<String>,
    /// Whether it holds only at the institutions of the event.
    pub institutions: bool,
    /// Whether the day of admission is looked at.
    pub admission: bool,
}

/// What opens or closes an interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The event.
    pub event: String,
    /// So many days later.
    pub days: Option<i64>,
    /// On the first day of the month so many months later.
    pub months: Option<i64>,
    /// Only of these classes.
    pub windows: Vec<String>,
}

/// Where a bill is cut.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// `year`, `scheme`, a dimension, or empty with a day.
    pub of: String,
    /// The day.
    pub on: Option<Date>,
    /// `fee_date` or `days`.
    pub by: String,
    /// `charge`, `waive` or a parameter.
    pub second_deductible: String,
}

/// How payments are given back.
#[derive(Clone, Debug)]
pub struct Refund {
    /// `cash` and `account` in their order.
    pub order: Vec<String>,
    /// What must be so.
    pub requires: Vec<(String, String)>,
}
