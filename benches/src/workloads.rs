//! The rows of every table: a piece of work each, run the same way by every program that times.
//!
//! Rows that settle the same policy have equal checksums, in any order of the table and on any
//! machine, natively and in WASM.

pub mod counted;

use std::hint::black_box;
use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tongchou_core::columns::{Once, Order, settle_once_by_row};
use tongchou_core::trace::{Entry, Payer, Silent, Step, Tracer};

use crate::controls::{
    VisitOut, YearState, inpatient_control, inpatient_touch32, peers_loop, tuned_loop,
};
use crate::data::{Bill, Visits, inpatient_visits, mixed_visits, peers_bills_1m, random_order};
use crate::kernel::supplement::Supplement;
use crate::kernel::{Huadian, Inpatient, ONCE, Year, once, pack};

/// Visits of the inpatient rows.
pub const VISITS: usize = 300_000;

/// Names of the rows.
pub mod name {
    /// The published loop's shape.
    pub const PUBLISHED: &str = "published loop";
    /// The same loop written better.
    pub const TUNED: &str = "tuned loop";
    /// The closed form of the kernel.
    pub const ONCE: &str = "kernel, once";
    /// The closed form with a row of numbers picked by the bill.
    pub const ONCE_16: &str = "kernel, once, 16 rows";
    /// The shipped pack through the evaluator of visits.
    pub const SHIPPED: &str = "kernel, shipped pack";
    /// The hand-written stays, sorted by person.
    pub const CONTROL: &str = "inpatient control, sorted";
    /// The same in random order.
    pub const CONTROL_RANDOM: &str = "inpatient control, random";
    /// The same in random order, 32 states touched before they are used.
    pub const CONTROL_TOUCH: &str = "inpatient control, touch-32";
    /// The kernel's stays, sorted by person.
    pub const SORTED: &str = "kernel, sorted";
    /// Stays and visits to outpatient departments, sorted by person.
    pub const MIXED: &str = "kernel, mixed care, sorted";
    /// The stays with a binary trace.
    pub const TRACED: &str = "kernel, sorted, traced";
    /// The same in random order, told so.
    pub const RANDOM: &str = "kernel, random, touch-32";
    /// The same in random order, told nothing.
    pub const RANDOM_PLAIN: &str = "kernel, random, plain";
}

/// A piece of work over many items.
pub trait Work: Send {
    /// Items of a run.
    fn count(&self) -> usize;
    /// Puts every record back to its start; not part of what is timed.
    fn reset(&mut self) {}
    /// Settles every item.
    fn run(&mut self);
    /// A number over all results of the last run.
    fn checksum(&self) -> u64;
}

/// A row of a table.
pub struct Row {
    /// One of [`name`].
    pub name: &'static str,
    /// What is timed.
    pub work: Box<dyn Work>,
}

impl Row {
    fn new(name: &'static str, work: impl Work + 'static) -> Self {
        Self { name, work: Box::new(work) }
    }
}

/// The stateless rows, over the bills of the published comparison.
#[must_use]
pub fn supplement() -> Vec<Row> {
    let bills: Arc<[Bill]> = peers_bills_1m().into();
    vec![
        Row::new(name::PUBLISHED, Loop::new(&bills, peers_loop)),
        Row::new(name::TUNED, Loop::new(&bills, tuned_loop)),
        Row::new(name::ONCE, Huadian::new(&bills)),
        Row::new(name::ONCE_16, Sixteen::new(&bills)),
        Row::new(name::SHIPPED, Shipped::new(&bills)),
    ]
}

/// The rows of stays in hospital.
#[must_use]
pub fn inpatient() -> Vec<Row> {
    let sorted = Arc::new(inpatient_visits(VISITS, 1));
    let mixed = Arc::new(sorted.reordered(&random_order(&sorted, 2)));
    let columns = Arc::new(Inpatient::new(&sorted));
    let columns_mixed = Arc::new(Inpatient::new(&mixed));
    let mixed_care = Arc::new(Inpatient::mixed(&mixed_visits(VISITS, 1)));
    let kernel = |columns: &Arc<Inpatient>, order| Kernel::new(columns, order, Silent);
    vec![
        Row::new(name::CONTROL, Control::new(&sorted, inpatient_control)),
        Row::new(name::CONTROL_RANDOM, Control::new(&mixed, inpatient_control)),
        Row::new(name::CONTROL_TOUCH, Control::new(&mixed, inpatient_touch32)),
        Row::new(name::SORTED, kernel(&columns, Order::Sorted)),
        Row::new(name::MIXED, kernel(&mixed_care, Order::Sorted)),
        Row::new(name::TRACED, Kernel::new(&columns, Order::Sorted, Ring::new())),
        Row::new(name::RANDOM, kernel(&columns_mixed, Order::Random)),
        Row::new(name::RANDOM_PLAIN, kernel(&columns_mixed, Order::Sorted)),
    ]
}

/// Names of the rows that are measured in WASM as well, in the order of [`portable`].
pub const PORTABLE: [&str; 5] =
    [name::PUBLISHED, name::TUNED, name::ONCE, name::CONTROL, name::SORTED];

/// The rows that are measured in WASM as well.
#[must_use]
pub fn portable() -> Vec<Row> {
    let bills: Arc<[Bill]> = peers_bills_1m().into();
    let visits = Arc::new(inpatient_visits(VISITS, 1));
    let columns = Arc::new(Inpatient::new(&visits));
    vec![
        Row::new(name::PUBLISHED, Loop::new(&bills, peers_loop)),
        Row::new(name::TUNED, Loop::new(&bills, tuned_loop)),
        Row::new(name::ONCE, Huadian::new(&bills)),
        Row::new(name::CONTROL, Control::new(&visits, inpatient_control)),
        Row::new(name::SORTED, Kernel::new(&columns, Order::Sorted, Silent)),
    ]
}

/// A number that depends on every value and on their order.
fn checksum(values: impl IntoIterator<Item = i64>) -> u64 {
    let mixed = |sum: u64, value: i64| {
        (sum.rotate_left(5) ^ value.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    };
    values.into_iter().fold(1, mixed)
}

fn checksum_of_pairs<'a>(fund: &'a [i64], person: &'a [i64]) -> u64 {
    checksum(fund.iter().zip(person).flat_map(|(fund, person)| [*fund, *person]))
}

fn checksum_of_visits(out: &[VisitOut]) -> u64 {
    checksum(out.iter().flat_map(|out| {
        let paid = [out.pool_paid, out.large_paid, out.supplement_paid, out.deductible];
        let lines = [out.full_self, out.prepay, out.in_scope, out.total];
        let shares = [out.fund, out.person, out.account, out.cash];
        paid.into_iter().chain(lines).chain(shares)
    }))
}

/// A hand-written loop over the bills.
struct Loop {
    bills: Arc<[Bill]>,
    out: Vec<(i64, i64)>,
    settle: fn(&[Bill], &mut [(i64, i64)]),
}

impl Loop {
    fn new(bills: &Arc<[Bill]>, settle: fn(&[Bill], &mut [(i64, i64)])) -> Self {
        Self { bills: Arc::clone(bills), out: vec![(0, 0); bills.len()], settle }
    }
}

impl Work for Loop {
    fn count(&self) -> usize {
        self.bills.len()
    }

    fn run(&mut self) {
        (self.settle)(black_box(&self.bills), black_box(&mut self.out));
    }

    fn checksum(&self) -> u64 {
        checksum(self.out.iter().flat_map(|(fund, person)| [*fund, *person]))
    }
}

impl Work for Huadian {
    fn count(&self) -> usize {
        self.fund.len()
    }

    fn run(&mut self) {
        black_box(self).settle();
    }

    fn checksum(&self) -> u64 {
        checksum_of_pairs(&self.fund, &self.person)
    }
}

/// Sixteen variants of the layer's row, picked at random for each bill.
struct Sixteen {
    bills: Huadian,
    plans: Vec<Once<3>>,
    row: Vec<u8>,
}

impl Sixteen {
    fn new(bills: &[Bill]) -> Self {
        let pack = pack(ONCE);
        let plan = |k: u32| {
            once(&pack, |mut bands| {
                bands.pays.iter_mut().for_each(|rate| rate.0 -= k * 10_000);
                bands
            })
        };
        let mut dice = ChaCha8Rng::seed_from_u64(3);
        let row = bills.iter().map(|_| dice.random_range(0..16)).collect();
        Self { bills: Huadian::new(bills), plans: (0..16).map(plan).collect(), row }
    }
}

impl Work for Sixteen {
    fn count(&self) -> usize {
        self.row.len()
    }

    fn run(&mut self) {
        let Self { bills, plans, row } = black_box(self);
        let Huadian { position, fees: [a, b, c], fund, person, .. } = bills;
        let done = settle_once_by_row(plans, row, position, [a, b, c], fund, person);
        assert!(done.is_ok(), "{done:?}");
    }

    fn checksum(&self) -> u64 {
        self.bills.checksum()
    }
}

/// The shipped pack over the bills, a record a bill.
struct Shipped {
    bills: Supplement,
    records: Vec<Year>,
    fund: Vec<i64>,
    person: Vec<i64>,
}

impl Shipped {
    fn new(bills: &[Bill]) -> Self {
        let records = vec![Year::default(); bills.len()];
        let (fund, person) = (vec![0; bills.len()], vec![0; bills.len()]);
        Self { bills: Supplement::new(bills), records, fund, person }
    }
}

impl Work for Shipped {
    fn count(&self) -> usize {
        self.records.len()
    }

    fn reset(&mut self) {
        self.bills.preset(&mut self.records);
    }

    fn run(&mut self) {
        let Self { bills, records, fund, person } = black_box(self);
        bills.settle(records, fund, person);
    }

    fn checksum(&self) -> u64 {
        checksum_of_pairs(&self.fund, &self.person)
    }
}

type Settle = fn(&Visits, &mut [YearState], &mut [VisitOut]);

/// The hand-written stays in one order.
struct Control {
    visits: Arc<Visits>,
    states: Vec<YearState>,
    out: Vec<VisitOut>,
    settle: Settle,
}

impl Control {
    fn new(visits: &Arc<Visits>, settle: Settle) -> Self {
        let states = vec![YearState::default(); visits.persons()];
        let out = vec![VisitOut::default(); visits.len()];
        Self { visits: Arc::clone(visits), states, out, settle }
    }
}

impl Work for Control {
    fn count(&self) -> usize {
        self.out.len()
    }

    fn reset(&mut self) {
        self.states.fill(YearState::default());
    }

    fn run(&mut self) {
        let Self { visits, states, out, settle } = black_box(self);
        settle(visits, states, out);
    }

    fn checksum(&self) -> u64 {
        checksum_of_visits(&self.out)
    }
}

/// The kernel's stays in one order: records of one line of cache.
struct Kernel<T> {
    columns: Arc<Inpatient>,
    order: Order,
    tracer: T,
    records: Vec<Year>,
    out: Vec<VisitOut>,
}

impl<T> Kernel<T> {
    fn new(columns: &Arc<Inpatient>, order: Order, tracer: T) -> Self {
        let records = vec![Year::default(); columns.members()];
        let out = vec![VisitOut::default(); columns.columns().member.len()];
        Self { columns: Arc::clone(columns), order, tracer, records, out }
    }
}

impl<T: Tracer + Send> Work for Kernel<T> {
    fn count(&self) -> usize {
        self.out.len()
    }

    fn reset(&mut self) {
        self.records.fill(Year::starting(2024));
    }

    fn run(&mut self) {
        let Self { columns, order, tracer, records, out } = black_box(self);
        columns.settle(*order, records, tracer, out);
    }

    fn checksum(&self) -> u64 {
        checksum_of_visits(&self.out)
    }
}

/// A tracer that keeps the last entries, as a ring of fixed size.
pub struct Ring {
    entries: Box<[Entry; Ring::SIZE]>,
    next: usize,
}

impl Ring {
    const SIZE: usize = 4_096;

    /// An empty ring.
    #[must_use]
    pub fn new() -> Self {
        let entry = Entry::plain(Step::Cash, Payer::None, 0, 0, 0);
        Self { entries: Box::new([entry; Self::SIZE]), next: 0 }
    }

    /// How many entries it was given.
    #[must_use]
    pub fn given(&self) -> usize {
        self.next
    }
}

impl Default for Ring {
    fn default() -> Self {
        Self::new()
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
