//! Fee lines: each fee falls into full self-pay, over the limit, prepay, in scope, or leaves as a
//! fixed line.

use rust_decimal::Decimal;

use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::request::{Bill, Line, Request, Totals};

use crate::day::Days;
use crate::dims;
use crate::money::{from_fen, in_range, round};
use crate::pack::{Limit, Pack, Prepay, Row, Standing, Upto};
use crate::refusal::Refusal;
use crate::select::{self, Decisive, Facts};

/// The parts of a line or of a bill, in yuan.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    /// 全自费.
    pub full_self: Decimal,
    /// 超限价.
    pub over_limit: Decimal,
    /// 先行自付.
    pub prepay: Decimal,
    /// 政策范围内.
    pub in_scope: Decimal,
    /// 定额支付.
    pub fixed: Decimal,
    /// The person's part of fixed lines.
    pub fixed_self: Decimal,
}

impl Parts {
    /// All parts together.
    pub fn total(&self) -> Decimal {
        self.full_self
            + self.over_limit
            + self.prepay
            + self.in_scope
            + self.fixed
            + self.fixed_self
    }

    fn add(&mut self, other: &Self) {
        self.full_self += other.full_self;
        self.over_limit += other.over_limit;
        self.prepay += other.prepay;
        self.in_scope += other.in_scope;
        self.fixed += other.fixed;
        self.fixed_self += other.fixed_self;
    }
}

/// A classified bill, as if the fund paid.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// The parts of the bill.
    pub parts: Parts,
    /// The parts of each line.
    pub each: Vec<Parts>,
    /// The rows of fixed lines that decided something if the fund pays.
    pub fixed_rows: Vec<String>,
}

impl Sheet {
    /// Whether the bill has anything that the fund may pay.
    pub fn is_fund_wanted(&self) -> bool {
        !self.parts.in_scope.is_zero() || !(self.parts.fixed + self.parts.fixed_self).is_zero()
    }

    /// The parts under a standing: where the fund does not pay, fixed lines are the person's.
    pub fn under(mut self, standing: Standing) -> (Parts, Vec<Parts>) {
        if !standing.fund {
            for parts in self.each.iter_mut().chain([&mut self.parts]) {
                parts.fixed_self += parts.fixed;
                parts.fixed = Decimal::ZERO;
            }
        }
        (self.parts, self.each)
    }
}

/// The parts of the bill, and of each line, as if the fund paid.
pub fn classify(
    pack: &Pack,
    request: &Request,
    days: &Days,
    facts: &Facts<'_>,
    decisive: &mut Decisive,
) -> Result<Sheet, Refusal> {
    let lines = match &request.bill {
        Bill::Totals(totals) => {
            return Ok(Sheet { parts: of_totals(totals)?, ..Sheet::default() });
        }
        Bill::Lines(lines) => lines,
    };
    let mut ids: Vec<&str> = lines.iter().map(|line| line.id.as_str()).collect();
    ids.sort_unstable();
    if let Some([id, _]) = ids.array_windows().find(|[id, next]| id == next) {
        return Err(Refusal::DoubledLine((*id).to_owned()));
    }
    let mut sheet = Sheet::default();
    for line in lines {
        let day = days.of_line(pack, line)?;
        let facts = facts.and(dims::of_line(pack, line)?);
        let rows = Rows::of(pack, line, day, &facts)?;
        let mut task =
            Task { pack, line, rows, facts: &facts, decisive, fixed: &mut sheet.fixed_rows };
        let parts = task.classify()?;
        sheet.parts.add(&parts);
        sheet.each.push(parts);
    }
    Ok(sheet)
}

fn of_totals(totals: &Totals) -> Result<Parts, Refusal> {
    let part = |name, given: Option<_>| -> Result<Decimal, Refusal> {
        let fen = given.map_or(0, |Yuan(fen)| fen);
        Ok(from_fen(in_range(name, fen)?))
    };
    Ok(Parts {
        full_self: part("full_self", totals.full_self)?,
        over_limit: part("over_limit", totals.over_limit)?,
        prepay: part("prepay", totals.prepay)?,
        in_scope: part("in_scope", Some(totals.in_scope))?,
        ..Parts::default()
    })
}

/// The rows that a line selects.
struct Rows<'a> {
    prepay: &'a Row<Prepay>,
    limit: Option<&'a Row<Limit>>,
    fixed: Option<&'a Row<Option<Decimal>>>,
}

impl<'a> Rows<'a> {
    fn of(pack: &'a Pack, line: &Line, day: Date, facts: &Facts<'_>) -> Result<Self, Refusal> {
        // Beside a share of the line's own, all rows that are not strict say the same.
        let own = |row: &Prepay| line.prepay.is_some() && !row.strict;
        let same = |one: &Prepay, other: &Prepay| one == other || own(one) && own(other);
        let prepay = select::row_as(&pack.prepay, day, facts, &same)?;
        Ok(Self {
            prepay: prepay.ok_or_else(|| select::gap("prepay"))?,
            limit: select::row(&pack.limit, day, facts)?,
            fixed: select::row(&pack.fixed, day, facts)?,
        })
    }
}

/// One line with all that decides about it.
struct Task<'a, 'd> {
    pack: &'a Pack,
    line: &'a Line,
    rows: Rows<'a>,
    facts: &'a Facts<'a>,
    decisive: &'d mut Decisive,
    fixed: &'d mut Vec<String>,
}

impl Task<'_, '_> {
    fn classify(&mut self) -> Result<Parts, Refusal> {
        let fee = self.fee()?;
        if let Some(parts) = self.fixed(fee) {
            return Ok(parts);
        }
        let row = self.rows.prepay;
        let own = self.line.prepay.filter(|_| !row.says.strict);
        let share = own.map_or(row.says.share, |ppm| Decimal::new(i64::from(ppm), 6));
        let of_row = own.is_none();
        if share == Decimal::ONE {
            self.decisive.note(&row.name, of_row && !fee.is_zero());
            return Ok(Parts { full_self: fee, ..Parts::default() });
        }
        let over = self.over(fee)?;
        let base = match self.facts.setting(&self.pack.prepay_basis)? {
            "fee" => fee,
            _ => fee - over,
        };
        let prepay = self.round(base * share)?.min(fee - over);
        let in_scope = fee - over - prepay;
        let counts = if share.is_zero() { !in_scope.is_zero() } else { !prepay.is_zero() };
        self.decisive.note(&row.name, of_row && counts);
        Ok(Parts { over_limit: over, prepay, in_scope, ..Parts::default() })
    }

    /// The fee, which must be the stated amount.
    fn fee(&self) -> Result<Decimal, Refusal> {
        let line = self.line;
        let stated = from_fen(in_range(&line.id, line.amount.0)?);
        let exact = line.price.0.checked_mul(line.quantity.0);
        match exact.map(|exact| round(exact, "half_up")).transpose()? {
            Some(fee) if fee == stated => Ok(fee),
            _ => Err(Refusal::LineAmount(line.id.clone())),
        }
    }

    fn fixed(&mut self, fee: Decimal) -> Option<Parts> {
        let row = self.rows.fixed?;
        let Some(amount) = row.says else {
            self.decisive.note(&row.name, !fee.is_zero());
            return None;
        };
        let fixed = fee.min(amount);
        if !fixed.is_zero() && !self.fixed.contains(&row.name) {
            self.fixed.push(row.name.clone());
        }
        Some(Parts { fixed, fixed_self: fee - fixed, ..Parts::default() })
    }

    fn over(&mut self, fee: Decimal) -> Result<Decimal, Refusal> {
        let Some(row) = self.rows.limit else { return Ok(Decimal::ZERO) };
        let limit = match row.says.upto {
            Upto::Nothing => None,
            Upto::Money(limit) => Some(limit),
            Upto::Line => self.line.limit.map(|limit| limit.0),
        };
        let over = match limit {
            None => Decimal::ZERO,
            Some(limit) => self.over_limit(row, fee, limit)?,
        };
        let counts = if matches!(row.says.upto, Upto::Nothing) { fee } else { over };
        self.decisive.note(&row.name, !counts.is_zero());
        Ok(over)
    }

    fn over_limit(
        &self,
        row: &Row<Limit>,
        fee: Decimal,
        limit: Decimal,
    ) -> Result<Decimal, Refusal> {
        let Line { price, quantity, .. } = self.line;
        match self.facts.setting(&row.says.per)? {
            "unit" => {
                let excess = (price.0 - limit).max(Decimal::ZERO);
                Ok(round(excess * quantity.0, "half_up")?.min(fee))
            }
            // A line's own limit may have more decimals than money has.
            "line" => Ok((fee - round(limit, "half_up")?).max(Decimal::ZERO)),
            // A limit too large to multiply is above every fee.
            "session" | "day" => match limit.checked_mul(quantity.0) {
                Some(limit) => Ok((fee - round(limit, "half_up")?).max(Decimal::ZERO)),
                None => Ok(Decimal::ZERO),
            },
            other => Err(Refusal::Pack(format!("no limit per `{other}`"))),
        }
    }

    fn round(&self, yuan: Decimal) -> Result<Decimal, Refusal> {
        round(yuan, self.facts.setting(&self.pack.rounding)?)
    }
}
