//! A class: what a combination means for the layers, by value.
//!
//! Combinations whose rows state the same numbers are one class and are proved once.

use tongchou_core::money::{Fen, PPM, Ppm, Rounding};
use tongchou_core::pack::{
    AdjustStep, Backsolve, Choice, Clamp, Layer, Origin, Pack, RoundAt, Scope, Side, Standard, Take,
};

use super::ratio::Ratio;
use super::space::{Leaf, Table};

/// What the layers of a combination do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Class {
    /// Whether the fund takes part.
    pub(super) open: bool,
    /// Whether the hospital bears a bill that the fund takes no part in.
    pub(super) hospital: bool,
    /// Whether the bill belongs to a stay.
    pub(super) stay: bool,
    /// The layers that take part, in order.
    pub(super) layers: Vec<Rows>,
}

/// A layer's rows in one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rows {
    /// Index in the pack.
    pub(super) layer: usize,
    pub(super) takes: Vec<Source>,
    pub(super) upfront: u32,
    pub(super) standard: Amount,
    pub(super) standard_per: Per,
    pub(super) bands: Vec<(Option<i64>, u32)>,
    pub(super) basis: Per,
    pub(super) incl: bool,
    pub(super) cap: Option<i64>,
    pub(super) cap_per: Per,
    /// Where the axis ends.
    pub(super) end: Option<i64>,
    /// The group that caps it: its index, amount, and what it is counted per.
    pub(super) group: Option<(usize, i64, Per)>,
    pub(super) rounding: (Rounding, RoundKind),
}

/// What an amount is counted per, in a form that can be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Per {
    Bill,
    Stay,
    Year,
}

/// Where and on which side a layer rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RoundKind {
    pub(super) each_band: bool,
    pub(super) once: bool,
    pub(super) person: bool,
    pub(super) nearest: bool,
}

/// Where a layer's intake comes from: positions among the class's layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    InScope,
    Rest,
    Over(usize),
    Own(usize),
    Deductible(usize),
}

/// A deductible standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Amount {
    Stated(i64),
    OfFact(u16, u32),
}

impl Amount {
    /// The standard where every fact is as given, unrounded.
    pub(super) fn under(self, fact: i64) -> Ratio {
        match self {
            Self::Stated(fen) => Ratio::whole(fen),
            Self::OfFact(_, rate) => Ratio::whole(fact) * Ratio::ppm(rate),
        }
    }
}

impl From<Scope> for Per {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Bill => Self::Bill,
            Scope::Stay => Self::Stay,
            Scope::Year => Self::Year,
        }
    }
}

impl Class {
    /// Whether some deductible is taken of a fact.
    pub(super) fn asks_facts(&self) -> bool {
        self.layers.iter().any(|rows| matches!(rows.standard, Amount::OfFact(..)))
    }

    /// Whether a counter per that scope counts for the bills of the class.
    pub(super) fn counts(&self, scope: Per) -> bool {
        scope == Per::Year || (scope == Per::Stay && self.stay)
    }
}

/// A class, and whether adjustments were held within 0–100 %, by layer.
pub(super) struct Built {
    pub(super) class: Class,
    pub(super) clamped: Vec<usize>,
    /// Layers with a rate that is not whole in ppm.
    pub(super) inexact: Vec<usize>,
}

/// What a combination's rows say; `None` where a table that must have a row has none.
pub(super) fn build(pack: &Pack, leaf: &Leaf) -> Option<Built> {
    let standing = match pack.standing.is_empty() {
        true => None,
        false => Some(pack.standing.get(leaf.row(Table::Standing)?)?.value),
    };
    let open = standing.is_none_or(|standing| standing.fund);
    let hospital = standing.is_some_and(|standing| !standing.fund && standing.hospital);
    let stay = open && leaf.row(Table::Stay).is_some();
    let class = Class { open, hospital, stay, layers: Vec::new() };
    let mut built = Built { class, clamped: Vec::new(), inexact: Vec::new() };
    if !open {
        return Some(built);
    }
    let all = 0..pack.layers.len();
    let on: Vec<usize> = all.filter(|l| leaf.row(Table::Enabled(*l)).is_some()).collect();
    for index in &on {
        let layer = pack.layers.get(*index)?;
        let rows = rows(pack, leaf, (*index, layer), &on, &mut built)?;
        built.class.layers.push(rows);
    }
    Some(built)
}

fn chosen<T: Clone>(choice: &Choice<T>, row: Option<usize>) -> Option<T> {
    match choice {
        Choice::Is(value) => Some(value.clone()),
        Choice::Param(_, values) => values.get(row?).cloned(),
    }
}

fn rows(
    pack: &Pack,
    leaf: &Leaf,
    (index, layer): (usize, &Layer),
    on: &[usize],
    built: &mut Built,
) -> Option<Rows> {
    let source = |take: &Take| {
        let place = |l: &u8| on.iter().position(|at| *at == usize::from(*l));
        match take {
            Take::InScope => Some(Source::InScope),
            Take::Rest => Some(Source::Rest),
            Take::Over(l) => place(l).map(Source::Over),
            Take::SelfShare(l) => place(l).map(Source::Own),
            Take::Deductible(l) => place(l).map(Source::Deductible),
        }
    };
    let takes = chosen(&layer.takes, leaf.row(Table::Takes(index)))?;
    let deductible = match layer.deductible.is_empty() {
        true => None,
        false => Some(layer.deductible.get(leaf.row(Table::Deductible(index))?)?.value),
    };
    let cap = |rows: &[tongchou_core::pack::Row<tongchou_core::pack::Cap>], table| {
        let row = if rows.is_empty() { None } else { Some(rows.get(leaf.row(table)?)?) };
        Some(row.and_then(|row| row.value.amount).map(|Fen(fen)| fen))
    };
    let upfront = leaf.row(Table::Upfront(index)).and_then(|row| layer.upfront.get(row));
    let clamp = chosen(&layer.clamp, leaf.row(Table::Clamp(index)))?;
    let backsolve = chosen(&layer.backsolve, leaf.row(Table::Backsolve(index)))?;
    let member = |g: &tongchou_core::pack::Group| g.layers.iter().any(|l| usize::from(*l) == index);
    let group = match pack.groups.iter().position(member) {
        None => None,
        Some(at) => {
            let row = pack.groups.get(at)?.cap.get(leaf.row(Table::Group(at))?)?.value;
            row.amount.map(|Fen(fen)| (at, fen, row.per.into()))
        }
    };
    let kind = RoundKind {
        each_band: layer.round == RoundAt::Band,
        once: layer.round == RoundAt::Once,
        person: chosen(&layer.round_side, leaf.row(Table::Side(index)))? == Side::Person,
        nearest: backsolve == Backsolve::Nearest,
    };
    let standard = match deductible {
        None => Amount::Stated(0),
        Some(Standard::Amount(Fen(fen))) => Amount::Stated(fen),
        Some(Standard::OfFact(fact, Ppm(rate))) => Amount::OfFact(fact, rate),
    };
    Some(Rows {
        layer: index,
        takes: takes.iter().filter_map(source).collect(),
        upfront: upfront.map_or(0, |row| row.value.0),
        standard,
        standard_per: chosen(&layer.deductible_scope, leaf.row(Table::Scope(index)))?.into(),
        bands: bands(leaf, (index, layer), clamp, built)?,
        basis: chosen(&layer.basis, leaf.row(Table::Basis(index)))?.into(),
        incl: chosen(&layer.origin, leaf.row(Table::Origin(index)))? == Origin::Incl,
        cap: cap(&layer.cap, Table::Cap(index))?,
        cap_per: layer.cap.first().map_or(Per::Bill, |row| row.value.per.into()),
        end: cap(&layer.eligible, Table::Eligible(index))?,
        group,
        rounding: (layer.rounding, kind),
    })
}

/// The bands with their adjusted rates.
fn bands(
    leaf: &Leaf,
    (index, layer): (usize, &Layer),
    clamp: Clamp,
    built: &mut Built,
) -> Option<Vec<(Option<i64>, u32)>> {
    let row = &layer.band.get(leaf.row(Table::Band(index))?)?.value;
    let steps = leaf.rows.iter().filter_map(|(table, row)| match table {
        Table::Adjust(l, _) if *l == index => Some(layer.adjust.get(*row)?.value.step),
        _ => None,
    });
    let steps: Vec<AdjustStep> = steps.collect();
    let (mut clamped, mut inexact) = (false, false);
    let mut bands = Vec::new();
    let ends = row.upto.iter().map(|Fen(fen)| Some(*fen)).chain([None]);
    for (end, Ppm(rate)) in ends.zip(&row.pays) {
        let mut share = PPM - i64::from(*rate);
        for step in &steps {
            let raw = match step {
                AdjustStep::Times(factor) => {
                    inexact |= share * i64::from(*factor) % PPM != 0;
                    share * i64::from(*factor) / PPM
                }
                AdjustStep::Add(points) => share + i64::from(*points),
                AdjustStep::Set(Ppm(set)) => i64::from(*set),
            };
            share = if clamp == Clamp::Each { raw.clamp(0, PPM) } else { raw };
            clamped |= share != raw;
        }
        let held = share.clamp(0, PPM);
        clamped |= held != share;
        bands.push((end, u32::try_from(PPM - held).ok()?));
    }
    if clamped {
        built.clamped.push(index);
    }
    if inexact {
        built.inexact.push(index);
    }
    Some(bands)
}
