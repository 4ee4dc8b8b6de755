//! The scenario: who is insured, what they use and what it costs, as a TOML file.
//!
//! Every parameter of the generator stands in the file; `README.md` lists the keys. Shares are
//! kept in ppm, factors in millionths and amounts in fen, so no float is read.

mod fields;
mod parts;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use tongchou_core::calendar::Day;

use crate::book::Item;
use crate::calibrate;
use crate::fault::Fault;
use crate::generate::Generator;

/// One, in millionths: 100 % as ppm and the factor 1.
pub const MILLION: i64 = 1_000_000;

/// Most members of a scenario.
pub const MEMBERS_MAX: u64 = 10_000_000_000;

/// Values of dimensions by their names.
pub type Dims = BTreeMap<String, String>;

/// A text in two languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A whole scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Name,
    /// The pack under which it is settled.
    pub pack: String,
    /// Parameters of the pack.
    pub params: BTreeMap<String, String>,
    /// Amounts that the pack asks of every bill, in fen.
    pub facts: BTreeMap<String, i64>,
    /// The calendar year that is simulated.
    pub year: i16,
    /// Members that it stands for.
    pub members: u64,
    /// Variance of how often members of one cell use care, relative to the mean, in millionths.
    pub spread: i64,
    /// Members by status, age and sex.
    pub cells: Vec<Cell>,
    /// Poverty classes; empty for none.
    pub poverty: Vec<Group>,
    /// Where members live; empty for no difference.
    pub residence: Vec<Group>,
    /// Districts; at least one.
    pub districts: Vec<District>,
    /// Dimensions of visits on days of an outage.
    pub outage: Dims,
    /// Contribution histories with gaps.
    pub gap: Option<Gap>,
    /// Personal accounts.
    pub account: Option<Account>,
    /// Kinds of visits.
    pub visits: Vec<Visit>,
    /// Items of fee lines.
    pub items: Vec<Sold>,
    /// Published figures.
    pub targets: Vec<Target>,
    /// Where it was read, for messages.
    pub origin: Origin,
}

/// The text of a scenario and the name of its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    file: String,
    text: Arc<str>,
}

impl Origin {
    /// Where a key stands, such as `my.toml:17: visit[2].items`; the nearest part that is written
    /// where it is not.
    #[must_use]
    pub fn place(&self, path: &str) -> String {
        let source = fields::Source { file: &self.file, text: &self.text };
        source.place(path, fields::position(&self.text, path).unwrap_or_default())
    }
}

/// Members of one status, age and sex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Share of the members, in ppm.
    pub share: u32,
    /// Sex, for reports.
    pub sex: Option<Sex>,
    /// Completed years.
    pub age: u8,
    /// Dimensions of the member.
    pub dims: Dims,
    /// Share with a chronic disease, in ppm.
    pub chronic: u32,
    /// Relative frequency of each kind of visit, in millionths, in the order of the kinds.
    pub usage: Vec<i64>,
    /// Relative cost of each kind of visit, in millionths, in the order of the kinds.
    pub cost: Vec<i64>,
    /// Relative credit to the account, in millionths.
    pub credit: i64,
}

/// Sex of the members of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// Male.
    Male,
    /// Female.
    Female,
}

/// A share of the members whom `when` describes, and the dimensions they have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Share of the members with the same `when`, in ppm.
    pub share: u32,
    /// Dimensions of the cells it is for; empty for all.
    pub when: Dims,
    /// Dimensions: of the member for poverty, of all encounters for residence.
    pub dims: Dims,
}

/// A part of the pooling area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct District {
    /// Name for reports; numbered if it has none.
    pub name: Name,
    /// Share of the members, in ppm.
    pub share: u32,
    /// First and last days of each outage.
    pub outages: Vec<(Day, Day)>,
}

/// Gaps in contributions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Dimensions of the cells it is for; empty for all.
    pub when: Dims,
    /// Share of them with a gap, in ppm.
    pub members: u32,
    /// Lengths in months, each with its share in ppm.
    pub months: Vec<(u8, u32)>,
    /// Months from the first unpaid month to the first frozen one.
    pub frozen_from: u8,
    /// Months from the last unpaid month to the last frozen one.
    pub resume_after: u8,
    /// Dimensions of the member while frozen.
    pub dims: Dims,
}

/// Personal accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Dimensions of the cells that have one; empty for all.
    pub when: Dims,
    /// Mean of the opening balance, in fen.
    pub opening: i64,
    /// Sigma of its lognormal distribution, in millionths.
    pub sigma: i64,
    /// Credit a month, in fen.
    pub credit: i64,
}

/// A kind of visits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Its id.
    pub id: String,
    /// Name for reports, if it has one.
    pub name: Option<Name>,
    /// Dimensions of the encounter.
    pub dims: Dims,
    /// Visits a member and year, over all members, in millionths.
    pub per_head: i64,
    /// Mean fee of a visit, in fen.
    pub cost: i64,
    /// Sigma of the lognormal severity, in millionths.
    pub sigma: i64,
    /// Fewest and most fee lines.
    pub lines: (u8, u8),
    /// Mean and sigma of the nights of a stay, in millionths.
    pub nights: Option<(i64, i64)>,
    /// Whether only members with a chronic disease have it.
    pub chronic: bool,
    /// Share of the members it is for who ever have it, in ppm.
    pub patients: u32,
    /// Hospital levels; empty for no difference.
    pub level: Vec<Place>,
    /// Visits away from home; the rest is at home.
    pub away: Vec<Place>,
    /// Indices of items with their shares of the lines, in ppm.
    pub items: Vec<(usize, u32)>,
    /// Share of visits without transfer whose bill is taken back, in ppm.
    pub taken_back: u32,
    /// Share of visits without transfer that are entered late, in ppm.
    pub late: u32,
    /// Share of stays with a transfer, in ppm.
    pub transfer: u32,
}

/// Where visits take place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Share of the visits, in ppm.
    pub share: u32,
    /// Dimensions of the encounter.
    pub dims: Dims,
    /// Relative cost, in millionths.
    pub cost: i64,
}

/// An item of fee lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// Its id.
    pub id: String,
    /// Its profile.
    pub item: Item,
    /// Price before it is scaled to the visit, in fen.
    pub price: i64,
    /// Quantities, each as likely as the others.
    pub quantity: Vec<u16>,
}

/// A published figure that the simulation is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What is measured, such as `inpatient.per_head`.
    pub figure: String,
    /// The published value as it is written.
    pub value: String,
    /// Largest relative error, in ppm.
    pub tolerance: u32,
    /// Where it was published.
    pub source: Name,
    /// How sure it is.
    pub confidence: Confidence,
}

/// How sure a published figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// Printed in the source.
    Found,
    /// Computed from what is printed.
    Derived,
    /// Nobody publishes it.
    Assumed,
}

impl Confidence {
    /// Whether an error of such a figure counts.
    #[must_use]
    pub const fn is_judged(self) -> bool {
        matches!(self, Self::Found | Self::Derived)
    }

    /// The word of the file.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Derived => "derived",
            Self::Assumed => "assumed",
        }
    }
}

impl Scenario {
    /// Reads a scenario; `name` is the file's name for messages.
    ///
    /// # Errors
    /// D009 for anything that is not as `README.md` says, D010 for shares that do not add up to
    /// 100 %, each with the line and the key; also for parts that cannot be together, of which
    /// nothing could be drawn.
    pub fn read(text: &str, name: &str) -> Result<Self, Fault> {
        let scenario = parts::scenario(fields::Source { file: name, text })?;
        for (index, target) in scenario.targets.iter().enumerate() {
            let place = |key: &str| scenario.origin.place(&format!("target[{index}].{key}"));
            calibrate::check(target).map_err(|(key, fault)| fault.within(&place(key)))?;
        }
        let made = Generator::new(&scenario, 0);
        let placed = |fault: Fault| if fault.place.is_empty() { fault.within(name) } else { fault };
        made.map(drop).map_err(placed)?;
        Ok(scenario)
    }

    /// The index of a kind of visits.
    #[must_use]
    pub fn visit(&self, id: &str) -> Option<usize> {
        self.visits.iter().position(|visit| visit.id == id)
    }

    /// The kinds of visits that only a share of the members ever have.
    pub fn some_patients(&self) -> impl Iterator<Item = usize> {
        let some = |(_, visit): &(usize, &Visit)| i64::from(visit.patients) < MILLION;
        self.visits.iter().enumerate().filter(some).map(|(kind, _)| kind)
    }
}

impl Group {
    /// Whether it is at home: every dimension that it states says `local`, if it states any.
    #[must_use]
    pub fn is_home(&self) -> bool {
        self.dims.values().all(|value| value == "local")
    }
}

impl Cell {
    /// Whether the cell is one of those that `when` describes.
    #[must_use]
    pub fn is(&self, when: &Dims) -> bool {
        when.iter().all(|(dim, value)| self.dims.get(dim) == Some(value))
    }
}
