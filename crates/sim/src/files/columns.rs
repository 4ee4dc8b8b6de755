//! The columns of Arrow and Parquet: their types, batches made of them, and back.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, ListArray, PrimitiveArray, RecordBatch, StringArray,
    StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields, Schema};

use crate::batch::Batch;
use crate::book::{Book, Profile, Shelf};
use crate::fault::{Code, Fault, said};

use super::check::{self, Order, unit_price};
use super::{Fill, Header, corrupt, misplaced, unwritable};

const LIST_ITEM: &str = "item";
const LINES: &str = "lines";
const PRICES: &str = "prices";
const DISTRICT: &str = "district";
const CREDIT: &str = "credit";

fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8))
}

fn line_fields() -> Fields {
    Fields::from(vec![
        Field::new("item", dictionary(), false),
        Field::new("quantity", DataType::UInt32, false),
        Field::new("fee", DataType::Int64, false),
    ])
}

fn line_field() -> Arc<Field> {
    Arc::new(Field::new(LIST_ITEM, DataType::Struct(line_fields()), false))
}

fn price_field() -> Arc<Field> {
    Arc::new(Field::new(LIST_ITEM, DataType::Int64, false))
}

/// The columns in the order in which they are written.
pub fn fields() -> Vec<Field> {
    vec![
        Field::new("person", DataType::UInt64, false),
        Field::new(DISTRICT, DataType::UInt16, true),
        Field::new("day", DataType::Date32, false),
        Field::new("nights", DataType::UInt16, false),
        Field::new("member", dictionary(), false),
        Field::new("encounter", dictionary(), false),
        Field::new("flags", DataType::UInt8, false),
        Field::new("balance", DataType::Int64, false),
        Field::new(CREDIT, DataType::Int64, true),
        Field::new(LINES, DataType::List(line_field()), false),
        Field::new(PRICES, DataType::List(price_field()), true),
    ]
}

/// The schema of a file with its header as metadata.
pub fn schema(header: &Header) -> Schema {
    let pairs = header.pairs().into_iter().map(|(name, value)| (name.to_owned(), value));
    Schema::new_with_metadata(fields(), pairs.collect::<HashMap<_, _>>())
}

/// Whether a file may do without a column.
fn is_optional(name: &str) -> bool {
    [DISTRICT, CREDIT, PRICES].contains(&name)
}

/// Where the columns are in a file, in the order in which they stand there; others are left alone.
///
/// # Errors
/// D006 for a column that is missing or, to `fits`, of another type.
pub fn find(
    schema: &Schema,
    fits: impl Fn(&DataType, &DataType) -> bool,
) -> Result<Vec<usize>, Fault> {
    let mut found = Vec::new();
    for field in fields() {
        let at = schema.fields().iter().position(|there| there.name() == field.name());
        let there = at.and_then(|at| schema.fields().get(at));
        let right = there.is_some_and(|there| fits(there.data_type(), field.data_type()));
        match at {
            Some(at) if right => found.push(at),
            None if is_optional(field.name()) => {}
            _ => {
                let wanted = type_text(field.data_type());
                let there = there.map(|there| format!(", not {}", type_text(there.data_type())));
                let expected = format!("{wanted}{}", there.unwrap_or_default());
                return Err(Fault::new(Code::Column, "", field.name(), expected));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether two types hold the same values; names of list items and marks of nulls may differ.
pub fn same_type(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::List(a), DataType::List(b)) => same_type(a.data_type(), b.data_type()),
        (DataType::Struct(a), DataType::Struct(b)) => {
            let same = |a: &Field, b: &Field| {
                a.name() == b.name() && same_type(a.data_type(), b.data_type())
            };
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        _ => a == b,
    }
}

/// A type in words of the document.
fn type_text(of: &DataType) -> String {
    match of {
        DataType::Dictionary(key, value) => format!("dictionary<{key}, {value}>"),
        DataType::List(item) => format!("list<{}>", type_text(item.data_type())),
        DataType::Struct(fields) => {
            let fields =
                fields.iter().map(|f| format!("{} {}", f.name(), type_text(f.data_type())));
            format!("struct<{}>", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Makes record batches of batches; the dictionaries are made anew only when the book grew.
#[derive(Debug)]
pub struct Maker {
    schema: Arc<Schema>,
    who: Texts,
    what: Texts,
    item: Texts,
}

/// The texts of a shelf as an array.
#[derive(Debug)]
struct Texts(Arc<StringArray>);

impl Texts {
    fn new() -> Self {
        Self(Arc::new(StringArray::from_iter_values([""; 0])))
    }

    fn of<P: Profile>(&mut self, shelf: &Shelf<P>, keys: Vec<u16>) -> Result<ArrayRef, Fault> {
        if self.0.len() != shelf.len() {
            self.0 = Arc::new(StringArray::from_iter_values(shelf.texts()));
        }
        let keys = PrimitiveArray::<UInt16Type>::from(keys);
        let array = DictionaryArray::try_new(keys, self.0.clone());
        let array = array.map_err(|_| {
            Fault::new(Code::Usage, "", "batch", said("应给出它自己的名册", "give its own book"))
        })?;
        Ok(Arc::new(array))
    }
}

impl Maker {
    pub fn new(schema: Arc<Schema>) -> Self {
        Self { schema, who: Texts::new(), what: Texts::new(), item: Texts::new() }
    }

    /// The columns of a batch.
    pub fn make(&mut self, batch: &Batch, book: &Book) -> Result<RecordBatch, Fault> {
        let district = match batch.district.is_empty() {
            true => PrimitiveArray::<UInt16Type>::new_null(batch.visits()),
            false => of_persons(batch, &batch.district).into(),
        };
        let offsets: Option<Vec<i32>> =
            batch.line_start.iter().map(|start| i32::try_from(*start).ok()).collect();
        let many = || {
            Fault::new(
                Code::Usage,
                "",
                "batch",
                said("最多 2147483647 行", "at most 2147483647 lines"),
            )
        };
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets.ok_or_else(many)?));
        let lines = StructArray::try_new(
            line_fields(),
            vec![
                self.item.of(&book.item, batch.item.clone())?,
                array::<UInt32Type>(&batch.quantity),
                array::<Int64Type>(&batch.fee),
            ],
            None,
        );
        let lines = lines.map_err(unwritable)?;
        let lines = ListArray::try_new(line_field(), offsets.clone(), Arc::new(lines), None);
        let credit = match batch.credit.is_empty() {
            true => Arc::new(PrimitiveArray::<Int64Type>::new_null(batch.visits())),
            false => array::<Int64Type>(&batch.credit),
        };
        let person: PrimitiveArray<UInt64Type> = of_persons(batch, &batch.person).into();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(person),
            Arc::new(district),
            array::<Date32Type>(&batch.day),
            array::<UInt16Type>(&batch.nights),
            self.who.of(&book.who, batch.who.clone())?,
            self.what.of(&book.what, batch.what.clone())?,
            array::<UInt8Type>(&batch.flags),
            array::<Int64Type>(&batch.balance),
            credit,
            Arc::new(lines.map_err(unwritable)?),
            Arc::new(prices(batch, offsets)?),
        ];
        RecordBatch::try_new(self.schema.clone(), columns).map_err(unwritable)
    }
}

/// Lists of prices, or nulls where every fee is exactly price × quantity.
fn prices(batch: &Batch, offsets: OffsetBuffer<i32>) -> Result<ListArray, Fault> {
    let (offsets, nulls) = match batch.price.is_empty() {
        true => {
            let empty = vec![0_i32; batch.visits() + 1];
            let nulls = NullBuffer::new_null(batch.visits());
            (OffsetBuffer::new(ScalarBuffer::from(empty)), Some(nulls))
        }
        false => (offsets, None),
    };
    let values = array::<Int64Type>(&batch.price);
    ListArray::try_new(price_field(), offsets, values, nulls).map_err(unwritable)
}

fn array<T: ArrowPrimitiveType>(values: &[T::Native]) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(values.to_vec().into(), None))
}

/// A column of persons as one of their visits.
fn of_persons<T: Copy + Default>(batch: &Batch, column: &[T]) -> Vec<T> {
    let of = |member: &u32| column.get(*member as usize).copied().unwrap_or_default();
    batch.member.iter().map(of).collect()
}

/// Where record batches come from.
pub trait Source {
    /// The next record batch and what to call it.
    fn load(&mut self) -> Result<Option<(RecordBatch, String)>, Fault>;
}

/// Record batches cut into batches of whole persons.
#[derive(Debug)]
pub struct Tables<S> {
    source: S,
    pending: Option<Rows>,
    /// Rows before the pending ones.
    rows: u64,
    maps: Maps,
}

/// What indexes of the file's dictionaries are in the book.
#[derive(Debug, Default)]
struct Maps {
    who: Map,
    what: Map,
    item: Map,
}

#[derive(Debug, Default)]
struct Map {
    of: Option<ArrayRef>,
    to: Arc<Vec<u16>>,
    /// Whether each index is the same in the book.
    same: bool,
}

impl Map {
    /// The keys of a column, and what they are in the book.
    fn keys<P: Profile>(
        &mut self,
        column: &ArrayRef,
        shelf: &mut Shelf<P>,
        name: &str,
    ) -> Result<Keys, Fault> {
        let array = typed::<DictionaryArray<UInt16Type>>(column, name)?;
        let known = self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, array.values()));
        // A shelf that is shorter than what was put on it is another one.
        if !known || shelf.len() < self.to.iter().max().map_or(0, |max| usize::from(*max) + 1) {
            let texts = typed::<StringArray>(array.values(), name)?;
            if texts.null_count() > 0 {
                return Err(misplaced(name, "null", "a profile"));
            }
            let mut read = |text| shelf.read(text).map_err(|fault| fault.within(name));
            let texts = (0..texts.len()).map(|at| read(texts.value(at)));
            self.to = Arc::new(texts.collect::<Result<_, _>>()?);
            self.same = (0..).zip(self.to.iter()).all(|(from, to)| from == usize::from(*to));
            self.of = Some(array.values().clone());
        }
        let keys = without_nulls(array.keys(), name)?;
        if keys.iter().max().is_some_and(|max| usize::from(*max) >= self.to.len()) {
            return Err(corrupt(name, "an index beyond its dictionary"));
        }
        Ok(Keys { keys, to: (!self.same).then(|| self.to.clone()) })
    }
}

/// Indexes of profiles, and what they are in the book if they are others there.
#[derive(Debug)]
struct Keys {
    keys: ScalarBuffer<u16>,
    to: Option<Arc<Vec<u16>>>,
}

impl Keys {
    fn put(&self, (from, to): (usize, usize), column: &mut Vec<u16>) {
        let keys = self.keys.get(from..to).unwrap_or_default();
        match &self.to {
            None => column.extend_from_slice(keys),
            Some(map) => {
                let of = |key: &u16| map.get(usize::from(*key)).copied().unwrap_or_default();
                column.extend(keys.iter().map(of));
            }
        }
    }

    fn get(&self, row: usize) -> u16 {
        let key = self.keys.get(row).copied().unwrap_or_default();
        let map = |map: &Arc<Vec<u16>>| map.get(usize::from(key)).copied().unwrap_or_default();
        self.to.as_ref().map_or(key, map)
    }
}

/// A record batch taken apart, and how much of it is used.
#[derive(Debug)]
struct Rows {
    name: String,
    at: usize,
    person: ScalarBuffer<u64>,
    district: Option<ScalarBuffer<u16>>,
    day: ScalarBuffer<i32>,
    nights: ScalarBuffer<u16>,
    who: Keys,
    what: Keys,
    flags: ScalarBuffer<u8>,
    balance: ScalarBuffer<i64>,
    credit: Option<ScalarBuffer<i64>>,
    offsets: OffsetBuffer<i32>,
    item: Keys,
    quantity: ScalarBuffer<u32>,
    fee: ScalarBuffer<i64>,
    prices: Option<ListArray>,
}

impl<S: Source> Tables<S> {
    pub fn new(source: S) -> Self {
        Self { source, pending: None, rows: 0, maps: Maps::default() }
    }

    /// Fills a batch with whole persons; it stays empty at the end of the file.
    pub fn fill(&mut self, fill: &mut Fill<'_>) -> Result<(), Fault> {
        loop {
            let mut rows = match self.pending.take() {
                Some(rows) => rows,
                None => match self.source.load()? {
                    None => return Ok(()),
                    Some((batch, name)) => {
                        let rows = Rows::of(&batch, &name, &mut self.maps, fill.book);
                        rows.map_err(|fault| fault.within(&name))?
                    }
                },
            };
            if fill.batch.visits() == 0 {
                fill.batch.origin.row = self.rows + rows.at as u64 + 1;
            }
            let until = rows.until(fill);
            let end = until.unwrap_or(rows.len());
            rows.put(end, self.rows, fill)?;
            match until {
                Some(_) => {
                    self.pending = Some(rows);
                    return Ok(());
                }
                None => self.rows += rows.len() as u64,
            }
            fill.bound().map_err(|fault| fault.within(&rows.name))?;
        }
    }
}

impl Rows {
    fn of(
        table: &RecordBatch,
        name: &str,
        maps: &mut Maps,
        book: &mut Book,
    ) -> Result<Self, Fault> {
        let column = |name: &str| {
            let missing = || corrupt(name, "a column is gone");
            table.column_by_name(name).ok_or_else(missing)
        };
        let list = typed::<ListArray>(column(LINES)?, LINES)?;
        let lines = typed::<StructArray>(list.values(), LINES)?;
        if list.null_count() > 0 || lines.null_count() > 0 {
            return Err(misplaced(LINES, "null", "a line"));
        }
        let part = |name: &str| {
            let missing = || corrupt(LINES, "a part of the lines is gone");
            lines.column_by_name(name).ok_or_else(missing)
        };
        let district = match table.column_by_name(DISTRICT) {
            Some(column) if column.null_count() < column.len() => {
                Some(plain::<UInt16Type>(column, DISTRICT)?)
            }
            _ => None,
        };
        let credit = match table.column_by_name(CREDIT) {
            Some(column) if column.null_count() < column.len() => {
                Some(plain::<Int64Type>(column, CREDIT)?)
            }
            _ => None,
        };
        let prices = match table.column_by_name(PRICES) {
            Some(column) if column.null_count() < column.len() => {
                Some(typed::<ListArray>(column, PRICES)?.clone())
            }
            _ => None,
        };
        Ok(Self {
            name: name.to_owned(),
            at: 0,
            person: plain::<UInt64Type>(column("person")?, "person")?,
            district,
            day: plain::<Date32Type>(column("day")?, "day")?,
            nights: plain::<UInt16Type>(column("nights")?, "nights")?,
            who: maps.who.keys(column("member")?, &mut book.who, "member")?,
            what: maps.what.keys(column("encounter")?, &mut book.what, "encounter")?,
            flags: plain::<UInt8Type>(column("flags")?, "flags")?,
            balance: plain::<Int64Type>(column("balance")?, "balance")?,
            credit,
            offsets: list.offsets().clone(),
            item: maps.item.keys(part("item")?, &mut book.item, "lines.item")?,
            quantity: plain::<UInt32Type>(part("quantity")?, "lines.quantity")?,
            fee: plain::<Int64Type>(part("fee")?, "lines.fee")?,
            prices,
        })
    }

    fn len(&self) -> usize {
        self.person.len()
    }

    /// The row before which a batch is full, if that is among these: where a person begins.
    fn until(&self, fill: &Fill<'_>) -> Option<usize> {
        let batch = &*fill.batch;
        let start = self.at + fill.visits.saturating_sub(batch.visits());
        // The visit with the line that is one too many for another person.
        let missing = fill.lines.saturating_sub(batch.lines());
        let first = self.offsets.get(self.at).map_or(0, |first| *first as usize);
        let by_lines = self.offsets.partition_point(|end| (*end as usize) < first + missing);
        let start = start.min(by_lines.max(self.at));
        let before = match start.checked_sub(1) {
            Some(row) if row >= self.at => self.person.get(row),
            _ => batch.person.last(),
        };
        let mut before = *before?;
        let rest = self.person.get(start..)?;
        let begins = rest.iter().position(|person| {
            let begins = *person != before;
            before = *person;
            begins
        });
        begins.map(|row| start + row)
    }

    /// Puts the rows before `end` into the batch. `rows` is the number of rows before these.
    fn put(&mut self, end: usize, rows: u64, fill: &mut Fill<'_>) -> Result<(), Fault> {
        let range = (self.at, end);
        let (first_visit, start) = (fill.batch.visits(), self.at);
        let name = self.name.clone();
        let place = |row: usize| format!("{name}, row {}", rows + row as u64 + 1);
        self.put_persons(range, fill.batch, fill.order, place)?;
        let batch = &mut *fill.batch;
        batch.day.extend_from_slice(part(&self.day, range));
        batch.nights.extend_from_slice(part(&self.nights, range));
        self.who.put(range, &mut batch.who);
        self.what.put(range, &mut batch.what);
        batch.flags.extend_from_slice(part(&self.flags, range));
        batch.balance.extend_from_slice(part(&self.balance, range));
        if let Some(credit) = &self.credit {
            batch.credit.extend_from_slice(part(credit, range));
        }
        self.put_lines(range, batch)?;
        self.at = end;
        // Visits of the batch as rows of the file: these were put last.
        check::visits(batch, first_visit, |visit| place(start + visit - first_visit))
    }

    #[inline(always)]
    fn put_persons(
        &self,
        range: (usize, usize),
        batch: &mut Batch,
        order: &mut Order,
        place: impl Fn(usize) -> String,
    ) -> Result<(), Fault> {
        let rows = part(&self.person, range).iter().zip(part(&self.day, range));
        batch.member.reserve(rows.len());
        let mut member = batch.person.len().wrapping_sub(1);
        for (row, (person, day)) in (range.0..).zip(rows) {
            if order.next((*person, *day), || place(row))? {
                member = batch.person.len();
                batch.person.push(*person);
                batch.person_who.push(self.who.get(row));
                if let Some(district) = &self.district {
                    batch.district.push(district.get(row).copied().unwrap_or_default());
                }
            }
            batch.member.push(u32::try_from(member).unwrap_or(u32::MAX));
        }
        let known = batch.credit.len() + usize::from(self.credit.is_some()) * (range.1 - range.0);
        if known != 0 && known != batch.member.len() {
            let expected = "a credit for every visit of the file or for none";
            return Err(misplaced(self.name.as_str(), "no credit", expected));
        }
        let known = batch.district.len();
        if known != 0 && known != batch.person.len() {
            let expected = "a district for every visit of the file or for none";
            return Err(misplaced(self.name.as_str(), "no district", expected));
        }
        Ok(())
    }

    fn put_lines(&self, (from, to): (usize, usize), batch: &mut Batch) -> Result<(), Fault> {
        let damaged = || corrupt(&self.name, "the lists of lines");
        let offsets = self.offsets.get(from..=to).ok_or_else(damaged)?;
        let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else { return Ok(()) };
        let lines = (*first as usize, *last as usize);
        let before = batch.lines();
        let base = u32::try_from(before).map_err(|_| damaged())?;
        if u32::try_from(before + lines.1 - lines.0).is_err() {
            return Err(misplaced(self.name.as_str(), "a batch", "at most 4294967295 lines"));
        }
        let starts = offsets.iter().skip(1);
        batch.line_start.extend(starts.map(|start| base + (start - first).cast_unsigned()));
        self.item.put(lines, &mut batch.item);
        batch.quantity.extend_from_slice(part(&self.quantity, lines));
        batch.fee.extend_from_slice(part(&self.fee, lines));
        if self.prices.is_some() || !batch.price.is_empty() {
            self.put_prices((from, to), before, batch)?;
        }
        Ok(())
    }

    /// Puts prices beside the lines that were put last; where none is given it follows from the
    /// fee.
    fn put_prices(
        &self,
        (from, to): (usize, usize),
        before: usize,
        batch: &mut Batch,
    ) -> Result<(), Fault> {
        follow(batch, before);
        let start = |row: usize| self.offsets.get(row).map_or(0, |start| *start as usize);
        for row in from..to {
            let given = match &self.prices {
                Some(list) if list.is_valid(row) => list.value(row),
                _ => {
                    let put = batch.price.len() + start(row + 1) - start(row);
                    follow(batch, put);
                    continue;
                }
            };
            if given.len() != start(row + 1) - start(row) {
                let value = format!("{} prices", given.len());
                return Err(misplaced(self.name.as_str(), value, "a price a line, or null"));
            }
            batch.price.extend_from_slice(&plain::<Int64Type>(&given, PRICES)?);
        }
        Ok(())
    }
}

/// Prices that follow from fees, for lines before `until` that have none yet.
pub fn follow(batch: &mut Batch, until: usize) {
    let from = batch.price.len();
    let lines = batch.fee.iter().zip(&batch.quantity).take(until).skip(from);
    batch.price.extend(lines.map(|(fee, quantity)| unit_price(*fee, *quantity)));
}

fn part<T>(values: &[T], (from, to): (usize, usize)) -> &[T] {
    values.get(from..to).unwrap_or_default()
}

fn typed<'a, T: 'static>(array: &'a ArrayRef, name: &str) -> Result<&'a T, Fault> {
    let other = || Fault::new(Code::Column, "", name, "as the file says");
    array.as_any().downcast_ref::<T>().ok_or_else(other)
}

/// The values of a column without nulls.
fn plain<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    name: &str,
) -> Result<ScalarBuffer<T::Native>, Fault> {
    without_nulls(typed::<PrimitiveArray<T>>(array, name)?, name)
}

fn without_nulls<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    name: &str,
) -> Result<ScalarBuffer<T::Native>, Fault> {
    if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
        let row = nulls.iter().position(|valid| !valid).unwrap_or(0);
        return Err(misplaced(format!("{name}, value {}", row + 1), "null", "a value"));
    }
    Ok(array.values().clone())
}
