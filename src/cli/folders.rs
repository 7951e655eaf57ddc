//! The data folders that `watch` and `status` look after: one, several, or all that the user's configuration names.

use std::path::PathBuf;

use anyhow::bail;

use super::CommandSetup;
use crate::config::WatchSettings;

/// The data folders, as arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Folders {
    /// Data folders, instead of the one that --data-dir names
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// All data folders that your configuration names in [[workspace]]
    #[arg(long, conflicts_with = "dirs")]
    all: bool,
}

impl Folders {
    /// Returns whether they name no folder, so that the one of the run is meant.
    pub(super) fn is_empty(&self, setup: &CommandSetup<'_>) -> bool {
        self.dirs.is_empty() && !self.takes_all(setup.is_nowhere, setup.watch)
    }

    /// Returns whether they are found without a data folder here.
    pub(super) fn are_named(&self, settings: &WatchSettings) -> bool {
        !self.dirs.is_empty() || self.takes_all(true, settings)
    }

    fn takes_all(&self, is_nowhere: bool, settings: &WatchSettings) -> bool {
        self.all || (is_nowhere && self.dirs.is_empty() && !settings.folders.is_empty())
    }

    /// Returns the named folders, each once.
    pub(super) fn all(&self, setup: &CommandSetup<'_>) -> anyhow::Result<Vec<PathBuf>> {
        let named = if self.dirs.is_empty() {
            &setup.watch.folders
        } else {
            &self.dirs
        };
        if named.is_empty() {
            bail!("your configuration names no data folders: add [[workspace]] with data_dir");
        }
        if setup.args.db.is_some() && named.len() > 1 {
            bail!(
                "--db names one database, and there are {} data folders",
                named.len()
            );
        }
        let mut seen = Vec::new();
        let mut folders = Vec::new();
        for folder in named {
            let real = dunce::canonicalize(folder).unwrap_or_else(|_| folder.clone());
            if !seen.contains(&real) {
                seen.push(real);
                folders.push(folder.clone());
            }
        }
        Ok(folders)
    }
}
