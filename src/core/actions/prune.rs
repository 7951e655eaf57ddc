//! Decides which snapshots to delete and which to keep, each with its reason: a plan computed from
//! a list, shown, and then applied.

mod own;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::core::{
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::{OnProgress, Stage, report},
    },
    compare::exclusive_rows::ExclusiveRows,
    db::Database,
    file::{
        note::Note,
        pin,
        snapshot::{Id, Kind, Snapshot, Stamp, StoredIn},
    },
    store::Store,
};
use own::{Own, is_own, keep_links_together, needed_for_replay};

/// The rules that keep snapshots of one kind; any of them suffices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// How many of the newest to keep.
    pub keep: Option<usize>,
    /// The age up to which to keep.
    pub keep_within: Option<Duration>,
}

impl Retention {
    /// Returns the profile's rules for a kind.
    pub fn of(kind: Kind, profile: &Profile) -> Self {
        match kind {
            Kind::Periodic => Self {
                keep: Some(profile.periodic.keep),
                keep_within: None,
            },
            Kind::Rewind => Self {
                keep: None,
                keep_within: Some(profile.rewind.keep_within),
            },
        }
    }

    fn keeps_nothing(self) -> bool {
        self.keep.is_none_or(|keep| keep == 0)
            && self.keep_within.is_none_or(|within| within.is_zero())
    }
}

/// Whether a snapshot is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is kept.
    Keep,
    /// It is deleted.
    Delete,
}

/// Why a snapshot is kept or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It is the nth newest of those that are kept, counted from 1.
    Newest(usize),
    /// It is young enough.
    Within(Duration),
    /// It is older than the newest that are kept.
    TooMany(usize),
    /// It is too old.
    TooOld(Duration),
    /// Its stamp is in the future: a clock is wrong.
    Future,
    /// It is pinned.
    Pinned,
    /// It is a safety snapshot that undo or redo needs.
    SafetySnapshot,
    /// It is a checkpoint, and the newest periodic snapshot.
    Begins,
    /// It is a checkpoint, and newer periodic snapshots have followed.
    Outdated,
    /// It is damaged, and no intact one replaces it yet.
    Damaged,
    /// It is a folder, a device or the like.
    NotAFile,
    /// Events await replay, and the application's next start may load this one.
    Awaiting,
    /// The application can start from it, and not from the newer ones.
    Loadable,
    /// The user chose it.
    Chosen,
    /// It is not in the archive yet.
    Unarchived,
}

/// The decision about one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Whether it is kept.
    pub fate: Fate,
    /// Why.
    pub reason: Reason,
}

/// The plan of a prune.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrunePlan {
    /// A verdict on every considered snapshot, newest first.
    pub verdicts: Vec<Verdict>,
}

impl PrunePlan {
    /// Decides about the snapshots of one kind; `snapshots` may contain others, and are newest
    /// first.
    pub fn by_retention(
        snapshots: &[Snapshot],
        kind: Kind,
        retention: Retention,
        now: DateTime<Utc>,
    ) -> Self {
        let own = Own::among(snapshots);
        let (mut plain, mut links) = (0, 0);
        let is_needed = needed_for_replay(snapshots);
        let loadable = own::newest_loadable(snapshots);
        let verdicts = snapshots
            .iter()
            .filter(|snapshot| snapshot.kind() == Some(kind))
            .map(|snapshot| {
                let protected = own
                    .protection(snapshot, now)
                    .or_else(|| is_needed(snapshot).then_some(Reason::Awaiting))
                    .or_else(|| (loadable == Some(&*snapshot.path)).then_some(Reason::Loadable));
                // A future stamp does not show how new a snapshot is, a pin alone does not count
                // because the service does not see it, and what restores write displaces no others.
                let counts = snapshot.is_intact() && snapshot.is_in_place();
                let place = if is_own(snapshot) {
                    &mut links
                } else {
                    &mut plain
                };
                *place += usize::from(counts && protected != Some(Reason::Future));
                let (fate, reason) = match protected {
                    Some(reason) => (Fate::Keep, reason),
                    None if own.is_outdated(snapshot) => (Fate::Delete, Reason::Outdated),
                    None => judge(snapshot, retention, *place, now),
                };
                Verdict {
                    snapshot: snapshot.clone(),
                    fate,
                    reason,
                }
            });
        let mut verdicts: Vec<Verdict> = verdicts.collect();
        keep_links_together(&mut verdicts);
        Self { verdicts }
    }

    /// Decides about every kind by the profile's policy.
    pub fn by_policy(snapshots: &[Snapshot], profile: &Profile, now: DateTime<Utc>) -> Self {
        let plans = Kind::ALL
            .map(|kind| Self::by_retention(snapshots, kind, Retention::of(kind, profile), now));
        plans.into_iter().fold(Self::default(), Self::and)
    }

    /// Plans what the retention of a kind will delete once another snapshot of it is taken.
    pub fn after_taking(
        snapshots: &[Snapshot],
        kind: Kind,
        retention: Retention,
        now: DateTime<Utc>,
    ) -> Self {
        let taken = Snapshot::awaited(Id::plain(kind, Stamp::at(now)));
        let with: Vec<Snapshot> = std::iter::once(taken.clone())
            .chain(snapshots.iter().cloned())
            .collect();
        let mut plan = Self::by_retention(&with, kind, retention, now);
        plan.verdicts.retain(|verdict| verdict.snapshot != taken);
        plan
    }

    /// Plans to delete exactly these, except pinned ones and those needed while events await
    /// replay.
    pub fn of_chosen(chosen: Vec<Snapshot>, all: &[Snapshot]) -> Self {
        let is_needed = needed_for_replay(all);
        let verdict = |snapshot: Snapshot| {
            let (fate, reason) = if snapshot.pinned {
                (Fate::Keep, Reason::Pinned)
            } else if is_needed(&snapshot) {
                (Fate::Keep, Reason::Awaiting)
            } else {
                (Fate::Delete, Reason::Chosen)
            };
            Verdict {
                snapshot,
                fate,
                reason,
            }
        };
        Self {
            verdicts: chosen.into_iter().map(verdict).collect(),
        }
    }

    /// Combines two plans, newest first.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.verdicts.extend(other.verdicts);
        self.verdicts
            .sort_by_cached_key(|verdict| verdict.snapshot.newest_first());
        self
    }

    /// Keeps the snapshots that are to be archived first, and the safety snapshots newer than these.
    pub(crate) fn keep_unarchived(&mut self, is_unarchived: impl Fn(&Snapshot) -> bool) {
        for verdict in &mut self.verdicts {
            if verdict.fate == Fate::Delete && is_unarchived(&verdict.snapshot) {
                (verdict.fate, verdict.reason) = (Fate::Keep, Reason::Unarchived);
            }
        }
        keep_links_together(&mut self.verdicts);
    }

    /// Fails with [`Error::KeepsNothing`] if the rules would keep nothing.
    pub fn check(kind: Kind, retention: Retention) -> Result<()> {
        if retention.keeps_nothing() {
            return Err(Error::KeepsNothing { kind: kind.name() });
        }
        Ok(())
    }

    /// Returns the snapshots to delete.
    pub fn deleted(&self) -> impl DoubleEndedIterator<Item = &Verdict> {
        self.verdicts
            .iter()
            .filter(|verdict| verdict.fate == Fate::Delete)
    }

    /// Returns the snapshots to keep.
    pub fn kept(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts
            .iter()
            .filter(|verdict| verdict.fate == Fate::Keep)
    }

    /// Returns when the same policy decides otherwise without any change: a snapshot becomes too
    /// old, or its future stamp is reached.
    pub(crate) fn changes_at(&self) -> Option<DateTime<Utc>> {
        const PAST: TimeDelta = TimeDelta::milliseconds(1);
        let changes = self.verdicts.iter().filter_map(|verdict| {
            let snapshot = &verdict.snapshot;
            match verdict.reason {
                Reason::Within(within) => last_touched(snapshot)
                    .checked_add_signed(TimeDelta::from_std(within).ok()? + PAST),
                Reason::Future => Some(snapshot.taken_at()),
                _ => None,
            }
        });
        changes.min()
    }

    /// Marks the snapshots to delete that the archive holds.
    pub(crate) fn mark_archived(&mut self, is_archived: impl Fn(&Verdict) -> bool) {
        for verdict in &mut self.verdicts {
            if verdict.fate == Fate::Delete && is_archived(verdict) {
                verdict.snapshot.stored_in = StoredIn::Both;
            }
        }
    }

    /// Finds the rows that are lost with the deleted snapshots: neither the others of `all`, nor live, nor the
    /// archive holds them, as far as the plan marks what the archive holds. Fails if the database cannot be read.
    pub fn lost(
        &self,
        all: &[Snapshot],
        database: &Database,
        profile: &Profile,
        on: OnProgress<'_>,
    ) -> Result<ExclusiveRows> {
        let lost = self.deleted().map(|one| one.snapshot.clone());
        let going: Vec<Snapshot> = lost
            .filter(|one| one.stored_in == StoredIn::Folder)
            .collect();
        if going.is_empty() {
            return Ok(ExclusiveRows::default());
        }
        let gone: HashSet<&Path> = going.iter().map(|one| &*one.path).collect();
        let stays = |one: &&Snapshot| !gone.contains(&*one.path);
        let staying: Vec<Snapshot> = all.iter().filter(stays).cloned().collect();
        ExclusiveRows::find(&going, &staying, database, profile, on)
    }

    /// Returns how many bytes the deletion frees.
    pub fn freed(&self) -> u64 {
        self.deleted().map(|verdict| verdict.snapshot.size).sum()
    }

    /// Deletes the planned snapshots, oldest first; returns their paths. Stops at the first error,
    /// which lists what is deleted and what is left; a file written since the plan is such an
    /// error.
    pub fn apply(self, on: OnProgress<'_>) -> Result<Vec<PathBuf>> {
        let files: Vec<&Snapshot> = self
            .deleted()
            .rev()
            .map(|verdict| &verdict.snapshot)
            .collect();
        let mut deleted = Vec::new();
        for (done, file) in files.iter().enumerate() {
            let progress = report(on, Stage::Deleting, done as u64, files.len() as u64);
            let result = progress
                .and_then(|()| unchanged(file))
                .and_then(|()| Store::delete(&file.path));
            if let Err(error) = result {
                // Of a snapshot that is gone, only its note may be left.
                let first_left = done + usize::from(!file.path.exists());
                let paths =
                    |files: &[&Snapshot]| files.iter().map(|file| file.path.clone()).collect();
                deleted.extend::<Vec<PathBuf>>(paths(&files[done..first_left]));
                let left = paths(&files[first_left..]);
                return Err(Error::Delete {
                    deleted,
                    left,
                    source: Box::new(error),
                });
            }
            deleted.push(file.path.clone());
        }
        Ok(deleted)
    }
}

/// Applies the rules; `intact` counts the intact snapshots from the newest to this one.
fn judge(
    snapshot: &Snapshot,
    retention: Retention,
    intact: usize,
    now: DateTime<Utc>,
) -> (Fate, Reason) {
    if let Some(keep) = retention.keep {
        if snapshot.is_intact() && intact <= keep {
            return (Fate::Keep, Reason::Newest(intact));
        }
        if !snapshot.is_intact() && intact < keep {
            return (Fate::Keep, Reason::Damaged);
        }
    }
    let Some(within) = retention.keep_within else {
        return retention.keep.map_or((Fate::Keep, Reason::Chosen), |keep| {
            (Fate::Delete, Reason::TooMany(keep))
        });
    };
    let age = now - last_touched(snapshot);
    if age <= TimeDelta::from_std(within).unwrap_or(TimeDelta::MAX) {
        (Fate::Keep, Reason::Within(within))
    } else {
        (Fate::Delete, Reason::TooOld(within))
    }
}

/// Returns the time from which its age counts.
fn last_touched(snapshot: &Snapshot) -> DateTime<Utc> {
    snapshot.taken_at().max(snapshot.modified)
}

fn unchanged(planned: &Snapshot) -> Result<()> {
    let note = Note::read(&planned.path);
    let is_same_note = note.restore == planned.note.restore && note.label == planned.note.label;
    let is_free = !note.unreadable && !pin::path(&planned.path).exists();
    match Snapshot::inspect(planned.path.clone(), planned.id) {
        Ok(found)
            if found.size == planned.size
                && found.modified == planned.modified
                && is_same_note
                && is_free =>
        {
            Ok(())
        }
        Err(Error::NoFile { .. }) => Ok(()),
        Ok(_) => Err(Error::Stale {
            what: planned.path.display().to_string(),
        }),
        Err(error) => Err(error),
    }
}
