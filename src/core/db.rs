//! The application's database, and the only user of rusqlite: connections, transactions, and the
//! errors of SQLite in our words. Its parts know the schema, read rows, also ahead of whoever works with them, change rows, check what must
//! hold afterwards, and sort what does not fit into memory.

mod affinity;
mod change;
mod check;
mod collate;
mod find;
mod full_text;
mod introspect;
mod make;
mod migrations;
mod module;
mod open;
mod order;
mod outside;
mod prefetch;
mod rows;
mod schema;
mod script;
mod sorter;
mod sql_tokens;
mod trial;
mod trigger;
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rusqlite::{
    Connection, ErrorCode,
    backup::{Backup, StepResult},
};

use crate::core::base::{
    error::{Error, Result},
    file_id::FileId,
    progress::{CancellationToken, OnProgress, Stage, report},
};

pub(crate) use affinity::Takes;
pub(crate) use change::{Changer, Outcome};
pub(crate) use check::{Reference, Violation};
pub use find::{find_database, is_copy, only_database, remembered_database};
pub(crate) use full_text::FullText;
pub(crate) use introspect::{ByRowid, Introspection};
pub(crate) use module::VirtualTable;
pub(crate) use order::{RowOrder, Stretch};
pub use outside::Coverage;
pub(crate) use prefetch::{OnBytes, PrefetchedRows};
pub(crate) use rows::{LiveRows, Select};
pub(crate) use schema::{Schema, quoted};
pub(crate) use script::Script;
pub(crate) use sorter::{SortedRows, Sorter};
pub(crate) use trial::Trial;
pub(crate) use trigger::Triggers;

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read, and never keep a writer waiting in a database with a write-ahead log.
    Read,
    /// Change rows.
    Write,
}

/// A connection to the application's database.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    path: PathBuf,
    timeout: Duration,
    /// What the file was when it was opened as one that nobody can write.
    sealed: Option<open::Seal>,
    stop: CancellationToken,
}

/// What tells that somebody else committed to the database since, or put another in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    data: i64,
    schema: i64,
    /// The file that has the name, which need not be the one that was opened under it.
    file: Option<FileId>,
}

impl Database {
    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Has what is under way on this connection fail as cancelled when `stop` is asked.
    pub fn stopped_by(mut self, stop: &CancellationToken) -> Result<Self> {
        let heeds = heed(&mut self.connection, stop);
        heeds.map_err(self.failed("read"))?;
        self.stop = stop.clone();
        Ok(self)
    }

    /// What stops what is under way on this connection.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// The bytes of the database file and its write-ahead log.
    pub fn size(&self) -> u64 {
        let length = |path: &PathBuf| fs::metadata(path).map_or(0, |metadata| metadata.len());
        self.files().iter().map(length).sum()
    }

    /// The database file and its write-ahead log, which is beside the file even if the path is a link.
    pub(crate) fn files(&self) -> [PathBuf; 2] {
        let file = self.path.canonicalize().unwrap_or(self.path.clone());
        let mut log = file.clone().into_os_string();
        log.push("-wal");
        [file, log.into()]
    }

    /// Runs `read` on one unchanging state of the database.
    pub(crate) fn reading<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        self.execute("read", "BEGIN")?;
        // A transaction's state is that of its first read.
        let result = self.version().and_then(|_| read());
        let ended = self.execute("read", "COMMIT");
        let value = result?;
        ended.and_then(|()| self.check_seal()).map(|()| value)
    }

    /// Runs `write` in one transaction that no other writer shares, and commits what it returns.
    ///
    /// Foreign keys are not enforced meanwhile, so that rows can come and go in any order and no
    /// deletion cascades; [`Self::foreign_key_violations`] tells what would be wrong with them.
    /// Nor are CHECK constraints: they may call functions that only the application has, and a row that
    /// was there before its constraint is to come back as it was.
    pub(crate) fn writing<T>(&self, write: impl FnOnce() -> Result<T>) -> Result<T> {
        self.execute(
            "write",
            "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON",
        )?;
        self.execute("write", "BEGIN IMMEDIATE")?;
        let result = write().and_then(|value| self.execute("write", "COMMIT").map(|()| value));
        if result.is_err() && !self.connection.is_autocommit() {
            self.execute("roll back", "ROLLBACK")?;
        }
        result
    }

    /// Whether others read the last committed state while rows are being changed: there is a write-ahead
    /// log.
    pub(crate) fn is_read_while_written(&self) -> Result<bool> {
        let mode: rusqlite::Result<String> =
            self.connection
                .pragma_query_value(None, "journal_mode", |row| row.get(0));
        Ok(mode.map_err(self.failed("read"))? == "wal")
    }

    /// Waits as long as the timeout allows until no other process writes, and tells that it waits.
    pub(crate) fn wait_for_writers(&self, on: OnProgress<'_>) -> Result<()> {
        const PART: u64 = 50;
        let set = |timeout| self.connection.busy_timeout(timeout);
        set(Duration::ZERO).map_err(self.failed("write"))?;
        let longest = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        let mut waited = 0;
        let result = loop {
            match self.execute("write", "BEGIN IMMEDIATE; ROLLBACK") {
                Err(Error::Locked { .. }) if waited < longest => {}
                result => break result,
            }
            if let Err(cancelled) = report(on, Stage::Waiting, waited, longest) {
                break Err(cancelled);
            }
            let part = PART.min(longest - waited);
            thread::sleep(Duration::from_millis(part));
            waited += part;
        };
        set(self.timeout).map_err(self.failed("write"))?;
        result
    }

    /// Copies the database as it is at one moment, page by page, into a file.
    pub(crate) fn copy_to(&self, path: &Path, on: OnProgress<'_>) -> Result<()> {
        const PAGES: i32 = 1024;
        let failed = |error| translate(&error, "write", path, self.timeout);
        let mut copy = Connection::open(path).map_err(failed)?;
        // Whoever wants it to last syncs the file.
        let hurry = copy.execute_batch("PRAGMA synchronous = OFF");
        hurry.map_err(failed)?;
        let backup = Backup::new(&self.connection, &mut copy).map_err(failed)?;
        loop {
            match backup.step(PAGES).map_err(failed)? {
                StepResult::Done => return Ok(()),
                StepResult::More => {}
                _ => {
                    return Err(Error::Locked {
                        path: self.path.clone(),
                        waited: self.timeout,
                    });
                }
            }
            let pages = backup.progress();
            let [total, left] =
                [pages.pagecount, pages.remaining].map(|pages| u64::try_from(pages).unwrap_or(0));
            report(on, Stage::Copying, total - left, total)?;
        }
    }

    /// Lets what is written from now on reach the disk when it likes: of a copy that nobody needs after a
    /// crash.
    pub(crate) fn leave_to_chance(&self) -> Result<()> {
        self.execute("write", "PRAGMA synchronous = OFF")
    }

    /// Moves what is in the write-ahead log into the database file.
    pub(crate) fn settle(&self) -> Result<()> {
        self.execute("write", "PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// What tells that somebody else committed, or that the file is another: compare it on the same
    /// connection.
    pub(crate) fn version(&self) -> Result<Version> {
        let pragma = |name: &str| {
            self.connection
                .pragma_query_value(None, name, |row| row.get(0))
        };
        let schema = pragma("schema_version").map_err(self.failed("read"))?;
        let data = pragma("data_version").map_err(self.failed("read"))?;
        Ok(Version {
            data,
            schema,
            file: FileId::at(&self.path),
        })
    }

    fn execute(&self, doing: &'static str, sql: &str) -> Result<()> {
        self.connection
            .execute_batch(sql)
            .map_err(self.failed(doing))
    }

    /// One number that a query of one row and one column gives; NULL is nothing.
    fn number(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Option<i64>> {
        let statement = self.connection.prepare_cached(sql);
        let number = statement.and_then(|mut one| one.query_row(parameters, |row| row.get(0)));
        number.map_err(self.failed("read"))
    }

    fn failed(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> Error + '_ {
        move |error| translate(&error, doing, &self.path, self.timeout)
    }
}

/// Has SQLite look often whether it is to stop, and wakes it where it does not, as while it counts.
fn heed(connection: &mut Connection, stop: &CancellationToken) -> rusqlite::Result<()> {
    /// A row takes some ten of SQLite's steps.
    const STEPS: i32 = 1000;
    let asked = stop.clone();
    connection.progress_handler(STEPS, Some(move || asked.is_cancelled()))?;
    let handle = connection.get_interrupt_handle();
    stop.on_cancel(move || handle.interrupt());
    Ok(())
}

/// Runs SQL on a database that is made if it is not there, in one transaction. It is for data that
/// can be made again: a power failure may lose it.
pub(crate) fn run_script(path: &Path, sql: &str) -> Result<()> {
    let failed = |error: rusqlite::Error| translate(&error, "write", path, Duration::ZERO);
    let connection = Connection::open(path).map_err(failed)?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; BEGIN")
        .map_err(failed)?;
    connection.execute_batch(sql).map_err(failed)?;
    connection.execute_batch("COMMIT").map_err(failed)
}

fn translate(
    error: &rusqlite::Error,
    doing: &'static str,
    path: &Path,
    timeout: Duration,
) -> Error {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Locked {
            path,
            waited: timeout,
        },
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Error::NotADatabase {
            path,
            message: message(error),
        },
        Some(ErrorCode::ReadOnly) => Error::ReadOnly { path },
        Some(ErrorCode::DiskFull) => Error::DiskFull { path },
        Some(ErrorCode::OperationInterrupted) => Error::Cancelled,
        _ => Error::Database {
            doing,
            path,
            message: message(error),
        },
    }
}

/// SQLite's words, without the statement they were said about.
fn message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => {
            text.clone().unwrap_or_else(|| code.to_string())
        }
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}
