//! What every front works on: the application, its data folder, its snapshots, and the moment.

mod memory;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use chrono::{DateTime, SubsecRound, Utc};

use crate::{
    config::Config,
    core::{
        Access, Cache, CancellationToken, Clock, Database, Error, Kind, Profile, Repaired, Result,
        Snapshot, Store, find_database, finish_interrupted, is_copy, only_database,
        remembered_database,
    },
    text::{self, Zone},
};
use memory::Memory;

/// The database and the snapshots that a run of the program is about.
#[derive(Clone, Debug)]
pub struct Workspace {
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
    memory: Memory,
    stop: Option<CancellationToken>,
    /// When `now` was.
    since: Instant,
    /// What was done about restores that died, and was not reported yet.
    repaired: Arc<Mutex<Vec<Repaired>>>,
}

impl Workspace {
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
            memory: Memory::default(),
            stop: None,
            since: Instant::now(),
            repaired: Arc::default(),
        }
    }

    /// Has what reads the database fail as cancelled when `stop` is asked.
    #[must_use]
    pub fn stopped_by(mut self, stop: CancellationToken) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Lets what was opened here go on, whoever asks it to stop.
    pub fn retire_stop(&self) {
        self.stop.iter().for_each(CancellationToken::retire);
    }

    /// Keeps counts of rows in this folder.
    #[must_use]
    pub fn with_cache(mut self, folder: Option<PathBuf>) -> Self {
        self.cache = folder.map_or_else(Cache::default, |folder| Cache::new(folder.join("counts")));
        self
    }

    /// Remembers in this folder which file is the database of which data folder.
    #[must_use]
    pub fn with_memory(mut self, folder: Option<PathBuf>) -> Self {
        let memory = folder.map(|folder| Memory::new(folder.join("folders")));
        self.memory = memory.unwrap_or_default();
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
            since: Instant::now(),
            ..self.clone()
        }
    }

    /// What says how late it is.
    pub fn clock(&self) -> Clock {
        let (now, since) = (self.now, self.since);
        Clock::new(move || now + since.elapsed())
    }

    /// Finishes what a restore that died left, where the database is there.
    pub fn finish_interrupted(&self) {
        // What is wrong with the database is no matter of a command that does not read it.
        let _ = self.database();
    }

    /// What was done about restores that died since this was asked last.
    pub fn take_repaired(&self) -> Vec<Repaired> {
        let repaired = self.repaired.lock();
        std::mem::take(&mut *repaired.unwrap_or_else(PoisonError::into_inner))
    }

    /// The snapshot that a person names: as [`Store::find`] takes it, or as the screens show it, by its
    /// local time, with or without its kind.
    pub fn find(&self, name: &str) -> Result<Snapshot> {
        let named = Kind::ALL.into_iter().find_map(|kind| {
            let time = name.strip_prefix(kind.name())?.strip_prefix([' ', '/'])?;
            Some((vec![kind], time))
        });
        let (kinds, time) = named.unwrap_or((Kind::ALL.to_vec(), name));
        let moments = text::moments(time, self.zone);
        if moments.is_empty() {
            return self.store.find(name);
        }
        let mut found = self.store.list(&kinds)?;
        found.retain(|snapshot| moments.contains(&snapshot.taken_at().trunc_subsecs(0)));
        let names: Vec<String> = found.iter().map(Snapshot::name).collect();
        let what = match &mut found[..] {
            [_] => return Ok(found.remove(0)),
            [] => format!(
                "there is no snapshot of {time} in {}",
                self.store.root().display()
            ),
            _ => format!("several snapshots are of {time}: {}", names.join(", ")),
        };
        Err(Error::Selection { what })
    }

    /// The database that was named; or the one that is remembered of the data folder, which no other
    /// replaces; or the only one there, which is remembered then.
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

    /// The database that was named or is remembered.
    fn known_database(&self) -> Result<Option<PathBuf>> {
        if let Some(path) = &self.database {
            return Ok(Some(path.clone()));
        }
        let remembered = self.memory.database(&self.data_dir);
        remembered
            .map(|path| remembered_database(&self.data_dir, path))
            .transpose()
    }

    /// Fails if a new database at `path` could be taken for the application's. Else it is remembered as
    /// a copy.
    pub fn allow_copy(&self, path: &Path) -> Result<()> {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok();
        if folder.is_none() || folder != self.data_dir.canonicalize().ok() {
            return Ok(());
        }
        let known = match &self.database {
            Some(path) => Some(path.clone()),
            None => self.memory.database(&self.data_dir),
        };
        let is_taken = known.is_some_and(|known| known.file_name() == path.file_name());
        if !is_taken && (self.memory.remember_copy(&self.data_dir, path) || is_copy(path)) {
            return Ok(());
        }
        let (path, folder) = (path.display(), self.data_dir.display());
        let what = format!(
            "{path} would be taken for the application's database in {folder}: choose another folder, or a name that ends in .bak"
        );
        Err(Error::WhichDatabase { what })
    }

    /// A connection that reads the database, which nobody has described: the one that was named, or the
    /// only one in the data folder.
    pub fn any_database(&self) -> Result<Database> {
        let path = match self.known_database()? {
            Some(path) => path,
            None => only_database(&self.data_dir, &self.memory.copies(&self.data_dir))?,
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
        if let Ok(repaired) = finish_interrupted(&database, &self.profile, &self.store, self.now) {
            let all = self.repaired.lock();
            all.unwrap_or_else(PoisonError::into_inner).extend(repaired);
        }
        self.store.see(&database);
        Ok(database)
    }
}
