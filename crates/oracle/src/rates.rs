//! Rates of the bands: the person's share, adjusted step by step.

use rust_decimal::Decimal;

use tongchou_wire::amount::Date;

use crate::pack::{Adjust, Band, Layer, Row, Step};
use crate::refusal::Refusal;
use crate::select::{self, Facts};

/// The adjustments that apply, one a `seq`, in ascending order.
pub fn adjustments<'p>(
    layer: &'p Layer,
    day: Date,
    facts: &Facts<'_>,
) -> Result<Vec<&'p Row<Adjust>>, Refusal> {
    let mut seqs: Vec<i64> = layer.adjust.iter().map(|row| row.says.seq).collect();
    seqs.sort_unstable();
    seqs.dedup();
    let mut steps = Vec::new();
    for seq in seqs {
        let of_seq = layer.adjust.iter().filter(|row| row.says.seq == seq);
        steps.extend(select::row(of_seq, day, facts)?);
    }
    Ok(steps)
}

/// The rate of a band after the adjustments, and the names of those without which it would be
/// another. The share is held within 0 to 100 % after each step, or (`end`) after the last.
pub fn adjusted<'p>(
    band: &Band,
    steps: &[&'p Row<Adjust>],
    clamp: &str,
) -> Result<(Decimal, Vec<&'p str>), Refusal> {
    let rate = rate(band, steps.iter().copied(), clamp)?;
    let mut changed = Vec::new();
    for row in steps {
        let others = steps.iter().copied().filter(|other| other.name != row.name);
        if self::rate(band, others, clamp) != Ok(rate) {
            changed.push(row.name.as_str());
        }
    }
    Ok((rate, changed))
}

fn rate<'p>(
    band: &Band,
    steps: impl Iterator<Item = &'p Row<Adjust>>,
    clamp: &str,
) -> Result<Decimal, Refusal> {
    let held = |share: Decimal| share.clamp(Decimal::ZERO, Decimal::ONE);
    let mut share = Decimal::ONE - band.rate;
    for row in steps {
        share = match row.says.step {
            Step::Times(factor) => share * factor,
            Step::Plus(points) => share + points,
            Step::Becomes(other) => other,
        };
        if clamp != "end" {
            share = held(share);
        }
        if !(share * Decimal::from(1_000_000)).fract().is_zero() {
            return Err(Refusal::Pack(format!("a share that is not whole in ppm: `{}`", row.name)));
        }
    }
    Ok(Decimal::ONE - held(share))
}
