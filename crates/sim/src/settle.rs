//! Settling batches: every person from an empty record, or from what the visits bring.

use tongchou_core::columns::{ColumnFault, Members as Column, Order, flag, settle_members};
use tongchou_core::layer::Scratch;
use tongchou_core::plan::LAYERS_MAX;
use tongchou_core::settle::{Outcome, Record, Sums};
use tongchou_core::trace::{Silent, Tracer};

use crate::batch::{Batch, mark};
use crate::bind::Bound;
use crate::book::Book;
use crate::fault::{Code, Fault, said};
use crate::tally::{Members, SEXES, Tally, Year};

/// Slots of a record that serves any pack.
pub const WIDTH_MAX: usize = 29;
/// Slots of a record of one line of cache: packs with up to six yearly counters.
pub const WIDTH_SMALL: usize = 7;

/// Settles batches under one pack and adds up.
#[derive(Debug)]
pub struct Settler<const W: usize> {
    /// The pack.
    pub bound: Bound,
    /// What came of it so far.
    pub tally: Tally,
    /// Counters that the pack keeps.
    counters: usize,
    records: Vec<Record<W>>,
    balances: Vec<i64>,
    years: Vec<Year>,
    /// Layers in the order of their results, by key.
    layers: Vec<[u8; LAYERS_MAX]>,
}

/// What is seen of each settled visit: its row, the outcome and what its layers did.
pub trait Watch {
    /// A visit was settled; if `taken_back`, it was then cancelled.
    fn visit(&mut self, row: usize, outcome: &Outcome, taken_back: bool);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Watch for Nothing {
    #[inline(always)]
    fn visit(&mut self, _: usize, _: &Outcome, _: bool) {}
}

/// A pack that keeps more counters than a record has room for.
pub(crate) fn too_many(pack: String) -> Fault {
    let help = said("应为年度累计项更少的政策包", "a pack with fewer yearly counters");
    Fault::new(Code::Usage, "", pack, help)
}

impl<const W: usize> Settler<W> {
    /// Whether records of this width serve a pack.
    #[must_use]
    pub fn fits(bound: &Bound) -> bool {
        bound.binder().counters().len() < W
    }

    /// Settles under a pack.
    ///
    /// # Errors
    /// D012 if the pack keeps more counters than a record of this width.
    pub fn new(bound: Bound) -> Result<Self, Fault> {
        let counters = bound.binder().counters().len();
        if !Self::fits(&bound) {
            let pack = bound.binder().pack().id.clone();
            return Err(too_many(pack));
        }
        Ok(Self {
            bound,
            tally: Tally::default(),
            counters,
            records: Vec::new(),
            balances: Vec::new(),
            years: Vec::new(),
            layers: Vec::new(),
        })
    }

    /// Binds and settles a batch.
    ///
    /// # Errors
    /// As [`Bound::bind`] and [`Settler::settle`].
    pub fn run(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        self.bound.bind(batch, book)?;
        self.settle(batch, book, None, &mut Silent, &mut Nothing)
    }

    /// Settles a batch that is bound; `sums` are its lines, classified already.
    ///
    /// # Errors
    /// D011 for a visit that the pack refuses, D012 for sums that no number holds.
    pub fn settle<T: Tracer>(
        &mut self,
        batch: &Batch,
        book: &Book,
        sums: Option<&[Sums]>,
        tracer: &mut T,
        watch: &mut impl Watch,
    ) -> Result<(), Fault> {
        self.tally.grand.make_room(batch.visits())?;
        self.start(batch, book);
        let Self { bound, tally, records, balances, years, layers, .. } = self;
        let visits = bound.visits(batch, sums);
        let keys = visits.key;
        let carried = (!batch.opening.is_empty()).then_some(balances.as_mut_slice());
        let members = Column { records, balances: carried };
        let sink = |row: usize, outcome: &Outcome, scratch: &Scratch| {
            let flags = batch.flags.get(row).copied().unwrap_or(0);
            let taken_back = flags & flag::TAKEN_BACK != 0;
            tally.late += i64::from(flags & mark::LATE != 0);
            watch.visit(row, outcome, taken_back);
            if taken_back {
                tally.taken_back += 1;
                return;
            }
            let (member, what) = match batch.member.get(row).zip(batch.what.get(row)) {
                Some((member, what)) => (*member as usize, usize::from(*what)),
                None => return,
            };
            let nights = batch.nights.get(row).copied().unwrap_or(0);
            if let Some(amounts) = tally.by_what.get_mut(what) {
                amounts.add(outcome, nights);
            }
            if let Some(year) = years.get_mut(member) {
                year.add(outcome);
            }
            tally.blocked += i64::from(outcome.layers == 0);
            let number = keys.get(row).map_or(0, |key| key.number());
            let Some(names) = layers.get(number) else { return };
            for (position, layer) in (0..outcome.layers).zip(names) {
                if let Some(sum) = tally.by_layer.get_mut(usize::from(*layer)) {
                    *sum += scratch.layer(position).paid;
                }
            }
        };
        let settled = settle_members(bound.keys(), &visits, Order::Sorted, members, tracer, sink);
        if let Err(fault) = settled {
            return Err(self.explain(batch, book, fault));
        }
        self.finish(batch);
        Ok(())
    }

    /// Fresh records, balances and years for the persons of a batch.
    fn start(&mut self, batch: &Batch, book: &Book) {
        let persons = batch.person.len();
        self.records.clear();
        // Whose first visit is of another year begins that one, by a longer way.
        self.records.resize(persons, Record::starting(self.bound.year()));
        self.years.clear();
        self.years.resize(persons, Year::default());
        self.balances.clear();
        self.balances.extend_from_slice(&batch.opening);
        let tally = &mut self.tally;
        tally.by_what.resize(tally.by_what.len().max(book.what.len()), Default::default());
        tally.by_who.resize(tally.by_who.len().max(book.who.len()), Default::default());
        let layers = self.bound.binder().pack().layers.len();
        tally.by_layer.resize(layers, 0);
        if !batch.sex.is_empty() {
            tally.by_sex.resize(SEXES, Members::default());
        }
        let keys = self.bound.keys();
        while self.layers.len() < keys.count() {
            let mut names = [u8::MAX; LAYERS_MAX];
            let found = keys.layers(keys.nth(self.layers.len()), 1);
            names.iter_mut().zip(found).for_each(|(name, layer)| *name = layer);
            self.layers.push(names);
        }
    }

    /// Adds the persons of a settled batch.
    fn finish(&mut self, batch: &Batch) {
        let Self { tally, records, years, counters, .. } = self;
        tally.lines += i64::try_from(batch.lines()).unwrap_or(0);
        let persons = batch.person.iter().zip(&batch.person_who);
        let states = records.iter().zip(years.iter());
        for (index, ((person, who), (record, year))) in persons.zip(states).enumerate() {
            let seen = year.visits > 0;
            let district = batch.district.get(index).map(|district| usize::from(*district));
            if let Some(district) = district
                && tally.by_district.len() <= district
            {
                tally.by_district.resize(district + 1, Default::default());
            }
            let kinds = [tally.by_who.get_mut(usize::from(*who))];
            let of_district = district.and_then(|district| tally.by_district.get_mut(district));
            let sex = batch.sex.get(index);
            let of_sex = sex.and_then(|sex| tally.by_sex.get_mut(usize::from(*sex)));
            for kind in kinds.into_iter().chain([of_district, of_sex]).flatten() {
                kind.members += 1;
                kind.with_visits += i64::from(seen);
                kind.year.merge(year);
            }
            tally.grand.count(year.total);
            if seen {
                tally.states.add(*person, record, *counters, year);
            }
        }
    }

    /// Years of the persons of the last batch, in its order.
    #[must_use]
    pub fn years(&self) -> &[Year] {
        &self.years
    }

    /// The record of a person of the last batch.
    #[must_use]
    pub fn record(&self, member: usize) -> Option<&Record<W>> {
        self.records.get(member)
    }

    fn explain(&mut self, batch: &Batch, book: &Book, fault: ColumnFault) -> Fault {
        let (ColumnFault::Shape(row)
        | ColumnFault::Amount(row)
        | ColumnFault::Refused(row, _)
        | ColumnFault::NoStay(row)) = fault
        else {
            return Fault::new(Code::Value, "", "columns", "columns of one length");
        };
        match fault {
            ColumnFault::NoStay(_) => {
                let place = crate::bind::place_of(batch, row);
                Fault::new(Code::Order, place, "it joins a stay that is not before it", "")
            }
            _ => self.bound.explain(batch, book, row),
        }
    }
}
