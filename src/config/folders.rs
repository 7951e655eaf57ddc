//! The user's settings of single data folders: the replay command and the archive.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::bail;
use serde::Deserialize;

use super::{
    archive::ArchiveLayer,
    replay::{ReplayLayer, command},
};
use crate::core::ReplayCommand;

/// `[folder."/path/to/data"]`: what the user sets for one data folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FolderLayer {
    #[serde(default)]
    replay: ReplayLayer,
    #[serde(default)]
    archive: ArchiveLayer,
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

    /// Returns the replay command and the archive of a data folder: its own settings over those for all.
    pub(super) fn of(
        self,
        (replay, archive): (ReplayLayer, ArchiveLayer),
        data_dir: Option<&Path>,
    ) -> anyhow::Result<(Option<ReplayCommand>, ArchiveLayer)> {
        if let Some((relative, _)) = self.0.iter().find(|(folder, _)| folder.is_relative()) {
            bail!(
                "the configuration has settings of the folder {:?}: name it by an absolute path",
                relative.display().to_string()
            );
        }
        let data_dir = data_dir.and_then(|folder| dunce::canonicalize(folder).ok());
        let is_here =
            |folder: &Path| data_dir.is_some() && dunce::canonicalize(folder).ok() == data_dir;
        let here = self.0.into_iter().filter(|(folder, _)| is_here(folder));
        let mut own = FolderLayer::default();
        for (_, set) in here {
            own = FolderLayer {
                replay: own.replay.over(set.replay),
                archive: own.archive.over(set.archive),
            };
        }
        let words = own.replay.over(replay).command.unwrap_or_default();
        Ok((command(words)?, own.archive.over(archive)))
    }
}
