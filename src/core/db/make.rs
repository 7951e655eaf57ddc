//! Creates databases: a separate file, with tables like another's.

use std::{path::Path, time::Duration};

use super::{Access, Database};
use crate::core::base::{error::Result, row::Table};

impl Database {
    /// Opens a file that is private until it is complete, so it need not survive a crash.
    pub(crate) fn unfinished(path: &Path) -> Result<Self> {
        let database = Self::open(path, Access::Write, Duration::ZERO)?;
        // The application may open this file later, so it gets no stand-ins.
        database.without_stand_ins()?;
        database.run("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")?;
        Ok(database)
    }

    /// Runs statements that return no rows.
    pub(crate) fn run(&self, sql: &str) -> Result<()> {
        self.execute("write", sql)
    }

    /// Returns the statement that created a table, if it defines all columns of `table`.
    pub(crate) fn statement_for(&self, table: &Table) -> Result<Option<String>> {
        let Some(known) = self.table(&table.name)? else {
            return Ok(None);
        };
        if !table
            .columns
            .iter()
            .all(|name| known.column(name).is_some())
        {
            return Ok(None);
        }
        let sql = "SELECT sql FROM sqlite_schema
            WHERE type = 'table' AND name = ?1 COLLATE NOCASE AND sql LIKE 'CREATE TABLE %'";
        let mut statement = self.connection.prepare(sql).map_err(self.failed("read"))?;
        let mut rows = statement
            .query([&table.name])
            .map_err(self.failed("read"))?;
        let row = rows.next().map_err(self.failed("read"))?;
        row.map(|row| row.get(0).map_err(self.failed("read")))
            .transpose()
    }
}
