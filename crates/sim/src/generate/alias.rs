//! Drawing one of several outcomes by a word, two look-ups whatever the number of outcomes.
//!
//! Walker's alias method: each outcome has a column of the same width, filled up by another
//! outcome, so a word says the column and how far up in it.

use super::curve;

/// Outcomes with what they stand for.
#[derive(Clone, Debug)]
pub(super) struct Alias<T> {
    columns: Vec<Column>,
    values: Vec<T>,
}

#[derive(Clone, Copy, Debug)]
struct Column {
    /// Below it the column is its own outcome.
    limit: u32,
    other: u32,
}

impl<T: Clone> Alias<T> {
    /// Outcomes by their weights; those of weight 0 are left out. `None` if nothing has weight.
    pub(super) fn new(outcomes: &[(f64, T)]) -> Option<Self> {
        let outcomes: Vec<_> = outcomes.iter().filter(|(weight, _)| *weight > 0.0).collect();
        let weights: Vec<f64> = outcomes.iter().map(|(weight, _)| *weight).collect();
        let columns = curve::columns(&weights, weights.len(), u32::MAX)?;
        let columns = columns.iter().map(|(limit, other)| Column { limit: *limit, other: *other });
        let values = outcomes.iter().map(|(_, value)| value.clone()).collect();
        Some(Self { columns: columns.collect(), values })
    }
}

impl<T> Alias<T> {
    /// The outcome of 32 random bits.
    #[inline]
    pub(super) fn draw(&self, word: u32) -> Option<&T> {
        let wide = u64::from(word) * self.columns.len() as u64;
        let column = (wide >> 32) as usize;
        let at = self.columns.get(column)?;
        #[expect(clippy::cast_possible_truncation, reason = "the lower half says how far up")]
        let own = (wide as u32) < at.limit;
        self.values.get(if own { column } else { at.other as usize })
    }
}

/// At most 256 outcomes, without any check of an index.
#[derive(Clone, Debug)]
pub(super) struct Wheel<T> {
    /// 24 bits of limit, 8 bits of the other outcome.
    columns: Box<[u32; 256]>,
    values: Box<[T; 256]>,
}

impl<T: Copy> Wheel<T> {
    /// Most outcomes.
    pub(super) const MOST: usize = 256;

    /// Outcomes by their weights; `None` if there are too many or nothing has weight.
    pub(super) fn new(outcomes: &[(f64, T)]) -> Option<Self> {
        let (_, first) = outcomes.first().filter(|_| outcomes.len() <= Self::MOST)?;
        let weights: Vec<f64> = outcomes.iter().map(|(weight, _)| *weight).collect();
        let found = curve::columns(&weights, Self::MOST, (1 << 24) - 1)?;
        let mut columns = Box::new([0; 256]);
        for (to, (limit, other)) in columns.iter_mut().zip(found) {
            *to = limit << 8 | other;
        }
        let mut values = Box::new([*first; 256]);
        for (to, (_, value)) in values.iter_mut().zip(outcomes) {
            *to = *value;
        }
        Some(Self { columns, values })
    }

    /// The outcome of 32 random bits.
    #[inline]
    pub(super) fn draw(&self, word: u32) -> Option<&T> {
        // The compiler knows that both indices are below 256.
        let column = word >> 24;
        let at = *self.columns.get(column as usize)?;
        let own = word << 8 < (at & !255);
        self.values.get(if own { column } else { at & 255 } as usize)
    }
}

/// At most 16 outcomes, in one cache line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Small {
    /// 28 bits of limit, 4 bits of the other outcome.
    columns: [u32; 16],
}

impl Small {
    /// Outcomes by their weights; `None` if there are too many or nothing has weight.
    pub(super) fn new(weights: &[f64]) -> Option<Self> {
        let found = curve::columns(weights, 16, (1 << 28) - 1)?;
        let mut columns = [0; 16];
        for (to, (limit, other)) in columns.iter_mut().zip(found) {
            *to = limit << 4 | other;
        }
        Some(Self { columns })
    }

    /// The outcome of 32 random bits, below 16.
    #[inline]
    pub(super) fn draw(&self, word: u32) -> usize {
        let column = word >> 28;
        let at = self.columns.get(column as usize).copied().unwrap_or_default();
        let own = word << 4 < (at & !15);
        (if own { column } else { at & 15 }) as usize
    }
}
