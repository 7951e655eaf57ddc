//! The health of a workspace.

use std::time::Duration;

use super::Workspace;
use crate::core::{
    actions::health::Health,
    base::{error::Result, progress::OnProgress},
    db::Database,
};

impl Workspace {
    /// Inspects the history of live: how fresh it is, whether it was verified, who looks after it, what the archive
    /// holds, how much room is left, what could be recovered, and what the next prune deletes. The newest snapshot
    /// is stale once it is `stale_after` old and live has changed.
    ///
    /// # Errors
    ///
    /// If the database or a snapshot folder cannot be read. An archive that cannot be used is not an error:
    /// [`Health::archive`] says why.
    pub fn health(&self, stale_after: Option<Duration>) -> Result<Health> {
        self.health_of(&self.database()?, stale_after, &mut self.on())
    }

    /// Inspects the history as [`Self::health`] does, and reports progress to `on`.
    pub(crate) fn health_of(
        &self,
        database: &Database,
        stale_after: Option<Duration>,
        on: OnProgress<'_>,
    ) -> Result<Health> {
        let (store, now) = ((&self.store, &self.cache), self.now());
        Health::of(database, &self.profile, store, stale_after, now, on)
    }
}
