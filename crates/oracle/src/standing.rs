//! Standing from facts: events, also those made of contributions, and the values of dimensions
//! that follow from them.

use std::collections::BTreeMap;

use tongchou_wire::amount::{Clock, Date};
use tongchou_wire::request::{Contribution, Event, Fact, Request};

use crate::day::number;
use crate::generate::days::shift;
use crate::pack::{DimSource, Pack, Row};
use crate::refusal::Refusal;
use crate::rules::{Coverage, Edge, Window};
use crate::span::{self, MINUTES, month_start};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// The kind of event.
    pub name: String,
    /// Its key.
    pub id: Option<String>,
    /// Its day, as a number.
    pub day: i64,
    /// Its moment, in minutes.
    pub at: i64,
    /// Why.
    pub reason: Option<String>,
    /// The institutions that it names.
    pub institutions: Vec<String>,
    /// The place of its fact; none for one made of contributions.
    pub fact: Option<usize>,
}

/// From a moment up to another, which does not belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first moment.
    pub from: i64,
    /// The moment after the last.
    pub to: i64,
}

/// All events that matter to a pack.
pub fn events(pack: &Pack, facts: &[(usize, &Fact)]) -> Vec<Happened> {
    let mut events: Vec<Happened> = Vec::new();
    let mut records = Vec::new();
    for (place, fact) in facts {
        match fact {
            Fact::Event(event) => events.push(given(*place, event)),
            Fact::Contribution(record) => records.push(record),
            _ => {}
        }
    }
    let turns = Turns::of(pack, &records);
    for kind in &pack.rules.events {
        let days = kind.turn.as_ref().map(|turn| turns.days(turn)).unwrap_or_default();
        events.extend(days.into_iter().map(|day| Happened {
            name: kind.name.clone(),
            id: None,
            day,
            at: day * MINUTES,
            reason: None,
            institutions: Vec::new(),
            fact: None,
        }));
    }
    events
}

fn given(place: usize, event: &Event) -> Happened {
    let day = number(event.on);
    Happened {
        name: event.event.clone(),
        id: event.id.clone(),
        day,
        at: day * MINUTES + event.at.map_or(0, |clock| i64::from(clock.0)),
        reason: event.reason.clone(),
        institutions: event.institutions.iter().map(|it| it.id.clone()).collect(),
        fact: Some(place),
    }
}

/// What the contribution records say, month by month.
struct Turns {
    months: Vec<Month>,
}

/// A known month.
struct Month {
    first: i64,
    paid: bool,
    /// The day on which it was complete; none where that was in time.
    complete: Option<i64>,
    /// Its day of the cut-off.
    cutoff: i64,
}

impl Turns {
    fn of(pack: &Pack, records: &[&Contribution]) -> Self {
        let cutoff = i64::from(pack.rules.cutoff_day.unwrap_or(31));
        let mut by_month: BTreeMap<i64, Vec<&Contribution>> = BTreeMap::new();
        for record in records {
            let Date { year, month, .. } = record.month.0;
            let index = i64::from(year) * 12 + i64::from(month) - 1;
            by_month.entry(index).or_default().push(record);
        }
        let first = by_month.keys().next().copied().unwrap_or(0);
        let last = by_month.keys().next_back().copied().unwrap_or(-1);
        let last = if by_month.is_empty() { first - 1 } else { last };
        let month = |index: i64| month(index, cutoff, by_month.get(&index));
        Self { months: (first..=last).map(month).collect() }
    }

    fn days(&self, turn: &str) -> Vec<i64> {
        let mut days = match turn {
            "start" => self.starts(),
            "restart" => self.restarts(),
            "stop" => self.stops(),
            "missed" => self.missed().map(|month| month.cutoff + 1).collect(),
            _ => self.made_up(),
        };
        days.sort_unstable();
        days.dedup();
        days
    }

    fn starts(&self) -> Vec<i64> {
        self.months.iter().find(|month| month.paid).map(|month| month.first).into_iter().collect()
    }

    fn restarts(&self) -> Vec<i64> {
        let mut days = Vec::new();
        let mut was_paid = false;
        for [before, month] in self.months.array_windows() {
            was_paid |= before.paid;
            if month.paid && !before.paid && was_paid {
                days.push(month.first);
            }
        }
        days
    }

    fn stops(&self) -> Vec<i64> {
        let pairs = self.months.array_windows();
        let stops = pairs.filter(|[before, month]| before.paid && !month.paid);
        stops.map(|[_, month]| month.first).collect()
    }

    fn missed(&self) -> impl Iterator<Item = &Month> {
        let late = |month: &Month| month.complete.is_some_and(|day| month.cutoff < day);
        self.months.iter().filter(move |month| !month.paid || late(month))
    }

    fn made_up(&self) -> Vec<i64> {
        let mut days = Vec::new();
        for day in self.missed().filter(|month| month.paid).filter_map(|month| month.complete) {
            let starts = self.starts().into_iter().chain(self.restarts());
            let since = starts.filter(|start| *start <= day).max().unwrap_or(i64::MIN);
            let due = self.months.iter().filter(|it| since <= it.first && it.cutoff < day);
            let whole = |month: &Month| month.paid && month.complete.is_none_or(|it| it <= day);
            if due.into_iter().all(whole) {
                days.push(day);
            }
        }
        days
    }
}

fn month(index: i64, cutoff: i64, records: Option<&Vec<&Contribution>>) -> Month {
    let first = month_start(index);
    let length = month_start(index + 1) - first;
    let cutoff = first + cutoff.min(length) - 1;
    let Some(records) = records else {
        return Month { first, paid: false, complete: None, cutoff };
    };
    let due = records.iter().map(|record| record.due.0).max().unwrap_or(0);
    let mut payments: Vec<_> = records.iter().map(|it| (it.on.map(number), it.paid.0)).collect();
    payments.sort_unstable();
    let mut sum = 0;
    let mut complete = None;
    for (on, paid) in payments {
        if due <= sum {
            break;
        }
        sum += paid;
        complete = complete.max(on);
    }
    Month { first, paid: due <= sum, complete, cutoff }
}

/// The class of an event; none where the event has no windows.
pub fn class<'p>(
    pack: &'p Pack,
    events: &[Happened],
    event: &Happened,
) -> Result<Option<&'p str>, Refusal> {
    let mut windows = pack.rules.windows.iter().filter(|it| it.event == event.name).peekable();
    if windows.peek().is_none() {
        return Ok(None);
    }
    for window in windows {
        if contains(pack, events, window, event)? {
            return Ok(Some(&window.id));
        }
    }
    Ok(Some("outside"))
}

fn contains(
    pack: &Pack,
    events: &[Happened],
    window: &Window,
    event: &Happened,
) -> Result<bool, Refusal> {
    let reason = event.reason.as_ref();
    if !window.reasons.is_empty() && !reason.is_some_and(|it| window.reasons.contains(it)) {
        return Ok(false);
    }
    if let Some((from, to)) = window.yearly {
        let (_, month, day) = span::parts(event.day);
        let day = (month, day);
        return Ok(if from <= to { from <= day && day <= to } else { from <= day || day <= to });
    }
    let Some((after, period)) = &window.after else { return Ok(true) };
    let before = events.iter().filter(|it| it.name == *after && it.at <= event.at);
    match before.max_by_key(|it| it.at) {
        Some(since) => Ok(event.at < span::end(pack, period, since.at)?),
        None => Ok(false),
    }
}

/// The moment that an edge makes of an event, if it is one of its events.
fn edge(
    pack: &Pack,
    events: &[Happened],
    edge: &Edge,
    event: &Happened,
) -> Result<Option<i64>, Refusal> {
    if edge.event != event.name {
        return Ok(None);
    }
    if !edge.windows.is_empty() {
        let class = class(pack, events, event)?;
        if !class.is_some_and(|class| edge.windows.iter().any(|it| it == class)) {
            return Ok(None);
        }
    }
    Ok(Some(match (edge.days, edge.months) {
        (Some(days), _) => (event.day + days) * MINUTES,
        (_, Some(months)) => month_start(span::month_of(event.day) + months) * MINUTES,
        _ => event.at,
    }))
}

/// Whether an event may close what another one opens: of events of one name at one moment the one
/// with the greater id may, of equal ids the one that is later in the list.
fn is_later(other: &Happened, event: &Happened) -> bool {
    if other.name == event.name && other.at == event.at {
        return (&event.id, event.fact) < (&other.id, other.fact);
    }
    event.at <= other.at
}

/// When a bill is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The bill's own day.
    pub day: Date,
    /// The day of admission of its stay.
    pub admitted: Date,
}

/// The intervals of a row, each with the event that opens it; `None` for a row that always holds.
pub fn intervals<'e>(
    pack: &Pack,
    events: &'e [Happened],
    row: &Row<Coverage>,
    but: Option<&Happened>,
) -> Result<Vec<(Interval, Option<&'e Happened>)>, Refusal> {
    // The first and the last day of the pack itself cut nothing.
    let from = if row.from == pack.from { i64::MIN } else { number(row.from) * MINUTES };
    let to = if row.to == pack.to { i64::MAX } else { (number(row.to) + 1) * MINUTES };
    let life = Interval { from, to };
    if row.says.opens.is_empty() {
        return Ok(vec![(life, None)]);
    }
    let mut found = Vec::new();
    for event in events {
        for opens in &row.says.opens {
            let Some(from) = edge(pack, events, opens, event)? else { continue };
            let mut to = life.to;
            if let Some(period) = &row.says.lasts {
                to = to.min(span::end(pack, period, event.at)?);
            }
            for other in events.iter().filter(|it| *it != event && is_later(it, event)) {
                if Some(other) == but {
                    continue;
                }
                for closes in &row.says.closes {
                    if let Some(at) = edge(pack, events, closes, other)? {
                        to = to.min(at);
                    }
                }
            }
            let from = from.max(life.from);
            if from < to {
                found.push((Interval { from, to }, Some(event)));
            }
        }
    }
    Ok(found)
}

/// Whether a given event closes, opens nothing, and finds nothing to close under a pack: for each
/// part an answer, as several packs have to agree.
pub fn closes(
    pack: &Pack,
    events: &[Happened],
    event: &Happened,
) -> Result<(bool, bool, bool), Refusal> {
    let (mut opens, mut closes, mut finds) = (false, false, false);
    for row in &pack.rules.coverage {
        opens |= row.says.opens.iter().any(|edge| edge.event == event.name);
        for said in row.says.closes.iter().filter(|edge| edge.event == event.name) {
            closes = true;
            let Some(at) = edge(pack, events, said, event)? else { continue };
            for (interval, opened) in intervals(pack, events, row, Some(event))? {
                let before = opened.is_none_or(|opened| opened.at <= event.at);
                finds |= before && at < interval.to;
            }
        }
    }
    Ok((opens, closes, finds))
}

/// The dimensions that coverage rows set, in the order in which they are first named.
pub fn dims(pack: &Pack) -> Vec<&str> {
    let mut dims: Vec<&str> = Vec::new();
    for row in &pack.rules.coverage {
        if !dims.contains(&row.says.dim.as_str()) {
            dims.push(&row.says.dim);
        }
    }
    dims
}

/// Whether a dimension follows from the facts.
fn is_derived(pack: &Pack, events: &[Happened], records: bool, dim: &str) -> bool {
    let rows = pack.rules.coverage.iter().filter(|row| row.says.dim == dim);
    let mut edges = rows.flat_map(|row| row.says.opens.iter().chain(&row.says.closes));
    edges.any(|edge| {
        let made = |kind: &crate::rules::Kind| kind.name == edge.event && kind.turn.is_some();
        let by_records = records && pack.rules.events.iter().any(made);
        by_records || events.iter().any(|event| event.name == edge.event)
    })
}

/// The values of a bill's derived dimensions, written into it; `said` is what it says itself, once
/// all is known: then that may not be another, and no dimension may want for a time.
pub fn derive(
    pack: &Pack,
    facts: &[(usize, &Fact)],
    said: Option<&Request>,
    request: &mut Request,
    moment: Moment,
) -> Result<Vec<(String, String)>, Refusal> {
    let mut values = Vec::new();
    if pack.rules.coverage.is_empty() {
        return Ok(values);
    }
    let events = events(pack, facts);
    let records = facts.iter().any(|(_, fact)| matches!(fact, Fact::Contribution(_)));
    for dim in dims(pack) {
        if !is_derived(pack, &events, records, dim) {
            continue;
        }
        let (value, changes) = value(pack, &events, request, moment, dim)?;
        if changes && said.is_some() {
            return Err(Refusal::TimeMissing(dim.to_owned()));
        }
        let Some(value) = value else {
            values.extend(default(pack, request, dim).map(|value| (dim.to_owned(), value)));
            continue;
        };
        let own = said.and_then(|said| stated(said, dim));
        if own.is_some_and(|own| own != value) {
            return Err(Refusal::Derived(dim.to_owned()));
        }
        set(request, dim, &value);
        values.push((dim.to_owned(), value));
    }
    Ok(values)
}

/// The value of a dimension at the moment of a bill, if any row holds; and whether it changes
/// during the day of a bill without a time.
fn value(
    pack: &Pack,
    events: &[Happened],
    request: &Request,
    moment: Moment,
    dim: &str,
) -> Result<(Option<String>, bool), Refusal> {
    let rows: Vec<_> = pack.rules.coverage.iter().filter(|row| row.says.dim == dim).collect();
    let by_admission = rows.iter().any(|row| row.says.admission);
    let day = number(if by_admission { moment.admitted } else { moment.day });
    let mut spans = Vec::new();
    for row in &rows {
        let holds = holds(pack, request, row);
        if holds == Ok(false) {
            continue;
        }
        for (interval, event) in intervals(pack, events, row, None)? {
            let at = request.encounter.institution.as_ref();
            let chosen = |event: &Happened| at.is_some_and(|at| event.institutions.contains(at));
            if !row.says.institutions || event.is_some_and(chosen) {
                spans.push((interval, *row, holds.clone()));
            }
        }
    }
    let at = |moment: i64| {
        let mut best: Option<(&Row<Coverage>, Result<bool, Refusal>)> = None;
        for (interval, row, sure) in &spans {
            let holds = interval.from <= moment && moment < interval.to;
            let place = |row: &Row<Coverage>| {
                rows.iter().position(|other| std::ptr::eq(*other, row)).unwrap_or(0)
            };
            let higher =
                |best: &Row<Coverage>| (best.priority, place(best)) <= (row.priority, place(row));
            if holds && best.as_ref().is_none_or(|(best, _)| higher(best)) {
                best = Some((row, sure.clone()));
            }
        }
        // The row that decides must be sure to hold.
        let Some((row, sure)) = best else { return Ok(None) };
        sure.map(|_| Some(row.says.value.clone()))
    };
    let start = day * MINUTES;
    if let Some(clock) = request.encounter.time {
        return Ok((at(start + i64::from(clock.0))?, false));
    }
    let bounds = spans.iter().flat_map(|(interval, ..)| [interval.from, interval.to]);
    let fallback = || default(pack, request, dim);
    let first = at(start)?;
    let mut changes = false;
    for moment in bounds.filter(|it| start < *it && *it < start + MINUTES) {
        changes |= at(moment)?.or_else(fallback) != first.clone().or_else(fallback);
    }
    Ok((first, changes))
}

/// Whether the conditions of a row hold; refused if that hangs on a dimension that is missing.
fn holds(pack: &Pack, request: &Request, row: &Row<Coverage>) -> Result<bool, Refusal> {
    let mut missing = None;
    for (key, values) in &row.when {
        match default(pack, request, key) {
            Some(given) if !values.contains(&given) => return Ok(false),
            Some(_) => {}
            None => missing = Some(Refusal::Missing(key.clone())),
        }
    }
    missing.map_or(Ok(true), Err)
}

/// The value given, or the default.
fn default(pack: &Pack, request: &Request, key: &str) -> Option<String> {
    if let Some(given) = stated(request, key) {
        return Some(given.to_owned());
    }
    let param = pack.params.iter().find(|param| param.key == key);
    if let Some(param) = param {
        return Some(request.params.get(&param.name).unwrap_or(&param.default).clone());
    }
    let dim = pack.dims.iter().find(|dim| dim.name == key)?;
    match &dim.source {
        DimSource::Given { default, .. } => default.clone(),
        DimSource::Cut { .. } => None,
    }
}

fn stated<'r>(request: &'r Request, dim: &str) -> Option<&'r str> {
    request.member.facts.value(dim).or_else(|| request.encounter.facts.value(dim))
}

fn set(request: &mut Request, dim: &str, value: &str) {
    if let Some(slot) = request.member.facts.slot(dim) {
        *slot = Some(value.to_owned());
    } else if let Some(slot) = request.encounter.facts.slot(dim) {
        *slot = Some(value.to_owned());
    }
}

/// The days within a bill on which the value of a derived dimension is another than the day before;
/// one that is read on the day of admission never is.
pub fn changes(
    pack: &Pack,
    facts: &[(usize, &Fact)],
    (request, moment): (&Request, Moment),
    dim: &str,
    (first, last): (i64, i64),
) -> Result<Vec<i64>, Refusal> {
    let events = events(pack, facts);
    let records = facts.iter().any(|(_, fact)| matches!(fact, Fact::Contribution(_)));
    // Its rows ask for the bill's dimensions: those named before are derived before.
    let mut known = request.clone();
    for before in dims(pack).into_iter().take_while(|before| *before != dim) {
        if is_derived(pack, &events, records, before)
            && let (Some(value), _) = value(pack, &events, &known, moment, before)?
        {
            set(&mut known, before, &value);
        }
    }
    let epoch = Date { year: 1970, month: 1, day: 1 };
    let on = |day: i64| -> Result<Option<String>, Refusal> {
        let mut request = known.clone();
        request.encounter.time = Some(Clock(0));
        let moment = Moment { day: shift(epoch, day), ..moment };
        let (value, _) = value(pack, &events, &request, moment, dim)?;
        Ok(value.or_else(|| default(pack, &request, dim)))
    };
    let mut days = Vec::new();
    let mut before = on(first)?;
    for day in first + 1..=last {
        let now = on(day)?;
        if now != before {
            days.push(day);
        }
        before = now;
    }
    Ok(days)
}
