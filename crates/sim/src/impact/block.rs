//! One block of persons under both packs: the second settles only what it can change.

use std::cell::Cell;

use tongchou_core::columns::{ColumnFault, Members, Order, Visits, classify, flag, settle_members};
use tongchou_core::keys::{Key, LineCode, Same};
use tongchou_core::layer::Scratch;
use tongchou_core::plan::LAYERS_MAX;
use tongchou_core::settle::{Outcome, Record, Sums};

use crate::batch::Batch;
use crate::bind::{Bound, place_of};
use crate::book::Book;
use crate::fault::{Code, Fault};
use crate::run::Terms;
use crate::settle::{Settler, too_many};
use crate::tally::Year;

use super::alike::Alike;
use super::names::{Names, Places};
use super::tables::{BOTH, ByClause, FIRST, NOWHERE, Part, SECOND, Tables};
use super::{Clock, Stages};

/// One of the packs.
struct Side {
    /// For messages.
    name: String,
    bound: Bound,
    places: Places,
    /// Places of the layers in the order of their results, by key.
    layers: Vec<[u8; LAYERS_MAX]>,
}

impl Side {
    fn new<const W: usize>(letter: char, terms: &Terms, places: &Places) -> Result<Self, Fault> {
        let bound = terms.bound();
        let name = format!("{letter}: {}", bound.binder().reference());
        if !Settler::<W>::fits(&bound) {
            return Err(too_many(name));
        }
        Ok(Self { name, bound, places: places.clone(), layers: Vec::new() })
    }

    fn bind(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        self.bound.bind(batch, book).map_err(|fault| fault.within(&self.name))?;
        self.note_layers();
        Ok(())
    }

    /// Binds what the other has just bound; whether its codes and limits are these too.
    fn bind_like(&mut self, other: &Self, batch: &Batch, book: &Book) -> Result<bool, Fault> {
        let bound = self.bound.bind_like(&other.bound, batch, book);
        let shared = bound.map_err(|fault| fault.within(&self.name))?;
        self.note_layers();
        Ok(shared)
    }

    /// The batch's visits; lines that are the other's too are read from there.
    fn visits<'a>(
        &'a self,
        other: Option<&'a Self>,
        batch: &'a Batch,
        sums: Option<&'a [Sums]>,
    ) -> Visits<'a> {
        let own = self.bound.visits(batch, sums);
        match other.map(|other| other.bound.visits(batch, None)) {
            None => own,
            Some(Visits { code, allow, .. }) => Visits { code, allow, ..own },
        }
    }

    /// Notes the places of the layers of keys that were met for the first time.
    fn note_layers(&mut self) {
        let keys = self.bound.keys();
        while self.layers.len() < keys.count() {
            let mut places = [u8::MAX; LAYERS_MAX];
            let found = keys.layers(keys.nth(self.layers.len()), 1);
            for (place, layer) in places.iter_mut().zip(found) {
                let known = self.places.layers.get(usize::from(layer));
                *place = known.copied().unwrap_or(u8::MAX);
            }
            self.layers.push(places);
        }
    }

    /// Why a row of the batch was not settled.
    fn explain(&mut self, batch: &Batch, book: &Book, fault: ColumnFault, rows: &[u32]) -> Fault {
        let (ColumnFault::Shape(row)
        | ColumnFault::Amount(row)
        | ColumnFault::Refused(row, _)
        | ColumnFault::NoStay(row)) = fault
        else {
            return Fault::new(Code::Value, &self.name, "columns", "columns of one length");
        };
        let row = rows.get(row).map_or(row, |row| *row as usize);
        let fault = match fault {
            ColumnFault::NoStay(_) => {
                let place = place_of(batch, row);
                Fault::new(Code::Order, place, "it joins a stay that is not before it", "")
            }
            _ => self.bound.explain(batch, book, row),
        };
        fault.within(&self.name)
    }
}

/// Some visits of a batch as columns of their own.
#[derive(Default)]
struct Chosen {
    /// Row in the batch of each.
    rows: Vec<u32>,
    member: Vec<u32>,
    key: Vec<Key>,
    balance: Vec<i64>,
    flags: Vec<u8>,
    sums: Vec<Sums>,
    line_start: Vec<u32>,
    fee: Vec<i64>,
    code: Vec<LineCode>,
    allow: Vec<i64>,
}

impl Chosen {
    fn clear(&mut self) {
        self.rows.clear();
        self.member.clear();
        self.key.clear();
        self.balance.clear();
        self.flags.clear();
        self.sums.clear();
        self.line_start.clear();
        self.line_start.push(0);
        self.fee.clear();
        self.code.clear();
        self.allow.clear();
    }

    /// Takes the lines of the rows that are asked for.
    fn lines(&mut self, of: &Visits<'_>, asked: impl Fn(usize) -> bool) {
        self.clear();
        for (row, lines) in of.line_start.windows(2).enumerate().filter(|(row, _)| asked(*row)) {
            let [from, to] = lines else { continue };
            let (from, to) = (*from as usize, *to as usize);
            self.rows.push(number(row));
            self.member.push(0);
            self.key.push(Key::NONE);
            self.fee.extend_from_slice(of.fee.get(from..to).unwrap_or_default());
            self.code.extend_from_slice(of.code.get(from..to).unwrap_or_default());
            if let Some(allow) = of.allow {
                self.allow.extend_from_slice(allow.get(from..to).unwrap_or_default());
            }
            self.line_start.push(number(self.fee.len()));
        }
    }

    /// Takes the visits of the members that are asked for, numbered from 0 without gaps.
    fn visits(&mut self, of: &Visits<'_>, sums: &[Sums], asked: impl Fn(usize) -> Option<u32>) {
        self.clear();
        let keys = of.member.iter().zip(of.key).zip(sums);
        for (row, ((member, key), sums)) in keys.enumerate() {
            let Some(member) = asked(*member as usize) else { continue };
            self.rows.push(number(row));
            self.member.push(member);
            self.key.push(*key);
            self.sums.push(*sums);
            let balance = of.balance.and_then(|balances| balances.get(row));
            self.balance.push(balance.copied().unwrap_or(0));
            if let Some(flags) = of.flags.and_then(|flags| flags.get(row)) {
                self.flags.push(*flags);
            }
        }
    }

    fn as_visits(&self, limited: bool) -> Visits<'_> {
        Visits {
            member: &self.member,
            key: &self.key,
            line_start: &self.line_start,
            fee: &self.fee,
            code: &self.code,
            allow: limited.then_some(&self.allow),
            balance: (!self.balance.is_empty()).then_some(&self.balance),
            flags: (!self.flags.is_empty()).then_some(&self.flags),
            sums: (!self.sums.is_empty()).then_some(&self.sums),
        }
    }
}

/// A column of a batch is shorter than 2³².
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Settles blocks of persons under both packs and adds up.
pub(super) struct Worker<const W: usize> {
    sides: [Side; 2],
    alike: Alike,
    /// Whether the codes of the second pack are, number for number, those of the first.
    shared: bool,
    /// Nothing is reused or skipped, for tests of reusing and skipping.
    anew: bool,
    /// What came of it so far.
    pub part: Part,
    /// By visit: whether the second pack classifies it as the first.
    reused: Vec<bool>,
    /// By person: whether the second pack settles every visit as the first.
    skipped: Vec<bool>,
    /// By person: number among those who are settled again.
    again: Vec<Option<u32>>,
    /// By visit: where amounts of its lines and of its settlement go.
    lines_to: Vec<u8>,
    visits_to: Vec<u8>,
    sums: [Vec<Sums>; 2],
    some: Chosen,
    records: Vec<Record<W>>,
    balances: Vec<i64>,
    years: [Vec<Year>; 2],
}

impl<const W: usize> Worker<W> {
    pub fn new(
        a: &Terms,
        b: &Terms,
        names: &Names,
        whats: usize,
        anew: bool,
    ) -> Result<Self, Fault> {
        let [first, second] = &names.places;
        let mut part = Part::default();
        part.tables.lay_out(whats, names.layers.len(), names.clauses.len());
        Ok(Self {
            sides: [Side::new::<W>('A', a, first)?, Side::new::<W>('B', b, second)?],
            alike: Alike::default(),
            shared: false,
            anew,
            part,
            reused: Vec::new(),
            skipped: Vec::new(),
            again: Vec::new(),
            lines_to: Vec::new(),
            visits_to: Vec::new(),
            sums: Default::default(),
            some: Chosen::default(),
            records: Vec::new(),
            balances: Vec::new(),
            years: Default::default(),
        })
    }

    /// Settles a batch under both packs.
    pub fn block(&mut self, batch: &Batch, book: &Book, clock: &impl Clock) -> Result<(), Fault> {
        self.part.grand.make_room(batch.visits())?;
        let mut since = clock.now();
        let mut lap = || {
            let (from, to) = (since, clock.now());
            since = to;
            to.saturating_sub(from)
        };
        let (mut first, mut second) = (Stages::default(), Stages::default());
        let [a, b] = &mut self.sides;
        a.bind(batch, book)?;
        first.bind = lap();
        self.shared = match self.anew {
            true => b.bind(batch, book).map(|()| false)?,
            false => b.bind_like(a, batch, book)?,
        };
        self.compare(batch);
        second.bind = lap();
        self.classify_all(batch, book)?;
        first.classify = lap();
        self.settle_all(batch, book)?;
        self.part.grand.count(batch.fee.iter().sum());
        first.settle = lap();
        self.classify_rest(batch, book)?;
        second.classify = lap();
        self.settle_rest(batch, book)?;
        second.settle = lap();
        self.members(batch);
        self.part.times.first.merge(&first);
        self.part.times.second.merge(&second);
        Ok(())
    }

    /// Finds what the second pack can change.
    fn compare(&mut self, batch: &Batch) {
        let Self { sides: [a, b], alike, shared, reused, skipped, anew, .. } = self;
        let of = |side: &'_ Side| (side.bound.keys().line_codes(), side.bound.binder().params());
        let lines_of = shared.then_some(&*a);
        let (mine, theirs) = (a.visits(None, batch, None), b.visits(lines_of, batch, None));
        let (keys, other) = (a.bound.keys(), b.bound.keys());
        let packs = (a.bound.binder().pack(), b.bound.binder().pack());
        let same = Same::new((keys, packs.0), (other, packs.1));
        let known = of(a).0.min(of(b).0);
        let line = |number| (keys.nth_line(number), other.nth_line(number));
        let by_number = alike.by_number(&same, known, line);
        let whole = by_number && (*shared || mine.code == theirs.code);
        reused.clear();
        skipped.clear();
        skipped.resize(batch.person.len(), !*anew);
        let rows = mine.key.iter().zip(theirs.key).zip(mine.line_start.windows(2));
        for (((mine_key, their_key), lines), member) in rows.zip(mine.member) {
            let lines_same = whole || {
                let [from, to] = lines else { continue };
                let lines = *from as usize..*to as usize;
                let mine = mine.code.get(lines.clone()).unwrap_or_default();
                let theirs = theirs.code.get(lines).unwrap_or_default();
                mine.iter().zip(theirs).all(|(mine, theirs)| alike.code(&same, *mine, *theirs))
            };
            reused.push(lines_same && !*anew);
            if !(lines_same && alike.key(&same, *mine_key, *their_key))
                && let Some(skipped) = skipped.get_mut(*member as usize)
            {
                *skipped = false;
            }
        }
        self.direct(batch);
    }

    /// Says where the amounts of each visit go, and counts what is reused.
    fn direct(&mut self, batch: &Batch) {
        let Self { reused, skipped, again, lines_to, visits_to, part, .. } = self;
        let mut count = 0;
        again.clear();
        again.extend(skipped.iter().map(|skipped| {
            let place = (!skipped).then_some(count);
            count += u32::from(!skipped);
            place
        }));
        lines_to.clear();
        visits_to.clear();
        let reuse = &mut part.reuse;
        let mut last = None;
        for (row, (member, reused)) in batch.member.iter().zip(&*reused).enumerate() {
            let skipped = skipped.get(*member as usize).copied().unwrap_or(false);
            let taken_back = batch.flags.get(row).is_some_and(|f| f & flag::TAKEN_BACK != 0);
            let to = |shared: bool| match (taken_back, shared) {
                (true, _) => NOWHERE,
                (false, true) => BOTH,
                (false, false) => FIRST,
            };
            lines_to.push(to(*reused));
            visits_to.push(to(skipped));
            reuse.visits += 1;
            reuse.classified += u64::from(*reused);
            reuse.visits_skipped += u64::from(skipped);
            if last != Some(*member) {
                reuse.members += 1;
                reuse.members_skipped += u64::from(skipped);
            }
            last = Some(*member);
        }
        reuse.lines += batch.lines() as u64;
    }

    /// The lines of every visit under the first pack.
    fn classify_all(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        let Self { sides: [a, _], part, lines_to, sums: [sums, _], .. } = self;
        let to = Cell::new(lines_to.first().copied().unwrap_or(NOWHERE));
        let tables = &mut part.tables.clauses;
        let mut tracer = ByClause { places: &a.places.clauses, tables, to: &to };
        sums.clear();
        let visits = a.bound.visits(batch, None);
        let done = classify(a.bound.keys(), &visits, &mut tracer, |row, of_row| {
            sums.push(of_row);
            to.set(lines_to.get(row + 1).copied().unwrap_or(NOWHERE));
        });
        done.map_err(|fault| a.explain(batch, book, fault, &[]))
    }

    /// Every visit under the first pack.
    fn settle_all(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        let Self { sides: [a, _], part, visits_to, sums: [sums, _], .. } = self;
        let Self { records, balances, years: [years, _], .. } = self;
        fresh(records, years, batch.person.len());
        balances.clone_from(&batch.opening);
        let visits = a.bound.visits(batch, Some(sums.as_slice()));
        let pass = Pass { batch, visits: &visits, rows: None, to: visits_to };
        let done = settle(a, &pass, (records, balances), &mut part.tables, years);
        done.map_err(|fault| a.explain(batch, book, fault, &[]))
    }

    /// The lines of the visits that the second pack classifies in its own way.
    fn classify_rest(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        let Self { sides: [a, b], shared, part, some, reused, lines_to, .. } = self;
        let [mine, theirs] = &mut self.sums;
        theirs.clear();
        if reused.iter().all(|reused| *reused) {
            return Ok(());
        }
        theirs.extend_from_slice(mine);
        let visits = b.visits(shared.then_some(&*a), batch, None);
        some.lines(&visits, |row| !reused.get(row).copied().unwrap_or(false));
        let rows = &some.rows;
        let next = |index: usize| {
            let row = rows.get(index).and_then(|row| lines_to.get(*row as usize));
            row.map_or(NOWHERE, |to| if *to == NOWHERE { NOWHERE } else { SECOND })
        };
        let to = Cell::new(next(0));
        let tables = &mut part.tables.clauses;
        let mut tracer = ByClause { places: &b.places.clauses, tables, to: &to };
        let columns = some.as_visits(visits.allow.is_some());
        let done = classify(b.bound.keys(), &columns, &mut tracer, |index, of_row| {
            let row = rows.get(index).and_then(|row| theirs.get_mut(*row as usize));
            if let Some(sums) = row {
                *sums = of_row;
            }
            to.set(next(index + 1));
        });
        done.map_err(|fault| b.explain(batch, book, fault, &some.rows))
    }

    /// The visits of the members whom the second pack can reach.
    fn settle_rest(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        let Self { sides: [a, b], shared, part, some, again, visits_to, .. } = self;
        let Self { sums: [mine, theirs], .. } = self;
        let Self { records, balances, years: [years_a, years], .. } = self;
        years.clone_from(years_a);
        let count = again.iter().flatten().count();
        if count == 0 {
            return Ok(());
        }
        visits_to.iter_mut().filter(|to| **to == FIRST).for_each(|to| *to = SECOND);
        let sums: &[Sums] = if theirs.is_empty() { mine } else { theirs };
        let visits = b.visits(shared.then_some(&*a), batch, Some(sums));
        let everybody = count == again.len();
        if everybody {
            fresh(records, years, count);
            balances.clone_from(&batch.opening);
        } else {
            records.clear();
            records.resize(count, Record::default());
            let asked = |member: usize| again.get(member).copied().flatten();
            some.visits(&visits, sums, asked);
            for (year, _) in years.iter_mut().zip(&*again).filter(|(_, again)| again.is_some()) {
                *year = Year::default();
            }
            balances.clear();
            let openings = batch.opening.iter().zip(&*again).filter(|(_, again)| again.is_some());
            balances.extend(openings.map(|(opening, _)| *opening));
        }
        let columns = some.as_visits(false);
        let (visits, rows) = match everybody {
            true => (&visits, None),
            false => (&columns, Some(some.rows.as_slice())),
        };
        let pass = Pass { batch, visits, rows, to: visits_to };
        let done = settle(b, &pass, (records, balances), &mut part.tables, years);
        done.map_err(|fault| b.explain(batch, book, fault, rows.unwrap_or_default()))
    }

    /// Adds the persons of a settled batch.
    fn members(&mut self, batch: &Batch) {
        let Self { part, years: [a, b], .. } = self;
        let persons = batch.person.iter().zip(&batch.person_who);
        for (index, ((person, who), (a, b))) in persons.zip(a.iter().zip(b.iter())).enumerate() {
            let district = batch.district.get(index).copied();
            part.member(*person, *who, district, [a, b]);
        }
    }
}

fn fresh<const W: usize>(records: &mut Vec<Record<W>>, years: &mut Vec<Year>, persons: usize) {
    records.clear();
    records.resize(persons, Record::default());
    years.clear();
    years.resize(persons, Year::default());
}

/// Visits to settle, and what they are in the batch.
struct Pass<'a> {
    batch: &'a Batch,
    visits: &'a Visits<'a>,
    /// Row in the batch of each, if they are not all of it.
    rows: Option<&'a [u32]>,
    /// By row of the batch: where its amounts go.
    to: &'a [u8],
}

/// Settles visits under one pack; entries go to their clauses, outcomes to the tables.
fn settle<const W: usize>(
    side: &Side,
    pass: &Pass<'_>,
    (records, balances): (&mut [Record<W>], &mut [i64]),
    tables: &mut Tables,
    years: &mut [Year],
) -> Result<(), ColumnFault> {
    let Pass { batch, visits, rows, to } = *pass;
    let row_of = |index: usize| match rows {
        None => index,
        Some(rows) => rows.get(index).map_or(usize::MAX, |row| *row as usize),
    };
    let goes_to = |row: usize| to.get(row).copied().unwrap_or(NOWHERE);
    let current = Cell::new(goes_to(row_of(0)));
    let Tables { visits: sums, clauses } = tables;
    let mut tracer = ByClause { places: &side.places.clauses, tables: clauses, to: &current };
    let sink = |index: usize, outcome: &Outcome, scratch: &Scratch| {
        let (row, goes) = (row_of(index), current.get());
        current.set(goes_to(row_of(index + 1)));
        if goes == NOWHERE {
            return;
        }
        let profile = batch.member.get(row).zip(batch.what.get(row));
        let Some(((member, what), table)) = profile.zip(sums.get_mut(usize::from(goes))) else {
            return;
        };
        let nights = batch.nights.get(row).copied().unwrap_or(0);
        table.add(usize::from(*what), outcome, nights);
        if let Some(year) = years.get_mut(*member as usize) {
            year.add(outcome);
        }
        let number = visits.key.get(index).map_or(usize::MAX, |key| key.number());
        let Some(places) = side.layers.get(number) else { return };
        for (position, place) in (0..outcome.layers).zip(places) {
            if let Some(sum) = table.layers.get_mut(usize::from(*place)) {
                *sum += scratch.layer(position).paid;
            }
        }
    };
    let carried = (!balances.is_empty()).then_some(balances);
    let members = Members { records, balances: carried };
    settle_members(side.bound.keys(), visits, Order::Sorted, members, &mut tracer, sink)
}
