//! The WASM modules: built, looked at, within their budgets.

use std::fs;
use std::path::PathBuf;
use std::{env, iter};

use crate::Outcome;
use crate::options::Options;
use crate::sh::{self, Run};

const TARGET: &str = "wasm32-unknown-unknown";
/// What core and wire should take in WASM, at most; not reached yet, see `benches/RESULTS.md`.
const BROTLI_BYTES_TARGET: u32 = 90 << 10;
/// Features of the module that only settles and cancels.
const SETTLE_ONLY: &[&str] = &["--no-default-features"];
/// What the full module may take until then. A ratchet: it only goes down.
const FULL_BYTES_MAX: u32 = 202 << 10;
/// What the module that only settles and cancels may take. A ratchet as well.
const SETTLE_BYTES_MAX: u32 = 126 << 10;
/// 1 GiB in pages of 64 KiB; set in `.cargo/config.toml`.
const MEMORY_PAGES_MAX: u32 = 1 << 14;

/// The two modules.
pub struct Modules {
    /// Answers everything.
    pub full: PathBuf,
    /// Settles and cancels only: for cashier screens.
    pub settle_only: PathBuf,
}

/// `cargo xtask wasm`.
pub fn run(_: &Options) -> Outcome {
    let modules = build()?;
    println!("{}\n{}", modules.full.display(), modules.settle_only.display());
    modules.inspect()
}

/// Builds the modules and says where they are.
pub fn build() -> Outcome<Modules> {
    sh::rust_target(TARGET)?;
    let built = sh::target().join(TARGET).join("wasm");
    let full = built.join("tongchou_abi.wasm");
    let settle_only = built.join("tongchou_abi_settle.wasm");
    // Cargo gives both the same name; the one built last keeps it.
    compile(SETTLE_ONLY)?;
    let copied = fs::copy(&full, &settle_only);
    copied.map_err(|error| format!("cannot write {}: {error}", settle_only.display()))?;
    compile(&[])?;
    Ok(Modules { full, settle_only })
}

fn compile(features: &[&str]) -> Outcome {
    // Paths of this machine do not belong into the module, and its bytes must not depend on them.
    let flags: Vec<String> = prefixes().map(|flag| format!("\"{flag}\"")).collect();
    let flags = format!("target.{TARGET}.rustflags=[{}]", flags.join(","));
    let build = Run::cargo("build").args(["--profile", "wasm", "--target", TARGET]);
    let build = build.args(["-p", "tongchou-abi", "--lib", "--config", &flags]).args(features);
    build.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").run()
}

impl Modules {
    /// Fails if a module imports something, is too large or may grow without bound.
    pub fn inspect(&self) -> Outcome {
        println!("target: {BROTLI_BYTES_TARGET} bytes of brotli; the ratchets stand above it");
        let both = [
            ("full", &self.full, FULL_BYTES_MAX),
            ("settle-only", &self.settle_only, SETTLE_BYTES_MAX),
        ];
        let mut faulty = Vec::new();
        for (name, module, most) in both {
            println!("{name}:");
            let limits = [most.to_string(), MEMORY_PAGES_MAX.to_string()];
            let look = sh::node()?.arg("web/runner/inspect.mjs").arg(module).args(limits);
            if look.run().is_err() {
                faulty.push(name);
            }
        }
        match faulty.as_slice() {
            [] => Ok(()),
            names => Err(format!("not as it must be: the {} module", names.join(", the ")).into()),
        }
    }
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
