//! A snapshot being written, which appears whole or not at all, and clearing up after writers that
//! died.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::{Files, Store};
use crate::core::{
    checksum::Checksum,
    db::Script,
    draft::{Draft, Named, remove_companions},
    error::{Error, Result},
    note::Note,
    owner::make_folder,
    pin,
    snapshot::{Id, Kind, Snapshot, Stamp},
};

/// How the name of an unfinished checkpoint begins.
const CHECKPOINT: &str = ".unrewind-checkpoint-";

fn checkpoint_prefix(guard: Option<Stamp>) -> String {
    let guard = guard.map_or(String::new(), |guard| format!("{guard}-"));
    format!("{CHECKPOINT}{guard}")
}

impl Store {
    /// Begins a snapshot, and clears away what writers that died left, and what those left that the
    /// service deleted.
    pub(crate) fn draft(&self, kind: Kind) -> Result<SnapshotDraft> {
        self.clear_drafts();
        self.clear_notes();
        self.begin(kind, Draft::PLAIN)
    }

    /// Begins the checkpoint of a restore with this guard, which its name tells.
    pub(crate) fn checkpoint_draft(&self, guard: Option<Stamp>) -> Result<SnapshotDraft> {
        self.begin(Kind::Periodic, &checkpoint_prefix(guard))
    }

    fn begin(&self, kind: Kind, prefix: &str) -> Result<SnapshotDraft> {
        let folder = self.folder(kind);
        make_folder(&folder).map_err(Error::io("create", &folder))?;
        Ok(SnapshotDraft {
            draft: Draft::new(&folder, prefix)?,
            kind,
            store: self.clone(),
            checksum: None,
            schema: None,
        })
    }

    /// Clears away the drafts of writers that died. One that cannot be cleared away harms nobody.
    pub(crate) fn clear_drafts(&self) {
        for kind in Kind::ALL {
            drop(Draft::abandoned(&self.folder(kind), Draft::PLAIN));
        }
        // Databases that snapshots were restored into, to verify them.
        for scratch in Draft::abandoned(self.root(), Draft::PLAIN) {
            remove_companions(scratch.path());
        }
    }

    /// Clears away the notes on snapshots that are gone. One that cannot be cleared away harms nobody.
    fn clear_notes(&self) {
        for kind in Kind::ALL {
            for (id, files) in self.all_names(kind).unwrap_or_default() {
                let path = self.path(id);
                // A snapshot that was unpinned while the folder was read has only changed its name.
                if files == Files::ONLY_NOTE && !pin::path(&path).exists() && !path.exists() {
                    let _ = fs::remove_file(Note::path(&path));
                }
            }
        }
    }

    /// The checkpoints of restores that died before they named them. Those not published are deleted.
    pub(crate) fn abandoned_checkpoints(&self) -> Vec<SnapshotDraft> {
        let kind = Kind::Periodic;
        let drafts = Draft::abandoned(&self.folder(kind), CHECKPOINT).into_iter();
        drafts
            .map(|draft| SnapshotDraft {
                draft,
                kind,
                store: self.clone(),
                checksum: None,
                schema: None,
            })
            .collect()
    }
}

/// A snapshot being written. It is not there before it is published, and gone if it is dropped.
pub(crate) struct SnapshotDraft {
    draft: Draft,
    kind: Kind,
    store: Store,
    checksum: Option<Checksum>,
    schema: Option<String>,
}

impl SnapshotDraft {
    /// Names the finished file `stamp`, or the next second that is free and has come, and puts a
    /// note with its checksum beside it.
    pub(crate) fn publish(self, mut stamp: Stamp, note: &Note) -> Result<Snapshot> {
        let kind = self.kind;
        let mut next = Ok(self);
        loop {
            let id = Id::plain(kind, stamp);
            match next?.name(id, note.clone())? {
                Ok(snapshot) => return Ok(snapshot),
                Err(unnamed) => next = Ok(unnamed),
            }
            stamp = stamp.next();
            thread::sleep(Duration::from_secs(1));
        }
    }

    /// Gives a safety snapshot or a checkpoint its final name, which is after every other of its kind, and
    /// puts a note with its checksum beside it.
    pub(crate) fn publish_own(mut self, now: Stamp, note: &Note) -> Result<Snapshot> {
        loop {
            let id = self.store.next_own(self.kind, now)?;
            match self.name(id, note.clone())? {
                Ok(snapshot) => return Ok(snapshot),
                Err(unnamed) => self = unnamed,
            }
        }
    }

    /// Names the finished file, if the name is free.
    fn name(self, id: Id, note: Note) -> Result<std::result::Result<Snapshot, Self>> {
        let path = self.store.path(id);
        // The service may have deleted a snapshot of this name whose pin still has it.
        if pin::path(&path).exists() {
            return Ok(Err(self));
        }
        let note = Note {
            checksum: self.checksum,
            schema: self.schema.clone(),
            ..note
        };
        match self.draft.name(&path)? {
            Named::Done => noted(&path, id, note).map(Ok),
            Named::Taken(draft) => Ok(Err(Self { draft, ..self })),
        }
    }

    /// The draft of bytes with this checksum, if that is known.
    pub(crate) fn with_checksum(mut self, checksum: Option<Checksum>) -> Self {
        self.checksum = checksum;
        self
    }

    /// The draft of rows of a database with this schema, which is kept beside the snapshots. A snapshot is
    /// worth more than its schema.
    pub(crate) fn with_schema(mut self, script: &Script, database: &Path) -> Self {
        match self.store.keep_schema(script, database) {
            Ok(name) => self.schema = Some(name),
            Err(error) => log::warn!("the schema is not kept: {error}"),
        }
        self
    }

    /// Gives it the owner, the group and the mode of the database.
    pub(crate) fn follow(&self, database: &Path) -> Result<()> {
        self.draft.follow(database)
    }

    /// The file itself.
    pub(crate) fn file(&self) -> &File {
        self.draft.file()
    }

    /// Makes what was written last beyond a power failure.
    pub(crate) fn sync(&self) -> Result<()> {
        self.draft.sync()
    }

    /// The file that has no name yet.
    pub(crate) fn path(&self) -> &Path {
        self.draft.path()
    }

    /// The guard of the restore whose checkpoint it is, if it has one.
    pub(crate) fn guard(&self) -> Option<PathBuf> {
        let name = self
            .path()
            .file_name()?
            .to_str()?
            .strip_prefix(CHECKPOINT)?;
        let stamp = name.split_once('-')?.0.parse().ok()?;
        Some(self.store.path(Id::own(Kind::Rewind, stamp)))
    }

    /// Makes it the checkpoint of a restore with this guard, which its name then tells.
    pub(crate) fn into_checkpoint(mut self, guard: Option<Stamp>) -> Result<Self> {
        self.draft = self.draft.rename(&checkpoint_prefix(guard))?;
        Ok(self)
    }

    /// Leaves the file without a name, as if its writer had died.
    pub(crate) fn leave(self) {
        self.draft.leave();
    }
}

/// Puts a note beside a snapshot that has just got its name.
fn noted(path: &Path, id: Id, note: Note) -> Result<Snapshot> {
    let snapshot = Snapshot::look(path.to_owned(), Some(id))?;
    log::info!("wrote {id}, {} bytes", snapshot.size);
    match note.write(path) {
        Ok(()) => Ok(snapshot.with_note(note)),
        // Without its note a guard would pass for the snapshot of a rewind.
        Err(error) if note.guards.is_some() => Store::delete(path).and(Err(error)),
        // A snapshot is worth more than its checksum.
        Err(error) => {
            log::warn!("{id} has no note: {error}");
            Ok(snapshot)
        }
    }
}
