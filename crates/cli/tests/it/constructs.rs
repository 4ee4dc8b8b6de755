//! One pack a construct of the language, with situations worked out by hand.

use crate::{code, fixtures, stdout, tongchou};

/// Constructs that the language has, by the number in the names of the files.
const NUMBERS: &[&str] =
    &["00", "01", "02", "03", "04", "05", "06", "09", "10", "11", "12", "13", "14", "15"];

fn files() -> Vec<String> {
    let entries = std::fs::read_dir(fixtures().join("constructs")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn situations_hold_to_the_fen() {
    let files = files();
    for number in NUMBERS {
        assert!(files.iter().any(|file| file.starts_with(number)), "construct {number}");
    }
    let paths: Vec<String> = files.iter().map(|file| format!("constructs/{file}")).collect();
    let mut args = vec!["packs", "check", "--lang", "en"];
    args.extend(paths.iter().map(String::as_str));
    let output = tongchou(&args, "");
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert_eq!(stdout(&output).matches("  ok  ").count(), files.len());
}

#[test]
fn each_situation_shows_its_arithmetic() {
    for file in files() {
        let text = std::fs::read_to_string(fixtures().join("constructs").join(&file)).unwrap();
        let examples: Vec<&str> = text.split("[[example]]\n").skip(1).collect();
        assert!(!examples.is_empty(), "{file}");
        assert!(examples.iter().all(|example| example.starts_with("# ")), "{file}");
    }
}

/// The walk-through, in both languages, shows these two packs as they are and links every file.
#[test]
fn the_first_pack_is_that_of_the_readme() {
    let folder = fixtures().join("constructs");
    let first = std::fs::read_to_string(folder.join("00-first.toml")).unwrap();
    let next = std::fs::read_to_string(folder.join("00-first-next-year.toml")).unwrap();
    let rows = next.split("  [[layer.band]]").skip(1).map(|row| row.split("\n[").next().unwrap());
    let rows: Vec<&str> = rows.map(str::trim_end).collect();
    for name in ["README.md", "README.zh-CN.md"] {
        let file = fixtures().join("../crates/policy").join(name);
        let readme = std::fs::read_to_string(file).unwrap();
        assert!(readme.contains(&first), "{name}");
        assert!(rows.iter().all(|row| readme.contains(row)), "{name}");
        for file in files() {
            assert!(readme.contains(&format!("fixtures/constructs/{file})")), "{name}: {file}");
        }
    }
}
