//! Money, rates and steps as they are written, read without a float.
//!
//! INVARIANT: what is read is exact; a text that would need rounding is refused.

mod meant;

pub(crate) use self::meant::{day_meant, explained, money_meant, rate_meant, wide};

use tongchou_core::money::{FEN_MAX, Fen, PPM, Ppm};
use tongchou_core::pack::AdjustStep;
use tongchou_core::rules::LEVY_RATE_MAX;

/// Largest factor of a step, in ppm: ten times.
pub(crate) const FACTOR_MAX: i64 = 10 * PPM;
/// Most digits before the point; keeps the scaled number inside 64 bits.
const WHOLE_DIGITS_MAX: usize = 12;

/// Why a text is no amount of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not digits, or not the sign of the unit.
    Shape,
    /// Too many decimals.
    Places,
    /// Below zero.
    Negative,
    /// Above the largest amount.
    Large,
    /// A full-width character, with the one that is meant.
    Wide(char, &'static str),
}

/// Yuan with at most two decimals, as fen.
pub(crate) fn money(text: &str) -> Result<Fen, Fault> {
    if text.strip_prefix('-').is_some_and(|rest| scaled(rest, 2).is_ok()) {
        return Err(Fault::Negative);
    }
    at_most(scaled(text, 2)?, FEN_MAX).map(Fen)
}

/// A percentage of 0–100 with at most four decimals, as ppm.
pub(crate) fn rate(text: &str) -> Result<Ppm, Fault> {
    let digits = text.strip_suffix('%').ok_or(Fault::Shape)?;
    if digits.starts_with('-') {
        return Err(Fault::Negative);
    }
    let ppm = at_most(scaled(digits, 4)?, PPM)?;
    u32::try_from(ppm).map(Ppm).map_err(|_| Fault::Large)
}

/// A percentage of 0 up to the largest of a levy with at most four decimals, as ppm.
pub(crate) fn levy_rate(text: &str) -> Result<u32, Fault> {
    let digits = text.strip_suffix('%').ok_or(Fault::Shape)?;
    if digits.starts_with('-') {
        return Err(Fault::Negative);
    }
    let ppm = at_most(scaled(digits, 4)?, i64::from(LEVY_RATE_MAX))?;
    u32::try_from(ppm).map_err(|_| Fault::Large)
}

/// A step on the person's share: `+10pp`, `-5pp`, `x60%` or `=30%`.
pub(crate) fn step(text: &str) -> Result<AdjustStep, Fault> {
    if let Some(points) = text.strip_suffix("pp") {
        let (sign, digits) = match (points.strip_prefix('+'), points.strip_prefix('-')) {
            (Some(digits), _) => (1, digits),
            (_, Some(digits)) => (-1, digits),
            _ => return Err(Fault::Shape),
        };
        let ppm = at_most(scaled(digits, 4)?, PPM)?;
        return i32::try_from(ppm).map(|p| AdjustStep::Add(sign * p)).map_err(|_| Fault::Large);
    }
    if let Some(factor) = text.strip_prefix('x') {
        let digits = factor.strip_suffix('%').ok_or(Fault::Shape)?;
        let ppm = at_most(scaled(digits, 4)?, FACTOR_MAX)?;
        return u32::try_from(ppm).map(AdjustStep::Times).map_err(|_| Fault::Large);
    }
    rate(text.strip_prefix('=').ok_or(Fault::Shape)?).map(AdjustStep::Set)
}

/// Fen as it is written in a pack.
pub(crate) fn money_text(fen: Fen) -> String {
    format!("{}.{:02}", fen.0.div_euclid(100), fen.0.rem_euclid(100))
}

/// Ppm, and millionths of it with the same sign, as a percentage without idle zeros.
pub(crate) fn percent_text(ppm: i64, millionths: i64) -> String {
    if ppm < 0 || millionths < 0 {
        return format!("−{}", percent_text(ppm.abs(), millionths.abs()));
    }
    let digits = format!("{:04}{millionths:06}", ppm.rem_euclid(10_000));
    let decimals = digits.trim_end_matches('0');
    let whole = ppm.div_euclid(10_000);
    if decimals.is_empty() { format!("{whole}%") } else { format!("{whole}.{decimals}%") }
}

/// A decimal number times 10 to the power of `places`.
pub(crate) fn scaled(text: &str, places: usize) -> Result<i64, Fault> {
    let (whole, decimals) = match text.split_once('.') {
        Some((_, "")) => return Err(Fault::Shape),
        Some(parts) => parts,
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return Err(Fault::Shape);
    }
    if places < decimals.len() {
        return Err(Fault::Places);
    }
    if WHOLE_DIGITS_MAX < whole.len() {
        return Err(Fault::Large);
    }
    format!("{whole}{decimals:0<places$}").parse().map_err(|_| Fault::Large)
}

fn at_most(value: i64, max: i64) -> Result<i64, Fault> {
    if value <= max { Ok(value) } else { Err(Fault::Large) }
}

#[cfg(test)]
mod tests;
