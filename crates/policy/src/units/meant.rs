//! What an author may have meant by a text that is not written as the language asks.
//!
//! INVARIANT: these are suggestions; nothing here is ever read into a pack.

use tongchou_core::calendar::Day;

use super::{Fault, rate, scaled};

/// Characters of a Chinese keyboard, each with the one that TOML knows.
const WIDE: &[(char, &str)] = &[
    ('“', "\""),
    ('”', "\""),
    ('‘', "\""),
    ('’', "\""),
    ('＂', "\""),
    ('，', ","),
    ('、', ","),
    ('【', "["),
    ('】', "]"),
    ('［', "["),
    ('］', "]"),
    ('｛', "{"),
    ('｝', "}"),
    ('％', "%"),
    ('×', "x"),
    ('＝', "="),
    ('．', "."),
    ('－', "-"),
    ('＋', "+"),
    ('＃', "#"),
    ('\u{3000}', " "),
];

/// The first character that stands for a half-width one, with that one.
pub(crate) fn wide(text: &str) -> Option<(char, &'static str)> {
    text.chars().find_map(|c| WIDE.iter().find(|(wide, _)| *wide == c).copied())
}

/// The text with half-width characters.
fn narrow(text: &str) -> String {
    let narrow = |c: char| WIDE.iter().find(|(wide, _)| *wide == c).map(|(_, half)| *half);
    text.chars().fold(String::new(), |mut all, c| {
        match narrow(c) {
            Some(half) => all.push_str(half),
            None => all.push(c),
        }
        all
    })
}

/// An amount with thousands, a unit or a sign of money, as it is written in a pack.
pub(crate) fn money_meant(text: &str) -> Option<String> {
    let text: String = narrow(text).chars().filter(|c| !matches!(c, ',' | ' ' | '_')).collect();
    let text = text.trim_start_matches(['¥', '￥']).trim_end_matches('元');
    let (digits, places) = match (text.strip_suffix('万'), text.strip_suffix('亿')) {
        (Some(digits), _) => (digits, 6),
        (_, Some(digits)) => (digits, 10),
        _ => (text, 2),
    };
    let fen = scaled(digits, places).ok()?;
    let text = super::money_text(tongchou_core::money::Fen(fen));
    super::money(&text).is_ok().then_some(text)
}

/// A rate from a percentage or a number; below one it is a share of the whole.
pub(crate) fn rate_meant(text: &str) -> Option<String> {
    let text: String = narrow(text).chars().filter(|c| *c != ' ').collect();
    let share = scaled(&text, 6).ok().filter(|ppm| *ppm < 1_000_000 && *ppm != 0);
    let text = match share {
        Some(ppm) => super::percent_text(ppm, 0),
        None if text.ends_with('%') => text,
        None => format!("{text}%"),
    };
    rate(&text).ok().map(|ppm| super::percent_text(i64::from(ppm.0), 0))
}

/// A date in another order of writing; the error is one that no calendar has.
pub(crate) fn day_meant(text: &str) -> Option<Result<String, String>> {
    let text = narrow(text);
    let text = text.trim().trim_end_matches('日');
    let parts: Vec<&str> = text.split(['-', '/', '.', '年', '月']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let digits = |part: &str, most: usize| {
        let lawful = !part.is_empty() && part.len() <= most;
        lawful.then(|| part.parse::<i16>().ok()).flatten()
    };
    let year = digits(year, 4).filter(|year| 1000 <= *year)?;
    let (month, day) = (digits(month, 2)?, digits(day, 2)?);
    let written = format!("{year:04}-{month:02}-{day:02}");
    let parts = i8::try_from(month).ok().zip(i8::try_from(day).ok());
    let lawful = parts.and_then(|(month, day)| Day::new(year, month, day)).is_some();
    Some(if lawful { Ok(written) } else { Err(written) })
}

/// A fault with the character that explains it, if there is one.
pub(crate) fn explained(fault: Fault, text: &str) -> Fault {
    match wide(text).filter(|_| fault == Fault::Shape) {
        Some((found, half)) => Fault::Wide(found, half),
        None => fault,
    }
}
