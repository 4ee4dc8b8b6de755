//! The JSON Schema for editors: every shipped pack fits it, and a slip does not.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tongchou_policy::Lang;

use crate::BASE;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A pack as an editor hands it to a schema: dates are text.
fn json(text: &str) -> Value {
    fn of(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => Value::from(text),
            toml::Value::Integer(number) => Value::from(number),
            toml::Value::Float(number) => Value::from(number.to_string()),
            toml::Value::Boolean(flag) => Value::from(flag),
            toml::Value::Datetime(moment) => Value::from(moment.to_string()),
            toml::Value::Array(list) => list.into_iter().map(of).collect(),
            toml::Value::Table(table) => {
                let pairs = table.into_iter().map(|(key, value)| (key, of(value)));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }
    of(toml::Value::Table(text.parse().unwrap()))
}

fn validator() -> jsonschema::Validator {
    let schema = tongchou_policy::schema(Lang::Zh);
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// Texts of a folder, with the names of their files.
fn texts(folder: &str) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let packs = paths.filter(|path| path.extension().is_some_and(|tail| tail == "toml"));
    let read = packs.map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    });
    read.collect()
}

#[test]
fn packs_that_load_fit() {
    let validator = validator();
    let mut packs = texts("crates/packs/data");
    packs.extend(texts("fixtures/constructs"));
    packs.push(("base".to_owned(), BASE.to_owned()));
    assert!(3 <= packs.len());
    for (name, text) in packs {
        let errors: Vec<_> =
            validator.iter_errors(&json(&text)).map(|error| format!("{error}")).collect();
        assert_eq!(errors, [""; 0], "{name}");
    }
}

/// Bad packs whose mistake a schema can see, by the first word of their names; the rest are those
/// that only `check` can find.
const SEEN: &[&str] = &[
    "contribution-day",
    "coverage-two",
    "dim-cut-amount",
    "group-of-one",
    "key-",
    "levy-base",
    "levy-no-rate",
    "levy-rate",
    "name-not-in-contract",
    "name-param-quotes",
    "pack-",
    "param-no-default",
    "period-no-end",
    "refund-",
    "section-",
    "several",
    "stay-no-care",
    "unit-",
    "word-",
];
#[test]
fn slips_do_not_fit() {
    let validator = validator();
    let mut seen = 0;
    for (name, text) in texts("fixtures/bad-packs") {
        if name.starts_with("toml-") {
            continue;
        }
        let expected = SEEN.iter().any(|start| name.starts_with(start));
        let fits = validator.is_valid(&json(&text));
        assert_eq!(fits, !expected, "{name}");
        seen += usize::from(!fits);
    }
    assert!(15 <= seen);
}
