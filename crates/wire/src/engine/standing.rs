//! From a member's dated facts to the values of dimensions.

use tongchou_core::case::Case;
use tongchou_core::entitle::{
    self, Classed, DAY, Happening, Interval, Paid, Uncovered, class, day_of, intervals, midnight,
    over, turns,
};
use tongchou_core::pack::{Dim, Pack, Row};
use tongchou_core::rules::{Coverage, OUTSIDE, Selection};

use crate::amount::Clock;
use crate::error::{Code, Refusal, one_of};
use crate::request::{Contribution, Event, Request};
use crate::response::{self, Ground, Running};

use super::dims::{self, Facts, Moment};

/// What has become known of a member, in order of arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// Events, each with the position of its fact, by id and then by position.
    pub events: Vec<(usize, Event)>,
    /// Contribution records, each with the position of its fact.
    pub contributions: Vec<(usize, Contribution)>,
}

impl Log {
    /// Notes an event.
    pub(super) fn enter(&mut self, fact: usize, event: Event) {
        let before = |(at, other): &(usize, Event)| (&other.id, *at) < (&event.id, fact);
        let place = self.events.partition_point(before);
        self.events.insert(place, (fact, event));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.contributions.is_empty()
    }

    /// Given events that only close, in every pack that uses them, and find nothing to close.
    pub(super) fn closing_nothing(&self, packs: &[&Pack]) -> Result<Vec<(usize, &str)>, Refusal> {
        let mut found = Vec::new();
        let mut useful: Vec<usize> = Vec::new();
        for pack in packs {
            let timeline = Timeline::of(pack, self)?;
            let nothing = timeline.closes_nothing(pack);
            let used = |event: u16| {
                let edges = |row: &Row<Coverage>| {
                    let mut edges = row.value.opens.iter().chain(&row.value.closes);
                    edges.any(|edge| edge.event == event)
                };
                pack.rules.coverage.iter().any(edges)
            };
            for classed in timeline.classed.iter().filter(|c| !c.happening.derived) {
                let fact = classed.happening.fact;
                if !nothing.contains(&fact) && used(classed.happening.event) {
                    useful.push(fact);
                }
            }
            found.extend(nothing);
        }
        found.sort_unstable();
        found.retain(|fact| !useful.contains(fact));
        let named = |fact: usize| self.event(fact).map(|event| (fact, event.event.as_str()));
        Ok(found.into_iter().filter_map(named).collect())
    }

    fn event(&self, fact: usize) -> Option<&Event> {
        self.events.iter().find(|(at, _)| *at == fact).map(|(_, event)| event)
    }
}

/// A member's facts as a pack sees them.
#[derive(Debug)]
pub(super) struct Timeline {
    classed: Vec<Classed>,
    /// The intervals of each row of coverage.
    rows: Vec<Vec<Interval>>,
    /// Dimensions that follow from facts, in the order in which they do.
    dims: Vec<u16>,
}

/// What holds at a moment.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Holding {
    row: usize,
    interval: Interval,
}

/// A bill's dimensions after the facts.
pub(super) struct Derived {
    pub request: Request,
    pub facts: Facts,
    pub grounds: Vec<Ground>,
    /// What contradicts the facts.
    pub fault: Option<Refusal>,
}

/// Refuses an event that a pack's rules do not allow.
pub(super) fn allowed(pack: &Pack, event: &Event) -> Result<(), Refusal> {
    let Some(kind) = pack.rules.events.iter().find(|kind| kind.id == event.event) else {
        return Ok(());
    };
    if let Some(reason) = &event.reason
        && !kind.reasons.contains(reason)
    {
        let known: Vec<&str> = kind.reasons.iter().map(String::as_str).collect();
        return Err(Refusal::new(Code::EventReason, "$.reason", reason, one_of(reason, &known)));
    }
    let Some(selects) = &kind.selects else { return Ok(()) };
    let clause = clause(pack, kind.clause);
    let given = event.institutions.len();
    let levels = || event.institutions.iter().filter_map(|i| i.level.as_ref());
    let Selection { least, most, levels: wanted } = selects;
    let many = !(usize::from(*least)..=usize::from(*most)).contains(&given);
    let low = !wanted.is_empty() && !levels().any(|level| wanted.contains(level));
    if many || low {
        let value = if many {
            given.to_string()
        } else {
            levels().map(String::as_str).collect::<Vec<_>>().join(", ")
        };
        let expected = match low && !many {
            true => format!("{} ({clause})", wanted.join(", ")),
            false => format!("{least}–{most} ({clause})"),
        };
        let refusal = Refusal::new(Code::EventSelection, "$.institutions", value, expected);
        return Err(refusal.by(clause));
    }
    Ok(())
}

fn clause(pack: &Pack, index: u16) -> String {
    pack.clauses.get(usize::from(index)).map_or_else(String::new, |clause| clause.id.clone())
}

fn uncovered(pack: &Pack, Uncovered(day): Uncovered) -> Refusal {
    let covers = pack.rules.calendar.as_ref().map_or_else(String::new, |calendar| {
        format!("{} … {}", dims::date(calendar.from), dims::date(calendar.to))
    });
    Refusal::new(Code::CalendarShort, "$", dims::date(day).to_string(), covers)
}

/// A moment as text: a date where it is midnight.
fn shown(moment: i64) -> String {
    let date = dims::date(day_of(moment));
    match moment.rem_euclid(DAY) {
        0 => date.to_string(),
        minute => format!("{date} {}", Clock(u16::try_from(minute).unwrap_or(0))),
    }
}

/// The last day, or minute, before a moment.
fn last(until: i64) -> String {
    match until.rem_euclid(DAY) {
        0 => dims::date(day_of(until - 1)).to_string(),
        _ => shown(until - 1),
    }
}

impl Timeline {
    /// What a pack makes of the facts known.
    pub(super) fn of(pack: &Pack, log: &Log) -> Result<Self, Refusal> {
        let rules = &pack.rules;
        let mut happened: Vec<Happening> = Vec::new();
        for (rank, (fact, event)) in log.events.iter().enumerate() {
            let Some(index) = rules.events.iter().position(|kind| kind.id == event.event) else {
                continue;
            };
            let reasons = rules.events.get(index).map_or(&[][..], |kind| &kind.reasons);
            let reason = event.reason.as_ref().and_then(|r| reasons.iter().position(|k| k == r));
            let at = event.at.unwrap_or_default().0;
            happened.push(Happening {
                event: u16::try_from(index).unwrap_or(u16::MAX),
                moment: midnight(dims::day(event.on)) + i64::from(at),
                reason: reason.and_then(|reason| u8::try_from(reason).ok()),
                fact: *fact,
                rank,
                derived: false,
            });
        }
        let paid = |(fact, record): &(usize, Contribution)| Paid {
            month: dims::day(record.month.0),
            due: record.due.0,
            paid: record.paid.0,
            on: record.on.map(dims::day),
            fact: *fact,
        };
        let records: Vec<Paid> = log.contributions.iter().map(paid).collect();
        happened.extend(turns(rules, &records));
        let mut classed = Vec::with_capacity(happened.len());
        for happening in &happened {
            let class = class(rules, happening, &happened).map_err(|e| uncovered(pack, e))?;
            classed.push(Classed { happening: *happening, class });
        }
        let rows = rules.coverage.iter().map(|row| intervals(pack, row, &classed));
        let rows = rows.collect::<Result<Vec<_>, _>>().map_err(|e| uncovered(pack, e))?;
        let relevant = |event: u16| {
            let turn = rules.events.get(usize::from(event)).and_then(|kind| kind.turn);
            classed.iter().any(|c| c.happening.event == event)
                || (turn.is_some() && !records.is_empty())
        };
        let mut dims: Vec<u16> = Vec::new();
        for row in &rules.coverage {
            let of_dim = rules.coverage.iter().filter(|other| other.value.dim == row.value.dim);
            let mut edges = of_dim.flat_map(|r| r.value.opens.iter().chain(&r.value.closes));
            if !dims.contains(&row.value.dim) && edges.any(|edge| relevant(edge.event)) {
                dims.push(row.value.dim);
            }
        }
        Ok(Self { classed, rows, dims })
    }

    /// A given event that only closes, and finds nothing to close: the position of its fact.
    pub(super) fn closes_nothing(&self, pack: &Pack) -> Vec<usize> {
        let coverage = &pack.rules.coverage;
        let opens = |event: u16| {
            coverage.iter().any(|row| row.value.opens.iter().any(|edge| edge.event == event))
        };
        let closers = |event: u16| {
            coverage.iter().any(|row| row.value.closes.iter().any(|edge| edge.event == event))
        };
        let mut useful = vec![false; self.classed.len()];
        for row in coverage {
            // A period that cannot be told was refused when the intervals were made.
            entitle::closing(pack, row, &self.classed, &mut useful).unwrap_or_default();
        }
        let mut found = Vec::new();
        for (index, classed) in self.classed.iter().enumerate() {
            let happening = classed.happening;
            if happening.derived {
                continue;
            }
            if opens(happening.event) || !closers(happening.event) {
                continue;
            }
            if useful.get(index) == Some(&false) {
                found.push(happening.fact);
            }
        }
        found
    }

    /// Moments at which the value of a dimension may change.
    fn bounds(&self, pack: &Pack, dim: u16) -> Vec<i64> {
        let own = pack.rules.coverage.iter().zip(&self.rows);
        let own = own.filter(|(row, _)| row.value.dim == dim).flat_map(|(_, found)| found);
        let mut bounds: Vec<i64> = own.flat_map(|i| [i.from, i.until]).collect();
        bounds.sort_unstable();
        bounds.dedup();
        bounds
    }

    /// Days on which the value of a dimension changes for a bill, after `first` up to `to`; `own`
    /// is its value where no row holds.
    pub(super) fn changes(
        &self,
        pack: &Pack,
        log: &Log,
        (dim, own): (u16, Option<u8>),
        (request, case): (&Request, &Case<'_>),
        (first, to): (i32, i32),
    ) -> Result<Vec<i32>, Refusal> {
        if !self.dims.contains(&dim) {
            return Ok(Vec::new());
        }
        let mut days: Vec<i32> = Vec::new();
        self.at(pack, log, dim, i64::from(first) * DAY, request, case)?;
        for bound in self.bounds(pack, dim) {
            // A change in mid-day is one of the day after.
            if bound == entitle::OPEN.0 || bound == entitle::OPEN.1 {
                continue;
            }
            let day = day_of(bound + DAY - 1).0;
            if !(first < day && day <= to) || days.contains(&day) {
                continue;
            }
            let value = |moment: i64| -> Result<Option<u8>, Refusal> {
                let holding = self.at(pack, log, dim, moment, request, case)?;
                let row = holding.and_then(|h| pack.rules.coverage.get(h.row));
                Ok(row.map(|row| row.value.value).or(own))
            };
            let at = i64::from(day) * DAY;
            if value(at)? != value(at - DAY)? {
                days.push(day);
            }
        }
        Ok(days)
    }

    /// The row that decides a dimension at a moment.
    fn at(
        &self,
        pack: &Pack,
        log: &Log,
        dim: u16,
        moment: i64,
        request: &Request,
        case: &Case<'_>,
    ) -> Result<Option<Holding>, Refusal> {
        let mut best: Option<(i32, Result<Holding, u16>)> = None;
        for (index, (row, found)) in pack.rules.coverage.iter().zip(&self.rows).enumerate() {
            if row.value.dim != dim || best.as_ref().is_some_and(|(p, _)| row.priority < *p) {
                continue;
            }
            let inside = |i: &&Interval| i.from <= moment && moment < i.until;
            let here = |i: &&Interval| !row.value.institutions || self.names(log, **i, request);
            let Some(interval) = found.iter().filter(inside).rfind(here) else { continue };
            let holding = Holding { row: index, interval: *interval };
            match case.meets(&row.when, &row.params) {
                Ok(false) => {}
                meets => best = Some((row.priority, meets.map(|_| holding))),
            }
        }
        // The row that decides must be sure to hold.
        let best = best.map(|(_, holding)| holding).transpose();
        best.map_err(|dim| dims::without(pack, dim, ""))
    }

    fn opener<'l>(&self, log: &'l Log, interval: Interval) -> Option<&'l Event> {
        let classed = interval.opener.and_then(|index| self.classed.get(index))?;
        log.event(classed.happening.fact)
    }

    /// Whether the event behind an interval names the bill's institution.
    fn names(&self, log: &Log, interval: Interval, request: &Request) -> bool {
        let own = request.encounter.institution.as_ref();
        let named = self.opener(log, interval).map_or(&[][..], |event| &event.institutions);
        own.is_some_and(|own| named.iter().any(|institution| institution.id == *own))
    }

    /// Gives a bill the values that follow from facts; only what is its `own` can contradict them.
    pub(super) fn derive(
        &self,
        pack: &Pack,
        log: &Log,
        params: &[u8],
        (mut request, own): (Request, &Request),
        moment: Moment,
    ) -> Result<Derived, Refusal> {
        let mut facts = dims::facts(pack, &request, moment)?;
        let (mut grounds, mut fault) = (Vec::new(), None);
        for dim in &self.dims {
            let Some(kind) = pack.dims.get(usize::from(*dim)) else { continue };
            let admission =
                pack.rules.coverage.iter().any(|r| r.value.dim == *dim && r.value.admission);
            let day = if admission { moment.admission } else { moment.bill };
            let time = request.encounter.time;
            let at = midnight(day) + i64::from(time.unwrap_or_default().0);
            let (codes, missing) = facts.codes();
            let case = Case { codes, missing, params };
            let holding = self.at(pack, log, *dim, at, &request, &case)?;
            if time.is_none() {
                let own = case.code(*dim);
                let value = |holding: Option<Holding>| {
                    let row = holding.and_then(|h| pack.rules.coverage.get(h.row));
                    row.map(|row| row.value.value).or(own)
                };
                for bound in self.bounds(pack, *dim) {
                    if day_of(bound) == day
                        && value(self.at(pack, log, *dim, bound, &request, &case)?)
                            != value(holding)
                    {
                        let refusal = Refusal::new(
                            Code::TimeMissing,
                            "$.encounter.time",
                            kind.name.as_str(),
                            shown(bound),
                        );
                        fault = fault.or(Some(refusal));
                    }
                }
            }
            let (ground, contradiction) =
                self.put(pack, log, kind, holding, (&mut request, own), &mut facts);
            fault = fault.or(contradiction);
            if !ground.value.is_empty() {
                grounds.push(ground);
            }
        }
        Ok(Derived { request, facts, grounds, fault })
    }

    /// Puts a value in its place in the request.
    fn put(
        &self,
        pack: &Pack,
        log: &Log,
        dim: &Dim,
        holding: Option<Holding>,
        (request, own): (&mut Request, &Request),
        facts: &mut Facts,
    ) -> (Ground, Option<Refusal>) {
        let index = pack.dims.iter().position(|d| d.name == dim.name).unwrap_or(0);
        let member = request.member.facts.slot(&dim.name).is_some();
        let slot = match member {
            true => request.member.facts.slot(&dim.name),
            false => request.encounter.facts.slot(&dim.name),
        };
        let given = slot.as_ref().and_then(|slot| (**slot).clone());
        let Some(row) = holding.and_then(|h| pack.rules.coverage.get(h.row)) else {
            let default = dim.default.and_then(|code| dim.values.get(usize::from(code)));
            let value = given.or_else(|| default.cloned()).unwrap_or_default();
            let ground = Ground {
                dim: dim.name.clone(),
                value,
                from: None,
                to: None,
                clause: None,
                event: None,
                budget: None,
            };
            return (ground, None);
        };
        let value = dim.values.get(usize::from(row.value.value)).cloned().unwrap_or_default();
        let clause = clause(pack, row.clause);
        let told = own.member.facts.value(&dim.name);
        let told = told.or_else(|| own.encounter.facts.value(&dim.name));
        let contradiction = told.filter(|told| *told != value).map(|given| {
            let owner = if member { "member" } else { "encounter" };
            let expected = format!("{value} ({clause})");
            let path = format!("$.{owner}.{}", dim.name);
            Refusal::new(Code::FactsContradict, path, given, expected).by(&clause)
        });
        if let Some(slot) = slot {
            *slot = Some(value.clone());
        }
        facts.set(index, Some(row.value.value));
        let interval = holding.map(|h| h.interval);
        let event = interval.and_then(|i| self.opener(log, i));
        let by = event.filter(|_| row.value.budget).and_then(|event| event.by.clone());
        let ground = Ground {
            dim: dim.name.clone(),
            value,
            clause: Some(clause),
            event: event.map(|event| event.id.clone().unwrap_or_else(|| event.event.clone())),
            budget: by,
            ..interval_text(interval)
        };
        (ground, contradiction)
    }

    /// Every interval of every derived dimension, as far as the member alone decides.
    pub(super) fn all(&self, pack: &Pack, log: &Log, params: &[u8]) -> Vec<Ground> {
        let chosen = |row: &Row<Coverage>| {
            let holds = |(param, values): &(u16, Vec<u8>)| {
                params.get(usize::from(*param)).is_some_and(|value| values.contains(value))
            };
            row.params.iter().all(holds)
        };
        let mut out = Vec::new();
        for dim in &self.dims {
            let Some(kind) = pack.dims.get(usize::from(*dim)) else { continue };
            for (row, found) in pack.rules.coverage.iter().zip(&self.rows) {
                if row.value.dim != *dim || !chosen(row) {
                    continue;
                }
                for (index, interval) in found.iter().enumerate() {
                    let inside = |other: &Interval| {
                        other.from <= interval.from && interval.until <= other.until
                    };
                    if found.get(..index).unwrap_or_default().iter().any(inside) {
                        continue;
                    }
                    let event = self.opener(log, *interval);
                    let name = |e: &Event| e.id.clone().unwrap_or_else(|| e.event.clone());
                    let value = kind.values.get(usize::from(row.value.value));
                    out.push(Ground {
                        dim: kind.name.clone(),
                        value: value.cloned().unwrap_or_default(),
                        clause: Some(clause(pack, row.clause)),
                        event: event.map(name),
                        budget: event.filter(|_| row.value.budget).and_then(|e| e.by.clone()),
                        ..interval_text(Some(*interval))
                    });
                }
            }
        }
        out
    }

    /// Every period that runs from an event.
    pub(super) fn periods(&self, pack: &Pack, log: &Log) -> Result<Vec<Running>, Refusal> {
        let mut out = Vec::new();
        for classed in &self.classed {
            let happening = classed.happening;
            for period in &pack.rules.periods {
                if period.event != Some(happening.event) {
                    continue;
                }
                let over = over(&pack.rules, period, happening.moment);
                let over = over.map_err(|e| uncovered(pack, e))?;
                let kind = pack.rules.events.get(usize::from(happening.event));
                let event = log.event(happening.fact).filter(|_| !happening.derived);
                out.push(Running {
                    period: period.id.clone(),
                    event: kind.map_or_else(String::new, |kind| kind.id.clone()),
                    id: event.and_then(|event| event.id.clone()),
                    from: shown(happening.moment),
                    last: match over {
                        entitle::Over::Day(day) => dims::date(day).to_string(),
                        entitle::Over::Minute(minute) => {
                            let clock = u16::try_from(minute.rem_euclid(DAY)).unwrap_or(0);
                            format!("{} {}", dims::date(day_of(minute)), Clock(clock))
                        }
                    },
                    clause: clause(pack, period.clause),
                });
            }
        }
        Ok(out)
    }

    /// What each event with windows is worth.
    pub(super) fn windows(&self, pack: &Pack, log: &Log) -> Vec<response::Classed> {
        let rules = &pack.rules;
        let worth = |classed: &Classed| {
            let class = classed.class?;
            let event = classed.happening.event;
            let own = || rules.windows.iter().find(|window| window.event == event);
            let window = rules.windows.get(usize::from(class)).filter(|_| class != OUTSIDE);
            let fact = log.event(classed.happening.fact).filter(|_| !classed.happening.derived);
            Some(response::Classed {
                event: rules.events.get(usize::from(event))?.id.clone(),
                id: fact.and_then(|event| event.id.clone()),
                on: dims::date(day_of(classed.happening.moment)),
                accepted: window.is_some(),
                window: window.map_or_else(|| "outside".to_owned(), |window| window.id.clone()),
                clause: clause(pack, window.or_else(own)?.clause),
            })
        };
        self.classed.iter().filter_map(worth).collect()
    }
}

/// The bounds of an interval as text, where it has them.
fn interval_text(interval: Option<Interval>) -> Ground {
    let from = interval.map(|i| i.from).filter(|from| *from != entitle::OPEN.0).map(shown);
    let to = interval.map(|i| i.until).filter(|until| *until != entitle::OPEN.1).map(last);
    Ground {
        dim: String::new(),
        value: String::new(),
        from,
        to,
        clause: None,
        event: None,
        budget: None,
    }
}
