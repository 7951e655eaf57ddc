//! The application's database, and the only user of rusqlite: connections, transactions, and
//! SQLite's errors as our own. Its parts know the schema, read rows (also ahead, on a second
//! thread), change rows, check what must hold afterwards, and sort what does not fit into memory.

mod affinity;
mod ascending;
mod change;
mod check;
mod collate;
mod commit_mark;
mod coverage;
mod find;
mod full_text;
mod introspect;
mod kinds;
mod make;
mod migrations;
mod module;
mod open;
mod order;
mod prefetch;
mod reference;
mod rows;
mod schema;
mod script;
mod sorter;
mod sql_tokens;
mod statement;
mod trial;
mod trigger;
use std::{
    cell::RefCell,
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

pub(crate) use ascending::Ascending;
pub(crate) use change::{Changer, Outcome};
pub(crate) use check::Violation;
pub(crate) use commit_mark::CommitMark;
pub use coverage::Coverage;
pub(crate) use find::is_database;
pub use find::{find_database, is_copy, only_database, remembered_database};
pub(crate) use full_text::FullText;
pub(crate) use introspect::{ByRowid, Introspection};
use kinds::TableKinds;
pub(crate) use migrations::RecordedVersion;
pub(crate) use module::VirtualTable;
pub use open::has_log;
pub(crate) use order::{RowOrder, RowRun};
pub(crate) use prefetch::{OnBytes, PrefetchedRows};
pub(crate) use reference::Reference;
pub(crate) use rows::{KeyLookup, LiveRows, Select};
pub(crate) use schema::{LAST_EVENT_ID, Schema, quoted};
pub(crate) use script::Script;
pub(crate) use sorter::{SortedRows, Sorter};
pub(crate) use statement::rebuilding;
pub(crate) use trial::Trial;
pub(crate) use trigger::{Firing, Triggers};

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read; in a database with a write-ahead log this never blocks a writer.
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
    /// What each table is, as last read.
    kinds: RefCell<Option<TableKinds>>,
    /// The file's state when it was opened as immutable.
    sealed: Option<open::Seal>,
    stop: CancellationToken,
}

/// A value that changes when another connection commits or another file takes the database's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    data: i64,
    schema: i64,
    /// The file that has the path now, which may not be the opened one.
    file: Option<FileId>,
}

impl Database {
    /// Returns the path of the database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes this connection's work fail as cancelled once `stop` is cancelled.
    pub fn stopped_by(mut self, stop: &CancellationToken) -> Result<Self> {
        let handled = cancel_with(&mut self.connection, stop);
        handled.map_err(self.failed("read"))?;
        self.stop = stop.clone();
        Ok(self)
    }

    /// Returns the token that cancels this connection's work.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Returns the size of the database file and its write-ahead log, in bytes.
    pub fn size(&self) -> u64 {
        let length = |path: &PathBuf| fs::metadata(path).map_or(0, |metadata| metadata.len());
        self.files().iter().map(length).sum()
    }

    /// Returns the paths of the database file and its write-ahead log, which is beside the file
    /// even if the path is a link.
    pub(crate) fn files(&self) -> [PathBuf; 2] {
        let file = dunce::canonicalize(&self.path).unwrap_or(self.path.clone());
        let mut log = file.clone().into_os_string();
        log.push("-wal");
        [file, log.into()]
    }

    /// Runs `read` on one unchanging state of the database; within another such read, on that state.
    pub(crate) fn reading<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.connection.is_autocommit() {
            return read();
        }
        self.begin_reading()?;
        let result = read();
        let ended = self.end_reading();
        let value = result?;
        ended.map(|()| value)
    }

    /// Keeps the state that is read as it is, until [`Self::end_reading`] or until the database is
    /// dropped.
    pub(crate) fn begin_reading(&self) -> Result<()> {
        self.execute("read", "BEGIN")?;
        // A transaction's state is fixed by its first read.
        let fixed = self.version().map(drop);
        if fixed.is_err() {
            self.execute("read", "COMMIT")?;
        }
        fixed
    }

    /// Lets the state that is read follow the database again.
    pub(crate) fn end_reading(&self) -> Result<()> {
        self.execute("read", "COMMIT")?;
        self.check_seal()
    }

    /// Runs long work that does not need the state that is read. Without a write-ahead log a reader keeps
    /// the application from committing, so that state is released meanwhile; fails with [`Error::Stale`] if
    /// it has changed afterwards.
    pub(crate) fn without_blocking<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if self.connection.is_autocommit() || self.is_read_while_written()? {
            return work();
        }
        let before = self.version()?;
        self.end_reading()?;
        let value = work()?;
        self.begin_reading()?;
        if self.version()? == before {
            return Ok(value);
        }
        Err(Error::Stale {
            what: self.path.display().to_string(),
        })
    }

    /// Runs `write` in one exclusive write transaction, and commits if it succeeds.
    ///
    /// Foreign keys are not enforced meanwhile, so that rows can come and go in any order and no
    /// deletion cascades; [`Self::foreign_key_violations`] finds the violations. CHECK constraints
    /// are not enforced either: they may call functions of the application, and a row older than
    /// its constraint must be restorable.
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

    /// Returns whether others can read the last committed state during a write: the database has a
    /// write-ahead log.
    pub(crate) fn is_read_while_written(&self) -> Result<bool> {
        let mode: rusqlite::Result<String> =
            self.connection
                .pragma_query_value(None, "journal_mode", |row| row.get(0));
        Ok(mode.map_err(self.failed("read"))? == "wal")
    }

    /// Waits until no other process writes, at most for the timeout, and reports that it waits.
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
            // SQLite does not report when a lock ends, and its own wait could not be cancelled.
            thread::sleep(Duration::from_millis(part));
            waited += part;
        };
        set(self.timeout).map_err(self.failed("write"))?;
        result
    }

    /// Copies the database as of one point in time, page by page, into a file.
    pub(crate) fn copy_to(&self, path: &Path, on: OnProgress<'_>) -> Result<()> {
        const PAGES: i32 = 1024;
        let failed = |error| translate(&error, "write", path, self.timeout);
        let mut copy = Connection::open(path).map_err(failed)?;
        // A caller that needs durability syncs the file.
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

    /// Stops syncing writes to disk: for copies that no one needs after a crash.
    pub(crate) fn stop_syncing(&self) -> Result<()> {
        self.execute("write", "PRAGMA synchronous = OFF")
    }

    /// Moves the write-ahead log's content into the database file.
    pub(crate) fn checkpoint_wal(&self) -> Result<()> {
        self.execute("write", "PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// Fails if the file was opened to be written and cannot be.
    pub(crate) fn refuse_read_only(&self) -> Result<()> {
        if self
            .connection
            .is_readonly("main")
            .map_err(self.failed("open"))?
        {
            let path = self.path.clone();
            return Err(Error::ReadOnly { path });
        }
        Ok(())
    }

    /// Returns a value that changes when another connection commits or the file is replaced.
    /// Compare only values of the same connection.
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

    /// Runs a query of one row and one column; NULL is `None`.
    fn number(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Option<i64>> {
        let statement = self.connection.prepare_cached(sql);
        let number = statement.and_then(|mut one| one.query_row(parameters, |row| row.get(0)));
        number.map_err(self.failed("read"))
    }

    fn failed(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> Error + '_ {
        move |error| translate(&error, doing, &self.path, self.timeout)
    }
}

/// Makes SQLite check often whether it was cancelled, and interrupts it where it does not check, as
/// while it counts.
fn cancel_with(connection: &mut Connection, stop: &CancellationToken) -> rusqlite::Result<()> {
    /// SQLite takes about ten steps per row.
    const STEPS: i32 = 1000;
    let cancelled = stop.clone();
    connection.progress_handler(STEPS, Some(move || cancelled.is_cancelled()))?;
    let handle = connection.get_interrupt_handle();
    stop.on_cancel(move || handle.interrupt());
    Ok(())
}

/// Runs SQL in one transaction, and creates the database if it does not exist. For data that can be
/// recreated: a power failure may lose it.
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
        // Only for a reader: a commit that fails this way may have reached the disk.
        _ if doing == "read" && is_without_room_for_shm(error) => Error::DiskFull { path },
        Some(ErrorCode::OperationInterrupted) => Error::Cancelled,
        _ => Error::Database {
            doing,
            path,
            message: message(error),
        },
    }
}

/// Returns whether there is no room for the `-shm` file, without which a database in WAL mode cannot be read:
/// SQLite names only an I/O error.
fn is_without_room_for_shm(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// Returns SQLite's message without the statement.
fn message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => {
            text.clone().unwrap_or_else(|| code.to_string())
        }
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}
