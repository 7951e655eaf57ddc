//! Checks: foreign keys after a change, and the integrity of the file.

use std::collections::{BTreeMap, BTreeSet};

use super::{Database, message, quoted};
use crate::core::base::{
    error::{Error, Result},
    row::is_among,
};

/// A row whose foreign key refers to no row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// The row's table.
    pub(crate) table: String,
    /// The row's rowid; `None` in a table without rowids.
    pub(crate) rowid: Option<i64>,
    /// The table that it refers to.
    pub(crate) parent: String,
    /// The number of the foreign key within the table.
    foreign_key: i64,
}

impl Violation {
    /// Returns the foreign key that it violates: the table, and the key's number there.
    pub(crate) fn key(&self) -> (String, i64) {
        (self.table.clone(), self.foreign_key)
    }
}

impl Database {
    /// Counts the rows whose foreign key refers to no row (rows without a rowid look alike), in all
    /// tables that a change of `tables` can affect.
    pub(crate) fn foreign_key_violations(
        &self,
        tables: &[String],
    ) -> Result<BTreeMap<Violation, u64>> {
        let failed = self.failed("check");
        let all = self.triggers()?.may_change_others(tables);
        let is_one = |name: &str| all || is_among(tables, name);
        let mut children = BTreeSet::new();
        for reference in self.foreign_keys()? {
            let is_touched = is_one(&reference.child) || is_one(&reference.parent);
            if is_touched && self.can_compare(&reference)? {
                children.insert(reference.child);
            }
        }
        let mut found = BTreeMap::new();
        for child in children {
            match self.violations_of(&child) {
                Ok(violations) => {
                    for violation in violations {
                        *found.entry(violation).or_default() += 1;
                    }
                }
                // A foreign key to columns that are not unique is never enforced.
                Err(error) if message(&error).starts_with("foreign key mismatch") => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(found)
    }

    fn violations_of(&self, child: &str) -> rusqlite::Result<Vec<Violation>> {
        let sql = format!("PRAGMA foreign_key_check({})", quoted(child));
        let mut statement = self.connection.prepare(&sql)?;
        let violation = |row: &rusqlite::Row<'_>| {
            Ok(Violation {
                table: row.get(0)?,
                rowid: row.get(1)?,
                parent: row.get(2)?,
                foreign_key: row.get(3)?,
            })
        };
        statement.query_map([], violation)?.collect()
    }
}

impl Database {
    /// Fails if SQLite's quick check finds the file corrupt. Rows that break the application's own
    /// rules are not corruption, and tables that need a function or collation of the application
    /// are not checked.
    pub fn refuse_corrupt(&self) -> Result<()> {
        self.run("PRAGMA ignore_check_constraints = ON")?;
        let found = match self.quick_check(None) {
            Err(Error::Database { .. }) => {
                let mut tables = self.table_names()?.into_iter();
                tables.find_map(|table| match self.quick_check(Some(&table)) {
                    Ok(None) | Err(Error::Database { .. }) => None,
                    found => Some(found),
                })
            }
            found => Some(found),
        };
        self.run("PRAGMA ignore_check_constraints = OFF")?;
        match found.transpose()?.flatten() {
            Some(message) => Err(self.corrupt(&message)),
            None => Ok(()),
        }
    }

    /// Returns the first corruption that the quick check finds.
    fn quick_check(&self, table: Option<&str>) -> Result<Option<String>> {
        let failed = self.failed("check");
        let of = table.map_or(String::new(), |table| format!("({})", quoted(table)));
        let sql = format!("PRAGMA quick_check{of}");
        let mut statement = self.connection.prepare(&sql).map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let message: String = row.get(0).map_err(&failed)?;
            if is_fault_of_the_file(&message) {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// Fails if an index of a table does not have as many entries as `rows`, the number of rows
    /// read.
    pub(crate) fn refuse_other_index(&self, table: &str, rows: u64) -> Result<()> {
        let sql = "SELECT count(*) FROM pragma_index_list(?1) WHERE partial = 0";
        if self.number(sql, [table])? == Some(0) {
            return Ok(());
        }
        // SQLite counts the entries of the smallest index.
        let entries = self.count(table)?;
        if entries == rows {
            return Ok(());
        }
        let what = format!("table {table} has {rows} rows, and its index {entries} entries");
        Err(self.corrupt(&what))
    }

    fn corrupt(&self, message: &str) -> Error {
        // A line such as `*** in database main ***` comes first.
        let line = message.lines().find(|line| !line.starts_with("***"));
        Error::NotADatabase {
            path: self.path.clone(),
            message: line.unwrap_or(message).to_owned(),
        }
    }
}

/// Returns whether a message of the quick check is about the file, not about rows that break a rule
/// of the application or a full-text index, which a restore rebuilds.
fn is_fault_of_the_file(message: &str) -> bool {
    let of_rows = [
        "CHECK constraint failed",
        "NULL value in",
        "malformed inverted index",
    ];
    let is_type = message.starts_with("NUMERIC value in")
        || message.starts_with("TEXT value in")
        || message.starts_with("non-");
    message != "ok" && !is_type && !of_rows.iter().any(|what| message.starts_with(what))
}
