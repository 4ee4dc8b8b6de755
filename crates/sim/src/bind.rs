//! What a pack says of the profiles of a batch: keys and line codes, found once and looked up.
//!
//! A combination of rows in force, member and encounter is bound when it is first met, through the
//! same functions as a request; afterwards a visit is one look into a table, and so is a line.

mod cells;
mod stays;

use std::collections::{BTreeMap, HashMap};

use tongchou_core::calendar::Day;
use tongchou_core::columns::{Visits, flag};
use tongchou_core::keys::{Key, Keys, LineCode};
use tongchou_core::pack::LimitPer;
use tongchou_core::settle::Sums;
use tongchou_wire::amount::{Date, Measure, Yuan};
use tongchou_wire::engine::{Binder, Place};
use tongchou_wire::request::{
    Account, Bill, CONTRACT, Encounter, Joins, Line, Member, Request, Stay,
};

use crate::batch::{Batch, mark};
use crate::book::{Book, Item, What, Who};
use crate::fault::{Code, Fault, said};

use cells::{At, Cell, Cells, UNBOUND};

/// Fen in a yuan times the units of prices (10⁻⁶ yuan) or limits and quantities (10⁻⁴).
const PER_FEN: i128 = 100_000_000;

/// A pack, and what it says of the profiles met so far.
#[derive(Debug)]
pub struct Bound {
    binder: Binder,
    /// Amounts that the pack asks of every bill.
    facts: BTreeMap<String, Yuan>,
    /// Items that the codes are laid out for.
    items: usize,
    cells: Cells,
    /// Days of the pack's shortest period of a stay; `u16::MAX` for none.
    shortest_period: u16,
    knows_transfers: bool,
    contexts: HashMap<Place, (Key, u16)>,
    /// By context and item.
    codes: Vec<LineCode>,
    limits: Vec<Limit>,
    limited: bool,
    columns: Columns,
}

/// The limit of an item in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    None,
    /// Amount of a line within the limit, in fen.
    Line(i64),
    /// A unit, in millionths of a yuan: what a dearer unit costs more is above the limit.
    Unit(i64),
    /// A session or a day, in millionths of a yuan.
    Session(i64),
}

/// The columns of the kernel for one batch.
#[derive(Clone, Debug, Default)]
struct Columns {
    key: Vec<Key>,
    code: Vec<LineCode>,
    allow: Vec<i64>,
    flags: Vec<u8>,
}

impl Bound {
    /// Prepares a pack; `facts` are amounts that it asks of every bill.
    #[must_use]
    pub fn new(binder: Binder, facts: BTreeMap<String, Yuan>) -> Self {
        let pack = binder.pack();
        let periods = pack.stay.period.iter().filter_map(|row| row.value);
        Self {
            items: 0,
            cells: Cells::new(pack),
            shortest_period: periods.map(|days| days.max(1)).min().unwrap_or(u16::MAX),
            knows_transfers: pack.stay.transfer.is_some(),
            binder,
            facts,
            contexts: HashMap::new(),
            codes: Vec::new(),
            limits: Vec::new(),
            limited: false,
            columns: Columns::default(),
        }
    }

    /// The pack behind it.
    #[must_use]
    pub fn binder(&self) -> &Binder {
        &self.binder
    }

    /// The benefit year that was met first; 0 before anything is bound.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.cells.first_year()
    }

    /// Keys bound so far.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        self.binder.keys()
    }

    /// Finds key and codes of every visit of a batch.
    ///
    /// # Errors
    /// D011 for a visit that the pack refuses, D012 for one that only requests can settle, D008
    /// for one of an earlier benefit year than the visit before; each with its place.
    pub fn bind(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        self.lay_out(book);
        let mut columns = std::mem::take(&mut self.columns);
        let done = self.fill(batch, book, &mut columns);
        let done = done.and_then(|()| self.check_order(batch));
        let done = done.and_then(|()| self.check_stays(batch, book, &columns));
        self.columns = columns;
        done
    }

    /// Finds what [`Bound::bind`] finds for a batch that another pack has just bound; whether the
    /// other's codes and limits are this pack's too, number for number.
    ///
    /// If so, no line is looked at: [`Bound::visits`] then has no codes and limits of its own, and
    /// those of the other stand for them.
    ///
    /// # Errors
    /// As [`Bound::bind`].
    pub fn bind_like(&mut self, other: &Self, batch: &Batch, book: &Book) -> Result<bool, Fault> {
        self.lay_out(book);
        let mut columns = std::mem::take(&mut self.columns);
        let done = self.fill_like(other, batch, book, &mut columns);
        let done = done.and_then(|same| self.check_order(batch).map(|()| same));
        let done = done.and_then(|same| self.check_stays(batch, book, &columns).map(|()| same));
        self.columns = columns;
        done
    }

    fn fill_like(
        &mut self,
        other: &Self,
        batch: &Batch,
        book: &Book,
        to: &mut Columns,
    ) -> Result<bool, Fault> {
        // The other may have met contexts in this batch that are still to be met here.
        let so_far = other.codes.starts_with(&self.codes) && other.limits.starts_with(&self.limits);
        if !so_far || other.items != self.items {
            return self.fill(batch, book, to).map(|()| false);
        }
        to.key.clear();
        to.code.clear();
        to.flags.clear();
        to.allow.clear();
        let days = batch.day.iter().zip(&batch.nights);
        let profiles = batch.who.iter().zip(&batch.what);
        let mut same = true;
        for (row, ((day, nights), (who, what))) in days.zip(profiles).enumerate() {
            let at = At { day: *day, nights: *nights, who: *who, what: *what };
            let cell = match self.cells.get(at) {
                Some(cell) => cell,
                None => self.meet(batch, book, (row, at))?,
            };
            let theirs = other.cells.get(at).or_else(|| other.cells.get_apart(at));
            same &= theirs.is_some_and(|theirs| theirs.context == cell.context);
            to.key.push(cell.key);
        }
        // Codes and limits are only added to, so those of a context stay as they were compared.
        if !(same && other.codes == self.codes && other.limits == self.limits) {
            return self.fill(batch, book, to).map(|()| false);
        }
        self.flags(batch, to).map(|()| true)
    }

    fn fill(&mut self, batch: &Batch, book: &Book, to: &mut Columns) -> Result<(), Fault> {
        to.key.clear();
        to.code.clear();
        to.flags.clear();
        to.allow.clear();
        to.code.reserve(batch.lines());
        let days = batch.day.iter().zip(&batch.nights);
        let profiles = batch.who.iter().zip(&batch.what);
        let lines = batch.line_start.windows(2);
        for (row, (((day, nights), (who, what)), lines)) in
            days.zip(profiles).zip(lines).enumerate()
        {
            let at = At { day: *day, nights: *nights, who: *who, what: *what };
            let cell = match self.cells.get(at) {
                Some(cell) => cell,
                None => self.meet(batch, book, (row, at))?,
            };
            to.key.push(cell.key);
            let from = usize::from(cell.context) * self.items;
            let codes = self.codes.get(from..from + self.items).unwrap_or_default();
            let (first, last) = match lines {
                [first, last] => (*first as usize, *last as usize),
                _ => (0, 0),
            };
            let items = batch.item.get(first..last).unwrap_or_default();
            let code = |item: &u16| codes.get(usize::from(*item)).copied();
            to.code.extend(items.iter().map(|item| code(item).unwrap_or(LineCode::NONE)));
        }
        if self.limited {
            self.allow(batch, to)?;
        }
        self.flags(batch, to)
    }

    fn flags(&self, batch: &Batch, to: &mut Columns) -> Result<(), Fault> {
        let kernel = |flags: &u8| flags & !mark::ALL;
        if batch.flags.iter().any(|flags| kernel(flags) != 0) {
            to.flags.extend(batch.flags.iter().map(kernel));
            if batch.drawn {
                self.part(batch, to);
            }
        }
        Ok(())
    }

    /// Refuses a visit of an earlier benefit year than the visit before: a record holds one year.
    fn check_order(&self, batch: &Batch) -> Result<(), Fault> {
        if !self.cells.years_differ() {
            return Ok(());
        }
        let mut before = None;
        for (row, member) in batch.member.iter().enumerate() {
            let year = self.cells.year(at(batch, row));
            if let Some((_, last)) = before.filter(|(whose, _)| *whose == member)
                && year < last
            {
                let [year, last] = [year, last].map(Option::unwrap_or_default);
                let what = format!(
                    "it falls into benefit year {year} as the pack dates bills, the visit before \
                     it into {last}"
                );
                return Err(Fault::new(Code::Order, place_of(batch, row), what, ""));
            }
            before = Some((member, year));
        }
        Ok(())
    }

    /// What is bound so far is thrown away where new profiles came in.
    fn lay_out(&mut self, book: &Book) {
        let anew = book.item.len() != self.items;
        if anew {
            self.items = book.item.len();
            self.codes.clear();
            self.limits.clear();
            self.contexts.clear();
        }
        self.cells.lay_out((book.who.len(), book.what.len()), anew);
    }

    /// Binds the combination of a visit that is met for the first time.
    #[cold]
    fn meet(&mut self, batch: &Batch, book: &Book, (row, at): (usize, At)) -> Result<Cell, Fault> {
        if let Some(cell) = self.cells.get_apart(at) {
            return Ok(cell);
        }
        let request = self.request(batch, book, row)?;
        let place = || place_of(batch, row);
        let refused = |refusal| Fault::refused(place(), refusal);
        let bound = self.binder.place(&request).map_err(refused)?;
        let (key, context) = match self.contexts.get(&bound) {
            Some(known) => *known,
            None => {
                let key = self.binder.key(&request).map_err(refused)?;
                let context = self.context(&request, book).map_err(|e| e.within(&place()))?;
                self.contexts.insert(bound.clone(), (key, context));
                (key, context)
            }
        };
        if self.shortest_period != u16::MAX && self.keys().is_stay(key) {
            self.binder.stay_period(&request).map_err(refused)?;
        }
        let cell = Cell { key, context };
        let most = || Fault::new(Code::Usage, place(), "days", "at most 255 intervals");
        self.cells.put(bound.slot(), at, cell).ok_or_else(most)?;
        Ok(cell)
    }

    /// Binds every item under one member and encounter; an item that is refused there has no code,
    /// and a visit that uses it is refused.
    fn context(&mut self, request: &Request, book: &Book) -> Result<u16, Fault> {
        let (mut codes, mut limits) = (Vec::new(), Vec::new());
        for item in book.item.iter() {
            let bound = self.binder.line(request, &line_of(item, "1", 0, 0, 0));
            let code = bound.map_or(LineCode::NONE, |bound| bound.code);
            codes.push(code);
            limits.push(limit_of(self.binder.keys(), code, item));
        }
        self.limited |= limits.iter().any(|limit| *limit != Limit::None);
        let known = self.codes.chunks(self.items.max(1)).zip(self.limits.chunks(self.items.max(1)));
        let same = known.enumerate().find(|(_, (c, l))| *c == codes && *l == limits);
        if let Some((index, _)) = same {
            return u16::try_from(index).map_err(|_| contexts());
        }
        let index = self.codes.len().checked_div(self.items).unwrap_or(0);
        self.codes.extend(codes);
        self.limits.extend(limits);
        u16::try_from(index).ok().filter(|index| *index != UNBOUND).ok_or_else(contexts)
    }

    /// How much of each fee is within its limit.
    fn allow(&self, batch: &Batch, to: &mut Columns) -> Result<(), Fault> {
        let days = batch.day.iter().zip(&batch.nights);
        let profiles = batch.who.iter().zip(&batch.what);
        let rows = batch.line_start.windows(2).zip(days).zip(profiles).enumerate();
        for (row, ((lines, (day, nights)), (who, what))) in rows {
            let [first, last] = lines else { continue };
            let at = At { day: *day, nights: *nights, who: *who, what: *what };
            let cell = self.cells.get(at).or_else(|| self.cells.get_apart(at));
            let from = cell.map_or(0, |cell| usize::from(cell.context) * self.items);
            for line in *first as usize..*last as usize {
                let limit = batch
                    .item
                    .get(line)
                    .and_then(|item| self.limits.get(from + usize::from(*item)));
                let limit = limit.copied().unwrap_or(Limit::None);
                let fault = || Fault::new(Code::Value, place_of(batch, row), "line", "a fee");
                to.allow.push(within(limit, batch, line).ok_or_else(fault)?);
            }
        }
        Ok(())
    }

    /// The columns of a batch that was just bound; `sums` are its lines, classified already.
    #[must_use]
    pub fn visits<'a>(&'a self, batch: &'a Batch, sums: Option<&'a [Sums]>) -> Visits<'a> {
        let Columns { key, code, allow, flags } = &self.columns;
        Visits {
            member: &batch.member,
            key,
            line_start: &batch.line_start,
            fee: &batch.fee,
            code,
            allow: self.limited.then_some(allow),
            balance: Some(&batch.balance),
            flags: (!flags.is_empty()).then_some(flags),
            sums,
        }
    }

    /// Gives a batch that was just bound the stays as they are settled.
    pub fn keep_stays(&self, batch: &mut Batch) {
        for (flags, settled) in batch.flags.iter_mut().zip(&self.columns.flags) {
            *flags = *flags & mark::ALL | settled;
        }
    }

    /// A visit as a request of the contract, without its account; its lines are numbered from 1.
    ///
    /// # Errors
    /// D007 for a row that the batch does not have.
    pub fn request(&self, batch: &Batch, book: &Book, row: usize) -> Result<Request, Fault> {
        let mut request = request(batch, book, row)?;
        request.pack = self.binder.reference();
        request.params = self.binder.params();
        request.facts.clone_from(&self.facts);
        Ok(request)
    }

    /// Why a visit that was bound is refused: its first line without a code.
    #[must_use]
    pub fn explain(&mut self, batch: &Batch, book: &Book, row: usize) -> Fault {
        let place = place_of(batch, row);
        match self.request(batch, book, row) {
            Err(fault) => fault,
            Ok(request) => match self.binder.lines(&request) {
                Err(refusal) => Fault::refused(place, refusal),
                // Nothing else of a visit whose lines are in order can be refused.
                Ok(_) => {
                    let what = "the account balance before the visit";
                    Fault::new(Code::Value, place, what, "0 to 1000000000000 fen")
                }
            },
        }
    }
}

fn contexts() -> Fault {
    let help = said("人员和就诊的种类应更少", "fewer kinds of members and encounters");
    Fault::new(Code::Usage, "", "profiles", help)
}

/// A visit's place for messages: where it was read, the number of its person, and its own from 1.
#[must_use]
pub fn place_of(batch: &Batch, row: usize) -> String {
    let member = batch.member.get(row).copied().unwrap_or(0);
    let first = batch.member.partition_point(|other| *other < member);
    let person = batch.person.get(member as usize).copied().unwrap_or(0);
    let origin = batch.origin.of(row);
    format!("{origin}person {person}, visit {}", row.saturating_sub(first) + 1)
}

/// What a visit is looked up by.
fn at(batch: &Batch, row: usize) -> At {
    let of = |column: &[u16]| column.get(row).copied().unwrap_or(0);
    let day = batch.day.get(row).copied().unwrap_or(0);
    At { day, nights: of(&batch.nights), who: of(&batch.who), what: of(&batch.what) }
}

fn limit_of(keys: &Keys, code: LineCode, item: &Item) -> Limit {
    let Some((per, stated)) = keys.rule(code).and_then(|rule| rule.limit(item.limit.is_some()))
    else {
        return Limit::None;
    };
    let of_item = || item.limit.and_then(|Measure(limit)| micro(limit));
    let Some(limit) = stated.map(|fen| fen.0.saturating_mul(10_000)).or_else(of_item) else {
        return Limit::None;
    };
    match per {
        LimitPer::Unit => Limit::Unit(limit),
        LimitPer::Line => Limit::Line(half_up(i128::from(limit), 10_000)),
        LimitPer::Session | LimitPer::Day => Limit::Session(limit),
    }
}

/// A number in millionths.
fn micro(number: rust_decimal::Decimal) -> Option<i64> {
    let scaled = number.checked_mul(rust_decimal::Decimal::from(1_000_000))?.normalize();
    (scaled.scale() == 0).then(|| i64::try_from(scaled.mantissa()).ok()).flatten()
}

/// A quotient rounded half up; zero and above.
fn half_up(number: i128, by: i128) -> i64 {
    i64::try_from((number + by / 2) / by).unwrap_or(i64::MAX)
}

/// The part of a line's fee within a limit.
fn within(limit: Limit, batch: &Batch, line: usize) -> Option<i64> {
    let fee = *batch.fee.get(line)?;
    let quantity = i128::from(*batch.quantity.get(line)?);
    Some(match limit {
        Limit::None => i64::MAX,
        Limit::Line(fen) => fen,
        Limit::Session(micro) => half_up(i128::from(micro) * quantity, PER_FEN),
        Limit::Unit(micro) => {
            // Price × quantity in 10⁻¹⁰ yuan: the fee itself where it is exact.
            let exact = match batch.price.get(line) {
                Some(price) => i128::from(*price) * quantity,
                None => i128::from(fee) * PER_FEN,
            };
            let excess = (exact - i128::from(micro) * quantity).max(0);
            fee - half_up(excess, PER_FEN).min(fee)
        }
    })
}

/// A visit as a request of the contract: without pack, parameters and account.
///
/// # Errors
/// D007 for a row that the batch does not have.
pub fn request(batch: &Batch, book: &Book, row: usize) -> Result<Request, Fault> {
    let gone = || Fault::new(Code::Value, place_of(batch, row), "row", "a row of the batch");
    let member = *batch.member.get(row).ok_or_else(gone)?;
    let person = *batch.person.get(member as usize).ok_or_else(gone)?;
    let At { who, what, .. } = at(batch, row);
    let Who { age, facts } = book.who.get(who).ok_or_else(gone)?;
    let What { facts: encounter } = book.what.get(what).ok_or_else(gone)?;
    let first = batch.member.partition_point(|other| *other < member);
    let day = *batch.day.get(row).ok_or_else(gone)?;
    let nights = *batch.nights.get(row).ok_or_else(gone)?;
    let (from, to) =
        batch.line_start.get(row).zip(batch.line_start.get(row + 1)).ok_or_else(gone)?;
    let mut lines = Vec::new();
    for (number, line) in (*from as usize..*to as usize).enumerate() {
        let item = batch.item.get(line).and_then(|item| book.item.get(*item)).ok_or_else(gone)?;
        let (fee, quantity) = batch.fee.get(line).zip(batch.quantity.get(line)).ok_or_else(gone)?;
        let price = match batch.price.get(line) {
            Some(price) => *price,
            None => i64::try_from(i128::from(*fee) * PER_FEN / i128::from((*quantity).max(1)))
                .unwrap_or(i64::MAX),
        };
        lines.push(line_of(item, &(number + 1).to_string(), price, *quantity, *fee));
    }
    let on = |day: i32| {
        let (year, month, day) = Day(day).civil();
        Date { year, month, day }
    };
    Ok(Request {
        contract: CONTRACT,
        pack: String::new(),
        params: BTreeMap::new(),
        facts: BTreeMap::new(),
        year_to_date: BTreeMap::new(),
        state: None,
        member: Member {
            id: Some(person.to_string()),
            age: *age,
            facts: facts.clone(),
            account: Some(Account::default()),
            ..Member::default()
        },
        encounter: Encounter {
            id: format!("{person}-{}", row - first + 1),
            facts: encounter.clone(),
            admitted: on(day),
            discharged: (nights > 0).then(|| on(day.saturating_add(i32::from(nights)))),
            time: None,
            institution: None,
            use_account: None,
            stay: stay_of(batch, first, row),
        },
        bill: Bill::Lines(lines),
        stated_total: None,
        hospital_share: None,
        explain: false,
    })
}

/// The stay that a visit is a part of: it has the number of its first visit.
fn stay_of(batch: &Batch, first: usize, row: usize) -> Option<Stay> {
    let flags = |row: usize| batch.flags.get(row).copied().unwrap_or(0);
    let (mine, member) = (flags(row), batch.member.get(row)?);
    if mine & (flag::GOES_ON | flag::JOINS) == 0 {
        return None;
    }
    let chain = (first..=row).rev().take_while(|at| *at == row || flags(*at) & flag::GOES_ON != 0);
    let begin = chain.take_while(|at| *at == row || flags(at + 1) & flag::JOINS != 0).last()?;
    let person = batch.person.get(*member as usize)?;
    Some(Stay {
        id: format!("{person}-{}", begin - first + 1),
        closes: mine & flag::GOES_ON == 0,
        joins: (mine & flag::TRANSFER != 0).then_some(Joins::Transfer),
    })
}

/// A fee line: price in millionths of a yuan, quantity in ten-thousandths, fee in fen.
fn line_of(item: &Item, id: &str, price: i64, quantity: u32, fee: i64) -> Line {
    let Item { facts, prepay, limit } = item;
    let decimal =
        |number: i64, scale| Measure(rust_decimal::Decimal::new(number, scale).normalize());
    Line {
        id: id.to_owned(),
        facts: facts.clone(),
        price: decimal(price, 6),
        quantity: decimal(i64::from(quantity), 4),
        amount: Yuan(fee),
        limit: *limit,
        prepay: *prepay,
        date: None,
    }
}
