//! When live was off the log: from a restore whose tables do not follow from the event log, until
//! another restore, undo or redo left them right. The notes of the restores record this, so the
//! service's snapshots of that time, which have no notes, are recognized by when they were written.

use chrono::{DateTime, Utc};

use crate::core::file::{
    note::{Note, RestoreNote},
    snapshot::{Id, Origin, Snapshot, Stamp},
};

/// The restores after which live was on or off the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OffLog {
    /// Whether live was off the log before the first of them.
    before: bool,
    /// When each was made and whether it left live off the log, in order of their numbers.
    turns: Vec<Turn>,
}

/// A restore after which live was on or off the log.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Turn {
    stamp: Stamp,
    at: DateTime<Utc>,
    leaves_off_log: bool,
}

impl OffLog {
    /// Collects the restores from the names and notes of safety snapshots, each with the time when its
    /// file was written.
    pub(crate) fn of(notes: impl IntoIterator<Item = (Id, DateTime<Utc>, Note)>) -> Self {
        let done = notes.into_iter().filter_map(|(id, modified, note)| {
            let restore = note.restore.filter(RestoreNote::is_done)?;
            let turn = Turn {
                stamp: id.stamp,
                at: id.stamp.written(modified),
                leaves_off_log: restore.off_log,
            };
            Some((restore.sequence, note.off_log, turn))
        });
        let mut done: Vec<_> = done.collect();
        done.sort_by_key(|(sequence, _, turn)| (*sequence, turn.stamp));
        Self {
            before: done.first().is_some_and(|&(_, before, _)| before),
            turns: done.into_iter().map(|(_, _, turn)| turn).collect(),
        }
    }

    /// Returns whether live is off the log now, from the newest restore and from the periodic
    /// snapshots, newest first. The notes of the latter are the only record where no restore's is
    /// left, or where live was rebuilt.
    pub(crate) fn now(&self, periodic: &[Snapshot]) -> bool {
        let marked = periodic.iter().find_map(|snapshot| {
            let id = snapshot.id?;
            let has_record = id.origin == Origin::Checkpoint || snapshot.note.off_log;
            has_record.then_some((id.stamp, snapshot.note.off_log))
        });
        match (self.turns.last(), marked) {
            (Some(turn), Some((stamp, _))) if turn.stamp >= stamp => turn.leaves_off_log,
            (_, Some((_, marked))) => marked,
            (Some(turn), None) => turn.leaves_off_log,
            (None, None) => false,
        }
    }

    /// Returns whether live was off the log at a time.
    fn at(&self, time: DateTime<Utc>) -> bool {
        let earlier = self.turns.iter().rev().find(|turn| turn.at < time);
        earlier.map_or(self.before, |turn| turn.leaves_off_log)
    }

    /// Marks a snapshot that was written while live was off the log. Unrewind's own are marked by
    /// their notes.
    pub(crate) fn mark(&self, mut snapshot: Snapshot) -> Snapshot {
        let id = snapshot.id.filter(|id| id.origin == Origin::Plain);
        let at = id.map(|id| id.stamp.written(snapshot.modified));
        snapshot.off_log = snapshot.note.off_log || at.is_some_and(|at| self.at(at));
        snapshot
    }
}
