//! Requests as serde writes them, made of pieces that are kept for each profile.

use std::fs::File;
use std::io::Write;

use tongchou_core::calendar::Day;
use tongchou_core::columns::flag;
use tongchou_wire::request::{EncounterFacts, LineFacts, MemberFacts};

use crate::batch::Batch;
use crate::book::{Book, Profile, Shelf};
use crate::fault::Fault;

use super::super::check::{DAYS, is_exact, unit_price};
use super::super::{Header, is_plain, misplaced, unwritable};
use super::scan;

/// Bytes written at once.
const CHUNK: usize = 1 << 20;

/// Writes lines.
#[derive(Debug)]
pub struct Pen {
    file: File,
    text: Vec<u8>,
    prefix: Vec<u8>,
    who: Vec<Vec<u8>>,
    what: Vec<Vec<u8>>,
    item: Vec<(Vec<u8>, Vec<u8>)>,
    stay: Vec<u8>,
}

impl Pen {
    pub fn new(file: File, header: &Header) -> Self {
        let (text, prefix) = (Vec::with_capacity(CHUNK + (1 << 16)), scan::prefix(header));
        let (who, what, item, stay) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { file, text, prefix, who, what, item, stay }
    }

    pub fn write(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        self.learn(book)?;
        let mut number = 0;
        let mut before = None;
        for row in 0..batch.visits() {
            let member = batch.member.get(row);
            number = if before == member { number + 1 } else { 1 };
            before = member;
            let fits = self.visit(batch, row, number);
            fits.ok_or_else(|| misplaced("", "batch", "its own book"))??;
            if self.text.len() >= CHUNK {
                self.empty()?;
            }
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<(), Fault> {
        self.empty()
    }

    fn empty(&mut self) -> Result<(), Fault> {
        self.file.write_all(&self.text).map_err(unwritable)?;
        self.text.clear();
        Ok(())
    }

    /// Makes the pieces of new profiles.
    fn learn(&mut self, book: &Book) -> Result<(), Fault> {
        for who in book.who.iter().skip(self.who.len()) {
            let mut piece = Vec::new();
            if let Some(age) = who.age {
                piece.extend_from_slice(format!(",\"age\":{age}").as_bytes());
            }
            facts(&mut piece, MemberFacts::DIMS, |dim| who.facts.value(dim))?;
            self.who.push(piece);
        }
        for what in book.what.iter().skip(self.what.len()) {
            let mut piece = Vec::new();
            facts(&mut piece, EncounterFacts::DIMS, |dim| what.facts.value(dim))?;
            self.what.push(piece);
        }
        for item in book.item.iter().skip(self.item.len()) {
            let (mut head, mut tail) = (Vec::new(), String::new());
            facts(&mut head, LineFacts::DIMS, |dim| item.facts.value(dim))?;
            if let Some(limit) = item.limit {
                tail.push_str(&format!(",\"limit\":\"{limit}\""));
            }
            if let Some(ppm) = item.prepay {
                let (one, part) = (ppm / 1_000_000, ppm % 1_000_000);
                tail.push_str(&format!(",\"prepay\":\"{one}.{part:06}\""));
            }
            self.item.push((head, tail.into_bytes()));
        }
        fits(&book.who, self.who.len())?;
        fits(&book.what, self.what.len())?;
        fits(&book.item, self.item.len())
    }

    /// Writes a visit; `None` if the batch or its book has no such visit.
    fn visit(&mut self, batch: &Batch, row: usize, number: u64) -> Option<Result<(), Fault>> {
        let person = *batch.person.get(*batch.member.get(row)? as usize)?;
        let flags = *batch.flags.get(row)?;
        let text = &mut self.text;
        text.extend_from_slice(&self.prefix);
        whole(text, person);
        text.push(b'"');
        text.extend_from_slice(self.who.get(usize::from(*batch.who.get(row)?))?);
        text.extend_from_slice(br#","account":{"balance":""#);
        decimal::<2>(text, *batch.balance.get(row)?, false);
        text.extend_from_slice(br#""}},"encounter":{"id":""#);
        let start = text.len();
        whole(text, person);
        text.push(b'-');
        whole(text, number);
        let end = text.len();
        text.push(b'"');
        text.extend_from_slice(self.what.get(usize::from(*batch.what.get(row)?))?);
        text.extend_from_slice(br#","admitted":""#);
        let (day, nights) = (*batch.day.get(row)?, *batch.nights.get(row)?);
        date(text, day);
        if nights > 0 {
            text.extend_from_slice(br#"","discharged":""#);
            let discharged = day.checked_add(i32::from(nights))?;
            if DAYS.1 < discharged {
                return Some(Err(misplaced("", format!("{nights} nights"), "a day before 3000")));
            }
            date(text, discharged);
        }
        text.push(b'"');
        if flags & (flag::GOES_ON | flag::JOINS) != 0 {
            if flags & flag::JOINS == 0 {
                self.stay.clear();
                self.stay.extend_from_slice(text.get(start..end)?);
            }
            text.extend_from_slice(br#","stay":{"id":""#);
            text.extend_from_slice(&self.stay);
            let goes_on = flags & flag::GOES_ON != 0;
            text.extend_from_slice(if goes_on {
                br#"","closes":false"#
            } else {
                br#"","closes":true"#
            });
            if flags & flag::TRANSFER != 0 {
                text.extend_from_slice(br#","joins":"transfer""#);
            }
            text.push(b'}');
        }
        text.extend_from_slice(br#"},"lines":["#);
        if let Err(fault) = self.lines(batch, row)? {
            return Some(Err(fault));
        }
        self.text.extend_from_slice(b"]}\n");
        if flags & flag::TAKEN_BACK != 0 {
            let id = self.text.get(start..end)?.to_vec();
            self.text.extend_from_slice(super::CANCEL);
            self.text.push(b'"');
            whole(&mut self.text, person);
            self.text.extend_from_slice(br#""},"cancel":""#);
            self.text.extend_from_slice(&id);
            self.text.extend_from_slice(b"\"}\n");
        }
        Some(Ok(()))
    }

    fn lines(&mut self, batch: &Batch, row: usize) -> Option<Result<(), Fault>> {
        let (from, to) = (*batch.line_start.get(row)?, *batch.line_start.get(row + 1)?);
        for (number, line) in (1..).zip(from as usize..to as usize) {
            let (fee, quantity) = (*batch.fee.get(line)?, *batch.quantity.get(line)?);
            let given = batch.price.get(line).copied();
            let price = given.unwrap_or_else(|| unit_price(fee, quantity));
            if is_exact(price, quantity, fee).is_none() {
                let value = format!("fee {fee} for quantity {quantity}");
                return Some(Err(misplaced("", value, "a unit price with at most six decimals")));
            }
            let (head, tail) = self.item.get(usize::from(*batch.item.get(line)?))?;
            let text = &mut self.text;
            let open: &[u8] = if number == 1 { b"{\"id\":\"" } else { b",{\"id\":\"" };
            text.extend_from_slice(open);
            whole(text, number);
            text.push(b'"');
            text.extend_from_slice(head);
            text.extend_from_slice(br#","price":""#);
            decimal::<6>(text, price, true);
            text.extend_from_slice(br#"","quantity":""#);
            decimal::<4>(text, i64::from(quantity), true);
            text.extend_from_slice(br#"","amount":""#);
            decimal::<2>(text, fee, false);
            text.push(b'"');
            text.extend_from_slice(tail);
            text.push(b'}');
        }
        Some(Ok(()))
    }
}

/// Refuses another book than the one before: its pieces are kept by index.
fn fits<P: Profile>(shelf: &Shelf<P>, known: usize) -> Result<(), Fault> {
    match shelf.len() == known {
        true => Ok(()),
        false => Err(misplaced("", "book", "the book of the batches before")),
    }
}

fn facts<'a>(
    piece: &mut Vec<u8>,
    dims: &[(&str, &[&str])],
    value: impl Fn(&str) -> Option<&'a str>,
) -> Result<(), Fault> {
    for (dim, _) in dims {
        let Some(value) = value(dim) else { continue };
        if value.len() > 40 || !is_plain(value.as_bytes()) || value.contains(['-', '.']) {
            let expected = "1 to 40 letters, digits and `_`";
            return Err(misplaced("", format!("{dim}={value}"), expected));
        }
        piece.extend_from_slice(format!(",\"{dim}\":\"{value}\"").as_bytes());
    }
    Ok(())
}

fn whole(text: &mut Vec<u8>, mut value: u64) {
    let mut digits = [b'0'; 20];
    let mut count = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
        count += 1;
        if value == 0 {
            break;
        }
    }
    text.extend_from_slice(digits.get(20 - count..).unwrap_or_default());
}

/// A scaled amount, with all its decimals or with those that are needed.
fn decimal<const SCALE: u32>(text: &mut Vec<u8>, value: i64, trimmed: bool) {
    let one = 10_u64.pow(SCALE);
    let value = value.unsigned_abs();
    whole(text, value / one);
    let mut part = value % one;
    if trimmed && part == 0 {
        return;
    }
    text.push(b'.');
    let start = text.len();
    let mut place = one / 10;
    while place > 0 && !(trimmed && part == 0 && text.len() > start) {
        text.push(b'0' + u8::try_from(part / place).unwrap_or(0));
        part %= place;
        place /= 10;
    }
}

fn date(text: &mut Vec<u8>, day: i32) {
    let (year, month, day) = Day(day).civil();
    let digit = |value: i16| b'0' + u8::try_from(value % 10).unwrap_or(0);
    let (month, day) = (i16::from(month), i16::from(day));
    text.extend([digit(year / 1000), digit(year / 100), digit(year / 10), digit(year), b'-']);
    text.extend([digit(month / 10), digit(month), b'-', digit(day / 10), digit(day)]);
}
