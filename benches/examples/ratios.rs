//! Times the kernel and its hand-written controls side by side: interleaved rounds, medians.
//!
//! On a shared machine only the ratios mean anything; each is the median of the rounds' ratios.
//! `--json FILE` also writes the times and checksums of the rows that are measured in WASM, for
//! `web/runner/bench.mjs`.
#![expect(
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "times are fractions, and the tables of a round have one length"
)]

use std::time::Instant;
use std::{env, fs};

use serde_json::json;
use tongchou_benches::workloads::{PORTABLE, Row, VISITS, inpatient, name, supplement};

const ROUNDS: usize = 21;
/// The limits of time in WASM, over the native time of the same row.
const IN_WASM: [(&str, f64); 2] = [(name::ONCE, 1.15), (name::SORTED, 1.45)];

/// What a row is held to.
enum Target {
    /// Its time is at most so many times that of the other row.
    Times(&'static str, &'static str, f64),
    /// It takes at most so many nanoseconds more than the other row.
    More(&'static str, &'static str, f64),
}

use Target::{More, Times};

const TARGETS: [Target; 8] = [
    Times(name::TUNED, name::PUBLISHED, 0.65),
    Times(name::ONCE, name::PUBLISHED, 0.8),
    Times(name::ONCE, name::TUNED, 1.25),
    Times(name::ONCE_16, name::TUNED, 1.5),
    Times(name::CONTROL, name::PUBLISHED, 6.0),
    Times(name::SORTED, name::CONTROL, 1.3),
    Times(name::RANDOM, name::SORTED, 2.0),
    More(name::TRACED, name::SORTED, 20.0),
];

/// Rows of equal results.
const SAME: [&[&str]; 3] = [
    &[name::PUBLISHED, name::TUNED, name::ONCE],
    &[name::CONTROL, name::SORTED, name::TRACED],
    &[name::CONTROL_RANDOM, name::CONTROL_TOUCH, name::RANDOM, name::RANDOM_PLAIN],
];

/// A row and its time in every round, in nanoseconds an item.
struct Timed {
    row: Row,
    spent: Vec<f64>,
    checksum: u64,
}

impl Timed {
    fn new(row: Row) -> Self {
        Self { row, spent: Vec::new(), checksum: 0 }
    }

    fn round(&mut self) {
        let work = &mut self.row.work;
        work.reset();
        let start = Instant::now();
        work.run();
        self.spent.push(start.elapsed().as_secs_f64() * 1e9 / work.count() as f64);
    }

    fn least(&self) -> f64 {
        self.spent.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The median over the rounds of this row beside another one.
    fn beside(&self, other: &Self, compare: impl Fn(f64, f64) -> f64) -> f64 {
        median(self.spent.iter().zip(&other.spent).map(|(own, its)| compare(*own, *its)))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values = values.collect::<Vec<_>>();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// All rows of a run.
struct Table(Vec<Timed>);

impl Table {
    fn measured() -> Self {
        let rows = supplement().into_iter().chain(inpatient()).map(Timed::new);
        let mut rows = rows.collect::<Vec<_>>();
        for round in 0..=ROUNDS {
            for timed in &mut rows {
                timed.round();
                if round == 0 {
                    timed.spent.clear();
                    timed.checksum = timed.row.work.checksum();
                }
            }
        }
        Self(rows)
    }

    fn row(&self, name: &str) -> &Timed {
        let found = self.0.iter().find(|timed| timed.row.name == name);
        found.unwrap_or_else(|| panic!("no row {name}"))
    }

    fn compared(&self) {
        for names in SAME {
            let wanted = self.row(names[0]).checksum;
            for name in names {
                assert_eq!(self.row(name).checksum, wanted, "{name}: wrong results");
            }
        }
    }

    fn print(&self) {
        println!("{:<28}{:>9}{:>9}", "row", "ns", "least");
        for timed in &self.0 {
            let middle = median(timed.spent.iter().copied());
            println!("{:<28}{middle:>9.2}{:>9.2}", timed.row.name, timed.least());
        }
        println!("\n{:<28}{:<28}{:>8}{:>8}{:>9}", "row", "against", "is", "least", "at most");
        for target in &TARGETS {
            let (own, its, most, unit, compare): (_, _, _, _, fn(f64, f64) -> f64) = match *target {
                Times(own, its, most) => (own, its, most, "", |own, its| own / its),
                More(own, its, most) => (own, its, most, " ns more", |own, its| own - its),
            };
            let (row, against) = (self.row(own), self.row(its));
            let is = row.beside(against, compare);
            let least = compare(row.least(), against.least());
            let verdict = if is <= most { "" } else { "  missed" };
            println!("{own:<28}{its:<28}{is:>8.3}{least:>8.3}{most:>9.2}{unit}{verdict}");
        }
        let (rounds, visits) = (ROUNDS, VISITS);
        println!("\nmedians of {rounds} rounds, {visits} visits; equal results where they must be");
    }

    /// The rows that WASM is held against.
    fn json(&self) -> serde_json::Value {
        let rows = PORTABLE.map(|name| {
            let timed = self.row(name);
            let most = IN_WASM.iter().find(|(row, _)| *row == name).map(|(_, most)| most);
            json!({
                "name": name,
                "count": timed.row.work.count(),
                "median": median(timed.spent.iter().copied()),
                "least": timed.least(),
                "checksum": format!("{:016x}", timed.checksum),
                "at_most": most,
            })
        });
        json!({ "rounds": ROUNDS, "rows": rows })
    }
}

fn main() {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    let file = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => None,
        ["--json", file] => Some(file.to_owned()),
        _ => panic!("usage: ratios [--json FILE]"),
    };
    let table = Table::measured();
    table.print();
    table.compared();
    if let Some(file) = file {
        let written = fs::write(&file, format!("{:#}\n", table.json()));
        assert!(written.is_ok(), "{file}: {written:?}");
    }
}
