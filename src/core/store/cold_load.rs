//! What the application's next start makes of live. The start loads the tables of the newest
//! periodic snapshot and replays the active events after its `last_event_id`. A restore may leave
//! tables that lack the end of the log, for the start to replay; until then, everything written of
//! live records the last event that its tables contain.

mod fit;
mod since;

use std::path::Path;

use super::Store;
use crate::core::{
    base::{
        error::{Error, Result},
        event::{Event, EventStatus},
        process::{Openers, Process, applications},
        profile::{Log, Profile},
        progress::{OnProgress, unattended},
        row::Table,
    },
    compare::cursor::RowCursor,
    db::{Database, Select},
    file::{
        checksum::Checksum,
        note::{Awaiting, Note},
        snapshot::{Contents, Kind, Origin, Snapshot},
    },
};

pub use fit::Fit;
use since::{Since, since};

/// How far live's tables follow its log, and where they come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColdLoad {
    /// What the next start will replay.
    pub replay: Replay,
    /// Whether the tables come from a restore in which the event log took no part.
    pub off_log: bool,
    /// What the snapshots' notes record about it; it is settled once the replay is over.
    record: Option<Awaiting>,
}

/// The events that the application's next start has to replay to bring the tables up to the log's
/// end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Replay {
    /// None.
    #[default]
    Nothing,
    /// A restore left events to replay.
    Awaited {
        /// The last event that the tables contain.
        after: i64,
        /// How many active events follow it.
        events: u64,
        /// The processes that have the database open and must restart.
        open: Openers,
        /// A newer periodic snapshot without this record: the start would load it and replay
        /// nothing.
        hidden_by: Option<String>,
    },
    /// A restore left events to replay, and the application may have written without replaying
    /// them.
    Doubtful {
        /// The last event that the tables contained after the restore.
        after: i64,
        /// The processes that had the database open then and still run.
        running: Vec<Process>,
        /// Whether the tables have changed; otherwise the checkpoint cannot be read.
        changed: bool,
    },
}

impl ColdLoad {
    /// Determines what the next start makes of live, from the notes in the store. Live is read only
    /// if a restore left events to replay. A result that the replay is over, or that live is in
    /// doubt, is recorded in the notes: the process that wrote may be gone next time. Fails if the
    /// database or a snapshot cannot be read.
    pub fn of(
        database: &Database,
        profile: &Profile,
        store: &Store,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let periodic = store.list(&[Kind::Periodic])?;
        let cold_load = Self {
            off_log: store.off_log().now(&periodic),
            ..Self::default()
        };
        let cold_load = cold_load.determined(database, profile, &periodic, on)?;
        match (&cold_load.record, &cold_load.replay) {
            (Some(_), Replay::Nothing) => end_replay(&periodic),
            (Some(record), Replay::Doubtful { changed: true, .. }) => {
                note_awaiting(&periodic, |awaiting| {
                    (awaiting.doubted, awaiting.doubted_as) = (true, record.doubted_as);
                });
            }
            _ => {}
        }
        Ok(cold_load)
    }

    /// Determines it from the periodic snapshots, newest first.
    fn determined(
        self,
        database: &Database,
        profile: &Profile,
        snapshots: &[Snapshot],
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let Some(log) = profile.log.as_ref() else {
            return Ok(Self::default());
        };
        let record = current(snapshots, profile)?.filter(|_| profile.replays_on_start);
        let Some((snapshot, mut record)) = record else {
            return Ok(self);
        };
        let since = since(database, profile, snapshot, on)?;
        let end = database.last_event_id(profile)?;
        let grown = end > record.ends_at;
        let running = record.openers.running();
        let after = record.after;
        let replay = match since {
            Since::Same => Replay::Awaited {
                after,
                events: active_after(database, profile, log, after)?,
                open: Openers::of(database.path()),
                hidden_by: hiding(snapshots, snapshot),
            },
            Since::Changed(now) if is_over(&record, &running, grown, now, database.path()) => {
                Replay::Nothing
            }
            Since::Changed(now) => {
                let seen = record.doubted_as.filter(|_| running.is_empty());
                record.doubted_as = seen.or(Some(now));
                Replay::Doubtful {
                    after,
                    running,
                    changed: true,
                }
            }
            Since::Unknown => Replay::Doubtful {
                after,
                running,
                changed: false,
            },
        };
        Ok(Self {
            replay,
            record: Some(record),
            ..self
        })
    }

    /// Returns an error if it is unknown which events live's tables lack.
    pub(crate) fn refuse_doubt(&self) -> Result<()> {
        match &self.replay {
            Replay::Doubtful { after, running, .. } => Err(Error::InDoubt {
                after: *after,
                running: running.iter().map(Process::to_string).collect(),
            }),
            _ => Ok(()),
        }
    }

    /// Returns whether the tables were just found to have changed since a restore left events to
    /// replay, which is taken for the application's start.
    pub fn has_just_ended(&self) -> bool {
        self.record.is_some() && self.replay == Replay::Nothing
    }

    /// Returns whether the result depends on live's content, not only on the notes.
    pub(crate) fn is_of_live(&self) -> bool {
        self.record.is_some()
    }

    /// Returns the `last_event_id` for a snapshot of live: the last event that its tables contain.
    pub(crate) fn begins(&self, database: &Database, profile: &Profile) -> Result<i64> {
        match self.replay {
            Replay::Awaited { after, .. } => Ok(after),
            _ => database.last_event_id(profile),
        }
    }

    /// Returns the note for a snapshot of live whose log ends at `ends_at`.
    pub(crate) fn note(&self, ends_at: i64) -> Note {
        let awaited = matches!(self.replay, Replay::Awaited { .. });
        let record = self.record.clone().filter(|_| awaited);
        Note {
            awaiting: record.map(|record| Awaiting { ends_at, ..record }),
            off_log: self.off_log,
            ..Note::default()
        }
    }
}

/// Returns whether the tables changed because the application replayed the log. A process that had
/// the database open at the restore and still runs has not. Once such a process was seen to write,
/// none counts until it has ended and either the same program has opened the database again or the
/// tables have changed once more.
fn is_over(
    record: &Awaiting,
    running: &[Process],
    grown: bool,
    now: Checksum,
    database: &Path,
) -> bool {
    let is_anew = |process: &Process| {
        let mut before = record.openers.processes.iter();
        before.any(|before| before.name == process.name)
    };
    let has_started = || applications(database).iter().any(is_anew);
    let has_changed = record.doubted_as.is_some_and(|seen| seen != now);
    running.is_empty()
        && (record.openers.are_all || !grown)
        && (!record.doubted || has_changed || has_started())
}

/// Marks the replay as over in the note of each snapshot that records one. A note that cannot be
/// written is retried later.
pub(crate) fn end_replay(snapshots: &[Snapshot]) {
    note_awaiting(snapshots, |awaiting| awaiting.over = true);
}

/// Changes the note of each snapshot that records events awaiting replay.
fn note_awaiting(snapshots: &[Snapshot], change: impl Fn(&mut Awaiting)) {
    for snapshot in snapshots
        .iter()
        .filter(|snapshot| snapshot.awaits_replay().is_some())
    {
        let change = |note: &mut Note| {
            if let Some(awaiting) = &mut note.awaiting {
                change(awaiting);
            }
        };
        if let Err(error) = Note::change(&snapshot.path, change) {
            log::warn!(
                "the note on {}, which records events awaiting replay, cannot be changed: {error}",
                snapshot.name()
            );
        }
    }
}

fn is_checkpoint(snapshot: &Snapshot) -> bool {
    snapshot
        .id
        .is_some_and(|id| id.origin == Origin::Checkpoint)
}

/// Returns the newest periodic snapshot that shows how far live's tables go, and its record, if
/// events await replay.
fn current<'s>(
    snapshots: &'s [Snapshot],
    profile: &Profile,
) -> Result<Option<(&'s Snapshot, Awaiting)>> {
    let has_record =
        |snapshot: &&Snapshot| snapshot.awaits_replay().is_some() || is_checkpoint(snapshot);
    let Some(snapshot) = snapshots.iter().find(has_record) else {
        return Ok(None);
    };
    let is_noted = !snapshot.note.unreadable && snapshot.note.checksum.is_some();
    let record = match snapshot.awaits_replay() {
        Some(awaiting) => Some(awaiting.clone()),
        None if is_noted => None,
        // The file itself shows it; which processes had the database open is unknown.
        None => Awaiting::in_file(&snapshot.path, profile, Openers::default())?,
    };
    Ok(record.map(|record| (snapshot, record)))
}

impl Awaiting {
    /// Reads the record from a snapshot without a note; `None` for a damaged one.
    pub(crate) fn in_file(
        path: &Path,
        profile: &Profile,
        openers: Openers,
    ) -> Result<Option<Self>> {
        let ends = Contents::open(path, &mut unattended)
            .and_then(|contents| Ok((contents.last_event_id(), contents.ends_at(profile)?)));
        let (after, ends_at) = match ends {
            Err(error) if error.is_damage() => return Ok(None),
            ends => ends?,
        };
        Ok((after < ends_at).then_some(Self {
            after,
            ends_at,
            openers,
            doubted: false,
            doubted_as: None,
            over: false,
        }))
    }
}

/// Returns the newest periodic snapshot, if it is newer than the one with the record.
fn hiding(snapshots: &[Snapshot], recorded: &Snapshot) -> Option<String> {
    let newest = start_of(snapshots)?;
    (newest.path != recorded.path).then(|| newest.name())
}

/// Counts the active events of a snapshot with an id above `after`.
pub(crate) fn active_in_file(contents: &Contents, log: &Log, after: i64) -> Result<u64> {
    let columns = log.flags().chain([&log.id]).cloned().collect();
    let table = Table::keyless(&log.table, columns);
    let (mut rows, mut active) = (RowCursor::of_snapshot(contents, &table), 0);
    while rows.advance()? {
        let event = Event::of(&rows.row()?, &table, log);
        active += u64::from(event.id > after && event.status == EventStatus::Active);
    }
    Ok(active)
}

/// Counts the active events of live with an id above `after`.
pub(crate) fn active_after(
    database: &Database,
    profile: &Profile,
    log: &Log,
    after: i64,
) -> Result<u64> {
    let schema = database.schema(profile)?;
    let Some(table) = &schema.log else {
        return Ok(0);
    };
    let select = Select {
        after: Some(after),
        ..Select::log(table, log)
    };
    database.with_rows(select, |mut rows| {
        let mut active = 0;
        while let Some(row) = rows.next_row()? {
            active += u64::from(EventStatus::of(&row, table, log) == EventStatus::Active);
        }
        Ok(active)
    })
}

/// Returns the snapshot that the application's next start loads: the newest periodic one in place.
pub fn start_of(snapshots: &[Snapshot]) -> Option<&Snapshot> {
    let is_start =
        |snapshot: &&Snapshot| snapshot.kind() == Some(Kind::Periodic) && snapshot.is_in_place();
    snapshots.iter().find(is_start)
}
