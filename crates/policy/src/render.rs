//! Reports as text: message, source lines with marks, a bill that shows it, and one line of help.
//!
//! Drawing is that of `miette`; words are ours, in the language asked for.

use std::fmt::{self, Display, Formatter};

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};
use unicode_width::UnicodeWidthStr;

use crate::report::{Bill, Compared, Diagnostic, Lang, Report, Severity};
use crate::source::Source;

/// Space between the columns of a comparison.
const GAP: usize = 2;

/// The text of a pack with its name.
#[derive(Debug)]
struct Named<'a>(&'a Source);

/// A diagnostic in the form that is drawn.
#[derive(Debug)]
struct Drawn<'a> {
    diagnostic: &'a Diagnostic,
    source: &'a Named<'a>,
    lang: Lang,
}

pub(crate) fn report(report: &Report, lang: Lang, colour: bool) -> String {
    let name = &report.source.name;
    let source = Named(&report.source);
    let mut parts: Vec<String> = Vec::new();
    for diagnostic in &report.diagnostics {
        let drawn = Drawn { diagnostic, source: &source, lang };
        let mut text = String::new();
        // INVARIANT: spans lie inside the text, so drawing cannot fail; the message stands anyway.
        if handler(diagnostic, lang, colour).render_report(&mut text, &drawn).is_err() {
            text = format!("{drawn}\n");
        }
        parts.push(without_trailing_spaces(&text));
    }
    let count = |severity| report.diagnostics.iter().filter(|d| d.severity == severity).count();
    let errors = count(Severity::Error);
    if 1 < errors {
        parts.push(match lang {
            Lang::En => format!("{errors} errors in {name}\n"),
            Lang::Zh => format!("{name} 共有 {errors} 个错误\n"),
        });
    }
    parts.join("\n")
}

fn handler(diagnostic: &Diagnostic, lang: Lang, colour: bool) -> GraphicalReportHandler {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_wrap_lines(false)
        .with_context_lines(1)
        .without_syntax_highlighting();
    let footer = footer(diagnostic, lang);
    if footer.is_empty() { handler } else { handler.with_footer(footer.join("\n")) }
}

/// What stands under the source lines.
fn footer(diagnostic: &Diagnostic, lang: Lang) -> Vec<String> {
    let mut lines = compared(&diagnostic.compared, lang);
    lines.extend(diagnostic.bill.as_ref().map(|bill| in_words(bill, lang)));
    lines.extend(diagnostic.help.as_ref().map(|help| {
        let label = if lang == Lang::En { "help: " } else { "提示：" };
        format!("{label}{}", lang.pick(help))
    }));
    lines
}

/// A bill in words.
fn in_words(bill: &Bill, lang: Lang) -> String {
    let (comma, semicolon) = if lang == Lang::En { (", ", "; ") } else { ("、", "；") };
    let pairs = |pairs: &[(String, String)]| {
        let pairs = pairs.iter().map(|(name, value)| format!("{name} = {value}"));
        pairs.collect::<Vec<_>>().join(comma)
    };
    let day = &bill.day;
    let mut parts = vec![match (bill.values.is_empty(), lang) {
        (true, Lang::En) => format!("such a bill: any of {day}"),
        (true, Lang::Zh) => format!("例如：{day} 的任何单据"),
        (false, Lang::En) => format!("such a bill: {day}, {}", pairs(&bill.values)),
        (false, Lang::Zh) => format!("例如：{day}，{}", pairs(&bill.values)),
    }];
    if !bill.params.is_empty() {
        let label = if lang == Lang::En { "parameter " } else { "参数 " };
        parts.push(format!("{label}{}", pairs(&bill.params)));
    }
    let others = match (bill.others, lang) {
        (0, _) => String::new(),
        (1, Lang::En) => " (and one other case)".to_owned(),
        (n, Lang::En) => format!(" (and {n} other cases)"),
        (n, Lang::Zh) => format!("（另有 {n} 种情形）"),
    };
    parts.join(semicolon) + &others
}

/// Expected and computed side by side, a line a field.
fn compared(fields: &[Compared], lang: Lang) -> Vec<String> {
    if fields.is_empty() {
        return Vec::new();
    }
    let (head, nothing) = match lang {
        Lang::En => (["field", "expected", "computed"], "nothing"),
        Lang::Zh => (["项目", "应为", "算得"], "（无此项）"),
    };
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend(fields.iter().map(|field| {
        let computed = field.computed.clone().unwrap_or_else(|| nothing.to_owned());
        [field.field.clone(), field.expected.clone(), computed]
    }));
    let width = |at: usize| {
        let cells = lines.iter().filter_map(|line| line.get(at));
        cells.map(|cell| cell.width()).max().unwrap_or_default()
    };
    let widths = [width(0), width(1)];
    let line = |[field, expected, computed]: &[String; 3]| {
        let [first, second] = [(field, widths[0]), (expected, widths[1])]
            .map(|(cell, width)| padded(cell, width + GAP));
        format!("{first}{second}{computed}")
    };
    // A blank line keeps the table apart from the help.
    lines.iter().map(line).chain([String::new()]).collect()
}

fn padded(cell: &str, width: usize) -> String {
    format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())))
}

fn without_trailing_spaces(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

impl SourceCode for Named<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.0.text.read_span(span, before, after)?;
        // The library counts the lines from the start of the text, and would draw everything that
        // lies between two places far apart.
        let lines = read.data().iter().filter(|byte| **byte == b'\n').count();
        let (data, span) = (read.data(), *read.span());
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.name.clone(),
            data,
            span,
            read.line(),
            read.column(),
            lines,
        )))
    }
}

impl Display for Drawn<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.lang.pick(&self.diagnostic.message))
    }
}

impl std::error::Error for Drawn<'_> {}

impl miette::Diagnostic for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        let word = match (self.diagnostic.severity, self.lang) {
            (Severity::Error, Lang::En) => "error",
            (Severity::Warning, Lang::En) => "warning",
            (Severity::Error, Lang::Zh) => "错误",
            (Severity::Warning, Lang::Zh) => "警告",
        };
        Some(Box::new(format!("{word} {}", self.diagnostic.code)))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let Diagnostic { span, label, notes, .. } = self.diagnostic;
        let label = label.as_ref().map(|label| self.lang.pick(label).to_owned());
        let primary = LabeledSpan::new_primary_with_span(label, span.clone());
        let notes = notes.iter().map(|note| {
            let text = self.lang.pick(&note.text).to_owned();
            LabeledSpan::new_with_span(Some(text), note.span.clone())
        });
        Some(Box::new(std::iter::once(primary).chain(notes)))
    }
}
