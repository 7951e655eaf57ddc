//! The snapshot's JSON: the only reader and writer of it. Writes rows as Python's `json.dumps(dump,
//! default=str)` does, and reads back whatever `json.dumps` can write.
//!
//! A snapshot is one object: `last_event_id`, then one key per table with an array of rows; a row
//! is an object of columns and values. Neither side holds more than one row in memory.

mod background_writer;
mod base64;
mod decode;
mod encode;
mod escape;
mod filter_scan;
mod known_parts;
mod parser;
mod probe;
mod row_ends;
mod scan;
mod section;
mod source;
mod table_span;

pub(crate) use background_writer::write_behind;
pub(crate) use base64::text_in_base64;
pub(crate) use decode::RowDecoder;
pub(crate) use encode::{RowEncoder, Writer, real};
pub(crate) use filter_scan::{
    FilteredRow, Recalled, RowFilter, RowProof, filter_rows, filter_table,
};
pub(crate) use known_parts::{KnownParts, PartFindings};
pub(crate) use probe::{Head, Tail, head, tail};
pub(crate) use scan::{EachRow, Passing, RowPlace, TableReader, index};
pub(crate) use section::{Section, Summed};
pub(crate) use source::BYTE_ORDER_MARK;
pub(crate) use table_span::{Index, TableSpan};
