//! Arrow IPC in its file format.
//!
//! The library trusts lengths and offsets in places, so every block is looked at before it is
//! handed over: that it lies in the file, and that its buffers lie in it.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use arrow_array::RecordBatch as Table;
use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::FileDecoder;
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions};
use arrow_ipc::{Block, Message, RecordBatch, root_as_footer, root_as_message};

use crate::batch::Batch;
use crate::book::Book;
use crate::fault::{Code, Fault};

use super::columns::{self, Maker, Source};
use super::{BLOCK_BYTES_MAX, Header, corrupt, unwritable};

/// What a file begins and ends with.
const MAGIC: &[u8] = b"ARROW1";
/// What a stream begins with instead.
const STREAM: [u8; 4] = [0xff; 4];
/// Length of the footer and the magic at the end.
const TRAILER: u64 = 10;
/// Longest footer: more record batches than anybody writes.
const FOOTER_MAX: u64 = 64 << 20;

/// The record batches of a file.
#[derive(Debug)]
pub struct Blocks {
    file: File,
    size: u64,
    decoder: FileDecoder,
    blocks: Vec<Block>,
    next: usize,
}

impl Blocks {
    /// Reads the footer, the header in it, and the dictionaries.
    pub fn open(mut file: File, header: &mut Header) -> Result<Self, Fault> {
        let (footer, size) = footer_bytes(&mut file)?;
        let footer =
            root_as_footer(&footer).map_err(|_| corrupt("footer", "no footer of Arrow"))?;
        let gone = |what: &'static str| move || corrupt("footer", what);
        let schema = footer.schema().ok_or_else(gone("no schema"))?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err(corrupt("footer", "its bytes are in another order"));
        }
        let schema = Arc::new(try_fb_to_schema(schema).map_err(|e| damaged("footer", &e))?);
        for (name, value) in schema.metadata() {
            header.take(name, value)?;
        }
        let wanted = columns::find(&schema, columns::same_type)?;
        let blocks = footer.recordBatches().ok_or_else(gone("no record batches"))?;
        let blocks: Vec<Block> = blocks.iter().copied().collect();
        let mut decoder = FileDecoder::new(schema, footer.version()).with_projection(wanted);
        for (number, block) in (1..).zip(footer.dictionaries().into_iter().flatten()) {
            let place = format!("dictionary {number}");
            let buffer = block_bytes(&mut file, size, block, &place)?;
            decoder.read_dictionary(block, &buffer).map_err(|error| damaged(&place, &error))?;
        }
        Ok(Self { file, size, decoder, blocks, next: 0 })
    }
}

impl Source for Blocks {
    fn load(&mut self) -> Result<Option<(Table, String)>, Fault> {
        let Some(block) = self.blocks.get(self.next).copied() else { return Ok(None) };
        self.next += 1;
        let place = format!("record batch {}", self.next);
        let buffer = block_bytes(&mut self.file, self.size, &block, &place)?;
        let read = self.decoder.read_record_batch(&block, &buffer);
        match read.map_err(|error| damaged(&place, &error))? {
            Some(batch) => Ok(Some((batch, place))),
            None => Err(corrupt(&place, "it holds no rows")),
        }
    }
}

fn damaged(place: &str, error: &dyn ToString) -> Fault {
    corrupt(place, error.to_string())
}

/// The footer of a file, and the length of the file.
fn footer_bytes(file: &mut File) -> Result<(Vec<u8>, u64), Fault> {
    let broken = |error: std::io::Error| corrupt("footer", error.to_string());
    let mut head = [0; 4];
    let begins = file.read(&mut head).map_err(broken)?;
    if begins == head.len() && head == STREAM {
        let (value, expected) = ("Arrow IPC, a stream", "Arrow IPC in its file format");
        return Err(Fault::new(Code::Format, "", value, expected));
    }
    let size = file.seek(SeekFrom::End(0)).map_err(broken)?;
    let none = || corrupt("footer", "it does not end as a file of Arrow");
    let end = size.checked_sub(TRAILER).ok_or_else(none)?;
    let mut trailer = [0; 10];
    file.seek(SeekFrom::Start(end)).map_err(broken)?;
    file.read_exact(&mut trailer).map_err(broken)?;
    let [a, b, c, d, magic @ ..] = trailer;
    let length = u64::try_from(i32::from_le_bytes([a, b, c, d])).unwrap_or(u64::MAX);
    let start = end.checked_sub(length).filter(|_| magic == MAGIC && length <= FOOTER_MAX);
    file.seek(SeekFrom::Start(start.ok_or_else(none)?)).map_err(broken)?;
    let mut footer = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact(&mut footer).map_err(broken)?;
    Ok((footer, size))
}

/// The bytes of a block whose buffers lie in it.
fn block_bytes(file: &mut File, size: u64, block: &Block, place: &str) -> Result<Buffer, Fault> {
    let outside = || corrupt(place, "it does not lie in the file");
    let offset = u64::try_from(block.offset()).map_err(|_| outside())?;
    let about = u64::try_from(block.metaDataLength()).map_err(|_| outside())?;
    let body = u64::try_from(block.bodyLength()).map_err(|_| outside())?;
    let length = about.checked_add(body).ok_or_else(outside)?;
    if offset.checked_add(length).is_none_or(|end| end > size) {
        return Err(outside());
    }
    if length > BLOCK_BYTES_MAX {
        return Err(corrupt(place, format!("it is larger than {BLOCK_BYTES_MAX} bytes")));
    }
    let bytes = usize::try_from(length).map_err(|_| outside())?;
    let mut buffer = MutableBuffer::from_len_zeroed(bytes);
    let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(&mut buffer));
    read.map_err(|error| corrupt(place, error.to_string()))?;
    let about = usize::try_from(about).map_err(|_| outside())?;
    let message = buffer.get(..about).ok_or_else(outside)?;
    is_plain(message, place)?;
    is_whole(message, body).ok_or_else(|| corrupt(place, "its buffers do not lie in it"))?;
    Ok(buffer.into())
}

/// The message of a block, behind its length.
fn framed(message: &[u8]) -> Option<Message<'_>> {
    let message = match message.split_at_checked(4)? {
        ([0xff, 0xff, 0xff, 0xff], rest) => rest.get(4..)?,
        (_, rest) => rest,
    };
    root_as_message(message).ok()
}

/// The rows that a message describes, those of a dictionary too.
fn rows<'a>(message: &Message<'a>) -> Option<RecordBatch<'a>> {
    let dictionary = message.header_as_dictionary_batch().and_then(|batch| batch.data());
    dictionary.or_else(|| message.header_as_record_batch())
}

/// Refuses buffers that are compressed.
pub fn is_plain(message: &[u8], place: &str) -> Result<(), Fault> {
    let codec = framed(message).and_then(|message| Some(rows(&message)?.compression()?.codec()));
    let Some(codec) = codec else { return Ok(()) };
    let name = codec.variant_name().unwrap_or("another codec");
    let expected = "Arrow without compression";
    Err(Fault::new(Code::Format, place, format!("Arrow IPC, {name}"), expected))
}

/// Whether the buffers that a message names lie in a body, and lengths are no less than nothing.
fn is_whole(message: &[u8], body: u64) -> Option<()> {
    let batch = rows(&framed(message)?)?;
    if batch.length() < 0 {
        return None;
    }
    for node in batch.nodes()? {
        let (length, nulls) = (node.length(), node.null_count());
        (0 <= nulls && nulls <= length).then_some(())?;
    }
    for buffer in batch.buffers()? {
        let offset = u64::try_from(buffer.offset()).ok()?;
        let end = offset.checked_add(u64::try_from(buffer.length()).ok()?)?;
        (end <= body).then_some(())?;
    }
    Some(())
}

/// Writes record batches; a dictionary that grew is written as what is new in it.
pub struct Sheets {
    maker: Maker,
    writer: FileWriter<BufWriter<File>>,
}

impl fmt::Debug for Sheets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sheets").field("maker", &self.maker).finish_non_exhaustive()
    }
}

impl Sheets {
    pub fn new(file: File, header: &Header) -> Result<Self, Fault> {
        let schema = Arc::new(columns::schema(header));
        let options =
            IpcWriteOptions::default().with_dictionary_handling(DictionaryHandling::Delta);
        let file = BufWriter::with_capacity(1 << 20, file);
        let writer = FileWriter::try_new_with_options(file, &schema, options);
        Ok(Self { maker: Maker::new(schema), writer: writer.map_err(unwritable)? })
    }

    pub fn write(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        if batch.visits() == 0 {
            return Ok(());
        }
        let table = self.maker.make(batch, book)?;
        self.writer.write(&table).map_err(unwritable)
    }

    pub fn finish(mut self) -> Result<(), Fault> {
        self.writer.finish().map_err(unwritable)?;
        self.writer.get_mut().flush().map_err(unwritable)
    }
}
