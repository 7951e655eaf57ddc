//! A watch's work on the archive, from opening the repository to closing it. It holds no lock that the application
//! or another Unrewind waits for. A snapshot that fails does not stop the others, and a part of the work that fails
//! does not stop the other parts, unless the archive does not answer.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};

use super::{forget::forget, may_be_added};
use crate::core::{
    actions::archive::{Known, add_to_archive, held, not_archived},
    base::{
        error::{Error, Result},
        progress::{OnProgress, Progress},
    },
    file::snapshot::{Kind, Snapshot},
    store::{
        Store,
        archive::{Archive, ArchiveFlaw, ArchiveSettings, ArchivedSnapshot, LastCheck, is_lost},
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
    /// The archive already has it.
    Held(Snapshot),
    /// It was read back from the archive, and may be pruned.
    Proven(Snapshot),
    /// The archive did not return it, so it may not be pruned.
    Unproven {
        /// The snapshot.
        snapshot: Snapshot,
        /// What is wrong with the archive.
        error: Error,
    },
    /// It is damaged or cannot be read, so it was not added.
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

/// What to do besides adding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upkeep {
    /// Nothing.
    None,
    /// To forget by the policy.
    Forget,
    /// To check a part, to forget by the policy, and to free the space of what was forgotten.
    Daily,
}

/// The work to do on the archive.
#[derive(Debug)]
pub struct ArchiveWork {
    pub(super) settings: ArchiveSettings,
    pub(super) data_dir: PathBuf,
    /// When it was due.
    pub(super) now: DateTime<Utc>,
    /// The snapshots that pruning keeps until they are proven.
    pub(super) wanted: Vec<Snapshot>,
    /// The snapshots that the archive refused before, and that have not changed since.
    pub(super) refused: Vec<Snapshot>,
    pub(super) upkeep: Upkeep,
    /// Changes whenever the work makes progress.
    pub(super) moved: Arc<AtomicU64>,
}

/// The opened archive and the data folder.
struct ArchiveRound<'a> {
    archive: Archive,
    archived: Vec<ArchivedSnapshot>,
    store: &'a Store,
    known: Known<'a>,
}

impl ArchiveWork {
    /// Adds what the archive lacks, oldest first, since those are pruned next; proves what pruning waits for; then
    /// checks and forgets.
    pub(crate) fn run(
        &self,
        (store, known): (&Store, Known<'_>),
        on: OnProgress<'_>,
        on_step: &mut dyn FnMut(ArchiveStep),
    ) -> Result<()> {
        let moved = || self.moved.fetch_add(1, Ordering::Relaxed);
        let mut last = None;
        let on: OnProgress<'_> = &mut |progress: Progress| {
            let at = Some((progress.stage, progress.done));
            if std::mem::replace(&mut last, at) != at {
                moved();
            }
            on(progress)
        };
        let on_step = &mut |step| {
            moved();
            on_step(step);
        };
        store.refuse_gone_archive()?;
        let archive = Archive::open(&self.settings, &self.data_dir, on)?;
        let mut round = ArchiveRound {
            archived: archive.list(on)?,
            archive,
            store,
            known,
        };
        let mut failed = Ok(());
        for part in [Self::add, Self::prove, Self::keep_up] {
            match part(self, &mut round, on, on_step) {
                Err(error) if matches!(error, Error::Cancelled) || is_lost(&error) => {
                    return Err(error);
                }
                ended => failed = failed.and(ended),
            }
        }
        store.refresh_archived(&round.archive, on)?;
        failed
    }

    /// Adds what the archive lacks.
    fn add(
        &self,
        round: &mut ArchiveRound<'_>,
        on: OnProgress<'_>,
        on_step: &mut dyn FnMut(ArchiveStep),
    ) -> Result<()> {
        let mut snapshots = round.store.list(&Kind::ALL)?;
        snapshots.retain(|one| may_be_added(one, self.now));
        let mut lacking = not_archived(&snapshots, &round.archived);
        snapshots.retain(|one| !lacking.contains(one));
        for snapshot in snapshots {
            on_step(ArchiveStep::Held(snapshot));
        }
        lacking.retain(|one| !self.refused.contains(one));
        let is_new = !lacking.is_empty();
        let mut failed = Ok(());
        for snapshot in lacking {
            let (archive, archived) = (&mut round.archive, &round.archived);
            let added = add_to_archive(archive, archived, &snapshot, round.known, on);
            on_step(match added {
                Ok(Some(added)) => ArchiveStep::Added {
                    snapshot,
                    stored: added.stored,
                },
                Ok(None) => ArchiveStep::Held(snapshot),
                Err(error @ Error::Archive { .. }) => return Err(error),
                Err(error) if error.is_passing() => return Err(error),
                Err(_) if !snapshot.path.exists() => continue,
                Err(error) if is_of(&error, &snapshot) => ArchiveStep::Refused { snapshot, error },
                Err(error) => {
                    failed = failed.and(Err(error));
                    continue;
                }
            });
        }
        if is_new {
            round.archived = round.archive.list(on)?;
        }
        failed
    }

    /// Reads back what pruning waits for.
    fn prove(
        &self,
        round: &mut ArchiveRound<'_>,
        on: OnProgress<'_>,
        on_step: &mut dyn FnMut(ArchiveStep),
    ) -> Result<()> {
        for snapshot in &self.wanted {
            let Some(one) = held(&round.archived, snapshot) else {
                continue;
            };
            let snapshot = snapshot.clone();
            on_step(match round.archive.prove(one, on) {
                Ok(()) => ArchiveStep::Proven(snapshot),
                Err(error) if error.is_passing() || is_lost(&error) => return Err(error),
                Err(error) => ArchiveStep::Unproven { snapshot, error },
            });
        }
        Ok(())
    }

    /// Checks a part of the archive and forgets by the policy. Nothing is deleted in a damaged archive.
    fn keep_up(
        &self,
        round: &mut ArchiveRound<'_>,
        on: OnProgress<'_>,
        on_step: &mut dyn FnMut(ArchiveStep),
    ) -> Result<()> {
        let (store, archive) = (round.store, &mut round.archive);
        let mut last = LastCheck::read(store.root());
        if self.upkeep == Upkeep::Daily {
            let check = LastCheck::next(last, archive.folder(), self.now);
            let flaws = archive.check(Some(check.part()), on)?;
            let check = check.found(&flaws);
            on_step(ArchiveStep::Checked(flaws));
            if let Err(error) = check.write(store.root()) {
                log::info!("the same part of the archive may be checked again: {error}");
            }
            last = Some(check);
        }
        let is_damaged = last.is_some_and(LastCheck::is_damaged);
        if self.upkeep == Upkeep::None || !self.settings.forgets() || is_damaged {
            return Ok(());
        }
        let here = store.list(&Kind::ALL)?;
        let policy = (&self.settings.keep, self.upkeep);
        let step = forget(archive, policy, &here, self.now, on)?;
        if let Some(ArchiveStep::Forgot(gone)) = &step {
            store.remove_unpacked(gone);
        }
        step.into_iter().for_each(on_step);
        Ok(())
    }
}

/// Returns whether an error says that the snapshot itself cannot be trusted or read.
fn is_of(error: &Error, snapshot: &Snapshot) -> bool {
    match error {
        Error::Damaged { .. }
        | Error::Json { .. }
        | Error::RepeatedKey { .. }
        | Error::NotAFile { .. }
        | Error::Note { .. } => true,
        Error::Io { path, .. } => path.file_name() == snapshot.path.file_name(),
        _ => false,
    }
}
