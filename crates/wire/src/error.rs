//! Refusals: what is wrong, where, with which value, and what to do next.
//!
//! - A [`Code`] never changes its meaning and is never given away again.
//! - Every code has its message and help in English and in Chinese, in one table: `error/codes.rs`.
//! - A message is one line without a full stop; the caller's text stands in backticks.

mod codes;

use core::fmt;

use crate::response::RefusalText;

pub use codes::Code;

/// Longest value shown in a refusal, in characters; the rest becomes `…`.
pub const VALUE_CHARS_MAX: usize = 80;

/// Language of messages and help.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese (中文).
    Zh,
}

/// One reason why nothing was settled.
///
/// ```
/// use tongchou_wire::error::{Code, Lang, Refusal};
///
/// let refusal = Refusal::new(Code::AmountDecimals, "$.lines[3].amount", "12.345", "2");
/// let text = refusal.render(Lang::En);
/// assert_eq!(text.code, "I012");
/// assert_eq!(text.message, "amount `12.345` has more than 2 decimals");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub code: Code,
    /// Where: a JSON path such as `$.lines[3].amount`.
    pub path: String,
    /// The value found there.
    pub value: String,
    /// What would have been accepted: a bound, a form or a list of names.
    pub expected: String,
    /// The pack's clause behind it, if one is.
    pub clause: Option<String>,
}

impl Refusal {
    /// A refusal of `value` at `path`.
    #[must_use]
    pub fn new(
        code: Code,
        path: impl Into<String>,
        value: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        let (path, value, expected) = (path.into(), value.into(), expected.into());
        Self { code, path, value, expected, clause: None }
    }

    /// The same refusal, ordered by a clause of a pack.
    #[must_use]
    pub fn by(self, clause: impl Into<String>) -> Self {
        Self { clause: Some(clause.into()), ..self }
    }

    /// The same refusal of a part of a message: `$.x` becomes `PREFIX.x`.
    #[must_use]
    pub fn under(self, prefix: &str) -> Self {
        let rest = self.path.strip_prefix('$').unwrap_or_default();
        Self { path: format!("{prefix}{rest}"), ..self }
    }

    /// The refusal as it is written, with its value cut at [`VALUE_CHARS_MAX`] characters.
    #[must_use]
    pub fn render(&self, lang: Lang) -> RefusalText {
        let value = cut(&self.value);
        let shown = one_line(&value);
        let expected = match lang {
            Lang::En => self.expected.clone(),
            Lang::Zh => expected_zh(&self.expected),
        };
        RefusalText {
            code: self.code.text().to_owned(),
            path: self.path.clone(),
            message: fill(self.code.message(lang), &shown, &expected),
            help: fill(self.code.help(lang), &shown, &expected),
            clause: self.clause.clone().or_else(|| self.code.section().map(str::to_owned)),
            value,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.render(Lang::En);
        write!(f, "{} at {}: {} ({})", text.code, text.path, text.message, text.help)
    }
}

impl std::error::Error for Refusal {}

/// At most [`VALUE_CHARS_MAX`] characters of a text, with `…` for the rest.
#[must_use]
pub fn cut(text: &str) -> String {
    let mut chars = text.chars();
    let mut out: String = chars.by_ref().take(VALUE_CHARS_MAX).collect();
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

/// What a caller may have meant and what is known, for [`Refusal::expected`]:
/// ``did you mean `care`? one of: id, care``.
///
/// ```
/// # use tongchou_wire::error::one_of;
/// assert_eq!(one_of("caer", &["id", "care"]), "did you mean `care`? one of: id, care");
/// assert_eq!(one_of("colour", &["id", "care"]), "one of: id, care");
/// ```
#[must_use]
pub fn one_of(found: &str, known: &[&str]) -> String {
    let mut out = String::new();
    if let Some(near) = nearest(found, known) {
        out.push_str(MEANT.0);
        out.push_str(near);
        out.push_str("`? ");
    }
    out.push_str(ONE_OF.0);
    for (i, name) in known.iter().enumerate() {
        if i != 0 {
            out.push_str(", ");
        }
        out.push_str(name);
    }
    out
}

/// The known name that is at most a third of its length away in edits, if any; the first of
/// several that are equally near.
fn nearest<'a>(found: &str, known: &[&'a str]) -> Option<&'a str> {
    if FOUND_BYTES_MAX < found.len() {
        return None;
    }
    let mut best = None;
    for name in known {
        let edits = edits(found.as_bytes(), name.as_bytes());
        let close = edits <= name.len().div_ceil(3) && edits < name.len();
        if close && best.is_none_or(|(least, _)| edits < least) {
            best = Some((edits, *name));
        }
    }
    best.map(|(_, name)| name)
}

/// Edit distance in bytes whatever their case, two neighbours changed over counting as one edit.
fn edits(a: &[u8], b: &[u8]) -> usize {
    // Rows of the usual table for i − 2, i − 1 and i characters of `a`.
    let mut older: Vec<usize> = Vec::new();
    let mut before: Vec<usize> = (0..=b.len()).collect();
    let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
    let mut previous = None;
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        let mut left = None;
        for (j, &y) in b.iter().enumerate() {
            let mut least = at(&before, j) + usize::from(!x.eq_ignore_ascii_case(&y));
            least = least.min(at(&before, j + 1) + 1).min(at(&row, j) + 1);
            if previous == Some(y) && left == Some(x) && 0 < j {
                least = least.min(at(&older, j - 1) + 1);
            }
            row.push(least);
            left = Some(y);
        }
        previous = Some(x);
        older = core::mem::replace(&mut before, row);
    }
    at(&before, b.len())
}

/// Puts value and expectation in their places; what is put in is not looked at again.
fn fill(template: &str, value: &str, expected: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(if name == "value" { value } else { expected });
        rest = tail;
    }
    out.push_str(rest);
    // An empty expectation must not leave its colon behind.
    let kept = out.trim_end_matches([' ', ':', ';', ',', '：', '；', '，']).len();
    out.truncate(kept);
    out
}

/// Control characters become blanks and backticks become quotes, so that a message stays one
/// line and its quotation stays whole.
fn one_line(text: &str) -> String {
    let tame = |c: char| match c {
        '`' => '\'',
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => ' ',
        c => c,
    };
    text.chars().map(tame).collect()
}

/// The Chinese form of an expectation; names, numbers and forms stay as they are.
fn expected_zh(expected: &str) -> String {
    for (en, zh) in PHRASES {
        if expected == *en {
            return (*zh).to_owned();
        }
    }
    let mut out = String::new();
    let mut rest = expected;
    if let Some((meant, tail)) = rest.strip_prefix(MEANT.0).and_then(|rest| rest.split_once('?')) {
        out.push_str(MEANT.1);
        out.push_str(meant);
        out.push('？');
        rest = tail.trim_start();
    }
    if let Some(names) = rest.strip_prefix(ONE_OF.0) {
        out.push_str(ONE_OF.1);
        rest = names;
    }
    out.push_str(rest);
    out
}

/// Longer names are nobody's slip of the pen; this bounds the work of [`edits`].
const FOUND_BYTES_MAX: usize = 64;
const MEANT: (&str, &str) = ("did you mean `", "是否应为 `");
const ONE_OF: (&str, &str) = ("one of: ", "可用：");
/// Expectations in words. Everything else that the crate expects reads alike in both languages.
const PHRASES: &[(&str, &str)] = &[
    ("an object", "对象"),
    ("a list", "列表"),
    ("text", "文本"),
    ("text or a number", "文本或数字"),
    ("text, true or false", "文本、true 或 false"),
    ("a whole number", "整数"),
    ("a whole number within its bounds", "范围内的整数"),
    ("normal or none", " normal 或 none"),
    ("true or false", "true 或 false"),
    ("1 to 64 characters", "1 至 64 个字符"),
    ("1 to 64 characters without `.` and `:`", "1 至 64 个字符，不含 `.` 与 `:`"),
    ("a whole number from 0 to 1000000", " 0 至 1000000 的整数"),
    ("a whole number from -1000000 to 1000000", " -1000000 至 1000000 的整数"),
    ("a name of 1 to 200 characters", " 1 至 200 个字符的名称"),
    ("4000000 values", "4000000 个值"),
];

#[cfg(test)]
mod tests;
