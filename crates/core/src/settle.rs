//! Settling one bill: lines, layers, who pays; the record moves forward.
//!
//! The same function serves a single bill and every row of a column. It reads a bound key, never a
//! name, and allocates nothing.

use crate::keys::{Key, KeyRow, Keys, LineCode, reach};
use crate::layer::{self, Before, LayerOut, LayerRow, LayerSpec, RowClauses, Scratch};
use crate::line::LineParts;
use crate::plan::LAYERS_MAX;
use crate::sabotage::{Fault, planted};
use crate::shape::{self, Shape};
use crate::table::NO_ROW;
use crate::trace::{Entry, Payer, Recorder, Step, Tracer};

/// A member's counters of one benefit year: `W` slots, of which slot 0 stays zero.
///
/// `Record<7>` is 64 bytes and serves packs with up to six yearly counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Record<const W: usize> {
    /// Benefit year; a bill of a later year starts a new one.
    pub year: i32,
    /// Admissions so far in the year.
    pub admissions: u32,
    /// Yearly counters by slot, in fen.
    pub slots: [i64; W],
}

impl<const W: usize> Default for Record<W> {
    fn default() -> Self {
        Self { year: 0, admissions: 0, slots: [0; W] }
    }
}

impl<const W: usize> Record<W> {
    /// An empty record of a benefit year.
    #[must_use]
    pub fn starting(year: i32) -> Self {
        Self { year, ..Self::default() }
    }
}

/// Counters of an open stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StayRecord {
    /// Ordinal of the admission; 0 while nothing is open.
    pub ordinal: u32,
    /// Bills so far.
    pub bills: u32,
    /// Per layer of the pack: deductible used, position, paid.
    pub layers: [[i64; 3]; LAYERS_MAX],
    /// Per layer of the pack: the highest standard so far, where the deductible is per stay.
    pub standards: [i64; LAYERS_MAX],
    /// Whether the patient was transferred: the highest standard holds.
    pub transferred: bool,
}

/// Classified amounts of a bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// 医疗费总额.
    pub total: i64,
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
    /// The person's part of fixed lines.
    pub fixed_self: i64,
}

impl Sums {
    /// Adds a line. A sum of amounts in range never wraps; of others the caller says so afterwards.
    #[inline(always)]
    pub(crate) fn add(&mut self, fee: i64, parts: &LineParts) {
        self.total = self.total.wrapping_add(fee);
        self.full_self = self.full_self.wrapping_add(parts.full_self);
        self.over_limit = self.over_limit.wrapping_add(parts.over_limit);
        self.prepay = self.prepay.wrapping_add(parts.prepay);
        self.in_scope = self.in_scope.wrapping_add(parts.in_scope);
        self.fixed = self.fixed.wrapping_add(parts.fixed);
        self.fixed_self = self.fixed_self.wrapping_add(parts.fixed_self);
    }
}

/// What the bill brings beside its fees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    /// Account balance, in fen.
    pub balance: i64,
    /// Family mutual aid, in fen.
    pub mutual_aid: i64,
    /// Part the hospital bears, in fen.
    pub hospital: i64,
    /// Whether the account may be used for this bill.
    pub use_account: bool,
}

/// A settled bill; the layers' results stay in the scratch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Classified amounts, after standing.
    pub sums: Sums,
    /// Σ deductibles of layers that take only `in_scope` or what a cap cut off.
    pub deductible: i64,
    /// Σ paid by layers, plus fixed amounts.
    pub fund: i64,
    /// 医院负担.
    pub hospital: i64,
    /// 个人负担.
    pub person: i64,
    /// Account, mutual aid included.
    pub account: i64,
    /// Mutual aid.
    pub mutual_aid: i64,
    /// Cash.
    pub cash: i64,
    /// Ordinal of the admission; 0 where the bill is no stay or the fund takes no part.
    pub admission: u32,
    /// Layers in the scratch; 0 where the fund takes no part.
    pub layers: u8,
}

/// Why a bill was not settled; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The hospital's part is above the person's; the person's part is given, in fen.
    HospitalShare(i64),
}

/// Fee lines as the kernel reads them: fee, amount within the limit, code.
pub trait Lines {
    /// Calls `each` for every line in order.
    fn each(self, each: impl FnMut(i64, i64, LineCode));
}

impl Keys {
    #[inline(always)]
    pub(crate) fn key_row(&self, key: Key, ordinal: u32) -> Option<&KeyRow> {
        let ordinal = if planted(Fault::OrdinalStuck) { 1 } else { ordinal };
        let variant = ordinal.min(self.ordinals).max(1) - 1;
        self.keys.get(usize::from(key.0) * self.ordinals as usize + variant as usize)
    }

    /// Classifies lines and adds them up.
    #[inline(always)]
    pub fn sum_lines<T: Tracer>(
        &self,
        lines: impl Lines,
        tracer: &mut T,
        mut each: impl FnMut(LineParts),
    ) -> Sums {
        let mut sums = Sums::default();
        let mut index = 0;
        lines.each(|fee, allow, code| {
            let Some(row) = self.lines.get(usize::from(code.0)) else { return };
            let parts = row.parts(fee, allow);
            sums.add(fee, &parts);
            if T::ON {
                self.trace_line(tracer, index, code, fee, parts);
                index += 1;
            }
            each(parts);
        });
        sums
    }

    /// Settles a bill whose lines are summed, and moves the record (and the open stay) forward.
    ///
    /// # Errors
    /// [`Refusal`]; nothing has changed then.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the evaluator's own registers, inlined")]
    pub fn settle<const W: usize, T: Tracer>(
        &self,
        key: Key,
        sums: Sums,
        purse: Purse,
        record: &mut Record<W>,
        stay: Option<&mut StayRecord>,
        scratch: &mut Scratch,
        tracer: &mut T,
    ) -> Result<Outcome, Refusal> {
        let joined = stay.as_ref().map_or(0, |s| s.ordinal);
        let ordinal = if joined > 0 { joined } else { record.admissions.saturating_add(1) };
        let Some(row) = self.key_row(key, ordinal) else { return Ok(Outcome::default()) };
        if record.year != i32::from(row.year) {
            let year = i32::from(row.year);
            return self.settle_in_new_year(
                key,
                sums,
                purse,
                (record, year),
                stay,
                scratch,
                tracer,
            );
        }
        let place = Place { row, ordinal, shape: self.shape(row) };
        self.settle_at(place, sums, purse, record, stay, scratch, tracer)
    }

    /// Settles a bill in the year of its record, with the rows already found.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the evaluator's own registers, inlined")]
    pub(crate) fn settle_at<const W: usize, T: Tracer>(
        &self,
        Place { row, ordinal, shape }: Place<'_>,
        sums: Sums,
        purse: Purse,
        record: &mut Record<W>,
        stay: Option<&mut StayRecord>,
        scratch: &mut Scratch,
        tracer: &mut T,
    ) -> Result<Outcome, Refusal> {
        let joined = stay.as_ref().is_some_and(|s| s.ordinal > 0);
        let mut bill = Bill { keys: self, sums, scratch, tracer, ordinal };
        let layers = match row.fund {
            true => bill.layers(row, shape, record, stay.as_deref()),
            false => bill.blocked(row),
        };
        let mut outcome = bill.outcome(row, layers, purse)?;
        if row.fund && row.stay {
            outcome.admission = ordinal;
        }
        if row.fund && sums.total > 0 {
            bill.advance(row, shape, record);
            if !joined {
                record.admissions = record.admissions.saturating_add(u32::from(row.stay));
            }
            if let Some(stay) = stay {
                bill.advance_stay(row, stay);
            }
        }
        Ok(outcome)
    }

    /// What the fund would pay if a key's standing let it: the same bill, the same counters.
    #[must_use]
    pub fn would_pay<const W: usize>(
        &self,
        key: Key,
        sums: Sums,
        record: &Record<W>,
        stay: Option<&StayRecord>,
    ) -> i64 {
        let (mut record, mut stay) = (*record, stay.copied());
        let (stay, mut scratch) = (stay.as_mut(), Scratch::default());
        // Not silent: the evaluator of claims that are settled is not compiled again for this.
        let mut steps = Recorder::default();
        let outcome = self.settle_claim(key, sums, 0, &mut record, stay, &mut scratch, &mut steps);
        outcome.map_or(0, |outcome| outcome.fund)
    }

    /// Settles a bill that its standing had blocked: the fund takes part, the account does not.
    ///
    /// # Errors
    /// [`Refusal`]; nothing has changed then.
    #[expect(clippy::too_many_arguments, reason = "those of `settle`")]
    pub fn settle_claim<const W: usize, T: Tracer>(
        &self,
        key: Key,
        sums: Sums,
        hospital: i64,
        record: &mut Record<W>,
        stay: Option<&mut StayRecord>,
        scratch: &mut Scratch,
        tracer: &mut T,
    ) -> Result<Outcome, Refusal> {
        let joined = stay.as_ref().map_or(0, |s| s.ordinal);
        let ordinal = if joined > 0 { joined } else { record.admissions.saturating_add(1) };
        let Some(row) = self.key_row(key, ordinal) else { return Ok(Outcome::default()) };
        let row = &KeyRow { fund: true, hospital: false, ..*row };
        let purse = Purse { balance: 0, mutual_aid: 0, hospital, use_account: false };
        let place = Place { row, ordinal, shape: self.shape(row) };
        self.settle_apart(place, sums, purse, record, stay, scratch, tracer)
    }

    /// A record of another year is replaced by an empty one, unless the bill is refused.
    #[cold]
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "the evaluator's own registers, inlined")]
    fn settle_in_new_year<const W: usize, T: Tracer>(
        &self,
        key: Key,
        sums: Sums,
        purse: Purse,
        (record, year): (&mut Record<W>, i32),
        stay: Option<&mut StayRecord>,
        scratch: &mut Scratch,
        tracer: &mut T,
    ) -> Result<Outcome, Refusal> {
        let mut fresh = Record::starting(year);
        let joined = stay.as_ref().map_or(0, |s| s.ordinal);
        let Some(row) = self.key_row(key, joined.max(1)) else { return Ok(Outcome::default()) };
        let place = Place { row, ordinal: joined.max(1), shape: self.shape(row) };
        let outcome = self.settle_apart(place, sums, purse, &mut fresh, stay, scratch, tracer)?;
        *record = fresh;
        Ok(outcome)
    }

    /// [`Keys::settle`] as a call: the evaluator is compiled once for all who settle so.
    ///
    /// # Errors
    /// [`Refusal`]; nothing has changed then.
    #[expect(clippy::too_many_arguments, reason = "those of `settle`")]
    pub fn settle_one<const W: usize, T: Tracer>(
        &self,
        key: Key,
        sums: Sums,
        purse: Purse,
        record: &mut Record<W>,
        stay: Option<&mut StayRecord>,
        scratch: &mut Scratch,
        tracer: &mut T,
    ) -> Result<Outcome, Refusal> {
        let joined = stay.as_ref().map_or(0, |s| s.ordinal);
        let ordinal = if joined > 0 { joined } else { record.admissions.saturating_add(1) };
        let Some(row) = self.key_row(key, ordinal) else { return Ok(Outcome::default()) };
        let year = i32::from(row.year);
        if record.year != year {
            let opened = (record, year);
            return self.settle_in_new_year(key, sums, purse, opened, stay, scratch, tracer);
        }
        let place = Place { row, ordinal, shape: self.shape(row) };
        self.settle_apart(place, sums, purse, record, stay, scratch, tracer)
    }

    /// [`Keys::settle_at`] as a call.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "those of `settle_at`")]
    fn settle_apart<const W: usize, T: Tracer>(
        &self,
        place: Place<'_>,
        sums: Sums,
        purse: Purse,
        record: &mut Record<W>,
        stay: Option<&mut StayRecord>,
        scratch: &mut Scratch,
        tracer: &mut T,
    ) -> Result<Outcome, Refusal> {
        self.settle_at(place, sums, purse, record, stay, scratch, tracer)
    }
}

/// The rows that a bill meets.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub row: &'a KeyRow,
    pub ordinal: u32,
    pub shape: Shape,
}

struct Bill<'a, T> {
    keys: &'a Keys,
    sums: Sums,
    scratch: &'a mut Scratch,
    tracer: &'a mut T,
    ordinal: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Layers {
    paid: i64,
    deductible: i64,
    count: u8,
}

impl<T: Tracer> Bill<'_, T> {
    #[inline(always)]
    fn layers<const W: usize>(
        &mut self,
        row: &KeyRow,
        shape: Shape,
        record: &Record<W>,
        stay: Option<&StayRecord>,
    ) -> Layers {
        let keys = self.keys;
        let mut sum = Layers::default();
        let Some(path) = keys.paths.get(usize::from(row.path)) else { return sum };
        self.scratch.set_in_scope(self.sums.in_scope);
        let layers = path.layers.as_slice();
        // A known shape must not fall back to the loop: with it, results would go through memory.
        match shape {
            Shape::One => {
                if let [a] = layers {
                    self.place(a, row, 0, shape::ONE[0], record, stay, &mut sum);
                }
            }
            Shape::PoolAbove => {
                if let [a, b] = layers {
                    self.place(a, row, 0, shape::POOL_ABOVE[0], record, stay, &mut sum);
                    self.place(b, row, 1, shape::POOL_ABOVE[1], record, stay, &mut sum);
                }
            }
            Shape::PoolAboveShares => {
                if let [a, b, c] = layers {
                    let [first, second, third] = shape::POOL_ABOVE_SHARES;
                    self.place(a, row, 0, first, record, stay, &mut sum);
                    self.place(b, row, 1, second, record, stay, &mut sum);
                    self.place(c, row, 2, third, record, stay, &mut sum);
                }
            }
            Shape::General => {
                for (position, spec) in layers.iter().enumerate() {
                    self.place(spec, row, position, spec.taken(), record, stay, &mut sum);
                }
            }
        }
        sum.count = u8::try_from(layers.len()).unwrap_or(0);
        if T::ON {
            self.trace_leaves(row, path);
        }
        sum
    }

    /// Settles one layer and keeps its results at its position.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the evaluator's own registers, inlined")]
    fn place<const W: usize>(
        &mut self,
        spec: &LayerSpec,
        row: &KeyRow,
        position: usize,
        takes: &[u8],
        record: &Record<W>,
        stay: Option<&StayRecord>,
        sum: &mut Layers,
    ) {
        let index = row.rows.get(position).copied().unwrap_or(NO_ROW);
        let out = self.layer(spec, index, takes, record, stay);
        self.scratch.put(position, &out);
        sum.paid += out.paid;
        sum.deductible += out.deductible & spec.counts;
    }

    /// One layer; nothing where nothing enters or the layer is skipped at this point.
    #[inline(always)]
    fn layer<const W: usize>(
        &mut self,
        spec: &LayerSpec,
        index: u16,
        takes: &[u8],
        record: &Record<W>,
        stay: Option<&StayRecord>,
    ) -> LayerOut {
        let intake = self.scratch.sum(takes);
        if intake == 0 {
            return LayerOut::default();
        }
        let Some(numbers) = self.keys.rows.get(usize::from(index)) else {
            return LayerOut::default();
        };
        if let Some(stay) = stay
            && stay.transferred
        {
            return self.transferred_layer(spec, numbers, intake, record, stay);
        }
        if numbers.extras != 0 {
            return self.whole_layer(spec, numbers, intake, record, stay);
        }
        let notes = if T::ON { self.keys.notes(numbers) } else { &[] };
        layer::evaluate(spec, numbers, intake, before(spec, record, stay), notes, self.tracer)
    }

    /// A layer in a transferred stay: one deductible, the higher.
    #[cold]
    fn transferred_layer<const W: usize>(
        &mut self,
        spec: &LayerSpec,
        numbers: &LayerRow,
        intake: i64,
        record: &Record<W>,
        stay: &StayRecord,
    ) -> LayerOut {
        let standard = stay.standards.get(usize::from(spec.index)).copied().unwrap_or(0);
        let standard = if spec.stay_used { standard } else { 0 };
        let lower = planted(Fault::TransferLower) && standard > 0;
        let higher =
            if lower { numbers.deductible.min(standard) } else { numbers.deductible.max(standard) };
        let numbers = &LayerRow { deductible: higher, ..*numbers };
        if numbers.extras != 0 {
            return self.whole_layer(spec, numbers, intake, record, Some(stay));
        }
        let notes = if T::ON { self.keys.notes(numbers) } else { &[] };
        let before = before(spec, record, Some(stay));
        layer::evaluate(spec, numbers, intake, before, notes, self.tracer)
    }

    /// A layer whose row has extras.
    #[cold]
    fn whole_layer<const W: usize>(
        &mut self,
        spec: &LayerSpec,
        numbers: &LayerRow,
        intake: i64,
        record: &Record<W>,
        stay: Option<&StayRecord>,
    ) -> LayerOut {
        let Some(extras) = self.keys.extras.get(usize::from(numbers.extras)) else {
            return LayerOut::default();
        };
        let earlier = (0..8_u8).filter(|position| spec.group_before >> position & 1 == 1);
        let earlier: i64 = earlier.map(|p| self.scratch.value(p, layer::PAID)).sum();
        let group_paid = record.slots.get(usize::from(spec.group)).copied().unwrap_or(0) + earlier;
        let before = before(spec, record, stay);
        let group = (group_paid, self.keys.notes(numbers));
        layer::evaluate_whole(spec, (numbers, extras), intake, before, group, self.tracer)
    }

    /// Moves the yearly counters.
    #[inline(always)]
    fn advance<const W: usize>(&self, row: &KeyRow, shape: Shape, record: &mut Record<W>) {
        let Some(path) = self.keys.paths.get(usize::from(row.path)) else { return };
        let each = |record: &mut Record<W>, position: u8, spec: &LayerSpec| {
            advance(spec, record, &self.scratch.layer(position));
        };
        let layers = path.layers.as_slice();
        match shape {
            Shape::One => {
                if let [a] = layers {
                    each(record, 0, a);
                }
            }
            Shape::PoolAbove => {
                if let [a, b] = layers {
                    each(record, 0, a);
                    each(record, 1, b);
                }
            }
            Shape::PoolAboveShares => {
                if let [a, b, c] = layers {
                    each(record, 0, a);
                    each(record, 1, b);
                    each(record, 2, c);
                }
            }
            Shape::General => {
                (0..).zip(layers).for_each(|(position, spec)| {
                    each(record, position, spec);
                    // A layer of a group is never in a registered shape.
                    if spec.group != 0
                        && let Some(slot) = record.slots.get_mut(usize::from(spec.group))
                    {
                        *slot += self.scratch.value(position, layer::PAID);
                    }
                });
            }
        }
    }

    /// The fund takes no part: fixed lines fall back to the person.
    fn blocked(&mut self, row: &KeyRow) -> Layers {
        if T::ON {
            let would = self.sums.in_scope + self.sums.fixed;
            let entry = Entry::plain(Step::Standing, Payer::None, row.standing_clause, would, 0);
            self.tracer.entry(entry);
            let clause = row.standing_clause;
            self.person(Step::InScope, clause, self.sums.in_scope);
            // Fixed amounts were traced as the fund's; they are taken back as the person's.
            let fixed = self.sums.fixed;
            if fixed != 0 {
                self.tracer.entry(Entry::plain(Step::Fixed, Payer::Fund, clause, fixed, -fixed));
                self.person(Step::FixedSelf, clause, fixed);
            }
        }
        self.sums.fixed_self += self.sums.fixed;
        self.sums.fixed = 0;
        Layers::default()
    }

    #[inline(always)]
    fn outcome(&mut self, row: &KeyRow, layers: Layers, purse: Purse) -> Result<Outcome, Refusal> {
        let sums = self.sums;
        let fund = layers.paid + sums.fixed;
        let owed = sums.total - fund;
        if purse.hospital > owed {
            return Err(Refusal::HospitalShare(owed));
        }
        // A standing may leave the whole bill to the hospital.
        let purse = Purse { hospital: if row.hospital { owed } else { purse.hospital }, ..purse };
        let person = owed - purse.hospital;
        let reach = if row.fund { reached(row, &sums, layers.paid).min(person) } else { person };
        let usable = row.account && purse.use_account;
        let own = if usable { purse.balance.min(reach) } else { 0 };
        let mutual_aid = if usable { purse.mutual_aid.min(reach - own) } else { 0 };
        let account = own + mutual_aid;
        let cash = person - account;
        if T::ON {
            self.trace_person(row, purse, person, [own, mutual_aid, cash]);
        }
        Ok(Outcome {
            sums,
            deductible: layers.deductible,
            fund,
            hospital: purse.hospital,
            person,
            account,
            mutual_aid,
            cash,
            admission: 0,
            layers: layers.count,
        })
    }

    fn advance_stay(&self, row: &KeyRow, stay: &mut StayRecord) {
        stay.ordinal = self.ordinal;
        stay.bills += 1;
        let Some(path) = self.keys.paths.get(usize::from(row.path)) else { return };
        for (position, spec) in (0_u8..).zip(&path.layers) {
            let out = self.scratch.layer(position);
            if let Some([used, at, paid]) = stay.layers.get_mut(usize::from(spec.index)) {
                *used += if spec.stay_used { out.deductible } else { 0 };
                *at += if spec.stay_position { advanced(spec, &out) } else { 0 };
                *paid += if spec.stay_paid { out.paid } else { 0 };
            }
            let met = row.rows.get(usize::from(position)).copied().unwrap_or(NO_ROW);
            let met = self.keys.rows.get(usize::from(met)).map_or(0, |row| row.deductible);
            if let Some(standard) = stay.standards.get_mut(usize::from(spec.index)) {
                *standard = if spec.stay_used { met.max(*standard) } else { *standard };
            }
        }
    }
}

/// Amounts that the caller classified, with the person's parts traced.
pub fn given<T: Tracer>(sums: Sums, tracer: &mut T) -> Sums {
    if T::ON {
        let parts = [
            (Step::FullSelf, sums.full_self),
            (Step::OverLimit, sums.over_limit),
            (Step::Prepay, sums.prepay),
        ];
        for (step, amount) in parts {
            if amount != 0 {
                tracer.entry(Entry::plain(step, Payer::Person, Entry::GIVEN, amount, amount));
            }
        }
    }
    sums
}

/// How far a bill moves a layer's position.
#[inline(always)]
fn advanced(spec: &LayerSpec, out: &LayerOut) -> i64 {
    let off_axis = !spec.incl || planted(Fault::PositionShort);
    out.entered - out.upfront - if off_axis { out.deductible } else { 0 }
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "bind checks the width; `&` keeps 0 for none")]
pub(crate) fn before<const W: usize>(
    spec: &LayerSpec,
    record: &Record<W>,
    stay: Option<&StayRecord>,
) -> Before {
    let slots = &record.slots;
    let mut before = Before {
        used: if planted(Fault::DeductibleAgain) { 0 } else { slots[usize::from(spec.used)] },
        position: slots[usize::from(spec.position)],
        paid: if planted(Fault::CapPerBill) { 0 } else { slots[usize::from(spec.paid)] },
    };
    if let Some([used, at, paid]) = stay.and_then(|s| s.layers.get(usize::from(spec.index))) {
        before.used += if spec.stay_used { *used } else { 0 };
        before.position += if spec.stay_position { *at } else { 0 };
        before.paid += if spec.stay_paid { *paid } else { 0 };
    }
    before
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "bind checks the width")]
pub(crate) fn advance<const W: usize>(spec: &LayerSpec, record: &mut Record<W>, out: &LayerOut) {
    let slots = &mut record.slots;
    let [used, position, paid] = spec.moves;
    slots[usize::from(spec.used)] += out.deductible & used;
    slots[usize::from(spec.position)] += advanced(spec, out) & position;
    slots[usize::from(spec.paid)] += out.paid & paid;
}

/// The parts that the account may pay.
#[inline(always)]
pub(crate) fn reached(row: &KeyRow, sums: &Sums, paid: i64) -> i64 {
    let part = |bit: u8, amount: i64| if row.reach & bit != 0 { amount } else { 0 };
    part(reach::IN_SCOPE, sums.in_scope + sums.fixed_self - paid)
        + part(reach::PREPAY, sums.prepay)
        + part(reach::OVER_LIMIT, sums.over_limit)
        + part(reach::FULL_SELF, sums.full_self)
}

/// Tracing, apart from the arithmetic.
impl Keys {
    #[inline(always)]
    fn trace_line<T: Tracer>(
        &self,
        tracer: &mut T,
        line: u32,
        code: LineCode,
        fee: i64,
        parts: LineParts,
    ) {
        let index = usize::from(code.0);
        let (Some(row), Some(rule)) = (self.lines.get(index), self.rules.get(index)) else {
            return;
        };
        let prepay = rule.prepay_clause;
        let person = |step: Step, clause: u16, amount: i64| Entry {
            line,
            ..Entry::plain(step, Payer::Person, clause, fee, amount)
        };
        if parts.prepay != 0 {
            let base = fee - parts.over_limit;
            let (rate_ppm, rounding) = (row.share(), Some(rule.rounding));
            let entry = person(Step::Prepay, prepay, parts.prepay);
            tracer.entry(Entry { base, rate_ppm, rounding, ..entry });
        }
        if parts.full_self != 0 {
            tracer.entry(person(Step::FullSelf, prepay, parts.full_self));
        }
        if parts.over_limit != 0 {
            tracer.entry(person(Step::OverLimit, rule.limit_clause, parts.over_limit));
        }
        if parts.fixed != 0 {
            let entry = person(Step::Fixed, rule.fixed_clause, parts.fixed);
            tracer.entry(Entry { payer: Payer::Fund, ..entry });
        }
        if parts.fixed_self != 0 {
            tracer.entry(person(Step::FixedSelf, rule.fixed_clause, parts.fixed_self));
        }
    }
}

impl<T: Tracer> Bill<'_, T> {
    fn person(&mut self, step: Step, clause: u16, amount: i64) {
        if amount != 0 {
            self.tracer.entry(Entry::plain(step, Payer::Person, clause, amount, amount));
        }
    }

    /// Amounts that no layer took: they stay with the person.
    fn trace_leaves(&mut self, row: &KeyRow, path: &crate::keys::Path) {
        let leaf = |index: u8| row.leaves >> (index & 63) & 1 == 1;
        if leaf(layer::IN_SCOPE) {
            self.person(Step::InScope, row.account_clause, self.sums.in_scope);
        }
        for ((position, spec), index) in (0_u8..).zip(&path.layers).zip(row.rows) {
            let Some(numbers) = self.keys.rows.get(usize::from(index)) else { continue };
            for field in layer::LEAF_FIELDS {
                let amount = self.scratch.value(position, field);
                if amount != 0 && leaf(layer::amount_index(position, field)) {
                    let (step, clause) = leaf_step(field, &numbers.clauses);
                    let entry = Entry::plain(step, Payer::Person, clause, amount, amount);
                    self.tracer.entry(Entry { layer: spec.index, ..entry });
                }
            }
        }
    }

    fn trace_person(
        &mut self,
        row: &KeyRow,
        purse: Purse,
        person: i64,
        [own, mutual_aid, cash]: [i64; 3],
    ) {
        let hospital = purse.hospital;
        if hospital != 0 {
            let clause = if row.hospital { row.standing_clause } else { Entry::GIVEN };
            let entry = Entry::plain(Step::Hospital, Payer::Hospital, clause, hospital, hospital);
            self.tracer.entry(entry);
            self.tracer.entry(Entry { payer: Payer::Person, amount: -hospital, ..entry });
        }
        let clause = row.account_clause;
        if own != 0 {
            let entry = Entry::plain(Step::Account, Payer::Account, clause, person, own);
            self.tracer.entry(entry);
        }
        if mutual_aid != 0 {
            let entry = Entry::plain(Step::MutualAid, Payer::Account, clause, person, mutual_aid);
            self.tracer.entry(entry);
        }
        if cash != 0 {
            self.tracer.entry(Entry::plain(Step::Cash, Payer::Cash, clause, person, cash));
        }
    }
}

fn leaf_step(field: u8, clauses: &RowClauses) -> (Step, u16) {
    match field {
        layer::DEDUCTIBLE => (Step::Deductible, clauses.deductible),
        layer::OVER => (Step::Over, clauses.cap),
        _ => (Step::SelfShare, clauses.band),
    }
}

const _: () = assert!(size_of::<Record<7>>() == 64);
const _: () = assert!(size_of::<LayerRow>() == 128);
