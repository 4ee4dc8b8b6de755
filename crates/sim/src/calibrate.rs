//! Calibration: the figures of a run beside the published ones that a scenario states.
//!
//! A run is given in parts, each of other persons. Their sum gives the figures, and how far they
//! lie apart gives the standard error: what is left of chance at this number of members.

mod figure;
mod measure;

use tongchou_core::pack::Pack;
use tongchou_wire::amount::{scaled, share};

use crate::book::Book;
use crate::fault::{Code, Fault, said};
use crate::scenario::{Confidence, Name, Scenario, Target};

pub use figure::{Figure, Unit};
pub use measure::{Costs, Part, measure};

/// One, in ppm and in millionths.
const MILLION: i128 = 1_000_000;

/// A published figure beside the simulated one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is measured, as the scenario names it, such as `inpatient.per_head`.
    pub figure: String,
    /// Its name for reports.
    pub name: Name,
    /// The unit of both values.
    pub unit: Unit,
    /// The published value, in millionths of the unit.
    pub published: i64,
    /// The simulated value, in millionths of the unit; `None` where the run had nothing to count.
    pub simulated: Option<i64>,
    /// Simulated less published, relative to published, in ppm.
    pub error: Option<i64>,
    /// Standard error of the simulated value, relative to it, in ppm; `None` for less than two
    /// parts.
    pub sampling: Option<i64>,
    /// Largest error that passes, in ppm.
    pub tolerance: u32,
    /// Whether it passes.
    pub verdict: Verdict,
    /// Where the value was published.
    pub source: Name,
    /// How sure it is.
    pub confidence: Confidence,
}

/// What became of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The error is within the tolerance.
    Within,
    /// The error is beyond it.
    Beyond,
    /// The error is beyond it and no larger than its own sampling error: more members may tell.
    SampleTooSmall,
    /// The published value is an assumption; the error says nothing.
    NotJudged,
    /// The run had nothing to count.
    Missing,
}

/// Reads the targets of a scenario: figures with their published values in millionths of the unit.
///
/// # Errors
/// D009 for a target whose figure is not known or whose value is not one of its unit.
pub fn targets(scenario: &Scenario) -> Result<Vec<(Figure, i64)>, Fault> {
    let read = |(index, target): (usize, &Target)| {
        let place = |key: &str| scenario.origin.place(&format!("target[{index}].{key}"));
        check(target).map_err(|(key, fault)| fault.within(&place(key)))
    };
    scenario.targets.iter().enumerate().map(read).collect()
}

/// The targets of a scenario beside what a run came to, in the order of the scenario.
///
/// `book` holds the profiles of all parts and `pack` is the one they were settled under.
///
/// # Errors
/// D009 for a target whose figure is not known or whose value is not one of its unit; D012 for
/// parts whose sums no number holds together.
pub fn calibrate(
    scenario: &Scenario,
    pack: &Pack,
    book: &Book,
    parts: &[Part],
) -> Result<Vec<Row>, Fault> {
    let mut whole = Part::default();
    parts.iter().try_for_each(|part| whole.take(part))?;
    let row = |(target, (figure, published)): (&Target, (Figure, i64))| {
        let simulated = figure.of(&whole, book, pack);
        let error = simulated
            .and_then(|value| relative(i128::from(value) - i128::from(published), published));
        let sampling = sampling(&figure, book, pack, parts, simulated);
        Row {
            name: figure.name(),
            unit: figure.unit(),
            published,
            simulated,
            error,
            sampling,
            tolerance: target.tolerance,
            verdict: verdict(target, error, sampling),
            figure: target.figure.clone(),
            source: target.source.clone(),
            confidence: target.confidence,
        }
    };
    Ok(scenario.targets.iter().zip(targets(scenario)?).map(row).collect())
}

/// The figure of a target and its published value; else which key is wrong, and why.
pub(crate) fn check(target: &Target) -> Result<(Figure, i64), (&'static str, Fault)> {
    let figure = Figure::read(&target.figure).map_err(|fault| ("figure", fault))?;
    let published = published(target, figure.unit()).ok_or_else(|| {
        let value = &target.value;
        let what = said(
            format!("`{value}` 不是该指标的值"),
            format!("`{value}` is not a value of this figure"),
        );
        ("value", Fault::new(Code::Scenario, "", what, figure.unit().expected()))
    })?;
    Ok((figure, published))
}

/// The published value in millionths of its unit.
fn published(target: &Target, unit: Unit) -> Option<i64> {
    let value = match unit {
        Unit::Share => share(&target.value).ok().map(i64::from),
        _ => scaled(&target.value, 6, i64::MAX).ok(),
    };
    value.filter(|value| *value > 0)
}

/// A difference relative to a value, in ppm, rounded to the nearest.
fn relative(difference: i128, to: i64) -> Option<i64> {
    figure::nearest(difference * MILLION, i128::from(to))
}

/// An error beyond the tolerance counts only if it is larger than what chance alone does to the
/// figure; a run of one part does not know how much that is.
fn verdict(target: &Target, error: Option<i64>, sampling: Option<i64>) -> Verdict {
    let by_chance =
        |error: i64| sampling.is_none_or(|ppm| error.unsigned_abs() <= ppm.unsigned_abs());
    match error {
        None => Verdict::Missing,
        Some(_) if !target.confidence.is_judged() => Verdict::NotJudged,
        Some(error) if error.unsigned_abs() <= u64::from(target.tolerance) => Verdict::Within,
        Some(error) if by_chance(error) => Verdict::SampleTooSmall,
        Some(_) => Verdict::Beyond,
    }
}

/// The standard error of the mean of all parts, relative to the value, in ppm.
fn sampling(
    figure: &Figure,
    book: &Book,
    pack: &Pack,
    parts: &[Part],
    simulated: Option<i64>,
) -> Option<i64> {
    let values: Option<Vec<i128>> =
        parts.iter().map(|part| figure.of(part, book, pack).map(i128::from)).collect();
    let values = values.filter(|values| values.len() > 1)?;
    let count = i128::try_from(values.len()).ok()?;
    let mean = values.iter().sum::<i128>() / count;
    let squares: i128 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    relative((squares / (count * (count - 1))).isqrt(), simulated?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(confidence: Confidence) -> Target {
        Target {
            figure: "inpatient.per_head".to_owned(),
            value: "0.2".to_owned(),
            tolerance: 20_000,
            source: Name::default(),
            confidence,
        }
    }

    #[test]
    fn an_error_is_judged_against_its_tolerance() {
        let found = target(Confidence::Found);
        let judged = |error, sampling| verdict(&found, error, sampling);
        assert_eq!(judged(Some(-20_000), Some(1)), Verdict::Within);
        assert_eq!(judged(Some(20_001), Some(1)), Verdict::Beyond);
        assert_eq!(judged(None, Some(1)), Verdict::Missing);
        let assumed = target(Confidence::Assumed);
        assert_eq!(verdict(&assumed, Some(900_000), Some(1)), Verdict::NotJudged);
    }

    #[test]
    fn an_error_that_chance_explains_is_not_judged() {
        let found = target(Confidence::Found);
        let judged = |error, sampling| verdict(&found, error, sampling);
        assert_eq!(judged(Some(-60_000), Some(60_000)), Verdict::SampleTooSmall);
        assert_eq!(judged(Some(60_000), Some(59_999)), Verdict::Beyond);
        assert_eq!(judged(Some(60_000), None), Verdict::SampleTooSmall);
        assert_eq!(judged(Some(10_000), Some(60_000)), Verdict::Within);
    }

    #[test]
    fn a_value_is_read_by_its_unit() {
        let mut target = target(Confidence::Found);
        assert_eq!(published(&target, Unit::Times), Some(200_000));
        target.value = "84.1%".to_owned();
        assert_eq!(published(&target, Unit::Share), Some(841_000));
        assert_eq!(published(&target, Unit::Yuan), None);
        target.value = "0".to_owned();
        assert_eq!(published(&target, Unit::Yuan), None);
    }

    #[test]
    fn errors_are_relative_to_what_was_published() {
        assert_eq!(relative(-1, 3), Some(-333_333));
        assert_eq!(relative(1, 0), None);
    }
}
