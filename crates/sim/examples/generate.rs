//! Time of drawing members and visits, beside drawing as many random numbers and nothing else.
//!
//! `cargo run -p tongchou-sim --release --example generate [scenario.toml]`
#![expect(clippy::float_arithmetic, reason = "times are reported, not settled")]

use std::hint::black_box;
use std::time::Instant;

use tongchou_sim::batch::Batch;
use tongchou_sim::dice::Dice;
use tongchou_sim::generate::Generator;
use tongchou_sim::scenario::Scenario;

/// Persons of a block, and blocks of a round.
const PERSONS: u64 = 2_048;
const BLOCKS: u64 = 128;
const ROUNDS: u64 = 7;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (name, text) = match std::env::args().nth(1) {
        Some(path) => (path.clone(), std::fs::read_to_string(path)?),
        None => ("generate.toml".to_owned(), include_str!("generate.toml").to_owned()),
    };
    let started = Instant::now();
    let scenario = Scenario::read(&text, &name)?;
    let generator = Generator::new(&scenario, 1)?;
    println!("tables: {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
    let mut batch = Batch::default();
    let (mut drawn, mut control) = (f64::MAX, f64::MAX);
    let (mut visits, mut lines) = (0, 0);
    for _ in 0..ROUNDS {
        (visits, lines) = (0, 0);
        let started = Instant::now();
        for block in 0..BLOCKS {
            generator.fill(block * PERSONS..(block + 1) * PERSONS, &mut batch);
            visits += black_box(&batch).visits();
            lines += batch.lines();
        }
        drawn = drawn.min(started.elapsed().as_secs_f64());
        let started = Instant::now();
        numbers(visits, lines);
        control = control.min(started.elapsed().as_secs_f64());
    }
    let per =
        |seconds: f64, count: usize| seconds * 1e9 / f64::from(u32::try_from(count).unwrap_or(1));
    println!("visits: {visits}, lines: {lines}");
    println!("generate: {:.1} ns a visit, {:.2} ns a line", per(drawn, visits), per(drawn, lines));
    println!(
        "control:  {:.1} ns a visit, {:.2} ns a line",
        per(control, visits),
        per(control, lines)
    );
    println!("ratio: {:.2}", drawn / control);
    Ok(())
}

/// One number a line and two a visit, a new stream for each person.
fn numbers(visits: usize, lines: usize) {
    let mut dice = Dice::new(1);
    let persons = PERSONS * BLOCKS;
    let numbers = (visits * 2 + lines) as u64;
    let mut sum = 0_u64;
    for person in 0..persons {
        dice.person(person);
        for _ in 0..numbers / persons {
            sum = sum.wrapping_add(dice.long());
        }
    }
    black_box(sum);
}
