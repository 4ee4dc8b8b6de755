//! `[refund]`, `[levy]`, `[verdict]`.

use tongchou_core::pack::Text;
use tongchou_core::rules::{Channel, Months, Refund};

use crate::problem::{Near, Problem, Title};
use crate::read::Reader;
use crate::read::fields::{Field, Fields, Words};
use crate::read::rows::{Level, Rows};
use crate::read::vocabulary::{BILL_DIMS, Named, lawful_name, named, value_indices};
use crate::source::Span;

pub(in crate::read) const CHANNELS: &Words<Channel> =
    &[("cash", Channel::Cash), ("account", Channel::Account)];

/// A levy as read.
#[derive(Debug)]
pub(crate) struct LevyDraft {
    pub(crate) name: Text,
    pub(crate) base: u16,
    pub(crate) held: Option<(u16, u32, u32)>,
    pub(crate) months: Months,
    pub(crate) clause: u16,
    pub(crate) span: Span,
    pub(crate) rate: Rows<u32>,
}

/// A verdict as read.
#[derive(Debug)]
pub(crate) struct VerdictDraft {
    pub(crate) name: Text,
    pub(crate) span: Span,
    pub(crate) rows: Rows<Vec<(String, String)>>,
}

impl Reader<'_> {
    pub(super) fn refund(self, root: &mut Fields<'_>) -> Option<Refund> {
        let out = self.out;
        let field = root.get("refund")?;
        let mut fields = field.fields(out, Title::new("[refund]"))?;
        let order = fields.need("order", "[\"cash\", \"account\"]");
        let order = order.and_then(|f| self.order(&f));
        let requires = fields.get("requires");
        let requires = requires.map_or(Some(Vec::new()), |f| self.requires(&f));
        let password = fields.get("password").map_or(Some(false), |f| f.flag(out));
        let clause = self.cited(&mut fields);
        fields.finish(out);
        Some(Refund { order: order?, requires: requires?, password: password?, clause: clause? })
    }

    fn order(self, field: &Field<'_>) -> Option<Vec<Channel>> {
        let mut order = Vec::new();
        for element in field.list(self.out)? {
            order.push(element.word(self.out, CHANNELS)?);
        }
        let each = CHANNELS.iter().all(|(_, channel)| order.contains(channel));
        if !each || order.len() != CHANNELS.len() {
            self.out.report(field.span.clone(), &Problem::RefundOrder {});
            return None;
        }
        Some(order)
    }

    /// Dimensions with the value that each must have, in the order of their names.
    fn requires(self, field: &Field<'_>) -> Option<Vec<(String, String)>> {
        let out = self.out;
        let mut whole = true;
        let mut requires = Vec::new();
        for entry in field.entries(out)? {
            let given = BILL_DIMS.contains(&entry.key);
            if !given {
                let near = Near::of(entry.key, BILL_DIMS.iter().copied());
                let name = entry.key.to_owned();
                out.report(entry.key_span.clone(), &Problem::NotInContract { name, near });
            }
            let text = entry.text(out);
            let known = self.names.dim_named(entry.key).zip(text).is_none_or(|((_, dim), text)| {
                let texts = [(text, entry.span.clone())];
                value_indices(out, entry.key, &dim.values, &texts).is_some()
            });
            whole &= given && known && text.is_some();
            requires.extend(text.map(|text| (entry.key.to_owned(), text.to_owned())));
        }
        whole.then_some(requires)
    }

    pub(super) fn levies(self, root: &mut Fields<'_>) -> Vec<Named<LevyDraft>> {
        let Some(field) = root.get("levy") else { return Vec::new() };
        named(self.out, &field, |field| self.levy(field))
    }

    fn levy(self, field: &Field<'_>) -> Option<LevyDraft> {
        let out = self.out;
        let lawful = lawful_name(out, field);
        let mut fields = field.fields(out, Title::new(&format!("[levy.{}]", field.key)))?;
        let name = fields.need("name", "{ zh = \"…\", en = \"…\" }").and_then(|f| f.name(out));
        let base = fields.need("base", "\"fact.NAME\"").and_then(|f| self.fact_of(&f));
        let held = fields.get("held").map_or(Some(None), |f| self.held(&f).map(Some));
        let months = fields.get("months").map_or(Some(Months::One), |f| self.months(&f));
        let clause = self.cited(&mut fields);
        let rows = fields.get("rate");
        fields.finish(out);
        let title = Title::new(&format!("[[levy.{}.rate]]", field.key));
        let rate = self.table(rows, title, Level::Question, |fields| {
            fields.need("rate", "\"0.8%\"")?.levy_rate(out)
        });
        let span = field.key_span.clone();
        let (name, base, held) = (name?, base?, held?);
        let levy = LevyDraft { name, base, held, months: months?, clause: clause?, span, rate };
        lawful.then_some(levy)
    }

    /// The fact that a key names.
    fn fact_of(self, field: &Field<'_>) -> Option<u16> {
        let name = self.prefixed(field, "fact.")?;
        self.names.fact(self.out, name, &field.span)
    }

    /// The number that a key names.
    fn number_of(self, field: &Field<'_>) -> Option<u16> {
        let name = self.prefixed(field, "number.")?;
        self.names.number(self.out, name, &field.span)
    }

    fn prefixed<'a>(self, field: &Field<'a>, prefix: &'static str) -> Option<&'a str> {
        let text = field.text(self.out)?;
        let name = text.strip_prefix(prefix);
        if name.is_none() {
            let (key, text) = (field.key.to_owned(), text.to_owned());
            let problem = Problem::NotPrefixed { key, text, prefix };
            self.out.report(field.span.clone(), &problem);
        }
        name
    }

    /// Another fact, and the least and greatest share of it.
    fn held(self, field: &Field<'_>) -> Option<(u16, u32, u32)> {
        let out = self.out;
        let mut fields = field.fields(out, Title::new("`held`"))?;
        let of = fields.need("of", "\"fact.NAME\"").and_then(|f| self.fact_of(&f));
        let low = fields.need("low", "\"60%\"").and_then(|f| f.levy_rate(out));
        let high = fields.need("high", "\"300%\"");
        let high = high.and_then(|f| Some((f.levy_rate(out)?, f.span)));
        fields.finish(out);
        let (of, low, (high, span)) = (of?, low?, high?);
        if high < low {
            out.report(span, &Problem::HeldOrder {});
            return None;
        }
        Some((of, low, high))
    }

    /// A number, or those missing of a required one.
    fn months(self, field: &Field<'_>) -> Option<Months> {
        let out = self.out;
        if !field.value.is_table() {
            return self.number_of(field).map(Months::Of);
        }
        let mut fields = field.fields(out, Title::new("`months`"))?;
        let required = fields.need("required", "360").and_then(|f| f.count(out, 1..10_001));
        let held = fields.need("held", "[\"number.NAME\"]").and_then(|f| {
            let list = f.list(out)?;
            let held: Vec<_> = list.iter().map(|element| self.number_of(element)).collect();
            held.into_iter().collect::<Option<Vec<_>>>()
        });
        fields.finish(out);
        let mut held = held?;
        held.sort_unstable();
        Some(Months::Missing(u32::try_from(required?).ok()?, held))
    }

    pub(super) fn verdicts(self, root: &mut Fields<'_>) -> Vec<Named<VerdictDraft>> {
        let Some(field) = root.get("verdict") else { return Vec::new() };
        named(self.out, &field, |field| self.verdict(field))
    }

    fn verdict(self, field: &Field<'_>) -> Option<VerdictDraft> {
        let out = self.out;
        let lawful = lawful_name(out, field);
        let mut fields = field.fields(out, Title::new(&format!("[verdict.{}]", field.key)))?;
        let name = fields.need("name", "{ zh = \"…\", en = \"…\" }").and_then(|f| f.name(out));
        let rows = fields.get("row");
        fields.finish(out);
        let title = Title::new(&format!("[[verdict.{}.row]]", field.key));
        let rows = self.table(rows, title, Level::Question, |fields| {
            let gives = fields.need("gives", "{ key = \"…\" }")?;
            let mut all = Some(Vec::new());
            for entry in gives.entries(out)? {
                let lawful = lawful_name(out, &entry);
                let pair = entry.text(out).map(|text| (entry.key.to_owned(), text.to_owned()));
                all = all.zip(pair.filter(|_| lawful)).map(|(mut all, pair)| {
                    all.push(pair);
                    all
                });
            }
            if all.as_ref().is_some_and(Vec::is_empty) {
                out.report(gives.span, &Problem::EmptyList { key: "gives".to_owned() });
                return None;
            }
            all
        });
        let span = field.key_span.clone();
        let verdict = VerdictDraft { name: name?, span, rows };
        lawful.then_some(verdict)
    }
}
