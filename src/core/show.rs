//! What a side holds: rows per table, of a snapshot or of live. Counting a snapshot reads the whole
//! file, so where its tables are, and their last rows, is kept in a cache.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use serde::{Deserialize, Serialize};

use super::{
    db::Database,
    error::{Error, Result},
    json::Index,
    profile::Profile,
    progress::OnProgress,
    snapshot::Contents,
};

/// How many rows each table has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The highest event id; 0 in an empty log.
    pub last_event_id: i64,
    /// Tables and their rows, in the side's own order.
    pub tables: Vec<(String, u64)>,
}

impl Counts {
    /// Counts the rows of live, all at one moment. Tables of the profile that live lacks are left out.
    pub fn of_live(database: &Database, profile: &Profile) -> Result<Self> {
        let count = || {
            let schema = database.schema(profile)?;
            let tables = schema
                .present()
                .map(|table| Ok((table.name.clone(), database.count(&table.name)?)));
            let last_event_id = database.last_event_id(profile)?;
            Ok(Self {
                last_event_id,
                tables: tables.collect::<Result<_>>()?,
            })
        };
        database.reading(count)
    }

    /// Counts the rows of a snapshot, or knows them from `cache`.
    pub fn of_snapshot(path: &Path, cache: &Cache, on: OnProgress<'_>) -> Result<Self> {
        cache.open(path, on).map(|contents| Self::of(&contents))
    }

    /// The rows of an opened snapshot.
    pub fn of(contents: &Contents) -> Self {
        let tables = contents.tables();
        Self {
            last_event_id: contents.last_event_id(),
            tables: tables.map(|(name, rows)| (name.to_owned(), rows)).collect(),
        }
    }

    /// The rows of a table; nothing where the side lacks it.
    pub fn rows(&self, table: &str) -> Option<u64> {
        self.tables
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(table))
            .map(|(_, rows)| *rows)
    }
}

/// Outlines of snapshots in a folder of small files, or nowhere. A cache never fails: what it cannot
/// read is made again, what it cannot write is not kept.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// What names the outline of a file: another size or time is another file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    path: PathBuf,
    size: u64,
    /// In nanoseconds since 1970.
    modified: u128,
}

impl Known {
    fn of(path: &Path) -> Result<Self> {
        let metadata = fs::metadata(path).map_err(Error::io("open", path))?;
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let path = path.canonicalize().map_err(Error::io("open", path))?;
        Ok(Self {
            path,
            size: metadata.len(),
            modified: modified.map_or(0, |time| time.as_nanos()),
        })
    }
}

impl Cache {
    /// A cache in this folder, which need not be there.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
        }
    }

    /// Opens a snapshot for its counts and its last rows, and reads the whole file only where it is not
    /// known; other rows are slower to come by than in one that was opened for them.
    pub fn open(&self, path: &Path, on: OnProgress<'_>) -> Result<Contents> {
        let known = Known::of(path)?;
        if let Some(contents) = self.recall(path, &known) {
            return Ok(contents);
        }
        let contents = Contents::open(path, on)?;
        if Known::of(path)? == known {
            self.write(&known, &contents.outline());
        }
        Ok(contents)
    }

    /// The rows of a snapshot, if they are known without reading it.
    pub fn counts(&self, path: &Path) -> Option<Counts> {
        let known = Known::of(path).ok()?;
        let contents = self.recall(path, &known)?;
        Some(Counts::of(&contents))
    }

    fn recall(&self, path: &Path, known: &Known) -> Option<Contents> {
        let contents = Contents::of_outline(path, self.read(known)?)?;
        let is_same = contents.unchanged().is_ok() && Known::of(path).ok()? == *known;
        is_same.then_some(contents)
    }

    fn file(&self, known: &Known) -> Option<PathBuf> {
        let mut hasher = DefaultHasher::new();
        known.path.hash(&mut hasher);
        Some(
            self.folder
                .as_ref()?
                .join(format!("{:016x}.json", hasher.finish())),
        )
    }

    fn read(&self, known: &Known) -> Option<Index> {
        let bytes = fs::read(self.file(known)?).ok()?;
        let (found, outline): (Known, Index) = serde_json::from_slice(&bytes).ok()?;
        (found == *known).then_some(outline)
    }

    fn write(&self, known: &Known, outline: &Index) {
        let write = |file: PathBuf| {
            let folder = file.parent()?;
            fs::create_dir_all(folder).ok()?;
            let draft = tempfile::NamedTempFile::new_in(folder).ok()?;
            serde_json::to_writer(draft.as_file(), &(known, outline)).ok()?;
            draft.persist(file).ok()
        };
        self.file(known).and_then(write);
    }
}
