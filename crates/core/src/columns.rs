//! Settling by columns: many visits, or many classified bills, in one call.
//!
//! [`settle_members`] is the row evaluator in a loop, with the record of each member, and the
//! account if the caller keeps one, carried along.
//! [`Once`] is the only second code.

mod lines;
mod once;
mod rows;
mod uniform;

use std::hint::black_box;

use crate::keys::{Key, Keys, LineCode};
use crate::layer::Scratch;
use crate::settle::{Outcome, Record, Refusal, Sums};
use crate::shape::Shape;
use crate::trace::Tracer;

use lines::sum_row;
use rows::Rows;
use uniform::Uniform;

pub use once::{Once, OnceFault, settle_once_by_row};

/// Records touched before they are settled, so that their cache lines arrive together.
const TOUCHED: usize = 32;

/// Visits as columns. `line_start` has one entry more than there are visits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visits<'a> {
    /// Index of the member's record.
    pub member: &'a [u32],
    /// Bound dimensions.
    pub key: &'a [Key],
    /// Where each visit's lines start in the line columns.
    pub line_start: &'a [u32],
    /// Fees, in fen.
    pub fee: &'a [i64],
    /// Bound lines.
    pub code: &'a [LineCode],
    /// Amount within each line's limit, in fen; `None` where no code of the column has a limit.
    pub allow: Option<&'a [i64]>,
    /// Account balance, in fen; `None` for none. Where the members' balances are carried along,
    /// what was credited since the visit before.
    pub balance: Option<&'a [i64]>,
    /// What is out of the ordinary, as bits of [`flag`]; `None` for nothing.
    pub flags: Option<&'a [u8]>,
    /// Amounts that are classified already ([`classify`]); the line columns are then not read.
    pub sums: Option<&'a [Sums]>,
}

/// What is out of the ordinary about a visit, as bits.
pub mod flag {
    /// The bill is taken back before the member's next one: the record stays as it was.
    pub const TAKEN_BACK: u8 = 1;
    /// The stay goes on with the member's next visit.
    pub const GOES_ON: u8 = 2;
    /// The visit belongs to the stay of the visit before, which is the same member's.
    pub const JOINS: u8 = 4;
    /// With [`JOINS`]: the patient was transferred, one deductible is charged, the higher.
    pub const TRANSFER: u8 = 8;
}

/// The members of a column, by the index that visits carry.
#[derive(Debug)]
pub struct Members<'a, const W: usize> {
    /// Counters of the year.
    pub records: &'a mut [Record<W>],
    /// Balances of the accounts, in fen, if they are carried from visit to visit.
    pub balances: Option<&'a mut [i64]>,
}

/// How the members of a column follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Visits of a member stand together.
    Sorted,
    /// Members come in any order, over more records than the cache holds.
    Random,
}

/// Why a column was not settled, and at which row; rows before it were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnFault {
    /// The columns do not have one length, or an index points outside.
    Shape(usize),
    /// An amount is negative or above the bound.
    Amount(usize),
    /// A line's code has a limit and the column does not say how much is within it.
    AllowanceMissing,
    /// The records have fewer slots than the pack has counters.
    RecordWidth,
    /// The row was refused.
    Refused(usize, Refusal),
    /// The row joins the stay of the row before, but there is none of that member.
    NoStay(usize),
}

/// Settles visits in order, each with its own balance; see [`settle_members`].
///
/// # Errors
/// A [`ColumnFault`] with the row at which it stopped.
pub fn settle_visits<const W: usize, T: Tracer>(
    keys: &Keys,
    visits: &Visits<'_>,
    order: Order,
    records: &mut [Record<W>],
    tracer: &mut T,
    sink: impl FnMut(usize, &Outcome, &Scratch),
) -> Result<(), ColumnFault> {
    let members = Members { records, balances: None };
    settle_members(keys, visits, order, members, tracer, sink)
}

/// Settles visits in order; each outcome goes to `sink` with its row, and with the layers' results.
///
/// Allocates nothing.
///
/// # Errors
/// A [`ColumnFault`] with the row at which it stopped; the rows before it were settled.
pub fn settle_members<const W: usize, T: Tracer>(
    keys: &Keys,
    visits: &Visits<'_>,
    order: Order,
    mut members: Members<'_, W>,
    tracer: &mut T,
    mut sink: impl FnMut(usize, &Outcome, &Scratch),
) -> Result<(), ColumnFault> {
    check_shape::<W>(keys, visits)?;
    let uniform = Uniform::of(keys, visits).filter(|_| members.balances.is_none());
    let mut row_by_row = Rows::new(keys, visits);
    let count = visits.member.len();
    let mut start = 0;
    while start < count {
        let end = match order {
            Order::Sorted => count,
            Order::Random => count.min(start + TOUCHED),
        };
        if order == Order::Random {
            touch(members.records, visits.member.get(start..end).unwrap_or_default());
        }
        let rows = (start, end);
        match uniform {
            Some(same) if !T::ON => {
                settle_uniform(&same, visits, rows, members.records, &mut sink)?;
            }
            _ => row_by_row.settle_all(rows, &mut members, tracer, &mut sink)?,
        }
        start = end;
    }
    Ok(())
}

/// Classifies the lines of every visit, for [`Visits::sums`].
///
/// # Errors
/// A [`ColumnFault`] with the row at which it stopped.
pub fn classify<T: Tracer>(
    keys: &Keys,
    visits: &Visits<'_>,
    tracer: &mut T,
    mut sink: impl FnMut(usize, Sums),
) -> Result<(), ColumnFault> {
    check_columns(keys, visits)?;
    for row in 0..visits.member.len() {
        sink(row, sum_row(keys, visits, row, 0, tracer)?);
    }
    Ok(())
}

#[inline(always)]
fn settle_uniform<const W: usize>(
    same: &Uniform<'_>,
    visits: &Visits<'_>,
    rows: (usize, usize),
    records: &mut [Record<W>],
    sink: &mut impl FnMut(usize, &Outcome, &Scratch),
) -> Result<(), ColumnFault> {
    match same.shape {
        Shape::PoolAbove => {
            same.settle::<{ Shape::PoolAbove as u8 }, W>(visits, rows, records, sink)
        }
        Shape::PoolAboveShares => {
            same.settle::<{ Shape::PoolAboveShares as u8 }, W>(visits, rows, records, sink)
        }
        Shape::One | Shape::General => {
            same.settle::<{ Shape::One as u8 }, W>(visits, rows, records, sink)
        }
    }
}

/// Reads one field of each record; together the misses overlap.
#[inline(always)]
fn touch<const W: usize>(records: &[Record<W>], members: &[u32]) {
    let read = |member: &u32| records.get(*member as usize).map_or(0, |record| record.year);
    black_box(members.iter().fold(0, |sum: i32, member| sum.wrapping_add(read(member))));
}

fn check_shape<const W: usize>(keys: &Keys, visits: &Visits<'_>) -> Result<(), ColumnFault> {
    let count = visits.member.len();
    let flags = visits.flags.is_none_or(|column| column.len() == count);
    let sums = visits.sums.is_none_or(|column| column.len() == count);
    if visits.key.len() != count || !flags || !sums {
        return Err(ColumnFault::Shape(0));
    }
    if keys.slots_needed() > W {
        return Err(ColumnFault::RecordWidth);
    }
    if visits.sums.is_some() { Ok(()) } else { check_columns(keys, visits) }
}

fn check_columns(keys: &Keys, visits: &Visits<'_>) -> Result<(), ColumnFault> {
    let count = visits.member.len();
    let lines = visits.fee.len();
    let balance = visits.balance.is_none_or(|column| column.len() == count);
    let allow = visits.allow.is_none_or(|column| column.len() == lines);
    let lengths = visits.line_start.len() == count + 1;
    if !balance || !allow || !lengths || visits.code.len() != lines {
        return Err(ColumnFault::Shape(0));
    }
    let limited = |code: &LineCode| keys.rule(*code).is_some_and(|rule| rule.states_a_limit());
    if keys.limited && visits.allow.is_none() && visits.code.iter().any(limited) {
        return Err(ColumnFault::AllowanceMissing);
    }
    Ok(())
}
