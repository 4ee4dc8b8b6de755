//! Packs of all the constructs that the real packs leave unused.

/// The text of the packs, with words in capitals where a setting is open.
const TEXT: &str = include_str!("constructs.toml");

/// The settings of each pack: deductible per, rounding side, rounding of lines, of bands, cap per.
const SETTINGS: [[&str; 5]; 6] = [
    ["year", "fund", "down", "up", "stay"],
    ["stay", "person", "up", "half_up", "year"],
    ["bill", "person", "half_up", "down", "bill"],
    ["stay", "fund", "half_up", "down", "stay"],
    ["year", "person", "up", "up", "bill"],
    ["bill", "fund", "down", "half_up", "year"],
];

/// Ids and texts of the packs.
pub fn packs() -> Vec<(String, String)> {
    let pack = |(index, [scope, side, lines, bands, cap]): (usize, &[&str; 5])| {
        let id = format!("{index:06}-constructs");
        let quoted = |word: &str| format!("\"{word}\"");
        let text = TEXT
            .replace("\"ID\"", &quoted(&id))
            .replace("\"SCOPE\"", &quoted(scope))
            .replace("\"SIDE\"", &quoted(side))
            .replace("\"LINES\"", &quoted(lines))
            .replace("\"BANDS\"", &quoted(bands))
            .replace("\"CAP\"", &quoted(cap));
        (id, text)
    };
    SETTINGS.iter().enumerate().map(pack).collect()
}
