//! Which stay a bill belongs to, the ordinal of the admission, and what becomes of the record of
//! the stay: transfers, readmissions, periods.

use tongchou_wire::request::{Joins, Request, Stay};

use crate::counters::{ADMISSIONS, Counters};
use crate::day::{Days, number};
use crate::pack::Pack;
use crate::refusal::Refusal;

/// Most stays open after a bill.
pub const OPEN_MAX: usize = 4;

/// What a record holds beside the counters of layers, in the order of postings.
pub const OF_RECORD: [&str; 6] = ["bills", "ordinal", "transferred", "opened", "out", "period"];

/// How a bill stands to the stays.
#[derive(Clone, Copy, Debug)]
pub enum Admission<'a> {
    /// Other care: no stay, though the ordinal of the next admission can be asked for.
    Other,
    /// A stay in one bill.
    Whole,
    /// One of a stay's bills.
    Interim(Interim<'a>),
}

/// A bill that names its stay.
#[derive(Clone, Copy, Debug)]
pub struct Interim<'a> {
    /// The stay as the request names it.
    pub stay: &'a Stay,
    /// Whether the record is not there yet.
    pub opens: bool,
    /// Whether the bill begins a new period, in which nothing is used.
    pub anew: bool,
    /// The day from which periods are counted; 0 where nothing is.
    pub opened: i64,
    /// The period of the record after the bill.
    pub period: i64,
}

impl<'a> Admission<'a> {
    /// The stay that is named in the request.
    pub fn interim(&self) -> Option<&Interim<'a>> {
        match self {
            Self::Interim(interim) => Some(interim),
            Self::Other | Self::Whole => None,
        }
    }

    /// Whether the bill is a new admission.
    pub fn is_new(&self) -> bool {
        match self {
            Self::Other => false,
            Self::Whole => true,
            Self::Interim(interim) => interim.is_new(),
        }
    }

    /// A counter of the record that the bill goes on from.
    pub fn held(&self, counters: &Counters, what: &str) -> i64 {
        match self {
            Self::Interim(it) if it.goes_on() => of_stay(counters, &it.stay.id, what),
            _ => 0,
        }
    }

    /// Whether the stay counts as transferred for this bill.
    pub fn is_transferred(&self, counters: &Counters) -> bool {
        let now = |it: &Interim<'_>| it.stay.joins == Some(Joins::Transfer);
        self.held(counters, "transferred") != 0 || self.interim().is_some_and(now)
    }
}

impl Interim<'_> {
    /// Whether the ordinal is a new one.
    pub fn is_new(&self) -> bool {
        self.opens || self.anew
    }

    /// Whether what was used before counts.
    fn goes_on(&self) -> bool {
        !self.is_new()
    }
}

/// Finds the stay of a bill, and the ordinal of the admission. Periods are looked at later.
pub fn find<'a>(
    pack: &Pack,
    request: &'a Request,
    is_stay: bool,
    counters: &Counters,
) -> Result<(Admission<'a>, i64), Refusal> {
    let next = counters.get(ADMISSIONS).copied().unwrap_or(0) + 1;
    match &request.encounter.stay {
        Some(_) if !is_stay => Err(Refusal::StayOnOtherCare),
        None if !is_stay => Ok((Admission::Other, next)),
        None => Ok((Admission::Whole, next)),
        Some(stay) => {
            let ordinal = of_stay(counters, &stay.id, "ordinal");
            may_join(pack, request, stay, counters)?;
            let opens = ordinal == 0;
            let interim = Interim { stay, opens, anew: false, opened: 0, period: 0 };
            Ok((Admission::Interim(interim), if opens { next } else { ordinal }))
        }
    }
}

/// Refuses a bill that may not come to its stay as it says.
fn may_join(
    pack: &Pack,
    request: &Request,
    stay: &Stay,
    counters: &Counters,
) -> Result<(), Refusal> {
    let is_there = of_stay(counters, &stay.id, "ordinal") != 0;
    let out = of_stay(counters, &stay.id, "out");
    let allowed = match (stay.joins, pack.readmission_days) {
        (Some(Joins::Readmission), Some(most)) => {
            let since = number(request.encounter.admitted) - out;
            is_there && out != 0 && since <= most
        }
        (Some(Joins::Readmission), None) => false,
        (Some(Joins::Transfer), _) => pack.transfer && is_there && out == 0,
        (None, _) => out == 0,
    };
    if allowed { Ok(()) } else { Err(Refusal::Joins(stay.id.clone())) }
}

/// Puts a bill into its period of `length` days; refused if it lies in two of them.
pub fn in_period<'a>(
    admission: Admission<'a>,
    days: &Days,
    length: Option<i64>,
    counters: &Counters,
) -> Result<Admission<'a>, Refusal> {
    let admitted = number(days.admitted);
    let of_record = |what| admission.held(counters, what);
    let (opened, before, ends) = match &admission {
        Admission::Other => return Ok(admission),
        Admission::Whole => (admitted, 0, true),
        Admission::Interim(it) if !it.goes_on() => (admitted, 0, it.stay.closes),
        Admission::Interim(it) => (of_record("opened"), of_record("period"), it.stay.closes),
    };
    let mut period = before;
    let mut anew = false;
    if let Some(length) = length.filter(|length| 0 < *length) {
        let short = i64::from(ends && days.discharged != days.admitted);
        let last = number(days.discharged) - short;
        let first = admitted.max(opened + length * before);
        let of = |day: i64| (day - opened).div_euclid(length);
        if of(first) < of(last) {
            return Err(Refusal::TwoPeriods);
        }
        period = before.max(of(last));
        anew = before < period;
    }
    Ok(match admission {
        Admission::Interim(it) => {
            let anew = anew && it.goes_on();
            Admission::Interim(Interim { anew, opened, period, ..it })
        }
        other => other,
    })
}

/// A counter of a stay's record.
pub fn of_stay(counters: &Counters, id: &str, what: &str) -> i64 {
    counters.get(&name(id, what)).copied().unwrap_or(0)
}

/// The name of a counter of a stay's record.
pub fn name(id: &str, what: &str) -> String {
    format!("stay:{id}.{what}")
}

/// The ids of the stays that have a record.
pub fn ids(counters: &Counters) -> Vec<&str> {
    ids_with(counters, ".ordinal")
}

/// The ids of the stays that have this counter.
fn ids_with<'c>(counters: &'c Counters, what: &str) -> Vec<&'c str> {
    let id = |name: &'c String| name.strip_prefix("stay:")?.strip_suffix(what);
    counters.keys().filter_map(id).collect()
}

/// Refuses a fifth open stay.
pub fn check_open(counters: &Counters) -> Result<(), Refusal> {
    let open = ids(counters).into_iter().filter(|id| of_stay(counters, id, "out") == 0);
    if OPEN_MAX < open.count() { Err(Refusal::TooManyStays) } else { Ok(()) }
}

/// The records of others that a bill drops: those whose days for a readmission have passed.
pub fn dropped(pack: &Pack, days: &Days, own: Option<&str>, counters: &Counters) -> Vec<String> {
    let Some(most) = pack.readmission_days else { return Vec::new() };
    let passed = |id: &&str| {
        let out = of_stay(counters, id, "out");
        out != 0 && most < number(days.admitted) - out && Some(*id) != own
    };
    ids_with(counters, ".out").into_iter().filter(passed).map(str::to_owned).collect()
}
