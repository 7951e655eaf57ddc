//! Schema-version tables: a restore does not change the schema, and so not the record of its
//! version, unless such a table is named explicitly.

use super::{Newer, RestoreOptions, target::Target};
use crate::core::{
    base::{
        error::Result,
        progress::{OnProgress, Stage},
        record::{Table, is_among},
    },
    compare::{diff::TableDiff, schema_diff::Shape},
};

/// A schema-version table that a restore leaves as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaVersion {
    /// The table.
    pub table: String,
    /// Whether the snapshot's content differs.
    pub differs: bool,
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
        let diffs = self.differences(shapes, Newer::Drop, Stage::Comparing, on)?;
        Ok(!diffs.iter().all(TableDiff::is_empty))
    }
}
