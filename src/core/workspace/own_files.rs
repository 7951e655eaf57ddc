//! Which files belong to the application and to Unrewind. A file that a user names for something else, such as
//! an export or a log, must not become one.

use std::path::{Path, PathBuf};

use super::Workspace;
use crate::core::{
    base::error::{Error, Result},
    db::is_database,
    file::{
        atomic_file::COMPANIONS,
        snapshot::{Kind, Snapshot},
    },
};

impl Workspace {
    /// Fails if a file about to be made for the user would belong to the application or to Unrewind: the
    /// database or a file that SQLite keeps beside one, anything in the snapshots folder or in the archive, the
    /// description of the application, or a name that Unrewind gives its own files.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`], which names the file and its purpose.
    pub fn refuse_own_file(&self, path: &Path) -> Result<()> {
        self.purpose(path)
            .map_or(Ok(()), |what| refusal(path, &what))
    }

    /// Fails if a log must not be appended to a file: one that [`Self::refuse_own_file`] refuses, a database, a
    /// snapshot or a configuration.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`], which names the file and what it is.
    pub fn refuse_as_log(&self, path: &Path) -> Result<()> {
        self.refuse_own_file(path)?;
        let is_snapshot = |path: &Path| {
            Snapshot::inspect(path.to_owned(), None).is_ok_and(|snapshot| snapshot.is_intact())
        };
        if is_database(path) {
            return refusal(path, "is a database");
        } else if is_snapshot(path) {
            return refusal(path, "is a snapshot");
        } else if path.extension().is_some_and(|end| end == "toml")
            || (path.exists() && located(path) == located(&self.description))
        {
            return refusal(path, "is a configuration file");
        }
        Ok(())
    }

    /// Returns what a file of this name is for, if it is the application's or Unrewind's own.
    fn purpose(&self, path: &Path) -> Option<String> {
        // Without a folder nothing can be written there.
        let file = located(path)?;
        let (folder, name) = (file.parent()?, file.file_name()?.to_string_lossy());
        let root = self.store.root();
        let kinds = Kind::ALL.map(|kind| root.join(kind.name()));
        let kept = kinds.iter().map(PathBuf::as_path).chain([root]);
        let mut kept = kept.filter_map(|kept| dunce::canonicalize(kept).ok());
        if kept.any(|kept| folder.starts_with(kept)) || located(root).as_ref() == Some(&file) {
            return Some(
                "is in the snapshots folder, which holds only Unrewind's files".to_owned(),
            );
        }
        let archive = self.archive.folder(&self.data_dir);
        if archive.is_some_and(|archive| folder.starts_with(archive)) {
            return Some("is in the archive, which holds only the archive's files".to_owned());
        }
        let name = name.to_ascii_lowercase();
        if name == "unrewind.toml" {
            return Some("is the name of the file that describes the application".to_owned());
        } else if name.starts_with(".unrewind-") {
            return Some("is named like a temporary file of Unrewind".to_owned());
        }
        let known = self.database.clone().or_else(|| self.configured.clone());
        let known = known.or_else(|| self.memory.database(&self.data_dir));
        let known = known.and_then(|known| located(&known));
        if known.as_ref() == Some(&file) {
            return Some("is the application's database".to_owned());
        }
        let beside = COMPANIONS.iter().find_map(|end| name.strip_suffix(end));
        // The end is ASCII, so both names have the same length.
        let database = beside.and_then(|name| {
            let database = file.file_name()?.to_str()?.get(..name.len())?;
            Some(folder.join(database))
        });
        let is_beside =
            |database: &PathBuf| known.as_ref() == Some(database) || is_database(database);
        let database = database.filter(is_beside)?;
        Some(format!(
            "is a name that SQLite uses for a part of the database {}",
            database.display()
        ))
    }
}

/// Returns the path with its folder resolved, if there is such a folder.
fn located(path: &Path) -> Option<PathBuf> {
    Some(folder_of(path)?.join(path.file_name()?))
}

/// Returns the folder of a path, without links, if it exists.
pub(super) fn folder_of(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    dunce::canonicalize(folder.unwrap_or(Path::new("."))).ok()
}

fn refusal(path: &Path, what: &str) -> Result<()> {
    let what = format!("{} {what}: choose another file", path.display());
    Err(Error::Selection { what })
}
