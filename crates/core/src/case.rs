//! Which rows of a table apply to a case.

use crate::calendar::Day;
use crate::pack::Row;

/// What decides which rows apply: value indices of dimensions, those that are missing (a bit each),
/// and the parameters chosen.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Value indices, by dimension.
    pub codes: &'a [u8],
    /// Dimensions without a value, a bit each.
    pub missing: u64,
    /// Value indices, by parameter.
    pub params: &'a [u8],
}

impl Case<'_> {
    /// The value index of a dimension, if it has a value.
    #[must_use]
    pub fn code(&self, dim: u16) -> Option<u8> {
        let code = self.codes.get(usize::from(dim)).copied();
        code.filter(|_| self.missing.checked_shr(u32::from(dim)).unwrap_or(0) & 1 == 0)
    }

    /// Whether conditions hold.
    ///
    /// # Errors
    /// The index of a dimension that is missing.
    pub fn meets(&self, when: &[(u16, Vec<u8>)], params: &[(u16, Vec<u8>)]) -> Result<bool, u16> {
        let chosen = |(param, values): &(u16, Vec<u8>)| {
            self.params.get(usize::from(*param)).is_some_and(|value| values.contains(value))
        };
        if !params.iter().all(chosen) {
            return Ok(false);
        }
        let mut unknown = None;
        for (dim, values) in when {
            if self.missing.checked_shr(u32::from(*dim)).unwrap_or(0) & 1 == 1 {
                unknown = Some(*dim);
            } else if !self.codes.get(usize::from(*dim)).is_some_and(|c| values.contains(c)) {
                return Ok(false);
            }
        }
        unknown.map_or(Ok(true), Err)
    }

    /// The row of a table that applies on a day: the one of the highest priority.
    ///
    /// # Errors
    /// The index of a dimension that is missing.
    pub fn pick<'r, V>(&self, rows: &'r [Row<V>], day: Day) -> Result<Option<&'r Row<V>>, u16> {
        let mut best: Option<&Row<V>> = None;
        for row in rows {
            let higher = best.is_none_or(|best| best.priority < row.priority);
            if higher && row.from <= day && day <= row.to && self.meets(&row.when, &row.params)? {
                best = Some(row);
            }
        }
        Ok(best)
    }
}
