//! The handle to one application: its database, its snapshots and its profile. Every operation
//! starts here.

mod archive;
mod builder;
mod connected;
mod health;
mod memory;
mod operations;
mod own_files;

use std::{
    fmt,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};

use super::{
    actions::{
        restore::{Repaired, finish_interrupted},
        show::Cache,
    },
    base::{
        clock::Clock,
        error::{Error, Result},
        profile::Profile,
        progress::{CancellationToken, Progress},
    },
    db::{Access, Database, find_database, is_copy, only_database, remembered_database},
    file::snapshot::Keys,
    store::{Store, archive::ArchiveSettings},
};
pub use builder::WorkspaceBuilder;
use memory::Memory;
pub use memory::known_folders;
use own_files::folder_of;

/// An application's database, its snapshots and its profile, with every operation on them.
///
/// Clones are cheap and refer to the same files. Nothing is opened before an operation needs it:
/// listing snapshots works even if the database is missing.
///
/// Long operations report to [`WorkspaceBuilder::on_progress`] and end with [`Error::Cancelled`] once the
/// token of [`WorkspaceBuilder::cancelled_by`] is cancelled.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub(crate) profile: Profile,
    pub(crate) data_dir: PathBuf,
    /// The file that describes the application; it need not exist.
    pub(crate) description: PathBuf,
    pub(crate) store: Store,
    pub(crate) cache: Cache,
    clock: Clock,
    /// The database that the user named.
    database: Option<PathBuf>,
    /// The database that the configuration names.
    configured: Option<PathBuf>,
    memory: Memory,
    archive: ArchiveSettings,
    /// The folder that keeps the list of what the archive holds, and its unpacked snapshots.
    archive_cache: Option<PathBuf>,
    cancellation: CancellationToken,
    progress: ProgressFn,
    repairs: Arc<Mutex<Repairs>>,
}

/// What was done about interrupted restores.
#[derive(Debug, Default)]
struct Repairs {
    unreported: Vec<Repaired>,
    /// Those that could not be finished the last time, each of which is reported once.
    unfinished: Vec<Repaired>,
}

impl Repairs {
    fn add(&mut self, repaired: Vec<Repaired>) {
        let is_unfinished = |one: &Repaired| matches!(one, Repaired::Unfinished { .. });
        let is_new = |one: &&Repaired| !self.unfinished.contains(one);
        self.unreported
            .extend(repaired.iter().filter(is_new).cloned());
        self.unfinished = repaired;
        self.unfinished.retain(is_unfinished);
    }
}

/// A callback that receives progress and returns whether to continue.
#[derive(Clone)]
struct ProgressFn(Arc<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>);

impl fmt::Debug for ProgressFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProgressFn")
    }
}

impl Workspace {
    /// Opens the data folder of an application with the chat service's profile.
    ///
    /// # Errors
    ///
    /// [`Error::NoFile`] if there is no such folder.
    pub fn open(data_dir: impl AsRef<Path>) -> Result<Self> {
        Self::builder(data_dir).open()
    }

    /// Starts to build a workspace in `data_dir` with a chosen profile, database, progress and
    /// cancellation.
    pub fn builder(data_dir: impl AsRef<Path>) -> WorkspaceBuilder {
        WorkspaceBuilder::new(data_dir.as_ref())
    }

    /// Returns a builder that starts from this workspace.
    pub fn to_builder(&self) -> WorkspaceBuilder {
        WorkspaceBuilder::from(self.clone())
    }

    /// Returns the description of the application and its policies.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Returns the folder that holds the database and the snapshots.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Returns the snapshot folders.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the cache of row counts.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Returns the current time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Returns the clock that [`Self::now`] reads.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Makes the cancellation token ineffective: another operation uses what was opened here.
    pub fn retire_cancellation(&self) {
        self.cancellation.retire();
    }

    /// Reports progress; returns whether to continue.
    fn report(&self, progress: Progress) -> ControlFlow<()> {
        if self.cancellation.is_cancelled() {
            return ControlFlow::Break(());
        }
        (self.progress.0)(progress)
    }

    /// Repairs an interrupted restore, if the database can be opened.
    pub fn finish_interrupted(&self) {
        // A command that does not read the database ignores what is wrong with it.
        let _ = self.database();
    }

    /// Returns the repairs made since the last call.
    pub fn take_repaired(&self) -> Vec<Repaired> {
        std::mem::take(&mut self.repairs().unreported)
    }

    fn repairs(&self) -> MutexGuard<'_, Repairs> {
        let repairs = self.repairs.lock();
        repairs.unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the path of the database that was named; else of the remembered one, which no other
    /// file replaces; else of the only one in the data folder, which is then remembered.
    ///
    /// Fails if there is none, if there are several, or if the remembered one is gone.
    pub fn database_path(&self) -> Result<PathBuf> {
        self.known_database()?.map_or_else(
            || {
                let copies = self.memory.copies(&self.data_dir);
                let found = find_database(&self.data_dir, &self.profile, &copies)?;
                self.memory.remember_database(&self.data_dir, &found);
                Ok(found)
            },
            Ok,
        )
    }

    /// Returns the database that was named or is remembered.
    fn known_database(&self) -> Result<Option<PathBuf>> {
        if let Some(path) = self.database.as_ref().or(self.configured.as_ref()) {
            return Ok(Some(path.clone()));
        }
        let remembered = self.memory.database(&self.data_dir);
        remembered
            .map(|path| remembered_database(&self.data_dir, path))
            .transpose()
    }

    /// Makes a new database at `path`, which must not exist, and remembers it as a copy if it is in the data
    /// folder. Fails first if it could be mistaken for the application's, or if [`Self::refuse_own_file`] does.
    pub fn make_copy<T, E: From<Error>>(
        &self,
        path: &Path,
        make: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        if path.exists() {
            let path = path.to_owned();
            return Err(Error::Exists { path }.into());
        }
        self.refuse_own_file(path)?;
        let folder = folder_of(path);
        if folder.is_none() || folder != dunce::canonicalize(&self.data_dir).ok() {
            return make();
        }
        let known = self.database_path().ok();
        let is_taken = known.is_some_and(|known| known.file_name() == path.file_name());
        if !is_taken && (self.memory.remember_copy(&self.data_dir, path) || is_copy(path)) {
            // Remembered before it exists: a kill in between must not leave a second candidate.
            return make().inspect_err(|_| self.memory.forget_copy(&self.data_dir, path));
        }
        let (path, folder) = (path.display(), self.data_dir.display());
        let what = format!(
            "{path} would be taken for the application's database in {folder}: choose another folder, or a name that ends in .bak"
        );
        Err(Error::WhichDatabase { what, gone: None }.into())
    }

    /// Opens the database for reading without a profile: the one that was named, or the only one in
    /// the data folder. Fails if it cannot be opened.
    pub fn any_database(&self) -> Result<Database> {
        Database::open(
            &self.any_database_path()?,
            Access::Read,
            self.profile.busy_timeout,
        )
    }

    fn any_database_path(&self) -> Result<PathBuf> {
        match self.known_database()? {
            Some(path) => Ok(path),
            None => only_database(&self.data_dir, &self.memory.copies(&self.data_dir)),
        }
    }

    /// Returns the database as [`Self::database_path`] does, but opens it only if the data folder has several:
    /// opening waits for another process's lock. The only one may be of another application.
    pub fn likely_database(&self) -> Option<PathBuf> {
        let path = self.any_database_path().or_else(|_| self.database_path());
        path.ok()
    }

    /// Opens the database whose snapshots are in the data folder, for operations that write a snapshot
    /// or follow the notes of restores: those of another database would mix with them.
    ///
    /// # Errors
    ///
    /// [`Error::WhichDatabase`] if another one was named.
    pub fn own_database(&self) -> Result<Database> {
        self.refuse_another()?;
        let database = self.database()?;
        // The first one that is named is remembered like the only one.
        if let Some(named) = self.database.as_ref().filter(|_| self.configured.is_none())
            && folder_of(named) == dunce::canonicalize(&self.data_dir).ok()
        {
            self.memory.remember_database(&self.data_dir, named);
        }
        Ok(database)
    }

    /// Returns the path of the database whose snapshots are in the data folder, to rebuild it.
    ///
    /// # Errors
    ///
    /// [`Error::WhichDatabase`] if another one was named.
    pub fn own_database_path(&self) -> Result<PathBuf> {
        let path = self.database_path()?;
        let missing = || Some(folder_of(&path)?.join(path.file_name()?));
        if let Some(named) = dunce::canonicalize(&path).ok().or_else(missing) {
            let only = || only_database(&self.data_dir, &self.memory.copies(&self.data_dir)).ok();
            self.refuse_beside(self.own().or_else(only), &named)?;
        }
        Ok(path)
    }

    /// Returns the database that the snapshots are of, if it is known.
    fn own(&self) -> Option<PathBuf> {
        let own = self.configured.clone();
        own.or_else(|| self.memory.database(&self.data_dir))
    }

    /// Refuses a named database beside the one that the snapshots are of.
    fn refuse_another(&self) -> Result<()> {
        let named = self
            .database
            .as_ref()
            .and_then(|it| dunce::canonicalize(it).ok());
        named.map_or(Ok(()), |named| self.refuse_beside(self.own(), &named))
    }

    fn refuse_beside(&self, own: Option<PathBuf>, named: &Path) -> Result<()> {
        let is_named = |path: &PathBuf| dunce::canonicalize(path).is_ok_and(|path| path == named);
        let own = own.filter(|own| own.exists());
        let copies = self.memory.copies(&self.data_dir);
        let whose = match own {
            Some(own) if is_named(&own) => return Ok(()),
            Some(own) => own.display().to_string(),
            None if copies.iter().any(is_named) => "the database that it is a copy of".to_owned(),
            None => return Ok(()),
        };
        let (named, folder) = (named.display(), self.data_dir.display());
        let what = format!(
            "the snapshots in {folder} are of {whose}, not of {named}: name its own folder with --data-dir, or restore into a new file with --into"
        );
        Err(Error::WhichDatabase { what, gone: None })
    }

    /// Opens the database for reading, and repairs an interrupted restore first. Fails if it cannot
    /// be opened.
    pub fn database(&self) -> Result<Database> {
        let path = self.database_path()?;
        let mut database = Database::open(&path, Access::Read, self.profile.busy_timeout)?;
        database = database.stopped_by(&self.cancellation)?;
        if self.refuse_another().is_err() {
            // The interrupted restore is not of this database.
            return Ok(database);
        }
        let repaired = finish_interrupted(&database, &self.profile, &self.store, self.now());
        self.repairs().add(match repaired {
            Ok(repaired) => repaired,
            Err(error @ Error::Cancelled) => return Err(error),
            // The operation that reads the folder reports this error itself.
            Err(Error::Io { doing: "list", .. }) => Vec::new(),
            Err(error) => vec![Repaired::Unfinished {
                of: None,
                why: error.to_string(),
            }],
        });
        self.store.see(&database);
        Ok(database)
    }

    /// Returns the keys by which a snapshot without a checksum is checked.
    pub(crate) fn keys(&self) -> Keys {
        match self.database() {
            Ok(database) => database.keys(&self.profile),
            Err(_) => Keys::of_log(&self.profile),
        }
    }
}
