//! `cargo bench -p tongchou-benches`: every figure beside a control of the same run.
#![allow(missing_docs, reason = "the macros of criterion make public items without a word")]
#![expect(clippy::panic, reason = "a benchmark of wrong results is worth nothing")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use tongchou_benches::data::inpatient_visits;
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
}

/// One message of the public contract: a stay with eight lines, explained and not.
fn engine(criterion: &mut Criterion) {
    let mut engine = Engine::new();
    for id in PACKS {
        assert!(engine.add_pack(&canonical(id)).is_ok(), "{id}");
    }
    let mut group = criterion.benchmark_group("engine, JSON call of 8 lines");
    for explain in [false, true] {
        let message = message(explain);
        match engine.call(&message) {
            Answer::Settled(_) => {}
            other => panic!("{other:?}"),
        }
        let name = if explain { "explained" } else { "plain" };
        group.bench_function(name, |bencher| {
            bencher.iter(|| engine.call(black_box(&message)).json(Default::default()));
        });
    }
}

/// The first visit of the inpatient rows, as a hospital would send it.
fn message(explain: bool) -> String {
    let visits = inpatient_visits(1, 1);
    let fees = visits.fees.iter().flatten().zip(visits.class.iter().flatten());
    let lines = (1..).zip(fees).map(|(id, (fee, class))| {
        let class = ["A", "B", "C"].get(usize::from(*class)).copied().unwrap_or("C");
        let amount = format!("{}.{:02}", fee / 100, fee % 100);
        format!(
            r#"{{"id":"{id}","class":"{class}","price":"{amount}","quantity":"1",
            "amount":"{amount}"}}"#
        )
    });
    let lines = lines.collect::<Vec<_>>().join(",");
    format!(
        r#"{{"contract":1,"pack":"110000-employee","member":{{"person":"active","age":50,
        "account":{{"balance":"1200.00"}}}},"encounter":{{"id":"1","care":"inpatient",
        "level":"tier3","admitted":"2024-05-02","discharged":"2024-05-12"}},
        "lines":[{lines}],"explain":{explain}}}"#
    )
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
