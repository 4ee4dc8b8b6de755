//! Any damage to a pack is answered with a report or a pack, never with silence or a panic.

use tongchou_policy::{Lang, Severity, check};

use crate::BASE;

fn answer(text: &str) {
    if let Err(report) = check(text, "pack.toml") {
        assert!(!report.diagnostics.is_empty(), "an empty report for:\n{text}");
        let (zh, en) = (report.render(Lang::Zh), report.render(Lang::En));
        for diagnostic in &report.diagnostics {
            assert_eq!(diagnostic.severity, Severity::Error);
            assert!(zh.contains(&diagnostic.message.zh));
            assert!(en.contains(&diagnostic.message.en));
        }
    }
}

#[test]
fn without_any_one_line() {
    for skipped in 0..BASE.lines().count() {
        let kept = BASE.lines().enumerate().filter(|(at, _)| *at != skipped);
        answer(&kept.map(|(_, line)| format!("{line}\n")).collect::<String>());
    }
}

#[test]
fn with_any_one_line_twice() {
    for doubled in 0..BASE.lines().count() {
        let lines = BASE.lines().enumerate();
        let lines = lines.map(|(at, line)| {
            let line = format!("{line}\n");
            if at == doubled { line.repeat(2) } else { line }
        });
        answer(&lines.collect::<String>());
    }
}

#[test]
fn without_any_one_character() {
    for (at, skipped) in BASE.char_indices() {
        let (before, after) = (BASE.get(..at), BASE.get(at + skipped.len_utf8()..));
        answer(&format!("{}{}", before.unwrap(), after.unwrap()));
    }
}

#[test]
fn cut_off_anywhere() {
    for (at, _) in BASE.char_indices() {
        answer(BASE.get(..at).unwrap());
    }
}
