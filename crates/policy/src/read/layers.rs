//! `[[layer]]` with its tables, in paying order.

use tongchou_core::money::{Fen, Ppm, Rounding};
use tongchou_core::pack::{
    Adjust, Backsolve, Bands, Cap, Choice, Clamp, Layer, Origin, RoundAt, Row, Scope, Side,
    Standard, Take,
};

use super::Reader;
use super::fields::{Field, Fields, Words};
use super::member::is_rules_only;
use super::rows::{Conditions, Level, Placed, Rows};
use super::tables::ROUNDINGS;
use super::vocabulary::is_name;
use crate::problem::{Dates, Near, Problem, Title};
use crate::source::Span;

/// Most layers of a pack, and most bands of a row.
pub(super) const LAYERS_MAX: usize = 8;
pub(super) const BANDS_MAX: usize = 8;
/// Most amounts that one layer takes.
pub(super) const TAKES_MAX: usize = 8;
/// What an earlier layer leaves to take.
pub(super) const PARTS: [&str; 3] = ["over", "self", "deductible"];

pub(super) const SCOPES: &Words<Scope> =
    &[("bill", Scope::Bill), ("stay", Scope::Stay), ("year", Scope::Year)];
pub(super) const ORIGINS: &Words<Origin> = &[("incl", Origin::Incl), ("above", Origin::Above)];
pub(super) const ROUNDS: &Words<RoundAt> =
    &[("band", RoundAt::Band), ("bill", RoundAt::Bill), ("once", RoundAt::Once)];
pub(super) const SIDES: &Words<Side> = &[("fund", Side::Fund), ("person", Side::Person)];
pub(super) const BACKSOLVES: &Words<Backsolve> =
    &[("nearest", Backsolve::Nearest), ("truncate", Backsolve::Truncate)];
pub(super) const CLAMPS: &Words<Clamp> = &[("each", Clamp::Each), ("end", Clamp::End)];
pub(super) const OVERS: &Words<()> = &[("person", ())];
pub(super) const CAPPED: &Words<bool> = &[("paid", false), ("eligible", true)];

/// A layer as read: its settings, and its tables with places.
#[derive(Debug)]
pub(crate) struct LayerDraft {
    /// Empty if it was reported.
    pub(crate) id: String,
    pub(crate) id_span: Span,
    /// `None` if one of them was reported.
    pub(crate) when: Option<Conditions>,
    /// The days on which it takes part; `None` if they were reported.
    pub(crate) life: Option<Dates>,
    /// Where it says that the person bears what is over its cap.
    pub(crate) over: Option<Span>,
    /// Whether it states how the entered part is solved back at a cap.
    pub(crate) backsolve: bool,
    /// Where it states `deductible_per` and `basis`.
    pub(crate) scopes: [Option<Span>; 2],
    pub(crate) span: Span,
    /// The settings, with empty tables; `None` if one of them was reported.
    pub(crate) layer: Option<Layer>,
    pub(crate) takes: Option<TakesDraft>,
    pub(crate) upfront: Rows<Ppm>,
    pub(crate) deductible: Rows<Standard>,
    pub(crate) band: Rows<Bands>,
    pub(crate) adjust: Rows<Adjust>,
    /// Caps on what the layer pays.
    pub(crate) cap: Rows<Cap>,
    /// Caps on what is eligible.
    pub(crate) eligible: Rows<Cap>,
}

/// The amounts that a layer takes, with the place of each.
#[derive(Clone, Debug)]
pub(crate) struct TakesDraft {
    /// Index of the parameter that chooses among the lists, if there is one.
    pub(crate) param: Option<u16>,
    /// One list, or one for each value of the parameter.
    pub(crate) lists: Vec<Vec<(Take, Span)>>,
}

/// The ids of all layers, and how many come before the one that is read.
#[derive(Clone, Copy)]
struct Earlier<'a> {
    ids: &'a [String],
    count: usize,
}

impl Reader<'_> {
    pub(super) fn layers(self, root: &mut Fields<'_>) -> Vec<LayerDraft> {
        let title = Title::new("[[layer]]");
        let field = if is_rules_only(root) {
            root.get("layer")
        } else {
            root.section("layer", ("[[layer]]", "id = \"pool\""))
        };
        let Some(field) = field else { return Vec::new() };
        let Some(mut rows) = field.rows(self.out, &title) else { return Vec::new() };
        if LAYERS_MAX < rows.len() {
            let span = rows.get(LAYERS_MAX).map(|fields| fields.span.clone()).unwrap_or_default();
            self.out.report(span, &Problem::TooManyLayers { count: rows.len() });
        }
        let ids: Vec<_> = rows.iter_mut().map(|fields| self.layer_id(fields)).collect();
        let names: Vec<_> = ids.iter().map(|(id, _)| id.clone()).collect();
        for (count, (id, span)) in ids.iter().enumerate() {
            let first = ids.iter().take(count).find(|(earlier, _)| !id.is_empty() && earlier == id);
            if let Some((_, first)) = first {
                self.doubled(id, span.clone(), first.clone());
            }
        }
        let layers = rows.into_iter().enumerate();
        let layers = layers.zip(&ids).map(|((count, fields), (_, id_span))| {
            self.layer(fields, id_span.clone(), Earlier { ids: &names, count })
        });
        layers.collect()
    }

    /// The id of a layer, empty if it was reported.
    fn layer_id(self, fields: &mut Fields<'_>) -> (String, Span) {
        let Some(field) = fields.need("id", "\"pool\"") else {
            return (String::new(), fields.span.clone());
        };
        let id = field.text(self.out).unwrap_or_default();
        if !id.is_empty() && !is_name(id) {
            self.out.report(field.span.clone(), &Problem::BadName { text: id.to_owned() });
        }
        (id.to_owned(), field.span)
    }

    fn layer(self, mut fields: Fields<'_>, id_span: Span, earlier: Earlier<'_>) -> LayerDraft {
        let span = fields.span.clone();
        let id = earlier.ids.get(earlier.count).cloned().unwrap_or_default();
        let title = |section| Title::of_layer(section, &id);
        let takes = fields.need("takes", "[\"in_scope\"]");
        let takes = takes.and_then(|f| self.takes(&f, earlier));
        let when = self.conditions(fields.get("when"), &Title::new("[[layer]]"), Level::Bill);
        let life = self.spell(&mut fields);
        let over = fields.get("over");
        let over = over.and_then(|f| f.word(self.out, OVERS).map(|()| f.key_span));
        let backsolve = fields.get("backsolve").is_some();
        let scopes = ["deductible_per", "basis"].map(|key| fields.get(key).map(|f| f.span));
        let layer = self.settings(&mut fields, &id, (takes.as_ref(), when.as_ref(), life));
        let upfront = fields.get("upfront");
        let (deductible, band) = (fields.get("deductible"), fields.get("band"));
        let (adjust, cap) = (fields.get("adjust"), fields.get("cap"));
        fields.finish(self.out);
        let bill = Level::Bill;
        let cap = self.table(cap, title("[[layer.cap]]"), bill, |f| self.cap(f));
        let (cap, eligible) = split(cap);
        LayerDraft {
            span,
            layer,
            takes,
            upfront: self.table(upfront, title("[[layer.upfront]]"), bill, |f| {
                f.need("share", "\"10%\"")?.rate(self.out)
            }),
            deductible: self.table(deductible, title("[[layer.deductible]]"), bill, |f| {
                self.standard(&f.need("amount", "\"1300.00\"")?)
            }),
            band: self.table(band, title("[[layer.band]]"), bill, |f| self.bands(f)),
            adjust: self.table(adjust, title("[[layer.adjust]]"), bill, |f| self.adjust(f)),
            cap,
            eligible,
            id,
            id_span,
            when,
            life,
            over,
            backsolve,
            scopes,
        }
    }

    fn settings(
        self,
        fields: &mut Fields<'_>,
        id: &str,
        (takes, when, life): (Option<&TakesDraft>, Option<&Conditions>, Option<Dates>),
    ) -> Option<Layer> {
        let out = self.out;
        let name = fields.need("name", "{ zh = \"…\", en = \"…\" }").and_then(|f| f.name(out));
        let fund = fields.need("fund", "\"310100\"").and_then(|f| f.text(out));
        let clause = fields.need("clause", "\"…\"");
        let clause = clause.and_then(|f| self.names.clause(out, &f));
        let scope = self.choice(fields.get("deductible_per"), SCOPES, Scope::Bill);
        let basis = self.choice(fields.get("basis"), SCOPES, Scope::Bill);
        let origin = self.choice(fields.get("origin"), ORIGINS, Origin::Incl);
        let rounding = self.setting(fields.get("rounding"), ROUNDINGS, Rounding::HalfUp);
        let round = self.setting(fields.get("round"), ROUNDS, RoundAt::Band);
        let round_side = self.choice(fields.get("round_side"), SIDES, Side::Fund);
        let backsolve = self.choice(fields.get("backsolve"), BACKSOLVES, Backsolve::Nearest);
        let clamp = self.choice(fields.get("clamp"), CLAMPS, Clamp::Each);
        let (when, life) = (when?, life?);
        Some(Layer {
            id: id.to_owned(),
            name: name?,
            fund: fund?.to_owned(),
            from: life.from,
            to: life.to,
            when: when.dims.clone(),
            params: when.params.clone(),
            takes: takes?.choice(),
            deductible_scope: scope?,
            basis: basis?,
            origin: origin?,
            rounding: rounding?,
            round: round?,
            round_side: round_side?,
            backsolve: backsolve?,
            clamp: clamp?,
            clause: clause?,
            upfront: Vec::new(),
            deductible: Vec::new(),
            band: Vec::new(),
            adjust: Vec::new(),
            cap: Vec::new(),
            eligible: Vec::new(),
        })
    }

    /// A list of amounts, or one for each value of a parameter.
    fn takes(self, field: &Field<'_>, earlier: Earlier<'_>) -> Option<TakesDraft> {
        if field.value.as_array().is_some() {
            return Some(TakesDraft { param: None, lists: vec![self.take_list(field, earlier)?] });
        }
        let entries = if field.value.is_table() { field.entries(self.out)? } else { Vec::new() };
        let [entry] = entries.as_slice() else {
            self.out.report(field.span.clone(), &Problem::TakesParam {});
            return None;
        };
        let Some(name) = entry.key.strip_prefix("param.") else {
            self.out.report(entry.key_span.clone(), &Problem::TakesParam {});
            return None;
        };
        let (param, definition) = self.names.param(self.out, name, &entry.key_span)?;
        let values = &definition?.values;
        let written = entry.entries(self.out)?;
        for stray in written.iter().filter(|f| !values.iter().any(|value| value == f.key)) {
            let near = Near::of(stray.key, values.iter().map(String::as_str));
            let (name, value) = (entry.key.to_owned(), stray.key.to_owned());
            let problem = Problem::UnknownValue { name, value, near };
            self.out.report(stray.key_span.clone(), &problem);
        }
        let mut lists = Vec::new();
        for value in values {
            let Some(list) = written.iter().find(|f| f.key == value) else {
                let (param, value) = (name.to_owned(), value.clone());
                self.out.report(entry.span.clone(), &Problem::TakesValue { param, value });
                return None;
            };
            lists.push(self.take_list(list, earlier)?);
        }
        Some(TakesDraft { param: Some(param), lists })
    }

    fn take_list(self, field: &Field<'_>, earlier: Earlier<'_>) -> Option<Vec<(Take, Span)>> {
        let texts = field.texts(self.out)?;
        if TAKES_MAX < texts.len() {
            let count = texts.len();
            self.out.report(field.span.clone(), &Problem::TooManyTakes { count });
            return None;
        }
        let takes = texts.into_iter().map(|(text, span)| {
            let take = self.take(text, &span, earlier)?;
            Some((take, span))
        });
        let takes = takes.collect::<Option<Vec<_>>>()?;
        let rest = takes.iter().find(|(take, _)| *take == Take::Rest);
        if let Some((_, span)) = rest
            && 1 < takes.len()
        {
            self.out.report(span.clone(), &Problem::RestAlone {});
            return None;
        }
        Some(takes)
    }

    fn take(self, text: &str, span: &Span, earlier: Earlier<'_>) -> Option<Take> {
        match text {
            "in_scope" => return Some(Take::InScope),
            "rest" => return Some(Take::Rest),
            _ => {}
        }
        let (layer, part) = text.split_once('.').unwrap_or_default();
        let at = earlier.ids.iter().position(|id| id == layer).filter(|_| PARTS.contains(&part));
        match at.and_then(|at| u8::try_from(at).ok()) {
            Some(at) if usize::from(at) < earlier.count => Some(match part {
                "over" => Take::Over(at),
                "self" => Take::SelfShare(at),
                _ => Take::Deductible(at),
            }),
            Some(_) => {
                let (text, layer) = (text.to_owned(), layer.to_owned());
                self.out.report(span.clone(), &Problem::LaterLayer { text, layer });
                None
            }
            None => {
                let mut names = vec!["in_scope".to_owned(), "rest".to_owned()];
                let known = earlier.ids.iter().take(earlier.count);
                names.extend(known.flat_map(|id| PARTS.map(|part| format!("{id}.{part}"))));
                let near = Near::of(text, names.iter().map(String::as_str));
                self.out
                    .report(span.clone(), &Problem::UnknownTake { text: text.to_owned(), near });
                None
            }
        }
    }

    /// A deductible: money, or a share of a fact.
    fn standard(self, field: &Field<'_>) -> Option<Standard> {
        if !field.value.is_table() {
            return field.money(self.out).map(Standard::Amount);
        }
        let mut fields = field.fields(self.out, Title::new("`amount`"))?;
        let of = fields.need("of", "\"fact.NAME\"");
        let fact = of.and_then(|of| {
            let text = of.text(self.out)?;
            let Some(name) = text.strip_prefix("fact.") else {
                let problem = Problem::NotOfFact { text: text.to_owned() };
                self.out.report(of.span, &problem);
                return None;
            };
            self.names.fact(self.out, name, &of.span)
        });
        let rate = fields.need("rate", "\"50%\"").and_then(|f| f.rate(self.out));
        fields.finish(self.out);
        Some(Standard::OfFact(fact?, rate?))
    }

    fn bands(self, fields: &mut Fields<'_>) -> Option<Bands> {
        let out = self.out;
        let upto = fields.get("upto");
        let pays = fields.need("pays", "[\"85%\"]");
        let upto = upto.map_or(Some(Vec::new()), |f| self.upper_ends(&f));
        let pays = pays.filter(|f| !f.holds_numbers(out, crate::problem::Unit::Rate));
        let pays = pays.and_then(|f| {
            let elements = if f.value.is_array() { f.list(out)? } else { vec![f.clone()] };
            let rates: Vec<_> = elements.iter().map(|f| f.rate(out)).collect();
            if !f.value.is_array() && rates.iter().all(Option::is_some) {
                return f.wrong(out, crate::problem::Unit::List);
            }
            Some((rates.into_iter().collect::<Option<Vec<_>>>()?, f.span))
        });
        let (upto, (pays, span)) = (upto?, pays?);
        let want = upto.len() + 1;
        if pays.len() != want {
            let (ends, rates) = (upto.len(), pays.len());
            out.report(span, &Problem::BandPays { ends, rates, want });
            return None;
        }
        if BANDS_MAX < want {
            out.report(span, &Problem::TooManyBands { count: want });
            return None;
        }
        Some(Bands { upto, pays })
    }

    fn upper_ends(self, field: &Field<'_>) -> Option<Vec<Fen>> {
        if field.value.as_array().is_some_and(|list| list.is_empty()) {
            return Some(Vec::new());
        }
        if field.holds_numbers(self.out, crate::problem::Unit::Money) {
            return None;
        }
        let mut ends = Vec::new();
        let mut previous = Fen(0);
        for element in field.list(self.out)? {
            let next = element.money(self.out)?;
            if next <= previous {
                self.out.report(element.span, &Problem::BandOrder { previous, next });
                return None;
            }
            ends.push(next);
            previous = next;
        }
        Some(ends)
    }

    fn adjust(self, fields: &mut Fields<'_>) -> Option<Adjust> {
        let seq = fields.need("seq", "10").and_then(|f| f.count(self.out, 0..65_536));
        let step = fields.need("self", "\"x60%\"").and_then(|f| f.step(self.out));
        Some(Adjust { seq: u16::try_from(seq?).ok()?, step: step? })
    }

    /// A cap, and whether it is on what is eligible.
    fn cap(self, fields: &mut Fields<'_>) -> Option<(bool, Cap)> {
        let per = fields.need("per", "\"year\"").and_then(|f| f.word(self.out, SCOPES));
        let on = fields.get("on").map_or(Some(false), |f| f.word(self.out, CAPPED));
        let amount = fields.need("amount", "\"100000.00\"");
        let amount = amount.and_then(|f| f.money_or_none(self.out));
        Some((on?, Cap { per: per?, amount: amount? }))
    }
}

/// Caps on payments and caps on what is eligible; one that could not be read may be either.
fn split(table: Rows<(bool, Cap)>) -> (Rows<Cap>, Rows<Cap>) {
    let Rows { title, rows, whole } = table;
    let (eligible, paid): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.item.value.0);
    let plain = |rows: Vec<Placed<Row<(bool, Cap)>>>| rows.into_iter().map(without_mark).collect();
    let section = format!("{} on = \"eligible\"", title.section);
    let eligible_title = Title { section, ..title.clone() };
    (
        Rows { title, rows: plain(paid), whole },
        Rows { title: eligible_title, rows: plain(eligible), whole },
    )
}

fn without_mark(placed: Placed<Row<(bool, Cap)>>) -> Placed<Row<Cap>> {
    let Placed { item, span, mark, days } = placed;
    let Row { when, params, from, to, priority, clause, value: (_, value) } = item;
    Placed { item: Row { when, params, from, to, priority, clause, value }, span, mark, days }
}

impl TakesDraft {
    /// The amounts without their places.
    fn choice(&self) -> Choice<Vec<Take>> {
        let list = |list: &Vec<(Take, Span)>| list.iter().map(|(take, _)| *take).collect();
        let mut lists: Vec<_> = self.lists.iter().map(list).collect();
        match self.param {
            Some(at) => Choice::Param(at, lists),
            None => Choice::Is(lists.pop().unwrap_or_default()),
        }
    }
}
