//! Rust files: how long they may be, and what must not stand in them.

use super::source::{block_end, code_of, is_word, line_of, words};
use super::{Fault, File};

/// Columns of a line; a Chinese character has two.
const COLUMNS_MAX: usize = 100;
/// Lines of a file.
const LINES_MAX: usize = 1_000;
/// Lines of a function.
const FUNCTION_LINES_MAX: usize = 70;

/// Tables of text, where a row is one line.
const LONG_LINES: &[&str] = &[];
/// Folders in which no amount meets a float.
const NO_FLOAT: &[&str] = &["crates/core/", "crates/wire/", "crates/policy/", "crates/oracle/"];
/// The one file among them that names floats: a serializer must, and refuses them.
const REFUSES_FLOATS: &str = "crates/wire/src/write.rs";
/// The one crate that may be unsafe.
const UNSAFE: &str = "crates/abi/";
const ORACLE: &str = "crates/oracle/src/";

/// Everything about one file.
pub fn check(file: &File, faults: &mut Vec<Fault>) {
    let code = code_of(&file.text);
    lengths(file, &code, faults);
    let mut banned = |word: &str, why: &str| {
        for at in words(&code, word) {
            faults.push(Fault::new(&file.path, line_of(&code, at), format!("`{word}`: {why}")));
        }
    };
    if !file.path.starts_with(UNSAFE) {
        banned("unsafe", "only crates/abi may be unsafe");
    }
    let without_floats = NO_FLOAT.iter().any(|folder| file.path.starts_with(folder));
    if without_floats && file.path != REFUSES_FLOATS {
        banned("f32", "amounts are whole fen");
        banned("f64", "amounts are whole fen");
    }
    if file.path.starts_with(ORACLE) {
        banned("tongchou_core", "the oracle never sees the kernel");
        banned("tongchou_policy", "the oracle reads a pack's text itself");
        for at in engine_paths(&code) {
            let why = "the oracle uses the types of wire only, neither its reader nor its engine";
            faults.push(Fault::new(&file.path, line_of(&code, at), why));
        }
    }
    for at in words(&code, "dbg").filter(|at| code.get(at + 3..at + 4) == Some("!")) {
        faults.push(Fault::new(&file.path, line_of(&code, at), "a debugging print is left"));
    }
}

fn lengths(file: &File, code: &str, faults: &mut Vec<Fault>) {
    if file.is_test() {
        return;
    }
    let lines = file.text.lines().count();
    if LINES_MAX < lines {
        faults.push(Fault::new(&file.path, LINES_MAX, format!("{lines} lines, over {LINES_MAX}")));
    }
    let tests = test_blocks(code);
    let in_tests = |line: usize| tests.iter().any(|(from, to)| (*from..=*to).contains(&line));
    let long_allowed = LONG_LINES.contains(&file.path.as_str());
    for (number, line) in (1..).zip(file.text.lines()) {
        let columns = columns(line);
        if COLUMNS_MAX < columns && !long_allowed && !in_tests(number) {
            let what = format!("{columns} columns, over {COLUMNS_MAX}");
            faults.push(Fault::new(&file.path, number, what));
        }
    }
    for (name, first, last) in functions(code).filter(|(_, first, _)| !in_tests(*first)) {
        let lines = last - first + 1;
        if FUNCTION_LINES_MAX < lines {
            let what = format!("`{name}` has {lines} lines, over {FUNCTION_LINES_MAX}");
            faults.push(Fault::new(&file.path, first, what));
        }
    }
}

/// First and last line of every block behind `#[cfg(test)]`.
fn test_blocks(code: &str) -> Vec<(usize, usize)> {
    let starts = code.match_indices("#[cfg(test)]").map(|(at, found)| (at, at + found.len()));
    let blocks = starts.filter_map(|(at, behind)| Some((at, block_end(code, behind)?)));
    blocks.map(|(from, to)| (line_of(code, from), line_of(code, to))).collect()
}

/// Name, first and last line of every function with a body.
fn functions(code: &str) -> impl Iterator<Item = (&str, usize, usize)> {
    words(code, "fn").filter_map(move |at| {
        let behind = code.get(at + 2..)?.trim_start();
        let name = behind.get(..behind.find(|c| !is_word(c))?).filter(|name| !name.is_empty())?;
        let end = block_end(code, at)?;
        Some((name, line_of(code, at), line_of(code, end)))
    })
}

/// Where a path leads into wire's engine or reader, alone or in a group.
fn engine_paths(code: &str) -> impl Iterator<Item = usize> {
    words(code, "tongchou_wire").filter(|at| {
        let behind = code.get(at + "tongchou_wire".len()..).unwrap_or_default();
        let Some(path) = behind.trim_start().strip_prefix("::") else { return false };
        let path = path.trim_start();
        let end = if path.starts_with('{') { block_end(path, 0) } else { path.find("::") };
        let part = path.get(..end.unwrap_or(path.len())).unwrap_or_default();
        ["engine", "read"].iter().any(|word| {
            words(part, word).any(|at| !part.get(..at).unwrap_or_default().ends_with("::"))
        })
    })
}

/// Width on a screen: characters from CJK upwards take two columns.
fn columns(line: &str) -> usize {
    let wide = |c: char| {
        matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3fffd}')
    };
    line.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

/// Files below a `src` folder that no `mod` line names.
pub fn unused_files(files: &[File], faults: &mut Vec<Fault>) {
    let find = |path: &str| files.iter().find(|file| file.path == path);
    for file in files.iter().filter(|file| file.is_rust()) {
        let Some((folder, name)) = file.path.rsplit_once('/') else { continue };
        let stem = name.trim_end_matches(".rs");
        let is_root = matches!(stem, "lib" | "main");
        if is_root || !file.parts().any(|part| part == "src") {
            continue;
        }
        let parents =
            [format!("{folder}.rs"), format!("{folder}/lib.rs"), format!("{folder}/main.rs")];
        let parents = parents.iter().filter_map(|path| find(path));
        let used = parents.map(|parent| code_of(&parent.text)).any(|code| {
            let named = |at: usize| code.get(..at).is_some_and(|s| s.trim_end().ends_with("mod"));
            words(&code, stem).any(named)
        });
        if !used {
            faults.push(Fault::new(&file.path, 1, "no module uses this file"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        check(&File { path: path.into(), text: text.into() }, &mut faults);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn long_functions_are_found_and_tests_are_spared() {
        let body = "    x;\n".repeat(69);
        let short = format!("fn f() {{\n{}}}\n", "    x;\n".repeat(68));
        assert!(faults("crates/core/src/a.rs", &short).is_empty());
        let long = format!("\nfn f() {{\n{body}}}\n");
        let fault = "crates/core/src/a.rs:2: `f` has 71 lines, over 70";
        assert_eq!(faults("crates/core/src/a.rs", &long), [fault]);
        assert!(faults("crates/core/src/tests.rs", &long).is_empty());
        assert!(
            faults("crates/core/src/a.rs", &format!("#[cfg(test)]\nmod t {{{long}}}")).is_empty()
        );
    }

    #[test]
    fn columns_are_those_of_a_screen() {
        assert_eq!(columns("a医b"), 4);
        let wide = "医".repeat(51);
        assert_eq!(faults("a.rs", &format!("// {wide}")), ["a.rs:1: 105 columns, over 100"]);
    }

    #[test]
    fn banned_words_are_found_in_code_only() {
        let unsafe_block = "fn f() { unsafe { g() } } // unsafe\n";
        assert_eq!(faults("crates/core/src/a.rs", unsafe_block).len(), 1);
        assert!(faults("crates/abi/src/a.rs", unsafe_block).is_empty());
        assert!(faults("crates/wire/src/a.rs", "#![forbid(unsafe_code)] // f64").is_empty());
        assert_eq!(faults("crates/wire/src/a.rs", "fn f(x: f64) {}").len(), 1);
        assert!(faults("benches/src/a.rs", "fn f(x: f64) {}").is_empty());
        assert_eq!(faults("a.rs", concat!("fn f() { dbg", "!(1); }")).len(), 1);
    }

    #[test]
    fn the_oracle_stays_apart() {
        let count = |text: &str| faults("crates/oracle/src/a.rs", text).len();
        assert_eq!(count("use tongchou_wire::request::Request;"), 0);
        assert_eq!(count("use tongchou_wire::request::{engine, read};"), 0);
        assert_eq!(count("use tongchou_wire::engine::Engine;"), 1);
        assert_eq!(count("use tongchou_wire::{error, read::message};"), 1);
        assert_eq!(count("use tongchou_core::pack::Pack;"), 1);
        assert_eq!(count("// tongchou_core"), 0);
    }
}
