//! JSON text to a small tree that keeps what a strict reader needs.
//!
//! - A number is its own source text: no float is ever made of it.
//! - An object keeps its keys in order; a key given twice is refused with its path.
//! - Depth, size and the number of values are bounded, whatever the text.
//!
//! A parser of our own costs 20 KB of brotli less in WASM than the library's, which brings floats,
//! errors and a machine for every type; the library stays the reference in tests.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::error::{Code, Refusal};
use crate::path::Trail;

/// Most containers one inside another. The contract itself needs five.
pub const DEPTH_MAX: u32 = 16;
/// Longest message: 64 MiB, several times what a bill of 100,000 full lines needs.
pub const BYTES_MAX: usize = 64 << 20;
/// Most values in one message; a bill of 100,000 full lines has 1,200,000.
pub const VALUES_MAX: usize = 4_000_000;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// The number as it stood in the text.
    Number(String),
    /// Text with its escapes resolved.
    Text(Cow<'a, str>),
    /// `[…]`.
    List(Vec<Node<'a>>),
    /// `{…}`, keys in the order given, each once.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl Node<'_> {
    /// The value as a refusal shows it.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Null => "null",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Number(text) => text,
            Self::Text(text) => text,
            Self::List(_) => "[…]",
            Self::Object(_) => "{…}",
        }
    }
}

/// Parses a whole text. Of `$.cancel.trace` nothing is kept: it may be long and is never read.
///
/// # Errors
/// `I001` malformed JSON, `I005` key given twice, `I007` too deep, `I008` too large.
pub fn parse(text: &str) -> Result<Node<'_>, Refusal> {
    if BYTES_MAX < text.len() {
        let value = text.len().to_string();
        return Err(Refusal::new(Code::TooLarge, "$", value, "67108864 bytes"));
    }
    let mut scan = Scan { text, at: 0, values: 0 };
    let node = scan.value(&Trail::ROOT, true)?;
    match scan.peek() {
        None => Ok(node),
        Some(_) => Err(scan.malformed("trailing characters")),
    }
}

/// A place in the text, and how many values came before it.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl<'a> Scan<'a> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.byte()
    }

    #[cold]
    #[inline(never)]
    fn malformed(&self, what: &'static str) -> Refusal {
        let end = (self.at + 1).min(self.text.len());
        let read = self.text.as_bytes().get(..end).unwrap_or_default();
        let (mut line, mut column) = (1, 0);
        for byte in read {
            column += 1;
            if *byte == b'\n' {
                (line, column) = (line + 1, 0);
            }
        }
        Refusal::new(Code::Json, "$", format!("{line}:{column}"), what)
    }

    #[inline(never)]
    fn value(&mut self, trail: &Trail<'_>, kept: bool) -> Result<Node<'a>, Refusal> {
        match self.peek() {
            None => Err(self.malformed("EOF while parsing a value")),
            Some(b'{') => self.object(trail, kept),
            Some(b'[') => self.list(trail, kept),
            Some(b'"') => self.string().map(Node::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Node::Bool(true)),
            Some(b'f') => self.word("false", Node::Bool(false)),
            Some(b'n') => self.word("null", Node::Null),
            Some(_) => Err(self.malformed("expected value")),
        }
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Result<Node<'a>, Refusal> {
        for expected in word.bytes() {
            if self.byte() != Some(expected) {
                return Err(self.malformed("expected ident"));
            }
            self.at += 1;
        }
        Ok(node)
    }

    fn digits(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if start == self.at { Err(self.malformed("invalid number")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Node<'a>, Refusal> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
            if matches!(self.byte(), Some(b'0'..=b'9')) {
                return Err(self.malformed("invalid number"));
            }
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Node::Number(self.text.get(start..self.at).unwrap_or_default().to_owned()))
    }

    #[inline(never)]
    fn string(&mut self) -> Result<Cow<'a, str>, Refusal> {
        self.at += 1;
        let mut start = self.at;
        let mut owned = String::new();
        loop {
            match self.byte() {
                None => return Err(self.malformed("EOF while parsing a string")),
                Some(b'"') => {
                    let rest = self.text.get(start..self.at).unwrap_or_default();
                    self.at += 1;
                    if owned.is_empty() {
                        return Ok(Cow::Borrowed(rest));
                    }
                    owned.push_str(rest);
                    return Ok(Cow::Owned(owned));
                }
                Some(b'\\') => {
                    owned.push_str(self.text.get(start..self.at).unwrap_or_default());
                    self.at += 1;
                    let c = self.escape()?;
                    owned.push(c);
                    start = self.at;
                }
                Some(0..0x20) => {
                    return Err(self.malformed(
                        "control character (\\u0000-\\u001F) found while parsing a string",
                    ));
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, Refusal> {
        let c = match self.byte() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.malformed("invalid escape")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self) -> Result<char, Refusal> {
        let first = self.hex()?;
        let mut code = first;
        if matches!(first, 0xd800..=0xdbff)
            && self.text.as_bytes().get(self.at..self.at + 2) == Some(b"\\u")
        {
            self.at += 2;
            let second = self.hex()?;
            if !matches!(second, 0xdc00..=0xdfff) {
                return Err(self.malformed("lone leading surrogate in hex escape"));
            }
            code = 0x1_0000 + ((first & 0x3ff) << 10 | second & 0x3ff);
        }
        char::from_u32(code).ok_or_else(|| self.malformed("lone leading surrogate in hex escape"))
    }

    fn hex(&mut self) -> Result<u32, Refusal> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            code = code << 4 | digit.ok_or_else(|| self.malformed("invalid escape"))?;
            self.at += 1;
        }
        Ok(code)
    }

    fn list(&mut self, trail: &Trail<'_>, kept: bool) -> Result<Node<'a>, Refusal> {
        let mut list = Vec::new();
        self.at += 1;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Node::List(list));
        }
        self.enter(trail)?;
        let mut index = 0;
        loop {
            let node = self.value(&trail.item(index), kept)?;
            index += 1;
            if kept {
                self.count()?;
                list.push(node);
            }
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Node::List(list));
                }
                None => return Err(self.malformed("EOF while parsing a list")),
                Some(_) => return Err(self.malformed("expected `,` or `]`")),
            }
            if self.peek() == Some(b']') {
                return Err(self.malformed("trailing comma"));
            }
        }
    }

    fn object(&mut self, trail: &Trail<'_>, kept: bool) -> Result<Node<'a>, Refusal> {
        let mut pairs: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Object(pairs));
        }
        self.enter(trail)?;
        loop {
            match self.peek() {
                Some(b'"') => {}
                None => return Err(self.malformed("EOF while parsing an object")),
                Some(_) => return Err(self.malformed("key must be a string")),
            }
            let key = self.string()?;
            match self.peek() {
                Some(b':') => self.at += 1,
                None => return Err(self.malformed("EOF while parsing an object")),
                Some(_) => return Err(self.malformed("expected `:`")),
            }
            let keeps = kept && !(trail.is_top("cancel") && key == "trace");
            let node = self.value(&trail.key(&key), keeps)?;
            if kept {
                self.count()?;
                pairs.push((key, node));
            }
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                None => return Err(self.malformed("EOF while parsing an object")),
                Some(_) => return Err(self.malformed("expected `,` or `}`")),
            }
            if self.peek() == Some(b'}') {
                return Err(self.malformed("trailing comma"));
            }
        }
        self.at += 1;
        if let Some(key) = twice(pairs.iter().map(|(key, _)| &**key).collect()) {
            let key = pairs.get(key).map_or("", |(key, _)| key);
            return Err(fail(Code::KeyTwice, &trail.key(key), key, ""));
        }
        Ok(Node::Object(pairs))
    }

    fn count(&mut self) -> Result<(), Refusal> {
        self.values += 1;
        if self.values <= VALUES_MAX {
            return Ok(());
        }
        Err(fail(Code::TooLarge, &Trail::ROOT, "> 4000000", "4000000 values"))
    }

    fn enter(&mut self, trail: &Trail<'_>) -> Result<(), Refusal> {
        if trail.depth < DEPTH_MAX {
            return Ok(());
        }
        Err(fail(Code::TooDeep, trail, &(trail.depth + 1).to_string(), "16"))
    }
}

#[cold]
#[inline(never)]
fn fail(code: Code, trail: &Trail<'_>, value: &str, max: &str) -> Refusal {
    Refusal::new(code, trail.to_string(), crate::error::cut(value), max)
}

/// The first name that already stood before it, by position.
#[must_use]
pub fn twice(names: Vec<&str>) -> Option<usize> {
    const FEW: usize = 24;
    if names.len() <= FEW {
        let repeats = |i: usize, name: &str| names.iter().take(i).any(|before| *before == name);
        return names.iter().enumerate().find(|(i, name)| repeats(*i, name)).map(|(i, _)| i);
    }
    // A heap sorts in bounded time whatever the names, and needs little code.
    let mut first = None;
    let mut previous = None;
    let mut heap: BinaryHeap<(&str, Reverse<usize>)> =
        names.into_iter().zip((0..).map(Reverse)).collect();
    while let Some((name, Reverse(i))) = heap.pop() {
        if previous == Some(name) && first.is_none_or(|least| i < least) {
            first = Some(i);
        }
        previous = Some(name);
    }
    first
}

#[cfg(test)]
mod tests;
