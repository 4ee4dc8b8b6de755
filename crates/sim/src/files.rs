//! Recorded visits in files: Arrow IPC, Parquet, NDJSON and CSV, read and written as batches.
//!
//! - What a file holds, column by column, is written down in `crates/sim/FORMAT.md`.
//! - A [`Reader`] hands out whole persons and holds a bounded part of the file in memory; a
//!   [`Writer`] writes under another name in the same folder and renames when it is finished, so
//!   a file is there whole or not at all.
//! - Every file carries the balance before each visit; all but NDJSON may also say what was
//!   credited, from which the balances under another pack follow.

mod check;
mod columns;
mod ipc;
mod ndjson;
mod out;
mod parq;
mod table;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use tongchou_wire::read::pack_reference;

use crate::batch::Batch;
use crate::bind::place_of;
use crate::book::Book;
use crate::fault::{Code, Fault, said};

use check::Order;
use out::Out;
pub use out::abandon;

/// Visits that a reader puts into a batch, if it is not told otherwise.
pub const VISITS_WANTED: usize = 16_384;
/// Lines at which a reader ends a batch, if it is not told otherwise.
pub const LINES_WANTED: usize = 1 << 20;
/// Most visits of one person; more would not be a person, and memory is bounded.
pub const PERSON_VISITS_MAX: usize = 100_000;
/// Longest line of NDJSON and longest row of CSV, in bytes.
pub const LINE_BYTES_MAX: usize = 64 << 20;
/// Largest record batch of Arrow that is read, in bytes.
pub const BLOCK_BYTES_MAX: u64 = 1 << 30;

/// What files can be, by the ending of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.arrow`: Arrow IPC, file format.
    Arrow,
    /// `.parquet`: Parquet, compressed with snappy.
    Parquet,
    /// `.ndjson`: the public JSON, a request a line.
    Ndjson,
    /// `.csv`: a row per fee line.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[Self::Arrow, Self::Parquet, Self::Ndjson, Self::Csv];

    /// The ending of names, without the point.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Arrow => "arrow",
            Self::Parquet => "parquet",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// The format of a file by its name.
    ///
    /// # Errors
    /// D004 for any other ending.
    pub fn of(path: &Path) -> Result<Self, Fault> {
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        let known = Self::ALL.iter().find(|format| format.ending().eq_ignore_ascii_case(ending));
        known.copied().ok_or_else(|| {
            let expected = "*.arrow, *.parquet, *.ndjson, *.csv";
            Fault::new(Code::Format, shown(path), format!(".{ending}"), expected)
        })
    }
}

/// A text for a file that is not there yet: there in the end, whole, or not at all.
#[derive(Debug)]
pub struct Page {
    out: Out,
    file: File,
}

impl Page {
    /// Begins a file, under another name in the same folder.
    ///
    /// # Errors
    /// D003 for a file that is there, D002 for a folder in which nothing can be written.
    pub fn create(path: &Path) -> Result<Self, Fault> {
        let (out, file) = Out::create(path).map_err(|fault| fault.within(&shown(path)))?;
        Ok(Self { out, file })
    }

    /// Writes the text and gives the file its name.
    ///
    /// # Errors
    /// D002 where it cannot be written, D003 if a file of that name appeared meanwhile.
    pub fn finish(self, text: &str) -> Result<(), Fault> {
        let Self { out, mut file } = self;
        let place = shown(out.path());
        let written = file.write_all(text.as_bytes()).map_err(unwritable);
        drop(file);
        written.and_then(|()| out.keep()).map_err(|fault| fault.within(&place))
    }
}

/// What a file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Id of the pack that the visits are for; empty where a file does not say it.
    pub pack: String,
    /// Choices among the pack's parameters.
    pub params: BTreeMap<String, String>,
    /// Amounts that the pack asks of every bill, in fen.
    pub facts: BTreeMap<String, i64>,
    /// Name of the scenario that the visits were drawn from; not in NDJSON.
    pub scenario: Option<String>,
    /// Seed that they were drawn with; not in NDJSON.
    pub seed: Option<u64>,
}

/// Amounts that can stand in a file, in fen.
const FEN: RangeInclusive<i64> = 0..=tongchou_core::money::FEN_MAX;

/// Names under which a header stands in the metadata of Arrow and Parquet and before the rows of
/// CSV.
const FORMAT_KEY: &str = "tongchou.format";
const FORMAT_NUMBER: &str = "1";
const PACK_KEY: &str = "tongchou.pack";
const PARAMS_KEY: &str = "tongchou.params";
const FACTS_KEY: &str = "tongchou.facts";
const SCENARIO_KEY: &str = "tongchou.scenario";
const SEED_KEY: &str = "tongchou.seed";

impl Header {
    /// The header as names and values.
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![(FORMAT_KEY, FORMAT_NUMBER.to_owned()), (PACK_KEY, self.pack.clone())];
        if !self.params.is_empty() {
            let params: Vec<String> = self.params.iter().map(|(k, v)| format!("{k}={v}")).collect();
            pairs.push((PARAMS_KEY, params.join(",")));
        }
        if !self.facts.is_empty() {
            let facts: Vec<String> = self.facts.iter().map(|(k, v)| format!("{k}={v}")).collect();
            pairs.push((FACTS_KEY, facts.join(",")));
        }
        pairs.extend(self.scenario.clone().map(|name| (SCENARIO_KEY, name)));
        pairs.extend(self.seed.map(|seed| (SEED_KEY, seed.to_string())));
        pairs
    }

    /// Takes a pair that [`Header::pairs`] wrote; others are left alone.
    fn take(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let fault = |expected| Err(Fault::new(Code::Value, name, value, expected));
        match name {
            FORMAT_KEY if value != FORMAT_NUMBER => return fault(FORMAT_NUMBER),
            PACK_KEY => value.clone_into(&mut self.pack),
            SCENARIO_KEY => self.scenario = Some(value.to_owned()),
            SEED_KEY => match value.parse() {
                Ok(seed) => self.seed = Some(seed),
                Err(_) => return fault("a whole number"),
            },
            PARAMS_KEY => {
                for pair in value.split(',').filter(|pair| !pair.is_empty()) {
                    let Some((param, value)) = pair.split_once('=') else {
                        return fault("name=value pairs");
                    };
                    self.params.insert(param.to_owned(), value.to_owned());
                }
            }
            FACTS_KEY => {
                for pair in value.split(',').filter(|pair| !pair.is_empty()) {
                    let fen = |text: &str| text.parse().ok().filter(|fen| FEN.contains(fen));
                    let pair =
                        pair.split_once('=').and_then(|(fact, text)| Some((fact, fen(text)?)));
                    let Some((fact, fen)) = pair else {
                        return fault("name=value pairs, amounts in fen");
                    };
                    self.facts.insert(fact.to_owned(), fen);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Refuses what could not be read back: line breaks, and params that are more than names.
    fn check(&self, format: Format) -> Result<(), Fault> {
        let nameless = self.pack.is_empty() && format != Format::Ndjson;
        if !nameless && pack_reference(&self.pack).is_none() {
            return Err(misplaced("", format!("pack {:?}", self.pack), "the id of a pack"));
        }
        let broken = self.scenario.as_ref().filter(|text| text.contains(char::is_control));
        let params = self.params.iter().flat_map(|(name, value)| [name, value]);
        let odd = params.chain(self.facts.keys()).find(|text| !is_plain(text.as_bytes()));
        match broken.or(odd) {
            Some(text) => {
                let expected =
                    "text without line breaks; params and facts with letters, digits and `_`";
                Err(misplaced("", text.escape_default().to_string(), expected))
            }
            None => Ok(()),
        }
    }
}

/// Whether a text is letters, digits, `_`, `-` and `.` only, so that JSON needs no escapes.
fn is_plain(text: &[u8]) -> bool {
    !text.is_empty()
        && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Reads visits from a file.
#[derive(Debug)]
pub struct Reader {
    file: Arc<str>,
    header: Header,
    wanted: (usize, usize),
    /// Whether balances must follow from credits.
    credits: bool,
    order: Order,
    source: Source,
    failed: Option<Fault>,
    /// The same open file, to see how far it was read; its size, if it has one.
    handle: File,
    size: Option<u64>,
    reached: u64,
}

#[derive(Debug)]
enum Source {
    Arrow(Box<columns::Tables<ipc::Blocks>>),
    Parquet(Box<columns::Tables<parq::Groups>>),
    Ndjson(Box<ndjson::Lines>),
    Csv(Box<table::Rows>),
}

impl Reader {
    /// Opens a file and reads what it says of itself.
    ///
    /// # Errors
    /// D004 for an unknown ending, D001 for a file that cannot be read, D005 for one that is empty
    /// or damaged, D006 for missing columns or columns of another type, D007 for a header that
    /// cannot be understood; of NDJSON the first line is read, and may be refused.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let (format, file) = (Format::of(path)?, shown(path));
        let opened = Self::open_file(path).and_then(|(handle, size)| {
            let same = handle.try_clone().map_err(unreadable)?;
            let mut header = Header::default();
            let source = match format {
                Format::Arrow => {
                    let blocks = guard(|| ipc::Blocks::open(handle, &mut header))?;
                    Source::Arrow(Box::new(columns::Tables::new(blocks)))
                }
                Format::Parquet => {
                    let groups = guard(|| parq::Groups::open(handle, &mut header))?;
                    Source::Parquet(Box::new(columns::Tables::new(groups)))
                }
                Format::Ndjson => {
                    Source::Ndjson(Box::new(ndjson::Lines::open(handle, &mut header)?))
                }
                Format::Csv => Source::Csv(Box::new(table::Rows::open(handle, &mut header)?)),
            };
            Ok((header, source, same, size))
        });
        let (header, source, handle, size) = opened.map_err(|fault| fault.within(&file))?;
        let (order, credits, reached) = (Order::default(), false, 0);
        let wanted = (VISITS_WANTED, LINES_WANTED);
        let (file, failed) = (file.into(), None);
        Ok(Self { file, header, wanted, credits, order, source, failed, handle, size, reached })
    }

    /// Refuses a balance that is not known to follow from what was credited.
    fn credited(&mut self, batch: &mut Batch) -> Result<bool, Fault> {
        let drawn = batch.balance.iter().position(|balance| *balance != 0);
        let Some(row) = drawn.filter(|_| batch.credit.is_empty()) else {
            return Ok(batch.visits() > 0);
        };
        let what = format!("a balance that pack {} left", self.header.pack);
        let expected = "under another pack, a file with the column `credit` is needed (Arrow, \
                        Parquet, CSV)";
        let fault = Fault::new(Code::Usage, place_of(batch, row), what, expected);
        batch.clear();
        self.failed = Some(fault.clone());
        Err(fault)
    }

    /// A file with its size, if it is one of the disk.
    fn open_file(path: &Path) -> Result<(File, Option<u64>), Fault> {
        let file = File::open(path).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        if about.is_dir() {
            return Err(Fault::new(Code::Unreadable, "", "it is a folder", ""));
        }
        if about.is_file() && about.len() == 0 {
            return Err(corrupt("", "the file is empty"));
        }
        Ok((file, about.is_file().then_some(about.len())))
    }

    /// Size of the file in bytes; `None` where it has none, such as a pipe.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// How far the file was read, in bytes: never less than before, at most its size.
    #[must_use]
    pub fn reached(&self) -> u64 {
        self.reached
    }

    /// What the file says of itself.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Puts about this many visits into each batch: as many, and the rest of the last person's.
    #[must_use]
    pub fn with_visits(mut self, wanted: usize) -> Self {
        self.wanted.0 = wanted.max(1);
        self
    }

    /// Ends a batch when it has so many lines, too.
    #[must_use]
    pub fn with_lines(mut self, wanted: usize) -> Self {
        self.wanted.1 = wanted.max(1);
        self
    }

    /// Refuses balances that do not follow from credits: what was drawn before them was drawn
    /// under the pack of the file, which is not the one that they shall be settled under.
    #[must_use]
    pub fn for_another_pack(mut self) -> Self {
        self.credits = true;
        self
    }

    /// Fills a batch with the next whole persons; false at the end of the file.
    ///
    /// The same book must be given each time: it grows when profiles appear, and what the reader
    /// remembers of the file's profiles are indexes of that book.
    ///
    /// # Errors
    /// D005 for a file that is damaged or cut off, D007 for a value that does not belong, D008 for
    /// visits out of order, D011 for a line of NDJSON that the contract refuses, D012 for a balance
    /// that another pack would have left otherwise. Nothing can be read after an error: it is
    /// answered again.
    pub fn next(&mut self, batch: &mut Batch, book: &mut Book) -> Result<bool, Fault> {
        if let Some(fault) = &self.failed {
            return Err(fault.clone());
        }
        batch.clear();
        batch.origin.file = Arc::clone(&self.file);
        let (visits, lines) = self.wanted;
        let mut fill = Fill { batch, book, order: &mut self.order, visits, lines };
        let filled = match &mut self.source {
            Source::Arrow(tables) => guard(|| tables.fill(&mut fill)),
            Source::Parquet(tables) => guard(|| tables.fill(&mut fill)),
            Source::Ndjson(lines) => lines.fill(&mut fill),
            Source::Csv(rows) => rows.fill(&mut fill),
        };
        if let (Some(size), Ok(at)) = (self.size, self.handle.stream_position()) {
            self.reached = self.reached.max(at.min(size));
        }
        match filled {
            Ok(()) if self.credits => self.credited(batch),
            Ok(()) => Ok(fill.batch.visits() > 0),
            Err(fault) => {
                fill.batch.clear();
                let fault = fault.within(&self.file);
                self.failed = Some(fault.clone());
                Err(fault)
            }
        }
    }
}

/// A batch that is being filled.
struct Fill<'a> {
    batch: &'a mut Batch,
    book: &'a mut Book,
    order: &'a mut Order,
    /// Visits and lines that are wanted of it.
    visits: usize,
    lines: usize,
}

impl Fill<'_> {
    /// Whether the batch ends with the person whose visits were put last.
    #[inline(always)]
    fn is_full(&self) -> bool {
        self.visits <= self.batch.visits() || self.lines <= self.batch.lines()
    }

    /// Refuses a person beyond what memory is kept for.
    fn bound(&self) -> Result<(), Fault> {
        let (visits, lines) = (self.batch.visits(), self.batch.lines());
        if visits <= PERSON_VISITS_MAX && lines <= check::PERSON_LINES_MAX {
            return Ok(());
        }
        let last = self.batch.member.last();
        let first = last.map_or(0, |last| self.batch.member.partition_point(|m| m < last));
        let before = self.batch.line_start.get(first).map_or(0, |start| *start as usize);
        let refuse = |what: &str, most: usize| Err(misplaced("", what, format!("at most {most}")));
        if PERSON_VISITS_MAX < visits - first {
            return refuse("visits of one person", PERSON_VISITS_MAX);
        }
        if check::PERSON_LINES_MAX < lines.saturating_sub(before) {
            return refuse("lines of one person", check::PERSON_LINES_MAX);
        }
        Ok(())
    }
}

/// Runs the libraries of Arrow and Parquet, which may panic on damaged bytes.
///
/// Whatever they own is thrown away after that, so no broken state is seen again.
fn guard<T>(run: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(corrupt("", "its parts contradict each other")))
}

fn corrupt(place: &str, what: impl Into<String>) -> Fault {
    Fault::new(Code::Corrupt, place, what, "")
}

/// What was found where it does not belong, and what would have been accepted.
fn misplaced(
    place: impl Into<String>,
    value: impl Into<String>,
    expected: impl Into<String>,
) -> Fault {
    Fault::new(Code::Value, place, value, expected)
}

/// Writes visits to a file.
#[derive(Debug)]
pub struct Writer {
    file: String,
    sink: Sink,
    out: Out,
    order: Order,
    visits: u64,
    failed: bool,
}

#[derive(Debug)]
enum Sink {
    Arrow(Box<ipc::Sheets>),
    Parquet(Box<parq::Pages>),
    Ndjson(Box<ndjson::Pen>),
    Csv(Box<table::Pen>),
}

impl Writer {
    /// Begins a file, under another name in the same folder.
    ///
    /// # Errors
    /// D004 for an unknown ending, D003 for a file that is there already, D002 for a folder in
    /// which nothing can be written, D007 for a header with line breaks.
    pub fn create(path: &Path, header: &Header) -> Result<Self, Fault> {
        let format = Format::of(path)?;
        let at = |fault: Fault| fault.within(&shown(path));
        header.check(format).map_err(at)?;
        let (out, file) = Out::create(path).map_err(at)?;
        Self::over(format, out, file, header).map_err(at)
    }

    fn over(format: Format, out: Out, file: File, header: &Header) -> Result<Self, Fault> {
        let sink = match format {
            Format::Arrow => Sink::Arrow(Box::new(ipc::Sheets::new(file, header)?)),
            Format::Parquet => Sink::Parquet(Box::new(parq::Pages::new(file, header)?)),
            Format::Ndjson => Sink::Ndjson(Box::new(ndjson::Pen::new(file, header))),
            Format::Csv => Sink::Csv(Box::new(table::Pen::new(file, header)?)),
        };
        let (file, order) = (shown(out.path()), Order::default());
        Ok(Self { file, sink, out, order, visits: 0, failed: false })
    }

    /// Writes a batch, with the balance before each visit in `balance` and nothing in `opening`.
    ///
    /// # Errors
    /// D002 if it cannot be written, D007 for a value that no reader would take or a profile that
    /// the format cannot hold, D008 for visits out of order, D012 for a batch with opening
    /// balances or with columns that do not fit each other. After an error the file cannot be
    /// finished.
    pub fn write(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        let written = self.put(batch, book).map_err(|fault| fault.within(&self.file));
        self.failed |= written.is_err();
        written
    }

    fn put(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        let usage = |value, zh, en| Err(Fault::new(Code::Usage, "", value, said(zh, en)));
        if !batch.opening.is_empty() {
            return usage(
                "opening",
                "文件中为每次就诊前的余额",
                "files carry the balance before each visit",
            );
        }
        if !batch.is_sound() {
            return usage("batch", "各列须一致", "its columns must fit each other");
        }
        self.check(batch)?;
        match &mut self.sink {
            Sink::Arrow(sheets) => sheets.write(batch, book),
            Sink::Parquet(pages) => pages.write(batch, book),
            Sink::Ndjson(pen) => pen.write(batch, book),
            Sink::Csv(pen) => pen.write(batch, book),
        }
    }

    /// Refuses what a reader would refuse.
    fn check(&mut self, batch: &Batch) -> Result<(), Fault> {
        let before = self.visits;
        let place = |visit: usize| format!("visit {}", before + visit as u64 + 1);
        for (row, (member, day)) in batch.member.iter().zip(&batch.day).enumerate() {
            let person = batch.person.get(*member as usize).copied().unwrap_or_default();
            self.order.next((person, *day), || place(row))?;
        }
        check::visits(batch, 0, place)?;
        self.visits += batch.visits() as u64;
        Ok(())
    }

    /// Ends the file and gives it its name.
    ///
    /// # Errors
    /// D002 if it cannot be written or an earlier write failed, D003 if a file of that name
    /// appeared meanwhile; nothing is left behind.
    pub fn finish(self) -> Result<(), Fault> {
        let Self { file, sink, out, failed, .. } = self;
        let ended = match sink {
            _ if failed => Err(unwritable("an earlier part failed")),
            Sink::Arrow(sheets) => sheets.finish(),
            Sink::Parquet(pages) => pages.finish(),
            Sink::Ndjson(pen) => pen.finish(),
            Sink::Csv(pen) => pen.finish(),
        };
        ended.and_then(|()| out.keep()).map_err(|fault| fault.within(&file))
    }
}

fn unwritable(error: impl ToString) -> Fault {
    Fault::new(Code::Unwritable, "", error.to_string(), "")
}

fn unreadable(error: std::io::Error) -> Fault {
    Fault::new(Code::Unreadable, "", error.to_string(), "")
}

/// The folder that a file is in.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether something of that name is there, a dangling link too.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests;
