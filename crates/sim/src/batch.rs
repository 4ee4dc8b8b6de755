//! Visits of a block of persons, as columns.

use std::sync::Arc;

/// Quantities are in ten-thousandths.
pub const QUANTITY_ONE: u32 = 10_000;

/// Visits of some persons, all visits of each: persons in ascending order, a person's visits in
/// order of service.
///
/// The profiles that `who`, `what` and `item` point to are in the [`Book`](crate::book::Book) that
/// goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Number of each person, ascending; persons without a visit may be among them.
    pub person: Vec<u64>,
    /// Usual profile of each person, for reports.
    pub person_who: Vec<u16>,
    /// Number of each person's district, from 0; empty where it is not known.
    pub district: Vec<u16>,
    /// Sex of each person as [`Tally::by_sex`](crate::tally::Tally::by_sex) has it; empty where it
    /// is not known.
    pub sex: Vec<u8>,
    /// Account balance of each person before the first visit, in fen; empty where every visit
    /// brings its own balance.
    pub opening: Vec<i64>,

    /// Index of the visit's person in `person`, ascending.
    pub member: Vec<u32>,
    /// Day of admission or of the visit, as days since 1970-01-01.
    pub day: Vec<i32>,
    /// Nights from admission to discharge; 0 for a visit of one day.
    pub nights: Vec<u16>,
    /// Profile of the member on that day.
    pub who: Vec<u16>,
    /// Profile of the encounter.
    pub what: Vec<u16>,
    /// Bits of [`tongchou_core::columns::flag`] and of [`mark`].
    pub flags: Vec<u8>,
    /// Account balance before the visit, in fen; where `opening` is given, what was credited since
    /// the visit before.
    pub balance: Vec<i64>,
    /// Beside balances before each visit: what was credited since the visit before, in fen, and
    /// the opening balance at a person's first one; empty where it is not known.
    pub credit: Vec<i64>,
    /// Where each visit's lines start; one entry more than there are visits.
    pub line_start: Vec<u32>,

    /// Profile of the item.
    pub item: Vec<u16>,
    /// Quantity in ten-thousandths, at least 1.
    pub quantity: Vec<u32>,
    /// Fee in fen.
    pub fee: Vec<i64>,
    /// Unit price in millionths of a yuan; empty where every fee is exactly price × quantity.
    pub price: Vec<i64>,

    /// Whether the visits were made up: a bill that joins a stay of which the fund sees nothing is
    /// then a stay of its own, as nobody has stated the opposite.
    pub drawn: bool,
    /// Where the visits were read, for messages.
    pub origin: Origin,
}

/// Where visits stand in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Path of the file; empty for visits that are from none.
    pub file: Arc<str>,
    /// Row of the first visit, from 1; the others follow it.
    pub row: u64,
    /// Line of each visit, from 1, in files whose visits are no rows.
    pub lines: Vec<u64>,
}

impl Origin {
    /// Where a visit of the batch stands, such as `visits.csv: line 7: `; nothing for no file.
    #[must_use]
    pub fn of(&self, visit: usize) -> String {
        let Self { file, row, lines } = self;
        match lines.get(visit) {
            _ if file.is_empty() => String::new(),
            Some(line) => format!("{file}: line {line}: "),
            None => format!("{file}: row {}: ", row + visit as u64),
        }
    }
}

/// What is known of a visit beside the flags of the kernel, as bits.
pub mod mark {
    /// The bill was entered late (补录); it is settled at its place in order of service.
    pub const LATE: u8 = 128;
    /// The bits that are not the kernel's.
    pub const ALL: u8 = LATE;
}

impl Batch {
    /// Number of visits.
    #[must_use]
    pub fn visits(&self) -> usize {
        self.member.len()
    }

    /// Number of fee lines.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.fee.len()
    }

    /// Empties every column and keeps their memory.
    pub fn clear(&mut self) {
        self.person.clear();
        self.person_who.clear();
        self.district.clear();
        self.sex.clear();
        self.opening.clear();
        self.member.clear();
        self.day.clear();
        self.nights.clear();
        self.who.clear();
        self.what.clear();
        self.flags.clear();
        self.balance.clear();
        self.credit.clear();
        self.line_start.clear();
        self.line_start.push(0);
        self.item.clear();
        self.quantity.clear();
        self.fee.clear();
        self.price.clear();
        self.drawn = false;
        self.origin.row = 0;
        self.origin.lines.clear();
    }

    /// Lets the balances follow from what was credited and from what the visits before drew, where
    /// that is known: under another pack they draw other amounts.
    pub fn carry(&mut self) {
        if !self.credit.is_empty() {
            std::mem::swap(&mut self.balance, &mut self.credit);
            self.credit.clear();
            self.opening.clear();
            self.opening.resize(self.person.len(), 0);
        }
    }

    /// Whether the columns fit each other.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let (persons, visits, lines) = (self.person.len(), self.visits(), self.lines());
        let of_persons = self.person_who.len() == persons
            && (self.district.is_empty() || self.district.len() == persons)
            && (self.sex.is_empty() || self.sex.len() == persons)
            && (self.opening.is_empty() || self.opening.len() == persons);
        let of_visits = [self.day.len(), self.nights.len(), self.who.len(), self.what.len()];
        let more = [self.flags.len(), self.balance.len(), self.line_start.len().wrapping_sub(1)];
        let of_lines = [self.item.len(), self.quantity.len()];
        of_persons
            && of_visits.iter().chain(&more).all(|length| *length == visits)
            && of_lines.iter().all(|length| *length == lines)
            && (self.price.is_empty() || self.price.len() == lines)
            && (self.credit.is_empty() || self.credit.len() == visits)
            && self.person.is_sorted_by(|a, b| a < b)
            && self.member.is_sorted()
            && self.line_start.is_sorted()
            && self.line_start.first().is_some_and(|first| *first == 0)
            && self.line_start.last().is_some_and(|last| *last as usize == lines)
            && self.member.last().is_none_or(|last| (*last as usize) < persons)
    }
}
