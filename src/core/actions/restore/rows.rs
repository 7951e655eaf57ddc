//! Plans a restore of rows: finds the chosen rows, adds those that they need or that need them, and
//! leaves out those that live has no place for.

mod related;

use std::collections::HashSet;

use super::{
    Dangling, Dependents, Existing, Parents, RestoreOptions, RowOf,
    references::OrphanRows,
    rehearsal::{RefusedRow, Rehearsal, Unwritten},
    selection::Selection,
    target::Target,
};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::OnProgress,
        record::{Key, Record, RowKey, Table},
    },
    compare::{change_spool::Change, diff::TableDiff, schema_diff::Shape},
    db::Reference,
};
use related::{Frontier, Related};

/// What a plan changes, and what would go wrong.
pub(super) struct Rehearsed {
    pub(super) tables: Vec<TableDiff>,
    pub(super) shapes: Vec<Shape>,
    pub(super) unwritten: Vec<Unwritten>,
    pub(super) orphans: OrphanRows,
    /// Rows that are left out.
    pub(super) refused: Vec<RefusedRow>,
    /// The rows to change; `None` for all.
    pub(super) selection: Option<Selection>,
}

impl Target<'_> {
    /// Selects the rows of a restore of rows from the differences of the chosen tables.
    pub(super) fn select(
        &self,
        options: &RestoreOptions,
        tables: Vec<TableDiff>,
        shapes: Vec<Shape>,
        on: OnProgress<'_>,
    ) -> Result<Rehearsed> {
        let mut rows = Rows {
            target: *self,
            options,
            references: self.database.foreign_keys()?,
            tables,
            shapes,
            selection: Selection::new(options.existing),
            refused: Vec::new(),
        };
        rows.choose()?;
        if options.dependents == Dependents::Insert {
            rows.add(Related::Dependents, on)?;
        }
        if options.parents == Parents::Insert {
            rows.add(Related::Parents, on)?;
        }
        rows.rehearsed(on)
    }
}

/// A restore of rows that is being planned.
struct Rows<'a> {
    target: Target<'a>,
    options: &'a RestoreOptions,
    references: Vec<Reference>,
    /// The whole differences.
    tables: Vec<TableDiff>,
    shapes: Vec<Shape>,
    selection: Selection,
    refused: Vec<RefusedRow>,
}

impl Rows<'_> {
    /// Selects what the options name.
    fn choose(&mut self) -> Result<()> {
        let is_log = |row: &&RowOf| self.target.profile.is_log(&row.table);
        if let Some(event) = self.options.rows.iter().find(is_log) {
            return Err(Error::TableChoice {
                what: format!(
                    "event {} cannot be restored alone: rows are restored without their events, and the whole log as of an event with `restore --at`",
                    event.key
                ),
                missing: Vec::new(),
            });
        }
        if self.options.rows.is_empty() {
            for diff in &self.tables {
                self.selection.of(&diff.table.name).every_missing = true;
            }
            return Ok(());
        }
        for diff in &self.tables {
            let name = &diff.table.name;
            let wanted = self.options.rows.iter();
            let wanted: Vec<&RowKey> = wanted
                .filter(|row| row.table.eq_ignore_ascii_case(name))
                .map(|row| &row.key)
                .collect();
            let keys = self.found(diff, &wanted)?;
            self.selection.of(name).chosen.extend(keys);
        }
        Ok(())
    }

    /// Returns the keys of chosen rows of a table; fails for one that the snapshot lacks.
    fn found(&self, diff: &TableDiff, wanted: &[&RowKey]) -> Result<Vec<Key>> {
        let (table, live) = (&diff.table, self.target.database);
        let columns = if table.key.is_empty() {
            table.columns.len()
        } else {
            table.key.len()
        };
        if let Some(wrong) = wanted.iter().find(|key| key.columns() != columns) {
            return Err(wrong_key(table, wrong, columns));
        }
        let key = |record: Record| (Key::of(&record, table), record);
        let readings = wanted.iter().map(|wanted| wanted.readings(table));
        let readings: Vec<Vec<(Key, Record)>> = readings
            .map(|records| records.into_iter().map(key).collect())
            .collect();
        let all: HashSet<&Key> = readings.iter().flatten().map(|(key, _)| key).collect();
        let (mut held, mut removed) = (HashSet::new(), HashSet::new());
        diff.for_each(|change| {
            let (set, record) = match &change {
                Change::Added(record) | Change::Changed { to: record, .. } => (&mut held, record),
                Change::Removed(record) => (&mut removed, record),
            };
            let key = Key::of(record, table);
            if all.contains(&key) {
                set.insert(key);
            }
            Ok(())
        })?;
        let is_revert = self.options.existing == Existing::Revert;
        let mut keys = Vec::new();
        for (readings, wanted) in readings.into_iter().zip(wanted) {
            let is_known = |(key, _): &&(Key, Record)| {
                held.contains(key) || (is_revert && removed.contains(key))
            };
            let mut found = readings.iter().find(is_known);
            for reading in &readings {
                // A row that does not differ is in live.
                if found.is_none() && !removed.contains(&reading.0) {
                    let row = live.row(table, &reading.1)?;
                    let is_it = row.is_some_and(|row| Key::of(&row, table) == reading.0);
                    found = is_it.then_some(reading);
                }
            }
            match found {
                Some((key, _)) => keys.push(key.clone()),
                None if is_revert => {}
                None => {
                    let is_in_live = readings.iter().any(|(key, _)| removed.contains(key));
                    return Err(lacks(table, wanted, is_in_live));
                }
            }
        }
        Ok(keys)
    }

    /// Tries the changes until only rows are left that live has a place for.
    fn rehearsed(mut self, on: OnProgress<'_>) -> Result<Rehearsed> {
        loop {
            let tables = self.selection.narrow(&self.tables)?;
            match self.try_changes(&tables, on) {
                Ok((unwritten, orphans, refused)) if refused.is_empty() => {
                    let Self {
                        shapes,
                        selection,
                        refused,
                        ..
                    } = self;
                    return Ok(Rehearsed {
                        tables,
                        shapes,
                        unwritten,
                        orphans,
                        refused,
                        selection: Some(selection),
                    });
                }
                Ok((_, _, refused)) => self.leave_out(refused)?,
                Err(error @ Error::ForeignKey { .. }) => {
                    return Err(self.lacking_parents(error, on)?);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn try_changes(
        &self,
        tables: &[TableDiff],
        on: OnProgress<'_>,
    ) -> Result<(Vec<Unwritten>, OrphanRows, Vec<RefusedRow>)> {
        let mut rehearsal = Rehearsal::new(self.target, self.options)?;
        let unwritten = rehearsal.unwritten(tables, on)?;
        let refused = rehearsal.refused();
        if !refused.is_empty() {
            return Ok((unwritten, OrphanRows::default(), refused));
        }
        let orphans = rehearsal.orphans(tables, &unwritten)?;
        Ok((unwritten, orphans, refused))
    }

    /// Leaves rows out, and those that refer to them.
    fn leave_out(&mut self, refused: Vec<RefusedRow>) -> Result<()> {
        let mut frontier = Frontier::new();
        for row in refused {
            let rows = frontier.entry(row.table.clone()).or_default();
            rows.push((row.key.clone(), row.record.clone()));
            self.selection
                .of(&row.table)
                .refused
                .insert(row.key.clone());
            self.refused.push(row);
        }
        if self.options.dangling == Dangling::Keep {
            return Ok(());
        }
        while frontier.values().any(|rows| !rows.is_empty()) {
            frontier = self.selected_dependents(&frontier)?;
            for (table, rows) in &frontier {
                for (key, record) in rows {
                    self.selection.of(table).refused.insert(key.clone());
                    self.refused.push(RefusedRow {
                        table: table.clone(),
                        key: key.clone(),
                        record: record.clone(),
                        row: self.key_text(table, record),
                        why: "it refers to a row that is left out".to_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    fn key_text(&self, table: &str, record: &Record) -> String {
        let diff = self.tables.iter().find(|diff| diff.table.name == table);
        diff.map(|diff| record.key_text(&diff.table))
            .unwrap_or_default()
    }
}

fn wrong_key(table: &Table, key: &RowKey, columns: usize) -> Error {
    let names: Vec<&str> = if table.key.is_empty() {
        table.columns.iter().map(String::as_str).collect()
    } else {
        let names = table.key.iter().map(|&index| &*table.columns[index]);
        names.collect()
    };
    let names = names.join(", ");
    let what = match columns {
        1 => format!(
            "table {} has a key of one column ({names}), and {key} has {}",
            table.name,
            key.columns()
        ),
        _ => format!(
            "table {} has a key of {columns} columns ({names}), and {key} has {}: write it as a JSON array",
            table.name,
            key.columns()
        ),
    };
    Error::TableChoice {
        what,
        missing: Vec::new(),
    }
}

fn lacks(table: &Table, key: &RowKey, is_in_live: bool) -> Error {
    let what = if is_in_live {
        format!(
            "the snapshot has no row {key} of table {}; only the live database has it, and a restore of rows deletes none",
            table.name
        )
    } else {
        format!(
            "the snapshot has no row {key} of table {}, nor has the live database",
            table.name
        )
    };
    Error::TableChoice {
        what,
        missing: Vec::new(),
    }
}
