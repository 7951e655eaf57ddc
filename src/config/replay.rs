//! The replay command: one of the application that a file describes, and those of single data folders.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::bail;
use serde::Deserialize;

use crate::core::ReplayCommand;

/// `[replay]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayLayer {
    pub(super) command: Option<Vec<String>>,
}

impl ReplayLayer {
    /// Takes the command from here, or else from `below`.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            command: self.command.or(below.command),
        }
    }
}

/// `[folder."/path/to/data"]`: what the user sets for one data folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FolderLayer {
    #[serde(default)]
    replay: ReplayLayer,
}

/// The settings of single data folders; of two for the same folder the first counts.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "BTreeMap<PathBuf, FolderLayer>")]
pub(super) struct FoldersLayer(Vec<(PathBuf, FolderLayer)>);

impl From<BTreeMap<PathBuf, FolderLayer>> for FoldersLayer {
    fn from(folders: BTreeMap<PathBuf, FolderLayer>) -> Self {
        Self(folders.into_iter().collect())
    }
}

impl FoldersLayer {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn over(mut self, below: Self) -> Self {
        self.0.extend(below.0);
        self
    }

    /// Returns the command for a data folder: its own, or else that of the application.
    pub(super) fn command(
        self,
        of_application: ReplayLayer,
        data_dir: Option<&Path>,
    ) -> anyhow::Result<Option<ReplayCommand>> {
        if let Some((relative, _)) = self.0.iter().find(|(folder, _)| folder.is_relative()) {
            bail!(
                "the configuration has settings of the folder {:?}: name it by an absolute path",
                relative.display().to_string()
            );
        }
        let data_dir = data_dir.and_then(|folder| folder.canonicalize().ok());
        let is_here = |folder: &Path| data_dir.is_some() && folder.canonicalize().ok() == data_dir;
        let mut own = self.0.into_iter();
        let own = own.find(|(folder, set)| set.replay.command.is_some() && is_here(folder));
        let own = own.map(|(_, set)| set.replay).unwrap_or_default();
        command(own.over(of_application).command.unwrap_or_default())
    }
}

/// Returns the command of these words; `None` if there are none.
fn command(words: Vec<String>) -> anyhow::Result<Option<ReplayCommand>> {
    let mut words = words.into_iter();
    let Some(program) = words.next() else {
        return Ok(None);
    };
    // A program in the working directory would depend on where Unrewind is called.
    if program.is_empty() || (program.contains('/') && Path::new(&program).is_relative()) {
        bail!(
            "replay.command begins with {program:?}: name the program by an absolute path, or by its name if it is in PATH"
        );
    }
    Ok(Some(ReplayCommand {
        program,
        arguments: words.collect(),
    }))
}
