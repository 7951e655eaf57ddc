//! Keeps the archive up to date for a watch: decides when there is work on it, and what the work's steps mean
//! for pruning. [`ArchiveWork`] does the work beside the watch, which waits for nothing of it.
//!
//! In between, neither the repository nor its key stays in memory, and a watch that finds nothing new in the
//! data folder does not open the repository.

mod work;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Step, Wakeup, WatchNews, schedule::Schedule, trouble::Troubles};
use crate::core::{
    base::error::{Error, Result},
    file::snapshot::Snapshot,
    store::archive::ArchiveSettings,
};

pub use work::{ArchiveStep, ArchiveWork};

/// How the archive stands to a snapshot of the data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It holds the snapshot.
    Held,
    /// It refused the snapshot, which is damaged.
    Refused,
}

/// What a watch knows of the archive.
#[derive(Debug)]
pub struct Archiving {
    settings: ArchiveSettings,
    data_dir: PathBuf,
    /// Whether there was an archive, so that a missing one is an error.
    was_there: bool,
    /// The snapshots of the data folder as they were when they were archived, or refused.
    known: HashMap<PathBuf, (Snapshot, Standing)>,
    schedule: Schedule,
    troubles: Troubles,
    /// When the work under way began.
    began: Option<DateTime<Utc>>,
    /// When the work last made a step.
    stepped: DateTime<Utc>,
    /// Whether the last work failed.
    fails: bool,
}

impl Archiving {
    /// The longest pause after failures.
    const SLOW: TimeDelta = TimeDelta::minutes(15);
    /// How often a failure that lasts is reported again.
    const AGAIN: TimeDelta = TimeDelta::days(1);
    /// How long pruning waits for a step of the work.
    const PATIENCE: TimeDelta = TimeDelta::minutes(10);

    /// Begins without knowledge of the archive.
    pub fn new(settings: ArchiveSettings, data_dir: &Path, now: DateTime<Utc>) -> Self {
        Self {
            was_there: settings.repository.is_some(),
            settings,
            data_dir: data_dir.to_owned(),
            known: HashMap::new(),
            schedule: Schedule::slowing_to(Self::SLOW, now),
            troubles: Troubles::again_after(Self::AGAIN),
            began: None,
            stepped: now,
            fails: false,
        }
    }

    /// Returns whether the data folder has an archive, or had one.
    fn is_there(&mut self) -> bool {
        self.was_there |= self.settings.is_there(&self.data_dir);
        self.was_there
    }

    /// Returns whether work can begin now: none is under way, and there is no pause after the last.
    pub(super) fn may_begin(&mut self, now: DateTime<Utc>) -> bool {
        self.began.is_none()
            && self.is_there()
            && self.schedule.step(now, Wakeup::Change) == Step::Run
    }

    /// Returns the work to begin, if any; `snapshots` are all of the data folder.
    pub(super) fn work(
        &mut self,
        snapshots: &[Snapshot],
        now: DateTime<Utc>,
    ) -> Option<ArchiveWork> {
        let there = snapshots.iter().map(|one| (&*one.path, one));
        let there: HashMap<&Path, &Snapshot> = there.collect();
        self.known
            .retain(|path, (known, _)| there.get(&**path).is_some_and(|one| *one == known));
        let is_new = |one: &Snapshot| !self.known.contains_key(&one.path) && may_be_added(one, now);
        if !snapshots.iter().any(is_new) {
            return None;
        }
        (self.began, self.stepped) = (Some(now), now);
        Some(ArchiveWork::new(&self.settings, &self.data_dir))
    }

    /// Records a step of the work.
    pub(super) fn step(&mut self, step: &ArchiveStep, now: DateTime<Utc>) {
        self.stepped = now;
        let (snapshot, standing) = match step {
            ArchiveStep::Added { snapshot, .. } | ArchiveStep::Held(snapshot) => {
                (snapshot, Standing::Held)
            }
            ArchiveStep::Refused { snapshot, .. } => (snapshot, Standing::Refused),
        };
        let known = (snapshot.clone(), standing);
        self.known.insert(snapshot.path.clone(), known);
    }

    /// Records the end of the work; returns what to report about it, if anything.
    pub(super) fn ended(&mut self, result: &Result<()>, now: DateTime<Utc>) -> Option<WatchNews> {
        let began = self.began.take().unwrap_or(now);
        self.stepped = now;
        self.fails = result.is_err();
        match result {
            Ok(()) => self.schedule.succeeded(began, now, None),
            Err(Error::Cancelled) => return None,
            Err(_) => self.schedule.failed(began, now),
        }
        self.troubles.record(result.as_ref().err(), now)
    }

    /// Returns whether pruning leaves a snapshot for now, because it is about to be archived. A failing or
    /// stuck archive keeps nothing.
    pub(super) fn holds_back(&self, snapshot: &Snapshot, now: DateTime<Utc>) -> bool {
        let is_known = self.known.get(&snapshot.path);
        self.was_there
            && !self.fails
            && is_known.is_none_or(|(known, _)| known != snapshot)
            && (now - self.stepped).abs() < Self::PATIENCE
    }
}

/// Returns whether a snapshot can be added now. One that is not whole, and was written just now, may still be
/// being written: the application writes in place.
fn may_be_added(snapshot: &Snapshot, now: DateTime<Utc>) -> bool {
    const YOUNG: TimeDelta = TimeDelta::minutes(1);
    let is_young = (now - snapshot.modified).abs() < YOUNG;
    snapshot.id.is_some() && (snapshot.damage.is_none() || !is_young)
}
