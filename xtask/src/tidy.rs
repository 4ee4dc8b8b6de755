//! What a machine can see without compiling: lengths, arrows between crates, words, numbers and
//! paths. `cargo test -p xtask` runs it as a test, so what the gate checks, `cargo test` checks.

mod docs;
mod manifests;
mod numbers;
mod rust;
mod source;
mod text;

use std::fmt;
use std::fs;

use crate::options::Options;
use crate::{Failure, Outcome, sh};

/// Largest file of the repository.
const BYTES_MAX: u64 = 2 << 20;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    path: String,
    line: usize,
    what: String,
}

impl Fault {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.into(), line, what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// A file of the repository that is text.
pub struct File {
    path: String,
    text: String,
}

impl File {
    /// The parts of its path.
    fn parts(&self) -> impl Iterator<Item = &str> {
        self.path.split('/')
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether everything in it is a test.
    fn is_test(&self) -> bool {
        self.parts().any(|part| part == "tests" || part == "tests.rs")
    }
}

/// `cargo xtask tidy`.
pub fn run(_: &Options) -> Outcome {
    let (files, faults) = look()?;
    for fault in &faults {
        println!("{fault}");
    }
    println!("{files} files, {} faults", faults.len());
    if faults.is_empty() { Ok(()) } else { Err(Failure("the repository is not tidy".into())) }
}

/// The number of files looked at, and what is wrong with them.
fn look() -> Outcome<(usize, Vec<Fault>)> {
    let mut faults = Vec::new();
    let mut files = Vec::new();
    for path in sh::files()? {
        let bytes = fs::read(sh::root().join(&path));
        let bytes = bytes.map_err(|error| format!("cannot read {path}: {error}"))?;
        if BYTES_MAX < bytes.len() as u64 {
            faults.push(Fault::new(&path, 1, format!("larger than {BYTES_MAX} bytes")));
        }
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(File { path, text });
        }
    }
    if files.is_empty() {
        return Err("there is nothing to look at".into());
    }
    for file in &files {
        text::check(file, &mut faults);
        numbers::check(file, &mut faults);
        if file.is_rust() {
            rust::check(file, &mut faults);
        }
    }
    rust::unused_files(&files, &mut faults);
    manifests::check(&files, &mut faults);
    docs::check(&files, &mut faults);
    faults.sort();
    Ok((files.len(), faults))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let faults = look()
            .map(|(_, faults)| faults)
            .unwrap_or_else(|Failure(why)| vec![Fault::new("repository", 0, why)]);
        let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(text.is_empty(), "\n{}\n", text.join("\n"));
    }
}
