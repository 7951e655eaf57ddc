//! Looking after a data folder without end: periodic snapshots when they are due, and both kinds
//! pruned by policy.
//!
//! [`Watch::step`] tells when to look and [`Watch::look`] does all there is to do at a moment; between
//! them a watch knows nothing of the folder, so that whatever becomes of it is seen by the next look.

mod lock;
mod schedule;
mod trouble;

use chrono::{DateTime, Utc};

use crate::core::{
    actions::{
        due::Due,
        prune::{PrunePlan, Reason},
        show::{Cache, CacheKey},
        take,
    },
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::OnProgress,
    },
    compare::exclusive_rows::ExclusiveRows,
    db::Database,
    file::snapshot::{Kind, Snapshot},
    store::Store,
};
use lock::Lock;
use schedule::Schedule;
use trouble::Troubles;

pub use schedule::{Heard, Step};
pub use trouble::WatchNews;

/// What a look did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchAct {
    /// It took a periodic snapshot.
    Took {
        /// The new snapshot.
        snapshot: Snapshot,
        /// Why it was due.
        due: Due,
    },
    /// It deleted a snapshot.
    Pruned {
        /// The snapshot that was.
        snapshot: Snapshot,
        /// Why it went.
        reason: Reason,
    },
    /// What is gone for good with the snapshots that it deletes next.
    Lost(ExclusiveRows),
}

/// A look: what it did, and how it ended.
#[derive(Debug)]
pub struct Round {
    /// What it did, in this order.
    pub acts: Vec<WatchAct>,
    /// When there may be something to do even if nothing changes; or what went wrong.
    pub outcome: Result<Option<DateTime<Utc>>>,
}

/// Somebody who looks after the snapshots of a data folder, and is the only one.
#[derive(Debug)]
pub struct Watch {
    profile: Profile,
    store: Store,
    lock: Lock,
    schedule: Schedule,
    troubles: Troubles,
    /// When it last took a snapshot.
    took: Option<DateTime<Utc>>,
    /// What is known of snapshots already.
    cache: Cache,
    /// Live as it was when its file was last found sound.
    sound: Option<CacheKey>,
}

impl Watch {
    /// Begins to look after a store; that another does so already is an error.
    pub fn begin(profile: Profile, store: Store, now: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            profile,
            lock: Lock::take(store.root())?,
            store,
            schedule: Schedule::new(now),
            troubles: Troubles::default(),
            took: None,
            cache: Cache::default(),
            sound: None,
        })
    }

    /// Keeps what it comes to know of snapshots in this cache.
    #[must_use]
    pub fn with_cache(self, cache: Cache) -> Self {
        Self { cache, ..self }
    }

    /// What to do now.
    pub fn step(&mut self, now: DateTime<Utc>, heard: Heard) -> Step {
        self.schedule.step(now, heard)
    }

    /// Does what there is to do. While live cannot be read, or its file is corrupt, nothing is deleted: the
    /// snapshots may be all there is.
    pub fn look(
        &mut self,
        live: impl FnOnce() -> Result<Database>,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Round {
        let mut acts = Vec::new();
        let outcome = live().and_then(|live| {
            self.lock.hold()?;
            // What one that was killed left too many makes room first.
            let cleared = self.prune(&live, now, on, &mut acts);
            let taken = self.take_if_due(&live, now, on, &mut acts);
            let pruned = match taken {
                // It may have waited for a second that was free.
                Ok(Some(stamp)) => self.prune(&live, now.max(stamp), on, &mut acts),
                _ => Ok(()),
            };
            cleared
                .and(taken)
                .and(pruned)
                .and_then(|()| self.calls(now))
        });
        Round { acts, outcome }
    }

    /// Takes note of a look, and answers whether there is something to tell of how it ended.
    pub fn looked(
        &mut self,
        look: &Round,
        began: DateTime<Utc>,
        ended: DateTime<Utc>,
    ) -> Option<WatchNews> {
        match look.outcome {
            Ok(calls) => self.schedule.went_well(began, ended, calls),
            Err(_) => self.schedule.failed(began, ended),
        }
        self.troubles.hear(look.outcome.as_ref().err(), ended)
    }

    /// Takes a snapshot if one is due, and gives its stamp.
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
        let snapshot = take::capture(live, profile, store, Kind::Periodic, now, on)?;
        self.took = Some(now);
        let stamp = snapshot.taken_at();
        acts.push(WatchAct::Took { snapshot, due });
        Ok(Some(stamp))
    }

    /// Where the file system's clock is behind ours a new snapshot is old at once: its age then counts
    /// from when it was taken.
    fn took_lately(&self, now: DateTime<Utc>) -> bool {
        self.took
            .is_some_and(|took| took <= now && now < Due::comes_at(took, &self.profile))
    }

    /// Deletes each snapshot that the policies no longer keep; one that cannot be deleted keeps no
    /// other from it.
    fn prune(
        &mut self,
        live: &Database,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
        acts: &mut Vec<WatchAct>,
    ) -> Result<()> {
        let mut result = Ok(());
        let snapshots = self.store.list(&Kind::ALL)?;
        let plan = PrunePlan::by_policy(&snapshots, &self.profile, now);
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

    /// Fails if live's file is corrupt; it is read for that only if it was written since the last time.
    fn refuse_corrupt(&mut self, live: &Database) -> Result<()> {
        let now = CacheKey::of_live(live);
        if now.is_none() || now != self.sound {
            live.refuse_corrupt()?;
            self.sound = now;
        }
        Ok(())
    }

    /// When a snapshot gets due by age, or one gets too old to keep.
    fn calls(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let snapshots = self.store.list(&Kind::ALL)?;
        let newest = Due::newest(&snapshots).map(|newest| newest.modified);
        let due = newest
            .map(|written| Due::comes_at(written.max(self.took.unwrap_or(written)), &self.profile));
        // One that is as old as that and still what live is gets due by a change alone.
        let due = due.filter(|due| *due > now);
        let plan = PrunePlan::by_policy(&snapshots, &self.profile, now);
        Ok(due.into_iter().chain(plan.changes_at()).min())
    }
}
