//! Files of every format settle to what the run came to that wrote them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use tongchou_sim::batch::Batch;
use tongchou_sim::book::Book;
use tongchou_sim::fault::{Code, Fault};
use tongchou_sim::files::{Format, Header, Reader, Writer};
use tongchou_sim::generate::Generator;
use tongchou_sim::presets;
use tongchou_sim::run::{self, Population, Quiet, Ran, Recorded, Recorder, Terms};
use tongchou_sim::scenario::Scenario;
use tongchou_sim::settle::WIDTH_MAX;
use tongchou_wire::amount::Yuan;

use crate::impact::{RATE, changed};
use crate::one_by_one::compare;
use crate::some::{self, Some as People, batch};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tongchou-it-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Written(Writer);

impl Recorder for Written {
    fn take(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        self.0.write(batch, book)
    }
}

struct Read(Reader);

impl Recorded for Read {
    fn next(&mut self, batch: &mut Batch, book: &mut Book) -> Result<bool, Fault> {
        self.0.next(batch, book)
    }
}

fn header(terms: &Terms) -> Header {
    Header {
        pack: terms.binder.reference(),
        params: terms.binder.params(),
        facts: terms.facts.iter().map(|(name, yuan)| (name.clone(), yuan.0)).collect(),
        ..Header::default()
    }
}

/// Settles a population into a file.
fn write(people: &impl Population, persons: u64, terms: &Terms, path: &Path) -> Ran {
    let mut written = Written(Writer::create(path, &header(terms)).unwrap());
    let ran = run::record::<WIDTH_MAX>(people, 0..persons, terms, &mut written, &Quiet).unwrap();
    written.0.finish().unwrap();
    ran
}

fn replay(reader: Reader, terms: &Terms, threads: usize) -> Result<Ran, Fault> {
    run::replay::<WIDTH_MAX>(&mut Read(reader), terms, threads, None, &Quiet)
}

/// A population's files settle to its states by what they say of themselves alone.
fn same_from_every_format(people: &impl Population, persons: u64, terms: &Terms) {
    let folder = Folder::new();
    for format in Format::ALL {
        let path = folder.0.join(format!("a.{}", format.ending()));
        let ran = write(people, persons, terms, &path);
        let reader = Reader::open(&path).unwrap();
        let said = reader.header().clone();
        assert_eq!(said, header(terms), "{format:?}");
        let facts = said.facts.into_iter().map(|(name, fen)| (name, Yuan(fen))).collect();
        let binder = some::engine(&said.pack).binder(&said.pack, &said.params).unwrap();
        let own = Terms { binder, facts };
        let again = replay(reader, &own, 2).unwrap();
        assert_eq!(again.tally.states, ran.tally.states, "{format:?}");
        assert_eq!(again.tally.sums(), ran.tally.sums(), "{format:?}");
        assert_eq!(again.tally.by_layer, ran.tally.by_layer, "{format:?}");
        assert!(ran.tally.sums().fund > 0);
        // And so does a copy that was settled on the way.
        let copy = folder.0.join(format!("b.{}", format.ending()));
        let mut written = Written(Writer::create(&copy, &header(terms)).unwrap());
        let mut read = Read(Reader::open(&path).unwrap());
        let ran = run::replay::<WIDTH_MAX>(&mut read, &own, 1, Some(&mut written), &Quiet);
        written.0.finish().unwrap();
        assert_eq!(ran.unwrap().tally.states, again.tally.states);
        // Batches are cut elsewhere, which only text does not show.
        if [Format::Ndjson, Format::Csv].contains(format) {
            assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&copy).unwrap());
        }
    }
}

fn scenario(id: &str) -> (Scenario, Terms) {
    let scenario = Scenario::read(presets::find(id).unwrap().text, id).unwrap();
    let binder = some::engine(&scenario.pack).binder(&scenario.pack, &scenario.params).unwrap();
    let facts = scenario.facts.iter().map(|(name, fen)| (name.clone(), Yuan(*fen))).collect();
    (scenario, Terms { binder, facts })
}

#[test]
fn b15_every_format_settles_to_the_states_of_the_run() {
    let (scenario, terms) = scenario("huadian");
    assert!(!terms.facts.is_empty());
    same_from_every_format(&Generator::new(&scenario, 1).unwrap(), 3_000, &terms);
}

#[test]
fn a_result_that_depends_on_a_fact_is_in_every_file() {
    let people = People::of(
        &["age=40"],
        &["care=inpatient,category=local", "care=inpatient,category=referred"],
        &["class=A", "class=B", "class=C"],
    );
    let terms = |deductible: i64| {
        let facts = BTreeMap::from([("local_deductible".to_owned(), Yuan(deductible))]);
        Terms { facts, ..some::terms("000000-offsite") }
    };
    let [low, high] = [30_000, 130_000].map(|deductible| {
        same_from_every_format(&people, 500, &terms(deductible));
        run::generate::<WIDTH_MAX>(&people, 0..500, &terms(deductible), 1, &Quiet).unwrap()
    });
    assert_ne!(low.tally.sums().fund, high.tally.sums().fund);
    let none = Terms { facts: BTreeMap::new(), ..terms(0) };
    let ran = run::generate::<WIDTH_MAX>(&people, 0..500, &none, 1, &Quiet);
    assert_eq!(ran.unwrap_err().code, Code::Refused);
}

#[test]
fn a_file_under_another_pack_is_the_run_under_that_pack() {
    let (scenario, terms) = scenario("beijing");
    let generator = Generator::new(&scenario, 2).unwrap();
    let (_, reform) = changed(&[RATE]);
    let wanted = run::generate::<WIDTH_MAX>(&generator, 0..2_000, &reform, 1, &Quiet).unwrap();
    let folder = Folder::new();
    for format in Format::ALL {
        let path = folder.0.join(format!("a.{}", format.ending()));
        let first = write(&generator, 2_000, &terms, &path);
        assert_ne!(first.tally.sums().account, wanted.tally.sums().account);
        let reader = Reader::open(&path).unwrap().for_another_pack();
        let again = replay(reader, &reform, 3);
        if *format == Format::Ndjson {
            let fault = again.unwrap_err();
            assert_eq!(fault.code, Code::Usage);
            assert!(fault.place.contains("a.ndjson: line ") && fault.place.contains("person "));
            continue;
        }
        let again = again.unwrap();
        assert_eq!(again.tally.sums(), wanted.tally.sums(), "{format:?}");
        assert_eq!(again.tally.states, wanted.tally.states, "{format:?}");
    }
}

#[test]
fn a_refused_visit_is_told_with_its_file_and_its_place_in_it() {
    let people = People::of(
        &["age=40,person=active"],
        &["care=inpatient,level=tier3", "care=pharmacy,level=tier3"],
        &["class=A"],
    );
    let visits = [
        (3, 19_800, 0, 0, 0, 0, 90_000),
        (3, 19_801, 0, 0, 0, 0, 90_000),
        (8, 19_802, 0, 0, 1, 0, 90_000),
    ];
    let folder = Folder::new();
    let terms = some::terms("110000-employee");
    for (format, at) in Format::ALL.iter().zip(["row 3", "row 3", "line 3", "line 7"]) {
        let path = folder.0.join(format!("a.{}", format.ending()));
        let mut writer = Writer::create(&path, &header(&terms)).unwrap();
        writer.write(&batch(&visits), &people.book).unwrap();
        writer.finish().unwrap();
        for threads in [1, 2] {
            let fault = replay(Reader::open(&path).unwrap(), &terms, threads).unwrap_err();
            assert_eq!(fault.code, Code::Refused);
            let place = format!("{}: {at}: person 8, visit 1", path.display());
            assert_eq!(fault.place, place);
        }
    }
}

#[test]
fn an_account_above_the_bound_is_told_as_such() {
    let people =
        People::of(&["age=40,person=active"], &["care=inpatient,level=tier3"], &["class=A"]);
    let mut one = batch(&[(3, 19_800, 0, 0, 0, 0, 90_000)]);
    (one.opening, one.balance) = (vec![1_000_000_000_000], vec![1]);
    let mut given = some::Given([one].into(), people.book);
    let terms = some::terms("110000-employee");
    let ran = run::replay::<WIDTH_MAX>(&mut given, &terms, 1, None, &Quiet);
    let fault = ran.unwrap_err();
    assert_eq!(fault.code, Code::Value);
    assert!(fault.to_string().contains("account balance"), "{fault}");
}

/// B15 for what was recorded: each bill, and the state of each member after all of them.
#[test]
fn b15_the_recorded_visits_settle_one_by_one_to_the_states_of_columns() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/sim");
    let mut hashes = Vec::new();
    for file in ["recorded.ndjson", "recorded.csv"] {
        let mut reader = Reader::open(&folder.join(file)).unwrap().with_visits(1);
        let (mut batch, mut book) = (Batch::default(), Book::default());
        let mut engine = some::engine("110000-employee");
        let terms = some::terms("110000-employee");
        let mut members = 0;
        while reader.next(&mut batch, &mut book).unwrap() {
            compare(&mut engine, &terms, &batch, &book);
            members += batch.person.len();
            let mut one = some::Given([batch.clone()].into(), book.clone());
            let ran = run::replay::<WIDTH_MAX>(&mut one, &terms, 1, None, &Quiet).unwrap();
            hashes.push((batch.person.clone(), ran.tally.states));
        }
        assert!(members > 1, "{members}");
    }
    let (first, second) = hashes.split_at(hashes.len() / 2);
    assert_eq!(first, second);
}
