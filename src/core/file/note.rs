//! What Unrewind records about a snapshot beyond the service's file: a small JSON file beside it,
//! with a name that the service ignores.

mod restore;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::core::{
    base::{
        error::{Error, Result},
        held::patiently,
        lock::{lock, open_lock},
        process::Openers,
        progress::unattended,
        regular::{Links, read_file},
    },
    file::{atomic_file::AtomicFile, checksum::Checksum, label::Label},
};

pub use restore::{Operation, RestoreNote, RestoreState};

/// The note on one snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// For a safety snapshot: the restore it was taken for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<RestoreNote>,
    /// The events of its log that its tables do not contain yet, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaiting: Option<Awaiting>,
    /// Whether its tables come from a restore in which the event log took no part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off_log: bool,
    /// The tables whose values the application cannot load.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unloadable: Vec<String>,
    /// The user's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// The checksum of the written bytes; for the service's snapshots, of the bytes first verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// The name of live's schema, which is saved with the snapshots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What the last verification found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
    /// Whether there is a note that cannot be read.
    #[serde(skip)]
    pub unreadable: bool,
    /// Why it could not be written, if it was not.
    #[serde(skip)]
    pub unwritten: Option<String>,
}

/// The tables of a snapshot lack the end of its log: the application's next start replays the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Awaiting {
    /// The last event that the tables contain: the snapshot's `last_event_id`.
    pub after: i64,
    /// The last event of the log.
    pub ends_at: i64,
    /// The processes that had the database open at the restore.
    pub openers: Openers,
    /// Whether one of these processes was seen to write without a restart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubted: bool,
    /// A checksum of how live differed from the restore when such a process was last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubted_as: Option<Checksum>,
    /// Whether live has been replayed since this snapshot was written of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
}

/// The result of a verification, and the file it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verified {
    /// The size of the verified file.
    pub size: u64,
    /// When the verified file was last written.
    pub modified: DateTime<Utc>,
    /// When it was verified.
    pub at: DateTime<Utc>,
    /// How thorough it was.
    pub depth: Depth,
    /// What is wrong with it, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// How thorough a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// Every byte is read and every row decoded.
    Whole,
    /// The snapshot is also restored into a copy of live.
    Deep,
}

/// What is wrong with a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Problem {
    /// The file's bytes are not those that were written.
    Damaged(String),
    /// The file can be read, but its content is inconsistent or cannot be restored.
    Incompatible(String),
    /// The file is as it was written, but its pin or its note is damaged.
    Companion(String),
}

impl Problem {
    /// Returns what is wrong.
    pub fn reason(&self) -> &str {
        let (Self::Damaged(reason) | Self::Incompatible(reason) | Self::Companion(reason)) = self;
        reason
    }
}

impl Note {
    /// The extension of the note's file, where the snapshot's is `json`.
    pub(crate) const EXTENSION: &str = "note";
    /// A note that Unrewind writes is never larger, in bytes.
    const LARGEST: u64 = 64 * 1024 * 1024;

    /// Returns the path of the note on a snapshot.
    pub(crate) fn path(snapshot: &Path) -> PathBuf {
        snapshot.with_extension(Self::EXTENSION)
    }

    /// Reads the note on a snapshot. One that cannot be read is empty and marked `unreadable`.
    pub(crate) fn read(snapshot: &Path) -> Self {
        let unreadable = Self {
            unreadable: true,
            ..Self::default()
        };
        match read_file(&Self::path(snapshot), Links::Refuse, Self::LARGEST) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or(unreadable),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(_) => unreadable,
        }
    }

    /// Writes the note on a snapshot, whole or not at all. An empty note is deleted.
    pub(crate) fn write(&self, snapshot: &Path) -> Result<()> {
        self.write_like(snapshot, snapshot)
    }

    /// Writes the note of a snapshot that may not exist yet, with the owner, group and mode of
    /// `like`.
    pub(crate) fn write_like(&self, snapshot: &Path, like: &Path) -> Result<()> {
        let path = Self::path(snapshot);
        if *self == Self::default() {
            return match patiently(|| fs::remove_file(&path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(Error::io("delete", &path)(error))
                }
                _ => Ok(()),
            };
        }
        let draft = AtomicFile::new(folder(snapshot), AtomicFile::PLAIN)?;
        // The note of a deleted snapshot stays private.
        if like.exists() {
            draft.follow(like)?;
        }
        self.write_to(draft, &path)
    }

    /// Writes the note of a snapshot in a cache, which can be made again.
    pub(crate) fn write_cached(&self, snapshot: &Path) -> Result<()> {
        let draft = AtomicFile::cached(folder(snapshot), AtomicFile::PLAIN)?;
        self.write_to(draft, &Self::path(snapshot))
    }

    fn write_to(&self, mut draft: AtomicFile, path: &Path) -> Result<()> {
        let bytes = serde_json::to_vec(self).map_err(io::Error::from);
        bytes
            .and_then(|bytes| draft.write_all(&bytes))
            .map_err(Error::io("write", path))?;
        draft.replace(path)
    }

    /// Changes the note on a snapshot and returns the new one. A lock on the folder keeps another
    /// process's change from being lost.
    pub(crate) fn change(snapshot: &Path, change: impl FnOnce(&mut Self)) -> Result<Self> {
        /// Another's change takes a moment.
        const LONGEST: Duration = Duration::from_secs(5);
        // Where folders cannot be locked, two changes at once are unlikely enough.
        let held = open_lock(folder(snapshot)).ok();
        if let Some(held) = &held {
            lock(held, folder(snapshot), LONGEST, &mut unattended)?;
        }
        let mut note = Self::read(snapshot);
        if note.unreadable {
            return Err(Error::Note {
                path: Self::path(snapshot),
            });
        }
        let before = note.clone();
        change(&mut note);
        if note != before {
            note.write(snapshot)?;
        }
        Ok(note)
    }
}

fn folder(snapshot: &Path) -> &Path {
    snapshot.parent().unwrap_or(Path::new("."))
}
