//! The same bytes natively and in WASM, for every fixture and for generated requests.
//!
//! The native build answers through the same exported functions as the module does
//! (`crates/abi/examples/answers.rs`); Node asks the module and compares (`web/runner/parity.mjs`).
//! The module that only settles and cancels is asked the same, and must refuse everything else.

use std::fs;
use std::path::{Path, PathBuf};

use crate::options::Options;
use crate::sh::{self, Run};
use crate::{Outcome, diff, wasm};

/// Generated requests, beside the fixtures.
const CASES: u64 = 20_000;

/// `cargo xtask parity`.
pub fn run(options: &Options) -> Outcome {
    sh::node()?;
    let folder = sh::scratch("parity")?;
    let generated = generated(options, &folder)?;
    let example = ["--release", "-p", "tongchou-abi", "--example", "answers"];
    Run::cargo("build").args(example).run()?;
    let modules = wasm::build()?;
    modules.same_elsewhere()?;
    answer_natively(&folder, generated.as_deref())?;
    let list = folder.join("worklist.json");
    let compare = |module: &Path| -> Outcome<Run> {
        Ok(sh::node()?.arg("web/runner/parity.mjs").arg(module).arg(&list))
    };
    let compared = compare(&modules.full)?.run();
    compared.map_err(|_| "WASM does not answer as the native build does")?;
    let compared = compare(&modules.settle_only)?.arg("settle-only").run();
    compared.map_err(|_| "the settle-only WASM module does not answer as it must")?;
    modules.inspect()
}

/// The driver of the oracle writes the requests of its generator, a message a line.
fn generated(options: &Options, folder: &Path) -> Outcome<Option<PathBuf>> {
    let cases = options.cases.unwrap_or(CASES);
    if cases == 0 {
        println!("no generated requests, as asked for");
        return Ok(None);
    }
    if !diff::knows("--dump")? {
        println!("no generated requests: the driver of the oracle has no --dump yet");
        return Ok(None);
    }
    let file = folder.join("generated.ndjson");
    let (cases, seed) = (cases.to_string(), options.seed.to_string());
    let dump = diff::driver(&[]).args(["--seed", &seed, "--dump", &cases]).arg(&file);
    dump.run()?;
    let lines = fs::read_to_string(&file).map_err(|error| format!("no requests: {error}"))?;
    println!("{} generated requests", lines.lines().count());
    if lines.is_empty() {
        return Err("the driver of the oracle made no requests".into());
    }
    Ok(Some(file))
}

fn answer_natively(folder: &Path, generated: Option<&Path>) -> Outcome {
    let program = sh::built("release/examples/answers");
    let mut run = Run::new(program).arg("--out").arg(folder).args(["--fixtures", "fixtures"]);
    if let Some(file) = generated {
        run = run.arg("--lines").arg(file);
    }
    run.run()
}
