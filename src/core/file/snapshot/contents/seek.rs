//! Finds rows by an ascending id, and copies the bytes of all rows of a table.

use std::{io::Read, sync::Arc};

use super::Contents;
use crate::core::{
    base::{
        error::{Error, Result},
        row::{Table, Value},
    },
    file::json::{Section, TableReader},
};

impl Contents {
    /// Returns a reader that starts at the first row whose `id` is above `after`, or somewhat
    /// before. The rows ascend by that column. `None` if the snapshot lacks the table.
    pub(crate) fn reader_after(
        &self,
        table: &Table,
        id: &str,
        after: i64,
    ) -> Result<Option<TableReader<'_>>> {
        let Some(column) = table.column(id) else {
            return Ok(self.reader(&table.name));
        };
        let columns = &table.columns;
        let is_before = |row: u64| -> Result<bool> {
            let found = self.reader_before(&table.name, row, columns);
            let Some((_, mut reader)) = found else {
                return Ok(false);
            };
            Ok(reader.advance()?
                && matches!(reader.values()?[column], Value::Integer(id) if id <= after))
        };
        // Finds the last row, of those at which a reader may start, whose id is not above.
        let (mut low, mut high) = (0, self.rows(&table.name));
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if is_before(middle)? {
                low = middle;
            } else {
                high = middle;
            }
        }
        let found = self.reader_before(&table.name, low, columns);
        Ok(found.map(|(_, reader)| reader))
    }

    /// Passes the bytes of all rows of a table, without its brackets, part by part.
    pub(crate) fn copy_rows(
        &self,
        table: &str,
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        const PART: u64 = 256 * 1024;
        let Some(span) = self.span(table) else {
            return Ok(());
        };
        let (start, end) = (span.bytes.start + 1, span.bytes.end - 1);
        let mut section = Section::new(Arc::clone(&self.file), start, end);
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let mut part = (&mut section).take(PART);
            let read = part.read_to_end(&mut buffer);
            if read.map_err(Error::io("read", &self.path))? == 0 {
                return Ok(());
            }
            each(&buffer)?;
        }
    }
}
