//! Amounts and numbers as people read them; whole numbers throughout.

use tongchou_wire::amount::Yuan;
use tongchou_wire::error::Lang;

/// A whole number with a comma before every three digits.
#[must_use]
pub fn count(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(&number.unsigned_abs().to_string()))
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Fen as yuan with two decimals and commas.
#[must_use]
pub fn yuan(fen: i64) -> String {
    let text = Yuan(fen).to_string();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.as_str()),
    };
    match digits.split_once('.') {
        Some((whole, cents)) => format!("{sign}{}.{cents}", grouped(whole)),
        None => text,
    }
}

/// A text of a difference: always with its sign, zero without.
#[must_use]
pub fn signed(difference: i64, text: fn(i64) -> String) -> String {
    if difference > 0 { format!("+{}", text(difference)) } else { text(difference) }
}

/// A quotient, rounded half away from zero; 0 by nothing.
#[must_use]
pub fn ratio(number: i64, times: i64, by: i64) -> i64 {
    if by == 0 {
        return 0;
    }
    let (product, by) = (i128::from(number) * i128::from(times), i128::from(by));
    let half = by.abs() / 2 * product.signum() * by.signum();
    i64::try_from((product + half * by.signum()) / by).unwrap_or(0)
}

/// A part of a whole as a percentage with two decimals; nothing where there is no whole.
#[must_use]
pub fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return String::new();
    }
    let hundredths = ratio(part, 10_000, whole);
    let sign = if hundredths < 0 { "-" } else { "" };
    let size = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}%", grouped(&(size / 100).to_string()), size % 100)
}

/// Fen in a few digits, for charts: in 万元 and 亿元, or in thousands, millions and billions of
/// yuan.
#[must_use]
pub fn short(fen: i64, lang: Lang) -> String {
    let units: [(i64, &str); 3] = match lang {
        Lang::Zh => [(10_000_000_000, "亿"), (1_000_000, "万"), (i64::MAX, "")],
        Lang::En => [(100_000_000_000, " bn"), (100_000_000, " m"), (100_000, " k")],
    };
    let size = fen.unsigned_abs();
    match units.iter().find(|(unit, _)| size >= unit.unsigned_abs()) {
        Some((unit, word)) => format!("{}{word}", yuan(ratio(fen, 100, *unit))),
        None => yuan(fen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_signed_and_shortened() {
        assert_eq!([count(0), count(-1_234_567)], ["0", "-1,234,567"]);
        assert_eq!([yuan(5), yuan(-123_456_789)], ["0.05", "-1,234,567.89"]);
        assert_eq!(
            [signed(5, yuan), signed(0, yuan), signed(-5, yuan)],
            ["+0.05", "0.00", "-0.05"]
        );
        assert_eq!([percent(1, 3), percent(-1, 8), percent(1, 0)], ["33.33%", "-12.50%", ""]);
        assert_eq!(percent(30, 1), "3,000.00%");
        assert_eq!(
            [ratio(5, 1, 2), ratio(-5, 1, 2), ratio(5, 1, -2), ratio(1, 1, 3)],
            [3, -3, -3, 0]
        );
        assert_eq!(short(12_345_678_900, Lang::Zh), "1.23亿");
        assert_eq!(short(-123_456_789, Lang::Zh), "-123.46万");
        assert_eq!(short(12_345_678_900, Lang::En), "123.46 m");
        assert_eq!(short(99_999, Lang::En), "999.99");
    }
}
