//! A copy of live on which to try changes whose outcome only shows when they are made.

use std::path::Path;

use super::{change::change_rows, proof, target::Target};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::OnProgress,
    },
    compare::diff::TableDiff,
    db::{Access, Database},
    file::atomic_file::{AtomicFile, remove_companions},
};

/// A copy of live. It is deleted on drop.
pub(super) struct TrialCopy {
    file: AtomicFile,
    database: Database,
}

impl TrialCopy {
    /// Copies live into a folder.
    pub(super) fn of(target: Target<'_>, folder: &Path, on: OnProgress<'_>) -> Result<Self> {
        let live = target.database;
        let file = AtomicFile::new(folder, AtomicFile::PLAIN)?;
        file.follow(live.path())?;
        live.copy_to(file.path(), on)?;
        let database = Database::open(file.path(), Access::Write, target.profile.busy_timeout)?;
        database.stop_syncing()?;
        Ok(Self { file, database })
    }

    /// Changes rows as a restore does, with its full-text indexes; a failure leaves the copy unchanged.
    pub(super) fn change(&self, diffs: &[&TableDiff], on: OnProgress<'_>) -> Result<()> {
        let mut attempt = |sound_first: bool| {
            self.database.writing(|| {
                if sound_first {
                    proof::make_all_full_text_sound(&self.database)?;
                }
                let behind = change_rows(&self.database, diffs, on)?;
                proof::make_touched_sound(&self.database, diffs, &behind).map(|_| ())
            })
        };
        match attempt(false) {
            Err(Error::FullText { .. }) => attempt(true),
            result => result,
        }
    }
}

impl Drop for TrialCopy {
    fn drop(&mut self) {
        remove_companions(self.file.path());
    }
}
