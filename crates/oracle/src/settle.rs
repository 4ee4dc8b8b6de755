//! Settling one bill: the sections of the definition, in their order.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;

use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::request::{Bill, Request};
use tongchou_wire::response::{Amounts, FundStanding, LayerResult, LineResult, Posting};

use crate::counters::{self, Counters};
use crate::day::Days;
use crate::layers::{self, Entry, Outcome};
use crate::lines::{self, Parts};
use crate::money::{from_fen, in_range, to_fen, to_yuan};
use crate::pack::{Pack, Standing};
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
    let days = Days::of(pack, request)?;
    let params = dims::params(pack, request)?;
    let before = counters::before(pack, request, &params, days.year)?;
    let is_stay = dims::is_stay(pack, request)?;
    let (admission, ordinal) = stay::find(request, is_stay, &before)?;
    let facts = params.and(dims::of_bill(pack, request, &days, ordinal)?);
    let mut decisive = Decisive::default();

    let (standing, standing_row) = standing(pack, &days, &facts)?;
    let (parts, each) =
        lines::classify(pack, request, &days, &facts, standing.fund, &mut decisive)?;
    in_range("total", to_fen(parts.total())?)?;
    if request.stated_total.is_some_and(|stated| from_fen(stated.0) != parts.total()) {
        return Err(Refusal::StatedTotal);
    }
    let has_fixed = each.iter().any(|line| !line.fixed_self.is_zero());
    let blocked = !parts.in_scope.is_zero() || has_fixed;
    let counts = if standing.fund { !parts.total().is_zero() } else { blocked };
    decisive.note(standing_row, counts);

    let entry =
        Entry { pack, days: &days, facts: &facts, counters: &before, admission: &admission };
    let outcomes = match standing.fund {
        true => layers::pay(&entry, parts.in_scope, &mut decisive)?,
        false => layers::pay_nothing(&entry)?,
    };
    let posts = standing.fund && !parts.total().is_zero();
    let posted = match posts {
        true => postings::of_bill(&entry, ordinal, &outcomes)?,
        false => Vec::new(),
    };
    let after = counters::after(&before, &posted)?;
    if posts && matches!(admission, Admission::Opens(_)) {
        stay::check_open(&after)?;
    }
    let (amounts, balance) = payers::amounts(pack, request, &parts, standing, &outcomes)?;
    Ok(Verdict {
        rows_of: days.rows,
        params: written_params(&params),
        year: days.year,
        fund_standing: if standing.fund { FundStanding::Normal } else { FundStanding::None },
        admission: written_ordinal(&admission, standing, ordinal)?,
        amounts,
        layers: written_layers(pack, &outcomes)?,
        lines: written_lines(request, &each)?,
        postings: written_postings(&posted),
        balance,
        seq: request.state.as_ref().map_or(0, |state| state.seq) + 1,
        counters: nonzero(after),
        decisive: decisive.0,
    })
}

/// Whether the fund pays and the account may be used; yes and yes without rows.
fn standing<'p>(
    pack: &'p Pack,
    days: &Days,
    facts: &Facts<'_>,
) -> Result<(Standing, &'p str), Refusal> {
    if pack.standing.is_empty() {
        return Ok((Standing { fund: true, account: true }, "standing"));
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
