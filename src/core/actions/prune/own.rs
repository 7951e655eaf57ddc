//! How pruning treats the snapshots that restores write: they displace no others, and are deleted
//! once nothing needs them.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::{Fate, Reason, Verdict};
use crate::core::{
    file::snapshot::{Id, Kind, Origin, Snapshot},
    store::restore_history::RestoreHistory,
};

/// The snapshots that restores wrote and something still needs.
pub(super) struct Own {
    /// The safety snapshots that the next undo and redo need.
    needed: Vec<PathBuf>,
    /// The periodic snapshot that the application starts from.
    begins: Option<PathBuf>,
}

pub(super) fn is_own(snapshot: &Snapshot) -> bool {
    snapshot.id.is_some_and(Id::is_own)
}

/// Returns the newest periodic snapshot that the application can load, if it is not the newest.
pub(super) fn newest_loadable(snapshots: &[Snapshot]) -> Option<&Path> {
    let is_start = |snapshot: &&Snapshot| {
        snapshot.kind() == Some(Kind::Periodic) && snapshot.is_intact() && snapshot.is_in_place()
    };
    let mut starts = snapshots.iter().filter(is_start);
    let newer = starts
        .next()
        .filter(|newest| !newest.note.unloadable.is_empty());
    let loadable = newer.and_then(|_| starts.find(|one| one.note.unloadable.is_empty()));
    loadable.map(|snapshot| &*snapshot.path)
}

impl Own {
    pub(super) fn among(snapshots: &[Snapshot]) -> Self {
        let history = RestoreHistory::among(snapshots);
        let is_periodic = |snapshot: &&Snapshot| {
            snapshot.kind() == Some(Kind::Periodic)
                && snapshot.is_intact()
                && snapshot.is_in_place()
        };
        let periodic = snapshots.iter().filter(is_periodic);
        let begins = periodic.max_by_key(|snapshot| snapshot.id.map(Id::order));
        Self {
            needed: history.needed().map(|safety| safety.path.clone()).collect(),
            begins: begins.map(|begins| begins.path.clone()),
        }
    }

    pub(super) fn protection(&self, snapshot: &Snapshot, now: DateTime<Utc>) -> Option<Reason> {
        if snapshot.pinned {
            Some(Reason::Pinned)
        } else if !snapshot.is_file() {
            Some(Reason::NotAFile)
        } else if self.needed.contains(&snapshot.path) {
            Some(Reason::SafetySnapshot)
        } else if is_own(snapshot) && self.begins.as_ref() == Some(&snapshot.path) {
            Some(Reason::Begins)
        } else if snapshot.taken_at() > now {
            Some(Reason::Future)
        } else {
            None
        }
    }

    /// Returns whether it is an unlabelled checkpoint that the application no longer starts from.
    pub(super) fn is_outdated(&self, snapshot: &Snapshot) -> bool {
        let is_checkpoint = snapshot
            .id
            .is_some_and(|id| id.origin == Origin::Checkpoint);
        is_checkpoint
            && snapshot.note.label.is_none()
            && self.begins.as_ref() != Some(&snapshot.path)
    }
}

/// Keeps every safety snapshot since the oldest one that the policy or the archive keeps: undo needs each of
/// them.
pub(super) fn keep_links_together(verdicts: &mut [Verdict]) {
    let sequence = |verdict: &Verdict| Some(verdict.snapshot.note.restore.as_ref()?.sequence);
    let is_kept = |verdict: &&Verdict| {
        let reason = verdict.reason;
        matches!(
            reason,
            Reason::Newest(_) | Reason::Within(_) | Reason::Unarchived
        ) && verdict.fate == Fate::Keep
    };
    let oldest = verdicts.iter().filter(is_kept).filter_map(sequence).min();
    let Some(oldest) = oldest else {
        return;
    };
    for verdict in verdicts {
        if verdict.fate == Fate::Delete && sequence(verdict) > Some(oldest) {
            (verdict.fate, verdict.reason) = (Fate::Keep, Reason::SafetySnapshot);
        }
    }
}

/// Returns which periodic snapshots are needed while events await replay: the oldest that records
/// it, and all before it. The application's next start may have to load one of them.
pub(super) fn needed_for_replay(all: &[Snapshot]) -> impl Fn(&Snapshot) -> bool {
    let awaits = |one: &Snapshot| one.awaits_replay().is_some();
    let awaited = all.iter().rfind(|one| awaits(one));
    let awaited = awaited.map(Snapshot::newest_first);
    move |snapshot| {
        let awaited = awaited.as_ref();
        let is_before = awaited.is_some_and(|awaited| snapshot.newest_first() >= *awaited);
        snapshot.kind() == Some(Kind::Periodic) && is_before
    }
}
