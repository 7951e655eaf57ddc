//! A moment between snapshots: the event log as it was just after one event, and the tables from
//! which replaying the rest of the log leads there. Both are written to a scratch file with a
//! snapshot's form, which is compared, shown and restored like any other.

mod anchor;
mod log;

use super::{
    composed::{ScratchSnapshot, Sources},
    replay::{Replayed, Replayer},
    restore::Missing,
};
use crate::core::{
    base::{
        error::{Error, Result},
        event::Events,
        profile::Profile,
        progress::OnProgress,
    },
    db::Database,
    file::snapshot::{Contents, Snapshot},
    store::Store,
};
pub use anchor::{Anchor, FoundMoment, Moment, When};

/// The log and the tables as of a moment, in a scratch file that is deleted on drop.
#[derive(Debug)]
pub struct ComposedMoment {
    /// The moment.
    pub moment: Moment,
    /// The snapshot whose tables it begins with; `None` if all tables are empty, because no snapshot
    /// fits.
    pub base: Option<Snapshot>,
    /// Events that count again, of which no snapshot shows whether they were hidden.
    pub uncertain: Events,
    /// Whether live's log is as of this moment already.
    pub is_now: bool,
    /// What the user's command replayed, if anything.
    pub replayed: Option<Replayed>,
    scratch: ScratchSnapshot,
    store: Store,
}

/// Where a moment came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MomentOrigin {
    /// The moment.
    pub moment: Moment,
    /// The snapshot whose tables it begins with; `None` for empty tables.
    pub base: Option<Snapshot>,
    /// What the user's command replayed, if anything.
    pub replayed: Option<Replayed>,
    /// Events that count again, of which no snapshot shows whether they were hidden.
    pub uncertain: Events,
}

impl ComposedMoment {
    /// Returns where it came from.
    pub fn origin(&self) -> MomentOrigin {
        MomentOrigin {
            moment: self.moment.clone(),
            base: self.base.clone(),
            replayed: self.replayed,
            uncertain: self.uncertain.clone(),
        }
    }

    /// Composes a moment from live and the snapshots of a store.
    pub(crate) fn of(
        moment: &Moment,
        database: &Database,
        profile: &Profile,
        store: &Store,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let log = profile.log.as_ref().ok_or(Error::NoLog)?;
        database.check_meanings(log)?;
        let schema = database.schema(profile)?;
        let sources = Sources {
            database,
            profile,
            log,
            schema: &schema,
            store,
        };
        let (only_log, revived, uncertain) = sources.log_as_of(moment, on)?;
        let is_now = moment.anchor == Anchor::Live
            && revived == 0
            && database.last_event_id(profile)? <= moment.event;
        let base = sources.base(moment.event, &only_log.contents, on)?;
        let scratch = sources.composed(&only_log, base.as_ref(), on)?;
        Ok(Self {
            moment: moment.clone(),
            base: base.map(|(snapshot, _)| snapshot),
            uncertain,
            is_now,
            replayed: None,
            scratch,
            store: store.clone(),
        })
    }

    /// Composes the moment exactly, to show it: its tables must be those of a snapshot, or the user's
    /// command must make them.
    pub(crate) fn exactly(
        moment: &Moment,
        database: &Database,
        profile: &Profile,
        store: &Store,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let composed = Self::of(moment, database, profile, store, on)?;
        let composed = composed.replayed(database, profile, Missing::LeaveOut, on)?;
        if composed.begins() == moment.event {
            return Ok(composed);
        }
        Err(composed.without_tables("no replay command is set that makes them"))
    }

    /// Returns the error that there are no tables for it, which names the nearest earlier event with tables.
    pub(super) fn without_tables(&self, why: &str) -> Error {
        let event = self.moment.event;
        let nearest = self.base.as_ref().map(|base| {
            format!(
                "; the nearest earlier event with tables is {}, of {}",
                self.begins(),
                base.name()
            )
        });
        let nearest = nearest.unwrap_or_default();
        Error::Moment {
            what: format!("no snapshot has the tables as of event {event}, and {why}{nearest}"),
        }
    }

    /// Returns the scratch file's contents.
    pub(crate) fn contents(&self) -> &Contents {
        &self.scratch.contents
    }

    /// Replays the events that the tables lack, if a command is configured for it.
    pub(crate) fn replayed(
        self,
        database: &Database,
        profile: &Profile,
        missing: Missing,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let Some(replayer) = Replayer::of(profile, database, &self.store) else {
            return Ok(self);
        };
        let (scratch, replayed) = replayer.replayed(self.scratch, missing, on)?;
        Ok(Self {
            replayed,
            scratch,
            ..self
        })
    }

    /// Returns the last event that its tables contain.
    pub fn begins(&self) -> i64 {
        self.contents().last_event_id()
    }

    /// Returns the snapshots it is composed from.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }
}
