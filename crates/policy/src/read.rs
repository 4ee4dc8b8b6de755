//! From TOML with places to a draft: every name resolved, every unit read, nothing yet compared.
//!
//! One module a section. Reading goes on after a finding; a part that could not be read is `None`
//! and has been reported, so that one mistake gives one message.

mod fields;
mod groups;
mod head;
mod layers;
mod member;
mod rows;
mod samples;
mod schema;
mod syntax;
mod tables;
mod vocabulary;

pub(crate) use self::groups::GroupDraft;
pub(crate) use self::head::Head;
pub(crate) use self::layers::LayerDraft;
pub(crate) use self::member::{CalendarDraft, LevyDraft, MemberDraft, PeriodDraft, VerdictDraft};
pub(crate) use self::rows::{Accepted, Conditions, Placed, Rows};
pub(crate) use self::samples::Sample;
pub(crate) use self::schema::schema;
pub(crate) use self::tables::{Fees, StayDraft};
pub(crate) use self::vocabulary::{BILL_DIMS, LINE_DIMS, Vocabulary};

use std::cell::RefCell;

use toml::de::DeTable;
use tongchou_core::pack::{Personal, Standing, Text};

use self::fields::Fields;
use crate::problem::{Problem, Title};
use crate::report::{Diagnostic, Severity};
use crate::source::{Source, Span};

/// What has been found so far, in any order.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    pub(crate) source: &'a Source,
    found: RefCell<Vec<Diagnostic>>,
    /// The keys that were asked for, by section.
    #[cfg(test)]
    asked: RefCell<std::collections::BTreeMap<String, std::collections::BTreeSet<&'static str>>>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self {
            source,
            found: RefCell::default(),
            #[cfg(test)]
            asked: RefCell::default(),
        }
    }

    pub(crate) fn report(&self, span: Span, problem: &Problem) {
        self.found.borrow_mut().push(Diagnostic::new(self.source, span, problem));
    }

    /// Reports something about two places; the note says what stands at each.
    pub(crate) fn report_pair(&self, span: Span, problem: &Problem, other: Span, note: Note) {
        let diagnostic = Diagnostic::new(self.source, span, problem);
        let ((en, zh), (other_en, other_zh)) = note.words();
        let diagnostic = diagnostic.with_label(en, zh);
        let diagnostic = diagnostic.with_note(self.source, other, other_en, other_zh);
        self.found.borrow_mut().push(diagnostic);
    }

    /// Reports something with a word at its place, and perhaps at another.
    pub(crate) fn report_labelled(
        &self,
        problem: &Problem,
        (span, label): (Span, Text),
        other: Option<(Span, Text)>,
    ) {
        let mut diagnostic = Diagnostic::new(self.source, span, problem);
        diagnostic.label = Some(label);
        self.found.borrow_mut().push(match other {
            Some((span, Text { zh, en })) => diagnostic.with_note(self.source, span, &en, &zh),
            None => diagnostic,
        });
    }

    /// Reports something that is missing; the whole text has no place of its own.
    pub(crate) fn report_absent(&self, span: Span, problem: &Problem) {
        let nowhere = span.is_empty();
        let mut diagnostic = Diagnostic::new(self.source, span, problem);
        if nowhere {
            diagnostic = diagnostic.with_label("nowhere in the file", "全文未见");
        }
        self.found.borrow_mut().push(diagnostic);
    }

    /// Errors, then warnings, each in the order of the text.
    pub(crate) fn finish(self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let mut found = self.found.into_inner();
        found.sort_by_key(|d| (d.span.start, d.code));
        found.into_iter().partition(|d| d.severity == Severity::Error)
    }
}

/// What stands at the two places of a finding.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Note {
    OtherRow,
    First,
    Band,
    Taker,
    Capped,
    Window,
}

/// What to say in English and Chinese.
type Pair = (&'static str, &'static str);

impl Note {
    /// The words at the place itself, and at the other.
    const fn words(self) -> (Pair, Pair) {
        match self {
            Self::OtherRow => (("this row", "此行"), ("the other row", "另一行")),
            Self::First => (("again here", "再次出现"), ("first here", "首次在此")),
            Self::Band => (("the step", "此步"), ("the band", "分段在此")),
            Self::Capped => (("the cap", "封顶线在此"), ("taken here", "在此取用")),
            Self::Window => (("this one", "此办理期"), ("the earlier one", "在前的办理期")),
            Self::Taker => (("stated here", "在此写明"), ("taken here", "在此取用")),
        }
    }
}

/// A pack as read: complete where nothing was reported.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) head: Option<Head>,
    pub(crate) vocabulary: Vocabulary,
    /// Whether it settles nothing.
    pub(crate) rules_only: bool,
    pub(crate) stay: StayDraft,
    pub(crate) fees: Fees,
    pub(crate) standing: Rows<Standing>,
    pub(crate) layers: Vec<LayerDraft>,
    pub(crate) groups: Vec<GroupDraft>,
    pub(crate) personal: Rows<Personal>,
    pub(crate) member: MemberDraft,
    pub(crate) samples: Vec<Sample>,
}

/// What every section is read with.
#[derive(Clone, Copy)]
struct Reader<'a> {
    out: &'a Findings<'a>,
    names: &'a Vocabulary,
}

/// Reads a whole pack; `None` if the text is not TOML.
pub(crate) fn read(out: &Findings<'_>) -> Option<Draft> {
    let (root, errors) = DeTable::parse_recoverable(&out.source.text);
    let text = &out.source.text;
    let problems: Vec<_> = errors.iter().map(|error| syntax::problem(error, text)).collect();
    let wide = |problem: &Problem| matches!(problem, Problem::WideCharacter { .. });
    let mut wide_lines = std::collections::BTreeSet::new();
    let line = |span: &Span| out.source.place(span.start).line;
    for (span, problem) in problems.iter().filter(|(_, problem)| wide(problem)) {
        if wide_lines.insert(line(span)) {
            out.report(span.clone(), problem);
        }
    }
    // One such character makes the parser stumble over the rest of its line.
    for (span, problem) in problems.iter().filter(|(_, problem)| !wide(problem)) {
        if !wide_lines.contains(&line(span)) {
            out.report(span.clone(), problem);
        }
    }
    // Of a key written twice the first stands, so the rest can be read; a broken line may hide
    // anything.
    if errors.iter().any(|error| error.message() != syntax::DOUBLED) {
        return None;
    }
    let mut fields = Fields::new(root.get_ref(), Title::new(Title::PACK), 0..0);
    let (head, life) = head::head(out, &mut fields);
    let vocabulary = vocabulary::vocabulary(out, &mut fields, life);
    let reader = Reader { out, names: &vocabulary };
    let stay = reader.stay(&mut fields);
    let fees = reader.fees(&mut fields);
    let standing = reader.standing(&mut fields);
    let layers = reader.layers(&mut fields);
    let groups = reader.groups(&mut fields, &layers);
    let personal = reader.personal(&mut fields);
    let member = reader.member(&mut fields);
    let samples = samples::samples(out, &mut fields, head.as_ref().map(|h| h.id.as_str()));
    let rules_only = member::is_rules_only(&fields);
    fields.finish(out);
    Some(Draft {
        head,
        rules_only,
        stay,
        fees,
        standing,
        layers,
        groups,
        personal,
        member,
        samples,
        vocabulary,
    })
}
