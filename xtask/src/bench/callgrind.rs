//! Counting the instructions of one workload with callgrind.
//!
//! Only the program's own instructions count. Those of the C library are left out: it picks its
//! code by the processor, and every system has another version. How often it is called counts
//! apart, so that memory asked for or copied in a loop is seen all the same.

use std::fs;
use std::path::Path;

use crate::bench::baseline::Count;
use crate::sh::Run;
use crate::{Failure, Outcome};

const HELP: &str = "the gate counts instructions with valgrind, which is missing: install it from \
                    your system's packages (`apt-get install valgrind`, `dnf install valgrind`), \
                    and see that `valgrind --version` works";
/// The function within which instructions count, in benches/examples/instructions/main.rs.
const REGION: &str = "*counted_region*";

/// The version of valgrind.
pub fn version() -> Outcome<String> {
    let answer = Run::new("valgrind").arg("--version").answer();
    answer.map(|version| version.trim().to_owned()).ok_or_else(|| HELP.into())
}

/// Counts a workload of a program; callgrind's own file stays in the folder for a closer look.
pub fn count(program: &Path, folder: &Path, name: &str, planted: bool) -> Outcome<Count> {
    let file = folder.join(format!("{name}{}.callgrind", if planted { ".planted" } else { "" }));
    let run = Run::new("valgrind").arg("--tool=callgrind").arg("--quiet");
    let run = run.arg(format!("--toggle-collect={REGION}"));
    let run = run.args(["--compress-strings=no", "--compress-pos=no", "--dump-line=no"]);
    let run = run.arg(format!("--callgrind-out-file={}", file.display()));
    let run = run.arg(program).arg(name).args(planted.then_some("--planted"));
    let line = run.to_string();
    let printed = run.output()?;
    let failed = |why: &str| {
        Failure(format!("{why}: `{line}`\n{}{}", printed.out.trim(), printed.error.trim()))
    };
    if printed.code != Some(0) {
        return Err(failed("the workload did not end well"));
    }
    let items = printed.out.lines().find_map(|line| line.strip_prefix("items "));
    let items = items.and_then(|items| items.parse().ok()).filter(|items| *items > 0);
    let items = items.ok_or_else(|| failed("the workload settled nothing"))?;
    let text = fs::read_to_string(&file);
    let text = text.map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let own = program.file_name().map(|name| name.to_string_lossy().into_owned());
    let cost = Cost::read(&text, &own.unwrap_or_default()).map_err(|why| failed(&why))?;
    Ok(Count { items, instructions: cost.own, calls: cost.calls })
}

/// What callgrind's file says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cost {
    /// Instructions of the program.
    own: u64,
    /// Instructions of every other object.
    other: u64,
    /// Calls from the program to other objects.
    calls: u64,
}

impl Cost {
    /// Adds up the file's lines and holds them against its own sum. An object is the program if
    /// its file has the program's name.
    fn read(text: &str, program: &str) -> Result<Self, String> {
        let is_own = |object: &str| object.rsplit('/').next() == Some(program);
        let mut cost = Self::default();
        let (mut own, mut callee, mut within_call) = (false, None, false);
        let mut summary = None;
        for line in text.lines() {
            if let Some(object) = line.strip_prefix("ob=") {
                own = is_own(object);
            } else if let Some(object) = line.strip_prefix("cob=") {
                // Stated only where it is not the caller's.
                callee = Some(is_own(object));
            } else if let Some(calls) = line.strip_prefix("calls=") {
                let calls = calls.split(' ').next().and_then(|calls| calls.parse::<u64>().ok());
                let calls = calls.ok_or_else(|| format!("unknown line `{line}`"))?;
                cost.calls += if own && callee == Some(false) { calls } else { 0 };
                (callee, within_call) = (None, true);
            } else if let Some(sum) = line.strip_prefix("summary: ") {
                summary = sum.trim().parse::<u64>().ok();
            } else if line.starts_with(|first: char| first.is_ascii_digit()) {
                let spent = line.split(' ').nth(1).and_then(|spent| spent.parse::<u64>().ok());
                let spent = spent.ok_or_else(|| format!("unknown line `{line}`"))?;
                // The line after a call is the callee's cost, which stands there as well.
                match (std::mem::take(&mut within_call), own) {
                    (true, _) => {}
                    (false, true) => cost.own += spent,
                    (false, false) => cost.other += spent,
                }
            }
        }
        match summary {
            Some(sum) if sum == cost.own + cost.other && cost.own > 0 => Ok(cost),
            Some(0) => Err("nothing was counted: the region was not entered".into()),
            _ => Err(format!("callgrind's sum is {summary:?}, its lines come to {cost:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "events: Ir\nsummary: 1060\n\nob=/a/b/prog\nfl=x.rs\nfn=one\n0 600\n\
                        cob=/lib/libc.so.6\ncfi=y\ncfn=memcpy\ncalls=7 0\n0 60\ncfn=two\n\
                        calls=9 0\n0 400\n\nfn=two\n0 400\n\nob=/lib/libc.so.6\nfl=y\nfn=memcpy\n\
                        0 50\ncfn=inner\ncalls=2 0\n0 10\n\nfn=inner\n0 10\n";

    #[test]
    fn own_instructions_and_calls_out_are_told_apart() {
        let cost = Cost { own: 1_000, other: 60, calls: 7 };
        assert_eq!(Cost::read(FILE, "prog"), Ok(cost));
    }

    #[test]
    fn a_file_that_does_not_add_up_is_refused() {
        assert!(Cost::read(&FILE.replace("1060", "1061"), "prog").is_err());
        assert!(Cost::read(FILE, "another").is_err());
        assert!(Cost::read(&FILE.replace("calls=9", "calls=x"), "prog").is_err());
        let empty = Cost::read("events: Ir\nsummary: 0\n", "prog");
        assert!(empty.is_err_and(|why| why.contains("nothing was counted")));
    }
}
