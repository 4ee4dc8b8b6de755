//! Parquet, a row group at a time.

use std::fmt;
use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use crate::batch::Batch;
use crate::book::Book;
use crate::fault::{Code, Fault};

use super::columns::{self, Maker, Source};
use super::{Header, corrupt, unwritable};

/// Rows of a row group: what a writer holds in memory before it writes.
const GROUP_ROWS: usize = 131_072;
/// Rows that are decoded at once.
const BATCH_ROWS: usize = 8_192;

/// The row groups of a file.
pub struct Groups {
    file: File,
    about: ArrowReaderMetadata,
    mask: ProjectionMask,
    /// Row groups opened so far.
    opened: usize,
    reader: Option<ParquetRecordBatchReader>,
}

impl fmt::Debug for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Groups").field("opened", &self.opened).finish_non_exhaustive()
    }
}

impl Groups {
    /// Reads the footer and the header in it.
    pub fn open(file: File, header: &mut Header) -> Result<Self, Fault> {
        let broken = |error| corrupt("footer", format!("{error}"));
        let options = ArrowReaderOptions::new();
        let about = ArrowReaderMetadata::load(&file, options.clone()).map_err(broken)?;
        let pairs = about.metadata().file_metadata().key_value_metadata();
        for pair in pairs.into_iter().flatten() {
            header.take(&pair.key, pair.value.as_deref().unwrap_or_default())?;
        }
        let wanted = columns::find(about.schema(), fits)?;
        let known = ProjectionMask::roots(about.parquet_schema(), wanted.iter().copied());
        for group in about.metadata().row_groups() {
            let columns = group.columns().iter().enumerate();
            for (_, column) in columns.filter(|(leaf, _)| known.leaf_included(*leaf)) {
                codec(column.compression())?;
            }
        }
        // Texts are read as dictionaries, whoever wrote them.
        let schema = Arc::new(Schema::new(as_written(about.schema().fields())));
        let metadata = about.metadata().clone();
        let about =
            ArrowReaderMetadata::try_new(metadata, options.with_schema(schema)).map_err(broken)?;
        let mask = ProjectionMask::roots(about.parquet_schema(), wanted);
        Ok(Self { file, about, mask, opened: 0, reader: None })
    }
}

/// Refuses columns that are compressed otherwise than with snappy.
fn codec(codec: Compression) -> Result<(), Fault> {
    match codec {
        Compression::UNCOMPRESSED | Compression::SNAPPY => Ok(()),
        other => {
            let expected = "Parquet with snappy or without compression";
            Err(Fault::new(Code::Format, "footer", format!("Parquet, {other}"), expected))
        }
    }
}

/// Whether values of a type can be read as those of a column.
fn fits(there: &DataType, wanted: &DataType) -> bool {
    match (there, wanted) {
        (DataType::Utf8, DataType::Dictionary(..)) => true,
        (DataType::Dictionary(_, text), DataType::Dictionary(..)) => **text == DataType::Utf8,
        (DataType::List(there), DataType::List(wanted)) => {
            fits(there.data_type(), wanted.data_type())
        }
        (DataType::Struct(there), DataType::Struct(wanted)) => {
            let same = |(a, b): (&FieldRef, &FieldRef)| {
                a.name() == b.name() && fits(a.data_type(), b.data_type())
            };
            there.len() == wanted.len() && there.iter().zip(wanted).all(same)
        }
        _ => there == wanted,
    }
}

/// Fields of a file with the columns' own types for texts, where a column has one.
fn as_written(fields: &Fields) -> Fields {
    let known = columns::fields();
    let of = |field: &FieldRef| {
        let wanted = known.iter().find(|known| known.name() == field.name());
        wanted.map_or_else(|| field.clone(), |wanted| retyped(field, wanted.data_type()))
    };
    fields.iter().map(of).collect()
}

/// A field with the dictionaries of a wanted type.
fn retyped(field: &FieldRef, wanted: &DataType) -> FieldRef {
    let data_type = match (field.data_type(), wanted) {
        (_, DataType::Dictionary(..)) => wanted.clone(),
        (DataType::List(there), DataType::List(wanted)) => {
            DataType::List(retyped(there, wanted.data_type()))
        }
        (DataType::Struct(there), DataType::Struct(wanted)) => {
            let parts = there.iter().zip(wanted);
            DataType::Struct(parts.map(|(a, b)| retyped(a, b.data_type())).collect())
        }
        (there, _) => there.clone(),
    };
    Arc::new(Field::clone(field).with_data_type(data_type))
}

impl Source for Groups {
    fn load(&mut self) -> Result<Option<(RecordBatch, String)>, Fault> {
        loop {
            let place = format!("row group {}", self.opened);
            if let Some(reader) = &mut self.reader {
                match reader.next() {
                    Some(Ok(batch)) => return Ok(Some((batch, place))),
                    Some(Err(error)) => return Err(corrupt(&place, error.to_string())),
                    None => self.reader = None,
                }
            }
            if self.opened == self.about.metadata().num_row_groups() {
                return Ok(None);
            }
            let group = self.opened;
            self.opened += 1;
            let place = format!("row group {}", self.opened);
            let broken = |error: &dyn ToString| corrupt(&place, error.to_string());
            let file = self.file.try_clone().map_err(|error| broken(&error))?;
            let reader =
                ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.about.clone())
                    .with_row_groups(vec![group])
                    .with_projection(self.mask.clone())
                    .with_batch_size(BATCH_ROWS)
                    .build();
            self.reader = Some(reader.map_err(|error| broken(&error))?);
        }
    }
}

/// Writes row groups.
pub struct Pages {
    maker: Maker,
    writer: ArrowWriter<BufWriter<File>>,
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("maker", &self.maker).finish_non_exhaustive()
    }
}

impl Pages {
    pub fn new(file: File, header: &Header) -> Result<Self, Fault> {
        let pairs = header.pairs().into_iter();
        let pairs = pairs.map(|(name, value)| KeyValue::new(name.to_owned(), value)).collect();
        let sorted =
            |column_idx| SortingColumn { column_idx, descending: false, nulls_first: false };
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_key_value_metadata(Some(pairs))
            .set_sorting_columns(Some(vec![sorted(0), sorted(2)]))
            .set_created_by("tongchou".to_owned());
        // Numbers that hardly repeat are faster plain than through a dictionary.
        for path in [&["person"][..], &["balance"], &["lines", "list", "item", "fee"]] {
            let path =
                ColumnPath::from(path.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>());
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::PLAIN);
        }
        let schema = Arc::new(columns::schema(&Header::default()));
        let schema = Arc::new(Schema::new(schema.fields().clone()));
        let file = BufWriter::with_capacity(1 << 20, file);
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties.build()));
        Ok(Self { maker: Maker::new(schema), writer: writer.map_err(unwritable)? })
    }

    pub fn write(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        let table = self.maker.make(batch, book)?;
        self.writer.write(&table).map_err(unwritable)
    }

    pub fn finish(self) -> Result<(), Fault> {
        let mut file = self.writer.into_inner().map_err(unwritable)?;
        std::io::Write::flush(&mut file).map_err(unwritable)
    }
}
