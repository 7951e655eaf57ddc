//! The rows that a restore of rows changes: which changes of a difference it makes, and what it
//! leaves as it is.

use std::collections::{BTreeMap, HashSet};

use twox_hash::XxHash3_128;

use super::Existing;
use crate::core::{
    base::{
        error::Result,
        row::{Key, Row, Table},
    },
    compare::{
        change_spool::{Change, ChangeSpool},
        diff::TableDiff,
    },
    file::json::RowEncoder,
};

/// Which changes of each table a restore of rows makes.
#[derive(Debug)]
pub(super) struct Selection {
    existing: Existing,
    tables: BTreeMap<String, SelectedRows>,
}

/// The rows of one table.
#[derive(Debug, Default)]
pub(super) struct SelectedRows {
    /// Whether every row that live lacks is selected.
    pub(super) every_missing: bool,
    /// The rows that the user chose.
    pub(super) chosen: HashSet<Key>,
    /// Rows that chosen ones refer to, or that refer to them: only inserted.
    pub(super) related: HashSet<Key>,
    /// Rows that cannot be inserted beside those of live.
    pub(super) refused: HashSet<Key>,
    /// What stays as it is, in the plan's difference.
    rest: Rest,
}

/// The changes that a restore of rows does not make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rest {
    /// Rows with the key of a selected table's row and other content, which stay as in live.
    pub(super) changed: u64,
    /// A sum of hashes, so that their order does not matter.
    hash: u128,
}

impl Selection {
    pub(super) fn new(existing: Existing) -> Self {
        Self {
            existing,
            tables: BTreeMap::new(),
        }
    }

    /// Returns the selected rows of a table.
    pub(super) fn of(&mut self, table: &str) -> &mut SelectedRows {
        self.tables.entry(table.to_owned()).or_default()
    }

    /// Returns the tables with selected rows, by name.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&str, &SelectedRows)> {
        self.tables.iter().map(|(name, rows)| (&**name, rows))
    }

    /// Returns whether the restore makes a change of a table.
    pub(super) fn has(&self, table: &Table, change: &Change) -> bool {
        let Some(rows) = self.tables.get(&table.name) else {
            return false;
        };
        let key = |row: &Row| Key::of(row, table);
        match change {
            Change::Added(to) => {
                let key = key(to);
                let is_selected =
                    rows.every_missing || rows.chosen.contains(&key) || rows.related.contains(&key);
                is_selected && !rows.refused.contains(&key)
            }
            Change::Changed { to, .. } => {
                self.existing != Existing::Keep && rows.chosen.contains(&key(to))
            }
            Change::Removed(from) => {
                self.existing == Existing::Revert && rows.chosen.contains(&key(from))
            }
        }
    }

    /// Returns whether the user chose a row, alone or with all that live lacks.
    pub(super) fn means(&self, table: &Table, row: &Row) -> bool {
        let rows = self.tables.get(&table.name);
        rows.is_some_and(|rows| rows.every_missing || rows.chosen.contains(&Key::of(row, table)))
    }

    /// Returns whether it is decided what happens to a row that live lacks.
    pub(super) fn knows(&self, table: &str, key: &Key) -> bool {
        self.tables.get(table).is_some_and(|rows| {
            let mut sets = [&rows.chosen, &rows.related, &rows.refused].into_iter();
            rows.every_missing || sets.any(|set| set.contains(key))
        })
    }

    /// Narrows the differences of a plan to the selected changes, and remembers the others.
    pub(super) fn narrow(&mut self, diffs: &[TableDiff]) -> Result<Vec<TableDiff>> {
        let mut narrowed = Vec::new();
        for diff in diffs {
            let (diff, rest) = self.split(diff)?;
            self.of(&diff.table.name).rest = rest;
            narrowed.push(diff);
        }
        Ok(narrowed)
    }

    /// Returns the selected changes that are still to be made, or the name of a table in which another
    /// row has changed since the plan.
    pub(super) fn left(
        &self,
        diffs: &[TableDiff],
    ) -> Result<std::result::Result<Vec<TableDiff>, String>> {
        let mut left = Vec::new();
        for diff in diffs {
            let (narrowed, rest) = self.split(diff)?;
            let expected = self.tables.get(&diff.table.name).map(|rows| &rows.rest);
            if expected != Some(&rest) {
                return Ok(Err(diff.table.name.clone()));
            }
            left.push(narrowed);
        }
        Ok(Ok(left))
    }

    /// Returns the selected changes of a table, and a summary of the others.
    fn split(&self, diff: &TableDiff) -> Result<(TableDiff, Rest)> {
        let (mut spool, mut rest) = (ChangeSpool::new(&diff.table), Rest::default());
        let (encoder, mut bytes) = (RowEncoder::new(&diff.table.columns), Vec::new());
        diff.for_each(|change| {
            if self.has(&diff.table, &change) {
                return spool.push(&change);
            }
            bytes.clear();
            let (from, to) = match &change {
                Change::Added(to) => (None, Some(to)),
                Change::Removed(from) => (Some(from), None),
                Change::Changed { from, to } => {
                    rest.changed += u64::from(self.means(&diff.table, to));
                    (Some(from), Some(to))
                }
            };
            for row in [from, to] {
                match row {
                    Some(row) => encoder.row(&mut bytes, row),
                    None => bytes.push(0),
                }
            }
            rest.hash = rest.hash.wrapping_add(XxHash3_128::oneshot(&bytes));
            Ok(())
        })?;
        Ok((diff.with_changes(spool.finish()?), rest))
    }
}

impl SelectedRows {
    /// Returns how many rows stay as in live although the snapshot has other values.
    pub(super) fn left_alone(&self) -> u64 {
        self.rest.changed
    }
}
