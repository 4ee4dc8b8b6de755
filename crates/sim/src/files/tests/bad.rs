//! Files that are damaged, of other columns, or that cannot be written.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{Field, Schema};
use parquet::arrow::arrow_writer::ArrowWriter;
use rand::RngExt;

use super::*;

const TABLES: [Format; 2] = [Format::Arrow, Format::Parquet];

fn some() -> (Vec<Batch>, Book) {
    let (batches, book) = Made::new(11).batches();
    assert!(batches.len() > 1 && batches.iter().all(|batch| batch.visits() > 0));
    (batches, book)
}

fn fault_of(path: &Path) -> (Code, String) {
    let fault = read(path, 100).unwrap_err();
    (fault.code, fault.to_string())
}

#[test]
fn damaged_tables_are_refused_and_never_panic() {
    let folder = Folder::new();
    let (batches, book) = some();
    let mut made = Made::new(12);
    for format in TABLES {
        let path = folder.path(&format!("a.{}", format.ending()));
        write(&path, &batches, &book);
        let whole = fs::read(&path).unwrap();
        let step = (whole.len() / 150).max(1);
        for length in (0..whole.len()).step_by(step) {
            fs::write(&path, &whole[..length]).unwrap();
            let (code, text) = fault_of(&path);
            assert_eq!(code, Code::Corrupt, "{length} of {}: {text}", whole.len());
        }
        let mut refused = 0;
        for _ in 0..600 {
            let mut bytes = whole.clone();
            for _ in 0..made.rng.random_range(1..4) {
                let at = made.rng.random_range(0..bytes.len());
                bytes[at] ^= 1 << made.rng.random_range(0..8_u32);
            }
            fs::write(&path, &bytes).unwrap();
            let started = std::time::Instant::now();
            refused += u32::from(read(&path, 100).is_err());
            assert!(started.elapsed().as_secs() < 20, "a damaged file takes long");
        }
        // Values and names that are others now cannot be told from what was written.
        assert!(refused > 60, "{format:?}: {refused} of 600 refused");
    }
}

#[test]
fn a_damaged_part_is_named() {
    let folder = Folder::new();
    let (batches, book) = some();
    for (format, word) in TABLES.into_iter().zip(["record batch 2", "row group 1"]) {
        let path = folder.path(&format!("a.{}", format.ending()));
        write(&path, &batches, &book);
        let mut bytes = fs::read(&path).unwrap();
        match format {
            Format::Arrow => {
                // A message begins with this mark; the third last is the second record batch's,
                // as the schema, three dictionaries and their growth come first.
                let marks: Vec<usize> = (0..bytes.len() - 8)
                    .filter(|at| at % 8 == 0 && bytes[*at..].starts_with(&[0xff; 4]))
                    .collect();
                let tables = batches.len();
                let places: Vec<usize> = marks.iter().rev().take(tables + 9).copied().collect();
                let hit = places.iter().any(|at| {
                    let kept = bytes[at + 8..at + 16].to_vec();
                    bytes[at + 8..at + 16].fill(0xee);
                    fs::write(&path, &bytes).unwrap();
                    bytes[at + 8..at + 16].copy_from_slice(&kept);
                    fault_of(&path).1.contains(word)
                });
                assert!(hit, "no damage was told as in {word}");
            }
            _ => {
                bytes[4..200].fill(0xee);
                fs::write(&path, &bytes).unwrap();
                let (code, text) = fault_of(&path);
                assert!(code == Code::Corrupt && text.contains(word), "{text}");
            }
        }
    }
}

/// Writes a table as it is, without the checks of a writer.
fn write_table(path: &Path, table: &RecordBatch) {
    let file = File::create(path).unwrap();
    match Format::of(path).unwrap() {
        Format::Arrow => {
            let mut writer = FileWriter::try_new(file, &table.schema()).unwrap();
            writer.write(table).unwrap();
            writer.finish().unwrap();
        }
        _ => {
            let mut writer = ArrowWriter::try_new(file, table.schema(), None).unwrap();
            writer.write(table).unwrap();
            writer.close().unwrap();
        }
    }
}

fn table(batch: &Batch, book: &Book) -> RecordBatch {
    columns::Maker::new(Arc::new(columns::schema(&header()))).make(batch, book).unwrap()
}

/// A table with other columns.
fn other(
    table: &RecordBatch,
    change: impl Fn(&Field, &ArrayRef) -> Option<ArrayRef>,
) -> RecordBatch {
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (field, column) in table.schema().fields().iter().zip(table.columns()) {
        if let Some(column) = change(field, column) {
            let nullable = field.is_nullable() || column.null_count() > 0;
            fields.push(Field::new(field.name(), column.data_type().clone(), nullable));
            columns.push(column);
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn a_column_that_is_missing_or_of_another_type_is_named() {
    let folder = Folder::new();
    let (batches, book) = some();
    let whole = table(&batches[0], &book);
    for format in TABLES {
        let path = folder.path(&format!("a.{}", format.ending()));
        for field in columns::fields() {
            let name = field.name().clone();
            write_table(&path, &other(&whole, |f, c| (*f.name() != name).then(|| c.clone())));
            match (name.as_str(), read(&path, 100)) {
                ("district" | "credit" | "prices", read) => assert!(read.is_ok(), "{name}"),
                (_, read) => {
                    let fault = read.unwrap_err();
                    assert_eq!(fault.code, Code::Column);
                    assert!(fault.to_string().contains(&format!("`{name}`")), "{fault}");
                }
            }
            let wrong = |rows: usize| -> ArrayRef { Arc::new(Int32Array::from(vec![1; rows])) };
            write_table(
                &path,
                &other(&whole, |f, c| {
                    Some(if *f.name() == name { wrong(c.len()) } else { c.clone() })
                }),
            );
            let fault = read(&path, 100).unwrap_err();
            assert_eq!(fault.code, Code::Column);
            assert!(fault.to_string().contains("not Int32"), "{fault}");
        }
        let fault = read(&path, 100).unwrap_err().to_string();
        assert!(fault.contains("it must be list<Int64>"), "{fault}");
    }
}

#[test]
fn a_codec_or_a_stream_that_is_not_read_is_named() {
    let folder = Folder::new();
    let (batches, book) = some();
    let table = table(&batches[0], &book);
    let refused = |path: &Path, word: &str| {
        let (code, text) = fault_of(path);
        assert!(code == Code::Format && text.contains(word), "{text}");
    };
    let path = folder.path("stream.arrow");
    let mut writer =
        arrow_ipc::writer::StreamWriter::try_new(File::create(&path).unwrap(), &table.schema())
            .unwrap();
    writer.write(&table).unwrap();
    writer.finish().unwrap();
    refused(&path, "stream");

    // No codec is built in, so a message under one is made without its body.
    let mut text = flatbuffers::FlatBufferBuilder::new();
    let mut codec = arrow_ipc::BodyCompressionBuilder::new(&mut text);
    codec.add_codec(arrow_ipc::CompressionType::ZSTD);
    let codec = codec.finish();
    let mut rows = arrow_ipc::RecordBatchBuilder::new(&mut text);
    rows.add_compression(codec);
    let rows = rows.finish();
    let mut message = arrow_ipc::MessageBuilder::new(&mut text);
    message.add_header_type(arrow_ipc::MessageHeader::RecordBatch);
    message.add_header(rows.as_union_value());
    let message = message.finish();
    text.finish(message, None);
    let message = [&[0xff; 4], &[0; 4], text.finished_data()].concat();
    let fault = ipc::is_plain(&message, "record batch 1").unwrap_err();
    assert!(fault.code == Code::Format && fault.to_string().contains("ZSTD"), "{fault}");

    let path = folder.path("zstd.parquet");
    write_table(&path, &table);
    let mut whole = fs::read(&path).unwrap();
    let mut reader = parquet::file::metadata::ParquetMetaDataReader::new();
    reader.try_parse(&File::open(&path).unwrap()).unwrap();
    let metadata = reader.finish().unwrap();
    let zstd = parquet::basic::Compression::ZSTD(Default::default());
    let group = metadata.row_group(0).clone();
    let columns = group.columns().iter().cloned();
    let columns = columns.map(|c| c.into_builder().set_compression(zstd).build().unwrap());
    let group =
        group.clone().into_builder().set_column_metadata(columns.collect()).build().unwrap();
    let changed = metadata.into_builder().set_row_groups(vec![group]).build();
    parquet::file::metadata::ParquetMetaDataWriter::new(&mut whole, &changed).finish().unwrap();
    fs::write(&path, whole).unwrap();
    refused(&path, "ZSTD");
}

#[test]
fn texts_of_other_writers_are_read_from_parquet() {
    let folder = Folder::new();
    let (batches, book) = some();
    let path = folder.path("a.parquet");
    let plain = |_: &Field, column: &ArrayRef| {
        let texts = column
            .as_any()
            .downcast_ref::<arrow_array::DictionaryArray<arrow_array::types::UInt16Type>>();
        Some(match texts {
            Some(texts) => {
                let texts = texts.downcast_dict::<arrow_array::StringArray>().unwrap();
                Arc::new(texts.into_iter().collect::<arrow_array::StringArray>()) as ArrayRef
            }
            None => column.clone(),
        })
    };
    write_table(&path, &other(&table(&batches[0], &book), plain));
    assert_eq!(read(&path, 100).unwrap(), made::flat(&batches[0], &book));
}

#[test]
fn nulls_are_refused() {
    let folder = Folder::new();
    let (batches, book) = some();
    let whole = table(&batches[0], &book);
    for format in TABLES {
        let path = folder.path(&format!("a.{}", format.ending()));
        for name in ["person", "day", "nights", "member", "encounter", "flags", "balance"] {
            let change = |field: &Field, column: &ArrayRef| {
                if field.name() != name {
                    return Some(column.clone());
                }
                let rows = column.len();
                let nulls = arrow_buffer::NullBuffer::from_iter((0..rows).map(|row| row != 1));
                let data = column.to_data().into_builder().nulls(Some(nulls)).build().unwrap();
                Some(arrow_array::make_array(data))
            };
            write_table(&path, &other(&whole, change));
            let (code, text) = fault_of(&path);
            assert!(code == Code::Value && text.contains(name) && text.contains("null"), "{text}");
        }
    }
}

#[test]
fn values_that_do_not_belong_are_refused_with_their_row() {
    let folder = Folder::new();
    let (batches, book) = some();
    let first = &batches[0];
    // A visit that is not its person's first, and has lines.
    let has_lines = |row: usize| first.line_start[row] < first.line_start[row + 1];
    let rows = 1..first.visits();
    let mut rows = rows.filter(|row| first.member[row - 1] == first.member[*row]);
    let row = rows.find(|row| has_lines(*row)).unwrap();
    let (line, at) = (first.line_start[row] as usize, format!("row {}", row + 1));
    let wrong = |change: &dyn Fn(&mut Batch)| {
        let mut batch = first.clone();
        change(&mut batch);
        batch
    };
    let said = |text: &str| format!("{at}{text}");
    let cases = [
        (wrong(&|b| b.fee[line] = -1), Code::Value, said(", line 1: `fee -1 fen`")),
        (wrong(&|b| b.fee[line] = i64::MAX), Code::Value, said(", line 1: `fee")),
        (wrong(&|b| b.quantity[line] = 0), Code::Value, said(", line 1: `quantity 0`")),
        (wrong(&|b| b.balance[row] = i64::MIN), Code::Value, said(": `balance")),
        (wrong(&|b| b.day[0] = -30_000), Code::Value, "row 1: `day -30000".into()),
        (wrong(&|b| b.flags[row] = 64), Code::Value, said(": `flags 64`")),
        (wrong(&|b| b.flags[0] = 4), Code::Value, "row 1: `flags 4: a stay joined`".into()),
        (wrong(&|b| b.flags[0] = 8), Code::Value, "row 1: `flags 8: a transfer`".into()),
        (wrong(&|b| b.person[1] = b.person[0] - 1), Code::Order, "after person".into()),
        (wrong(&|b| b.day[row] = b.day[row - 1] - 1), Code::Order, at.clone()),
    ];
    for format in TABLES {
        let path = folder.path(&format!("a.{}", format.ending()));
        for (batch, code, text) in &cases {
            write_table(&path, &table(batch, &book));
            let (found, said) = fault_of(&path);
            assert_eq!(found, *code, "{said}");
            assert!(said.contains(text.as_str()), "{text} in {said}");
        }
    }
    // A writer refuses the same before it writes.
    for (batch, code, _) in &cases {
        let path = folder.path("new.arrow");
        let mut writer = Writer::create(&path, &header()).unwrap();
        let refused = writer.write(batch, &book).unwrap_err().code;
        assert!(refused == *code || (*code == Code::Order && refused == Code::Usage));
    }
}

#[test]
fn a_person_s_visits_are_bounded() {
    let folder = Folder::new();
    let mut book = Book::default();
    let (who, what) = (book.who.read("age=1").unwrap(), book.what.read("care=pharmacy").unwrap());
    let visits = PERSON_VISITS_MAX + 2;
    let batch = Batch {
        person: vec![1],
        person_who: vec![who],
        member: vec![0; visits],
        day: vec![0; visits],
        nights: vec![0; visits],
        who: vec![who; visits],
        what: vec![what; visits],
        flags: vec![0; visits],
        balance: vec![0; visits],
        line_start: vec![0; visits + 1],
        ..Batch::default()
    };
    for format in Format::ALL {
        let path = folder.path(&format!("a.{}", format.ending()));
        write(&path, std::slice::from_ref(&batch), &book);
        let fault = read(&path, 1).unwrap_err();
        assert!(fault.to_string().contains("visits of one person"), "{fault}");
    }
}

/// A table of CSV with a column or a line of it changed.
fn csv_fault(change: impl Fn(String) -> String) -> (Code, String) {
    let folder = Folder::new();
    let path = folder.path("a.csv");
    let text = "# tongchou.pack=p\n\
        person,visit,day,nights,member,encounter,flags,balance,item,quantity,fee\n\
        7,1,2025-01-02,0,\"age=40,person=active\",care=outpatient,0,100,class=A,10000,250\n\
        7,1,2025-01-02,0,\"age=40,person=active\",care=outpatient,0,100,class=B,20000,500\n\
        7,2,2025-01-03,0,\"age=40,person=active\",care=pharmacy,0,100,,,\n\
        9,1,2025-01-01,3,age=5,care=inpatient,0,0,class=A,10000,1\n";
    fs::write(&path, text).unwrap();
    assert_eq!(read(&path, 100).unwrap().len(), 3);
    fs::write(&path, change(text.to_owned())).unwrap();
    let fault = read(&path, 100).unwrap_err();
    (fault.code, fault.to_string())
}

#[test]
fn rows_of_csv_are_refused_with_their_line() {
    let cases: &[(&str, &str, Code, &str)] = &[
        (",nights", ",sleeps", Code::Column, "line 2: the column `nights`"),
        ("class=B,20000,500", "class=B,20000", Code::Value, "line 4: `10 fields`"),
        ("class=B,20000,500", "class=B,20000,5x", Code::Value, "line 4: fee: `5x`"),
        ("class=B,20000,500", "class=B,20000,-500", Code::Value, "line 4: fee: `-500`"),
        ("class=B,20000,500", "class=B,0,500", Code::Value, "line 4: quantity: `0`"),
        ("class=B,20000,500", "class=B,4294967296,500", Code::Value, "line 4: quantity"),
        ("class=B,20000,500", "size=B,20000,500", Code::Value, "line 4: item: `size`"),
        ("class=B,20000,500", ",,", Code::Value, "line 4: item"),
        ("class=B,20000,500", "class=B,,500", Code::Value, "line 4: quantity: ``"),
        ("7,2,2025-01-03", "7,2,2025-02-30", Code::Value, "line 5: day: `2025-02-30`"),
        ("7,2,2025-01-03", "7,2,2025-01-01", Code::Order, "line 5"),
        ("7,2,2025-01-03", "7,0,2025-01-03", Code::Order, "line 5"),
        ("7,2,2025-01-03", "x,2,2025-01-03", Code::Value, "line 5: person: `x`"),
        ("\n9,1", "\n6,1", Code::Order, "line 6"),
        ("care=pharmacy,0", "care=pharmacy,256", Code::Value, "line 5: flags: `256`"),
        ("care=pharmacy,0", "care=pharmacy,4", Code::Value, "line 5: `flags 4"),
        ("pharmacy,0,100", "pharmacy,0,9999999999999", Code::Value, "line 5: `balance"),
        ("0,100,class=B", "0,101,class=B", Code::Value, "line 4: balance: `101`"),
        ("# tongchou.pack=p", "# tongchou.format=2", Code::Value, "line 1: tongchou.format"),
        ("9,1,2025-01-01", "\"9,1,2025-01-01", Code::Value, "line 6"),
    ];
    for (piece, other, code, said) in cases {
        let (found, text) = csv_fault(|csv| csv.replacen(piece, other, 1));
        assert_eq!(found, *code, "{text}");
        assert!(text.contains(said), "{said} in {text}");
    }
    let (code, text) =
        csv_fault(|csv| csv.replace(",fee\n", ",fee,price\n").replace("250\n", "250,9\n"));
    assert!(code == Code::Value && text.contains("line 3: price: `price 9"), "{text}");
}

#[test]
fn a_quote_that_never_closes_does_not_fill_the_memory() {
    let folder = Folder::new();
    let path = folder.path("a.csv");
    let names = "person,visit,day,nights,member,encounter,flags,balance,item,quantity,fee\n";
    let mut text = format!("{names}\"").into_bytes();
    text.resize(LINE_BYTES_MAX + (2 << 20), b'1');
    fs::write(&path, text).unwrap();
    let (code, text) = fault_of(&path);
    assert!(code == Code::Corrupt && text.contains("a row of more than"), "{text}");
}

#[test]
fn paths_that_cannot_be_read_are_refused() {
    let folder = Folder::new();
    let open = |name: &str| Reader::open(&folder.path(name)).unwrap_err().code;
    for format in Format::ALL {
        let name = format!("empty.{}", format.ending());
        fs::write(folder.path(&name), "").unwrap();
        assert_eq!(open(&name), Code::Corrupt);
        let name = format!("folder.{}", format.ending());
        fs::create_dir(folder.path(&name)).unwrap();
        assert_eq!(open(&name), Code::Unreadable);
        assert_eq!(open(&format!("none.{}", format.ending())), Code::Unreadable);
    }
    for name in ["a.txt", "arrow", ".csv", "a.csv.gz"] {
        assert_eq!(open(name), Code::Format, "{name}");
    }
    assert_eq!(Format::of(Path::new("A.CSV")), Ok(Format::Csv));
}

#[test]
fn files_that_cannot_be_written_leave_nothing_behind() {
    let folder = Folder::new();
    let (batches, book) = some();
    for format in Format::ALL {
        let path = folder.path(&format!("a.{}", format.ending()));
        let create = |path: &Path| Writer::create(path, &header());
        fs::write(&path, "mine").unwrap();
        assert_eq!(create(&path).unwrap_err().code, Code::Exists);
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        fs::remove_file(&path).unwrap();
        let missing = folder.path(&format!("none/a.{}", format.ending()));
        assert_eq!(create(&missing).unwrap_err().code, Code::Unwritable);

        let mut writer = create(&path).unwrap();
        writer.write(&batches[0], &book).unwrap();
        assert_eq!(folder.names().len(), 1);
        assert!(!path.exists());
        drop(writer);
        assert_eq!(folder.names(), [""; 0]);

        // Somebody else was faster.
        let mut writer = create(&path).unwrap();
        writer.write(&batches[0], &book).unwrap();
        fs::write(&path, "theirs").unwrap();
        assert_eq!(writer.finish().unwrap_err().code, Code::Exists);
        assert_eq!((folder.names().len(), fs::read(&path).unwrap()), (1, b"theirs".to_vec()));
        fs::remove_file(&path).unwrap();

        let opened = Batch { opening: vec![0; batches[0].person.len()], ..batches[0].clone() };
        let mut writer = create(&path).unwrap();
        assert_eq!(writer.write(&opened, &book).unwrap_err().code, Code::Usage);
        assert_eq!(
            writer.write(&batches[0], &Book::default()).unwrap_err().code,
            match format {
                Format::Ndjson | Format::Csv => Code::Value,
                _ => Code::Usage,
            }
        );
        assert_eq!(writer.finish().unwrap_err().code, Code::Unwritable);
        assert_eq!(folder.names(), [""; 0]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let folder = Folder::new();
    let (batches, book) = some();
    for format in Format::ALL {
        let (path, part) = (folder.path(&format!("a.{}", format.ending())), folder.path("part"));
        fs::write(&part, "").unwrap();
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let out = Out::aside(&path, &part);
        let mut writer = Writer::over(*format, out, full, &header()).unwrap();
        let written = (0..400).map(|_| {
            let mut later = batches[0].clone();
            writer.order = Order::default();
            later.person.iter_mut().for_each(|person| *person += 1);
            writer.write(&later, &book)
        });
        let failed = written.collect::<Result<Vec<()>, Fault>>().and_then(|_| writer.finish());
        let fault = failed.unwrap_err();
        assert_eq!(fault.code, Code::Unwritable);
        assert!(fault.to_string().contains("No space left"), "{fault}");
        assert_eq!(folder.names(), [""; 0]);
    }
}

#[test]
fn a_header_that_could_not_be_read_back_is_refused() {
    let folder = Folder::new();
    let broken = [
        Header { pack: "a b".into(), ..Header::default() },
        Header { scenario: Some("two\nlines".into()), ..header() },
        Header { params: BTreeMap::from([("a".into(), "b,c".into())]), ..header() },
    ];
    for header in broken {
        for format in Format::ALL {
            let path = folder.path(&format!("a.{}", format.ending()));
            assert_eq!(Writer::create(&path, &header).unwrap_err().code, Code::Value);
        }
    }
    let nameless = Writer::create(&folder.path("a.ndjson"), &Header::default());
    assert_eq!(nameless.unwrap_err().code, Code::Value);
    assert!(Writer::create(&folder.path("a.csv"), &Header::default()).is_ok());
    assert_eq!(folder.names(), [""; 0]);
}
