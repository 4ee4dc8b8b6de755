//! A pack by its names: what it says, whatever the numbers of its dimensions, values and clauses.
//!
//! INVARIANT: two packs that differ in numbering or in the cutting of equal rows only are equal
//! here, and a pack that was read and written back settles every bill as it did.

use std::collections::{BTreeMap, BTreeSet};

use tongchou_core::calendar::Day;
use tongchou_core::money::{Fen, Ppm, Rounding};
use tongchou_core::pack::{
    AdjustStep, Backsolve, Bands, Cap, Choice, Clamp, Clause, Cut, CutOf, DatedBy, Fixed, Layer,
    Limit, Origin, Pack, Personal, Prepay, PrepayBasis, RoundAt, Row, Scope, Side, Standard,
    Standing, Take, Text,
};

use super::member::{self, Items};
use crate::problem::Dates;

/// Before every day and behind every day: a row that begins or ends with its pack.
pub(super) const EVER: Dates = Dates { from: Day(i32::MIN), to: Day(i32::MAX) };
/// No day at all: a layer out of force on the chosen day.
pub(super) const NEVER: Dates = Dates { from: EVER.to, to: EVER.from };

/// Values by their names.
pub(super) type Names = BTreeSet<String>;
/// Conditions: a name and the values it may have.
pub(super) type When = BTreeMap<String, Names>;

/// A pack by its names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub head: Head,
    pub clauses: BTreeMap<String, Clause>,
    pub params: BTreeMap<String, NamedParam>,
    pub facts: BTreeMap<String, NamedFact>,
    pub dims: BTreeMap<String, NamedDim>,
    /// Layers in paying order.
    pub order: Vec<String>,
    pub layers: BTreeMap<String, NamedLayer>,
    pub groups: BTreeMap<String, NamedGroup>,
    pub tables: BTreeMap<Table, BTreeMap<RowKey, Timeline>>,
    /// What it says about members.
    pub items: Items,
}

/// What a pack says once.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub id: String,
    pub name: Text,
    pub programme: String,
    pub confidence: Option<String>,
    pub life: Dates,
    pub dated_by: DatedBy,
    pub year_start: (u8, u8),
    pub stay: Option<(String, Names)>,
    pub prepay_basis: Setting<PrepayBasis>,
    pub rounding: Rounding,
}

/// A setting that is stated, or chosen by a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Setting<T> {
    Is(T),
    Param(String, BTreeMap<String, T>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedParam {
    pub values: Names,
    pub default: String,
    pub assumed: bool,
    pub clause: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedFact {
    pub name: Text,
    pub clause: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedDim {
    /// In their order where they are cut from a number, else sorted: there the order says nothing.
    pub values: Vec<String>,
    pub default: Option<String>,
    pub cut: Option<Cut>,
    /// The number that it is cut from, whose index says nothing here.
    pub number: Option<String>,
    pub steps: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedLayer {
    pub name: Text,
    pub fund: String,
    pub dates: Dates,
    pub when: When,
    pub params: When,
    /// In the words of the pack language, sorted.
    pub takes: Setting<Vec<String>>,
    pub deductible_scope: Setting<Scope>,
    pub basis: Setting<Scope>,
    pub origin: Setting<Origin>,
    pub rounding: Rounding,
    pub round: RoundAt,
    pub round_side: Setting<Side>,
    pub backsolve: Setting<Backsolve>,
    pub clamp: Setting<Clamp>,
    pub clause: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedGroup {
    pub layers: Names,
    pub clause: String,
}

/// Tables of a pack, in the order of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Prepay,
    Limit,
    Fixed,
    Standing,
    Upfront,
    Deductible,
    Band,
    Adjust,
    Cap,
    Eligible,
    Group,
    Personal,
}

/// A table: its kind, and the layer or group that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Table {
    pub owner: String,
    pub kind: Kind,
}

/// What identifies a row of a table, its dates apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowKey {
    pub seq: u16,
    pub priority: i32,
    pub when: When,
    pub params: When,
}

/// The rows of one key, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    /// Where the first of them stands in its table.
    pub at: usize,
    pub pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub dates: Dates,
    /// The dates as they are written, where a day was chosen and the row holds for ever.
    pub written: Dates,
    pub clause: String,
    pub value: Value,
}

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Prepay(Prepay),
    Limit(Limit),
    Fixed(Fixed),
    Standing(Standing),
    Share(Ppm),
    Amount(Fen),
    OfFact(String, Ppm),
    Bands(Bands),
    Step(AdjustStep),
    Cap(Cap),
    Personal(Personal),
}

impl Table {
    pub(super) fn new(kind: Kind, owner: &str) -> Self {
        Self { owner: owner.to_owned(), kind }
    }
}

impl Timeline {
    /// The row in force on a day.
    pub(super) fn on(&self, day: Day) -> Option<&Piece> {
        self.pieces.iter().find(|piece| piece.dates.from <= day && day <= piece.dates.to)
    }

    /// Leaves some days without a row.
    pub(super) fn clear(&mut self, days: Dates) {
        let mut left = Vec::with_capacity(self.pieces.len() + 1);
        for piece in self.pieces.drain(..) {
            let Dates { from, to } = piece.dates;
            if to < days.from || days.to < from {
                left.push(piece);
                continue;
            }
            if from < days.from {
                let dates = Dates { from, to: Day(days.from.0 - 1) };
                left.push(Piece { dates, ..piece.clone() });
            }
            if days.to < to {
                left.push(Piece { dates: Dates { from: Day(days.to.0 + 1), to }, ..piece });
            }
        }
        self.pieces = left;
    }

    /// The rows of some days, cut to them.
    pub(super) fn within(&self, days: Dates) -> impl Iterator<Item = Piece> {
        self.pieces.iter().filter_map(move |piece| {
            let from = piece.dates.from.max(days.from);
            let to = piece.dates.to.min(days.to);
            (from <= to).then(|| Piece { dates: Dates { from, to }, ..piece.clone() })
        })
    }
}

impl Named {
    /// Reads a pack; with a day, only the rows in force on it, which then hold for ever.
    pub(super) fn read(pack: &Pack, on: Option<Day>) -> Option<Self> {
        Reader { pack, on }.read()
    }

    /// The layer's name in both languages, or its id.
    pub(super) fn layer_name(&self, id: &str) -> Text {
        let own = || Text { zh: id.to_owned(), en: id.to_owned() };
        self.layers.get(id).map_or_else(own, |layer| layer.name.clone())
    }
}

/// Resolves indices to names; `None` where an index points nowhere.
struct Reader<'a> {
    pack: &'a Pack,
    on: Option<Day>,
}

type Tables = BTreeMap<Table, BTreeMap<RowKey, Timeline>>;

impl Reader<'_> {
    fn read(&self) -> Option<Named> {
        let pack = self.pack;
        let params = pack.params.iter().map(|param| {
            let named = NamedParam {
                values: param.values.iter().cloned().collect(),
                default: param.values.get(usize::from(param.default))?.clone(),
                assumed: param.assumed,
                clause: self.clause(param.clause)?,
            };
            Some((param.name.clone(), named))
        });
        let facts = pack.facts.iter().map(|fact| {
            let named = NamedFact { name: fact.name.clone(), clause: self.clause(fact.clause)? };
            Some((fact.id.clone(), named))
        });
        let layer = |layer: &Layer| Some((layer.id.clone(), self.layer(layer)?));
        let groups = pack.groups.iter().map(|group| {
            let layer = |index: &u8| Some(pack.layers.get(usize::from(*index))?.id.clone());
            let layers = group.layers.iter().map(layer).collect::<Option<_>>()?;
            let named = NamedGroup { layers, clause: self.clause(group.clause)? };
            Some((group.id.clone(), named))
        });
        Some(Named {
            head: self.head()?,
            clauses: pack.clauses.iter().map(|c| (c.id.clone(), c.clone())).collect(),
            params: params.collect::<Option<_>>()?,
            facts: facts.collect::<Option<_>>()?,
            dims: self.dims()?,
            order: pack.layers.iter().map(|layer| layer.id.clone()).collect(),
            layers: pack.layers.iter().map(layer).collect::<Option<_>>()?,
            groups: groups.collect::<Option<_>>()?,
            tables: self.tables()?,
            items: member::items(pack, self.on)?,
        })
    }

    fn head(&self) -> Option<Head> {
        let pack = self.pack;
        let stay = match &pack.stay.care {
            Some((dim, values)) => Some(self.accepted(*dim, values)?),
            None => None,
        };
        Some(Head {
            id: pack.id.clone(),
            name: pack.name.clone(),
            programme: pack.programme.clone(),
            confidence: pack.confidence.clone(),
            life: Dates { from: pack.from, to: pack.to },
            dated_by: pack.dated_by,
            year_start: pack.year_start,
            stay,
            prepay_basis: self.setting(&pack.classify.prepay_basis, |basis| Some(*basis))?,
            rounding: pack.classify.rounding,
        })
    }

    fn dims(&self) -> Option<BTreeMap<String, NamedDim>> {
        let dims = self.pack.dims.iter().map(|dim| {
            let default = match dim.default {
                Some(code) => Some(dim.values.get(usize::from(code))?.clone()),
                None => None,
            };
            let steps = match dim.steps {
                Some(clause) => Some(self.clause(clause)?),
                None => None,
            };
            let mut values = dim.values.clone();
            if dim.cut.is_none() {
                values.sort();
            }
            let mut cut = dim.cut.clone();
            let mut number = None;
            if let Some(Cut { of: CutOf::Number(at), .. }) = &mut cut {
                number = Some(self.pack.rules.numbers.get(usize::from(*at))?.id.clone());
                *at = 0;
            }
            Some((dim.name.clone(), NamedDim { values, default, cut, number, steps }))
        });
        dims.collect()
    }

    fn layer(&self, layer: &Layer) -> Option<NamedLayer> {
        let takes = |takes: &Vec<Take>| {
            let words = takes.iter().map(|take| self.take(*take));
            let mut words: Vec<String> = words.collect::<Option<_>>()?;
            words.sort();
            Some(words)
        };
        Some(NamedLayer {
            name: layer.name.clone(),
            fund: layer.fund.clone(),
            dates: match self.on {
                Some(day) if day < layer.from || layer.to < day => NEVER,
                Some(_) => EVER,
                None => self.written(layer.from, layer.to),
            },
            when: self.when(&layer.when)?,
            params: self.params(&layer.params)?,
            takes: self.setting(&layer.takes, takes)?,
            deductible_scope: self.setting(&layer.deductible_scope, |per| Some(*per))?,
            basis: self.setting(&layer.basis, |basis| Some(*basis))?,
            origin: self.setting(&layer.origin, |origin| Some(*origin))?,
            rounding: layer.rounding,
            round: layer.round,
            round_side: self.setting(&layer.round_side, |side| Some(*side))?,
            backsolve: self.setting(&layer.backsolve, |backsolve| Some(*backsolve))?,
            clamp: self.setting(&layer.clamp, |clamp| Some(*clamp))?,
            clause: self.clause(layer.clause)?,
        })
    }

    fn tables(&self) -> Option<Tables> {
        let mut all = Tables::new();
        let (pack, out) = (self.pack, &mut all);
        let classify = &pack.classify;
        let table = |kind| Table::new(kind, "");
        self.rows(out, table(Kind::Prepay), &classify.prepay, |v| Some(Value::Prepay(*v)))?;
        self.rows(out, table(Kind::Limit), &classify.limit, |v| Some(Value::Limit(*v)))?;
        self.rows(out, table(Kind::Fixed), &classify.fixed, |v| Some(Value::Fixed(v.clone())))?;
        self.rows(out, table(Kind::Standing), &pack.standing, |v| Some(Value::Standing(*v)))?;
        self.rows(out, table(Kind::Personal), &pack.personal, |v| Some(Value::Personal(*v)))?;
        let cap = |cap: &Cap| Some(Value::Cap(*cap));
        for layer in &pack.layers {
            let table = |kind| Table::new(kind, &layer.id);
            self.rows(out, table(Kind::Upfront), &layer.upfront, |v| Some(Value::Share(*v)))?;
            let standard = |standard: &Standard| match *standard {
                Standard::Amount(amount) => Some(Value::Amount(amount)),
                Standard::OfFact(fact, rate) => {
                    let fact = pack.facts.get(usize::from(fact))?;
                    Some(Value::OfFact(fact.id.clone(), rate))
                }
            };
            self.rows(out, table(Kind::Deductible), &layer.deductible, standard)?;
            self.rows(out, table(Kind::Band), &layer.band, |v| Some(Value::Bands(v.clone())))?;
            for row in &layer.adjust {
                let seq = row.value.seq;
                self.row(out, table(Kind::Adjust), row, seq, Value::Step(row.value.step))?;
            }
            self.rows(out, table(Kind::Cap), &layer.cap, cap)?;
            self.rows(out, table(Kind::Eligible), &layer.eligible, cap)?;
        }
        for group in &pack.groups {
            self.rows(out, Table::new(Kind::Group, &group.id), &group.cap, cap)?;
        }
        Some(all)
    }

    fn rows<V>(
        &self,
        out: &mut Tables,
        table: Table,
        rows: &[Row<V>],
        value: impl Fn(&V) -> Option<Value>,
    ) -> Option<()> {
        rows.iter().try_for_each(|row| self.row(out, table.clone(), row, 0, value(&row.value)?))
    }

    fn row<V>(
        &self,
        out: &mut Tables,
        table: Table,
        row: &Row<V>,
        seq: u16,
        value: Value,
    ) -> Option<()> {
        let written = self.written(row.from, row.to);
        let dates = match self.on {
            Some(day) if day < row.from || row.to < day => return Some(()),
            Some(_) => EVER,
            None => written,
        };
        let key = RowKey {
            seq,
            priority: row.priority,
            when: self.when(&row.when)?,
            params: self.params(&row.params)?,
        };
        let clause = self.clause(row.clause)?;
        let rows = out.entry(table).or_default();
        let at = rows.len();
        let timeline = rows.entry(key).or_insert_with(|| Timeline { at, pieces: Vec::new() });
        timeline.pieces.push(Piece { dates, written, clause, value });
        Some(())
    }

    /// Dates without the bounds that are those of the pack.
    fn written(&self, from: Day, to: Day) -> Dates {
        Dates {
            from: if from == self.pack.from { EVER.from } else { from },
            to: if to == self.pack.to { EVER.to } else { to },
        }
    }

    fn clause(&self, index: u16) -> Option<String> {
        Some(self.pack.clauses.get(usize::from(index))?.id.clone())
    }

    fn accepted(&self, dim: u16, values: &[u8]) -> Option<(String, Names)> {
        let dim = self.pack.dims.get(usize::from(dim))?;
        Some((dim.name.clone(), names(&dim.values, values)?))
    }

    fn when(&self, when: &[(u16, Vec<u8>)]) -> Option<When> {
        when.iter().map(|(dim, values)| self.accepted(*dim, values)).collect()
    }

    fn params(&self, params: &[(u16, Vec<u8>)]) -> Option<When> {
        let accepted = params.iter().map(|(param, values)| {
            let param = self.pack.params.get(usize::from(*param))?;
            Some((param.name.clone(), names(&param.values, values)?))
        });
        accepted.collect()
    }

    fn setting<T, N>(
        &self,
        choice: &Choice<T>,
        name: impl Fn(&T) -> Option<N>,
    ) -> Option<Setting<N>> {
        match choice {
            Choice::Is(value) => Some(Setting::Is(name(value)?)),
            Choice::Param(param, values) => {
                let param = self.pack.params.get(usize::from(*param))?;
                let pairs = param.values.iter().zip(values);
                let named = pairs.map(|(word, value)| Some((word.clone(), name(value)?)));
                Some(Setting::Param(param.name.clone(), named.collect::<Option<_>>()?))
            }
        }
    }

    fn take(&self, take: Take) -> Option<String> {
        let of = |layer: u8, field: &str| {
            let layer = self.pack.layers.get(usize::from(layer))?;
            Some(format!("{}.{field}", layer.id))
        };
        match take {
            Take::InScope => Some("in_scope".to_owned()),
            Take::Rest => Some("rest".to_owned()),
            Take::Over(layer) => of(layer, "over"),
            Take::SelfShare(layer) => of(layer, "self"),
            Take::Deductible(layer) => of(layer, "deductible"),
        }
    }
}

fn names(all: &[String], codes: &[u8]) -> Option<Names> {
    codes.iter().map(|code| all.get(usize::from(*code)).cloned()).collect()
}
