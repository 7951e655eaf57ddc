//! Keeps the archive up to date for a watch: decides when there is work on it, and what the work's steps mean
//! for pruning. [`ArchiveWork`] does the work in parallel with the watch, which does not wait for it.
//!
//! In between, neither the repository nor its key stays in memory, and a watch that finds nothing new in the
//! data folder does not open the repository.

mod forget;
mod work;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Step, Wakeup, WatchNews, schedule::Schedule, trouble::Troubles};
use crate::core::{
    base::error::{Error, Result},
    file::snapshot::Snapshot,
    store::{
        Store,
        archive::{ArchiveSettings, LastCheck},
    },
};
use work::Upkeep;

pub use work::{ArchiveStep, ArchiveWork};

/// What is known about a snapshot of the data folder in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It holds the snapshot.
    Held,
    /// It has just returned the snapshot's bytes.
    Proven,
    /// It holds the snapshot, but did not return its bytes at the last attempt.
    Unproven,
    /// It refused the snapshot, which is damaged or cannot be read.
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
    /// When the current work began, and what it does besides adding.
    began: Option<(DateTime<Utc>, Upkeep)>,
    /// Changes whenever the work makes progress.
    moved: Arc<AtomicU64>,
    /// Its value at the last check, and since when it has had this value.
    still: Option<(u64, Instant)>,
    /// Whether the last work failed.
    fails: bool,
    /// Whether it was reported that the work makes no progress.
    is_stuck: bool,
    /// The snapshots that pruning keeps until they are proven.
    wanted: Vec<Snapshot>,
    /// When a part was last checked.
    checked: Option<DateTime<Utc>>,
    /// When the policy was last applied.
    forgot: Option<DateTime<Utc>>,
    /// How many snapshots were added since.
    added: usize,
}

impl Archiving {
    /// The longest pause after failures.
    const SLOW: TimeDelta = TimeDelta::minutes(15);
    /// How often a failure that lasts is reported again.
    const AGAIN: TimeDelta = TimeDelta::days(1);
    /// How long pruning waits for work that makes no progress.
    const PATIENCE: Duration = Duration::from_mins(10);
    /// How often a part is checked.
    const CHECK_EVERY: TimeDelta = TimeDelta::days(1);
    /// How often the policy is applied, at most.
    const FORGET_EVERY: TimeDelta = TimeDelta::hours(1);

    /// Starts without knowledge of the archive, except whether there is or was one.
    pub fn new(
        settings: ArchiveSettings,
        data_dir: &Path,
        was_there: bool,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            was_there: was_there || settings.before_prune,
            checked: LastCheck::read(Store::new(data_dir).root()).map(LastCheck::time),
            forgot: None,
            added: 0,
            wanted: Vec::new(),
            settings,
            data_dir: data_dir.to_owned(),
            known: HashMap::new(),
            schedule: Schedule::slowing_to(Self::SLOW, now),
            troubles: Troubles::again_after(Self::AGAIN),
            began: None,
            moved: Arc::default(),
            still: None,
            fails: false,
            is_stuck: false,
        }
    }

    /// Returns whether the data folder has an archive, or had one.
    fn is_there(&mut self) -> bool {
        self.was_there |= self.settings.is_there(&self.data_dir);
        self.was_there
    }

    /// Returns whether work can begin now: none is going on, and there is no pause after the last.
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
        let adds = snapshots.iter().any(is_new);
        let wanted = std::mem::take(&mut self.wanted);
        let upkeep = self.upkeep(adds, now);
        if !adds && wanted.is_empty() && upkeep == Upkeep::None {
            return None;
        }
        if upkeep == Upkeep::Daily {
            self.replace(Standing::Unproven, Standing::Held);
        }
        self.began = Some((now, upkeep));
        self.moved.fetch_add(1, Ordering::Relaxed);
        let refused = self.known.values();
        let refused = refused.filter(|(_, standing)| *standing == Standing::Refused);
        Some(ArchiveWork {
            settings: self.settings.clone(),
            data_dir: self.data_dir.clone(),
            now,
            wanted,
            refused: refused.map(|(snapshot, _)| snapshot.clone()).collect(),
            upkeep,
            moved: Arc::clone(&self.moved),
        })
    }

    /// Returns what is due besides adding. Setting the clock may shift it, but never by more than its interval.
    fn upkeep(&self, adds: bool, now: DateTime<Utc>) -> Upkeep {
        let is_past = |last: Option<DateTime<Utc>>, every| {
            last.is_none_or(|last| (now - last).abs() >= every)
        };
        if is_past(self.checked, Self::CHECK_EVERY) {
            Upkeep::Daily
        } else if self.settings.forgets()
            && (adds || self.added > 0)
            && is_past(self.forgot, Self::FORGET_EVERY)
        {
            Upkeep::Forget
        } else {
            Upkeep::None
        }
    }

    /// Records a step of the work.
    pub(super) fn step(&mut self, step: &ArchiveStep, now: DateTime<Utc>) {
        let (snapshot, standing) = match step {
            ArchiveStep::Added { snapshot, .. } | ArchiveStep::Held(snapshot) => {
                (snapshot, Standing::Held)
            }
            ArchiveStep::Proven(snapshot) => (snapshot, Standing::Proven),
            ArchiveStep::Unproven { snapshot, .. } => (snapshot, Standing::Unproven),
            ArchiveStep::Refused { snapshot, .. } => (snapshot, Standing::Refused),
            ArchiveStep::Checked(_) => {
                self.checked = Some(now);
                return;
            }
            ArchiveStep::Forgot(_) | ArchiveStep::Spared { .. } => return,
        };
        self.added += usize::from(matches!(step, ArchiveStep::Added { .. }));
        let known = (snapshot.clone(), standing);
        self.known.insert(snapshot.path.clone(), known);
    }

    /// Records the end of the work; returns what to report about it, if anything.
    pub(super) fn ended(&mut self, result: &Result<()>, now: DateTime<Utc>) -> Option<WatchNews> {
        let (began, upkeep) = self.began.take().unwrap_or((now, Upkeep::None));
        self.is_stuck = false;
        if upkeep != Upkeep::None && result.is_ok() {
            (self.forgot, self.added) = (Some(now), 0);
        }
        self.fails = result.is_err();
        match result {
            Ok(()) => self.schedule.succeeded(began, now, None),
            Err(Error::Cancelled) => return None,
            Err(_) => self.schedule.failed(began, now),
        }
        self.troubles.record(result.as_ref().err(), now)
    }

    /// Returns how long the pause after the last work still lasts, if it does.
    pub(super) fn pause(&mut self, now: DateTime<Utc>) -> Option<Duration> {
        match self.schedule.step(now, Wakeup::Change) {
            Step::Sleep(pause) if self.began.is_none() => Some(pause),
            _ => None,
        }
    }

    /// Returns whether pruning keeps a snapshot for now, because it is about to be archived, or must be proven
    /// first. Unless it must be, a failing or stuck archive does not keep it.
    pub(super) fn holds_back(&self, snapshot: &Snapshot) -> bool {
        let standing = self.standing(snapshot);
        if self.settings.before_prune {
            return standing != Some(Standing::Proven);
        }
        self.was_there && !self.fails && !self.is_stuck && standing.is_none()
    }

    /// Returns whether the work has made no progress for so long that pruning no longer waits for it; true only the
    /// first time. To be called often: progress shows between two calls.
    pub(super) fn gets_stuck(&mut self, now: Instant) -> bool {
        let moved = self.moved.load(Ordering::Relaxed);
        let is_still = |&(last, _): &(u64, Instant)| self.began.is_some() && last == moved;
        let still = self.still.filter(is_still);
        self.is_stuck &= still.is_some();
        let (_, since) = *self.still.insert(still.unwrap_or((moved, now)));
        let is_stuck = now.saturating_duration_since(since) >= Self::PATIENCE;
        is_stuck && !std::mem::replace(&mut self.is_stuck, is_stuck)
    }

    /// Records the snapshots that pruning keeps until they are proven.
    pub(super) fn want(&mut self, left: impl Iterator<Item = Snapshot>) {
        if self.settings.before_prune {
            let is_hopeless = |one: &Snapshot| {
                let standing = self.standing(one);
                matches!(standing, Some(Standing::Refused | Standing::Unproven))
            };
            self.wanted = left.filter(|one| !is_hopeless(one)).collect();
        }
    }

    /// Makes all proofs invalid: each counts for a single run.
    pub(super) fn spend_proofs(&mut self) {
        self.replace(Standing::Proven, Standing::Held);
    }

    fn replace(&mut self, old: Standing, new: Standing) {
        for (_, standing) in self.known.values_mut() {
            if *standing == old {
                *standing = new;
            }
        }
    }

    /// Returns whether the archive holds a snapshot, as far as known.
    pub(super) fn is_held(&self, snapshot: &Snapshot) -> bool {
        let standing = self.standing(snapshot);
        matches!(
            standing,
            Some(Standing::Held | Standing::Proven | Standing::Unproven)
        )
    }

    fn standing(&self, snapshot: &Snapshot) -> Option<Standing> {
        let known = self.known.get(&snapshot.path);
        known
            .filter(|(known, _)| known == snapshot)
            .map(|(_, standing)| *standing)
    }
}

/// Returns whether a snapshot can be added now. One that is not whole may be unfinished if it was written just
/// now: the application writes in place.
fn may_be_added(snapshot: &Snapshot, now: DateTime<Utc>) -> bool {
    const YOUNG: TimeDelta = TimeDelta::minutes(1);
    let is_young = (now - snapshot.modified).abs() < YOUNG;
    snapshot.id.is_some() && (snapshot.damage.is_none() || !is_young)
}
