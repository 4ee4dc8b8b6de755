//! Yuan as decimals: reading, writing, and the one function that rounds.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use tongchou_wire::amount::{FEN_MAX, Yuan};

use crate::refusal::Refusal;

/// Yuan from whole fen.
pub fn from_fen(fen: i64) -> Decimal {
    Decimal::new(fen, 2)
}

/// Rounds yuan to the fen: `half_up`, `down` or `up`, in the words of the packs.
pub fn round(yuan: Decimal, how: &str) -> Result<Decimal, Refusal> {
    let strategy = match how {
        "half_up" => RoundingStrategy::MidpointAwayFromZero,
        "down" => RoundingStrategy::ToZero,
        "up" => RoundingStrategy::AwayFromZero,
        other => return Err(Refusal::Pack(format!("no rounding `{other}`"))),
    };
    Ok(yuan.round_dp_with_strategy(2, strategy))
}

/// Whole fen of an amount that has at most two decimals.
pub fn to_fen(yuan: Decimal) -> Result<i64, Refusal> {
    let fen = yuan.checked_mul(Decimal::ONE_HUNDRED).filter(|fen| fen.fract().is_zero());
    fen.and_then(|fen| fen.to_i64()).ok_or_else(|| Refusal::OutOfRange(yuan.to_string()))
}

/// The amount as the contract writes it.
pub fn to_yuan(yuan: Decimal) -> Result<Yuan, Refusal> {
    to_fen(yuan).map(Yuan)
}

/// Refuses what does not lie in 0 … 10¹² fen.
pub fn in_range(name: &str, value: i64) -> Result<i64, Refusal> {
    if (0..=FEN_MAX).contains(&value) {
        Ok(value)
    } else {
        Err(Refusal::OutOfRange(name.to_owned()))
    }
}
