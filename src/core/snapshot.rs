//! A snapshot as a file: its kind, its stamp, what its first and last kilobytes tell, and its
//! contents once it is opened.

use std::{
    cmp::Reverse,
    fmt,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use chrono::{DateTime, NaiveDateTime, SubsecRound, TimeDelta, Utc};

use super::{
    checksum::{Checksum, Sum},
    error::{Error, Result},
    json::{self, Head, Index, Section, Span, TableReader},
    note::{Flaw, Note, Verified},
    pin,
    progress::{OnProgress, Stage, tell},
};

/// What a snapshot was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Taken before something destructive.
    Rewind,
    /// A checkpoint that the next cold load may start from.
    Periodic,
}

impl Kind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Rewind, Self::Periodic];

    /// The kind's name, which is its folder's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rewind => "rewind",
            Self::Periodic => "periodic",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// UTC time in a snapshot's file name, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(DateTime<Utc>);

impl Stamp {
    const FORMAT: &str = "%Y%m%dT%H%M%SZ";

    /// The stamp of this moment.
    pub fn at(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(0))
    }

    /// The moment.
    pub fn time(self) -> DateTime<Utc> {
        self.0
    }

    /// The stamp a second later.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + TimeDelta::seconds(1))
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format(Self::FORMAT))
    }
}

/// The text is no stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stamp is written YYYYMMDDTHHMMSSZ")]
pub struct NoStamp;

impl FromStr for Stamp {
    type Err = NoStamp;

    fn from_str(text: &str) -> Result<Self, NoStamp> {
        let time = NaiveDateTime::parse_from_str(text, Self::FORMAT).map_err(|_| NoStamp)?;
        let stamp = Self(time.and_utc());
        // chrono also reads signs, short numbers and leap seconds, which no stamp has.
        if stamp.to_string() == text && time.and_utc().timestamp_subsec_nanos() == 0 {
            Ok(stamp)
        } else {
            Err(NoStamp)
        }
    }
}

/// What a snapshot is called within its data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id {
    /// Its kind.
    pub kind: Kind,
    /// Its stamp.
    pub stamp: Stamp,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.stamp)
    }
}

/// A snapshot as a list shows it, from its name, the file system, and a few kilobytes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name; nothing for a file that lies elsewhere under any name.
    pub id: Option<Id>,
    /// The file.
    pub path: PathBuf,
    /// The file's size in bytes.
    pub size: u64,
    /// When the file was last written.
    pub modified: DateTime<Utc>,
    /// The highest event id at the time of the snapshot; nothing where the first and last kilobytes
    /// of the file do not tell.
    pub last_event_id: Option<i64>,
    /// Why the file is no whole snapshot, as far as its first and last kilobytes tell.
    pub damage: Option<String>,
    /// Whether no pruning touches it.
    pub pinned: bool,
    /// What Snapback noted on it.
    pub note: Note,
}

impl Snapshot {
    /// The damage of what is no file at all, which nothing here deletes.
    pub(crate) const NO_FILE: &str = "not a file";

    /// How much is read at each end of a file.
    const PROBE: u64 = 4096;

    /// Looks at a file. A file that can be named but not read is a damaged snapshot.
    pub fn look(path: PathBuf, id: Option<Id>) -> Result<Self> {
        let metadata = fs::metadata(&path).map_err(Error::io("open", &path))?;
        let modified = metadata
            .modified()
            .map_or(DateTime::UNIX_EPOCH, DateTime::from);
        let mut snapshot = Self {
            id,
            path,
            size: metadata.len(),
            modified,
            last_event_id: None,
            damage: None,
            pinned: false,
            note: Note::default(),
        };
        if !metadata.is_file() {
            snapshot.damage = Some(Self::NO_FILE.to_owned());
        } else if let Err(error) = snapshot.probe() {
            snapshot.damage = Some(Error::io("read", &snapshot.path)(error).to_string());
        }
        Ok(snapshot)
    }

    /// A snapshot that is yet to be taken.
    pub(crate) fn awaited(id: Id) -> Self {
        let modified = id.stamp.time();
        let (path, size, last_event_id, damage) = (PathBuf::new(), 0, None, None);
        Self {
            id: Some(id),
            path,
            size,
            modified,
            last_event_id,
            damage,
            pinned: false,
            note: Note::default(),
        }
    }

    fn probe(&mut self) -> io::Result<()> {
        let mut file = File::open(&self.path)?;
        let mut head = Vec::new();
        file.by_ref().take(Self::PROBE).read_to_end(&mut head)?;
        match json::head(&head) {
            Head::Wrong(reason) => self.damage = Some(reason.to_owned()),
            Head::LastEventId(id) => self.last_event_id = Some(id),
            Head::Object => {}
        }
        let rest = self.size.saturating_sub(Self::PROBE).min(Self::PROBE);
        let mut tail = head;
        if rest > 0 {
            tail.clear();
            file.seek(SeekFrom::Start(self.size - Self::PROBE))?;
            file.take(Self::PROBE).read_to_end(&mut tail)?;
        }
        if self.damage.is_none() && !json::looks_whole(&tail) {
            self.damage = Some("cut short".to_owned());
        }
        Ok(())
    }

    /// When it was taken: its stamp, or without one when the file was written.
    pub fn taken_at(&self) -> DateTime<Utc> {
        self.id.map_or(self.modified, |id| id.stamp.time())
    }

    /// Its kind, if its name tells.
    pub fn kind(&self) -> Option<Kind> {
        self.id.map(|id| id.kind)
    }

    /// Whether the file looks whole.
    pub fn is_intact(&self) -> bool {
        self.damage.is_none()
    }

    /// `kind/stamp`, or the path of a file that lies elsewhere.
    pub fn name(&self) -> String {
        self.id
            .map_or_else(|| self.path.display().to_string(), |id| id.to_string())
    }

    /// Whether a restore took it of live before it changed anything.
    pub fn is_guard(&self) -> bool {
        self.note.guards.is_some()
    }

    /// Whether its file is where the service sees it. Of a pinned snapshot that the service has deleted
    /// the pin alone is left.
    pub fn is_in_place(&self) -> bool {
        !pin::is_alone(&self.path)
    }

    /// What the last verification found, if the file was not written since.
    pub fn verified(&self) -> Option<&Verified> {
        let verified = self.note.verified.as_ref()?;
        (verified.size == self.size && verified.modified == self.modified).then_some(verified)
    }

    /// Takes what is noted on it. What a verification found damaged is damaged.
    pub(crate) fn with_note(mut self, note: Note) -> Self {
        self.note = note;
        if self.damage.is_none()
            && let Some(Flaw::Damaged(reason)) =
                self.verified().and_then(|found| found.flaw.as_ref())
        {
            self.damage = Some(reason.clone());
        }
        self
    }

    /// What to sort by to have the newest first.
    pub(crate) fn newest_first(&self) -> impl Ord + use<> {
        (Reverse(self.taken_at()), self.kind())
    }
}

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
    modified: Option<std::time::SystemTime>,
}

impl Contents {
    /// Opens a snapshot and reads it once for its tables.
    pub fn open(path: &Path, on: OnProgress<'_>) -> Result<Self> {
        let metadata = fs::metadata(path).map_err(Error::io("open", path))?;
        if !metadata.is_file() {
            return Err(Error::NotAFile {
                path: path.to_owned(),
            });
        }
        let file = File::open(path).map_err(Error::io("open", path))?;
        let seen = Seen::of(&file, path)?;
        let file = Arc::new(file);
        let section = Section::new(Arc::clone(&file), 0, seen.size);
        let index = json::index(section, path, |offset| {
            tell(on, Stage::Reading, offset, seen.size)
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

    /// The file it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The highest event id at the time of the snapshot; 0 where the file does not say.
    pub fn last_event_id(&self) -> i64 {
        self.index.last_event_id
    }

    /// The tables in the file's order, and how many rows each has.
    pub fn tables(&self) -> impl Iterator<Item = (&str, u64)> {
        self.index
            .tables
            .iter()
            .map(|span| (span.name.as_str(), span.rows))
    }

    /// Fails if the file, or what is now at its path, is not what was opened.
    pub fn unchanged(&self) -> Result<()> {
        let named = File::open(&self.path).map_err(Error::io("open", &self.path))?;
        if Seen::of(&self.file, &self.path)? == self.seen
            && Seen::of(&named, &self.path)? == self.seen
        {
            return Ok(());
        }
        Err(Error::ChangedWhileRead {
            path: self.path.clone(),
        })
    }

    /// Copies the file, byte for byte.
    pub(crate) fn copy_to(
        &self,
        target: &mut File,
        stage: Stage,
        on: OnProgress<'_>,
    ) -> Result<()> {
        const PART: u64 = 32 * 1024 * 1024;
        let mut source = &*self.file;
        source.rewind().map_err(Error::io("read", &self.path))?;
        let mut done = 0;
        loop {
            let part =
                io::copy(&mut source.take(PART), target).map_err(Error::io("copy", &self.path))?;
            if part == 0 {
                return self.unchanged();
            }
            done += part;
            tell(on, stage, done, self.seen.size)?;
        }
    }

    /// How many bytes the file has.
    pub(crate) fn size(&self) -> u64 {
        self.seen.size
    }

    /// Reads the file once more for its checksum.
    pub(crate) fn checksum(&self, on: OnProgress<'_>) -> Result<Checksum> {
        const PART: usize = 256 * 1024;
        const TELL_EVERY: u64 = 64;
        let mut source = &*self.file;
        source.rewind().map_err(Error::io("read", &self.path))?;
        let (mut sum, mut buffer) = (Sum::default(), vec![0; PART]);
        for part in 1_u64.. {
            let length = source.read(&mut buffer);
            let length = length.map_err(Error::io("read", &self.path))?;
            if length == 0 {
                break;
            }
            sum.add(&buffer[..length]);
            if part.is_multiple_of(TELL_EVERY) {
                tell(on, Stage::Summing, part * PART as u64, self.seen.size)?;
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
        })
    }
}
