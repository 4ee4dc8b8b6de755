//! Two packs compared: clause by clause in words, then on bills, to the fen.
//!
//! [`Diff::new`] reads both packs by their names, so that numbering and the order of rows do not
//! matter. [`Diff::impact`] settles bills under both and walks from the first pack to the second,
//! one change at a time in the order of the pipeline: what the fund pays more or less on a step
//! is the part of the changes of that step, so the parts sum to the whole by construction. The
//! bills are those of a [`Grid`], or any others that implement [`Bills`].
//!
//! Amounts are settled by the core alone; nothing here decides one.

mod fields;
mod find;
mod grid;
mod impact;
mod lower;
mod member;
mod named;
mod report;
#[cfg(test)]
mod tests;
mod words;

pub use self::find::Change;
pub use self::grid::Grid;
pub use self::impact::{Bills, Extreme, Impact, Paid, Step, Unsettled};

use tongchou_core::calendar::Day;
use tongchou_core::pack::Pack;

use self::named::Named;

/// One side of a comparison: a pack, or its rows in force on a day.
#[derive(Clone, Debug)]
pub struct Side {
    /// What people call it.
    pub label: String,
    named: Named,
    on: Option<Day>,
}

/// Why a pack cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideFault {
    /// The day is outside the life of the pack.
    NotInForce,
    /// An index of the pack points nowhere.
    Damaged,
}

/// Two packs and what is different.
#[derive(Clone, Debug)]
pub struct Diff {
    /// The pack before and the pack after.
    pub sides: [Side; 2],
    /// Every difference, in the order of the pipeline.
    pub changes: Vec<Change>,
}

impl Side {
    /// A pack under a label; with a day, only its rows in force on that day, for bills of any day.
    ///
    /// # Errors
    /// [`SideFault`].
    pub fn new(label: &str, pack: &Pack, on: Option<Day>) -> Result<Self, SideFault> {
        if on.is_some_and(|day| day < pack.from || pack.to < day) {
            return Err(SideFault::NotInForce);
        }
        let named = Named::read(pack, on).ok_or(SideFault::Damaged)?;
        Ok(Self { label: label.to_owned(), named, on })
    }

    /// The pack of this side, for an engine.
    #[must_use]
    pub fn pack(&self) -> Option<Pack> {
        self.named.lower()
    }

    /// The day whose rows are compared, where one was chosen.
    #[must_use]
    pub fn day(&self) -> Option<Day> {
        self.on
    }

    /// Names of the pack's parameters with their values.
    pub fn params(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let params = self.named.params.iter();
        params.map(|(name, param)| (&**name, param.values.iter().map(|v| &**v).collect()))
    }
}

impl Diff {
    /// Compares two packs.
    #[must_use]
    pub fn new(before: Side, after: Side) -> Self {
        let changes = find::changes(&before, &after);
        Self { sides: [before, after], changes }
    }
}
