//! An opened snapshot: where its tables are, their rows, and whether the file is still the one that
//! was opened.

use std::{
    fs::{self, File},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use crate::core::{
    checksum::{Checksum, Sum},
    error::{Error, Result},
    identity::Identity,
    json::{self, Index, Passing, Section, Span, TableReader},
    profile::Profile,
    progress::{OnProgress, Stage, tell},
    record::Value,
    regular::{Links, open_file},
};

/// An opened snapshot whose tables are known.
#[derive(Clone, Debug)]
pub struct Contents {
    path: PathBuf,
    file: Arc<File>,
    index: Index,
    seen: Seen,
}

/// What tells that a file was written since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    size: u64,
    modified: Option<SystemTime>,
    identity: Option<Identity>,
}

impl Contents {
    /// Opens a snapshot and reads it once for its tables.
    pub fn open(path: &Path, on: OnProgress<'_>) -> Result<Self> {
        Self::open_passing(path, on, &mut |_, _| Ok(()))
    }

    /// Opens a snapshot as [`Self::open`] does, and hands `passing` each table by its name, with a
    /// reader of its rows, when it has come to the table.
    pub(crate) fn open_passing(
        path: &Path,
        on: OnProgress<'_>,
        passing: &mut dyn FnMut(&str, TableReader<'_>) -> Result<()>,
    ) -> Result<Self> {
        let metadata = fs::metadata(path).or_else(|_| fs::symlink_metadata(path));
        if !metadata.map_err(Error::io("open", path))?.is_file() {
            return Err(Error::NotAFile {
                path: path.to_owned(),
            });
        }
        let file = open_file(path, Links::Follow).map_err(Error::io("open", path))?;
        let seen = Seen::of(&file, path)?;
        let file = Arc::new(file);
        let section = Section::new(Arc::clone(&file), 0, seen.size);
        let index = json::index(section, path, |passed| match passed {
            Passing::Offset(offset) => tell(on, Stage::Reading, offset, seen.size),
            Passing::Table(name, offset) => {
                let section = Section::new(Arc::clone(&file), offset, seen.size);
                passing(name, TableReader::new(section, path, name))
            }
        })?;
        let contents = Self {
            path: path.to_owned(),
            file,
            index,
            seen,
        };
        contents.unchanged()?;
        Ok(contents)
    }

    /// A snapshot whose outline is known from before; nothing where it is none of this file.
    pub(crate) fn of_outline(path: &Path, outline: Index) -> Option<Self> {
        let file = open_file(path, Links::Follow).ok()?;
        let seen = Seen::of(&file, path).ok()?;
        outline.is_within(seen.size).then(|| Self {
            path: path.to_owned(),
            file: Arc::new(file),
            index: outline,
            seen,
        })
    }

    /// What is worth remembering of it: where its tables are, and their last rows.
    pub(crate) fn outline(&self) -> Index {
        self.index.outline()
    }

    /// The file it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The event after which the application's start replays; 0 where the file does not say.
    pub fn last_event_id(&self) -> i64 {
        self.index.last_event_id
    }

    /// The id of the last event in its log, where it ends, whatever its `last_event_id`; 0 without an event.
    pub fn ends_at(&self, profile: &Profile) -> Result<i64> {
        let Some(log) = &profile.log else {
            return Ok(self.last_event_id());
        };
        if self.span(&log.table).is_none() {
            return Ok(self.last_event_id());
        }
        let columns = self.columns(&log.table)?.unwrap_or_default();
        let is_id = |column: &String| column.eq_ignore_ascii_case(&log.id);
        let Some(id) = columns.iter().position(is_id) else {
            return Ok(0);
        };
        let last = self.rows(&log.table).saturating_sub(1);
        let Some((mut row, mut reader)) = self.reader_before(&log.table, last, &columns) else {
            return Ok(0);
        };
        while reader.advance()? {
            if row == last
                && let Value::Integer(id) = reader.values()?[id]
            {
                return Ok(id);
            }
            row += 1;
        }
        Ok(0)
    }

    /// The tables in the file's order, and how many rows each has.
    pub fn tables(&self) -> impl Iterator<Item = (&str, u64)> {
        self.index
            .tables
            .iter()
            .map(|span| (span.name.as_str(), span.rows))
    }

    /// How many rows a table has; none where the snapshot lacks it.
    pub(crate) fn rows(&self, table: &str) -> u64 {
        self.span(table).map_or(0, |span| span.rows)
    }

    /// Fails if the file, or what is now at its path, is not what was opened.
    pub fn unchanged(&self) -> Result<()> {
        let named = open_file(&self.path, Links::Follow).map_err(Error::io("open", &self.path))?;
        if Seen::of(&self.file, &self.path)? == self.seen
            && Seen::of(&named, &self.path)? == self.seen
        {
            return Ok(());
        }
        Err(Error::ChangedWhileRead {
            path: self.path.clone(),
        })
    }

    /// Copies the file, byte for byte, to one that errors call `path`, and gives the checksum of what was
    /// copied.
    pub(crate) fn copy_to(
        &self,
        mut target: &File,
        path: &Path,
        stage: Stage,
        on: OnProgress<'_>,
    ) -> Result<Checksum> {
        let sum = self.parts(stage, on, |part| {
            target.write_all(part).map_err(Error::io("write", path))
        })?;
        self.unchanged().map(|()| sum)
    }

    /// Reads the file once more for its checksum.
    pub(crate) fn checksum(&self, on: OnProgress<'_>) -> Result<Checksum> {
        self.parts(Stage::Summing, on, |_| Ok(()))
    }

    /// Reads the file part by part, and gives its checksum.
    fn parts(
        &self,
        stage: Stage,
        on: OnProgress<'_>,
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Checksum> {
        const PART: usize = 256 * 1024;
        const TELL_EVERY: u64 = 64;
        let mut source = &*self.file;
        source.rewind().map_err(Error::io("read", &self.path))?;
        let (mut sum, mut buffer) = (Sum::default(), vec![0; PART]);
        let mut done = 0;
        for part in 1_u64.. {
            let length = source.read(&mut buffer);
            let length = length.map_err(Error::io("read", &self.path))?;
            if length == 0 {
                break;
            }
            sum.add(&buffer[..length]);
            each(&buffer[..length])?;
            done += length as u64;
            if part.is_multiple_of(TELL_EVERY) || done == self.seen.size {
                tell(on, stage, done, self.seen.size)?;
            }
        }
        Ok(sum.checksum())
    }

    /// How many bytes of the file a table takes.
    pub(crate) fn table_bytes(&self, table: &str) -> u64 {
        self.span(table)
            .map_or(0, |span| span.bytes.end - span.bytes.start)
    }

    /// The rows of a table; nothing where the snapshot lacks it.
    pub(crate) fn reader(&self, table: &str) -> Option<TableReader<'_>> {
        let span = self.span(table)?;
        let section = Section::new(Arc::clone(&self.file), span.bytes.start, span.bytes.end);
        Some(TableReader::new(section, &self.path, &span.name))
    }

    /// The rows of a table from `row` on or from some rows before it, and how many rows of the table
    /// stand before these. They have the given columns. Nothing where the snapshot lacks the table.
    pub(crate) fn reader_before(
        &self,
        table: &str,
        row: u64,
        columns: &[String],
    ) -> Option<(u64, TableReader<'_>)> {
        let span = self.span(table)?;
        let behind = span.marks.partition_point(|mark| mark.row <= row);
        let Some(mark) = behind.checked_sub(1).map(|index| span.marks[index]) else {
            return Some((0, self.reader(table)?));
        };
        let section = Section::new(Arc::clone(&self.file), mark.offset, span.bytes.end);
        let reader = TableReader::at(mark, section, &self.path, &span.name, columns);
        Some((mark.row, reader))
    }

    /// The columns of a table's rows; nothing where it has no rows.
    pub(crate) fn columns(&self, table: &str) -> Result<Option<Vec<String>>> {
        let Some(mut reader) = self.reader(table) else {
            return Ok(None);
        };
        if !reader.advance()? {
            return Ok(None);
        }
        reader.values()?;
        Ok(Some(reader.columns().to_vec()))
    }

    /// SQLite's names do not know upper from lower case.
    fn span(&self, table: &str) -> Option<&Span> {
        self.index
            .tables
            .iter()
            .find(|span| span.name.eq_ignore_ascii_case(table))
    }
}

impl Seen {
    fn of(file: &File, path: &Path) -> Result<Self> {
        let metadata = file.metadata().map_err(Error::io("read", path))?;
        Ok(Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            identity: Identity::of(&metadata),
        })
    }
}
