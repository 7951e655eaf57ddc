//! Checks that the numbers by which rows are read ascend. Where they do not, the file is corrupt or the log's id is
//! not unique, and no snapshot may hold the rows.

use std::path::Path;

use super::{Database, Select};
use crate::core::base::{
    error::{Error, Result},
    row::{Table, ValueRef},
};

/// A check of rows that are read in the order of a number.
pub(crate) struct Ascending<'t> {
    path: &'t Path,
    table: &'t Table,
    /// The number's column.
    pub(crate) column: usize,
    /// Whether the table itself admits a number only once.
    is_unique: bool,
    last: Option<i64>,
}

impl Database {
    /// Returns a check of the rows of `select`, before the first; `None` if they have no number.
    pub(crate) fn ascending<'t>(&'t self, select: &Select<'t>) -> Result<Option<Ascending<'t>>> {
        let table = select.table;
        let is_keyed = table.sorted || self.is_rowid(table)?;
        let key = table.key.first().copied().filter(|_| is_keyed);
        let column = match select.ordered_by {
            Some(name) => table.column(name),
            // SQLite reads from an index that has all columns, in the order of that index.
            None if self.reads_index(select)? => None,
            None => key,
        };
        Ok(column.map(|column| Ascending {
            path: self.path(),
            table,
            column,
            is_unique: key == Some(column),
            last: None,
        }))
    }

    /// Returns whether rows are read from an index, and not from the table.
    fn reads_index(&self, select: &Select<'_>) -> Result<bool> {
        let failed = self.failed("read");
        let sql = format!("EXPLAIN QUERY PLAN {}", select.sql());
        let mut statement = self.connection.prepare(&sql).map_err(&failed)?;
        let details = statement.query_map([], |row| row.get("detail"));
        let details = details.and_then(Iterator::collect::<rusqlite::Result<Vec<String>>>);
        let details = details.map_err(&failed)?;
        Ok(details.iter().any(|detail| detail.contains(" USING ")))
    }
}

impl Ascending<'_> {
    /// Fails if a row's number is not above the last one's.
    pub(crate) fn row(&mut self, number: ValueRef<'_>) -> Result<()> {
        let ValueRef::Integer(number) = number else {
            return Ok(());
        };
        let last = self.last.replace(number);
        let Some(last) = last.filter(|last| *last >= number) else {
            return Ok(());
        };
        let (path, table) = (self.path.to_owned(), self.table.name.clone());
        let column = &self.table.columns[self.column];
        Err(if self.is_unique {
            let message = format!("table {table} has {column} = {number} after {column} = {last}");
            Error::NotADatabase { path, message }
        } else {
            let what = format!("two events have {column} = {number}, but its id must be unique");
            Error::EventLog { path, table, what }
        })
    }
}
