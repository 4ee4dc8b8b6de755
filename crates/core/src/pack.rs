//! The canonical checked pack: a policy as dated data, ready to compile.
//!
//! Written by the authoring crate, read here as JSON. Every amount is in fen, every rate in ppm,
//! every date a day number (days since 1970-01-01); names are resolved to indices. The canonical
//! text is the compact JSON of [`Pack`] in field order, and a pack is identified by its SHA-256.
//!
//! INVARIANT: nothing in this module decides an amount; it only holds what the pack states.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::money::{Fen, Ppm, Rounding};
#[cfg(feature = "member")]
use crate::rules::Rules;
#[cfg(not(feature = "member"))]
use crate::unread::Rules;

/// The format number written into every canonical pack.
pub const FORMAT: u32 = 1;

/// A whole policy: its life, vocabulary, tables and layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Always [`FORMAT`].
    pub format: u32,
    /// Identifier without a date, such as `110000-employee`.
    pub id: String,
    /// Name for people, in Chinese and English.
    pub name: Text,
    /// Scheme the pack belongs to, such as `employee`.
    pub programme: String,
    /// How far the pack as a whole is to be trusted, in a word of [`Clause::confidence`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// First day on which the pack may settle.
    pub from: Day,
    /// Last day on which the pack may settle; later bills are refused.
    pub to: Day,
    /// Day of the encounter that selects dated rows and the benefit year.
    pub dated_by: DatedBy,
    /// First month and day of the benefit year.
    pub year_start: (u8, u8),
    /// Clauses that rows cite, by index.
    pub clauses: Vec<Clause>,
    /// Named choices left open by the sources.
    pub params: Vec<Param>,
    /// Amounts that each request brings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Dimensions that rows may name.
    pub dims: Vec<Dim>,
    /// Values of `care` that open a stay and count as admissions.
    pub stay: Stay,
    /// How a fee line is classified.
    pub classify: Classify,
    /// Whether the fund may pay at all, and whether the account may be used.
    pub standing: Vec<Row<Standing>>,
    /// Fund layers, in paying order.
    pub layers: Vec<Layer>,
    /// Caps over several layers together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// What the personal account may pay.
    pub personal: Vec<Row<Personal>>,
    /// What it says about members beside settling a bill.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    pub rules: Rules,
}

/// A name in the two languages the product speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The day of an encounter by which rows are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatedBy {
    /// The day of admission (or the visit).
    Admission,
    /// The day of discharge (or the visit).
    Discharge,
}

/// Where a rule comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Identifier inside the pack.
    pub id: String,
    /// Document and article, or the rule id where no document is known.
    pub doc: String,
    /// What the clause says, in a few words.
    pub text: String,
    /// How far the clause is to be trusted: `source`, `found`, `known`, `assumed`, `unverified`.
    pub confidence: String,
}

/// A named choice among finite values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Name, as callers write it in `params`.
    pub name: String,
    /// Allowed values.
    pub values: Vec<String>,
    /// Index of the default value.
    pub default: u8,
    /// Whether the default is an assumption rather than a published rule.
    pub assumed: bool,
    /// Index of the clause that leaves it open.
    pub clause: u16,
}

/// An amount that the pack needs and the request brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Name, as callers write it in `facts`.
    pub id: String,
    /// Name for people.
    pub name: Text,
    /// Index of the clause that asks for it.
    pub clause: u16,
}

/// A dimension: a finite, named property of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dim {
    /// Name, such as `level`.
    pub name: String,
    /// Values in their order.
    pub values: Vec<String>,
    /// Index of the value used when the request gives none.
    pub default: Option<u8>,
    /// Set when the value is cut from a number instead of being given.
    pub cut: Option<Cut>,
    /// Index of the clause that orders the steps of a cut amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u16>,
}

/// How a number is cut into the values of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// The number.
    pub of: CutOf,
    /// Strictly increasing cut points: the first number of the next value.
    pub starts: Vec<i64>,
}

/// Numbers that may be cut into a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutOf {
    /// Completed years on the bill's own day.
    AgeOnBill,
    /// Completed years on the first day of the benefit year.
    AgeOnYearStart,
    /// Ordinal of the admission in the benefit year, from 1.
    Admission,
    /// Days from admission to the bill's discharge.
    Days,
    /// The number of that index, which a question brings; only verdicts and levies may name it.
    Number(u16),
    /// The bill's in-scope amount, in fen.
    InScope,
    /// The bill's total, in fen.
    Total,
}

impl CutOf {
    /// Whether it is an amount that the bill's lines add up to.
    #[must_use]
    pub fn is_amount(self) -> bool {
        matches!(self, Self::InScope | Self::Total)
    }
}

/// A row of a table: when it applies, since when, and on whose authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row<V> {
    /// Conditions: dimension index and the value indices it accepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<(u16, Vec<u8>)>,
    /// Conditions on parameters: parameter index and accepted value indices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<(u16, Vec<u8>)>,
    /// First day of effect.
    pub from: Day,
    /// Last day of effect.
    pub to: Day,
    /// Exceptions outrank the general rule.
    pub priority: i32,
    /// Index of the clause.
    pub clause: u16,
    /// What the row says.
    pub value: V,
}

/// A setting that is stated, or chosen by a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice<T> {
    /// Stated.
    Is(T),
    /// Chosen by the parameter of that index; one entry for each of its values.
    Param(u16, Vec<T>),
}

impl<T: Default> Default for Choice<T> {
    fn default() -> Self {
        Self::Is(T::default())
    }
}

impl<T: Default + PartialEq> Choice<T> {
    fn is_default(&self) -> bool {
        matches!(self, Self::Is(value) if *value == T::default())
    }
}

/// Which deductible a transferred stay has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// One, the highest met so far.
    Higher,
}

/// Which care counts as a stay, and which bills belong to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stay {
    /// Index of the dimension `care`, and the values that are stays.
    pub care: Option<(u16, Vec<u8>)>,
    /// Which deductible a transferred stay has; none if the pack knows no transfers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// Days after discharge within which a readmission goes on with the stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readmission_days: Option<u16>,
    /// After how many days a long stay begins a new period; `None` is never.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub period: Vec<Row<Option<u16>>>,
}

/// Classification of fee lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classify {
    /// What the pre-pay share is taken of.
    pub prepay_basis: Choice<PrepayBasis>,
    /// How each line's pre-pay is rounded to the fen.
    pub rounding: Rounding,
    /// Share the person bears first.
    pub prepay: Vec<Row<Prepay>>,
    /// Price, line, session or day limits.
    pub limit: Vec<Row<Limit>>,
    /// Fixed amounts for a kind of line.
    pub fixed: Vec<Row<Fixed>>,
}

/// What the pre-pay share is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrepayBasis {
    /// The fee less what is over the limit.
    AfterLimit,
    /// The whole fee.
    Fee,
}

/// Pre-pay share of a line; 100 % makes the whole fee 全自费.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepay {
    /// The share.
    pub share: Ppm,
    /// Whether the row outranks a share that the line itself carries.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub strict: bool,
}

/// A limit on what of a line may be in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What the amount limits.
    pub per: LimitPer,
    /// How much.
    pub upto: LimitUpto,
}

/// What a limit is measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitPer {
    /// The unit price; the excess times the quantity is over the limit.
    Unit,
    /// The whole line.
    Line,
    /// A session; the quantity counts the sessions.
    Session,
    /// A day; the quantity counts the days.
    Day,
}

/// The size of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitUpto {
    /// No limit.
    None,
    /// The line's own `limit` field, or none where the line has no such field.
    OfLine,
    /// A stated amount.
    Amount(Fen),
}

/// A fixed amount paid for a kind of line, outside deductible, bands and caps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// The fund's amount, or `None` where the line is an ordinary one.
    pub pays: Option<Fen>,
    /// Fund code the amount is booked to.
    pub fund: String,
}

/// May the fund pay, may the account be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Whether any fund layer may pay.
    pub fund: bool,
    /// Whether the personal account may be used.
    pub account: bool,
    /// Whether the fund's part may be claimed afterwards.
    #[serde(default, skip_serializing_if = "Later::is_none")]
    pub later: Later,
    /// Whether the hospital bears a bill that the fund takes no part in.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub hospital: bool,
}

/// How a blocked bill may be claimed afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Later {
    /// Not at all.
    #[default]
    None,
    /// By hand, with the papers.
    Manual,
    /// When the system is back.
    Recovery,
}

impl Later {
    /// Whether nothing may be claimed.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// An ordered payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Identifier, such as `pool`.
    pub id: String,
    /// Name for people.
    pub name: Text,
    /// Fund code the payment is booked to.
    pub fund: String,
    /// First day of the layer; it is skipped before.
    pub from: Day,
    /// Last day of the layer; it is skipped after.
    pub to: Day,
    /// Conditions on dimensions: the layer is skipped where one fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<(u16, Vec<u8>)>,
    /// Conditions on parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<(u16, Vec<u8>)>,
    /// Amounts of the bill that enter.
    pub takes: Choice<Vec<Take>>,
    /// What the deductible is charged once per.
    pub deductible_scope: Choice<Scope>,
    /// Where a bill starts on the layer's axis.
    pub basis: Choice<Scope>,
    /// Whether the deductible lies on the axis.
    pub origin: Choice<Origin>,
    /// How each band's payment is rounded.
    pub rounding: Rounding,
    /// Where rounding happens.
    pub round: RoundAt,
    /// Which side of a band is rounded; the other is the residual.
    pub round_side: Choice<Side>,
    /// How the back-solved amount at the cap is rounded.
    pub backsolve: Choice<Backsolve>,
    /// When adjusted shares are held within 0–100 %.
    #[serde(default, skip_serializing_if = "Choice::is_default")]
    pub clamp: Choice<Clamp>,
    /// Index of the clause that establishes the layer.
    pub clause: u16,
    /// What the person bears of the intake before the deductible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upfront: Vec<Row<Ppm>>,
    /// Deductible standards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deductible: Vec<Row<Standard>>,
    /// Bands with their rates.
    pub band: Vec<Row<Bands>>,
    /// Adjustments of the person's share, in order of `seq`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjust: Vec<Row<Adjust>>,
    /// Caps on what the layer pays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cap: Vec<Row<Cap>>,
    /// Caps on what is eligible: they end the axis of the bands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub eligible: Vec<Row<Cap>>,
}

/// A deductible standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standard {
    /// Stated.
    Amount(Fen),
    /// A share of the fact of that index, rounded once.
    OfFact(u16, Ppm),
}

/// When adjusted shares are held within 0–100 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clamp {
    /// After each step.
    #[default]
    Each,
    /// Once, after the last step.
    End,
}

/// Layers whose payments together have one cap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Identifier; no layer has it.
    pub id: String,
    /// Indices of its layers.
    pub layers: Vec<u8>,
    /// Index of the clause that establishes it.
    pub clause: u16,
    /// Caps on what its layers pay together, per bill or year.
    pub cap: Vec<Row<Cap>>,
}

/// An amount that a layer may take in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// The in-scope amount of the bill.
    InScope,
    /// What an earlier layer's cap cut off.
    Over(u8),
    /// The person's share inside an earlier layer.
    SelfShare(u8),
    /// An earlier layer's deductible.
    Deductible(u8),
    /// Everything in scope that no earlier layer has paid.
    Rest,
}

/// What an amount is counted per.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// This bill alone.
    Bill,
    /// The stay the bill belongs to.
    Stay,
    /// The benefit year.
    Year,
}

/// Whether the deductible lies on the axis of the bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The axis is the amount including the deductible.
    Incl,
    /// The axis starts above the deductible.
    Above,
}

/// Where a layer rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundAt {
    /// Each band, then summed.
    Band,
    /// The sum of the bands.
    Bill,
    /// Once, on the difference of two unrounded cumulatives; column entry only.
    Once,
}

/// A side of a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The fund's payment is rounded.
    Fund,
    /// The person's share is rounded.
    Person,
}

/// How the amount entered under a cap is solved back from the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backsolve {
    /// To the nearest fen.
    Nearest,
    /// Cut off to the fen.
    Truncate,
}

/// Brackets on a layer's axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// Upper ends, strictly increasing; the last band is open and has none.
    pub upto: Vec<Fen>,
    /// The fund's rate in each band: one more than `upto`.
    pub pays: Vec<Ppm>,
}

/// A step on the person's share of every band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// Order of the step.
    pub seq: u16,
    /// What it does to the share.
    pub step: AdjustStep,
}

/// What an adjustment does; the share is clamped to 0–100 % after each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustStep {
    /// Multiply by a factor in ppm.
    Times(u32),
    /// Add points in ppm; may be negative.
    Add(i32),
    /// Replace.
    Set(Ppm),
}

/// A limit on what a layer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// What the cap is counted per.
    pub per: Scope,
    /// The amount, or `None` for no cap.
    pub amount: Option<Fen>,
}

/// What the personal account may pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personal {
    /// The person's share of in-scope amounts and of fixed lines.
    pub in_scope: bool,
    /// Class-B pre-pay.
    pub prepay: bool,
    /// Amounts over a limit.
    pub over_limit: bool,
    /// Wholly self-paid amounts.
    pub full_self: bool,
}
