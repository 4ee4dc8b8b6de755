//! Packs: list, show, check.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};

use tongchou_core::calendar::Day;
use tongchou_core::pack::Pack;
use tongchou_policy::{Checked, Report};
use tongchou_wire::engine::Engine;

use crate::explain::cite;
use crate::slip::pick;
use crate::{Ended, Failure, Language, words};

/// Reads and checks a pack, from its text.
///
/// # Errors
/// The checker's report.
pub fn load(text: &str, name: &str, lang: Language) -> Result<Checked, Failure> {
    tongchou_policy::check(text, name)
        .map_err(|report| Failure::new(report.render(words::policy(lang))))
}

/// Reads a file, or says what to do.
///
/// # Errors
/// Which file, and why.
pub fn read(file: &str) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        Failure::new(format!("cannot read `{file}`: {error}; give an existing UTF-8 file"))
    })
}

/// `packs list`.
pub fn list(lang: Language, out: &mut dyn Write) -> Result<Ended, Failure> {
    for source in tongchou_packs::ALL {
        let checked = load(source.text, source.id, lang)?;
        let pack = &checked.pack;
        writeln!(out, "{}  {}", pack.id, pick(&pack.name, lang))?;
        let life = format!("{} … {}", date(pack.from), date(pack.to));
        let colon = words::colon(lang);
        let (programme, name) = (words::PROGRAMME.text(lang), &pack.programme);
        let name = words::programme(name, lang);
        let life = format!("{}{colon}{life}", words::LIFE.text(lang));
        writeln!(out, "  {programme}{colon}{name}  {life}")?;
        let trust = confidence(&checked, lang);
        writeln!(out, "  {}{colon}{trust}", words::CONFIDENCE.text(lang))?;
        let open = pack.params.iter().filter(|p| p.assumed);
        let open: Vec<String> = open.map(|p| format!("{}={}", p.name, default(p))).collect();
        if !open.is_empty() {
            let open = open.join(words::comma(lang));
            writeln!(out, "  {}{colon}{open}", words::OPEN_PARAMS.text(lang))?;
        }
    }
    Ok(Ended::Done)
}

/// The text of a shipped pack, or of a file, and what it is called in reports.
fn found(name: &str) -> Result<(Cow<'static, str>, &str), Failure> {
    if let Some(source) = tongchou_packs::find(name) {
        return Ok((source.text.into(), source.id));
    }
    if std::path::Path::new(name).exists() {
        return Ok((read(name)?.into(), name));
    }
    let ids: Vec<&str> = tongchou_packs::ALL.iter().map(|s| s.id).collect();
    let ids = ids.join(", ");
    Err(Failure::new(format!("no pack `{name}`: name a shipped pack ({ids}) or a TOML file")))
}

/// `packs show --toml`: the text as it is written, whether or not it is a pack.
pub fn source(name: &str, out: &mut dyn Write) -> Result<Ended, Failure> {
    let (text, _) = found(name)?;
    write!(out, "{text}")?;
    Ok(Ended::Done)
}

/// `packs show`.
pub fn show(
    name: &str,
    canonical: bool,
    lang: Language,
    out: &mut dyn Write,
) -> Result<Ended, Failure> {
    let (text, name) = found(name)?;
    let checked = load(&text, name, lang)?;
    if canonical {
        writeln!(out, "{}", checked.canonical)?;
        return Ok(Ended::Done);
    }
    let pack = &checked.pack;
    writeln!(out, "{}  {}", pack.id, pick(&pack.name, lang))?;
    writeln!(out, "sha256 {}", checked.hash)?;
    let colon = words::colon(lang);
    let programme = words::programme(&pack.programme, lang);
    writeln!(out, "{}{colon}{programme}", words::PROGRAMME.text(lang))?;
    let life = format!("{} … {}", date(pack.from), date(pack.to));
    writeln!(out, "{}{colon}{life}", words::LIFE.text(lang))?;
    writeln!(out, "{}{colon}{}", words::CONFIDENCE.text(lang), confidence(&checked, lang))?;
    writeln!(out, "{}", words::PARAMS.text(lang))?;
    for param in &pack.params {
        let assumed = if param.assumed { words::ASSUMED.text(lang) } else { "" };
        let values = param.values.join(" | ");
        writeln!(out, "  {} = {}{assumed}  [{values}]", param.name, default(param))?;
    }
    if !pack.facts.is_empty() {
        writeln!(out, "{}", words::FACTS.text(lang))?;
    }
    for fact in &pack.facts {
        writeln!(out, "  {}  {}", fact.id, pick(&fact.name, lang))?;
    }
    events(pack, lang, out)?;
    writeln!(out, "{}", words::LAYERS.text(lang))?;
    for layer in &pack.layers {
        let fund = words::in_brackets(&layer.fund, lang);
        writeln!(out, "  {}  {} {fund}", layer.id, pick(&layer.name, lang))?;
    }
    if !pack.groups.is_empty() {
        writeln!(out, "{}", words::GROUPS.text(lang))?;
    }
    for group in &pack.groups {
        let layers = group.layers.iter().filter_map(|at| pack.layers.get(usize::from(*at)));
        let layers: Vec<&str> = layers.map(|layer| pick(&layer.name, lang)).collect();
        writeln!(out, "  {}  {}", group.id, layers.join(" + "))?;
    }
    writeln!(out, "{}", words::CLAUSES.text(lang))?;
    for clause in &pack.clauses {
        writeln!(out, "  {}", cite(clause, lang))?;
    }
    Ok(Ended::Done)
}

/// The events that a message may name, with the words that their `reason` may have.
fn events(pack: &Pack, lang: Language, out: &mut dyn Write) -> Result<(), Failure> {
    // What contribution records make is not written by callers.
    let mut events = pack.rules.events.iter().filter(|event| event.turn.is_none()).peekable();
    if events.peek().is_some() {
        writeln!(out, "{}", words::EVENTS.text(lang))?;
    }
    for event in events {
        let reasons = event.reasons.join(" | ");
        let reasons = if reasons.is_empty() { reasons } else { format!("  [{reasons}]") };
        writeln!(out, "  {}  {}{reasons}", event.id, pick(&event.name, lang))?;
    }
    Ok(())
}

/// `packs check`.
pub fn check(files: &[String], lang: Language, out: &mut dyn Write) -> Result<Ended, Failure> {
    let mut sources = Vec::new();
    for file in files {
        sources.push((file.clone(), read(file)?));
    }
    if files.is_empty() {
        sources.extend(tongchou_packs::ALL.iter().map(|s| (s.id.to_owned(), s.text.to_owned())));
    }
    let mut ended = Ended::Done;
    for (name, text) in sources {
        match with_examples(&text, &name, lang) {
            Ok(checked) => {
                print(&checked.warning_report(), lang, out)?;
                let (ok, examples) = (words::CHECKED.text(lang), words::EXAMPLES.text(lang));
                let (count, hash) = (checked.examples.len(), &checked.hash);
                let examples = format!("{examples}{}{count}", words::colon(lang));
                writeln!(out, "{name}  {ok}  {examples}  sha256 {hash}")?;
            }
            Err(report) => {
                print(&report, lang, out)?;
                ended = Ended::Refused;
            }
        }
    }
    Ok(ended)
}

/// Prints a report, in colour where somebody sees it and has not asked for none.
fn print(report: &Report, lang: Language, out: &mut dyn Write) -> Result<(), Failure> {
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lang = words::policy(lang);
    let text = if colour && std::io::stdout().is_terminal() {
        report.render_in_colour(lang)
    } else {
        report.render(lang)
    };
    write!(out, "{text}")?;
    Ok(())
}

/// Checks a pack and settles its worked examples.
pub fn with_examples(text: &str, name: &str, lang: Language) -> Result<Checked, Report> {
    let checked = tongchou_policy::check(text, name)?;
    let mut engine = Engine::new();
    let loaded = engine.add_pack(&checked.canonical);
    checked.run_examples(|request| {
        let answer = match &loaded {
            Ok(_) => engine.call(&request.to_string()).json(words::wire(lang)),
            Err(refusal) => serde_json::json!({ "refused": refusal.to_string() }).to_string(),
        };
        serde_json::from_str(&answer).unwrap_or_default()
    })?;
    Ok(checked)
}

fn date(day: Day) -> String {
    let (year, month, day) = day.civil();
    format!("{year:04}-{month:02}-{day:02}")
}

fn default(param: &tongchou_core::pack::Param) -> &str {
    param.values.get(usize::from(param.default)).map_or("", String::as_str)
}

/// How far the pack is to be trusted as a whole, if it says so, and how many clauses stand on what.
fn confidence(checked: &Checked, lang: Language) -> String {
    let clauses = &checked.pack.clauses;
    let count = |word: &str| clauses.iter().filter(|clause| clause.confidence == word).count();
    let counts = words::CONFIDENCES.iter().map(|word| (words::confidence(word, lang), count(word)));
    let counts: Vec<String> =
        counts.filter(|(_, n)| *n > 0).map(|(word, n)| format!("{word} {n}")).collect();
    let counts = counts.join(words::comma(lang));
    match &checked.pack.confidence {
        Some(whole) => {
            let whole = words::confidence(whole, lang);
            format!("{whole}{}", words::in_brackets(&counts, lang))
        }
        None => counts,
    }
}
