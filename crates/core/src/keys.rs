//! Keys: the rows that one combination of dimensions meets, found once and interned.
//!
//! The hot path carries a small key a visit and a small code a line; a key names the layers that
//! take part and, for each admission ordinal, one folded row a layer. Adjustments are already in
//! the rates. Equal rows are stored once.

mod same;

use std::collections::HashMap;

use crate::layer::{
    AdjustNote, Extras, IN_SCOPE, LEAF_FIELDS, LayerRow, LayerSpec, RowClauses, Source,
    amount_index,
};
use crate::line::{LineRow, LineRule, LineShape, PlainRow, share_of};
use crate::money::{Fen, PPM, Ppm, Rounding};
use crate::pack::{
    AdjustStep, Bands, CutOf, Later, Layer, LimitUpto, Pack, Personal, RoundAt, Row, Standard, Take,
};
use crate::plan::{BANDS_MAX, LAYERS_MAX, Plan, PlanError, PlanLayer};
use crate::sabotage::{Fault, planted};
use crate::shape::Shape;
use crate::table::{Dense, NO_ROW, dims_hold};
use crate::trace::Entry;

pub use same::Same;

/// Parts of a bill that the account may pay, as bits.
pub mod reach {
    /// The person's share of in-scope amounts and of fixed lines.
    pub const IN_SCOPE: u8 = 1;
    /// Class-B pre-pay.
    pub const PREPAY: u8 = 2;
    /// Over a limit.
    pub const OVER_LIMIT: u8 = 4;
    /// Wholly self-paid.
    pub const FULL_SELF: u8 = 8;
    /// All of them.
    pub const ALL: u8 = 15;
}

/// A bound combination of dimensions, for use in columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub(crate) u16);

impl Key {
    /// The key of no visit.
    pub const NONE: Self = Self(u16::MAX);

    /// Its number, from 0 in the order of binding.
    #[must_use]
    pub fn number(self) -> usize {
        usize::from(self.0)
    }
}

/// A bound line row, for use in columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCode(pub(crate) u16);

impl LineCode {
    /// The code of no line: a column that carries it is refused.
    pub const NONE: Self = Self(u16::MAX);

    #[inline(always)]
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A combination of dimension values.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    /// One value index per dimension of the pack; those cut from the admission are ignored.
    pub codes: &'a [u8],
    /// Dimensions without a value, one bit each; refused where the value would matter.
    pub missing: u64,
    /// One amount per fact of the pack, in fen, as far as they were brought.
    pub facts: &'a [Option<i64>],
}

/// What a key means under one admission ordinal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyRow {
    pub year: i16,
    pub fund: bool,
    pub account: bool,
    /// The hospital bears what the fund takes no part in.
    pub hospital: bool,
    pub later: Later,
    pub stay: bool,
    pub reach: u8,
    pub path: u16,
    pub rows: [u16; LAYERS_MAX],
    /// Amounts that no layer takes here and that stay with the person, a bit each.
    pub leaves: u64,
    pub standing_clause: u16,
    pub account_clause: u16,
}

/// The layers that may take part for a kind of care, in order, with what each takes.
///
/// One path serves every person at one kind of care; a layer that is skipped at some point has
/// [`NO_ROW`] there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub shape: Shape,
    pub layers: Vec<LayerSpec>,
}

/// Keys and codes bound so far, with the rows they mean.
///
/// One value serves all plans of a pack, so a column may span several intervals of days.
#[derive(Clone, Debug)]
pub struct Keys {
    pub(crate) ordinals: u32,
    /// Whether every line code is an ordinary one, without a fixed amount.
    pub(crate) plain: bool,
    /// Whether some line code states a limit.
    pub(crate) limited: bool,
    pub(crate) keys: Vec<KeyRow>,
    pub(crate) paths: Vec<Path>,
    pub(crate) rows: Vec<LayerRow>,
    /// What rows with an index of extras add; the first is none.
    pub(crate) extras: Vec<Extras>,
    /// What the adjustments of rows did, for traces; the first is none.
    adjusts: Vec<Vec<AdjustNote>>,
    pub(crate) lines: Vec<LineRow>,
    /// The lines again, as far as plain ones need them.
    pub(crate) plain_lines: Vec<PlainRow>,
    pub(crate) rules: Vec<LineRule>,
    key_index: HashMap<Vec<KeyRow>, Key>,
    row_index: HashMap<LayerRow, u16>,
    line_index: HashMap<(LineRow, LineRule), LineCode>,
}

impl Keys {
    /// An empty set of keys for the plans of a pack.
    #[must_use]
    pub fn new(pack: &Pack) -> Self {
        let cuts = pack.dims.iter().filter_map(|dim| dim.cut.as_ref());
        let admission = cuts.filter(|cut| cut.of == CutOf::Admission);
        let last = admission.filter_map(|cut| cut.starts.last()).max().copied().unwrap_or(1);
        Self {
            ordinals: u32::try_from(last.clamp(1, 64)).unwrap_or(1),
            plain: true,
            limited: false,
            keys: Vec::new(),
            paths: Vec::new(),
            rows: Vec::new(),
            extras: vec![Extras::default()],
            adjusts: vec![Vec::new()],
            lines: Vec::new(),
            plain_lines: Vec::new(),
            rules: Vec::new(),
            key_index: HashMap::new(),
            row_index: HashMap::new(),
            line_index: HashMap::new(),
        }
    }

    /// Binds a combination of dimension values under a plan, for bills of a benefit year.
    ///
    /// # Errors
    /// [`PlanError`] where a value that matters is missing, a rate is not exact or the keys are
    /// used up.
    pub fn bind(
        &mut self,
        pack: &Pack,
        plan: &Plan,
        point: Point<'_>,
        year: i16,
    ) -> Result<Key, PlanError> {
        let variants = |codes: &[u8]| self.variants(pack, plan, (codes, point.facts), year);
        let conditions = pack.layers.iter().flat_map(|layer| &layer.when).map(|when| when.0);
        let care = pack.stay.care.as_ref().map(|(dim, _)| *dim);
        let dims: Vec<u16> = conditions.chain(care).collect();
        let variants = regardless(pack, point, (&plan.bill_tables(), &dims), variants)?;
        if let Some(key) = self.key_index.get(&variants) {
            return Ok(*key);
        }
        let key = u16::try_from(self.keys.len() / self.ordinals as usize).ok();
        let key = key.map(Key).filter(|key| *key != Key::NONE);
        let key = key.ok_or(PlanError::TooLarge("keys"))?;
        self.keys.extend_from_slice(&variants);
        self.key_index.insert(variants, key);
        Ok(key)
    }

    /// Binds a fee line: its dimension values, and the share it carries itself, if any.
    ///
    /// # Errors
    /// [`PlanError`] where the tables do not cover the line or the codes are used up.
    pub fn bind_line(
        &mut self,
        pack: &Pack,
        plan: &Plan,
        point: Point<'_>,
        own_share: Option<Ppm>,
    ) -> Result<LineCode, PlanError> {
        let meaning = |codes: &[u8]| line_row(pack, plan, codes, own_share);
        let tables = [&plan.prepay, &plan.limit, &plan.fixed];
        let (row, rule) = regardless(pack, point, (&tables, &[]), meaning)?;
        if let Some(code) = self.line_index.get(&(row, rule)) {
            return Ok(*code);
        }
        let code = u16::try_from(self.lines.len()).ok().filter(|code| *code != LineCode::NONE.0);
        let code = LineCode(code.ok_or(PlanError::TooLarge("line codes"))?);
        self.plain &= row.is_plain();
        self.limited |= rule.states_a_limit();
        self.lines.push(row);
        self.plain_lines.push(row.plain());
        self.rules.push(rule);
        self.line_index.insert((row, rule), code);
        Ok(code)
    }

    /// The limit and clauses behind a line code.
    #[must_use]
    pub fn rule(&self, code: LineCode) -> Option<&LineRule> {
        self.rules.get(usize::from(code.0))
    }

    /// The registered shape of a row's path.
    #[inline(always)]
    pub(crate) fn shape(&self, row: &KeyRow) -> Shape {
        self.paths.get(usize::from(row.path)).map_or(Shape::General, |path| path.shape)
    }

    /// Slots that a record needs for these keys.
    #[must_use]
    pub fn slots_needed(&self) -> usize {
        let specs = self.paths.iter().flat_map(|path| &path.layers);
        let slots = specs.flat_map(|spec| [spec.used, spec.position, spec.paid, spec.group]);
        usize::from(slots.max().unwrap_or(0)) + 1
    }

    /// Number of keys bound so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.keys.len() / self.ordinals.max(1) as usize
    }

    /// A key by its number; [`Key::NONE`] above the last.
    #[must_use]
    pub fn nth(&self, number: usize) -> Key {
        let known = u16::try_from(number).ok().filter(|_| number < self.count());
        known.map_or(Key::NONE, Key)
    }

    /// Number of line codes or layer rows bound so far, whichever is more.
    #[must_use]
    pub fn bound(&self) -> usize {
        self.lines.len().max(self.rows.len())
    }

    /// How a bill under a key may be claimed afterwards, where the fund takes no part.
    #[must_use]
    pub fn later(&self, key: Key) -> Later {
        self.key_row(key, 1).map_or(Later::None, |row| row.later)
    }

    /// Whether a key's care is a stay.
    #[must_use]
    pub fn is_stay(&self, key: Key) -> bool {
        self.key_row(key, 1).is_some_and(|row| row.stay)
    }

    /// Whether the fund pays under a key's standing.
    #[must_use]
    pub fn fund_pays(&self, key: Key) -> bool {
        self.key_row(key, 1).is_some_and(|row| row.fund)
    }

    /// Indices of the layers that take part, in the order of their results in the scratch.
    pub fn layers(&self, key: Key, ordinal: u32) -> impl Iterator<Item = u8> {
        let row = self.key_row(key, ordinal);
        let path = row.and_then(|row| self.paths.get(usize::from(row.path)));
        path.into_iter().flat_map(|path| path.layers.iter().map(|spec| spec.index))
    }

    /// Size in bytes of the rows that the hot path reads.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let paths = self.paths.iter().map(|p| p.layers.len() * size_of::<LayerSpec>());
        self.keys.len() * size_of::<KeyRow>()
            + self.rows.len() * size_of::<LayerRow>()
            + self.lines.len() * size_of::<LineRow>()
            + paths.sum::<usize>()
    }

    /// What a point means under each admission ordinal.
    fn variants(
        &mut self,
        pack: &Pack,
        plan: &Plan,
        (codes, facts): (&[u8], &[Option<i64>]),
        year: i16,
    ) -> Result<Vec<KeyRow>, PlanError> {
        let mut codes = codes.to_vec();
        let mut variants = Vec::with_capacity(self.ordinals as usize);
        for ordinal in 1..=self.ordinals {
            for (dim, code) in pack.dims.iter().zip(&mut codes) {
                if let Some(cut) = dim.cut.as_ref().filter(|cut| cut.of == CutOf::Admission) {
                    *code = cut.class(i64::from(ordinal));
                }
            }
            variants.push(self.bind_row(pack, plan, (&codes, facts), year)?);
        }
        Ok(variants)
    }

    fn bind_row(
        &mut self,
        pack: &Pack,
        plan: &Plan,
        (codes, facts): (&[u8], &[Option<i64>]),
        year: i16,
    ) -> Result<KeyRow, PlanError> {
        let standing = match &plan.standing {
            Some(table) => {
                let row = table.row(codes).and_then(|r| pack.standing.get(r));
                Some(row.ok_or(PlanError::Damaged("standing"))?)
            }
            None => None,
        };
        let stay = pack.stay.care.as_ref().is_some_and(|(dim, values)| {
            codes.get(usize::from(*dim)).is_some_and(|v| values.contains(v))
        });
        let possible = possible(pack, plan, codes);
        let path = self.path(pack, plan, &possible)?;
        let mut rows = [NO_ROW; LAYERS_MAX];
        for (slot, index) in rows.iter_mut().zip(&possible) {
            let takes_part = |l: &crate::pack::Layer| dims_hold(&l.when, codes);
            if pack.layers.get(*index).is_some_and(takes_part) {
                *slot = self.layer_row(pack, plan, *index, (codes, facts))?;
            }
        }
        let personal = find(&pack.personal, plan.personal.row(codes));
        let personal = personal.ok_or(PlanError::Damaged("personal"))?;
        let leaves = self.paths.get(usize::from(path)).map_or(0, |path| leaves(path, &rows));
        Ok(KeyRow {
            year,
            leaves,
            fund: standing.is_none_or(|row| row.value.fund),
            account: standing.is_none_or(|row| row.value.account),
            hospital: standing.is_some_and(|row| row.value.hospital),
            later: standing.map_or(Later::None, |row| row.value.later),
            stay,
            reach: reach_bits(personal.value),
            path,
            rows,
            standing_clause: standing.map_or(personal.clause, |row| row.clause),
            account_clause: personal.clause,
        })
    }

    fn path(&mut self, pack: &Pack, plan: &Plan, layers: &[usize]) -> Result<u16, PlanError> {
        let path = compile_path(pack, plan, layers)?;
        let index = self.paths.iter().position(|p| *p == path).unwrap_or_else(|| {
            self.paths.push(path);
            self.paths.len() - 1
        });
        u16::try_from(index).map_err(|_| PlanError::TooLarge("paths"))
    }

    fn layer_row(
        &mut self,
        pack: &Pack,
        plan: &Plan,
        layer: usize,
        (codes, facts): (&[u8], &[Option<i64>]),
    ) -> Result<u16, PlanError> {
        let damaged = || PlanError::Damaged("layer");
        let source = pack.layers.get(layer).ok_or_else(damaged)?;
        let tables = plan.layers.get(layer).ok_or_else(damaged)?;
        let (mut row, notes) = folded(source, tables, (codes, facts))?;
        row.clauses.adjust = self.adjusts(notes)?;
        let extras = extras(pack, plan, layer, codes).ok_or_else(damaged)?;
        row.extras = self.extra(extras)?;
        if let Some(index) = self.row_index.get(&row) {
            return Ok(*index);
        }
        let index = u16::try_from(self.rows.len()).map_err(|_| PlanError::TooLarge("rows"))?;
        self.rows.push(row);
        self.row_index.insert(row, index);
        Ok(index)
    }
}

impl Keys {
    /// What the adjustments of a row did.
    #[inline]
    pub(crate) fn notes(&self, row: &LayerRow) -> &[AdjustNote] {
        self.adjusts.get(usize::from(row.clauses.adjust)).map_or(&[], Vec::as_slice)
    }

    /// Index of a row's adjustments, stored once; 0 for none.
    fn adjusts(&mut self, notes: Vec<AdjustNote>) -> Result<u16, PlanError> {
        let found = self.adjusts.iter().position(|known| *known == notes);
        let index = found.unwrap_or(self.adjusts.len());
        if found.is_none() {
            self.adjusts.push(notes);
        }
        u16::try_from(index).map_err(|_| PlanError::TooLarge("rows"))
    }

    /// Index of a row's extras, stored once; 0 for none.
    fn extra(&mut self, extras: Extras) -> Result<u16, PlanError> {
        let found = self.extras.iter().position(|known| *known == extras);
        let index = found.unwrap_or(self.extras.len());
        if found.is_none() {
            self.extras.push(extras);
        }
        u16::try_from(index).map_err(|_| PlanError::TooLarge("rows"))
    }
}

/// What few rows have: an upfront share, an eligible cap, a group's cap, one rounding for a bill.
///
/// Equal to the default where the row has none of them.
fn extras(pack: &Pack, plan: &Plan, layer: usize, codes: &[u8]) -> Option<Extras> {
    let mut extras = Extras::default();
    let (source, tables) = (pack.layers.get(layer)?, plan.layers.get(layer)?);
    extras.round_bill = source.round == RoundAt::Bill;
    if let Some(row) = find(&source.upfront, tables.upfront.row(codes)).filter(|r| r.value.0 > 0) {
        (extras.upfront, extras.upfront_clause) = (row.value.0, row.clause);
    }
    if let Some(table) = &tables.eligible {
        let row = find(&source.eligible, table.row(codes))?;
        if let Some(Fen(end)) = row.value.amount {
            (extras.end, extras.end_clause) = (end, row.clause);
        }
    }
    let member = |group: &crate::pack::Group| group.layers.iter().any(|l| usize::from(*l) == layer);
    let mut groups = pack.groups.iter().zip(&plan.groups);
    if let Some((group, table)) = groups.find(|(group, _)| member(group)) {
        let row = find(&group.cap, table.row(codes))?;
        if let Some(Fen(cap)) = row.value.amount {
            (extras.group_cap, extras.group_clause) = (cap, row.clause);
        }
    }
    Some(extras)
}

impl crate::pack::Cut {
    /// The value index that a number falls into.
    #[must_use]
    pub fn class(&self, number: i64) -> u8 {
        let below = self.starts.iter().filter(|start| **start <= number).count();
        u8::try_from(below).unwrap_or(u8::MAX)
    }
}

/// Amounts of a path that none of the layers taking part takes.
fn leaves(path: &Path, rows: &[u16]) -> u64 {
    let taking = |own: u8| rows.get(usize::from(own)).is_some_and(|row| *row != NO_ROW);
    let leaf = |index: &u8| {
        let mut specs = (0_u8..).zip(&path.layers);
        !specs.any(|(own, spec)| taking(own) && spec.consumes(own, *index))
    };
    let fields = (0..8_u8).flat_map(|p| LEAF_FIELDS.map(|field| amount_index(p, field)));
    fields.chain([IN_SCOPE]).filter(leaf).fold(0, |bits, index| bits | 1 << index)
}

fn reach_bits(personal: Personal) -> u8 {
    let bit = |on: bool, bit: u8| if on { bit } else { 0 };
    bit(personal.in_scope, reach::IN_SCOPE)
        | bit(personal.prepay, reach::PREPAY)
        | bit(personal.over_limit, reach::OVER_LIMIT)
        | bit(personal.full_self, reach::FULL_SELF)
}

/// Layers that are enabled and not excluded by the care of the bill alone.
fn possible(pack: &Pack, plan: &Plan, codes: &[u8]) -> Vec<usize> {
    let care = pack.stay.care.as_ref().map(|(dim, _)| *dim);
    let holds = |when: &(u16, Vec<u8>)| {
        care.is_some_and(|care| care != when.0) || dims_hold(std::slice::from_ref(when), codes)
    };
    let layers = pack.layers.iter().zip(&plan.layers).enumerate();
    layers.filter(|(_, (l, p))| p.enabled && l.when.iter().all(holds)).map(|(i, _)| i).collect()
}

/// Most combinations tried for values that are missing.
const TRIED_MAX: usize = 1_024;

/// What a point means although some of its values are missing: refused only where they matter,
/// that is where other values would mean something else.
fn regardless<R: PartialEq>(
    pack: &Pack,
    point: Point<'_>,
    (tables, dims): (&[&Dense], &[u16]),
    mut meaning: impl FnMut(&[u8]) -> Result<R, PlanError>,
) -> Result<R, PlanError> {
    let absent = |dim: usize| u32::try_from(dim).is_ok_and(|d| point.missing >> d.min(63) & 1 == 1);
    let named = |dim: usize| tables.iter().any(|table| table.names(dim));
    let asked = |dim: usize| dims.iter().any(|d| usize::from(*d) == dim);
    let missing = (0..pack.dims.len()).filter(|d| absent(*d) && (named(*d) || asked(*d)));
    let size = |dim: usize| pack.dims.get(dim).map_or(1, |d| d.values.len());
    let missing: Vec<(usize, usize)> = missing.map(|dim| (dim, size(dim))).collect();
    let count: usize = missing.iter().fold(1, |n, (_, size)| n.saturating_mul(*size));
    let first = missing.first().and_then(|(dim, _)| u16::try_from(*dim).ok());
    if count > TRIED_MAX {
        return Err(PlanError::Missing(first.unwrap_or(u16::MAX)));
    }
    let mut codes = point.codes.to_vec();
    let mut meanings = Vec::with_capacity(count);
    for combination in 0..count {
        let mut rest = combination;
        for (dim, size) in &missing {
            if let Some(code) = codes.get_mut(*dim) {
                *code = u8::try_from(rest % size).unwrap_or(0);
            }
            rest /= size;
        }
        meanings.push(meaning(&codes)?);
    }
    let mut stride = 1;
    for (dim, size) in &missing {
        let differs = |i: usize| meanings.get(i) != meanings.get(i - i / stride % size * stride);
        if (0..count).any(differs) {
            return Err(PlanError::Missing(u16::try_from(*dim).unwrap_or(u16::MAX)));
        }
        stride *= size;
    }
    meanings.pop().ok_or(PlanError::Damaged("dims"))
}

fn compile_path(pack: &Pack, plan: &Plan, active: &[usize]) -> Result<Path, PlanError> {
    let mut layers: Vec<LayerSpec> = Vec::with_capacity(active.len());
    let slot = |layer: &str, name: &str| {
        let name = format!("{layer}.{name}");
        plan.counters.iter().find(|c| c.name == name).map_or(0, |c| c.slot)
    };
    for index in active {
        let damaged = || PlanError::Damaged("path");
        let layer = pack.layers.get(*index).ok_or_else(damaged)?;
        let tables = plan.layers.get(*index).ok_or_else(damaged)?;
        let mut spec = LayerSpec::new(u8::try_from(*index).map_err(|_| damaged())?, layer, tables);
        for take in &tables.takes {
            take_in(&mut spec, *take, active);
        }
        let fresh = |take: &Take| matches!(take, Take::InScope | Take::Over(_));
        spec.counts = if tables.takes.iter().all(fresh) { -1 } else { 0 };
        let [used, position, paid] = ["deductible_used", "position", "paid"];
        spec.keeps(slot(&layer.id, used), slot(&layer.id, position), slot(&layer.id, paid));
        let member = |g: &&crate::pack::Group| g.layers.iter().any(|l| usize::from(*l) == *index);
        if let Some(group) = pack.groups.iter().find(member) {
            spec.group = slot(&group.id, paid);
            let earlier = active.iter().zip(0_u32..).take(layers.len());
            let grouped =
                earlier.filter(|(at, _)| group.layers.iter().any(|l| usize::from(*l) == **at));
            spec.group_before = grouped.fold(0, |bits, (_, position)| bits | 1_u8 << position);
        }
        layers.push(spec);
    }
    let takes: Vec<&[u8]> = layers.iter().map(LayerSpec::taken).collect();
    let grouped = layers.iter().any(|spec| spec.group != 0 || spec.group_before != 0);
    let shape = if grouped { Shape::General } else { Shape::of(&takes) };
    Ok(Path { shape, layers })
}

/// Resolves one `takes` entry to a source; an amount of a layer outside the path is zero.
fn take_in(spec: &mut LayerSpec, take: Take, path: &[usize]) {
    let of = |layer: u8, field: u8| {
        let position = path.iter().position(|index| *index == usize::from(layer))?;
        Some(Source::Field(u8::try_from(position).ok()?, field))
    };
    let source = match take {
        Take::InScope => Some(Source::InScope),
        Take::Over(layer) => of(layer, crate::layer::OVER),
        Take::SelfShare(layer) => of(layer, crate::layer::SELF_SHARE),
        Take::Deductible(layer) => of(layer, crate::layer::DEDUCTIBLE),
        Take::Rest => Some(Source::Rest),
    };
    if let Some(source) = source {
        spec.takes(source);
    }
}

fn find<V>(rows: &[Row<V>], row: Option<usize>) -> Option<&Row<V>> {
    rows.get(row?)
}

/// A layer's row at a point: deductible, adjusted bands and cap in one.
fn folded(
    source: &Layer,
    tables: &PlanLayer,
    (codes, facts): (&[u8], &[Option<i64>]),
) -> Result<(LayerRow, Vec<AdjustNote>), PlanError> {
    let damaged = || PlanError::Damaged("layer row");
    let deductible = match &tables.deductible {
        Some(table) => Some(find(&source.deductible, table.row(codes)).ok_or_else(damaged)?),
        None => None,
    };
    let band = find(&source.band, tables.band.row(codes)).ok_or_else(damaged)?;
    let cap = match &tables.cap {
        Some(table) => Some(find(&source.cap, table.row(codes)).ok_or_else(damaged)?),
        None => None,
    };
    let steps = tables.adjust.iter().filter_map(|table| find(&source.adjust, table.row(codes)));
    let steps: Vec<&Row<crate::pack::Adjust>> = steps.collect();
    let mut row = bands_row(&band.value);
    let bands = row.bands();
    let mut notes: Vec<AdjustNote> = steps
        .iter()
        .map(|step| AdjustNote { clause: step.clause, rates: [0; BANDS_MAX] })
        .collect();
    for (band, rate) in row.rates.iter_mut().enumerate().take(bands) {
        let mut share = PPM - i64::from(*rate);
        for (step, note) in steps.iter().zip(&mut notes) {
            share = adjusted(share, step.value.step)
                .ok_or_else(|| PlanError::InexactRate(source.id.clone()))?;
            share = if tables.clamp_each { share.clamp(0, PPM) } else { share };
            *rate = u32::try_from(PPM - share.clamp(0, PPM)).map_err(|_| damaged())?;
            *note.rates.get_mut(band).ok_or_else(damaged)? = *rate;
        }
    }
    row.deductible = deductible.map_or(Ok(0), |d| standard(d.value, facts))?;
    row.cap = cap.and_then(|c| c.value.amount).map_or(i64::MAX, |Fen(fen)| fen);
    let none = source.clause;
    row.clauses = RowClauses {
        deductible: deductible.map_or(none, |d| d.clause),
        band: band.clause,
        cap: cap.map_or_else(|| cap_clause(source, tables, codes), |c| c.clause),
        adjust: 0,
    };
    Ok((row, notes))
}

/// Whom to cite for what was cut off, where no cap on payments says so.
fn cap_clause(source: &Layer, tables: &PlanLayer, codes: &[u8]) -> u16 {
    let eligible = tables.eligible.as_ref().and_then(|table| table.row(codes));
    find(&source.eligible, eligible).map_or(source.clause, |row| row.clause)
}

/// A deductible standard in fen.
fn standard(standard: Standard, facts: &[Option<i64>]) -> Result<i64, PlanError> {
    match standard {
        Standard::Amount(Fen(fen)) => Ok(fen),
        Standard::OfFact(fact, Ppm(share)) => {
            let amount = facts.get(usize::from(fact)).copied().flatten();
            let amount = amount.ok_or(PlanError::MissingFact(fact))?;
            let half = u32::try_from(Rounding::HalfUp.bias(PPM)).unwrap_or(0);
            Ok(share_of(amount, share, half))
        }
    }
}

fn bands_row(bands: &Bands) -> LayerRow {
    let mut row = LayerRow::default();
    for (slot, limit) in row.limits.iter_mut().zip(&bands.upto) {
        *slot = limit.0 + i64::from(planted(Fault::BandEdge));
    }
    for (slot, rate) in row.rates.iter_mut().zip(&bands.pays) {
        *slot = rate.0;
    }
    row.count = u32::try_from(bands.pays.len().min(BANDS_MAX)).unwrap_or(1);
    row
}

/// One adjustment of the person's share; `None` if the result is not whole in ppm, or out of all
/// bounds.
fn adjusted(share: i64, step: AdjustStep) -> Option<i64> {
    match step {
        AdjustStep::Times(factor) => {
            let product = share.checked_mul(i64::from(factor))?;
            (product % PPM == 0).then_some(product / PPM)
        }
        AdjustStep::Add(points) => share.checked_add(i64::from(points)),
        AdjustStep::Set(share) => Some(i64::from(share.0)),
    }
}

fn line_row(
    pack: &Pack,
    plan: &Plan,
    codes: &[u8],
    own_share: Option<Ppm>,
) -> Result<(LineRow, LineRule), PlanError> {
    let classify = &pack.classify;
    let fixed = find(&classify.fixed, plan.fixed.row(codes));
    let prepay = find(&classify.prepay, plan.prepay.row(codes));
    let prepay = prepay.ok_or(PlanError::Damaged("prepay"))?;
    let limit = find(&classify.limit, plan.limit.row(codes));
    let own = own_share.is_some() && !prepay.value.strict;
    let share = own_share.filter(|_| own).unwrap_or(prepay.value.share);
    let shape = match fixed.and_then(|row| row.value.pays) {
        Some(Fen(pays)) => LineShape::Fixed(pays),
        None if i64::from(share.0) == PPM => LineShape::FullSelf,
        None => LineShape::Ordinary,
    };
    let bias = u32::try_from(classify.rounding.bias(PPM)).unwrap_or(0);
    // What does not reach the line is left out, so that it cannot make a difference.
    let is_fixed = matches!(shape, LineShape::Fixed(_));
    let limit =
        limit.filter(|row| shape == LineShape::Ordinary && row.value.upto != LimitUpto::None);
    let fixed = fixed.filter(|_| is_fixed);
    let cited = !own && !is_fixed;
    let row = LineRow::new(shape, share, bias, plan.of_fee);
    let rule = LineRule {
        limit: limit.map(|row| row.value),
        rounding: classify.rounding,
        prepay_clause: if cited { prepay.clause } else { Entry::GIVEN },
        limit_clause: limit.map_or(Entry::GIVEN, |row| row.clause),
        fixed_clause: fixed.map_or(Entry::GIVEN, |row| row.clause),
    };
    Ok((row, rule))
}
