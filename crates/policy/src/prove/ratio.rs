//! Exact fractions of 128-bit integers.
//!
//! INVARIANT: a value is in lowest terms with a positive denominator, or it is lost: out of range.
//! What is lost stays lost and compares with nothing, so a proof that meets it fails, loudly,
//! instead of going on with a wrong number.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use tongchou_core::money::PPM;

/// A fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    pub(super) const ZERO: Self = Self { num: 0, den: 1 };
    pub(super) const ONE: Self = Self { num: 1, den: 1 };
    const LOST: Self = Self { num: 0, den: 0 };

    pub(super) fn whole(value: i64) -> Self {
        Self { num: i128::from(value), den: 1 }
    }

    pub(super) fn ppm(rate: u32) -> Self {
        Self::reduced(i128::from(rate), i128::from(PPM))
    }

    pub(super) fn half(self) -> Self {
        self / Self { num: 2, den: 1 }
    }

    /// Whether some step left the range of the integers.
    pub(super) fn is_lost(self) -> bool {
        self.den == 0
    }

    pub(super) fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    pub(super) fn min(self, other: Self) -> Self {
        match self.partial_cmp(&other) {
            Some(Ordering::Greater) => other,
            Some(_) => self,
            None => Self::LOST,
        }
    }

    pub(super) fn max(self, other: Self) -> Self {
        match self.partial_cmp(&other) {
            Some(Ordering::Less) => other,
            Some(_) => self,
            None => Self::LOST,
        }
    }

    pub(super) fn abs(self) -> Self {
        if self.num < 0 { -self } else { self }
    }

    /// The whole number at or below; 0 where the value is lost.
    pub(super) fn floor(self) -> i128 {
        if self.is_lost() { 0 } else { self.num.div_euclid(self.den) }
    }

    /// The whole number at or above; 0 where the value is lost.
    pub(super) fn ceil(self) -> i128 {
        -(-self).floor()
    }

    fn reduced(num: i128, den: i128) -> Self {
        let common = gcd(num.unsigned_abs(), den.unsigned_abs());
        let Some(common) = i128::try_from(common).ok().filter(|g| *g > 0) else {
            return Self::LOST;
        };
        let sign = if den < 0 { -1 } else { 1 };
        match den {
            0 => Self::LOST,
            _ => Self { num: num / common * sign, den: den / common * sign },
        }
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    // Nearly all values fit a machine word, where a division is many times cheaper.
    while b != 0 {
        if let (Ok(mut x), Ok(mut y)) = (u64::try_from(a), u64::try_from(b)) {
            while y != 0 {
                (x, y) = (y, x % y);
            }
            return u128::from(x);
        }
        (a, b) = (b, a % b);
    }
    a
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        if self.is_lost() || other.is_lost() {
            return None;
        }
        if self.den == other.den {
            return Some(self.num.cmp(&other.num));
        }
        let cross = self.num.checked_mul(other.den).zip(other.num.checked_mul(self.den));
        if let Some((left, right)) = cross {
            return Some(left.cmp(&right));
        }
        // The whole parts decide, or the rests do, turned over.
        match self.floor().cmp(&other.floor()) {
            Ordering::Equal => {
                let rest = |r: &Self| r.num.rem_euclid(r.den);
                match (rest(self), rest(other)) {
                    (0, 0) => Some(Ordering::Equal),
                    (0, _) => Some(Ordering::Less),
                    (_, 0) => Some(Ordering::Greater),
                    (a, b) => {
                        Self { num: other.den, den: b }.partial_cmp(&Self { num: self.den, den: a })
                    }
                }
            }
            unequal => Some(unequal),
        }
    }
}

impl Add for Ratio {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        if self.den == 1 && other.den == 1 {
            return self.num.checked_add(other.num).map_or(Self::LOST, |num| Self { num, den: 1 });
        }
        if self.is_lost() || other.is_lost() {
            return Self::LOST;
        }
        let common = gcd(self.den.unsigned_abs(), other.den.unsigned_abs());
        let Ok(common) = i128::try_from(common) else { return Self::LOST };
        let (left, right) = (other.den / common, self.den / common);
        let sum = self.num.checked_mul(left).zip(other.num.checked_mul(right));
        let sum = sum.and_then(|(a, b)| a.checked_add(b));
        match sum.zip(right.checked_mul(other.den)) {
            Some((num, den)) => Self::reduced(num, den),
            None => Self::LOST,
        }
    }
}

impl Neg for Ratio {
    type Output = Self;

    fn neg(self) -> Self {
        self.num.checked_neg().map_or(Self::LOST, |num| Self { num, ..self })
    }
}

impl Sub for Ratio {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Ratio {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        if self.is_lost() || other.is_lost() {
            return Self::LOST;
        }
        let (a, b) = (Self::reduced(self.num, other.den), Self::reduced(other.num, self.den));
        match a.num.checked_mul(b.num).zip(a.den.checked_mul(b.den)) {
            Some((num, den)) => Self { num, den },
            None => Self::LOST,
        }
    }
}

impl Div for Ratio {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        if other.num == 0 {
            return Self::LOST;
        }
        self * Self::reduced(other.den, other.num)
    }
}

impl std::iter::Sum for Ratio {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |sum, value| sum + value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(num: i128, den: i128) -> Ratio {
        Ratio::reduced(num, den)
    }

    #[test]
    fn fractions_are_exact_and_in_lowest_terms() {
        assert_eq!(ratio(1, 3) + ratio(1, 6), ratio(1, 2));
        assert_eq!(ratio(-2, 4), ratio(1, -2));
        assert_eq!(ratio(3, 4) / ratio(3, 8), ratio(2, 1));
        assert_eq!(Ratio::ppm(850_000), ratio(17, 20));
        assert_eq!((ratio(-7, 2).floor(), ratio(-7, 2).ceil()), (-4, -3));
        assert!(ratio(1, 3) < ratio(34, 100));
    }

    #[test]
    fn large_fractions_compare_without_products() {
        let large = i128::MAX / 2;
        assert!(ratio(large, large - 1) < ratio(large - 1, large - 2));
        assert!(ratio(-large, large - 1) < ratio(0, 1));
        assert_eq!(ratio(large, 3).partial_cmp(&ratio(large, 3)), Some(Ordering::Equal));
    }

    #[test]
    fn what_leaves_the_range_is_lost_and_proves_nothing() {
        let lost = ratio(i128::MAX, 1) * ratio(2, 1);
        assert!(lost.is_lost());
        assert!((lost - lost).is_lost());
        assert_eq!(lost.partial_cmp(&Ratio::ZERO), None);
        assert!((Ratio::ONE / Ratio::ZERO).is_lost());
    }
}
