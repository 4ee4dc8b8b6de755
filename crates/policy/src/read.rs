//! From TOML with places to a draft: every name resolved, every unit read, nothing yet compared.
//!
//! One module a section. Reading goes on after a finding; a part that could not be read is `None`
//! and has been reported, so that one mistake gives one message.

mod fields;
mod groups;
mod head;
mod layers;
mod rows;
mod samples;
mod tables;
mod vocabulary;

pub(crate) use self::groups::GroupDraft;
pub(crate) use self::head::Head;
pub(crate) use self::layers::{LayerDraft, TakesDraft};
pub(crate) use self::rows::{Accepted, Placed, Rows};
pub(crate) use self::samples::Sample;
pub(crate) use self::tables::Fees;
pub(crate) use self::vocabulary::Vocabulary;

use std::cell::RefCell;

use toml::de::DeTable;
use tongchou_core::pack::{Personal, Standing, Stay};

use self::fields::Fields;
use crate::problem::{Problem, Title};
use crate::report::{Diagnostic, Severity};
use crate::source::{Source, Span};

/// What has been found so far, in any order.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    pub(crate) source: &'a Source,
    found: RefCell<Vec<Diagnostic>>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self { source, found: RefCell::default() }
    }

    pub(crate) fn report(&self, span: Span, problem: &Problem) {
        self.found.borrow_mut().push(Diagnostic::new(self.source, span, problem));
    }

    /// Reports something about two places; the note says what stands at the other.
    pub(crate) fn report_pair(&self, span: Span, problem: &Problem, other: Span, note: Note) {
        let diagnostic = Diagnostic::new(self.source, span, problem);
        let (en, zh) = note.words();
        self.found.borrow_mut().push(diagnostic.with_note(self.source, other, en, zh));
    }

    /// Errors, then warnings, each in the order of the text.
    pub(crate) fn finish(self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let mut found = self.found.into_inner();
        found.sort_by_key(|d| (d.span.start, d.code));
        found.into_iter().partition(|d| d.severity == Severity::Error)
    }
}

/// What stands at the other place of a finding.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Note {
    OtherRow,
    First,
    Band,
}

impl Note {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::OtherRow => ("the other row", "另一行"),
            Self::First => ("first here", "首次在此"),
            Self::Band => ("the band", "分段在此"),
        }
    }
}

/// A pack as read: complete where nothing was reported.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) head: Option<Head>,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) stay: Stay,
    pub(crate) fees: Fees,
    pub(crate) standing: Rows<Standing>,
    pub(crate) layers: Vec<LayerDraft>,
    pub(crate) groups: Vec<GroupDraft>,
    pub(crate) personal: Rows<Personal>,
    pub(crate) samples: Vec<Sample>,
}

/// What every section is read with.
#[derive(Clone, Copy)]
struct Reader<'a> {
    out: &'a Findings<'a>,
    names: &'a Vocabulary,
}

/// How the parser speaks of a bare word.
const UNQUOTED: [&str; 2] = ["string values must be quoted", "invalid float, expected `nan`"];

/// Reads a whole pack; `None` if the text is not TOML.
pub(crate) fn read(out: &Findings<'_>) -> Option<Draft> {
    let (root, errors) = DeTable::parse_recoverable(&out.source.text);
    for error in &errors {
        let end = out.source.text.len();
        let problem = match error.message() {
            "duplicate key" => Problem::DoubledKey {},
            what if UNQUOTED.iter().any(|start| what.starts_with(start)) => Problem::Unquoted {},
            what => Problem::Syntax { what: what.to_owned() },
        };
        out.report(error.span().unwrap_or(end..end), &problem);
    }
    if !errors.is_empty() {
        return None;
    }
    let mut fields = Fields::new(root.get_ref(), Title::new("the pack"), 0..0);
    let head = head::head(out, &mut fields);
    let vocabulary = vocabulary::vocabulary(out, &mut fields, head.as_ref().map(|h| h.life));
    let reader = Reader { out, names: &vocabulary };
    let stay = reader.stay(&mut fields);
    let fees = reader.fees(&mut fields);
    let standing = reader.standing(&mut fields);
    let layers = reader.layers(&mut fields);
    let groups = reader.groups(&mut fields, &layers);
    let personal = reader.personal(&mut fields);
    let samples = samples::samples(out, &mut fields, head.as_ref().map(|h| h.id.as_str()));
    fields.finish(out);
    Some(Draft { head, stay, fees, standing, layers, groups, personal, samples, vocabulary })
}
