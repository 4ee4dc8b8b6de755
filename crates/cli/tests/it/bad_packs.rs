//! Packs with one mistake each, and what `packs check` says about it in the two languages.
//!
//! `UPDATE=1` writes the texts anew.

use std::path::Path;

use crate::{code, fixtures, stdout, tongchou};

#[test]
fn each_says_what_is_wrong() {
    let folder = fixtures().join("bad-packs");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(".toml")?.to_owned()))
        .collect();
    names.sort();
    assert!(40 <= names.len());
    for name in names {
        for lang in ["zh", "en"] {
            let file = format!("bad-packs/{name}.toml");
            let output = tongchou(&["packs", "check", &file, "--lang", lang], "");
            let warned = name.starts_with("warn-");
            assert_eq!(code(&output), i32::from(!warned), "{file}");
            compare(&folder.join(format!("{name}.{lang}.txt")), &said(&stdout(&output)));
        }
    }
}

/// The findings without the line of a pack that loads, which ends in a hash.
fn said(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("  sha256 "));
    lines.map(|line| format!("{line}\n")).collect()
}

#[track_caller]
fn compare(file: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file, text).unwrap();
    }
    let golden = std::fs::read_to_string(file).unwrap_or_default();
    assert_eq!(text, golden, "{} (UPDATE=1 writes it)", file.display());
}
