//! The bytes of a file in order, through one buffer: the next byte of a token, and whole strings
//! and objects skipped. It knows JSON's brackets and quotes, not its values.

use std::{ops::Range, path::Path};

use memchr::memchr2;

use super::{
    decode::RowDecoder,
    parser::Wrong,
    row_ends::{SkippedRows, rows_in},
    section::Section,
};
use crate::core::base::error::{Error, Result};

/// U+FEFF as UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8; 3] = b"\xef\xbb\xbf";
const BUFFER: usize = 256 * 1024;
/// No name of a table or column is longer, however it is escaped.
const LONGEST_NAME: usize = 1024 * 1024;
/// No number is longer.
const LONGEST_NUMBER: usize = 4096;

/// A position in a file, and what is being read there.
pub(crate) struct ByteSource<'p> {
    section: Section,
    path: &'p Path,
    table: Option<String>,
    row: u64,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// Offset in the file of the buffer's first byte.
    base: u64,
    /// The first byte of the buffer that a refill must keep.
    kept: Option<usize>,
    /// The most bytes to keep.
    most: usize,
}

impl<'p> ByteSource<'p> {
    pub(crate) fn new(section: Section, path: &'p Path) -> Self {
        let base = section.at();
        // With room for one more byte, the end of the file shows without a larger buffer.
        let length = usize::try_from(section.left()).map_or(BUFFER, |left| BUFFER.min(left + 1));
        Self {
            section,
            path,
            table: None,
            row: 0,
            buffer: vec![0; length],
            at: 0,
            filled: 0,
            base,
            kept: None,
            most: usize::MAX,
        }
    }

    /// Returns the offset in the file of the next byte.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Sets the table that errors name from here on.
    pub(crate) fn enter_table(&mut self, name: &str) {
        self.table = Some(name.to_owned());
        self.row = 0;
    }

    /// Counts these rows of the table as already passed.
    pub(crate) fn count_rows(&mut self, rows: u64) {
        self.row = rows;
    }

    /// Returns how many rows of this table were reached.
    pub(crate) fn rows(&self) -> u64 {
        self.row
    }

    /// Leaves the table: errors name none from here on.
    pub(crate) fn leave_table(&mut self) {
        self.table = None;
        self.row = 0;
    }

    pub(crate) fn wrong_at(&self, offset: u64, what: impl Into<String>) -> Error {
        let row = (self.row > 0).then_some(self.row);
        Error::Json {
            path: self.path.to_owned(),
            table: self.table.clone(),
            row,
            offset,
            what: what.into(),
        }
    }

    pub(crate) fn wrong(&self, what: impl Into<String>) -> Error {
        self.wrong_at(self.offset(), what)
    }

    fn cut_short(&self) -> Error {
        self.wrong_at(
            self.base + self.filled as u64,
            "the file ends here, cut short",
        )
    }

    /// Returns the next byte that is not white space, without consuming it; `None` at the end of
    /// the file.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>> {
        loop {
            while self.at < self.filled {
                match self.buffer[self.at] {
                    b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                    byte => return Ok(Some(byte)),
                }
            }
            if !self.refill()? {
                return Ok(None);
            }
        }
    }

    /// Skips the byte order mark that some editors write.
    pub(crate) fn skip_byte_order_mark(&mut self) -> Result<()> {
        self.peek()?;
        if self.rest().starts_with(BYTE_ORDER_MARK) {
            self.at += BYTE_ORDER_MARK.len();
        }
        Ok(())
    }

    /// Consumes the next byte that is not white space, which must be `expected`.
    pub(crate) fn take(&mut self, expected: u8) -> Result<()> {
        match self.peek()? {
            Some(byte) if byte == expected => {
                self.at += 1;
                Ok(())
            }
            Some(byte) => Err(self.wrong(format!(
                "expected {:?}, found {:?}",
                char::from(expected),
                char::from(byte)
            ))),
            None => Err(self.cut_short()),
        }
    }

    /// Consumes the next byte that is not white space, if it is `expected`.
    pub(crate) fn take_if(&mut self, expected: u8) -> Result<bool> {
        let found = self.peek()? == Some(expected);
        self.at += usize::from(found);
        Ok(found)
    }

    /// Reads a string; returns its bytes with the quotes.
    pub(crate) fn string(&mut self) -> Result<&[u8]> {
        if self.peek()? != Some(b'"') {
            return Err(self.expected("a string"));
        }
        self.keep(LONGEST_NAME);
        self.at += 1;
        self.skip_string()?;
        let start = self.kept.take().expect("nothing within takes it");
        Ok(&self.buffer[start..self.at])
    }

    /// Reads a value that is not a string, array or object; returns its bytes.
    pub(crate) fn scalar(&mut self) -> Result<&[u8]> {
        if self.peek()?.is_none() {
            return Err(self.cut_short());
        }
        self.keep(LONGEST_NUMBER);
        loop {
            let ends = |byte: &u8| {
                matches!(byte, b',' | b'}' | b']' | b':' | b'"' | b'{' | b'[')
                    || byte.is_ascii_whitespace()
            };
            if let Some(length) = self.buffer[self.at..self.filled].iter().position(ends) {
                self.at += length;
                break;
            }
            self.at = self.filled;
            if !self.refill()? {
                break;
            }
        }
        let start = self.kept.take().expect("nothing within takes it");
        Ok(&self.buffer[start..self.at])
    }

    /// Keeps the following bytes in the buffer; more than `most` are an error.
    fn keep(&mut self, most: usize) {
        self.kept = Some(self.at);
        self.most = most;
    }

    /// Moves to the next row, which must exist.
    pub(crate) fn enter_row(&mut self) -> Result<()> {
        self.row += 1;
        if self.peek()? != Some(b'{') {
            return Err(self.expected("a row"));
        }
        Ok(())
    }

    /// Reads the current row. [`Self::bytes`] returns its bytes until more is read.
    pub(crate) fn row(&mut self) -> Result<Range<usize>> {
        self.keep(usize::MAX);
        self.skip_object()?;
        let start = self.kept.take().expect("nothing within takes it");
        Ok(start..self.at)
    }

    /// Reads and decodes the current row.
    pub(super) fn decode_row(&mut self, decoder: &mut RowDecoder) -> Result<Range<usize>> {
        // Nearly every row is whole in the buffer. Any other is read below, where its error is found.
        if !decoder.columns().is_empty()
            && let Ok(length) = decoder.decode_first(self.rest())
        {
            self.at += length;
            return Ok(self.at - length..self.at);
        }
        let row = self.row()?;
        self.decode_at(&row, decoder)?;
        Ok(row)
    }

    /// Decodes the row in a range that [`Self::row`] returned.
    pub(super) fn decode_at(&self, row: &Range<usize>, decoder: &mut RowDecoder) -> Result<()> {
        let decoded = decoder.decode_whole(self.bytes(row));
        decoded.map_err(|Wrong { at, what }| {
            self.wrong_at(self.base + row.start as u64 + at as u64, what)
        })
    }

    /// Returns the bytes of a range that [`Self::row`] returned.
    pub(crate) fn bytes(&self, range: &Range<usize>) -> &[u8] {
        &self.buffer[range.clone()]
    }

    /// Returns the unread bytes of the buffer.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.buffer[self.at..self.filled]
    }

    /// Reads until the buffer holds at least `length` unread bytes, or the rest of the file.
    pub(super) fn fill(&mut self, length: usize) -> Result<()> {
        while self.rest().len() < length && self.refill()? {}
        Ok(())
    }

    /// Moves from the beginning of a row to that of the last row that surely begins within `length`
    /// bytes, in the same table.
    pub(super) fn skip_rows_within(&mut self, length: usize) {
        self.skip(self.rows_within(length));
    }

    /// Returns the rows that [`Self::skip_rows_within`] would skip.
    pub(super) fn rows_within(&self, length: usize) -> SkippedRows {
        rows_in(&self.buffer[self.at..self.at + length])
    }

    /// Skips rows whose bytes the buffer holds.
    pub(super) fn skip(&mut self, skipped: SkippedRows) {
        self.row += skipped.rows;
        self.at += skipped.bytes;
    }

    /// Skips the current row without keeping its bytes.
    pub(crate) fn skip_row(&mut self) -> Result<()> {
        self.skip_object()
    }

    /// Skips the current row if it equals `encoded`, byte for byte: a whole object where a row
    /// begins is that row.
    pub(crate) fn row_if(&mut self, encoded: &[u8]) -> Result<bool> {
        self.keep(usize::MAX);
        while self.filled - self.kept.expect("set above") < encoded.len() && self.refill()? {}
        self.at = self.kept.take().expect("nothing within takes it");
        let same = self.buffer[self.at..self.filled].starts_with(encoded);
        self.at += if same { encoded.len() } else { 0 };
        Ok(same)
    }

    fn expected(&mut self, what: &str) -> Error {
        match self.peek() {
            Ok(Some(byte)) => self.wrong(format!("expected {what}, found {:?}", char::from(byte))),
            Ok(None) => self.cut_short(),
            Err(error) => error,
        }
    }

    fn skip_object(&mut self) -> Result<()> {
        let mut depth = 0_u64;
        loop {
            while self.at < self.filled {
                let byte = self.buffer[self.at];
                self.at += 1;
                match byte {
                    b'"' => self.skip_string()?,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Ok(());
                        }
                    }
                    _ => {}
                }
            }
            if !self.refill()? {
                return Err(self.cut_short());
            }
        }
    }

    /// Moves from after the opening quote to after the closing one.
    fn skip_string(&mut self) -> Result<()> {
        loop {
            match memchr2(b'"', b'\\', &self.buffer[self.at..self.filled]) {
                Some(length) if self.buffer[self.at + length] == b'"' => {
                    self.at += length + 1;
                    return Ok(());
                }
                Some(length) => {
                    self.at += length + 1;
                    if self.at == self.filled && !self.refill()? {
                        return Err(self.cut_short());
                    }
                    self.at += 1;
                }
                None => {
                    self.at = self.filled;
                    if !self.refill()? {
                        return Err(self.cut_short());
                    }
                }
            }
        }
    }

    /// Reads more bytes into the buffer; returns false at the end of the file.
    fn refill(&mut self) -> Result<bool> {
        let from = self.kept.unwrap_or(self.at);
        if from > 0 {
            self.buffer.copy_within(from..self.filled, 0);
            self.base += from as u64;
            self.at -= from;
            self.filled -= from;
            self.kept = self.kept.map(|_| 0);
        }
        if self.kept.is_some() && self.filled > self.most {
            let what = format!("a name or a number of more than {} bytes", self.most);
            return Err(self.wrong_at(self.base, what));
        }
        if self.filled == self.buffer.len() {
            // Memory is touched as it grows, so a huge row must not double it.
            let more = BUFFER.max(self.buffer.len() / 8);
            self.buffer.resize(self.buffer.len() + more, 0);
        }
        let read = self
            .section
            .read(&mut self.buffer[self.filled..])
            .map_err(Error::io("read", self.path))?;
        // JSON has no NUL byte. This stops at a sparse file's hole of many gigabytes.
        if read > 0 && self.buffer[self.filled] == 0 {
            return Err(self.wrong_at(self.base + self.filled as u64, "a NUL byte"));
        }
        self.filled += read;
        Ok(read > 0)
    }
}
