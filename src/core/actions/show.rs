//! Counts the rows of each table of a snapshot or of live. Counting a snapshot reads the whole
//! file, so the positions of its tables, and of their last rows, are kept in a cache; it contains
//! only snapshots in which every row decodes.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::core::{
    base::{
        error::{Error, Result},
        file_id::FileId,
        profile::Profile,
        progress::OnProgress,
        regular::{Links, read_file},
    },
    db::{CommitMark, Database},
    file::{
        json::{Index, RowFilter},
        note::Note,
        snapshot::Contents,
    },
};

/// The number of rows of each table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// The highest event id; 0 in an empty log.
    pub last_event_id: i64,
    /// Tables and their rows, in the side's order.
    pub tables: Vec<(String, u64)>,
}

impl Counts {
    /// Counts the rows of live, at one point in time, or takes the numbers from `cache`. Tables of
    /// the profile that live lacks are left out. Fails if the database cannot be read.
    pub fn of_live(
        database: &Database,
        profile: &Profile,
        cache: &Cache,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let live = CacheKey::of_live(database);
        let known = live.as_ref().and_then(|live| cache.read(live));
        let mut is_new = false;
        let counts = database.reading(|| {
            let names = database.tables(profile)?;
            let last_event_id = database.last_event_id(profile)?;
            let is_known = |counts: &Self| counts.tables.iter().map(|(name, _)| name).eq(&names);
            if let Some(counts) = known.filter(is_known) {
                return Ok(Self {
                    last_event_id,
                    ..counts
                });
            }
            is_new = true;
            let count = |name: String| database.count(&name).map(|rows| (name, rows));
            Ok(Self {
                last_event_id,
                tables: names.into_iter().map(count).collect::<Result<_>>()?,
            })
        })?;
        if let Some(live) = live.filter(|live| is_new && live.rests(now)) {
            cache.write(&live, &counts);
        }
        Ok(counts)
    }

    /// Counts the rows of a snapshot, or takes the numbers from `cache`. Fails if the snapshot is
    /// damaged or cannot be read.
    pub fn of_snapshot(path: &Path, cache: &Cache, on: OnProgress<'_>) -> Result<Self> {
        cache.open(path, on).map(|contents| Self::of(&contents))
    }

    /// Returns the counts of an opened snapshot.
    pub fn of(contents: &Contents) -> Self {
        let tables = contents.tables();
        Self {
            last_event_id: contents.last_event_id(),
            tables: tables.map(|(name, rows)| (name.to_owned(), rows)).collect(),
        }
    }

    /// Returns the rows of a table; `None` if the side lacks it.
    pub fn rows(&self, table: &str) -> Option<u64> {
        self.tables
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(table))
            .map(|(_, rows)| *rows)
    }
}

/// A folder of small files with the outlines of snapshots and the counts of live, or no folder. A
/// cache never fails: what it cannot read is computed again, and what it cannot write is not kept.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// The state of a snapshot or of live that a cache entry is about: its path, size, time and file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CacheKey {
    path: PathBuf,
    /// The total size of the files.
    size: u64,
    /// When the files were last written.
    modified: SystemTime,
    /// The identity of the file.
    identity: Option<FileId>,
    /// The last commit, of live.
    commit: CommitMark,
}

impl CacheKey {
    /// Two writes within this time may have the same timestamp.
    const MOMENT: Duration = Duration::from_secs(2);

    fn of(path: &Path) -> Result<Self> {
        let metadata = fs::metadata(path).map_err(Error::io("open", path))?;
        let path = dunce::canonicalize(path).map_err(Error::io("open", path))?;
        Ok(Self {
            identity: FileId::at(&path),
            commit: CommitMark::default(),
            path,
            size: metadata.len(),
            modified: metadata.modified().unwrap_or(UNIX_EPOCH),
        })
    }

    /// Returns the key of live's state now, before it is read: later writes change the key.
    pub(crate) fn of_live(database: &Database) -> Option<Self> {
        let [file, log] = database.files();
        let known = Self {
            commit: CommitMark::of(&file),
            ..Self::of(&file).ok()?
        };
        Some(match Self::of(&log) {
            Ok(log) => Self {
                size: known.size + log.size,
                modified: known.modified.max(log.modified),
                ..known
            },
            Err(_) => known,
        })
    }

    /// Returns whether the last write is so old that any later one has another timestamp.
    fn rests(&self, now: DateTime<Utc>) -> bool {
        let age = SystemTime::from(now).duration_since(self.modified);
        age.is_ok_and(|age| age >= Self::MOMENT)
    }
}

impl Cache {
    /// The largest file of the cache, in bytes.
    const LARGEST: u64 = 64 * 1024 * 1024;

    /// Creates a cache in this folder, which need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
        }
    }

    /// Opens a snapshot for its counts and last rows. The whole file is read only if it is not in
    /// the cache; other rows are slower to reach than after [`Self::open_whole`]. Fails if the
    /// snapshot is damaged or cannot be read.
    pub fn open(&self, path: &Path, on: OnProgress<'_>) -> Result<Contents> {
        let known = CacheKey::of(path)?;
        if let Some(contents) = self.recall(path, &known) {
            return Ok(contents);
        }
        self.open_whole(path, on)
    }

    /// Returns a snapshot if it is in the cache.
    pub(crate) fn recalled(&self, path: &Path) -> Option<Contents> {
        self.recall(path, &CacheKey::of(path).ok()?)
    }

    /// Opens a snapshot for any of its rows. Without a recorded checksum or cache entry every row
    /// is decoded. Fails if the snapshot is damaged or cannot be read.
    pub fn open_whole(&self, path: &Path, on: OnProgress<'_>) -> Result<Contents> {
        match self.checked(path, on)? {
            Some(contents) => Ok(contents),
            None => self.trusted(Contents::open(path, on)?, on),
        }
    }

    /// Returns the contents, unless they are damaged.
    pub(crate) fn trusted(&self, contents: Contents, on: OnProgress<'_>) -> Result<Contents> {
        let known = CacheKey::of(contents.path())?;
        if self.read::<Index>(&known).is_some() {
            return Ok(contents);
        }
        let contents = contents.trusted(on)?;
        contents.unchanged()?;
        self.write(&known, &contents.outline());
        Ok(contents)
    }

    /// Passes to `filter` the rows of a snapshot in which it finds something. Without a recorded
    /// checksum or cache entry every row is decoded on the way. If it fails, even at the end, the rows
    /// passed so far cannot be trusted.
    pub(crate) fn filter(&self, path: &Path, filter: &mut impl RowFilter) -> Result<()> {
        let known = CacheKey::of(path)?;
        if let Some(contents) = self.recall(path, &known) {
            return contents.filter_tables(filter);
        }
        let outline = Contents::filter_trusted(path, filter)?;
        self.write(&known, &outline);
        Ok(())
    }

    /// Decodes every row of a snapshot that has neither a recorded checksum nor a cache entry, and
    /// returns it; `None` if it has one of them.
    fn checked(&self, path: &Path, on: OnProgress<'_>) -> Result<Option<Contents>> {
        let known = CacheKey::of(path)?;
        if Note::read(path).checksum.is_some() || self.read::<Index>(&known).is_some() {
            return Ok(None);
        }
        let contents = Contents::open_decoding(path, &mut |_, _, _| Ok(()), on)?;
        self.write(&known, &contents.outline());
        Ok(Some(contents))
    }

    /// Returns the counts of a snapshot, if they are in the cache.
    pub fn counts(&self, path: &Path) -> Option<Counts> {
        self.recalled(path).as_ref().map(Counts::of)
    }

    fn recall(&self, path: &Path, known: &CacheKey) -> Option<Contents> {
        let contents = Contents::of_outline(path, self.read(known)?)?;
        let is_same = contents.unchanged().is_ok() && CacheKey::of(path).ok()? == *known;
        is_same.then_some(contents)
    }

    fn file(&self, known: &CacheKey) -> Option<PathBuf> {
        let mut hasher = DefaultHasher::new();
        known.path.hash(&mut hasher);
        Some(
            self.folder
                .as_ref()?
                .join(format!("{:016x}.json", hasher.finish())),
        )
    }

    fn read<T: DeserializeOwned>(&self, known: &CacheKey) -> Option<T> {
        let bytes = read_file(&self.file(known)?, Links::Refuse, Self::LARGEST).ok()?;
        let (found, value): (CacheKey, T) = serde_json::from_slice(&bytes).ok()?;
        (found == *known).then_some(value)
    }

    fn write(&self, known: &CacheKey, value: &impl Serialize) {
        let write = |file: PathBuf| {
            let folder = file.parent()?;
            fs::create_dir_all(folder).ok()?;
            let draft = tempfile::NamedTempFile::new_in(folder).ok()?;
            // Written at once: the serializer writes each token by itself.
            let bytes = serde_json::to_vec(&(known, value)).ok()?;
            draft.as_file().write_all(&bytes).ok()?;
            draft.persist(file).ok()
        };
        self.file(known).and_then(write);
    }
}
