//! Rows that refer to selected ones, or to which these refer, along the foreign keys.

use std::collections::{BTreeMap, HashSet};

use super::RowsRestore;
use crate::core::{
    actions::restore::{Parents, rehearsal::ends},
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage},
        row::{Key, Row, Table},
    },
    compare::{
        change_spool::{Change, ChangeKind},
        diff::TableDiff,
        schema_diff::Shape,
    },
    db::Reference,
};

/// The direction in which to find related rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Related {
    /// Rows that the selected ones refer to.
    Parents,
    /// Rows that refer to the selected ones.
    Dependents,
}

impl RowsRestore<'_> {
    /// Adds the rows that are related to selected ones and that live lacks, and those related to
    /// these in turn; returns how many of each table, and the keys of the first ones.
    pub(super) fn add(
        &mut self,
        related: Related,
        on: OnProgress<'_>,
    ) -> Result<BTreeMap<String, (usize, Vec<String>)>> {
        const NAMED: usize = 3;
        self.compare_related(related, on)?;
        let mut added = BTreeMap::<String, (usize, Vec<String>)>::new();
        let mut frontier = self.selected_rows(related)?;
        while !frontier.is_empty() {
            frontier = self.related_to(&frontier, related)?;
            for (table, rows) in &frontier {
                let (number, named) = added.entry(table.clone()).or_default();
                *number += rows.len();
                if let Some(diff) = self.diff(table) {
                    let more = rows.values().map(|row| row.key_text(&diff.table));
                    named.extend(more.take(NAMED.saturating_sub(named.len())));
                }
                let related = &mut self.selection.of(table).related;
                related.extend(rows.keys().cloned());
            }
        }
        Ok(added)
    }

    /// Compares the tables that can hold related rows, too.
    fn compare_related(&mut self, related: Related, on: OnProgress<'_>) -> Result<()> {
        let mut next = 0;
        while next < self.tables.len() {
            let name = self.tables[next].table.name.clone();
            for reference in &self.references {
                let (here, there) = related.ends(reference);
                if !here.eq_ignore_ascii_case(&name) || self.diff(there).is_some() {
                    continue;
                }
                let Some(table) = self.target.schema.table(there) else {
                    continue;
                };
                if self.target.profile.is_log(&table.name) {
                    continue;
                }
                let shape = Shape::to_restore(table, self.target.contents, self.target.database)?;
                let shapes = [shape];
                self.tables.extend(self.target.differences(
                    &shapes,
                    self.options,
                    Stage::Comparing,
                    on,
                )?);
                self.shapes.extend(shapes);
            }
            next += 1;
        }
        Ok(())
    }

    /// Returns the selected rows as the snapshot has them; for dependents all that the user chose, also
    /// those that do not change.
    pub(super) fn selected_rows(&self, related: Related) -> Result<Frontier> {
        let mut frontier = Frontier::new();
        for diff in &self.tables {
            let mut rows = RowsByKey::new();
            diff.for_each(|change| {
                let is_chosen = |to: &Row| {
                    related == Related::Dependents && self.selection.means(&diff.table, to)
                };
                if let (_, Some(to)) = ends(&change)
                    && (self.selection.has(&diff.table, &change) || is_chosen(to))
                {
                    rows.insert(Key::of(to, &diff.table), to.clone());
                }
                Ok(())
            })?;
            let name = &diff.table.name;
            let chosen = self.options.rows.iter();
            let chosen = chosen.filter(|row| row.table.eq_ignore_ascii_case(name));
            for row in chosen.filter(|_| related == Related::Dependents) {
                for reading in row.key.readings(&diff.table) {
                    let key = Key::of(&reading, &diff.table);
                    if !rows.contains_key(&key)
                        && let Some(row) = self.live_row(&diff.table, &reading)?
                    {
                        rows.insert(key, row);
                    }
                }
            }
            if !rows.is_empty() {
                frontier.insert(name.clone(), rows);
            }
        }
        Ok(frontier)
    }

    /// Returns the rows of the snapshot that live lacks, that are related to these, and about which
    /// nothing is decided yet.
    fn related_to(&self, frontier: &Frontier, related: Related) -> Result<Frontier> {
        self.connected(frontier, related, |there, _, key, _| {
            Ok(!self.selection.knows(&there.table.name, key))
        })
    }

    /// Returns the selected rows that refer to one of these, which are left out, and to none that live has.
    pub(super) fn bereft_by(&self, left_out: &Frontier) -> Result<Frontier> {
        let live = self.target.database;
        self.connected(
            left_out,
            Related::Dependents,
            |there, reference, _, change| {
                let Change::Added(row) = change else {
                    return Ok(false);
                };
                Ok(self.selection.has(&there.table, change)
                    && live.would_dangle(reference, true, &there.table, row)?)
            },
        )
    }

    /// Returns the rows of the snapshot that live lacks, that a foreign key connects with these, and that
    /// `is_wanted` accepts.
    fn connected(
        &self,
        frontier: &Frontier,
        related: Related,
        is_wanted: impl Fn(&TableDiff, &Reference, &Key, &Change) -> Result<bool>,
    ) -> Result<Frontier> {
        let mut found = Frontier::new();
        for reference in &self.references {
            let (here, there) = related.ends(reference);
            let (Some(here), Some(there)) = (self.diff(here), self.diff(there)) else {
                continue;
            };
            let rows = frontier.get(&here.table.name).into_iter().flatten();
            let targets: HashSet<Key> = rows
                .filter_map(|(_, row)| related.link_of(reference, &here.table, row))
                .collect();
            if targets.is_empty() {
                continue;
            }
            there.each_of(ChangeKind::Added, |change| {
                let row = change.newest();
                let target = related.other().link_of(reference, &there.table, row);
                let key = Key::of(row, &there.table);
                if target.is_some_and(|target| targets.contains(&target))
                    && is_wanted(there, reference, &key, &change)?
                {
                    let rows = found.entry(there.table.name.clone()).or_default();
                    rows.insert(key, row.clone());
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Replaces the error of a foreign key by one that names the missing parents, if the snapshot has them.
    pub(super) fn lacking_parents(&mut self, error: Error, on: OnProgress<'_>) -> Result<Error> {
        if self.options.parents == Parents::Insert {
            return Ok(error);
        }
        let added = self.add(Related::Parents, on)?;
        if added.is_empty() {
            return Ok(error);
        }
        let counted = added.iter().map(|(table, (number, named))| {
            let rows = if *number == 1 { "row" } else { "rows" };
            let more = if *number > named.len() { "; …" } else { "" };
            format!("{number} {rows} of {table} ({}{more})", named.join("; "))
        });
        Ok(Error::Parents {
            rows: counted.collect::<Vec<_>>().join(", "),
        })
    }
}

/// Rows by their keys.
type RowsByKey = BTreeMap<Key, Row>;

/// Rows of tables by the tables' names.
pub(super) type Frontier = BTreeMap<String, RowsByKey>;

impl Related {
    fn other(self) -> Self {
        match self {
            Self::Parents => Self::Dependents,
            Self::Dependents => Self::Parents,
        }
    }

    /// Returns the table of the selected rows, and that of the related ones.
    fn ends(self, reference: &Reference) -> (&str, &str) {
        match self {
            Self::Parents => (&reference.child, reference.parent()),
            Self::Dependents => (reference.parent(), &reference.child),
        }
    }

    /// Returns the key that connects a selected row with related ones.
    pub(super) fn link_of(self, reference: &Reference, table: &Table, row: &Row) -> Option<Key> {
        match self {
            Self::Parents => reference.link_of(table, row),
            Self::Dependents => reference.link_in(table, row),
        }
    }
}
