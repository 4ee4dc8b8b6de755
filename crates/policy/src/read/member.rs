//! What a pack says about a member's dated facts: read here, one module a group of sections.
//!
//! INVARIANT: named sections are indexed in the order of their names, windows, coverage and splits
//! in the order written; a name whose definition is broken still exists.

mod coverage;
mod events;
mod tables;

use tongchou_core::calendar::Day;
use tongchou_core::pack::Dim;
use tongchou_core::rules::{Calendar, Coverage, Event, Period, Refund, Split, Window};

pub(crate) use self::tables::{LevyDraft, VerdictDraft};
pub(super) use self::{
    coverage::{BYS, READS, SECOND},
    events::{ENDS, TURNS, UNITS},
    tables::CHANNELS,
};

use super::fields::{Field, Fields};
use super::rows::{Placed, Rows};
use super::vocabulary::{Named, Vocabulary};
use super::{Findings, Reader};
use crate::problem::{Near, Problem, Title};
use crate::source::Span;

/// Sections that a pack without layers may consist of.
pub(super) const SECTIONS: [&str; 9] =
    ["number", "event", "period", "window", "coverage", "split", "refund", "levy", "verdict"];

/// Everything that a pack says beside settling, with places.
#[derive(Debug)]
pub(crate) struct MemberDraft {
    pub(crate) events: Vec<Named<EventDraft>>,
    pub(crate) contribution: Option<Contribution>,
    pub(crate) periods: Vec<Named<PeriodDraft>>,
    pub(crate) calendar: Option<CalendarDraft>,
    pub(crate) windows: Vec<WindowDraft>,
    pub(crate) coverage: Rows<Coverage>,
    pub(crate) splits: Rows<Split>,
    pub(crate) refund: Option<Refund>,
    pub(crate) levies: Vec<Named<LevyDraft>>,
    pub(crate) verdicts: Vec<Named<VerdictDraft>>,
}

/// A kind of event, and where it says how it is made of contributions.
#[derive(Debug)]
pub(crate) struct EventDraft {
    pub(crate) event: Event,
    pub(crate) turn: Option<Span>,
}

/// A period, and where it says that it needs the calendar.
#[derive(Debug)]
pub(crate) struct PeriodDraft {
    pub(crate) period: Period,
    pub(crate) works: Option<Span>,
}

/// `[contribution]`.
#[derive(Debug)]
pub(crate) struct Contribution {
    pub(crate) cutoff_day: Option<u8>,
    pub(crate) clause: Option<u16>,
}

/// The calendar, with the place of each day that it names.
#[derive(Debug)]
pub(crate) struct CalendarDraft {
    /// `None` if a part was reported.
    pub(crate) calendar: Option<Calendar>,
    pub(crate) off: Vec<(Day, Span)>,
    pub(crate) on: Vec<(Day, Span)>,
}

/// A window with its name and place.
#[derive(Debug)]
pub(crate) struct WindowDraft {
    pub(crate) id: String,
    pub(crate) span: Span,
    /// Index of its event, if that is known.
    pub(crate) event: Option<u16>,
    pub(crate) item: Option<Window>,
}

/// The names that edges and windows refer to.
#[derive(Clone, Copy)]
struct Known<'a> {
    events: &'a [Named<EventDraft>],
    periods: &'a [Named<PeriodDraft>],
    windows: &'a [WindowDraft],
}

/// Whether a pack settles nothing but still says something.
pub(super) fn is_rules_only(root: &Fields<'_>) -> bool {
    let settles = ["layer", "prepay"].into_iter().any(|key| root.has(key));
    !settles && SECTIONS.into_iter().any(|key| root.has(key))
}

impl Reader<'_> {
    pub(super) fn member(self, root: &mut Fields<'_>) -> MemberDraft {
        let events = self.events(root);
        let contribution = self.contribution(root);
        let periods = self.periods(root, &events);
        let calendar = self.calendar(root);
        let windows = self.windows(root, &events, &periods);
        let known = Known { events: &events, periods: &periods, windows: &windows };
        let coverage = self.coverage(root, known);
        let splits = self.splits(root);
        let refund = self.refund(root);
        let levies = self.levies(root);
        let verdicts = self.verdicts(root);
        MemberDraft {
            events,
            contribution,
            periods,
            calendar,
            windows,
            coverage,
            splits,
            refund,
            levies,
            verdicts,
        }
    }

    /// The clause that a section must cite.
    fn cited(self, fields: &mut Fields<'_>) -> Option<u16> {
        fields.need("clause", "\"…\"").and_then(|f| self.names.clause(self.out, &f))
    }
}

/// The index of an event by name.
fn event(out: &Findings<'_>, events: &[Named<EventDraft>], field: &Field<'_>) -> Option<u16> {
    let name = field.text(out)?;
    let found = position(events.iter().map(|event| event.name.as_str()), name);
    if found.is_none() {
        let near = Near::of(name, events.iter().map(|event| event.name.as_str()));
        let name = name.to_owned();
        out.report(field.span.clone(), &Problem::UnknownEvent { name, near });
    }
    found
}

/// The index of a period by name.
fn period(out: &Findings<'_>, periods: &[Named<PeriodDraft>], field: &Field<'_>) -> Option<u16> {
    let name = field.text(out)?;
    let found = position(periods.iter().map(|period| period.name.as_str()), name);
    if found.is_none() {
        let near = Near::of(name, periods.iter().map(|period| period.name.as_str()));
        let name = name.to_owned();
        out.report(field.span.clone(), &Problem::UnknownPeriod { name, near });
    }
    found
}

fn position<'a>(mut names: impl Iterator<Item = &'a str>, name: &str) -> Option<u16> {
    u16::try_from(names.position(|other| other == name)?).ok()
}

impl Vocabulary {
    /// A dimension that is given and belongs to the whole bill.
    pub(crate) fn given(dim: &Dim) -> bool {
        dim.cut.is_none() && !Self::is_line_dim(&dim.name)
    }
}

/// Rows without a table.
fn no_rows<V>(section: &str) -> Rows<V> {
    Rows { title: Title::new(section), rows: Vec::<Placed<_>>::new(), whole: true }
}
