//! The application's database, found in its data folder.

use std::{
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
            Ok(false) => others.push(format!(
                "{} has no table {}",
                path.display(),
                profile.log.table
            )),
            Err(error) => others.push(error.to_string()),
        }
    }
    match logged.len() {
        1 => Ok(logged.remove(0)),
        0 => Err(Error::Selection {
            what: none(folder, &others),
        }),
        _ => {
            let names: Vec<String> = logged
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            let what = format!(
                "several databases in {} have an event log: {}",
                folder.display(),
                names.join(", ")
            );
            Err(Error::Selection { what })
        }
    }
}

fn none(folder: &Path, others: &[String]) -> String {
    let found = if others.is_empty() {
        "there is no SQLite database".to_owned()
    } else {
        others.join("; ")
    };
    format!(
        "no database with an event log in {}: {found}",
        folder.display()
    )
}

fn databases(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| path.is_file() && begins_as_database(path));
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
