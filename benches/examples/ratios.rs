//! Times the kernel and its hand-written controls side by side: 21 interleaved rounds, medians.
//!
//! On a shared machine only the ratios mean anything; each is the median of the rounds' ratios.
#![expect(
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "times are fractions, and the tables of a round have one length"
)]

use std::hint::black_box;
use std::time::Instant;

use tongchou_benches::controls::{
    VisitOut, YearState, inpatient_control, inpatient_touch32, peers_loop, tuned_loop,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tongchou_benches::kernel::{Huadian, Inpatient, ONCE, Year, once, pack};
use tongchou_core::columns::{Once, Order, settle_once_by_row};
use tongchou_core::trace::{Entry, Payer, Silent, Step, Tracer};
use tongchou_benches::data::{Bill, Visits, inpatient_visits, peers_bills_1m, random_order};

const ROUNDS: usize = 21;
const VISITS: usize = 300_000;

type Loop = fn(&[Bill], &mut [(i64, i64)]);
type Control = fn(&Visits, &mut [YearState], &mut [VisitOut]);

fn nanoseconds(count: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e9 / count as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The stateless case: the bills and where their results go.
struct Bills {
    bills: Vec<Bill>,
    out: Vec<(i64, i64)>,
}

impl Bills {
    fn time(&mut self, settle: Loop) -> f64 {
        let (bills, out) = (black_box(&self.bills), black_box(&mut self.out));
        let spent = nanoseconds(bills.len(), || settle(bills, out));
        black_box(&self.out);
        spent
    }
}

/// The inpatient case in one order: visits, states and results.
struct Stays {
    visits: Visits,
    states: Vec<YearState>,
    out: Vec<VisitOut>,
}

impl Stays {
    fn new(visits: Visits) -> Self {
        let states = vec![YearState::default(); visits.persons()];
        let out = vec![VisitOut::default(); visits.len()];
        Self { visits, states, out }
    }

    fn time(&mut self, settle: Control) -> f64 {
        self.states.fill(YearState::default());
        let (visits, states) = (black_box(&self.visits), black_box(&mut self.states));
        let out = black_box(&mut self.out);
        let spent = nanoseconds(visits.len(), || settle(visits, states, out));
        black_box(&self.out);
        spent
    }
}

/// The kernel beside its control: the same visits as columns, records of one cache line.
struct Kernel {
    columns: Inpatient,
    records: Vec<Year>,
    out: Vec<VisitOut>,
    trace: Ring,
}

impl Kernel {
    fn new(visits: &Visits) -> Self {
        let records = vec![Year::default(); visits.persons()];
        let out = vec![VisitOut::default(); visits.len()];
        Self { columns: Inpatient::new(visits), records, out, trace: Ring::new() }
    }

    fn time(&mut self, order: Order, traced: bool) -> f64 {
        self.records.fill(Year::starting(2024));
        let Self { columns, records, out, trace } = self;
        let (columns, records, out) = (black_box(&*columns), black_box(records), black_box(out));
        nanoseconds(out.len(), || match traced {
            true => columns.settle(order, records, trace, out),
            false => columns.settle(order, records, &mut Silent, out),
        })
    }
}

/// Keeps the last entries of a trace, as a ring of fixed size.
struct Ring {
    entries: Vec<Entry>,
    next: usize,
}

impl Ring {
    const SIZE: usize = 4_096;

    fn new() -> Self {
        let entry = Entry::plain(Step::Cash, Payer::None, 0, 0, 0);
        Self { entries: vec![entry; Self::SIZE], next: 0 }
    }
}

impl Tracer for Ring {
    const ON: bool = true;
    #[inline(always)]
    fn entry(&mut self, entry: Entry) {
        self.entries[self.next % Self::SIZE] = entry;
        self.next += 1;
    }
}

/// A row of the table: its name, its times, and the row it is held against.
struct Row(&'static str, usize);

const ROWS: [Row; 11] = [
    Row("published loop", 0),
    Row("tuned loop", 0),
    Row("kernel, once", 1),
    Row("kernel, once, 16 rows", 1),
    Row("inpatient control, sorted", 0),
    Row("inpatient control, random", 4),
    Row("inpatient control, touch-32", 4),
    Row("kernel, sorted", 4),
    Row("kernel, sorted, traced", 7),
    Row("kernel, random, touch-32", 7),
    Row("kernel, random, plain", 7),
];

fn main() {
    let bills = peers_bills_1m();
    let mut huadian = Huadian::new(&bills);
    let rows = Sixteen::new(&huadian);
    let mut bills = Bills { out: vec![(0, 0); bills.len()], bills };
    let sorted = inpatient_visits(VISITS, 1);
    let mixed = sorted.reordered(&random_order(&sorted, 2));
    let (mut kernel, mut kernel_mixed) = (Kernel::new(&sorted), Kernel::new(&mixed));
    let (mut sorted, mut mixed) = (Stays::new(sorted), Stays::new(mixed));
    let mut round = || {
        [
            bills.time(peers_loop),
            bills.time(tuned_loop),
            nanoseconds(huadian.fund.len(), || black_box(&mut huadian).settle()),
            nanoseconds(huadian.fund.len(), || rows.settle(black_box(&mut huadian))),
            sorted.time(inpatient_control),
            mixed.time(inpatient_control),
            mixed.time(inpatient_touch32),
            kernel.time(Order::Sorted, false),
            kernel.time(Order::Sorted, true),
            kernel_mixed.time(Order::Random, false),
            kernel_mixed.time(Order::Sorted, false),
        ]
    };
    round();
    let rounds = (0..ROUNDS).map(|_| round()).collect::<Vec<_>>();
    println!("{:<30}{:>9}{:>9}{:>9}  against", "row", "ns", "least", "ratio");
    for (at, Row(name, against)) in ROWS.iter().enumerate() {
        let spent = rounds.iter().map(|round| round[at]).collect::<Vec<_>>();
        let ratio = median(rounds.iter().map(|round| round[at] / round[*against]).collect());
        let least = spent.iter().copied().fold(f64::INFINITY, f64::min);
        let other = ROWS[*against].0;
        println!("{name:<30}{:>9.2}{least:>9.2}{ratio:>9.3}  {other}", median(spent));
    }
    println!("{} trace entries a visit", kernel.trace.next / (VISITS * (ROUNDS + 1)));
}

/// Sixteen variants of the layer's row, picked at random for each bill.
struct Sixteen {
    plans: Vec<Once<3>>,
    row: Vec<u8>,
}

impl Sixteen {
    fn new(huadian: &Huadian) -> Self {
        let pack = pack(ONCE);
        let plan = |k: u32| {
            once(&pack, |mut bands| {
                bands.pays.iter_mut().for_each(|rate| rate.0 -= k * 10_000);
                bands
            })
        };
        let mut dice = ChaCha8Rng::seed_from_u64(3);
        let row = huadian.fund.iter().map(|_| dice.random_range(0..16)).collect();
        Self { plans: (0..16).map(plan).collect(), row }
    }

    fn settle(&self, bills: &mut Huadian) {
        let Huadian { position, fees: [a, b, c], fund, person, .. } = bills;
        let done = settle_once_by_row(&self.plans, &self.row, position, [a, b, c], fund, person);
        assert!(done.is_ok(), "{done:?}");
    }
}
