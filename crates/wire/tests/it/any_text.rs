//! Any text ends with a message or a refusal.

use proptest::prelude::*;

use tongchou_wire::error::Lang;
use tongchou_wire::read;

const REQUEST: &str = r#"{"contract": 1, "pack": "110000-employee@2024-01-01", "params": {"a": "b"},
  "year_to_date": {"pool.paid": "1.00", "admissions": 2}, "member": {"id": "m", "age": 67},
  "encounter": {"id": "e", "care": "inpatient", "admitted": "2024-03-01", "direct": true},
  "lines": [{"id": "l", "price": 1.5, "quantity": "2", "amount": "3.00", "prepay": "10%"}]}"#;

/// Pieces that have broken readers before.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "null",
    "true",
    "-",
    "1e999",
    "NaN",
    "0.",
    ".",
    "%",
    "@",
    "\u{0}",
    "\u{feff}",
    "险",
    "\u{1f600}",
    "\"cancel\":",
    "\"state\":",
    "{}",
    "9999999999999999999999",
    "-1",
    "\"$serde_json::private::Number\":",
    "\"\"",
    "\n",
    " ",
];

proptest! {
    #[test]
    fn text_of_any_kind(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn pieces_of_json(picks in prop::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = picks.iter().filter_map(|i| PIECES.get(*i).copied()).collect();
        read(&text);
    }

    #[test]
    fn message_with_a_part_replaced(
        from in 0..REQUEST.len(),
        length in 0..20_usize,
        pick in 0..PIECES.len(),
    ) {
        let chars = |skip: usize, take: usize| REQUEST.chars().skip(skip).take(take);
        let piece = PIECES.get(pick).copied().unwrap_or_default();
        let rest = chars(from + length, REQUEST.len());
        let text: String = chars(0, from).chain(piece.chars()).chain(rest).collect();
        read(&text);
    }
}

/// A refusal names a place and is one line in both languages.
fn read(text: &str) {
    let Err(refusal) = read::message(text) else { return };
    assert!(refusal.path.starts_with('$'), "{refusal:?}");
    for lang in [Lang::En, Lang::Zh] {
        let text = refusal.render(lang);
        assert!(!text.message.is_empty());
        assert!(!text.message.contains('\n'), "{text:?}");
        assert!(text.value.chars().count() <= 81, "{text:?}");
    }
}
