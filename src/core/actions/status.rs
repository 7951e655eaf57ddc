//! The status of a data folder: what the application's next start makes of live.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

use crate::core::{
    actions::due::Due,
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::OnProgress,
    },
    db::Database,
    file::snapshot::{Contents, Id, Kind, Snapshot},
    store::{
        Store,
        cold_load::{self, ColdLoad, Fit, Replay, start_of},
    },
};

/// The status of a data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The safety snapshot of a restore that was interrupted and could not be repaired.
    pub interrupted: Option<Id>,
    /// What the next start has to replay, and where live's tables come from.
    pub cold_load: ColdLoad,
    /// Files that are no snapshots and that the next start would load instead of one.
    pub shadows: Vec<PathBuf>,
    /// Snapshots whose pins are damaged.
    pub damaged_pins: Vec<Snapshot>,
    /// The newest snapshot of each kind whose name is ahead of the clock. The names of Unrewind's own come after it.
    pub ahead: Vec<Snapshot>,
    /// The newest periodic snapshot, if its file's time is ahead of the clock: none is due by age until then.
    pub dated_ahead: Option<Snapshot>,
    /// The snapshot that the next start loads, if the application starts that way.
    pub start: Option<Snapshot>,
    /// How that fits live's log; `None` if the application cannot load it.
    pub fit: Option<Fit>,
}

impl Status {
    /// How far a name or a file's time may be ahead of the clock: of several restores within a second, each gets
    /// a later name.
    const TOLERANCE: TimeDelta = TimeDelta::minutes(1);

    /// Inspects live and its snapshots. Fails if the database or the snapshot folders cannot be read.
    pub fn of(
        database: &Database,
        profile: &Profile,
        store: &Store,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        // A database that cannot be read must not be reported as healthy.
        database.tables(profile)?;
        database.last_event_id(profile)?;
        database.refuse_corrupt()?;
        let interrupted = store.interrupted()?;
        let periodic = store.list(&[Kind::Periodic])?;
        let cold_load = ColdLoad::of(database, profile, store, on)?;
        let starts = profile.starts_from_snapshots();
        let shadows = if starts {
            store.shadowing()?
        } else {
            Vec::new()
        };
        let loads = starts && shadows.is_empty();
        let start = start_of(&periodic).filter(|_| loads).cloned();
        let fit = match &start {
            Some(start) => fit(start, database, profile, on)?,
            None => None,
        };
        let soon = now + Self::TOLERANCE;
        let rewinds = store.list(&[Kind::Rewind])?;
        let newest = [periodic.first(), rewinds.first()].into_iter().flatten();
        let ahead = newest.filter(|snapshot| snapshot.taken_at() > soon);
        let ahead = ahead.cloned().collect();
        let dated_ahead = Due::newest(&periodic).filter(|newest| newest.modified > soon);
        Ok(Self {
            ahead,
            dated_ahead: dated_ahead.cloned(),
            interrupted,
            cold_load,
            shadows,
            damaged_pins: store.with_damaged_pins()?,
            start,
            fit,
        })
    }

    /// Records the user's statement that the application was restarted since the last restore. Fails
    /// if a snapshot folder cannot be read.
    pub fn restarted(store: &Store) -> Result<()> {
        cold_load::end_replay(&store.list(&[Kind::Periodic])?);
        Ok(())
    }

    /// Returns whether there is nothing to do.
    pub fn is_well(&self) -> bool {
        let is_loadable = |start: &Snapshot| start.note.unloadable.is_empty();
        let starts_well = (self.start.as_ref())
            .is_none_or(|start| is_loadable(start) && self.fit.is_some_and(Fit::fits));
        self.interrupted.is_none()
            && self.cold_load.replay == Replay::Nothing
            && self.shadows.is_empty()
            && self.damaged_pins.is_empty()
            && self.ahead.is_empty()
            && self.dated_ahead.is_none()
            && starts_well
    }
}

/// Compares the snapshot that the next start loads with live's log.
fn fit(
    start: &Snapshot,
    database: &Database,
    profile: &Profile,
    on: OnProgress<'_>,
) -> Result<Option<Fit>> {
    let contents = Contents::open(&start.path, on);
    let fit = contents.and_then(|contents| {
        let is_loadable = !contents.has_byte_order_mark();
        let fit = Fit::of(&contents, database, profile, on)?;
        Ok(is_loadable.then_some(fit))
    });
    match fit {
        Ok(fit) => Ok(fit),
        Err(Error::NoFile { .. }) => Ok(None),
        Err(error) if error.is_damage() => Ok(None),
        Err(error) => Err(error),
    }
}
