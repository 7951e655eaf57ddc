//! The work on the archive of a watch, from opening the repository to closing it. It holds no lock that the
//! application or another Unrewind waits for, and goes on with the others when one snapshot fails.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{forget::forget, may_be_added};
use crate::core::{
    actions::archive::{add_to_archive, not_archived, prove_archived},
    base::{
        error::{Error, Result},
        progress::OnProgress,
    },
    file::snapshot::{Keys, Kind, Snapshot},
    store::{
        Store,
        archive::{Added, Archive, ArchiveFlaw, ArchiveSettings, ArchivedSnapshot, LastCheck},
    },
};

/// A step of the work.
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
    /// It was read back from there, and may be pruned.
    Proven(Snapshot),
    /// It is damaged, so it was not added.
    Refused {
        /// The snapshot.
        snapshot: Snapshot,
        /// What is wrong with it.
        error: Error,
    },
    /// A part of the archive was checked.
    Checked(Vec<ArchiveFlaw>),
    /// Snapshots that the policy does not keep were removed from the archive.
    Forgot(Vec<ArchivedSnapshot>),
    /// The policy would remove more than half of the archive at once, so nothing was removed.
    Spared {
        /// How many it would remove.
        gone: usize,
        /// Of how many.
        of: usize,
    },
}

/// What is to do beside adding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upkeep {
    /// Nothing.
    None,
    /// To forget by the policy.
    Forget,
    /// To check a part, to forget by the policy, and to free the room of what was forgotten.
    Daily,
}

/// What is to do at the archive.
#[derive(Debug)]
pub struct ArchiveWork {
    pub(super) settings: ArchiveSettings,
    pub(super) data_dir: PathBuf,
    /// What pruning leaves until it is proven.
    pub(super) wanted: Vec<Snapshot>,
    pub(super) upkeep: Upkeep,
}

impl ArchiveWork {
    /// Adds what the archive lacks, oldest first, since those are pruned next; proves what pruning waits for; then
    /// checks and forgets.
    pub(crate) fn run(
        &self,
        (store, keys): (&Store, &Keys),
        now: DateTime<Utc>,
        on: OnProgress<'_>,
        on_step: &mut dyn FnMut(ArchiveStep),
    ) -> Result<()> {
        let mut archive = Archive::open(&self.settings, &self.data_dir, on)?;
        let archived = archive.list()?;
        let mut snapshots = store.list(&Kind::ALL)?;
        snapshots.retain(|one| may_be_added(one, now));
        let lacking = not_archived(&snapshots, &archived);
        snapshots.retain(|one| !lacking.contains(one));
        snapshots
            .into_iter()
            .map(ArchiveStep::Held)
            .for_each(&mut *on_step);
        let mut failed = Ok(());
        for snapshot in lacking {
            let added = add_to_archive(&mut archive, &archived, &snapshot, keys, on);
            let step = |added: Option<Added>, snapshot| match added {
                Some(Added { stored, .. }) => ArchiveStep::Added { snapshot, stored },
                None => ArchiveStep::Held(snapshot),
            };
            let step = record(added, snapshot, step, &mut failed)?;
            step.into_iter().for_each(&mut *on_step);
        }
        let archived = if self.wanted.is_empty() {
            archived
        } else {
            archive.list()?
        };
        for snapshot in self.wanted.iter().cloned() {
            let proven = prove_archived(&mut archive, &archived, &snapshot, keys, on);
            let step = |(), snapshot| ArchiveStep::Proven(snapshot);
            let step = record(proven, snapshot, step, &mut failed)?;
            step.into_iter().for_each(&mut *on_step);
        }
        let kept_up = self.keep_up((&mut archive, store), now, on, on_step);
        store.refresh_archived(|| archive.list())?;
        failed.and(kept_up)
    }

    /// Checks a part of the archive and forgets by the policy. Nothing is deleted in a damaged archive.
    fn keep_up(
        &self,
        (archive, store): (&mut Archive, &Store),
        now: DateTime<Utc>,
        on: OnProgress<'_>,
        on_step: &mut dyn FnMut(ArchiveStep),
    ) -> Result<()> {
        if self.upkeep == Upkeep::Daily {
            let check = LastCheck::next(LastCheck::read(store.root()), archive.folder(), now);
            let flaws = archive.check(Some(check.part()), on)?;
            let is_damaged = flaws.iter().any(|flaw| flaw.is_severe);
            on_step(ArchiveStep::Checked(flaws));
            if let Err(error) = check.write(store.root()) {
                log::info!("the same part of the archive may be checked again: {error}");
            }
            if is_damaged {
                return Ok(());
            }
        }
        if self.upkeep == Upkeep::None || !self.settings.forgets() {
            return Ok(());
        }
        let here = store.list(&Kind::ALL)?;
        let step = forget(archive, (&self.settings.keep, self.upkeep), &here, now, on)?;
        step.into_iter().for_each(on_step);
        Ok(())
    }
}

/// Returns the step that something done with a snapshot is, `None` if the snapshot is gone or can be tried again:
/// then the first error stays in `failed`. An error that is not the snapshot's ends the work.
fn record<T>(
    done: Result<T>,
    snapshot: Snapshot,
    step: impl FnOnce(T, Snapshot) -> ArchiveStep,
    failed: &mut Result<()>,
) -> Result<Option<ArchiveStep>> {
    match done {
        Ok(done) => return Ok(Some(step(done, snapshot))),
        Err(error @ Error::Archive { .. }) => return Err(error),
        Err(error) if error.is_passing() => return Err(error),
        Err(_) if !snapshot.path.exists() => {}
        Err(
            error @ (Error::Damaged { .. }
            | Error::Json { .. }
            | Error::RepeatedKey { .. }
            | Error::NotAFile { .. }
            | Error::Note { .. }),
        ) => return Ok(Some(ArchiveStep::Refused { snapshot, error })),
        Err(error) if failed.is_ok() => *failed = Err(error),
        Err(_) => {}
    }
    Ok(None)
}
