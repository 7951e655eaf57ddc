//! The facts about live that the screens show.

use std::path::PathBuf;

use crate::core::{Counts, Coverage, Replay, Restored};

/// Live as the screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveView {
    /// The database.
    pub path: PathBuf,
    /// The bytes of the database and its write-ahead log.
    pub size: u64,
    /// Its rows.
    pub counts: Counts,
    /// How many events came since the newest snapshot; nothing where there is none, or it does not tell.
    pub since_newest: Option<u64>,
    /// How many events came since the newest periodic snapshot; nothing where there is no event log.
    pub since_periodic: Option<u64>,
    /// What no snapshot holds of it, and what it lacks of the profile.
    pub coverage: Coverage,
    /// What the application's next start has to replay.
    pub replay: Replay,
    /// How many rewound events' rows its next start brings back.
    pub rows_back: u64,
}

impl LiveView {
    /// The last event, 0 in an empty log; nothing where there is no log.
    pub fn last_event(&self) -> Option<i64> {
        self.since_periodic.map(|_| self.counts.last_event_id)
    }
}

/// What a restore did.
#[derive(Debug)]
pub struct RestoreDone {
    /// What it changed.
    pub restored: Restored,
    /// The file that it changed.
    pub database: PathBuf,
    /// Snapshots with stamps ahead of the clock, from which the application would start instead.
    pub shadows: Vec<PathBuf>,
}

/// Why live cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}
