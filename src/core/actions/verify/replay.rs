//! Proves the replay command: what it makes of one snapshot and the events up to the next of the same history
//! must be the tables of that next one.

use crate::core::{
    actions::{composed::Sources, replay::Replayer, restore::Missing},
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::{OnProgress, Stage, report},
        row::Table,
    },
    compare::{
        change_spool::Change,
        diff::{Difference, Side},
    },
    db::Database,
    file::{
        note::RestoreNote,
        snapshot::{Contents, Id, Keys, Kind, Origin, Snapshot, Stamp},
    },
    store::{
        Store,
        cold_load::{Fit, active_in_file},
    },
};

/// Checks snapshots by replaying the events that lead to each of them.
pub struct ReplayCheck<'a> {
    live: Database,
    profile: &'a Profile,
    store: &'a Store,
    /// All snapshots, newest first.
    snapshots: Vec<Snapshot>,
    /// The safety snapshots of restores that were done.
    restores: Vec<Id>,
}

/// What replaying up to a snapshot showed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReplayFinding {
    /// The events were replayed.
    Replayed {
        /// The snapshot with whose tables the replay began.
        from: String,
        /// How many active events followed it.
        events: u64,
        /// The first row that differs, if any.
        difference: Option<Box<RowDifference>>,
    },
    /// There is nothing to compare with.
    Unpaired(Unpaired),
}

/// Why events cannot be replayed up to a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unpaired {
    /// No snapshot before it holds only events of its log, or a restore came between.
    First,
    /// Its tables lack events of its log.
    AwaitsReplay,
    /// Its tables do not come from its log.
    OffLog,
    /// The snapshot before it cannot be restored into a copy of live.
    Incompatible(String),
}

impl ReplayFinding {
    /// Returns whether the replay made other tables.
    pub fn differs(&self) -> bool {
        matches!(self, Self::Replayed { difference, .. } if difference.is_some())
    }
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RowDifference {
    /// Its table.
    pub table: Table,
    /// The change from the replayed row to the snapshot's.
    pub change: Change,
}

impl<'a> ReplayCheck<'a> {
    /// Prepares checks. Fails if there is no event log or no replay command.
    pub fn new(live: Database, profile: &'a Profile, store: &'a Store) -> Result<Self> {
        if profile.log.is_none() {
            return Err(Error::NoLog);
        }
        Replayer::of(profile, &live, store).ok_or_else(no_command)?;
        let snapshots = store.list_all(&Kind::ALL)?.snapshots;
        let is_done = |note: &RestoreNote| note.is_done();
        let done = |one: &&Snapshot| one.note.restore.as_ref().is_some_and(is_done);
        let restores = snapshots.iter().filter(done).filter_map(|one| one.id);
        Ok(Self {
            live,
            profile,
            store,
            restores: restores.collect(),
            snapshots,
        })
    }

    /// Replays the events up to a snapshot from the one before it in its history, and compares. Fails
    /// if the replay command fails, or a snapshot cannot be read.
    pub fn of(&self, snapshot: &Snapshot, on: OnProgress<'_>) -> Result<ReplayFinding> {
        let keys = self.live.keys(self.profile);
        let contents = self.store.open(snapshot, &keys, on)?;
        if snapshot.off_log {
            return Ok(ReplayFinding::Unpaired(Unpaired::OffLog));
        }
        if contents.last_event_id() < contents.ends_at(self.profile)? {
            return Ok(ReplayFinding::Unpaired(Unpaired::AwaitsReplay));
        }
        let Some(before) = self.before(snapshot, &contents, &keys, on)? else {
            return Ok(ReplayFinding::Unpaired(Unpaired::First));
        };
        match self.replay(&before, &contents, on) {
            Err(
                error @ (Error::SchemaDrift { .. }
                | Error::Row { .. }
                | Error::Unequal { .. }
                | Error::Unwritable { .. }
                | Error::FullText { .. }),
            ) => {
                let why = Unpaired::Incompatible(format!("{}: {error}", before.0.name()));
                Ok(ReplayFinding::Unpaired(why))
            }
            finding => finding,
        }
    }

    /// Finds the last snapshot before this one whose tables its log produces, with no restore between.
    fn before(
        &self,
        snapshot: &Snapshot,
        contents: &Contents,
        keys: &Keys,
        on: OnProgress<'_>,
    ) -> Result<Option<(Snapshot, Contents)>> {
        let begins = Some(contents.last_event_id());
        let is_earlier = |other: &&Snapshot| {
            other.damage.is_none()
                && !other.off_log
                && other.last_event_id <= begins
                && place(other) < place(snapshot)
                && !self.is_restored_between(other, snapshot)
        };
        let mut earlier: Vec<&Snapshot> = self.snapshots.iter().filter(is_earlier).collect();
        earlier.sort_by_key(|other| (other.last_event_id, place(other)));
        for other in earlier.into_iter().rev() {
            let opened = match self.store.open(other, keys, on) {
                Ok(opened) => opened,
                Err(error) if error.is_damage() => continue,
                Err(error) => return Err(error),
            };
            let log = Side::Snapshot(contents);
            if Fit::with(&opened, log, &self.live, self.profile, on)?.fits() {
                return Ok(Some((other.clone(), opened)));
            }
        }
        Ok(None)
    }

    fn is_restored_between(&self, from: &Snapshot, to: &Snapshot) -> bool {
        let is_between = |id: &Id| {
            let at = Some(id.order());
            place(from) <= at && at < place(to)
        };
        self.restores.iter().any(is_between)
    }

    fn replay(
        &self,
        (before, base): &(Snapshot, Contents),
        to: &Contents,
        on: OnProgress<'_>,
    ) -> Result<ReplayFinding> {
        let log = self.profile.log.as_ref().ok_or(Error::NoLog)?;
        let schema = self.live.schema(self.profile)?;
        let sources = Sources {
            database: &self.live,
            profile: self.profile,
            log,
            schema: &schema,
            store: self.store,
        };
        let composed = sources.with_log_of(to, Some((before, base)), on)?;
        let events = active_in_file(to, log, base.last_event_id())?;
        let replayer = Replayer::of(self.profile, &self.live, self.store);
        let replayer = replayer.ok_or_else(no_command)?;
        let copy = replayer.replayed_database(&composed.contents, Missing::Refuse, on)?;
        let replayed = copy.open(self.profile)?;
        report(on, Stage::Comparing, 0, 1)?;
        let (from, to) = (Side::Live(&replayed), Side::Snapshot(to));
        let found = Difference::compute(from, to, self.profile, Some(&replayed), &[], on)?;
        let mut difference = None;
        for diff in &found.tables {
            diff.for_each(|change| {
                difference.get_or_insert_with(|| {
                    Box::new(RowDifference {
                        table: diff.table.clone(),
                        change,
                    })
                });
                Ok(())
            })?;
        }
        Ok(ReplayFinding::Replayed {
            from: before.name(),
            events,
            difference,
        })
    }
}

/// Returns where a snapshot comes in the order of time: a safety snapshot before the checkpoint of its restore.
fn place(snapshot: &Snapshot) -> Option<(Stamp, Origin)> {
    snapshot.id.map(Id::order)
}

fn no_command() -> Error {
    let what = "no replay command is set for this data folder in your own configuration";
    Error::Invalid { what: what.into() }
}
