//! Documents that must not drift from the code: the glossary and the page of the C boundary.

use super::source::{block_end, code_of};
use super::{Fault, File};

const ARCHITECTURE: &str = "ARCHITECTURE.md";
const RESPONSE: &str = "crates/wire/src/response.rs";
const EXPORTS: &str = "crates/abi/src/exports.rs";
const ABI_PAGES: [&str; 2] = ["crates/abi/README.md", "crates/abi/include/tongchou.h"];

/// Every document.
pub fn check(files: &[File], faults: &mut Vec<Fault>) {
    let text = |path: &str| files.iter().find(|file| file.path == path).map(|f| f.text.as_str());
    if let Some(response) = text(RESPONSE) {
        let glossary = glossary(text(ARCHITECTURE).unwrap_or_default());
        for name in amounts(response) {
            if !glossary.iter().any(|row| row.contains(&format!("`{name}`"))) {
                let what = format!("the glossary has no row for the amount `{name}`");
                faults.push(Fault::new(ARCHITECTURE, 1, what));
            }
        }
    }
    if let Some(exports) = text(EXPORTS) {
        for page in ABI_PAGES {
            let shown = text(page).unwrap_or_default();
            for name in exported(exports).filter(|name| !shown.contains(&format!("{name}("))) {
                faults.push(Fault::new(page, 1, format!("`{name}` is not described")));
            }
        }
        let hash = hash(exports);
        let [page, _] = ABI_PAGES;
        if !text(page).unwrap_or_default().contains(&format!("`{hash}`")) {
            let what = format!("{EXPORTS} changed: see that this page is right, then note {hash}");
            faults.push(Fault::new(page, 1, what));
        }
    }
}

/// The rows of the tables below a heading with the word glossary.
fn glossary(text: &str) -> Vec<&str> {
    let mut inside = false;
    let mut rows = Vec::new();
    for line in text.lines() {
        if line.starts_with('#') {
            inside = line.to_lowercase().contains("glossary");
        } else if inside && line.starts_with('|') {
            rows.push(line);
        }
    }
    rows
}

/// The public fields of `Amounts`.
fn amounts(source: &str) -> Vec<String> {
    let code = code_of(source);
    let Some(start) = code.find("pub struct Amounts") else { return Vec::new() };
    let end = block_end(&code, start).unwrap_or(start);
    let body = code.get(start..end).unwrap_or_default();
    let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub "));
    fields.filter_map(|field| Some(field.split_once(':')?.0.to_owned())).collect()
}

fn exported(source: &str) -> impl Iterator<Item = &str> {
    let functions = source.split("extern \"C\" fn ").skip(1);
    functions.filter_map(|function| Some(function.split_once('(')?.0))
}

/// FNV-1a of 64 bits, with line ends as they are in the repository.
fn hash(text: &str) -> String {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x100_0000_01b3;
    let bytes = text.bytes().filter(|byte| *byte != b'\r');
    let hash = bytes.fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(hash(""), "cbf29ce484222325");
        assert_eq!(hash("a"), "af63dc4c8601ec8c");
        assert_eq!(hash("foo\r\nbar"), hash("foo\nbar"));
    }

    #[test]
    fn every_amount_needs_its_row() {
        let response =
            "pub struct Amounts {\n    /// x\n    pub total: Yuan,\n    pub cash: Yuan,\n}";
        assert_eq!(amounts(response), ["total", "cash"]);
        let document = "| `cash` |\n## Glossary\n| `total` | 总额 |\n## Next\n| `person` |";
        assert_eq!(glossary(document), ["| `total` | 总额 |"]);
    }

    #[test]
    fn exports_are_found_by_name() {
        let source = "pub extern \"C\" fn a(x: u32) {}\npub unsafe extern \"C\" fn b() {}";
        assert_eq!(exported(source).collect::<Vec<_>>(), ["a", "b"]);
    }
}
