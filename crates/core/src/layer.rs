//! One fund layer: intake, deductible, bands, cap with back-solve.
//!
//! [`evaluate`] is the definition. It is generic over the tracer, so explaining cannot change an
//! amount, and it is inlined into every entry.

use crate::line::share_of;
use crate::money::{PPM, Rounding, WHOLE_PPM};
use crate::pack::{Layer, Origin, Scope};
use crate::plan::{BANDS_MAX, LAYERS_MAX, PlanLayer};
use crate::sabotage::{Fault, planted};
use crate::trace::{Entry, Payer, Step, Tracer};

/// Fields of a layer's result in the scratch, eight to a layer.
pub(crate) const ENTERED: u8 = 0;
pub(crate) const DEDUCTIBLE: u8 = 1;
pub(crate) const PAID: u8 = 2;
pub(crate) const SELF_SHARE: u8 = 3;
pub(crate) const OVER: u8 = 4;
/// Twice the upfront share, plus one where the layer was capped.
pub(crate) const MARKS: u8 = 5;
/// Kept in the first layer's spare fields.
pub(crate) const IN_SCOPE: u8 = 6;
const REST: u8 = 7;
/// Results that stay with the person unless a later layer takes them.
pub(crate) const LEAF_FIELDS: [u8; 3] = [DEDUCTIBLE, SELF_SHARE, OVER];

const FIELDS: usize = 8;
const VALUES: usize = LAYERS_MAX * FIELDS;
const _: () = assert!(VALUES == 64);

/// Where an intake comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    InScope,
    Rest,
    /// A field of the layer at that position of the path.
    Field(u8, u8),
}

/// A layer's settings as the hot path reads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LayerSpec {
    /// Index of the layer in the pack.
    pub index: u8,
    take_count: u8,
    takes: [u8; LAYERS_MAX],
    /// Slots of the yearly record; 0 is none.
    pub used: u8,
    pub position: u8,
    pub paid: u8,
    /// All ones where the slot beside is one, else zero: slot 0 never moves.
    pub moves: [i64; 3],
    pub stay_used: bool,
    pub stay_position: bool,
    pub stay_paid: bool,
    /// All ones where the deductible counts for the bill: what entered was not the person's before.
    pub counts: i64,
    /// Slot of the group's yearly payments; 0 is none.
    pub group: u8,
    /// Earlier layers of the path in the same group, a bit each.
    pub group_before: u8,
    pub incl: bool,
    pub person_side: bool,
    pub nearest: bool,
    pub bias: u32,
    pub rounding: Rounding,
}

impl LayerSpec {
    /// The settings of a layer, without its takes and slots.
    pub(crate) fn new(index: u8, layer: &Layer, tables: &PlanLayer) -> Self {
        let per = |scope: Scope| scope == Scope::Stay;
        Self {
            index,
            incl: tables.origin == Origin::Incl,
            person_side: tables.person_side,
            nearest: tables.nearest,
            bias: u32::try_from(layer.rounding.bias(PPM)).unwrap_or(0),
            rounding: layer.rounding,
            stay_used: per(tables.deductible_scope) && !layer.deductible.is_empty(),
            stay_position: per(tables.basis),
            stay_paid: layer.cap.first().is_some_and(|row| per(row.value.per)),
            ..Self::default()
        }
    }

    /// Sets the slots of the yearly record.
    pub(crate) fn keeps(&mut self, used: u8, position: u8, paid: u8) {
        (self.used, self.position, self.paid) = (used, position, paid);
        self.moves = [used, position, paid].map(|slot| if slot == 0 { 0 } else { -1 });
    }

    /// What the layer takes, as indices of amounts.
    pub(crate) fn taken(&self) -> &[u8] {
        self.takes.get(..usize::from(self.take_count)).unwrap_or_default()
    }

    pub(crate) fn takes(&mut self, source: Source) {
        let index = match source {
            Source::InScope => IN_SCOPE,
            Source::Rest => REST,
            Source::Field(position, field) => amount_index(position, field),
        };
        if let Some(slot) = self.takes.get_mut(usize::from(self.take_count)) {
            *slot = index;
            self.take_count += 1;
        }
    }

    /// Whether this layer, at its position of the path, takes the amount at an index.
    pub(crate) fn consumes(&self, own: u8, index: u8) -> bool {
        let earlier = index == IN_SCOPE || index / 8 < own;
        self.taken().iter().any(|take| *take == index || (*take == REST && earlier))
    }
}

/// Index of a layer's field among the amounts of a bill.
pub(crate) const fn amount_index(position: u8, field: u8) -> u8 {
    position * 8 + field
}

/// A layer's numbers at one point: the first cache line serves a bill that stays in its first band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C, align(64))]
pub struct LayerRow {
    pub(crate) cap: i64,
    pub(crate) deductible: i64,
    pub(crate) rates: [u32; BANDS_MAX],
    pub(crate) limits: [i64; BANDS_MAX],
    pub(crate) clauses: RowClauses,
    /// Index of the numbers that few rows have; 0 is none.
    pub(crate) extras: u16,
    pub(crate) count: u32,
}

/// Numbers that few rows have: kept apart so that the others stay in two cache lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extras {
    /// The person's share of the intake, before the deductible.
    pub(crate) upfront: u32,
    /// Where the axis of the bands ends.
    pub(crate) end: i64,
    /// What the group's layers may pay together.
    pub(crate) group_cap: i64,
    /// The sum of the bands is rounded, not each.
    pub(crate) round_bill: bool,
    pub(crate) upfront_clause: u16,
    pub(crate) end_clause: u16,
    pub(crate) group_clause: u16,
}

impl Default for Extras {
    fn default() -> Self {
        let (end, group_cap) = (i64::MAX, i64::MAX);
        let (upfront, round_bill) = (0, false);
        let [upfront_clause, end_clause, group_clause] = [0; 3];
        Self { upfront, end, group_cap, round_bill, upfront_clause, end_clause, group_clause }
    }
}

impl Default for LayerRow {
    fn default() -> Self {
        let limits = [i64::MAX; BANDS_MAX];
        let (rates, clauses) = ([0; BANDS_MAX], RowClauses::default());
        Self { cap: i64::MAX, deductible: 0, rates, limits, clauses, extras: 0, count: 1 }
    }
}

impl LayerRow {
    pub(crate) fn bands(&self) -> usize {
        self.count as usize
    }
}

/// Clauses of a layer's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct RowClauses {
    pub deductible: u16,
    pub band: u16,
    pub cap: u16,
    /// Index of the row's adjustments; 0 is none.
    pub adjust: u16,
}

/// An adjustment as a trace tells it: its clause, and the rate of each band after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AdjustNote {
    pub clause: u16,
    pub rates: [u32; BANDS_MAX],
}

/// What a layer starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Before {
    pub used: i64,
    pub position: i64,
    pub paid: i64,
}

/// Results of the layers of one bill.
#[derive(Clone, Debug)]
pub struct Scratch {
    values: [i64; VALUES],
}

impl Default for Scratch {
    fn default() -> Self {
        Self { values: [0; VALUES] }
    }
}

/// What a layer did: entered = deductible + paid + `self_share` + over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerOut {
    /// Amount that entered.
    pub entered: i64,
    /// Deductible charged.
    pub deductible: i64,
    /// Paid by the fund.
    pub paid: i64,
    /// The person's share inside the bands, and the upfront share.
    pub self_share: i64,
    /// The upfront share.
    pub upfront: i64,
    /// Cut off by the cap.
    pub over: i64,
    /// Whether the cap limited the payment.
    pub capped: bool,
}

#[expect(clippy::indexing_slicing, reason = "indices are masked to the array's length")]
impl Scratch {
    #[inline(always)]
    pub(crate) fn value(&self, position: u8, field: u8) -> i64 {
        self.values[(usize::from(position) * FIELDS + usize::from(field)) & (VALUES - 1)]
    }

    #[inline(always)]
    pub(crate) fn set_in_scope(&mut self, in_scope: i64) {
        self.values[usize::from(IN_SCOPE)] = in_scope;
        self.values[usize::from(REST)] = in_scope;
    }

    /// The sum of amounts at fixed indices.
    #[inline(always)]
    pub(crate) fn sum(&self, indices: &[u8]) -> i64 {
        indices.iter().map(|index| self.values[usize::from(*index) & (VALUES - 1)]).sum()
    }

    #[inline(always)]
    pub(crate) fn put(&mut self, position: usize, out: &LayerOut) {
        let base = (position * FIELDS) & (VALUES - 1);
        self.values[base + usize::from(ENTERED)] = out.entered;
        self.values[base + usize::from(DEDUCTIBLE)] = out.deductible;
        self.values[base + usize::from(PAID)] = out.paid;
        self.values[base + usize::from(SELF_SHARE)] = out.self_share;
        self.values[base + usize::from(OVER)] = out.over;
        self.values[base + usize::from(MARKS)] = out.upfront * 2 + i64::from(out.capped);
        self.values[usize::from(REST)] -= out.paid;
    }

    /// Result of the layer at a position of the path.
    #[inline(always)]
    #[must_use]
    pub fn layer(&self, position: u8) -> LayerOut {
        LayerOut {
            entered: self.value(position, ENTERED),
            deductible: self.value(position, DEDUCTIBLE),
            paid: self.value(position, PAID),
            self_share: self.value(position, SELF_SHARE),
            over: self.value(position, OVER),
            upfront: self.value(position, MARKS) / 2,
            capped: self.value(position, MARKS) % 2 != 0,
        }
    }
}

/// Settles one layer.
///
/// Most bills stay in the first band and below the cap: they take one multiplication. That case is
/// the loop's own first step, taken out; every other goes through [`bands`].
#[inline(always)]
pub(crate) fn evaluate<T: Tracer>(
    spec: &LayerSpec,
    row: &LayerRow,
    intake: i64,
    before: Before,
    notes: &[AdjustNote],
    tracer: &mut T,
) -> LayerOut {
    let deductible = (row.deductible - before.used).max(0).min(intake);
    let entering = intake - deductible;
    let at = before.position + if spec.incl { deductible } else { 0 };
    let room = (row.cap - before.paid).max(0);
    let [rate, ..] = row.rates;
    let [limit, ..] = row.limits;
    let pay = banded(spec, entering, rate);
    let inside = at + entering <= limit && pay < room;
    let Bands { paid, over, capped } = if inside && !T::ON {
        Bands { paid: pay, over: 0, capped: false }
    } else {
        let slice = Slice { at, entering, room, whole: false };
        bands(spec, row, slice, (row.clauses.cap, notes), tracer)
    };
    let self_share = entering - over - paid;
    LayerOut { entered: intake, deductible, paid, self_share, over, upfront: 0, capped }
}

/// Settles a layer whose row has [`Extras`]: the whole definition, of which [`evaluate`] is the
/// case without any. `group_paid` is what the group has paid so far.
#[inline(never)]
pub(crate) fn evaluate_whole<T: Tracer>(
    spec: &LayerSpec,
    (row, extras): (&LayerRow, &Extras),
    intake: i64,
    before: Before,
    (group_paid, notes): (i64, &[AdjustNote]),
    tracer: &mut T,
) -> LayerOut {
    let upfront = share_of(intake, extras.upfront, spec.bias);
    let eligible = intake - upfront;
    let deductible = (row.deductible - before.used).max(0).min(eligible);
    let slice = eligible - deductible;
    let at = before.position + if spec.incl { deductible } else { 0 };
    let entering = (extras.end - at).clamp(0, slice);
    let beyond = slice - entering;
    let own = (row.cap - before.paid).max(0);
    let group = (extras.group_cap - group_paid).max(0);
    let (room, cap_clause) = match own <= group {
        true => (own, row.clauses.cap),
        false => (group, extras.group_clause),
    };
    if T::ON {
        let note = Entry { layer: spec.index, ..Entry::plain(Step::Upfront, Payer::None, 0, 0, 0) };
        if upfront != 0 {
            let (clause, rate_ppm) = (extras.upfront_clause, extras.upfront);
            let rounding = Some(spec.rounding);
            tracer.entry(Entry { base: intake, clause, rate_ppm, rounding, ..note });
        }
        if beyond != 0 {
            let clause = extras.end_clause;
            tracer.entry(Entry { base: beyond, clause, step: Step::Cap, ..note });
        }
    }
    let slice = Slice { at, entering, room, whole: extras.round_bill };
    let Bands { paid, over, capped } = bands(spec, row, slice, (cap_clause, notes), tracer);
    LayerOut {
        entered: intake,
        deductible,
        paid,
        self_share: upfront + entering - over - paid,
        over: over + beyond,
        upfront,
        capped: capped || beyond > 0,
    }
}

/// What enters the bands, and the room under the cap.
#[derive(Clone, Copy, Debug)]
struct Slice {
    at: i64,
    entering: i64,
    room: i64,
    /// The sum of the bands is rounded, not each.
    whole: bool,
}

/// What the bands paid.
#[derive(Clone, Copy, Debug)]
struct Bands {
    paid: i64,
    over: i64,
    capped: bool,
}

/// The bands, lowest first, until nothing is left or the cap bites.
#[inline(never)]
#[expect(clippy::indexing_slicing, reason = "the band index is masked to the array's length")]
fn bands<T: Tracer>(
    spec: &LayerSpec,
    row: &LayerRow,
    slice: Slice,
    (cap_clause, notes): (u16, &[AdjustNote]),
    tracer: &mut T,
) -> Bands {
    let Slice { mut at, entering: mut left, mut room, whole } = slice;
    let mut sum = RunningSum::default();
    let mut band = 0;
    while band < BANDS_MAX - 1 && row.limits[band] <= at {
        band += 1;
    }
    let mut bands = Bands { paid: 0, over: 0, capped: false };
    while left > 0 {
        let rate = row.rates[band & (BANDS_MAX - 1)];
        let part = left.min(row.limits[band & (BANDS_MAX - 1)] - at);
        let pay = if whole { sum.next(spec, part, rate) } else { banded(spec, part, rate) };
        let bites = pay > room || (room == 0 && rate > 0);
        let pay = if bites { room } else { pay };
        if T::ON {
            let numbers = [part, i64::from(rate), pay, room];
            for note in notes {
                let rate_ppm = note.rates[band & (BANDS_MAX - 1)];
                let entry = Entry::plain(Step::Adjust, Payer::None, note.clause, part, 0);
                tracer.entry(Entry { rate_ppm, layer: spec.index, ..entry });
            }
            let cap_clause = bites.then_some(cap_clause);
            trace_band(spec, &row.clauses, tracer, numbers, cap_clause);
        }
        bands.paid += pay;
        if bites {
            bands.over = left - solve_back(room, rate, spec.nearest).min(part);
            bands.capped = true;
            break;
        }
        left -= part;
        room -= pay;
        at += part;
        band += 1;
    }
    bands
}

/// The fund's payment for a part inside one band, rounded on the side the layer rounds.
#[inline(always)]
fn banded(spec: &LayerSpec, part: i64, rate: u32) -> i64 {
    if spec.person_side {
        part - share_of(part, WHOLE_PPM - rate, spec.bias)
    } else {
        share_of(part, rate, spec.bias)
    }
}

/// The rounded side of all bands so far: each band's is the rise of the rounded sum.
#[derive(Clone, Copy, Debug, Default)]
struct RunningSum {
    /// In fen × ppm, at most 10¹² × 10⁶.
    exact: i64,
    rounded: i64,
}

impl RunningSum {
    /// The fund's payment for the next band.
    fn next(&mut self, spec: &LayerSpec, part: i64, rate: u32) -> i64 {
        let side = if spec.person_side { WHOLE_PPM - rate } else { rate };
        self.exact += part * i64::from(side);
        let rounded = (self.exact + i64::from(spec.bias)) / PPM;
        let rise = rounded - self.rounded;
        self.rounded = rounded;
        if spec.person_side { part - rise } else { rise }
    }
}

/// The amount that a payment of `room` stands for at `rate`.
fn solve_back(room: i64, rate: u32, nearest: bool) -> i64 {
    let rate = i64::from(rate.max(1));
    let half = if nearest && !planted(Fault::BacksolveCut) { rate / 2 } else { 0 };
    // 10¹² fen × 10⁶ ppm + half a rate stays below 2⁶³.
    (room * PPM + half) / rate
}

fn trace_band<T: Tracer>(
    spec: &LayerSpec,
    clauses: &RowClauses,
    tracer: &mut T,
    [part, rate, pay, room]: [i64; 4],
    cap_clause: Option<u16>,
) {
    let entry = Entry {
        base: part,
        amount: pay,
        rate_ppm: u32::try_from(rate).unwrap_or(0),
        line: Entry::NO_LINE,
        clause: clauses.band,
        step: Step::Band,
        payer: Payer::Fund,
        layer: spec.index,
        rounding: Some(spec.rounding),
    };
    if let Some(clause) = cap_clause {
        let note = Entry {
            base: room,
            amount: 0,
            step: Step::Cap,
            payer: Payer::None,
            rounding: None,
            ..entry
        };
        tracer.entry(Entry { clause, ..note });
    }
    tracer.entry(entry);
}
