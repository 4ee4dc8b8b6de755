//! What the authoring side promises: the shipped packs load, a bad pack says what is wrong with
//! it, and the canonical text depends on nothing but what the pack states.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod bad;
mod canonical;
mod constructs;
mod examples;
mod large;
mod mangled;
mod schema;
mod shipped;
mod warnings;

use expect_test::Expect;
use tongchou_policy::{Checked, Lang, check};

/// A pack that passes every check.
const BASE: &str = include_str!("base.toml");

/// The base pack with pieces of its text replaced; each must be there.
#[track_caller]
fn spoilt(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(BASE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "the base pack has no `{old}`");
        text.replacen(old, new, 1)
    })
}

#[track_caller]
fn good(text: &str) -> Checked {
    check(text, "pack.toml").unwrap_or_else(|report| panic!("{report}"))
}

/// Spoils the base pack and compares the report.
#[track_caller]
fn bad(edits: &[(&str, &str)], expected: Expect) {
    bad_in(Lang::En, edits, expected);
}

#[track_caller]
fn bad_in(lang: Lang, edits: &[(&str, &str)], expected: Expect) {
    match check(&spoilt(edits), "pack.toml") {
        Ok(_) => panic!("the spoilt pack loads"),
        Err(report) => expected.assert_eq(&report.render(lang)),
    }
}
