//! Where in a message something stands: `$.lines[3].amount`.
//!
//! A trail lives on the stack of whoever walks the message and costs nothing until it is written.

use core::fmt::{self, Write};

use crate::error::VALUE_CHARS_MAX;

/// A place, linked to the place that holds it.
#[derive(Clone, Copy, Debug)]
pub struct Trail<'a> {
    up: Option<&'a Trail<'a>>,
    step: Step<'a>,
    /// Containers around this place.
    pub depth: u32,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl Trail<'static> {
    /// The message itself.
    pub const ROOT: Self = Self { up: None, step: Step::Root, depth: 0 };
}

impl<'a> Trail<'a> {
    /// The place of a key in the object here.
    #[must_use]
    pub fn key(&'a self, key: &'a str) -> Self {
        Self { up: Some(self), step: Step::Key(key), depth: self.depth + 1 }
    }

    /// The place of an item in the list here.
    #[must_use]
    pub fn item(&'a self, index: usize) -> Self {
        Self { up: Some(self), step: Step::Index(index), depth: self.depth + 1 }
    }

    /// Whether this is `$.NAME`.
    #[must_use]
    pub fn is_top(&self, name: &str) -> bool {
        self.depth == 1 && matches!(self.step, Step::Key(key) if key == name)
    }
}

impl fmt::Display for Trail<'_> {
    // The depth is bounded by whoever reads the message, so the recursion is too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(up) = self.up {
            up.fmt(f)?;
        }
        match self.step {
            Step::Root => f.write_char('$'),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Key(key) if is_plain(key) => {
                f.write_char('.')?;
                f.write_str(key)
            }
            Step::Key(key) => {
                f.write_str("[\"")?;
                quoted(key, f)?;
                f.write_str("\"]")
            }
        }
    }
}

fn is_plain(key: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    !key.is_empty()
        && key.len() <= VALUE_CHARS_MAX
        && key.bytes().all(word)
        && !key.starts_with(|c: char| c.is_ascii_digit())
}

/// A key between quotes, cut like every value that is shown.
fn quoted(key: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, c) in key.chars().enumerate() {
        match c {
            _ if VALUE_CHARS_MAX <= i => return f.write_char('…'),
            '"' | '\\' => {
                f.write_char('\\')?;
                f.write_char(c)?;
            }
            c if c.is_control() => f.write_char(' ')?,
            c => f.write_char(c)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_people_write_paths() {
        let root = Trail::ROOT;
        let lines = root.key("lines");
        let line = lines.item(3);
        assert_eq!(line.key("amount").to_string(), "$.lines[3].amount");
        assert_eq!(root.key("pool.paid").to_string(), "$[\"pool.paid\"]");
        assert_eq!(root.key("3d").to_string(), "$[\"3d\"]");
        assert_eq!(root.key("").to_string(), "$[\"\"]");
        assert_eq!(root.key("a\"b\\c\nd").to_string(), "$[\"a\\\"b\\\\c d\"]");
        let long = "x".repeat(81);
        assert_eq!(root.key(&long).to_string(), format!("$[\"{}…\"]", "x".repeat(80)));
        assert!(root.key("cancel").is_top("cancel"));
        assert!(!line.key("cancel").is_top("cancel"));
    }
}
