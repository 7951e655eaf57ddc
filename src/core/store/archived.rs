//! The snapshots of a data folder that its archive holds, by the same names as those in its folders.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use super::{
    Store,
    archive::{
        ArchivedSnapshot,
        cache::{ArchiveCache, Unpacked},
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

    /// Returns whether the data folder has an archive.
    pub fn has_archive(&self) -> bool {
        self.archive().is_some()
    }

    fn archive(&self) -> Option<&ArchiveCache> {
        self.archive.as_deref().filter(|archive| archive.is_there())
    }

    /// Lists every snapshot of these kinds, in the folders and in the archive, newest first.
    pub fn list_all(&self, kinds: &[Kind]) -> Result<AllSnapshots> {
        let mut snapshots = self.list(kinds)?;
        let Some(archive) = self.archive() else {
            return Ok(AllSnapshots {
                snapshots,
                trouble: None,
            });
        };
        let known = archive.list();
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
        let mut seen: HashSet<Id> = snapshots.iter().filter_map(|one| one.id).collect();
        let off_log = self.off_log();
        let only = known
            .snapshots
            .iter()
            .filter(|one| kinds.contains(&one.id.kind));
        let only = only.filter(|one| seen.insert(one.id));
        snapshots.extend(only.map(|one| off_log.mark(archive.snapshot(one))));
        snapshots.sort_by_cached_key(Snapshot::newest_first);
        Ok(AllSnapshots {
            snapshots,
            trouble: known.trouble,
        })
    }

    /// Lists every snapshot to read of these kinds, newest first.
    pub fn list_readable(&self, kinds: &[Kind], archived: Archived) -> Result<AllSnapshots> {
        let is_remote = self.archive().is_some_and(ArchiveCache::is_remote);
        if is_remote && archived == Archived::Here {
            return Ok(AllSnapshots {
                snapshots: self.list(kinds)?,
                trouble: None,
            });
        }
        self.list_all(kinds)
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
        let mut seen = HashSet::new();
        for &kind in kinds {
            seen.extend(self.names(kind)?.into_keys());
        }
        let off_log = self.off_log();
        for one in &known.snapshots {
            // Of two copies the one added last comes first.
            if kinds.contains(&one.id.kind) && fits(one.id) && seen.insert(one.id) {
                found.snapshots.push(off_log.mark(archive.snapshot(one)));
            }
        }
        found.trouble = known.trouble;
        Ok(found)
    }

    /// Makes sure that a snapshot's file is there: one that only the archive holds is unpacked. It may be
    /// deleted once the returned value is dropped and others are unpacked.
    pub fn unpack(&self, snapshot: &Snapshot, on: OnProgress<'_>) -> Result<Unpacked> {
        match &self.archive {
            Some(archive) => archive.unpack(snapshot, on),
            None => Ok(Unpacked::default()),
        }
    }

    /// Opens a snapshot as [`Contents::open_trusted`] does, unpacked if need be.
    pub(crate) fn open(
        &self,
        snapshot: &Snapshot,
        keys: &Keys,
        on: OnProgress<'_>,
    ) -> Result<Contents> {
        self.open_with(snapshot, on, |path, on| {
            Contents::open_trusted(path, keys, on)
        })
    }

    /// Opens a snapshot's file with `open`, unpacked if need be. Of a damaged unpacked file the archive still
    /// holds the right bytes: it is unpacked once more.
    pub(crate) fn open_with(
        &self,
        snapshot: &Snapshot,
        on: OnProgress<'_>,
        open: impl Fn(&Path, OnProgress<'_>) -> Result<Contents>,
    ) -> Result<Contents> {
        let unpacked = self.unpack(snapshot, on)?;
        let opened = open(&snapshot.path, on).map(|contents| contents.locked_by(unpacked.locked()));
        match (opened, &self.archive) {
            (Err(error), Some(archive)) if snapshot.is_only_archived() && error.is_damage() => {
                log::warn!("{} is unpacked once more: {error}", snapshot.name());
                archive.discard(snapshot)?;
                let unpacked = self.unpack(snapshot, on)?;
                Ok(open(&snapshot.path, on)?.locked_by(unpacked.locked()))
            }
            (opened, _) => opened,
        }
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

    /// Keeps the list of what is in the archive, so that later lists need not open it.
    pub(crate) fn remember_archived(&self, archived: &[ArchivedSnapshot]) {
        if let Some(archive) = &self.archive {
            archive.remember(archived);
        }
    }
}
