//! Planted faults of the kernel, switched on by the environment: only in a build with
//! `--cfg sabotage`.

use std::process::ExitCode;

/// The variable that names a fault.
const VARIABLE: &str = "TONGCHOU_SABOTAGE";

/// Lists the faults, a line each.
#[cfg(sabotage)]
pub fn list() -> ExitCode {
    for (name, _) in tongchou_core::sabotage::Fault::ALL {
        println!("{name}");
    }
    ExitCode::SUCCESS
}

/// Says how to get a build with faults in it.
#[cfg(not(sabotage))]
pub fn list() -> ExitCode {
    eprintln!("no faults in this build: build with RUSTFLAGS='--cfg sabotage'");
    ExitCode::FAILURE
}

/// Switches the named fault on, if one is named.
pub fn plant() -> Result<(), String> {
    match std::env::var(VARIABLE) {
        Ok(name) => switch_on(&name),
        Err(_) => Ok(()),
    }
}

#[cfg(sabotage)]
fn switch_on(name: &str) -> Result<(), String> {
    let found = tongchou_core::sabotage::Fault::ALL.iter().find(|(known, _)| *known == name);
    let (_, fault) = found.ok_or_else(|| format!("{VARIABLE}: no fault `{name}`"))?;
    tongchou_core::sabotage::plant(*fault);
    Ok(())
}

#[cfg(not(sabotage))]
fn switch_on(name: &str) -> Result<(), String> {
    Err(format!("{VARIABLE}={name}: no faults in this build"))
}
