//! CSV: a row per fee line, and one for a visit without lines.
//!
//! What the file says of itself stands before the header row, in lines that begin with `#`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use csv::{ByteRecord, ReaderBuilder, Terminator, WriterBuilder};
use tongchou_core::calendar::Day;
use tongchou_wire::amount::Date;

use crate::batch::Batch;
use crate::book::Book;
use crate::fault::{Code, Fault};

use super::check;
use super::columns::follow;
use super::{Fill, Header, LINE_BYTES_MAX, corrupt, misplaced, unwritable};

/// The columns in the order in which they are written, and what they hold.
const COLUMNS: [(&str, &str); 14] = [
    ("person", "a whole number"),
    ("visit", "a whole number, rising within a person"),
    ("district", "a whole number up to 65535, or nothing"),
    ("day", "YYYY-MM-DD"),
    ("nights", "a whole number up to 65535"),
    ("member", "a profile"),
    ("encounter", "a profile"),
    ("flags", "a whole number up to 255"),
    ("balance", "fen as a whole number"),
    ("credit", "fen as a whole number, or nothing"),
    ("item", "a profile"),
    ("quantity", "ten-thousandths as a whole number"),
    ("fee", "fen as a whole number"),
    ("price", "millionths of a yuan as a whole number, or nothing"),
];
const PERSON: usize = 0;
const VISIT: usize = 1;
const DISTRICT: usize = 2;
const DAY: usize = 3;
const NIGHTS: usize = 4;
const MEMBER: usize = 5;
const ENCOUNTER: usize = 6;
const FLAGS: usize = 7;
const BALANCE: usize = 8;
const CREDIT: usize = 9;
const ITEM: usize = 10;
const QUANTITY: usize = 11;
const FEE: usize = 12;
const PRICE: usize = 13;

/// The columns that may be missing.
const OPTIONAL: [usize; 3] = [DISTRICT, CREDIT, PRICE];

/// Reads no more than is left, so that a quote that never closes does not fill the memory.
#[derive(Debug)]
struct Metered {
    file: BufReader<File>,
    left: usize,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(format!("a row of more than {LINE_BYTES_MAX} bytes")));
        }
        let most = buffer.len().min(self.left);
        let read = self.file.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left -= read;
        Ok(read)
    }
}

/// The rows of a file.
#[derive(Debug)]
pub struct Rows {
    csv: csv::Reader<Metered>,
    /// Lines before the header row.
    before: u64,
    /// Where each column stands.
    places: [Option<usize>; 14],
    row: ByteRecord,
    /// Whether `row` is read and not used yet.
    pending: bool,
    /// The visit columns of the row before.
    visit: Vec<u8>,
    number: u64,
    priced: bool,
}

impl Rows {
    /// Reads the lines before the header row, and the header row.
    pub fn open(file: File, header: &mut Header) -> Result<Self, Fault> {
        let mut file = BufReader::with_capacity(1 << 18, file);
        let mut before = 0;
        let unreadable = |error: io::Error| Fault::new(Code::Unreadable, "", error.to_string(), "");
        while file.fill_buf().map_err(unreadable)?.first() == Some(&b'#') {
            before += 1;
            let place = format!("line {before}");
            let mut line = Vec::new();
            let most = LINE_BYTES_MAX as u64;
            file.by_ref().take(most).read_until(b'\n', &mut line).map_err(unreadable)?;
            let text = str::from_utf8(&line).map_err(|_| corrupt(&place, "it is not UTF-8"))?;
            if let Some((name, value)) = text.trim_start_matches('#').split_once('=') {
                header.take(name.trim(), value.trim()).map_err(|fault| fault.within(&place))?;
            }
        }
        let mut csv = ReaderBuilder::new()
            .has_headers(true)
            .flexible(false)
            .from_reader(Metered { file, left: LINE_BYTES_MAX });
        let names = csv.byte_headers().map_err(|error| broken(&error, before))?;
        let mut places = [None; 14];
        for (column, (place, (name, what))) in places.iter_mut().zip(COLUMNS).enumerate() {
            *place = names.iter().position(|there| there.trim_ascii() == name.as_bytes());
            if place.is_none() && !OPTIONAL.contains(&column) {
                let line = format!("line {}", before + 1);
                return Err(Fault::new(Code::Column, line, name, what));
            }
        }
        let (row, visit) = (ByteRecord::new(), Vec::new());
        Ok(Self { csv, before, places, row, pending: false, visit, number: 0, priced: false })
    }

    /// Fills a batch with whole persons; it stays empty at the end of the file.
    pub fn fill(&mut self, fill: &mut Fill<'_>) -> Result<(), Fault> {
        self.priced = false;
        loop {
            if !self.pending {
                self.csv.get_mut().left = LINE_BYTES_MAX;
                let read = self.csv.read_byte_record(&mut self.row);
                if !read.map_err(|error| broken(&error, self.before))? {
                    return Ok(());
                }
                self.pending = true;
            }
            match self.put(fill) {
                Ok(true) => self.pending = false,
                Ok(false) => return Ok(()),
                Err(fault) => {
                    let line = self.row.position().map_or(0, csv::Position::line);
                    return Err(fault.within(&format!("line {}", self.before + line)));
                }
            }
        }
    }

    /// Puts the row into the batch; false if it belongs to the next one.
    fn put(&mut self, fill: &mut Fill<'_>) -> Result<bool, Fault> {
        let person = self.number(PERSON, u64::MAX)?;
        let number = self.number(VISIT, u64::MAX)?;
        if fill.is_full() && !fill.order.is_of(person) {
            return Ok(false);
        }
        let same = fill.batch.visits() > 0 && fill.order.is_of(person) && number == self.number;
        if same {
            self.same_visit()?;
        } else {
            self.put_visit((person, number), fill)?;
        }
        let items = [ITEM, QUANTITY, FEE].map(|column| self.field(column).is_empty());
        match (items, same) {
            ([true, true, true], false) => {}
            ([true, true, true], true) => {
                return Err(misplaced("item", "nothing", "an item in each row of such a visit"));
            }
            _ => self.put_line(fill)?,
        }
        if !same {
            let visit = fill.batch.visits() - 1;
            check::visits(fill.batch, visit, |_| String::new())?;
        }
        fill.bound()?;
        Ok(true)
    }

    fn field(&self, column: usize) -> &[u8] {
        let place = self.places.get(column).copied().flatten();
        place.and_then(|place| self.row.get(place)).unwrap_or_default().trim_ascii()
    }

    fn misread(&self, column: usize) -> Fault {
        let (name, what) = COLUMNS.get(column).copied().unwrap_or_default();
        misplaced(name, String::from_utf8_lossy(self.field(column)), what)
    }

    /// A whole number up to a bound.
    fn number<T: TryFrom<u64> + PartialOrd>(&self, column: usize, most: T) -> Result<T, Fault> {
        let text = self.field(column);
        let value = whole(text).and_then(|value| T::try_from(value).ok());
        value.filter(|value| *value <= most).ok_or_else(|| self.misread(column))
    }

    fn text(&self, column: usize) -> Result<&str, Fault> {
        str::from_utf8(self.field(column)).map_err(|_| self.misread(column))
    }

    /// The columns of the visit, as bytes.
    fn visit_bytes(&self) -> impl Iterator<Item = &[u8]> {
        (DISTRICT..=CREDIT).map(|column| self.field(column))
    }

    fn same_visit(&self) -> Result<(), Fault> {
        let mut rest = self.visit.as_slice();
        for (column, field) in (DISTRICT..).zip(self.visit_bytes()) {
            match rest.strip_prefix(field).and_then(|rest| rest.strip_prefix(b"\n")) {
                Some(after) => rest = after,
                None => {
                    let (name, _) = COLUMNS.get(column).copied().unwrap_or_default();
                    let value = String::from_utf8_lossy(field);
                    return Err(misplaced(name, value, "what the visit's first row has"));
                }
            }
        }
        Ok(())
    }

    fn put_visit(
        &mut self,
        (person, number): (u64, u64),
        fill: &mut Fill<'_>,
    ) -> Result<(), Fault> {
        let day = Date::read(self.text(DAY)?)
            .and_then(|date| Day::new(date.year, date.month, date.day))
            .ok_or_else(|| self.misread(DAY))?;
        let new = fill.order.next((person, day.0), String::new)?;
        if !new && number < self.number {
            let what = format!("visit {number} of person {person} after visit {}", self.number);
            return Err(Fault::new(Code::Order, "", what, ""));
        }
        let within = |name| move |fault: Fault| fault.within(name);
        let who = fill.book.who.read(self.text(MEMBER)?).map_err(within("member"))?;
        let what = fill.book.what.read(self.text(ENCOUNTER)?).map_err(within("encounter"))?;
        let batch = &mut *fill.batch;
        if new {
            let first = batch.person.is_empty();
            batch.person.push(person);
            batch.person_who.push(who);
            let known = !self.field(DISTRICT).is_empty();
            if known && (first || !batch.district.is_empty()) {
                batch.district.push(self.number(DISTRICT, u16::MAX)?);
            } else if known || !batch.district.is_empty() {
                let expected = "a district for every visit of the file or for none";
                return Err(misplaced("district", "no district", expected));
            }
        }
        let member = batch.person.len().wrapping_sub(1);
        batch.member.push(u32::try_from(member).unwrap_or(u32::MAX));
        batch.day.push(day.0);
        batch.nights.push(self.number(NIGHTS, u16::MAX)?);
        batch.who.push(who);
        batch.what.push(what);
        batch.flags.push(self.number(FLAGS, u8::MAX)?);
        batch.balance.push(self.number(BALANCE, i64::MAX)?);
        if !self.field(CREDIT).is_empty() {
            batch.credit.push(self.number(CREDIT, i64::MAX)?);
        }
        if !batch.credit.is_empty() && batch.credit.len() != batch.balance.len() {
            let expected = "a credit for every visit of the file or for none";
            return Err(misplaced("credit", "no credit", expected));
        }
        let line = self.row.position().map_or(0, csv::Position::line);
        batch.origin.lines.push(self.before + line);
        batch.line_start.push(u32::try_from(batch.fee.len()).unwrap_or(u32::MAX));
        self.number = number;
        let mut bytes = std::mem::take(&mut self.visit);
        bytes.clear();
        for field in self.visit_bytes() {
            bytes.extend_from_slice(field);
            bytes.push(b'\n');
        }
        self.visit = bytes;
        Ok(())
    }

    fn put_line(&mut self, fill: &mut Fill<'_>) -> Result<(), Fault> {
        let item = fill.book.item.read(self.text(ITEM)?).map_err(|fault| fault.within("item"))?;
        let quantity: u32 = self.number(QUANTITY, u32::MAX)?;
        let fee: i64 = self.number(FEE, tongchou_core::money::FEN_MAX)?;
        if quantity == 0 {
            return Err(misplaced("quantity", "0", "at least 1"));
        }
        let batch = &mut *fill.batch;
        let line = batch.fee.len();
        batch.item.push(item);
        batch.quantity.push(quantity);
        batch.fee.push(fee);
        if let Some(end) = batch.line_start.last_mut() {
            *end += 1;
        }
        let given = !self.field(PRICE).is_empty();
        if given {
            let price: i64 = self.number(PRICE, check::PRICE_MAX)?;
            if check::is_exact(price, quantity, fee).is_none() {
                let value = format!("price {price}, quantity {quantity}, fee {fee}");
                return Err(misplaced("price", value, "price × quantity = fee, rounded"));
            }
            follow(batch, line);
            batch.price.push(price);
            self.priced = true;
        } else if self.priced {
            follow(batch, line + 1);
        }
        Ok(())
    }
}

/// Decimal digits as a number.
fn whole(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    digits.then(|| str::from_utf8(text).ok()?.parse().ok()).flatten()
}

fn broken(error: &csv::Error, before: u64) -> Fault {
    let line = error.position().map(|position| format!("line {}", before + position.line()));
    let place = line.unwrap_or_default();
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            misplaced(place, format!("{len} fields"), format!("{expected_len} fields"))
        }
        _ => corrupt(&place, error.to_string()),
    }
}

/// Writes rows.
#[derive(Debug)]
pub struct Pen {
    csv: csv::Writer<BufWriter<File>>,
}

impl Pen {
    pub fn new(file: File, header: &Header) -> Result<Self, Fault> {
        let mut file = BufWriter::with_capacity(1 << 20, file);
        for (name, value) in header.pairs() {
            writeln!(file, "# {name}={value}").map_err(unwritable)?;
        }
        let mut csv = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(file);
        csv.write_record(COLUMNS.map(|(name, _)| name)).map_err(unwritable)?;
        Ok(Self { csv })
    }

    pub fn write(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        let mut number = 0_u64;
        let mut before = None;
        for row in 0..batch.visits() {
            let member = batch.member.get(row);
            number = if before == member { number + 1 } else { 1 };
            before = member;
            let fits = self.visit(batch, book, row, number);
            fits.ok_or_else(|| misplaced("", "batch", "its own book"))??;
        }
        Ok(())
    }

    /// Writes a visit; `None` if the batch or its book has no such visit.
    fn visit(
        &mut self,
        batch: &Batch,
        book: &Book,
        row: usize,
        number: u64,
    ) -> Option<Result<(), Fault>> {
        let member = *batch.member.get(row)? as usize;
        let (year, month, day) = Day(*batch.day.get(row)?).civil();
        let district = batch.district.get(member);
        let of_visit = [
            batch.person.get(member)?.to_string(),
            number.to_string(),
            district.map(ToString::to_string).unwrap_or_default(),
            Date { year, month, day }.to_string(),
            batch.nights.get(row)?.to_string(),
            book.who.text(*batch.who.get(row)?)?.to_owned(),
            book.what.text(*batch.what.get(row)?)?.to_owned(),
            batch.flags.get(row)?.to_string(),
            batch.balance.get(row)?.to_string(),
            batch.credit.get(row).map(ToString::to_string).unwrap_or_default(),
        ];
        let lines = *batch.line_start.get(row)? as usize..*batch.line_start.get(row + 1)? as usize;
        let mut written = match lines.is_empty() {
            true => self.row(&of_visit, ["", "", "", ""]),
            false => Ok(()),
        };
        for line in lines {
            let price = batch.price.get(line).map(ToString::to_string).unwrap_or_default();
            let item = book.item.text(*batch.item.get(line)?)?;
            let (quantity, fee) = (batch.quantity.get(line)?, batch.fee.get(line)?);
            let of_line = [item, &quantity.to_string(), &fee.to_string(), &price];
            written = written.and_then(|()| self.row(&of_visit, of_line));
        }
        Some(written)
    }

    fn row(&mut self, of_visit: &[String], of_line: [&str; 4]) -> Result<(), Fault> {
        let fields = of_visit.iter().map(String::as_str).chain(of_line);
        self.csv.write_record(fields).map_err(unwritable)
    }

    pub fn finish(mut self) -> Result<(), Fault> {
        self.csv.flush().map_err(unwritable)
    }
}
