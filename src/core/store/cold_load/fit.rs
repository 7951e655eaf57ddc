//! Whether a snapshot fits a log: the log has exactly the events that made the snapshot's tables.

use crate::core::{
    base::{
        error::Result,
        event::{Event, EventStatus},
        profile::{Log, Profile},
        progress::OnProgress,
        row::Table,
    },
    compare::{
        change_spool::Change,
        diff::{Difference, Side, TableDiff},
    },
    db::Database,
    file::snapshot::Contents,
};

/// How the active events up to a snapshot's `last_event_id` compare with a log's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fit {
    /// Active events of the snapshot that are not active in the log: the tables hold their rows.
    pub rewound: u64,
    /// Active events of the log that are not active in the snapshot: the tables lack their rows.
    pub missing: u64,
    /// Events that are active in both but differ.
    pub edited: u64,
}

impl Fit {
    /// Compares a snapshot with live's log. Fails if the database or the snapshot cannot be read.
    pub fn of(
        contents: &Contents,
        database: &Database,
        profile: &Profile,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        Self::with(contents, Side::Live(database), database, profile, on)
    }

    /// Compares a snapshot with the log of a side; the keys are those of live.
    pub(crate) fn with(
        contents: &Contents,
        to: Side<'_>,
        database: &Database,
        profile: &Profile,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let Some(log) = &profile.log else {
            return Ok(Self::default());
        };
        let from = Side::Snapshot(contents);
        let only = [log.table.clone()];
        let difference = Difference::compute(from, to, profile, Some(database), &only, on)?;
        let mut fit = Self::default();
        for diff in &difference.tables {
            diff.for_each(|change| {
                fit.count(&change, diff, log, contents.last_event_id());
                Ok(())
            })?;
        }
        Ok(fit)
    }

    /// Returns whether the snapshot's tables are what the log produces up to its `last_event_id`.
    pub fn fits(self) -> bool {
        self == Self::default()
    }

    fn count(&mut self, change: &Change, diff: &TableDiff, log: &Log, up_to: i64) {
        let table = &diff.table;
        let is_active = |row| {
            let event = Event::of(row, table, log);
            event.status == EventStatus::Active && event.id <= up_to
        };
        match change {
            Change::Removed(row) => self.rewound += u64::from(is_active(row)),
            Change::Added(row) => self.missing += u64::from(is_active(row)),
            Change::Changed { from, to } => match (is_active(from), is_active(to)) {
                (true, false) => self.rewound += 1,
                (false, true) => self.missing += 1,
                (true, true) => {
                    let mut changed = from.changed_columns(to);
                    self.edited += u64::from(changed.any(|index| !is_flag(table, index, log)));
                }
                (false, false) => {}
            },
        }
    }
}

/// Returns whether a column is a flag, which only says whether an event counts.
fn is_flag(table: &Table, index: usize, log: &Log) -> bool {
    let name = &table.columns[index];
    log.flags().any(|flag| flag.eq_ignore_ascii_case(name))
}
