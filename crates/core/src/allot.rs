//! Handing out a fixed total in shares that sum to it exactly.
//!
//! For attributing what is already settled (impact by clause, a budget by month). Settlement
//! shares are another matter: they round as the pack declares and the residual is the person's.

/// Splits `total` fen in proportion to `weights`: every share is floored, and the fen left over
/// are handed out one each, in the order of the weights, skipping weights of zero.
///
/// Returns `None` if there is no positive weight or `total` is negative.
///
/// ```
/// # use tongchou_core::allot::allot;
/// assert_eq!(allot(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
/// assert_eq!(allot(5, &[0, 2, 0, 1]), Some(vec![0, 4, 0, 1]));
/// assert_eq!(allot(5, &[0]), None);
/// ```
#[must_use]
pub fn allot(total: i64, weights: &[u64]) -> Option<Vec<i64>> {
    let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    let whole = u128::try_from(total).ok()?;
    if sum == 0 {
        return None;
    }
    let floor = |w: &u64| i64::try_from(whole * u128::from(*w) / sum).ok();
    let mut shares: Vec<i64> = weights.iter().map(floor).collect::<Option<_>>()?;
    let mut left = total - shares.iter().sum::<i64>();
    for (share, _) in shares.iter_mut().zip(weights).filter(|(_, w)| **w > 0) {
        if left == 0 {
            break;
        }
        *share += 1;
        left -= 1;
    }
    Some(shares)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::allot;

    proptest! {
        #[test]
        fn shares_sum_to_the_total(
            total in 0_i64..=1_000_000_000_000,
            weights in proptest::collection::vec(0_u64..1_000_000, 1..40),
        ) {
            let Some(shares) = allot(total, &weights) else {
                prop_assert!(weights.iter().all(|w| *w == 0));
                return Ok(());
            };
            prop_assert_eq!(shares.iter().sum::<i64>(), total);
            let sum: u64 = weights.iter().sum();
            for (share, weight) in shares.iter().zip(&weights) {
                let exact = i128::from(total) * i128::from(*weight);
                let off = exact - i128::from(*share) * i128::from(sum);
                prop_assert!(off.abs() < i128::from(sum), "a share is off by a fen or more");
                prop_assert!(*weight > 0 || *share == 0);
            }
        }
    }
}
