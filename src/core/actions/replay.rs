//! Replays events with the user's command, in a scratch copy of live: what the application's next start would
//! make of tables and a log that goes on after them.

mod program;

use super::{
    composed::ScratchSnapshot,
    restore::{Missing, ScratchDatabase},
    take::Dump,
};
use crate::core::{
    base::{
        error::{Error, Result},
        line::one_line,
        profile::{Profile, ReplayCommand},
        progress::{OnProgress, Stage},
    },
    compare::diff::{Difference, Side},
    db::Database,
    file::snapshot::{Contents, Snapshot},
    store::{Store, cold_load::active_in_file},
};

/// The events that the user's command replayed over the tables of a base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// The last event that the base's tables contain.
    pub after: i64,
    /// How many active events followed it.
    pub events: u64,
}

/// The user's replay command, and where its scratch copies are made.
#[derive(Clone, Copy)]
pub(crate) struct Replayer<'a> {
    command: &'a ReplayCommand,
    profile: &'a Profile,
    live: &'a Database,
    store: &'a Store,
}

impl<'a> Replayer<'a> {
    /// Returns the replayer; `None` if no command is configured.
    pub(crate) fn of(profile: &'a Profile, live: &'a Database, store: &'a Store) -> Option<Self> {
        Some(Self {
            command: profile.replay.as_ref()?,
            profile,
            live,
            store,
        })
    }

    /// Replays the events after a composed snapshot's `last_event_id` over its tables: the log stays, and
    /// the tables become those of its last event. Also returns what was replayed; `None`, and the snapshot as
    /// it was, if its tables lack no events. A command that changes the log is refused.
    ///
    /// `missing` is what happens to columns and tables of the snapshot that live lacks.
    pub(super) fn replayed(
        &self,
        scratch: ScratchSnapshot,
        missing: Missing,
        on: OnProgress<'_>,
    ) -> Result<(ScratchSnapshot, Option<Replayed>)> {
        let (composed, Some(log)) = (&scratch.contents, &self.profile.log) else {
            return Ok((scratch, None));
        };
        let (after, ends_at) = (composed.last_event_id(), composed.ends_at(self.profile)?);
        if after >= ends_at {
            return Ok((scratch, None));
        }
        let events = active_in_file(composed, log, after)?;
        let copy = self.replayed_database(composed, missing, on)?;
        let database = copy.open(self.profile)?;
        let scratch = ScratchSnapshot::of_file(self.store, self.live, |file| {
            let dump = Dump {
                database: &database,
                profile: self.profile,
                last_event_id: ends_at,
                stage: Stage::Writing,
            };
            database.reading(|| dump.write_file(file, on)).map(|_| ())
        })?;
        Ok((scratch, Some(Replayed { after, events })))
    }

    /// Replays events as [`Self::replayed`] does, and returns the database, even if its tables lack no events.
    pub(crate) fn replayed_database(
        &self,
        composed: &Contents,
        missing: Missing,
        on: OnProgress<'_>,
    ) -> Result<ScratchDatabase> {
        let snapshot = Snapshot::inspect(composed.path().to_owned(), None)?;
        let Self {
            profile,
            live,
            store,
            ..
        } = *self;
        let folder = store.scratch_folder()?;
        let scratch = ScratchDatabase::of(folder, live, profile, &snapshot, missing, on)?;
        let database = std::path::absolute(scratch.path());
        let database = database.map_err(Error::io("find", scratch.path()))?;
        let tables = scratch.open(profile)?.schema(profile)?.tables;
        live.without_blocking(|| {
            program::run(self.command, &database, composed.last_event_id(), on)
        })?;
        let made = scratch.open(profile).and_then(|made| made.schema(profile));
        let made = made.map_err(|error| match error {
            Error::Cancelled => error,
            error => self.refused(&format!("leaves no database that can be read ({error})")),
        })?;
        let made = made.tables;
        let changed = tables.iter().zip(&made).find(|(table, made)| table != made);
        let changed = changed.map(|((name, _), _)| name);
        if changed.is_some() || tables.len() != made.len() {
            let what = changed.map_or("the tables".to_owned(), |name| format!("table {name}"));
            return Err(self.refused(&format!("changed the schema of {what}")));
        }
        self.refuse_changed_log(composed, &scratch, on)?;
        Ok(scratch)
    }

    /// Fails if the command changed the event log, from which it only makes the tables.
    fn refuse_changed_log(
        &self,
        composed: &Contents,
        scratch: &ScratchDatabase,
        on: OnProgress<'_>,
    ) -> Result<()> {
        let Some(log) = &self.profile.log else {
            return Ok(());
        };
        let database = scratch.open(self.profile)?;
        let (from, to) = (Side::Snapshot(composed), Side::Live(&database));
        let only = [log.table.clone()];
        let difference = Difference::compute(from, to, self.profile, Some(&database), &only, on)?;
        if difference.is_empty() {
            return Ok(());
        }
        let log = one_line(&log.table);
        Err(self.refused(&format!("changed the event log {log}")))
    }

    fn refused(&self, what: &str) -> Error {
        let program = one_line(&self.command.program);
        Error::Replay(format!(
            "the replay command {program} {what}: it may only change rows of the other tables"
        ))
    }
}
