//! The rows that cases aim at.

use tongchou_wire::amount::Date;

use crate::pack::{Layer, Pack, Row, When};
use crate::rates;
use crate::select::{self, Facts};

/// A table of a pack, or of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `[[prepay]]`
    Prepay,
    /// `[[limit]]`
    Limit,
    /// `[[fixed]]`
    Fixed,
    /// `[[standing]]`
    Standing,
    /// `[[layer.upfront]]` of the layer at this place
    Upfront(usize),
    /// `[[layer.deductible]]`
    Deductible(usize),
    /// `[[layer.band]]`
    Band(usize),
    /// `[[layer.adjust]]`
    Adjust(usize),
    /// `[[layer.cap]]` on what is paid
    Cap(usize),
    /// `[[layer.cap]]` on what enters
    Eligible(usize),
    /// `[[group.cap]]` of the group at this place
    GroupCap(usize),
    /// `[[personal]]`
    Personal,
    /// No table: any bill will do.
    Free,
}

impl Table {
    /// Whether its rows select fee lines.
    pub fn is_of_lines(self) -> bool {
        matches!(self, Self::Prepay | Self::Limit | Self::Fixed)
    }

    /// The place of its layer.
    pub fn layer(self) -> Option<usize> {
        match self {
            Self::Upfront(at) | Self::Deductible(at) | Self::Band(at) => Some(at),
            Self::Adjust(at) | Self::Cap(at) | Self::Eligible(at) => Some(at),
            Self::Prepay | Self::Limit | Self::Fixed | Self::Standing => None,
            Self::GroupCap(_) | Self::Personal | Self::Free => None,
        }
    }
}

/// A row to aim at.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name of the row, of the band for a row of bands.
    pub name: String,
    /// Name of the row.
    pub row: String,
    /// Its table.
    pub table: Table,
    /// Conditions of the row and of its layer.
    pub when: When,
    /// First day of effect.
    pub from: Date,
    /// Last day of effect.
    pub to: Date,
}

impl Target {
    /// No row in particular.
    pub fn free(pack: &Pack) -> Self {
        let name = String::new();
        let (row, when) = (name.clone(), When::new());
        Self { name, row, table: Table::Free, when, from: pack.from, to: pack.to }
    }
}

/// Every row of a pack, every band on its own, and one target that is no row.
pub fn all(pack: &Pack) -> Vec<Target> {
    let mut targets = vec![Target::free(pack)];
    of_table(&mut targets, &pack.prepay, Table::Prepay, None);
    of_table(&mut targets, &pack.limit, Table::Limit, None);
    of_table(&mut targets, &pack.fixed, Table::Fixed, None);
    of_table(&mut targets, &pack.standing, Table::Standing, None);
    of_table(&mut targets, &pack.personal, Table::Personal, None);
    for (at, group) in pack.groups.iter().enumerate() {
        of_table(&mut targets, &group.cap, Table::GroupCap(at), None);
    }
    for (at, layer) in pack.layers.iter().enumerate() {
        of_table(&mut targets, &layer.upfront, Table::Upfront(at), Some(layer));
        of_table(&mut targets, &layer.eligible, Table::Eligible(at), Some(layer));
        of_table(&mut targets, &layer.deductible, Table::Deductible(at), Some(layer));
        for row in &layer.band {
            let whole = target(row, Table::Band(at), Some(layer));
            for name in &row.says.names {
                targets.push(Target { name: name.clone(), ..whole.clone() });
            }
        }
        of_table(&mut targets, &layer.adjust, Table::Adjust(at), Some(layer));
        of_table(&mut targets, &layer.cap, Table::Cap(at), Some(layer));
    }
    targets.retain(|target| target.from <= target.to);
    targets
}

fn of_table<T>(targets: &mut Vec<Target>, rows: &[Row<T>], table: Table, layer: Option<&Layer>) {
    targets.extend(rows.iter().map(|row| target(row, table, layer)));
}

fn target<T>(row: &Row<T>, table: Table, layer: Option<&Layer>) -> Target {
    let of_layer = layer.into_iter().flat_map(|layer| &layer.when);
    Target {
        name: row.name.clone(),
        row: row.name.clone(),
        table,
        when: of_layer.chain(&row.when).cloned().collect(),
        from: layer.map_or(row.from, |layer| layer.from.max(row.from)),
        to: layer.map_or(row.to, |layer| layer.to.min(row.to)),
    }
}

/// Whether the row of the target is the one that its table selects.
pub fn is_selected(pack: &Pack, target: &Target, day: Date, facts: &Facts<'_>) -> bool {
    let layer = target.table.layer().and_then(|at| pack.layers.get(at));
    let takes_part = |layer: &Layer| {
        layer.from <= day && day <= layer.to && facts.meet(&layer.when).unwrap_or(false)
    };
    if layer.is_some_and(|layer| !takes_part(layer)) {
        return false;
    }
    match (target.table, layer) {
        (Table::Prepay, _) => selects(&pack.prepay, target, day, facts),
        (Table::Limit, _) => selects(&pack.limit, target, day, facts),
        (Table::Fixed, _) => selects(&pack.fixed, target, day, facts),
        (Table::Standing, _) => selects(&pack.standing, target, day, facts),
        (Table::Personal, _) => selects(&pack.personal, target, day, facts),
        (Table::GroupCap(at), _) => {
            pack.groups.get(at).is_some_and(|group| selects(&group.cap, target, day, facts))
        }
        (Table::Upfront(_), Some(layer)) => selects(&layer.upfront, target, day, facts),
        (Table::Deductible(_), Some(layer)) => selects(&layer.deductible, target, day, facts),
        (Table::Band(_), Some(layer)) => selects(&layer.band, target, day, facts),
        (Table::Cap(_), Some(layer)) => selects(&layer.cap, target, day, facts),
        (Table::Eligible(_), Some(layer)) => selects(&layer.eligible, target, day, facts),
        (Table::Adjust(_), Some(layer)) => {
            let steps = rates::adjustments(layer, day, facts).unwrap_or_default();
            steps.iter().any(|row| row.name == target.row)
        }
        _ => facts.meet(&target.when).unwrap_or(false),
    }
}

/// Whether the fund pays.
pub fn is_paid(pack: &Pack, day: Date, facts: &Facts<'_>) -> bool {
    let row = select::row(&pack.standing, day, facts).ok().flatten();
    row.is_none_or(|row| row.says.fund)
}

fn selects<T: PartialEq>(rows: &[Row<T>], target: &Target, day: Date, facts: &Facts<'_>) -> bool {
    select::row(rows, day, facts).ok().flatten().is_some_and(|row| row.name == target.row)
}
