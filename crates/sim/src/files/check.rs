//! What holds for visits whatever file they came from, looked at column by column.
//!
//! A whole column is folded into one word first; only where that word is odd the row is looked
//! for.

use tongchou_core::columns::flag;
use tongchou_core::money::FEN_MAX;
use tongchou_wire::request::LINES_MAX;

use crate::batch::{Batch, QUANTITY_ONE, mark};
use crate::fault::{Code, Fault};

use super::misplaced;

/// First and last day that the contract can write: 1900-01-01 and 2999-12-31.
pub const DAYS: (i32, i32) = (-25_567, 376_199);
/// Millionths of a yuan × ten-thousandths of a quantity in a fen.
const PRODUCT_ONE: i128 = 100_000_000;
/// Highest price in millionths of a yuan, as in the contract.
pub const PRICE_MAX: i64 = 10_000_000_000_000_000;
/// Most lines of one person: bills beyond it are refused.
pub const PERSON_LINES_MAX: usize = 1 << 26;
/// The flags that there are.
pub const FLAGS: u8 = flag::TAKEN_BACK | flag::GOES_ON | flag::JOINS | flag::TRANSFER | mark::ALL;

/// The last visit seen: the next is of the same person and not before it, or of a later person.
#[derive(Clone, Copy, Debug, Default)]
pub struct Order {
    last: Option<(u64, i32)>,
}

impl Order {
    /// Whether the next visit is a new person's; D008 if it is out of order.
    #[inline(always)]
    pub fn next(
        &mut self,
        (person, day): (u64, i32),
        place: impl Fn() -> String,
    ) -> Result<bool, Fault> {
        let new = match self.last {
            Some((last, before)) if last == person => {
                if day < before {
                    let what = format!("person {person} has an earlier day after a later one");
                    return Err(Fault::new(Code::Order, place(), what, ""));
                }
                false
            }
            Some((last, _)) if person < last => {
                let what = format!("person {person} after person {last}");
                return Err(Fault::new(Code::Order, place(), what, ""));
            }
            _ => true,
        };
        self.last = Some((person, day));
        Ok(new)
    }

    /// Whether a person's visits were going on.
    pub fn is_of(&self, person: u64) -> bool {
        self.last.is_some_and(|(last, _)| last == person)
    }
}

/// The unit price that makes a fee, in millionths of a yuan, rounded half up.
pub fn unit_price(fee: i64, quantity: u32) -> i64 {
    let quantity = i128::from(quantity.max(1));
    let price = (i128::from(fee) * PRODUCT_ONE + quantity / 2) / quantity;
    i64::try_from(price).unwrap_or(i64::MAX)
}

/// Whether a fee is price × quantity exactly, or rounded half up; `None` if it is not.
#[inline(always)]
pub fn is_exact(price: i64, quantity: u32, fee: i64) -> Option<bool> {
    let product = i128::from(price) * i128::from(quantity);
    let over = product - i128::from(fee) * PRODUCT_ONE;
    (-PRODUCT_ONE / 2..PRODUCT_ONE / 2).contains(&over).then_some(over == 0)
}

/// Price × quantity in fen, rounded half up.
pub fn product(price: i64, quantity: u32) -> i64 {
    let product = i128::from(price) * i128::from(quantity);
    i64::try_from((product + PRODUCT_ONE / 2) / PRODUCT_ONE).unwrap_or(i64::MAX)
}

/// Looks at visits from one on: flags, days, amounts, quantities, and stays that are joined.
///
/// `place` names a visit of the batch; what is wrong with a line names its visit.
pub fn visits(batch: &Batch, from: usize, place: impl Fn(usize) -> String) -> Result<(), Fault> {
    let line = batch.line_start.get(from).map_or(0, |start| *start as usize);
    let of_line = |line: usize| {
        let visit = batch.line_start.partition_point(|start| *start as usize <= line);
        let (visit, first) = (visit - 1, batch.line_start.get(visit - 1));
        let number = line + 1 - first.map_or(0, |first| *first as usize);
        format!("{}, line {number}", place(visit))
    };
    let yuan = |fen: i64| format!("{fen} fen");
    let bound = "0 to 1000000000000 fen";

    let fees = tail(&batch.fee, line);
    if let Some(at) = beyond(fees) {
        let fee = fees.get(at).copied().unwrap_or_default();
        return Err(misplaced(of_line(line + at), format!("fee {}", yuan(fee)), bound));
    }
    let quantities = tail(&batch.quantity, line);
    if quantities.iter().fold(false, |any, quantity| any | (*quantity == 0)) {
        let at = quantities.iter().position(|quantity| *quantity == 0).unwrap_or(0);
        return Err(misplaced(of_line(line + at), "quantity 0", "more than 0"));
    }
    let balances = tail(&batch.balance, from);
    if let Some(at) = beyond(balances) {
        let balance = balances.get(at).copied().unwrap_or_default();
        return Err(misplaced(place(from + at), format!("balance {}", yuan(balance)), bound));
    }
    let credits = tail(&batch.credit, from);
    if let Some(at) = beyond(credits) {
        let credit = credits.get(at).copied().unwrap_or_default();
        return Err(misplaced(place(from + at), format!("credit {}", yuan(credit)), bound));
    }
    let days = tail(&batch.day, from);
    let life = DAYS.0..=DAYS.1;
    if days.iter().fold(false, |any, day| any | !life.contains(day)) {
        let at = days.iter().position(|day| !life.contains(day)).unwrap_or(0);
        let day = days.get(at).copied().unwrap_or_default();
        let value = format!("day {day} from 1970-01-01");
        return Err(misplaced(place(from + at), value, "1900-01-01 to 2999-12-31"));
    }
    let starts = tail(&batch.line_start, from);
    let most = u32::try_from(LINES_MAX).unwrap_or(u32::MAX);
    let long = |pair: &[u32]| matches!(pair, [a, b] if b - a > most);
    if let Some(at) = starts.windows(2).position(long) {
        return Err(misplaced(place(from + at), "a bill", format!("at most {LINES_MAX} lines")));
    }
    prices(batch, line, of_line)?;
    flags(batch, from, place)
}

/// Looks at the flags of visits from one on.
fn flags(batch: &Batch, from: usize, place: impl Fn(usize) -> String) -> Result<(), Fault> {
    let flags = tail(&batch.flags, from);
    if flags.iter().fold(0, |all, flags| all | flags) & !(mark::LATE | flag::TAKEN_BACK) == 0 {
        return Ok(());
    }
    for (row, flags) in (from..).zip(flags) {
        if flags & !FLAGS != 0 {
            return Err(misplaced(place(row), format!("flags {flags}"), format!("bits {FLAGS}")));
        }
        let before = row.checked_sub(1).and_then(|before| {
            let same = batch.member.get(before)? == batch.member.get(row)?;
            batch.flags.get(before).filter(|_| same)
        });
        let goes_on = before.is_some_and(|flags| flags & flag::GOES_ON != 0);
        if flags & flag::JOINS != 0 && !goes_on {
            let expected = "bit 2 in the visit before, of the same person";
            return Err(misplaced(place(row), format!("flags {flags}: a stay joined"), expected));
        }
        if flags & (flag::JOINS | flag::TRANSFER) == flag::TRANSFER {
            return Err(misplaced(place(row), format!("flags {flags}: a transfer"), "bit 4 too"));
        }
    }
    Ok(())
}

/// Looks at the prices of lines from one on, if there are any.
fn prices(batch: &Batch, line: usize, place: impl Fn(usize) -> String) -> Result<(), Fault> {
    let lines = tail(&batch.price, line).iter().zip(tail(&batch.quantity, line));
    for (at, ((price, quantity), fee)) in (line..).zip(lines.zip(tail(&batch.fee, line))) {
        let fits = (0..=PRICE_MAX).contains(price);
        if !fits || is_exact(*price, *quantity, *fee).is_none() {
            let value = format!("price {price}, quantity {quantity}, fee {fee}");
            let one = QUANTITY_ONE;
            let expected = format!("price / 1000000 × quantity / {one} = fee / 100, rounded");
            return Err(misplaced(place(at), value, expected));
        }
    }
    Ok(())
}

/// The first amount that is negative or above the bound.
fn beyond(amounts: &[i64]) -> Option<usize> {
    // An amount is out of bounds exactly if it or its distance to the bound has a sign.
    let sign = |amount: &i64| amount | FEN_MAX.wrapping_sub(*amount);
    let odd = amounts.iter().fold(0, |all, amount| all | sign(amount)) < 0;
    odd.then(|| amounts.iter().position(|amount| sign(amount) < 0)).flatten()
}

fn tail<T>(column: &[T], from: usize) -> &[T] {
    column.get(from..).unwrap_or_default()
}
