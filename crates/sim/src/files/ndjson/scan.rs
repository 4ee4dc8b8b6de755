//! Lines as serde writes them, read without a tree.
//!
//! What is looked for stands in one order, so most bytes are compared and not searched. The pieces
//! that name a profile are looked up as bytes. Anything else ends the attempt and leaves the batch
//! as it was: the strict reader decides then, so nothing is accepted here that it would refuse.

use tongchou_core::calendar::Day;
use tongchou_core::money::FEN_MAX;
use tongchou_wire::amount::{Measure, Yuan, share};
use tongchou_wire::request::{EncounterFacts, LINES_MAX, LineFacts, MemberFacts};

use crate::book::{Book, Item, What, Who};
use crate::fault::Fault;

use super::super::check::{PRICE_MAX, is_exact};
use super::super::{Fill, Header, is_plain};
use super::cache::Cache;
use super::{Bill, CANCEL, Stay, Track};

/// What became of a line.
pub enum Scanned {
    /// It was taken, with as many bytes.
    Taken(usize),
    /// It belongs to the next batch.
    Full,
    /// It is spelt otherwise, or not whole.
    Other,
}

/// What does not change from line to line.
#[derive(Debug)]
pub struct Scan {
    /// Everything before the id of the member; empty if no line can be scanned.
    prefix: Vec<u8>,
    who: Cache,
    what: Cache,
    item: Cache,
}

/// The pack, the parameters and the facts of every line, up to the id of the member.
pub fn prefix(header: &Header) -> Vec<u8> {
    let mut prefix = format!(r#"{{"contract":1,"pack":"{}","#, header.pack);
    for (number, (name, value)) in header.params.iter().enumerate() {
        prefix.push_str(if number == 0 { r#""params":{"# } else { "," });
        prefix.push_str(&format!(r#""{name}":"{value}""#));
    }
    prefix.push_str(if header.params.is_empty() { "" } else { "}," });
    for (number, (name, fen)) in header.facts.iter().enumerate() {
        prefix.push_str(if number == 0 { r#""facts":{"# } else { "," });
        prefix.push_str(&format!(r#""{name}":"{}""#, Yuan(*fen)));
    }
    prefix.push_str(if header.facts.is_empty() { "" } else { "}," });
    prefix.push_str(r#""member":{"id":""#);
    prefix.into_bytes()
}

impl Scan {
    pub fn new(header: &Header) -> Self {
        let params = header.params.iter().flat_map(|(name, value)| [name, value]);
        let plain = params.chain(header.facts.keys()).all(|text| is_plain(text.as_bytes()));
        let prefix = if plain { prefix(header) } else { Vec::new() };
        Self { prefix, who: Cache::default(), what: Cache::default(), item: Cache::default() }
    }

    /// Takes the line at the beginning of some bytes, if it is spelt as it should be.
    #[inline]
    pub fn line(
        &mut self,
        bytes: &[u8],
        fill: &mut Fill<'_>,
        track: &mut Track,
    ) -> Result<Scanned, Fault> {
        let lines = fill.batch.fee.len();
        let inexact = track.inexact;
        let mut cursor = Cursor(bytes);
        let read = if self.prefix.is_empty() { None } else { self.bill(&mut cursor, fill, track) };
        match read {
            Some(Some(bill)) => {
                track.put(&bill, fill)?;
                Ok(Scanned::Taken(bytes.len() - cursor.0.len()))
            }
            Some(None) => Ok(Scanned::Full),
            None => {
                fill.batch.item.truncate(lines);
                fill.batch.quantity.truncate(lines);
                fill.batch.fee.truncate(lines);
                fill.batch.price.truncate(lines);
                track.inexact = inexact;
                self.cancel(bytes, fill, track)
            }
        }
    }

    /// A line that takes the bill before it back.
    #[cold]
    #[inline(never)]
    fn cancel(
        &self,
        bytes: &[u8],
        fill: &mut Fill<'_>,
        track: &mut Track,
    ) -> Result<Scanned, Fault> {
        let end = match bytes.starts_with(CANCEL) {
            true => bytes.iter().position(|byte| *byte == b'\n'),
            false => None,
        };
        let line = end.and_then(|end| bytes.get(..end));
        let Some(line) = line.filter(|line| cancelled(line).is_some()) else {
            return Ok(Scanned::Other);
        };
        track.cancel(line, fill)?;
        Ok(Scanned::Taken(line.len() + 1))
    }

    /// A bill; its lines are put into the batch. `Some(None)` if the batch is full before it.
    #[inline(always)]
    fn bill<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        fill: &mut Fill<'_>,
        track: &mut Track,
    ) -> Option<Option<Bill<'a>>> {
        cursor.0 = cursor.0.strip_prefix(&*self.prefix)?;
        let before = cursor.0;
        let person = cursor.number()?;
        let digits = before.get(..before.len() - cursor.0.len())?;
        if fill.is_full() && !fill.order.is_of(person) {
            return Some(None);
        }
        cursor.eat(b"\"")?;
        let facts = cursor.until(br#","account":{"balance":""#)?;
        let who = self.who(facts, fill.book)?;
        let mut balance = 0;
        if cursor.eat(br#","account":{"balance":""#).is_some() {
            balance = cursor.decimal(2).filter(|balance| *balance <= FEN_MAX)?;
            cursor.eat(b"}")?;
        }
        cursor.eat(br#"},"encounter":{"id":""#)?;
        let before = cursor.0;
        cursor.0 = cursor.0.strip_prefix(digits)?;
        cursor.eat(b"-")?;
        cursor.number()?;
        let id = before.get(..before.len() - cursor.0.len()).filter(|id| id.len() <= 64)?;
        cursor.eat(b"\"")?;
        let facts = cursor.until(br#","admitted":""#)?;
        let what = self.what(facts, fill.book)?;
        cursor.eat(br#","admitted":""#)?;
        let day = cursor.day()?;
        let mut nights = 0;
        if cursor.eat(br#","discharged":""#).is_some() {
            nights = u16::try_from(cursor.day()? - day).ok()?;
        }
        let stay = match cursor.eat(br#","stay":{"id":""#) {
            Some(()) => Some(cursor.stay()?),
            None => None,
        };
        cursor.eat(br#"},"lines":["#)?;
        self.lines(cursor, fill, track)?;
        cursor.eat(b"}\n")?;
        Some(Some(Bill { person, who, what, day, nights, balance, stay, id }))
    }

    #[inline(always)]
    fn lines(
        &mut self,
        cursor: &mut Cursor<'_>,
        fill: &mut Fill<'_>,
        track: &mut Track,
    ) -> Option<()> {
        if cursor.eat(b"]").is_some() {
            return Some(());
        }
        let mut number = 0;
        loop {
            number += 1;
            cursor.eat(br#"{"id":""#)?;
            if cursor.number()? != number || LINES_MAX as u64 + 1 == number {
                return None;
            }
            cursor.eat(b"\"")?;
            let head = cursor.until(br#","price":""#)?;
            cursor.eat(br#","price":""#)?;
            let price = cursor.decimal(6).filter(|price| *price <= PRICE_MAX)?;
            cursor.eat(br#","quantity":""#)?;
            let quantity =
                u32::try_from(cursor.decimal(4)?).ok().filter(|quantity| *quantity > 0)?;
            cursor.eat(br#","amount":""#)?;
            let fee = cursor.decimal(2).filter(|fee| *fee <= FEN_MAX)?;
            let tail = cursor.until(b"}")?;
            cursor.eat(b"}")?;
            let item = self.item(head, tail, fill.book)?;
            track.inexact |= !is_exact(price, quantity, fee)?;
            let batch = &mut *fill.batch;
            batch.item.push(item);
            batch.quantity.push(quantity);
            batch.fee.push(fee);
            batch.price.push(price);
            if cursor.eat(b",").is_none() {
                return cursor.eat(b"]");
            }
        }
    }

    #[inline(always)]
    fn who(&mut self, facts: &[u8], book: &mut Book) -> Option<u16> {
        self.who.get(facts, b"").or_else(|| {
            let index = book.who.add(who(facts)?).ok()?;
            self.who.put(facts, b"", index);
            Some(index)
        })
    }

    #[inline(always)]
    fn what(&mut self, facts: &[u8], book: &mut Book) -> Option<u16> {
        self.what.get(facts, b"").or_else(|| {
            let index = book.what.add(what(facts)?).ok()?;
            self.what.put(facts, b"", index);
            Some(index)
        })
    }

    #[inline(always)]
    fn item(&mut self, head: &[u8], tail: &[u8], book: &mut Book) -> Option<u16> {
        self.item.get(head, tail).or_else(|| {
            let index = book.item.add(item(head, tail)?).ok()?;
            self.item.put(head, tail, index);
            Some(index)
        })
    }
}

/// The person and the bill of a line that takes it back.
pub fn cancelled(line: &[u8]) -> Option<(u64, &[u8])> {
    let mut cursor = Cursor(line.strip_prefix(CANCEL)?);
    cursor.eat(b"\"")?;
    let person = cursor.number()?;
    cursor.eat(br#""},"cancel":""#)?;
    let id = cursor.0.strip_suffix(b"\"}")?;
    is_id(id).then_some((person, id))
}

fn is_id(id: &[u8]) -> bool {
    is_plain(id) && id.len() <= 64
}

/// Bytes not read yet.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    #[inline(always)]
    fn eat<const N: usize>(&mut self, expected: &[u8; N]) -> Option<()> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        (first == expected).then(|| self.0 = rest)
    }

    /// A whole number without leading zeros.
    #[inline(always)]
    fn number(&mut self) -> Option<u64> {
        let (mut value, mut count, start) = (0_u64, 0, self.0);
        while let Some((digit @ b'0'..=b'9', rest)) = self.0.split_first() {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            count += 1;
            self.0 = rest;
        }
        let plain = matches!(count, 1..=19) && (count == 1 || start.first() != Some(&b'0'));
        plain.then_some(value)
    }

    /// Decimal text up to and with the quote behind it, scaled by a power of ten.
    #[inline(always)]
    fn decimal(&mut self, scale: usize) -> Option<i64> {
        const TENS: [i64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
        let mut value = 0_i64;
        let mut digits = 0;
        let mut rest = self.0;
        while let Some((digit @ b'0'..=b'9', more)) = rest.split_first() {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            digits += 1;
            rest = more;
        }
        let whole = digits;
        if let Some((b'.', more)) = rest.split_first() {
            rest = more;
            while let Some((digit @ b'0'..=b'9', more)) = rest.split_first() {
                value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
                digits += 1;
                rest = more;
            }
            if digits == whole {
                return None;
            }
        }
        self.0 = rest.strip_prefix(b"\"")?;
        let missing = scale.checked_sub(digits - whole)?;
        if whole == 0 || digits > 17 {
            return None;
        }
        value.checked_mul(*TENS.get(missing)?)
    }

    /// A day up to and with the quote behind it.
    #[inline(always)]
    fn day(&mut self) -> Option<i32> {
        let (text, rest) = self.0.split_first_chunk::<11>()?;
        let &[a, b, c, d, b'-', e, f, b'-', g, h, b'"'] = text else { return None };
        let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
        let year = digit(a)? * 1000 + digit(b)? * 100 + digit(c)? * 10 + digit(d)?;
        let month = i8::try_from(digit(e)? * 10 + digit(f)?).ok()?;
        let day = i8::try_from(digit(g)? * 10 + digit(h)?).ok()?;
        self.0 = rest;
        let Day(day) = Day::new(year, month, day).filter(|_| (1900..=2999).contains(&year))?;
        Some(day)
    }

    /// The pairs before a piece or before the end of the object; each begins with a comma.
    #[inline(always)]
    fn until<const N: usize>(&mut self, piece: &[u8; N]) -> Option<&'a [u8]> {
        let start = self.0;
        let mut rest = start;
        loop {
            match rest.first()? {
                b'}' => break,
                b',' if rest.first_chunk::<N>() == Some(piece) => break,
                b',' => {}
                _ => return None,
            }
            let after = rest.get(1..)?;
            let next = after.iter().position(|byte| matches!(byte, b',' | b'}'))?;
            rest = after.get(next..)?;
        }
        self.0 = rest;
        start.get(..start.len() - rest.len())
    }

    /// The rest of a stay, from its id on.
    #[cold]
    #[inline(never)]
    fn stay(&mut self) -> Option<Stay<'a>> {
        let end = self.0.iter().position(|byte| *byte == b'"')?;
        let (id, rest) = self.0.split_at_checked(end)?;
        if !is_id(id) || id.contains(&b'.') {
            return None;
        }
        self.0 = rest;
        let closes = self.eat(br#"","closes":true"#).is_some();
        if !closes {
            self.eat(br#"","closes":false"#)?;
        }
        let transfer = self.eat(br#","joins":"transfer""#).is_some();
        self.eat(b"}")?;
        Some(Stay { id, closes, transfer })
    }
}

/// Pairs of names and plain values, each behind a comma; no name twice.
fn pairs(mut text: &[u8]) -> Option<Vec<(&str, &str)>> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    while !text.is_empty() {
        let rest = text.strip_prefix(b",\"")?;
        let (name, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == b'"')?)?;
        let rest = rest.strip_prefix(b"\":")?;
        let end = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
        let (value, rest) = rest.split_at_checked(end)?;
        let pair = (str::from_utf8(name).ok()?, str::from_utf8(value).ok()?);
        if found.iter().any(|(known, _)| *known == pair.0) {
            return None;
        }
        found.push(pair);
        text = rest;
    }
    Some(found)
}

/// The value of a dimension.
fn dim(value: &str) -> Option<String> {
    let value = value.strip_prefix('"')?.strip_suffix('"')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let fits = (1..=40).contains(&value.len()) && value.bytes().all(plain);
    fits.then(|| value.to_owned())
}

fn who(facts: &[u8]) -> Option<Who> {
    let mut who = Who { age: None, facts: MemberFacts::default() };
    for (name, value) in pairs(facts)? {
        match name {
            "age" => {
                let mut digits = Cursor(value.as_bytes());
                let age = digits.number().filter(|age| *age <= 150)?;
                digits.0.is_empty().then_some(())?;
                who.age = u8::try_from(age).ok();
            }
            _ => *who.facts.slot(name)? = Some(dim(value)?),
        }
    }
    Some(who)
}

fn what(facts: &[u8]) -> Option<What> {
    let mut what = What { facts: EncounterFacts::default() };
    for (name, value) in pairs(facts)? {
        *what.facts.slot(name)? = Some(dim(value)?);
    }
    Some(what)
}

fn item(head: &[u8], tail: &[u8]) -> Option<Item> {
    let mut item = Item { facts: LineFacts::default(), prepay: None, limit: None };
    for (name, value) in pairs(head)? {
        *item.facts.slot(name)? = Some(dim(value)?);
    }
    for (name, value) in pairs(tail)? {
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        match name {
            "limit" => item.limit = Some(Measure::read(value, 6).ok()?),
            "prepay" => item.prepay = Some(share(value).ok()?),
            _ => return None,
        }
    }
    Some(item)
}
