//! Sorts rows by key without holding them in memory: in a private database that spills to the
//! system's temporary folder and vanishes with the connection.

use std::{path::Path, time::Duration};

use rusqlite::Connection;

use super::{cancel_with, translate};
use crate::core::base::{
    error::{Error, Result},
    progress::CancellationToken,
};

/// Memory used before it spills, in KiB.
const CACHE: i64 = 8 * 1024;

/// Sorts rows that arrive in any order.
pub(crate) struct Sorter {
    connection: Connection,
}

impl Sorter {
    /// Creates a sorter that `stop` cancels.
    pub(crate) fn new(stop: &CancellationToken) -> Result<Self> {
        let mut connection = Connection::open("").map_err(|error| failed(&error))?;
        cancel_with(&mut connection, stop).map_err(|error| failed(&error))?;
        let settings = format!(
            "PRAGMA cache_size = -{CACHE}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        );
        let sql = settings + "CREATE TABLE sorted (key BLOB, row BLOB); BEGIN";
        connection
            .execute_batch(&sql)
            .map_err(|error| failed(&error))?;
        Ok(Self { connection })
    }

    pub(crate) fn push(&self, key: &[u8], row: &[u8]) -> Result<()> {
        let insert = || {
            self.connection
                .prepare_cached("INSERT INTO sorted VALUES (?1, ?2)")?
                .execute((key, row))
        };
        insert().map(|_| ()).map_err(|error| failed(&error))
    }

    /// Runs `read` with the rows in key order.
    pub(crate) fn with_rows<T>(&self, read: impl FnOnce(SortedRows<'_>) -> Result<T>) -> Result<T> {
        let sql = "SELECT row FROM sorted ORDER BY key";
        let mut statement = self
            .connection
            .prepare(sql)
            .map_err(|error| failed(&error))?;
        let rows = statement.query([]).map_err(|error| failed(&error))?;
        read(SortedRows {
            rows,
            row: Vec::new(),
            passed: 0,
        })
    }
}

/// A cursor over sorted rows.
pub(crate) struct SortedRows<'s> {
    rows: rusqlite::Rows<'s>,
    row: Vec<u8>,
    passed: u64,
}

impl SortedRows<'_> {
    /// Moves to the next row; returns false at the end.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        let Some(row) = self.rows.next().map_err(|error| failed(&error))? else {
            return Ok(false);
        };
        self.row.clear();
        let bytes = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
        self.row
            .extend_from_slice(bytes.map_err(|error| failed(&error))?);
        self.passed += self.row.len() as u64;
        Ok(true)
    }

    /// Returns how many bytes of rows were read.
    pub(crate) fn passed(&self) -> u64 {
        self.passed
    }

    /// Returns the row's bytes.
    pub(crate) fn encoded(&self) -> &[u8] {
        &self.row
    }
}

fn failed(error: &rusqlite::Error) -> Error {
    translate(
        error,
        "sort rows in",
        Path::new("a temporary file"),
        Duration::ZERO,
    )
}
