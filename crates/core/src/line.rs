//! Classification of fee lines: 全自费, 超限价, 先行自付, 政策范围内.

use crate::money::{Fen, PPM, Ppm, Rounding};
use crate::pack::{Limit, LimitPer, LimitUpto};

/// What kind of line a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineShape {
    Ordinary,
    FullSelf,
    Fixed(i64),
}

const ORDINARY: u8 = 0;
const FIXED: u8 = 1;

/// The numbers by which the hot path classifies a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LineRow {
    /// The share where it is pre-pay; zero where the whole fee is the person's.
    prepaid: u32,
    bias: u32,
    /// All ones where the whole fee is the person's, else zero.
    full: i64,
    fixed: i64,
    share: u32,
    kind: u8,
    of_fee: bool,
}

/// A line without a limit, a fixed amount or a share of the whole fee: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlainRow {
    prepaid: u32,
    bias: u32,
    full: i64,
}

impl PlainRow {
    /// The wholly self-paid part and the pre-pay.
    #[inline(always)]
    pub(crate) fn parts(&self, fee: i64) -> (i64, i64) {
        (fee & self.full, share_of(fee, self.prepaid, self.bias))
    }
}

/// Sums of plain lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlainSums {
    pub total: i64,
    pub full_self: i64,
    pub prepay: i64,
    /// Every fee, folded with `or`: its high bits tell of amounts out of bounds.
    pub bits: i64,
}

impl PlainSums {
    #[inline(always)]
    pub(crate) fn add(&mut self, row: &PlainRow, fee: i64) {
        let (full, first) = row.parts(fee);
        self.total = self.total.wrapping_add(fee);
        self.full_self = self.full_self.wrapping_add(full);
        self.prepay = self.prepay.wrapping_add(first);
        self.bits |= fee;
    }
}

/// What the single-bill path needs beside the row: the limit and the clauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineRule {
    pub(crate) limit: Option<Limit>,
    pub(crate) rounding: Rounding,
    pub(crate) prepay_clause: u16,
    pub(crate) limit_clause: u16,
    pub(crate) fixed_clause: u16,
}

/// The parts of a line, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineParts {
    /// 全自费.
    pub full_self: i64,
    /// 超限价.
    pub over_limit: i64,
    /// 先行自付.
    pub prepay: i64,
    /// 政策范围内.
    pub in_scope: i64,
    /// 定额支付.
    pub fixed: i64,
    /// The person's part of a fixed line.
    pub fixed_self: i64,
}

impl LineRow {
    pub(crate) fn new(shape: LineShape, share: Ppm, bias: u32, of_fee: bool) -> Self {
        let (kind, full, fixed) = match shape {
            LineShape::Ordinary => (ORDINARY, 0, 0),
            LineShape::FullSelf => (ORDINARY, -1, 0),
            LineShape::Fixed(pays) => (FIXED, 0, pays),
        };
        let prepaid = if full == 0 { share.0 } else { 0 };
        Self { prepaid, bias, full, fixed, share: share.0, kind, of_fee }
    }

    pub(crate) fn share(&self) -> u32 {
        self.share
    }

    /// Whether the line has neither a fixed amount nor a share of the whole fee.
    pub(crate) fn is_plain(&self) -> bool {
        self.kind == ORDINARY && !self.of_fee
    }

    /// What a plain line needs.
    pub(crate) fn plain(&self) -> PlainRow {
        PlainRow { prepaid: self.prepaid, bias: self.bias, full: self.full }
    }

    /// Parts of a line of `fee`, of which at most `allow` is within its limit.
    #[inline(always)]
    pub(crate) fn parts(&self, fee: i64, allow: i64) -> LineParts {
        if self.kind == FIXED {
            let fixed = fee.min(self.fixed);
            let fixed_self = fee.wrapping_sub(fixed);
            return LineParts { fixed, fixed_self, ..LineParts::default() };
        }
        let over = fee.wrapping_sub(allow).max(0);
        let base = fee.wrapping_sub(over);
        let of = if self.of_fee { fee } else { base };
        let prepay = share_of(of, self.share, self.bias).min(base);
        LineParts {
            full_self: fee & self.full,
            over_limit: over & !self.full,
            prepay: prepay & !self.full,
            in_scope: base.wrapping_sub(prepay) & !self.full,
            fixed: 0,
            fixed_self: 0,
        }
    }
}

/// `amount × rate`, rounded as the bias says. Amounts in range never wrap; of others the columns
/// say so afterwards.
#[inline(always)]
pub(crate) fn share_of(amount: i64, rate_ppm: u32, bias: u32) -> i64 {
    const DEN: u64 = PPM.unsigned_abs();
    let product = amount.cast_unsigned().wrapping_mul(u64::from(rate_ppm));
    let product = product.wrapping_add(u64::from(bias));
    (product / DEN).cast_signed()
}

impl LineRule {
    /// Whether the row may put a part of the fee over a limit.
    #[must_use]
    pub fn states_a_limit(&self) -> bool {
        self.limit.is_some_and(|limit| matches!(limit.upto, LimitUpto::Amount(_)))
    }

    /// The limit that applies to the line, if any: `None` where the row has none or defers to a
    /// line that carries none.
    #[must_use]
    pub fn limit(&self, of_line: bool) -> Option<(LimitPer, Option<Fen>)> {
        let limit = self.limit?;
        match limit.upto {
            LimitUpto::None => None,
            LimitUpto::OfLine => of_line.then_some((limit.per, None)),
            LimitUpto::Amount(amount) => Some((limit.per, Some(amount))),
        }
    }
}
