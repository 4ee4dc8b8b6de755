//! The WASM modules: built, looked at, within their budgets.

use std::fs;
use std::path::{Path, PathBuf};
use std::{env, iter};

use crate::Outcome;
use crate::options::Options;
use crate::sh::{self, Run};

const TARGET: &str = "wasm32-unknown-unknown";
/// What core and wire should take in WASM, at most; not reached yet, see `benches/RESULTS.md`.
const BROTLI_BYTES_TARGET: u32 = 90 << 10;
/// Features of the module that only settles and cancels.
const SETTLE_ONLY: &[&str] = &["--no-default-features"];
/// What the full module may take until then. A ratchet: it went up once, from 202 KiB, when late
/// claims and whole refunds were settled as defined.
const FULL_BYTES_MAX: u32 = 215 << 10;
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
    let here = sh::root();
    compile(&here, &sh::target(), SETTLE_ONLY)?;
    let copied = fs::copy(&full, &settle_only);
    copied.map_err(|error| format!("cannot write {}: {error}", settle_only.display()))?;
    compile(&here, &sh::target(), &[])?;
    Ok(Modules { full, settle_only })
}

fn compile(sources: &Path, target: &Path, features: &[&str]) -> Outcome {
    // Paths of this machine do not belong into the module, and its bytes must not depend on them.
    let flags: Vec<String> = prefixes(sources).map(|flag| format!("\"{flag}\"")).collect();
    let flags = format!("target.{TARGET}.rustflags=[{}]", flags.join(","));
    let build = Run::cargo("build").args(["--profile", "wasm", "--target", TARGET]);
    let build = build.arg("--manifest-path").arg(sources.join("Cargo.toml"));
    let build = build.arg("--target-dir").arg(target);
    let build = build.args(["-p", "tongchou-abi", "--lib", "--config", &flags]).args(features);
    build.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").run()
}

impl Modules {
    /// Fails if the full module, built anew from a copy of the sources in another folder, has
    /// other bytes.
    pub fn same_elsewhere(&self) -> Outcome {
        let folder = sh::scratch("elsewhere")?;
        let (sources, target) = (folder.join("sources"), folder.join("target"));
        for file in sh::files()? {
            let (from, to) = (sh::root().join(&file), sources.join(&file));
            let copied = fs::create_dir_all(to.parent().unwrap_or(&sources))
                .and_then(|()| fs::copy(&from, &to));
            copied.map_err(|error| format!("cannot copy {file}: {error}"))?;
        }
        compile(&sources, &target, &[])?;
        let read = |module: &Path| {
            fs::read(module).map_err(|error| format!("cannot read {}: {error}", module.display()))
        };
        let elsewhere = target.join(TARGET).join("wasm").join("tongchou_abi.wasm");
        let (here, elsewhere) = (read(&self.full)?, read(&elsewhere)?);
        if here != elsewhere {
            return Err("two folders build two modules: their bytes must be the same".into());
        }
        println!("built in two folders: the same {} bytes", here.len());
        // Nobody needs the second build any more, and it is large.
        let _ = fs::remove_dir_all(&folder);
        Ok(())
    }

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
fn prefixes(sources: &Path) -> impl Iterator<Item = String> {
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(PathBuf::from);
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| home.map(|home| home.join(".cargo"))).unwrap_or_default();
    let registry = fs::read_dir(cargo.join("registry").join("src")).into_iter().flatten();
    let registry = registry.flatten().map(|entry| (entry.path(), "crates"));
    let all = registry.chain(iter::once((sources.to_owned(), ".")));
    all.map(|(folder, name)| {
        let folder = folder.display().to_string().replace('\\', "\\\\");
        format!("--remap-path-prefix={folder}={name}")
    })
}
