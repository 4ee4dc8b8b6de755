//! Diagnostics of a pack: what is wrong, where, and what to do, in English and Chinese.
//!
//! A [`Report`] is plain data; `render` turns it into text. Nothing here decides what is an error.

use std::fmt::{self, Display, Formatter};

use tongchou_core::pack::Text;

use crate::problem::Problem;
use crate::render;
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
    /// What stands there, if that needs a word.
    pub label: Option<Text>,
    /// What to do next.
    pub help: Option<Text>,
    /// A bill that shows it.
    pub bill: Option<Bill>,
    /// The fields of a worked example that differ.
    pub compared: Vec<Compared>,
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

/// A bill that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Its day, as `YYYY-MM-DD`.
    pub day: String,
    /// A value for each dimension that the rows name; none means any bill.
    pub values: Vec<(String, String)>,
    /// A value for each parameter that the rows name.
    pub params: Vec<(String, String)>,
    /// How many other combinations share the finding.
    pub others: usize,
}

/// A field of a worked example beside what was computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Path of the field in the answer.
    pub field: String,
    /// What the example states.
    pub expected: String,
    /// What was computed; `None` if the answer has no such field.
    pub computed: Option<String>,
}

/// Everything found in one pack, in the order of the text.
#[derive(Clone, Debug)]
pub struct Report {
    /// The findings; never empty in an error.
    pub diagnostics: Vec<Diagnostic>,
    pub(crate) source: Source,
}

impl Report {
    pub(crate) fn new(source: &Source, diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, source: source.clone() }
    }

    /// The report as text without colours.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        render::report(self, lang, false)
    }

    /// The report as text for a terminal that shows colours.
    #[must_use]
    pub fn render_in_colour(&self, lang: Lang) -> String {
        render::report(self, lang, true)
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
            label: None,
            bill: problem.bill(),
            compared: problem.compared(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn with_label(mut self, en: &str, zh: &str) -> Self {
        self.label = Some(Text { zh: zh.to_owned(), en: en.to_owned() });
        self
    }

    pub(crate) fn with_note(mut self, source: &Source, span: Span, en: &str, zh: &str) -> Self {
        let text = Text { zh: zh.to_owned(), en: en.to_owned() };
        self.notes.push(Note { text, place: source.place(span.start), span });
        self
    }
}

impl Lang {
    /// The text in this language.
    #[must_use]
    pub fn pick(self, text: &Text) -> &str {
        match self {
            Self::En => &text.en,
            Self::Zh => &text.zh,
        }
    }
}
