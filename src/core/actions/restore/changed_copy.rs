//! A copy of live that gets the same changes: slow checks run on it, and the checkpoint is written
//! from it, while live is not locked.

use std::cell::Cell;

use super::{RestorePlan, proof::Checks};
use crate::core::{
    actions::take::Dump,
    base::{
        error::Result,
        progress::{OnProgress, Stage},
    },
    db::{Access, Database},
    file::atomic_file::{AtomicFile, remove_companions},
    store::{SnapshotDraft, Store},
};

/// A copy of live on which a plan was applied. It is deleted on drop.
pub(super) struct ChangedCopy {
    draft: AtomicFile,
    /// The full-text indexes that had to be rebuilt.
    rebuilt: Vec<String>,
}

impl RestorePlan {
    /// The size, in bytes, up to which everything is checked on live itself, quickly enough.
    const LARGE: u64 = 32 * 1024 * 1024;

    /// Returns whether the checks would block a writer much longer than the changes do.
    pub(super) fn takes_long_to_prove(&self) -> bool {
        /// Changing a quarter of the rows takes about as long as reading all.
        const SHARE: u64 = 4;
        let changes: u64 = self.tables.iter().map(|table| table.count(None)).sum();
        let rows: u64 = self.contents.tables().map(|(_, rows)| rows).sum();
        changes > 0 && changes * SHARE < rows && self.database.size() > Self::LARGE
    }

    /// Applies the plan to a copy of live.
    pub(super) fn on_copy(&self, store: &Store, on: OnProgress<'_>) -> Result<ChangedCopy> {
        store.make_root()?;
        let draft = AtomicFile::new(store.root(), AtomicFile::PLAIN)?;
        draft.follow(self.database.path())?;
        let mut copy = ChangedCopy {
            draft,
            rebuilt: Vec::new(),
        };
        self.database.reading(|| {
            self.refuse_stale()?;
            self.database.copy_to(copy.draft.path(), on)
        })?;
        let database = copy.open(self, Access::Write)?;
        database.stop_syncing()?;
        copy.rebuilt = self.transact(&database, &Checks::Here, &Cell::new(false), on)?;
        Ok(copy)
    }
}

impl ChangedCopy {
    fn open(&self, plan: &RestorePlan, access: Access) -> Result<Database> {
        Database::open(self.draft.path(), access, plan.profile.busy_timeout)
    }

    /// Writes the checkpoint from it.
    pub(super) fn checkpoint(
        &self,
        plan: &RestorePlan,
        store: &Store,
        on: OnProgress<'_>,
    ) -> Result<SnapshotDraft> {
        let database = self.open(plan, Access::Read)?;
        let dump = Dump {
            database: &database,
            profile: &plan.profile,
            last_event_id: plan.begins(),
            stage: Stage::Checkpoint,
        };
        let draft = store.checkpoint_draft()?;
        database.reading(|| dump.write(draft, on))
    }

    /// Returns what is left to check on live.
    pub(super) fn checks(self) -> Checks {
        Checks::OnCopy {
            rebuilt: self.rebuilt.clone(),
        }
    }
}

impl Drop for ChangedCopy {
    fn drop(&mut self) {
        remove_companions(self.draft.path());
    }
}
