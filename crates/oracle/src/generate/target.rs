//! The rows that cases aim at.

use tongchou_wire::amount::Date;

use crate::pack::{Pack, Row, When};
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
    /// `[[layer.deductible]]` of the layer at this place
    Deductible(usize),
    /// `[[layer.band]]`
    Band(usize),
    /// `[[layer.adjust]]`
    Adjust(usize),
    /// `[[layer.cap]]`
    Cap(usize),
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
            Self::Deductible(at) | Self::Band(at) | Self::Adjust(at) | Self::Cap(at) => Some(at),
            Self::Prepay | Self::Limit | Self::Fixed | Self::Standing | Self::Free => None,
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
    of_table(&mut targets, &pack.prepay, Table::Prepay, &[]);
    of_table(&mut targets, &pack.limit, Table::Limit, &[]);
    of_table(&mut targets, &pack.fixed, Table::Fixed, &[]);
    of_table(&mut targets, &pack.standing, Table::Standing, &[]);
    for (at, layer) in pack.layers.iter().enumerate() {
        of_table(&mut targets, &layer.deductible, Table::Deductible(at), &layer.when);
        for row in &layer.band {
            let whole = target(row, Table::Band(at), &layer.when);
            for name in &row.says.names {
                targets.push(Target { name: name.clone(), ..whole.clone() });
            }
        }
        of_table(&mut targets, &layer.adjust, Table::Adjust(at), &layer.when);
        of_table(&mut targets, &layer.cap, Table::Cap(at), &layer.when);
    }
    targets
}

fn of_table<T>(
    targets: &mut Vec<Target>,
    rows: &[Row<T>],
    table: Table,
    layer_when: &[(String, Vec<String>)],
) {
    targets.extend(rows.iter().map(|row| target(row, table, layer_when)));
}

fn target<T>(row: &Row<T>, table: Table, layer_when: &[(String, Vec<String>)]) -> Target {
    Target {
        name: row.name.clone(),
        row: row.name.clone(),
        table,
        when: layer_when.iter().chain(&row.when).cloned().collect(),
        from: row.from,
        to: row.to,
    }
}

/// Whether the row of the target is the one that its table selects.
pub fn is_selected(pack: &Pack, target: &Target, day: Date, facts: &Facts<'_>) -> bool {
    match target.table {
        Table::Prepay => selects(&pack.prepay, target, day, facts),
        Table::Limit => selects(&pack.limit, target, day, facts),
        Table::Fixed => selects(&pack.fixed, target, day, facts),
        Table::Standing => selects(&pack.standing, target, day, facts),
        // The tables of a layer have no row above another in what matters here.
        Table::Deductible(_) | Table::Band(_) | Table::Adjust(_) | Table::Cap(_) | Table::Free => {
            facts.meet(&target.when).unwrap_or(false)
        }
    }
}

fn selects<T: PartialEq>(rows: &[Row<T>], target: &Target, day: Date, facts: &Facts<'_>) -> bool {
    select::row(rows, day, facts).ok().flatten().is_some_and(|row| row.name == target.row)
}
