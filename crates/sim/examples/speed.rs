//! Generating, settling and reading the visits of a scenario, beside each other in one run.
//!
//! `cargo run --release -p tongchou-sim --example speed [SCENARIO] [VISITS]`: by default 300,000
//! visits of `cn-employee-2025`; medians of seven rounds, each row once a round, one core unless
//! said. Settling from memory is the control of all rows; typed `serde_json`, which reads the same
//! lines into a mirror of the request and makes no columns of it, that of reading NDJSON; a loop
//! that only counts that of two threads. Files lie in the page cache.
#![expect(clippy::float_arithmetic, reason = "ratios for people")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tongchou_sim::batch::Batch;
use tongchou_sim::book::Book;
use tongchou_sim::fault::Fault;
use tongchou_sim::files::{Format, Header, Reader, Writer};
use tongchou_sim::generate::Generator;
use tongchou_sim::load::{spin, visits_in_memory};
use tongchou_sim::run::{self, Quiet, Recorded, Recorder, Terms};
use tongchou_sim::scenario::Scenario;
use tongchou_sim::settle::{Settler, WIDTH_SMALL as WIDTH};
use tongchou_wire::engine::Engine;

const ROUNDS: usize = 7;

/// The fields of a request that have columns.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what a control reads is not used")]
struct Mirror {
    contract: u32,
    pack: String,
    #[serde(default)]
    params: BTreeMap<String, String>,
    member: Member,
    encounter: Encounter,
    lines: Vec<Line>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what a control reads is not used")]
struct Member {
    id: String,
    age: Option<u8>,
    person: Option<String>,
    group: Option<String>,
    poverty: Option<String>,
    account: Option<Account>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what a control reads is not used")]
struct Account {
    balance: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what a control reads is not used")]
struct Encounter {
    id: String,
    care: Option<String>,
    level: Option<String>,
    category: Option<String>,
    admitted: String,
    discharged: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what a control reads is not used")]
struct Line {
    id: String,
    class: Option<String>,
    kind: Option<String>,
    price: String,
    quantity: String,
    amount: String,
    limit: Option<String>,
    prepay: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "cn-employee-2025".to_owned());
    let visits = args.next().map_or(Ok(300_000), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("tongchou-speed-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let measured = measure(&name, visits, &folder);
    fs::remove_dir_all(&folder)?;
    measured
}

/// What all rows work on.
struct Bench {
    generator: Generator,
    terms: Terms,
    persons: u64,
    blocks: Vec<Batch>,
    /// Settles all rounds of the control: its bindings are those of a long run.
    settler: Settler<WIDTH>,
    folder: PathBuf,
    text: Vec<u8>,
}

fn terms(scenario: &Scenario) -> Result<Terms, Box<dyn Error>> {
    let source = tongchou_packs::find(&scenario.pack).ok_or("no such pack")?;
    let checked =
        tongchou_policy::check(source.text, source.id).map_err(|report| format!("{report:?}"))?;
    let mut engine = Engine::new();
    engine.add_pack(&checked.canonical).map_err(|refusal| refusal.to_string())?;
    let binder = engine.binder(&scenario.pack, &scenario.params);
    Ok(Terms { binder: binder.map_err(|refusal| refusal.to_string())?, facts: BTreeMap::new() })
}

struct File(Writer);

impl Recorder for File {
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

fn measure(name: &str, visits: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    let preset = tongchou_sim::presets::find(name).ok_or("no such scenario")?;
    let scenario = Scenario::read(preset.text, preset.id)?;
    let (terms, generator) = (terms(&scenario)?, Generator::new(&scenario, 1)?);
    let blocks = visits_in_memory(&generator, visits);
    let persons: u64 = blocks.iter().map(|block| block.person.len() as u64).sum();
    let settler = Settler::new(terms.bound())?;
    let (folder, text) = (folder.to_owned(), Vec::new());
    let mut bench = Bench { generator, terms, persons, blocks, settler, folder, text };
    let header = Header { pack: scenario.pack.clone(), ..Header::default() };
    for format in Format::ALL {
        let mut file = File(Writer::create(&bench.path(*format), &header)?);
        run::record::<WIDTH>(&bench.generator, 0..persons, &bench.terms, &mut file, &Quiet)?;
        file.0.finish()?;
    }
    bench.text = fs::read(bench.path(Format::Ndjson))?;
    let count: usize = bench.blocks.iter().map(Batch::visits).sum();
    let lines: usize = bench.blocks.iter().map(Batch::lines).sum();
    println!("{name}: {count} visits, {:.2} lines a visit", lines as f64 / count as f64);
    bench.table(count)
}

type Row = (&'static str, fn(&mut Bench) -> Result<(), Fault>);

const ROWS: [Row; 13] = [
    ("settle from memory (bind + settle)", Bench::settle),
    ("  of which bind", Bench::bind),
    ("generate", Bench::generate),
    ("generate + settle", Bench::both),
    ("replay Arrow", |bench| bench.replay(Format::Arrow)),
    ("replay Parquet", |bench| bench.replay(Format::Parquet)),
    ("replay NDJSON", |bench| bench.replay(Format::Ndjson)),
    ("replay CSV", |bench| bench.replay(Format::Csv)),
    ("read Arrow", |bench| bench.read(Format::Arrow)),
    ("read Parquet", |bench| bench.read(Format::Parquet)),
    ("read NDJSON", |bench| bench.read(Format::Ndjson)),
    ("read CSV", |bench| bench.read(Format::Csv)),
    ("typed serde_json on the NDJSON", Bench::serde),
];

impl Bench {
    fn path(&self, format: Format) -> PathBuf {
        self.folder.join(format!("visits.{}", format.ending()))
    }

    fn settle(&mut self) -> Result<(), Fault> {
        let Self { settler, blocks, generator, .. } = self;
        blocks.iter().try_for_each(|block| settler.run(block, generator.book()))
    }

    fn bind(&mut self) -> Result<(), Fault> {
        let Self { settler, blocks, generator, .. } = self;
        blocks.iter().try_for_each(|block| settler.bound.bind(block, generator.book()))
    }

    fn generate(&mut self) -> Result<(), Fault> {
        let mut batch = Batch::default();
        for from in (0..self.persons).step_by(1_024) {
            self.generator.fill(from..from + 1_024, &mut batch);
            black_box(&batch);
        }
        Ok(())
    }

    fn run(&self, persons: u64, threads: usize) -> Result<(), Fault> {
        run::generate::<WIDTH>(&self.generator, 0..persons, &self.terms, threads, &Quiet)
            .map(|ran| drop(black_box(ran)))
    }

    fn both(&mut self) -> Result<(), Fault> {
        self.run(self.persons, 1)
    }

    fn replay(&mut self, format: Format) -> Result<(), Fault> {
        let mut file = Read(Reader::open(&self.path(format))?);
        let ran = run::replay::<WIDTH>(&mut file, &self.terms, 1, None, &Quiet)?;
        black_box(ran);
        Ok(())
    }

    fn read(&mut self, format: Format) -> Result<(), Fault> {
        let mut reader = Reader::open(&self.path(format))?;
        let (mut batch, mut book) = (Batch::default(), Book::default());
        while reader.next(&mut batch, &mut book)? {
            black_box(&batch);
        }
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "a row like the others")]
    fn serde(&mut self) -> Result<(), Fault> {
        for line in self.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            // Lines that take a bill back are no requests; a few in a thousand.
            drop(black_box(serde_json::from_slice::<Mirror>(line)));
        }
        Ok(())
    }

    fn table(&mut self, visits: usize) -> Result<(), Box<dyn Error>> {
        let mut times = vec![Vec::new(); ROWS.len()];
        for _ in 0..ROUNDS {
            for ((_, row), times) in ROWS.iter().zip(&mut times) {
                let begun = Instant::now();
                row(self)?;
                times.push(begun.elapsed().as_nanos() as f64 / visits as f64);
            }
        }
        let medians: Vec<f64> = times
            .into_iter()
            .map(|mut times| {
                times.sort_by(f64::total_cmp);
                times.get(ROUNDS / 2).copied().unwrap_or_default()
            })
            .collect();
        let control = medians.first().copied().unwrap_or_default();
        println!("{:<38}{:>10}{:>10}{:>12}{:>12}", "", "ns/visit", "M/s", "x settling", "rate");
        for ((name, _), ns) in ROWS.iter().zip(&medians) {
            let (rate, times, share) = (1e3 / ns, ns / control, control / ns);
            println!("{name:<38}{ns:>10.1}{rate:>10.2}{times:>12.2}{share:>12.2}");
        }
        if let (Some(serde), Some(read)) = (medians.get(12), medians.get(10)) {
            println!("NDJSON is read {:.2} times as fast as by serde_json", serde / read);
        }
        self.threads()
    }

    /// Two threads beside one, over twenty times the persons: what begins a run must not count.
    fn threads(&self) -> Result<(), Box<dyn Error>> {
        let persons = self.persons * 20;
        let mut ratios = Vec::new();
        for _ in 0..3 {
            let mut seconds = Vec::new();
            for threads in [1, 2] {
                let begun = Instant::now();
                self.run(persons, threads)?;
                seconds.push(begun.elapsed().as_secs_f64());
            }
            let time = Duration::from_millis(500);
            let control = spin(2, time) as f64 / spin(1, time) as f64;
            if let [one, two] = seconds.as_slice() {
                ratios.push((one / two, control));
            }
        }
        for (ratio, control) in ratios {
            println!("2 threads x{ratio:.2}, spin control x{control:.2}");
        }
        Ok(())
    }
}
