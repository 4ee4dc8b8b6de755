//! What is written about the packs: the page of their rules, the tables of the READMEs, and the
//! demo that is a copy of one of them.
#![expect(clippy::unwrap_used, reason = "a test may stop where it finds a fault")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use tongchou_packs::{ALL, Source, find};

/// Words of confidence, in the order in which `packs list` counts them.
const WORDS: [&str; 5] = ["assumed", "found", "known", "source", "unverified"];

type Words = BTreeSet<String>;

fn read(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// The text that a line gives to a key, in quotes.
fn quoted<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (_, value) = line.split_once(&format!("{key} = \""))?;
    value.split('"').next()
}

/// Document and confidence of each clause; a clause is one line, or one line a key.
fn clauses(pack: Source) -> BTreeMap<&'static str, (&'static str, &'static str)> {
    let section = pack.text.split_once("\n[clause]\n").unwrap().1;
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let mut clauses = BTreeMap::<&str, (&str, &str)>::new();
    for line in lines.filter(|line| line.starts_with(|c: char| c.is_ascii_alphanumeric())) {
        let clause = clauses.entry(line.split(['.', ' ']).next().unwrap()).or_default();
        clause.0 = quoted(line, "doc").unwrap_or(clause.0);
        clause.1 = quoted(line, "confidence").unwrap_or(clause.1);
    }
    clauses
}

/// The rules that a document names behind `RULES`: `BJE-3, §11.1` are two.
fn rules(doc: &str) -> impl Iterator<Item = &str> {
    let list = doc.strip_prefix("RULES ").unwrap_or_default();
    let is_rule = |part: &&str| part.starts_with('§') || part.is_ascii() && part.contains('-');
    list.split([',', '；']).map(str::trim).filter(is_rule)
}

/// The cells of the rows of all tables of a text, trimmed.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = text.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    rows.map(|row| row.split('|').map(str::trim).collect())
}

#[test]
fn every_rule_that_a_pack_cites_has_its_row() {
    let mut cited = BTreeMap::<&str, Words>::new();
    let mut clauses_in_all = 0;
    for pack in ALL {
        for (id, (doc, word)) in clauses(*pack) {
            assert!(WORDS.contains(&word), "{}: the confidence of {id} is `{word}`", pack.id);
            let rules: Vec<&str> = rules(doc).collect();
            assert!(!rules.is_empty() || !doc.contains("RULES"), "{}: {id}: `{doc}`", pack.id);
            for rule in rules {
                cited.entry(rule).or_default().insert(word.to_owned());
            }
            clauses_in_all += 1;
        }
    }
    assert!(clauses_in_all >= 400, "only {clauses_in_all} clauses are read");

    let page = read("crates/packs/SOURCES.md");
    let mut told = BTreeMap::<&str, Words>::new();
    for row in rows(&page).filter(|row| row.len() == 5 && row.iter().all(|c| !c.is_empty())) {
        let rule = row.first().unwrap().split(' ').next().unwrap();
        if rules(&format!("RULES {rule}")).next().is_some() && !rule.starts_with("--") {
            let words = row.last().unwrap().split(", ").map(str::to_owned);
            told.entry(rule).or_default().extend(words);
        }
    }
    for (rule, words) in &cited {
        assert_eq!(told.get(rule), Some(words), "the row of {rule} in SOURCES.md");
    }
    let idle: Vec<_> = told.keys().filter(|rule| !cited.contains_key(*rule)).collect();
    assert!(idle.is_empty(), "no pack cites {idle:?} any more");
}

/// Its days of effect and its confidence, as `packs list` prints it.
fn summary(pack: Source) -> (String, String) {
    let head = pack.text.split_once("\n[clause]\n").unwrap().0;
    let value = |key: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")));
        line.map(|value| value.split('#').next().unwrap().trim().trim_matches('"'))
    };
    let clauses = clauses(pack);
    let count = |word: &str| clauses.values().filter(|clause| clause.1 == word).count();
    let counts = WORDS.iter().map(|word| (word, count(word))).filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(word, count)| format!("{word} {count}")).collect();
    let counts = counts.join(", ");
    let days = format!("{} … {}", value("from").unwrap(), value("to").unwrap());
    (days, value("confidence").map_or(counts.clone(), |word| format!("{word} ({counts})")))
}

#[test]
fn both_readmes_list_the_packs_as_they_are() {
    for name in ["README.md", "README.zh-CN.md"] {
        let text = read(name);
        let told: Vec<_> = rows(&text).filter(|row| row.len() == 4).collect();
        let mut packs = 0;
        for pack in ALL {
            let id = format!("`{}`", pack.id);
            let row = told.iter().find(|row| row.first() == Some(&id.as_str()));
            let (days, confidence) = summary(*pack);
            let want = [days.as_str(), &confidence];
            assert_eq!(row.and_then(|row| row.get(2..)), Some(&want[..]), "{name}: {id}");
            packs += 1;
        }
        let shown = told.iter().filter(|row| row.first().is_some_and(|id| is_pack_id(id)));
        assert_eq!(shown.count(), packs, "{name} lists a pack that does not ship");
    }
}

/// `110000-employee` in backticks.
fn is_pack_id(cell: &str) -> bool {
    let id = cell.trim_matches('`');
    cell.starts_with('`') && id.len() > 7 && id.bytes().take(6).all(|b| b.is_ascii_digit())
}

/// The reform only adds to the shipped pack: a last day, new rows, their clause, an example.
#[test]
fn the_demo_of_a_reform_is_the_shipped_pack_with_additions() {
    let reform = read("fixtures/demo/beijing-reform.toml");
    let mut lines = reform.lines();
    for line in find("110000-employee").unwrap().text.lines() {
        assert!(lines.any(|copy| copy == line), "fixtures/demo/beijing-reform.toml lacks: {line}");
    }
}
