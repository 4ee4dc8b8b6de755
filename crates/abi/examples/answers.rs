//! Answers every fixture natively through the exported functions, for `cargo xtask parity`.
//!
//! `answers --out FOLDER --fixtures FOLDER [--lines FILE.ndjson]…` writes into the first folder
//! the canonical packs, one file of answers for each input, and `worklist.json`, which names them
//! all. An answer is one line: status, tabulator, text.
//!
//! Beside the fixtures (`*.request.json`, and `*.ndjson` with a message a line) it makes messages
//! of its own: the cancel of everything settled, and damaged messages, which must be refused alike.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use tongchou_abi::exports::{
    tongchou_call, tongchou_drop, tongchou_fetch, tongchou_load_pack, tongchou_new,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match Options::read(std::env::args().skip(1)).and_then(|options| answer_all(&options)) {
        Ok(inputs) => {
            println!("{inputs} inputs answered natively");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    out: PathBuf,
    fixtures: PathBuf,
    lines: Vec<PathBuf>,
}

impl Options {
    fn read(mut args: impl Iterator<Item = String>) -> Outcome<Self> {
        let (mut out, mut fixtures, mut lines) = (None, None, Vec::new());
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--out" => out = Some(value.into()),
                "--fixtures" => fixtures = Some(value.into()),
                "--lines" => lines.push(value.into()),
                _ => return Err(format!("no option {name}").into()),
            }
        }
        let out = out.ok_or("--out FOLDER is missing")?;
        Ok(Self { out, fixtures: fixtures.ok_or("--fixtures FOLDER is missing")?, lines })
    }
}

fn answer_all(options: &Options) -> Outcome<usize> {
    let mut work = Work::new(&options.out)?;
    for source in tongchou_packs::ALL {
        let checked = tongchou_policy::check(source.text, source.id);
        let canonical = checked.map_err(|_| format!("{}: the pack is refused", source.id))?;
        work.pack(source.id, canonical.canonical.as_bytes())?;
    }
    work.pack("not-a-pack", b"{\"format\":1}")?;
    let mut cases = Vec::new();
    find(&options.fixtures, &mut cases)?;
    for file in &cases {
        let name = file.strip_prefix(&options.fixtures).unwrap_or(file).display().to_string();
        if name.ends_with(".ndjson") {
            work.lines(&name, file)?;
        } else {
            work.fixture(&name, &fs::read(file)?)?;
        }
    }
    if cases.is_empty() {
        return Err("there is no fixture to answer".into());
    }
    for (name, message) in wild() {
        work.single(name, &message)?;
    }
    for file in &options.lines {
        work.lines(&file.display().to_string(), file)?;
    }
    work.finish()
}

/// Every request below a folder, in the order of its path.
fn find(folder: &Path, found: &mut Vec<PathBuf>) -> Outcome<()> {
    let entries: Result<Vec<_>, _> = fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect();
    let mut entries = entries?;
    entries.sort();
    for path in entries {
        let name = path.to_string_lossy();
        if path.is_dir() {
            find(&path, found)?;
        } else if name.ends_with(".request.json") || name.ends_with(".ndjson") {
            found.push(path);
        }
    }
    Ok(())
}

/// Messages that no fixture holds: too deep, too long, not text.
fn wild() -> Vec<(&'static str, Vec<u8>)> {
    let line =
        r#"{"id":"x","kind":"drug","class":"A","price":"1.00","quantity":"1","amount":"1.00"},"#;
    let lines = line.repeat(100_001);
    let lines = lines.trim_end_matches(',');
    let bill = format!(r#"{{"contract":1,"pack":"110000-employee","lines":[{lines}]}}"#);
    vec![
        ("empty", Vec::new()),
        ("zero bytes", vec![0; 64]),
        ("not UTF-8", b"{\"contract\":\n\"\xf0\x9f\xa9\"}".to_vec()),
        ("deep lists", "[".repeat(1_000_000).into_bytes()),
        ("deep objects", "{\"a\":".repeat(1_000_000).into_bytes()),
        ("many values", format!("[{}0]", "0,".repeat(4_000_001)).into_bytes()),
        ("long number", format!("{{\"contract\":{}}}", "9".repeat(1_000_000)).into_bytes()),
        ("long text", format!("\"{}\"", "费".repeat(1_000_000)).into_bytes()),
        ("100,001 lines", bill.into_bytes()),
    ]
}

/// What was answered so far, and where it was written.
struct Work {
    out: PathBuf,
    handle: u32,
    packs: Vec<Value>,
    inputs: Vec<Value>,
}

impl Work {
    fn new(out: &Path) -> Outcome<Self> {
        for folder in ["packs", "messages", "answers"] {
            fs::create_dir_all(out.join(folder))?;
        }
        let handle = tongchou_new();
        Ok(Self { out: out.to_owned(), handle, packs: Vec::new(), inputs: Vec::new() })
    }

    fn pack(&mut self, id: &str, canonical: &[u8]) -> Outcome<()> {
        let text = self.out.join("packs").join(format!("{id}.json"));
        fs::write(&text, canonical)?;
        let answer = self.out.join("packs").join(format!("{id}.answer"));
        fs::write(&answer, Answer::of(self.handle, tongchou_load_pack, canonical)?.line())?;
        self.packs.push(json!({ "name": id, "text": text, "answer": answer }));
        Ok(())
    }

    /// A fixture, its cancel if it was settled, and damaged forms of it.
    fn fixture(&mut self, name: &str, message: &[u8]) -> Outcome<()> {
        let answer = self.single(name, message)?;
        if let Some(cancel) = answer.cancel() {
            self.single(&format!("{name}, cancelled"), cancel.as_bytes())?;
        }
        for quarter in 1..4 {
            let at = message.len() * quarter / 4;
            let (start, rest) = message.split_at_checked(at).unwrap_or((message, b""));
            self.single(&format!("{name}, cut off after {at} bytes"), start)?;
            let rest = rest.get(1..).unwrap_or_default();
            let damaged = [start, b"\xff", rest].concat();
            self.single(&format!("{name}, byte {at} damaged"), &damaged)?;
        }
        Ok(())
    }

    fn single(&mut self, name: &str, message: &[u8]) -> Outcome<Answer> {
        let request = self.out.join("messages").join(self.inputs.len().to_string());
        fs::write(&request, message)?;
        let answer = Answer::of(self.handle, tongchou_call, message)?;
        self.input(name, &request, false, answer.line().as_bytes())?;
        Ok(answer)
    }

    fn lines(&mut self, name: &str, file: &Path) -> Outcome<()> {
        let messages = fs::read(file)?;
        let mut answers = Vec::new();
        for message in messages.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            answers
                .write_all(Answer::of(self.handle, tongchou_call, message)?.line().as_bytes())?;
        }
        self.input(name, file, true, &answers)
    }

    fn input(&mut self, name: &str, request: &Path, lines: bool, answers: &[u8]) -> Outcome<()> {
        let answer = self.out.join("answers").join(self.inputs.len().to_string());
        fs::write(&answer, answers)?;
        let input = json!({ "name": name, "request": request, "lines": lines, "answer": answer });
        self.inputs.push(input);
        Ok(())
    }

    fn finish(self) -> Outcome<usize> {
        tongchou_drop(self.handle);
        let list = json!({ "packs": self.packs, "inputs": self.inputs });
        fs::write(self.out.join("worklist.json"), serde_json::to_string_pretty(&list)?)?;
        Ok(self.inputs.len())
    }
}

/// An answer with its status.
struct Answer {
    status: i32,
    text: String,
}

type Function = unsafe extern "C" fn(u32, *const u8, usize, *mut u8, usize, *mut usize) -> i32;

impl Answer {
    fn of(handle: u32, function: Function, message: &[u8]) -> Outcome<Self> {
        let mut out = vec![0; 4096];
        let (mut needed, cap) = (0, out.len());
        let (to, count) = (out.as_mut_ptr(), &raw mut needed);
        // SAFETY: The three buffers are our own and of the lengths given.
        let mut status =
            unsafe { function(handle, message.as_ptr(), message.len(), to, cap, count) };
        if status == 1 {
            out = vec![0; needed];
            // SAFETY: Both buffers are our own and of the lengths given.
            status = unsafe { tongchou_fetch(handle, out.as_mut_ptr(), needed, &raw mut needed) };
        }
        if !matches!(status, 0 | -1) {
            return Err(format!("status {status} for a sound call").into());
        }
        out.truncate(needed);
        Ok(Self { status, text: String::from_utf8(out)? })
    }

    fn line(&self) -> String {
        format!("{}\t{}\n", self.status, self.text)
    }

    /// The message that takes this settlement back; none if it has no state.
    fn cancel(&self) -> Option<String> {
        let settled: Value = serde_json::from_str(&self.text).ok()?;
        let state = settled.get("state")?;
        Some(format!(r#"{{"contract":1,"cancel":{},"state":{state}}}"#, self.text))
    }
}
