//! A bill as exact functions of its in-scope amount, and the same bill at one amount.
//!
//! Two readings of "Settling, in words", section 6, without rounding: [`Bill::of`] composes curves,
//! [`settle`] follows the text at one amount. Where they differ the proof fails.

use tongchou_core::money::FEN_MAX;
use tongchou_core::pack::Pack;

use super::class::{Class, Per, Rows, Source};
use super::curve::Curve;
use super::ratio::Ratio;

/// Beyond every amount that can occur.
pub(super) const BEYOND: i64 = 1 << 50;

/// The counters before a bill.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct History {
    /// Deductible used, position and paid, per layer of the pack.
    pub(super) layers: Vec<[Ratio; 3]>,
    /// Paid by each group of the pack.
    pub(super) groups: Vec<Ratio>,
    /// Every fact.
    pub(super) fact: i64,
}

impl History {
    pub(super) fn none(pack: &Pack) -> Self {
        let layers = vec![[Ratio::ZERO; 3]; pack.layers.len()];
        Self { layers, groups: vec![Ratio::ZERO; pack.groups.len()], fact: 0 }
    }

    /// The largest in-scope amount that keeps the sums of a year within the language's bound.
    pub(super) fn left(&self) -> Ratio {
        let counters = self.layers.iter().flatten().chain(&self.groups);
        let most = counters.fold(Ratio::ZERO, |most, counter| most.max(*counter));
        (Ratio::whole(FEN_MAX) - most).max(Ratio::ZERO)
    }

    fn of(&self, rows: &Rows) -> [Ratio; 3] {
        self.layers.get(rows.layer).copied().unwrap_or([Ratio::ZERO; 3])
    }

    /// The counters after a bill, as far as they count beyond it.
    pub(super) fn after(&self, class: &Class, outs: &[Out]) -> Self {
        let mut next = self.clone();
        for (rows, out) in class.layers.iter().zip(outs) {
            let Some(before) = next.layers.get_mut(rows.layer) else { continue };
            let [used, position, paid] = before;
            let moves = |per: Per, by: Ratio| if class.counts(per) { by } else { Ratio::ZERO };
            let eligible = out.intake - out.upfront;
            let along = if rows.incl { eligible } else { eligible - out.deductible };
            *used = *used + moves(rows.standard_per, out.deductible);
            *position = *position + moves(rows.basis, along);
            *paid = *paid + moves(rows.cap_per, out.paid);
            if let Some((group, _, Per::Year)) = rows.group
                && let Some(sum) = next.groups.get_mut(group)
            {
                *sum = *sum + out.paid;
            }
        }
        next
    }
}

/// What a layer does with a bill, as functions of the bill's in-scope amount.
#[derive(Clone, Debug)]
pub(super) struct LayerCurves {
    pub(super) intake: Curve,
    pub(super) deductible: Curve,
    /// What meets the axis, before an eligible cap.
    pub(super) slice: Curve,
    /// Where the slice starts.
    pub(super) at: Ratio,
    pub(super) paid: Curve,
    pub(super) own: Curve,
    pub(super) over: Curve,
}

/// A bill as functions of its in-scope amount.
#[derive(Clone, Debug)]
pub(super) struct Bill {
    pub(super) layers: Vec<LayerCurves>,
    pub(super) fund: Curve,
    /// What no fund pays: the person's, or the hospital's where it bears the bill.
    pub(super) rest: Curve,
    /// The last in-scope amount that the curves speak of.
    pub(super) end: Ratio,
}

impl Bill {
    pub(super) fn of(class: &Class, history: &History) -> Self {
        let end = history.left();
        let scope = Curve::linear(Ratio::ONE);
        let zero = Curve::constant(Ratio::ZERO);
        let mut layers: Vec<LayerCurves> = Vec::with_capacity(class.layers.len());
        let mut fund = zero.clone();
        for (at, rows) in class.layers.iter().enumerate() {
            let of = |l: &usize, field: fn(&LayerCurves) -> &Curve| {
                layers.get(*l).map_or_else(|| zero.clone(), |l| field(l).clone())
            };
            let taken = rows.takes.iter().map(|source| match source {
                Source::InScope => scope.clone(),
                Source::Rest => scope.minus(&fund),
                Source::Over(l) => of(l, |l| &l.over),
                Source::Own(l) => of(l, |l| &l.own),
                Source::Deductible(l) => of(l, |l| &l.deductible),
            });
            let intake = taken.reduce(|sum, curve| sum.plus(&curve)).unwrap_or(zero.clone());
            let before = history.of(rows);
            let room = room(class, (at, rows), history, before, &layers);
            let curves = LayerCurves::of(rows, intake, before, history.fact, &room).until(end);
            fund = fund.plus(&curves.paid);
            layers.push(curves);
        }
        let rest = scope.minus(&fund);
        Self { layers, fund, rest, end }
    }

    /// Every curve of the bill.
    pub(super) fn curves(&self) -> impl Iterator<Item = &Curve> {
        let layers = self.layers.iter();
        let each = layers.flat_map(|l| [&l.intake, &l.deductible, &l.paid, &l.own, &l.over]);
        each.chain([&self.fund, &self.rest])
    }

    /// The amounts at which any curve of the bill bends, ascending.
    pub(super) fn bends(&self) -> Vec<Ratio> {
        let mut bends: Vec<Ratio> =
            self.curves().flat_map(|c| c.pieces().iter().map(|piece| piece.from)).collect();
        bends.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        bends.dedup();
        bends
    }
}

/// What a layer may still pay; `None` where it has no cap.
fn room(
    class: &Class,
    (at, rows): (usize, &Rows),
    history: &History,
    [_, _, paid]: [Ratio; 3],
    layers: &[LayerCurves],
) -> Option<Curve> {
    let zero = Curve::constant(Ratio::ZERO);
    let own = rows.cap.map(|cap| Curve::constant((Ratio::whole(cap) - paid).max(Ratio::ZERO)));
    let group = rows.group.map(|(group, cap, _)| {
        let before = history.groups.get(group).copied().unwrap_or(Ratio::ZERO);
        let same = |rows: &Rows| rows.group.is_some_and(|(other, ..)| other == group);
        let earlier = class.layers.iter().take(at).zip(layers).filter(|(rows, _)| same(rows));
        let paid = earlier.fold(zero.clone(), |sum, (_, curves)| sum.plus(&curves.paid));
        let left = Curve::constant(Ratio::whole(cap) - before).minus(&paid);
        // Not below zero: the lower of two negatives is the higher of the two.
        left.times(-Ratio::ONE).lower(&zero).times(-Ratio::ONE)
    });
    match (own, group) {
        (Some(own), Some(group)) => Some(own.lower(&group)),
        (own, group) => own.or(group),
    }
}

impl LayerCurves {
    fn of(
        rows: &Rows,
        intake: Curve,
        [used, position, _]: [Ratio; 3],
        fact: i64,
        room: &Option<Curve>,
    ) -> Self {
        let upfront = intake.times(Ratio::ppm(rows.upfront));
        let eligible = intake.minus(&upfront);
        let open = (rows.standard.under(fact) - used).max(Ratio::ZERO);
        let deductible = eligible.lower(&Curve::constant(open));
        let slice = eligible.minus(&deductible);
        // Where anything meets the axis, the deductible is used up.
        let at = position + if rows.incl { open } else { Ratio::ZERO };
        let inside = match rows.end {
            Some(end) => {
                let left = (Ratio::whole(end) - at).max(Ratio::ZERO);
                slice.lower(&Curve::constant(left))
            }
            None => slice.clone(),
        };
        let rate = Curve::integral(steps(&rows.bands, at));
        let entered = match room {
            Some(room) => inside.lower(&last_at(&rate).of(room)),
            None => inside,
        };
        let paid = rate.of(&entered);
        let own = upfront.plus(&entered).minus(&paid);
        let over = slice.minus(&entered);
        Self { intake, deductible, slice, at, paid, own, over }
    }

    /// Without what starts beyond an amount: there a bend may stand for none at all.
    fn until(self, end: Ratio) -> Self {
        let Self { intake, deductible, slice, at, paid, own, over } = self;
        let [intake, deductible, slice] = [intake, deductible, slice].map(|c| c.until(end));
        let [paid, own, over] = [paid, own, over].map(|c| c.until(end));
        Self { intake, deductible, slice, at, paid, own, over }
    }
}

/// The rates met from a position on: where each starts, and the rate.
fn steps(bands: &[(Option<i64>, u32)], at: Ratio) -> impl Iterator<Item = (Ratio, Ratio)> {
    let starts = [0].into_iter().chain(bands.iter().filter_map(|(end, _)| *end));
    let met = bands
        .iter()
        .zip(starts)
        .filter(move |((end, _), _)| end.is_none_or(|end| Ratio::whole(end) > at));
    met.map(move |((_, rate), start)| {
        ((Ratio::whole(start) - at).max(Ratio::ZERO), Ratio::ppm(*rate))
    })
}

/// For a running payment, the last amount at which it is not above a value.
fn last_at(rate: &Curve) -> Curve {
    let mut pieces: Vec<(Ratio, Ratio, Ratio)> = Vec::new();
    for piece in rate.pieces() {
        if piece.slope > Ratio::ZERO {
            pieces.push((piece.value, piece.from, Ratio::ONE / piece.slope));
        }
    }
    if let Some(last) = rate.pieces().last().filter(|last| last.slope.is_zero()) {
        // Once nothing more is paid, no value is ever passed.
        pieces.push((last.value, Ratio::whole(BEYOND), Ratio::ZERO));
    }
    Curve::steps(pieces)
}

/// What a layer did with a bill.
#[derive(Clone, Copy, Debug)]
pub(super) struct Out {
    pub(super) intake: Ratio,
    pub(super) upfront: Ratio,
    pub(super) deductible: Ratio,
    pub(super) paid: Ratio,
    pub(super) own: Ratio,
    pub(super) over: Ratio,
}

/// A bill of one in-scope amount, step by step.
pub(super) fn settle(class: &Class, history: &History, in_scope: Ratio) -> Vec<Out> {
    let mut outs: Vec<Out> = Vec::with_capacity(class.layers.len());
    for rows in &class.layers {
        let of = |l: &usize| outs.get(*l).copied();
        let paid: Ratio = outs.iter().map(|out| out.paid).sum();
        let taken = rows.takes.iter().map(|source| match source {
            Source::InScope => in_scope,
            Source::Rest => in_scope - paid,
            Source::Over(l) => of(l).map_or(Ratio::ZERO, |out| out.over),
            Source::Own(l) => of(l).map_or(Ratio::ZERO, |out| out.own),
            Source::Deductible(l) => of(l).map_or(Ratio::ZERO, |out| out.deductible),
        });
        let intake = taken.sum();
        let group = rows.group.map(|(group, cap, _)| {
            let same = |rows: &Rows| rows.group.is_some_and(|(other, ..)| other == group);
            let earlier = class.layers.iter().zip(&outs).filter(|(rows, _)| same(rows));
            let before = history.groups.get(group).copied().unwrap_or(Ratio::ZERO);
            let paid = before + earlier.map(|(_, out)| out.paid).sum();
            (Ratio::whole(cap) - paid).max(Ratio::ZERO)
        });
        outs.push(layer(rows, intake, history.of(rows), history.fact, group));
    }
    outs
}

fn layer(
    rows: &Rows,
    intake: Ratio,
    [used, position, already]: [Ratio; 3],
    fact: i64,
    group: Option<Ratio>,
) -> Out {
    let upfront = intake * Ratio::ppm(rows.upfront);
    let eligible = intake - upfront;
    let deductible = (rows.standard.under(fact) - used).max(Ratio::ZERO).min(eligible);
    let mut at = position + if rows.incl { deductible } else { Ratio::ZERO };
    let slice = eligible - deductible;
    let mut left =
        rows.end.map_or(slice, |end| slice.min((Ratio::whole(end) - at).max(Ratio::ZERO)));
    let own = rows.cap.map(|cap| (Ratio::whole(cap) - already).max(Ratio::ZERO));
    let mut room = match (own, group) {
        (Some(own), Some(group)) => Some(own.min(group)),
        (own, group) => own.or(group),
    };
    let (mut paid, mut entered) = (Ratio::ZERO, Ratio::ZERO);
    for (end, rate) in &rows.bands {
        let part = match end.map(|end| Ratio::whole(end) - at) {
            Some(part) if part <= Ratio::ZERO => continue,
            Some(part) => part.min(left),
            None => left,
        };
        if part.is_zero() {
            break;
        }
        let rate = Ratio::ppm(*rate);
        let pay = part * rate;
        if let Some(room) = room.filter(|room| pay > *room || (room.is_zero() && !rate.is_zero())) {
            (paid, entered) = (paid + room, entered + room / rate);
            break;
        }
        (paid, entered) = (paid + pay, entered + part);
        room = room.map(|room| room - pay);
        (at, left) = (at + part, left - part);
    }
    let over = slice - entered;
    Out { intake, upfront, deductible, paid, own: upfront + entered - paid, over }
}
