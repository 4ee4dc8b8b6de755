//! The WASM module: built, looked at, within its budget.

use std::fs;
use std::path::{Path, PathBuf};
use std::{env, iter};

use crate::options::Options;
use crate::sh::{self, Run};
use crate::{Failure, Outcome};

const TARGET: &str = "wasm32-unknown-unknown";
/// What core and wire should take in WASM, at most; not reached yet, see `benches/RESULTS.md`.
const BROTLI_BYTES_TARGET: u32 = 90 << 10;
/// What they may take until then. A ratchet: it only goes down.
const BROTLI_BYTES_MAX: u32 = 140 << 10;
/// 1 GiB in pages of 64 KiB; set in `.cargo/config.toml`.
const MEMORY_PAGES_MAX: u32 = 1 << 14;

/// `cargo xtask wasm`.
pub fn run(_: &Options) -> Outcome {
    let module = build()?;
    println!("{}", module.display());
    inspect(&module)
}

/// Builds the module and says where it is.
pub fn build() -> Outcome<PathBuf> {
    sh::rust_target(TARGET)?;
    // Paths of this machine do not belong into the module, and its bytes must not depend on them.
    let flags: Vec<String> = prefixes().map(|flag| format!("\"{flag}\"")).collect();
    let flags = format!("target.{TARGET}.rustflags=[{}]", flags.join(","));
    let build = Run::cargo("build").args(["--profile", "wasm", "--target", TARGET]);
    let build = build.args(["-p", "tongchou-abi", "--lib", "--config", &flags]);
    build.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").run()?;
    Ok(sh::target().join(TARGET).join("wasm").join("tongchou_abi.wasm"))
}

/// Fails if the module imports something, is too large or may grow without bound.
pub fn inspect(module: &Path) -> Outcome {
    let limits = [BROTLI_BYTES_MAX.to_string(), MEMORY_PAGES_MAX.to_string()];
    println!("target: {BROTLI_BYTES_TARGET} bytes of brotli; the ratchet stands above it");
    let look = sh::node()?.arg("web/runner/inspect.mjs").arg(module).args(limits);
    look.run().map_err(|_| Failure("the WASM module is not as it must be".into()))
}

/// What rustc calls the folders of this machine.
fn prefixes() -> impl Iterator<Item = String> {
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(PathBuf::from);
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| home.map(|home| home.join(".cargo"))).unwrap_or_default();
    let sources = fs::read_dir(cargo.join("registry").join("src")).into_iter().flatten();
    let sources = sources.flatten().map(|entry| (entry.path(), "crates"));
    let all = sources.chain(iter::once((sh::root(), ".")));
    all.map(|(folder, name)| {
        let folder = folder.display().to_string().replace('\\', "\\\\");
        format!("--remap-path-prefix={folder}={name}")
    })
}
