//! Settling allocates nothing once the columns are laid out. One test, as every allocation of the
//! process counts.

use std::hint::black_box;

use tongchou_benches::controls::VisitOut;
use tongchou_benches::data::{inpatient_visits, peers_bills_10k, random_order};
use tongchou_benches::kernel::supplement::Supplement;
use tongchou_benches::kernel::{Bound, Huadian, Inpatient, Year, shipped};
use tongchou_core::columns::Order;
use tongchou_core::keys::{Key, LineCode};
use tongchou_core::layer::Scratch;
use tongchou_core::settle::{Lines, Outcome, Purse, StayRecord};
use tongchou_core::trace::Silent;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const VISITS: usize = 10_000;

fn blocks(work: impl FnOnce()) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    work();
    dhat::HeapStats::get().total_blocks - before
}

/// Stays as columns, in one order.
struct Stays {
    kernel: Inpatient,
    records: Vec<Year>,
    out: Vec<VisitOut>,
    order: Order,
}

impl Stays {
    fn new(order: Order) -> Self {
        let mut visits = inpatient_visits(VISITS, 1);
        if order == Order::Random {
            visits = visits.reordered(&random_order(&visits, 2));
        }
        let records = vec![Year::default(); visits.persons()];
        let out = vec![VisitOut::default(); VISITS];
        Self { kernel: Inpatient::new(&visits), records, out, order }
    }

    fn blocks(&mut self) -> u64 {
        let Self { kernel, records, out, order } = self;
        let spent = blocks(|| kernel.settle(*order, records, &mut Silent, out));
        assert!(out.iter().any(|out| out.large_paid > 0) && out.iter().all(|out| out.total > 0));
        spent
    }
}

/// The lines of one bill.
#[derive(Clone, Copy)]
struct Bill<'a>(&'a [(i64, LineCode)]);

impl Lines for Bill<'_> {
    fn each(self, mut each: impl FnMut(i64, i64, LineCode)) {
        self.0.iter().for_each(|(fee, code)| each(*fee, i64::MAX, *code));
    }
}

/// Two bills of one stay, settled one at a time; the first year starts anew.
fn settled(bound: &Bound, key: Key, lines: &[(i64, LineCode)]) -> [Option<Outcome>; 2] {
    let (mut record, mut stay) = (Year::default(), StayRecord::default());
    let purse = Purse { balance: 50_000, mutual_aid: 100, hospital: 0, use_account: true };
    [0, 1].map(|_| {
        let mut scratch = Scratch::default();
        let sums = bound.keys.sum_lines(Bill(lines), &mut Silent, |_| {});
        let (record, stay) = (&mut record, Some(&mut stay));
        bound.keys.settle(key, sums, purse, record, stay, &mut scratch, &mut Silent).ok()
    })
}

#[test]
fn settling_allocates_nothing() {
    let mut stays = [Stays::new(Order::Sorted), Stays::new(Order::Random)];
    let bills: Vec<_> = peers_bills_10k().iter().map(|(bill, ..)| *bill).collect();
    let mut once = Huadian::new(&bills);
    let supplement = Supplement::new(&bills);
    let mut records = vec![Year::default(); bills.len()];
    supplement.preset(&mut records);
    let (mut fund, mut person) = (vec![0; bills.len()], vec![0; bills.len()]);
    let mut bound = Bound::new(shipped("110000-employee"), (2024, 6, 1));
    let key = bound.key(&[("care", "inpatient"), ("person", "retired"), ("level", "tier3")]);
    let lines = ["A", "B", "C"].map(|class| (7_654_321, bound.line(&[("class", class)])));

    let _profiler = dhat::Profiler::builder().testing().build();
    assert_eq!(blocks(|| drop(black_box(Box::new(1_u64)))), 1, "the profiler counts");
    for stays in &mut stays {
        assert_eq!(stays.blocks(), 0, "{:?}", stays.order);
    }
    assert_eq!(blocks(|| once.settle()), 0);
    assert_eq!(blocks(|| supplement.settle(&mut records, &mut fund, &mut person)), 0);
    let mut outcomes = [None; 2];
    assert_eq!(blocks(|| outcomes = settled(&bound, key, &lines)), 0);
    assert!(outcomes.iter().flatten().filter(|outcome| outcome.fund > 0).count() == 2);
}
