//! The snapshots of a data folder that its archive holds, by the same names as those in its folders.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use super::{
    Store,
    archive::{
        Archive, ArchivedSnapshot,
        cache::{ArchiveCache, Catalogued, Unpacked},
    },
};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::OnProgress,
    },
    file::snapshot::{Contents, Id, Keys, Kind, Snapshot, StoredIn},
};

/// Which archived snapshots are read along with those in the data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archived {
    /// Those of an archive on this machine.
    Here,
    /// Also those of an archive on another machine.
    Everywhere,
}

/// All snapshots of a data folder.
#[derive(Debug, Default)]
pub struct AllSnapshots {
    /// Those in the data folder and those that only the archive holds, newest first.
    pub snapshots: Vec<Snapshot>,
    /// Why the archive may hold others.
    pub trouble: Option<Error>,
}

impl Store {
    /// Uses what is known and unpacked of the data folder's archive.
    #[must_use]
    pub(crate) fn with_archive(self, archive: ArchiveCache) -> Self {
        Self {
            archive: Some(Arc::new(archive)),
            ..self
        }
    }

    /// Returns whether the data folder has an archive, or had one, or the configuration names one.
    pub fn has_archive(&self) -> bool {
        self.archive().is_some()
    }

    /// Fails if the data folder had an archive that no setting names, and it is gone.
    pub(crate) fn refuse_gone_archive(&self) -> Result<()> {
        let gone = self.archive.as_deref().and_then(ArchiveCache::gone);
        gone.map_or(Ok(()), Err)
    }

    fn archive(&self) -> Option<&ArchiveCache> {
        self.archive
            .as_deref()
            .filter(|archive| archive.is_expected())
    }

    /// Lists every snapshot of these kinds, in the folders and in the archive, newest first.
    ///
    /// Fails if a folder cannot be listed; an archive that cannot be is the result's `trouble`.
    pub fn list_all(&self, kinds: &[Kind]) -> Result<AllSnapshots> {
        let snapshots = self.list(kinds)?;
        let Some(archive) = self.archive() else {
            return Ok(AllSnapshots {
                snapshots,
                trouble: None,
            });
        };
        Ok(self.with_archived(snapshots, kinds, archive, archive.list()))
    }

    /// Adds what is archived to the snapshots in the folders.
    fn with_archived(
        &self,
        mut snapshots: Vec<Snapshot>,
        kinds: &[Kind],
        archive: &ArchiveCache,
        known: Catalogued,
    ) -> AllSnapshots {
        let mut newest: HashMap<Id, &ArchivedSnapshot> = HashMap::new();
        for one in &known.snapshots {
            newest.entry(one.id).or_insert(one);
        }
        for snapshot in &mut snapshots {
            let archived = snapshot.id.and_then(|id| newest.get(&id));
            if archived.is_some_and(|archived| archived.has_bytes_of(snapshot)) {
                snapshot.stored_in = StoredIn::Both;
            }
        }
        let here = snapshots.iter().filter_map(|one| one.id).collect();
        snapshots.extend(self.missing_here(archive, &known, here, |id| kinds.contains(&id.kind)));
        snapshots.sort_by_cached_key(Snapshot::newest_first);
        AllSnapshots {
            snapshots,
            trouble: known.trouble,
        }
    }

    /// Lists every snapshot to read of these kinds, newest first. With [`Archived::Everywhere`] the archive is
    /// opened if need be.
    ///
    /// Fails if a folder, or an archive that has to be opened, cannot be listed.
    pub fn list_readable(
        &self,
        kinds: &[Kind],
        archived: Archived,
        on: OnProgress<'_>,
    ) -> Result<AllSnapshots> {
        let snapshots = self.list(kinds)?;
        let known = match (self.archive(), archived) {
            (Some(archive), Archived::Everywhere) => (archive, archive.list_anew(on)?),
            (Some(archive), Archived::Here) if !archive.is_remote() => (archive, archive.list()),
            _ => {
                let trouble = None;
                return Ok(AllSnapshots { snapshots, trouble });
            }
        };
        let (archive, known) = known;
        Ok(self.with_archived(snapshots, kinds, archive, known))
    }

    /// Returns the snapshots that only the archive holds and that `fits` chooses, newest first, and why there
    /// may be others.
    pub(crate) fn only_archived(
        &self,
        kinds: &[Kind],
        fits: impl Fn(Id) -> bool,
    ) -> Result<AllSnapshots> {
        let mut found = AllSnapshots::default();
        let Some(archive) = self.archive() else {
            return Ok(found);
        };
        let known = archive.list();
        let mut here = HashSet::new();
        for &kind in kinds {
            here.extend(self.names(kind)?.into_keys());
        }
        let is_meant = |id: Id| kinds.contains(&id.kind) && fits(id);
        found.snapshots = self.missing_here(archive, &known, here, is_meant);
        found.trouble = known.trouble;
        Ok(found)
    }

    /// Returns the snapshots of a kind as the archive holds them, newest first.
    pub(super) fn in_archive(&self, kind: Kind) -> Vec<Snapshot> {
        let found = self.archive().map(|archive| {
            let is_meant = |id: Id| id.kind == kind;
            self.missing_here(archive, &archive.list(), HashSet::new(), is_meant)
        });
        found.unwrap_or_default()
    }

    /// Returns the snapshot in the archive that was added from this file, if any.
    pub fn archived_copy(&self, path: &Path) -> Option<Snapshot> {
        let folder = path.parent()?;
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| self.folder(*kind) == folder)?;
        let name = path.file_name()?.to_str()?.split_once('.')?.0;
        let id = Id::named(kind, name).ok()?;
        let mut archived = self.in_archive(kind).into_iter();
        archived.find(|one| one.id == Some(id))
    }

    /// Returns the archived snapshots whose names the folders lack, newest first.
    fn missing_here(
        &self,
        archive: &ArchiveCache,
        known: &Catalogued,
        mut here: HashSet<Id>,
        fits: impl Fn(Id) -> bool,
    ) -> Vec<Snapshot> {
        let off_log = self.off_log();
        // Of two copies the one added last comes first.
        let only = known
            .snapshots
            .iter()
            .filter(|one| fits(one.id) && here.insert(one.id));
        only.map(|one| off_log.mark(archive.snapshot(one)))
            .collect()
    }

    /// Makes sure that a snapshot's file exists: one that only the archive holds is unpacked. It may be
    /// deleted once the returned value is dropped and others are unpacked.
    ///
    /// Fails if the archive cannot be opened, or if what it returns is not what was added.
    pub fn unpack(&self, snapshot: &Snapshot, on: OnProgress<'_>) -> Result<Unpacked> {
        match &self.archive {
            Some(archive) => archive.unpack(snapshot, on),
            None => Ok(Unpacked::default()),
        }
    }

    /// Deletes the unpacked files of snapshots that the archive no longer holds.
    pub(crate) fn remove_unpacked(&self, gone: &[ArchivedSnapshot]) {
        if let Some(archive) = &self.archive {
            for one in gone {
                archive.remove_unpacked(one.id);
            }
        }
    }

    /// Returns whether a snapshot can be opened without asking a person: its file exists, or can be unpacked from an
    /// archive on this machine without a command that prints its password.
    pub fn opens_unasked(&self, snapshot: &Snapshot) -> bool {
        ArchiveCache::is_unpacked(snapshot)
            || self.archive().is_some_and(ArchiveCache::opens_unasked)
    }

    /// Opens a snapshot as [`Contents::open_trusted`] does, unpacked if need be.
    pub(crate) fn open(
        &self,
        snapshot: &Snapshot,
        keys: &Keys,
        on: OnProgress<'_>,
    ) -> Result<Contents> {
        let unpacked = self.unpack(snapshot, on)?;
        let contents = Contents::open_trusted(&snapshot.path, keys, on)?;
        Ok(contents.locked_by(unpacked.locked()))
    }

    /// Opens one of several snapshots that would do; returns `None` if it cannot be read or trusted.
    pub(crate) fn open_candidate(
        &self,
        snapshot: &Snapshot,
        keys: &Keys,
        on: OnProgress<'_>,
    ) -> Result<Option<Contents>> {
        match self.open(snapshot, keys, on) {
            Ok(contents) => Ok(Some(contents)),
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Err(error) => {
                log::warn!("{} is passed over: {error}", snapshot.name());
                Ok(None)
            }
        }
    }

    /// Lists what is in the archive, and keeps the list, so that later ones need not open it.
    pub(crate) fn refresh_archived(
        &self,
        archive: &Archive,
        on: OnProgress<'_>,
    ) -> Result<Vec<ArchivedSnapshot>> {
        match &self.archive {
            Some(cache) => cache.refresh(archive, on),
            None => archive.list(on),
        }
    }
}
