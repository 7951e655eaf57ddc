//! Taking a snapshot of live: one read transaction, one pass, one file that appears whole.

mod forecast;

use std::{cell::Cell, path::PathBuf, thread, time::Duration};

use chrono::{DateTime, Utc};

use crate::core::{
    actions::prune::{PrunePlan, Retention},
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::{OnProgress, Stage, Throttle, report},
    },
    compare::exclusive_rows::ExclusiveRows,
    db::{Database, OnBytes, PrefetchedRows, Select},
    file::{
        json::{Writer, write_behind},
        note::Note,
        snapshot::{Kind, Snapshot, Stamp},
    },
    store::{SnapshotDraft, Store, cold_load::ColdLoad},
};
use forecast::Forecast;

/// What a take did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The new snapshot.
    pub snapshot: Snapshot,
    /// The periodic snapshots that the policy deleted afterwards.
    pub pruned: Vec<PathBuf>,
    /// What only these held.
    pub lost: ExclusiveRows,
}

/// Takes a snapshot; after a periodic one, prunes the periodic ones by policy, as the service does.
pub fn take(
    database: &Database,
    profile: &Profile,
    store: &Store,
    kind: Kind,
    now: DateTime<Utc>,
    on: OnProgress<'_>,
) -> Result<Taken> {
    let snapshot = capture(database, profile, store, kind, now, on)?;
    // It may have waited for a second that was free.
    let now = now.max(snapshot.taken_at());
    let (mut pruned, mut lost) = (Vec::new(), ExclusiveRows::default());
    if kind == Kind::Periodic {
        let retention = Retention::of(kind, profile);
        let mut prune = || {
            let all = store.list(&Kind::ALL)?;
            let plan = PrunePlan::by_retention(&all, kind, retention, now);
            // Where live's file is corrupt the older snapshots may be all there is.
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
    })
}

/// Where events await replay, live is compared with its checkpoint before it is written. An application that
/// writes all the while is tried so often.
const ATTEMPTS: usize = 5;

/// Takes a snapshot and prunes nothing. It is of a moment that its stamp names, and of no time before a
/// restore that is done when it gets its name: else it is taken again.
pub(crate) fn capture(
    database: &Database,
    profile: &Profile,
    store: &Store,
    kind: Kind,
    now: DateTime<Utc>,
    on: OnProgress<'_>,
) -> Result<Snapshot> {
    // A database that cannot be taken leaves no folder behind.
    database.schema(profile)?;
    let (mut stamp, mut overtaken) = (Stamp::at(now), 0);
    while overtaken < ATTEMPTS {
        let restores = store.restores_done();
        let Some((draft, note)) = written(database, profile, store, kind, on)? else {
            overtaken += 1;
            continue;
        };
        let lock = store.lock_restores(on)?;
        if store.restores_done() != restores {
            overtaken += 1;
            continue;
        }
        if let Some(snapshot) = draft.publish(stamp, &note)? {
            return Ok(snapshot);
        }
        drop(lock);
        // Another has this second.
        stamp = stamp.next();
        thread::sleep(Duration::from_secs(1));
    }
    Err(Error::Stale {
        what: database.path().display().to_string(),
    })
}

/// Writes live, with the note that goes with it; nothing if live has changed since it was compared with what
/// awaits replay.
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
        let note = cold_load.note(database.last_event_id(profile)?);
        let dump = Dump {
            database,
            profile,
            last_event_id: cold_load.begins(database, profile)?,
            stage: Stage::Writing,
        };
        let draft = dump.write(store.draft(kind)?, on)?;
        Ok(Some((draft, note)))
    })
}

/// The whole of live, as a snapshot's bytes. The caller holds a transaction.
pub(crate) struct Dump<'a> {
    pub(crate) database: &'a Database,
    pub(crate) profile: &'a Profile,
    /// The event at which the tables stand: the next start replays what follows it.
    pub(crate) last_event_id: i64,
    pub(crate) stage: Stage,
}

impl Dump<'_> {
    /// Writes a snapshot of live into a draft.
    pub(crate) fn write(&self, draft: SnapshotDraft, on: OnProgress<'_>) -> Result<SnapshotDraft> {
        draft.follow(self.database.path())?;
        let schema = self.database.schema(self.profile)?;
        let ((), checksum) = write_behind(draft.file(), draft.path(), |out| {
            let writer = &mut Writer::new(out, self.last_event_id);
            let log = self.profile.log.as_ref().zip(schema.log.as_ref());
            let log = log.map(|(log, table)| (&log.table, Some(Select::log(table, log))));
            let others = schema.tables.iter();
            let others = others.map(|(name, table)| (name, table.as_ref().map(Select::all)));
            let tables: Vec<_> = log.into_iter().chain(others).collect();
            let abouts = tables.iter().map(|(_, select)| self.about(select.as_ref()));
            let abouts = abouts.collect::<Result<Vec<u64>>>()?;
            let forecast = &mut Forecast::new(&abouts);
            let mut steady = forecast.steady();
            let on_bytes = &mut |bytes| report(on, self.stage, bytes, steady.total(bytes));
            for ((name, select), about) in tables.into_iter().zip(abouts) {
                forecast.enter(about, writer.written());
                writer.begin_table(name);
                if let Some(select) = select {
                    let table = &select.table.name;
                    let rows = |rows: &mut PrefetchedRows<'_>, on_bytes: OnBytes<'_>| {
                        write(rows, writer, forecast, on_bytes)
                    };
                    let written = self.database.with_rows_ahead(select, on_bytes, rows)?;
                    self.database.refuse_other_index(table, written)?;
                }
                writer.end_table();
            }
            writer.finish()
        })?;
        let script = self.database.script()?;
        Ok(draft
            .with_checksum(Some(checksum))
            .with_schema(&script, self.database.path()))
    }

    /// About how many rows there are to write of a table.
    fn about(&self, select: Option<&Select<'_>>) -> Result<u64> {
        let Some(Select { table, .. }) = select else {
            return Ok(0);
        };
        let order = self.database.order(&table.name)?;
        self.database.about_count(&table.name, &order)
    }
}

fn write(
    rows: &mut PrefetchedRows<'_>,
    writer: &mut Writer<'_>,
    forecast: &mut Forecast,
    on_bytes: OnBytes<'_>,
) -> Result<u64> {
    let written = Cell::new(0);
    let mut on_bytes = |bytes| {
        forecast.heed(written.get(), bytes);
        on_bytes(bytes)
    };
    let mut pulse = Throttle::new(&mut on_bytes);
    while writer.row(|buffer| rows.encode_next(buffer))? {
        written.set(written.get() + 1);
        pulse.row(writer.written())?;
    }
    forecast.leave(written.get());
    Ok(written.get())
}
