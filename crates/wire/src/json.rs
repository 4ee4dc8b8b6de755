//! JSON text to a small tree that keeps what a strict reader needs.
//!
//! - A number is its own source text: no float is ever made of it.
//! - An object keeps its keys in order; a key given twice is refused with its path.
//! - Depth, size and the number of values are bounded, whatever the text.

use core::fmt;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

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
    /// The number as it stood in the text; only an exponent is written `e+2` or `e-2`.
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
    let mut scan = Scan { values: 0, number: None, fault: None };
    let mut source = serde_json::Deserializer::from_str(text);
    let seed = Seed { scan: &mut scan, trail: &Trail::ROOT, kept: true };
    let read = seed.deserialize(&mut source).and_then(|node| source.end().map(|()| node));
    read.map_err(|error| scan.fault.unwrap_or_else(|| malformed(&error)))
}

fn malformed(error: &serde_json::Error) -> Refusal {
    let place = format!("{}:{}", error.line(), error.column());
    let said = error.to_string();
    let ending = format!(" at line {} column {}", error.line(), error.column());
    let what = said.strip_suffix(&ending).unwrap_or(&said);
    Refusal::new(Code::Json, "$", place, what)
}

/// What the whole parse shares.
struct Scan {
    values: usize,
    /// A number's text on its way from the parser to the map that stands for it.
    number: Option<String>,
    /// The refusal behind an error of ours; the parser's own errors have none.
    fault: Option<Refusal>,
}

impl Scan {
    fn fail<E: de::Error>(&mut self, code: Code, trail: &Trail<'_>, value: &str, max: &str) -> E {
        self.fault = Some(Refusal::new(code, trail.to_string(), crate::error::cut(value), max));
        E::custom("")
    }

    fn count<E: de::Error>(&mut self) -> Result<(), E> {
        self.values += 1;
        if self.values <= VALUES_MAX {
            return Ok(());
        }
        Err(self.fail(Code::TooLarge, &Trail::ROOT, "> 4000000", "4000000 values"))
    }

    fn enter<E: de::Error>(&mut self, trail: &Trail<'_>, max: u32) -> Result<(), E> {
        if trail.depth < max {
            return Ok(());
        }
        let depth = (trail.depth + 1).to_string();
        Err(self.fail(Code::TooDeep, trail, &depth, "16"))
    }
}

/// The name under which the parser hands out a number's source text.
const NUMBER: &str = "$serde_json::private::Number";

struct Seed<'c> {
    scan: &'c mut Scan,
    trail: &'c Trail<'c>,
    /// Whether what is read here is kept, or only checked to be JSON.
    kept: bool,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Node<'de>, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    /// A whole number of up to 64 bits; JSON has one way to write it.
    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::Number(value.to_string()))
    }

    /// A whole number below zero; `-0` comes as its text.
    fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number(value.to_string()))
    }

    /// Any other number. Only its text comes as an owned string; text of the message never does.
    /// There is no visit to a float: without the parser's arbitrary precision this would refuse.
    fn visit_string<E>(self, digits: String) -> Result<Node<'de>, E> {
        self.scan.number = Some(digits);
        Ok(Node::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node<'de>, A::Error> {
        self.scan.enter(self.trail, DEPTH_MAX)?;
        let mut list = Vec::new();
        loop {
            let trail = self.trail.item(list.len());
            let seed = Seed { scan: self.scan, trail: &trail, kept: self.kept };
            let Some(node) = items.next_element_seed(seed)? else { return Ok(Node::List(list)) };
            if self.kept {
                self.scan.count()?;
                list.push(node);
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node<'de>, A::Error> {
        let mut pairs: Vec<(Cow<'de, str>, Node<'de>)> = Vec::new();
        while let Some(Key(key)) = entries.next_key()? {
            // A number comes as a map, one level below the list or object that holds it.
            let stands_for_number = key == NUMBER;
            self.scan.enter(self.trail, DEPTH_MAX + u32::from(stands_for_number))?;
            let trail = self.trail.key(&key);
            let kept = self.kept && !(self.trail.is_top("cancel") && key == "trace");
            let node = entries.next_value_seed(Seed { scan: self.scan, trail: &trail, kept })?;
            if stands_for_number && let Some(digits) = self.scan.number.take() {
                return Ok(Node::Number(digits));
            }
            if self.kept {
                self.scan.count()?;
                pairs.push((key, node));
            }
        }
        if let Some(key) = twice(pairs.iter().map(|(key, _)| &**key).collect()) {
            let key = pairs.get(key).map_or("", |(key, _)| key);
            return Err(self.scan.fail(Code::KeyTwice, &self.trail.key(key), key, ""));
        }
        Ok(Node::Object(pairs))
    }
}

struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }
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
