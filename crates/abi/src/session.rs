//! What stands behind a handle: an engine and its last answer.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use tongchou_wire::engine::{self, Engine};
use tongchou_wire::error::{Code, Lang, Refusal};

/// An answer as it is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The JSON text.
    pub text: String,
    /// Whether nothing was done.
    pub refused: bool,
}

/// An engine and the last answer it gave.
#[derive(Debug, Default)]
pub(crate) struct Session {
    engine: Engine,
    last: Option<Answer>,
}

impl Session {
    /// Loads a canonical pack.
    pub(crate) fn load_pack(&mut self, input: &[u8]) -> Answer {
        let loaded = utf8(input).and_then(|text| self.engine.add_pack(text));
        match loaded {
            Ok(id) => loaded_answer(&id, input),
            Err(refusal) => refused(refusal),
        }
    }

    /// Answers one message of the contract.
    pub(crate) fn call(&mut self, input: &[u8]) -> Answer {
        match utf8(input).map(|text| self.engine.call(text)) {
            Ok(engine::Answer::Refused(refusal)) => refused(*refusal),
            Ok(answer) => Answer { text: answer.json(Lang::En), refused: false },
            Err(refusal) => refused(refusal),
        }
    }

    /// The last answer, if there was one.
    pub(crate) fn last(&self) -> Option<&Answer> {
        self.last.as_ref()
    }

    /// Does work and keeps its answer for [`Session::last`].
    pub(crate) fn keep(&mut self, work: impl FnOnce(&mut Self) -> Answer) -> Answer {
        let answer = work(self);
        self.last = Some(answer.clone());
        answer
    }
}

fn refused(refusal: Refusal) -> Answer {
    let text = engine::Answer::Refused(Box::new(refusal)).json(Lang::En);
    Answer { text, refused: true }
}

/// `{"status":"loaded","pack":"…","hash":"…"}`; the hash names the canonical text.
fn loaded_answer(id: &str, canonical: &[u8]) -> Answer {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::from(r#"{"status":"loaded","pack":"#);
    quote(id, &mut text);
    text.push_str(r#","hash":""#);
    for byte in Sha256::digest(canonical) {
        for half in [byte >> 4, byte & 15] {
            text.extend(HEX.get(usize::from(half)).map(|digit| char::from(*digit)));
        }
    }
    text.push_str("\"}");
    Answer { text, refused: false }
}

/// A JSON text; `serde_json` would cost the module more than it does for one id.
fn quote(id: &str, out: &mut String) {
    out.push('"');
    for c in id.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // Writing to a text does not fail.
            '\0'..' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn utf8(input: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(input).map_err(|error| {
        let valid = input.get(..error.valid_up_to()).unwrap_or_default();
        let lines = valid.split(|byte| *byte == b'\n');
        let (line, column) = lines.fold((0, 0), |(line, _), text| (line + 1, text.len() + 1));
        Refusal::new(Code::Json, "$", format!("{line}:{column}"), "text is not UTF-8")
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_not_utf8_is_refused_with_its_place() {
        let refusal = utf8(b"{\n  \"id\": \"\xff\"}").unwrap_err();
        assert_eq!((refusal.code.text(), refusal.value.as_str()), ("I001", "2:10"));
        assert_eq!(utf8(b"\xc3").unwrap_err().value, "1:1");
    }

    #[test]
    fn a_loaded_pack_is_named_by_the_hash_of_its_text() {
        let answer = loaded_answer("a\"\\b\n", b"abc");
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let text = format!(r#"{{"status":"loaded","pack":"a\"\\b\u000a","hash":"{hash}"}}"#);
        assert_eq!(answer, Answer { text, refused: false });
    }
}
