//! `sim load --target wasm`: the same requests in the WASM module under Node.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tongchou_sim::fault::{Code, Fault, said};
use tongchou_sim::generate::Generator;
use tongchou_sim::load::{Json, RATE_MAX, per_second, visits_in_memory, with_balances};
use tongchou_sim::report::numbers::count;
use tongchou_sim::settle::WIDTH_MAX;

use super::desk::Chosen;
use super::load::{Load, QUANTILES, SATURATED, STATELESS, shown};
use super::{Form, Stopped};
use crate::words::Phrase;
use crate::{Ended, Failure};

/// The program that Node runs.
const SCRIPT: &str = include_str!("load.mjs");
/// Requests that are handed over; they are text, so fewer than visits in columns.
const REQUESTS_MAX: usize = 100_000;

const CALLS: Phrase = Phrase::new("人次/秒（1 线程）", "visits/s (1 thread)");
const SERVICE: Phrase = Phrase::new("服务时间", "service time");
const LATENCY: Phrase = Phrase::new("时延", "latency");

/// Runs the module under load and prints what Node measured.
pub fn run(
    options: &Load,
    chosen: &Chosen,
    generator: &Generator,
    out: &mut dyn Write,
) -> Result<Ended, Stopped> {
    let Some(module) = &options.module else {
        let how = said(
            "请用 --module 指定模块；`cargo xtask wasm` 生成它",
            "name the module with --module; `cargo xtask wasm` builds it",
        );
        return Err(Fault::new(Code::Usage, "--target", "wasm", how).into());
    };
    if !module.is_file() {
        let place = module.display().to_string();
        return Err(Fault::new(Code::Unreadable, place, "no such file", "").into());
    }
    if let Some(rate) = options.rate.filter(|rate| !(1..=RATE_MAX).contains(rate)) {
        let help = format!("1 … {RATE_MAX}");
        return Err(Fault::new(Code::Usage, "--rate", rate.to_string(), help).into());
    }
    let (book, terms) = (generator.book(), &chosen.terms);
    let blocks = visits_in_memory(generator, options.visits);
    let blocks = with_balances::<WIDTH_MAX>(terms, &blocks, book)?;
    let requests = Json::requests(terms, &blocks, book, REQUESTS_MAX)?;
    let measured = measured(options, module, chosen, &requests)?;
    print(options, chosen, requests.len(), &measured, out)?;
    let saturated = measured.get("calls_not_made").and_then(Value::as_u64) != Some(0);
    Ok(if saturated { Ended::Refused } else { Ended::Done })
}

/// Hands the pack and the requests to Node; what it measured.
fn measured(
    options: &Load,
    module: &Path,
    chosen: &Chosen,
    requests: &[String],
) -> Result<Value, Stopped> {
    let rate = options.rate.unwrap_or(0).to_string();
    let mut node = Command::new("node")
        .args(["--input-type=module", "--eval", SCRIPT])
        .arg(module)
        .args([options.seconds.to_string(), rate])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::new(format!("cannot run `node`: {error}; install Node 20")))?;
    if let Some(stdin) = node.stdin.take() {
        let mut stdin = std::io::BufWriter::new(stdin);
        writeln!(stdin, "{}", chosen.checked.canonical.trim_end())?;
        for request in requests.iter() {
            writeln!(stdin, "{request}")?;
        }
        stdin.flush()?;
    }
    let answer = node.wait_with_output()?;
    let measured: Value = match answer.status.success() {
        true => serde_json::from_slice(&answer.stdout).unwrap_or_default(),
        false => Value::Null,
    };
    if !measured.is_object() {
        return Err(Failure::new("node could not run the module; see above").into());
    }
    Ok(measured)
}

fn print(
    options: &Load,
    chosen: &Chosen,
    requests: usize,
    measured: &Value,
    out: &mut dyn Write,
) -> Result<(), Stopped> {
    let number = |of: &Value, key: &str| of.get(key).and_then(Value::as_u64).unwrap_or(0);
    let time = std::time::Duration::from_nanos(number(measured, "nanoseconds"));
    let rate = per_second(number(measured, "calls"), time);
    match options.common.format {
        Form::Json => writeln!(
            out,
            "{:#}",
            json!({
                "target": "wasm",
                "rate": options.rate,
                "pack": chosen.terms.binder.reference(),
                "seed": options.seed,
                "state": "none: every request is the first of its year",
                "different_visits": requests,
                "visits_a_second": rate,
                "measured": measured,
                "version": env!("CARGO_PKG_VERSION"),
            })
        )?,
        Form::Text => {
            let lang = options.common.lang;
            let rate = count(i64::try_from(rate).unwrap_or(i64::MAX));
            let reference = chosen.terms.binder.reference();
            let node = measured.get("node").and_then(Value::as_str).unwrap_or("node");
            writeln!(out, "wasm  {reference}  {node}  {rate} {}", CALLS.text(lang))?;
            let not_made = number(measured, "calls_not_made");
            if not_made > 0 {
                let not_made = count(i64::try_from(not_made).unwrap_or(i64::MAX));
                writeln!(out, "** {} **", SATURATED.text(lang).replace("{n}", &not_made))?;
            }
            writeln!(out, "{}", STATELESS.text(lang))?;
            for (name, key) in [(SERVICE, "service_ns"), (LATENCY, "latency_ns")] {
                let Some(times) = measured.get(key).filter(|times| times.is_object()) else {
                    continue;
                };
                let names = QUANTILES.iter().map(|(name, _)| *name).chain(["max"]);
                let all = names.map(|name| format!("{name} {}", shown(number(times, name))));
                writeln!(out, "  {}  {}", name.text(lang), all.collect::<Vec<_>>().join("  "))?;
            }
        }
    }
    Ok(())
}
