//! Files written and read back, and files that nobody should have written.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod bad;
mod made;
mod ndjson;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use made::{Made, Visit};

/// A folder of its own for a test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tongchou-files-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn header() -> Header {
    Header {
        pack: "test-employee".into(),
        params: BTreeMap::from([("choice".into(), "high".into())]),
        facts: BTreeMap::from([("income".into(), 4_000_050), ("base".into(), 0)]),
        scenario: Some("a small town (小镇)".into()),
        seed: Some(u64::MAX),
    }
}

fn write(path: &Path, batches: &[Batch], book: &Book) {
    let mut writer = Writer::create(path, &header()).unwrap();
    for batch in batches {
        writer.write(batch, book).unwrap();
    }
    writer.finish().unwrap();
}

/// Everything in a file, by batches of about so many visits.
fn read(path: &Path, wanted: usize) -> Result<Vec<Visit>, Fault> {
    let mut reader = Reader::open(path)?.with_visits(wanted);
    let (mut batch, mut book, mut visits) = (Batch::default(), Book::default(), Vec::new());
    let mut last = None;
    while reader.next(&mut batch, &mut book)? {
        assert!(batch.is_sound());
        assert!(last < batch.person.first().copied(), "a person is in two batches");
        let person_before = batch.member.iter().take_while(|m| **m + 1 < people(&batch)).count();
        assert!(person_before < wanted, "{person_before} visits before the last person's");
        last = batch.person.last().copied();
        visits.extend(made::flat(&batch, &book));
    }
    assert!(!reader.next(&mut batch, &mut book)?);
    Ok(visits)
}

fn people(batch: &Batch) -> u32 {
    u32::try_from(batch.person.len()).unwrap()
}

/// What a format does not hold, taken away.
fn held(format: Format, visits: &[Visit]) -> Vec<Visit> {
    let mut visits = visits.to_vec();
    if format == Format::Ndjson {
        for visit in &mut visits {
            visit.flags &= !crate::batch::mark::LATE;
            (visit.district, visit.credit) = (None, None);
        }
    }
    visits
}

#[test]
fn what_is_written_is_read() {
    let folder = Folder::new();
    for seed in 0..24 {
        let mut made = Made::new(seed);
        let (batches, book) = made.batches();
        let all: Vec<Visit> = batches.iter().flat_map(|batch| made::flat(batch, &book)).collect();
        for format in Format::ALL {
            let path = folder.path(&format!("{seed}.{}", format.ending()));
            write(&path, &batches, &book);
            for wanted in [1, 7, 100, VISITS_WANTED] {
                let visits = read(&path, wanted).unwrap();
                let expected = held(*format, &all);
                assert_eq!(visits.len(), expected.len(), "{format:?} {seed}");
                for (visit, expected) in visits.iter().zip(&expected) {
                    assert_eq!(visit, expected, "{format:?} {seed}");
                }
            }
        }
    }
}

#[test]
fn a_batch_ends_at_lines_too_and_a_limit_is_one_person_s() {
    let folder = Folder::new();
    let (batches, book) = Made::new(3).batches();
    let all: Vec<Visit> = batches.iter().flat_map(|batch| made::flat(batch, &book)).collect();
    for format in Format::ALL {
        let path = folder.path(&format!("a.{}", format.ending()));
        write(&path, &batches, &book);
        for wanted in [1, 10, 200] {
            let mut reader = Reader::open(&path).unwrap().with_lines(wanted);
            let (mut batch, mut book) = (Batch::default(), Book::default());
            let (mut visits, mut count) = (Vec::new(), 0);
            while reader.next(&mut batch, &mut book).unwrap() {
                let last = batch.member.partition_point(|member| *member + 1 < people(&batch));
                let before = batch.line_start[last] as usize;
                assert!(before < wanted, "{format:?}: {before} lines before the last person's");
                visits.extend(made::flat(&batch, &book));
                count += 1;
            }
            assert_eq!(visits, held(*format, &all));
            assert!(count > 1 || wanted > batch.lines());
        }
    }
    // What others have in the same batch is not held against a person.
    let many = |visits: usize, lines: usize| {
        let mut batch = Batch::default();
        batch.clear();
        for person in 0..2 {
            batch.person.push(person);
            batch.member.extend(std::iter::repeat_n(u32::try_from(person).unwrap(), visits));
        }
        let ends = (1..=2 * visits).map(|visit| u32::try_from(visit * lines).unwrap());
        batch.line_start.extend(ends);
        batch.fee.resize(2 * visits * lines, 0);
        let (mut book, mut order) = (Book::default(), Order::default());
        let fill =
            Fill { batch: &mut batch, book: &mut book, order: &mut order, visits: 1, lines: 1 };
        fill.bound().map_err(|fault| fault.to_string())
    };
    assert_eq!(many(PERSON_VISITS_MAX, 0), Ok(()));
    assert!(many(PERSON_VISITS_MAX + 1, 0).unwrap_err().contains("visits of one person"));
}

#[test]
fn a_visit_knows_where_it_was_read() {
    let folder = Folder::new();
    let (batches, book) = Made::new(5).batches();
    let all: Vec<Visit> = batches.iter().flat_map(|batch| made::flat(batch, &book)).collect();
    for format in Format::ALL {
        let path = folder.path(&format!("a.{}", format.ending()));
        write(&path, &batches, &book);
        let text = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut reader = Reader::open(&path).unwrap().with_visits(13);
        let (mut batch, mut book, mut number) = (Batch::default(), Book::default(), 0);
        while reader.next(&mut batch, &mut book).unwrap() {
            for row in 0..batch.visits() {
                let place = place_of(&batch, row);
                let rest = place.strip_prefix(&format!("{}: ", path.display())).unwrap();
                let (word, rest) = rest.split_once(' ').unwrap();
                let (at, rest) = rest.split_once(": ").unwrap();
                let at: usize = at.parse().unwrap();
                assert!(rest.starts_with(&format!("person {}, visit ", all[number].person)));
                let person = all[number].person;
                number += 1;
                match format {
                    Format::Arrow | Format::Parquet => assert_eq!((word, at), ("row", number)),
                    Format::Csv => {
                        let line = text.lines().nth(at - 1).unwrap();
                        assert!(line.starts_with(&format!("{person},")), "{line}");
                    }
                    Format::Ndjson => {
                        let line = text.lines().nth(at - 1).unwrap();
                        assert!(line.contains(&format!("\"id\":\"{person}\"")), "{line}");
                        assert!(!line.contains("\"cancel\""), "{line}");
                    }
                }
            }
        }
        assert_eq!(number, all.len());
    }
}

#[test]
fn balances_of_another_pack_follow_from_credits_or_are_refused() {
    let folder = Folder::new();
    let mut credited = 0;
    for seed in 0..8 {
        let (batches, book) = Made::new(seed).batches();
        let has = batches.iter().any(|batch| !batch.credit.is_empty());
        credited += u32::from(has);
        for format in Format::ALL {
            let path = folder.path(&format!("{seed}.{}", format.ending()));
            write(&path, &batches, &book);
            let (mut batch, mut book) = (Batch::default(), Book::default());
            let mut reader = Reader::open(&path).unwrap().for_another_pack();
            match reader.next(&mut batch, &mut book) {
                Ok(_) => {
                    assert!(has && *format != Format::Ndjson);
                    let (credit, persons) = (batch.credit.clone(), batch.person.len());
                    batch.carry();
                    assert_eq!((&batch.balance, batch.opening.len()), (&credit, persons));
                    assert!(batch.is_sound() && batch.credit.is_empty());
                }
                Err(fault) => {
                    assert!(!has || *format == Format::Ndjson, "{fault}");
                    assert_eq!(fault.code, Code::Usage);
                    assert!(fault.to_string().contains("test-employee"), "{fault}");
                    assert_eq!(reader.next(&mut batch, &mut book), Err(fault));
                }
            }
        }
    }
    assert!(0 < credited && credited < 8);
}

#[test]
fn a_file_says_what_it_is() {
    let folder = Folder::new();
    let (batches, book) = Made::new(1).batches();
    for format in Format::ALL {
        let path = folder.path(&format!("a.{}", format.ending()));
        write(&path, &batches, &book);
        let mut expected = header();
        if *format == Format::Ndjson {
            (expected.scenario, expected.seed) = (None, None);
        }
        assert_eq!(Reader::open(&path).unwrap().header(), &expected);
    }
}

#[test]
fn a_book_that_knows_more_gets_its_own_indexes() {
    let folder = Folder::new();
    let (batches, written) = Made::new(2).batches();
    let all: Vec<Visit> = batches.iter().flat_map(|batch| made::flat(batch, &written)).collect();
    for format in Format::ALL {
        let path = folder.path(&format!("a.{}", format.ending()));
        write(&path, &batches, &written);
        let mut book = Book::default();
        book.who.read("age=99").unwrap();
        book.what.read("care=observation,level=tier1").unwrap();
        book.item.read("class=C,kind=protein").unwrap();
        let (mut batch, mut visits) = (Batch::default(), Vec::new());
        let mut reader = Reader::open(&path).unwrap().with_visits(50);
        while reader.next(&mut batch, &mut book).unwrap() {
            visits.extend(made::flat(&batch, &book));
        }
        assert_eq!(visits, held(*format, &all), "{format:?}");
    }
}

#[test]
fn a_file_of_no_visits_has_columns_unless_its_format_has_none() {
    let folder = Folder::new();
    for format in Format::ALL {
        let path = folder.path(&format!("none.{}", format.ending()));
        write(&path, &[], &Book::default());
        match format {
            Format::Ndjson => assert_eq!(read(&path, 9).unwrap_err().code, Code::Corrupt),
            _ => assert_eq!(read(&path, 9).unwrap(), []),
        }
    }
}

#[test]
fn the_days_of_the_contract_are_those_of_the_calendar() {
    let day = |y, m, d| tongchou_core::calendar::Day::new(y, m, d).unwrap().0;
    assert_eq!(check::DAYS, (day(1900, 1, 1), day(2999, 12, 31)));
}

#[test]
fn prices_follow_from_fees_and_fees_from_prices() {
    assert_eq!(check::unit_price(100, 30_000), 333_333);
    assert_eq!(check::is_exact(333_333, 30_000, 100), Some(false));
    assert_eq!(check::is_exact(1_235_000, 20_000, 247), Some(true));
    assert_eq!(check::is_exact(1_235_000, 20_000, 248), None);
    // 0.005 yuan is a fen, 0.004999 is none.
    assert_eq!(check::is_exact(5_000, QUANTITY, 1), Some(false));
    assert_eq!(check::is_exact(4_999, QUANTITY, 0), Some(false));
    assert_eq!((check::product(5_000, QUANTITY), check::product(4_999, QUANTITY)), (1, 0));
}

const QUANTITY: u32 = crate::batch::QUANTITY_ONE;
