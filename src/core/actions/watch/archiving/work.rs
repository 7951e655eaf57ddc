//! The work on the archive of a watch, from opening the repository to closing it. It holds no lock that the
//! application or another Unrewind waits for, and goes on with the others when one snapshot fails.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::may_be_added;
use crate::core::{
    actions::archive::{add_to_archive, not_archived},
    base::{
        error::{Error, Result},
        progress::OnProgress,
    },
    file::snapshot::{Keys, Kind, Snapshot},
    store::{
        Store,
        archive::{Archive, ArchiveSettings, ArchivedSnapshot},
    },
};

/// What the work did to one snapshot.
#[derive(Debug)]
#[non_exhaustive]
pub enum ArchiveStep {
    /// It was added.
    Added {
        /// The snapshot.
        snapshot: Snapshot,
        /// How many bytes the repository grew by.
        stored: u64,
    },
    /// It was there already.
    Held(Snapshot),
    /// It is damaged, so it was not added.
    Refused {
        /// The snapshot.
        snapshot: Snapshot,
        /// What is wrong with it.
        error: Error,
    },
}

/// What is to do at the archive.
#[derive(Debug)]
pub struct ArchiveWork {
    settings: ArchiveSettings,
    data_dir: PathBuf,
}

impl ArchiveWork {
    pub(super) fn new(settings: &ArchiveSettings, data_dir: &Path) -> Self {
        Self {
            settings: settings.clone(),
            data_dir: data_dir.to_owned(),
        }
    }

    /// Adds what the archive lacks, oldest first: those are pruned next.
    pub(crate) fn run(
        &self,
        keys: &Keys,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
        on_step: &mut dyn FnMut(ArchiveStep),
    ) -> Result<()> {
        let mut archive = Archive::open(&self.settings, &self.data_dir)?;
        let archived = archive.list()?;
        let mut snapshots = Store::new(&self.data_dir).list(&Kind::ALL)?;
        snapshots.retain(|one| may_be_added(one, now));
        let lacking = not_archived(&snapshots, &archived);
        snapshots.retain(|one| !lacking.contains(one));
        snapshots
            .into_iter()
            .map(ArchiveStep::Held)
            .for_each(&mut *on_step);
        let mut failed = Ok(());
        for snapshot in lacking {
            match add(&mut archive, &archived, &snapshot, keys, on) {
                Ok(Some(step)) => on_step(step),
                Ok(None) => {}
                Err(error) if ends(&error) => return Err(error),
                Err(error) => failed = failed.and(Err(error)),
            }
        }
        failed
    }
}

/// Adds a snapshot; returns `None` if it is gone.
fn add(
    archive: &mut Archive,
    archived: &[ArchivedSnapshot],
    snapshot: &Snapshot,
    keys: &Keys,
    on: OnProgress<'_>,
) -> Result<Option<ArchiveStep>> {
    let snapshot = snapshot.clone();
    match add_to_archive(archive, archived, &snapshot, keys, on) {
        Ok(Some(added)) => {
            let stored = added.stored;
            Ok(Some(ArchiveStep::Added { snapshot, stored }))
        }
        Ok(None) => Ok(Some(ArchiveStep::Held(snapshot))),
        Err(error) if ends(&error) => Err(error),
        Err(_) if !snapshot.path.exists() => Ok(None),
        Err(
            error @ (Error::Damaged { .. }
            | Error::Json { .. }
            | Error::RepeatedKey { .. }
            | Error::NotAFile { .. }
            | Error::Note { .. }),
        ) => Ok(Some(ArchiveStep::Refused { snapshot, error })),
        Err(error) => Err(error),
    }
}

/// Returns whether an error ends the work: it is not the snapshot's.
fn ends(error: &Error) -> bool {
    matches!(error, Error::Archive { .. }) || error.is_passing()
}
