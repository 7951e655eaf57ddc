//! The application's database, found in its data folder.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Access, Database, open::refuse_pipes};
use crate::core::{
    draft::COMPANIONS,
    error::{Error, Result},
    profile::Profile,
};

/// The one database of `folder` that has the profile's event log, or where that names none, any of
/// its tables. None and several are errors that list what was found.
pub fn find_database(folder: &Path, profile: &Profile) -> Result<PathBuf> {
    let mut fitting = Vec::new();
    let mut others = Vec::new();
    for path in databases(folder)? {
        let database = Database::open(&path, Access::Read, profile.busy_timeout);
        match database.and_then(|database| database.refuse_stranger(profile)) {
            Ok(()) => fitting.push(path),
            Err(error) => others.push(error),
        }
    }
    let what = if profile.log.is_some() {
        "an event log"
    } else {
        "the profile's tables"
    };
    match (fitting.len(), others.len()) {
        (1, _) => Ok(fitting.remove(0)),
        // The one there is tells best what is wrong.
        (0, 1) => Err(others.remove(0)),
        (0, _) => Err(Error::Selection {
            what: none(folder, what, &others),
        }),
        _ => Err(several(folder, &format!(" have {what}"), &fitting)),
    }
}

/// The one database of `folder`, whatever is in it.
pub fn only_database(folder: &Path) -> Result<PathBuf> {
    let mut found = databases(folder)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Error::Selection {
            what: none(folder, "", &[]),
        }),
        _ => Err(several(folder, "", &found)),
    }
}

fn several(folder: &Path, what: &str, found: &[PathBuf]) -> Error {
    let names: Vec<String> = found
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let what = format!(
        "several databases in {}{what}: {}; name one with --db",
        folder.display(),
        names.join(", ")
    );
    Error::Selection { what }
}

impl Database {
    /// Fails if this cannot be the database of the profile's application.
    fn refuse_stranger(&self, profile: &Profile) -> Result<()> {
        let Some(log) = &profile.log else {
            if self.schema(profile)?.present().next().is_some() {
                return Ok(());
            }
            return Err(self.unfitting("it has none of its tables".to_owned()));
        };
        if self.has_table(&log.table)? {
            return Ok(());
        }
        Err(Error::NoEventLog {
            path: self.path.clone(),
            table: log.table.clone(),
        })
    }
}

fn none(folder: &Path, what: &str, others: &[Error]) -> String {
    let folder = folder.display();
    if others.is_empty() {
        return format!(
            "there is no SQLite database in {folder}; name the application's data folder with --data-dir"
        );
    }
    let found: Vec<String> = others.iter().map(Error::to_string).collect();
    format!("no database with {what} in {folder}: {}", found.join("; "))
}

fn databases(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| is_database(path));
    // A link to a database is the same database.
    paths.sort_by_key(|path| (path.is_symlink(), path.clone()));
    let mut known = HashSet::new();
    paths.retain(|path| path.canonicalize().is_ok_and(|path| known.insert(path)));
    paths.sort();
    Ok(paths)
}

/// Whether a file is a database, as SQLite says, and nobody else may: of a file that is closed all locks
/// are gone that the process has on it, also those of its connections. So what SQLite keeps beside a
/// database is not looked into at all.
fn is_database(path: &Path) -> bool {
    let name = path.as_os_str().as_encoded_bytes();
    let is_companion = COMPANIONS.iter().any(|end| name.ends_with(end.as_bytes()));
    if is_companion || !fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0) {
        return false;
    }
    if refuse_pipes(path).is_err() {
        // Opening it says what is wrong with it.
        return true;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(path, flags) else {
        return false;
    };
    // One that is locked is one.
    let _ = connection.busy_timeout(Duration::ZERO);
    let version = connection.pragma_query_value(None, "schema_version", |_| Ok(()));
    version.map_err(|error| error.sqlite_error_code()) != Err(Some(ErrorCode::NotADatabase))
}
