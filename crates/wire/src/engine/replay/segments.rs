//! Cutting a bill before anything is priced.

use tongchou_core::calendar::Day;
use tongchou_core::case::Case;
use tongchou_core::pack::{Pack, Row};
use tongchou_core::rules::{CutAt, Split, SplitBy};

use crate::amount::{Date, Yuan};
use crate::error::{Code, Refusal};
use crate::request::{Bill, Line, Request, Stay, Totals};

use crate::engine::dims;

/// A day on which a bill is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub day: i32,
    pub by: SplitBy,
    /// Whether the part from this day on opens a new stay.
    pub charge: bool,
}

/// The row of `[[split]]` that applies to a bill, for one thing to cut at.
pub(super) fn row<'p>(
    pack: &'p Pack,
    of: CutAt,
    case: &Case<'_>,
    day: Day,
) -> Result<Option<&'p Row<Split>>, Refusal> {
    let mut best: Option<&Row<Split>> = None;
    for row in pack.rules.splits.iter().filter(|row| row.value.of == of) {
        let higher = best.is_none_or(|best| best.priority < row.priority);
        if higher && row.from <= day && day <= row.to {
            let meets = case.meets(&row.when, &row.params);
            if meets.map_err(|dim| dims::without(pack, dim, ""))? {
                best = Some(row);
            }
        }
    }
    Ok(best)
}

/// The first days of benefit years after `first`, up to `last`.
pub(super) fn year_starts(pack: &Pack, first: i32, last: i32) -> Vec<i32> {
    let (month, day) = pack.year_start;
    let (from, to) = (Day(first).civil().0, Day(last).civil().0);
    let start = |year| Day::new(year, month.cast_signed(), day.cast_signed());
    let starts = (from..=to).filter_map(start).map(|day| day.0);
    starts.filter(|day| first < *day && *day <= last).collect()
}

/// Cuts a bill; a bill without cuts is its own only part.
pub(super) fn parts(
    bill: &Request,
    mut cuts: Vec<Cut>,
    is_stay: bool,
) -> Result<Vec<Request>, Refusal> {
    cuts.sort_by_key(|cut| cut.day);
    cuts.dedup_by(|later, earlier| {
        earlier.charge |= later.day == earlier.day && later.charge;
        later.day == earlier.day
    });
    let by_days = cuts.iter().all(|cut| cut.by == SplitBy::Days);
    let first = dims::day(bill.encounter.admitted).0;
    let last = dims::day(bill.encounter.discharged.unwrap_or(bill.encounter.admitted)).0;
    let Some(cut) = cuts.first().filter(|_| sum(bill) != 0) else {
        return Ok(vec![bill.clone()]);
    };
    let at = dims::date(Day(cut.day)).to_string();
    if bill.hospital_share.is_some() {
        return Err(Refusal::new(Code::SplitShare, "$.hospital_share", at, ""));
    }
    stated(bill)?;
    let bills = match (&bill.bill, by_days) {
        (Bill::Totals(totals), true) => by_day(totals, &cuts, (first, last)),
        (Bill::Lines(lines), _) => by_fee_date(lines, &cuts, &at)?,
        (Bill::Totals(_), false) => {
            return Err(Refusal::new(Code::SplitLine, "$.totals", at, ""));
        }
    };
    let mut parts = encounters(bill, &cuts, bills, last);
    if parts.is_empty() {
        return Ok(vec![bill.clone()]);
    }
    if !is_stay {
        parts.iter_mut().for_each(|part| part.encounter.stay = None);
    }
    Ok(parts)
}

/// The stated total is of the whole bill.
fn stated(bill: &Request) -> Result<(), Refusal> {
    let Some(stated) = bill.stated_total else { return Ok(()) };
    let sum = sum(bill);
    if sum == stated.0 {
        return Ok(());
    }
    let (value, expected) = (stated.to_string(), Yuan(sum).to_string());
    Err(Refusal::new(Code::TotalDiffers, "$.stated_total", value, expected))
}

/// What a bill's fees come to.
pub(super) fn sum(bill: &Request) -> i64 {
    match &bill.bill {
        Bill::Lines(lines) => lines.iter().fold(0_i64, |sum, l| sum.saturating_add(l.amount.0)),
        Bill::Totals(t) => [Some(t.in_scope), t.full_self, t.over_limit, t.prepay]
            .iter()
            .flatten()
            .fold(0_i64, |sum, part| sum.saturating_add(part.0)),
    }
}

/// The fees of each part, `None` where it has none.
fn by_fee_date(lines: &[Line], cuts: &[Cut], at: &str) -> Result<Vec<Option<Bill>>, Refusal> {
    let mut parts: Vec<Vec<Line>> = vec![Vec::new(); cuts.len() + 1];
    for (index, line) in lines.iter().enumerate() {
        let Some(date) = line.date else {
            let path = format!("$.lines[{index}].date");
            return Err(Refusal::new(Code::SplitLine, path, at, ""));
        };
        let day = dims::day(date).0;
        let part = cuts.iter().take_while(|cut| cut.day <= day).count();
        if let Some(part) = parts.get_mut(part) {
            part.push(line.clone());
        }
    }
    let fees = |lines: Vec<Line>| (!lines.is_empty()).then_some(Bill::Lines(lines));
    Ok(parts.into_iter().map(fees).collect())
}

fn by_day(totals: &Totals, cuts: &[Cut], (first, last): (i32, i32)) -> Vec<Option<Bill>> {
    let all = i64::from(last - first).max(1);
    let share = |part: Option<Yuan>, days: i64| {
        // At most 10¹² fen × 10⁶ days, twice.
        part.map(|Yuan(fen)| Yuan((2 * fen * days + all) / (2 * all)))
    };
    let up_to = |days: i64| Totals {
        in_scope: share(Some(totals.in_scope), days).unwrap_or_default(),
        full_self: share(totals.full_self, days),
        over_limit: share(totals.over_limit, days),
        prepay: share(totals.prepay, days),
    };
    let less = |all: Option<Yuan>, before: Option<Yuan>| {
        all.map(|all| Yuan(all.0 - before.unwrap_or_default().0))
    };
    let ends = cuts.iter().map(|cut| i64::from(cut.day - first)).chain([all]);
    let mut before = up_to(0);
    let nothing = before;
    let part = |days| {
        let now = up_to(days);
        let part = Totals {
            in_scope: Yuan(now.in_scope.0 - before.in_scope.0),
            full_self: less(now.full_self, before.full_self),
            over_limit: less(now.over_limit, before.over_limit),
            prepay: less(now.prepay, before.prepay),
        };
        before = now;
        (part != nothing).then_some(Bill::Totals(part))
    };
    ends.map(part).collect()
}

/// The parts as bills of their own.
fn encounters(bill: &Request, cuts: &[Cut], bills: Vec<Option<Bill>>, last: i32) -> Vec<Request> {
    let id = bill.encounter.id.as_str();
    let mut stay = bill.encounter.stay.clone().unwrap_or_else(|| Stay {
        // `.` and `:` divide the names of a stay's counters.
        id: id.replace(['.', ':'], "-"),
        closes: true,
        joins: None,
    });
    let (closes, base) = (stay.closes, stay.id.clone());
    let mut out: Vec<Request> = Vec::new();
    let starts = cuts.iter().map(|cut| (Some(cut), cut.day));
    let first = dims::day(bill.encounter.admitted).0;
    let starts: Vec<_> = [(None, first)].into_iter().chain(starts).collect();
    let ends = cuts.iter().map(|cut| cut.day - 1).chain([last]);
    let mut opened = 1;
    for (((cut, start), end), fees) in starts.into_iter().zip(ends).zip(bills) {
        let charge = cut.is_some_and(|cut| cut.charge);
        if charge {
            opened += 1;
            stay = Stay { id: format!("{base}~{opened}"), closes, joins: None };
            if let Some(before) = out.last_mut().and_then(|r| r.encounter.stay.as_mut()) {
                before.closes = true;
            }
        }
        let Some(fees) = fees else { continue };
        let mut part = bill.clone();
        part.encounter.id = format!("{id}/{}", out.len() + 1);
        part.encounter.admitted = dims::date(Day(start));
        part.encounter.discharged = Some(dims::date(Day(end)));
        part.encounter.stay = Some(Stay { closes: false, ..stay.clone() });
        part.bill = fees;
        part.stated_total = None;
        out.push(part);
        stay.joins = None;
    }
    if let Some(end) = out.last_mut().and_then(|part| part.encounter.stay.as_mut()) {
        end.closes = closes;
    }
    out
}

/// First and last day of a bill.
pub(super) fn span(bill: &Request) -> (Date, Date) {
    let admitted = bill.encounter.admitted;
    (admitted, bill.encounter.discharged.unwrap_or(admitted))
}
