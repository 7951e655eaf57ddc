//! Finds the application's database in its data folder.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{
    Access, Database,
    open::{has_log, refuse_pipes},
};
use crate::core::{
    base::{
        error::{Error, Result},
        profile::Profile,
    },
    file::atomic_file::COMPANIONS,
};

/// Returns the only database of `folder` with the profile's event log, or if that names none, with
/// any of its tables. Files in `copies`, and files named like copies, do not count. None or several
/// are errors that list what was found.
pub fn find_database(folder: &Path, profile: &Profile, copies: &[PathBuf]) -> Result<PathBuf> {
    let mut fitting = Vec::new();
    let mut others = Vec::new();
    for path in candidates(folder, copies)? {
        let database = Database::open(&path, Access::Read, profile.busy_timeout);
        match database.and_then(|database| database.check_application(profile)) {
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
        // If there is only one, its error is the most precise.
        (0, 1) => Err(others.remove(0)),
        (0, _) => Err(Error::Selection {
            what: none(folder, what, &others),
        }),
        _ => Err(several(folder, &format!(" have {what}"), &fitting)),
    }
}

/// Returns the database remembered for `folder`. Fails if it is missing and another could be
/// mistaken for it.
pub fn remembered_database(folder: &Path, path: PathBuf) -> Result<PathBuf> {
    if path.symlink_metadata().is_ok() {
        return Ok(path);
    }
    let others = databases(folder).unwrap_or_default();
    if others.is_empty() {
        return Ok(path);
    }
    let (is_are, it) = if others.len() == 1 {
        ("is", "it")
    } else {
        ("are", "one")
    };
    let what = format!(
        "the database {} is missing, and {} {is_are} not used instead: move it back, or name {it} with --db",
        path.display(),
        list(&others)
    );
    let gone = Some(path);
    Err(Error::WhichDatabase { what, gone })
}

/// Returns the only database of `folder`, whatever it contains. Fails if there is none, or if there
/// are several.
pub fn only_database(folder: &Path, copies: &[PathBuf]) -> Result<PathBuf> {
    let mut found = candidates(folder, copies)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Error::Selection {
            what: none(folder, "", &[]),
        }),
        _ => Err(several(folder, "", &found)),
    }
}

fn several(folder: &Path, what: &str, found: &[PathBuf]) -> Error {
    let what = format!(
        "several databases in {}{what}: {}; name one with --db",
        folder.display(),
        list(found)
    );
    Error::WhichDatabase { what, gone: None }
}

fn list(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    names.join(", ")
}

impl Database {
    /// Fails if this cannot be the database of the profile's application.
    fn check_application(&self, profile: &Profile) -> Result<()> {
        self.refuse_empty()?;
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

/// Lists the databases in a folder that may be the application's. If all are copies or links, the
/// error names them.
fn candidates(folder: &Path, copies: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let is_other =
        |path: &PathBuf| is_copy(path) || copies.contains(path) || leads_out(path, folder);
    let (others, candidates): (Vec<_>, Vec<_>) = databases(folder)?.into_iter().partition(is_other);
    if candidates.is_empty() && !others.is_empty() {
        let what = format!(
            "the only databases in {} are copies or links to other folders: {}; name one with --db",
            folder.display(),
            list(&others)
        );
        return Err(Error::WhichDatabase { what, gone: None });
    }
    Ok(candidates)
}

/// Returns whether a file is a link to another folder.
fn leads_out(path: &Path, folder: &Path) -> bool {
    path.is_symlink()
        && match (dunce::canonicalize(path), dunce::canonicalize(folder)) {
            (Ok(target), Ok(folder)) => !target.starts_with(folder),
            _ => true,
        }
}

/// Returns whether a file has a name that people and programs give to copies of a database.
pub fn is_copy(path: &Path) -> bool {
    const ENDINGS: [&str; 14] = [
        ".bak", ".bck", ".bk", ".backup", ".old", ".orig", ".save", ".sav", ".copy", ".prev",
        ".tmp", ".temp", ".part", "~",
    ];
    /// Words at the end of a copy's name, before the extension.
    const WORDS: [&str; 6] = ["copy", "backup", "bak", "old", "orig", "save"];
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let continues =
        |ending: &str| name.contains(&format!("{ending}-")) || name.contains(&format!("{ending}."));
    let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
    // As in `chat copy 2` and `chat (1)`.
    let number = |character: char| character.is_ascii_digit() || "() ".contains(character);
    let unnumbered = stem.trim_end_matches(number);
    let is_numbered = stem.ends_with(')') && stem.contains('(');
    let has_word = WORDS.iter().any(|word| {
        let before = unnumbered.strip_suffix(word);
        before
            .is_some_and(|before| before.is_empty() || before.ends_with([' ', '-', '_', '.', '(']))
    });
    ENDINGS.iter().any(|ending| name.ends_with(ending))
        || [".db", ".sqlite", ".sqlite3"].into_iter().any(continues)
        || (is_numbered && unnumbered.len() < stem.len())
        || has_word
        || name.starts_with("copy of ")
        || name.contains("conflict")
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
    paths.retain(|path| dunce::canonicalize(path).is_ok_and(|path| known.insert(path)));
    paths.sort();
    Ok(paths)
}

/// Returns whether SQLite accepts a file as a database. Only SQLite may open the file: closing it
/// any other way would release all locks of this process on it, also those of its connections.
/// Files that SQLite keeps beside a database are not opened at all.
pub(crate) fn is_database(path: &Path) -> bool {
    let name = path.as_os_str().as_encoded_bytes();
    let is_companion = COMPANIONS.iter().any(|end| name.ends_with(end.as_bytes()));
    if is_companion || !fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0) {
        return false;
    }
    if refuse_pipes(path).is_err() {
        // Opening it later reports what is wrong.
        return true;
    }
    // Only a writer deletes the write-ahead log that SQLite creates for reading.
    let mode = if has_log(path) {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    };
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(path, flags) else {
        // A file that may not be read: if it is named like a database, opening it later reports why.
        let end = path.extension().and_then(|end| end.to_str());
        return end.is_some_and(|end| ["db", "sqlite", "sqlite3"].contains(&end));
    };
    // A locked file is a database.
    let _ = connection.busy_timeout(Duration::ZERO);
    let version = connection.pragma_query_value(None, "schema_version", |_| Ok(()));
    version.map_err(|error| error.sqlite_error_code()) != Err(Some(ErrorCode::NotADatabase))
}
