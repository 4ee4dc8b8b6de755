//! `[pack]`: identity, life, the day that selects rows, the start of the year.

use tongchou_core::calendar::Day;
use tongchou_core::pack::{DatedBy, Text};
use tongchou_core::rules::{ClaimOrder, LaterBills};

use super::Findings;
use super::fields::{Field, Fields, Words};
use super::vocabulary::CONFIDENCE;
use crate::problem::{Dates, Problem, Title};

/// What `[pack]` states.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) name: Text,
    pub(crate) programme: String,
    pub(crate) confidence: Option<String>,
    pub(crate) life: Dates,
    pub(crate) dated_by: DatedBy,
    pub(crate) year_start: (u8, u8),
    pub(crate) later_bills: LaterBills,
    pub(crate) claim_order: ClaimOrder,
}

pub(super) const DATED_BY: &Words<DatedBy> =
    &[("discharge", DatedBy::Discharge), ("admission", DatedBy::Admission)];

pub(super) const LATER_BILLS: &Words<LaterBills> =
    &[("replay", LaterBills::Replay), ("keep", LaterBills::Keep), ("refuse", LaterBills::Refuse)];
pub(super) const CLAIM_ORDERS: &Words<ClaimOrder> =
    &[("claimed", ClaimOrder::Claimed), ("service", ClaimOrder::Service)];

/// A year without 29 February.
const COMMON_YEAR: i16 = 2023;

/// What `[pack]` states, and the life of the pack even if another part of it was reported.
pub(crate) fn head(out: &Findings<'_>, root: &mut Fields<'_>) -> (Option<Head>, Option<Dates>) {
    let section = root.section("pack", ("[pack]", "id = \"990000-employee\""));
    let Some(mut fields) = section.and_then(|f| f.fields(out, Title::new("[pack]"))) else {
        return (None, None);
    };
    let id = fields.need("id", "\"990000-employee\"").and_then(|f| pack_id(out, &f));
    let name = fields.need("name", "{ zh = \"…\", en = \"…\" }").and_then(|f| f.name(out));
    let programme = fields.need("programme", "\"employee\"").and_then(|f| f.text(out));
    let confidence = fields.get("confidence").map(|f| f.word(out, CONFIDENCE));
    let from = fields.need("from", "2023-01-01").and_then(|f| f.day(out));
    let to = fields.need("to", "2026-12-31").and_then(|f| Some((f.day(out)?, f.span)));
    let dated_by = fields.need("dated_by", "\"discharge\"");
    let dated_by = dated_by.and_then(|f| f.word(out, DATED_BY));
    let year_start = fields.need("year_start", "\"01-01\"");
    let year_start = year_start.and_then(|f| month_and_day(out, &f));
    let later = fields.get("later_bills");
    let later = later.map_or(Some(LaterBills::Replay), |f| f.word(out, LATER_BILLS));
    let claims = fields.get("claim_order");
    let claims = claims.map_or(Some(ClaimOrder::Claimed), |f| f.word(out, CLAIM_ORDERS));
    fields.finish(out);
    let life = from.zip(to).and_then(|(from, (to, to_span))| {
        let lawful = from <= to;
        if !lawful {
            out.report(to_span, &Problem::FromAfterTo { from, to });
        }
        lawful.then_some(Dates { from, to })
    });
    let confidence = confidence.map_or(Some(None), |word| word.map(|w| Some(w.to_owned())));
    let rest = name.zip(dated_by).zip(year_start).zip(confidence);
    let head = rest.and_then(|(((name, dated_by), year_start), confidence)| {
        Some(Head {
            id: id?.to_owned(),
            name,
            programme: programme?.to_owned(),
            confidence,
            life: life?,
            dated_by,
            year_start,
            later_bills: later?,
            claim_order: claims?,
        })
    });
    (head, life)
}

fn pack_id<'a>(out: &Findings<'_>, field: &Field<'a>) -> Option<&'a str> {
    let text = field.text(out)?;
    let (division, name) = text.split_once('-').unwrap_or_default();
    let lawful = division.len() == 6
        && division.bytes().all(|b| b.is_ascii_digit())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !lawful {
        out.report(field.span.clone(), &Problem::BadPackId { text: text.to_owned() });
    }
    lawful.then_some(text)
}

pub(super) fn month_and_day(out: &Findings<'_>, field: &Field<'_>) -> Option<(u8, u8)> {
    let text = field.text(out)?;
    let two = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<u8>().ok()).flatten()
    };
    let parts = text.split_once('-').and_then(|(month, day)| two(month).zip(two(day)));
    let lawful = parts.filter(|(month, day)| {
        let parts = i8::try_from(*month).ok().zip(i8::try_from(*day).ok());
        parts.and_then(|(month, day)| Day::new(COMMON_YEAR, month, day)).is_some()
    });
    if lawful.is_none() {
        out.report(field.span.clone(), &Problem::BadYearStart { text: text.to_owned() });
    }
    lawful
}
