//! From fee lines to numbers: fees, limits and codes.

use rust_decimal::{Decimal, RoundingStrategy};
use tongchou_core::keys::{Keys, LineCode};
use tongchou_core::line::{LineParts, LineRule};
use tongchou_core::money::{FEN_MAX, Ppm};
use tongchou_core::pack::LimitPer;
use tongchou_core::settle::{self, Lines, Sums};
use tongchou_core::trace::Tracer;

use crate::amount::{Measure, Yuan};
use crate::error::{Code, Refusal};
use crate::request::{Bill, LINES_MAX, Line, Request, Totals};

use super::Open;
use super::binder::BoundLine;
use super::dims::{self, Facts, Moment};

/// Bound fee lines: fee, amount within the limit, code.
pub(super) struct Fees(Vec<BoundLine>);

impl Lines for &Fees {
    #[inline]
    fn each(self, mut each: impl FnMut(i64, i64, LineCode)) {
        for BoundLine { fee, allow, code } in &self.0 {
            each(*fee, *allow, *code);
        }
    }
}

impl Fees {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn into_lines(self) -> Vec<BoundLine> {
        self.0
    }

    /// Adds the bill up, within the bounds and to the stated total.
    pub(super) fn sum(
        &self,
        keys: &Keys,
        request: &Request,
        tracer: &mut impl Tracer,
        parts: &mut Vec<LineParts>,
    ) -> Result<Sums, Refusal> {
        let sums = match &request.bill {
            Bill::Lines(_) => keys.sum_lines(self, tracer, |line| parts.push(line)),
            Bill::Totals(totals) => settle::given(given(totals)?, tracer),
        };
        let total = Yuan(sums.total);
        if sums.total > FEN_MAX {
            let path = match &request.bill {
                Bill::Lines(_) => "$.lines",
                Bill::Totals(_) => "$.totals",
            };
            let bound = Yuan(FEN_MAX).to_string();
            return Err(Refusal::new(Code::TotalBound, path, total.to_string(), bound));
        }
        match request.stated_total {
            Some(stated) if stated != total => {
                let (path, value) = ("$.stated_total", stated.to_string());
                Err(Refusal::new(Code::TotalDiffers, path, value, total.to_string()))
            }
            _ => Ok(sums),
        }
    }
}

fn given(totals: &Totals) -> Result<Sums, Refusal> {
    let bounded = |name: &str, amount: Option<Yuan>| {
        let amount = amount.unwrap_or_default();
        in_bounds(amount, || format!("$.totals.{name}"))
    };
    let sums = Sums {
        total: 0,
        full_self: bounded("full_self", totals.full_self)?,
        over_limit: bounded("over_limit", totals.over_limit)?,
        prepay: bounded("prepay", totals.prepay)?,
        in_scope: bounded("in_scope", Some(totals.in_scope))?,
        fixed: 0,
        fixed_self: 0,
    };
    let total = sums.full_self + sums.over_limit + sums.prepay + sums.in_scope;
    Ok(Sums { total, ..sums })
}

pub(super) fn in_bounds(Yuan(fen): Yuan, path: impl Fn() -> String) -> Result<i64, Refusal> {
    let shown = || Yuan(fen).to_string();
    if fen < 0 {
        return Err(Refusal::new(Code::AmountNegative, path(), shown(), ""));
    }
    if fen > FEN_MAX {
        return Err(Refusal::new(Code::AmountBound, path(), shown(), Yuan(FEN_MAX).to_string()));
    }
    Ok(fen)
}

/// Binds every line of the bill.
pub(super) fn bind(
    open: &mut Open<'_>,
    request: &Request,
    facts: &Facts,
    moment: Moment,
) -> Result<Fees, Refusal> {
    let Bill::Lines(lines) = &request.bill else { return Ok(Fees(Vec::new())) };
    if lines.len() > LINES_MAX {
        let (count, most) = (lines.len().to_string(), LINES_MAX.to_string());
        return Err(Refusal::new(Code::LinesTooMany, "$.lines", count, most));
    }
    unique(lines)?;
    Ok(Fees(bind_lines(open, lines, facts, moment)?))
}

/// Binds lines, wherever they come from.
pub(super) fn bind_lines(
    open: &mut Open<'_>,
    lines: &[Line],
    facts: &Facts,
    moment: Moment,
) -> Result<Vec<BoundLine>, Refusal> {
    let mut facts = facts.clone();
    let mut fees = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let path = || format!("$.lines[{index}]");
        facts.set_line(open.pack, &line.facts, &path)?;
        let fee = fee(line, &path)?;
        let rows = line_day(open, line, moment, &path)?;
        let plan = open.plan(rows)?;
        let pack = open.pack;
        let keys = &mut open.variant.keys;
        let Some(plan) = open.variant.plans.get(plan) else { continue };
        let code = keys.bind_line(pack, plan, facts.point(), line.prepay.map(Ppm));
        let code = code.map_err(|error| dims::unbound(pack, &error, &path()))?;
        let allow = keys.rule(code).map_or(i64::MAX, |rule| allowance(line, fee, rule));
        fees.push(BoundLine { fee, allow, code });
    }
    Ok(fees)
}

fn unique(lines: &[Line]) -> Result<(), Refusal> {
    let mut ids: Vec<(&str, usize)> =
        lines.iter().enumerate().map(|(i, l)| (l.id.as_str(), i)).collect();
    ids.sort_unstable();
    let twice = ids.windows(2).find_map(|pair| match pair {
        [(a, _), (b, second)] if a == b => Some((*second, *b)),
        _ => None,
    });
    twice.map_or(Ok(()), |(index, id)| {
        Err(Refusal::new(Code::LineTwice, format!("$.lines[{index}].id"), id, ""))
    })
}

fn line_day(
    open: &Open<'_>,
    line: &Line,
    moment: Moment,
    path: &dyn Fn() -> String,
) -> Result<tongchou_core::calendar::Day, Refusal> {
    let Some(date) = line.date else { return Ok(moment.rows) };
    let (first, last) = moment.stay;
    let path = || format!("{}.date", path());
    if date < first || last < date {
        let stay = format!("{first} … {last}");
        return Err(Refusal::new(Code::LineDateOutside, path(), date.to_string(), stay));
    }
    let day = dims::day(date);
    match moment.chosen {
        true => Ok(moment.rows),
        false if day < open.pack.from || open.pack.to < day => {
            Err(dims::outside(open.pack, &path(), day))
        }
        false => Ok(day),
    }
}

/// The stated fee, which must be price × quantity.
fn fee(line: &Line, path: &dyn Fn() -> String) -> Result<i64, Refusal> {
    let amount = in_bounds(line.amount, || format!("{}.amount", path()))?;
    let product = product(line.price, line.quantity);
    if product == Some(amount) {
        return Ok(amount);
    }
    let expected = product.map_or(String::new(), |fen| Yuan(fen).to_string());
    let path = format!("{}.amount", path());
    Err(Refusal::new(Code::AmountProduct, path, line.amount.to_string(), expected))
}

/// Price × quantity in fen, rounded half up.
fn product(Measure(price): Measure, Measure(quantity): Measure) -> Option<i64> {
    let yuan = price.checked_mul(quantity)?;
    let yuan = yuan.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    // Rounded to two decimals, a hundred times the value is whole.
    let fen = yuan.checked_mul(Decimal::ONE_HUNDRED)?.normalize();
    (fen.scale() == 0).then(|| i64::try_from(fen.mantissa()).ok()).flatten()
}

/// How much of a fee is within the limit that applies to the line.
fn allowance(line: &Line, fee: i64, rule: &LineRule) -> i64 {
    let Some((per, amount)) = rule.limit(line.limit.is_some()) else { return i64::MAX };
    let stated = amount.map(|fen| Measure(Decimal::new(fen.0, 2)));
    let Some(limit) = stated.or(line.limit) else { return i64::MAX };
    let one = Measure(Decimal::ONE);
    match per {
        LimitPer::Unit => {
            let excess = Measure((line.price.0 - limit.0).max(Decimal::ZERO));
            fee - product(excess, line.quantity).unwrap_or(0).min(fee)
        }
        LimitPer::Line => product(limit, one).unwrap_or(i64::MAX),
        LimitPer::Session | LimitPer::Day => product(limit, line.quantity).unwrap_or(i64::MAX),
    }
}

pub(super) fn refused(request: &Request, refusal: settle::Refusal) -> Refusal {
    match refusal {
        settle::Refusal::HospitalShare(most) => {
            let given = request.hospital_share.unwrap_or_default().to_string();
            Refusal::new(Code::HospitalShare, "$.hospital_share", given, Yuan(most).to_string())
        }
    }
}
