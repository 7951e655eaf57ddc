//! What Unrewind knows of a snapshot beyond the service's file: a small JSON file beside it, whose
//! name the service does not look at.

mod restore;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::core::{
    base::{
        error::{Error, Result},
        process::Openers,
        regular::{Links, read_file},
    },
    file::{atomic_file::AtomicFile, checksum::Checksum, label::Label},
};

pub use restore::{Operation, RestoreNote, RestoreState};

/// The note on one snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// For a safety snapshot: the restore that it was taken before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<RestoreNote>,
    /// Events of its log that its tables do not hold yet, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaiting: Option<Awaiting>,
    /// Its tables come from a restore in which the event log took no part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off_log: bool,
    /// What the user calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// The checksum of the bytes that were written; of a snapshot of the service, of those that were
    /// first verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// The name of the schema that live had, which is kept with the snapshots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What the last verification found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
    /// There is a note that cannot be read.
    #[serde(skip)]
    pub unreadable: bool,
}

/// The tables of a snapshot stand before the end of its log: the application's start replays the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaiting {
    /// The event at which the tables stand, which is the snapshot's `last_event_id`.
    pub after: i64,
    /// The last event of the log.
    pub ends_at: i64,
    /// Who had the database open when live was put there.
    pub openers: Openers,
    /// A process that had it open then was seen to write without a start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubted: bool,
    /// Live, which this snapshot was written of, has been replayed since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
}

/// What a verification found, and of which file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The size of the file that was verified.
    pub size: u64,
    /// When the file that was verified was last written.
    pub modified: DateTime<Utc>,
    /// When it was verified.
    pub at: DateTime<Utc>,
    /// How thoroughly.
    pub depth: Depth,
    /// What is wrong with it, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flaw: Option<Flaw>,
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
pub enum Flaw {
    /// The file is not what was written.
    Damaged(String),
    /// The file can be read, but what it holds does not fit together or cannot be restored.
    Unsound(String),
}

impl Flaw {
    /// What is wrong.
    pub fn reason(&self) -> &str {
        let (Self::Damaged(reason) | Self::Unsound(reason)) = self;
        reason
    }
}

impl Note {
    /// How the note's file ends where the snapshot's ends with `json`.
    pub(crate) const EXTENSION: &str = "note";
    /// No note that Unrewind writes has more bytes.
    const LARGEST: u64 = 64 * 1024 * 1024;

    /// Where the note on a snapshot is.
    pub(crate) fn path(snapshot: &Path) -> PathBuf {
        snapshot.with_extension(Self::EXTENSION)
    }

    /// Reads the note on a snapshot. Of one that cannot be read nothing is known but that.
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

    /// Writes the note on a snapshot, whole or not at all. One that says nothing is no file.
    pub(crate) fn write(&self, snapshot: &Path) -> Result<()> {
        self.write_like(snapshot, snapshot)
    }

    /// Does so where the snapshot may not be there yet: whoever may use `like` may use the note.
    pub(crate) fn write_like(&self, snapshot: &Path, like: &Path) -> Result<()> {
        let path = Self::path(snapshot);
        if *self == Self::default() {
            return match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(Error::io("delete", &path)(error))
                }
                _ => Ok(()),
            };
        }
        let mut draft = AtomicFile::new(folder(snapshot), AtomicFile::PLAIN)?;
        // Of a snapshot that is gone the note's mode stays its own.
        if like.exists() {
            draft.follow(like)?;
        }
        serde_json::to_writer(&mut draft, self)
            .map_err(|error| Error::io("write", &path)(error.into()))?;
        draft.replace(&path)
    }

    /// Changes the note on a snapshot and gives the new one. What another process writes meanwhile is
    /// not lost: whoever changes a note in this folder waits for the others.
    pub(crate) fn change(snapshot: &Path, change: impl FnOnce(&mut Self)) -> Result<Self> {
        let folder = File::open(folder(snapshot));
        // Where folders cannot be locked, two at a time are unlikely enough.
        let _locked = folder.and_then(|folder| folder.lock().map(|()| folder));
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
