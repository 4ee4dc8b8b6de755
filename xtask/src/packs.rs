//! Every shipped pack is checked by the command line, with its worked examples.

use crate::Outcome;
use crate::options::Options;
use crate::sh::{self, Run};

/// `cargo xtask packs`.
pub fn run(_: &Options) -> Outcome {
    // The whole workspace, so that crates have the features they had in the tests.
    Run::cargo("build").args(["--workspace", "--bin", "tongchou"]).run()?;
    let program = sh::built("debug/tongchou");
    Run::new(program).args(["packs", "check", "--prove", "--lang", "en"]).run()
}
