//! The builder of a workspace.

use std::{
    fmt::Debug,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{ProgressFn, Workspace, memory::Memory};
use crate::core::{
    actions::show::Cache,
    base::{
        clock::Clock,
        error::{Error, Result},
        profile::Profile,
        progress::{CancellationToken, Progress},
    },
    store::{
        Store,
        archive::{ArchiveSettings, cache::ArchiveCache},
    },
};

/// Builds a [`Workspace`].
#[derive(Clone, Debug)]
#[must_use = "it opens nothing before `open`"]
pub struct WorkspaceBuilder(Workspace);

impl From<Workspace> for WorkspaceBuilder {
    fn from(workspace: Workspace) -> Self {
        Self(workspace)
    }
}

impl WorkspaceBuilder {
    pub(super) fn new(data_dir: &Path) -> Self {
        let new = Self(Workspace {
            profile: Profile::default(),
            data_dir: data_dir.to_owned(),
            description: data_dir.join("unrewind.toml"),
            store: Store::new(data_dir),
            cache: Cache::default(),
            clock: Clock::system(),
            database: None,
            configured: None,
            memory: Memory::default(),
            archive: ArchiveSettings::default(),
            archive_cache: None,
            cancellation: CancellationToken::default(),
            progress: ProgressFn(Arc::new(|_| ControlFlow::Continue(()))),
            repairs: Arc::default(),
        });
        new.with_store()
    }

    /// Creates the store again, with the cache of the archive.
    fn with_store(mut self) -> Self {
        let cache = self.0.archive_cache.as_ref();
        self.0.archive.cache = cache.map(|folder| folder.join("rustic"));
        let archive = ArchiveCache::new(
            self.0.archive.clone(),
            &self.0.data_dir,
            self.0.archive_cache.as_deref(),
        );
        self.0.store = Store::new(&self.0.data_dir).with_archive(archive);
        self
    }

    /// Sets the description of the application and its policies; the chat service's by default.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.0.profile = profile;
        self
    }

    /// Sets the application's database; by default the only one in the data folder.
    pub fn database(mut self, database: impl Into<PathBuf>) -> Self {
        self.0.database = Some(database.into());
        self
    }

    /// Sets the database that the folder's configuration names: the snapshots are of it.
    pub fn configured_database(mut self, database: impl Into<PathBuf>) -> Self {
        self.0.configured = Some(database.into());
        self
    }

    /// Moves to another data folder, whose database is not known yet.
    pub fn moved_to(mut self, data_dir: &Path) -> Self {
        data_dir.clone_into(&mut self.0.data_dir);
        self.0.database = None;
        self.0.configured = None;
        self.with_store()
    }

    /// Sets where the archive is and how it is used; by default it is the folder `archive` in the data folder, if
    /// there is one.
    pub fn archive(mut self, archive: ArchiveSettings) -> Self {
        self.0.archive = archive;
        self.with_store()
    }

    /// Sets the clock; the system's by default.
    pub fn clock(mut self, clock: impl Into<Clock>) -> Self {
        self.0.clock = clock.into();
        self
    }

    /// Keeps in a folder what is costly to find out: row counts, what the archive holds, and unpacked
    /// snapshots; by default it is not kept.
    pub fn cache_in(mut self, folder: impl AsRef<Path>) -> Self {
        self.0.cache = Cache::new(folder.as_ref().join("counts"));
        self.0.archive_cache = Some(folder.as_ref().to_owned());
        self.with_store()
    }

    /// Remembers in a folder which file is the database of which data folder; by default nothing is
    /// remembered.
    pub fn memory_in(mut self, folder: impl AsRef<Path>) -> Self {
        self.0.memory = Memory::new(folder.as_ref().join(Memory::FOLDER));
        self
    }

    /// Names the file that describes the application; `unrewind.toml` in the data folder by default. Only
    /// hints name it: the profile itself is [`Self::profile`].
    pub fn description(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.description = path.into();
        self
    }

    /// Sets the callback that receives the progress of long operations and returns whether they continue.
    pub fn on_progress(
        mut self,
        progress: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.0.progress = ProgressFn(Arc::new(progress));
        self
    }

    /// Sets the token that ends operations, also while SQLite sorts or counts.
    pub fn cancelled_by(mut self, token: CancellationToken) -> Self {
        self.0.cancellation = token;
        self
    }

    /// Returns the workspace.
    ///
    /// # Errors
    ///
    /// [`Error::NoFile`] if there is no such data folder.
    pub fn open(self) -> Result<Workspace> {
        if !self.0.data_dir.is_dir() {
            return Err(Error::NoFile {
                path: self.0.data_dir,
            });
        }
        Ok(self.0)
    }

    /// Returns the workspace, whether or not its data folder exists yet.
    pub fn build(self) -> Workspace {
        self.0
    }
}
