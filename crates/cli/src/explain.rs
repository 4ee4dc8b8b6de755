//! The explanation under a slip: every step, its clause, and where the clause comes from.

use std::collections::BTreeSet;
use std::fmt::Write;

use tongchou_core::pack::Clause;
use tongchou_policy::Checked;
use tongchou_wire::response::{Settlement, TraceEntry};

use crate::Language;
use crate::product::{Follows, Product};
use crate::slip::{percent, pick};
use crate::words;

/// The steps of a settlement, then the clauses they cite.
#[must_use]
pub fn steps(settlement: &Settlement, pack: Option<&Checked>, lang: Language) -> String {
    let mut text = format!("{}\n", words::STEPS.text(lang));
    let mut trace: Vec<&TraceEntry> = settlement.trace.iter().flatten().collect();
    trace.sort_by_key(|entry| rank(entry, pack));
    let recorded = settlement.trace.as_deref().unwrap_or_default();
    for (number, entry) in trace.iter().enumerate() {
        let _ = writeln!(text, "  {:>3}. {}", number + 1, sentence(entry, recorded, pack, lang));
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
    let (trust, colon) = (words::CONFIDENCE.text(lang), words::colon(lang));
    let trust = format!("{trust}{colon}{}", words::confidence(confidence, lang));
    format!("[{id}] {text} — {doc}{}", words::in_brackets(&trust, lang))
}

fn sentence(
    entry: &TraceEntry,
    trace: &[TraceEntry],
    pack: Option<&Checked>,
    lang: Language,
) -> String {
    let mut text = String::new();
    if let Some(line) = &entry.line {
        let _ = write!(text, "{} {line} ", words::LINE.text(lang));
    }
    if let Some(layer) = &entry.layer {
        let found = pack.and_then(|p| p.pack.layers.iter().find(|l| l.id == *layer));
        let _ = write!(text, "{} ", found.map_or(layer.as_str(), |l| pick(&l.name, lang)));
    }
    let product = Product::of(entry, trace, pack);
    let step = entry.step.as_str();
    let said = match (&product, entry.rate_ppm, &entry.payer) {
        (Some(product), ..) => product.sentence(lang),
        (None, Some(rate), None) if step == "adjust" => percent(rate),
        (None, Some(rate), None) if step == "upfront" => {
            format!("{} × {}", entry.base, percent(rate))
        }
        (None, _, Some(_)) => entry.amount.to_string(),
        (None, _, None) => entry.base.to_string(),
    };
    // The end of what is eligible cuts off an amount; a cap on payments leaves room for one.
    let beyond = step == "cap" && entry.rate_ppm.is_none();
    let step = if beyond { words::BEYOND.text(lang) } else { words::step(step, lang) };
    let _ = write!(text, "{step}{}{said}", words::colon(lang));
    if let Some(payer) = &entry.payer {
        let _ = write!(text, " → {}", words::payer(payer, lang));
    }
    let capped = product.is_some_and(|product| product.follows == Follows::Capped);
    let rounding = entry.rounding.as_deref().filter(|_| !capped);
    if let Some(rounding) = rounding.and_then(|word| words::rounding(word, lang)) {
        text.push_str(&words::in_brackets(rounding, lang));
    }
    if entry.clause == "given" {
        let _ = write!(text, "  {}", words::in_brackets(words::GIVEN.text(lang), lang).trim());
    } else {
        let _ = write!(text, "  [{}]", entry.clause);
    }
    text
}
