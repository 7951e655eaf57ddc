//! Plans a restore of rows: finds the chosen rows, adds those that they need or that need them, and
//! leaves out those that cannot be inserted beside the rows of live.

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
        row::{Key, Row, RowKey, Table, Value},
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
        let mut rows = RowsRestore {
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
struct RowsRestore<'a> {
    target: Target<'a>,
    options: &'a RestoreOptions,
    references: Vec<Reference>,
    /// The whole differences.
    tables: Vec<TableDiff>,
    shapes: Vec<Shape>,
    selection: Selection,
    refused: Vec<RefusedRow>,
}

impl RowsRestore<'_> {
    /// Selects what the options name.
    fn choose(&mut self) -> Result<()> {
        let is_log = |row: &&RowOf| self.target.profile.is_log(&row.table);
        if let Some(event) = self.options.rows.iter().find(is_log) {
            return Err(Error::TableChoice {
                what: format!(
                    "event {} cannot be restored as a row: rows are restored without their events",
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
        let table = &diff.table;
        let places = table.key_places().into_iter();
        let columns: Vec<String> = places.map(|place| table.columns[place].clone()).collect();
        // A key with NULL is written as the whole row.
        let mut keys = wanted
            .iter()
            .filter(|key| key.columns() != table.columns.len());
        keys.try_for_each(|key| key.check(&table.name, &columns))?;
        let key = |row: Row| (Key::of(&row, table), row);
        let readings = wanted.iter().map(|wanted| wanted.readings(table));
        let readings: Vec<Vec<(Key, Row)>> = readings
            .map(|rows| rows.into_iter().map(key).collect())
            .collect();
        let all: HashSet<&Key> = readings.iter().flatten().map(|(key, _)| key).collect();
        let (mut held, mut removed) = (HashSet::new(), HashSet::new());
        diff.for_each(|change| {
            let (set, row) = match &change {
                Change::Added(row) | Change::Changed { to: row, .. } => (&mut held, row),
                Change::Removed(row) => (&mut removed, row),
            };
            let key = Key::of(row, table);
            if all.contains(&key) {
                set.insert(key);
            }
            Ok(())
        })?;
        let is_revert = self.options.existing == Existing::Revert;
        let mut keys = Vec::new();
        for (readings, wanted) in readings.into_iter().zip(wanted) {
            let mut found = None;
            for (key, row) in &readings {
                let is_changed = held.contains(key) || (is_revert && removed.contains(key));
                // A row that does not differ is in live.
                if is_changed || (!removed.contains(key) && self.live_row(table, row)?.is_some()) {
                    found = Some(key);
                    break;
                }
            }
            match found {
                Some(key) => keys.push(key.clone()),
                None if is_revert => {}
                None => {
                    let is_in_live = readings.iter().any(|(key, _)| removed.contains(key));
                    return Err(lacks(table, wanted, is_in_live));
                }
            }
        }
        Ok(keys)
    }

    /// Returns the row of live with the key of this one.
    fn live_row(&self, table: &Table, row: &Row) -> Result<Option<Row>> {
        let is_unique = Key::of(row, table).is_unique();
        let mut table = table.clone().keyed();
        if !is_unique {
            table.key = (0..table.columns.len()).collect();
            table.rules.clear();
        }
        let values = table.key.iter().map(|&place| row.values[place].clone());
        let values: Vec<Value> = values.collect();
        self.target.database.row_of_key(&table, &values)
    }

    /// Tries the changes, and leaves out rows until all others can be inserted.
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
                    let error = self.lacking_parents(error, on)?;
                    let bereft = self.without_parents()?;
                    let is_passed_over = self.options.existing == Existing::Keep
                        && matches!(error, Error::ForeignKey { .. });
                    if !is_passed_over || bereft.is_empty() {
                        return Err(error);
                    }
                    self.leave_out(bereft)?;
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

    /// Leaves rows out, and those that would refer to them.
    fn leave_out(&mut self, refused: Vec<RefusedRow>) -> Result<()> {
        let mut frontier = Frontier::new();
        for row in refused {
            let rows = frontier.entry(row.table.clone()).or_default();
            rows.insert(row.key.clone(), row.row.clone());
            self.refuse(row);
        }
        if self.options.dangling == Dangling::Keep {
            return Ok(());
        }
        while !frontier.is_empty() {
            frontier = self.bereft_by(&frontier)?;
            for (name, rows) in &frontier {
                for (key, row) in rows {
                    let text = self.diff(name).map(|diff| row.key_text(&diff.table));
                    self.refuse(RefusedRow {
                        rival: None,
                        table: name.clone(),
                        key: key.clone(),
                        row: row.clone(),
                        key_text: text.unwrap_or_default(),
                        why: "it refers to a row that is left out".to_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Returns the selected rows that would refer to a missing row.
    fn without_parents(&self) -> Result<Vec<RefusedRow>> {
        let selected = self.selected_rows(Related::Parents)?;
        let mut bereft = Vec::new();
        for reference in &self.references {
            let (Some(child), parent) = (self.diff(&reference.child), reference.parent()) else {
                continue;
            };
            let coming: HashSet<Key> = match self.diff(parent) {
                Some(diff) => {
                    let rows = selected.get(&diff.table.name).into_iter().flatten();
                    rows.filter_map(|(_, row)| {
                        Related::Dependents.link_of(reference, &diff.table, row)
                    })
                    .collect()
                }
                None => HashSet::new(),
            };
            let rows = selected.get(&child.table.name).into_iter().flatten();
            for (key, row) in rows {
                let target = Related::Parents.link_of(reference, &child.table, row);
                if target.is_some_and(|target| !coming.contains(&target))
                    && self
                        .target
                        .database
                        .would_dangle(reference, true, &child.table, row)?
                {
                    bereft.push(RefusedRow {
                        rival: None,
                        table: child.table.name.clone(),
                        key: key.clone(),
                        row: row.clone(),
                        key_text: row.key_text(&child.table),
                        why: format!("the row of {parent} that it refers to does not exist"),
                    });
                }
            }
        }
        Ok(bereft)
    }

    fn refuse(&mut self, row: RefusedRow) {
        let rows = self.selection.of(&row.table);
        rows.refused.insert(row.key.clone());
        self.refused.push(row);
    }

    /// Returns the whole difference of a table.
    fn diff(&self, table: &str) -> Option<&TableDiff> {
        let mut tables = self.tables.iter();
        tables.find(|diff| diff.table.name.eq_ignore_ascii_case(table))
    }
}

fn lacks(table: &Table, key: &RowKey, is_in_live: bool) -> Error {
    let table = &table.name;
    let what = if is_in_live {
        format!(
            "only the live database has the row {key} of table {table}; a restore of rows deletes nothing"
        )
    } else {
        format!("neither the snapshot nor the live database has a row {key} in table {table}")
    };
    Error::TableChoice {
        what,
        missing: Vec::new(),
    }
}
