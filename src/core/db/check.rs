//! What must hold after a change: foreign keys, and full-text indexes that agree with their tables.

use std::collections::BTreeMap;

use super::{Database, message, quoted};
use crate::core::error::Result;

/// A row whose foreign key refers to nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// The table the row is in.
    pub(crate) table: String,
    /// The row's rowid; nothing in a table without rowids.
    pub(crate) rowid: Option<i64>,
    /// The table it refers to.
    pub(crate) parent: String,
    /// Which of the table's foreign keys.
    foreign_key: i64,
}

impl Database {
    /// Every row whose foreign key refers to nothing, and how often: rows without a rowid look alike.
    pub(crate) fn foreign_key_violations(&self) -> Result<BTreeMap<Violation, u64>> {
        let failed = self.failed("check");
        let mut statement = self
            .connection
            .prepare("PRAGMA foreign_key_check")
            .map_err(&failed)?;
        let violation = |row: &rusqlite::Row<'_>| {
            Ok(Violation {
                table: row.get(0)?,
                rowid: row.get(1)?,
                parent: row.get(2)?,
                foreign_key: row.get(3)?,
            })
        };
        let mut found = BTreeMap::new();
        for row in statement.query_map([], violation).map_err(&failed)? {
            *found.entry(row.map_err(&failed)?).or_default() += 1;
        }
        Ok(found)
    }

    /// The full-text indexes of the database.
    pub(crate) fn full_text_tables(&self) -> Result<Vec<String>> {
        let failed = self.failed("read");
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING%FTS5%' ORDER BY name";
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let names = statement.query_map([], |row| row.get(0)).map_err(&failed)?;
        names.collect::<rusqlite::Result<_>>().map_err(&failed)
    }

    /// Checks a full-text index against its table; what is wrong with it.
    pub(crate) fn full_text_check(&self, name: &str) -> std::result::Result<(), String> {
        let name = quoted(name);
        self.full_text_command(&format!(
            "INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)"
        ))
    }

    /// Makes a full-text index anew from its table.
    pub(crate) fn full_text_rebuild(&self, name: &str) -> std::result::Result<(), String> {
        let name = quoted(name);
        self.full_text_command(&format!("INSERT INTO {name} ({name}) VALUES ('rebuild')"))
    }

    fn full_text_command(&self, sql: &str) -> std::result::Result<(), String> {
        self.connection
            .execute_batch(sql)
            .map_err(|error| message(&error))
    }

    /// The triggers on a table.
    pub(crate) fn triggers(&self, table: &str) -> Result<Vec<String>> {
        let failed = self.failed("read");
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE ORDER BY name";
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let names = statement
            .query_map([table], |row| row.get(0))
            .map_err(&failed)?;
        names.collect::<rusqlite::Result<_>>().map_err(&failed)
    }
}
