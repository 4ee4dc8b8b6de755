//! Settling one bill: the sections of the definition, in their order.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;

use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::request::{Bill, Joins, Request};
use tongchou_wire::response::{Amounts, Claim, FundStanding, LayerResult, LineResult, Posting};

use crate::counters::{self, Counters};
use crate::day::Days;
use crate::layers::{self, Entry, Outcome};
use crate::lines::{self, Parts, Sheet};
use crate::money::{in_range, to_fen, to_yuan};
use crate::pack::{Pack, READMISSION, Standing};
use crate::payers::{Bearing, Paid};
use crate::refusal::Refusal;
use crate::select::{self, Decisive, Facts};
use crate::stay::{self, Admission};
use crate::{dims, payers, postings};

/// A settled bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The day on which rows were selected.
    pub rows_of: Date,
    /// Every parameter of the pack with its value.
    pub params: BTreeMap<String, String>,
    /// Benefit year.
    pub year: i16,
    /// Whether the fund pays.
    pub fund_standing: FundStanding,
    /// What may be claimed afterwards, for a bill that the fund takes no part in.
    pub claim: Option<Claim>,
    /// Ordinal of the admission, for a stay that the fund takes part in.
    pub admission: Option<u32>,
    /// The amounts of the bill.
    pub amounts: Amounts,
    /// Each layer, in paying order.
    pub layers: Vec<LayerResult>,
    /// Each fee line.
    pub lines: Vec<LineResult>,
    /// What the bill added to the counters.
    pub postings: Vec<Posting>,
    /// How far the account may reach.
    pub reach: Yuan,
    /// Account balance after the bill.
    pub balance: Yuan,
    /// Place of the settlement in its state, from 1.
    pub seq: u32,
    /// Counters after the bill, zero ones left out.
    pub counters: BTreeMap<String, i64>,
    /// Names of the rows that decided something.
    pub decisive: BTreeSet<String>,
}

/// Settles a bill under a pack.
///
/// # Errors
/// The first [`Refusal`] that is met; a bill that is wrong in two ways may name either.
pub fn settle(pack: &Pack, request: &Request) -> Result<Verdict, Refusal> {
    settle_from(pack, request, None)
}

/// Where a bill among a member's facts starts.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The counters that the bills before it left.
    pub counters: &'a Counters,
    /// How many settlements there were.
    pub seq: u32,
    /// Whether a claim is settled: the fund takes part whatever the standing is, the account not.
    pub claim: bool,
    /// A record of a stay that the bill drops.
    pub dropped: Option<&'a str>,
}

/// Settles a bill from these counters, or from those that it brings.
pub fn settle_from(
    pack: &Pack,
    request: &Request,
    start: Option<Start<'_>>,
) -> Result<Verdict, Refusal> {
    let days = Days::of(pack, request)?;
    let params = dims::params(pack, request)?;
    let before = match start {
        Some(start) => start.counters.clone(),
        None => counters::before(pack, request, &params, days.year)?,
    };
    let is_stay = dims::is_stay(pack, request)?;
    let (admission, ordinal) = stay::find(pack, request, is_stay, &before)?;
    dims::check_facts(pack, request)?;
    let mut facts = params.and(dims::of_bill(pack, request, &days, ordinal)?);
    let mut decisive = Decisive::default();
    let (admission, ordinal, period_row) =
        in_period(pack, &days, &facts, (admission, ordinal), &before)?;
    if period_row.is_some() {
        facts = params.and(dims::of_bill(pack, request, &days, ordinal)?);
    }

    let sheet = lines::classify(pack, request, &days, &facts, &mut decisive)?;
    let Sheet { parts: whole, .. } = &sheet;
    let total = in_range("total", to_fen(whole.total())?)?;
    if request.stated_total.is_some_and(|stated| stated.0 != total) {
        return Err(Refusal::StatedTotal);
    }
    let facts = facts.and(dims::of_amounts(pack, to_fen(whole.in_scope)?, total)?);
    let (mut standing, standing_row) = standing(pack, &days, &facts)?;
    if start.is_some_and(|start| start.claim) {
        standing = Standing { fund: true, account: false, later: None, hospital: false };
    }
    let (dropped, counters) = (start.and_then(|start| start.dropped), &before);
    let entry =
        Entry { pack, days: &days, facts: &facts, counters, admission: &admission, dropped };
    let (outcomes, claim) = layers(&entry, request, whole, standing, &mut decisive)?;
    if standing.fund {
        sheet.fixed_rows.iter().for_each(|row| decisive.note(row, true));
    }
    let counts = standing.fund || claim.is_some() || standing.hospital || sheet.is_fund_wanted();
    decisive.note(standing_row, counts && total != 0);

    let (parts, each) = sheet.under(standing);
    let posts = standing.fund && total != 0;
    let (posted, after) = post(&entry, ordinal, &outcomes, posts)?;
    note_stay(request, &admission, posts, period_row, &mut decisive);
    let paid = Paid { entry: &entry, request, parts: &parts, standing, layers: &outcomes };
    let Bearing { amounts, balance, reach } = payers::amounts(&paid, &mut decisive)?;
    Ok(Verdict {
        rows_of: days.rows,
        params: written_params(&params),
        year: days.year,
        fund_standing: if standing.fund { FundStanding::Normal } else { FundStanding::None },
        claim,
        admission: written_ordinal(&admission, standing, ordinal)?,
        amounts,
        layers: written_layers(pack, &outcomes)?,
        lines: written_lines(request, &each)?,
        postings: written_postings(&posted),
        reach,
        balance,
        seq: start.map_or(request.state.as_ref().map_or(0, |it| it.seq), |it| it.seq) + 1,
        counters: nonzero(after),
        decisive: decisive.0,
    })
}

/// The bill in its period, the ordinal that it has there, and the row of the period.
fn in_period<'a, 'p>(
    pack: &'p Pack,
    days: &Days,
    facts: &Facts<'_>,
    (admission, ordinal): (Admission<'a>, i64),
    before: &Counters,
) -> Result<(Admission<'a>, i64, Option<&'p str>), Refusal> {
    if pack.period.is_empty() || matches!(admission, Admission::Other) {
        return Ok((admission, ordinal, None));
    }
    let row = select::row(&pack.period, days.rows, facts)?;
    let length = row.and_then(|row| row.says);
    let admission = stay::in_period(admission, days, length, before)?;
    let next = before.get(counters::ADMISSIONS).copied().unwrap_or(0) + 1;
    let ordinal = if admission.is_new() { next } else { ordinal };
    Ok((admission, ordinal, row.map(|row| row.name.as_str())))
}

/// What the bill posts, and the counters after it.
fn post(
    entry: &Entry<'_>,
    ordinal: i64,
    outcomes: &[Outcome],
    posts: bool,
) -> Result<(Vec<(String, i64)>, Counters), Refusal> {
    let posted = match posts {
        true => postings::of_bill(entry, ordinal, outcomes)?,
        false => Vec::new(),
    };
    let after = counters::after(entry.counters, &posted)?;
    let interim = entry.admission.interim();
    if posts && interim.is_some_and(|it| it.opens || it.stay.joins.is_some()) {
        stay::check_open(&after)?;
    }
    Ok((posted, after))
}

/// Notes the rules of stays that decided something.
fn note_stay(
    request: &Request,
    admission: &Admission<'_>,
    posts: bool,
    period_row: Option<&str>,
    decisive: &mut Decisive,
) {
    let joins = request.encounter.stay.as_ref().and_then(|stay| stay.joins);
    decisive.note(READMISSION, posts && joins == Some(Joins::Readmission));
    let Some(row) = period_row.filter(|_| posts) else { return };
    let days = request.encounter.discharged.is_some_and(|last| last != request.encounter.admitted);
    decisive.note(row, days || admission.interim().is_some_and(|it| it.anew));
}

/// What the layers do, and what may be claimed where the fund does not pay: the fund's part of the
/// same bill if it did.
fn layers(
    entry: &Entry<'_>,
    request: &Request,
    parts: &Parts,
    standing: Standing,
    decisive: &mut Decisive,
) -> Result<(Vec<Outcome>, Option<Claim>), Refusal> {
    let facts = &request.facts;
    if standing.fund {
        return Ok((layers::pay(entry, facts, parts.in_scope, decisive)?, None));
    }
    // What would be paid is worked out in any case: what is missing is refused in any case. A row
    // decides something if that can be claimed.
    let mut unclaimed = Decisive::default();
    let decisive = if standing.later.is_some() { decisive } else { &mut unclaimed };
    let hypothetical = layers::pay(entry, facts, parts.in_scope, decisive)?;
    let paid: Decimal = hypothetical.iter().map(|layer| layer.paid).sum();
    let fund = to_yuan(paid + parts.fixed)?;
    let claim = standing.later.map(|later| Claim { later, fund });
    Ok((vec![Outcome::default(); hypothetical.len()], claim))
}

/// Whether the fund pays and the account may be used; yes and yes without rows.
fn standing<'p>(
    pack: &'p Pack,
    days: &Days,
    facts: &Facts<'_>,
) -> Result<(Standing, &'p str), Refusal> {
    if pack.standing.is_empty() {
        let open = Standing { fund: true, account: true, later: None, hospital: false };
        return Ok((open, "standing"));
    }
    let row = select::the_row(&pack.standing, days.rows, facts, "standing")?;
    Ok((row.says, &row.name))
}

fn written_params(facts: &Facts<'_>) -> BTreeMap<String, String> {
    let bare = |key: &str| key.trim_start_matches("param.").to_owned();
    facts.values.iter().map(|(key, value)| (bare(key), (*value).to_owned())).collect()
}

fn written_ordinal(
    admission: &Admission<'_>,
    standing: Standing,
    ordinal: i64,
) -> Result<Option<u32>, Refusal> {
    if !standing.fund || matches!(admission, Admission::Other) {
        return Ok(None);
    }
    let fault = |_| Refusal::OutOfRange(counters::ADMISSIONS.to_owned());
    u32::try_from(ordinal).map(Some).map_err(fault)
}

fn written_layers(pack: &Pack, outcomes: &[Outcome]) -> Result<Vec<LayerResult>, Refusal> {
    let write = |(layer, it): (&crate::pack::Layer, &Outcome)| {
        debug_assert_eq!(it.entered, it.deductible + it.paid + it.own + it.over);
        Ok(LayerResult {
            id: layer.id.clone(),
            fund_code: layer.fund.clone(),
            entered: to_yuan(it.entered)?,
            deductible: to_yuan(it.deductible)?,
            paid: to_yuan(it.paid)?,
            self_share: to_yuan(it.own)?,
            over: to_yuan(it.over)?,
            capped: it.capped,
        })
    };
    pack.layers.iter().zip(outcomes).map(write).collect()
}

fn written_lines(request: &Request, each: &[Parts]) -> Result<Vec<LineResult>, Refusal> {
    let Bill::Lines(lines) = &request.bill else { return Ok(Vec::new()) };
    let yuan = |amount: Decimal| to_yuan(amount);
    let write = |(line, parts): (&tongchou_wire::request::Line, &Parts)| {
        Ok(LineResult {
            id: line.id.clone(),
            full_self: yuan(parts.full_self)?,
            over_limit: yuan(parts.over_limit)?,
            prepay: yuan(parts.prepay)?,
            in_scope: yuan(parts.in_scope)?,
            fixed: yuan(parts.fixed)?,
            fixed_self: yuan(parts.fixed_self)?,
        })
    };
    lines.iter().zip(each).map(write).collect()
}

fn written_postings(postings: &[(String, i64)]) -> Vec<Posting> {
    let write = |(name, delta): &(String, i64)| Posting {
        counter: name.clone(),
        delta: counters::count(name, *delta),
    };
    postings.iter().map(write).collect()
}

fn nonzero(mut counters: Counters) -> BTreeMap<String, i64> {
    counters.retain(|_, held| *held != 0);
    counters
}
