//! What every front works on: the application, its data folder, its snapshots, and the moment.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::{
    config::Config,
    core::{
        Access, Cache, Database, Profile, Result, Stop, Store, find_database, finish_interrupted,
        only_database,
    },
    text::Zone,
};

/// The database and the snapshots that a run of the program is about.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// The application and the policies.
    pub profile: Profile,
    /// The folder that holds the database and the snapshots.
    pub data_dir: PathBuf,
    /// The file that describes the application, or would.
    pub description: PathBuf,
    /// The snapshots.
    pub store: Store,
    /// Counts of rows that are known already.
    pub cache: Cache,
    /// When the program was started.
    pub now: DateTime<Utc>,
    /// In which zone people are told times.
    pub zone: Zone,
    database: Option<PathBuf>,
    stop: Option<Stop>,
}

impl Workplace {
    /// The workplace in `data_dir`; its database is looked for there if neither the arguments nor the
    /// configuration name one.
    pub fn new(
        config: Config,
        data_dir: &Path,
        database: Option<&Path>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            profile: config.profile,
            data_dir: data_dir.to_owned(),
            description: Config::folder_file(data_dir),
            store: Store::new(data_dir),
            cache: Cache::default(),
            now,
            zone: Zone::Local,
            database: database
                .map(Path::to_owned)
                .or_else(|| Some(data_dir.join(config.database?))),
            stop: None,
        }
    }

    /// Has what reads the database fail as cancelled when `stop` is asked.
    #[must_use]
    pub fn stopped_by(mut self, stop: Stop) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Lets what was opened here go on, whoever asks it to stop.
    pub fn retire_stop(&self) {
        self.stop.iter().for_each(Stop::retire);
    }

    /// Keeps counts of rows in this folder.
    #[must_use]
    pub fn with_cache(mut self, folder: Option<PathBuf>) -> Self {
        self.cache = folder.map_or_else(Cache::default, |folder| Cache::new(folder.join("counts")));
        self
    }

    /// Names the file that describes the application, or would.
    #[must_use]
    pub fn described_in(mut self, path: &Path) -> Self {
        path.clone_into(&mut self.description);
        self
    }

    /// Another application's data folder, under the same policies.
    #[must_use]
    pub fn moved_to(&self, data_dir: &Path, profile: Profile) -> Self {
        Self {
            profile,
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

    /// A connection that reads the database, which nobody has described: the one that was named, or the
    /// only one in the data folder.
    pub fn any_database(&self) -> Result<Database> {
        let path = match &self.database {
            Some(path) => path.clone(),
            None => only_database(&self.data_dir)?,
        };
        Database::open(&path, Access::Read, self.profile.busy_timeout)
    }

    /// A connection that reads the database. What a restore that died left is finished first.
    pub fn database(&self) -> Result<Database> {
        let path = self.database_path()?;
        let mut database = Database::open(&path, Access::Read, self.profile.busy_timeout)?;
        if let Some(stop) = &self.stop {
            database = database.stopped_by(stop)?;
        }
        // Whoever may not write here leaves that to the next one.
        let _ = finish_interrupted(&database, &self.profile, &self.store, self.now);
        self.store.see(&database);
        Ok(database)
    }
}
