//! One workload at a time, for counting instructions: `valgrind --tool=callgrind … inpatient`.

use std::hint::black_box;

use tongchou_benches::controls::{VisitOut, YearState, inpatient_control};
use tongchou_benches::data::inpatient_visits;
use tongchou_benches::kernel::{Inpatient, Year};
use tongchou_core::columns::Order;
use tongchou_core::trace::{Recorder, Silent};

const VISITS: usize = 40_000;

fn main() {
    let workload = std::env::args().nth(1).unwrap_or_default();
    let visits = inpatient_visits(VISITS, 1);
    let mut out = vec![VisitOut::default(); visits.len()];
    match workload.as_str() {
        "inpatient" => {
            let kernel = Inpatient::new(&visits);
            let mut records = vec![Year::starting(2024); visits.persons()];
            kernel.settle(Order::Sorted, &mut records, &mut Silent, &mut out);
        }
        "traced" => {
            let kernel = Inpatient::new(&visits);
            let mut records = vec![Year::starting(2024); visits.persons()];
            let mut trace = Recorder { entries: Vec::with_capacity(VISITS * 24) };
            kernel.settle(Order::Sorted, &mut records, &mut trace, &mut out);
        }
        "control" => {
            let mut states = vec![YearState::default(); visits.persons()];
            inpatient_control(&visits, &mut states, &mut out);
        }
        _ => eprintln!("name a workload: inpatient, traced, control"),
    }
    black_box(&out);
}
