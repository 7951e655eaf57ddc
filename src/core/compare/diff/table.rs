//! The difference in one table: how many rows differ, and the rows.

use std::ops::ControlFlow;

use crate::core::{
    base::{error::Result, row::Table},
    compare::{
        change_spool::{Change, ChangeKind, Changes},
        event_diff::EventDiff,
        schema_diff::SchemaDiff,
    },
};

/// The difference in one table. Clones share the changes.
#[derive(Clone, Debug)]
pub struct TableDiff {
    /// The columns that were compared, and the key.
    pub table: Table,
    /// The columns that only one side has, which were not compared.
    pub schema_diff: SchemaDiff,
    /// Rows that only the `to` side has.
    pub added: u64,
    /// Rows that both sides have with different values.
    pub changed: u64,
    /// Rows that only the `from` side has.
    pub removed: u64,
    pub(crate) changes: Changes,
    /// What happened to the events, if the table was compared as the event log.
    pub(crate) events: Option<EventDiff>,
}

impl TableDiff {
    pub(super) fn new(table: &Table, changes: Changes) -> Self {
        let count = |kind| changes.count(Some(kind));
        Self {
            table: table.clone(),
            schema_diff: SchemaDiff::default(),
            added: count(ChangeKind::Added),
            changed: count(ChangeKind::Changed),
            removed: count(ChangeKind::Removed),
            changes,
            events: None,
        }
    }

    /// Returns whether both sides are the same.
    pub fn is_empty(&self) -> bool {
        self.added + self.changed + self.removed == 0
    }

    /// Returns the number of changes of this kind, or of all.
    pub fn count(&self, kind: Option<ChangeKind>) -> u64 {
        self.changes.count(kind)
    }

    /// Calls `each` for every change. Fails if a change cannot be read, or `each` fails.
    pub fn for_each(&self, each: impl FnMut(Change) -> Result<()>) -> Result<()> {
        self.changes.for_each(each)
    }

    /// Calls `each` for the changes of one kind; the others are not decoded.
    pub(crate) fn each_of(
        &self,
        kind: ChangeKind,
        mut each: impl FnMut(Change) -> Result<()>,
    ) -> Result<()> {
        let each = |_, change| each(change).map(ControlFlow::Continue);
        self.changes.each_from(Some(kind), 0, each)
    }

    /// Calls `each` for the changes of one kind, or for all, starting at index `from`, with the
    /// index of each, until it breaks. Fails if a change cannot be read, or `each` fails.
    pub fn each_from(
        &self,
        kind: Option<ChangeKind>,
        from: u64,
        each: impl FnMut(u64, Change) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.changes.each_from(kind, from, each)
    }

    /// Returns the difference with these changes instead.
    pub(crate) fn with_changes(&self, changes: Changes) -> Self {
        Self {
            schema_diff: self.schema_diff.clone(),
            events: self.events.clone(),
            ..Self::new(&self.table, changes)
        }
    }
}
