//! Which stay a bill belongs to: going on, transferred, back again, in a new period.

use tongchou_core::calendar::Day;
use tongchou_core::case::Case;
use tongchou_core::pack::Pack;
use tongchou_core::settle::StayRecord;

use crate::error::{Code, Refusal};
use crate::request::{Joins, Request, Stay};

use super::counters::{Ledger, STAY_PARTS};
use super::dims::{self, Facts, Moment};

/// Stays open at once.
const STAYS_MAX: usize = 4;

/// What the pack says of stays.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StayRules {
    /// The record keeps the highest standards.
    pub standards: bool,
    /// The record keeps its first day and its period.
    pub periods: bool,
    /// Days for which a closed record is kept.
    pub keeps: Option<i64>,
}

/// A bill as its stay sees it.
#[derive(Clone, Copy)]
pub(super) struct Visit<'a> {
    pub pack: &'a Pack,
    pub params: &'a [u8],
    pub request: &'a Request,
    pub facts: &'a Facts,
    pub moment: Moment,
    /// Whether the bill's care is a stay.
    pub is_stay: bool,
    /// Whether the bill moves anything at all.
    pub moves: bool,
    /// A stay whose record ends where the bill begins.
    pub drops: Option<&'a str>,
}

/// The days after which a stay begins a new period, if the pack cuts such stays into periods.
pub(super) fn period_days(
    pack: &Pack,
    params: &[u8],
    facts: &Facts,
    moment: Moment,
) -> Result<Option<u16>, Refusal> {
    let (codes, missing) = facts.codes();
    let case = Case { codes, missing, params };
    let row = case.pick(&pack.stay.period, moment.rows);
    let row = row.map_err(|dim| dims::without(pack, dim, ""))?;
    Ok(row.and_then(|row| row.value))
}

impl Visit<'_> {
    fn admitted(&self) -> i64 {
        i64::from(dims::day(self.moment.stay.0).0)
    }

    fn discharged(&self) -> i64 {
        i64::from(dims::day(self.moment.stay.1).0)
    }

    /// The days of a period, if the pack cuts such stays into periods.
    fn period_days(&self) -> Result<Option<i64>, Refusal> {
        let days = period_days(self.pack, self.params, self.facts, self.moment)?;
        Ok(days.map(|days| i64::from(days).max(1)))
    }

    /// The period of a bill in a stay opened on a day, of which it may use periods from `at` on.
    fn period(&self, opened: i64, at: i64, ends: bool) -> Result<i64, Refusal> {
        let Some(days) = self.period_days()? else { return Ok(at) };
        let (admitted, discharged) = (self.admitted(), self.discharged());
        let last = discharged - i64::from(ends && discharged > admitted);
        let first = admitted.max(opened + days * at);
        let (first, last) = ((first - opened).div_euclid(days), (last - opened).div_euclid(days));
        if first < last {
            let cut = i32::try_from(opened + days * (first + 1)).unwrap_or(i32::MAX);
            let cut = dims::date(Day(cut)).to_string();
            let path = "$.encounter.discharged";
            return Err(Refusal::new(Code::StayPeriod, path, cut, days.to_string()));
        }
        Ok(last.max(at))
    }
}

impl Ledger {
    /// Finds the stay that a bill belongs to.
    pub(super) fn open_stay(&mut self, visit: &Visit<'_>) -> Result<(), Refusal> {
        if let (Some(keeps), true) = (self.rules.keeps, visit.moves) {
            self.drop_records(visit.admitted(), keeps);
        }
        if let (Some(stay), true) = (visit.drops, visit.moves) {
            let prefix = format!("stay:{stay}.");
            let dropped = |name: &&String| name.starts_with(&prefix) || self.dropped.contains(name);
            self.dropped = self.before.keys().filter(dropped).cloned().collect();
        }
        let Some(stay) = &visit.request.encounter.stay else {
            if visit.is_stay {
                visit.period(visit.admitted(), 0, true)?;
            }
            return Ok(());
        };
        if !visit.is_stay {
            let care = visit.request.encounter.facts.care.clone().unwrap_or_default();
            return Err(Refusal::new(Code::StayNotAllowed, "$.encounter.stay", care, ""));
        }
        self.stay_id.clone_from(&stay.id);
        let mut record = self.stay_record();
        let [opened, period, out] = ["opened", "period", "out"].map(|part| self.stay_value(part));
        if record.ordinal == 0 {
            // What a cancel under `later_bills = "keep"` has left is no record.
            record = StayRecord { bills: record.bills, ..StayRecord::default() };
        }
        self.joined(visit, stay, record.ordinal > 0, out)?;
        record.transferred |= stay.joins == Some(Joins::Transfer);
        let opened = if record.ordinal > 0 { opened } else { visit.admitted() };
        let now = visit.period(opened, period, stay.closes)?;
        if now > period && record.ordinal > 0 {
            let bills = record.bills;
            let transferred = stay.joins == Some(Joins::Transfer);
            record = StayRecord { bills, transferred, ..StayRecord::default() };
        }
        let out = if stay.closes { visit.discharged() } else { 0 };
        self.notes = [opened, now, out];
        self.closing = stay.closes;
        self.stay = Some(record);
        Ok(())
    }

    /// Refuses a bill that may not come to the stay it names.
    fn joined(&self, visit: &Visit<'_>, stay: &Stay, there: bool, out: i64) -> Result<(), Refusal> {
        let refuse = |code, value: &str, expected: String| {
            Err(Refusal::new(code, "$.encounter.stay.joins", value, expected))
        };
        match stay.joins {
            Some(Joins::Transfer) if !self.rules.standards => {
                return refuse(Code::JoinUnknown, "transfer", String::new());
            }
            Some(Joins::Readmission) if self.rules.keeps.is_none() => {
                return refuse(Code::JoinUnknown, "readmission", String::new());
            }
            Some(Joins::Readmission) if out == 0 || !there => {
                return refuse(Code::JoinNothing, &stay.id, String::new());
            }
            Some(Joins::Readmission) => {
                let days = self.rules.keeps.unwrap_or(0);
                if visit.admitted() - out > days {
                    return refuse(Code::ReadmissionLate, &stay.id, days.to_string());
                }
            }
            Some(Joins::Transfer) if !there => {
                return refuse(Code::JoinNothing, &stay.id, String::new());
            }
            _ => {}
        }
        if out != 0 && stay.joins != Some(Joins::Readmission) {
            let path = "$.encounter.stay.id";
            return Err(Refusal::new(Code::StayClosed, path, &stay.id, ""));
        }
        let is_open = |name: &&String| {
            let id = name.strip_prefix("stay:").and_then(|n| n.strip_suffix(".ordinal"));
            id.is_some_and(|id| !self.before.contains_key(&format!("stay:{id}.out")))
        };
        let stays_on = |name: &&String| !self.dropped.contains(name);
        let open = self.before.keys().filter(is_open).filter(stays_on).count();
        let goes_on = there && out == 0;
        if visit.moves && !goes_on && !stay.closes && open >= STAYS_MAX {
            let (id, most) = (stay.id.as_str(), STAYS_MAX.to_string());
            return Err(Refusal::new(Code::StaysTooMany, "$.encounter.stay.id", id, most));
        }
        Ok(())
    }

    fn stay_value(&self, part: &str) -> i64 {
        self.before.get(&format!("stay:{}.{part}", self.stay_id)).copied().unwrap_or(0)
    }

    fn stay_record(&self) -> StayRecord {
        let count = |part: &str| u32::try_from(self.stay_value(part)).unwrap_or(u32::MAX);
        let mut record = StayRecord {
            ordinal: count("ordinal"),
            bills: count("bills"),
            transferred: self.stay_value("transferred") != 0,
            ..StayRecord::default()
        };
        for (numbers, layer) in record.layers.iter_mut().zip(&self.layers) {
            *numbers = STAY_PARTS.map(|part| self.stay_value(&format!("{layer}.{part}")));
        }
        for (standard, layer) in record.standards.iter_mut().zip(&self.layers) {
            *standard = self.stay_value(&format!("{layer}.standard"));
        }
        record
    }

    /// Marks the counters of records whose days for a readmission have passed.
    fn drop_records(&mut self, today: i64, keeps: i64) {
        let closed = |(name, out): (&String, &i64)| {
            let id = name.strip_prefix("stay:")?.strip_suffix(".out")?;
            (today - out > keeps).then(|| format!("stay:{id}."))
        };
        let gone: Vec<String> = self.before.iter().filter_map(closed).collect();
        let counters = self.before.keys();
        let dropped = counters.filter(|name| gone.iter().any(|prefix| name.starts_with(prefix)));
        self.dropped = dropped.cloned().collect();
    }

    /// The counters of the bill's stay after it, in the order of the contract.
    pub(super) fn after_stay(&self, stay: &StayRecord, after: &mut Vec<(String, i64)>) {
        let name = |part: &str| format!("stay:{}.{part}", self.stay_id);
        let gone = self.closing && self.rules.keeps.is_none();
        let stay = if gone { StayRecord::default() } else { *stay };
        let note = |kept: bool, value: i64| if kept && !gone { value } else { 0 };
        let [opened, period, out] = self.notes;
        after.push((name("bills"), i64::from(stay.bills)));
        after.push((name("ordinal"), i64::from(stay.ordinal)));
        after.push((name("transferred"), i64::from(stay.transferred)));
        after.push((name("opened"), note(self.rules.periods, opened)));
        after.push((name("out"), note(self.rules.keeps.is_some(), out)));
        after.push((name("period"), note(self.rules.periods, period)));
        let parts = stay.layers.iter().zip(&stay.standards).zip(&self.layers);
        for ((numbers, standard), layer) in parts {
            let numbers = STAY_PARTS.iter().zip(numbers);
            after.extend(numbers.map(|(part, n)| (name(&format!("{layer}.{part}")), *n)));
            let standard = if self.rules.standards { *standard } else { 0 };
            after.push((name(&format!("{layer}.standard")), standard));
        }
    }
}
