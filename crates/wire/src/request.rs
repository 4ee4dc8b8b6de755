//! What a caller asks: settle one bill, or cancel a settlement.
//!
//! The types are read by `read` (strictly: unknown fields, doubled keys and bad values are
//! refused with their path) and written as JSON with serde.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::amount::{Clock, Date, Measure, Month, Yuan};
use crate::response::Settlement;
use crate::state::State;

/// The contract number of every message.
pub const CONTRACT: u32 = 1;
/// Most fee lines in one bill.
pub const LINES_MAX: usize = 100_000;

/// Most facts of a list: forty years of contributions and a hundred bills a year.
pub const FACTS_MAX: usize = 5_000;
/// Longest id, in characters.
pub const ID_CHARS_MAX: usize = 64;

macro_rules! facts {
    ($(#[$doc:meta])* $name:ident {
        $($field:ident: $what:literal [$($value:literal),* $(,)?]),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name {
            $(
                #[doc = $what]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<String>,
            )+
        }

        impl $name {
            /// Names of the dimensions given here, with their usual values.
            pub const DIMS: &'static [(&'static str, &'static [&'static str])] =
                &[$((stringify!($field), &[$($value),*])),+];

            /// The value given for a dimension.
            #[must_use]
            pub fn value(&self, dim: &str) -> Option<&str> {
                match dim {
                    $(stringify!($field) => self.$field.as_deref(),)+
                    _ => None,
                }
            }

            /// Where the value of a dimension is kept, if it is given here.
            pub fn slot(&mut self, dim: &str) -> Option<&mut Option<String>> {
                match dim {
                    $(stringify!($field) => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }
    };
}

facts! {
    /// Dimensions of the insured person.
    MemberFacts {
        person: "Active or retired (在职、退休)." ["active", "retired"],
        group: "Resident group (居民人群)." ["elderly", "working_age", "student", "newborn"],
        poverty: "Poverty class (困难身份)." ["none", "low_income", "dibao", "tekun"],
        status: "Standing of the member (待遇状态)." [
            "normal", "arrears", "not_designated", "supervised", "changed_way", "suspended",
        ],
        card: "State of the card (卡状态)." ["normal", "frozen", "locked"],
        enrolled: "Whether enrolment is continuous (参保)." ["yes", "no", "waiting"],
        supplement: "Covered by a supplement (补充保险)." ["yes", "no"],
        red_list: "On the local red list (红名单)." ["yes", "no"],
    }
}

facts! {
    /// Dimensions of the encounter.
    EncounterFacts {
        care: "Kind of care (就诊类别)." [
            "outpatient", "inpatient", "special_outpatient", "observation", "pharmacy",
        ],
        level: "Level of the institution (医院等级)." ["tier1", "tier2", "tier3", "community"],
        category: "Off-site category (异地类别)." [
            "local", "resident_offsite", "resident_not_direct", "temp_emergency", "referred",
            "alliance", "unreferred_23", "unreferred_other",
        ],
        direct: "Settled directly at the institution (直接结算)." ["yes", "no"],
        network: "Network at the institution (联网)." ["online", "offline"],
        designated: "Whether the institution is designated (定点)." ["yes", "no"],
        emergency: "Emergency (急诊)." ["yes", "no"],
        referral: "Referral (转诊)." ["valid", "none", "not_needed"],
        approved_list: "On the approved list (已审批)." ["yes", "no"],
        place: "Inside or outside the insured place (就医地)." ["local", "offsite"],
        purpose: "What the care is for (就医目的)." ["treatment", "maternity"],
        disease: "Kind of disease that periods tell apart (病种)." ["ordinary", "psychiatric"],
        card_present: "Card at hand (持卡)." ["yes", "no"],
    }
}

facts! {
    /// Dimensions of a fee line.
    LineFacts {
        class: "Catalogue class (甲乙丙)." ["A", "B", "C"],
        kind: "Kind of item (项目类别)." [
            "item", "drug", "service", "material", "visit_fee", "special_drug", "dialysis",
            "protein",
        ],
        restricted: "Restricted use (限制使用)." ["yes", "no"],
        approved: "Restricted use approved (审批)." ["yes", "no"],
    }
}

/// A bill to settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Request {
    /// Always 1.
    pub contract: u32,
    /// Pack id, or `id@YYYY-MM-DD` for the rows in force on that day; among a member's facts it
    /// may be left to the message.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pack: String,
    /// Choices among the values that the pack's parameters allow.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// Amounts that the pack needs and the bill does not tell, such as an income (外部数据).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Yuan>,
    /// Counters of the year so far, when no `state` is at hand.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub year_to_date: BTreeMap<String, Count>,
    /// The state handed back by the previous settlement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// The insured person.
    pub member: Member,
    /// The visit or stay.
    pub encounter: Encounter,
    /// The fees.
    #[serde(flatten)]
    pub bill: Bill,
    /// The total printed on the bill; refused if it is not the sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_total: Option<Yuan>,
    /// Part borne by the hospital (医院负担).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hospital_share: Option<Yuan>,
    /// Whether the response carries a trace.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub explain: bool,
}

impl Request {
    /// The request as the compact JSON of the contract.
    #[must_use]
    pub fn json(&self) -> String {
        crate::write::json(self)
    }
}

/// A counter's value: money for amounts, a whole number for counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(untagged))]
pub enum Count {
    /// An amount in yuan.
    Money(Yuan),
    /// A whole number.
    Number(i64),
}

impl Serialize for Count {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Money(yuan) => yuan.serialize(serializer),
            Self::Number(n) => serializer.serialize_i64(*n),
        }
    }
}

/// The insured person (参保人); no name and no number that identifies anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    /// Opaque key, at most 64 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Date of birth; either this or `age`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub born: Option<Date>,
    /// Completed years, 0–150.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
    /// Dimensions of the person.
    #[serde(flatten)]
    pub facts: MemberFacts,
    /// Personal account (个人账户).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
}

/// Personal account before the bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Account {
    /// Balance.
    pub balance: Yuan,
    /// Family mutual aid that may be used after it (共济).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutual_aid: Option<Yuan>,
}

/// The visit or stay (就诊).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Encounter {
    /// Opaque key of this bill, at most 64 characters.
    pub id: String,
    /// Dimensions of the encounter.
    #[serde(flatten)]
    pub facts: EncounterFacts,
    /// Day of admission, or of the visit.
    pub admitted: Date,
    /// Day of discharge; the day of admission if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discharged: Option<Date>,
    /// Time of day, `HH:MM`; 00:00 where nothing depends on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Clock>,
    /// Opaque key of the institution, at most 64 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
    /// Whether the account may be used; true if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_account: Option<bool>,
    /// Set when the bill is one of several of a stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stay: Option<Stay>,
}

/// The stay that an interim bill (中途结算) belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stay {
    /// Opaque key of the stay, at most 64 characters, without `.` and `:`.
    pub id: String,
    /// Whether this is its last bill.
    pub closes: bool,
    /// How the bill comes to the stay, where it does not simply go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joins: Option<Joins>,
}

/// How a bill comes to an earlier stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Joins {
    /// The patient was transferred (转院).
    Transfer,
    /// The patient came back within the days the pack states (二次返院).
    Readmission,
}

/// The fees: itemised, or already classified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Bill {
    /// Fee lines (费用明细).
    Lines(Vec<Line>),
    /// Classified amounts, for analysts.
    Totals(Totals),
}

/// A fee line (费用明细).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Line {
    /// Opaque key, unique in the bill, at most 64 characters.
    pub id: String,
    /// Dimensions of the line.
    #[serde(flatten)]
    pub facts: LineFacts,
    /// Unit price in yuan, at most six decimals.
    pub price: Measure,
    /// Quantity, at most four decimals.
    pub quantity: Measure,
    /// Fee in yuan; must equal price × quantity, rounded.
    pub amount: Yuan,
    /// Price limit of the catalogue for this item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Measure>,
    /// Share the person bears first, in ppm; written `"10%"` or `"0.10"`.
    #[serde(serialize_with = "share_text", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub prepay: Option<u32>,
    /// Day of the fee, inside the stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
}

#[expect(clippy::ref_option, reason = "the signature serde asks for")]
fn share_text<S: serde::Serializer>(share: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
    let ppm = share.unwrap_or_default();
    serializer.collect_str(&format_args!("{}.{:06}", ppm / 1_000_000, ppm % 1_000_000))
}

/// Amounts that are already classified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Totals {
    /// 政策范围内.
    pub in_scope: Yuan,
    /// 全自费.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_self: Option<Yuan>,
    /// 超限价.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_limit: Option<Yuan>,
    /// 先行自付.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepay: Option<Yuan>,
}

/// A member's dated facts, in the order in which they became known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replay {
    /// Always 1.
    pub contract: u32,
    /// Pack of bills that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// Parameters of bills that name no pack and give none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// Amounts for bills that do not give them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Yuan>,
    /// The member, for bills that do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// The facts.
    pub replay: Vec<Fact>,
}

/// Something that happened to a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A bill became known.
    Bill(Box<Request>),
    /// A bill was taken back (撤销); its encounter is named.
    Cancel(String),
    /// Part of a payment, or a whole bill, was given back (退费).
    Refund(Box<RefundFact>),
    /// The fund's part of a blocked bill was claimed (手工报销).
    Claim(ClaimFact),
    /// A contribution record (缴费记录).
    Contribution(Contribution),
    /// Money was put into the account (划账).
    Credit(Credit),
    /// The member's dimensions from a day on (身份变更).
    Becomes(Becomes),
    /// The scheme from a day on (险种变更).
    Scheme(Scheme),
    /// A dated fact of a name that a pack declares.
    #[serde(untagged)]
    Event(Event),
}

/// A dated fact of a name that a pack declares, such as a filing (备案).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// Its name in the pack.
    pub event: String,
    /// Opaque key, unique among the facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its day.
    pub on: Date,
    /// Its time of day, `HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Clock>,
    /// Why, in a word that the pack declares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Opaque key of whoever made it, such as the referring hospital.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The institutions that it chooses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub institutions: Vec<Institution>,
}

/// An institution that an event chooses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Institution {
    /// Opaque key.
    pub id: String,
    /// Its level, as in `encounter.level`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
}

/// What was paid for a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contribution {
    /// The month, `YYYY-MM`.
    pub month: Month,
    /// What was due.
    pub due: Yuan,
    /// What was paid.
    pub paid: Yuan,
    /// The day of the payment; in time if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
}

/// Money put into the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Credit {
    /// Opaque key.
    pub id: String,
    /// The day.
    pub on: Date,
    /// How much.
    pub amount: Yuan,
}

/// The member's dimensions from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Becomes {
    /// First day.
    pub on: Date,
    /// The dimensions that change.
    #[serde(flatten)]
    pub facts: MemberFacts,
}

/// The scheme from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Scheme {
    /// First day.
    pub on: Date,
    /// Its pack, as in a bill.
    pub pack: String,
    /// Choices among the values that the pack's parameters allow.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

/// Part of a payment given back, or a whole bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefundFact {
    /// Opaque key.
    pub id: String,
    /// The bill's encounter.
    pub of: String,
    /// The day.
    pub on: Date,
    /// How much of what the person paid; the whole bill if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Yuan>,
    /// Dimensions of the refund, such as `network`.
    #[serde(flatten)]
    pub facts: EncounterFacts,
    /// What is settled in the place of a whole bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Box<Request>>,
}

/// A claim of what the fund would have paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimFact {
    /// Opaque key.
    pub id: String,
    /// The bill's encounter.
    pub of: String,
    /// The day.
    pub on: Date,
}

/// A refund of a settlement at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refund {
    /// Always 1.
    pub contract: u32,
    /// The settlement, as it was answered.
    pub refund: Settlement,
    /// Opaque key of the refund.
    pub id: String,
    /// How much of what the person paid; the whole bill if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Yuan>,
    /// What was given back before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Channels>,
    /// Account balance before the refund; the settlement's own if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Yuan>,
    /// Dimensions of the refund, such as `network`.
    #[serde(flatten)]
    pub facts: EncounterFacts,
    /// The state that the settlement handed back, for a whole bill; its own if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
}

/// Amounts by where the person paid from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Channels {
    /// Cash.
    pub cash: Yuan,
    /// Account, mutual aid included.
    pub account: Yuan,
}

/// A question about a member's standing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entitle {
    /// Always 1.
    pub contract: u32,
    /// Pack id, or `id@YYYY-MM-DD` for verdicts and levies on that day.
    pub pack: String,
    /// Choices among the values that the pack's parameters allow.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// Amounts that levies are taken of.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Yuan>,
    /// Whole numbers that levies and verdicts ask for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, i64>,
    /// Values of other dimensions that verdicts and levies ask for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, String>,
    /// The insured person.
    pub member: Member,
    /// The member's facts: events, contributions, `becomes`.
    pub entitle: Vec<Fact>,
    /// The visits asked about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<Encounter>,
    /// Names of the levies and verdicts asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ask: Vec<String>,
}

/// A settlement to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cancel {
    /// Always 1.
    pub contract: u32,
    /// The settlement, as it was answered.
    pub cancel: Settlement,
    /// The state that it handed back; the settlement's own if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
}
