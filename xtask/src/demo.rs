//! The first look: real bills, settled and explained.

use std::fs;
use std::path::PathBuf;

use crate::Outcome;
use crate::options::Options;
use crate::sh::{self, Run};

const BILLS: &str = "fixtures/demo";
/// Bills and cancellations of real platforms, amounts only.
const REAL: [&str; 4] = ["BJE-REAL-01", "NAT-REAL-01", "NAT-REAL-02", "NAT-REAL-03"];

/// `cargo xtask demo`.
pub fn run(_: &Options) -> Outcome {
    Run::cargo("build").args(["--release", "-p", "tongchou-cli", "--bin", "tongchou"]).run()?;
    let program = sh::built("release/tongchou");
    let bills = bills();
    for bill in &bills {
        println!();
        Run::new(&program).arg("settle").arg(bill).arg("--explain").run()?;
    }
    let Some(bill) = bills.first() else {
        return Err(format!("there is no bill in {BILLS}").into());
    };
    let bill = bill.strip_prefix(sh::root()).unwrap_or(bill).display();
    let tongchou = program.strip_prefix(sh::root()).unwrap_or(&program).display();
    println!(
        "\nNow try:\n  \
         {tongchou} settle {bill} --explain --lang en\n  \
         {tongchou} settle {bill} --format json\n  \
         {tongchou} packs list\n  \
         {tongchou} packs show 110000-employee\n  \
         cargo xtask test"
    );
    Ok(())
}

fn bills() -> Vec<PathBuf> {
    let entries = fs::read_dir(sh::root().join(BILLS)).into_iter().flatten().flatten();
    let mut bills: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    bills.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    bills.sort();
    let cases = sh::root().join("fixtures").join("cases");
    bills.extend(REAL.map(|id| cases.join(format!("{id}.request.json"))));
    bills
}
