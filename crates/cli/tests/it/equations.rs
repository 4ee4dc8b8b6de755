//! Every equation that is printed is one: over all fixtures, `a × r = b` holds to the fen under the
//! rounding that stands beside it, and where something else came between, it is said.

use crate::{fixtures, stdout, tongchou};

/// What was met, so that a form that is never printed is noticed.
#[derive(Debug, Default)]
struct Met {
    equations: usize,
    bands: usize,
    capped: usize,
    near: usize,
    levies: usize,
}

/// The messages of a folder, and the packs beside them.
fn printed(folder: &str) -> String {
    let folder = fixtures().join(folder);
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut input = String::new();
    let mut args = vec!["settle".to_owned(), "-".to_owned()];
    args.extend(["--explain", "--format", "text", "--lang", "en"].map(str::to_owned));
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        if name.ends_with(".expected.json") {
            continue;
        }
        if name.ends_with(".toml") {
            args.extend(["--pack".to_owned(), file.to_str().unwrap().to_owned()]);
        } else if name.ends_with(".json") {
            let text = std::fs::read_to_string(&file).unwrap();
            input.push_str(&format!("{}\n", text.replace('\n', " ")));
        } else if name.ends_with(".ndjson") {
            input.push_str(&std::fs::read_to_string(&file).unwrap());
            input.push('\n');
        }
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    stdout(&tongchou(&args, &input))
}

/// An amount as fen, or a rate in percent as ppm: digits with so many decimals.
fn digits(text: &str, decimals: usize) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > decimals || !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    format!("{whole}{part:0<decimals$}").parse().ok()
}

/// Checks a line that holds a product; others say nothing here.
fn check(line: &str, met: &mut Met) {
    let Some((before, after)) = line.split_once(" × ") else { return };
    // The words of a clause may multiply as well, but not a number.
    let Some(base) = before.rsplit(' ').next().and_then(|base| digits(base, 2)) else { return };
    let rate = after.split_once('%').and_then(|(rate, said)| Some((digits(rate, 4)?, said)));
    let (rate, said) = rate.expect(line);
    let amount = |said: &str| {
        let word = said.split_whitespace().next().unwrap_or_default();
        digits(word, 2).expect(line)
    };
    let exact = base * rate;
    let equal = |amount: i128| {
        let bias = match () {
            () if line.contains("(rounded up to the fen)") => 999_999,
            () if line.contains("(cut off to the fen)") => 0,
            () => 500_000,
        };
        (exact + bias) / 1_000_000 == amount
    };
    if let Some(rest) = said.strip_prefix(" = ").or_else(|| said.strip_prefix(" =")) {
        assert!(equal(amount(rest)), "{line}");
        // A levy stands in columns of its own, without a number before it.
        let step = line.trim_start().split('.').next().unwrap();
        let step = step.bytes().all(|b| b.is_ascii_digit());
        *(if step { &mut met.equations } else { &mut met.levies }) += 1;
    } else if let Some(rest) = said.strip_prefix(", cap left ") {
        if let Some(amount) = rest.split_whitespace().next().and_then(|word| digits(word, 2)) {
            assert!(!equal(amount) && amount * 1_000_000 < exact + 500_000, "{line}");
            met.capped += 1;
        }
    } else if let Some(rest) = said.strip_prefix(" ≈ ") {
        if line.contains(" → ") {
            let apart = (amount(rest) * 1_000_000 - exact).abs();
            assert!(!equal(amount(rest)) && apart < 1_000_000, "{line}");
            met.near += 1;
        }
    } else if said.starts_with("  [") {
        // A band on a slip: the amount ends its line, without a word about how it is rounded.
        let amount = line.split_whitespace().last().and_then(|word| digits(word, 2));
        let near = |amount: i128| (amount * 1_000_000 - exact).abs() < 1_000_000;
        assert!(amount.is_none_or(near), "{line}");
        met.bands += usize::from(amount.is_some());
    } else if let Some(months) = said.strip_prefix(" × ") {
        let (months, rest) = months.split_once(" months =").expect(line);
        let months: i128 = months.parse().unwrap();
        let product = (exact * months + 500_000) / 1_000_000;
        assert_eq!(product, amount(rest), "{line}");
        met.levies += 1;
    }
}

#[test]
fn what_is_printed_as_an_equation_holds() {
    let mut met = Met::default();
    for folder in ["cases", "interactions", "demo"] {
        printed(folder).lines().for_each(|line| check(line, &mut met));
    }
    assert!(200 < met.equations && 100 < met.bands && 20 < met.levies, "{met:?}");
    assert!(10 <= met.capped && 0 < met.near, "{met:?}");
}

/// What lies beyond the end of what is eligible is told apart from the room that a cap leaves.
#[test]
fn an_amount_that_is_cut_off_is_not_called_room() {
    let bill = r#"{ "contract": 1, "pack": "120000-employee", "year_to_date": {},
        "member": { "id": "m", "person": "active", "age": 45 },
        "encounter": { "id": "e", "care": "outpatient", "level": "tier3",
            "admitted": "2024-05-06" },
        "totals": { "in_scope": "12000.00" } }"#;
    let said = stdout(&tongchou(&["settle", "-", "--explain", "--lang", "en"], bill));
    assert!(said.contains("beyond what is eligible: 2000.00  [TJ-12-cap]"), "{said}");
    assert!(!said.contains("room left"), "{said}");
}
