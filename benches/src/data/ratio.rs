//! Exact fractions over `i128`, always reduced: slow, and easy to check by eye.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Sub};

/// A reduced fraction with a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self { num: 0, den: 1 };

    /// `num / den`; `den` is not zero.
    #[must_use]
    pub fn new(num: i128, den: i128) -> Self {
        assert!(den != 0, "a fraction needs a denominator");
        let common = gcd(num.abs(), den.abs()) * den.signum();
        Self { num: num / common, den: den / common }
    }

    /// A whole number.
    #[must_use]
    pub fn whole(value: i64) -> Self {
        Self { num: i128::from(value), den: 1 }
    }

    /// So many per cent.
    #[must_use]
    pub fn percent(value: i64) -> Self {
        Self::new(i128::from(value), 100)
    }

    /// The nearest whole number, halves upwards.
    #[must_use]
    pub fn round_half_up(self) -> i64 {
        let nearest = (2 * self.num + self.den).div_euclid(2 * self.den);
        i64::try_from(nearest).unwrap_or(i64::MAX)
    }

    /// Whether the fraction lies exactly between two whole numbers.
    #[must_use]
    pub fn is_tie(self) -> bool {
        self.den == 2
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Add for Ratio {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.num * other.den + other.num * self.den, self.den * other.den)
    }
}

impl Sub for Ratio {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.num * other.den - other.num * self.den, self.den * other.den)
    }
}

impl Mul for Ratio {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.num * other.num, self.den * other.den)
    }
}

impl Div for Ratio {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self::new(self.num * other.den, self.den * other.num)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.num * other.den).cmp(&(other.num * self.den))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_reduce_and_keep_a_positive_denominator() {
        assert_eq!(Ratio::new(6, -8), Ratio::new(-3, 4));
        assert_eq!(Ratio::new(0, 9), Ratio::ZERO);
        assert_eq!(Ratio::percent(85) + Ratio::percent(15), Ratio::whole(1));
        assert_eq!(Ratio::whole(1) / Ratio::new(2, 3) * Ratio::new(1, 3), Ratio::new(1, 2));
        assert!(Ratio::new(1, 3) < Ratio::new(34, 100));
    }

    #[test]
    fn halves_go_up() {
        let rounded = |num, den| Ratio::new(num, den).round_half_up();
        assert_eq!([rounded(5, 2), rounded(49, 20), rounded(51, 20)], [3, 2, 3]);
        assert_eq!([rounded(-5, 2), rounded(-51, 20), rounded(0, 7)], [-2, -3, 0]);
        assert!(Ratio::new(10, 4).is_tie() && !Ratio::new(9, 3).is_tie());
    }
}
