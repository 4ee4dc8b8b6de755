//! A policy pack as it is written: lists of rows in the order of the file.
//!
//! Nothing is indexed and nothing is resolved. Settings that name a parameter keep its name and
//! are looked up at each use.

use rust_decimal::Decimal;

use tongchou_wire::amount::Date;
use tongchou_wire::response::Later;

use crate::rules::Rules;

mod read;
mod said;

/// A pack, read from its TOML text.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Id, such as `110000-employee`.
    pub id: String,
    /// First day of its life.
    pub from: Date,
    /// Last day of its life.
    pub to: Date,
    /// `discharge` or `admission`.
    pub dated_by: String,
    /// Month and day on which the benefit year starts.
    pub year_start: (i8, i8),
    /// What the sources leave open.
    pub params: Vec<Param>,
    /// Names of the amounts that a request brings.
    pub facts: Vec<String>,
    /// The dimensions.
    pub dims: Vec<Dim>,
    /// The care that opens a stay.
    pub stay_care: Vec<String>,
    /// Whether a transfer is the same stay, under the higher deductible.
    pub transfer: bool,
    /// Within how many days after discharge a readmission is the same stay.
    pub readmission_days: Option<i64>,
    /// After how many days a stay begins a new period; `None` is never.
    pub period: Vec<Row<Option<i64>>>,
    /// What is said of a member's dated facts.
    pub rules: Rules,
    /// `after_limit` or `fee`.
    pub prepay_basis: String,
    /// Rounding of the fee lines.
    pub rounding: String,
    /// What the person bears first.
    pub prepay: Vec<Row<Prepay>>,
    /// Limits of fee lines.
    pub limit: Vec<Row<Limit>>,
    /// Lines the fund pays by a fixed amount; `None` for an ordinary line.
    pub fixed: Vec<Row<Option<Decimal>>>,
    /// Whether the fund pays and the account may be used.
    pub standing: Vec<Row<Standing>>,
    /// Layers in paying order.
    pub layers: Vec<Layer>,
    /// Layers under one cap.
    pub groups: Vec<Group>,
    /// The parts that the account may pay.
    pub personal: Vec<Row<Vec<String>>>,
    /// The worked examples, as written.
    pub examples: Vec<toml::Table>,
}

/// A choice left open by the sources.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name in a request.
    pub name: String,
    /// Its name in a row: `param.NAME`.
    pub key: String,
    /// What may be chosen.
    pub values: Vec<String>,
    /// What is chosen where nothing is said.
    pub default: String,
}

/// A dimension.
#[derive(Clone, Debug)]
pub struct Dim {
    /// Its name.
    pub name: String,
    /// Where its value comes from.
    pub source: DimSource,
}

/// Where the value of a dimension comes from.
#[derive(Clone, Debug)]
pub enum DimSource {
    /// The request.
    Given {
        /// The values.
        values: Vec<String>,
        /// The value where none is given.
        default: Option<String>,
    },
    /// A number cut into ranges.
    Cut {
        /// `age`, `admission`, `days`, `in_scope` or `total`.
        of: String,
        /// `bill_date` or `year_start`.
        as_of: String,
        /// The first number of every value but the first; fen, for an amount.
        starts: Vec<i64>,
        /// The values, one more than there are cuts.
        names: Vec<String>,
    },
}

/// Conditions of a row: each key with the values under which the row applies.
pub type When = Vec<(String, Vec<String>)>;

/// A row of a table.
#[derive(Clone, Debug)]
pub struct Row<T> {
    /// Where it stands, such as `layer.pool.band[1]`.
    pub name: String,
    /// When it applies.
    pub when: When,
    /// First day of effect.
    pub from: Date,
    /// Last day of effect.
    pub to: Date,
    /// The highest one wins.
    pub priority: i64,
    /// What it says.
    pub says: T,
}

impl<T> Row<T> {
    /// The same row with something else to say.
    fn saying<U>(self, of: impl FnOnce(T) -> U) -> Row<U> {
        let Self { name, when, from, to, priority, says } = self;
        Row { name, when, from, to, priority, says: of(says) }
    }
}

/// A prepay row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prepay {
    /// Share of the person, as a fraction.
    pub share: Decimal,
    /// Whether it outranks the line's own share.
    pub strict: bool,
}

/// A limit row.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// `unit`, `line`, `session` or `day`.
    pub per: String,
    /// The limit.
    pub upto: Upto,
}

/// What a limit row limits to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Upto {
    /// No limit.
    Nothing,
    /// The line's own limit.
    Line,
    /// Yuan.
    Money(Decimal),
}

/// A standing row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Whether the fund pays.
    pub fund: bool,
    /// Whether the account may be used.
    pub account: bool,
    /// How the fund's part may be claimed afterwards, where the fund does not pay.
    pub later: Option<Later>,
    /// Whether the hospital bears the bill, where the fund does not pay.
    pub hospital: bool,
}

/// A layer.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its id.
    pub id: String,
    /// Fund code.
    pub fund: String,
    /// When it is not skipped.
    pub when: When,
    /// The first day on which it is not skipped.
    pub from: Date,
    /// The last day on which it is not skipped.
    pub to: Date,
    /// What enters.
    pub takes: Takes,
    /// Scope of the deductible.
    pub deductible_per: String,
    /// Basis of the position.
    pub basis: String,
    /// `incl` or `above`.
    pub origin: String,
    /// `band` or `bill`.
    pub round: String,
    /// `fund` or `person`.
    pub round_side: String,
    /// Rounding of its payments.
    pub rounding: String,
    /// `nearest` or `truncate`.
    pub backsolve: String,
    /// `each` or `end`.
    pub clamp: String,
    /// Shares of the intake that the person bears before the deductible, as fractions.
    pub upfront: Vec<Row<Decimal>>,
    /// Deductible standards.
    pub deductible: Vec<Row<Standard>>,
    /// Bands.
    pub band: Vec<Row<Bands>>,
    /// Adjustments of the person's share.
    pub adjust: Vec<Row<Adjust>>,
    /// Caps on what is paid.
    pub cap: Vec<Row<Cap>>,
    /// Caps on what enters the bands.
    pub eligible: Vec<Row<Cap>>,
}

/// Layers whose payments together have one cap.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Ids of its layers.
    pub layers: Vec<String>,
    /// Its caps.
    pub cap: Vec<Row<Cap>>,
}

/// A deductible standard.
#[derive(Clone, Debug, PartialEq)]
pub enum Standard {
    /// Yuan.
    Amount(Decimal),
    /// A share of a fact.
    OfFact {
        /// The fact's name.
        fact: String,
        /// The share, as a fraction.
        rate: Decimal,
    },
}

/// What a layer takes.
#[derive(Clone, Debug)]
pub enum Takes {
    /// These amounts.
    These(Vec<String>),
    /// As a parameter (`param.NAME`) says.
    AsParam(String, Vec<(String, Vec<String>)>),
}

/// The bands of a row.
#[derive(Clone, Debug)]
pub struct Bands {
    /// The bands, lowest first.
    pub bands: Vec<Band>,
    /// The name of each, such as `layer.pool.band[1]#0`.
    pub names: Vec<String>,
}

/// Two rows say the same if their bands are the same; each has names of its own.
impl PartialEq for Bands {
    fn eq(&self, other: &Self) -> bool {
        self.bands == other.bands
    }
}

/// One band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Where it starts, yuan.
    pub start: Decimal,
    /// Where it ends; the last band is open.
    pub end: Option<Decimal>,
    /// Rate of the fund, as a fraction.
    pub rate: Decimal,
}

/// An adjustment row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjust {
    /// Order among the adjustments.
    pub seq: i64,
    /// What happens to the person's share.
    pub step: Step,
}

/// A step of adjustment, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// `x60%`.
    Times(Decimal),
    /// `+10pp`, `-5pp`.
    Plus(Decimal),
    /// `=30%`.
    Becomes(Decimal),
}

/// A cap row.
#[derive(Clone, Debug, PartialEq)]
pub struct Cap {
    /// `year`, `stay` or `bill`.
    pub per: String,
    /// Yuan, or no cap.
    pub amount: Option<Decimal>,
}

/// The rule of transfers, beside the names of rows.
pub const TRANSFER: &str = "stay.transfer";
/// The rule of readmissions.
pub const READMISSION: &str = "stay.readmission";

/// Why a pack's text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFault(pub String);

impl Pack {
    /// Reads the TOML text of a pack.
    ///
    /// # Errors
    /// A [`PackFault`] that says what could not be read; contradictions are left to the checker.
    pub fn read(text: &str) -> Result<Self, PackFault> {
        read::pack(text)
    }

    /// The names of all rows, bands one by one, in the order of the file.
    #[must_use]
    pub fn row_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        // Where there is one standard for all, none is the higher.
        if self.transfer && self.layers.iter().any(|layer| 1 < layer.deductible.len()) {
            names.push(TRANSFER);
        }
        if self.readmission_days.is_some() {
            names.push(READMISSION);
        }
        names.extend(self.period.iter().map(|row| row.name.as_str()));
        names.extend(self.prepay.iter().map(|row| row.name.as_str()));
        names.extend(self.limit.iter().map(|row| row.name.as_str()));
        names.extend(self.fixed.iter().map(|row| row.name.as_str()));
        names.extend(self.standing.iter().map(|row| row.name.as_str()));
        for layer in &self.layers {
            names.extend(layer.upfront.iter().map(|row| row.name.as_str()));
            names.extend(layer.deductible.iter().map(|row| row.name.as_str()));
            names.extend(layer.band.iter().flat_map(|row| &row.says.names).map(String::as_str));
            names.extend(layer.adjust.iter().map(|row| row.name.as_str()));
            names.extend(layer.cap.iter().map(|row| row.name.as_str()));
            names.extend(layer.eligible.iter().map(|row| row.name.as_str()));
        }
        for group in &self.groups {
            names.extend(group.cap.iter().map(|row| row.name.as_str()));
        }
        names.extend(self.personal.iter().map(|row| row.name.as_str()));
        names
    }

    /// Whether the pack says more of stays than which care is one.
    #[must_use]
    pub fn has_stay_rules(&self) -> bool {
        self.transfer || self.readmission_days.is_some() || !self.period.is_empty()
    }

    /// Whether the pack settles bills and not only columns.
    #[must_use]
    pub fn settles_bills(&self) -> bool {
        !self.prepay.is_empty() && self.layers.iter().all(|layer| layer.round != "once")
    }
}
