//! A bill is cut into segments before anything is priced.

use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::request::{Bill, Line, Request, Stay, Totals};

use crate::day::{benefit_year, number};
use crate::dims;
use crate::generate::days::shift;
use crate::money::{from_fen, round, to_fen};
use crate::pack::Pack;
use crate::refusal::Refusal;
use crate::rules::Split;
use crate::select::{self, Facts};

/// Where a bill is cut, and how.
#[derive(Clone, Debug, Default)]
pub struct Cuts {
    /// First days of all segments but the first, sorted.
    days: Vec<Cut>,
    /// Whether amounts are divided by days.
    by_days: bool,
}

#[derive(Clone, Copy, Debug)]
struct Cut {
    day: i64,
    /// Whether the segment that begins there opens a stay of its own.
    charge: bool,
}

impl Cuts {
    /// Whether the bill stays whole.
    pub fn is_none(&self) -> bool {
        self.days.is_empty()
    }

    /// Whether the segment that begins on a day opens a stay of its own; none where there is no
    /// cut.
    pub fn charge_on(&self, day: Date) -> Option<bool> {
        self.days.iter().find(|cut| cut.day == number(day)).map(|cut| cut.charge)
    }
}

/// What the bill's days are.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Its first day.
    pub first: i64,
    /// Its last day.
    pub last: i64,
}

impl Bounds {
    /// Those of a request.
    pub fn of(request: &Request) -> Self {
        let encounter = &request.encounter;
        let last = encounter.discharged.unwrap_or(encounter.admitted);
        Self { first: number(encounter.admitted), last: number(last) }
    }
}

/// A part of a bill that is cut.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The part as a bill.
    pub request: Request,
    /// How many cuts before it opened a stay of their own.
    pub stays: i64,
    /// Whether it goes on with the stay of the segment before it.
    pub goes_on: bool,
}

/// The cuts of a bill; `changes` gives the days on which a derived dimension, or the `scheme`,
/// changes.
pub fn cuts(
    pack: &Pack,
    request: &Request,
    day: Date,
    facts: &Facts<'_>,
    changes: &dyn Fn(&str) -> Result<Vec<i64>, Refusal>,
) -> Result<Cuts, Refusal> {
    let bounds = Bounds::of(request);
    let mut cuts = Cuts::default();
    if is_nothing(&request.bill) {
        return Ok(cuts);
    }
    for row in &pack.rules.splits {
        if day < row.from || row.to < day || !facts.meet(&row.when)? {
            continue;
        }
        let by_days = row.says.by == "days";
        let Split { of, on, second_deductible, .. } = &row.says;
        let charge = facts.setting(second_deductible)? == "charge";
        let days = match (of.as_str(), on) {
            (_, Some(on)) => vec![number(*on)],
            ("year", _) => year_starts(pack, bounds),
            (what, _) => changes(what)?,
        };
        let inside = |day: &i64| bounds.first < *day && *day <= bounds.last;
        for day in days.into_iter().filter(inside) {
            cuts.by_days |= by_days;
            cuts.days.push(Cut { day, charge });
        }
    }
    cuts.days.extend(period_starts(pack, request, day, facts)?);
    cuts.days.sort_by_key(|cut| cut.day);
    cuts.days.dedup_by_key(|cut| cut.day);
    Ok(cuts)
}

fn is_nothing(bill: &Bill) -> bool {
    total(bill) == 0
}

/// What a bill comes to, in fen.
fn total(bill: &Bill) -> i64 {
    match bill {
        Bill::Lines(lines) => lines.iter().map(|line| line.amount.0).sum(),
        Bill::Totals(totals) => {
            let others = [totals.full_self, totals.over_limit, totals.prepay];
            totals.in_scope.0 + others.iter().map(|it| it.unwrap_or_default().0).sum::<i64>()
        }
    }
}

fn year_starts(pack: &Pack, bounds: Bounds) -> Vec<i64> {
    let (month, day) = pack.year_start;
    let epoch = Date { year: 1970, month: 1, day: 1 };
    let first = benefit_year(pack, shift(epoch, bounds.first));
    let last = benefit_year(pack, shift(epoch, bounds.last));
    (first..=last).map(|year| number(Date { year, month, day })).collect()
}

/// The bounds of the periods of a whole stay whose lines are all dated.
fn period_starts(
    pack: &Pack,
    request: &Request,
    day: Date,
    facts: &Facts<'_>,
) -> Result<Vec<Cut>, Refusal> {
    let Bill::Lines(lines) = &request.bill else { return Ok(Vec::new()) };
    let dated = lines.iter().all(|line| line.date.is_some());
    let is_stay = dims::is_stay(pack, request)?;
    if pack.period.is_empty() || request.encounter.stay.is_some() || !dated || !is_stay {
        return Ok(Vec::new());
    }
    let row = select::row(&pack.period, day, facts)?;
    let Some(length) = row.and_then(|row| row.says).filter(|length| 0 < *length) else {
        return Ok(Vec::new());
    };
    let Bounds { first, last } = Bounds::of(request);
    let last = last - i64::from(first != last);
    let starts = (1..).map(|n| first + n * length).take_while(|day| *day <= last);
    Ok(starts.map(|day| Cut { day, charge: false }).collect())
}

/// The segments of a bill that is cut.
pub fn segments(pack: &Pack, request: &Request, cuts: &Cuts) -> Result<Vec<Segment>, Refusal> {
    let id = &request.encounter.id;
    let bounds = Bounds::of(request);
    if request.hospital_share.is_some() {
        return Err(Refusal::Uncuttable(id.clone()));
    }
    if let Bill::Lines(lines) = &request.bill {
        let dated = |line: &&Line| {
            line.date.is_some_and(|on| !(bounds.first..=bounds.last).contains(&number(on)))
        };
        if let Some(outside) = lines.iter().find(dated) {
            return Err(Refusal::LineDate(outside.id.clone()));
        }
    }
    if request.stated_total.is_some_and(|stated| stated.0 != total(&request.bill)) {
        return Err(Refusal::StatedTotal);
    }
    let mut starts = vec![Cut { day: bounds.first, charge: false }];
    starts.extend(&cuts.days);
    let ends = starts.iter().skip(1).map(|cut| cut.day).chain([bounds.last + 1]);
    let mut parts = Vec::new();
    let mut before = Totals::default();
    let last = starts.len();
    for (place, (start, end)) in (1..).zip(starts.iter().zip(ends)) {
        let bill = match &request.bill {
            Bill::Lines(lines) => of_lines(id, lines, start.day, end)?,
            Bill::Totals(totals) if cuts.by_days => {
                let all = bounds.last - bounds.first;
                let part = if place == last { all } else { all.min(end - bounds.first) };
                of_days(totals, part, all, &mut before)?
            }
            _ => return Err(Refusal::Uncuttable(id.clone())),
        };
        parts.push((*start, end, bill));
    }
    Ok(write(pack, request, parts))
}

fn of_lines(id: &str, lines: &[Line], from: i64, to: i64) -> Result<Option<Bill>, Refusal> {
    let mut own = Vec::new();
    for line in lines {
        let day = line.date.map(number).ok_or_else(|| Refusal::Uncuttable(id.to_owned()))?;
        if from <= day && day < to {
            own.push(line.clone());
        }
    }
    Ok((!own.is_empty()).then_some(Bill::Lines(own)))
}

/// The part of totals up to a day, less what the segments before have.
fn of_days(
    totals: &Totals,
    part: i64,
    all: i64,
    before: &mut Totals,
) -> Result<Option<Bill>, Refusal> {
    let share = |whole: Yuan| -> Result<i64, Refusal> {
        let exact = from_fen(whole.0) * rust_decimal::Decimal::from(part);
        to_fen(round(exact / rust_decimal::Decimal::from(all), "half_up")?)
    };
    let of = |whole: Option<Yuan>, before: &mut Option<Yuan>| -> Result<Option<Yuan>, Refusal> {
        let Some(whole) = whole else { return Ok(None) };
        let up_to = share(whole)?;
        let own = up_to - before.unwrap_or_default().0;
        *before = Some(Yuan(up_to));
        Ok(Some(Yuan(own)))
    };
    let mut in_scope = Some(before.in_scope);
    let own = Totals {
        in_scope: of(Some(totals.in_scope), &mut in_scope)?.unwrap_or_default(),
        full_self: of(totals.full_self, &mut before.full_self)?,
        over_limit: of(totals.over_limit, &mut before.over_limit)?,
        prepay: of(totals.prepay, &mut before.prepay)?,
    };
    before.in_scope = in_scope.unwrap_or_default();
    let others = [own.full_self, own.over_limit, own.prepay];
    let empty = own.in_scope.0 == 0 && others.iter().all(|it| it.unwrap_or_default().0 == 0);
    Ok((!empty).then_some(Bill::Totals(own)))
}

/// The segments that have something, as bills.
fn write(pack: &Pack, request: &Request, parts: Vec<(Cut, i64, Option<Bill>)>) -> Vec<Segment> {
    let is_stay = dims::is_stay(pack, request).unwrap_or(false);
    let encounter = &request.encounter;
    let epoch = Date { year: 1970, month: 1, day: 1 };
    let last_day = encounter.discharged.unwrap_or(encounter.admitted);
    let count = parts.len();
    let mut stays = 1;
    let mut segments: Vec<(Request, i64)> = Vec::new();
    for (place, (cut, end, bill)) in (1..).zip(parts) {
        stays += i64::from(cut.charge);
        let Some(bill) = bill else { continue };
        let mut segment = request.clone();
        segment.bill = bill;
        segment.stated_total = None;
        segment.encounter.admitted = shift(epoch, cut.day);
        let whole = place == count;
        let discharged = if whole { last_day } else { shift(epoch, end - 1) };
        segment.encounter.discharged = Some(discharged);
        segments.push((segment, stays));
    }
    let last = segments.len();
    for (place, (segment, stays)) in (1..).zip(&mut segments) {
        segment.encounter.id = format!("{}/{place}", encounter.id);
        if !is_stay {
            continue;
        }
        let own = encounter.stay.clone();
        let base = own.as_ref().map_or(&encounter.id, |stay| &stay.id);
        let id = if *stays == 1 { base.clone() } else { format!("{base}~{stays}") };
        let closes = place == last && own.as_ref().is_none_or(|stay| stay.closes);
        let joins = own.as_ref().and_then(|stay| stay.joins).filter(|_| place == 1 && *stays == 1);
        segment.encounter.stay = Some(Stay { id, closes, joins });
    }
    // A stay that another one follows is closed by its last segment.
    let ids: Vec<i64> = segments.iter().map(|(_, stays)| *stays).collect();
    for (place, (segment, stays)) in segments.iter_mut().enumerate() {
        let follows = ids.get(place + 1).is_some_and(|next| next != stays);
        if let Some(stay) = &mut segment.encounter.stay {
            stay.closes |= follows;
        }
    }
    let mut before = None;
    let segment = |(request, stays): (Request, i64)| {
        let goes_on = before.replace(stays) == Some(stays);
        Segment { request, stays: stays - 1, goes_on }
    };
    segments.into_iter().map(segment).collect()
}
