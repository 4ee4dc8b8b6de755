//! `settle` and `cancel`: one case, or a stream of one message a line.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tongchou_policy::Checked;
use tongchou_wire::engine::{Answer, Engine};
use tongchou_wire::error::Refusal;
use tongchou_wire::read::{self, Message};

use crate::{Ended, Failure, Format, Language, Settle, explain, packs, slip, words};

/// Longest message read into memory, in bytes.
const MESSAGE_MAX: u64 = 256 << 20;

/// Runs `settle` or `cancel`.
pub fn run(options: &Settle, out: &mut dyn Write) -> Result<Ended, Failure> {
    let mut desk = Desk::open(options)?;
    let mut input = open(&options.file)?;
    let mut first = String::new();
    let size = line(&mut *input, &mut first, &options.file)?;
    let whole_line = serde_json::from_str::<serde_json::Value>(&first).is_ok();
    let mut second = String::new();
    if whole_line || is_stream(&options.file) {
        while second.trim().is_empty() && line(&mut *input, &mut second, &options.file)? > 0 {
            if second.trim().is_empty() {
                second.clear();
            }
        }
    }
    if (whole_line && !second.trim().is_empty()) || is_stream(&options.file) {
        return stream(&mut desk, &mut *input, [first, second], options, out);
    }
    let mut rest = std::mem::take(&mut first);
    if size > 0 {
        let limited = (&mut *input).take(MESSAGE_MAX);
        let mut limited = limited;
        limited.read_to_string(&mut rest).map_err(|e| unreadable(&options.file, &e))?;
    }
    let answer = desk.answer(&rest, options.format != Some(Format::Json));
    let refused = matches!(answer, Answer::Refused(_));
    desk.print(&answer, options.format.unwrap_or(Format::Text), out)?;
    Ok(if refused { Ended::Refused } else { Ended::Done })
}

fn is_stream(file: &str) -> bool {
    let ending = std::path::Path::new(file).extension().and_then(|e| e.to_str());
    matches!(ending, Some("ndjson" | "jsonl"))
}

fn open(file: &str) -> Result<Box<dyn BufRead>, Failure> {
    if file == "-" {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let opened = std::fs::File::open(file).map_err(|e| unreadable(file, &e))?;
    Ok(Box::new(std::io::BufReader::with_capacity(1 << 20, opened)))
}

fn unreadable(file: &str, error: &std::io::Error) -> Failure {
    let what = if file == "-" { "standard input".to_owned() } else { format!("`{file}`") };
    Failure::new(format!("cannot read {what}: {error}; give an existing UTF-8 file, or - for standard input"))
}

/// Reads a line; a line that is not UTF-8 is kept with its bad bytes replaced, and so refused.
fn line(input: &mut dyn BufRead, text: &mut String, file: &str) -> Result<usize, Failure> {
    let mut bytes = Vec::new();
    let size = input.read_until(b'\n', &mut bytes).map_err(|e| unreadable(file, &e))?;
    text.push_str(&String::from_utf8_lossy(&bytes));
    Ok(size)
}

/// Settles every line; a refused line does not stop the others.
fn stream(
    desk: &mut Desk,
    input: &mut dyn BufRead,
    head: [String; 2],
    options: &Settle,
    out: &mut dyn Write,
) -> Result<Ended, Failure> {
    let format = options.format.unwrap_or(Format::Json);
    let bar = progress();
    let (mut settled, mut refused) = (0_u64, 0_u64);
    let mut head = head.into_iter();
    let mut text = String::new();
    loop {
        text.clear();
        match head.next() {
            Some(line) => text = line,
            None if line(input, &mut text, &options.file)? == 0 => break,
            None => {}
        }
        if text.trim().is_empty() {
            continue;
        }
        let answer = desk.answer(&text, format == Format::Text);
        match answer {
            Answer::Refused(_) => refused += 1,
            Answer::Settled(_) | Answer::Cancelled(_) => settled += 1,
        }
        desk.print(&answer, format, out)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let summary = words::STREAM.text(options.lang);
    let summary = summary.replace("{n}", &settled.to_string());
    eprintln!("{}", summary.replace("{r}", &refused.to_string()));
    Ok(if refused > 0 { Ended::Refused } else { Ended::Done })
}

/// A bar on a terminal, nothing elsewhere.
fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} {per_sec} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// The engine with its packs, and what a person wants to see.
struct Desk {
    engine: Engine,
    packs: BTreeMap<String, Checked>,
    explain: bool,
    lang: Language,
}

impl Desk {
    fn open(options: &Settle) -> Result<Self, Failure> {
        let mut desk = Self {
            engine: Engine::new(),
            packs: BTreeMap::new(),
            explain: options.explain,
            lang: options.lang,
        };
        for source in tongchou_packs::ALL {
            desk.load(packs::load(source.text, source.id, options.lang)?)?;
        }
        for file in &options.packs {
            desk.load(packs::load(&packs::read(file)?, file, options.lang)?)?;
        }
        Ok(desk)
    }

    fn load(&mut self, checked: Checked) -> Result<(), Failure> {
        let id = self.engine.add_pack(&checked.canonical);
        let id = id.map_err(|refusal| Failure::new(refusal.to_string()))?;
        self.packs.insert(id, checked);
        Ok(())
    }

    /// Answers a message; a settlement is accepted as the cancel of itself.
    fn answer(&mut self, text: &str, bands: bool) -> Answer {
        let trace = self.explain || bands;
        let answer = read::message(&as_message(text)).and_then(|message| match message {
            Message::Settle(mut request) => {
                request.explain |= trace;
                self.engine.settle(&request).map(|s| Answer::Settled(Box::new(s)))
            }
            Message::Cancel(cancel) => {
                self.engine.cancel(&cancel).map(|c| Answer::Cancelled(Box::new(c)))
            }
        });
        answer.unwrap_or_else(|refusal: Refusal| Answer::Refused(Box::new(refusal)))
    }

    fn print(&self, answer: &Answer, format: Format, out: &mut dyn Write) -> Result<(), Failure> {
        if format == Format::Json {
            writeln!(out, "{}", answer.json(words::wire(self.lang)))?;
            return Ok(());
        }
        let text = match answer {
            Answer::Settled(settlement) => {
                let pack = self.packs.get(&settlement.pack.id);
                let mut text = slip::settled(settlement, pack, self.lang);
                if self.explain {
                    text.push_str(&explain::steps(settlement, pack, self.lang));
                }
                text
            }
            Answer::Cancelled(cancellation) => {
                let pack = self.packs.get(&cancellation.pack.id);
                slip::cancelled(cancellation, pack, self.lang)
            }
            Answer::Refused(refusal) => slip::refused(&refusal.render(words::wire(self.lang)), self.lang),
        };
        writeln!(out, "{text}")?;
        Ok(())
    }
}

/// Wraps a settlement, as it was answered, into the message that cancels it.
fn as_message(text: &str) -> std::borrow::Cow<'_, str> {
    let is_settlement = text.contains("\"settled\"")
        && serde_json::from_str::<serde_json::Value>(text)
            .is_ok_and(|v| v.get("status").is_some_and(|s| s == "settled"));
    if is_settlement {
        format!("{{\"contract\":1,\"cancel\":{text}}}").into()
    } else {
        text.into()
    }
}
