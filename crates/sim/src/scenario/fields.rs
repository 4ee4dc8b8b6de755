//! Strict reading of TOML tables: every key is asked for once, what nobody asked for is unknown.

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;
use tongchou_core::calendar::Day;
use tongchou_wire::amount::{FEN_MAX, scaled};
use tongchou_wire::error::{cut, one_of};

use super::{Dims, MILLION, Name};
use crate::fault::{Code, Fault};

/// Names that dimensions of a kind may have, each with its values.
pub(super) type Known = &'static [(&'static str, &'static [&'static str])];

/// Where values stand: the file's name and its text, for line numbers.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

/// The keys of one table.
pub(super) struct Fields<'a> {
    source: Source<'a>,
    path: String,
    at: usize,
    table: &'a DeTable<'a>,
    asked: Vec<&'static str>,
}

/// A value with the path of its key.
#[derive(Clone)]
pub(super) struct Field<'a> {
    source: Source<'a>,
    path: String,
    at: usize,
    value: &'a DeValue<'a>,
}

impl<'a> Source<'a> {
    /// A fault at a key; `at` is a byte of the text.
    pub(super) fn fault(self, code: Code, path: &str, at: usize, said: (&str, &str)) -> Fault {
        Fault::new(code, self.place(path, at), said.0, said.1)
    }

    /// The file, the line and the key of a byte of the text.
    pub(super) fn place(self, path: &str, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let path = if path.is_empty() { String::new() } else { format!(": {path}") };
        format!("{}:{line}{path}", self.file)
    }
}

/// The byte of a text at which a key such as `visit[2].items` stands, or the last part of it that
/// is written.
pub(super) fn position(text: &str, path: &str) -> Option<usize> {
    let root = DeTable::parse(text).ok()?;
    let (mut at, mut table) = (None, root.get_ref());
    for part in path.split('.') {
        let (key, row) = match part.split_once('[') {
            Some((key, row)) => (key, row.trim_end_matches(']').parse::<usize>().ok()),
            None => (part, None),
        };
        let Some((_, found)) = table.get_key_value(key) else { break };
        let row = row.and_then(|row| found.get_ref().as_array()?.get(row));
        let found = row.unwrap_or(found);
        at = Some(found.span().start);
        let Some(inner) = found.get_ref().as_table() else { break };
        table = inner;
    }
    at
}

impl<'a> Fields<'a> {
    /// The keys of the file itself.
    pub(super) fn root(source: Source<'a>, table: &'a Spanned<DeTable<'a>>) -> Self {
        let at = source.text.len().min(table.span().start);
        Self { source, path: String::new(), at, table: table.get_ref(), asked: Vec::new() }
    }

    fn join(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key that may be left out.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Field<'a>> {
        self.asked.push(key);
        let path = self.join(key);
        let (_, value) = self.table.get_key_value(key)?;
        Some(Field { source: self.source, path, at: value.span().start, value: value.get_ref() })
    }

    /// The value of a key that must be there.
    pub(super) fn need(&mut self, key: &'static str, sample: &str) -> Result<Field<'a>, Fault> {
        if let Some(field) = self.get(key) {
            return Ok(field);
        }
        // A slip of the finger is told as such, not as a key that is missing.
        let slip = self.table.iter().find(|(known, _)| {
            let known = known.get_ref();
            !self.asked.iter().any(|asked| asked == known) && is_near(known, key)
        });
        if let Some((written, _)) = slip {
            return Err(self.unknown(written, &[key]));
        }
        let said = (format!("`{key}` is missing"), format!("write `{key} = {sample}`"));
        Err(self.source.fault(Code::Scenario, &self.path, self.at, (&said.0, &said.1)))
    }

    fn unknown(&self, key: &Spanned<toml::de::DeString<'_>>, known: &[&str]) -> Fault {
        let (name, at) = (key.get_ref(), key.span().start);
        let what = format!("the key `{}` is not known", cut(name));
        self.source.fault(Code::Scenario, &self.join(&cut(name)), at, (&what, &one_of(name, known)))
    }

    /// Refuses every key that nobody asked for.
    pub(super) fn finish(self) -> Result<(), Fault> {
        let unknown = |(key, _): &(&Spanned<toml::de::DeString<'_>>, _)| {
            !self.asked.iter().any(|asked| asked == key.get_ref())
        };
        match self.table.iter().filter(unknown).min_by_key(|(key, _)| key.span().start) {
            Some((key, _)) => Err(self.unknown(key, &self.asked)),
            None => Ok(()),
        }
    }
}

impl<'a> Field<'a> {
    /// What is wrong with this value, and what it should be.
    pub(super) fn fault(&self, what: &str, expected: &str) -> Fault {
        self.source.fault(Code::Scenario, &self.path, self.at, (what, expected))
    }

    fn not(&self, expected: &str) -> Fault {
        let written = match self.value {
            DeValue::String(text) => format!("\"{}\"", cut(text)),
            DeValue::Integer(number) => cut(&number.to_string()),
            DeValue::Float(number) => cut(&number.to_string()),
            DeValue::Boolean(flag) => flag.to_string(),
            DeValue::Datetime(moment) => moment.to_string(),
            DeValue::Array(list) => format!("a list of {}", list.len()),
            DeValue::Table(_) => "a table".to_owned(),
        };
        self.fault(&written, &format!("write {expected}"))
    }

    /// A text that is not empty.
    pub(super) fn text(&self) -> Result<String, Fault> {
        let text = self.value.as_str().filter(|text| !text.trim().is_empty());
        text.map(str::to_owned).ok_or_else(|| self.not("a text"))
    }

    /// An id: small letters, digits and hyphens.
    pub(super) fn id(&self) -> Result<String, Fault> {
        let lawful = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
        let id = self.value.as_str().filter(|id| (1..=64).contains(&id.len()));
        let id = id.filter(|id| id.bytes().all(lawful));
        id.map(str::to_owned).ok_or_else(|| self.not("small letters, digits, `-` and `_`"))
    }

    /// A flag.
    pub(super) fn flag(&self) -> Result<bool, Fault> {
        self.value.as_bool().ok_or_else(|| self.not("true or false"))
    }

    /// A whole number within bounds, both included.
    pub(super) fn count<T: TryFrom<i64>>(&self, least: i64, most: i64) -> Result<T, Fault> {
        let number = self.value.as_integer();
        let number = number.and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        let number =
            number.filter(|n| (least..=most).contains(n)).and_then(|n| T::try_from(n).ok());
        number.ok_or_else(|| self.not(&format!("a whole number from {least} to {most}")))
    }

    /// A share as ppm.
    pub(super) fn share(&self) -> Result<u32, Fault> {
        let percent = self.value.as_str().and_then(|text| text.strip_suffix('%'));
        let ppm = percent.and_then(|percent| scaled(percent, 4, MILLION).ok());
        let ppm = ppm.and_then(|ppm| u32::try_from(ppm).ok());
        ppm.ok_or_else(|| self.not("a share from \"0%\" to \"100%\", at most four decimals"))
    }

    /// A decimal in millionths, within bounds in millionths.
    pub(super) fn decimal(&self, least: i64, most: i64) -> Result<i64, Fault> {
        let value = self.value.as_str().and_then(|text| scaled(text, 6, most).ok());
        let written = |millionths: i64| {
            let text = format!("{}.{:06}", millionths / MILLION, millionths % MILLION);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        value.filter(|value| *value >= least).ok_or_else(|| {
            let (least, most) = (written(least), written(most));
            self.not(&format!("a decimal in quotes from \"{least}\" to \"{most}\", six places"))
        })
    }

    /// An amount in fen, at least `least`.
    pub(super) fn money(&self, least: i64, most: i64) -> Result<i64, Fault> {
        let fen = self.value.as_str().and_then(|text| scaled(text, 2, most.min(FEN_MAX)).ok());
        fen.filter(|fen| *fen >= least).ok_or_else(|| {
            let (least, most) = (least / 100, most / 100);
            self.not(&format!("yuan in quotes such as \"12.30\", from {least} to {most}"))
        })
    }

    /// A day of the year, written as a date or as text.
    pub(super) fn day(&self, year: i16) -> Result<Day, Fault> {
        let parsed = self.value.as_str().and_then(|text| text.parse::<Datetime>().ok());
        let date = match (self.value, parsed) {
            (DeValue::Datetime(moment), _) => Some(*moment),
            (_, parsed) => parsed,
        };
        let date = date.filter(|moment| moment.time.is_none()).and_then(|moment| moment.date);
        let day = date.filter(|date| i16::try_from(date.year) == Ok(year)).and_then(|date| {
            Day::new(year, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?)
        });
        day.ok_or_else(|| self.not(&format!("a day of the year simulated, \"{year}-01-31\"")))
    }

    /// The elements of a list, at least one and at most `most`.
    pub(super) fn list(&self, most: usize) -> Result<Vec<Self>, Fault> {
        let list = self.value.as_array().filter(|list| (1..=most).contains(&list.len()));
        let list = list.ok_or_else(|| self.not(&format!("a list of 1 to {most}")))?;
        let element = |(i, value): (usize, &'a Spanned<DeValue<'a>>)| Self {
            source: self.source,
            path: format!("{}[{i}]", self.path),
            at: value.span().start,
            value: value.get_ref(),
        };
        Ok(list.iter().enumerate().map(element).collect())
    }

    /// The two elements of a list.
    pub(super) fn pair(&self) -> Result<(Self, Self), Fault> {
        let mut list = self.list(2)?;
        match (list.pop(), list.pop()) {
            (Some(second), Some(first)) => Ok((first, second)),
            _ => Err(self.not("a list of two")),
        }
    }

    /// The keys of a table.
    pub(super) fn fields(&self) -> Result<Fields<'a>, Fault> {
        let table = self.value.as_table().ok_or_else(|| self.not("a table, { … }"))?;
        let (path, asked) = (self.path.clone(), Vec::new());
        Ok(Fields { source: self.source, path, at: self.at, table, asked })
    }

    /// The entries of a table whose keys are names, in the order of the names.
    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Self)>, Fault> {
        let table = self.value.as_table().ok_or_else(|| self.not("a table, { … }"))?;
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, value)| {
                let path = format!("{}.{}", self.path, cut(key.get_ref()));
                let (at, value) = (value.span().start, value.get_ref());
                (key.get_ref().as_ref(), Self { source: self.source, path, at, value })
            })
            .collect();
        entries.sort_by_key(|(key, _)| *key);
        Ok(entries)
    }

    /// Dimensions of the contract.
    pub(super) fn dims(&self, known: Known) -> Result<Dims, Fault> {
        let mut dims = Dims::new();
        for (name, field) in self.entries()? {
            let Some((_, values)) = known.iter().find(|(dim, _)| *dim == name) else {
                let names: Vec<&str> = known.iter().map(|(dim, _)| *dim).collect();
                let what = format!("the dimension `{}` is not known", cut(name));
                return Err(field.fault(&what, &one_of(name, &names)));
            };
            let value = field.value.as_str().unwrap_or_default();
            if !values.contains(&value) {
                let what = format!("the value `{}` is not known", cut(value));
                return Err(field.fault(&what, &one_of(value, values)));
            }
            dims.insert(name.to_owned(), value.to_owned());
        }
        Ok(dims)
    }

    /// `{ zh, en }`.
    pub(super) fn name(&self) -> Result<Name, Fault> {
        let mut fields = self.fields()?;
        let zh = fields.need("zh", "\"…\"")?.text()?;
        let en = fields.need("en", "\"…\"")?.text()?;
        fields.finish()?;
        Ok(Name { zh, en })
    }

    /// A word of a list, as its place in the list.
    pub(super) fn word(&self, words: &[&str]) -> Result<usize, Fault> {
        let word = self.value.as_str().unwrap_or_default();
        let found = words.iter().position(|known| *known == word);
        found.ok_or_else(|| {
            self.fault(&format!("`{}` is not known", cut(word)), &one_of(word, words))
        })
    }

    /// The index of a name among those that are defined.
    pub(super) fn named(&self, kind: &str, name: &str, names: &[&str]) -> Result<usize, Fault> {
        let found = names.iter().position(|known| *known == name);
        found.ok_or_else(|| {
            self.fault(&format!("there is no {kind} `{}`", cut(name)), &one_of(name, names))
        })
    }

    /// A text that stands for both languages, or a name.
    pub(super) fn text_or_name(&self) -> Result<Name, Fault> {
        if self.value.is_table() {
            return self.name();
        }
        let text = self.text()?;
        Ok(Name { zh: text.clone(), en: text })
    }

    /// Shares in ppm that should add up to 100 %.
    pub(super) fn sum(&self, ppm: u64) -> Fault {
        let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        self.source.fault(Code::Sum, &self.path, self.at, (&format!("{text}%"), "100%"))
    }
}

/// Whether a key may be a slip of the finger for another.
fn is_near(written: &str, key: &str) -> bool {
    one_of(written, &[key]) != one_of("", &[key])
}
