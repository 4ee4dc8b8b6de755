//! Which stay a bill belongs to, and the ordinal of the admission.

use tongchou_wire::request::{Request, Stay};

use crate::counters::{ADMISSIONS, Counters};
use crate::refusal::Refusal;

/// Most stays open after a bill.
pub const OPEN_MAX: usize = 4;

/// How a bill stands to the stays.
#[derive(Clone, Copy, Debug)]
pub enum Admission<'a> {
    /// Other care: no stay, though the ordinal of the next admission can be asked for.
    Other,
    /// A stay in one bill.
    Whole,
    /// The first of a stay's bills.
    Opens(&'a Stay),
    /// A later bill of an open stay.
    Joins(&'a Stay),
}

impl<'a> Admission<'a> {
    /// The stay that is named in the request.
    pub fn interim(&self) -> Option<&'a Stay> {
        match self {
            Self::Opens(stay) | Self::Joins(stay) => Some(stay),
            Self::Other | Self::Whole => None,
        }
    }

    /// Whether the bill is a new admission.
    pub fn is_new(&self) -> bool {
        matches!(self, Self::Whole | Self::Opens(_))
    }
}

/// Finds the stay of a bill, and the ordinal of the admission.
pub fn find<'a>(
    request: &'a Request,
    is_stay: bool,
    counters: &Counters,
) -> Result<(Admission<'a>, i64), Refusal> {
    let next = counters.get(ADMISSIONS).copied().unwrap_or(0) + 1;
    match &request.encounter.stay {
        Some(_) if !is_stay => Err(Refusal::StayOnOtherCare),
        None if !is_stay => Ok((Admission::Other, next)),
        None => Ok((Admission::Whole, next)),
        Some(stay) => match of_stay(counters, &stay.id, "ordinal") {
            0 => Ok((Admission::Opens(stay), next)),
            ordinal => Ok((Admission::Joins(stay), ordinal)),
        },
    }
}

/// A counter of a stay's record.
pub fn of_stay(counters: &Counters, id: &str, what: &str) -> i64 {
    counters.get(&name(id, what)).copied().unwrap_or(0)
}

/// The name of a counter of a stay's record.
pub fn name(id: &str, what: &str) -> String {
    format!("stay:{id}.{what}")
}

/// Refuses a fifth open stay.
pub fn check_open(counters: &Counters) -> Result<(), Refusal> {
    let is_ordinal = |name: &&String| name.starts_with("stay:") && name.ends_with(".ordinal");
    if OPEN_MAX < counters.keys().filter(is_ordinal).count() {
        return Err(Refusal::TooManyStays);
    }
    Ok(())
}
