//! Keys and values of one table, read by what they should be.
//!
//! A table knows which keys were asked for, so the rest are unknown and the suggestions are right
//! without a second list of keys.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;
use tongchou_core::calendar::Day;
use tongchou_core::money::{Fen, Ppm};
use tongchou_core::pack::{AdjustStep, Text};

use super::Findings;
use crate::problem::{Inside, Near, Problem, Title, Unit};
use crate::source::Span;
use crate::units::{self, Fault};

/// A closed set of words with what each means.
pub(crate) type Words<T> = [(&'static str, T)];

/// The keys of one table.
pub(crate) struct Fields<'a> {
    pub(crate) title: Title,
    pub(crate) span: Span,
    table: &'a DeTable<'a>,
    asked: Vec<&'static str>,
    missing: Vec<(&'static str, Problem)>,
}

/// A key with its value, or an element of its list.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    pub(crate) key: &'a str,
    pub(crate) key_span: Span,
    pub(crate) span: Span,
    pub(crate) value: &'a DeValue<'a>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(table: &'a DeTable<'a>, title: Title, span: Span) -> Self {
        Self { title, span, table, asked: Vec::new(), missing: Vec::new() }
    }

    /// The value of a key that may be left out.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<Field<'a>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.table.get_key_value(key).map(Field::new)
    }

    /// Whether a key is written, without asking for it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The value of a key that must be there; the sample shows how it is written.
    pub(crate) fn need(&mut self, key: &'static str, sample: &'static str) -> Option<Field<'a>> {
        let title = self.title.clone();
        self.need_or(key, Problem::MissingKey { key, title, sample })
    }

    /// The value of a section that must be there.
    pub(crate) fn section(
        &mut self,
        key: &'static str,
        (section, sample): (&'static str, &'static str),
    ) -> Option<Field<'a>> {
        self.need_or(key, Problem::MissingSection { section, sample })
    }

    fn need_or(&mut self, key: &'static str, problem: Problem) -> Option<Field<'a>> {
        let field = self.get(key);
        if field.is_none() {
            self.missing.push((key, problem));
        }
        field
    }

    /// Reports every key that nobody asked for, and every key that is missing; a slip of the
    /// finger is both and is reported once.
    pub(crate) fn finish(self, out: &Findings<'_>) {
        #[cfg(test)]
        out.asked.borrow_mut().entry(self.title.section.clone()).or_default().extend(&self.asked);
        let mut slips = Vec::new();
        for field in self.table.iter().map(Field::new) {
            if !self.asked.contains(&field.key) {
                let near = elsewhere(&self.title.section, field.key)
                    .unwrap_or_else(|| Near::of(field.key, self.asked.iter().copied()));
                if let Near::Name(name) = &near {
                    slips.push(name.clone());
                }
                let (key, inside) = (field.key.to_owned(), Inside(self.title.clone()));
                out.report(field.key_span, &Problem::UnknownKey { key, inside, near });
            }
        }
        for (key, problem) in &self.missing {
            if !slips.iter().any(|slip| slip == key) {
                out.report_absent(self.span.clone(), problem);
            }
        }
    }
}

impl<'a> Field<'a> {
    fn new((key, value): (&'a Spanned<toml::de::DeString<'a>>, &'a Spanned<DeValue<'a>>)) -> Self {
        Self {
            key: key.get_ref(),
            key_span: key.span(),
            span: value.span(),
            value: value.get_ref(),
        }
    }

    /// What the value looks like.
    fn unit(&self) -> Unit {
        match self.value {
            DeValue::String(text) => Unit::of_text(text),
            DeValue::Integer(_) => Unit::Count,
            DeValue::Float(_) => Unit::Decimal,
            DeValue::Boolean(_) => Unit::Flag,
            DeValue::Datetime(Datetime { time: None, offset: None, .. }) => Unit::Date,
            DeValue::Datetime(_) => Unit::Moment,
            DeValue::Array(_) => Unit::List,
            DeValue::Table(_) => Unit::Table,
        }
    }

    /// The value as it was written, without quotes; empty for lists and tables.
    fn written(&self) -> String {
        match self.value {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Datetime(moment) => moment.to_string(),
            _ => String::new(),
        }
    }

    /// Reports a value of the wrong kind, with the value as it might have been meant.
    pub(crate) fn wrong<T>(&self, out: &Findings<'_>, want: Unit) -> Option<T> {
        let (key, written) = (self.key.to_owned(), self.written());
        let meant = (want == Unit::Step).then(|| units::rate_meant(&written)).flatten();
        let problem = match meant {
            Some(rate) => {
                let points = rate.trim_end_matches('%').to_owned();
                Problem::StepForm { key, text: written, rate, points }
            }
            None => {
                let sample = sample(self.key, want, &written);
                Problem::WrongUnit { key, want, got: self.unit(), sample }
            }
        };
        out.report(self.span.clone(), &problem);
        None
    }

    /// Whether a list holds numbers that were meant as amounts; it is reported once, with the
    /// whole list as it might have been meant.
    pub(crate) fn holds_numbers(&self, out: &Findings<'_>, want: Unit) -> bool {
        let DeValue::Array(list) = self.value else { return false };
        let elements: Vec<_> = list.iter().map(|value| self.element(value)).collect();
        let bare = |unit: Unit| match unit {
            Unit::Count | Unit::Decimal => true,
            unit => unit == Unit::Money && want == Unit::Rate,
        };
        let Some(got) = elements.iter().map(Field::unit).find(|unit| bare(*unit)) else {
            return false;
        };
        let meant = elements.iter().map(|element| match want {
            Unit::Rate => units::rate_meant(&element.written()),
            _ => units::money_meant(&element.written()),
        });
        let Some(meant) = meant.collect::<Option<Vec<_>>>() else { return false };
        let meant: Vec<_> = meant.iter().map(|text| format!("\"{text}\"")).collect();
        let (key, sample) = (self.key.to_owned(), format!("{} = [{}]", self.key, meant.join(", ")));
        out.report(self.span.clone(), &Problem::WrongUnit { key, want, got, sample });
        true
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, out: &Findings<'_>) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) if text.trim().is_empty() => {
                out.report(self.span.clone(), &Problem::EmptyText { key: self.key.to_owned() });
                None
            }
            DeValue::String(text) => Some(text),
            _ => self.wrong(out, Unit::Text),
        }
    }

    pub(crate) fn flag(&self, out: &Findings<'_>) -> Option<bool> {
        self.value.as_bool().or_else(|| self.wrong(out, Unit::Flag))
    }

    pub(crate) fn count(&self, out: &Findings<'_>, range: Range<i64>) -> Option<i64> {
        let DeValue::Integer(number) = self.value else {
            return self.wrong(out, Unit::Count);
        };
        let count = i64::from_str_radix(number.as_str(), number.radix()).ok();
        let count = count.filter(|n| range.contains(n));
        if count.is_none() {
            let (key, min, max) = (self.key.to_owned(), range.start, range.end - 1);
            out.report(self.span.clone(), &Problem::BadCount { key, min, max });
        }
        count
    }

    pub(crate) fn day(&self, out: &Findings<'_>) -> Option<Day> {
        let day = match self.value {
            DeValue::Datetime(Datetime { date: Some(date), time: None, offset: None }) => {
                let parts = (i16::try_from(date.year), i8::try_from(date.month));
                match (parts, i8::try_from(date.day)) {
                    ((Ok(year), Ok(month)), Ok(day)) => Day::new(year, month, day),
                    _ => None,
                }
            }
            _ => None,
        };
        if let (None, Some(Err(text))) = (day, units::day_meant(&self.written())) {
            out.report(self.span.clone(), &Problem::NoSuchDay { text });
            return None;
        }
        day.or_else(|| self.wrong(out, Unit::Date))
    }

    pub(crate) fn money(&self, out: &Findings<'_>) -> Option<Fen> {
        self.amount(out, Unit::Money, units::money)
    }

    /// Money, or the word `none`.
    pub(crate) fn money_or_none(&self, out: &Findings<'_>) -> Option<Option<Fen>> {
        if self.value.as_str() == Some("none") {
            return Some(None);
        }
        self.money(out).map(Some)
    }

    pub(crate) fn rate(&self, out: &Findings<'_>) -> Option<Ppm> {
        self.amount(out, Unit::Rate, units::rate)
    }

    /// A rate that may be above 100 %, in ppm.
    pub(crate) fn levy_rate(&self, out: &Findings<'_>) -> Option<u32> {
        let DeValue::String(text) = self.value else { return self.wrong(out, Unit::Rate) };
        let rate = units::levy_rate(text);
        let looks = Unit::of_text(text);
        if rate == Err(Fault::Shape) && looks != Unit::Text && looks != Unit::Rate {
            return self.wrong(out, Unit::Rate);
        }
        rate.map_err(|fault| {
            let (text, fault) = (text.to_string(), units::explained(fault, text));
            out.report(self.span.clone(), &Problem::BadLevyRate { text, fault });
        })
        .ok()
    }

    pub(crate) fn step(&self, out: &Findings<'_>) -> Option<AdjustStep> {
        self.amount(out, Unit::Step, units::step)
    }

    /// A quantity written as text; another unit is told apart from a bad text of this unit.
    fn amount<T>(
        &self,
        out: &Findings<'_>,
        want: Unit,
        read: impl Fn(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        let DeValue::String(text) = self.value else {
            return self.wrong(out, want);
        };
        let fault = match read(text) {
            Ok(amount) => return Some(amount),
            Err(fault) => fault,
        };
        let looks = Unit::of_text(text);
        if fault == Fault::Shape && looks != Unit::Text && looks != want {
            return self.wrong(out, want);
        }
        let (text, fault) = (text.to_string(), units::explained(fault, text));
        let problem = match want {
            Unit::Money => {
                let sample = units::money_meant(&text).unwrap_or_else(|| "1300.00".to_owned());
                Problem::BadMoney { text, fault, sample }
            }
            Unit::Rate => {
                let sample = units::rate_meant(&text).unwrap_or_else(|| "85%".to_owned());
                Problem::BadRate { text, fault, sample }
            }
            _ => Problem::BadStep { text, fault },
        };
        out.report(self.span.clone(), &problem);
        None
    }

    /// One of a closed set of words.
    pub(crate) fn word<T: Copy>(&self, out: &Findings<'_>, words: &Words<T>) -> Option<T> {
        let text = self.text(out)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let near = Near::of(text, words.iter().map(|(word, _)| *word));
            let (key, text) = (self.key.to_owned(), text.to_owned());
            out.report(self.span.clone(), &Problem::UnknownWord { key, text, near });
        }
        found
    }

    /// The elements of a list that is not empty.
    pub(crate) fn list(&self, out: &Findings<'_>) -> Option<Vec<Field<'a>>> {
        let DeValue::Array(list) = self.value else {
            return self.wrong(out, Unit::List);
        };
        if list.is_empty() {
            out.report(self.span.clone(), &Problem::EmptyList { key: self.key.to_owned() });
            return None;
        }
        Some(list.iter().map(|value| self.element(value)).collect())
    }

    /// Texts of a list, each once, each with its place.
    pub(crate) fn texts(&self, out: &Findings<'_>) -> Option<Vec<(&'a str, Span)>> {
        let mut texts: Vec<(&str, Span)> = Vec::new();
        let mut whole = true;
        for element in self.list(out)? {
            let Some(text) = element.text(out) else {
                whole = false;
                continue;
            };
            if let Some((_, first)) = texts.iter().find(|(earlier, _)| *earlier == text) {
                let problem = Problem::ListedTwice { name: text.to_owned() };
                out.report_pair(element.span, &problem, first.clone(), super::Note::First);
                whole = false;
            } else {
                texts.push((text, element.span));
            }
        }
        whole.then_some(texts)
    }

    /// A single text or a list of them.
    pub(crate) fn text_or_texts(&self, out: &Findings<'_>) -> Option<Vec<(&'a str, Span)>> {
        match self.value {
            DeValue::Array(_) => self.texts(out),
            _ => self.text(out).map(|text| vec![(text, self.span.clone())]),
        }
    }

    /// The keys of a table.
    pub(crate) fn fields(&self, out: &Findings<'_>, title: Title) -> Option<Fields<'a>> {
        match self.value {
            DeValue::Table(table) => Some(Fields::new(table, title, self.span.clone())),
            _ => self.wrong(out, Unit::Table),
        }
    }

    /// The entries of a table whose keys are names, in the order of the names.
    pub(crate) fn entries(&self, out: &Findings<'_>) -> Option<Vec<Field<'a>>> {
        match self.value {
            DeValue::Table(table) => {
                let mut entries: Vec<_> = table.iter().map(Field::new).collect();
                entries.sort_by_key(|entry| entry.key);
                Some(entries)
            }
            _ => self.wrong(out, Unit::Table),
        }
    }

    /// The rows of a table written with `[[…]]`.
    pub(crate) fn rows(&self, out: &Findings<'_>, title: &Title) -> Option<Vec<Fields<'a>>> {
        let DeValue::Array(list) = self.value else {
            let (key, sample) = (self.key.to_owned(), title.section.clone());
            let problem = Problem::WrongUnit { key, want: Unit::Rows, got: self.unit(), sample };
            out.report(self.span.clone(), &problem);
            return None;
        };
        let rows = list.iter().map(|value| self.element(value).fields(out, title.clone()));
        rows.collect()
    }

    /// `{ zh, en }`.
    pub(crate) fn name(&self, out: &Findings<'_>) -> Option<Text> {
        let mut fields = self.fields(out, Title::new("`name`"))?;
        let zh = fields.need("zh", "\"…\"").and_then(|f| f.text(out));
        let en = fields.need("en", "\"…\"").and_then(|f| f.text(out));
        fields.finish(out);
        Some(Text { zh: zh?.to_owned(), en: en?.to_owned() })
    }

    pub(crate) fn element(&self, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self { span: value.span(), value: value.get_ref(), ..self.clone() }
    }
}

/// How a value of the wanted kind is written, made of the number that was written if there is one.
fn sample(key: &str, want: Unit, written: &str) -> String {
    let number = if units::scaled(written, 9).is_ok() { written } else { "" };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let text = match want {
        Unit::Money if units::money(number).is_ok() => format!("\"{whole}.{decimals:0<2}\""),
        Unit::Money => "\"1300.00\"".to_owned(),
        Unit::Rate => {
            let meant = units::rate_meant(number).unwrap_or_else(|| "85%".to_owned());
            format!("\"{meant}\"")
        }
        // Closes the quotation of the sample, so that each of the three stands in its own.
        Unit::Step => "\"x60%\"` / `\"+10pp\"` / `\"=30%\"".to_owned(),
        Unit::Date => match units::day_meant(written) {
            Some(Ok(day)) => day,
            _ => "2023-01-01".to_owned(),
        },
        Unit::Count if !whole.is_empty() => whole.to_owned(),
        Unit::Count => "10".to_owned(),
        Unit::Flag => "true".to_owned(),
        Unit::List => "[\"…\"]".to_owned(),
        Unit::Table => "{ … }".to_owned(),
        _ => format!("\"{written}\""),
    };
    format!("{key} = {text}")
}

/// Where a key stands that is often written in the wrong section.
fn elsewhere(section: &str, key: &str) -> Option<Near> {
    match key {
        "upfront" | "deductible" | "band" | "cap" | "adjust" if section == Title::PACK => {
            Some(Near::Table(format!("[[layer.{key}]]")))
        }
        "over" | "takes" | "fund" | "basis" | "origin" | "deductible_per" | "backsolve"
        | "clamp" | "round" | "round_side" | "rounding"
            if section.starts_with("[[layer.") =>
        {
            Some(Near::Key("[[layer]]"))
        }
        _ => None,
    }
}
