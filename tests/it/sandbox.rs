//! A data folder for one test: the application's database, built by code, its snapshots, and a clock.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, types::ValueRef};
use serde_json::json;
use tempfile::TempDir;
use unrewind::{
    config::Config,
    core::{
        Access, Cache, Database, Due, Id, Kind, Profile, RestoreOptions, RestorePlan, Restored,
        Result, Safety, Snapshot, Stamp, Store, UndoStep, take, unattended,
    },
};

use crate::{
    chat,
    system::{home, is_folder_lock, slashed},
};

/// This many minutes after noon of 14 March 2021.
pub fn at(minutes: i64) -> DateTime<Utc> {
    let noon: Stamp = "20210314T120000Z".parse().unwrap();
    noon.time() + TimeDelta::minutes(minutes)
}

/// The default time of restores: noon of the next day.
pub fn now() -> DateTime<Utc> {
    at(24 * 60)
}

/// The rows of every table, as sorted text.
pub type Dump = BTreeMap<String, Vec<String>>;

/// A temporary folder with `data` in it, deleted when dropped.
pub struct Sandbox {
    /// How the application is described to the core.
    pub profile: Profile,
    /// The application's own connection, which is closed before the folder is deleted.
    pub app: Connection,
    folder: TempDir,
    restores: Cell<i64>,
}

/// How the program ended and what it printed.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Sandbox {
    /// The chat application, with one bot and one chat.
    pub fn new() -> Self {
        let sandbox = Self::with_schema(chat::SCHEMA);
        sandbox.log("bot_added", &json!({ "id": "mara", "name": "Mara" }));
        sandbox.log(
            "chat_opened",
            &json!({ "chat": 1, "bot": "mara", "title": "The lighthouse" }),
        );
        sandbox
    }

    /// A database created by these statements, with a write-ahead log.
    pub fn with_schema(sql: &str) -> Self {
        let sandbox = Self::without_tables();
        sandbox.sql("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON");
        sandbox.sql(sql);
        sandbox
    }

    /// An empty database, without even an encoding.
    pub fn without_tables() -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let app = Connection::open(folder.path().join("data/chat.db")).unwrap();
        // Tests do not lose power.
        app.pragma_update(None, "synchronous", "OFF").unwrap();
        let mut profile = Config::defaults().unwrap().profile;
        profile.busy_timeout = Duration::from_millis(10);
        Self {
            folder,
            profile,
            app,
            restores: Cell::new(0),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub fn db(&self) -> PathBuf {
        self.data().join("chat.db")
    }

    pub fn store(&self) -> Store {
        Store::new(&self.data())
    }

    /// A read connection of the core.
    pub fn database(&self) -> Database {
        Database::open(&self.db(), Access::Read, self.profile.busy_timeout).unwrap()
    }

    /// A connection of another process, which does not wait for locks.
    pub fn another(&self) -> Connection {
        let connection = Connection::open(self.db()).unwrap();
        connection.busy_timeout(Duration::ZERO).unwrap();
        connection
    }

    pub fn sql(&self, statements: &str) {
        self.app.execute_batch(statements).unwrap();
    }

    pub fn log(&self, kind: &str, payload: &serde_json::Value) -> i64 {
        chat::event(&self.app, kind, payload)
    }

    /// Adds a message; the event's id.
    pub fn event(&self, text: &str) -> i64 {
        self.log("message", &json!({ "chat": 1, "text": text }))
    }

    /// Adds a memory; the id of the event and of the memory.
    pub fn memory(&self, text: &str) -> i64 {
        self.log("memory_added", &json!({ "chat": 1, "text": text }))
    }

    /// A chat with this many more messages: "wave 1", "wave 2" and so on.
    pub fn with_waves(number: u32) -> Self {
        let sandbox = Self::new();
        sandbox.sql(&format!(
            "INSERT INTO event_log (ts, kind, payload_json)
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT {number})
             SELECT '2021-03-14T10:00:00Z', 'message', json_object('chat', 1, 'text', 'wave ' || n) FROM n",
        ));
        sandbox
    }

    /// A chat with a rewind of an event that added a memory.
    pub fn rewound() -> Self {
        let sandbox = Self::new();
        let first = sandbox.event("Is the \"lamp\" still burning?");
        sandbox.take(Kind::Periodic, at(0));
        sandbox.memory("Jo turned the café's lamp off.");
        sandbox.rewind(first, at(20));
        sandbox
    }

    /// Takes a rewind snapshot, then rewinds the application to the event `last`.
    pub fn rewind(&self, last: i64, at: DateTime<Utc>) -> Snapshot {
        let snapshot = self.take(Kind::Rewind, at);
        chat::rewind(&self.app, last);
        snapshot
    }

    /// The policy's verdict this many minutes after noon.
    pub fn due(&self, minute: i64) -> Due {
        let (database, listed) = (self.database(), self.list());
        let cache = Cache::default();
        Due::judge(&database, &self.profile, &cache, &listed, at(minute)).unwrap()
    }

    /// Takes a snapshot, whose file gets the time of its stamp.
    pub fn take(&self, kind: Kind, at: DateTime<Utc>) -> Snapshot {
        let taken = self.try_take(kind, at).unwrap();
        age(&taken.path, at);
        self.found(&taken.path)
    }

    pub fn try_take(&self, kind: Kind, at: DateTime<Utc>) -> Result<Snapshot> {
        let (database, store) = (self.database(), self.store());
        let taken = take(&database, &self.profile, &store, kind, at, &mut unattended);
        taken.map(|taken| taken.snapshot)
    }

    /// Writes a file in place of a snapshot.
    pub fn put(&self, kind: Kind, at: DateTime<Utc>, bytes: impl AsRef<[u8]>) -> Snapshot {
        let stamp = Stamp::at(at);
        let path = self.store().path(Id::plain(kind, stamp));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        age(&path, at);
        self.found(&path)
    }

    pub fn found(&self, path: &Path) -> Snapshot {
        self.store().find(path.to_str().unwrap()).unwrap()
    }

    pub fn found_named(&self, name: &str) -> Snapshot {
        self.store().find(name).unwrap()
    }

    pub fn list(&self) -> Vec<Snapshot> {
        self.store().list(&Kind::ALL).unwrap()
    }

    pub fn plan(
        &self,
        snapshot: &Snapshot,
        options: impl Into<RestoreOptions>,
    ) -> Result<RestorePlan> {
        let (database, store, profile) = (self.database(), self.store(), &self.profile);
        let (snapshot, on) = (snapshot.clone(), &mut unattended);
        RestorePlan::of_snapshot(database, profile, &store, snapshot, options, on)?.checked(
            &store,
            now(),
            on,
        )
    }

    /// Restores a snapshot.
    pub fn restore(
        &self,
        snapshot: &Snapshot,
        options: impl Into<RestoreOptions>,
    ) -> Result<Restored> {
        self.apply(self.plan(snapshot, options)?)
    }

    /// Applies a plan at [`now`], and each further one an hour later.
    pub fn apply(&self, plan: RestorePlan) -> Result<Restored> {
        let now = now() + TimeDelta::hours(self.restores.get());
        self.restores.set(self.restores.get() + 1);
        plan.apply(&self.store(), Safety::default(), now, &mut unattended)
    }

    /// Undoes the last restore in force.
    pub fn undo(&self) -> Result<Restored> {
        self.step(&self.store().history()?.undo()?)
    }

    /// Redoes the last undone restore.
    pub fn redo(&self) -> Result<Restored> {
        self.step(&self.store().history()?.redo()?)
    }

    fn step(&self, step: &UndoStep) -> Result<Restored> {
        let (database, profile) = (self.database(), &self.profile);
        let (store, on) = (self.store(), &mut unattended);
        self.apply(RestorePlan::of_step(database, profile, &store, step, on)?)
    }

    /// Every row of every ordinary table.
    pub fn dump(&self) -> Dump {
        let sql = "SELECT name FROM pragma_table_list
            WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let mut statement = self.app.prepare(sql).unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        let names: Vec<String> = names.map(std::result::Result::unwrap).collect();
        let rows = |name: String| {
            let quoted = name.replace('"', "\"\"");
            let mut rows = self.rows(&format!("SELECT * FROM \"{quoted}\""));
            rows.sort();
            (name, rows)
        };
        names.into_iter().map(rows).collect()
    }

    /// The rows of a query as text, with each value's type and all its bits.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        Self::rows_of(&self.app, sql)
    }

    /// The rows of a query on another database.
    pub fn rows_of(database: &Connection, sql: &str) -> Vec<String> {
        let mut statement = database.prepare(sql).unwrap();
        let width = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let value = |index| match row.get_ref(index).unwrap() {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => format!("{number:?}"),
                ValueRef::Text(text) => format!("'{}'", text.escape_ascii()),
                ValueRef::Blob(bytes) => format!("x{bytes:02x?}"),
            };
            Ok((0..width).map(value).collect::<Vec<_>>().join(" | "))
        };
        let rows = statement.query_map([], row).unwrap();
        rows.map(std::result::Result::unwrap).collect()
    }

    /// The ids of the memories that the full-text index finds.
    pub fn search(&self, word: &str) -> Vec<String> {
        self.rows(&format!(
            "SELECT rowid FROM memories_fts WHERE memories_fts MATCH '{word}' ORDER BY rowid"
        ))
    }

    /// Whether the full-text index agrees with the memories.
    pub fn full_text_is_sound(&self) -> bool {
        let sql = "INSERT INTO memories_fts (memories_fts, rank) VALUES ('integrity-check', 1)";
        self.app.execute_batch(sql).is_ok()
    }

    /// The files of the snapshot folders, as `rewind/20210314T120000Z.json`, sorted; without the notes
    /// of existing snapshots.
    pub fn files(&self) -> Vec<String> {
        let all = self.files_and_notes();
        let is_beside = |file: &String| {
            let stem = file.strip_suffix(".note");
            stem.is_some_and(|stem| all.contains(&format!("{stem}.json")))
        };
        all.iter()
            .filter(|file| !is_beside(file))
            .cloned()
            .collect()
    }

    fn files_and_notes(&self) -> Vec<String> {
        let mut files = Vec::new();
        for kind in Kind::ALL {
            let folder = self.data().join("snapshots").join(kind.name());
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let name = entry.unwrap().file_name();
                if is_folder_lock(&name) {
                    continue;
                }
                files.push(format!("{kind}/{}", name.to_str().unwrap()));
            }
        }
        files.sort();
        files
    }

    /// Moves the snapshots that the program took today to the year 2022, so that the next one need not
    /// wait for a free second.
    pub fn let_time_pass(&self) {
        for file in self.files_and_notes() {
            let (folder, name) = file.split_once('/').unwrap();
            let folder = self.data().join("snapshots").join(folder);
            if name.starts_with("20") && !name.starts_with("2021") {
                fs::rename(
                    folder.join(name),
                    folder.join(format!("2022{}", &name[4..])),
                )
                .unwrap();
            }
        }
    }

    /// The program, ready to run beside `data`, isolated from the machine's settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unrewind"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(home(self.path()))
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::run(self.command(arguments))
    }
}

impl Ran {
    pub fn run(mut command: Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().expect("an exit code, not a signal"),
            out: slashed(&String::from_utf8(output.stdout).unwrap()),
            err: slashed(&String::from_utf8(output.stderr).unwrap()),
        }
    }

    /// Its output as JSON. Asserts that it printed no error.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.err, "");
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Sets a file's modification time.
pub fn age(path: &Path, written: DateTime<Utc>) {
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(written.into()).unwrap();
}
