//! Measuring, handed on to cargo.

use crate::Outcome;
use crate::options::Options;
use crate::sh::Run;

/// `cargo xtask bench`.
pub fn run(options: &Options) -> Outcome {
    Run::cargo("bench").args(["-p", "tongchou-benches"]).args(&options.rest).run()
}
