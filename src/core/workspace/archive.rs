//! The operations on a workspace's archive.

use std::{collections::HashSet, path::PathBuf};

use super::Workspace;
use crate::core::{
    actions::{
        archive::{Known, add_to_archive, prove_before},
        prune::{Fate, PrunePlan, Reason, Verdict},
        watch::{ArchiveStep, ArchiveWork, Archiving},
    },
    base::{
        error::{Error, Result},
        progress::OnProgress,
    },
    file::snapshot::{Contents, Keys, Kind, Snapshot, StoredIn},
    store::{
        Archived,
        archive::{Added, Archive, ArchiveSettings, ArchivedSnapshot},
    },
};

impl Workspace {
    /// Returns where the archive is and how it is used.
    pub fn archive_settings(&self) -> &ArchiveSettings {
        &self.archive
    }

    /// Opens the archive of the data folder.
    ///
    /// # Errors
    ///
    /// [`Error::Archive`](crate::core::Error::Archive) if there is none, its password is wrong, or it cannot be
    /// read.
    pub fn open_archive(&self) -> Result<Archive> {
        self.store.refuse_gone_archive()?;
        Archive::open(&self.archive, &self.data_dir, &mut self.on())
    }

    /// Lists what an opened archive holds of the data folder, newest first, and keeps the list, so that later
    /// lists of snapshots need not open it.
    ///
    /// # Errors
    ///
    /// If the archive cannot be read.
    pub fn archived(&self, archive: &Archive) -> Result<Vec<ArchivedSnapshot>> {
        self.store.refresh_archived(archive, &mut self.on())
    }

    /// Lists the snapshots in the folders and in an archive on this machine.
    pub(super) fn readable(&self) -> Result<Vec<Snapshot>> {
        let (kinds, on) = (&Kind::ALL, &mut self.on());
        let found = self.store.list_readable(kinds, Archived::Here, on)?;
        Ok(found.snapshots)
    }

    /// Opens a snapshot for any of its rows, unpacked if need be; facts about it may come from the cache.
    ///
    /// # Errors
    ///
    /// If the snapshot is damaged, or the archive that holds it cannot be read.
    pub fn open_whole(&self, snapshot: &Snapshot, on: OnProgress<'_>) -> Result<Contents> {
        let unpacked = self.store.unpack(snapshot, on)?;
        let contents = self.cache.open_whole(&snapshot.path, on)?;
        Ok(contents.locked_by(unpacked.locked()))
    }

    /// Creates the archive, or opens it if it exists; returns it with whether it is new.
    ///
    /// # Errors
    ///
    /// As [`Self::open_archive`].
    pub fn create_archive(&self) -> Result<(Archive, bool)> {
        Archive::create(&self.archive, &self.data_dir, &mut self.on())
    }

    /// Adds a snapshot to the archive; `archived` is what [`Archive::list`] returned. Returns `None` if it is
    /// there already.
    ///
    /// # Errors
    ///
    /// If the snapshot is damaged or the archive cannot be written; then the archive is as before.
    pub fn add_to_archive(
        &self,
        archive: &mut Archive,
        archived: &[ArchivedSnapshot],
        snapshot: &Snapshot,
    ) -> Result<Option<Added>> {
        self.add_to_archive_with(archive, archived, snapshot, &mut self.on())
    }

    /// Adds a snapshot as [`Self::add_to_archive`] does, and reports progress to `on`.
    pub(crate) fn add_to_archive_with(
        &self,
        archive: &mut Archive,
        archived: &[ArchivedSnapshot],
        snapshot: &Snapshot,
        on: OnProgress<'_>,
    ) -> Result<Option<Added>> {
        add_to_archive(archive, archived, snapshot, self.known(&self.keys()), on)
    }

    fn known<'a>(&'a self, keys: &'a Keys) -> Known<'a> {
        Known {
            keys,
            profile: &self.profile,
            cache: &self.cache,
        }
    }

    /// Removes snapshots from an opened archive, and their unpacked files.
    ///
    /// # Errors
    ///
    /// As [`Archive::forget`].
    pub fn forget_archived(
        &self,
        archive: &mut Archive,
        gone: &[ArchivedSnapshot],
        on: OnProgress<'_>,
    ) -> Result<()> {
        archive.forget(gone, on)?;
        self.store.remove_unpacked(gone);
        self.archived(archive).map(drop)
    }

    /// Marks in a plan what the archive holds, as far as known without opening one on another machine. Returns
    /// the reason if the archive may hold more.
    ///
    /// # Errors
    ///
    /// If a snapshot folder cannot be read.
    pub fn mark_archived(&self, plan: &mut PrunePlan) -> Result<Option<Error>> {
        if !self.store.has_archive() {
            return Ok(None);
        }
        let known = self.store.list_all(&Kind::ALL)?;
        let held = known.snapshots.into_iter();
        let held: HashSet<PathBuf> = held
            .filter(|one| one.stored_in == StoredIn::Both)
            .map(|one| one.path)
            .collect();
        plan.mark_archived(|one| held.contains(&one.snapshot.path));
        Ok(known.trouble)
    }

    /// Returns whether a snapshot that a plan deletes must be archived first, and is not in the archive yet.
    pub fn archives_first(&self, verdict: &Verdict) -> bool {
        self.archive.before_prune
            && verdict.fate == Fate::Delete
            && verdict.reason != Reason::Chosen
            && verdict.snapshot.stored_in == StoredIn::Folder
    }

    /// Deletes what a plan names as [`Self::prune`] does, and reports progress to `on`.
    pub(crate) fn prune_with(
        &self,
        mut plan: PrunePlan,
        on: OnProgress<'_>,
    ) -> Result<Vec<PathBuf>> {
        let unproven = if self.archive.before_prune {
            let open = |on: OnProgress<'_>| Archive::open(&self.archive, &self.data_dir, on);
            prove_before(&mut plan, open, self.known(&self.keys()), on)?
        } else {
            None
        };
        let applied = plan.apply(on);
        match unproven {
            None => applied,
            Some(unproven) => Err(unproven.and(applied)),
        }
    }

    /// Returns what a watch needs to keep the archive up to date.
    pub fn archiving(&self) -> Archiving {
        let was_there = self.store.has_archive();
        Archiving::new(self.archive.clone(), &self.data_dir, was_there, self.now())
    }

    /// Does a watch's work on the archive, and passes each step to `on_step`.
    ///
    /// # Errors
    ///
    /// If the archive cannot be used or a snapshot cannot be read; the other snapshots are added.
    pub fn do_archive_work(
        &self,
        work: &ArchiveWork,
        on: OnProgress<'_>,
        mut on_step: impl FnMut(ArchiveStep),
    ) -> Result<()> {
        let keys = self.keys();
        work.run((&self.store, self.known(&keys)), on, &mut on_step)
    }
}
