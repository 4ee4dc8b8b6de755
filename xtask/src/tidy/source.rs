//! Rust source with everything blanked out that is not code: comments, texts and characters.
//!
//! - Every line keeps its number and every character its place.
//! - It knows nested comments, raw texts and the difference of `'a'` and `'a`.

/// The source with comments, texts and characters replaced by blanks.
pub fn code_of(source: &str) -> String {
    let mut scan = Scan { chars: source.chars().collect(), at: 0, out: String::new() };
    while let Some(c) = scan.peek(0) {
        match (c, scan.peek(1)) {
            ('/', Some('/')) => scan.blank_while(|c| c != '\n'),
            ('/', Some('*')) => scan.comment(),
            ('"', _) => scan.text(),
            ('\'', Some(next)) => scan.quote(next),
            _ if scan.starts_word() => scan.word(),
            _ => scan.keep(),
        }
    }
    scan.out
}

struct Scan {
    chars: Vec<char>,
    at: usize,
    out: String,
}

impl Scan {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        self.out.extend(self.peek(0));
        self.at += 1;
    }

    fn blank(&mut self) {
        let blank = self.peek(0).map(|c| if c == '\n' { c } else { ' ' });
        self.out.extend(blank);
        self.at += 1;
    }

    fn blank_while(&mut self, inside: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&inside) {
            self.blank();
        }
    }

    fn starts_word(&self) -> bool {
        self.peek(0).is_some_and(is_word)
    }

    /// A word; one of `r`, `b`, `c`, `br`, `cr` may open a text.
    fn word(&mut self) {
        let start = self.at;
        while self.starts_word() {
            self.keep();
        }
        let word: String = self.chars.iter().skip(start).take(self.at - start).collect();
        let is_raw = matches!(word.as_str(), "r" | "br" | "cr");
        let mut hashes = 0;
        while is_raw && self.peek(hashes) == Some('#') {
            hashes += 1;
        }
        if is_raw && self.peek(hashes) == Some('"') {
            for _ in 0..hashes {
                self.blank();
            }
            self.raw_text(hashes);
        }
    }

    fn comment(&mut self) {
        let mut depth = 0;
        while let Some(c) = self.peek(0) {
            let pair = (c, self.peek(1));
            if pair == ('/', Some('*')) {
                depth += 1;
                self.blank();
            } else if pair == ('*', Some('/')) {
                depth -= 1;
                self.blank();
            }
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn text(&mut self) {
        self.keep();
        while let Some(c) = self.peek(0) {
            match c {
                '"' => return self.keep(),
                '\\' => {
                    self.blank();
                    self.blank();
                }
                _ => self.blank(),
            }
        }
    }

    fn raw_text(&mut self, hashes: usize) {
        self.keep();
        while let Some(c) = self.peek(0) {
            let closes = c == '"' && (1..=hashes).all(|i| self.peek(i) == Some('#'));
            if closes {
                self.keep();
                for _ in 0..hashes {
                    self.blank();
                }
                return;
            }
            self.blank();
        }
    }

    /// A character, or the quote of a lifetime or a label.
    fn quote(&mut self, next: char) {
        let is_char = next == '\\' || self.peek(2) == Some('\'');
        self.keep();
        if !is_char {
            return;
        }
        if next == '\\' {
            self.blank();
        }
        self.blank();
        self.blank_while(|c| c != '\'');
        self.keep();
    }
}

/// Whether a character can stand in a word.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where a whole word stands in a line or a text, by its byte.
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let (before, from) = code.split_at(*at);
        let after = from.strip_prefix(word).unwrap_or_default();
        !before.ends_with(is_word) && !after.starts_with(is_word)
    })
}

/// The line of a byte, counted from 1.
pub fn line_of(code: &str, at: usize) -> usize {
    1 + code.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// The byte behind the brace that closes the first one that opens at or after a byte; none if a
/// semicolon comes first.
pub fn block_end(code: &str, from: usize) -> Option<usize> {
    let (mut braces, mut round) = (0_usize, 0_usize);
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => round += 1,
            b')' | b']' => round = round.saturating_sub(1),
            b';' if braces == 0 && round == 0 => return None,
            b'{' => braces += 1,
            b'}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, code: &str) {
        assert_eq!(code_of(source), code);
    }

    #[test]
    fn comments_go() {
        check("a // b\nc", "a     \nc");
        check("a /* b /* c */ d */ e", "a                   e");
        check("/** doc */fn", "          fn");
    }

    #[test]
    fn texts_go_and_their_quotes_stay() {
        check(r#"a("b\"{c", d)"#, r#"a("     ", d)"#);
        check("r\"{\" x", "r\" \" x");
        check("br##\"a\"#b\"## x", "br  \"    \"   x");
        check("\"// no comment\" x", "\"             \" x");
        check("hr\"x\"", "hr\" \"");
    }

    #[test]
    fn characters_go_and_lifetimes_stay() {
        check("['{', '\\'', '\\u{7b}', b'\"']", "[' ', '  ', '      ', b' ']");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
        check("'outer: loop {}", "'outer: loop {}");
    }

    #[test]
    fn words_are_whole() {
        let found: Vec<usize> = words("f64 my_f64 f64x (f64)", "f64").collect();
        assert_eq!(found, [0, 17]);
    }

    #[test]
    fn blocks_end_at_their_own_brace() {
        let code = "fn f(x: [u8; 3]) { { } } fn g();";
        assert_eq!(block_end(code, 0), Some(24));
        assert_eq!(block_end(code, 24), None);
    }
}
