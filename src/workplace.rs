//! What every front works on: the application, its data folder, its snapshots, and the moment.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::{
    config::Config,
    core::{Access, Cache, Database, Profile, Result, Store, find_database, finish_interrupted},
    text::Zone,
};

/// The database and the snapshots that a run of the program is about.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// The application and the policies.
    pub profile: Profile,
    /// The folder that holds the database and the snapshots.
    pub data_dir: PathBuf,
    /// The snapshots.
    pub store: Store,
    /// Counts of rows that are known already.
    pub cache: Cache,
    /// When the program was started.
    pub now: DateTime<Utc>,
    /// In which zone people are told times.
    pub zone: Zone,
    database: Option<PathBuf>,
}

impl Workplace {
    /// The workplace in `data_dir`; its database is looked for there if none is named.
    pub fn new(
        config: Config,
        data_dir: &Path,
        database: Option<&Path>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            profile: config.profile,
            data_dir: data_dir.to_owned(),
            store: Store::new(data_dir),
            cache: Cache::default(),
            now,
            zone: Zone::Local,
            database: database.map(Path::to_owned),
        }
    }

    /// Keeps counts of rows in this folder.
    #[must_use]
    pub fn with_cache(mut self, folder: Option<PathBuf>) -> Self {
        self.cache = folder.map_or_else(Cache::default, |folder| Cache::new(folder.join("counts")));
        self
    }

    /// The same application with another data folder.
    #[must_use]
    pub fn moved_to(&self, data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            store: Store::new(data_dir),
            database: None,
            ..self.clone()
        }
    }

    /// The same with this database, at another moment.
    #[must_use]
    pub fn at(&self, database: PathBuf, now: DateTime<Utc>) -> Self {
        Self {
            database: Some(database),
            now,
            ..self.clone()
        }
    }

    /// The database that was named, or the one that is found.
    pub fn database_path(&self) -> Result<PathBuf> {
        match &self.database {
            Some(path) => Ok(path.clone()),
            None => find_database(&self.data_dir, &self.profile),
        }
    }

    /// A connection that reads the database. What a restore that died left is finished first.
    pub fn database(&self) -> Result<Database> {
        let path = self.database_path()?;
        let database = Database::open(&path, Access::Read, self.profile.busy_timeout)?;
        // Whoever may not write here leaves that to the next one.
        let _ = finish_interrupted(&database, &self.profile, &self.store, self.now);
        Ok(database)
    }
}
