//! What every contender works on: a database, snapshots of it, and a folder to work in.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::SystemTime,
};

use anyhow::ensure;
use chrono::{DateTime, TimeDelta};
use rusqlite::Connection;
use unrewind::core::Stamp;

use crate::data;

/// By how many events live differs from the snapshot.
const AWAY: u32 = 100;
/// How many snapshots there are to list, and how many events each of them has.
const MANY: i64 = 10_000;
const FEW_EVENTS: u32 = 20;
/// How many snapshots there are to search, and how many events each of them has: 30 MB.
const SEARCHED: i64 = 20;
const SEARCHED_EVENTS: u32 = 50_000;

/// A folder with the data.
#[derive(Clone, Debug)]
pub struct Site {
    folder: PathBuf,
}

impl Site {
    /// The site in this folder, which need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Whether the data exists and is complete.
    pub fn is_ready(&self) -> bool {
        self.readiness().exists()
    }

    fn readiness(&self) -> PathBuf {
        self.folder.join("ready")
    }

    /// Makes the data.
    pub fn build(&self, events: u32) -> anyhow::Result<()> {
        empty(&self.folder)?;
        self.build_many()?;
        self.build_searched()?;
        data::build(&self.live(), events)?;
        let snapshot = self.take(&self.live(), &self.data())?;
        fs::rename(snapshot, self.snapshot())?;
        data::advance(&self.live(), AWAY)?;
        fs::copy(self.live(), self.unprojected())?;
        unproject(&self.unprojected())?;
        File::create(self.readiness())?;
        Ok(())
    }

    fn build_many(&self) -> anyhow::Result<()> {
        data::build(&self.few(), FEW_EVENTS)?;
        let snapshot = self.take(&self.few(), &self.folder.join("few"))?;
        let stamps = (0..MANY).map(|minute| TimeDelta::minutes(minute));
        copies(&snapshot, &self.many_files(), stamps)
    }

    fn build_searched(&self) -> anyhow::Result<()> {
        let (live, taken) = (self.searched_live(), self.folder.join("taken"));
        let files = self.searched().join("snapshots/periodic");
        data::build(&live, SEARCHED_EVENTS)?;
        fs::create_dir_all(&files)?;
        for day in 0..SEARCHED {
            let stamp = Stamp::at(DateTime::UNIX_EPOCH + TimeDelta::days(day));
            let snapshot = self.take(&live, &taken)?;
            fs::rename(snapshot, files.join(format!("{stamp}.json")))?;
            data::advance(&live, AWAY)?;
        }
        Ok(())
    }

    /// Takes a snapshot and returns its path.
    fn take(&self, database: &Path, data: &Path) -> anyhow::Result<PathBuf> {
        let mut take = self.unrewind();
        take.args(["take", "--kind", "periodic", "--db"])
            .arg(database);
        take.arg("--data-dir").arg(data).stdout(Stdio::null());
        let status = take.status()?;
        ensure!(status.success(), "{take:?}: {status}");
        let mut files = snapshots(&data.join("snapshots/periodic"))?;
        Ok(files.pop().expect("a snapshot was taken"))
    }

    /// The release binary, away from the user's files.
    pub fn unrewind(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unrewind"));
        command
            .env("UNREWIND_DB", self.live())
            .env("UNREWIND_DATA_DIR", self.scratch())
            .env("XDG_CACHE_HOME", self.scratch().join("cache"))
            .env("XDG_CONFIG_HOME", self.scratch().join("config"));
        command
    }

    /// The database.
    pub fn live(&self) -> PathBuf {
        self.folder.join("live.db")
    }

    /// The database, without a row in its projected tables.
    pub fn unprojected(&self) -> PathBuf {
        self.folder.join("unprojected.db")
    }

    /// The data folder with one large snapshot.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The snapshot, a few events behind live.
    pub fn snapshot(&self) -> PathBuf {
        self.data().join("snapshots/periodic/20250101T000000Z.json")
    }

    /// The data folder with many small snapshots.
    pub fn many(&self) -> PathBuf {
        self.folder.join("many")
    }

    /// The database they were taken of.
    pub fn few(&self) -> PathBuf {
        self.folder.join("few.db")
    }

    /// The folder of these snapshots.
    pub fn many_files(&self) -> PathBuf {
        self.many().join("snapshots/rewind")
    }

    /// The data folder with snapshots to search.
    pub fn searched(&self) -> PathBuf {
        self.folder.join("searched")
    }

    /// The database they were taken of.
    pub fn searched_live(&self) -> PathBuf {
        self.folder.join("searched.db")
    }

    /// Those snapshots.
    pub fn searched_files(&self) -> anyhow::Result<Vec<PathBuf>> {
        snapshots(&self.searched().join("snapshots/periodic"))
    }

    /// The key of a row that all of them hold.
    pub fn oldest_memory(&self) -> anyhow::Result<String> {
        let live = Connection::open(self.searched_live())?;
        let oldest = "SELECT min(id) FROM memories";
        let id: i64 = live.query_row(oldest, [], |row| row.get(0))?;
        Ok(id.to_string())
    }

    /// A new snapshot of the database as it is.
    pub fn same(&self) -> anyhow::Result<PathBuf> {
        self.take(&self.live(), &self.scratch())
    }

    /// A folder for what a run writes.
    pub fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// Deletes what a run wrote.
    pub fn clear(&self) -> anyhow::Result<()> {
        empty(&self.scratch())
    }

    /// A new copy of a database, for a run to change.
    pub fn copy(&self, database: &Path) -> anyhow::Result<PathBuf> {
        fs::copy(database, self.the_copy())?;
        Ok(self.the_copy())
    }

    /// A new copy of the database in which every other event differs.
    pub fn half(&self) -> anyhow::Result<PathBuf> {
        let half = self.copy(&self.live())?;
        let connection = Connection::open(&half)?;
        let sql = "UPDATE event_log SET payload_json = payload_json || ' ' WHERE id % 2 = 0";
        connection.execute(sql, [])?;
        Ok(half)
    }

    fn the_copy(&self) -> PathBuf {
        self.scratch().join("copy.db")
    }

    /// Deletes these events and memories of the copy.
    pub fn take_away(&self, which: &str) -> anyhow::Result<()> {
        let connection = Connection::open(self.the_copy())?;
        let sql = format!(
            "PRAGMA foreign_keys = OFF;
             DELETE FROM event_log WHERE {which}; DELETE FROM memories WHERE {which}"
        );
        Ok(connection.execute_batch(&sql)?)
    }

    /// The database as SQL.
    pub fn dump(&self) -> anyhow::Result<PathBuf> {
        let dump = self.folder.join("dump.sql");
        if !dump.exists() {
            let mut sqlite = Command::new("sqlite3");
            sqlite.arg(self.live()).arg(".dump");
            let status = sqlite.stdout(File::create(&dump)?).status()?;
            ensure!(status.success(), "{sqlite:?}: {status}");
        }
        Ok(dump)
    }

    /// A new file for what a run prints.
    pub fn output(&self) -> anyhow::Result<File> {
        Ok(File::create(self.scratch().join("output"))?)
    }

    /// Makes the large snapshot new, so that the number of events decides whether another is due.
    pub fn rejuvenate(&self) -> anyhow::Result<()> {
        let file = File::options().write(true).open(self.snapshot())?;
        Ok(file.set_modified(SystemTime::now())?)
    }
}

/// Copies a snapshot under the names of these times after the beginning of 1970.
fn copies(
    snapshot: &Path,
    folder: &Path,
    times: impl Iterator<Item = TimeDelta>,
) -> anyhow::Result<()> {
    let bytes = fs::read(snapshot)?;
    fs::create_dir_all(folder)?;
    for time in times {
        let stamp = Stamp::at(DateTime::UNIX_EPOCH + time);
        fs::write(folder.join(format!("{stamp}.json")), &bytes)?;
    }
    Ok(())
}

fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

fn unproject(database: &Path) -> anyhow::Result<()> {
    let connection = Connection::open(database)?;
    connection.execute_batch(
        "PRAGMA foreign_keys = OFF;
         DELETE FROM memories;
         DELETE FROM activity;
         DELETE FROM scenes;
         DELETE FROM containers;
         DELETE FROM chat_state;
         DELETE FROM chats;
         DELETE FROM edges;
         DELETE FROM bots;
         DELETE FROM you_entity;
         DELETE FROM classifier_failures;",
    )?;
    Ok(())
}

/// The snapshots in a folder, without the notes on them.
fn snapshots(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let is_snapshot = |file: &PathBuf| file.extension().is_some_and(|end| end == "json");
    let files = files.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(files.into_iter().filter(is_snapshot).collect())
}
