//! How often each row of each pack decided something: a row that never decides is a row that was
//! never tested.

use std::collections::BTreeMap;

use crate::pack::Pack;
use crate::reach;
use crate::refusal::Refusal;
use crate::settle::Verdict;

/// Counts of one run, or of a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// By pack id.
    packs: BTreeMap<String, OfPack>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfPack {
    bills: u64,
    refused: BTreeMap<String, u64>,
    rows: BTreeMap<String, u64>,
}

/// Of ten thousand bills of its pack, in how many a row must be decisive.
const LEAST_PER_TEN_THOUSAND: u64 = 10;
/// The same of all rows of a pack together, where there are so many that not each can have its ten:
/// a quarter of the bills at which a row is aimed.
const LEAST_OF_ALL_ROWS: u64 = 2_500;

impl Audit {
    /// Counts a bill.
    pub fn count(&mut self, pack: &Pack, answer: &Result<Verdict, Refusal>) {
        let of_pack = match self.packs.get_mut(&pack.id) {
            Some(of_pack) => of_pack,
            None => self.packs.entry(pack.id.clone()).or_default(),
        };
        of_pack.bills += 1;
        match answer {
            Ok(verdict) => {
                for row in &verdict.decisive {
                    match of_pack.rows.get_mut(row) {
                        Some(count) => *count += 1,
                        None => drop(of_pack.rows.insert(row.clone(), 1)),
                    }
                }
            }
            Err(refusal) => *of_pack.refused.entry(kind(refusal)).or_insert(0) += 1,
        }
    }

    /// Adds the counts of another part of the run.
    pub fn add(&mut self, other: Self) {
        for (id, of_other) in other.packs {
            let of_pack = self.packs.entry(id).or_default();
            of_pack.bills += of_other.bills;
            for (row, count) in of_other.rows {
                *of_pack.rows.entry(row).or_insert(0) += count;
            }
            for (kind, count) in of_other.refused {
                *of_pack.refused.entry(kind).or_insert(0) += count;
            }
        }
    }

    /// How many bills were counted.
    #[must_use]
    pub fn bills(&self) -> u64 {
        self.packs.values().map(|of_pack| of_pack.bills).sum()
    }

    /// How many bills were refused, by reason.
    #[must_use]
    pub fn refused(&self) -> BTreeMap<String, u64> {
        let mut refused = BTreeMap::new();
        for (kind, count) in self.packs.values().flat_map(|of_pack| &of_pack.refused) {
            *refused.entry(kind.clone()).or_insert(0) += count;
        }
        refused
    }

    /// Every row of a pack with the number of bills in which it was decisive, and whether that
    /// is enough; a row that no bill can reach needs none.
    #[must_use]
    pub fn rows(&self, pack: &Pack) -> Vec<(String, u64, bool)> {
        let none = OfPack::default();
        let of_pack = self.packs.get(&pack.id).unwrap_or(&none);
        let unreached = reach::unreached(pack);
        let names = pack.row_names();
        let all = u64::try_from(names.len()).unwrap_or(u64::MAX).max(1);
        let count = |row: &str| {
            let count = of_pack.rows.get(row).copied().unwrap_or(0);
            let least = LEAST_PER_TEN_THOUSAND.min(LEAST_OF_ALL_ROWS / all);
            let enough = of_pack.bills * least <= count * 10_000 && 0 < count;
            (row.to_owned(), count, enough || unreached.contains(row))
        };
        names.into_iter().map(count).collect()
    }

    /// How many bills of a pack were counted.
    #[must_use]
    pub fn bills_of(&self, pack: &Pack) -> u64 {
        self.packs.get(&pack.id).map_or(0, |of_pack| of_pack.bills)
    }
}

/// The name of a reason, without what it names.
#[must_use]
pub fn kind(refusal: &Refusal) -> String {
    let written = format!("{refusal:?}");
    written.chars().take_while(|c| c.is_alphanumeric()).collect()
}
