//! A copy of live that is changed as live is to be: what takes long to prove is proved on it, and the
//! checkpoint is written of it, while live is not locked.

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

/// A copy of live on which a plan was carried out. It is gone if it is dropped.
pub(super) struct ChangedCopy {
    draft: AtomicFile,
    /// Which full-text indexes had to be made anew.
    rebuilt: Vec<String>,
}

impl RestorePlan {
    /// Of a smaller database all is proved on live itself before anybody minds.
    const LARGE: u64 = 32 * 1024 * 1024;

    /// Whether the proofs would keep a writer waiting.
    pub(super) fn takes_long_to_prove(&self) -> bool {
        !self.is_empty() && self.database.size() > Self::LARGE
    }

    /// Carries the plan out on a copy of live.
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

    /// Writes the checkpoint of it.
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

    /// What is left to do on live.
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
