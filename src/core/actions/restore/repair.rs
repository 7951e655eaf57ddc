//! What a restore that died left: it is seen from the rows of live whether it was committed, and then
//! finished, or cleared away.

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
    store::{SnapshotDraft, Store, cold_load::Fit, restore_history::Link},
};

/// What became of a restore that died.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are few of them, and each is reported once"
)]
pub enum Repaired {
    /// It was committed, and is done now.
    Finished {
        /// The snapshot that was restored.
        of: String,
        /// The checkpoint that has got its name, from which the application's next start begins; nothing if
        /// there was to be none, or if it does not fit live's log any more.
        checkpoint: Option<Snapshot>,
    },
    /// It was not committed: live was not changed.
    Cleared {
        /// The snapshot that was to be restored.
        of: String,
        /// The safety snapshot that it had taken, which stays.
        safety: Option<Id>,
    },
    /// It is not known whether it was committed, or it could not be finished: the next command tries again.
    Unfinished {
        /// The snapshot that was restored; nothing where not even this could be read.
        of: Option<String>,
        /// What went wrong.
        why: String,
    },
}

/// Finishes what a program that died left: drafts are deleted, and a restore that was committed is done, with
/// its checkpoint named. While a restore is under way nothing is touched.
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

/// Does so for a restore that keeps others away already.
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
    let mut drafts = store.abandoned_checkpoints();
    let mut links = store.links()?;
    links.sort_by_key(|link| link.note.sequence);
    let mut repaired = Vec::new();
    for link in links {
        let of_link = |draft: &SnapshotDraft| Some(draft.file_name()) == link.note.checkpoint;
        let place = drafts.iter().position(of_link);
        let draft = place.map(|place| drafts.swap_remove(place));
        let is_settled = match draft {
            // Or its writer lives.
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
    match store.unreadable_link()? {
        // The draft may be its restore's.
        Some(path) if !drafts.is_empty() => repaired.push(Repaired::Unfinished {
            of: None,
            why: Error::Note { path }.to_string(),
        }),
        _ => drafts.into_iter().for_each(SnapshotDraft::delete),
    }
    for repaired in &repaired {
        log::warn!("{repaired:?}");
    }
    Ok(repaired)
}

/// What an interrupted restore is repaired by. What goes wrong meanwhile leaves its draft for the next time.
struct Repair<'a> {
    live: &'a Database,
    profile: &'a Profile,
    store: &'a Store,
    now: DateTime<Utc>,
}

impl Repair<'_> {
    /// Finishes or clears away one restore.
    fn of(&self, link: &Link, draft: Option<SnapshotDraft>) -> Result<Repaired> {
        let of = link.note.of.clone();
        let note = link.path(|id| self.store.path(id));
        let named = match draft {
            None => self.named(link)?,
            Some(_) => None,
        };
        if !link.note.is_done() && !self.was_committed(link, draft.as_ref(), named.as_ref())? {
            // Its safety snapshot is one like any other.
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

    /// The checkpoint of a restore whose draft is not there any more, if it has its name: only the note could
    /// not be written.
    fn named(&self, link: &Link) -> Result<Option<Snapshot>> {
        let is_it = |snapshot: &Snapshot| {
            let id = snapshot.id.filter(|id| id.origin == Origin::Checkpoint);
            link.note.checkpoint.is_some() && id.is_some_and(|id| id.stamp >= link.id.stamp)
        };
        Ok(self.store.list(&[Kind::Periodic])?.into_iter().find(is_it))
    }

    /// Gives a checkpoint its name, if live's log makes what it holds: the application may have gone on and
    /// rewound since.
    fn publish(&self, draft: SnapshotDraft, link: &Link) -> Result<Option<Snapshot>> {
        let contents = Contents::open(draft.path(), &mut unattended);
        let fit = contents.and_then(|it| Fit::of(&it, self.live, self.profile, &mut unattended));
        if !whole(fit)?.is_some_and(Fit::fits) {
            draft.delete();
            return Ok(None);
        }
        let note = Note {
            off_log: link.note.off_log,
            ..note_of_file(draft.path(), self.profile, self.live.path())
        };
        draft.publish_own(Stamp::at(self.now), &note).map(Some)
    }

    /// Whether a prepared restore was committed: where the safety snapshot and what live was to become differ,
    /// live is as in the latter. The application may have gone on since.
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
                let found = self.store.find(&link.note.of);
                found.ok().map(|snapshot| snapshot.path)
            }
            (None, None) => None,
        };
        // Where it is not known what live would have become, its safety snapshot stays in any case.
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

    /// How far live is from a snapshot in what a restore was to change; nothing if that is no whole snapshot.
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

/// What was read of a snapshot; nothing if that is none. That it or live cannot be read decides nothing: it is
/// an error.
fn whole<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Error::Json { .. } | Error::NoFile { .. } | Error::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// In how many rows live differs from a snapshot. A row that two snapshots have alike adds to both.
#[derive(Clone, Copy)]
struct Distance {
    log: u64,
    tables: u64,
}
