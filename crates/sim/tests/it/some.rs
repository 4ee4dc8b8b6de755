//! A small population made by hand, for tests that need no scenario.

use std::collections::BTreeMap;
use std::ops::Range;

use tongchou_core::columns::flag;
use tongchou_sim::batch::{Batch, QUANTITY_ONE, mark};
use tongchou_sim::book::Book;
use tongchou_sim::fault::Fault;
use tongchou_sim::run::{Population, Recorded, Terms};
use tongchou_wire::engine::Engine;

/// An engine with a shipped pack.
pub fn engine(pack: &str) -> Engine {
    let source = tongchou_packs::find(pack).unwrap();
    let checked = tongchou_policy::check(source.text, pack).unwrap();
    let mut engine = Engine::new();
    engine.add_pack(&checked.canonical).unwrap();
    engine
}

/// The terms of a shipped pack.
pub fn terms(pack: &str) -> Terms {
    let binder = engine(pack).binder(pack, &BTreeMap::new()).unwrap();
    Terms { binder, facts: BTreeMap::new() }
}

/// An engine with a pack that is given as text, and its terms.
pub fn own(text: &str) -> (Engine, Terms) {
    let checked = tongchou_policy::check(text, "own").unwrap_or_else(|e| panic!("{e:?}"));
    let mut engine = Engine::new();
    let id = engine.add_pack(&checked.canonical).unwrap();
    let binder = engine.binder(&id, &BTreeMap::new()).unwrap();
    (engine, Terms { binder, facts: BTreeMap::new() })
}

/// One visit of one item: person, day, nights, member, encounter, flags, fee.
pub type Stated = (u64, i32, u16, u16, u16, u8, i64);

/// A batch of visits that are written down one by one.
pub fn batch(visits: &[Stated]) -> Batch {
    let mut batch = Batch::default();
    batch.clear();
    for (person, day, nights, who, what, flags, fee) in visits.iter().copied() {
        if batch.person.last() != Some(&person) {
            batch.person.push(person);
            batch.person_who.push(who);
        }
        batch.member.push(batch.person.len() as u32 - 1);
        batch.day.push(day);
        batch.nights.push(nights);
        batch.who.push(who);
        batch.what.push(what);
        batch.flags.push(flags);
        batch.balance.push(0);
        batch.item.push(0);
        batch.quantity.push(QUANTITY_ONE);
        batch.fee.push(fee);
        batch.line_start.push(batch.fee.len() as u32);
    }
    assert!(batch.is_sound());
    batch
}

/// A day as days since 1970-01-01.
pub fn day(year: i16, month: i8, day: i8) -> i32 {
    tongchou_core::calendar::Day::new(year, month, day).unwrap().0
}

/// Gives batches in their order.
pub struct Given(pub std::collections::VecDeque<Batch>, pub Book);

impl Recorded for Given {
    fn next(&mut self, batch: &mut Batch, book: &mut Book) -> Result<bool, Fault> {
        book.clone_from(&self.1);
        let next = self.0.pop_front();
        let there = next.is_some();
        *batch = next.unwrap_or_default();
        Ok(there)
    }
}

/// Persons with up to seven visits of a year; profiles as a test names them.
pub struct Some {
    pub book: Book,
    pub first_day: i32,
    pub transfers: bool,
    pub carried: bool,
}

impl Some {
    /// A population with these profiles.
    pub fn of(whos: &[&str], whats: &[&str], items: &[&str]) -> Self {
        let mut book = Book::default();
        whos.iter().for_each(|who| assert!(book.who.read(who).is_ok()));
        whats.iter().for_each(|what| assert!(book.what.read(what).is_ok()));
        items.iter().for_each(|item| assert!(book.item.read(item).is_ok()));
        // 2024-01-01.
        Self { book, first_day: 19_723, transfers: false, carried: true }
    }
}

/// A generator of numbers that needs no crate.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % bound
    }
}

impl Population for Some {
    fn book(&self) -> &Book {
        &self.book
    }

    fn fill(&self, persons: Range<u64>, batch: &mut Batch) {
        batch.clear();
        for person in persons {
            let mut draw = Numbers(person.wrapping_mul(0x9e37_79b9) ^ 77);
            for _ in 0..4 {
                draw.below(2);
            }
            let who = draw.below(self.book.who.len() as u64) as u16;
            let member = batch.person.len() as u32;
            batch.person.push(person);
            batch.person_who.push(who);
            batch.district.push(draw.below(3) as u16);
            if self.carried {
                batch.opening.push(draw.below(300_000) as i64);
            }
            let mut day = self.first_day;
            let mut joins = 0;
            for _ in 0..draw.below(8) {
                let mut flags = joins;
                joins = 0;
                if self.transfers && draw.below(5) == 0 {
                    flags |= flag::GOES_ON;
                    joins = flag::JOINS | flag::TRANSFER;
                } else if draw.below(9) == 0 {
                    flags = (flags & flag::JOINS) | flag::TAKEN_BACK;
                }
                flags |= if draw.below(11) == 0 { mark::LATE } else { 0 };
                let stays = flags & (flag::GOES_ON | flag::JOINS) != 0;
                day += draw.below(30) as i32;
                let nights = if stays { draw.below(9) as u16 } else { 0 };
                let what = if stays { 0 } else { draw.below(self.book.what.len() as u64) as u16 };
                batch.member.push(member);
                batch.day.push(day);
                batch.nights.push(nights);
                batch.who.push(if draw.below(6) == 0 { 0 } else { who });
                batch.what.push(what);
                batch.flags.push(flags);
                batch.balance.push(draw.below(30_000) as i64);
                day += i32::from(nights);
                for _ in 0..draw.below(6) + u64::from(stays) {
                    let quantity = 1 + draw.below(4);
                    batch.item.push(draw.below(self.book.item.len() as u64) as u16);
                    batch.quantity.push(quantity as u32 * QUANTITY_ONE);
                    batch.fee.push(((1 + draw.below(900_000)) * quantity) as i64);
                }
                batch.line_start.push(batch.fee.len() as u32);
            }
            if joins != 0 {
                // The last stay has nobody to go on with.
                let last = batch.flags.len() - 1;
                batch.flags[last] &= !flag::GOES_ON;
            }
        }
        assert!(batch.is_sound());
    }
}
