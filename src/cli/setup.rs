//! How a run is set up: the arguments, the configuration, and the workspace of a data folder.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::Args;
use crate::{
    config::{Config, ConfigFiles, WatchSettings},
    core::Workspace,
};

/// The arguments and the settings of a run.
#[derive(Clone, Copy, Debug)]
pub struct CommandSetup<'a> {
    /// The arguments of the program.
    pub args: &'a Args,
    /// What the user expects of a watch.
    pub watch: &'a WatchSettings,
    /// Whether no data folder was named, and none is here.
    pub is_nowhere: bool,
}

/// Opens data folders as the arguments say.
#[derive(Clone, Debug)]
pub(super) struct FolderOpener {
    config: Option<PathBuf>,
    database: Option<PathBuf>,
}

impl Args {
    pub(super) fn opener(&self) -> FolderOpener {
        FolderOpener {
            config: self.config.clone(),
            database: self.db.clone(),
        }
    }
}

impl FolderOpener {
    /// Reads the configuration of a data folder; returns its workspace, and what was ignored in its file.
    pub(super) fn open(&self, data_dir: &Path) -> anyhow::Result<(Workspace, Option<String>)> {
        if !data_dir.is_dir() {
            bail!("there is no folder {}", data_dir.display());
        }
        let config = self.load(data_dir)?;
        let ignored = config.ignored.clone();
        Ok((self.workspace(config, data_dir), ignored))
    }

    fn load(&self, data_dir: &Path) -> anyhow::Result<Config> {
        Config::load(ConfigFiles {
            own: Config::own_file().as_deref(),
            folder: Some(&Config::folder_file(data_dir)),
            chosen: self.config.as_deref(),
        })
    }

    fn workspace(&self, config: Config, data_dir: &Path) -> Workspace {
        let described = Config::folder_file(data_dir);
        let mut workspace = Workspace::builder(data_dir)
            .profile(config.profile)
            .archive(config.archive)
            .description(self.config.as_deref().unwrap_or(&described));
        let configured = config.database.map(|file| data_dir.join(file));
        if let Some(database) = configured {
            workspace = workspace.configured_database(database);
        }
        if let Some(database) = &self.database {
            workspace = workspace.database(database);
        }
        if let Some(cache) = Config::cache_folder() {
            workspace = workspace.cache_in(cache);
        }
        if let Some(state) = Config::state_folder() {
            workspace = workspace.memory_in(state);
        }
        workspace.build()
    }
}

/// Reads the configuration for a data folder.
pub fn load(args: &Args, data_dir: &Path) -> anyhow::Result<Config> {
    args.opener().load(data_dir)
}

/// Returns the database and the snapshots of a data folder.
pub fn workspace(config: Config, args: &Args, data_dir: &Path) -> Workspace {
    args.opener().workspace(config, data_dir)
}
