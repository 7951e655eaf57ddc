//! The facts about live that the screens show.

use std::{path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};

use crate::core::{
    ArchiveSettings, ColdLoad, Counts, Coverage, Due, Replay, Restored, Result, RewoundRange,
    Snapshot, Workspace, start_of, unattended,
};

/// What the screen shows of live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveView {
    /// The database.
    pub path: PathBuf,
    /// The bytes of the database and its write-ahead log.
    pub size: u64,
    /// Its rows.
    pub counts: Counts,
    /// Events since the newest snapshot; `None` if there is none, or if that is unknown.
    pub since_newest: Option<u64>,
    /// Events since the newest periodic snapshot; `None` if there is no event log.
    pub since_periodic: Option<u64>,
    /// The tables that no snapshot holds, and those that the profile names and live lacks.
    pub coverage: Coverage,
    /// The file in which the user can change what the profile names.
    pub description: PathBuf,
    /// What the application's next start replays.
    pub replay: Replay,
    /// The rewound events whose rows its next start brings back.
    pub rows_back: u64,
    /// Files that are no snapshots, from which the next start would begin.
    pub shadows: Vec<PathBuf>,
    /// How the archive is used.
    pub archive: Arc<ArchiveSettings>,
}

impl LiveView {
    /// Reads what the screen shows of live beside these snapshots, newest first.
    pub fn of(workspace: &Workspace, snapshots: &[Snapshot], now: DateTime<Utc>) -> Result<Self> {
        let database = workspace.database()?;
        let profile = &workspace.profile;
        let counts = Counts::of_live(&database, profile, &workspace.cache, now)?;
        let since = |newest| Due::events_since(&database, profile, &workspace.cache, newest);
        let known = |snapshot: &&Snapshot| snapshot.last_event_id.is_some();
        let since_newest = match snapshots.iter().find(known) {
            Some(newest) => since(Some(newest))?,
            None => None,
        };
        let since_periodic = since(Due::newest(snapshots))?;
        let cold_load = ColdLoad::of(&database, profile, &workspace.store, &mut unattended)?;
        let starts = profile.starts_from_snapshots();
        let shadows = if starts {
            workspace.store.shadowing()?
        } else {
            Vec::new()
        };
        let begins = starts && shadows.is_empty();
        let start = start_of(snapshots).filter(|_| begins);
        let rows_back = match start.and_then(|start| start.last_event_id) {
            Some(end) => RewoundRange::since(&database, profile, end)?,
            None => 0,
        };
        Ok(Self {
            replay: cold_load.replay,
            rows_back,
            shadows,
            path: database.path().to_owned(),
            size: database.size(),
            counts,
            since_newest,
            since_periodic,
            coverage: database.coverage(profile)?,
            description: workspace.description.clone(),
            archive: Arc::new(workspace.archive_settings().clone()),
        })
    }

    /// The last event, 0 in an empty log; `None` if there is no log.
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

/// Why live cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}
