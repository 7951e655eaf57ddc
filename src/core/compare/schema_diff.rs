//! How the columns of two sides differ, and which of them are compared.

use crate::core::{
    base::{
        error::Result,
        row::{Table, is_among},
    },
    db::Database,
    file::snapshot::Contents,
};

/// How a table's columns differ between two sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaDiff {
    /// Columns that only the `from` side has (live, in a restore).
    pub only_from: Vec<String>,
    /// Columns that only the `to` side has (the snapshot, in a restore).
    pub only_to: Vec<String>,
}

impl SchemaDiff {
    pub(crate) fn between(from: &[String], to: &[String]) -> Self {
        let missing = |from: &[String], to: &[String]| {
            from.iter()
                .filter(|column| !is_among(to, column))
                .cloned()
                .collect()
        };
        Self {
            only_from: missing(from, to),
            only_to: missing(to, from),
        }
    }

    /// Returns whether both have the same columns.
    pub fn is_empty(&self) -> bool {
        self.only_from.is_empty() && self.only_to.is_empty()
    }
}

/// The columns in which a table is compared.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) table: Table,
    pub(crate) schema_diff: SchemaDiff,
}

impl Shape {
    /// Chooses the columns in which to restore a table of live: those that both sides have. A
    /// column that the snapshot lacks keeps its value in rows that stay, and gets its default in
    /// rows that come back. Generated columns are not restored.
    pub(crate) fn to_restore(
        live: &Table,
        contents: &Contents,
        database: &Database,
    ) -> Result<Self> {
        let Some(theirs) = contents.columns(&live.name)? else {
            return Ok(Self {
                table: live.clone(),
                schema_diff: SchemaDiff::default(),
            });
        };
        let keyed = if live
            .key
            .iter()
            .all(|&index| is_among(&theirs, &live.columns[index]))
        {
            Some(live.clone())
        } else {
            // A snapshot without rowids may still have the table's own key.
            database.table(&live.name)?
        };
        let mut shape = Self::to_compare(&live.name, &live.columns, &theirs, keyed.as_ref());
        let mut written = Vec::new();
        for column in std::mem::take(&mut shape.schema_diff.only_to) {
            if !database.is_generated(&live.name, &column)? {
                written.push(column);
            }
        }
        shape.schema_diff.only_to = written;
        shape.table.sorted = live.sorted && shape.table.key == live.key;
        Ok(shape)
    }

    /// Chooses the columns in which to compare a table: those that both sides have. `keyed` is the
    /// table in a database, which alone knows the key.
    pub(crate) fn to_compare(
        name: &str,
        from: &[String],
        to: &[String],
        keyed: Option<&Table>,
    ) -> Self {
        let columns: Vec<String> = from
            .iter()
            .filter(|column| is_among(to, column))
            .cloned()
            .collect();
        let mut table = Table::keyless(name, columns);
        if let Some(keyed) = keyed {
            let places = keyed
                .key
                .iter()
                .map(|&index| table.column(&keyed.columns[index]));
            table.key = places.collect::<Option<_>>().unwrap_or_default();
            table.rules.clone_from(&keyed.rules);
        }
        Self {
            table,
            schema_diff: SchemaDiff::between(from, to),
        }
    }
}
