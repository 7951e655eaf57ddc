//! Watches a data folder: takes periodic snapshots when they are due, and prunes both kinds by
//! policy.
//!
//! [`Watch::step`] decides when to run, and [`Watch::run`] does everything that is due; in between
//! a watch keeps nothing of the folder in memory, so the next run sees whatever has happened to it.

mod archiving;
mod drill;
mod lock;
mod rewinds;
mod schedule;
mod trouble;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use crate::core::{
    actions::{
        due::Due,
        health::is_stale,
        prune::{PrunePlan, Reason},
        show::{Cache, CacheKey},
        take,
    },
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::OnProgress,
    },
    compare::{exclusive_rows::ExclusiveRows, rewound_ranges::LoggedRewind},
    db::Database,
    file::snapshot::{Kind, Snapshot},
    store::{StampAhead, Store},
};
use drill::Drill;
use lock::Lock;
use rewinds::RewindNotice;
use schedule::Schedule;
use trouble::Troubles;

pub use archiving::{ArchiveStep, ArchiveWork, Archiving};
pub use lock::WatchState;
pub use schedule::{Step, Wakeup};
pub use trouble::WatchNews;

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchAct {
    /// It took a periodic snapshot.
    Took {
        /// The new snapshot.
        snapshot: Snapshot,
        /// Why it was due.
        due: Due,
        /// Its name and what forced that, if it is ahead of the clock.
        ahead: Option<StampAhead>,
    },
    /// It deleted a snapshot.
    Pruned {
        /// The deleted snapshot.
        snapshot: Snapshot,
        /// Why it was deleted.
        reason: Reason,
    },
    /// The rows that are lost for good with the snapshots deleted next.
    Lost(ExclusiveRows),
    /// It saw a rewind of the application.
    Rewound {
        /// The rewind.
        rewind: LoggedRewind,
        /// When it happened, or else was seen.
        at: DateTime<Utc>,
    },
}

/// One run: what it did, and how it ended.
#[derive(Debug)]
pub struct Round {
    /// What it did, in order.
    pub acts: Vec<WatchAct>,
    /// When something may be due even without a change; or the error.
    pub outcome: Result<Option<DateTime<Utc>>>,
    /// Whether the newest periodic snapshot is older than the user allows, while live changes.
    pub is_stale: bool,
}

/// The only watch of a data folder's snapshots.
#[derive(Debug)]
pub struct Watch {
    profile: Profile,
    store: Store,
    lock: Lock,
    schedule: Schedule,
    troubles: Troubles,
    /// When it last took a snapshot.
    took: Option<DateTime<Utc>>,
    /// The cache of facts about snapshots.
    cache: Cache,
    /// The state of live when its file was last found intact.
    sound: Option<CacheKey>,
    /// What it knows of the archive, if it keeps one up to date.
    archiving: Option<Archiving>,
    /// When it verifies snapshots, if it does.
    drill: Option<Drill>,
    rewinds: RewindNotice,
    /// How old the newest periodic snapshot may become while live changes.
    stale_after: Option<Duration>,
}

impl Watch {
    /// How often a failure that lasts is reported again.
    const AGAIN: TimeDelta = TimeDelta::hours(1);

    /// Starts to watch a store; fails if another process does so already.
    pub fn begin(profile: Profile, store: Store, now: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            profile,
            lock: Lock::take(store.root())?,
            store,
            schedule: Schedule::new(now),
            troubles: Troubles::again_after(Self::AGAIN),
            took: None,
            cache: Cache::default(),
            sound: None,
            archiving: None,
            drill: None,
            rewinds: RewindNotice::default(),
            stale_after: None,
        })
    }

    /// Uses this cache for facts about snapshots.
    #[must_use]
    pub fn with_cache(self, cache: Cache) -> Self {
        Self { cache, ..self }
    }

    /// Adds snapshots to the archive, before they are pruned if the archive can be used.
    #[must_use]
    pub fn with_archive(self, archiving: Archiving) -> Self {
        let archiving = Some(archiving);
        Self { archiving, ..self }
    }

    /// Verifies snapshots once in this time, when nothing else is going on; never for 0.
    #[must_use]
    pub fn with_drill(self, every: Duration, now: DateTime<Utc>) -> Self {
        let drill = Drill::new(every, now);
        Self { drill, ..self }
    }

    /// Reports in each round whether the newest periodic snapshot is older than this, while live changes.
    #[must_use]
    pub fn with_stale_after(self, stale_after: Option<Duration>) -> Self {
        Self {
            stale_after,
            ..self
        }
    }

    /// Returns the snapshots to verify deeply now, if any. They can be verified while runs go on.
    pub fn drill(&mut self, now: DateTime<Utc>) -> Vec<Snapshot> {
        let drill = self.drill.as_mut();
        // The next run reports a folder that cannot be read.
        let snapshots = drill.and_then(|drill| drill.begin(&self.store, now).ok());
        snapshots.unwrap_or_default()
    }

    /// Returns the work on the archive to begin now, if any. The caller records each of its steps, and its end.
    /// The work can go on during runs.
    pub fn archive_work(&mut self, now: DateTime<Utc>) -> Option<ArchiveWork> {
        let archiving = self.archiving.as_mut()?;
        if !archiving.may_begin(now) {
            return None;
        }
        // The next run reports a folder that cannot be read.
        let snapshots = self.store.list(&Kind::ALL).ok()?;
        archiving.work(&snapshots, now)
    }

    /// Returns how long it takes until there may be work on the archive again, during a pause after work.
    pub fn archive_pause(&mut self, now: DateTime<Utc>) -> Option<Duration> {
        self.archiving.as_mut()?.pause(now)
    }

    /// Returns whether the work on the archive has made no progress for a long time; true only once until it makes
    /// progress. To be called before each run.
    pub fn archive_gets_stuck(&mut self, now: Instant) -> bool {
        let archiving = self.archiving.as_mut();
        archiving.is_some_and(|archiving| archiving.gets_stuck(now))
    }

    /// Records a step of the work on the archive.
    pub fn archive_stepped(&mut self, step: &ArchiveStep, now: DateTime<Utc>) {
        if let Some(archiving) = &mut self.archiving {
            archiving.step(step, now);
        }
    }

    /// Records how the work on the archive ended; returns what to report about it, if anything.
    pub fn archive_ended(&mut self, result: &Result<()>, now: DateTime<Utc>) -> Option<WatchNews> {
        self.archiving.as_mut()?.ended(result, now)
    }

    /// Returns what to do now.
    pub fn step(&mut self, now: DateTime<Utc>, wakeup: Wakeup) -> Step {
        if let (Wakeup::Change, Some(drill)) = (wakeup, &mut self.drill) {
            drill.changed = now;
        }
        self.schedule.step(now, wakeup)
    }

    /// Does everything that is due. While live cannot be read, or its file is corrupt, nothing is
    /// deleted: the snapshots may be all that is left. The round's outcome is an error if the database
    /// or the snapshot folders cannot be used.
    pub fn run(
        &mut self,
        live: impl FnOnce() -> Result<Database>,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Round {
        let (mut acts, mut stale) = (Vec::new(), false);
        let outcome = live().and_then(|live| {
            self.lock.hold(live.path())?;
            // The next steps report what cannot be read.
            let _ = self.notice_rewinds(&live, now, &mut acts);
            // Pruning first makes room, if a previous run was killed.
            let cleared = self.prune(&live, now, on, &mut acts);
            let taken = self.take_if_due(&live, now, on, &mut acts);
            let pruned = match taken {
                // Taking may have waited for a free second.
                Ok(Some(stamp)) => self.prune(&live, now.max(stamp), on, &mut acts),
                _ => Ok(()),
            };
            // Checked even if the take failed: a snapshot that is not taken may be missed.
            stale = self.is_stale(&live, now)?;
            cleared
                .and(taken)
                .and(pruned)
                .and_then(|()| self.calls(now))
        });
        if let Some(archiving) = &mut self.archiving {
            archiving.spend_proofs();
        }
        Round {
            acts,
            outcome,
            is_stale: stale,
        }
    }

    fn notice_rewinds(
        &mut self,
        live: &Database,
        now: DateTime<Utc>,
        acts: &mut Vec<WatchAct>,
    ) -> Result<()> {
        let found = self.rewinds.check(live, &self.profile, &self.store)?;
        acts.extend(found.into_iter().map(|rewind| WatchAct::Rewound {
            at: rewinds::time_of(&rewind, now),
            rewind,
        }));
        Ok(())
    }

    fn is_stale(&self, live: &Database, now: DateTime<Utc>) -> Result<bool> {
        let snapshots = self.store.list(&[Kind::Periodic])?;
        let (profile, cache) = (&self.profile, &self.cache);
        is_stale(live, profile, cache, &snapshots, self.stale_after, now)
    }

    /// Records a run; returns what to report about its end, if anything.
    pub fn finished(
        &mut self,
        round: &Round,
        began: DateTime<Utc>,
        ended: DateTime<Utc>,
    ) -> Option<WatchNews> {
        match round.outcome {
            Ok(calls) => self.schedule.succeeded(began, ended, calls),
            Err(_) => self.schedule.failed(began, ended),
        }
        self.troubles.record(round.outcome.as_ref().err(), ended)
    }

    /// Records that nothing has changed since the last run, so that there was nothing to do; `calls` is what that
    /// run returned.
    pub fn unchanged(&mut self, now: DateTime<Utc>, calls: Option<DateTime<Utc>>) {
        self.schedule.succeeded(now, now, calls);
    }

    /// Takes a snapshot if one is due; returns its time.
    fn take_if_due(
        &mut self,
        live: &Database,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
        acts: &mut Vec<WatchAct>,
    ) -> Result<Option<DateTime<Utc>>> {
        let snapshots = self.store.list(&[Kind::Periodic])?;
        let due = Due::judge(live, &self.profile, &self.cache, &snapshots, now)?;
        if !due.is_due() || (matches!(due, Due::Age(_)) && self.took_lately(now)) {
            return Ok(None);
        }
        let (profile, store) = (&self.profile, &self.store);
        let (snapshot, ahead) = take::capture(live, profile, store, Kind::Periodic, now, on)?;
        self.took = Some(now);
        // A stamp that is ahead of the clock is not the time.
        let time = ahead.map_or(snapshot.taken_at(), |_| now);
        acts.push(WatchAct::Took {
            snapshot,
            due,
            ahead,
        });
        Ok(Some(time))
    }

    /// Returns whether a snapshot is recent by the time it was taken. If the file system's clock is
    /// behind, a new file looks old at once.
    fn took_lately(&self, now: DateTime<Utc>) -> bool {
        self.took
            .is_some_and(|took| took <= now && now < Due::comes_at(took, &self.profile))
    }

    /// Deletes each snapshot that the policies no longer keep; one that cannot be deleted does not
    /// stop the others.
    fn prune(
        &mut self,
        live: &Database,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
        acts: &mut Vec<WatchAct>,
    ) -> Result<()> {
        let mut result = Ok(());
        let snapshots = self.store.list(&Kind::ALL)?;
        let mut plan = PrunePlan::by_policy(&snapshots, &self.profile, now);
        if let Some(archiving) = &mut self.archiving {
            plan.keep_unarchived(|snapshot| archiving.holds_back(snapshot));
            let left = plan
                .verdicts
                .iter()
                .filter(|one| one.reason == Reason::Unarchived);
            archiving.want(left.map(|one| one.snapshot.clone()));
            plan.mark_archived(|one| archiving.is_held(&one.snapshot));
        }
        if plan.deleted().next().is_some() {
            self.refuse_corrupt(live)?;
        }
        let lost = plan.lost(&snapshots, live, &self.profile, on)?;
        if !lost.is_empty() {
            acts.push(WatchAct::Lost(lost));
        }
        for verdict in plan.verdicts.into_iter().rev() {
            let (snapshot, reason) = (verdict.snapshot.clone(), verdict.reason);
            match (PrunePlan {
                verdicts: vec![verdict],
            })
            .apply(on)
            {
                Ok(deleted) if deleted.is_empty() => {}
                Ok(_) => acts.push(WatchAct::Pruned { snapshot, reason }),
                Err(Error::Delete { source, .. }) => result = result.and(Err(*source)),
                Err(error) => return Err(error),
            }
        }
        result
    }

    /// Fails if live's file is corrupt; it is checked only if it was written since the last check.
    fn refuse_corrupt(&mut self, live: &Database) -> Result<()> {
        let now = CacheKey::of_live(live);
        if now.is_none() || now != self.sound {
            live.refuse_corrupt()?;
            self.sound = now;
        }
        Ok(())
    }

    /// Returns when a snapshot becomes due by age, or too old to keep.
    fn calls(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let snapshots = self.store.list(&Kind::ALL)?;
        let newest = Due::newest(&snapshots).map(|newest| newest.modified);
        let due = newest
            .map(|written| Due::comes_at(written.max(self.took.unwrap_or(written)), &self.profile));
        // If live still equals an old snapshot, only a change makes a new one due.
        let due = due.filter(|due| *due > now);
        let plan = PrunePlan::by_policy(&snapshots, &self.profile, now);
        let stale = (newest.zip(self.stale_after))
            .and_then(|(newest, after)| newest.checked_add_signed(TimeDelta::from_std(after).ok()?))
            .filter(|stale| *stale > now);
        Ok(due.into_iter().chain(plan.changes_at()).chain(stale).min())
    }
}
