//! A snapshot being written, which appears whole or not at all, and cleanup after writers that
//! crashed.

use std::{fs::File, path::Path};

use super::Store;
use crate::core::{
    base::{
        error::{Error, Result},
        owner::make_folder,
    },
    db::Script,
    file::{
        atomic_file::{AtomicFile, Named, remove_companions, sync_folder},
        checksum::Checksum,
        note::Note,
        pin,
        snapshot::{Id, Kind, Snapshot, Stamp},
    },
};

/// The prefix of an unfinished checkpoint's name.
const CHECKPOINT: &str = ".unrewind-checkpoint-";

impl Store {
    /// Starts a snapshot. First removes drafts of crashed writers, and notes on snapshots that the
    /// service deleted.
    pub(crate) fn draft(&self, kind: Kind) -> Result<SnapshotDraft> {
        self.clear_drafts();
        self.clear_notes();
        self.begin(kind, AtomicFile::PLAIN)
    }

    /// Starts the checkpoint of a restore. After a crash its draft stays until it is known whether
    /// the restore was committed.
    pub(crate) fn checkpoint_draft(&self) -> Result<SnapshotDraft> {
        self.clear_drafts();
        self.begin(Kind::Periodic, CHECKPOINT)
    }

    /// Creates the snapshots folder if it does not exist.
    pub(crate) fn make_root(&self) -> Result<()> {
        make_folder(self.root()).map_err(Error::io("create", self.root()))
    }

    /// Creates the folder of a kind if it does not exist.
    pub(crate) fn make_folder(&self, kind: Kind) -> Result<()> {
        let folder = self.folder(kind);
        self.refuse_links(&folder)?;
        make_folder(&folder).map_err(Error::io("create", &folder))
    }

    fn begin(&self, kind: Kind, prefix: &str) -> Result<SnapshotDraft> {
        let folder = self.folder(kind);
        self.make_folder(kind)?;
        Ok(SnapshotDraft {
            draft: AtomicFile::new(&folder, prefix)?,
            kind,
            store: self.clone(),
            checksum: None,
            schema: None,
        })
    }

    /// Removes the drafts of crashed writers, as far as possible.
    pub(crate) fn clear_drafts(&self) {
        for kind in Kind::ALL {
            AtomicFile::clear_abandoned(&self.folder(kind), &mut drop);
        }
        // Databases into which snapshots were restored to verify them.
        AtomicFile::clear_abandoned(self.root(), &mut |scratch| {
            remove_companions(scratch.path());
        });
    }

    /// Returns whether a checkpoint's draft of this name exists.
    pub(crate) fn has_draft(&self, name: Option<&str>) -> bool {
        let name = name.filter(|name| name.starts_with(CHECKPOINT));
        name.is_some_and(|name| self.folder(Kind::Periodic).join(name).exists())
    }

    /// Returns the checkpoints of restores that crashed before naming them. They stay until
    /// published or deleted.
    pub(crate) fn abandoned_checkpoints(&self) -> Result<Vec<SnapshotDraft>> {
        let (kind, mut drafts) = (Kind::Periodic, Vec::new());
        AtomicFile::abandoned(&self.folder(kind), CHECKPOINT, &mut |mut draft| {
            draft.keep_on_drop();
            drafts.push(SnapshotDraft {
                draft,
                kind,
                store: self.clone(),
                checksum: None,
                schema: None,
            });
        })?;
        Ok(drafts)
    }
}

/// A snapshot being written. It is deleted on drop, unless it was published or
/// [`Self::keep_on_drop`] was called.
pub(crate) struct SnapshotDraft {
    draft: AtomicFile,
    kind: Kind,
    store: Store,
    checksum: Option<Checksum>,
    schema: Option<String>,
}

impl SnapshotDraft {
    /// Names the finished file `stamp` and writes a note with its checksum; returns `None`, and
    /// deletes the file, if the name is taken.
    pub(crate) fn publish(self, stamp: Stamp, note: &Note) -> Result<Option<Snapshot>> {
        let id = Id::plain(self.kind, stamp);
        self.name(id, note.clone()).map(std::result::Result::ok)
    }

    /// Gives a safety snapshot or a checkpoint its final name, which sorts after every other of its
    /// kind, and writes a note with its checksum.
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
        // The service may have deleted a snapshot of this name that still has its pin.
        if pin::path(&path).exists() || path.exists() {
            return Ok(Err(self));
        }
        let note = Note {
            checksum: self.checksum,
            schema: self.schema.clone(),
            ..note
        };
        let is_noted = if note.restore.is_some() {
            // Without its note a safety snapshot would look like a plain snapshot.
            note.write_like(&path, self.path())?;
            true
        } else {
            // Without its note a checkpoint would look as if its tables followed from its log. But the
            // application needs the file under its name, so failing to write the note is not an error.
            id.is_own() && note.write_like(&path, self.path()).is_ok()
        };
        match self.draft.name(&path)? {
            Named::Done if is_noted => {
                let snapshot = Snapshot::inspect(path, Some(id))?;
                log::info!("wrote {id}, {} bytes", snapshot.size);
                Ok(Ok(snapshot.with_note(note)))
            }
            Named::Done => noted(&path, id, note).map(Ok),
            Named::Taken(draft) => Ok(Err(Self { draft, ..self })),
        }
    }

    /// Sets the checksum of the bytes, if known.
    pub(crate) fn with_checksum(mut self, checksum: Option<Checksum>) -> Self {
        self.checksum = checksum;
        self
    }

    /// Saves the schema of the database beside the snapshots and records its name. Failing to save
    /// it does not fail the snapshot.
    pub(crate) fn with_schema(mut self, script: &Script, database: &Path) -> Self {
        match self.store.keep_schema(script, database) {
            Ok(name) => self.schema = Some(name),
            Err(error) => log::warn!("the schema is not kept: {error}"),
        }
        self
    }

    /// Gives the file the owner, group and mode of the database.
    pub(crate) fn follow(&self, database: &Path) -> Result<()> {
        self.draft.follow(database)
    }

    /// Returns the open file.
    pub(crate) fn file(&self) -> &File {
        self.draft.file()
    }

    /// Returns the file, which has no final name yet.
    pub(crate) fn atomic_file(&self) -> &AtomicFile {
        &self.draft
    }

    /// Syncs the file, so that it survives a power failure.
    pub(crate) fn sync(&self) -> Result<()> {
        self.draft.sync()
    }

    /// Returns the temporary path.
    pub(crate) fn path(&self) -> &Path {
        self.draft.path()
    }

    /// Syncs the file and its temporary name, so that both survive a power failure.
    pub(crate) fn sync_with_name(&self) -> Result<()> {
        self.sync()?;
        sync_folder(&self.store.folder(self.kind))
    }

    /// Returns the temporary file name.
    pub(crate) fn file_name(&self) -> String {
        let name = self.path().file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Keeps the draft on drop, as if its writer had crashed.
    pub(crate) fn keep_on_drop(&mut self) {
        self.draft.keep_on_drop();
    }

    /// Deletes the draft.
    pub(crate) fn delete(self) {
        self.draft.delete();
    }
}

/// Writes the note of a snapshot that was just named.
fn noted(path: &Path, id: Id, note: Note) -> Result<Snapshot> {
    let snapshot = Snapshot::inspect(path.to_owned(), Some(id))?;
    log::info!("wrote {id}, {} bytes", snapshot.size);
    match note.write(path) {
        Ok(()) => Ok(snapshot.with_note(note)),
        // Failing to write the note does not fail the snapshot.
        Err(error) => {
            log::warn!("{id} has no note: {error}");
            Ok(snapshot.with_note(Note {
                unwritten: Some(error.to_string()),
                ..Note::default()
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_checkpoint_has_its_note_before_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let draft = store.checkpoint_draft().unwrap();
        // It cannot get a name.
        fs::remove_file(draft.path()).unwrap();
        let note = Note {
            off_log: true,
            ..Note::default()
        };
        let stamp = Stamp::at(chrono::Utc::now());
        assert!(draft.publish_own(stamp, &note).is_err());
        let names = fs::read_dir(store.folder(Kind::Periodic)).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let is_note = |name: &String| name.ends_with("_checkpoint.note");
        assert_eq!(names.filter(is_note).count(), 1);
    }
}
