//! The inputs of a plan, to plan again after live changed.

use std::path::PathBuf;

use super::{RestoreOptions, RestorePlan};
use crate::core::{
    actions::moment::{Anchor, Moment},
    base::{
        error::Result,
        profile::Profile,
        progress::{CancellationToken, OnProgress},
    },
    db::{Access, Database},
    file::{note::Operation, snapshot::Snapshot},
    store::Store,
};

/// What a plan restores.
#[derive(Clone, Debug)]
pub enum RestoreSource {
    /// A snapshot.
    Snapshot(Box<Snapshot>),
    /// A moment, composed again from live and the snapshots of a store.
    Moment(Moment, Store),
    /// A merge of live and a snapshot, composed again.
    Merge(Box<Snapshot>, Store),
}

impl From<&Snapshot> for RestoreSource {
    fn from(snapshot: &Snapshot) -> Self {
        Self::Snapshot(Box::new(snapshot.clone()))
    }
}

impl RestoreSource {
    /// Plans to restore it into a database, which is live or a copy of live.
    pub(super) fn plan(
        &self,
        database: Database,
        profile: &Profile,
        options: RestoreOptions,
        on: OnProgress<'_>,
    ) -> Result<RestorePlan> {
        match self {
            Self::Snapshot(snapshot) => {
                RestorePlan::compute(database, profile, (**snapshot).clone(), options, on)
            }
            Self::Moment(moment, store) => {
                RestorePlan::of_moment(database, profile, store, moment, options, on)
            }
            Self::Merge(snapshot, store) => {
                RestorePlan::of_merge(database, profile, store, snapshot, options, on)
            }
        }
    }

    /// Returns the snapshot that it is, or whose log it has; `None` for a moment of live.
    pub(super) fn snapshot(&self) -> Option<&Snapshot> {
        match self {
            Self::Snapshot(snapshot) | Self::Merge(snapshot, _) => Some(snapshot),
            Self::Moment(moment, _) => match &moment.anchor {
                Anchor::Live => None,
                Anchor::Snapshot(snapshot) => Some(snapshot),
            },
        }
    }
}

/// The inputs of a plan.
#[derive(Clone, Debug)]
pub struct RestoreRecipe {
    database: PathBuf,
    profile: Profile,
    source: RestoreSource,
    options: RestoreOptions,
    operation: Operation,
    undoes: Option<u64>,
    stop: CancellationToken,
}

impl RestorePlan {
    /// Returns the inputs of this plan.
    pub fn recipe(&self) -> RestoreRecipe {
        let (operation, undoes) = self.purpose;
        RestoreRecipe {
            database: self.database.path().to_owned(),
            profile: self.profile.clone(),
            source: match (&self.moment, &self.merge) {
                (Some(composed), _) => {
                    RestoreSource::Moment(composed.moment.clone(), composed.store().clone())
                }
                (None, Some(merge)) => {
                    RestoreSource::Merge(Box::new(merge.snapshot.clone()), merge.store().clone())
                }
                (None, None) => RestoreSource::Snapshot(Box::new(self.snapshot.clone())),
            },
            options: RestoreOptions {
                rows: match &self.merge {
                    Some(merge) if !merge.events.is_empty() => merge.events.clone(),
                    _ => self.options.rows.clone(),
                },
                ..self.options.clone()
            },
            operation,
            undoes,
            stop: self.database.stop().clone(),
        }
    }
}

impl RestoreRecipe {
    /// Returns the inputs with a merge of live and a snapshot instead.
    pub(super) fn merging(self, snapshot: &Snapshot, store: &Store) -> Self {
        Self {
            source: RestoreSource::Merge(Box::new(snapshot.clone()), store.clone()),
            ..self
        }
    }

    /// Plans again, for live and the snapshot as they are now.
    ///
    /// Fails as the first plan did, and if the database or the snapshot is gone.
    pub fn plan(&self, on: OnProgress<'_>) -> Result<RestorePlan> {
        let (path, profile) = (&self.database, &self.profile);
        let database = Database::open(path, Access::Read, profile.busy_timeout)?;
        let database = database.stopped_by(&self.stop)?;
        let options = self.options.clone();
        let plan = self.source.plan(database, profile, options, on)?;
        Ok(plan.asked_as(self.operation, self.undoes))
    }

    /// Opens the database to change it.
    pub(super) fn writable(&self) -> Result<Database> {
        Database::open(&self.database, Access::Write, self.profile.busy_timeout)
    }

    /// Returns whether this is the database to restore: if only that has changed, planning again helps.
    pub(super) fn is_of(&self, what: &str) -> bool {
        self.database.display().to_string() == what
    }
}
