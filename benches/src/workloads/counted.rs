//! The workloads of which instructions are counted: columns settled by the kernel.
//!
//! One more is one more entry of a list: a name, a number of items and how the work is made of
//! them. What needs more than the kernel stands beside the example that runs them.

use std::sync::Arc;

use tongchou_core::columns::Order;
use tongchou_core::trace::Silent;

use super::{Control, Kernel, Ring, Shipped, Work};
use crate::controls::inpatient_control;
use crate::data::{Bill, huadian_bills, inpatient_visits, mixed_visits, random_order};
use crate::kernel::{Huadian, Inpatient};

/// Items of a workload of columns: enough that no branch predictor or cache of a machine, and no
/// lucky row, decides what is counted.
pub const ITEMS: usize = 100_000;

/// A workload of which the instructions are counted.
#[derive(Clone, Copy)]
pub struct Counted {
    /// Its name in the baseline.
    pub name: &'static str,
    /// Items of a run.
    pub items: usize,
    /// Makes the work of so many items; not part of what is counted.
    pub make: fn(usize) -> Box<dyn Work>,
}

/// The workloads of columns.
pub const COLUMNS: [Counted; 7] = [
    Counted { name: "once", items: ITEMS, make: |n| Box::new(Huadian::new(&bills(n))) },
    Counted { name: "supplement", items: ITEMS, make: |n| Box::new(Shipped::new(&bills(n))) },
    Counted { name: "inpatient-control", items: ITEMS, make: control },
    Counted { name: "inpatient", items: ITEMS, make: sorted },
    Counted { name: "inpatient-traced", items: ITEMS, make: traced },
    Counted { name: "inpatient-random", items: ITEMS, make: random },
    Counted { name: "mixed", items: ITEMS, make: mixed },
];

fn bills(count: usize) -> Vec<Bill> {
    huadian_bills(count, 5)
}

fn control(count: usize) -> Box<dyn Work> {
    Box::new(Control::new(&Arc::new(inpatient_visits(count, 1)), inpatient_control))
}

fn sorted(count: usize) -> Box<dyn Work> {
    let columns = Arc::new(Inpatient::new(&inpatient_visits(count, 1)));
    Box::new(Kernel::new(&columns, Order::Sorted, Silent))
}

fn traced(count: usize) -> Box<dyn Work> {
    let columns = Arc::new(Inpatient::new(&inpatient_visits(count, 1)));
    Box::new(Kernel::new(&columns, Order::Sorted, Ring::new()))
}

fn random(count: usize) -> Box<dyn Work> {
    let visits = inpatient_visits(count, 1);
    let visits = visits.reordered(&random_order(&visits, 2));
    Box::new(Kernel::new(&Arc::new(Inpatient::new(&visits)), Order::Random, Silent))
}

fn mixed(count: usize) -> Box<dyn Work> {
    let columns = Arc::new(Inpatient::mixed(&mixed_visits(count, 1)));
    Box::new(Kernel::new(&columns, Order::Sorted, Silent))
}
