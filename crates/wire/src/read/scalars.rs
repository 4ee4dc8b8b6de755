//! Single values: text, ids, days, amounts, prices, quantities, shares and whole numbers.

use rust_decimal::Decimal;

use crate::amount::{self, Clock, Date, DecimalFault, Measure, Yuan};
use crate::error::Code;
use crate::json::Node;
use crate::request::ID_CHARS_MAX;

use super::fields::{At, Fields};

/// What belongs in a field, for messages.
pub const TEXT: &str = "text";
pub const DECIMAL: &str = "text or a number";
pub const DAY: &str = "YYYY-MM-DD";
pub const OBJECT: &str = "an object";
pub const LIST: &str = "a list";
pub const WHOLE: &str = "a whole number";
pub const FLAG: &str = "true or false";

/// Splits `id` or `id@YYYY-MM-DD`; `None` if it is neither.
///
/// ```
/// # use tongchou_wire::read::pack_reference;
/// let (id, date) = pack_reference("110000-employee@2022-12-31").unwrap();
/// assert_eq!((id, date.unwrap().year), ("110000-employee", 2022));
/// assert!(pack_reference("110000-employee@2022-13-31").is_none());
/// ```
#[must_use]
pub fn pack_reference(text: &str) -> Option<(&str, Option<Date>)> {
    let (id, date) = match text.split_once('@') {
        Some((id, date)) => (id, Some(Date::read(date)?)),
        None => (text, None),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let fits = !id.is_empty() && id.len() <= ID_CHARS_MAX && id.bytes().all(plain);
    fits.then_some((id, date))
}

impl<'a> At<'a> {
    /// Text of any length.
    pub fn text(&self) -> &'a str {
        if let Node::Text(text) = self.node {
            return text;
        }
        self.refuse(Code::WrongType, TEXT);
        ""
    }

    /// `true` or `false`.
    pub fn flag(&self) -> bool {
        if let Node::Bool(flag) = self.node {
            return *flag;
        }
        self.refuse(Code::WrongType, FLAG);
        false
    }

    /// An opaque key: 1–64 characters without control characters.
    pub fn id(&self) -> String {
        let text = self.text();
        if !is_name(text, ID_CHARS_MAX) {
            self.refuse(Code::IdMalformed, "1 to 64 characters");
        }
        text.to_owned()
    }

    /// The key of a stay. `.` and `:` divide the names of its counters.
    pub fn stay_id(&self) -> String {
        let id = self.id();
        if id.contains(['.', ':']) {
            self.refuse(Code::IdMalformed, "1 to 64 characters without `.` and `:`");
        }
        id
    }

    /// A pack id, with or without a day behind it.
    pub fn dated_pack(&self) -> String {
        let text = self.text();
        if pack_reference(text).is_none() {
            self.refuse(Code::PackReference, "id, id@YYYY-MM-DD");
        }
        text.to_owned()
    }

    /// A pack id.
    pub fn pack(&self) -> String {
        let text = self.text();
        if !matches!(pack_reference(text), Some((_, None))) {
            self.refuse(Code::PackReference, "id");
        }
        text.to_owned()
    }

    /// A day of the calendar.
    pub fn date(&self) -> Date {
        if let Some(date) = Date::read(self.text()) {
            return date;
        }
        self.refuse(Code::DateMalformed, DAY);
        Date { year: 1900, month: 1, day: 1 }
    }

    /// A time of day.
    pub fn clock(&self) -> Clock {
        Clock::read(self.text()).unwrap_or_else(|| {
            self.refuse(Code::ClockMalformed, "HH:MM");
            Clock(0)
        })
    }

    /// A month of the calendar.
    #[cfg(feature = "member")]
    pub fn month(&self) -> amount::Month {
        amount::Month::read(self.text()).unwrap_or_else(|| {
            self.refuse(Code::DateMalformed, "YYYY-MM");
            amount::Month(Date { year: 1900, month: 1, day: 1 })
        })
    }

    /// An amount in yuan.
    pub fn yuan(&self) -> Yuan {
        self.yuan_of(self.decimal())
    }

    /// An amount in yuan from its text, which may be a part of this value.
    pub fn yuan_of(&self, text: &str) -> Yuan {
        let (code, expected) = match amount::yuan(text) {
            Ok(yuan) => return yuan,
            Err(DecimalFault::Malformed) => (Code::AmountMalformed, ""),
            Err(DecimalFault::Negative) => (Code::AmountNegative, "0"),
            Err(DecimalFault::TooManyDecimals) => (Code::AmountDecimals, "2"),
            Err(DecimalFault::TooLarge) => (Code::AmountBound, "10000000000.00"),
        };
        self.refuse(code, expected);
        Yuan(0)
    }

    /// A unit price or a price limit.
    pub fn price(&self) -> Measure {
        self.measure(6, Code::Price)
    }

    /// A quantity.
    pub fn quantity(&self) -> Measure {
        self.measure(4, Code::Quantity)
    }

    fn measure(&self, scale: u32, code: Code) -> Measure {
        Measure::read(self.decimal(), scale).unwrap_or_else(|_| {
            self.refuse(code, "10000000000");
            Measure(Decimal::ZERO)
        })
    }

    /// A share of 0–100 %, in ppm.
    pub fn share(&self) -> u32 {
        amount::share(self.decimal()).unwrap_or_else(|_| {
            self.refuse(Code::Share, "");
            0
        })
    }

    /// The source text of a decimal, given as text or as a JSON number.
    pub fn decimal(&self) -> &'a str {
        match self.node {
            Node::Text(text) => text,
            Node::Number(digits) => digits,
            _ => {
                self.refuse(Code::WrongType, DECIMAL);
                ""
            }
        }
    }

    /// The source text of a JSON number.
    pub fn digits(&self) -> &'a str {
        if let Node::Number(digits) = self.node {
            return digits;
        }
        self.refuse(Code::WrongType, WHOLE);
        ""
    }

    /// A whole number between `min` and `max`, written without point or exponent.
    pub fn whole(&self, min: i64, max: i64) -> Option<i64> {
        let Node::Number(digits) = self.node else { return None };
        let value = digits.parse().ok()?;
        (min <= value && value <= max).then_some(value)
    }
}

/// Fields that are a single value. They are kept out of line: a hundred places read one, and
/// size is what counts here.
impl<'a> Fields<'a> {
    #[inline(never)]
    pub fn text(&self, name: &'a str) -> String {
        self.need(name, TEXT).text().to_owned()
    }

    #[inline(never)]
    pub fn id(&self, name: &'a str) -> String {
        self.need(name, TEXT).id()
    }

    #[inline(never)]
    pub fn id_if_given(&self, name: &'a str) -> Option<String> {
        self.get(name).map(|at| at.id())
    }

    #[inline(never)]
    pub fn date(&self, name: &'a str) -> Date {
        self.need(name, DAY).date()
    }

    #[inline(never)]
    pub fn date_if_given(&self, name: &'a str) -> Option<Date> {
        self.get(name).map(|at| at.date())
    }

    #[inline(never)]
    pub fn yuan(&self, name: &'a str) -> Yuan {
        self.need(name, DECIMAL).yuan()
    }

    #[inline(never)]
    pub fn yuan_if_given(&self, name: &'a str) -> Option<Yuan> {
        self.get(name).map(|at| at.yuan())
    }

    #[inline(never)]
    pub fn flag(&self, name: &'a str) -> bool {
        self.need(name, FLAG).flag()
    }

    /// A whole number that the kernel wrote, within the bounds of what it counts.
    #[inline(never)]
    pub fn whole<T: TryFrom<i64> + Default>(&self, name: &'a str, (min, max): (i64, i64)) -> T {
        let at = self.need(name, WHOLE);
        at.whole(min, max).and_then(|value| T::try_from(value).ok()).unwrap_or_else(|| {
            at.refuse(Code::WrongType, "a whole number within its bounds");
            T::default()
        })
    }
}

/// Whether a text has 1 to `max` characters, none of them a control character.
pub fn is_name(text: &str, max: usize) -> bool {
    // A character has at most four bytes, so a long text is refused without a walk.
    let short = !text.is_empty() && text.len() <= 4 * max && text.chars().count() <= max;
    short && !text.chars().any(char::is_control)
}
