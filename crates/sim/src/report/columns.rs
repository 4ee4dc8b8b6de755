//! Tables whose columns stand under each other: Chinese characters take two places.

use unicode_width::UnicodeWidthStr;

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// At the left of its column.
    Text(String),
    /// At the right of its column.
    Number(String),
}

impl Cell {
    /// What is in it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// Blanks that fill a column behind or before a text.
fn blanks(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.width()))
}

/// Heads and rows in columns as wide as what they hold, two blanks apart; a head stands as the
/// cells below it.
#[must_use]
pub fn table(heads: &[String], rows: &[Vec<Cell>]) -> String {
    let mut widths: Vec<usize> = heads.iter().map(|head| head.width()).collect();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.as_str().width());
        }
    }
    let of_heads = |(column, head): (usize, &String)| {
        let mut cells = rows.iter().filter_map(|row| row.get(column));
        match cells.any(|cell| matches!(cell, Cell::Number(_))) {
            true => Cell::Number(head.clone()),
            false => Cell::Text(head.clone()),
        }
    };
    let head: Vec<Cell> = heads.iter().enumerate().map(of_heads).collect();
    let line = |row: &Vec<Cell>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| match cell {
            Cell::Text(text) => format!("  {text}{}", blanks(text, *width)),
            Cell::Number(text) => format!("  {}{text}", blanks(text, *width)),
        });
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    std::iter::once(&head).chain(rows).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_character_takes_two_places() {
        let number = |text: &str| Cell::Number(text.to_owned());
        let text = |text: &str| Cell::Text(text.to_owned());
        let heads = ["名称".to_owned(), "A".to_owned()];
        let rows = [vec![text("统筹基金"), number("1.00")], vec![text("all"), number("-12.00")]];
        let wanted = "  名称           A\n  统筹基金    1.00\n  all       -12.00\n";
        assert_eq!(table(&heads, &rows), wanted);
    }
}
