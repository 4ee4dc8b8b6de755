//! Messages answered and printed: one case, or a stream of one message a line.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tongchou_policy::Checked;
use tongchou_wire::engine::{Answer, Engine};
use tongchou_wire::error::{Code, Refusal};
use tongchou_wire::read::{self, Message};
use tongchou_wire::request::{Entitle, Fact, Replay};
use tongchou_wire::response::{Entitled, Settlement};

use crate::facts::Facts;
use crate::shelf::Shelf;
use crate::{
    Ended, Failure, Format, GiveBack, Language, Settle, entitle, explain, member, packs, refund,
    slip, timeline, words,
};

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
    /// The same, shown as the member's year.
    Member,
    /// Give money back, and nothing else.
    Refund,
    /// Answer questions about a member's standing, and nothing else.
    Entitle,
}

impl Verb {
    /// Refuses a message of another kind.
    fn admit(self, message: &Message) -> Result<(), Refusal> {
        let (key, form) = match (self, message) {
            (Self::Settle, _)
            | (Self::Cancel, Message::Cancel(_))
            | (Self::Replay | Self::Member, Message::Replay(_))
            | (Self::Refund, Message::Refund(_))
            | (Self::Entitle, Message::Entitle(_)) => return Ok(()),
            (Self::Cancel, _) => ("cancel", "an object"),
            (Self::Replay | Self::Member, _) => ("replay", "a list"),
            (Self::Refund, _) => ("refund", "an object"),
            (Self::Entitle, _) => ("entitle", "a list"),
        };
        Err(Refusal::new(Code::FieldMissing, format!("$.{key}"), key, form))
    }
}

/// Runs `refund`: a refund message, or a settlement as it was answered with what to give back.
pub fn give_back(options: &GiveBack, out: &mut dyn Write) -> Result<Ended, Failure> {
    let mut desk = Desk::open(Verb::Refund, &options.common)?;
    desk.extra = refund::extra(options)?;
    serve(desk, &options.common, out)
}

/// Runs a command that answers messages.
pub fn run(verb: Verb, options: &Settle, out: &mut dyn Write) -> Result<Ended, Failure> {
    serve(Desk::open(verb, options)?, options, out)
}

fn serve(mut desk: Desk, options: &Settle, out: &mut dyn Write) -> Result<Ended, Failure> {
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
    let reply = desk.answer(&message, options.format != Some(Format::Json))?;
    let refused = matches!(reply.answer, Answer::Refused(_));
    desk.print(&reply, options.format.unwrap_or(Format::Text), out)?;
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
        let reply = desk.answer(&text, format == Format::Text)?;
        match reply.answer {
            Answer::Refused(_) => refused += 1,
            _ => settled += 1,
        }
        desk.print(&reply, format, out)?;
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

/// An answer, and what of the question is needed to print it.
struct Reply {
    answer: Answer,
    /// The facts, of a replay.
    asked: Option<Box<Replay>>,
    /// The pack, of a refund.
    pack: Option<String>,
    /// The member's standing over time, under each pack that settled a bill.
    standing: Vec<Entitled>,
}

/// The engine with its packs, and what a person wants to see.
struct Desk {
    verb: Verb,
    engine: Engine,
    packs: BTreeMap<String, Checked>,
    explain: bool,
    lang: Language,
    /// What is written behind a settlement to make it a refund.
    extra: String,
}

impl Desk {
    fn open(verb: Verb, options: &Settle) -> Result<Self, Failure> {
        let mut desk = Self {
            verb,
            engine: Engine::new(),
            packs: BTreeMap::new(),
            explain: options.explain,
            lang: options.lang,
            extra: String::new(),
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

    /// Answers a message; under `cancel` and `refund` a settlement is accepted in its place.
    fn answer(&mut self, text: &str, shown: bool) -> Result<Reply, Failure> {
        if !self.extra.is_empty() && has(text, "refund") {
            return Err(Failure::new(
                "--id, --amount and --with go with a settlement as it was answered; \
                 a refund message holds them itself",
            ));
        }
        let text = match self.verb {
            Verb::Cancel => wrapped(text, "cancel", ""),
            Verb::Refund => wrapped(text, "refund", &self.extra),
            _ => text.into(),
        };
        let reply = read::message(&text).and_then(|message| {
            self.verb.admit(&message)?;
            self.reply(message, shown)
        });
        Ok(reply.unwrap_or_else(|refusal| Reply {
            answer: Answer::Refused(Box::new(refusal)),
            asked: None,
            pack: None,
            standing: Vec::new(),
        }))
    }

    fn reply(&mut self, message: Message, shown: bool) -> Result<Reply, Refusal> {
        let engine = &mut self.engine;
        let mut pack = None;
        let answer = match message {
            Message::Cancel(cancel) => Answer::Cancelled(Box::new(engine.cancel(&cancel)?)),
            Message::Refund(refund) => {
                pack = Some(refund.refund.pack.id.clone());
                Answer::Refunded(Box::new(engine.refund(&refund)?))
            }
            Message::Entitle(question) => Answer::Entitled(Box::new(engine.entitle(&question)?)),
            Message::Settle(mut request) => {
                request.explain |= self.explain || shown;
                Answer::Settled(Box::new(engine.settle(&request)?))
            }
            Message::Replay(mut replay) => {
                let year = shown && self.verb == Verb::Member;
                if self.explain || year {
                    explained(&mut replay);
                }
                let answer = Answer::Replayed(Box::new(engine.replay(&replay)?));
                let standing = if year { self.standing(&replay, &answer) } else { Vec::new() };
                return Ok(Reply { answer, asked: Some(replay), pack, standing });
            }
        };
        Ok(Reply { answer, asked: None, pack, standing: Vec::new() })
    }

    /// Asks what the facts make of the member's standing. A pack that cannot say is left out: the
    /// year is readable without it.
    fn standing(&mut self, replay: &Replay, answer: &Answer) -> Vec<Entitled> {
        let Answer::Replayed(replayed) = answer else { return Vec::new() };
        let mut firsts: Vec<&Settlement> = Vec::new();
        for settlement in &replayed.settlements {
            if !firsts.iter().any(|first| first.pack.id == settlement.pack.id) {
                firsts.push(settlement);
            }
        }
        let questions = firsts
            .iter()
            .filter_map(|first| question(self.packs.get(&first.pack.id)?, first, replay));
        let questions: Vec<Entitle> = questions.collect();
        questions.iter().filter_map(|asked| self.engine.entitle(asked).ok()).collect()
    }

    fn print(&self, reply: &Reply, format: Format, out: &mut dyn Write) -> Result<(), Failure> {
        if format == Format::Json {
            writeln!(out, "{}", reply.answer.json(words::wire(self.lang)))?;
            return Ok(());
        }
        let shelf = Shelf { packs: &self.packs, lang: self.lang };
        let text = match &reply.answer {
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
            Answer::Replayed(replayed) => match &reply.asked {
                Some(asked) if self.verb == Verb::Member => {
                    member::year(replayed, Facts(asked), &reply.standing, shelf)
                }
                Some(asked) => timeline::replayed(replayed, Facts(asked), shelf, self.explain),
                None => String::new(),
            },
            Answer::Refunded(refunded) => {
                let pack = reply.pack.as_ref().and_then(|id| self.packs.get(id));
                slip::refunded(refunded, pack, self.lang)
            }
            Answer::Entitled(entitled) => entitle::entitled(entitled, shelf),
            Answer::Refused(refusal) => {
                slip::refused(&refusal.render(words::wire(self.lang)), self.lang)
            }
        };
        writeln!(out, "{text}")?;
        Ok(())
    }
}

/// Asks for the steps of every bill.
fn explained(replay: &mut Replay) {
    for fact in &mut replay.replay {
        match fact {
            Fact::Bill(bill) => bill.explain = true,
            Fact::Refund(refund) => {
                if let Some(rest) = &mut refund.rest {
                    rest.explain = true;
                }
            }
            _ => {}
        }
    }
}

/// The question what the facts make of the member's standing under a pack: none if they say
/// nothing about it.
fn question(pack: &Checked, first: &Settlement, replay: &Replay) -> Option<Entitle> {
    let rules = &pack.pack.rules;
    let known = |fact: &&Fact| match fact {
        Fact::Event(event) => rules.events.iter().any(|e| e.id == event.event),
        Fact::Contribution(_) | Fact::Becomes(_) => true,
        _ => false,
    };
    let facts: Vec<Fact> = replay.replay.iter().filter(known).cloned().collect();
    (!facts.is_empty() && !rules.coverage.is_empty()).then(|| Entitle {
        contract: replay.contract,
        pack: pack.pack.id.clone(),
        params: first.params.clone(),
        facts: BTreeMap::new(),
        numbers: BTreeMap::new(),
        given: BTreeMap::new(),
        member: match (&replay.member, Facts(replay).bill(&first.id)) {
            (Some(member), _) => member.clone(),
            (None, bill) => bill.map(|bill| bill.member.clone()).unwrap_or_default(),
        },
        entitle: facts,
        visits: Vec::new(),
        ask: Vec::new(),
    })
}

/// Puts a settlement, as it was answered, under a key of a message of its own.
fn wrapped<'a>(text: &'a str, key: &str, extra: &str) -> std::borrow::Cow<'a, str> {
    let is_settlement = text.contains("\"settled\"")
        && parsed(text).is_some_and(|v| v.get("status").is_some_and(|s| s == "settled"));
    if is_settlement {
        format!("{{\"contract\":1,\"{key}\":{text}{extra}}}").into()
    } else {
        text.into()
    }
}

/// Whether a message has a key.
fn has(text: &str, key: &str) -> bool {
    parsed(text).is_some_and(|message| message.get(key).is_some())
}

fn parsed(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok()
}
