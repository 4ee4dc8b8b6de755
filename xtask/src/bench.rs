//! Measuring: times beside their controls, which judge nothing, and counted instructions, which do.
//!
//! `cargo xtask bench [-- FILTER]` runs criterion and prints every figure beside a control of the
//! same run. `cargo xtask bench --gate` counts instructions and is red where a workload needs
//! more than 2 % above `benches/baseline.json`: a busy machine can neither fail nor pass it.

mod baseline;
mod callgrind;
mod gate;
mod times;

use crate::Outcome;
use crate::options::Options;

/// `cargo xtask bench`.
pub fn run(options: &Options) -> Outcome {
    match options.rest.iter().any(|option| option == "--gate") {
        true => gate::run(&options.rest),
        false => times::run(&options.rest),
    }
}

/// The gate as a step among others.
pub fn gate(_: &Options) -> Outcome {
    gate::run(&["--gate".into()])
}
