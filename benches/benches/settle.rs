//! `cargo bench -p tongchou-benches`: every figure beside a control of the same run.
#![allow(missing_docs, reason = "the macros of criterion make public items without a word")]
#![expect(clippy::panic, reason = "a benchmark of wrong results is worth nothing")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use serde_json::Value;
use tongchou_benches::data::{inpatient_visits, message};
use tongchou_benches::kernel::load::{Loaded, canonical};
use tongchou_benches::workloads::{self, Row, Work};
use tongchou_wire::engine::{Answer, Engine};

const PACKS: [&str; 2] = ["110000-employee", "220282-large"];

fn run(times: u64, work: &mut dyn Work) -> Duration {
    let mut spent = Duration::ZERO;
    for _ in 0..times {
        work.reset();
        let start = Instant::now();
        work.run();
        spent += start.elapsed();
    }
    spent
}

fn rows(criterion: &mut Criterion, name: &str, rows: Vec<Row>) {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat);
    for Row { name, mut work } in rows {
        group.throughput(Throughput::Elements(work.count() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|times| run(times, work.as_mut()));
        });
    }
}

fn supplement(criterion: &mut Criterion) {
    rows(criterion, "supplement", workloads::supplement());
}

fn inpatient(criterion: &mut Criterion) {
    rows(criterion, "inpatient", workloads::inpatient());
}

/// Reading a canonical pack, compiling it for every day and binding one bill.
fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load and compile");
    for id in PACKS {
        let text = canonical(id);
        group.bench_with_input(BenchmarkId::from_parameter(id), &text, |bencher, text| {
            bencher.iter(|| Loaded::new(black_box(text)));
        });
    }
    let text = canonical(PACKS[0]);
    group.bench_function("control: the text parsed by serde_json", |bencher| {
        bencher.iter(|| serde_json::from_str::<Value>(black_box(&text)).is_ok());
    });
}

/// One message of the public contract: a stay with eight lines, explained and not.
fn engine(criterion: &mut Criterion) {
    let mut engine = Engine::new();
    for id in PACKS {
        assert!(engine.add_pack(&canonical(id)).is_ok(), "{id}");
    }
    let visits = inpatient_visits(1, 1);
    let mut group = criterion.benchmark_group("engine, JSON call of 8 lines");
    for explain in [false, true] {
        let message = message(&visits, 0, explain);
        match engine.call(&message) {
            Answer::Settled(_) => {}
            other => panic!("{other:?}"),
        }
        let name = if explain { "explained" } else { "plain" };
        group.bench_function(name, |bencher| {
            bencher.iter(|| engine.call(black_box(&message)).json(Default::default()));
        });
    }
    let message = message(&visits, 0, false);
    group.bench_function("control: the message parsed by serde_json", |bencher| {
        bencher.iter(|| serde_json::from_str::<Value>(black_box(&message)).is_ok());
    });
}

fn settings() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots()
}

criterion_group! {
    name = settle;
    config = settings();
    targets = supplement, inpatient, load, engine
}
criterion_main!(settle);
