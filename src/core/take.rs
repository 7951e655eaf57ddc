//! Taking a snapshot of live: one read transaction, one pass, one file that appears whole.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{
    db::{Database, Select},
    error::{Error, Result},
    json::{Writer, write_behind},
    profile::Profile,
    progress::{OnProgress, Pulse, Stage, tell},
    prune::{PrunePlan, Retention},
    snapshot::{Kind, Snapshot, Stamp},
    store::{SnapshotDraft, Store},
};

/// What a take did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The new snapshot.
    pub snapshot: Snapshot,
    /// The periodic snapshots that the policy deleted afterwards.
    pub pruned: Vec<PathBuf>,
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
    let mut pruned = Vec::new();
    if kind == Kind::Periodic {
        let retention = Retention::of(kind, profile);
        let plan = store
            .list(&Kind::ALL)
            .map(|all| PrunePlan::by_retention(&all, kind, retention, now));
        let taken = snapshot.name();
        pruned = plan
            .and_then(|plan| plan.apply(on))
            .map_err(|error| Error::NotPruned {
                taken,
                source: Box::new(error),
            })?;
    }
    Ok(Taken { snapshot, pruned })
}

/// Takes a snapshot and prunes nothing.
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
    let draft = store.draft(kind)?;
    let draft = database.reading(|| {
        Dump {
            database,
            profile,
            last_event_id: None,
            stage: Stage::Writing,
        }
        .write(draft, on)
    })?;
    draft.publish(Stamp::at(now), None)
}

/// The whole of live, as a snapshot's bytes. The caller holds a transaction.
pub(crate) struct Dump<'a> {
    pub(crate) database: &'a Database,
    pub(crate) profile: &'a Profile,
    /// Where the next cold load is to go on from, if not after the log's last event.
    pub(crate) last_event_id: Option<i64>,
    pub(crate) stage: Stage,
}

impl Dump<'_> {
    /// Writes a snapshot of live into a draft.
    pub(crate) fn write(&self, draft: SnapshotDraft, on: OnProgress<'_>) -> Result<SnapshotDraft> {
        let schema = self.database.schema(self.profile)?;
        let last = match self.last_event_id {
            Some(id) => id,
            None => self.database.last_event_id(self.profile)?,
        };
        let ((), checksum) = write_behind(draft.file(), draft.path(), |out| {
            let writer = &mut Writer::new(out, last);
            if let (Some(table), Some(log)) = (&schema.log, &self.profile.log) {
                self.table(writer, &log.table, Some(Select::log(table, log)), on)?;
            }
            for (name, table) in &schema.tables {
                self.table(writer, name, table.as_ref().map(Select::all), on)?;
            }
            writer.finish()
        })?;
        Ok(draft.with_checksum(Some(checksum)))
    }

    fn table(
        &self,
        writer: &mut Writer<'_>,
        name: &str,
        select: Option<Select<'_>>,
        on: OnProgress<'_>,
    ) -> Result<()> {
        writer.begin_table(name);
        if let Some(select) = select {
            let mut told = |bytes| tell(on, self.stage, bytes, self.database.size());
            self.database
                .with_rows_ahead(select, &mut told, |rows, told| {
                    let mut pulse = Pulse::new(told);
                    while writer.row(|buffer| rows.encode_next(buffer))? {
                        pulse.row(writer.written())?;
                    }
                    Ok(())
                })?;
        }
        writer.end_table();
        Ok(())
    }
}
