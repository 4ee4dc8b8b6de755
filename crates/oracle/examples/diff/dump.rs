//! Requests written to a file, a line each, for other hosts to answer.

use std::fs::File;
use std::io::{BufWriter, Write};

use tongchou_oracle::generate::Generator;
use tongchou_oracle::settle::settle;

/// Writes at least so many requests; a history goes on from the oracle's own verdicts.
pub fn write(generator: &Generator<'_>, file: &str, count: u64) -> Result<u64, String> {
    let failed = |error: std::io::Error| format!("cannot write `{file}`: {error}");
    let mut out = BufWriter::new(File::create(file).map_err(failed)?);
    let mut written = 0;
    let mut index = 0;
    while written < count {
        let Some(mut case) = generator.case(index) else { break };
        index += 1;
        if tongchou_packs::find(&case.pack().id).is_none() {
            continue;
        }
        while let Some(request) = case.next_bill() {
            let text = serde_json::to_string(&request).map_err(|error| error.to_string())?;
            writeln!(out, "{text}").map_err(failed)?;
            written += 1;
            let verdict = settle(case.pack(), &request);
            case.settled(&verdict);
        }
    }
    out.flush().map_err(failed)?;
    Ok(written)
}
