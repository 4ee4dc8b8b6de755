//! Any text: words that say somebody is not done, paths of a machine, addresses of registries.

use super::{Fault, File};

/// Put together here, so that this file does not hold them.
const UNDONE: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
const MACHINE: [&str; 6] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/tm", "p/"),
    concat!("/wo", "rk/"),
    concat!("/Use", "rs/"),
    concat!("C:\\Use", "rs\\"),
];
const REGISTRY: [&str; 9] = [
    concat!("crates.io", "-index"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("registry.", "npmjs"),
    concat!("npm", "mirror"),
    concat!("sparse", "+http"),
    concat!("registry", "+http"),
    concat!("files.", "pythonhosted"),
    concat!("proxy.", "golang"),
];
/// The one source that the lock file may name.
const LOCKED: &str = concat!("registry", "+https://github.com/rust-lang/crates.io", "-index");

/// Everything about one file.
pub fn check(file: &File, faults: &mut Vec<Fault>) {
    for (number, line) in (1..).zip(file.text.lines()) {
        let line = if file.path == "Cargo.lock" { line.replace(LOCKED, "") } else { line.into() };
        let mut found = |words: &[&str], why: &str| {
            for word in words.iter().filter(|word| is_in(&line, word)) {
                faults.push(Fault::new(&file.path, number, format!("`{word}`: {why}")));
            }
        };
        found(&UNDONE, "do it or write an issue");
        found(&MACHINE, "a path of one machine");
        found(&REGISTRY, "the address of a registry");
    }
}

/// A path counts only from its start: `docs/home/` is none.
fn is_in(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        !word.starts_with('/') || !before.ends_with(|c: char| c.is_alphanumeric() || c == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        let mut faults = Vec::new();
        check(&File { path: path.into(), text: text.into() }, &mut faults);
        faults.len()
    }

    #[test]
    fn undone_work_and_machines_are_found() {
        assert_eq!(count("a.md", &format!("x {}: y", UNDONE[0])), 1);
        assert_eq!(count("a.rs", &format!("open(\"{}x\")", MACHINE[2])), 1);
        assert_eq!(count("a.md", &format!("network{}", MACHINE[3])), 0);
        assert_eq!(count("a.md", "todo list"), 0);
    }

    #[test]
    fn the_lock_file_names_one_source() {
        let line = format!("source = \"{LOCKED}\"");
        assert_eq!(count("Cargo.lock", &line), 0);
        assert_ne!(count("a.md", &line), 0);
        assert_ne!(count("Cargo.lock", &format!("source = \"{}x\"", REGISTRY[6])), 0);
    }
}
