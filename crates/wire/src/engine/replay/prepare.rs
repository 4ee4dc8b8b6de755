//! A bill made ready: whole, cut into parts, each with the values that follow from facts.

use std::collections::BTreeMap;

use tongchou_core::calendar::Day;
use tongchou_core::case::Case;
use tongchou_core::pack::Pack;
use tongchou_core::rules::{CutAt, SplitBy};

use crate::error::{Code, Refusal};
use crate::request::{Bill, Request};
use crate::response::Ground;

use super::segments::{self, Cut};
use super::shared::Shared;
use crate::engine::dims::{self, Moment};
use crate::engine::standing::{Log, Timeline};
use crate::engine::{Engine, pack_reference};

/// A part of a bill, ready to settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ready {
    pub request: Request,
    /// The day that decides.
    pub day: Day,
    pub year: i16,
    /// Pack id without a day.
    pub pack: String,
    pub grounds: Vec<Ground>,
    /// What contradicts the facts.
    pub fault: Option<Refusal>,
    /// Whether the stay's record comes from the part before, which is under another pack.
    pub hands_over: bool,
    /// The day on which the patient was admitted.
    pub admission: Day,
    /// Where a bill begun a day earlier would be cut on its first day.
    pub meets: Option<Meets>,
}

/// A cut at which one interim bill ends and the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meets {
    /// Pack before it.
    pub pack: String,
    /// Whether a new stay opens there.
    pub charge: bool,
}

impl Ready {
    /// Whether it has the same parts and dimensions: the reasons for them do not matter, nor what
    /// contradicts them, nor other bills of its stay.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let same = |a: &Ground, b: &Ground| a.dim == b.dim && a.value == b.value;
        let (mine, its) = (&self.grounds, &other.grounds);
        let grounds = mine.len() == its.len() && mine.iter().zip(its).all(|(a, b)| same(a, b));
        let without = |ready: &Self| Self {
            grounds: Vec::new(),
            fault: None,
            admission: Day(0),
            meets: None,
            ..ready.clone()
        };
        grounds && without(self) == without(other)
    }
}

/// What the facts known so far make of each pack.
#[derive(Default)]
pub(super) struct Timelines(BTreeMap<String, Timeline>);

impl Timelines {
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    pub(super) fn of(&mut self, pack: &Pack, log: &Log) -> Result<&Timeline, Refusal> {
        if !self.0.contains_key(&pack.id) {
            self.0.insert(pack.id.clone(), Timeline::of(pack, log)?);
        }
        let lost = || Refusal::new(Code::PackDamaged, "$.pack", &pack.id, "");
        self.0.get(&pack.id).ok_or_else(lost)
    }
}

/// The pack that a bill is under.
fn pack_of<'e>(engine: &'e Engine, request: &Request) -> Result<&'e Pack, Refusal> {
    if request.pack.is_empty() {
        return Err(Refusal::new(Code::FieldMissing, "$.pack", "pack", "text"));
    }
    let (id, _) = pack_reference(&request.pack)?;
    engine.pack(id).ok_or_else(|| engine.unknown(id))
}

fn moment(request: &Request, pack: &Pack) -> Result<Moment, Refusal> {
    let (_, at) = pack_reference(&request.pack)?;
    Moment::of(request, pack, at)
}

pub(super) fn is_stay(pack: &Pack, request: &Request) -> bool {
    let Some((dim, values)) = &pack.stay.care else { return false };
    let Some(dim) = pack.dims.get(usize::from(*dim)) else { return false };
    let default = dim.default.and_then(|code| dim.values.get(usize::from(code)));
    let care = request.encounter.facts.care.as_ref().or(default);
    // Without a value it is one if it would be whatever the value.
    let Some(care) = care else {
        return (0..).zip(&dim.values).all(|(it, _)| values.contains(&it));
    };
    let code = dim.values.iter().position(|value| value == care);
    code.and_then(|code| u8::try_from(code).ok()).is_some_and(|code| values.contains(&code))
}

/// Makes a bill ready.
pub(super) fn ready(
    engine: &Engine,
    shared: &Shared<'_>,
    log: &Log,
    timelines: &mut Timelines,
    bill: &Request,
) -> Result<Vec<Ready>, Refusal> {
    let (first, last) = segments::span(bill);
    let whole = shared.whole(bill, first);
    let pack = pack_of(engine, &whole)?;
    let day = moment(&whole, pack)?.bill;
    let whole = shared.whole(bill, dims::date(day));
    let schemes = match bill.pack.is_empty() {
        true => shared.scheme_changes(first, last),
        false => Vec::new(),
    };
    let schemes: Vec<i32> = schemes.into_iter().map(|day| dims::day(day).0).collect();
    let admission = dims::day(shared.admission(bill));
    let meets = meets(engine, shared, log, timelines, bill);
    let cuts = cuts(engine, log, timelines, (&whole, admission), &schemes)?;
    if cuts.is_empty() {
        let part = part(engine, shared, log, timelines, (bill, admission))?;
        return Ok(vec![Ready { meets, ..part }]);
    }
    let parts = segments::parts(bill, cuts.clone(), is_stay(pack, &whole))?;
    let mut out: Vec<Ready> = Vec::with_capacity(parts.len());
    for bill in &parts {
        let start = dims::day(bill.encounter.admitted).0;
        let waived = cuts.iter().any(|cut| cut.day == start && !cut.charge);
        let mut ready = part(engine, shared, log, timelines, (bill, admission))?;
        ready.hands_over = waived && out.last().is_some_and(|before| before.pack != ready.pack);
        out.push(ready);
    }
    if let Some(first) = out.first_mut() {
        first.meets = meets;
    }
    Ok(out)
}

/// The cut that an interim bill would have on its first day, had it begun a day earlier. What
/// cannot be asked of that day makes none.
fn meets(
    engine: &Engine,
    shared: &Shared<'_>,
    log: &Log,
    timelines: &mut Timelines,
    bill: &Request,
) -> Option<Meets> {
    // A bill of nothing is not cut.
    bill.encounter.stay.as_ref().filter(|_| segments::sum(bill) != 0)?;
    let first = dims::day(bill.encounter.admitted);
    let before = dims::date(Day(first.0 - 1));
    let mut earlier = bill.clone();
    let last = bill.encounter.discharged.unwrap_or(bill.encounter.admitted);
    (earlier.encounter.admitted, earlier.encounter.discharged) = (before, Some(last));
    let whole = shared.whole(&earlier, before);
    let day = moment(&whole, pack_of(engine, &whole).ok()?).ok()?.bill;
    let whole = shared.whole(&earlier, dims::date(day));
    let schemes = match bill.pack.is_empty() {
        true => shared.scheme_changes(before, last),
        false => Vec::new(),
    };
    let schemes: Vec<i32> = schemes.into_iter().map(|day| dims::day(day).0).collect();
    let admission = dims::day(shared.admission(bill));
    let cuts = cuts(engine, log, timelines, (&whole, admission), &schemes).ok()?;
    let mut here = cuts.iter().filter(|cut| cut.day == first.0).peekable();
    here.peek()?;
    let pack = pack_of(engine, &whole).ok()?.id.clone();
    Some(Meets { pack, charge: here.any(|cut| cut.charge) })
}

/// One part, with what it leaves to the message and the values that follow from facts.
fn part(
    engine: &Engine,
    shared: &Shared<'_>,
    log: &Log,
    timelines: &mut Timelines,
    (bill, admission): (&Request, Day),
) -> Result<Ready, Refusal> {
    let request = shared.whole(bill, bill.encounter.admitted);
    let pack = pack_of(engine, &request)?;
    let moment = Moment { admission, ..moment(&request, pack)? };
    let mut request = shared.whole(bill, dims::date(moment.bill));
    let params = dims::params(pack, &request.params)?;
    let (day, year, id) = (moment.bill, moment.year, pack.id.clone());
    let (grounds, fault) = match log.is_empty() || pack.rules.coverage.is_empty() {
        true => (Vec::new(), None),
        false => {
            let timeline = timelines.of(pack, log)?;
            let derived = timeline.derive(pack, log, &params, (request, bill), moment)?;
            request = derived.request;
            (derived.grounds, derived.fault)
        }
    };
    let (hands_over, meets) = (false, None);
    Ok(Ready { request, day, year, pack: id, grounds, fault, hands_over, admission, meets })
}

/// Where a bill is cut.
fn cuts(
    engine: &Engine,
    log: &Log,
    timelines: &mut Timelines,
    (whole, admission): (&Request, Day),
    schemes: &[i32],
) -> Result<Vec<Cut>, Refusal> {
    let (first, last) = segments::span(whole);
    if first == last {
        return Ok(Vec::new());
    }
    let pack = pack_of(engine, whole)?;
    let days = (dims::day(first).0, dims::day(last).0);
    let periods = pack.stay.period.is_empty() || whole.encounter.stay.is_some();
    if pack.rules.splits.is_empty() && schemes.is_empty() && periods {
        return Ok(Vec::new());
    }
    let moment = Moment { admission, ..moment(whole, pack)? };
    let params = dims::params(pack, &whole.params)?;
    let facts = dims::facts(pack, whole, moment)?;
    let (codes, missing) = facts.codes();
    let case = Case { codes, missing, params: &params };
    // What a dimension is cut at may hang on dimensions derived before it, as on the bill's day.
    let derived = match log.is_empty() || pack.rules.coverage.is_empty() {
        true => None,
        false => {
            let timeline = timelines.of(pack, log)?;
            Some(timeline.derive(pack, log, &params, (whole.clone(), whole), moment)?.facts)
        }
    };
    let mut cuts = Vec::new();
    let mut at: Vec<CutAt> = Vec::new();
    for split in &pack.rules.splits {
        if !at.contains(&split.value.of) {
            at.push(split.value.of);
        }
    }
    let scheme = segments::row(pack, CutAt::Scheme, &case, moment.rows)?;
    for day in schemes {
        let charge = scheme.is_none_or(|row| row.value.second_deductible);
        cuts.push(Cut { day: *day, by: SplitBy::FeeDate, charge });
    }
    for of in at {
        let Some(row) = segments::row(pack, of, &case, moment.rows)? else { continue };
        let found = match of {
            CutAt::Scheme => Vec::new(),
            CutAt::Year => segments::year_starts(pack, days.0, days.1),
            CutAt::Day(day) => vec![day.0],
            CutAt::Dim(dim) => {
                let own = case.code(dim);
                let (codes, missing) = derived.as_ref().unwrap_or(&facts).codes();
                let case = Case { codes, missing, params: &params };
                let timeline = timelines.of(pack, log)?;
                timeline.changes(pack, log, (dim, own), (whole, &case), days)?
            }
        };
        let (by, charge) = (row.value.by, row.value.second_deductible);
        let inside = found.into_iter().filter(|day| days.0 < *day && *day <= days.1);
        cuts.extend(inside.map(|day| Cut { day, by, charge }));
    }
    if !periods {
        cuts.extend(period_cuts(pack, whole, &case, moment, days)?);
    }
    Ok(cuts)
}

/// Where a whole stay runs into a new period, if its lines tell what lies before and after.
fn period_cuts(
    pack: &Pack,
    whole: &Request,
    case: &Case<'_>,
    moment: Moment,
    (first, last): (i32, i32),
) -> Result<Vec<Cut>, Refusal> {
    if !is_stay(pack, whole) || !all_dated(whole) {
        return Ok(Vec::new());
    }
    let row = case.pick(&pack.stay.period, moment.rows);
    let row = row.map_err(|dim| dims::without(pack, dim, ""))?;
    let Some(length) = row.and_then(|row| row.value) else { return Ok(Vec::new()) };
    let length = i32::from(length).max(1);
    let starts = (1..).map(|n| first + n * length).take_while(|day| *day < last);
    Ok(starts.map(|day| Cut { day, by: SplitBy::FeeDate, charge: false }).collect())
}

fn all_dated(bill: &Request) -> bool {
    matches!(&bill.bill, Bill::Lines(lines) if lines.iter().all(|line| line.date.is_some()))
}
