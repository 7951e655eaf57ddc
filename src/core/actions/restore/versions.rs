//! Schema-version tables: a restore does not change the schema, and so not the record of its
//! version, unless such a table is named explicitly.

use super::{RestoreOptions, target::Target};
use crate::core::{
    base::{
        error::Result,
        progress::{OnProgress, Stage},
        row::{Row, Table, Value, is_among},
    },
    compare::{change_spool::Change, diff::TableDiff, schema_diff::Shape},
    db::RecordedVersion,
    file::snapshot::Contents,
};

/// A schema-version table that a restore leaves as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaVersion {
    /// The table.
    pub table: String,
    /// Whether the snapshot's content differs.
    pub differs: bool,
}

/// A change of the schema's version, as a table with other content records it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VersionChange {
    /// The table.
    pub table: String,
    /// The key of the row, as `key = 'schema_version'`, or else the column.
    pub place: String,
    /// What live records; NULL if it lacks the row.
    pub from: Value,
    /// What the snapshot records; NULL if it lacks the row.
    pub to: Value,
}

impl VersionChange {
    /// Returns those that a table's changes contain.
    pub(super) fn of(diff: &TableDiff, contents: &Contents) -> Result<Vec<Self>> {
        let (table, mut found) = (&diff.table, Vec::new());
        let Some(recorded) = RecordedVersion::of(table, contents.rows(&table.name)) else {
            return Ok(found);
        };
        diff.for_each(|change| {
            let (from, to) = match &change {
                Change::Added(to) => (None, Some(to)),
                Change::Removed(from) => (Some(from), None),
                Change::Changed { from, to } => (Some(from), Some(to)),
            };
            let Some(place) = from.or(to).and_then(|row| recorded.place(row)) else {
                return Ok(());
            };
            let version = |row: &Row| row.values[recorded.column].clone();
            let [from, to] = [from, to].map(|row| row.map_or(Value::Null, version));
            if from != to {
                let table = table.name.clone();
                found.push(Self {
                    table,
                    place,
                    from,
                    to,
                });
            }
            Ok(())
        })?;
        Ok(found)
    }
}

impl Target<'_> {
    /// Returns whether a restore leaves a table alone because it records the schema's version.
    pub(super) fn stays(&self, table: &Table, options: &RestoreOptions) -> Result<bool> {
        Ok(!self.profile.is_log(&table.name)
            && !is_among(&options.tables, &table.name)
            && self.database.is_schema_version(table)?)
    }

    /// Lists the schema-version tables of live, whether or not the profile names them.
    pub(super) fn schema_versions(
        &self,
        options: &RestoreOptions,
        on: OnProgress<'_>,
    ) -> Result<Vec<SchemaVersion>> {
        let mut found = Vec::new();
        if !options.tables.is_empty() {
            return Ok(found);
        }
        for name in self.database.table_names()? {
            if self.profile.is_log(&name) || !self.database.is_named_schema_version(&name)? {
                continue;
            }
            let differs = match self.schema.table(&name) {
                Some(table) => self.differs(table, on)?,
                None => false,
            };
            found.push(SchemaVersion {
                table: name,
                differs,
            });
        }
        Ok(found)
    }

    fn differs(&self, table: &Table, on: OnProgress<'_>) -> Result<bool> {
        let shape = Shape::to_restore(table, self.contents, self.database)?;
        let shapes = std::slice::from_ref(&shape);
        let options = RestoreOptions::default();
        let diffs = self.differences(shapes, &options, Stage::Comparing, on)?;
        Ok(!diffs.iter().all(TableDiff::is_empty))
    }
}
