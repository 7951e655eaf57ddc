//! The data folders that `watch` and `status` look after: one, several, or all that the user's configuration names.

use std::{
    path::PathBuf,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

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
        for (folder, real) in named.iter().zip(real_paths(named)) {
            if !seen.contains(&real) {
                seen.push(real);
                folders.push(folder.clone());
            }
        }
        Ok(folders)
    }
}

/// Resolves the links in paths, on a thread of its own: a file system may not respond. If one does not, its path and
/// those after it stay as they are.
fn real_paths(paths: &[PathBuf]) -> Vec<PathBuf> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let mut real = paths.to_vec();
    let (sender, resolved) = mpsc::channel();
    let named = paths.to_vec();
    let resolve = move || {
        // One that comes too late is not needed.
        let real = |path: PathBuf| dunce::canonicalize(&path).unwrap_or(path);
        let _ = named
            .into_iter()
            .try_for_each(|path| sender.send(real(path)));
    };
    if let Err(error) = thread::Builder::new().spawn(resolve) {
        log::debug!("no thread to resolve paths: {error}");
    }
    let began = Instant::now();
    for path in &mut real {
        match resolved.recv_timeout(PATIENCE.saturating_sub(began.elapsed())) {
            Ok(resolved) => *path = resolved,
            Err(_) => break,
        }
    }
    real
}
