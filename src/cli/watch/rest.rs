//! A folder in which there was nothing to do: how the next turn sees that there still is nothing.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::waker::folders;
use crate::{
    core::Workspace,
    fs_watch::{CommitStamp, FoldersStamp},
};

/// A folder in which there was nothing to do.
#[derive(Debug)]
pub(super) struct RestingState {
    pub(super) seen: SeenState,
    /// When there may be something even without a change.
    pub(super) calls: Option<DateTime<Utc>>,
}

impl RestingState {
    /// Returns whether nothing has changed since, and nothing may be due yet.
    pub(super) fn lasts(
        &self,
        workspace: &Workspace,
        database: Option<&Path>,
        now: DateTime<Utc>,
    ) -> bool {
        let is_called = self.calls.is_some_and(|calls| calls <= now);
        let is_same = |database| SeenState::of(workspace, database) == self.seen;
        !is_called && database.is_some_and(is_same)
    }
}

/// What changes with every commit and every snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeenState {
    database: CommitStamp,
    folders: FoldersStamp,
}

impl SeenState {
    pub(super) fn of(workspace: &Workspace, database: &Path) -> Self {
        let mut seen = folders(workspace, None);
        // SQLite makes and deletes files beside the database also where it only reads.
        seen.remove(0);
        Self {
            database: CommitStamp::of(database),
            folders: FoldersStamp::of(&seen),
        }
    }
}
