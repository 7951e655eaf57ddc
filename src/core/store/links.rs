//! What restores leave in the folders for those that come after them: the notes that undo goes by, and the
//! lock that keeps two restores apart.

use std::{
    fs::{self, File, TryLockError},
    path::PathBuf,
    thread,
    time::Duration,
};

use super::{StampFiles, Store};
use crate::core::{
    base::{
        error::{Error, Result},
        owner::make_folder,
        progress::{OnProgress, Stage, report},
        regular::open_folder,
    },
    file::{
        note::Note,
        pin,
        snapshot::{Id, Kind, Origin},
    },
    store::{
        off_log::OffLog,
        restore_history::{Link, RestoreHistory},
    },
};

/// Keeps other restores and the repair of interrupted ones away while it lives.
pub(crate) struct RestoreLock {
    _folder: Option<File>,
}

impl Store {
    /// The restores that can be undone and redone.
    pub fn history(&self) -> Result<RestoreHistory> {
        Ok(RestoreHistory::of(self.links()?))
    }

    /// Every note of a restore, also where its safety snapshot is gone.
    pub(crate) fn links(&self) -> Result<Vec<Link>> {
        let mut links = Vec::new();
        for (id, files) in self.all_names(Kind::Rewind)? {
            if id.origin != Origin::Safety || !files.noted {
                continue;
            }
            let safety = match self.look(id, files) {
                Ok(safety) => Some(safety),
                Err(Error::NoFile { .. }) => None,
                Err(error) => return Err(error),
            };
            let link = match safety {
                Some(safety) => Link::of(&safety),
                None => self.tombstone(id),
            };
            links.extend(link);
        }
        Ok(links)
    }

    /// When live was off the log, as the notes of the restores say. Where they cannot be listed, whoever needs
    /// the folder reports it.
    pub(crate) fn off_log(&self) -> OffLog {
        let names = self.all_names(Kind::Rewind).unwrap_or_default();
        let noted = names
            .into_iter()
            .filter(|(id, files)| id.origin == Origin::Safety && files.noted);
        OffLog::of(noted.map(|(id, _)| (id, Note::read(&self.path(id)))))
    }

    /// Whether live's tables come from a restore in which the event log took no part.
    pub fn is_off_log(&self) -> Result<bool> {
        let periodic = self.list(&[Kind::Periodic])?;
        Ok(self.off_log().now(&periodic))
    }

    /// A note on a safety snapshot that cannot be read, if there is one.
    pub(crate) fn unreadable_link(&self) -> Result<Option<PathBuf>> {
        let mut noted = self.all_names(Kind::Rewind)?.into_iter();
        let unreadable = noted.find(|(id, files)| {
            id.origin == Origin::Safety && files.noted && Note::read(&self.path(*id)).unreadable
        });
        Ok(unreadable.map(|(id, _)| Note::path(&self.path(id))))
    }

    /// The note of a restore whose safety snapshot is not there.
    fn tombstone(&self, id: Id) -> Option<Link> {
        let note = Note::read(&self.path(id)).restore?;
        let safety = None;
        Some(Link { id, note, safety })
    }

    /// The sequence number of the next restore.
    pub(crate) fn next_sequence(&self) -> Result<u64> {
        let links = self.links()?.into_iter();
        let last = links.map(|link| link.note.sequence).max();
        Ok(last.map_or(1, |last| last + 1))
    }

    /// The sequence number of the last restore that is done; 0 before there is one, and where none can be
    /// listed.
    pub(crate) fn restores_done(&self) -> u64 {
        let links = self.links().unwrap_or_default().into_iter();
        let done = links.filter(|link| link.note.is_done());
        done.map(|link| link.note.sequence).max().unwrap_or(0)
    }

    /// Clears away the notes on snapshots that are gone. One that cannot be cleared away harms nobody.
    ///
    /// The notes of restores say where undo ends, so those above the oldest safety snapshot that is there
    /// stay, and one below it.
    pub(super) fn clear_notes(&self) {
        let spared = self.spared_tombstones();
        for kind in Kind::ALL {
            for (id, files) in self.all_names(kind).unwrap_or_default() {
                let path = self.path(id);
                // A snapshot that was unpinned while the folder was read has only changed its name.
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

    /// Waits until no other restore is under way here, and keeps others away.
    pub(crate) fn lock_restores(&self, on: OnProgress<'_>) -> Result<RestoreLock> {
        const PART: Duration = Duration::from_millis(50);
        make_folder(self.root()).map_err(Error::io("create", self.root()))?;
        loop {
            if let Some(lock) = self.try_lock_restores() {
                return Ok(lock);
            }
            report(on, Stage::Waiting, 0, 0)?;
            thread::sleep(PART);
        }
    }

    /// Keeps other restores away, if none is under way here. Where folders cannot be locked nobody can.
    pub(crate) fn try_lock_restores(&self) -> Option<RestoreLock> {
        let Ok(folder) = open_folder(self.root()) else {
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
