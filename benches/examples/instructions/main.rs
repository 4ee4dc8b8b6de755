//! One workload at a time, for counting its instructions.
//!
//! - `instructions --list` prints every workload, one a line.
//! - `instructions NAME` makes the workload's inputs, runs it once inside [`counted_region`] and
//!   prints how many items that were.
//! - `instructions NAME --planted` settles five items of a hundred twice in that region and prints
//!   the same number: so much more work that whoever counts must see it.
//!
//! `cargo xtask bench --gate` runs it under callgrind, which counts inside the region alone.

mod contract;
mod simulated;

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

use tongchou_benches::workloads::Work;
use tongchou_benches::workloads::counted::{COLUMNS, Counted};

/// Planted work: one item of so many is done twice.
const PLANTED_OF: usize = 20;

/// Everything between its first and its last instruction is counted. Its name is known to whoever
/// counts, so it must stay a function: it is never inlined, and what it calls is not known to it.
#[inline(never)]
fn counted_region(work: &mut dyn Work, planted: Option<&mut dyn Work>) {
    black_box(work).run();
    if let Some(more) = black_box(planted) {
        more.run();
    }
}

fn run(workload: &Counted, is_planted: bool) -> ExitCode {
    let mut work = (workload.make)(workload.items);
    work.reset();
    let mut more = is_planted.then(|| (workload.make)(workload.items.div_ceil(PLANTED_OF)));
    if let Some(more) = &mut more {
        more.reset();
    }
    counted_region(work.as_mut(), more.as_mut().map(|more| more.as_mut() as &mut dyn Work));
    println!("items {}\nchecksum {:016x}", work.count(), work.checksum());
    ExitCode::SUCCESS
}

fn main() -> ExitCode {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
    let all = || COLUMNS.iter().chain(&contract::CONTRACT).chain(&simulated::SIMULATED);
    let (name, is_planted) = match arguments.as_slice() {
        ["--list"] => {
            all().for_each(|workload| println!("{}", workload.name));
            return ExitCode::SUCCESS;
        }
        [name] => (*name, false),
        [name, "--planted"] => (*name, true),
        _ => ("", false),
    };
    match all().find(|workload| workload.name == name) {
        Some(workload) => run(workload, is_planted),
        None => {
            eprintln!("usage: instructions --list | NAME [--planted]; no workload `{name}`");
            ExitCode::from(2)
        }
    }
}
