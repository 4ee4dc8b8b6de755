//! Piecewise linear functions of an amount from zero up, exact.
//!
//! Each piece carries its own first value and slope, so that a curve says by itself whether it is
//! continuous; nothing here makes it so.

use super::ratio::Ratio;

/// A function on `[0, ∞)`: linear from each piece's start to the next one's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Curve(Vec<Piece>);

/// A linear piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) from: Ratio,
    pub(super) value: Ratio,
    pub(super) slope: Ratio,
}

impl Piece {
    pub(super) fn at(&self, x: Ratio) -> Ratio {
        self.value + self.slope * (x - self.from)
    }
}

impl Curve {
    pub(super) fn linear(slope: Ratio) -> Self {
        Self(vec![Piece { from: Ratio::ZERO, value: Ratio::ZERO, slope }])
    }

    pub(super) fn constant(value: Ratio) -> Self {
        Self(vec![Piece { from: Ratio::ZERO, value, slope: Ratio::ZERO }])
    }

    /// The running integral of a step function: its steps start at the amounts given.
    pub(super) fn integral(steps: impl Iterator<Item = (Ratio, Ratio)>) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        for (from, slope) in steps {
            let value = pieces.last().map_or(Ratio::ZERO, |last| last.at(from));
            pieces.push(Piece { from, value, slope });
        }
        Self(pieces)
    }

    /// Pieces as they are: start, value and slope.
    pub(super) fn steps(pieces: Vec<(Ratio, Ratio, Ratio)>) -> Self {
        let piece = |(from, value, slope)| Piece { from, value, slope };
        Self(pieces.into_iter().map(piece).collect())
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Each piece with the start of the next.
    pub(super) fn spans(&self) -> impl Iterator<Item = (&Piece, Option<Ratio>)> {
        let ends = self.0.iter().skip(1).map(|piece| Some(piece.from)).chain([None]);
        self.0.iter().zip(ends)
    }

    pub(super) fn at(&self, x: Ratio) -> Ratio {
        let after = self.0.partition_point(|piece| piece.from <= x);
        self.0.get(after.saturating_sub(1)).map_or(Ratio::ZERO, |piece| piece.at(x))
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let sum = |_, f: &Piece, g: &Piece, pieces: &mut Vec<Piece>, from| {
            let value = f.at(from) + g.at(from);
            pieces.push(Piece { from, value, slope: f.slope + g.slope });
        };
        self.with(other, sum)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.plus(&other.times(-Ratio::ONE))
    }

    pub(super) fn times(&self, factor: Ratio) -> Self {
        let scaled =
            |p: &Piece| Piece { from: p.from, value: p.value * factor, slope: p.slope * factor };
        Self(self.0.iter().map(scaled).collect())
    }

    /// The lower of two curves at every amount.
    pub(super) fn lower(&self, other: &Self) -> Self {
        self.with(other, |end: Option<Ratio>, f, g, pieces, from| {
            let (a, b) = (f.at(from), g.at(from));
            let ahead = a < b || (a == b && f.slope <= g.slope);
            let (low, high) = if ahead { (f, g) } else { (g, f) };
            let value = low.at(from);
            pieces.push(Piece { from, value, slope: low.slope });
            if high.slope < low.slope {
                let x = from + (high.at(from) - value) / (low.slope - high.slope);
                if from < x && end.is_none_or(|end| x < end) {
                    pieces.push(Piece { from: x, value: high.at(x), slope: high.slope });
                }
            }
        })
    }

    /// `self` of `inner`: what this function says at the other's values.
    pub(super) fn of(&self, inner: &Self) -> Self {
        let mut pieces = Vec::new();
        for (piece, end) in inner.spans() {
            let inside = |x: &Ratio| piece.from < *x && end.is_none_or(|end| *x < end);
            let mut starts = vec![piece.from];
            if !piece.slope.is_zero() {
                let meets = |p: &Piece| piece.from + (p.from - piece.value) / piece.slope;
                let mut met: Vec<Ratio> = self.0.iter().map(meets).filter(inside).collect();
                if piece.slope < Ratio::ZERO {
                    met.reverse();
                }
                starts.append(&mut met);
            }
            let falling = piece.slope < Ratio::ZERO;
            for from in starts {
                let y = piece.at(from);
                // Going down from a start of this function, the piece below it is met.
                let below = |p: &Piece| if falling { p.from < y } else { p.from <= y };
                let after = self.0.partition_point(below).max(1);
                if let Some(outer) = self.0.get(after - 1) {
                    let slope = outer.slope * piece.slope;
                    pieces.push(Piece { from, value: outer.at(y), slope });
                }
            }
        }
        Self(pieces).joined()
    }

    /// The first amount at which the curve is at least as high as a value.
    pub(super) fn reaches(&self, value: Ratio) -> Option<Ratio> {
        self.spans().find_map(|(piece, end)| {
            if piece.value >= value {
                return Some(piece.from);
            }
            let rises = piece.slope > Ratio::ZERO;
            let x = piece.from + (value - piece.value) / rises.then_some(piece.slope)?;
            end.is_none_or(|end| x < end).then_some(x)
        })
    }

    /// The curve from an amount on, less its value there.
    pub(super) fn after(&self, start: Ratio) -> Self {
        let base = self.at(start);
        let mut pieces: Vec<Piece> = Vec::new();
        for (piece, end) in self.spans() {
            if end.is_some_and(|end| end <= start) {
                continue;
            }
            let from = piece.from.max(start);
            pieces.push(Piece { from: from - start, value: piece.at(from) - base, ..*piece });
        }
        Self(pieces).joined()
    }

    /// The curve without what starts beyond an amount.
    pub(super) fn until(mut self, end: Ratio) -> Self {
        // A lost start is not beyond: it stays, and with it the proof fails.
        if let Some(beyond) = self.0.iter().position(|piece| piece.from > end) {
            self.0.truncate(beyond.max(1));
        }
        self
    }

    /// Whether the curve is zero up to an amount.
    pub(super) fn is_zero_until(&self, end: Ratio) -> bool {
        let mut inside = self.0.iter().take_while(|piece| piece.from < end);
        inside.all(|piece| piece.value.is_zero() && piece.slope.is_zero())
    }

    /// Whether any number of the curve is out of range.
    pub(super) fn is_lost(&self) -> bool {
        let lost = |p: &Piece| p.from.is_lost() || p.value.is_lost() || p.slope.is_lost();
        self.0.is_empty() || self.0.iter().any(lost)
    }

    /// The first amount at which the curve jumps.
    pub(super) fn jump(&self) -> Option<Ratio> {
        let pairs = self.0.iter().zip(self.0.iter().skip(1));
        pairs.filter(|(a, b)| a.at(b.from) != b.value).map(|(_, b)| b.from).next()
    }

    /// Pieces of two curves over their common starts.
    fn with(
        &self,
        other: &Self,
        each: impl Fn(Option<Ratio>, &Piece, &Piece, &mut Vec<Piece>, Ratio),
    ) -> Self {
        let mut pieces = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut left, mut right) = (self.spans().peekable(), other.spans().peekable());
        let mut from = Ratio::ZERO;
        while let (Some((f, f_end)), Some((g, g_end))) = (left.peek(), right.peek()) {
            let end = match (*f_end, *g_end) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            each(end, f, g, &mut pieces, from);
            let (f_ends, g_ends) = (*f_end == end, *g_end == end);
            let Some(end) = end.filter(|end| !end.is_lost()) else { break };
            if f_ends {
                left.next();
            }
            if g_ends {
                right.next();
            }
            from = end;
        }
        Self(pieces).joined()
    }

    /// Without starts at which nothing changes.
    fn joined(self) -> Self {
        let mut pieces: Vec<Piece> = Vec::with_capacity(self.0.len());
        for piece in self.0 {
            let last = pieces.last();
            let same =
                last.is_some_and(|l| l.slope == piece.slope && l.at(piece.from) == piece.value);
            if !same {
                pieces.push(piece);
            }
        }
        Self(pieces)
    }
}
