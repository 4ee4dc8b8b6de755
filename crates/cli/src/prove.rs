//! `packs check --prove`: a proof about each pack.

use std::io::Write;

use tongchou_policy::prove;

use crate::{Ended, Failure, Format, Language, packs, words};

/// Proves the given packs, or all that are shipped; their checks and worked examples come first.
pub fn run(
    files: &[String],
    format: Option<Format>,
    lang: Language,
    out: &mut dyn Write,
) -> Result<Ended, Failure> {
    let mut sources = Vec::new();
    for file in files {
        sources.push((file.clone(), packs::read(file)?));
    }
    if files.is_empty() {
        sources.extend(tongchou_packs::ALL.iter().map(|s| (s.id.to_owned(), s.text.to_owned())));
    }
    let (mut ended, mut proved, count) = (Ended::Done, 0, sources.len());
    for (name, text) in sources {
        let proof = match packs::with_examples(&text, &name, lang) {
            Ok(checked) => prove::prove(&checked.pack),
            Err(report) => {
                write!(out, "{}", report.render(words::policy(lang)))?;
                ended = Ended::Refused;
                continue;
            }
        };
        match format {
            Some(Format::Json) => writeln!(out, "{}", proof.json())?,
            _ => write!(out, "{}", proof.render(words::policy(lang)))?,
        }
        if proof.holds() {
            proved += 1;
        } else {
            ended = Ended::Refused;
        }
    }
    if format != Some(Format::Json) {
        match lang {
            Language::Zh => writeln!(out, "政策包 {count} 个，证明成立 {proved} 个")?,
            Language::En => writeln!(out, "packs: {count}, proved: {proved}")?,
        }
    }
    Ok(ended)
}
