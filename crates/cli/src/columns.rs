//! Text in columns: Chinese characters take two, so that a table lines up in a terminal.

use tongchou_core::calendar::Day;
use tongchou_wire::amount::{Date, Yuan};
use unicode_width::UnicodeWidthStr;

/// A text at the left of its column; what is too long pushes the next one on.
#[must_use]
pub fn left(text: &str, width: usize) -> String {
    format!("{text}{}", gap(text, width, "", 0))
}

/// A text at the right of its column.
#[must_use]
pub fn right(text: &str, width: usize) -> String {
    format!("{}{text}", gap("", 0, text, width))
}

/// What stands between two texts so that the first fills its column and the second ends its own.
#[must_use]
pub fn gap(left: &str, left_width: usize, right: &str, right_width: usize) -> String {
    let blank = (left_width + right_width).saturating_sub(left.width() + right.width());
    " ".repeat(blank.max(1))
}

/// Rows whose cells stand in columns as wide as what they hold, two blanks apart.
#[must_use]
pub fn table(indent: &str, rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| left(cell, width + 2));
        format!("{}\n", format!("{indent}{}", cells.collect::<String>()).trim_end())
    };
    rows.iter().map(line).collect()
}

/// An amount that is given or taken: always with its sign.
#[must_use]
pub fn signed(amount: Yuan) -> String {
    if amount.0 > 0 { format!("+{amount}") } else { amount.to_string() }
}

/// A day as the contract writes it.
#[must_use]
pub fn date(day: Day) -> String {
    let (year, month, day) = day.civil();
    format!("{year:04}-{month:02}-{day:02}")
}

/// The number of a date of the contract.
#[must_use]
pub fn day(date: Date) -> Option<Day> {
    Day::new(date.year, date.month, date.day)
}
