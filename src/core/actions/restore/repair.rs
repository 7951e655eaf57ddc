//! Repairs an interrupted restore: the rows of live show whether it was committed; it is then
//! finished or undone.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::{checkpoint::note_of_file, prepare::mark_done};
use crate::core::{
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::unattended,
    },
    compare::diff::{Difference, Side},
    db::Database,
    file::{
        note::Note,
        snapshot::{Contents, Id, Kind, Origin, Snapshot, Stamp},
    },
    store::{SnapshotDraft, Store, cold_load::Fit, links::ReadLinks, restore_history::Link},
};

/// What happened to an interrupted restore.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are few of them, and each is reported once"
)]
#[non_exhaustive]
pub enum Repaired {
    /// It was committed, and is done now.
    Finished {
        /// The snapshot that was restored.
        of: String,
        /// The checkpoint that got its name, which the application's next start loads; `None` if
        /// there was to be none, or if it no longer fits live's log.
        checkpoint: Option<Snapshot>,
    },
    /// It was not committed: live was not changed.
    Cleared {
        /// The snapshot that was to be restored.
        of: String,
        /// Its safety snapshot, which stays.
        safety: Option<Id>,
    },
    /// It is not known whether it was committed, or it could not be finished: the next command tries again.
    Unfinished {
        /// The snapshot that was restored; `None` if not even this could be read.
        of: Option<String>,
        /// What went wrong.
        why: String,
    },
}

impl Repaired {
    /// Returns why it could not be finished or cleaned up.
    pub(super) fn problem(self) -> Option<String> {
        match self {
            Self::Unfinished { why, .. } => Some(why),
            _ => None,
        }
    }
}

/// Repairs what a crashed program left: drafts are deleted, and a committed restore is completed by
/// naming its checkpoint. Nothing is touched while a restore runs.
///
/// Fails if the snapshots cannot be listed; a checkpoint that cannot be named is in the result.
pub fn finish_interrupted(
    database: &Database,
    profile: &Profile,
    store: &Store,
    now: DateTime<Utc>,
) -> Result<Vec<Repaired>> {
    store.clear_drafts();
    match store.try_lock_restores() {
        Some(_lock) => repair(database, profile, store, now),
        None => Ok(Vec::new()),
    }
}

/// Repairs while the restore lock is held.
pub(super) fn repair(
    database: &Database,
    profile: &Profile,
    store: &Store,
    now: DateTime<Utc>,
) -> Result<Vec<Repaired>> {
    let repair = Repair {
        live: database,
        profile,
        store,
        now,
    };
    let mut drafts = store.abandoned_checkpoints()?;
    let ReadLinks {
        mut links, unread, ..
    } = store.read_links()?;
    links.sort_by_key(|link| link.note.sequence);
    let mut repaired = Vec::new();
    for link in links {
        let of_link = |draft: &SnapshotDraft| Some(draft.file_name()) == link.note.checkpoint;
        let place = drafts.iter().position(of_link);
        let draft = place.map(|place| drafts.swap_remove(place));
        let is_settled = match draft {
            // If there is a draft, its writer is still running.
            None => link.note.is_done() || store.has_draft(link.note.checkpoint.as_deref()),
            Some(_) => false,
        };
        if !is_settled {
            repaired.push(match repair.of(&link, draft) {
                Err(error @ Error::Cancelled) => return Err(error),
                result => result.unwrap_or_else(|error| Repaired::Unfinished {
                    of: Some(link.note.of),
                    why: error.to_string(),
                }),
            });
        }
    }
    match unread {
        // A draft may belong to the restore of this note.
        Some(path) if !drafts.is_empty() => repaired.push(Repaired::Unfinished {
            of: None,
            why: format!("{}: repair or delete it", Error::Note { path }),
        }),
        _ => drafts.into_iter().for_each(SnapshotDraft::delete),
    }
    for repaired in &repaired {
        log::warn!("{repaired:?}");
    }
    Ok(repaired)
}

/// Repairs one interrupted restore. A failure leaves its draft for the next attempt.
struct Repair<'a> {
    live: &'a Database,
    profile: &'a Profile,
    store: &'a Store,
    now: DateTime<Utc>,
}

impl Repair<'_> {
    /// Completes or undoes one restore.
    fn of(&self, link: &Link, draft: Option<SnapshotDraft>) -> Result<Repaired> {
        let of = link.note.of.clone();
        let note = link.path(|id| self.store.path(id));
        let named = match draft {
            None => self.named(link)?,
            Some(_) => None,
        };
        if !link.note.is_done() && !self.was_committed(link, draft.as_ref(), named.as_ref())? {
            // Its safety snapshot stays as a plain one.
            Note::change(&note, |note| note.restore = None)?;
            draft.into_iter().for_each(SnapshotDraft::delete);
            let safety = link.safety.is_some().then_some(link.id);
            return Ok(Repaired::Cleared { of, safety });
        }
        mark_done(&note)?;
        let checkpoint = match draft {
            Some(draft) => self.publish(draft, link)?,
            None => named,
        };
        Ok(Repaired::Finished { of, checkpoint })
    }

    /// Returns the checkpoint of a restore whose draft no longer exists, if the checkpoint has its
    /// final name: only the note could not be written.
    fn named(&self, link: &Link) -> Result<Option<Snapshot>> {
        let is_it = |snapshot: &Snapshot| {
            let id = snapshot.id.filter(|id| id.origin == Origin::Checkpoint);
            link.note.checkpoint.is_some() && id.is_some_and(|id| id.stamp >= link.id.stamp)
        };
        Ok(self.store.list(&[Kind::Periodic])?.into_iter().find(is_it))
    }

    /// Gives a checkpoint its final name if live's log still leads to its content: the application
    /// may have continued and rewound since.
    fn publish(&self, draft: SnapshotDraft, link: &Link) -> Result<Option<Snapshot>> {
        let contents = Contents::open(draft.path(), &mut unattended);
        let fit = contents.and_then(|it| Fit::of(&it, self.live, self.profile, &mut unattended));
        if !whole(fit)?.is_some_and(Fit::fits) {
            draft.delete();
            return Ok(None);
        }
        let note = Note {
            off_log: link.note.off_log,
            ..note_of_file(draft.path(), self.profile, self.live.path())?
        };
        draft.publish_own(Stamp::at(self.now), &note).map(Some)
    }

    /// Returns whether a prepared restore was committed: where the safety snapshot and the planned
    /// state of live differ, live equals the planned state. The application may have continued
    /// since.
    fn was_committed(
        &self,
        link: &Link,
        draft: Option<&SnapshotDraft>,
        named: Option<&Snapshot>,
    ) -> Result<bool> {
        let before = match &link.safety {
            Some(safety) => self.distance(&safety.path, link)?,
            None => None,
        };
        if before.is_some_and(|before| before.log + before.tables == 0) {
            return Ok(false);
        }
        let restored = match (draft, named) {
            (Some(draft), _) => Some(draft.path().to_owned()),
            (None, Some(named)) => Some(named.path.clone()),
            // There was to be no checkpoint.
            (None, None) if link.note.checkpoint.is_none() => {
                let found = self.store.find(&link.note.of).ok();
                let there = found.map(|one| (self.store.unpack(&one, &mut unattended), one.path));
                there.and_then(|(unpacked, path)| unpacked.ok().map(|_| path))
            }
            (None, None) => None,
        };
        // If the planned state of live is unknown, the safety snapshot is kept in any case.
        let after = match restored {
            Some(path) => self.distance(&path, link)?,
            None => None,
        };
        Ok(match (before, after) {
            (_, None) => false,
            (Some(before), Some(after)) if before.log != after.log => after.log < before.log,
            (Some(before), Some(after)) => after.tables < before.tables,
            (None, Some(after)) => after.log + after.tables == 0,
        })
    }

    /// Returns in how many rows live differs from a snapshot, of those that the restore was to
    /// change; `None` if the file is not a complete snapshot.
    fn distance(&self, path: &Path, link: &Link) -> Result<Option<Distance>> {
        let (live, log) = (self.live, link.note.log);
        let tables: &[String] = if log { &[] } else { &link.note.tables };
        let difference = Contents::open(path, &mut unattended).and_then(|contents| {
            let (from, to) = (Side::Snapshot(&contents), Side::Live(live));
            Difference::compute(from, to, self.profile, Some(live), tables, &mut unattended)
        });
        Ok(whole(difference)?.map(|difference| {
            let rows = |is_log: bool| {
                let diffs = difference.tables.iter();
                let diffs = diffs.filter(|diff| self.profile.is_log(&diff.table.name) == is_log);
                diffs.map(|diff| diff.count(None)).sum()
            };
            Distance {
                log: if log { rows(true) } else { 0 },
                tables: rows(false),
            }
        }))
    }
}

/// Returns what was read from a snapshot; `None` if it is not a snapshot. If it or live cannot be
/// read, that decides nothing: it is an error.
fn whole<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Error::NoFile { .. }) => Ok(None),
        Err(error) if error.is_damage() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The number of rows in which live differs from a snapshot. Rows that two snapshots share count
/// for both.
#[derive(Clone, Copy)]
struct Distance {
    log: u64,
    tables: u64,
}
