//! Fee lines: a line for the row aimed at, some others, and plain ones that fill up to an amount
//! in scope.

use rust_decimal::Decimal;

use tongchou_wire::amount::{Date, FEN_MAX, Measure, Yuan};
use tongchou_wire::request::{Bill, Line, LineFacts, Request, Totals};

use crate::dims::is_of_line;
use crate::money::{round, to_fen};
use crate::pack::{DimSource, Pack, Upto};
use crate::select;
use crate::settle::settle;

use super::cuts;
use super::days;
use super::dice::Dice;
use super::facts::{self, Chosen};
use super::target::{Table, Target};

/// One yuan in the sixth decimals of a price.
const YUAN: i64 = 1_000_000;
/// One fen in the sixth decimals of a price.
const FEN: i64 = 10_000;
/// Highest quantity and highest price in yuan that the contract takes.
const MOST: i64 = 10_000_000_000;
/// Highest price, in millionths of a yuan.
const PRICE_MAX: i64 = MOST * YUAN;
/// How far above the last cut of the total a bill goes.
const MUCH: i64 = 10_000_000;
/// Lines of a long bill.
const MANY: i64 = 5_000;

/// What the lines of a bill are made of.
pub struct Desk<'a> {
    /// The pack.
    pub pack: &'a Pack,
    /// The row aimed at.
    pub target: &'a Target,
    /// The values of the bill.
    pub chosen: &'a Chosen,
    /// The day of the rows.
    pub day: Date,
    /// Chance.
    pub dice: &'a mut Dice,
}

/// Totals with this amount in scope.
pub fn totals(dice: &mut Dice, in_scope: i64) -> Bill {
    let mut other = || match dice.weighted([60, 10, 30]) {
        0 => None,
        1 => Some(Yuan(0)),
        _ => Some(Yuan(dice.any_size(10_000_000))),
    };
    let (full_self, over_limit, prepay) = (other(), other(), other());
    Bill::Totals(Totals { in_scope: Yuan(in_scope), full_self, over_limit, prepay })
}

impl Desk<'_> {
    /// Lines of which this amount is in scope, if that can be.
    pub fn lines(&mut self, request: &Request, in_scope: i64) -> Bill {
        let mut lines = Vec::new();
        if self.target.table.is_of_lines() {
            lines.push(self.aimed());
        }
        let others = match self.dice.weighted([40, 50, 9, 1]) {
            0 => 0,
            1 => self.dice.between(1, 3),
            2 => self.dice.between(4, 9),
            _ => self.dice.between(10, 40),
        };
        for _ in 0..others {
            let line = self.any();
            lines.push(line);
        }
        self.finish(&mut lines, request);
        let so_far = settled_in_scope(self.pack, request, &lines);
        let mut left = in_scope - so_far;
        while 0 < left {
            let part = match self.dice.percent(60) {
                true => left,
                false => self.dice.any_size(left).max(1),
            };
            let line = self.plain(part);
            lines.push(line);
            left -= part;
        }
        self.finish(&mut lines, request);
        Bill::Lines(lines)
    }

    /// Brings the total into the range that the chosen values ask for, by fees that nobody but the
    /// person pays.
    pub fn reach_total(&mut self, request: &mut Request) {
        let Some(range) = cuts::range(self.pack, self.chosen, "total") else { return };
        let total = stated_total(&request.bill);
        if range.low <= total && self.dice.percent(60) {
            return;
        }
        let wanted = range.draw(self.dice, MUCH).max(total);
        let more = (wanted - total).min(FEN_MAX);
        match &mut request.bill {
            Bill::Totals(it) if range.high.is_some_and(|high| high < total) => {
                (it.full_self, it.over_limit, it.prepay) = (None, None, None);
            }
            Bill::Totals(it) => {
                let own = it.full_self.map_or(0, |own| own.0);
                it.full_self = Some(Yuan(own + more));
            }
            Bill::Lines(lines) if 0 < more => {
                let mut line = self.plain(more);
                line.prepay = Some(1_000_000);
                line.id = "more".to_owned();
                lines.push(line);
            }
            Bill::Lines(_) => {}
        }
    }

    /// Five thousand lines.
    pub fn many(&mut self, request: &Request) -> Bill {
        let mut lines: Vec<Line> = Vec::new();
        for _ in 0..MANY {
            let line = self.any();
            lines.push(line);
        }
        self.finish(&mut lines, request);
        Bill::Lines(lines)
    }

    /// Numbers the lines and dates some of them.
    fn finish(&mut self, lines: &mut [Line], request: &Request) {
        let admitted = request.encounter.admitted;
        let discharged = request.encounter.discharged.unwrap_or(admitted);
        for (index, line) in lines.iter_mut().enumerate() {
            if line.id.is_empty() && self.dice.percent(25) {
                let within = days::between(self.dice, admitted, discharged);
                let day = match self.dice.weighted([20, 20, 60]) {
                    0 => admitted,
                    1 => discharged,
                    _ => within,
                };
                // Rarely a day outside the pack's life, which is refused unless there is an `@`.
                let pinned = request.pack.contains('@');
                let in_life = pinned || self.pack.from <= day && day <= self.pack.to;
                line.date = Some(day).filter(|_| in_life || self.dice.percent(2));
            }
            line.id = format!("{}", index + 1);
        }
    }

    /// A line that the row aimed at selects, next to what the row says.
    fn aimed(&mut self) -> Line {
        let at = self.target.table;
        let mut line = match at {
            Table::Limit => self.at_limit(),
            Table::Fixed => {
                let row = self.pack.fixed.iter().find(|row| row.name == self.target.row);
                let amount = row.and_then(|row| to_fen(row.says?).ok()).unwrap_or(5_000);
                let any = self.dice.any_size(3 * amount);
                let fee = self.dice.pick([amount - 1, amount, amount + 1, any, any]);
                self.priced(fee.max(0))
            }
            _ => {
                let small = self.dice.between(1, 300);
                let large = self.dice.any_size(50_000_000);
                let fee = self.dice.pick([small, large, large]);
                self.priced(fee)
            }
        };
        if at != Table::Limit && self.dice.percent(15) {
            self.limit(&mut line);
        }
        if self.dice.percent(10) {
            line.prepay = Some(self.share());
        }
        line.facts = self.written(&self.chosen.clone());
        line
    }

    /// A line at a limit of its own or of the row, in one of several units.
    fn at_limit(&mut self) -> Line {
        let row = self.pack.limit.iter().find(|row| row.name == self.target.row);
        let limit = match row.map(|row| row.says.upto) {
            Some(Upto::Money(limit)) => to_fen(limit).unwrap_or(0) * FEN,
            _ => self.dice.any_size(3_000 * YUAN),
        };
        let any = self.dice.between(-5_000, 5_000);
        let more = self.dice.any_size(limit);
        let off = self.dice.pick([0, 1, -1, FEN, -FEN, FEN / 2, any, more, more]);
        let quantity = self.quantity();
        let mut line = self.line((limit + off).max(0), quantity);
        line.limit = Some(measure(limit, 6)).filter(|_| self.dice.percent(95));
        line
    }

    /// A line of any kind.
    fn any(&mut self) -> Line {
        let fee = self.dice.any_size(2_000_000);
        let mut line = self.priced(fee);
        if self.dice.percent(40) {
            self.limit(&mut line);
        }
        if self.dice.percent(15) {
            line.prepay = Some(self.share());
        }
        let chosen = facts::choose_line(self.dice, self.pack, self.chosen);
        line.facts = self.written(&chosen);
        line
    }

    /// A line of a fee that lies in scope as a whole, if some values make it so.
    fn plain(&mut self, fee: i64) -> Line {
        let mut line = self.priced(fee);
        for _ in 0..16 {
            let chosen = facts::choose_line(self.dice, self.pack, self.chosen);
            let own = self.dice.percent(10);
            let is_plain = is_plain(self.pack, &chosen, self.day, own);
            line.facts = self.written(&chosen);
            line.prepay = own.then_some(0);
            if is_plain {
                break;
            }
        }
        line
    }

    /// A line with this fee, in fen, in one of several ways.
    fn priced(&mut self, fee: i64) -> Line {
        match self.dice.weighted([40, 20, 37, 3]) {
            0 => self.line(fee * FEN, FEN),
            // From half a fen below, which rounds up, to just under half a fen above.
            1 => {
                let any = self.dice.between(-5_000, 4_999);
                let off = self.dice.pick([-5_000, 4_999, any]);
                self.line((fee * FEN + off).max(0), FEN)
            }
            2 => {
                let quantity = self.quantity().max(1);
                self.divided(fee, quantity)
            }
            // Next to nothing of something dear, or very many of next to nothing.
            _ => {
                let any = self.dice.any_size(MOST * FEN);
                let quantity = self.dice.pick([1, 1, any, MOST * FEN]).max(1);
                self.divided(fee, quantity)
            }
        }
    }

    /// A line of about this fee, in fen, and a quantity.
    fn divided(&mut self, fee: i64, quantity: i64) -> Line {
        let price = i128::from(fee) * i128::from(FEN * FEN) / i128::from(quantity);
        let price = i64::try_from(price).unwrap_or(0).min(PRICE_MAX);
        self.line(price, quantity)
    }

    /// A quantity in ten-thousandths.
    fn quantity(&mut self) -> i64 {
        match self.dice.weighted([40, 30, 20, 10]) {
            0 => self.dice.between(1, 3) * FEN,
            1 => self.dice.between(1, 60) * FEN,
            2 => self.dice.between(1, 200_000),
            _ => self.dice.pick([5_000, 3_333, 15_000, 1, 12_500]),
        }
    }

    /// A line of a price in millionths of a yuan and a quantity in ten-thousandths.
    fn line(&mut self, price: i64, quantity: i64) -> Line {
        let (price, quantity) = (measure(price, 6), measure(quantity, 4));
        let fee = round(price.0 * quantity.0, "half_up").and_then(to_fen);
        Line {
            id: String::new(),
            facts: LineFacts::default(),
            price,
            quantity,
            amount: Yuan(fee.unwrap_or(0)),
            limit: None,
            prepay: None,
            date: None,
        }
    }

    /// A limit next to the line's price.
    fn limit(&mut self, line: &mut Line) {
        let price = i64::try_from(line.price.0.mantissa()).unwrap_or(0);
        let price = price * 10_i64.pow(6_u32.saturating_sub(line.price.0.scale()));
        let any = self.dice.any_size(price);
        let off = self.dice.pick([0, 1, -1, FEN, -FEN, -any, -any, any, -price]);
        line.limit = Some(measure((price + off).max(0), 6));
    }

    /// A share of the line's own, in ppm.
    fn share(&mut self) -> u32 {
        let any = self.dice.between(0, YUAN);
        let share = self.dice.pick([0, YUAN, 50_000, 100_000, 123_456, YUAN - 1, any, any]);
        u32::try_from(share).unwrap_or(0)
    }

    /// The values of a line as the request says them.
    fn written(&mut self, chosen: &Chosen) -> LineFacts {
        let mut written = LineFacts::default();
        for dim in self.pack.dims.iter().filter(|dim| is_of_line(dim)) {
            let DimSource::Given { default, .. } = &dim.source else { continue };
            let Some(value) = chosen.get(&dim.name) else { continue };
            if facts::said(self.dice, value, default.as_deref())
                && let Some(slot) = written.slot(&dim.name)
            {
                *slot = Some(value.clone());
            }
        }
        written
    }
}

/// Whether all of a line without a limit of its own would be in scope.
fn is_plain(pack: &Pack, chosen: &Chosen, day: Date, own: bool) -> bool {
    let facts = facts::facts(chosen);
    let prepay = select::row(&pack.prepay, day, &facts).ok().flatten();
    let limit = select::row(&pack.limit, day, &facts).ok().flatten();
    let fixed = select::row(&pack.fixed, day, &facts).ok().flatten();
    let nothing_first =
        prepay.is_some_and(|row| row.says.share.is_zero() || own && !row.says.strict);
    let no_limit = limit.is_some_and(|row| !matches!(row.says.upto, Upto::Money(_)));
    nothing_first && no_limit && fixed.is_none_or(|row| row.says.is_none())
}

/// The sum of a bill, in fen.
pub fn stated_total(bill: &Bill) -> i64 {
    match bill {
        Bill::Lines(lines) => lines.iter().map(|line| line.amount.0).sum(),
        Bill::Totals(it) => {
            let others = [it.full_self, it.over_limit, it.prepay];
            it.in_scope.0 + others.iter().flatten().map(|part| part.0).sum::<i64>()
        }
    }
}

/// How much of some lines is in scope, in fen.
fn settled_in_scope(pack: &Pack, request: &Request, lines: &[Line]) -> i64 {
    if lines.is_empty() {
        return 0;
    }
    let probe = Request { bill: Bill::Lines(lines.to_vec()), ..request.clone() };
    settle(pack, &probe).map_or(0, |verdict| verdict.amounts.in_scope.0)
}

fn measure(value: i64, scale: u32) -> Measure {
    Measure(Decimal::new(value, scale).normalize())
}
