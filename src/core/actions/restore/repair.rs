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
        snapshot::{Contents, Id, Snapshot, Stamp},
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
    // Those that are not named below are deleted with this.
    let mut drafts = store.abandoned_checkpoints();
    let mut links = store.links()?;
    links.sort_by_key(|link| link.note.sequence);
    let mut repaired = Vec::new();
    for link in links {
        let of_link = |draft: &SnapshotDraft| Some(draft.file_name()) == link.note.checkpoint;
        let place = drafts.iter().position(of_link);
        let draft = place.map(|place| drafts.swap_remove(place));
        if draft.is_none() && store.has_draft(link.note.checkpoint.as_deref()) {
            // Its writer lives.
            continue;
        }
        if !link.note.is_done() && !was_committed(&link, draft.as_ref(), database, profile)? {
            repaired.push(clear(&link, store)?);
        } else if !link.note.is_done() || draft.is_some() {
            mark_done(&link.path(|id| store.path(id)))?;
            let fits = |draft: &SnapshotDraft| fits(draft, database, profile);
            let named = draft.filter(fits).map(|draft| {
                let note = Note {
                    off_log: link.note.off_log,
                    ..note_of_file(draft.path(), profile, database.path())
                };
                draft.publish_own(Stamp::at(now), &note)
            });
            repaired.push(Repaired::Finished {
                of: link.note.of,
                checkpoint: named.transpose()?,
            });
        }
    }
    for repaired in &repaired {
        log::warn!("{repaired:?}");
    }
    Ok(repaired)
}

/// Whether live's log makes what a checkpoint holds: the application may have gone on and rewound since.
fn fits(draft: &SnapshotDraft, database: &Database, profile: &Profile) -> bool {
    let contents = Contents::open(draft.path(), &mut unattended);
    let fit = contents.and_then(|contents| Fit::of(&contents, database, profile, &mut unattended));
    fit.is_ok_and(Fit::fits)
}

/// Makes the safety snapshot of a restore that was not committed a snapshot like any other.
fn clear(link: &Link, store: &Store) -> Result<Repaired> {
    Note::change(&link.path(|id| store.path(id)), |note| note.restore = None)?;
    Ok(Repaired::Cleared {
        of: link.note.of.clone(),
        safety: link.safety.is_some().then_some(link.id),
    })
}

/// Whether a prepared restore was committed: where the safety snapshot and the draft differ, live is as in
/// the draft. The application may have gone on since.
fn was_committed(
    link: &Link,
    draft: Option<&SnapshotDraft>,
    live: &Database,
    profile: &Profile,
) -> Result<bool> {
    let Some(draft) = draft else {
        // What it would have become is not known. Its safety snapshot stays in any case.
        return Ok(false);
    };
    let Some(after) = Distance::from(draft.path(), live, profile)? else {
        return Ok(false);
    };
    let before = match &link.safety {
        Some(safety) => Distance::from(&safety.path, live, profile)?,
        None => None,
    };
    Ok(match before {
        Some(before) if before.log != after.log => after.log < before.log,
        Some(before) => after.tables < before.tables,
        None => after.log + after.tables == 0,
    })
}

/// In how many rows live differs from a snapshot. A row that two snapshots have alike adds to both.
struct Distance {
    log: u64,
    tables: u64,
}

impl Distance {
    /// Nothing if the file is no whole snapshot. That live cannot be read decides nothing: it is an error.
    fn from(path: &Path, live: &Database, profile: &Profile) -> Result<Option<Self>> {
        match Self::measure(path, live, profile) {
            Ok(distance) => Ok(Some(distance)),
            Err(Error::Json { .. } | Error::NoFile { .. } | Error::Damaged { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn measure(path: &Path, live: &Database, profile: &Profile) -> Result<Self> {
        let contents = Contents::open(path, &mut unattended)?;
        let (from, to) = (Side::Snapshot(&contents), Side::Live(live));
        let difference = Difference::compute(from, to, profile, Some(live), &[], &mut unattended)?;
        let rows = |is_log: bool| {
            let diffs = difference.tables.iter();
            let diffs = diffs.filter(|diff| profile.is_log(&diff.table.name) == is_log);
            diffs.map(|diff| diff.count(None)).sum()
        };
        Ok(Self {
            log: rows(true),
            tables: rows(false),
        })
    }
}
