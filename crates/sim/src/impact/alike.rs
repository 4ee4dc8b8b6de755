//! What means the same under both packs, each pair of keys or codes compared once.

use std::collections::HashMap;

use tongchou_core::keys::{Key, LineCode, Same};

/// Verdicts on pairs of numbers.
///
/// A number of the first pack nearly always meets the same number of the second, so the pair met
/// last stands in a list; the others are in a map.
#[derive(Debug, Default)]
struct Pairs {
    last: Vec<Option<(usize, bool)>>,
    all: HashMap<(usize, usize), bool>,
}

impl Pairs {
    #[inline]
    fn same(&mut self, mine: usize, theirs: usize, judge: impl FnOnce() -> bool) -> bool {
        match self.last.get(mine) {
            Some(Some((known, same))) if *known == theirs => *same,
            _ => self.meet(mine, theirs, judge),
        }
    }

    #[cold]
    fn meet(&mut self, mine: usize, theirs: usize, judge: impl FnOnce() -> bool) -> bool {
        let same = *self.all.entry((mine, theirs)).or_insert_with(judge);
        if self.last.len() <= mine {
            self.last.resize(mine + 1, None);
        }
        if let Some(last) = self.last.get_mut(mine) {
            *last = Some((theirs, same));
        }
        same
    }
}

/// Verdicts on keys and line codes.
#[derive(Debug, Default)]
pub(super) struct Alike {
    keys: Pairs,
    codes: Pairs,
    /// Codes of one number that were compared so far, and whether all of them are the same.
    compared: usize,
    differ: bool,
}

impl Alike {
    /// Whether equal columns of codes mean the same without a look at each.
    pub fn by_number(
        &mut self,
        same: &Same<'_>,
        known: usize,
        line: impl Fn(usize) -> Pair,
    ) -> bool {
        while self.compared < known {
            let (mine, theirs) = line(self.compared);
            self.differ |= !self.code(same, mine, theirs);
            self.compared += 1;
        }
        !self.differ
    }

    /// Whether two keys mean the same.
    #[inline]
    pub fn key(&mut self, same: &Same<'_>, mine: Key, theirs: Key) -> bool {
        self.keys.same(mine.number(), theirs.number(), || same.keys(mine, theirs))
    }

    /// Whether two line codes mean the same.
    #[inline]
    pub fn code(&mut self, same: &Same<'_>, mine: LineCode, theirs: LineCode) -> bool {
        self.codes.same(mine.number(), theirs.number(), || same.lines(mine, theirs))
    }
}

/// A code of each pack.
pub(super) type Pair = (LineCode, LineCode);
