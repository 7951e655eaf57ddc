//! A snapshot being written, which appears whole or not at all, and clearing up after writers that
//! died.

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

/// How the name of an unfinished checkpoint begins.
const CHECKPOINT: &str = ".unrewind-checkpoint-";

impl Store {
    /// Begins a snapshot, and clears away what writers that died left, and what those left that the
    /// service deleted.
    pub(crate) fn draft(&self, kind: Kind) -> Result<SnapshotDraft> {
        self.clear_drafts();
        self.clear_notes();
        self.begin(kind, AtomicFile::PLAIN)
    }

    /// Begins the checkpoint of a restore. Of a restore that died it is not cleared away before it is known
    /// whether that was committed.
    pub(crate) fn checkpoint_draft(&self) -> Result<SnapshotDraft> {
        self.clear_drafts();
        self.begin(Kind::Periodic, CHECKPOINT)
    }

    /// Makes the folder of all kinds if it is not there.
    pub(crate) fn make_root(&self) -> Result<()> {
        make_folder(self.root()).map_err(Error::io("create", self.root()))
    }

    /// Makes the folder of a kind if it is not there.
    pub(crate) fn make_folder(&self, kind: Kind) -> Result<()> {
        let folder = self.folder(kind);
        self.refuse_foreign_links(&folder)?;
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

    /// Clears away the drafts of writers that died. One that cannot be cleared away harms nobody.
    pub(crate) fn clear_drafts(&self) {
        for kind in Kind::ALL {
            drop(AtomicFile::abandoned(&self.folder(kind), AtomicFile::PLAIN));
        }
        // Databases that snapshots were restored into, to verify them.
        for scratch in AtomicFile::abandoned(self.root(), AtomicFile::PLAIN) {
            remove_companions(scratch.path());
        }
    }

    /// Whether a checkpoint that has this name as a draft is there.
    pub(crate) fn has_draft(&self, name: Option<&str>) -> bool {
        let name = name.filter(|name| name.starts_with(CHECKPOINT));
        name.is_some_and(|name| self.folder(Kind::Periodic).join(name).exists())
    }

    /// The checkpoints of restores that died before they named them. They stay until they are published or
    /// deleted.
    pub(crate) fn abandoned_checkpoints(&self) -> Vec<SnapshotDraft> {
        let kind = Kind::Periodic;
        let drafts = AtomicFile::abandoned(&self.folder(kind), CHECKPOINT).into_iter();
        drafts
            .map(|mut draft| {
                draft.outlive();
                SnapshotDraft {
                    draft,
                    kind,
                    store: self.clone(),
                    checksum: None,
                    schema: None,
                }
            })
            .collect()
    }
}

/// A snapshot being written. It does not appear before it is published, and is deleted if it is dropped, unless
/// it outlives its owner.
pub(crate) struct SnapshotDraft {
    draft: AtomicFile,
    kind: Kind,
    store: Store,
    checksum: Option<Checksum>,
    schema: Option<String>,
}

impl SnapshotDraft {
    /// Names the finished file `stamp`, and puts a note with its checksum beside it; nothing if another has
    /// the name, and then the file is gone.
    pub(crate) fn publish(self, stamp: Stamp, note: &Note) -> Result<Option<Snapshot>> {
        let id = Id::plain(self.kind, stamp);
        self.name(id, note.clone()).map(std::result::Result::ok)
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
        if pin::path(&path).exists() || path.exists() {
            return Ok(Err(self));
        }
        let note = Note {
            checksum: self.checksum,
            schema: self.schema.clone(),
            ..note
        };
        // Without its note a safety snapshot would pass for the snapshot of a rewind.
        let comes_first = note.restore.is_some();
        if comes_first {
            note.write_like(&path, self.path())?;
        }
        match self.draft.name(&path)? {
            Named::Done if comes_first => {
                let snapshot = Snapshot::look(path, Some(id))?;
                log::info!("wrote {id}, {} bytes", snapshot.size);
                Ok(Ok(snapshot.with_note(note)))
            }
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

    /// Makes what was written, and the name that it has meanwhile, last beyond a power failure.
    pub(crate) fn sync_with_name(&self) -> Result<()> {
        self.sync()?;
        sync_folder(&self.store.folder(self.kind))
    }

    /// The name of the file that has no final name yet.
    pub(crate) fn file_name(&self) -> String {
        let name = self.path().file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Keeps the draft when it is dropped, as if its writer had died.
    pub(crate) fn outlive(&mut self) {
        self.draft.outlive();
    }

    /// Deletes the draft.
    pub(crate) fn delete(self) {
        self.draft.delete();
    }
}

/// Puts a note beside a snapshot that has just got its name.
fn noted(path: &Path, id: Id, note: Note) -> Result<Snapshot> {
    let snapshot = Snapshot::look(path.to_owned(), Some(id))?;
    log::info!("wrote {id}, {} bytes", snapshot.size);
    match note.write(path) {
        Ok(()) => Ok(snapshot.with_note(note)),
        // A snapshot is worth more than its checksum.
        Err(error) => {
            log::warn!("{id} has no note: {error}");
            Ok(snapshot)
        }
    }
}
