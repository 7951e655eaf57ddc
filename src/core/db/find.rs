//! The application's database, found in its data folder.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use super::{Access, Database};
use crate::core::{
    error::{Error, Result},
    profile::Profile,
};

/// How every SQLite database begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The one database of `folder` that has the profile's event log. None and several are errors that
/// list what was found.
pub fn find_database(folder: &Path, profile: &Profile) -> Result<PathBuf> {
    let mut logged = Vec::new();
    let mut others = Vec::new();
    for path in databases(folder)? {
        let database = Database::open(&path, Access::Read, profile.busy_timeout);
        match database.and_then(|database| database.has_table(&profile.log.table)) {
            Ok(true) => logged.push(path),
            Ok(false) => others.push(Error::NoEventLog {
                path,
                table: profile.log.table.clone(),
            }),
            Err(error) => others.push(error),
        }
    }
    match (logged.len(), others.len()) {
        (1, _) => Ok(logged.remove(0)),
        // The one there is tells best what is wrong.
        (0, 1) => Err(others.remove(0)),
        (0, _) => Err(Error::Selection {
            what: none(folder, &others),
        }),
        _ => {
            let names: Vec<String> = logged
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            let names = names.join(", ");
            let what = format!(
                "several databases in {} have an event log: {names}; name one with --db",
                folder.display()
            );
            Err(Error::Selection { what })
        }
    }
}

fn none(folder: &Path, others: &[Error]) -> String {
    let folder = folder.display();
    if others.is_empty() {
        return format!(
            "there is no SQLite database in {folder}; name the application's data folder with --data-dir"
        );
    }
    let found: Vec<String> = others.iter().map(Error::to_string).collect();
    format!(
        "no database with an event log in {folder}: {}",
        found.join("; ")
    )
}

fn databases(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| path.is_file() && begins_as_database(path));
    // A link to a database is the same database.
    paths.sort_by_key(|path| (path.is_symlink(), path.clone()));
    let mut known = HashSet::new();
    paths.retain(|path| path.canonicalize().is_ok_and(|path| known.insert(path)));
    paths.sort();
    Ok(paths)
}

fn begins_as_database(path: &Path) -> bool {
    let mut start = [0; 16];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && &start == MAGIC
}
