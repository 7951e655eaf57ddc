//! When live was off the log: from a restore whose tables do not follow from the event log, until
//! another restore, undo or redo left them right. The notes of the restores record this, so the
//! service's snapshots of that time, which have no notes, are recognized by their stamps.

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
    turns: Vec<(Stamp, bool)>,
}

impl OffLog {
    /// Collects the restores from the names and notes of safety snapshots.
    pub(crate) fn of(notes: impl IntoIterator<Item = (Id, Note)>) -> Self {
        let done = notes.into_iter().filter_map(|(id, note)| {
            let restore = note.restore.filter(RestoreNote::is_done)?;
            Some((restore.sequence, id.stamp, note.off_log, restore.off_log))
        });
        let mut done: Vec<_> = done.collect();
        done.sort_unstable();
        Self {
            before: done.first().is_some_and(|&(_, _, before, _)| before),
            turns: done
                .into_iter()
                .map(|(_, stamp, _, after)| (stamp, after))
                .collect(),
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
            (Some(&(turn, after)), Some((stamp, _))) if turn >= stamp => after,
            (_, Some((_, marked))) => marked,
            (Some(&(_, after)), None) => after,
            (None, None) => false,
        }
    }

    /// Returns whether live was off the log at the time of a stamp.
    fn at(&self, stamp: Stamp) -> bool {
        let earlier = self.turns.iter().rev().find(|(turn, _)| *turn < stamp);
        earlier.map_or(self.before, |&(_, after)| after)
    }

    /// Marks a snapshot that was written while live was off the log. Unrewind's own are marked by
    /// their notes.
    pub(crate) fn mark(&self, mut snapshot: Snapshot) -> Snapshot {
        let id = snapshot.id.filter(|id| id.origin == Origin::Plain);
        snapshot.off_log = snapshot.note.off_log || id.is_some_and(|id| self.at(id.stamp));
        snapshot
    }
}
