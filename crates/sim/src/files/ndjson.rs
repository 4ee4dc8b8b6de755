//! NDJSON: the public JSON, a request to settle a line.
//!
//! - A line in the spelling that serde gives a `Request` is read by `scan` without a tree; any
//!   other line goes through the strict reader of the contract and is converted by `strict`. Both
//!   put the same rows into a batch.
//! - A bill that is taken back is followed by a line of its own,
//!   `{"contract":1,"member":{"id":"7"},"cancel":"7-2"}`, which only these files have.

mod cache;
mod pen;
mod scan;
mod strict;

use std::fs::File;
use std::io::Read;

use tongchou_core::columns::flag;
use tongchou_wire::error::{Code as Refused, Refusal};

use crate::fault::{Code, Fault};

use super::{Fill, Header, LINE_BYTES_MAX, corrupt, misplaced};

use scan::{Scan, Scanned};

pub use pen::Pen;

/// How much is read at once.
const CHUNK: usize = 1 << 20;
/// What a line that takes a bill back begins with.
const CANCEL: &[u8; 29] = br#"{"contract":1,"member":{"id":"#;

/// The lines of a file.
#[derive(Debug)]
pub struct Lines {
    input: Input,
    /// Number of the line that is read next, from 1.
    line: u64,
    header: Header,
    scan: Scan,
    track: Track,
    /// Lines that were not spelt as serde spells them.
    odd: u64,
}

/// A part of a file.
#[derive(Debug)]
struct Input {
    file: File,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    over: bool,
}

impl Input {
    fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..self.end).unwrap_or_default()
    }

    /// Reads more, behind what is not used yet.
    fn more(&mut self) -> Result<(), Fault> {
        self.buffer.copy_within(self.at..self.end, 0);
        self.end -= self.at;
        self.at = 0;
        if self.end == self.buffer.len() {
            self.buffer.resize((2 * self.end).max(CHUNK), 0);
        }
        while self.end < self.buffer.len() {
            let space = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.file.read(space) {
                Ok(0) => {
                    self.over = true;
                    break;
                }
                Ok(read) => self.end += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::new(Code::Unreadable, "", error.to_string(), "")),
            }
        }
        Ok(())
    }

    /// The length of the next line without its end, and with it; `None` at the end of the file.
    fn line(&mut self) -> Result<Option<(usize, usize)>, Fault> {
        let mut searched = 0;
        loop {
            let rest = self.rest();
            let found = rest.iter().skip(searched).position(|byte| *byte == b'\n');
            if let Some(found) = found {
                return Ok(Some((searched + found, searched + found + 1)));
            }
            searched = rest.len();
            if LINE_BYTES_MAX < searched {
                let most = format!("{LINE_BYTES_MAX} bytes");
                let value = format!("more than {LINE_BYTES_MAX}");
                return Err(Fault::refused("", Refusal::new(Refused::TooLarge, "$", value, most)));
            }
            if self.over {
                return Ok((searched > 0).then_some((searched, searched)));
            }
            self.more()?;
        }
    }
}

/// A bill whose lines are in the batch already.
struct Bill<'a> {
    person: u64,
    who: u16,
    what: u16,
    day: i32,
    nights: u16,
    balance: i64,
    stay: Option<Stay<'a>>,
    /// Id of the encounter.
    id: &'a [u8],
}

#[derive(Clone, Copy)]
struct Stay<'a> {
    id: &'a [u8],
    closes: bool,
    transfer: bool,
}

/// What the next line is read against.
#[derive(Debug, Default)]
struct Track {
    /// Id of the last bill.
    bill: Vec<u8>,
    /// Stays of the person so far; the last one goes on if `is_open`.
    stays: Vec<Vec<u8>>,
    is_open: bool,
    /// Whether a fee of the batch is not exactly price × quantity.
    inexact: bool,
}

impl Track {
    /// The flags of a bill in a stay.
    fn stay(&mut self, new: bool, stay: Option<Stay<'_>>) -> Result<u8, Fault> {
        if new {
            self.stays.clear();
            self.is_open = false;
        }
        let Some(Stay { id, closes, transfer }) = stay else {
            self.is_open = false;
            return Ok(0);
        };
        let value = || format!("$.encounter.stay `{}`", String::from_utf8_lossy(id));
        let joins = self.is_open && self.stays.last().is_some_and(|last| last == id);
        if !joins {
            if transfer || self.stays.iter().any(|known| known == id) {
                let expected = "the stay of the visit before, which goes on";
                return Err(misplaced("", value(), expected));
            }
            self.stays.push(id.to_vec());
        }
        self.is_open = !closes;
        let bit = |is: bool, bit: u8| if is { bit } else { 0 };
        let joined = bit(joins, flag::JOINS) | bit(transfer, flag::TRANSFER);
        Ok(joined | bit(!closes, flag::GOES_ON))
    }

    /// Puts a bill into the batch, behind its lines.
    #[inline(always)]
    fn put(&mut self, bill: &Bill<'_>, fill: &mut Fill<'_>) -> Result<(), Fault> {
        let new = fill.order.next((bill.person, bill.day), String::new)?;
        let flags = match bill.stay {
            None if !new && !self.is_open => 0,
            stay => self.stay(new, stay)?,
        };
        let batch = &mut *fill.batch;
        if new {
            batch.person.push(bill.person);
            batch.person_who.push(bill.who);
        }
        let member = batch.person.len().wrapping_sub(1);
        batch.member.push(u32::try_from(member).unwrap_or(u32::MAX));
        batch.day.push(bill.day);
        batch.nights.push(bill.nights);
        batch.who.push(bill.who);
        batch.what.push(bill.what);
        batch.flags.push(flags);
        batch.balance.push(bill.balance);
        batch.line_start.push(u32::try_from(batch.fee.len()).unwrap_or(u32::MAX));
        self.bill.clear();
        self.bill.extend_from_slice(bill.id);
        fill.bound()
    }
}

impl Lines {
    /// Reads the first line, for its pack.
    pub fn open(file: File, header: &mut Header) -> Result<Self, Fault> {
        let mut input = Input { file, buffer: Vec::new(), at: 0, end: 0, over: false };
        let mut number = 1;
        let request = loop {
            let first = |fault: Fault| fault.within(&format!("line {number}"));
            let Some((line, whole)) = input.line().map_err(first)? else {
                return Err(corrupt("", "it has no lines"));
            };
            let text = input.buffer.get(input.at..input.at + line).unwrap_or_default();
            if !text.trim_ascii().is_empty() {
                break strict::request(text, line == whole).map_err(first)?;
            }
            input.at += whole;
            number += 1;
        };
        header.pack.clone_from(&request.pack);
        header.params.clone_from(&request.params);
        header.facts = request.facts.into_iter().map(|(name, yuan)| (name, yuan.0)).collect();
        let scan = Scan::new(header);
        let track = Track::default();
        Ok(Self { input, line: number, header: header.clone(), scan, track, odd: 0 })
    }

    /// How many lines were spelt otherwise than serde spells them.
    #[cfg(test)]
    pub fn odd(&self) -> u64 {
        self.odd
    }

    /// Fills a batch with whole persons; it stays empty at the end of the file.
    pub fn fill(&mut self, fill: &mut Fill<'_>) -> Result<(), Fault> {
        self.track.inexact = false;
        self.read(fill).map_err(|fault| fault.within(&format!("line {}", self.line)))?;
        if !self.track.inexact {
            fill.batch.price.clear();
        }
        Ok(())
    }

    fn read(&mut self, fill: &mut Fill<'_>) -> Result<(), Fault> {
        loop {
            match self.scan.line(self.input.rest(), fill, &mut self.track)? {
                Scanned::Taken(used) => {
                    self.note(fill);
                    self.input.at += used;
                    self.line += 1;
                }
                Scanned::Full => return Ok(()),
                Scanned::Other => {
                    let Some((line, whole)) = self.input.line()? else { return Ok(()) };
                    self.odd += 1;
                    let cut = line == whole;
                    if !self.strictly(line, cut, fill)? {
                        return Ok(());
                    }
                    self.note(fill);
                    self.input.at += whole;
                    self.line += 1;
                }
            }
        }
    }

    /// Notes the line of the visit that was put last, if one was.
    #[inline(always)]
    fn note(&self, fill: &mut Fill<'_>) {
        if fill.batch.origin.lines.len() < fill.batch.visits() {
            fill.batch.origin.lines.push(self.line);
        }
    }

    /// Reads a line in any spelling; false if it belongs to the next batch.
    fn strictly(&mut self, line: usize, cut: bool, fill: &mut Fill<'_>) -> Result<bool, Fault> {
        let text = self.input.buffer.get(self.input.at..self.input.at + line).unwrap_or_default();
        if text.trim_ascii().is_empty() {
            return Ok(true);
        }
        if text.starts_with(CANCEL) && scan::cancelled(text.trim_ascii_end()).is_some() {
            self.track.cancel(text.trim_ascii_end(), fill)?;
            return Ok(true);
        }
        let request = strict::request(text, cut)?;
        strict::put(&request, &self.header, fill, &mut self.track)
    }
}

impl Track {
    /// Marks the last bill as taken back.
    fn cancel(&mut self, line: &[u8], fill: &mut Fill<'_>) -> Result<(), Fault> {
        let named = scan::cancelled(line);
        let batch = &mut *fill.batch;
        let last = batch.person.last().zip(batch.flags.last_mut());
        if let Some(((person, id), (last, flags))) = named.zip(last)
            && person == *last
            && id == self.bill
            && *flags & flag::TAKEN_BACK == 0
        {
            *flags |= flag::TAKEN_BACK;
            return Ok(());
        }
        let expected = "the bill of the line before, once";
        Err(misplaced("", String::from_utf8_lossy(line).into_owned(), expected))
    }
}
