//! The authoring side of Tongchou: a pack written in TOML becomes a checked, canonical pack.
//!
//! The language is defined in this crate's `README.md`. [`check`] proves that every table is
//! complete and free of contradictions and yields the canonical text whose SHA-256 identifies the
//! pack; [`Checked::run_examples`] compares its worked examples with any engine.
//!
//! [`diff`] compares two packs, [`prove`] shows what one does to every bill, beside the kernel.
//!
//! No float, no clock, no I/O, and no arithmetic on amounts but for sums of differences and for
//! proofs: settling is left to the kernel.

mod check;
pub mod diff;
mod examples;
mod problem;
pub mod prove;
mod read;
mod render;
mod report;
mod source;
mod units;

pub use self::examples::Example;
pub use self::report::{Bill, Compared, Diagnostic, Lang, Note, Report, Severity};
pub use self::source::{Place, Span};

use std::fmt::Write;

use sha2::{Digest, Sha256};
use tongchou_core::pack::Pack;

use self::read::Findings;
use self::source::Source;

/// A pack that passed every check.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The canonical pack.
    pub pack: Pack,
    /// Its canonical text: compact JSON in the order of the fields.
    pub canonical: String,
    /// SHA-256 of the canonical text, in lower-case hex.
    pub hash: String,
    /// The worked examples, in the order of the text.
    pub examples: Vec<Example>,
    /// What somebody should look at although the pack loads.
    pub warnings: Vec<Diagnostic>,
    source: Source,
}

/// The JSON Schema (2020-12) of the pack language, for editors; descriptions in one language.
///
/// It knows the keys, words and units of every section. What depends on other parts of a pack
/// (names, totality, what layers take) only [`check`] can tell.
#[must_use]
pub fn schema(lang: Lang) -> serde_json::Value {
    read::schema(lang)
}

/// How the codes of findings about worked examples begin.
const EXAMPLES: &str = "P09";

/// Reads and checks a pack; the name is used in reports only.
///
/// # Errors
///
/// Everything found wrong with the text, in its order.
///
/// # Examples
///
/// ```
/// let report = tongchou_policy::check("[pack\n", "draft.toml").unwrap_err();
/// assert_eq!(report.diagnostics[0].code, "P0101");
/// ```
pub fn check(text: &str, name: &str) -> Result<Checked, Report> {
    let source = Source::new(name, text);
    let out = Findings::new(&source);
    let draft = read::read(&out);
    if let Some(draft) = &draft {
        check::check(&out, draft);
    }
    let (mut errors, warnings) = out.finish();
    let Some(draft) = draft.filter(|_| errors.is_empty()) else {
        // A mistake in an example leaves the pack whole, so its warnings hold.
        if errors.iter().all(|error| error.code.starts_with(EXAMPLES)) {
            errors.extend(warnings);
        }
        return Err(Report::new(&source, errors));
    };
    let examples = draft.samples.iter().map(|sample| Example::new(sample, &source)).collect();
    let canonical = check::pack(draft).and_then(|pack| {
        let canonical = serde_json::to_string(&pack).ok()?;
        Some((pack, canonical))
    });
    // INVARIANT: a draft without an error is whole; an empty report would be our mistake.
    let Some((pack, canonical)) = canonical else {
        return Err(Report::new(&source, errors));
    };
    let hash = hex(&Sha256::digest(canonical.as_bytes()));
    Ok(Checked { pack, canonical, hash, examples, warnings, source })
}

impl Checked {
    /// The warnings as a report, which may be empty.
    #[must_use]
    pub fn warning_report(&self) -> Report {
        Report::new(&self.source, self.warnings.clone())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
