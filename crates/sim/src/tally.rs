//! What a run adds up: amounts by encounter, by member and by layer, and a hash of all states.

use sha2::{Digest, Sha256};
use tongchou_core::money::FEN_MAX;
use tongchou_core::settle::{Outcome, Record};

use crate::fault::{Code, Fault};

/// Sums over visits, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Visits.
    pub visits: i64,
    /// 医疗费总额.
    pub total: i64,
    /// 全自费.
    pub full_self: i64,
    /// 超限价.
    pub over_limit: i64,
    /// 先行自付.
    pub prepay: i64,
    /// 政策范围内.
    pub in_scope: i64,
    /// 起付线.
    pub deductible: i64,
    /// Paid by the fund: layers and fixed amounts.
    pub fund: i64,
    /// 医院负担.
    pub hospital: i64,
    /// Paid by the account.
    pub account: i64,
    /// Cash.
    pub cash: i64,
    /// Nights in hospital.
    pub nights: i64,
}

impl Amounts {
    /// Adds a visit.
    #[inline(always)]
    pub fn add(&mut self, outcome: &Outcome, nights: u16) {
        let sums = &outcome.sums;
        self.visits += 1;
        self.total += sums.total;
        self.full_self += sums.full_self;
        self.over_limit += sums.over_limit;
        self.prepay += sums.prepay;
        self.in_scope += sums.in_scope;
        self.deductible += outcome.deductible;
        self.fund += outcome.fund;
        self.hospital += outcome.hospital;
        self.account += outcome.account;
        self.cash += outcome.cash;
        self.nights += i64::from(nights);
    }

    /// Adds other sums.
    pub fn merge(&mut self, other: &Self) {
        self.visits += other.visits;
        self.total += other.total;
        self.full_self += other.full_self;
        self.over_limit += other.over_limit;
        self.prepay += other.prepay;
        self.in_scope += other.in_scope;
        self.deductible += other.deductible;
        self.fund += other.fund;
        self.hospital += other.hospital;
        self.account += other.account;
        self.cash += other.cash;
        self.nights += other.nights;
    }

    /// The person's part: account and cash.
    #[must_use]
    pub fn person(&self) -> i64 {
        self.account + self.cash
    }
}

/// What one person's year came to, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Year {
    /// Visits that stand.
    pub visits: i64,
    /// 医疗费总额.
    pub total: i64,
    /// Paid by the fund.
    pub fund: i64,
    /// Paid by the account.
    pub account: i64,
    /// Cash.
    pub cash: i64,
}

impl Year {
    /// Adds a visit.
    #[inline(always)]
    pub fn add(&mut self, outcome: &Outcome) {
        self.visits += 1;
        self.total += outcome.sums.total;
        self.fund += outcome.fund;
        self.account += outcome.account;
        self.cash += outcome.cash;
    }

    /// Adds another year.
    pub fn merge(&mut self, other: &Self) {
        self.visits += other.visits;
        self.total += other.total;
        self.fund += other.fund;
        self.account += other.account;
        self.cash += other.cash;
    }
}

/// Years of the members of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Members, those without a visit included.
    pub members: i64,
    /// Members with a visit that stands.
    pub with_visits: i64,
    /// Their sums.
    pub year: Year,
}

/// Rows of [`Tally::by_sex`].
pub const SEXES: usize = 3;

/// Everything that a run adds up; the order of adding does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By profile of the encounter.
    pub by_what: Vec<Amounts>,
    /// By usual profile of the member.
    pub by_who: Vec<Members>,
    /// By district.
    pub by_district: Vec<Members>,
    /// By sex: not stated, male, female; empty where visits do not tell.
    pub by_sex: Vec<Members>,
    /// Paid by each layer of the pack.
    pub by_layer: Vec<i64>,
    /// Fee lines, those of bills taken back included.
    pub lines: i64,
    /// Bills that were taken back.
    pub taken_back: i64,
    /// Bills that were entered late.
    pub late: i64,
    /// Visits under a standing or an outage in which the fund takes no part.
    pub blocked: i64,
    /// Hash of all members' states.
    pub states: StateHash,
    /// 医疗费总额 of all visits that stand.
    pub(crate) grand: Grand,
}

/// What everything that was added up cost, in fen: no sum of what is paid for it is above that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grand(i64);

impl Grand {
    /// Makes sure that so many more visits cannot bring a sum above what a number holds.
    ///
    /// # Errors
    /// D012 where they could.
    pub fn make_room(self, visits: usize) -> Result<(), Fault> {
        let visits = i64::try_from(visits).unwrap_or(i64::MAX);
        let most = visits.checked_mul(FEN_MAX).and_then(|more| self.0.checked_add(more));
        most.map(drop).ok_or_else(too_much)
    }

    /// Adds what some visits cost for which there is room, in fen.
    pub fn count(&mut self, total: i64) {
        self.0 += total;
    }

    /// Both together.
    ///
    /// # Errors
    /// D012 where no number holds that.
    pub fn with(self, other: Self) -> Result<Self, Fault> {
        self.0.checked_add(other.0).map(Self).ok_or_else(too_much)
    }
}

impl Tally {
    /// Adds another tally of the same book.
    ///
    /// # Errors
    /// D012 where a sum would be above what a number holds; nothing was added then.
    pub fn take(&mut self, other: &Self) -> Result<(), Fault> {
        self.grand = self.grand.with(other.grand)?;
        self.merge(other);
        Ok(())
    }

    /// Sums over all encounters.
    #[must_use]
    pub fn sums(&self) -> Amounts {
        let mut sums = Amounts::default();
        self.by_what.iter().for_each(|amounts| sums.merge(amounts));
        sums
    }

    /// All members.
    #[must_use]
    pub fn members(&self) -> i64 {
        self.by_who.iter().map(|kind| kind.members).sum()
    }

    fn merge(&mut self, other: &Self) {
        for (mine, theirs) in paired(&mut self.by_what, &other.by_what) {
            mine.merge(theirs);
        }
        let kinds = [
            (&mut self.by_who, &other.by_who),
            (&mut self.by_district, &other.by_district),
            (&mut self.by_sex, &other.by_sex),
        ];
        for (mine, theirs) in kinds {
            for (mine, theirs) in paired(mine, theirs) {
                mine.members += theirs.members;
                mine.with_visits += theirs.with_visits;
                mine.year.merge(&theirs.year);
            }
        }
        for (mine, theirs) in paired(&mut self.by_layer, &other.by_layer) {
            *mine += theirs;
        }
        self.lines += other.lines;
        self.taken_back += other.taken_back;
        self.late += other.late;
        self.blocked += other.blocked;
        self.states.merge(other.states);
    }
}

fn too_much() -> Fault {
    Fault::new(Code::Usage, "", "sums above 9 * 10^18 fen", "settle the visits in parts")
}

/// Pairs of two lists, the first made as long as the second.
fn paired<'a, T: Default + Clone>(
    mine: &'a mut Vec<T>,
    theirs: &'a [T],
) -> impl Iterator<Item = (&'a mut T, &'a T)> {
    if mine.len() < theirs.len() {
        mine.resize(theirs.len(), T::default());
    }
    mine.iter_mut().zip(theirs)
}

/// A hash over the states of all members, whatever the order in which they are added.
///
/// Each member with a visit adds two mixed words of number, year, counters and sums; the words are
/// summed. It finds mistakes; it is no protection against somebody who forges states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateHash {
    members: u64,
    sums: [u64; 2],
}

impl StateHash {
    /// Adds a member's state.
    #[inline]
    pub fn add<const W: usize>(
        &mut self,
        person: u64,
        record: &Record<W>,
        counters: usize,
        year: &Year,
    ) {
        let head = u64::from(record.year.cast_unsigned()) << 32 | u64::from(record.admissions);
        let mut words = [mix(person, 1), mix(person, 2)];
        let mut take = |value: u64| {
            words = [mix(words[0] ^ value, 3), mix(words[1].rotate_left(23) ^ value, 5)];
        };
        take(head);
        for slot in record.slots.iter().skip(1).take(counters) {
            take(slot.cast_unsigned());
        }
        for value in [year.visits, year.total, year.fund, year.account, year.cash] {
            take(value.cast_unsigned());
        }
        self.members += 1;
        for (sum, word) in self.sums.iter_mut().zip(words) {
            *sum = sum.wrapping_add(word);
        }
    }

    /// Adds the states of other members.
    pub fn merge(&mut self, other: Self) {
        self.members += other.members;
        for (sum, word) in self.sums.iter_mut().zip(other.sums) {
            *sum = sum.wrapping_add(word);
        }
    }

    /// Members that were added.
    #[must_use]
    pub fn members(&self) -> u64 {
        self.members
    }

    /// The hash as 64 hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        let mut sha = Sha256::new();
        sha.update(b"tongchou states 1");
        sha.update(self.members.to_le_bytes());
        self.sums.iter().for_each(|sum| sha.update(sum.to_le_bytes()));
        sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Mixes a word: both halves of a product with an odd constant, folded.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
fn mix(word: u64, salt: u64) -> u64 {
    let odd = 0x9e37_79b9_7f4a_7c15_u64.wrapping_add(salt << 1);
    let product = u128::from(word ^ 0x2545_f491_4f6c_dd1d) * u128::from(odd);
    ((product >> 64) as u64 ^ product as u64).wrapping_add(salt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_never_wrap() {
        let near = Grand(i64::MAX - 5 * FEN_MAX);
        assert_eq!(near.make_room(5), Ok(()));
        assert_eq!(near.make_room(6).unwrap_err().code, Code::Usage);
        assert_eq!(near.make_room(usize::MAX).unwrap_err().code, Code::Usage);
        let near = Tally { grand: near, ..Tally::default() };
        let mut sum = near.clone();
        let by_what = vec![Amounts { total: 5 * FEN_MAX, ..Amounts::default() }];
        sum.take(&Tally { grand: Grand(5 * FEN_MAX), by_what, ..Tally::default() }).unwrap();
        assert_eq!((sum.grand.0, sum.sums().total), (i64::MAX, 5 * FEN_MAX));
        let before = sum.clone();
        let one = Tally { grand: Grand(1), lines: 1, ..Tally::default() };
        assert_eq!(sum.take(&one).unwrap_err().code, Code::Usage);
        assert_eq!(sum, before);
    }
}
