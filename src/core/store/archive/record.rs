//! What a repository records of a snapshot, and what is read of it: a JSON object in the description, from
//! which a list is made without reading any data; tags that restic can filter by; the paths of the files.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::FolderId;
use crate::core::{
    base::error::Result,
    file::{
        checksum::Checksum,
        note::Note,
        snapshot::{Id, Kind, Snapshot},
    },
    store::own,
};

/// The tags that policies keep.
pub(super) const PINNED: &str = "pinned";
pub(super) const LABELLED: &str = "labelled";
/// The tag of everything that Unrewind adds.
pub(super) const OURS: &str = "unrewind";

/// A snapshot in an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ArchivedSnapshot {
    /// Its name in its data folder.
    #[serde(with = "as_text")]
    pub id: Id,
    /// The id of the restic snapshot that holds it.
    pub restic_id: String,
    /// The ids of older restic snapshots that hold the same bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<String>,
    /// Its path in that snapshot.
    pub path: PathBuf,
    /// The data folder's id, unless restic added it.
    pub folder: Option<String>,
    /// The machine that added it.
    pub host: String,
    /// The size of its file in bytes, if known.
    pub size: Option<u64>,
    /// When its file was last written.
    pub modified: DateTime<Utc>,
    /// When it was added.
    pub added: DateTime<Utc>,
    /// The highest event id at the time of the snapshot, if known.
    pub last_event_id: Option<i64>,
    /// The beginning of its last sentence, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// The checksum of its bytes; `None` if restic added it.
    pub checksum: Option<Checksum>,
    /// Whether it was pinned when it was added.
    pub pinned: bool,
    /// Its note as it was then.
    pub note: Note,
}

impl ArchivedSnapshot {
    /// Returns whether Unrewind added it. What restic backed up may hold other files, too.
    pub fn is_own(&self) -> bool {
        self.folder.is_some()
    }

    /// Returns whether it is of the data folder with this id, whose snapshots are in `root`.
    pub(super) fn is_of(&self, folder: Option<&FolderId>, root: &Path) -> bool {
        match &self.folder {
            Some(id) => folder.is_some_and(|folder| *id == folder.to_string()),
            None => self.path.starts_with(root),
        }
    }

    /// Returns a sort key that puts the newest first, and of two copies the one added last.
    pub(super) fn newest_first(&self) -> impl Ord + use<> {
        let (stamp, origin) = self.id.order();
        let key = (stamp, self.id.kind, origin, self.added);
        // All machines must agree on which copy is the newest.
        std::cmp::Reverse((key, self.restic_id.clone()))
    }

    /// Returns whether another one of the same name holds the same bytes, as far as known without reading them.
    fn is_copy(&self, other: &Self) -> bool {
        let has_same_bytes = match (self.checksum, other.checksum) {
            (Some(checksum), Some(other)) => checksum == other,
            // The path of a data folder does not matter to a snapshot with the folder's id.
            _ => self.modified == other.modified && (self.is_own() || self.path == other.path),
        };
        has_same_bytes && self.folder == other.folder && self.size == other.size
    }

    /// Returns the ids of all restic snapshots that hold it.
    pub(super) fn restic_ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.restic_id)
            .chain(&self.copies)
            .map(String::as_str)
    }

    /// Returns whether it holds the same bytes as a snapshot of the data folder, as far as is known without
    /// reading them.
    pub(crate) fn has_bytes_of(&self, snapshot: &Snapshot) -> bool {
        snapshot.id == Some(self.id)
            && self.size == Some(snapshot.size)
            && self.checksum.is_some()
            && (snapshot.note.checksum.is_none() || snapshot.note.checksum == self.checksum)
            && (snapshot.note.checksum.is_some() || snapshot.modified == self.modified)
    }

    /// Returns whether it holds the same bytes and the same note as a snapshot of the data folder.
    pub(crate) fn is_same(&self, snapshot: &Snapshot) -> bool {
        let noted = |note: &Note| Note {
            checksum: None,
            verified: None,
            ..note.clone()
        };
        self.has_bytes_of(snapshot)
            && self.pinned == snapshot.pinned
            && noted(&self.note) == noted(&snapshot.note)
    }
}

/// Merges the copies of a snapshot, which are adjacent, into the first of them.
pub(super) fn folded(all: Vec<ArchivedSnapshot>) -> Vec<ArchivedSnapshot> {
    let mut folded: Vec<ArchivedSnapshot> = Vec::with_capacity(all.len());
    for one in all {
        let named = folded.iter_mut().rev().take_while(|kept| kept.id == one.id);
        match { named }.find(|kept| kept.is_copy(&one)) {
            Some(kept) => kept.copies.push(one.restic_id),
            None => folded.push(one),
        }
    }
    folded
}

/// What is written to a repository about a snapshot.
#[derive(Clone, Debug)]
pub(super) struct SnapshotRecord {
    pub(super) written: Written,
    pub(super) folder: FolderId,
    id: Id,
}

/// The description of a restic snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Written {
    #[serde(with = "as_text")]
    snapshot: Id,
    pub(super) size: u64,
    pub(super) modified: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_event_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sentence: Option<String>,
    pub(super) checksum: Checksum,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pinned: bool,
    #[serde(default)]
    note: Note,
}

/// The note beside an archived snapshot's file: the snapshot's own with what the description holds, which restic
/// drops when it changes or repairs a restic snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct StoredNote {
    #[serde(flatten)]
    note: Note,
    /// The description, without the note in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    archived: Option<Written>,
}

impl SnapshotRecord {
    pub(super) fn of(snapshot: &Snapshot, checksum: Checksum, folder: &FolderId) -> Result<Self> {
        let id = own(snapshot)?;
        let note = Note {
            verified: None,
            ..snapshot.note.clone()
        };
        let written = Written {
            snapshot: id,
            size: snapshot.size,
            modified: snapshot.modified,
            last_event_id: snapshot.last_event_id,
            sentence: snapshot.sentence.clone(),
            checksum,
            pinned: snapshot.pinned,
            note,
        };
        let folder = folder.clone();
        Ok(Self {
            written,
            folder,
            id,
        })
    }

    pub(super) fn id(&self) -> Id {
        self.id
    }

    /// Returns the note as a file, so that restic alone brings it back too.
    pub(super) fn note(&self) -> Option<Vec<u8>> {
        let stored = StoredNote {
            note: Note {
                checksum: Some(self.written.checksum),
                ..self.written.note.clone()
            },
            archived: Some(Written {
                note: Note::default(),
                ..self.written.clone()
            }),
        };
        serde_json::to_vec(&stored).ok()
    }

    pub(super) fn tags(&self) -> Vec<String> {
        let mut tags = vec![
            OURS.to_owned(),
            self.folder.tag(),
            self.id.kind.name().to_owned(),
        ];
        tags.extend(self.written.pinned.then(|| PINNED.to_owned()));
        tags.extend(self.label().map(|_| LABELLED.to_owned()));
        tags
    }

    pub(super) fn label(&self) -> Option<String> {
        self.written.note.label.as_ref().map(ToString::to_string)
    }

    pub(super) fn description(&self) -> String {
        serde_json::to_string(&self.written).unwrap_or_default()
    }
}

/// A restic snapshot as the repository returns it.
pub(super) struct Stored {
    pub(super) restic_id: String,
    pub(super) description: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) paths: Vec<PathBuf>,
    pub(super) host: String,
    /// How many bytes its files have, if known.
    pub(super) bytes: Option<u64>,
    /// When the files were backed up.
    pub(super) added: DateTime<Utc>,
}

impl Stored {
    /// Returns the snapshot that Unrewind added; `None` if Unrewind did not add it, or its description is lost.
    pub(super) fn ours(&self) -> Option<ArchivedSnapshot> {
        let written: Written = serde_json::from_str(self.description.as_deref()?).ok()?;
        // An add that was killed may have stored less than it describes.
        if self.bytes.is_some_and(|bytes| bytes < written.size) {
            return None;
        }
        let path = self
            .paths
            .iter()
            .find(|path| named(path) == Some(written.snapshot));
        let folder = self.tags.iter().find_map(|tag| FolderId::of_tag(tag))?;
        Some(ArchivedSnapshot {
            id: written.snapshot,
            restic_id: self.restic_id.clone(),
            copies: Vec::new(),
            path: path?.clone(),
            folder: Some(folder.to_string()),
            host: self.host.clone(),
            size: Some(written.size),
            modified: written.modified,
            added: self.added,
            last_event_id: written.last_event_id,
            sentence: written.sentence,
            checksum: Some(written.checksum),
            pinned: written.pinned,
            note: written.note,
        })
    }

    /// Returns whether Unrewind added it.
    pub(super) fn is_ours(&self) -> bool {
        self.tags.iter().any(|tag| tag == OURS)
    }

    /// Returns a snapshot's file that restic added, or whose description restic removed; `note` is the file beside
    /// it that Unrewind added.
    pub(super) fn found(
        &self,
        path: PathBuf,
        size: u64,
        modified: DateTime<Utc>,
        note: Option<&[u8]>,
    ) -> Option<ArchivedSnapshot> {
        let folder = self.tags.iter().find_map(|tag| FolderId::of_tag(tag));
        let folder = folder.filter(|_| self.is_ours());
        let id = named(&path)?;
        let stored = note.and_then(|note| serde_json::from_slice::<StoredNote>(note).ok());
        let (note, written) = stored.map_or_else(Default::default, |stored| {
            let written = stored.archived;
            (
                stored.note,
                written.filter(|written| written.snapshot == id),
            )
        });
        let (last_event_id, sentence, own_checksum) =
            written.map_or((None, None, None), |written| {
                (
                    written.last_event_id,
                    written.sentence,
                    Some(written.checksum),
                )
            });
        Some(ArchivedSnapshot {
            id,
            restic_id: self.restic_id.clone(),
            copies: Vec::new(),
            path,
            folder: folder.map(|folder| folder.to_string()),
            host: self.host.clone(),
            size: Some(size),
            modified,
            added: self.added,
            last_event_id,
            sentence,
            checksum: own_checksum.or(note.checksum),
            pinned: self.tags.iter().any(|tag| tag == PINNED),
            note,
        })
    }
}

/// Returns the snapshot that a path of a snapshots folder names.
pub(super) fn named(path: &Path) -> Option<Id> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".json")?;
    let folder = path.parent()?.file_name()?.to_str()?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == folder)?;
    Id::named(kind, stem).ok()
}

/// A name as its text.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::core::file::snapshot::Id;

    pub(super) fn serialize<S: Serializer>(id: &Id, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Id, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
