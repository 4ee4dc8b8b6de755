//! What is answered: a settlement, a cancellation, or refusals.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::amount::{Date, Yuan};
use crate::request::{Channels, Count};
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
    /// What was given back, in order of service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<Refunded>,
    /// What was claimed afterwards, in order of service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claimed>,
    /// Where the values of derived dimensions come from, bill by bill.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grounds: Vec<Grounds>,
    /// Bills that rest on others that have changed (under `later_bills = "keep"`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inconsistent: Vec<String>,
    /// What moved the account, in order of service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transactions: Vec<Transaction>,
    /// The last state of each pack and benefit year.
    pub states: Vec<State>,
    /// Account balance in the end.
    pub balance: Yuan,
}

/// Money given back (退费).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refunded {
    /// Always 1.
    pub contract: u32,
    /// Always `refunded`.
    pub status: String,
    /// The refund's key.
    pub id: String,
    /// The bill's encounter.
    pub of: String,
    /// Clause of the order of channels.
    pub clause: String,
    /// Taken back from the fund, for a whole bill.
    pub fund: Yuan,
    /// Taken back from the hospital, for a whole bill.
    pub hospital: Yuan,
    /// Given back in cash.
    pub cash: Yuan,
    /// Given back to the account, mutual aid included.
    pub account: Yuan,
    /// Of which mutual aid.
    pub mutual_aid: Yuan,
    /// Whether the card's password is asked for.
    pub password_required: bool,
    /// Everything given back of the bill so far, this refund included.
    pub refunded: Channels,
    /// Account balance afterwards.
    pub balance: Yuan,
    /// The state without the bill, for a whole bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// The bill settled in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<String>,
}

/// A claim that was settled (手工报销).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claimed {
    /// The claim's key.
    pub id: String,
    /// The bill's encounter.
    pub of: String,
    /// The day of the claim.
    pub on: Date,
    /// Handed to the person: what the fund pays.
    pub paid: Yuan,
    /// How the bill's parts are settled.
    pub settlements: Vec<Settlement>,
}

/// Where a bill's derived dimensions come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Grounds {
    /// The encounter's key.
    pub id: String,
    /// Each derived dimension.
    pub dims: Vec<Ground>,
}

/// A value that follows from facts, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ground {
    /// The dimension.
    pub dim: String,
    /// Its value.
    pub value: String,
    /// Since when, `YYYY-MM-DD` or `YYYY-MM-DD HH:MM`; absent if always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day, or the last minute; absent if open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The clause; absent where the value is the given one or the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// The event that opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Whose global budget the bill is counted in (总额管理).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
}

/// A movement of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transaction {
    /// The day.
    pub on: Date,
    /// `bill`, `refund` or `credit`.
    pub kind: String,
    /// Key of the bill, refund or credit.
    pub id: String,
    /// Into the account, or out of it if negative.
    pub amount: Yuan,
    /// Balance afterwards.
    pub balance: Yuan,
}

/// The answer to a question about a member's standing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entitled {
    /// Always 1.
    pub contract: u32,
    /// Always `entitled`.
    pub status: String,
    /// The pack.
    pub pack: PackStamp,
    /// Every interval in which a derived dimension has one value, by dimension and time.
    pub timeline: Vec<Ground>,
    /// Every period that runs from an event.
    pub periods: Vec<Running>,
    /// What each event with windows is worth.
    pub windows: Vec<Classed>,
    /// Each visit: its dimensions, and whether the fund pays.
    pub visits: Vec<Visit>,
    /// Levies asked for.
    pub levies: Vec<Levied>,
    /// Verdicts asked for.
    pub verdicts: Vec<Judged>,
}

/// A period that runs from an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Running {
    /// Its name in the pack.
    pub period: String,
    /// The event.
    pub event: String,
    /// Key of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Since when.
    pub from: String,
    /// The last day that counts, or the moment at which it is over.
    pub last: String,
    /// The clause.
    pub clause: String,
}

/// What an event is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Classed {
    /// The event.
    pub event: String,
    /// Key of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its day.
    pub on: Date,
    /// Whether it is in a window.
    pub accepted: bool,
    /// The window, or `outside`.
    pub window: String,
    /// The clause of the window; of the event's first one if outside.
    pub clause: String,
}

/// A visit that was asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Visit {
    /// The encounter's key.
    pub id: String,
    /// Its dimensions as far as they follow from facts.
    pub dims: Vec<Ground>,
    /// Whether the fund pays under the standing.
    pub fund_standing: FundStanding,
    /// Whether the account may be used.
    pub account: bool,
    /// Whether the fund's part may be claimed afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<Later>,
    /// The clause of the standing; absent if the pack has no rows of standing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
}

/// An amount worked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Levied {
    /// Its name in the pack.
    pub levy: String,
    /// The base that was used.
    pub base: Yuan,
    /// The rate, in ppm.
    pub rate_ppm: u32,
    /// The months.
    pub months: i64,
    /// The amount.
    pub amount: Yuan,
    /// In Chinese capitals, as receipts print it.
    pub upper: String,
    /// The clause of the rate.
    pub clause: String,
}

/// A verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Judged {
    /// Its name in the pack.
    pub verdict: String,
    /// The results by name.
    pub results: BTreeMap<String, String>,
    /// The clause.
    pub clause: String,
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
    /// The pack's clause that orders it; `§N` is a section of the definition in ARCHITECTURE.md.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
}
