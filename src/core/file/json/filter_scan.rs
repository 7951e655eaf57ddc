//! Reads a whole file in one pass and decodes only the rows that may match.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{Mutex, PoisonError},
};

use twox_hash::XxHash3_128;

use super::{
    decode::RowDecoder,
    scan::{Passing, REPORT_EVERY, each_table, span},
    section::Section,
    source::{ByteSource, Skipped},
};
use crate::core::base::{error::Result, record::Value};

/// A search for rows in a file.
pub(crate) trait RowFilter {
    /// Returns whether the rows of this table are searched.
    fn enters(&mut self, table: &str) -> bool;
    /// Returns the index where a match may begin; a match never crosses a row's end.
    fn find(&self, bytes: &[u8]) -> Option<usize>;
    /// Returns where it is remembered what is found in parts of the current table, and what
    /// distinguishes this search from others there.
    fn known_parts(&self) -> Option<(&KnownParts, u64)> {
        None
    }
    /// Receives the bytes of a row that may match; returns whether it need not be decoded.
    fn knows(&mut self, row: u64, bytes: &[u8]) -> Result<bool>;
    /// Receives such a row, decoded.
    fn take(&mut self, row: FilteredRow<'_>) -> Result<()>;
    /// Receives progress, as an offset in the file.
    fn pass(&mut self, offset: u64) -> Result<()>;
}

/// A row that may match.
pub(crate) struct FilteredRow<'r> {
    pub(crate) table: &'r str,
    /// Its index in the table, from 0.
    pub(crate) number: u64,
    pub(crate) columns: &'r [String],
    pub(crate) values: Vec<Value>,
}

/// What was found in parts of tables, by a hash of their bytes: snapshots are nearly equal.
#[derive(Debug, Default)]
pub(crate) struct KnownParts(Mutex<HashMap<u128, KnownPart>>);

/// What was found in a part of a table that begins with a row.
#[derive(Clone, Copy, Debug)]
struct KnownPart {
    /// Where a match may begin, if one does.
    found: Option<usize>,
    /// The rows before it.
    skipped: Skipped,
}

impl KnownParts {
    /// The most parts that are remembered, at about 64 bytes each.
    const MOST: usize = 250_000;

    fn recall(&self, hash: u128) -> Option<KnownPart> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&hash).copied()
    }

    fn remember(&self, hash: u128, part: KnownPart) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < Self::MOST {
            known.insert(hash, part);
        }
    }
}

/// Reads a whole file, and passes to `filter` the rows in which it finds something.
pub(crate) fn filter_rows(
    section: Section,
    path: &Path,
    filter: &mut impl RowFilter,
) -> Result<()> {
    let mut names: HashSet<String> = HashSet::new();
    each_table(&mut ByteSource::new(section, path), |source, name| {
        if names.contains(&name) {
            // Python would keep the second one's rows, but the first one's were already passed on.
            return Err(source.wrong(format!("table {name} appears twice")));
        }
        if filter.enters(&name) {
            filter_next_table(source, &name, filter)?;
        } else {
            span(source, name.clone(), None, &mut |passing| match passing {
                Passing::Table(..) => Ok(()),
                Passing::Offset(offset) => filter.pass(offset),
            })?;
        }
        names.insert(name);
        Ok(())
    })?;
    Ok(())
}

/// Reads one table, whose rows are in this section, as [`filter_rows`] does.
pub(crate) fn filter_table(
    section: Section,
    path: &Path,
    name: &str,
    filter: &mut impl RowFilter,
) -> Result<()> {
    filter_next_table(&mut ByteSource::new(section, path), name, filter)
}

/// How far a file was already searched.
#[derive(Clone, Copy, Default)]
struct Scanned {
    /// The offset up to which no match begins.
    to: u64,
    /// Whether a match may begin there.
    found: bool,
}

impl Scanned {
    /// The most and the fewest bytes searched at a time: after an early match the rest is searched
    /// again.
    const WINDOW: usize = 32 * 1024;
    const LEAST: usize = 1024;

    /// Searches from the current row on, at most in so many bytes, and skips the rows in which nothing
    /// is found. The smallest parts are not remembered: where much is found, that would take longest.
    fn on(source: &mut ByteSource<'_>, filter: &impl RowFilter, most: usize) -> Self {
        let start = source.offset();
        let rest = source.rest();
        let window = &rest[..rest.len().min(most)];
        let length = window.len();
        let parts = filter.known_parts().filter(|_| most > Self::LEAST);
        let parts = parts.map(|(parts, seed)| {
            let hash = XxHash3_128::oneshot_with_seed(seed, window);
            (parts, hash)
        });
        let known = parts.and_then(|(parts, hash)| parts.recall(hash));
        let found = if let Some(part) = known {
            source.skip(part.skipped);
            part.found
        } else {
            let found = filter.find(window);
            let skipped = source.skip_rows_within(found.unwrap_or(length));
            if let Some((parts, hash)) = parts {
                parts.remember(hash, KnownPart { found, skipped });
            }
            found
        };
        Self {
            to: start + found.unwrap_or(length) as u64,
            found: found.is_some(),
        }
    }
}

fn filter_next_table(
    source: &mut ByteSource<'_>,
    name: &str,
    filter: &mut impl RowFilter,
) -> Result<()> {
    let mut decoder = RowDecoder::default();
    let (mut scanned, mut window) = (Scanned::default(), Scanned::WINDOW);
    source.enter_table(name);
    source.peek()?;
    let mut reported = source.offset();
    source.take(b'[')?;
    let mut more = !source.take_if(b']')?;
    while more {
        source.enter_row()?;
        // Every row must have the first row's columns.
        let first = decoder.columns().is_empty();
        if !first {
            if scanned.to <= source.offset() {
                scanned = Scanned::on(source, filter, window);
                window = if scanned.found {
                    Scanned::LEAST
                } else {
                    Scanned::WINDOW.min(window * 2)
                };
            } else {
                let clear = scanned.to - source.offset();
                let held = source.rest().len();
                let clear = usize::try_from(clear).map_or(held, |clear| clear.min(held));
                source.skip_rows_within(clear);
            }
        }
        let row = source.row()?;
        if source.offset() > scanned.to {
            let found = first || scanned.found || filter.find(source.bytes(&row)).is_some();
            scanned = Scanned::default();
            let is_new = found && !filter.knows(source.rows() - 1, source.bytes(&row))?;
            if first || is_new {
                source.decode_at(&row, &mut decoder)?;
            }
            if is_new {
                filter.take(FilteredRow {
                    table: name,
                    number: source.rows() - 1,
                    columns: decoder.columns(),
                    values: decoder.cells().to_values(),
                })?;
            }
        }
        if source.offset() - reported >= REPORT_EVERY {
            reported = source.offset();
            filter.pass(reported)?;
        }
        more = source.take_if(b',')?;
        if !more {
            source.take(b']')?;
        }
    }
    source.leave_table();
    filter.pass(source.offset())
}
