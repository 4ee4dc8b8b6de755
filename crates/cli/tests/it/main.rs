//! The command as a person runs it: worked cases, slips, streams, exit codes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop where it finds a fault"
)]

mod bad_packs;
mod cases;
mod constructs;
mod diff;
mod docs;
mod equations;
mod proofs;
mod replays;
mod sim;
mod slips;
mod streams;
mod years;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The folder of fixtures.
fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Runs `tongchou` in the folder of fixtures, with arguments and standard input.
fn tongchou(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tongchou"))
        .args(args)
        .current_dir(fixtures())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tongchou starts");
    let mut pipe = child.stdin.take().expect("input is piped");
    let input = input.to_owned();
    // Beside the reading, or both sides wait for each other on a long stream. A command that
    // refuses its arguments may close its input early.
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("tongchou ends");
    let _ = writer.join();
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("output is UTF-8")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("tongchou is not killed")
}
