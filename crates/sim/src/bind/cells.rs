//! Cells: what rows in force, nights, a member and an encounter are bound to, together.
//!
//! A visit is looked up by what the pack asks of its days: the benefit year and the rows of the day
//! by which the pack dates bills, and the class of its nights where the pack cuts them.

use std::collections::HashMap;

use tongchou_core::keys::Key;
use tongchou_core::pack::{CutOf, DatedBy, Pack};
use tongchou_wire::engine::Slot;

/// No context: the combination is not bound yet.
pub const UNBOUND: u16 = u16::MAX;
/// No rows: the day is not looked up yet.
const NO_SLOT: u8 = u8::MAX;
/// Most cells of the table, 64 MiB; with more profiles only those that occur are kept.
const TABLE_MAX: usize = 1 << 24;
/// Most cells that are kept apart when a batch begins.
const APART_MAX: usize = 1 << 20;

/// What is bound of a combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub key: Key,
    pub context: u16,
}

const EMPTY: Cell = Cell { key: Key::NONE, context: UNBOUND };

/// What a visit is looked up by.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Day of admission or of the visit.
    pub day: i32,
    pub nights: u16,
    pub who: u16,
    pub what: u16,
}

/// The combinations met so far.
#[derive(Debug)]
pub struct Cells {
    /// All bits if the pack dates bills by the discharge, none if by the admission.
    discharge: u16,
    /// Nights at which a class of the pack begins.
    starts: Vec<i64>,
    /// Rows in force and benefit year, in the order in which they were met.
    slots: Vec<Slot>,
    first_day: i32,
    /// Index of the slot by the days from `first_day`.
    slot_of: Vec<u8>,
    /// Sizes that the table is laid out for.
    whos: usize,
    whats: usize,
    /// By slot, class of nights, member and encounter; empty where it would be too large.
    table: Vec<Cell>,
    apart: Option<HashMap<u64, Cell>>,
    most: usize,
}

impl Cells {
    pub fn new(pack: &Pack) -> Self {
        let cuts = pack.dims.iter().filter_map(|dim| dim.cut.as_ref());
        let days = cuts.filter(|cut| cut.of == CutOf::Days);
        let mut starts: Vec<i64> = days.flat_map(|cut| cut.starts.iter().copied()).collect();
        starts.sort_unstable();
        starts.dedup();
        Self {
            discharge: if pack.dated_by == DatedBy::Discharge { u16::MAX } else { 0 },
            starts,
            slots: Vec::new(),
            first_day: 0,
            slot_of: Vec::new(),
            whos: 0,
            whats: 0,
            table: Vec::new(),
            apart: None,
            most: TABLE_MAX,
        }
    }

    /// The benefit year that was met first; 0 before anything is bound.
    pub fn first_year(&self) -> i32 {
        self.slots.first().map_or(0, |slot| i32::from(slot.year()))
    }

    /// Whether visits of more than one benefit year were met.
    pub fn years_differ(&self) -> bool {
        self.slots.windows(2).any(|pair| matches!(pair, [a, b] if a.year() != b.year()))
    }

    /// The benefit year of a visit that was met.
    pub fn year(&self, at: At) -> Option<i16> {
        let day = usize::try_from(self.day(at) - self.first_day).ok()?;
        self.slots.get(usize::from(*self.slot_of.get(day)?)).map(|slot| slot.year())
    }

    /// The day by which the pack dates a visit.
    #[inline(always)]
    fn day(&self, at: At) -> i32 {
        at.day.wrapping_add(i32::from(at.nights & self.discharge))
    }

    #[inline(always)]
    fn class(&self, nights: u16) -> usize {
        match self.starts.is_empty() {
            true => 0,
            false => self.starts.iter().filter(|start| **start <= i64::from(nights)).count(),
        }
    }

    #[inline(always)]
    fn index(&self, slot: usize, at: At) -> usize {
        let row = slot * (self.starts.len() + 1) + self.class(at.nights);
        (row * self.whos + usize::from(at.who)) * self.whats + usize::from(at.what)
    }

    /// What a visit is bound to, if it was met.
    #[inline(always)]
    pub fn get(&self, at: At) -> Option<Cell> {
        let day = usize::try_from(self.day(at).wrapping_sub(self.first_day)).ok()?;
        let slot = usize::from(*self.slot_of.get(day)?);
        self.table.get(self.index(slot, at)).copied().filter(|cell| cell.context != UNBOUND)
    }

    /// What a visit is bound to where there is no table.
    #[cold]
    pub fn get_apart(&self, at: At) -> Option<Cell> {
        let apart = self.apart.as_ref()?;
        let day = usize::try_from(self.day(at).wrapping_sub(self.first_day)).ok()?;
        let slot = self.slot_of.get(day).filter(|slot| **slot != NO_SLOT)?;
        apart.get(&self.name(usize::from(*slot), at)).copied()
    }

    /// A combination as one number.
    fn name(&self, slot: usize, at: At) -> u64 {
        let row = (slot * (self.starts.len() + 1) + self.class(at.nights)) as u64;
        row << 32 | u64::from(at.who) << 16 | u64::from(at.what)
    }

    /// Prepares for a batch; what is bound so far is thrown away where new profiles came in, or
    /// where the contexts are made anew.
    pub fn lay_out(&mut self, (whos, whats): (usize, usize), anew: bool) {
        if anew || (whos, whats) != (self.whos, self.whats) {
            (self.whos, self.whats) = (whos, whats);
            (self.table, self.apart) = (Vec::new(), None);
            self.grow();
        }
        if let Some(apart) = self.apart.as_mut().filter(|apart| APART_MAX < apart.len()) {
            apart.clear();
        }
    }

    /// Makes room for every slot.
    fn grow(&mut self) {
        let rows = self.slots.len() * (self.starts.len() + 1);
        let cells = rows.saturating_mul(self.whos).saturating_mul(self.whats);
        if self.apart.is_none() && cells <= self.most {
            self.table.resize(cells, EMPTY);
        } else if self.apart.is_none() {
            (self.table, self.apart) = (Vec::new(), Some(HashMap::new()));
        }
    }

    /// Notes what a visit is bound to under rows in force; `None` for too many of them.
    #[must_use]
    pub fn put(&mut self, slot: Slot, at: At, cell: Cell) -> Option<()> {
        let slot = self.slot(slot, at)?;
        let (index, name) = (self.index(slot, at), self.name(slot, at));
        match &mut self.apart {
            Some(apart) => drop(apart.insert(name, cell)),
            None => {
                if let Some(place) = self.table.get_mut(index) {
                    *place = cell;
                }
            }
        }
        Some(())
    }

    /// The index of rows in force; the visit's day is noted as theirs.
    fn slot(&mut self, slot: Slot, at: At) -> Option<usize> {
        let index = match self.slots.iter().position(|known| *known == slot) {
            Some(index) => index,
            None => {
                self.slots.push(slot);
                self.grow();
                self.slots.len() - 1
            }
        };
        let number = u8::try_from(index).ok().filter(|number| *number != NO_SLOT)?;
        let day = self.day(at);
        if self.slot_of.is_empty() {
            self.first_day = day;
        }
        if day < self.first_day {
            let more = usize::try_from(self.first_day - day).unwrap_or(0);
            self.slot_of.splice(0..0, std::iter::repeat_n(NO_SLOT, more));
            self.first_day = day;
        }
        let at = usize::try_from(day - self.first_day).unwrap_or(0);
        if self.slot_of.len() <= at {
            self.slot_of.resize(at + 1, NO_SLOT);
        }
        *self.slot_of.get_mut(at)? = number;
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tongchou_wire::amount::Yuan;
    use tongchou_wire::engine::Engine;

    use crate::batch::Batch;
    use crate::bind::Bound;
    use crate::generate::Generator;
    use crate::scenario::Scenario;

    #[test]
    fn cells_kept_apart_bind_as_the_table_does() {
        for id in ["huadian", "beijing"] {
            let text = crate::presets::find(id).unwrap().text;
            let scenario = Scenario::read(text, id).unwrap();
            let source = tongchou_packs::find(&scenario.pack).unwrap();
            let checked = tongchou_policy::check(source.text, source.id).unwrap();
            let mut engine = Engine::new();
            engine.add_pack(&checked.canonical).unwrap();
            let facts = scenario.facts.iter().map(|(name, fen)| (name.clone(), Yuan(*fen)));
            let facts: BTreeMap<String, Yuan> = facts.collect();
            let bound = || {
                let binder = engine.binder(&scenario.pack, &scenario.params).unwrap();
                Bound::new(binder, facts.clone())
            };
            let (mut table, mut apart) = (bound(), bound());
            apart.cells.most = 100;
            let generator = Generator::new(&scenario, 1).unwrap();
            let mut batch = Batch::default();
            for from in [0, 500, 1_000] {
                generator.fill(from..from + 500, &mut batch);
                table.bind(&batch, generator.book()).unwrap();
                apart.bind(&batch, generator.book()).unwrap();
                let (a, b) = (table.visits(&batch, None), apart.visits(&batch, None));
                assert_eq!((a.key, a.code, a.allow), (b.key, b.code, b.allow));
            }
            assert!(apart.cells.table.is_empty() && apart.cells.apart.is_some());
            assert!(table.cells.apart.is_none());
        }
    }
}
