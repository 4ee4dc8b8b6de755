//! Requests written to a file, a line each, for other hosts to answer.

use std::fs::File;
use std::io::{BufWriter, Write};

use tongchou_oracle::generate::Generator;
use tongchou_oracle::settle::settle;
use tongchou_wire::state::State;

use crate::{replays, run};

/// Writes at least so many requests; a history hands on the states of the engine, byte for byte.
pub fn write(
    generator: &Generator<'_>,
    canonical: &[String],
    file: &str,
    count: u64,
) -> Result<u64, String> {
    let failed = |error: std::io::Error| format!("cannot write `{file}`: {error}");
    let mut engine = run::engine(canonical)?;
    let mut out = BufWriter::new(File::create(file).map_err(failed)?);
    let mut written = 0;
    let mut index = 0;
    while written < count {
        if Generator::is_story(index) {
            let Some(story) = generator.story(index) else { break };
            index += 1;
            // One list of facts is as long as its bills.
            if tongchou_packs::find(&story.pack.id).is_some() && index % 8 == 0 {
                let text = replays::text(&story).ok_or("a list of facts cannot be written")?;
                writeln!(out, "{text}").map_err(failed)?;
                written += 1;
            }
            continue;
        }
        let Some(mut case) = generator.case(index) else { break };
        index += 1;
        if tongchou_packs::find(&case.pack().id).is_none() {
            continue;
        }
        let mut handed_on: Option<State> = None;
        while let Some(mut request) = case.next_bill() {
            let verdict = settle(case.pack(), &request);
            if request.state.is_some() {
                request.state.clone_from(&handed_on);
            }
            let text = serde_json::to_string(&request).map_err(|error| error.to_string())?;
            writeln!(out, "{text}").map_err(failed)?;
            written += 1;
            // Where the engine refuses what the oracle settles, the history ends; `diff` tells why.
            match (&verdict, engine.settle(&request)) {
                (Ok(_), Ok(settlement)) => handed_on = settlement.state,
                (Ok(_), Err(_)) => break,
                (Err(_), _) => {}
            }
            case.settled(&verdict);
        }
    }
    out.flush().map_err(failed)?;
    Ok(written)
}
