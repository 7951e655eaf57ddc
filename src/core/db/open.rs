//! Opens the application's database, even if a crashed process left a journal, and even in a folder
//! that cannot be written.

use std::{
    cell::RefCell,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rusqlite::{Connection, OpenFlags, config::DbConfig, ffi};

use super::{Access, Database, collate, translate};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::CancellationToken,
        regular::not_regular,
    },
    file::atomic_file::COMPANIONS,
};

/// The state of a file while no other process could write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seal {
    size: u64,
    modified: Option<SystemTime>,
}

impl Seal {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

impl Database {
    /// Opens an existing database. `timeout` is how long to wait for another process's lock. Fails if
    /// it does not exist, is not a database, or cannot be opened.
    pub fn open(path: &Path, access: Access, timeout: Duration) -> Result<Self> {
        let metadata = fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::NoDatabase {
                path: path.to_owned(),
            },
            _ => Error::io("open", path)(error),
        })?;
        // Beside an empty file SQLite deletes the log, which may be all that is left.
        let unfit = if metadata.is_file() {
            (access == Access::Read && metadata.len() == 0).then_some("it is empty")
        } else {
            Some("it is not a file")
        };
        if let Some(message) = unfit {
            return Err(Error::NotADatabase {
                path: path.to_owned(),
                message: message.to_owned(),
            });
        }
        refuse_pipes(path)?;
        let database = if access == Access::Read && !has_log(path) {
            Self::tidy_reader(path, timeout)?
        } else {
            Self::connect(path, access, timeout)?
        };
        match database.version() {
            Ok(_) => Ok(database),
            Err(error) if access == Access::Read && database.needs_writer() => {
                let opened = match Self::recovered(path, timeout) {
                    Err(error @ Error::NotADatabase { .. }) => return Err(error),
                    recovered => recovered.or_else(|_| Self::sealed(path, timeout)),
                };
                opened.map_err(|_| error)
            }
            Err(error) => Err(error),
        }
    }

    /// Opens a database that has no files beside it. To read one with a write-ahead log, SQLite
    /// creates that log, and only a connection that may write deletes it again; `query_only` keeps
    /// this one from writing anything else.
    fn tidy_reader(path: &Path, timeout: Duration) -> Result<Self> {
        let database = Self::connect(path, Access::Write, timeout)?;
        database.execute("open", "PRAGMA query_only = ON")?;
        Ok(database)
    }

    /// Removes the log that readers created beside a database that no program has open.
    pub fn remove_log(path: &Path) {
        // If the database is in use, or cannot be opened, its log stays.
        let opened = Self::tidy_reader(path, Duration::ZERO);
        let _ = opened.and_then(|database| database.version());
    }

    fn connect(path: &Path, access: Access, timeout: Duration) -> Result<Self> {
        let mode = match access {
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let failed = |error| translate(&error, "open", path, timeout);
        let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|error| system_error(path).unwrap_or_else(|| failed(error)))?;
        connection.busy_timeout(timeout).map_err(failed)?;
        harden(&connection).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(64);
        collate::register(&connection).map_err(failed)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            timeout,
            kinds: RefCell::default(),
            sealed: None,
            stop: CancellationToken::default(),
        })
    }

    /// Returns whether reading needs a writer: a crashed process left a journal to roll back, or
    /// the write-ahead log's index must be created.
    fn needs_writer(&self) -> bool {
        let sql = "SELECT count(*) FROM sqlite_schema";
        let read = self.connection.query_row(sql, [], |_| Ok(()));
        let code = read
            .err()
            .and_then(|error| Some(error.sqlite_error()?.extended_code));
        let codes = [
            ffi::SQLITE_READONLY_ROLLBACK,
            ffi::SQLITE_READONLY_RECOVERY,
            ffi::SQLITE_READONLY_CANTINIT,
            ffi::SQLITE_READONLY_DIRECTORY,
            ffi::SQLITE_CANTOPEN,
        ];
        code.is_some_and(|code| codes.contains(&code))
    }

    /// Lets a writer roll back or replay what a crash left, then opens the database for reading.
    fn recovered(path: &Path, timeout: Duration) -> Result<Self> {
        Self::connect(path, Access::Write, timeout)?.version()?;
        let database = Self::connect(path, Access::Read, timeout)?;
        database.version()?;
        Ok(database)
    }

    /// Opens a database in a folder where no file can be created, as immutable. With a journal
    /// beside it the file alone is not the whole state, and opening fails.
    fn sealed(path: &Path, timeout: Duration) -> Result<Self> {
        let closed = || Error::ReadOnly {
            path: path.to_owned(),
        };
        if has_journal(path) {
            return Err(closed());
        }
        let sealed = Seal::of(path);
        let name = uri(path).ok_or_else(closed)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let failed = |error| translate(&error, "open", path, timeout);
        let connection = Connection::open_with_flags(name, flags).map_err(failed)?;
        collate::register(&connection).map_err(failed)?;
        harden(&connection).map_err(failed)?;
        let database = Self {
            connection,
            path: path.to_owned(),
            timeout,
            kinds: RefCell::default(),
            sealed,
            stop: CancellationToken::default(),
        };
        database.version()?;
        Ok(database)
    }

    /// Fails if a database that was opened as immutable was written after all.
    pub(super) fn check_seal(&self) -> Result<()> {
        match self.sealed {
            Some(_) if Seal::of(&self.path) != self.sealed || has_journal(&self.path) => {
                Err(Error::ChangedWhileRead {
                    path: self.path.clone(),
                })
            }
            _ => Ok(()),
        }
    }
}

/// Returns why the system does not open a file that SQLite could not open: SQLite does not say.
fn system_error(path: &Path) -> Option<Error> {
    fs::File::open(path).err().map(Error::io("open", path))
}

/// Fails if a file that SQLite would open beside the database is not a regular file: on a pipe,
/// SQLite would block.
pub(super) fn refuse_pipes(path: &Path) -> Result<()> {
    let file = match dunce::canonicalize(path) {
        Ok(target) if path.is_symlink() => target,
        _ => path.to_owned(),
    };
    for ending in COMPANIONS {
        let mut companion = file.clone().into_os_string();
        companion.push(ending);
        let companion = PathBuf::from(companion);
        if metadata_beside(&companion).is_some_and(|found| !found.is_file()) {
            return Err(Error::io("open", companion)(not_regular()));
        }
    }
    Ok(())
}

/// Makes SQLite distrust the file: its schema may run no function that reaches outside the
/// database. Defensive mode stays off, since a plan compiles the statements that fill shadow
/// tables.
fn harden(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // On macOS only this makes a commit reach the disk.
    if cfg!(target_os = "macos") {
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    }
    // Overlapping cells in a page are an error, not read as rows.
    connection.pragma_update(None, "cell_size_check", true)
}

fn has_journal(path: &Path) -> bool {
    ["-wal", "-journal"]
        .into_iter()
        .any(|ending| metadata_beside(&beside(path, ending)).is_some_and(|found| found.len() > 0))
}

/// Returns whether a database has a write-ahead log or journal beside it.
pub fn has_log(path: &Path) -> bool {
    let mut endings = COMPANIONS.into_iter();
    endings.any(|ending| metadata_beside(&beside(path, ending)).is_some())
}

/// Returns the metadata of a file beside a database without opening it.
///
/// Windows opens a file to read its length, and an application that deletes its journal to commit
/// fails while another process has the journal open. So there the folder is listed.
fn metadata_beside(path: &Path) -> Option<fs::Metadata> {
    if cfg!(unix) {
        return fs::symlink_metadata(path).ok();
    }
    let name = path.file_name()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut entries = fs::read_dir(folder).ok()?.flatten();
    let entry = entries.find(|entry| entry.file_name().eq_ignore_ascii_case(name))?;
    entry.metadata().ok()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Returns the path as a URI with parameters for SQLite.
fn uri(path: &Path) -> Option<String> {
    let path = path
        .to_str()?
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    Some(format!("file:{path}?immutable=1"))
}
