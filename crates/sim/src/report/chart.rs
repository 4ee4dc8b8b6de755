//! Bar charts as inline SVG: horizontal bars, so that names have room on a phone.

use std::fmt::Write;

use super::page::escaped;

/// Width of the drawing; it is scaled to the page.
const WIDTH: i64 = 480;
/// Height of a row.
const ROW: i64 = 41;
/// Baseline of the texts of a row, and top and height of its bar, below the row's top.
const TEXT_AT: i64 = 13;
const BAR_AT: i64 = 19;
const BAR: i64 = 11;

/// What a bar means, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole amount.
    Whole,
    /// The person pays less, or the fund pays more.
    Gain,
    /// The person pays more, or the fund pays less.
    Loss,
}

impl Kind {
    const fn class(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Gain => "gain",
            Self::Loss => "loss",
        }
    }
}

/// A bar between two values, its name at the left and its value at the right.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub name: String,
    pub value: String,
    pub from: i64,
    pub to: i64,
    pub kind: Kind,
}

/// Draws bars over an axis from `low` to `high`; a line stands at `zero`.
///
/// `title` and `about` are what a screen reader says.
pub(super) fn bars(title: &str, about: &str, [low, high, zero]: [i64; 3], bars: &[Bar]) -> String {
    let height = ROW * i64::try_from(bars.len()).unwrap_or(0) + 6;
    let place = |value: i64| {
        let span = i128::from(high) - i128::from(low);
        let off = i128::from(value.clamp(low, high)) - i128::from(low);
        i64::try_from(off * i128::from(WIDTH) / span.max(1)).unwrap_or(0)
    };
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">\n\
         <title>{}</title><desc>{}</desc>\n",
        escaped(title),
        escaped(title),
        escaped(about)
    );
    let mut top = 2;
    let at = place(zero);
    for bar in bars {
        let (text, y) = (top + TEXT_AT, top + BAR_AT);
        let (left, right) = (place(bar.from.min(bar.to)), place(bar.from.max(bar.to)));
        // Something that is there is seen, however small.
        let width = (right - left).max(i64::from(bar.from != bar.to));
        let left = left.min(WIDTH - width);
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"0\" y=\"{text}\">{}</text>\
             <text class=\"value\" x=\"{WIDTH}\" y=\"{text}\">{}</text>\
             <rect class=\"track\" x=\"0\" y=\"{y}\" width=\"{WIDTH}\" height=\"{BAR}\"/>\
             <rect class=\"{}\" x=\"{left}\" y=\"{y}\" width=\"{width}\" height=\"{BAR}\"/>\
             <path class=\"axis\" d=\"M{at} {}v{}\"/>",
            escaped(&bar.name),
            escaped(&bar.value),
            bar.kind.class(),
            y - 2,
            BAR + 4
        );
        top += ROW;
    }
    svg.push_str("</svg>\n");
    svg
}
