//! Applying a plan: the guard, the changes, the proof, the checkpoint, the commit.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{RestorePlan, TablePlan, Work};
use crate::core::{
    db::{Access, Changer, Database, Outcome, Violation},
    diff::{Live, TableDiff},
    error::{Error, Result},
    note::Note,
    progress::{OnProgress, Stage, tell},
    snapshot::{Contents, Kind, Snapshot, Stamp},
    spool::{Change, Spool},
    store::{Draft, Store},
    take::Dump,
};

/// What a restore leaves behind to be safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safety {
    /// Whether live is kept as a guard before anything changes.
    pub guard: bool,
    /// Whether the next cold load is given the restored state to start from.
    pub checkpoint: bool,
}

impl Default for Safety {
    fn default() -> Self {
        Self {
            guard: true,
            checkpoint: true,
        }
    }
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The id of the last event that the snapshot captured.
    pub last_event_id: i64,
    /// Live as it was before; nothing where nothing had to change.
    pub guard: Option<Snapshot>,
    /// Where the next cold load starts from.
    pub checkpoint: Option<Snapshot>,
    /// What was changed in each table.
    pub tables: Vec<TableChanges>,
}

/// How many rows of one table were changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableChanges {
    /// The table.
    pub name: String,
    /// Rows that came.
    pub added: u64,
    /// Rows whose values changed.
    pub changed: u64,
    /// Rows that went.
    pub removed: u64,
}

impl From<&TableDiff> for TableChanges {
    fn from(diff: &TableDiff) -> Self {
        let TableDiff {
            added,
            changed,
            removed,
            ..
        } = *diff;
        Self {
            name: diff.table.name.clone(),
            added,
            changed,
            removed,
        }
    }
}

impl RestorePlan {
    /// Does what the plan says, or leaves live as it was and says why.
    pub fn apply(
        self,
        store: &Store,
        safety: Safety,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Result<Restored> {
        let guard = if safety.guard && !self.is_empty() {
            Some(self.guard(store, now, on)?)
        } else {
            None
        };
        let tables = self
            .tables
            .iter()
            .map(|table| TableChanges::from(&table.diff))
            .collect();
        let last_event_id = self.last_event_id;
        match self.change(store, safety, on) {
            Ok(draft) => {
                let checkpoint = draft.map(|draft| publish(draft, store, now)).transpose();
                let checkpoint = checkpoint.map_err(|error| Error::Checkpoint {
                    source: Box::new(error),
                })?;
                Ok(Restored {
                    last_event_id,
                    guard,
                    checkpoint,
                    tables,
                })
            }
            Err(error) => {
                // Live is what the guard holds, so nobody needs it.
                if let Some(guard) = guard {
                    Store::delete(&guard.path)?;
                }
                Err(error)
            }
        }
    }

    /// Takes a rewind snapshot of live as it was when the plan was made.
    fn guard(&self, store: &Store, now: DateTime<Utc>, on: OnProgress<'_>) -> Result<Snapshot> {
        let draft = store.draft(Kind::Rewind)?;
        let (database, profile) = (&self.database, &self.profile);
        let draft = database.reading(|| {
            self.refuse_stale()?;
            Dump {
                database,
                profile,
                last_event_id: None,
                stage: Stage::Guard,
            }
            .write(draft, on)
        })?;
        let mut guard = draft.publish(Stamp::at(now))?;
        guard.note = Note {
            guards: Some(self.snapshot.name()),
            ..Note::default()
        };
        guard.note.write(&guard.path)?;
        Ok(guard)
    }

    fn refuse_stale(&self) -> Result<()> {
        if self.database.version()? != self.version {
            return Err(Error::Stale {
                what: self.database.path().display().to_string(),
            });
        }
        let stale = |_| Error::Stale {
            what: self.contents.path().display().to_string(),
        };
        self.contents.unchanged().map_err(stale)
    }

    /// Changes live and gives the checkpoint that is to be published.
    fn change(
        mut self,
        store: &Store,
        safety: Safety,
        on: OnProgress<'_>,
    ) -> Result<Option<Draft>> {
        let path = self.database.path();
        let live = Database::open(path, Access::Write, self.profile.busy_timeout)?;
        match live.writing(|| self.change_within(&live, store, safety, on)) {
            // The triggers of a full-text index that was wrong before stumble over it.
            Err(Error::FullText { .. }) => live.writing(|| {
                make_full_text_sound(&live)?;
                self.change_within(&live, store, safety, on)
            }),
            result => result,
        }
    }

    /// Changes live within a transaction.
    fn change_within(
        &mut self,
        live: &Database,
        store: &Store,
        safety: Safety,
        on: OnProgress<'_>,
    ) -> Result<Option<Draft>> {
        self.refuse_stale()?;
        let profile = &self.profile;
        let schema = live.schema(profile)?;
        let side = Live {
            database: live,
            profile,
            schema: &schema,
            up_to: None,
        };
        if !self.tables.iter().all(|table| table.diff.is_empty()) {
            let sound = live.foreign_key_violations()?;
            change_and_prove(side, &self.contents, &mut self.tables, on)?;
            make_full_text_sound(live)?;
            refuse_new_violations(live, &sound)?;
        }
        if !safety.checkpoint {
            return Ok(None);
        }
        let dump = Dump {
            database: live,
            profile,
            last_event_id: Some(self.last_event_id),
            stage: Stage::Checkpoint,
        };
        dump.write(store.draft(Kind::Periodic)?, on).map(Some)
    }
}

/// Names the checkpoint so that it is the newest periodic snapshot, also where a wrong clock has
/// named another in the future.
fn publish(draft: Draft, store: &Store, now: DateTime<Utc>) -> Result<Snapshot> {
    let now = Stamp::at(now);
    let newest = store
        .list(&[Kind::Periodic])?
        .into_iter()
        .filter_map(|snapshot| Some(snapshot.id?.stamp))
        .max();
    draft.publish(
        newest
            .filter(|newest| *newest > now)
            .map_or(now, Stamp::next),
    )
}

/// Changes what differs, and compares again until nothing does. A trigger may undo a change or make
/// others; what it did is changed back, but not for ever.
fn change_and_prove(
    live: Live<'_>,
    contents: &Contents,
    tables: &mut [TablePlan],
    on: OnProgress<'_>,
) -> Result<()> {
    const PASSES: usize = 3;
    let mut diffs: Vec<TableDiff> = Vec::new();
    for pass in 0..PASSES {
        let planned = tables.iter_mut().map(|table| &mut table.diff);
        let mut wrong: Vec<_> = if pass == 0 {
            planned.collect()
        } else {
            diffs.iter_mut().collect()
        };
        change_rows(live.database, &mut wrong, on)?;
        let mut work = Work::new(tables.iter().map(|table| &table.shape), contents);
        let prove =
            |table: &TablePlan| work.compare(live, &table.shape, contents, Stage::Proving, on);
        diffs = tables.iter().map(prove).collect::<Result<_>>()?;
        if diffs.iter().all(TableDiff::is_empty) {
            return Ok(());
        }
    }
    let unequal = diffs
        .iter()
        .find(|diff| !diff.is_empty())
        .expect("not all are empty");
    Err(unequal_after(live.database, &diffs, &unequal.table.name))
}

fn unequal_after(live: &Database, diffs: &[TableDiff], table: &str) -> Error {
    let triggers = diffs
        .iter()
        .flat_map(|diff| live.triggers(&diff.table.name).unwrap_or_default());
    let triggers: Vec<String> = triggers.collect();
    let cause = if triggers.is_empty() {
        String::new()
    } else {
        format!(", which a trigger may cause ({})", triggers.join(", "))
    };
    Error::Unequal {
        table: table.to_owned(),
        cause,
    }
}

/// Rows go, change, and come, in this order over all tables: then a unique index never meets a value
/// that is still to go, but for values that changed rows exchange; such a row goes and comes again.
fn change_rows(live: &Database, diffs: &mut [&mut TableDiff], on: OnProgress<'_>) -> Result<()> {
    let total = diffs
        .iter()
        .map(|diff| diff.added + diff.changed + diff.removed)
        .sum();
    let mut done = 0_u64;
    let mut count = |on: OnProgress<'_>| {
        done += 1;
        if done.is_multiple_of(256) {
            tell(on, Stage::Applying, done, total)
        } else {
            Ok(())
        }
    };
    for diff in diffs.iter_mut() {
        let changer = Changer::new(live, &diff.table);
        diff.changes.for_each(|change| match change {
            Change::Removed(record) => changer.remove(&record).and_then(|()| count(on)),
            _ => Ok(()),
        })?;
    }
    for diff in diffs.iter_mut() {
        let changer = Changer::new(live, &diff.table);
        let mut exchanged = Spool::new(&diff.table);
        diff.changes.for_each(|change| {
            let Change::Changed { from, to } = change else {
                return Ok(());
            };
            if changer.update(&from, &to)? == Outcome::Taken {
                changer.remove(&from)?;
                exchanged.push(&Change::Added(to))?;
            }
            count(on)
        })?;
        let mut insert = |change| match change {
            Change::Added(record) => changer.insert(&record).and_then(|()| count(on)),
            _ => Ok(()),
        };
        exchanged.for_each(&mut insert)?;
        diff.changes.for_each(insert)?;
    }
    Ok(())
}

/// Checks every full-text index, and makes those anew that their triggers did not keep in step.
fn make_full_text_sound(live: &Database) -> Result<()> {
    for table in live.full_text_tables()? {
        let sound = live.full_text_check(&table).or_else(|_| {
            live.full_text_rebuild(&table)?;
            live.full_text_check(&table)
        });
        sound.map_err(|message| Error::FullText { table, message })?;
    }
    Ok(())
}

fn refuse_new_violations(live: &Database, before: &BTreeMap<Violation, u64>) -> Result<()> {
    let after = live.foreign_key_violations()?;
    let is_new = |(violation, count): &(&Violation, &u64)| before.get(violation) < Some(count);
    let Some((new, _)) = after.iter().find(is_new) else {
        return Ok(());
    };
    let Violation {
        table,
        rowid,
        parent,
        ..
    } = new;
    let row = rowid.map_or_else(
        || "a row".to_owned(),
        |rowid| format!("the row with rowid {rowid}"),
    );
    Err(Error::ForeignKey {
        what: format!("{row} of table {table} would refer to a row of {parent} that is not there"),
    })
}
