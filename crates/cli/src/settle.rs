//! `settle` and `cancel`: one case, or a stream of one message a line.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tongchou_policy::Checked;
use tongchou_wire::engine::{Answer, Engine};
use tongchou_wire::error::{Code, Refusal};
use tongchou_wire::read::{self, Message};

use crate::{Ended, Failure, Format, Language, Settle, explain, packs, slip, timeline, words};

/// Longest message read into memory, in bytes.
const MESSAGE_MAX: u64 = 256 << 20;

/// What the command may do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Settle bills; a cancel message is answered as well, so that a stream may hold both.
    Settle,
    /// Take settlements back, and nothing else.
    Cancel,
    /// Settle lists of facts, and nothing else.
    Replay,
}

/// Runs `settle` or `cancel`.
pub fn run(verb: Verb, options: &Settle, out: &mut dyn Write) -> Result<Ended, Failure> {
    let mut desk = Desk::open(verb, options)?;
    let mut input = open(&options.file)?;
    let first = next_line(&mut *input, &options.file)?;
    let first = first.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&first);
    let second = next_line(&mut *input, &options.file)?;
    if is_stream(&options.file) || are_messages(first, &second) {
        let head = [first.trim_start().to_owned(), second.trim_start().to_owned()];
        return stream(&mut desk, &mut *input, head, options, out);
    }
    let mut rest = Vec::new();
    let mut limited = (&mut *input).take(MESSAGE_MAX);
    limited.read_to_end(&mut rest).map_err(|e| unreadable(&options.file, &e))?;
    let message = format!("{first}{second}{}", decoded(rest));
    let answer = desk.answer(&message, options.format != Some(Format::Json));
    let refused = matches!(answer, Answer::Refused(_));
    desk.print(&answer, options.format.unwrap_or(Format::Text), out)?;
    Ok(if refused { Ended::Refused } else { Ended::Done })
}

/// Written before UTF-8 text by some editors; no part of the message.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Whether the first two lines with text are messages of their own, not the beginning of one: the
/// first is whole, or it is broken and the second is whole (but not an item of a list).
fn are_messages(first: &str, second: &str) -> bool {
    let whole = |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok();
    if second.trim().is_empty() {
        return false;
    }
    whole(first) || (whole(second) && !first.trim_start().starts_with('['))
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
    Failure::new(format!(
        "cannot read {what}: {error}; give an existing UTF-8 file, or - for standard input"
    ))
}

/// Reads a line; false at the end of the input.
fn line(input: &mut dyn BufRead, text: &mut String, file: &str) -> Result<bool, Failure> {
    let mut bytes = Vec::new();
    let size = input.read_until(b'\n', &mut bytes).map_err(|e| unreadable(file, &e))?;
    text.push_str(&decoded(bytes));
    Ok(size > 0)
}

/// Reads up to and with the next line that is not blank.
fn next_line(input: &mut dyn BufRead, file: &str) -> Result<String, Failure> {
    let mut text = String::new();
    while text.trim().is_empty() && line(input, &mut text, file)? {}
    Ok(text)
}

/// The text of bytes. What is not UTF-8 becomes a control character, which no message may hold, so
/// that it is refused at its place instead of being read as another text.
fn decoded(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let lossy = String::from_utf8_lossy(error.as_bytes());
        lossy.replace(char::REPLACEMENT_CHARACTER, "\0")
    })
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
            None if line(input, &mut text, &options.file)? => {}
            None => break,
        }
        if text.trim().is_empty() {
            continue;
        }
        let answer = desk.answer(&text, format == Format::Text);
        match answer {
            Answer::Refused(_) => refused += 1,
            Answer::Settled(_) | Answer::Cancelled(_) | Answer::Replayed(_) => settled += 1,
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
    verb: Verb,
    engine: Engine,
    packs: BTreeMap<String, Checked>,
    explain: bool,
    lang: Language,
}

impl Desk {
    fn open(verb: Verb, options: &Settle) -> Result<Self, Failure> {
        let mut desk = Self {
            verb,
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

    /// Answers a message; under `cancel` a settlement is accepted as the cancel of itself.
    fn answer(&mut self, text: &str, bands: bool) -> Answer {
        let trace = self.explain || bands;
        let text = match self.verb {
            Verb::Settle | Verb::Replay => text.into(),
            Verb::Cancel => as_message(text),
        };
        let answer = read::message(&text).and_then(|message| match message {
            Message::Settle(_) | Message::Replay(_) if self.verb == Verb::Cancel => {
                Err(Refusal::new(Code::FieldMissing, "$.cancel", "cancel", "an object"))
            }
            Message::Settle(_) | Message::Cancel(_) if self.verb == Verb::Replay => {
                Err(Refusal::new(Code::FieldMissing, "$.replay", "replay", "a list"))
            }
            Message::Replay(replay) => {
                self.engine.replay(&replay).map(|r| Answer::Replayed(Box::new(r)))
            }
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
            Answer::Replayed(replayed) => timeline::replayed(replayed, self.lang),
            Answer::Refused(refusal) => {
                slip::refused(&refusal.render(words::wire(self.lang)), self.lang)
            }
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
    if is_settlement { format!("{{\"contract\":1,\"cancel\":{text}}}").into() } else { text.into() }
}
