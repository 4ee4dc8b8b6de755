//! A member's facts: events, periods, windows, coverage, splits and verdicts fit each other.

use std::collections::{BTreeMap, BTreeSet};

use tongchou_core::calendar::Day;
use tongchou_core::rules::{CutAt, Span as Open, Turn, Window};

use crate::problem::{Dates, Problem};
use crate::read::{CalendarDraft, Draft, Findings, MemberDraft, Note, VerdictDraft};

pub(super) fn check(out: &Findings<'_>, draft: &Draft) {
    let member = &draft.member;
    cutoff(out, member);
    calendar(out, member);
    windows(out, member);
    coverage(out, draft);
    splits(out, draft);
    for verdict in member.verdicts.iter().filter_map(|named| named.item.as_ref()) {
        same_keys(out, verdict);
    }
}

/// Late contributions need a day after which they are late.
fn cutoff(out: &Findings<'_>, member: &MemberDraft) {
    if member.contribution.is_some() {
        return;
    }
    for event in member.events.iter().filter_map(|named| named.item.as_ref()) {
        if let (Some(Turn::Missed | Turn::MadeUp), Some(span)) = (event.event.turn, &event.turn) {
            out.report(span.clone(), &Problem::NoCutoff { name: event.event.id.clone() });
        }
    }
}

/// Working days need a calendar, and it names only what differs from the week.
fn calendar(out: &Findings<'_>, member: &MemberDraft) {
    let Some(draft) = &member.calendar else {
        for period in member.periods.iter().filter_map(|named| named.item.as_ref()) {
            if let Some(span) = &period.works {
                out.report(span.clone(), &Problem::NoCalendar { name: period.period.id.clone() });
            }
        }
        return;
    };
    let CalendarDraft { calendar: Some(calendar), off, on } = draft else { return };
    let dates = Dates { from: calendar.from, to: calendar.to };
    for (days, free) in [(off, true), (on, false)] {
        for (day, span) in days {
            let problem = match (is_weekend(*day), free) {
                _ if *day < dates.from || dates.to < *day => {
                    Problem::OutsideCalendar { day: *day, dates }
                }
                (true, true) => Problem::OffWeekend { day: *day },
                (false, false) => Problem::OnWeekday { day: *day },
                _ => continue,
            };
            out.report(span.clone(), &problem);
        }
    }
}

/// Whether a day is a Saturday or Sunday; 1970-01-01 was a Thursday.
fn is_weekend(day: Day) -> bool {
    5 <= day.0.saturating_add(3).rem_euclid(7)
}

/// Of two windows that accept the same event, only the first counts.
fn windows(out: &Findings<'_>, member: &MemberDraft) {
    let windows = member.windows.iter().filter_map(|draft| Some((draft, draft.item.as_ref()?)));
    let windows: Vec<_> = windows.collect();
    for (at, (draft, window)) in windows.iter().enumerate() {
        let earlier = windows.iter().take(at).filter(|(_, other)| other.event == window.event);
        for (first, other) in earlier {
            if other.span == Open::Always && takes_all(other, window) {
                let problem = Problem::NoWindowLeft { name: window.id.clone() };
                out.report_pair(draft.span.clone(), &problem, first.span.clone(), Note::Window);
                break;
            }
            if shares(other, window) && overlap(other.span, window.span) {
                let event = member.events.get(usize::from(window.event));
                let event = event.map(|event| event.name.clone()).unwrap_or_default();
                let problem = Problem::WindowsOverlap { event };
                out.report_pair(draft.span.clone(), &problem, first.span.clone(), Note::Window);
                break;
            }
        }
    }
}

/// Whether an earlier window accepts every reason of a later one.
fn takes_all(earlier: &Window, later: &Window) -> bool {
    let known = |reason: &u8| earlier.reasons.contains(reason);
    earlier.reasons.is_empty() || !later.reasons.is_empty() && later.reasons.iter().all(known)
}

/// Whether an earlier window accepts a reason of a later one; a window without reasons after one
/// with them is what is left.
fn shares(earlier: &Window, later: &Window) -> bool {
    earlier.reasons.is_empty() || later.reasons.iter().any(|r| earlier.reasons.contains(r))
}

/// Whether two yearly windows have a day in common.
fn overlap(first: Open, second: Open) -> bool {
    let (Open::Yearly(from, to), Open::Yearly(begins, ends)) = (first, second) else {
        return false;
    };
    let holds = |day: (u8, u8), (from, to): ((u8, u8), (u8, u8))| {
        if from <= to { from <= day && day <= to } else { from <= day || day <= to }
    };
    holds(begins, (from, to)) || holds(from, (begins, ends))
}

fn coverage(out: &Findings<'_>, draft: &Draft) {
    let rows = &draft.member.coverage.rows;
    let mut order: BTreeMap<u16, usize> = BTreeMap::new();
    for row in rows {
        let next = order.len();
        order.entry(row.item.value.dim).or_insert(next);
    }
    let name = |at: u16| {
        let dim = draft.vocabulary.dims.get(usize::from(at));
        dim.map(|dim| dim.name.clone()).unwrap_or_default()
    };
    let mut told = BTreeSet::new();
    for row in rows {
        let value = &row.item.value;
        let first = rows.iter().find(|other| other.item.value.dim == value.dim);
        if let Some(first) = first.filter(|other| other.item.value.admission != value.admission)
            && told.insert(value.dim)
        {
            let problem = Problem::ReadDiffers { name: name(value.dim) };
            out.report_pair(row.span.clone(), &problem, first.span.clone(), Note::OtherRow);
        }
        let own = order.get(&value.dim);
        let later = row.item.when.iter().find(|(at, _)| own <= order.get(at));
        if let Some((at, _)) = later {
            out.report(row.mark.clone(), &Problem::DerivedLater { name: name(*at) });
        }
    }
}

/// A bill is cut where a derived dimension changes, so rows must derive it.
fn splits(out: &Findings<'_>, draft: &Draft) {
    let MemberDraft { coverage, splits, .. } = &draft.member;
    if !coverage.whole {
        return;
    }
    let mut told = BTreeSet::new();
    for row in &splits.rows {
        let CutAt::Dim(at) = row.item.value.of else { continue };
        let set = coverage.rows.iter().any(|other| other.item.value.dim == at);
        if !set && told.insert(row.span.start) {
            let dim = draft.vocabulary.dims.get(usize::from(at));
            let name = dim.map(|dim| dim.name.clone()).unwrap_or_default();
            out.report(row.span.clone(), &Problem::SplitDim { name });
        }
    }
}

/// All rows of a verdict give the same keys.
fn same_keys(out: &Findings<'_>, verdict: &VerdictDraft) {
    let keys = |row: &[(String, String)]| -> BTreeSet<String> {
        row.iter().map(|(key, _)| key.clone()).collect()
    };
    let Some(first) = verdict.rows.rows.first() else { return };
    let all = keys(&first.item.value);
    for row in verdict.rows.rows.iter().skip(1) {
        if let Some(key) = all.symmetric_difference(&keys(&row.item.value)).next() {
            let (title, key) = (verdict.rows.title.clone(), key.clone());
            let problem = Problem::VerdictKeys { title, key };
            out.report_pair(row.span.clone(), &problem, first.span.clone(), Note::OtherRow);
        }
    }
}
