//! Takes a snapshot of live: one read transaction, one pass, one file that appears whole.

mod forecast;

use std::{cell::Cell, path::PathBuf, thread, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::core::{
    actions::prune::{PrunePlan, Retention},
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::{OnProgress, Stage, Throttle, report},
    },
    compare::exclusive_rows::ExclusiveRows,
    db::{Ascending, Database, OnBytes, PrefetchedRows, Select},
    file::{
        atomic_file::AtomicFile,
        checksum::Checksum,
        json::{Writer, write_behind},
        note::Note,
        snapshot::{Contents, Id, Kind, Snapshot, Stamp},
    },
    store::{SnapshotDraft, StampAhead, Store, cold_load::ColdLoad},
};
use forecast::Forecast;

/// What a take did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Taken {
    /// The new snapshot.
    pub snapshot: Snapshot,
    /// The periodic snapshots that the policy deleted afterwards.
    pub pruned: Vec<PathBuf>,
    /// The rows that only these held.
    pub lost: ExclusiveRows,
    /// The new snapshot's name and what forced it, if it is ahead of the clock.
    pub ahead: Option<StampAhead>,
}

/// Takes a snapshot; after a periodic one, prunes the periodic ones by policy, as the service does.
/// Fails if the database cannot be read, or the snapshot cannot be written, and with
/// [`Error::NotPruned`] if only pruning failed.
pub fn take(
    database: &Database,
    profile: &Profile,
    store: &Store,
    kind: Kind,
    now: DateTime<Utc>,
    on: OnProgress<'_>,
) -> Result<Taken> {
    let (snapshot, ahead) = capture(database, profile, store, kind, now, on)?;
    // Taking may have waited for a free second.
    let now = if ahead.is_some() {
        now
    } else {
        now.max(snapshot.taken_at())
    };
    let (mut pruned, mut lost) = (Vec::new(), ExclusiveRows::default());
    if kind == Kind::Periodic {
        let retention = Retention::of(kind, profile);
        let mut prune = || {
            let all = store.list(&Kind::ALL)?;
            let plan = PrunePlan::by_retention(&all, kind, retention, now);
            // If live's file is corrupt, the older snapshots may be all that is left.
            if plan.deleted().next().is_some() {
                database.refuse_corrupt()?;
            }
            let lost = plan.lost(&all, database, profile, on)?;
            plan.apply(on).map(|pruned| (pruned, lost))
        };
        (pruned, lost) = prune().map_err(|error| Error::NotPruned {
            taken: snapshot.name(),
            source: Box::new(error),
        })?;
    }
    Ok(Taken {
        snapshot,
        pruned,
        lost,
        ahead,
    })
}

/// How often to retry while an application keeps writing: where events await replay, live is
/// compared with its checkpoint before it is written.
const ATTEMPTS: usize = 5;

/// How far ahead of the clock a name must be for a take not to wait until then.
const PATIENCE: TimeDelta = TimeDelta::seconds(5);

/// Takes a snapshot and prunes nothing; returns also what forced a name ahead of the clock. If a restore is
/// done before the snapshot gets its name, the snapshot is taken again, so that its stamp is never later than a
/// restore that it does not contain.
pub(crate) fn capture(
    database: &Database,
    profile: &Profile,
    store: &Store,
    kind: Kind,
    now: DateTime<Utc>,
    on: OnProgress<'_>,
) -> Result<(Snapshot, Option<StampAhead>)> {
    // Read first, so that a database that cannot be read leaves no folder behind.
    database.schema(profile)?;
    let (mut stamp, mut overtaken) = (Stamp::at(now), 0);
    while overtaken < ATTEMPTS {
        let restores = store.restores_done();
        let Some((draft, note)) = written(database, profile, store, kind, on)? else {
            overtaken += 1;
            continue;
        };
        let lock = store.lock_restores(profile.busy_timeout, on)?;
        if store.restores_done() != restores {
            overtaken += 1;
            continue;
        }
        // The application starts from the last periodic snapshot in the order of names.
        let (free, forced_by) = match kind {
            Kind::Rewind => (stamp, None),
            Kind::Periodic => store.next_plain(kind, stamp)?,
        };
        let is_ahead = free.time() - stamp.time() > PATIENCE;
        if (free == stamp || is_ahead)
            && let Some(snapshot) = draft.publish(free, &note)?
        {
            let name = Id::plain(kind, free);
            let ahead = forced_by.map(|forced_by| StampAhead { name, forced_by });
            return Ok((snapshot, ahead));
        }
        drop(lock);
        // Another snapshot has this second, or a name that comes after it.
        stamp = stamp.next().unwrap_or(stamp);
        // Wait for the next second: a stamp ahead of the clock would be later than the state of live.
        thread::sleep(Duration::from_secs(1));
    }
    Err(Error::ChangedWhileRead {
        path: database.path().to_owned(),
    })
}

/// Writes live into a draft; returns it with its note, or `None` if live has changed since it was
/// compared with the checkpoint.
fn written(
    database: &Database,
    profile: &Profile,
    store: &Store,
    kind: Kind,
    on: OnProgress<'_>,
) -> Result<Option<(SnapshotDraft, Note)>> {
    let version = database.version()?;
    let cold_load = ColdLoad::of(database, profile, store, on)?;
    cold_load.refuse_doubt()?;
    database.reading(|| {
        if cold_load.is_of_live() && database.version()? != version {
            return Ok(None);
        }
        let mut note = cold_load.note(database.last_event_id(profile)?);
        let dump = Dump {
            database,
            profile,
            last_event_id: cold_load.begins(database, profile)?,
            stage: Stage::Writing,
        };
        let draft = dump.write(store.draft(kind)?, on)?;
        if kind == Kind::Periodic {
            note.unloadable = Contents::unloadable(draft.path(), profile)?;
        }
        Ok(Some((draft, note)))
    })
}

/// Writes all of live as a snapshot's bytes. The caller holds a transaction.
pub(crate) struct Dump<'a> {
    pub(crate) database: &'a Database,
    pub(crate) profile: &'a Profile,
    /// The last event that the tables contain: the next start replays what follows it.
    pub(crate) last_event_id: i64,
    pub(crate) stage: Stage,
}

impl Dump<'_> {
    /// Writes a snapshot of live into a draft.
    pub(crate) fn write(&self, draft: SnapshotDraft, on: OnProgress<'_>) -> Result<SnapshotDraft> {
        draft.follow(self.database.path())?;
        let checksum = self.write_file(draft.atomic_file(), on)?;
        let script = self.database.script()?;
        Ok(draft
            .with_checksum(Some(checksum))
            .with_schema(&script, self.database.path()))
    }

    /// Writes a snapshot of live into a file; returns its checksum.
    pub(crate) fn write_file(&self, file: &AtomicFile, on: OnProgress<'_>) -> Result<Checksum> {
        let schema = self.database.schema(self.profile)?;
        let ((), checksum) = write_behind(file.file(), file.path(), |out| {
            let writer = &mut Writer::new(out, self.last_event_id);
            let log = self.profile.log.as_ref().zip(schema.log.as_ref());
            let log = log.map(|(log, table)| (&log.table, Some(Select::log(table, log))));
            let others = schema.tables.iter();
            let others = others.map(|(name, table)| (name, table.as_ref().map(Select::all)));
            let tables: Vec<_> = log.into_iter().chain(others).collect();
            let estimates = tables
                .iter()
                .map(|(_, select)| self.estimate(select.as_ref()));
            let estimates = estimates.collect::<Result<Vec<u64>>>()?;
            let forecast = &mut Forecast::new(&estimates);
            let mut steady = forecast.steady();
            let on_bytes = &mut |bytes| report(on, self.stage, bytes, steady.total(bytes));
            for ((name, select), estimate) in tables.into_iter().zip(estimates) {
                forecast.begin_table(estimate, writer.written());
                writer.begin_table(name);
                if let Some(select) = select {
                    let table = &select.table.name;
                    let ascending = self.database.ascending(&select)?;
                    let rows = |rows: PrefetchedRows<'_>, on_bytes: OnBytes<'_>| {
                        write(rows, ascending, writer, forecast, on_bytes)
                    };
                    let written = self.database.with_prefetched_rows(select, on_bytes, rows)?;
                    self.database.refuse_other_index(table, written)?;
                }
                writer.end_table();
            }
            writer.finish()
        })?;
        Ok(checksum)
    }

    /// Returns an upper bound of a table's rows; 0 if unknown.
    fn estimate(&self, select: Option<&Select<'_>>) -> Result<u64> {
        let Some(Select { table, .. }) = select else {
            return Ok(0);
        };
        let order = self.database.order(&table.name)?;
        self.database.max_rows(&table.name, &order)
    }
}

fn write(
    mut rows: PrefetchedRows<'_>,
    mut ascending: Option<Ascending<'_>>,
    writer: &mut Writer<'_>,
    forecast: &mut Forecast,
    on_bytes: OnBytes<'_>,
) -> Result<u64> {
    let written = Cell::new(0);
    let mut on_bytes = |bytes| {
        forecast.update(written.get(), bytes);
        on_bytes(bytes)
    };
    let mut throttle = Throttle::new(&mut on_bytes);
    while writer.row(|buffer| rows.encode_next(buffer))? {
        if let Some(ascending) = &mut ascending {
            ascending.row(rows.value_ref(ascending.column))?;
        }
        written.set(written.get() + 1);
        throttle.row(writer.written())?;
    }
    forecast.end_table(written.get());
    Ok(written.get())
}
