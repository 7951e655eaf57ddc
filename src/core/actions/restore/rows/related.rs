//! Rows that refer to selected ones, or to which these refer, along the foreign keys.

use std::collections::{BTreeMap, HashSet};

use super::Rows;
use crate::core::actions::restore::{Parents, rehearsal::ends};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage},
        record::{Key, Record, Table, Value},
    },
    compare::{
        change_spool::{Change, ChangeKind},
        diff::TableDiff,
        schema_diff::Shape,
    },
    db::Reference,
};

/// The direction in which related rows are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Related {
    /// Rows that the selected ones refer to.
    Parents,
    /// Rows that refer to the selected ones.
    Dependents,
}

impl Rows<'_> {
    /// Adds the rows that are related to selected ones and that live lacks, and those related to
    /// these in turn.
    pub(super) fn add(&mut self, related: Related, on: OnProgress<'_>) -> Result<()> {
        self.compare_related(related, on)?;
        let mut frontier = self.selected_rows(related)?;
        while frontier.values().any(|rows| !rows.is_empty()) {
            frontier = self.related_to(&frontier, related)?;
            for (table, rows) in &frontier {
                let keys = rows.iter().map(|(key, _)| key.clone());
                self.selection.of(table).related.extend(keys);
            }
        }
        Ok(())
    }

    /// Compares the tables that can hold related rows, too.
    fn compare_related(&mut self, related: Related, on: OnProgress<'_>) -> Result<()> {
        let mut next = 0;
        while next < self.tables.len() {
            let name = self.tables[next].table.name.clone();
            for reference in &self.references {
                let (here, there) = related.ends(reference);
                let known = |table: &TableDiff| table.table.name.eq_ignore_ascii_case(there);
                if !here.eq_ignore_ascii_case(&name) || self.tables.iter().any(known) {
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

    /// Returns the selected rows as the snapshot has them; for dependents also those that do not
    /// differ.
    fn selected_rows(&self, related: Related) -> Result<Frontier> {
        let mut frontier = Frontier::new();
        for diff in &self.tables {
            let rows = frontier.entry(diff.table.name.clone()).or_default();
            let mut seen = HashSet::new();
            diff.for_each(|change| {
                if let (true, (_, Some(to))) =
                    (self.selection.has(&diff.table, &change), ends(&change))
                {
                    let key = Key::of(to, &diff.table);
                    seen.insert(key.clone());
                    rows.push((key, to.clone()));
                }
                Ok(())
            })?;
            if related == Related::Parents {
                continue;
            }
            let name = &diff.table.name;
            let chosen = self.options.rows.iter();
            for row in chosen.filter(|row| row.table.eq_ignore_ascii_case(name)) {
                for values in row.key.readings(&diff.table) {
                    let key = Key::of(&values, &diff.table);
                    if let Some(record) = self.target.database.row(&diff.table, &values)?
                        && seen.insert(key.clone())
                    {
                        rows.push((key, record));
                    }
                }
            }
        }
        Ok(frontier)
    }

    /// Returns the rows of the snapshot that live lacks and that are related to some, and not
    /// selected yet.
    fn related_to(&self, frontier: &Frontier, related: Related) -> Result<Frontier> {
        let mut found = Frontier::new();
        for reference in &self.references {
            let (here, there) = related.ends(reference);
            let diff = |name: &str| {
                let mut tables = self.tables.iter();
                tables.find(|diff| diff.table.name.eq_ignore_ascii_case(name))
            };
            let (Some(here), Some(there)) = (diff(here), diff(there)) else {
                continue;
            };
            let wanted = frontier.get(&here.table.name).into_iter().flatten();
            let wanted: HashSet<Key> = wanted
                .filter_map(|(_, row)| related.target_of(reference, &here.table, row))
                .collect();
            if wanted.is_empty() {
                continue;
            }
            there.each_of(ChangeKind::Added, |change| {
                let target = match &change {
                    Change::Added(row) => related.other().target_of(reference, &there.table, row),
                    _ => None,
                };
                if target.is_some_and(|target| wanted.contains(&target))
                    && !self.selection.has(&there.table, &change)
                    && let Change::Added(row) = change
                {
                    let rows = found.entry(there.table.name.clone()).or_default();
                    let key = Key::of(&row, &there.table);
                    if rows.iter().all(|(known, _)| *known != key) {
                        rows.push((key, row));
                    }
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Returns the selected rows that refer to some that are left out.
    pub(super) fn selected_dependents(&self, left_out: &Frontier) -> Result<Frontier> {
        let mut found = Frontier::new();
        for reference in &self.references {
            let (parent, child) = Related::Dependents.ends(reference);
            let table = |name: &str| {
                let mut tables = self.tables.iter();
                tables.find(|diff| diff.table.name.eq_ignore_ascii_case(name))
            };
            let (Some(parent), Some(child)) = (table(parent), table(child)) else {
                continue;
            };
            let gone = left_out.get(&parent.table.name).into_iter().flatten();
            let gone: HashSet<Key> = gone
                .filter_map(|(_, row)| reference.target_in(&parent.table, row).map(whole))
                .collect();
            if gone.is_empty() {
                continue;
            }
            child.each_of(ChangeKind::Added, |change| {
                if let Change::Added(row) = &change
                    && self.selection.has(&child.table, &change)
                    && let Some(target) = reference.target_of(&child.table, row).map(whole)
                    && gone.contains(&target)
                {
                    let rows = found.entry(child.table.name.clone()).or_default();
                    rows.push((Key::of(row, &child.table), row.clone()));
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Explains a foreign key that would refer to nothing by the rows that would have to come, too.
    pub(super) fn lacking_parents(mut self, error: Error, on: OnProgress<'_>) -> Result<Error> {
        if self.options.parents == Parents::Insert {
            return Ok(error);
        }
        self.add(Related::Parents, on)?;
        let counted = self.selection.tables();
        let counted: Vec<String> = counted
            .filter(|(_, rows)| !rows.related.is_empty())
            .map(|(table, rows)| match rows.related.len() {
                1 => format!("1 row of {table}"),
                number => format!("{number} rows of {table}"),
            })
            .collect();
        if counted.is_empty() {
            return Ok(error);
        }
        Ok(Error::Parents {
            rows: counted.join(", "),
        })
    }
}

/// Rows of tables by the tables' names.
pub(super) type Frontier = BTreeMap<String, Vec<(Key, Record)>>;

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

    /// Returns the values that connect a selected row with related ones.
    fn target_of(self, reference: &Reference, table: &Table, row: &Record) -> Option<Key> {
        let values = match self {
            Self::Parents => reference.target_of(table, row),
            Self::Dependents => reference.target_in(table, row),
        };
        values.map(whole)
    }
}

/// Returns values as a key.
fn whole(values: Vec<Value>) -> Key {
    let table = Table::keyless("", Vec::new());
    Key::of(&Record { values }, &table)
}
