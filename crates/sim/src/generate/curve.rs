//! Distributions as tables. The only floats of the simulator: they are computed before the first
//! person is drawn, with basic IEEE operations and `libm`, so every machine has the same tables.
#![expect(clippy::float_arithmetic, reason = "tables are made before anybody is drawn")]

/// Steps of a table of quantiles.
pub(super) const STEPS: usize = 4_096;
/// One, in the fixed point of severities and factors.
pub(super) const ONE: u32 = 1 << 20;
/// Longest stay, in nights.
pub(super) const NIGHTS_MAX: u8 = 88;
/// Counts of visits that nobody reaches: what is left above is less likely than this.
const TAIL: f64 = 1e-10;
/// Most visits of a person and year.
pub(super) const COUNT_MAX: usize = 16_384;
/// Largest mean number of visits of a person.
const MEAN_MAX: f64 = 600.0;

/// A whole number as a float; those of a scenario are exact.
#[expect(clippy::cast_precision_loss, reason = "below 2^53")]
pub(super) const fn float(number: i64) -> f64 {
    number as f64
}

/// A value in millionths.
pub(super) const fn millionths(number: i64) -> f64 {
    float(number) / 1e6
}

/// The nearest whole number of 64 bits without a sign.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is outside goes to the nearest bound"
)]
pub(super) fn nearest(value: f64) -> u64 {
    libm::floor(value + 0.5) as u64
}

/// A factor in the fixed point of [`ONE`]; `None` if it does not fit.
pub(super) fn fixed(value: f64) -> Option<u32> {
    u32::try_from(nearest(value * f64::from(ONE))).ok()
}

/// Columns of the alias method: for each its limit up to `full`, and the other outcome.
///
/// `None` if there are more outcomes than columns or if nothing has weight.
pub(super) fn columns(weights: &[f64], count: usize, full: u32) -> Option<Vec<(u32, u32)>> {
    let sum: f64 = weights.iter().sum();
    if sum.is_nan() || sum <= 0.0 || count < weights.len() {
        return None;
    }
    let height = f64::from(u32::try_from(count).ok()?) / sum;
    let mut heights: Vec<f64> = weights.iter().map(|weight| weight * height).collect();
    heights.resize(count, 0.0);
    let (mut low, mut high): (Vec<usize>, Vec<usize>) =
        (0..count).partition(|i| heights.get(*i).is_some_and(|height| *height < 1.0));
    let mut found: Vec<(u32, u32)> = (0..).map(|i| (full, i)).take(count).collect();
    while let (Some(short), Some(tall)) = (low.pop(), high.last().copied()) {
        let own = heights.get(short).copied()?;
        let limit = nearest(own * (f64::from(full) + 1.0)).min(u64::from(full));
        *found.get_mut(short)? = (u32::try_from(limit).ok()?, u32::try_from(tall).ok()?);
        let left = heights.get_mut(tall)?;
        *left -= 1.0 - own;
        if *left < 1.0 {
            high.pop();
            low.push(tall);
        }
    }
    // Whoever is left over by rounding has a column to himself, but an outcome without weight
    // must never come up.
    let heaviest = (0..weights.len()).max_by(|a, b| {
        let weight = |i: &usize| weights.get(*i).copied().unwrap_or_default();
        weight(a).total_cmp(&weight(b))
    })?;
    for i in low {
        if weights.get(i).is_none_or(|weight| *weight <= 0.0) {
            *found.get_mut(i)? = (0, u32::try_from(heaviest).ok()?);
        }
    }
    Some(found)
}

/// The standard normal quantile of `p` between 1/8192 and 1 − 1/8192, to about seven digits.
///
/// Two ratios of polynomials, one for the middle half and more of the distribution and one for its
/// tails: algorithm AS 241 of Wichura (Applied Statistics 37, 1988), its shorter variant.
fn normal_quantile(p: f64) -> f64 {
    let (middle, tail) = (p - 0.5, p.min(1.0 - p));
    if middle.abs() <= 0.425 {
        let r = 0.180_625 - middle * middle;
        let above = ((59.109_374_720 * r + 159.291_132_02) * r + 50.434_271_938) * r;
        let below = ((67.187_563_600 * r + 78.757_757_664) * r + 17.895_169_469) * r;
        return middle * (above + 3.387_132_717_9) / (below + 1.0);
    }
    let r = libm::sqrt(-libm::log(tail)) - 1.6;
    let above = ((0.170_238_211_03 * r + 1.306_728_481_6) * r + 2.756_815_390_0) * r;
    let below = (0.120_211_329_75 * r + 0.737_001_642_50) * r;
    let size = (above + 1.423_437_277_7) / (below + 1.0);
    if middle < 0.0 { -size } else { size }
}

/// Quantiles of a lognormal distribution at the middle of each step, scaled to a mean of 1.
fn lognormal(sigma: f64) -> Vec<f64> {
    let steps = f64::from(u32::try_from(STEPS).unwrap_or(1));
    let at = |step: u32| libm::exp(sigma * normal_quantile((f64::from(step) + 0.5) / steps));
    let raw: Vec<f64> = (0..).map(at).take(STEPS).collect();
    let scale = steps / raw.iter().sum::<f64>();
    raw.iter().map(|value| value * scale).collect()
}

/// Severities in the fixed point of [`ONE`]; their mean is exactly one.
pub(super) fn severities(sigma: f64) -> Option<Box<[u32; STEPS]>> {
    let found: Option<Vec<u32>> = lognormal(sigma).into_iter().map(fixed).collect();
    let mut found = found?;
    // What rounding added or took goes to the highest step, which hardly feels it.
    let sum: u64 = found.iter().map(|value| u64::from(*value)).sum();
    let last = found.last_mut()?;
    let whole = STEPS as u64 * u64::from(ONE);
    *last = u32::try_from((u64::from(*last) + whole).checked_sub(sum)?).ok()?;
    found.into_boxed_slice().try_into().ok()
}

/// The highest severity.
pub(super) fn severity_max(sigma: f64) -> f64 {
    lognormal(sigma).last().copied().unwrap_or(1.0)
}

/// Amounts of a lognormal distribution whose mean is exact up to rounding.
pub(super) fn amounts(mean: i64, sigma: f64) -> Vec<i64> {
    let amount = |value: f64| i64::try_from(nearest(float(mean) * value)).unwrap_or(i64::MAX);
    lognormal(sigma).into_iter().map(amount).collect()
}

/// Nights, from 1 to [`NIGHTS_MAX`]; their mean is exact up to a 4,096th.
pub(super) fn nights(mean: f64, sigma: f64) -> Option<Box<[u8; STEPS]>> {
    let shape = lognormal(sigma);
    let scaled = |scale: f64| -> Vec<u8> {
        let most = f64::from(NIGHTS_MAX);
        let night = |value: &f64| nearest((value * scale).clamp(1.0, most));
        shape.iter().map(|value| u8::try_from(night(value)).unwrap_or(NIGHTS_MAX)).collect()
    };
    let sum = |nights: &[u8]| nights.iter().map(|night| u64::from(*night)).sum::<u64>();
    let wanted = nearest(mean * f64::from(u32::try_from(STEPS).ok()?));
    let (mut low, mut high) = (0.0, 1e6);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if sum(&scaled(middle)) <= wanted { low = middle } else { high = middle }
    }
    let mut found = scaled(low);
    let mut missing = wanted.saturating_sub(sum(&found));
    for night in found.iter_mut().rev().filter(|night| **night < NIGHTS_MAX) {
        if missing == 0 {
            break;
        }
        *night += 1;
        missing -= 1;
    }
    found.into_boxed_slice().try_into().ok()
}

/// Probabilities of 0, 1, 2 … visits whose mean varies between persons like a gamma variable with
/// the relative variance `spread`: a negative binomial distribution, Poisson's for 0.
///
/// `None` if the counts do not end before [`COUNT_MAX`].
pub(super) fn counts(mean: f64, spread: f64) -> Option<Vec<f64>> {
    if mean <= 0.0 {
        return Some(vec![1.0]);
    }
    if MEAN_MAX < mean {
        return None;
    }
    // p(n + 1) = p(n) · (1 + n·spread) · mean / ((1 + mean·spread) · (n + 1)).
    let ratio = mean / (1.0 + mean * spread);
    let none = if spread > 0.0 { libm::log1p(mean * spread) / spread } else { mean };
    let mut found = vec![libm::exp(-none)];
    let mut next = found.first().copied()?;
    let mut left = 1.0 - next;
    let mut n = 0.0;
    while left > TAIL {
        if found.len() == COUNT_MAX {
            return None;
        }
        next *= (1.0 + n * spread) * ratio / (n + 1.0);
        n += 1.0;
        left -= next;
        // Rounding can leave a rest that no count has any more.
        if next < 1e-300 && mean < n {
            break;
        }
        found.push(next);
    }
    Some(found)
}
