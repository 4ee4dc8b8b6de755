//! `[stay]`, `[classify]`, `[[prepay]]`, `[[limit]]`, `[[fixed]]`, `[[standing]]`, `[[personal]]`.

use tongchou_core::money::Rounding;
use tongchou_core::pack::{
    Choice, Fixed, Later, Limit, LimitPer, LimitUpto, Personal, Prepay, PrepayBasis, Standing,
};
use tongchou_core::rules::{CrossYear, Transfer};

use super::fields::{Field, Fields, Words};
use super::member::is_rules_only;
use super::rows::{Level, Rows};
use super::vocabulary::value_indices;
use super::{Note, Reader};
use crate::problem::{Problem, Title};
use crate::source::Span;

/// What `[stay]` states; a part that was reported is as if it were not written.
#[derive(Debug)]
pub(crate) struct StayDraft {
    pub(crate) care: Option<(u16, Vec<u8>)>,
    pub(crate) transfer: Option<Transfer>,
    pub(crate) readmission_days: Option<u16>,
    pub(crate) cross_year: CrossYear,
    pub(crate) period: Rows<Option<u16>>,
}

/// How fee lines are classified, with places.
#[derive(Debug)]
pub(crate) struct Fees {
    pub(crate) prepay_basis: Option<Choice<PrepayBasis>>,
    pub(crate) rounding: Option<Rounding>,
    pub(crate) prepay: Rows<Prepay>,
    pub(crate) limit: Rows<Limit>,
    pub(crate) fixed: Rows<Fixed>,
}

pub(super) const TRANSFERS: &Words<Transfer> = &[("higher", Transfer::Higher)];
pub(super) const CROSS_YEARS: &Words<CrossYear> = &[
    ("continue", CrossYear::Continue),
    ("restart_bands", CrossYear::RestartBands),
    ("restart_all", CrossYear::RestartAll),
];
pub(super) const ROUNDINGS: &Words<Rounding> =
    &[("half_up", Rounding::HalfUp), ("down", Rounding::Down), ("up", Rounding::Up)];
pub(super) const PREPAY_BASES: &Words<PrepayBasis> =
    &[("after_limit", PrepayBasis::AfterLimit), ("fee", PrepayBasis::Fee)];
pub(super) const LIMIT_PERS: &Words<LimitPer> = &[
    ("unit", LimitPer::Unit),
    ("line", LimitPer::Line),
    ("session", LimitPer::Session),
    ("day", LimitPer::Day),
];
pub(super) const FUND_STANDING: &Words<bool> = &[("normal", true), ("none", false)];
pub(super) const LATERS: &Words<Later> =
    &[("none", Later::None), ("manual", Later::Manual), ("recovery", Later::Recovery)];
pub(super) const PAYERS: &Words<bool> = &[("person", false), ("hospital", true)];
pub(super) const YES_NO: &Words<bool> = &[("yes", true), ("no", false)];

/// A part of a bill that the account may pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    InScope,
    Prepay,
    OverLimit,
    FullSelf,
}

pub(super) const PARTS: &Words<Part> = &[
    ("in_scope", Part::InScope),
    ("prepay", Part::Prepay),
    ("over_limit", Part::OverLimit),
    ("full_self", Part::FullSelf),
];

impl Reader<'_> {
    pub(super) fn stay(self, root: &mut Fields<'_>) -> StayDraft {
        let title = Title::new("[[stay.period]]");
        let period = Rows { title, rows: Vec::new(), whole: true };
        let cross_year = CrossYear::Continue;
        let none =
            StayDraft { care: None, transfer: None, readmission_days: None, cross_year, period };
        let fields = root.get("stay").and_then(|f| f.fields(self.out, Title::new("[stay]")));
        let Some(mut fields) = fields else { return none };
        let out = self.out;
        let care = fields.need("care", "[\"inpatient\"]");
        let transfer = fields.get("transfer").and_then(|f| f.word(out, TRANSFERS));
        let readmission_days = fields.get("readmission_days");
        let readmission_days = readmission_days.and_then(|f| f.count(out, 1..366));
        let cross_year = fields.get("cross_year").and_then(|f| f.word(out, CROSS_YEARS));
        let rows = fields.get("period");
        fields.finish(out);
        let period = self.table(rows, none.period.title, Level::Bill, |fields| {
            let days = fields.need("days", "90")?;
            if days.value.as_str() == Some("none") {
                return Some(None);
            }
            days.count(out, 1..10_000).and_then(|n| u16::try_from(n).ok()).map(Some)
        });
        StayDraft {
            care: care.and_then(|field| self.stay_values(&field)),
            transfer,
            readmission_days: readmission_days.and_then(|n| u16::try_from(n).ok()),
            cross_year: cross_year.unwrap_or_default(),
            period,
        }
    }

    fn stay_values(self, field: &Field<'_>) -> Option<(u16, Vec<u8>)> {
        let texts = field.texts(self.out)?;
        let Some((at, dim)) = self.names.dim_named("care") else {
            if !self.names.dims.iter().any(|dim| dim.name == "care") {
                self.out.report(field.span.clone(), &Problem::NoCare {});
            }
            return None;
        };
        Some((at, value_indices(self.out, "care", &dim.values, &texts)?))
    }

    pub(super) fn fees(self, root: &mut Fields<'_>) -> Fees {
        let (mut prepay_basis, mut rounding) =
            (Some(Choice::Is(PrepayBasis::AfterLimit)), Some(Rounding::HalfUp));
        if let Some(field) = root.get("classify")
            && let Some(mut fields) = field.fields(self.out, Title::new("[classify]"))
        {
            let basis = fields.get("prepay_basis");
            prepay_basis = self.choice(basis, PREPAY_BASES, PrepayBasis::AfterLimit);
            rounding = self.setting(fields.get("rounding"), ROUNDINGS, Rounding::HalfUp);
            fields.finish(self.out);
        }
        let prepay = root.get("prepay");
        let limit = root.get("limit");
        let fixed = root.get("fixed");
        let line = Level::Line;
        Fees {
            prepay_basis,
            rounding,
            prepay: self.table(prepay, Title::new("[[prepay]]"), line, |f| self.prepay(f)),
            limit: self.table(limit, Title::new("[[limit]]"), line, |f| self.limit(f)),
            fixed: self.table(fixed, Title::new("[[fixed]]"), line, |f| self.fixed(f)),
        }
    }

    fn prepay(self, fields: &mut Fields<'_>) -> Option<Prepay> {
        let share = fields.need("share", "\"10%\"").and_then(|f| f.rate(self.out));
        let strict = fields.get("strict").map_or(Some(false), |f| f.flag(self.out));
        Some(Prepay { share: share?, strict: strict? })
    }

    fn limit(self, fields: &mut Fields<'_>) -> Option<Limit> {
        let per = fields.need("per", "\"unit\"");
        let per = per.and_then(|f| f.word(self.out, LIMIT_PERS));
        let upto = fields.need("upto", "\"430.00\"");
        let upto = upto.and_then(|f| match f.value.as_str() {
            Some("line") => Some(LimitUpto::OfLine),
            _ => f.money_or_none(self.out).map(|a| a.map_or(LimitUpto::None, LimitUpto::Amount)),
        });
        Some(Limit { per: per?, upto: upto? })
    }

    fn fixed(self, fields: &mut Fields<'_>) -> Option<Fixed> {
        let pays = fields.need("pays", "\"40.00\"");
        let pays = pays.and_then(|f| f.money_or_none(self.out));
        let fund = fields.need("fund", "\"310100\"").and_then(|f| f.text(self.out));
        Some(Fixed { pays: pays?, fund: fund?.to_owned() })
    }

    pub(super) fn standing(self, root: &mut Fields<'_>) -> Rows<Standing> {
        let rows = root.get("standing");
        let title = Title::new("[[standing]]");
        self.table(rows, title, Level::Bill, |fields| self.standing_row(fields))
    }

    fn standing_row(self, fields: &mut Fields<'_>) -> Option<Standing> {
        let fund = fields.need("fund", "\"normal\"");
        let fund = fund.and_then(|f| f.word(self.out, FUND_STANDING));
        let account = fields.need("account", "\"yes\"");
        let account = account.and_then(|f| f.word(self.out, YES_NO));
        let (later, payer) = (fields.get("later"), fields.get("payer"));
        if fund == Some(true) {
            for field in [&later, &payer].into_iter().flatten() {
                let problem = Problem::OnlyBlocked { key: field.key.to_owned() };
                self.out.report(field.key_span.clone(), &problem);
            }
        }
        let later = later.map_or(Some(Later::None), |f| f.word(self.out, LATERS));
        let hospital = payer.map_or(Some(false), |f| f.word(self.out, PAYERS));
        Some(Standing { fund: fund?, account: account?, later: later?, hospital: hospital? })
    }

    /// `[[personal]]`, or `[personal]` where one row says it all.
    pub(super) fn personal(self, root: &mut Fields<'_>) -> Rows<Personal> {
        let sample = "account_pays = [\"in_scope\"]";
        let optional = is_rules_only(root);
        let field = if optional {
            root.get("personal")
        } else {
            root.section("personal", ("[personal]", sample))
        };
        let single = field.as_ref().is_some_and(|field| field.value.is_table());
        let title = Title::new(if single { "[personal]" } else { "[[personal]]" });
        let missing = field.is_none() && !optional;
        let mut rows = self.table(field, title, Level::Bill, |fields| {
            let parts = fields.need("account_pays", "[\"in_scope\"]");
            let parts = parts.and_then(|f| self.parts(&f))?;
            Some(Personal {
                in_scope: parts.contains(&Part::InScope),
                prepay: parts.contains(&Part::Prepay),
                over_limit: parts.contains(&Part::OverLimit),
                full_self: parts.contains(&Part::FullSelf),
            })
        });
        rows.whole &= !missing;
        rows
    }

    /// The parts listed; an empty list is lawful and means that the account pays nothing.
    fn parts(self, field: &Field<'_>) -> Option<Vec<Part>> {
        if field.value.as_array().is_some_and(|list| list.is_empty()) {
            return Some(Vec::new());
        }
        let mut parts: Vec<(Part, Span)> = Vec::new();
        let mut whole = true;
        for element in field.list(self.out)? {
            let Some(part) = element.word(self.out, PARTS) else {
                whole = false;
                continue;
            };
            if let Some((_, first)) = parts.iter().find(|(earlier, _)| *earlier == part) {
                let name = element.value.as_str().unwrap_or_default().to_owned();
                let problem = Problem::ListedTwice { name };
                self.out.report_pair(element.span, &problem, first.clone(), Note::First);
                whole = false;
            } else {
                parts.push((part, element.span));
            }
        }
        whole.then(|| parts.into_iter().map(|(part, _)| part).collect())
    }
}
