//! The notes of restores, which undo follows, and the lock that keeps two restores from running at
//! once.

use std::{
    fs::{self, File, TryLockError},
    path::PathBuf,
    time::Duration,
};

use chrono::DateTime;

use super::{StampFiles, Store};
use crate::core::{
    base::{
        error::{Error, Result},
        lock::{lock, open_lock},
        owner::make_folder,
        progress::OnProgress,
    },
    file::{
        note::Note,
        pin,
        snapshot::{Id, Kind, Origin, Snapshot},
    },
    store::{
        off_log::OffLog,
        restore_history::{Link, RestoreHistory},
    },
};

/// Keeps out other restores, and the repair of interrupted ones, until dropped.
pub(crate) struct RestoreLock {
    _folder: Option<File>,
}

/// The links of a folder.
#[derive(Debug, Default)]
pub(crate) struct ReadLinks {
    /// Every restore whose note can be read.
    pub(crate) links: Vec<Link>,
    /// The safety snapshots without such a note.
    pub(crate) lost: Vec<Id>,
    /// The path of an unreadable note on a safety snapshot, if there is one.
    pub(crate) unread: Option<PathBuf>,
}

impl Store {
    /// Returns the restores that can be undone and redone, also those whose safety snapshots only the
    /// archive holds undamaged. Fails if the snapshot folders cannot be read.
    pub fn history(&self) -> Result<RestoreHistory> {
        let ReadLinks {
            mut links, lost, ..
        } = self.read_links()?;
        let is_gone = |link: &Link| link.safety.as_ref().is_none_or(|one| !one.is_intact());
        if links.iter().any(is_gone) {
            let archived = self.in_archive(Kind::Rewind);
            for link in links.iter_mut().filter(|link| is_gone(link)) {
                let archived = archived.iter().find(|one| one.id == Some(link.id));
                if let Some(archived) = archived {
                    link.safety = Some(archived.clone());
                }
            }
        }
        Ok(RestoreHistory::of(links, lost))
    }

    /// Returns the note of every restore, even if its safety snapshot is gone.
    pub(crate) fn links(&self) -> Result<Vec<Link>> {
        Ok(self.read_links()?.links)
    }

    /// Reads the notes on safety snapshots.
    pub(crate) fn read_links(&self) -> Result<ReadLinks> {
        let mut read = ReadLinks::default();
        for (id, files) in self.all_names(Kind::Rewind)? {
            if id.origin != Origin::Safety {
                continue;
            }
            let safety = match self.inspect(id, files) {
                Ok(safety) => Some(safety),
                Err(Error::NoFile { .. }) => None,
                Err(error) => return Err(error),
            };
            let note = match &safety {
                Some(safety) => safety.note.clone(),
                None => Note::read(&self.path(id)),
            };
            if note.unreadable {
                read.unread = Some(Note::path(&self.path(id)));
            }
            if safety.as_ref().is_some_and(Snapshot::has_lost_its_note) {
                read.lost.push(id);
            }
            let link = note.restore.map(|note| Link { id, note, safety });
            read.links.extend(link);
        }
        Ok(read)
    }

    /// Returns the safety snapshot of a restore that was interrupted and is neither finished nor
    /// cleaned up. One that runs now is not interrupted.
    pub(crate) fn interrupted(&self) -> Result<Option<Id>> {
        let Some(_lock) = self.try_lock_restores() else {
            return Ok(None);
        };
        let is_left =
            |link: &Link| !link.note.is_done() || self.has_draft(link.note.checkpoint.as_deref());
        Ok(self.links()?.into_iter().find(is_left).map(|link| link.id))
    }

    /// Returns when live was off the log, from the notes of the restores. A folder that cannot be
    /// listed counts as empty; operations that need it report the error.
    pub(crate) fn off_log(&self) -> OffLog {
        let names = self.all_names(Kind::Rewind).unwrap_or_default();
        let noted = names
            .into_iter()
            .filter(|(id, files)| id.origin == Origin::Safety && files.noted);
        let written = |path: &PathBuf| fs::symlink_metadata(path)?.modified();
        OffLog::of(noted.map(|(id, _)| {
            let path = self.path(id);
            let modified = written(&path).or_else(|_| written(&Note::path(&path)));
            let modified = modified.map_or(id.stamp.time(), DateTime::from);
            (id, modified, Note::read(&path))
        }))
    }

    /// Returns whether live's tables come from a restore that did not include the event log. Fails
    /// if the snapshot folders cannot be read.
    pub fn is_off_log(&self) -> Result<bool> {
        let periodic = self.list(&[Kind::Periodic])?;
        Ok(self.off_log().now(&periodic))
    }

    /// Returns the number of the next restore.
    pub(crate) fn next_sequence(&self) -> Result<u64> {
        let links = self.links()?.into_iter();
        let last = links.map(|link| link.note.sequence).max();
        Ok(last.map_or(1, |last| last.saturating_add(1)))
    }

    /// Returns the number of the last restore that is done; 0 if there is none, or the folder
    /// cannot be listed.
    pub(crate) fn restores_done(&self) -> u64 {
        let links = self.links().unwrap_or_default().into_iter();
        let done = links.filter(|link| link.note.is_done());
        done.map(|link| link.note.sequence).max().unwrap_or(0)
    }

    /// Removes the notes on deleted snapshots, as far as possible.
    ///
    /// The notes of restores show where undo ends, so those above the oldest existing safety
    /// snapshot stay, and the one below it.
    pub(super) fn clear_notes(&self) {
        let spared = self.spared_tombstones();
        for kind in Kind::ALL {
            for (id, files) in self.all_names(kind).unwrap_or_default() {
                let path = self.path(id);
                // A snapshot unpinned while the folder was read has only changed its name.
                let is_gone =
                    files == StampFiles::ONLY_NOTE && !pin::path(&path).exists() && !path.exists();
                if is_gone && !spared.contains(&path) {
                    let _ = fs::remove_file(Note::path(&path));
                }
            }
        }
    }

    fn spared_tombstones(&self) -> Vec<PathBuf> {
        let mut links = self.links().unwrap_or_default();
        links.sort_by_key(|link| link.note.sequence);
        let oldest = links.iter().position(|link| link.safety.is_some());
        let first = oldest.unwrap_or(links.len()).saturating_sub(1);
        let is_spared = |(place, link): &(usize, Link)| *place >= first || !link.note.is_done();
        let spared = links.into_iter().enumerate().filter(is_spared);
        spared.map(|(_, link)| self.path(link.id)).collect()
    }

    /// Waits until no other restore runs on this folder, then locks out others. Fails with
    /// [`Error::Stuck`] if one makes no progress for `longest`.
    pub(crate) fn lock_restores(
        &self,
        longest: Duration,
        on: OnProgress<'_>,
    ) -> Result<RestoreLock> {
        make_folder(self.root()).map_err(Error::io("create", self.root()))?;
        let folder = open_lock(self.root()).ok();
        if let Some(folder) = &folder {
            lock(folder, self.root(), longest, on)?;
        }
        Ok(RestoreLock { _folder: folder })
    }

    /// Locks out other restores, if none runs on this folder. Where folders cannot be locked it
    /// always succeeds.
    pub(crate) fn try_lock_restores(&self) -> Option<RestoreLock> {
        let Ok(folder) = open_lock(self.root()) else {
            return Some(RestoreLock { _folder: None });
        };
        match folder.try_lock() {
            Err(TryLockError::WouldBlock) => None,
            _ => Some(RestoreLock {
                _folder: Some(folder),
            }),
        }
    }
}
