//! Diagnostics of a pack: what is wrong, where, and what to do, in English and Chinese.
//!
//! A [`Report`] is plain data with one rendering for the terminal; nothing here decides what is
//! an error.

use std::fmt::{self, Display, Formatter};

use tongchou_core::pack::Text;
use unicode_width::UnicodeWidthStr;

use crate::problem::Problem;
use crate::source::{Place, Source, Span};

/// Language of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// Whether a pack loads in spite of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The pack does not load.
    Error,
    /// The pack loads; somebody should look.
    Warning,
}

/// One finding about a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code, such as `P0701`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong.
    pub message: Text,
    /// Where, as a range of bytes of the text.
    pub span: Span,
    /// Where, for people.
    pub place: Place,
    /// What to do next.
    pub help: Option<Text>,
    /// Other places that the finding is about.
    pub notes: Vec<Note>,
}

/// Another place of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What is there.
    pub text: Text,
    /// Where, as a range of bytes of the text.
    pub span: Span,
    /// Where, for people.
    pub place: Place,
}

/// Everything found wrong in one pack, in the order of the text.
#[derive(Clone, Debug)]
pub struct Report {
    /// The findings; never empty in an error.
    pub diagnostics: Vec<Diagnostic>,
    source: Source,
}

impl Report {
    pub(crate) fn new(source: &Source, diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, source: source.clone() }
    }

    /// The report as text for a terminal: message, source line with a mark, notes and help.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let mut parts: Vec<_> = self.diagnostics.iter().map(|d| self.one(d, lang)).collect();
        let errors = self.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        if 1 < errors {
            let name = &self.source.name;
            parts.push(match lang {
                Lang::En => format!("{errors} errors in {name}\n"),
                Lang::Zh => format!("{name} 共有 {errors} 个错误\n"),
            });
        }
        parts.join("\n")
    }

    fn one(&self, diagnostic: &Diagnostic, lang: Lang) -> String {
        let places = diagnostic.notes.iter().map(|n| n.place.line);
        let deepest = places.chain([diagnostic.place.line]).max().unwrap_or_default();
        let gutter = deepest.to_string().len();
        let label = match (diagnostic.severity, lang) {
            (Severity::Error, Lang::En) => "error",
            (Severity::Warning, Lang::En) => "warning",
            (Severity::Error, Lang::Zh) => "错误",
            (Severity::Warning, Lang::Zh) => "警告",
        };
        let Diagnostic { code, message, span, place, .. } = diagnostic;
        let mut text = format!("{label}[{code}]: {}\n", pick(message, lang));
        let Source { name, .. } = &self.source;
        text += &format!("{:gutter$}--> {name}:{}:{}\n", "", place.line, place.column);
        text += &format!("{:gutter$} |\n", "");
        text += &self.snippet(span, *place, gutter, Mark { sign: "^", label: "" });
        for note in &diagnostic.notes {
            text +=
                &format!("{:gutter$}::: {name}:{}:{}\n", "", note.place.line, note.place.column);
            let mark = Mark { sign: "-", label: pick(&note.text, lang) };
            text += &self.snippet(&note.span, note.place, gutter, mark);
        }
        if let Some(help) = &diagnostic.help {
            let label = if lang == Lang::En { "help: " } else { "提示：" };
            text += &format!("{:gutter$} = {label}{}\n", "", pick(help, lang));
        }
        text
    }

    /// The first line of a span with a mark under it.
    fn snippet(&self, span: &Span, place: Place, gutter: usize, mark: Mark<'_>) -> String {
        let line = self.source.line(place.line);
        let head: String = line.chars().take(place.column - 1).collect();
        let pad = " ".repeat(head.width());
        let sign = mark.sign.repeat(self.source.first_line(span).width().max(1));
        let under = format!("{pad}{sign} {}", mark.label);
        format!("{:gutter$} | {line}\n{:gutter$} | {}\n", place.line, "", under.trim_end())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(Lang::En).trim_end())
    }
}

impl std::error::Error for Report {}

impl Diagnostic {
    pub(crate) fn new(source: &Source, span: Span, problem: &Problem) -> Self {
        let help = Text { zh: problem.help(Lang::Zh), en: problem.help(Lang::En) };
        Self {
            code: problem.code(),
            severity: problem.severity(),
            message: Text { zh: problem.message(Lang::Zh), en: problem.message(Lang::En) },
            place: source.place(span.start),
            span,
            help: (!help.en.is_empty()).then_some(help),
            notes: Vec::new(),
        }
    }

    pub(crate) fn with_note(mut self, source: &Source, span: Span, en: &str, zh: &str) -> Self {
        let text = Text { zh: zh.to_owned(), en: en.to_owned() };
        self.notes.push(Note { text, place: source.place(span.start), span });
        self
    }
}

#[derive(Clone, Copy)]
struct Mark<'a> {
    sign: &'a str,
    label: &'a str,
}

fn pick(text: &Text, lang: Lang) -> &str {
    match lang {
        Lang::En => &text.en,
        Lang::Zh => &text.zh,
    }
}
