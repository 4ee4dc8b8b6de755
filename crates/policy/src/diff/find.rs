//! What is different between two packs, said in words, and how each difference is taken over.
//!
//! INVARIANT: the patches of two changes touch different things, so they may be applied in any
//! order, and all of them together turn the first pack into the second.

use std::collections::{BTreeMap, BTreeSet};

use tongchou_core::calendar::Day;
use tongchou_core::pack::{Clause, Text};

use super::Side;
use super::fields::{ALWAYS, Field, HEAD, LAYER};
use super::lower::bounds;
use super::member::{self, Item, ItemKey, Section};
use super::named::{EVER, Kind, Named, Piece, RowKey, Table, Timeline, Value};
use super::words::{self, Phrase, both, date, pick};
use crate::problem::Dates;
use crate::report::Lang;

/// One difference.
#[derive(Clone, Debug)]
pub struct Change {
    /// What it is about, with its conditions.
    pub what: Text,
    /// What the first pack says; `None` where it says nothing.
    pub before: Option<Text>,
    /// What the second pack says; `None` where it says nothing.
    pub after: Option<Text>,
    /// First day of effect, where it is not that of the pack.
    pub from: Option<Day>,
    /// Last day of effect, where it is not that of the pack.
    pub to: Option<Day>,
    /// Clause of each side.
    pub clauses: [Option<String>; 2],
    /// What an added or removed layer or group says.
    pub details: Vec<Text>,
    /// Whether it may change what the fund or the person pays.
    pub counts: bool,
    /// Days on which it is in force.
    pub(super) days: Dates,
    pub(super) patch: Patch,
}

/// What a change takes over from the second pack.
#[derive(Clone, Debug)]
pub(super) enum Patch {
    Head(usize),
    Param(String),
    Fact(String),
    Dim(String),
    Order,
    Layer(String),
    Setting(String, usize),
    Group(String),
    Members(String),
    Row(Table, RowKey),
    Item(ItemKey),
    ItemOrder(Section),
    Clause,
}

/// Every difference, in the order of the pipeline.
pub(super) fn changes(before: &Side, after: &Side) -> Vec<Change> {
    let mut finder = Finder { a: &before.named, b: &after.named, found: Vec::new() };
    finder.head();
    finder.items(|section| section == Section::Number);
    finder.vocabulary();
    for kind in [Kind::Prepay, Kind::Limit, Kind::Fixed, Kind::Standing] {
        finder.table(kind, "", "");
    }
    finder.layers();
    finder.groups();
    finder.table(Kind::Personal, "", "");
    finder.items(|section| section != Section::Number);
    finder.clauses();
    finder.found
}

impl Change {
    /// The change in one line.
    #[must_use]
    pub fn say(&self, lang: Lang) -> String {
        let before = said(self.before.as_ref(), lang);
        let after = said(self.after.as_ref(), lang);
        let what = pick(&self.what, lang);
        let mut line = match (&self.before, &self.after) {
            (None, _) => format!("{}{what} {after}", Phrase("新增：", "added: ").say(lang)),
            (_, None) => format!("{}{what} {before}", Phrase("删除：", "removed: ").say(lang)),
            _ => format!("{what} {} → {}", or_dash(before), or_dash(after)),
        };
        line.truncate(line.trim_end().len());
        line.push_str(&self.dates(lang));
        let [a, b] = &self.clauses;
        match (a, b) {
            (Some(a), Some(b)) if a != b => line.push_str(&format!(" ({a} → {b})")),
            (Some(one), _) | (_, Some(one)) => line.push_str(&format!(" ({one})")),
            (None, None) => {}
        }
        line
    }

    fn dates(&self, lang: Lang) -> String {
        let (from, to) = (self.from.map(date), self.to.map(date));
        match (from, to, lang) {
            (None, None, _) => String::new(),
            (Some(from), None, Lang::Zh) => format!(" 自 {from}"),
            (None, Some(to), Lang::Zh) => format!(" 至 {to}"),
            (Some(from), Some(to), Lang::Zh) => format!(" 自 {from} 至 {to}"),
            (Some(from), None, Lang::En) => format!(" from {from}"),
            (None, Some(to), Lang::En) => format!(" to {to}"),
            (Some(from), Some(to), Lang::En) => format!(" from {from} to {to}"),
        }
    }
}

fn said(text: Option<&Text>, lang: Lang) -> &str {
    text.map_or("", |text| pick(text, lang))
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "—" } else { text }
}

struct Finder<'a> {
    a: &'a Named,
    b: &'a Named,
    found: Vec<Change>,
}

impl Finder<'_> {
    fn push(
        &mut self,
        what: Text,
        [before, after]: [Option<Text>; 2],
        patch: Patch,
    ) -> &mut Change {
        let change = Change {
            what,
            before,
            after,
            from: None,
            to: None,
            clauses: [None, None],
            details: Vec::new(),
            counts: true,
            days: EVER,
            patch,
        };
        self.found.push(change);
        let last = self.found.len() - 1;
        // The list is not empty: a change was just added.
        #[expect(clippy::indexing_slicing, reason = "the change just added")]
        &mut self.found[last]
    }

    fn head(&mut self) {
        let (a, b) = (self.a, self.b);
        for (index, field) in HEAD.iter().enumerate() {
            if !(field.same)(&a.head, &b.head) {
                let what = both(|lang| field.title.say(lang).to_owned());
                let before = both(|lang| (field.say)(&a.head, a, lang));
                let after = both(|lang| (field.say)(&b.head, b, lang));
                let texts = [Some(before), Some(after)];
                self.push(what, texts, Patch::Head(index)).counts = field.counts;
            }
        }
    }

    fn vocabulary(&mut self) {
        let (a, b) = (self.a, self.b);
        let (param, fact) = (Phrase("参数", "param"), Phrase("外部数据", "fact"));
        for (name, before, after) in pairs(&a.params, &b.params) {
            let clauses = [before, after].map(|p| p.map(|p| p.clause.clone()));
            let of = |p: Option<&super::named::NamedParam>| {
                p.map(|p| both(|lang| words::param(p, lang)))
            };
            let texts = [of(before), of(after)];
            let counts = match (before, after) {
                (Some(x), Some(y)) => x.values != y.values || x.default != y.default,
                _ => true,
            };
            let change = self.push(titled(param, name), texts, Patch::Param(name.to_owned()));
            (change.clauses, change.counts) = (clauses, counts);
        }
        for (name, before, after) in pairs(&a.facts, &b.facts) {
            let clauses = [before, after].map(|f| f.map(|f| f.clause.clone()));
            let texts = [before, after].map(|f| f.map(|f| f.name.clone()));
            let change = self.push(titled(fact, name), texts, Patch::Fact(name.to_owned()));
            change.clauses = clauses;
        }
        for (name, before, after) in pairs(&a.dims, &b.dims) {
            let of =
                |d: Option<&super::named::NamedDim>| d.map(|d| both(|lang| words::dim(d, lang)));
            let clauses = [before, after].map(|d| d.and_then(|d| d.steps.clone()));
            let texts = [of(before), of(after)];
            let what = titled(Phrase("维度", "dimension"), name);
            self.push(what, texts, Patch::Dim(name.to_owned())).clauses = clauses;
        }
    }

    fn layers(&mut self) {
        let (a, b) = (self.a, self.b);
        let shared = |order: &[String], other: &Named| {
            let shared = order.iter().filter(|id| other.layers.contains_key(*id));
            shared.cloned().collect::<Vec<_>>()
        };
        let orders = [shared(&a.order, b), shared(&b.order, a)];
        if orders.first() != orders.last() {
            let texts = orders.map(|order| {
                let of = |lang| {
                    let names = order.iter().map(|id| b.layer_name(id));
                    let names: Vec<_> = names.map(|name| pick(&name, lang).to_owned()).collect();
                    names.join(words::and(lang))
                };
                Some(both(of))
            });
            let what = both(|lang| Phrase("支付顺序", "paying order").say(lang).to_owned());
            self.push(what, texts, Patch::Order);
        }
        for id in a.order.iter().filter(|id| !b.layers.contains_key(*id)) {
            self.whole(a, id, true);
        }
        for id in &b.order {
            let Some((before, after)) = a.layers.get(id).zip(b.layers.get(id)) else {
                self.whole(b, id, false);
                continue;
            };
            for (index, field) in LAYER.iter().enumerate() {
                if !(field.same)(before, after) {
                    self.setting(id, index, field);
                }
            }
            for kind in LAYER_TABLES {
                let table = Table::new(kind, id);
                self.rows(&table, &b.layer_name(id));
            }
        }
    }

    fn setting(&mut self, id: &str, index: usize, field: &Field<super::named::NamedLayer>) {
        let (a, b) = (self.a, self.b);
        let Some((before, after)) = a.layers.get(id).zip(b.layers.get(id)) else { return };
        let name = b.layer_name(id);
        let what = both(|lang| format!("{} {}", pick(&name, lang), field.title.say(lang)));
        let texts = [
            Some(both(|lang| (field.say)(before, a, lang))),
            Some(both(|lang| (field.say)(after, b, lang))),
        ];
        let clauses = [Some(before.clause.clone()), Some(after.clause.clone())];
        let change = self.push(what, texts, Patch::Setting(id.to_owned(), index));
        change.counts = field.counts;
        if field.counts {
            change.clauses = clauses;
        }
    }

    /// A layer that only one side has, with all that it says.
    fn whole(&mut self, of: &Named, id: &str, removed: bool) {
        let Some(layer) = of.layers.get(id) else { return };
        let mut details: Vec<Text> = Vec::new();
        let limited = |field: &&Field<super::named::NamedLayer>| {
            field.counts && (field.say)(layer, of, Lang::Zh) != ALWAYS.0
        };
        for field in LAYER.iter().filter(limited) {
            let say = |lang| format!("{}: {}", field.title.say(lang), (field.say)(layer, of, lang));
            details.push(both(say));
        }
        for kind in LAYER_TABLES {
            details.extend(all_rows(of, &Table::new(kind, id)));
        }
        let name = of.layer_name(id);
        let what = both(|lang| format!("{} {}", Phrase("基金层", "layer").say(lang), id));
        let texts = if removed { [Some(name), None] } else { [None, Some(name)] };
        let clause = Some(layer.clause.clone());
        let change = self.push(what, texts, Patch::Layer(id.to_owned()));
        change.clauses = if removed { [clause, None] } else { [None, clause] };
        change.details = details;
    }

    fn groups(&mut self) {
        let (a, b) = (self.a, self.b);
        let members = |named: &Named, group: &super::named::NamedGroup| {
            both(|lang| {
                let names = group.layers.iter().map(|id| named.layer_name(id));
                let names: Vec<_> = names.map(|name| pick(&name, lang).to_owned()).collect();
                names.join(" + ")
            })
        };
        let group = Phrase("合并封顶", "group");
        let ids: BTreeSet<&String> = a.groups.keys().chain(b.groups.keys()).collect();
        for id in ids {
            let sides = [(a, a.groups.get(id)), (b, b.groups.get(id))];
            let texts = sides.map(|(named, group)| group.map(|group| members(named, group)));
            let clauses = sides.map(|(_, group)| group.map(|group| group.clause.clone()));
            let [(_, before), (_, after)] = sides;
            let same = before.zip(after).is_some_and(|(x, y)| x.layers == y.layers);
            if same {
                self.rows(&Table::new(Kind::Group, id), &titled(group, id));
                continue;
            }
            let (both_sides, of) =
                (before.is_some() && after.is_some(), if after.is_some() { b } else { a });
            let patch =
                if both_sides { Patch::Members(id.clone()) } else { Patch::Group(id.clone()) };
            let details = all_rows(of, &Table::new(Kind::Group, id));
            let change = self.push(titled(group, id), texts, patch);
            change.clauses = clauses;
            if both_sides {
                self.rows(&Table::new(Kind::Group, id), &titled(group, id));
            } else {
                change.details = details;
            }
        }
    }

    fn table(&mut self, kind: Kind, owner: &str, name: &str) {
        let name = Text { zh: name.to_owned(), en: name.to_owned() };
        self.rows(&Table::new(kind, owner), &name);
    }

    /// Rows of one table, matched by their conditions and compared day by day.
    fn rows(&mut self, table: &Table, owner: &Text) {
        let (a, b) = (self.a.tables.get(table), self.b.tables.get(table));
        let nothing = Timeline { at: 0, pieces: Vec::new() };
        for key in keys(a, b) {
            let of = |rows: Option<&'_ BTreeMap<RowKey, Timeline>>| {
                rows.and_then(|rows| rows.get(&key)).unwrap_or(&nothing).clone()
            };
            let (before, after) = (of(a), of(b));
            for days in spells(&before, &after) {
                let pieces = [before.on(days.from), after.on(days.from)];
                self.row(table, owner, &key, pieces, days);
            }
        }
    }

    fn row(
        &mut self,
        table: &Table,
        owner: &Text,
        key: &RowKey,
        pieces: [Option<&Piece>; 2],
        days: Dates,
    ) {
        let (a, b) = (self.a, self.b);
        let [before, after] = pieces;
        let title = words::title(table.kind);
        let same = before.map(|p| &p.value) == after.map(|p| &p.value);
        let what = both(|lang| {
            let owner = pick(owner, lang);
            let gap = if owner.is_empty() { "" } else { " " };
            let clause = if same { Phrase(" 条款", " clause").say(lang) } else { "" };
            let conditions = words::conditions(key, [a, b], lang);
            format!("{owner}{gap}{}{conditions}{clause}", title.say(lang))
        });
        let say = |piece: Option<&Piece>, named: &Named| {
            piece.map(|p| both(|lang| words::value(&p.value, named, lang)))
        };
        let clauses = pieces.map(|piece| piece.map(|piece| piece.clause.clone()));
        let texts = match same {
            true => clauses.clone().map(|c| c.map(|c| Text { zh: c.clone(), en: c })),
            false => [say(before, a), say(after, b)],
        };
        let (mut from, mut to) = bounds(days.from, days.to);
        if days == EVER {
            match (before, after) {
                (_, Some(piece)) => (from, _) = bounds(piece.written.from, EVER.to),
                (Some(piece), None) => (_, to) = bounds(EVER.from, piece.written.to),
                (None, None) => {}
            }
        }
        let counts = !same && counts(before, after);
        let patch = Patch::Row(table.clone(), key.clone());
        let change = self.push(what, texts, patch);
        (change.from, change.to, change.days, change.counts) = (from, to, days, counts);
        if !same {
            change.clauses = clauses;
        }
    }

    /// What is said about members, item by item.
    fn items(&mut self, wanted: impl Fn(Section) -> bool) {
        let (a, b) = (&self.a.items, &self.b.items);
        let keys = a.keys().chain(b.keys()).filter(|key| wanted(key.section));
        let mut keys: Vec<&ItemKey> = keys.collect::<BTreeSet<_>>().into_iter().collect();
        let at = |key: &ItemKey| b.get(key).or_else(|| a.get(key)).map(|item| item.at);
        keys.sort_by_key(|key| (key.section, &key.owner, at(key)));
        for key in keys {
            let (before, after) = (a.get(key), b.get(key));
            if before == after {
                continue;
            }
            let same = before.map(|i| &i.value) == after.map(|i| &i.value);
            let clauses = [before, after].map(|item| item.and_then(|item| item.clause.clone()));
            let what = both(|lang| {
                let clause = if same { Phrase(" 条款", " clause").say(lang) } else { "" };
                format!("{}{clause}", member::what(key, lang))
            });
            let say = |item: Option<&Item>, other: Option<&Item>| {
                item.map(|item| both(|lang| member::say(key, item, other, lang)))
            };
            let texts = match same {
                true => clauses.clone().map(|c| c.map(|c| Text { zh: c.clone(), en: c })),
                false => [say(before, after), say(after, before)],
            };
            let counts = !same && key.section.counts();
            let change = self.push(what, texts, Patch::Item(key.clone()));
            change.counts = counts;
            if !same {
                change.clauses = clauses;
            }
        }
        let moved = [Section::Coverage, Section::Window].into_iter().filter(|of| wanted(*of));
        for section in moved.filter(|section| member::reordered(a, b, *section)) {
            let what = both(|lang| {
                let order = Phrase("次序", "order").say(lang);
                format!("{} {order}", section.title().say(lang))
            });
            let texts = [a, b].map(|items| Some(both(|_| member::order(items, section))));
            self.push(what, texts, Patch::ItemOrder(section)).counts = false;
        }
    }

    fn clauses(&mut self) {
        type Aspect = (Phrase, fn(&Clause) -> &String);
        const ASPECTS: [Aspect; 3] = [
            (Phrase("可信度", "confidence"), |c| &c.confidence),
            (Phrase("依据", "document"), |c| &c.doc),
            (Phrase("内容", "text"), |c| &c.text),
        ];
        let clause = Phrase("条款", "clause");
        let plain = |text: &String| Some(Text { zh: text.clone(), en: text.clone() });
        for (id, before, after) in pairs(&self.a.clauses, &self.b.clauses) {
            let Some((x, y)) = before.zip(after) else {
                let whole = |c: &Clause| {
                    let text = format!("{} {} ({})", c.doc, c.text, c.confidence);
                    Text { zh: text.clone(), en: text }
                };
                let texts = [before.map(whole), after.map(whole)];
                self.push(titled(clause, id), texts, Patch::Clause).counts = false;
                continue;
            };
            for (aspect, of) in ASPECTS.into_iter().filter(|(_, of)| of(x) != of(y)) {
                let what = both(|lang| format!("{} {id} {}", clause.say(lang), aspect.say(lang)));
                let texts = [plain(of(x)), plain(of(y))];
                self.push(what, texts, Patch::Clause).counts = false;
            }
        }
    }
}

const LAYER_TABLES: [Kind; 6] =
    [Kind::Upfront, Kind::Deductible, Kind::Band, Kind::Adjust, Kind::Cap, Kind::Eligible];

fn titled(title: Phrase, name: &str) -> Text {
    both(|lang| format!("{} {name}", title.say(lang)))
}

/// Names of both sides whose values differ, sorted.
fn pairs<'a, T: PartialEq>(
    a: &'a BTreeMap<String, T>,
    b: &'a BTreeMap<String, T>,
) -> Vec<(&'a str, Option<&'a T>, Option<&'a T>)> {
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let each = names.into_iter().map(|name| (name.as_str(), a.get(name), b.get(name)));
    each.filter(|(_, before, after)| before != after).collect()
}

type Rows<'a> = Option<&'a BTreeMap<RowKey, Timeline>>;

/// Keys of a table: those of the first side in its order, then what only the second has.
fn keys(a: Rows<'_>, b: Rows<'_>) -> Vec<RowKey> {
    let in_order = |rows: Rows<'_>| {
        let mut rows: Vec<_> = rows.into_iter().flatten().collect();
        rows.sort_by_key(|(_, timeline)| timeline.at);
        rows.into_iter().map(|(key, _)| key.clone()).collect::<Vec<_>>()
    };
    let mut keys = in_order(a);
    let known: BTreeSet<RowKey> = keys.iter().cloned().collect();
    keys.extend(in_order(b).into_iter().filter(|key| !known.contains(key)));
    keys
}

/// Spells of days in which the rows differ in one and the same way.
fn spells(before: &Timeline, after: &Timeline) -> Vec<Dates> {
    let mut starts = BTreeSet::from([EVER.from]);
    for piece in before.pieces.iter().chain(&after.pieces) {
        starts.insert(piece.dates.from);
        if piece.dates.to != EVER.to {
            starts.insert(Day(piece.dates.to.0 + 1));
        }
    }
    let said = |timeline: &Timeline, day| {
        timeline.on(day).map(|piece| (piece.value.clone(), piece.clause.clone()))
    };
    let mut spells: Vec<(Dates, _)> = Vec::new();
    for from in starts {
        let pair = (said(before, from), said(after, from));
        match spells.last_mut() {
            Some((dates, last)) if *last == pair => dates.to = EVER.to,
            last => {
                if let Some((dates, _)) = last {
                    dates.to = Day(from.0 - 1);
                }
                spells.push((Dates { from, to: EVER.to }, pair));
            }
        }
    }
    let differ = spells.into_iter().filter(|(_, (before, after))| before != after);
    differ.map(|(dates, _)| dates).collect()
}

/// Every row of a table, said.
fn all_rows(named: &Named, table: &Table) -> Vec<Text> {
    let rows = named.tables.get(table);
    let mut said = Vec::new();
    for key in keys(rows, None) {
        let Some(timeline) = rows.and_then(|rows| rows.get(&key)) else { continue };
        for piece in &timeline.pieces {
            said.push(both(|lang| {
                let conditions = words::conditions(&key, [named, named], lang);
                let value = words::value(&piece.value, named, lang);
                let title = words::title(table.kind).say(lang);
                format!("{title}{conditions} {value} ({})", piece.clause)
            }));
        }
    }
    said
}

/// Whether a row may move money between the fund and the person: what the account may pay and how
/// a bill may be claimed do not.
fn counts(before: Option<&Piece>, after: Option<&Piece>) -> bool {
    match (before.map(|p| &p.value), after.map(|p| &p.value)) {
        (Some(Value::Personal(_)), _) | (_, Some(Value::Personal(_))) => false,
        (Some(Value::Fixed(a)), Some(Value::Fixed(b))) => a.pays != b.pays,
        (Some(Value::Standing(a)), Some(Value::Standing(b))) => {
            a.fund != b.fund || a.hospital != b.hospital
        }
        _ => true,
    }
}

impl Change {
    /// Takes the change over from the second pack.
    pub(super) fn apply(&self, into: &mut Named, from: &Named) {
        match &self.patch {
            Patch::Head(index) => {
                if let Some(field) = HEAD.get(*index) {
                    (field.take_over)(&mut into.head, &from.head);
                }
            }
            Patch::Param(name) => replace(&mut into.params, &from.params, name),
            Patch::Fact(name) => replace(&mut into.facts, &from.facts, name),
            Patch::Dim(name) => replace(&mut into.dims, &from.dims, name),
            Patch::Order => reorder(into, from),
            Patch::Layer(id) => {
                replace(&mut into.layers, &from.layers, id);
                LAYER_TABLES.into_iter().for_each(|kind| whole_table(into, from, kind, id));
                place(into, from, id);
            }
            Patch::Setting(id, index) => {
                let layers = into.layers.get_mut(id).zip(from.layers.get(id));
                if let (Some((into, from)), Some(field)) = (layers, LAYER.get(*index)) {
                    (field.take_over)(into, from);
                }
            }
            Patch::Group(id) => {
                replace(&mut into.groups, &from.groups, id);
                whole_table(into, from, Kind::Group, id);
            }
            Patch::Members(id) => replace(&mut into.groups, &from.groups, id),
            Patch::Row(table, key) => {
                let source = from.tables.get(table).and_then(|rows| rows.get(key));
                let at = source.map_or(0, |timeline| timeline.at);
                let rows = into.tables.entry(table.clone()).or_default();
                let new = || Timeline { at, pieces: Vec::new() };
                let timeline = rows.entry(key.clone()).or_insert_with(new);
                timeline.clear(self.days);
                timeline.pieces.extend(source.into_iter().flat_map(|s| s.within(self.days)));
            }
            Patch::Item(key) => {
                match from.items.get(key) {
                    Some(item) => into.items.insert(key.clone(), item.clone()),
                    None => into.items.remove(key),
                };
                member::align(&mut into.items, &from.items, key.section);
            }
            Patch::ItemOrder(section) => {
                member::align(&mut into.items, &from.items, *section);
            }
            Patch::Clause => {}
        }
    }

    /// The table that a row belongs to.
    pub(super) fn table(&self) -> Option<&Table> {
        match &self.patch {
            Patch::Row(table, _) => Some(table),
            _ => None,
        }
    }
}

fn replace<T: Clone>(into: &mut BTreeMap<String, T>, from: &BTreeMap<String, T>, name: &str) {
    match from.get(name) {
        Some(value) => into.insert(name.to_owned(), value.clone()),
        None => into.remove(name),
    };
}

fn whole_table(into: &mut Named, from: &Named, kind: Kind, owner: &str) {
    let table = Table::new(kind, owner);
    match from.tables.get(&table) {
        Some(rows) => into.tables.insert(table, rows.clone()),
        None => into.tables.remove(&table),
    };
}

/// Puts a layer behind the nearest layer before it, or takes it out of the order.
fn place(into: &mut Named, from: &Named, id: &str) {
    into.order.retain(|other| other != id);
    let Some(at) = from.order.iter().position(|other| other == id) else { return };
    let earlier = from.order.iter().take(at).rev();
    let mut found = earlier.filter_map(|other| into.order.iter().position(|o| o == other));
    let behind = found.next().map_or(0, |position| position + 1);
    into.order.insert(behind, id.to_owned());
}

/// Brings the layers that both packs have into the order of the second.
fn reorder(into: &mut Named, from: &Named) {
    let known: Vec<String> =
        from.order.iter().filter(|id| into.order.contains(id)).cloned().collect();
    let mut known = known.into_iter();
    for id in &mut into.order {
        if from.order.contains(id)
            && let Some(next) = known.next()
        {
            *id = next;
        }
    }
}
