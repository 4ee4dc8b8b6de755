//! Batches drawn at random.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tongchou_core::columns::flag;

use crate::batch::{Batch, mark};
use crate::book::Book;

use super::check::unit_price;

/// A visit with everything that it points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub person: u64,
    pub district: Option<u16>,
    pub day: i32,
    pub nights: u16,
    pub who: String,
    pub what: String,
    pub flags: u8,
    pub balance: i64,
    pub credit: Option<i64>,
    /// Item, quantity, fee, price.
    pub lines: Vec<(String, u32, i64, i64)>,
}

/// The visits of a batch; a price that is not given follows from the fee.
pub fn flat(batch: &Batch, book: &Book) -> Vec<Visit> {
    let visit = |row: usize| {
        let member = batch.member[row] as usize;
        let line = |line: usize| {
            let (quantity, fee) = (batch.quantity[line], batch.fee[line]);
            let price = batch.price.get(line).copied().unwrap_or_else(|| unit_price(fee, quantity));
            (book.item.text(batch.item[line]).unwrap().to_owned(), quantity, fee, price)
        };
        let lines = batch.line_start[row] as usize..batch.line_start[row + 1] as usize;
        Visit {
            person: batch.person[member],
            district: batch.district.get(member).copied(),
            day: batch.day[row],
            nights: batch.nights[row],
            who: book.who.text(batch.who[row]).unwrap().to_owned(),
            what: book.what.text(batch.what[row]).unwrap().to_owned(),
            flags: batch.flags[row],
            balance: batch.balance[row],
            credit: batch.credit.get(row).copied(),
            lines: lines.map(line).collect(),
        }
    };
    (0..batch.visits()).map(visit).collect()
}

pub struct Made {
    pub rng: ChaCha8Rng,
}

impl Made {
    pub fn new(seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.rng.random_range(0..texts.len())]
    }

    pub fn who(&mut self) -> String {
        let age = self.rng.random_range(0..=150);
        match self.rng.random_range(0..6) {
            0 => String::new(),
            1 => "person=retired,supplement=yes".into(),
            _ => format!("age={age},person={}", self.one_of(&["active", "retired", "made_up"])),
        }
    }

    pub fn what(&mut self) -> String {
        let care = self.one_of(&["outpatient", "inpatient", "pharmacy"]);
        let level = self.one_of(&["tier1", "tier3", "community"]);
        match self.rng.random_range(0..4) {
            0 => String::new(),
            1 => format!("care={care},level={level},direct=yes,place=offsite"),
            _ => format!("care={care},level={level}"),
        }
    }

    pub fn item(&mut self) -> String {
        let class = self.one_of(&["A", "B", "C"]);
        let share = self.rng.random_range(0..=1_000_000_u32);
        match self.rng.random_range(0..6) {
            0 => String::new(),
            1 => format!("class={class},kind=drug,prepay=0.1"),
            2 if share % 10 != 0 => format!("class={class},prepay=0.{share:06}"),
            3 => format!("class={class},kind=material,prepay=1,limit=12.5"),
            4 => format!("class={class},limit={}", self.rng.random_range(1..4_000)),
            _ => format!("class={class},kind={}", self.one_of(&["drug", "service", "item"])),
        }
    }

    /// Batches of one book, each with whole persons.
    pub fn batches(&mut self) -> (Vec<Batch>, Book) {
        let mut book = Book::default();
        let has = [self.rng.random(), self.rng.random(), self.rng.random()];
        let mut person = self.rng.random_range(0..1_000);
        let count = self.rng.random_range(1..6);
        let mut batches = Vec::new();
        for _ in 0..count {
            let mut batch = Batch::default();
            batch.clear();
            for _ in 0..self.rng.random_range(0..30) {
                // Persons leave gaps, and some need all digits.
                let step = self.rng.random_range(1..50);
                person += if self.rng.random_range(0..200) == 0 { 1 << 50 } else { step };
                self.person(person, has, &mut batch, &mut book);
            }
            assert!(batch.is_sound());
            batches.push(batch);
        }
        (batches, book)
    }

    fn person(
        &mut self,
        person: u64,
        [districts, prices, credits]: [bool; 3],
        batch: &mut Batch,
        book: &mut Book,
    ) {
        let who = book.who.read(&self.who()).unwrap();
        let member = u32::try_from(batch.person.len()).unwrap();
        batch.person.push(person);
        batch.person_who.push(who);
        if districts {
            batch.district.push(self.rng.random());
        }
        let mut day = self.rng.random_range(-25_567..300_000);
        let mut goes_on = false;
        let visits = self.rng.random_range(1..12);
        for _ in 0..visits {
            day += self.rng.random_range(0..40);
            batch.member.push(member);
            batch.day.push(day);
            batch.nights.push(if self.rng.random() { 0 } else { self.rng.random_range(0..400) });
            batch.who.push(if self.rng.random() {
                who
            } else {
                book.who.read(&self.who()).unwrap()
            });
            batch.what.push(book.what.read(&self.what()).unwrap());
            let flags = self.flags(goes_on);
            goes_on = flags & flag::GOES_ON != 0;
            batch.flags.push(flags);
            batch.balance.push(self.amount());
            if credits {
                batch.credit.push(self.amount());
            }
            for _ in 0..self.rng.random_range(0..14) {
                self.line(prices, batch, book);
            }
            batch.line_start.push(u32::try_from(batch.fee.len()).unwrap());
        }
    }

    fn flags(&mut self, goes_on: bool) -> u8 {
        let mut bit = |one_in: u32, bit: u8| match self.rng.random_range(0..one_in) {
            0 => bit,
            _ => 0,
        };
        let mut flags = bit(8, mark::LATE) | bit(8, flag::TAKEN_BACK) | bit(6, flag::GOES_ON);
        if goes_on {
            flags |= bit(2, flag::JOINS);
            if flags & flag::JOINS != 0 {
                flags |= bit(3, flag::TRANSFER) | bit(2, flag::GOES_ON);
            }
        }
        flags
    }

    fn amount(&mut self) -> i64 {
        match self.rng.random_range(0..20) {
            0 => 0,
            1 => tongchou_core::money::FEN_MAX,
            _ => self.rng.random_range(0..1_000_000),
        }
    }

    /// A line whose fee is exactly price × quantity, or rounded if prices are given.
    fn line(&mut self, prices: bool, batch: &mut Batch, book: &mut Book) {
        let whole = self.rng.random_range(1..40_u32) * 10_000;
        let (price, quantity) = match prices {
            true => (self.rng.random_range(0..900_000_000), self.rng.random_range(1..90_000)),
            false => (self.rng.random_range(0..90_000) * 10_000, whole),
        };
        batch.item.push(book.item.read(&self.item()).unwrap());
        batch.quantity.push(quantity);
        batch.fee.push(super::check::product(price, quantity));
        if prices {
            batch.price.push(price);
        }
    }
}
