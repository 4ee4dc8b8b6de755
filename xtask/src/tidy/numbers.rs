//! Numbers shaped like those of a person: identity cards and mobile phones.
//!
//! Nothing in the repository is about a real person, and nothing may look as if it were.

use super::{Fault, File};

/// Everything about one file.
pub fn check(file: &File, faults: &mut Vec<Fault>) {
    for (number, line) in (1..).zip(file.text.lines()) {
        for word in numbers(line) {
            let what = match word.len() {
                18 if is_identity(word) => "a number shaped like that of an identity card",
                11 if is_mobile(word) => "a number shaped like that of a mobile phone",
                _ => continue,
            };
            faults.push(Fault::new(&file.path, number, what));
        }
    }
}

/// Runs of digits, each with the letter X that may end it, that are no part of something longer:
/// a hash, a decimal number, a name.
fn numbers(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    line.split(move |c| !is_part(c)).map(|word| word.trim_matches('.')).filter(|word| {
        let digits = word.strip_suffix(['X', 'x']).unwrap_or(word);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Region, a day of birth of the last two centuries, three digits, a check digit of any value.
fn is_identity(word: &str) -> bool {
    let part = |from: usize, to: usize| word.get(from..to).and_then(|t| t.parse::<u32>().ok());
    let region = part(0, 2).is_some_and(|region| (11..=82).contains(&region));
    let year = part(6, 10).is_some_and(|year| (1900..=2099).contains(&year));
    let month = part(10, 12).is_some_and(|month| (1..=12).contains(&month));
    let day = part(12, 14).is_some_and(|day| (1..=31).contains(&day));
    region && year && month && day
}

/// A round sum of fen may have eleven digits as well.
fn is_mobile(word: &str) -> bool {
    let second = word.as_bytes().get(1).is_some_and(|digit| (b'3'..=b'9').contains(digit));
    word.starts_with('1') && second && !word.ends_with("00000")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        let mut faults = Vec::new();
        check(&File { path: "a.json".into(), text: text.into() }, &mut faults);
        faults.len()
    }

    #[test]
    fn persons_are_found() {
        let (region, born) = ("110101", "19491001");
        assert_eq!(count(&format!("id {region}{born}001X.")), 1);
        assert_eq!(count(&format!("\"{region}{born}0010\"")), 1);
        assert_eq!(count(&format!("tel: {}{}", "138", "00138000")), 1);
    }

    #[test]
    fn sums_and_hashes_are_not_persons() {
        let (region, born) = ("110101", "19491301");
        assert_eq!(count(&format!("{region}{born}0010")), 0);
        assert_eq!(count(&format!("a{}{}f", "138", "00138000")), 0);
        assert_eq!(count(&format!("\"{}{}.00\"", "138", "00138000")), 0);
        assert_eq!(count("15000000000"), 0);
        assert_eq!(count("1000000000000"), 0);
        assert_eq!(count(&"9".repeat(18)), 0);
    }
}
