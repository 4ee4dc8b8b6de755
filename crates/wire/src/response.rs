//! What is answered: a settlement, a cancellation, or refusals.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::amount::{Date, Yuan};
use crate::request::Count;
use crate::state::{Last, State};

/// A settled bill (结算).
///
/// Identities asserted on every settlement: total = the six parts `full_self`, `over_limit`,
/// `prepay`, `in_scope`, `fixed` and `fixed_self`; total = fund + hospital + person; person =
/// account + cash; fund = Σ layers' paid + fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Settlement {
    /// Always 1.
    pub contract: u32,
    /// Always `settled`.
    pub status: String,
    /// The encounter's key.
    pub id: String,
    /// The member's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The pack that settled it.
    pub pack: PackStamp,
    /// Every parameter of the pack with the value used.
    pub params: BTreeMap<String, String>,
    /// Benefit year of the bill.
    pub year: i16,
    /// Whether the fund pays at all under the member's standing.
    pub fund_standing: FundStanding,
    /// What may be claimed afterwards, for a bill that the fund takes no part in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// Ordinal of the admission, for a stay that the fund takes part in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admission: Option<u32>,
    /// The amounts of the bill.
    pub amounts: Amounts,
    /// Each layer, in paying order.
    pub layers: Vec<LayerResult>,
    /// Each fee line, in the order given.
    pub lines: Vec<LineResult>,
    /// What the bill posted.
    pub postings: Vec<Posting>,
    /// Account balance after the bill.
    pub balance: Yuan,
    /// Position of this settlement in its state, from 1.
    pub seq: u32,
    /// The settlement before it in the same state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Last>,
    /// SHA-256 of this settlement without `hash`, `state` and `trace`, in its written form.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// The state after the bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// The explanation, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Vec<TraceEntry>>,
}

/// Whether the fund pays under the member's standing (待遇状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FundStanding {
    /// Layers pay as the pack says.
    Normal,
    /// The fund books nothing.
    None,
}

/// What the fund would have paid, to be claimed afterwards (待补偿).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claim {
    /// `manual`: with the papers; `recovery`: when the system is back.
    pub later: Later,
    /// What the fund would have paid for this bill under the same counters.
    pub fund: Yuan,
}

/// How a blocked bill may be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Later {
    /// By hand, with the papers.
    Manual,
    /// When the system is back.
    Recovery,
}

/// Identity of the rows that were used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PackStamp {
    /// Pack id.
    pub id: String,
    /// Day on which the rows are in force.
    pub date: Date,
    /// SHA-256 of the canonical pack.
    pub hash: String,
}

/// Amounts of a bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Amounts {
    /// 医疗费总额.
    pub total: Yuan,
    /// 全自费.
    pub full_self: Yuan,
    /// 超限价.
    pub over_limit: Yuan,
    /// 先行自付.
    pub prepay: Yuan,
    /// 政策范围内.
    pub in_scope: Yuan,
    /// 定额支付.
    pub fixed: Yuan,
    /// The person's part of fixed lines.
    pub fixed_self: Yuan,
    /// 起付线.
    pub deductible: Yuan,
    /// 基金支付.
    pub fund: Yuan,
    /// 医院负担.
    pub hospital: Yuan,
    /// 个人账户支付, mutual aid included.
    pub account: Yuan,
    /// 共济支付, an "of which" of account.
    pub mutual_aid: Yuan,
    /// 个人现金.
    pub cash: Yuan,
    /// 个人负担.
    pub person: Yuan,
}

/// What a layer did: entered = deductible + paid + self + over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LayerResult {
    /// Layer id.
    pub id: String,
    /// Fund code.
    pub fund_code: String,
    /// Amount that entered.
    pub entered: Yuan,
    /// Deductible charged.
    pub deductible: Yuan,
    /// Paid by the fund.
    pub paid: Yuan,
    /// The person's share inside the bands.
    #[serde(rename = "self")]
    pub self_share: Yuan,
    /// Cut off by the cap.
    pub over: Yuan,
    /// Whether the cap limited the payment.
    pub capped: bool,
}

/// How a fee line was classified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LineResult {
    /// Line id.
    pub id: String,
    /// 全自费.
    pub full_self: Yuan,
    /// 超限价.
    pub over_limit: Yuan,
    /// 先行自付.
    pub prepay: Yuan,
    /// 政策范围内.
    pub in_scope: Yuan,
    /// 定额支付.
    pub fixed: Yuan,
    /// The person's part of a fixed line.
    pub fixed_self: Yuan,
}

/// A change of one counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Posting {
    /// Name of the counter.
    pub counter: String,
    /// What was added; may be negative.
    pub delta: Count,
}

/// One step of the explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TraceEntry {
    /// What was done, such as `band` or `prepay`.
    pub step: String,
    /// The clause that orders it.
    pub clause: String,
    /// The layer, for steps of a layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The line, for steps of a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The amount it was taken of.
    pub base: Yuan,
    /// The rate applied, in ppm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_ppm: Option<u32>,
    /// The rounding applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<String>,
    /// The result.
    pub amount: Yuan,
    /// Who bears it; steps without a payer only explain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
}

/// A cancelled settlement (撤销): the exact negation of what was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cancellation {
    /// Always 1.
    pub contract: u32,
    /// Always `cancelled`.
    pub status: String,
    /// The encounter's key.
    pub id: String,
    /// The member's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The pack that had settled it.
    pub pack: PackStamp,
    /// Hash of the settlement taken back.
    pub cancels: String,
    /// Negated amounts.
    pub amounts: Amounts,
    /// Negated layers.
    pub layers: Vec<LayerResult>,
    /// Negated lines.
    pub lines: Vec<LineResult>,
    /// Negated postings.
    pub postings: Vec<Posting>,
    /// Account balance with the payment given back.
    pub balance: Yuan,
    /// The state before the settlement, byte for byte.
    pub state: State,
}

/// What became of a member's facts (重算).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replayed {
    /// Always 1.
    pub contract: u32,
    /// Always `replayed`.
    pub status: String,
    /// The bills that stand, in order of service, as they are settled in the end.
    pub settlements: Vec<Settlement>,
    /// What each fact did to bills that were settled before it.
    pub changes: Vec<Change>,
    /// The last state of each pack and benefit year.
    pub states: Vec<State>,
    /// Account balance in the end.
    pub balance: Yuan,
}

/// A fact that changed bills settled before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// Position of the fact, from 0.
    pub fact: u32,
    /// The bill that was entered late, or taken back.
    pub id: String,
    /// The bills that it changed, in order of service.
    pub later: Vec<Difference>,
}

/// A bill that is settled otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Difference {
    /// The encounter's key.
    pub id: String,
    /// What it was settled for.
    pub before: Amounts,
    /// What it is settled for now.
    pub after: Amounts,
}

/// The answer when nothing was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refused {
    /// Always 1.
    pub contract: u32,
    /// Always `refused`.
    pub status: String,
    /// Why.
    pub errors: Vec<RefusalText>,
}

/// A refusal as it is written: what, where, which value, what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefusalText {
    /// Stable code, such as `I012`.
    pub code: String,
    /// JSON path, such as `$.lines[3].amount`.
    pub path: String,
    /// The value found there.
    pub value: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}
