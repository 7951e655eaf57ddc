//! An opened snapshot: where its tables are, their rows, whether its bytes are those that were
//! written, and whether the file is still the one that was opened.
//!
//! Operations use only snapshots whose bytes can be trusted. With a recorded checksum, opening
//! compares the whole file with it; without one, [`Contents::open_trusted`] decodes every row of
//! every table.

mod facts;
mod filter;
mod keys;
mod seek;
mod sum;

use std::{
    collections::HashMap,
    fs::{self, File, Metadata},
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use super::other_than_file;
use crate::core::{
    base::{
        error::{Error, Result},
        file_id::FileId,
        progress::{OnProgress, Stage, report},
        regular::{self, Links},
    },
    file::{
        checksum::Checksum,
        json::{self, EachRow, Index, Passing, RowPlace, Section, Summed, TableReader, TableSpan},
        note::Note,
        pin,
    },
};

pub(crate) use keys::Keys;
use sum::parts;
pub(crate) use sum::sum;

/// An opened snapshot whose tables are located.
#[derive(Clone, Debug)]
pub struct Contents {
    path: PathBuf,
    file: Arc<File>,
    index: Index,
    places: Arc<Places>,
    seen: FileStamp,
    /// The checksum of the bytes at opening; `None` if they were not read.
    checksum: Option<Checksum>,
    /// The locked file of an unpacked snapshot, which is not deleted while this is read.
    _locked: Option<Arc<File>>,
}

/// The properties that change when a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileStamp {
    size: u64,
    modified: Option<SystemTime>,
    identity: Option<FileId>,
}

impl Contents {
    /// Opens a snapshot and reads it once to locate its tables. Refuses it if its bytes differ from
    /// the recorded checksum; without one, only rows read later are checked.
    pub fn open(path: &Path, on: OnProgress<'_>) -> Result<Self> {
        Self::open_passing(path, on, &mut |_, _| Ok(()))
    }

    /// Opens a snapshot as [`Self::open`] does; without a recorded checksum it decodes every row of
    /// every table and checks its keys, so that any damage refuses the whole. A note that cannot be
    /// read may hold a checksum.
    pub(crate) fn open_trusted(path: &Path, keys: &Keys, on: OnProgress<'_>) -> Result<Self> {
        let note = Note::read(path);
        if note.unreadable {
            return Err(Error::Note {
                path: Note::path(path),
            });
        }
        if note.checksum.is_some() {
            return Self::open(path, on);
        }
        let mut check = keys.check(path);
        let mut each = |place: RowPlace<'_>, columns: &[String], value_refs: &_| {
            check.row(place, columns, value_refs)
        };
        let contents = Self::open_decoding(path, &mut each, on)?;
        check.end(&contents, on)?;
        Ok(contents)
    }

    /// Returns the snapshot if it can be trusted: its checksum was compared, or every row decodes.
    pub(crate) fn trusted(self, on: OnProgress<'_>) -> Result<Self> {
        match Note::read(&self.path).checksum {
            Some(_) => Ok(self),
            None => Self::open_decoding(&self.path, &mut |_, _, _| Ok(()), on),
        }
    }

    /// Opens a snapshot as [`Self::open`] does, and passes each table's name and a reader of its
    /// rows to `passing` on the way.
    pub(crate) fn open_passing(
        path: &Path,
        on: OnProgress<'_>,
        passing: &mut dyn FnMut(&str, TableReader<'_>) -> Result<()>,
    ) -> Result<Self> {
        let contents = Self::read(path, None, |file, size, passed| match passed {
            Passing::Offset(offset) => report(on, Stage::Reading, offset, size),
            Passing::Table(name, offset) => {
                let section = Section::new(Arc::clone(file), offset, size);
                passing(name, TableReader::new(section, path, name))
            }
        })?;
        compare(path, contents.checksum(on)?).map(|()| contents)
    }

    /// Opens a snapshot whose checksum the caller compares, and passes every row of every table to
    /// `each` on the way.
    pub(crate) fn open_decoding(
        path: &Path,
        each: EachRow<'_>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        Self::read(path, Some(each), |_, size, passed| match passed {
            Passing::Offset(offset) => report(on, Stage::Checking, offset, size),
            Passing::Table(..) => Ok(()),
        })
    }

    fn read(
        path: &Path,
        each: Option<EachRow<'_>>,
        mut on: impl FnMut(&Arc<File>, u64, Passing<'_>) -> Result<()>,
    ) -> Result<Self> {
        let (file, seen) = open_file(path)?;
        let summed = Summed::default();
        let section = Section::new(Arc::clone(&file), 0, seen.size).summed(&summed);
        let index = json::index(section, path, each, |passed| on(&file, seen.size, passed))?;
        let contents = Self {
            path: path.to_owned(),
            file,
            places: Arc::new(places(&index)),
            index,
            seen,
            checksum: Some(summed.checksum()),
            _locked: None,
        };
        contents.unchanged()?;
        Ok(contents)
    }

    /// Opens a snapshot with an outline remembered from before; returns `None` if it does not fit
    /// the file.
    pub(crate) fn of_outline(path: &Path, outline: Index) -> Option<Self> {
        let (file, seen) = open_file(path).ok()?;
        outline.is_within(seen.size).then(|| Self {
            path: path.to_owned(),
            file,
            places: Arc::new(places(&outline)),
            index: outline,
            seen,
            checksum: None,
            _locked: None,
        })
    }

    /// Keeps a lock while these contents are used.
    pub(crate) fn locked_by(self, locked: Option<File>) -> Self {
        Self {
            _locked: locked.map(Arc::new),
            ..self
        }
    }

    /// Returns the part of the index worth remembering: where its tables and their last rows are.
    pub(crate) fn outline(&self) -> Index {
        self.index.outline()
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the event after which the application's start replays; 0 if the file names none.
    pub fn last_event_id(&self) -> i64 {
        self.index.last_event_id
    }

    /// Returns the tables in the file's order, each with its number of rows.
    pub fn tables(&self) -> impl Iterator<Item = (&str, u64)> {
        self.index
            .tables
            .iter()
            .map(|span| (span.name.as_str(), span.rows))
    }

    /// Returns how many rows a table has; 0 if the snapshot lacks it.
    pub(crate) fn rows(&self, table: &str) -> u64 {
        self.span(table).map_or(0, |span| span.rows)
    }

    /// Fails if the file, or the one now at its path, differs from the opened one.
    pub fn unchanged(&self) -> Result<()> {
        self.seen.refuse_another(&self.file, &self.path)
    }

    /// Copies the file, byte for byte, to one that errors call `path`, and returns the copy's
    /// checksum.
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

    /// Returns whether it begins with a byte order mark, with which the service cannot read it.
    pub(crate) fn has_byte_order_mark(&self) -> bool {
        let mut first = [0; json::BYTE_ORDER_MARK.len()];
        let mut section = Section::new(Arc::clone(&self.file), 0, first.len() as u64);
        section.read_exact(&mut first).is_ok() && first == *json::BYTE_ORDER_MARK
    }

    /// Pins the snapshot: writes its pin as a copy.
    pub(crate) fn pin(&self, on: OnProgress<'_>) -> Result<()> {
        pin::write(&self.path, &self.file, |copy, path| {
            let sum = self.copy_to(copy, path, Stage::Writing, on)?;
            match sum.mismatch(Some(self.checksum(on)?)) {
                Some(damage) => Err(Error::Damaged {
                    path: self.path.clone(),
                    damage,
                }),
                None => Ok(()),
            }
        })
    }

    /// Returns the checksum of the bytes at opening, or else reads the file for it now.
    pub(crate) fn checksum(&self, on: OnProgress<'_>) -> Result<Checksum> {
        match self.checksum {
            Some(checksum) => Ok(checksum),
            None => self.parts(Stage::Summing, on, |_| Ok(())),
        }
    }

    fn parts(
        &self,
        stage: Stage,
        on: OnProgress<'_>,
        each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Checksum> {
        let place = (self.path.as_path(), self.seen.size);
        parts(&self.file, place, stage, on, each)
    }

    /// Returns how many bytes of the file a table takes.
    pub(crate) fn table_bytes(&self, table: &str) -> u64 {
        self.span(table)
            .map_or(0, |span| span.bytes.end - span.bytes.start)
    }

    /// Returns a reader of a table's rows; `None` if the snapshot lacks the table.
    pub(crate) fn reader(&self, table: &str) -> Option<TableReader<'_>> {
        let span = self.span(table)?;
        let section = Section::new(Arc::clone(&self.file), span.bytes.start, span.bytes.end);
        Some(TableReader::new(section, &self.path, &span.name))
    }

    /// Returns a reader of a table's rows that starts at `row` or somewhat before, and how many
    /// rows of the table precede its start. The rows have the given columns. `None` if the snapshot
    /// lacks the table.
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

    /// Returns the columns of a table's rows; `None` if it has no rows.
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

    /// Finds a table; names in SQLite ignore case.
    fn span(&self, table: &str) -> Option<&TableSpan> {
        let place = self.places.get(&table.to_ascii_lowercase())?;
        self.index.tables.get(*place)
    }
}

/// The position of each table in the index, by its lower-case name: there may be very many tables.
type Places = HashMap<String, usize>;

fn places(index: &Index) -> Places {
    let mut places = Places::new();
    for (place, span) in index.tables.iter().enumerate() {
        let name = span.name.to_ascii_lowercase();
        places.entry(name).or_insert(place);
    }
    places
}

/// Opens a path that must be a regular file.
fn open_file(path: &Path) -> Result<(Arc<File>, FileStamp)> {
    let (file, metadata) = regular::open_known(path, Links::Refuse).map_err(|error| {
        let metadata = fs::symlink_metadata(path).ok();
        match metadata.as_ref().and_then(other_than_file) {
            Some(what) => Error::NotAFile {
                path: path.to_owned(),
                what,
            },
            None => Error::io("open", path)(error),
        }
    })?;
    let seen = FileStamp::of(&metadata, &file);
    Ok((Arc::new(file), seen))
}

/// Refuses bytes of this checksum if the snapshot's note records another.
fn compare(path: &Path, checksum: Checksum) -> Result<()> {
    match checksum.mismatch(Note::read(path).checksum) {
        Some(damage) => Err(Error::Damaged {
            path: path.to_owned(),
            damage,
        }),
        None => Ok(()),
    }
}

impl FileStamp {
    /// Fails if the file, or the one now at its path, differs from this stamp.
    fn refuse_another(self, file: &File, path: &Path) -> Result<()> {
        let metadata = file.metadata().map_err(Error::io("read", path))?;
        if Self::of(&metadata, file) == self && Self::at(path)? == self {
            return Ok(());
        }
        Err(Error::ChangedWhileRead {
            path: path.to_owned(),
        })
    }

    fn of(metadata: &Metadata, file: &File) -> Self {
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            identity: FileId::within(metadata, file),
        }
    }

    /// Returns the stamp of the file at a path, of a link its own.
    #[cfg(unix)]
    fn at(path: &Path) -> Result<Self> {
        let metadata = fs::symlink_metadata(path).map_err(Error::io("open", path))?;
        Ok(Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            identity: Some(FileId::of_metadata(&metadata)),
        })
    }

    /// Returns the stamp of the file at a path. Only an open file has an identity here.
    #[cfg(windows)]
    fn at(path: &Path) -> Result<Self> {
        let named = regular::open_known(path, Links::Refuse).map_err(Error::io("open", path));
        named.map(|(file, metadata)| Self::of(&metadata, &file))
    }
}
