//! The explanation under a slip: every step, its clause, and where the clause comes from.

use std::collections::BTreeSet;
use std::fmt::Write;

use tongchou_core::pack::Clause;
use tongchou_policy::Checked;
use tongchou_wire::response::{Settlement, TraceEntry};

use crate::Language;
use crate::slip::{percent, pick};
use crate::words;

/// The steps of a settlement, then the clauses they cite.
#[must_use]
pub fn steps(settlement: &Settlement, pack: Option<&Checked>, lang: Language) -> String {
    let mut text = format!("{}\n", words::STEPS.text(lang));
    let mut trace: Vec<&TraceEntry> = settlement.trace.iter().flatten().collect();
    trace.sort_by_key(|entry| rank(entry, pack));
    for (number, entry) in trace.iter().enumerate() {
        let _ = writeln!(text, "  {:>3}. {}", number + 1, sentence(entry, pack, lang));
    }
    let cited: BTreeSet<&str> = trace.iter().map(|entry| entry.clause.as_str()).collect();
    let _ = writeln!(text, "{}", words::CLAUSES.text(lang));
    let clauses = pack.map(|p| p.pack.clauses.as_slice()).unwrap_or_default();
    for clause in clauses.iter().filter(|clause| cited.contains(clause.id.as_str())) {
        let _ = writeln!(text, "  {}", cite(clause, lang));
    }
    assumptions(&mut text, settlement, pack, lang);
    text
}

/// The choices that no source makes, as they were made for this bill.
fn assumptions(text: &mut String, settlement: &Settlement, pack: Option<&Checked>, lang: Language) {
    let params = pack.map(|p| p.pack.params.as_slice()).unwrap_or_default();
    let assumed: Vec<_> = params.iter().filter(|param| param.assumed).collect();
    if !assumed.is_empty() {
        let _ = writeln!(text, "{}", words::OPEN_PARAMS.text(lang));
    }
    for param in assumed {
        let clause = pack.and_then(|p| p.pack.clauses.get(usize::from(param.clause)));
        let (id, what) = clause.map_or(("", ""), |clause| (&clause.id, &clause.text));
        let value = settlement.params.get(&param.name).map_or("", String::as_str);
        let _ = writeln!(text, "  {} = {value}  [{id}] {what}", param.name);
    }
}

/// Where a step stands in the order of settling: lines, standing, each layer from its intake to
/// what is left of it, then who pays the person's part.
fn rank(entry: &TraceEntry, pack: Option<&Checked>) -> (u8, usize, u8) {
    if let Some(layer) = &entry.layer {
        let at = pack.and_then(|p| p.pack.layers.iter().position(|l| l.id == *layer));
        let step = match entry.step.as_str() {
            "upfront" => 0,
            "deductible" => 1,
            "self" => 3,
            "over" => 4,
            _ => 2,
        };
        return (2, at.unwrap_or(0), step);
    }
    let phase = match entry.step.as_str() {
        // Taken back from the fund by a standing: no line of its own.
        "fixed" | "fixed_self" if entry.line.is_none() => 1,
        "full_self" | "over_limit" | "prepay" | "fixed" | "fixed_self" => 0,
        "standing" => 1,
        "in_scope" => 3,
        _ => 4,
    };
    (phase, 0, 0)
}

/// A clause with its document and how far it is to be trusted.
#[must_use]
pub fn cite(clause: &Clause, lang: Language) -> String {
    let Clause { id, doc, text, confidence } = clause;
    let trust = words::CONFIDENCE.text(lang);
    format!("[{id}] {text} — {doc} ({trust}: {confidence})")
}

fn sentence(entry: &TraceEntry, pack: Option<&Checked>, lang: Language) -> String {
    let mut text = String::new();
    if let Some(line) = &entry.line {
        let _ = write!(text, "{} {line} ", words::LINE.text(lang));
    }
    if let Some(layer) = &entry.layer {
        let found = pack.and_then(|p| p.pack.layers.iter().find(|l| l.id == *layer));
        let _ = write!(text, "{} ", found.map_or(layer.as_str(), |l| pick(&l.name, lang)));
    }
    let _ = write!(text, "{}", words::step(&entry.step, lang));
    match (entry.rate_ppm, &entry.payer) {
        (Some(rate), Some(_)) => {
            let _ = write!(text, ": {} × {} = {}", entry.base, percent(rate), entry.amount);
        }
        (Some(rate), None) if entry.step == "adjust" => {
            let _ = write!(text, ": {}", percent(rate));
        }
        (Some(rate), None) if entry.step == "upfront" => {
            let _ = write!(text, ": {} × {}", entry.base, percent(rate));
        }
        (_, Some(_)) => {
            let _ = write!(text, ": {}", entry.amount);
        }
        (_, None) => {
            let _ = write!(text, ": {}", entry.base);
        }
    }
    if let Some(payer) = &entry.payer {
        let _ = write!(text, " → {}", words::payer(payer, lang));
    }
    if let Some(rounding) = entry.rounding.as_deref().filter(|r| *r != "half_up") {
        let _ = write!(text, " ({rounding})");
    }
    if entry.clause == "given" {
        let _ = write!(text, "  ({})", words::GIVEN.text(lang));
    } else {
        let _ = write!(text, "  [{}]", entry.clause);
    }
    text
}
