//! Whether keys of two packs mean the same, number by number and clause by clause.
//!
//! Two sets of keys number their rows, slots and clauses each in its own way, so meanings are
//! compared and never indices: clauses and groups by their id, layers by id and fund. What is
//! judged the same settles every bill to the same fen and cites the same clauses; what is judged
//! different may still come to the same amounts.

use super::{AdjustNote, Extras, Key, KeyRow, Keys, LayerRow, LineCode, NO_ROW, Path};
use crate::layer::{LayerSpec, RowClauses};
use crate::line::LineRule;
use crate::pack::Pack;
use crate::trace::Entry;

/// Two sets of keys with the packs that they were bound under.
#[derive(Clone, Copy, Debug)]
pub struct Same<'a> {
    mine: (&'a Keys, &'a Pack),
    theirs: (&'a Keys, &'a Pack),
}

impl LineCode {
    /// Its number, from 0 in the order of binding.
    #[must_use]
    pub fn number(self) -> usize {
        usize::from(self.0)
    }
}

impl Keys {
    /// Number of line codes bound so far.
    #[must_use]
    pub fn line_codes(&self) -> usize {
        self.lines.len()
    }

    /// A line code by its number; [`LineCode::NONE`] above the last.
    #[must_use]
    pub fn nth_line(&self, number: usize) -> LineCode {
        let known = u16::try_from(number).ok().filter(|_| number < self.lines.len());
        known.map_or(LineCode::NONE, LineCode)
    }
}

impl<'a> Same<'a> {
    /// Compares keys under their packs.
    #[must_use]
    pub fn new(mine: (&'a Keys, &'a Pack), theirs: (&'a Keys, &'a Pack)) -> Self {
        Self { mine, theirs }
    }

    /// Whether two keys mean the same under every admission ordinal; unknown keys never do.
    #[must_use]
    pub fn keys(&self, mine: Key, theirs: Key) -> bool {
        let ordinals = self.mine.0.ordinals.max(self.theirs.0.ordinals);
        (1..=ordinals).all(|ordinal| {
            let rows =
                self.mine.0.key_row(mine, ordinal).zip(self.theirs.0.key_row(theirs, ordinal));
            rows.is_some_and(|(mine, theirs)| self.rows(mine, theirs))
        })
    }

    /// Whether two codes classify every line alike, limits included; unknown codes never do.
    #[must_use]
    pub fn lines(&self, mine: LineCode, theirs: LineCode) -> bool {
        let of = |keys: &'a Keys, code: LineCode| {
            keys.lines.get(code.index()).zip(keys.rules.get(code.index()))
        };
        let Some(((row, rule), (other, theirs))) =
            of(self.mine.0, mine).zip(of(self.theirs.0, theirs))
        else {
            return false;
        };
        let LineRule { limit, rounding, prepay_clause, limit_clause, fixed_clause } = *rule;
        row == other
            && (limit, rounding) == (theirs.limit, theirs.rounding)
            && self.clause(prepay_clause, theirs.prepay_clause)
            && self.clause(limit_clause, theirs.limit_clause)
            && self.clause(fixed_clause, theirs.fixed_clause)
    }

    fn rows(&self, mine: &KeyRow, theirs: &KeyRow) -> bool {
        // Named one by one, so that no new field is forgotten.
        let KeyRow { year, fund, account, hospital, later, stay, reach, .. } = *mine;
        let KeyRow { path, rows, leaves, standing_clause, account_clause, .. } = *mine;
        let numbers = (year, fund, account, hospital, later, stay, reach, leaves);
        let other = (theirs.year, theirs.fund, theirs.account, theirs.hospital);
        let more = (theirs.later, theirs.stay, theirs.reach, theirs.leaves);
        let other = (other.0, other.1, other.2, other.3, more.0, more.1, more.2, more.3);
        let find = |keys: &'a Keys, path: u16| keys.paths.get(usize::from(path));
        let paths = find(self.mine.0, path).zip(find(self.theirs.0, theirs.path));
        numbers == other
            && self.clause(standing_clause, theirs.standing_clause)
            && self.clause(account_clause, theirs.account_clause)
            && paths.is_some_and(|(path, other)| self.paths(path, other))
            && rows.iter().zip(theirs.rows).all(|(row, other)| self.layer_rows(*row, other))
    }

    fn paths(&self, mine: &Path, theirs: &Path) -> bool {
        let Path { shape, layers } = mine;
        *shape == theirs.shape
            && layers.len() == theirs.layers.len()
            && layers.iter().zip(&theirs.layers).all(|(spec, other)| self.specs(spec, other))
    }

    /// Slots are numbered pack by pack: which slots there are is in `moves` and in the groups.
    fn specs(&self, mine: &LayerSpec, theirs: &LayerSpec) -> bool {
        let bare = |spec: &LayerSpec| {
            let mut bare = *spec;
            [bare.index, bare.used, bare.position, bare.paid] = [0; 4];
            bare.group = u8::from(spec.group != 0);
            bare
        };
        let named = |pack: &'a Pack, index: u8| {
            let layer = pack.layers.get(usize::from(index))?;
            let group = pack.groups.iter().find(|group| group.layers.contains(&index));
            Some((&layer.id, &layer.fund, group.map(|group| &group.id)))
        };
        let mine_named = named(self.mine.1, mine.index);
        bare(mine) == bare(theirs)
            && mine_named.is_some()
            && mine_named == named(self.theirs.1, theirs.index)
    }

    fn layer_rows(&self, mine: u16, theirs: u16) -> bool {
        if mine == NO_ROW || theirs == NO_ROW {
            return mine == theirs;
        }
        let find = |keys: &'a Keys, row: u16| keys.rows.get(usize::from(row));
        let Some((row, other)) = find(self.mine.0, mine).zip(find(self.theirs.0, theirs)) else {
            return false;
        };
        let LayerRow { cap, deductible, rates, limits, clauses, extras, count } = *row;
        let RowClauses { deductible: of_deductible, band, cap: of_cap, adjust: _ } = clauses;
        (cap, deductible, rates, limits, count)
            == (other.cap, other.deductible, other.rates, other.limits, other.count)
            && self.clause(of_deductible, other.clauses.deductible)
            && self.clause(band, other.clauses.band)
            && self.clause(of_cap, other.clauses.cap)
            && self.notes(self.mine.0.notes(row), self.theirs.0.notes(other))
            && self.extras(extras, other.extras)
    }

    fn notes(&self, mine: &[AdjustNote], theirs: &[AdjustNote]) -> bool {
        let alike = |(mine, theirs): (&AdjustNote, &AdjustNote)| {
            mine.rates == theirs.rates && self.clause(mine.clause, theirs.clause)
        };
        mine.len() == theirs.len() && mine.iter().zip(theirs).all(alike)
    }

    fn extras(&self, mine: u16, theirs: u16) -> bool {
        let find = |keys: &'a Keys, index: u16| keys.extras.get(usize::from(index));
        let Some((mine, theirs)) = find(self.mine.0, mine).zip(find(self.theirs.0, theirs)) else {
            return false;
        };
        let Extras { upfront, end, group_cap, round_bill, .. } = *mine;
        // A number that is not there has no clause either.
        let cited = |there: bool, mine: u16, theirs: u16| !there || self.clause(mine, theirs);
        (upfront, end, group_cap, round_bill)
            == (theirs.upfront, theirs.end, theirs.group_cap, theirs.round_bill)
            && cited(upfront > 0, mine.upfront_clause, theirs.upfront_clause)
            && cited(end != i64::MAX, mine.end_clause, theirs.end_clause)
            && cited(group_cap != i64::MAX, mine.group_clause, theirs.group_clause)
    }

    /// Whether two clauses have one id.
    fn clause(&self, mine: u16, theirs: u16) -> bool {
        if mine == Entry::GIVEN || theirs == Entry::GIVEN {
            return mine == theirs;
        }
        let id = |pack: &'a Pack, index: u16| pack.clauses.get(usize::from(index));
        let ids = id(self.mine.1, mine).zip(id(self.theirs.1, theirs));
        ids.is_some_and(|(mine, theirs)| mine.id == theirs.id)
    }
}
