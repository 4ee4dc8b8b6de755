//! Figures that can be compared with published ones, and how a run gives them.
//!
//! A figure is named by what it is about and what is measured:
//!
//! | name | is |
//! | --- | --- |
//! | `KIND.MEASURE`, `KIND.LEVEL.MEASURE` | of the visits of a kind, at hospitals of a level |
//! | `institutions.active.cost_per_head`, `….retired.…` | cost a head of members of a status |
//! | `institutions.retired_to_active` | the second of these over the first |
//! | `members.active_to_retired` | active members for each retired one |
//! | `offsite.visit_share`, `offsite.cost_share` | away from home, among all at institutions |
//! | `fund.per_head`, `fund.CODE.per_head` | paid by all funds, by the layers of one fund |
//! | `account.per_head` | paid by personal accounts |
//!
//! KIND is a `care` of the contract, or `institutions` for all but pharmacies. MEASURE is
//! `per_head` (visits), `cost` (of a visit), `cost_per_head`, `nights`, or `fund_share` (what the
//! fund pays of the in-scope amount). Bills that were taken back count nowhere.

use tongchou_core::pack::Pack;
use tongchou_wire::request::{EncounterFacts, MemberFacts};

use super::{MILLION, Part};
use crate::book::{Book, What};
use crate::fault::{Code, Fault, Said, said};
use crate::scenario::Name;
use crate::tally::Amounts;

/// The unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 元.
    Yuan,
    /// A share of a whole, 1 = 100 %.
    Share,
    /// How often: visits a member, or one number to another.
    Times,
    /// Nights.
    Days,
}

impl Unit {
    /// The unit as it is written behind a value, in Chinese and English.
    #[must_use]
    pub fn name(self) -> Name {
        let (zh, en) = match self {
            Self::Yuan => ("元", "yuan"),
            Self::Share => ("%", "%"),
            Self::Times => ("", ""),
            Self::Days => ("天", "days"),
        };
        named(zh, en)
    }

    /// What a published value of this unit looks like.
    pub(super) fn expected(self) -> Said {
        match self {
            Self::Yuan => said(
                "写大于零的元数，加引号，如 \"11522\"",
                "write yuan above zero in quotes, \"11522\"",
            ),
            Self::Share => {
                said("写大于零的份额，如 \"84.1%\"", "write a share above zero, \"84.1%\"")
            }
            Self::Times | Self::Days => said(
                "写大于零的小数，加引号，如 \"8.6\"",
                "write a decimal above zero in quotes, \"8.6\"",
            ),
        }
    }
}

/// What is measured of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Of visits of a kind.
    Visits(Scope, Measure),
    /// Cost a head of members of a status at medical institutions.
    Status(&'static str),
    /// The cost a head of the retired over that of the active.
    Gradient,
    /// Active members for each retired one.
    Heads,
    /// Visits away from home among all at medical institutions.
    AwayVisits,
    /// The same by cost.
    AwayCost,
    /// Paid by all funds, a head.
    Funds,
    /// Paid by the layers of one fund, a head.
    Fund(String),
    /// Paid by accounts, a head.
    Account,
}

/// Which visits are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scope {
    /// A kind of care; `None` for all at medical institutions, that is but pharmacies.
    care: Option<&'static str>,
    /// A level of hospital; `None` for all.
    level: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    PerHead,
    Cost,
    CostPerHead,
    Nights,
    FundShare,
}

const MEASURES: [(&str, Measure); 5] = [
    ("per_head", Measure::PerHead),
    ("cost", Measure::Cost),
    ("cost_per_head", Measure::CostPerHead),
    ("nights", Measure::Nights),
    ("fund_share", Measure::FundShare),
];

const PHARMACY: &str = "pharmacy";
const STATUSES: [&str; 2] = ["active", "retired"];

/// The known value of a dimension of the contract that is written like this.
fn value_of(
    dims: &[(&str, &'static [&'static str])],
    dim: &str,
    text: &str,
) -> Option<&'static str> {
    let (_, values) = dims.iter().find(|(name, _)| *name == dim)?;
    values.iter().find(|value| **value == text).copied()
}

fn named(zh: &str, en: &str) -> Name {
    Name { zh: zh.to_owned(), en: en.to_owned() }
}

/// A quotient rounded to the nearest, halves away from zero; `None` over nothing or too large.
pub(super) fn nearest(value: i128, over: i128) -> Option<i64> {
    if over <= 0 {
        return None;
    }
    let half = if value < 0 { -(over / 2) } else { over / 2 };
    i64::try_from((value + half) / over).ok()
}

/// A quotient in millionths.
fn millionths(value: i64, over: i64) -> Option<i64> {
    nearest(i128::from(value) * MILLION, i128::from(over))
}

/// Fen over a count, in millionths of a yuan.
fn yuan(fen: i64, over: i64) -> Option<i64> {
    nearest(i128::from(fen) * (MILLION / 100), i128::from(over))
}

impl Figure {
    /// Reads the name of a figure.
    ///
    /// # Errors
    /// D009 for a name that is not one.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let parts: Vec<&str> = text.split('.').collect();
        let kind = match *parts.as_slice() {
            ["members", "active_to_retired"] => Some(Kind::Heads),
            ["institutions", "retired_to_active"] => Some(Kind::Gradient),
            ["institutions", status, "cost_per_head"] => {
                STATUSES.iter().find(|known| **known == status).copied().map(Kind::Status)
            }
            ["offsite", "visit_share"] => Some(Kind::AwayVisits),
            ["offsite", "cost_share"] => Some(Kind::AwayCost),
            ["fund", "per_head"] => Some(Kind::Funds),
            ["fund", code, "per_head"] => Some(Kind::Fund(code.to_owned())),
            ["account", "per_head"] => Some(Kind::Account),
            [care, measure] => visits(care, None, measure),
            [care, level, measure] => visits(care, Some(level), measure),
            _ => None,
        };
        let kind = kind.ok_or_else(|| {
            let what =
                said(format!("没有指标 `{text}`"), format!("the figure `{text}` is not known"));
            let help = said(
                "写 类别.指标 或 类别.等级.指标，如 `inpatient.tier3.cost`",
                "write KIND.MEASURE or KIND.LEVEL.MEASURE, such as `inpatient.tier3.cost`",
            );
            Fault::new(Code::Scenario, "", what, help)
        })?;
        Ok(Self(kind))
    }

    /// The unit of its values.
    #[must_use]
    pub fn unit(&self) -> Unit {
        match &self.0 {
            Kind::Visits(_, Measure::PerHead) | Kind::Gradient | Kind::Heads => Unit::Times,
            Kind::Visits(_, Measure::Nights) => Unit::Days,
            Kind::Visits(_, Measure::FundShare) | Kind::AwayVisits | Kind::AwayCost => Unit::Share,
            _ => Unit::Yuan,
        }
    }

    /// Its value in a run, in millionths of the unit; `None` where there is nothing to count.
    pub fn of(&self, part: &Part, book: &Book, pack: &Pack) -> Option<i64> {
        let members = part.tally.members();
        match &self.0 {
            Kind::Visits(scope, measure) => {
                let sums = sums(part, book, |what| scope.holds(what));
                measure.of(&sums, members)
            }
            Kind::Status(status) => {
                let (cost, heads) = by_status(part, book, status)?;
                yuan(cost, heads)
            }
            Kind::Gradient => {
                let (retired, of_retired) = by_status(part, book, "retired")?;
                let (active, of_active) = by_status(part, book, "active")?;
                let over = |cost: i64, heads: i64| i128::from(cost) * i128::from(heads);
                nearest(over(retired, of_active) * MILLION, over(active, of_retired))
            }
            Kind::Heads => millionths(heads(part, book, "active"), heads(part, book, "retired")),
            Kind::AwayVisits | Kind::AwayCost => {
                let all = sums(part, book, is_institution);
                let away = sums(part, book, |what| is_institution(what) && is_away(what));
                match self.0 {
                    Kind::AwayVisits => millionths(away.visits, all.visits),
                    _ => millionths(away.total, all.total),
                }
            }
            Kind::Funds => yuan(sums(part, book, |_| true).fund, members),
            Kind::Fund(code) => {
                let layers = pack.layers.iter().zip(&part.tally.by_layer);
                let paid = layers.filter(|(layer, _)| layer.fund == *code).map(|(_, paid)| *paid);
                yuan(paid.sum(), members)
            }
            Kind::Account => yuan(sums(part, book, |_| true).account, members),
        }
    }

    /// Its name for reports.
    #[must_use]
    pub fn name(&self) -> Name {
        match &self.0 {
            Kind::Visits(scope, measure) => {
                let (of, what) = (scope.name(), measure.name());
                named(&format!("{}{}", of.zh, what.zh), &format!("{}: {}", of.en, what.en))
            }
            Kind::Status("retired") => named("退休人员人均费用", "cost a head, retired"),
            Kind::Status(_) => named("在职人员人均费用", "cost a head, active"),
            Kind::Gradient => named("退休与在职人均费用之比", "cost a head, retired to active"),
            Kind::Heads => named("在职与退休人数之比", "members, active to retired"),
            Kind::AwayVisits => named("异地就医人次占比", "visits away from home"),
            Kind::AwayCost => named("异地就医费用占比", "cost away from home"),
            Kind::Funds => named("基金人均支出", "funds, paid a head"),
            Kind::Fund(code) => {
                named(&format!("基金 {code} 人均支出"), &format!("fund {code}, paid a head"))
            }
            Kind::Account => named("个人账户人均支出", "accounts, paid a head"),
        }
    }
}

fn visits(care: &str, level: Option<&str>, measure: &str) -> Option<Kind> {
    let care = match care {
        "institutions" => None,
        _ => Some(value_of(EncounterFacts::DIMS, "care", care)?),
    };
    let level = match level {
        None => None,
        Some(level) => Some(value_of(EncounterFacts::DIMS, "level", level)?),
    };
    let (_, measure) = MEASURES.iter().find(|(name, _)| *name == measure)?;
    Some(Kind::Visits(Scope { care, level }, *measure))
}

impl Scope {
    fn holds(self, what: &What) -> bool {
        let care = match self.care {
            None => is_institution(what),
            care => what.facts.value("care") == care,
        };
        care && (self.level.is_none() || what.facts.value("level") == self.level)
    }

    fn name(self) -> Name {
        let care = match self.care {
            None => named("医疗机构", "medical institutions"),
            Some("outpatient") => named("普通门诊", "general outpatient"),
            Some("special_outpatient") => named("门诊慢特病", "chronic outpatient"),
            Some("inpatient") => named("住院", "inpatient"),
            Some("observation") => named("急诊留观", "observation"),
            Some(PHARMACY) => named("药店", "pharmacies"),
            Some(other) => named(other, other),
        };
        let level = match self.level {
            None => return care,
            Some("tier1") => named("一级", "tier 1"),
            Some("tier2") => named("二级", "tier 2"),
            Some("tier3") => named("三级", "tier 3"),
            Some("community") => named("社区", "community"),
            Some(other) => named(other, other),
        };
        named(&format!("{}{}", level.zh, care.zh), &format!("{}, {}", care.en, level.en))
    }
}

impl Measure {
    fn of(self, sums: &Amounts, members: i64) -> Option<i64> {
        match self {
            Self::PerHead => millionths(sums.visits, members),
            Self::Cost => yuan(sums.total, sums.visits),
            Self::CostPerHead => yuan(sums.total, members),
            Self::Nights => millionths(sums.nights, sums.visits),
            Self::FundShare => millionths(sums.fund, sums.in_scope),
        }
    }

    fn name(self) -> Name {
        match self {
            Self::PerHead => named("人均次数", "visits a head"),
            Self::Cost => named("次均费用", "cost a visit"),
            Self::CostPerHead => named("人均费用", "cost a head"),
            Self::Nights => named("平均天数", "length of stay"),
            Self::FundShare => named("目录内基金支付比例", "fund share of in-scope cost"),
        }
    }
}

fn is_institution(what: &What) -> bool {
    what.facts.value("care") != Some(PHARMACY)
}

fn is_away(what: &What) -> bool {
    let not = |dim: &str, home: &str| what.facts.value(dim).is_some_and(|value| value != home);
    not("category", "local") || not("place", "local")
}

/// Sums over the encounters of some kinds.
fn sums(part: &Part, book: &Book, holds: impl Fn(&What) -> bool) -> Amounts {
    let mut sums = Amounts::default();
    let kinds = book.what.iter().zip(&part.tally.by_what).filter(|(what, _)| holds(what));
    kinds.for_each(|(_, amounts)| sums.merge(amounts));
    sums
}

/// Members of a status.
fn heads(part: &Part, book: &Book, status: &str) -> i64 {
    let kinds = book.who.iter().zip(&part.tally.by_who);
    let of_status = kinds.filter(|(who, _)| who.facts.value("person") == Some(status));
    of_status.map(|(_, kind)| kind.members).sum()
}

/// Cost at medical institutions and number of the members of a status; `None` where costs were not
/// added up by member.
fn by_status(part: &Part, book: &Book, status: &str) -> Option<(i64, i64)> {
    if part.costs.is_empty() {
        return None;
    }
    let is_of = |facts: &MemberFacts| facts.value("person") == Some(status);
    let whos: Vec<bool> = book.who.iter().map(|who| is_of(&who.facts)).collect();
    let whats: Vec<bool> = book.what.iter().map(is_institution).collect();
    let counts =
        |who: usize, what: usize| whos.get(who) == Some(&true) && whats.get(what) == Some(&true);
    let cost = part.costs.iter().filter(|(who, what, _)| counts(*who, *what));
    Some((cost.map(|(_, _, cost)| cost).sum(), heads(part, book, status)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::Costs;
    use crate::tally::Members;

    fn part() -> (Part, Book) {
        let mut book = Book::default();
        for who in ["age=40,person=active", "age=70,person=retired"] {
            book.who.read(who).unwrap();
        }
        for what in [
            "care=inpatient,level=tier3,category=local",
            "care=inpatient,level=tier2,category=referred",
            "care=outpatient,level=tier3",
            "care=pharmacy",
        ] {
            book.what.read(what).unwrap();
        }
        let amounts = |visits, total, fund, nights| Amounts {
            visits,
            total,
            in_scope: total / 2,
            fund,
            nights,
            ..Amounts::default()
        };
        let mut part = Part::default();
        part.tally.by_what = vec![
            amounts(2, 4_000_000, 1_500_000, 20),
            amounts(1, 1_000_000, 400_000, 5),
            amounts(10, 200_000, 60_000, 0),
            amounts(20, 100_000, 10_000, 0),
        ];
        let heads = |members| Members { members, ..Members::default() };
        part.tally.by_who = vec![heads(26), heads(10)];
        part.tally.by_layer = vec![36_000, 72_000, 3_600, 1_000_000];
        part.costs = Costs::new(2, 4);
        for (who, what, cost) in [(0, 0, 260_000), (0, 3, 77_777), (1, 1, 200_000), (1, 2, 100_000)]
        {
            part.costs.add(who, what, cost);
        }
        (part, book)
    }

    fn value(figure: &str, (part, book): &(Part, Book)) -> Option<i64> {
        let pack = tongchou_packs::find("000000-reference-employee").unwrap();
        let pack = tongchou_policy::check(pack.text, pack.id).unwrap();
        Figure::read(figure).unwrap().of(part, book, &pack.pack)
    }

    #[test]
    fn figures_are_what_their_names_say() {
        let run = part();
        assert_eq!(value("inpatient.per_head", &run), Some(83_333));
        assert_eq!(value("inpatient.cost", &run), Some(16_666_666_667));
        assert_eq!(value("inpatient.tier3.cost", &run), Some(20_000_000_000));
        assert_eq!(value("inpatient.nights", &run), Some(8_333_333));
        assert_eq!(value("inpatient.tier3.fund_share", &run), Some(750_000));
        assert_eq!(value("institutions.cost_per_head", &run), Some(1_444_444_444));
        assert_eq!(value("members.active_to_retired", &run), Some(2_600_000));
        assert_eq!(value("offsite.visit_share", &run), Some(76_923));
        assert_eq!(value("offsite.cost_share", &run), Some(192_308));
        assert_eq!(value("fund.per_head", &run), Some(547_222_222));
        assert_eq!(value("fund.310100.per_head", &run), Some(31_000_000));
        assert_eq!(value("institutions.active.cost_per_head", &run), Some(100_000_000));
        assert_eq!(value("institutions.retired.cost_per_head", &run), Some(300_000_000));
        assert_eq!(value("institutions.retired_to_active", &run), Some(3_000_000));
        assert_eq!(value("outpatient.tier2.cost", &run), None);
    }

    #[test]
    fn costs_by_member_are_missing_where_nobody_added_them_up() {
        let (mut part, book) = part();
        part.costs = Costs::default();
        let run = (part, book);
        assert_eq!(value("institutions.retired_to_active", &run), None);
        assert_eq!(value("institutions.cost_per_head", &run), Some(1_444_444_444));
    }

    #[test]
    fn unknown_figures_are_refused() {
        for text in ["inpatient", "inpatient.tier9.cost", "surgery.cost", "inpatient.length", ""] {
            assert!(Figure::read(text).is_err(), "{text}");
        }
    }
}
