//! Dense tables: rows with conditions, expanded over the dimensions that they name.
//!
//! INVARIANT: every cell of a total table holds exactly one row, the only one at the highest
//! priority; a gap or an overlap is an error that carries the point.

use crate::calendar::Day;
use crate::pack::Row;
use crate::sabotage::{Fault, planted};

/// Marks a cell without a row in a table that need not be total.
pub const NO_ROW: u16 = u16::MAX;
/// Most cells one table may have.
pub const CELLS_MAX: usize = 1 << 20;

/// What is wrong with a table, and where: the row indices and the value index of each dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableFault {
    /// No row applies.
    Gap(Vec<(u16, u8)>),
    /// Two rows apply at the same priority.
    Overlap(Vec<(u16, u8)>, usize, usize),
    /// Too many cells.
    TooLarge,
    /// An index points nowhere.
    Damaged,
}

/// A table over the dimensions that its rows name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dense {
    axes: Vec<Axis>,
    cells: Vec<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Axis {
    dim: u16,
    size: u8,
    stride: u32,
}

/// What a table is expanded for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Number of values of each dimension.
    pub sizes: &'a [u8],
    /// Chosen value of each parameter.
    pub params: &'a [u8],
    /// The day.
    pub day: Day,
    /// First day of the pack.
    pub first: Day,
    /// Conditions under which the table is asked at all; elsewhere it needs no row.
    pub within: &'a [(u16, Vec<u8>)],
}

impl Scope<'_> {
    /// Whether the row is in force on the day under the chosen parameters.
    pub fn admits<V>(&self, row: &Row<V>) -> bool {
        let late = i32::from(planted(Fault::DayLate));
        let start = row.from.0 + if row.from == self.first { 0 } else { late };
        start <= self.day.0
            && self.day.0 <= row.to.0 + late
            && params_hold(&row.params, self.params)
    }
}

/// Whether every condition on a parameter holds.
#[must_use]
pub fn params_hold(conditions: &[(u16, Vec<u8>)], chosen: &[u8]) -> bool {
    conditions
        .iter()
        .all(|(param, values)| chosen.get(usize::from(*param)).is_some_and(|v| values.contains(v)))
}

/// Whether every condition on a dimension holds at a point.
#[must_use]
pub fn dims_hold(conditions: &[(u16, Vec<u8>)], codes: &[u8]) -> bool {
    conditions
        .iter()
        .all(|(dim, values)| codes.get(usize::from(*dim)).is_some_and(|v| values.contains(v)))
}

impl Dense {
    /// Expands the rows that the scope admits and the filter keeps.
    ///
    /// # Errors
    /// A [`TableFault`]: a gap (only if `total`), an overlap, or a table that cannot be expanded.
    pub fn expand<V>(
        rows: &[Row<V>],
        scope: Scope<'_>,
        keep: impl Fn(&Row<V>) -> bool,
        total: bool,
    ) -> Result<Self, TableFault> {
        let live: Vec<(usize, &Row<V>)> =
            rows.iter().enumerate().filter(|(_, r)| scope.admits(*r) && keep(r)).collect();
        let axes = axes(&live, scope.sizes)?;
        let count = axes.iter().try_fold(1_usize, |n, a| n.checked_mul(usize::from(a.size)));
        let count = count.filter(|n| *n <= CELLS_MAX).ok_or(TableFault::TooLarge)?;
        if live.is_empty() && !total {
            return Ok(Self { axes, cells: vec![NO_ROW] });
        }
        let mut codes = vec![0_u8; scope.sizes.len()];
        let mut cells = Vec::with_capacity(count);
        for cell in 0..count {
            for axis in &axes {
                let value = cell / axis.stride as usize % usize::from(axis.size);
                let value = u8::try_from(value).map_err(|_| TableFault::Damaged)?;
                *codes.get_mut(usize::from(axis.dim)).ok_or(TableFault::Damaged)? = value;
            }
            let asked = scope.within.iter().all(|(dim, values)| {
                let named = axes.iter().any(|axis| axis.dim == *dim);
                !named || dims_hold(&[(*dim, values.clone())], &codes)
            });
            cells.push(if asked { pick(&live, &codes, &axes, total)? } else { NO_ROW });
        }
        Ok(Self { axes, cells })
    }

    /// Index of the row that applies at a point given as one value index per dimension.
    #[must_use]
    pub fn row(&self, codes: &[u8]) -> Option<usize> {
        let mut index = 0;
        for axis in &self.axes {
            index += usize::from(*codes.get(usize::from(axis.dim))?) * axis.stride as usize;
        }
        self.cells.get(index).filter(|r| **r != NO_ROW).map(|r| usize::from(*r))
    }

    /// Whether a row of the table names a dimension.
    #[must_use]
    pub fn names(&self, dim: usize) -> bool {
        self.axes.iter().any(|axis| usize::from(axis.dim) == dim)
    }

    /// Size in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.cells.len() * size_of::<u16>() + self.axes.len() * size_of::<Axis>()
    }
}

fn axes<V>(live: &[(usize, &Row<V>)], sizes: &[u8]) -> Result<Vec<Axis>, TableFault> {
    let mut dims: Vec<u16> = live.iter().flat_map(|(_, r)| r.when.iter().map(|w| w.0)).collect();
    dims.sort_unstable();
    dims.dedup();
    let mut stride = 1_u32;
    let mut axes = Vec::with_capacity(dims.len());
    for dim in dims {
        let size = *sizes.get(usize::from(dim)).ok_or(TableFault::Damaged)?;
        axes.push(Axis { dim, size, stride });
        stride = stride.checked_mul(u32::from(size)).ok_or(TableFault::TooLarge)?;
    }
    Ok(axes)
}

fn pick<V>(
    live: &[(usize, &Row<V>)],
    codes: &[u8],
    axes: &[Axis],
    total: bool,
) -> Result<u16, TableFault> {
    let point = || axes.iter().map(|a| (a.dim, codes.get(usize::from(a.dim)).copied()));
    let point = || point().map(|(d, v)| (d, v.unwrap_or_default())).collect();
    let mut best: Option<(usize, i32)> = None;
    let mut rival = None;
    for (index, row) in live {
        if !dims_hold(&row.when, codes) {
            continue;
        }
        match best {
            Some((_, priority)) if row.priority < priority => {}
            Some((_, priority)) if row.priority == priority => rival = Some(*index),
            _ => {
                best = Some((*index, row.priority));
                rival = None;
            }
        }
    }
    match (best, rival) {
        (Some((one, _)), Some(other)) => Err(TableFault::Overlap(point(), one, other)),
        (Some((one, _)), None) => {
            u16::try_from(one).ok().filter(|r| *r != NO_ROW).ok_or(TableFault::TooLarge)
        }
        (None, _) if total => Err(TableFault::Gap(point())),
        (None, _) => Ok(NO_ROW),
    }
}
