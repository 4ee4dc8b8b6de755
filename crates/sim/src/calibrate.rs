//! Calibration: the figures of a run beside the published ones that a scenario states.
//!
//! A run is given in parts, each of other persons. Their sum gives the figures, and how far they
//! lie apart gives the standard error: what is left of chance at this number of members.

mod figure;
mod measure;

use tongchou_core::pack::Pack;
use tongchou_wire::amount::{scaled, share};

use crate::book::Book;
use crate::fault::{Code, Fault};
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
    /// The published value is an assumption; the error says nothing.
    NotJudged,
    /// The run had nothing to count.
    Missing,
}

impl Verdict {
    /// The verdict as it is printed, in Chinese and English.
    #[must_use]
    pub fn name(self) -> Name {
        let (zh, en) = match self {
            Self::Within => ("符合", "within"),
            Self::Beyond => ("超出", "beyond"),
            Self::NotJudged => ("假定，不评判", "assumed, not judged"),
            Self::Missing => ("没有数据", "nothing to count"),
        };
        Name { zh: zh.to_owned(), en: en.to_owned() }
    }
}

/// The targets of a scenario beside what a run came to, in the order of the scenario.
///
/// `book` holds the profiles of all parts and `pack` is the one they were settled under.
///
/// # Errors
/// D009 for a target whose figure is not known or whose value is not one of its unit.
pub fn calibrate(
    scenario: &Scenario,
    pack: &Pack,
    book: &Book,
    parts: &[Part],
) -> Result<Vec<Row>, Fault> {
    let mut whole = Part::default();
    parts.iter().for_each(|part| whole.merge(part));
    let row = |(index, target): (usize, &Target)| {
        let place = |key: &str| format!("{}: target[{index}].{key}", scenario.id);
        let figure =
            Figure::read(&target.figure).map_err(|fault| fault.within(&place("figure")))?;
        let published = published(target, figure.unit()).ok_or_else(|| {
            let what = format!("`{}` is not a value of this figure", target.value);
            Fault::new(Code::Scenario, place("value"), what, figure.unit().expected())
        })?;
        let simulated = figure.of(&whole, book, pack);
        let error = simulated
            .and_then(|value| relative(i128::from(value) - i128::from(published), published));
        Ok(Row {
            name: figure.name(),
            unit: figure.unit(),
            published,
            simulated,
            error,
            sampling: sampling(&figure, book, pack, parts, simulated),
            tolerance: target.tolerance,
            verdict: verdict(target, error),
            figure: target.figure.clone(),
            source: target.source.clone(),
            confidence: target.confidence,
        })
    };
    scenario.targets.iter().enumerate().map(row).collect()
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

fn verdict(target: &Target, error: Option<i64>) -> Verdict {
    match error {
        None => Verdict::Missing,
        Some(_) if !target.confidence.is_judged() => Verdict::NotJudged,
        Some(error) if error.unsigned_abs() <= u64::from(target.tolerance) => Verdict::Within,
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
        assert_eq!(verdict(&found, Some(-20_000)), Verdict::Within);
        assert_eq!(verdict(&found, Some(20_001)), Verdict::Beyond);
        assert_eq!(verdict(&found, None), Verdict::Missing);
        assert_eq!(verdict(&target(Confidence::Assumed), Some(900_000)), Verdict::NotJudged);
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
