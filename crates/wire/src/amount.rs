//! Decimal text of the contract: yuan, prices, quantities, rates and dates.
//!
//! Everything is read from its source text. A float never comes near an amount.

use core::fmt;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// Largest amount, line or counter accepted: 10¹² fen, ten billion yuan.
pub const FEN_MAX: i64 = 1_000_000_000_000;

/// An amount of money in whole fen, written in JSON as yuan with two decimals: `"12.30"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Yuan(
    /// The amount in fen; negative only in cancellations and postings.
    pub i64,
);

impl fmt::Display for Yuan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

impl Serialize for Yuan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a decimal text was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalFault {
    /// Not plain decimal text such as `12` or `12.30`.
    Malformed,
    /// Below zero.
    Negative,
    /// More decimals than the field has.
    TooManyDecimals,
    /// Above the field's bound.
    TooLarge,
}

/// Reads plain decimal text as an integer scaled by `10^scale`, between 0 and `max`.
///
/// # Errors
/// A [`DecimalFault`]; exponents, signs other than a leading `-`, blanks, separators and words
/// such as `NaN` are malformed.
pub fn scaled(text: &str, scale: u32, max: i64) -> Result<i64, DecimalFault> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let has_point = digits.contains('.');
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) || (has_point && fraction.is_empty()) {
        return Err(DecimalFault::Malformed);
    }
    let significant = fraction.trim_end_matches('0');
    if significant.len() > scale as usize {
        return Err(DecimalFault::TooManyDecimals);
    }
    let mut value: i128 = 0;
    for b in whole.bytes().chain(significant.bytes()) {
        value = value * 10 + i128::from(b - b'0');
        if value > i128::from(i64::MAX) {
            return Err(if negative { DecimalFault::Negative } else { DecimalFault::TooLarge });
        }
    }
    for _ in significant.len()..scale as usize {
        value *= 10;
    }
    if negative && value != 0 {
        return Err(DecimalFault::Negative);
    }
    match i64::try_from(value) {
        Ok(v) if v <= max => Ok(v),
        _ => Err(DecimalFault::TooLarge),
    }
}

/// Reads an amount in yuan, at most two decimals, at most [`FEN_MAX`].
///
/// ```
/// # use tongchou_wire::amount::{yuan, Yuan, DecimalFault};
/// assert_eq!(yuan("12.3"), Ok(Yuan(1230)));
/// assert_eq!(yuan("0.005"), Err(DecimalFault::TooManyDecimals));
/// ```
///
/// # Errors
/// A [`DecimalFault`].
pub fn yuan(text: &str) -> Result<Yuan, DecimalFault> {
    scaled(text, 2, FEN_MAX).map(Yuan)
}

/// Reads a share as ppm: `"10%"` (at most four decimals) or `"0.10"` (at most six).
///
/// # Errors
/// A [`DecimalFault`]; shares above 100 % are too large.
pub fn share(text: &str) -> Result<u32, DecimalFault> {
    let ppm = match text.strip_suffix('%') {
        Some(percent) => scaled(percent, 4, 1_000_000)?,
        None => scaled(text, 6, 1_000_000)?,
    };
    u32::try_from(ppm).map_err(|_| DecimalFault::TooLarge)
}

/// A unit price (at most six decimals) or a quantity (at most four), exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure(
    /// The value.
    pub Decimal,
);

impl Measure {
    /// Reads a value with at most `scale` decimals and at most 10¹⁰.
    ///
    /// # Errors
    /// A [`DecimalFault`].
    pub fn read(text: &str, scale: u32) -> Result<Self, DecimalFault> {
        let max = 10_i64.pow(10 + scale.min(8));
        let value = scaled(text, scale, max)?;
        Ok(Self(Decimal::new(value, scale).normalize()))
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A calendar day of the contract, written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Year, 1900–2999.
    pub year: i16,
    /// Month, 1–12.
    pub month: i8,
    /// Day of the month.
    pub day: i8,
}

impl Date {
    /// Reads `YYYY-MM-DD`; `None` if it is not such a date or not a day of the calendar.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let &[a, b, c, d, b'-', e, f, b'-', g, h] = text.as_bytes() else { return None };
        let digit = |b: u8| b.is_ascii_digit().then(|| i16::from(b - b'0'));
        let year = digit(a)? * 1000 + digit(b)? * 100 + digit(c)? * 10 + digit(d)?;
        let month = i8::try_from(digit(e)? * 10 + digit(f)?).ok()?;
        let day = i8::try_from(digit(g)? * 10 + digit(h)?).ok()?;
        if !(1900..=2999).contains(&year) {
            return None;
        }
        tongchou_core::calendar::Day::new(year, month, day)?;
        Some(Self { year, month, day })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A time of day, written `HH:MM`: minutes since midnight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clock(pub u16);

impl Clock {
    /// Reads `HH:MM`, 00:00 to 23:59.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let &[a, b, b':', c, d] = text.as_bytes() else { return None };
        let digit = |b: u8| b.is_ascii_digit().then(|| u16::from(b - b'0'));
        let (hour, minute) = (digit(a)? * 10 + digit(b)?, digit(c)? * 10 + digit(d)?);
        (hour < 24 && minute < 60).then_some(Self(hour * 60 + minute))
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for Clock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A calendar month of the contract, written `YYYY-MM`: its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(pub Date);

impl Month {
    /// Reads `YYYY-MM`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Date::read(&format!("{text}-01")).map(Self)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year, self.0.month)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    impl JsonSchema for super::Yuan {
        fn schema_name() -> Cow<'static, str> {
            "Yuan".into()
        }
        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "Amount in yuan, written as text with two decimals; \
                    a JSON number is read from its own digits.",
                "type": ["string", "number"],
                "pattern": "^-?[0-9]+(\\.[0-9]{1,2}0*)?$",
            })
        }
    }

    impl JsonSchema for super::Measure {
        fn schema_name() -> Cow<'static, str> {
            "Measure".into()
        }
        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "Unit price (at most six decimals) or quantity (at most \
                    four), as decimal text.",
                "type": ["string", "number"],
                "pattern": "^[0-9]+(\\.[0-9]{1,6}0*)?$",
            })
        }
    }

    impl JsonSchema for super::Date {
        fn schema_name() -> Cow<'static, str> {
            "Date".into()
        }
        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "string",
                "format": "date",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            })
        }
    }

    impl JsonSchema for super::Clock {
        fn schema_name() -> Cow<'static, str> {
            "Clock".into()
        }
        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" })
        }
    }

    impl JsonSchema for super::Month {
        fn schema_name() -> Cow<'static, str> {
            "Month".into()
        }
        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$" })
        }
    }
}
