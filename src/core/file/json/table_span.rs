//! Where a snapshot's tables are in its file, and where some of their rows begin.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::source::ByteSource;
use crate::core::base::error::Result;

/// A snapshot's tables and their positions in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Index {
    pub(crate) last_event_id: i64,
    pub(crate) tables: Vec<TableSpan>,
}

impl Index {
    /// Returns a copy with only the marks needed to reach the last rows of each table.
    pub(crate) fn outline(&self) -> Self {
        const LAST: u64 = 64;
        let mut outline = self.clone();
        for span in &mut outline.tables {
            let end = span.rows.saturating_sub(LAST);
            let near = span.marks.partition_point(|mark| mark.row <= end);
            span.marks.truncate(near);
            span.marks.drain(..near.saturating_sub(1));
        }
        outline
    }

    /// Returns whether all of it lies within a file of this size.
    pub(crate) fn is_within(&self, size: u64) -> bool {
        self.tables.iter().all(|TableSpan { bytes, marks, .. }| {
            let mut marks = marks.iter();
            bytes.start <= bytes.end
                && bytes.end <= size
                && marks.all(|mark| (bytes.start..bytes.end).contains(&mark.offset))
        })
    }
}

/// One table of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableSpan {
    pub(crate) name: String,
    pub(crate) rows: u64,
    /// The offsets in the file of `[` and of the byte after `]`.
    pub(crate) bytes: Range<u64>,
    /// Where some of the rows begin, in order: about one per quarter of a megabyte.
    pub(crate) marks: Vec<RowMark>,
}

/// Where a row begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowMark {
    /// The number of rows of its table before it.
    pub(crate) row: u64,
    /// The offset in the file of its opening brace.
    pub(crate) offset: u64,
}

impl RowMark {
    /// The fewest bytes between two marks, so that marks take at most 1/8000 of the file.
    const APART: u64 = 128 * 1024;
}

/// Bytes between two progress reports.
const REPORT_EVERY: u64 = 1024 * 1024;

/// What is known of a table while it is read.
pub(super) struct SpanProgress {
    start: u64,
    reported: u64,
    marked: u64,
    marks: Vec<RowMark>,
}

impl SpanProgress {
    /// Enters the table that begins here.
    pub(super) fn begin(source: &mut ByteSource<'_>, name: &str) -> Result<Self> {
        source.enter_table(name);
        source.peek()?;
        let start = source.offset();
        Ok(Self {
            start,
            reported: start,
            marked: start,
            marks: Vec::new(),
        })
    }

    /// Marks the row that begins here if the last mark is far enough away.
    pub(super) fn mark(&mut self, source: &ByteSource<'_>) {
        if source.offset() - self.marked >= RowMark::APART {
            self.marked = source.offset();
            self.marks.push(RowMark {
                row: source.rows() - 1,
                offset: self.marked,
            });
        }
    }

    /// Returns the offset if it is time to report it.
    pub(super) fn due(&mut self, source: &ByteSource<'_>) -> Option<u64> {
        let is_due = source.offset() - self.reported >= REPORT_EVERY;
        is_due.then(|| {
            self.reported = source.offset();
            self.reported
        })
    }

    /// Leaves the table, which ends here.
    pub(super) fn end(self, source: &mut ByteSource<'_>, name: String) -> TableSpan {
        let span = TableSpan {
            name,
            rows: source.rows(),
            bytes: self.start..source.offset(),
            marks: self.marks,
        };
        source.leave_table();
        span
    }
}
