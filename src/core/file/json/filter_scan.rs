//! Reads a whole file in one pass and decodes only the rows that may match, or every row where nothing else
//! proves that the file is undamaged. Rows that several files share are decoded in the first one only.

use std::{
    collections::{HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    path::Path,
};

use super::{
    decode::RowDecoder,
    known_parts::{KnownPart, KnownParts, PartFindings, PartKey},
    row_ends::SkippedRows,
    scan::{Passing, each_table, span},
    section::Section,
    source::ByteSource,
    table_span::{Index, SpanProgress, TableSpan},
};
use crate::core::base::{error::Result, row::Value};

/// A search for rows in a file.
pub(crate) trait RowFilter {
    /// What was found in a row.
    type Found: Clone;

    /// Returns whether the rows of this table are searched.
    fn enters(&mut self, table: &str) -> bool;
    /// Returns the index where a match may begin; a match never crosses a row's end.
    fn find(&self, bytes: &[u8]) -> Option<usize>;
    /// Returns what was found before in parts of tables, and a seed that distinguishes this search of the
    /// current table from other searches and tables in it.
    fn known_parts(&self) -> Option<(&KnownParts<Self::Found>, u64)> {
        None
    }
    /// Receives the bytes of a row that may match.
    fn recall(&mut self, bytes: &[u8]) -> Recalled<Self::Found>;
    /// Receives a decoded row that was not recalled; returns what it found.
    fn take(&mut self, row: FilteredRow<'_>) -> Result<Option<Self::Found>>;
    /// Returns whether [`Self::repeat`] suffices for what was found in an equal row.
    fn suffices(&self, _found: &Self::Found) -> bool {
        true
    }
    /// Receives what was found in a row of the same bytes; `row` is its index in the table, from 0.
    fn repeat(&mut self, row: u64, found: Self::Found) -> Result<()>;
    /// Receives what was found in a part of the same bytes, by the index of its row in the part, whose
    /// first row has the index `first` in the table.
    fn repeat_part(&mut self, first: u64, found: &PartFindings<Self::Found>) -> Result<()> {
        let mut found = found.iter();
        found.try_for_each(|(row, found)| self.repeat(first + row, found.clone()))
    }
    /// Receives progress, as an offset in the file.
    fn pass(&mut self, offset: u64) -> Result<()>;
}

/// What is already known of a row with the same bytes.
pub(crate) enum Recalled<F> {
    /// It has to be decoded.
    Unknown,
    /// It does not match.
    Nothing,
    /// The same was found in a row of the same bytes.
    Found(F),
}

/// A row that may match.
pub(crate) struct FilteredRow<'r> {
    pub(crate) table: &'r str,
    /// Its index in the table, from 0.
    pub(crate) number: u64,
    pub(crate) columns: &'r [String],
    pub(crate) values: Vec<Value>,
}

/// What proves that the rows of a file are undamaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowProof {
    /// Another check, such as a checksum: only rows that may match are decoded.
    Elsewhere,
    /// The decoding of every row of every table.
    Decoding,
}

/// Reads a whole file, and passes to `filter` the rows in which it finds something.
pub(crate) fn filter_rows(
    section: Section,
    path: &Path,
    proof: RowProof,
    filter: &mut impl RowFilter,
) -> Result<Index> {
    let mut names: HashSet<String> = HashSet::new();
    let mut tables = Vec::new();
    let last_event_id = each_table(&mut ByteSource::new(section, path), |source, name| {
        if !names.insert(name.clone()) {
            // Python would keep the second one's rows, but the first one's were already passed on.
            return Err(source.wrong(format!("table {name} appears twice")));
        }
        tables.push(if filter.enters(&name) {
            filter_next_table(source, name, proof, filter)?
        } else if proof == RowProof::Decoding {
            filter_next_table(source, name, proof, &mut Unsearched(filter))?
        } else {
            span(source, name, None, &mut |passing| match passing {
                Passing::Table(..) => Ok(()),
                Passing::Offset(offset) => filter.pass(offset),
            })?
        });
        Ok(())
    })?;
    Ok(Index {
        last_event_id,
        tables,
    })
}

/// Reads one table, whose rows are in this section, as [`filter_rows`] does.
pub(crate) fn filter_table(
    section: Section,
    path: &Path,
    name: &str,
    filter: &mut impl RowFilter,
) -> Result<()> {
    let (mut source, name) = (ByteSource::new(section, path), name.to_owned());
    filter_next_table(&mut source, name, RowProof::Elsewhere, filter).map(|_| ())
}

/// A filter that finds nothing: the rows of a table that a filter does not enter are only decoded.
struct Unsearched<'f, F>(&'f mut F);

impl<F: RowFilter> RowFilter for Unsearched<'_, F> {
    type Found = F::Found;

    fn enters(&mut self, _table: &str) -> bool {
        true
    }

    fn find(&self, _bytes: &[u8]) -> Option<usize> {
        None
    }

    fn known_parts(&self) -> Option<(&KnownParts<F::Found>, u64)> {
        let (parts, seed) = self.0.known_parts()?;
        Some((parts, !seed))
    }

    fn recall(&mut self, _bytes: &[u8]) -> Recalled<F::Found> {
        Recalled::Nothing
    }

    fn take(&mut self, _row: FilteredRow<'_>) -> Result<Option<F::Found>> {
        Ok(None)
    }

    fn repeat(&mut self, _row: u64, _found: F::Found) -> Result<()> {
        Ok(())
    }

    fn pass(&mut self, offset: u64) -> Result<()> {
        self.0.pass(offset)
    }
}

/// How far a table was already searched.
#[derive(Clone, Copy, Default)]
struct Scanned {
    /// The offset up to which no match begins.
    to: u64,
    /// Whether a match may begin there.
    found: bool,
}

/// A search of one table.
struct TableScan<'t, F: RowFilter> {
    table: &'t str,
    filter: &'t mut F,
    decoder: RowDecoder,
    /// Decodes every row outside the known parts, if that proves them.
    checker: Option<RowDecoder>,
    /// A hash of the columns by which rows are decoded; it distinguishes parts of the same bytes.
    columns: u64,
    scanned: Scanned,
    /// The most bytes to search next.
    window: usize,
    /// The part that is being searched for the first time.
    part: Option<NewPart<F::Found>>,
    /// The offset from which on the next part may begin.
    next_part: u64,
}

/// A part of a table that is being searched, to be remembered.
struct NewPart<F> {
    key: PartKey,
    /// The offset of its first row, and of the first row after it.
    start: u64,
    end: u64,
    /// The index of its first row.
    first: u64,
    skipped: SkippedRows,
    found: Vec<(u64, F)>,
}

impl<F: RowFilter> TableScan<'_, F> {
    /// The bytes of a part.
    const PART: usize = 32 * 1024;
    /// The fewest bytes searched at a time: after an early match the rest is searched again.
    const LEAST: usize = 1024;

    /// Moves from the beginning of a row to that of one that may match, if one is in reach.
    fn search(&mut self, source: &mut ByteSource<'_>) -> Result<()> {
        self.end_part(source.offset());
        self.skip(source)?;
        self.end_part(source.offset());
        Ok(())
    }

    /// Skips rows in which nothing is found, and whole parts that are known.
    fn skip(&mut self, source: &mut ByteSource<'_>) -> Result<()> {
        let at = source.offset();
        if self.scanned.to > at && self.checker.is_none() {
            let clear = self.scanned.to - at;
            let held = source.rest().len();
            let clear = usize::try_from(clear).map_or(held, |clear| clear.min(held));
            source.skip_rows_within(clear);
            return Ok(());
        }
        if self.part.is_none() && self.next_part <= at {
            source.fill(Self::PART)?;
            if self.pass_known(source)? {
                return Ok(());
            }
        }
        if self.checker.is_some() {
            return Ok(());
        }
        // How far a search goes depends only on the bytes, so that parts of two files begin at the same rows.
        let most = self.next_part.checked_sub(at).filter(|&left| left > 0);
        let most = most.and_then(|left| usize::try_from(left).ok());
        let rest = source.rest();
        let window = &rest[..rest.len().min(self.window).min(most.unwrap_or(usize::MAX))];
        let length = window.len();
        let found = self.filter.find(window);
        let clear = found.unwrap_or(length);
        source.skip_rows_within(clear);
        self.scanned = Scanned {
            to: at + clear as u64,
            found: found.is_some(),
        };
        self.window = match found {
            Some(_) => Self::LEAST,
            None => Self::PART.min(self.window * 2),
        };
        Ok(())
    }

    /// Skips the part that begins here if it is known; otherwise begins to search it.
    fn pass_known(&mut self, source: &mut ByteSource<'_>) -> Result<bool> {
        let Some((parts, seed)) = self.filter.known_parts() else {
            return Ok(false);
        };
        let rest = source.rest();
        let window = &rest[..rest.len().min(Self::PART)];
        let key = PartKey::of(seed ^ self.columns, window);
        let (start, first) = (source.offset(), source.rows() - 1);
        self.next_part = start + window.len() as u64;
        let Some(part) = parts.recall(key) else {
            let skipped = source.rows_within(window.len());
            self.part = (skipped.rows > 0).then(|| NewPart {
                key,
                start,
                end: start + skipped.bytes as u64,
                first,
                skipped,
                found: Vec::new(),
            });
            return Ok(false);
        };
        if !part
            .found
            .iter()
            .all(|(_, found)| self.filter.suffices(found))
        {
            return Ok(false);
        }
        self.filter.repeat_part(first, &part.found)?;
        source.skip(part.skipped);
        self.scanned = Scanned {
            to: start + part.clear,
            found: part.ends_in_match,
        };
        Ok(true)
    }

    /// Remembers the part if it ends here.
    fn end_part(&mut self, at: u64) {
        let Some(part) = self.part.take_if(|part| part.end <= at) else {
            return;
        };
        if let Some((parts, _)) = self.filter.known_parts() {
            let known = KnownPart {
                skipped: part.skipped,
                clear: self.scanned.to.max(at) - part.start,
                ends_in_match: self.scanned.found && self.scanned.to >= at,
                found: part.found.into(),
            };
            parts.remember(part.key, known);
        }
    }

    /// Reads the current row; decodes it if it may match and is not known.
    fn read_row(&mut self, source: &mut ByteSource<'_>) -> Result<()> {
        let first = self.decoder.columns().is_empty();
        let row = match &mut self.checker {
            Some(checker) => source.decode_row(checker)?,
            None => source.row()?,
        };
        if source.offset() <= self.scanned.to {
            return Ok(());
        }
        let begins_match = std::mem::take(&mut self.scanned).found;
        let may_match = first || begins_match || self.filter.find(source.bytes(&row)).is_some();
        let number = source.rows() - 1;
        let recalled = if may_match {
            self.filter.recall(source.bytes(&row))
        } else {
            Recalled::Nothing
        };
        let is_new = matches!(recalled, Recalled::Unknown);
        if first || is_new {
            source.decode_at(&row, &mut self.decoder)?;
        }
        if first && self.checker.is_some() {
            let mut hasher = DefaultHasher::new();
            self.decoder.columns().hash(&mut hasher);
            self.columns = hasher.finish();
        }
        let found = match recalled {
            Recalled::Nothing => None,
            Recalled::Found(found) => {
                self.filter.repeat(number, found.clone())?;
                Some(found)
            }
            Recalled::Unknown => self.filter.take(FilteredRow {
                table: self.table,
                number,
                columns: self.decoder.columns(),
                values: self.decoder.value_refs().to_values(),
            })?,
        };
        if let (Some(part), Some(found)) = (&mut self.part, found)
            && number >= part.first
            && number - part.first < part.skipped.rows
        {
            part.found.push((number - part.first, found));
        }
        Ok(())
    }
}

fn filter_next_table<F: RowFilter>(
    source: &mut ByteSource<'_>,
    table: String,
    proof: RowProof,
    filter: &mut F,
) -> Result<TableSpan> {
    let mut progress = SpanProgress::begin(source, &table)?;
    let mut scan = TableScan {
        table: &table,
        filter,
        decoder: RowDecoder::default(),
        checker: (proof == RowProof::Decoding).then(RowDecoder::checking),
        columns: 0,
        scanned: Scanned::default(),
        window: TableScan::<F>::PART,
        part: None,
        next_part: 0,
    };
    source.take(b'[')?;
    let mut more = !source.take_if(b']')?;
    while more {
        source.enter_row()?;
        // Every row must have the first row's columns.
        if !scan.decoder.columns().is_empty() {
            scan.search(source)?;
        }
        progress.mark(source);
        scan.read_row(source)?;
        if let Some(offset) = progress.due(source) {
            scan.filter.pass(offset)?;
        }
        more = source.take_if(b',')?;
        if !more {
            source.take(b']')?;
        }
    }
    let span = progress.end(source, table);
    filter.pass(span.bytes.end)?;
    Ok(span)
}
