//! How a run is set up: the arguments, the configuration, and the workspace of a data folder.

use std::path::Path;

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

impl CommandSetup<'_> {
    /// Reads the configuration of another data folder; returns its workspace, and what was ignored in its file.
    pub(super) fn of_folder(&self, data_dir: &Path) -> anyhow::Result<(Workspace, Option<String>)> {
        if !data_dir.is_dir() {
            bail!("there is no folder {}", data_dir.display());
        }
        let config = load(self.args, data_dir)?;
        let ignored = config.ignored.clone();
        Ok((workspace(config, self.args, data_dir), ignored))
    }
}

/// Reads the configuration for a data folder.
pub fn load(args: &Args, data_dir: &Path) -> anyhow::Result<Config> {
    Config::load(ConfigFiles {
        own: Config::own_file().as_deref(),
        folder: Some(&Config::folder_file(data_dir)),
        chosen: args.config.as_deref(),
    })
}

/// Returns the database and the snapshots of a data folder.
pub fn workspace(config: Config, args: &Args, data_dir: &Path) -> Workspace {
    let described = Config::folder_file(data_dir);
    let mut workspace = Workspace::builder(data_dir)
        .profile(config.profile)
        .archive(config.archive)
        .description(args.config.as_deref().unwrap_or(&described));
    let configured = config.database.map(|file| data_dir.join(file));
    if let Some(database) = configured {
        workspace = workspace.configured_database(database);
    }
    if let Some(database) = &args.db {
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
