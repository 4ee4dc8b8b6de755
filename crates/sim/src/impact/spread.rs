//! How a difference is spread over members: counts by whole fen, so that quantiles are exact.
//!
//! Up to [`REACH`] fen either way there is one count per fen, 16 MiB in all whatever the number
//! of members; what lies beyond is counted in a map, an entry for each amount that occurs there.

use std::collections::BTreeMap;

/// Differences up to this many fen either way are counted in an array: 10,485.76 yuan.
pub const REACH: i64 = 1 << 20;
/// Counters of the array.
const SIZE: usize = (1 << 21) + 1;

/// The percentages of [`Spread::quantiles`]; 0 is the least of all and 100 the most.
pub const PERCENTS: [u64; 11] = [0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100];

/// Members counted by difference, in fen.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    zero: u64,
    /// By difference plus [`REACH`]; empty until a difference is met.
    near: Vec<u64>,
    far: BTreeMap<i64, u64>,
}

impl Spread {
    /// Counts a member.
    #[inline]
    pub fn add(&mut self, difference: i64) {
        self.add_some(difference, 1);
    }

    fn add_some(&mut self, difference: i64, members: u64) {
        if difference == 0 {
            self.zero += members;
            return;
        }
        if self.near.is_empty() {
            self.near = vec![0; SIZE];
        }
        let near = usize::try_from(difference.saturating_add(REACH)).ok();
        match near.and_then(|at| self.near.get_mut(at)) {
            Some(count) => *count += members,
            None => *self.far.entry(difference).or_default() += members,
        }
    }

    /// Counts the members of another spread.
    pub fn merge(&mut self, other: &Self) {
        for (difference, members) in other.iter() {
            self.add_some(difference, members);
        }
    }

    /// Differences that occur and how many members have them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (i64, u64)> {
        let below = self.far.range(..0).map(|(fen, members)| (*fen, *members));
        let above = self.far.range(0..).map(|(fen, members)| (*fen, *members));
        let (low, high) = match self.near.split_at_checked(SIZE / 2) {
            Some(halves) => halves,
            None => (&[][..], &[][..]),
        };
        let met = |(_, members): &(i64, u64)| *members > 0;
        let low = (-REACH..).zip(low.iter().copied());
        let high = (0..).zip(high.iter().copied());
        let zero = std::iter::once((0, self.zero));
        below.chain(low.filter(met)).chain(zero.filter(met)).chain(high.filter(met)).chain(above)
    }

    /// Members of a part of the differences, and the sum of them, in fen.
    #[must_use]
    pub fn part(&self, within: impl Fn(i64) -> bool) -> (u64, i64) {
        let part = self.iter().filter(|(fen, _)| within(*fen));
        part.fold((0, 0), |(count, sum), (fen, members)| {
            (count + members, sum + fen * i64::try_from(members).unwrap_or(i64::MAX))
        })
    }

    /// The least difference that at least so many percent of a part's members do not exceed, for
    /// each of [`PERCENTS`]; `None` where the part has nobody.
    #[must_use]
    pub fn quantiles(&self, within: impl Fn(i64) -> bool) -> Option<[i64; PERCENTS.len()]> {
        let (members, _) = self.part(&within);
        let mut found = [0; PERCENTS.len()];
        let mut left = found.iter_mut().zip(PERCENTS).peekable();
        let mut seen: u128 = 0;
        for (fen, count) in self.iter().filter(|(fen, _)| within(*fen)) {
            seen += u128::from(count);
            // Rank ⌈p·n / 100⌉, and never before the first.
            let reached =
                |percent: u64| seen * 100 >= (u128::from(percent) * u128::from(members)).max(1);
            while let Some((value, _)) = left.next_if(|(_, percent)| reached(*percent)) {
                *value = fen;
            }
        }
        (members > 0).then_some(found)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn spread(differences: &[i64]) -> Spread {
        let mut spread = Spread::default();
        differences.iter().for_each(|fen| spread.add(*fen));
        spread
    }

    /// Quantiles by sorting all values.
    fn sorted(differences: &[i64], within: impl Fn(i64) -> bool) -> Option<[i64; 11]> {
        let mut kept: Vec<i64> = differences.iter().copied().filter(|fen| within(*fen)).collect();
        kept.sort_unstable();
        (!kept.is_empty()).then(|| {
            PERCENTS.map(|percent| {
                let rank = (usize::try_from(percent).unwrap() * kept.len()).div_ceil(100).max(1);
                kept[rank - 1]
            })
        })
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_values() {
        let far = REACH * 3;
        let mut values = vec![0; 40];
        values.extend([1, 1, 2, -1, -7, REACH, -REACH, REACH + 1, -REACH - 1, far, -far, far]);
        values.extend((0..301).map(|n| n * n * 37 - 500_000));
        let all = spread(&values);
        let parts: [fn(i64) -> bool; 4] = [|_| true, |fen| fen > 0, |fen| fen < 0, |fen| fen == 3];
        for within in parts {
            assert_eq!(all.quantiles(within), sorted(&values, within));
            let kept = values.iter().filter(|fen| within(**fen));
            assert_eq!(all.part(within), (kept.clone().count() as u64, kept.sum()));
        }
        assert_eq!(spread(&[5]).quantiles(|_| true), Some([5; 11]));
    }

    #[test]
    fn parts_of_a_spread_add_up_to_it() {
        let (one, two) = ([4, -9, 0, REACH * 2], [0, 0, 4, REACH * 2, -REACH * 5]);
        let mut both = spread(&one);
        both.merge(&spread(&two));
        let whole = spread(&[one.as_slice(), &two].concat());
        assert!(both.iter().eq(whole.iter()));
        let ascending: Vec<i64> = both.iter().map(|(fen, _)| fen).collect();
        assert!(ascending.is_sorted());
        assert_eq!(ascending.len(), 5);
    }
}
