//! The drill of a watch: once in a while, when nothing else is going on, snapshots are restored into a copy of live.
//! The newest is one of them, and the one that was verified longest ago the other, so that each has its turn.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::core::{
    base::error::Result,
    file::{
        note::Depth,
        snapshot::{Kind, Snapshot},
    },
    store::Store,
};

/// When a watch verifies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drill {
    every: TimeDelta,
    /// When live or the snapshots changed last.
    pub(super) changed: DateTime<Utc>,
    /// When the last drill began; before the first one of this watch, when a snapshot was last verified deeply.
    last: Option<DateTime<Utc>>,
    is_known: bool,
}

impl Drill {
    /// How long nothing must have changed.
    const QUIET: TimeDelta = TimeDelta::minutes(5);

    pub(super) fn new(every: Duration, now: DateTime<Utc>) -> Option<Self> {
        let every = TimeDelta::from_std(every).ok()?;
        (!every.is_zero()).then_some(Self {
            every,
            changed: now,
            last: None,
            is_known: false,
        })
    }

    /// Returns the snapshots to verify now, if it is time for it. If the application never pauses, a drill that is
    /// overdue by its own interval does not wait for a pause.
    pub(super) fn begin(&mut self, store: &Store, now: DateTime<Utc>) -> Result<Vec<Snapshot>> {
        let is_quiet = (now - self.changed).abs() >= Self::QUIET;
        let is_past = |last: DateTime<Utc>, every: TimeDelta| (now - last).abs() >= every;
        if self.is_known {
            let last = self.last;
            let is_due = last.is_none_or(|last| is_past(last, self.every));
            let is_overdue = last.is_some_and(|last| is_past(last, self.every * 2));
            if !is_due || !(is_quiet || is_overdue) {
                return Ok(Vec::new());
            }
        } else if !is_quiet {
            return Ok(Vec::new());
        }
        let mut snapshots = store.list(&Kind::ALL)?;
        snapshots.retain(|one| one.is_intact() && one.is_in_place());
        if !std::mem::replace(&mut self.is_known, true) {
            let deep = snapshots.iter().filter_map(deeply_verified);
            self.last = deep.max();
            if self.last.is_some_and(|last| !is_past(last, self.every)) {
                return Ok(Vec::new());
            }
        }
        self.last = Some(now);
        if snapshots.is_empty() {
            return Ok(Vec::new());
        }
        let newest = snapshots.remove(0);
        let oldest = snapshots.into_iter().min_by_key(deeply_verified);
        Ok(std::iter::once(newest).chain(oldest).collect())
    }
}

fn deeply_verified(snapshot: &Snapshot) -> Option<DateTime<Utc>> {
    let found = snapshot.verified()?;
    (found.depth == Depth::Deep).then_some(found.at)
}
