//! The snapshot's JSON, the only reader and writer of it: rows to bytes as Python's
//! `json.dumps(dump, default=str)` writes them, and whatever `json.dumps` can write back to rows.
//!
//! A snapshot is one object: `last_event_id`, then a table a key, each an array of rows, each row an
//! object of column and value. Neither side ever holds more than a row of it in memory.

mod background_writer;
mod base64;
mod decode;
mod encode;
mod escape;
mod filter_scan;
mod probe;
mod scan;
mod section;
mod source;

pub(crate) use background_writer::write_behind;
pub(crate) use base64::text_in_base64;
pub(crate) use decode::RowDecoder;
pub(crate) use encode::{RowEncoder, Writer, real};
pub(crate) use filter_scan::{RowFilter, Sifted, sift};
pub(crate) use probe::{Head, Tail, head, tail};
pub(crate) use scan::{Index, Passing, TableReader, TableSpan, index};
pub(crate) use section::{Section, Summed};
