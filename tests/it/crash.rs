//! `kill -9` at any moment of a take, a restore and a prune, while another application writes: the
//! database is sound and in one of the two states, no snapshot is partial, and the next command works
//! and clears up. `UNREWIND_KILLS=600 cargo test crash` kills more often than the usual 30 times.

mod checkpoint;
mod failed;
pub(crate) mod kill;
mod points;
mod prune;

use std::fs;

use rusqlite::Connection;
use serde_json::Value as Json;
use unrewind::core::{Kind, Scope, Snapshot};

use crate::{
    rng::Rng,
    sandbox::{Dump, Sandbox, at},
};
use kill::{Moment, WRITTEN, Writer, bytes_written, run_until};

pub use kill::kills;

/// What keeps the database's transactions, and whether the application has it open too.
const SETTINGS: [(&str, bool); 3] = [("WAL", true), ("WAL", false), ("DELETE", false)];

/// A chat of two megabytes, and a snapshot of it from before a third of it changed.
struct Scene {
    sandbox: Sandbox,
    snapshot: Snapshot,
    /// The tables as the snapshot has them.
    then: Dump,
    /// The tables as they are.
    now: Dump,
}

impl Scene {
    fn new((journal, app_is_open): (&str, bool)) -> Self {
        let sandbox = Sandbox::new();
        sandbox.sql(
            "WITH n (n) AS (VALUES (3) UNION ALL SELECT n + 1 FROM n WHERE n < 1000)
             INSERT INTO event_log (id, ts, kind, payload_json) SELECT n, '2021', 'message', printf('{\"text\": \"%0800d\"}', n) FROM n;
             INSERT INTO memories (id, chat_id, text, created_at) SELECT id, 1, 'number ' || payload_json, '2021' FROM event_log",
        );
        let then = sandbox.dump();
        let snapshot = sandbox.take(Kind::Rewind, at(0));
        sandbox.sql(
            "UPDATE memories SET text = 'another ' || id WHERE id % 3 = 0;
             DELETE FROM memories WHERE id % 7 = 0;
             UPDATE event_log SET superseded_by = id WHERE id > 900;
             INSERT INTO event_log (ts, kind, payload_json) VALUES ('2021', 'rewound', '{}');
             PRAGMA wal_checkpoint (TRUNCATE)",
        );
        sandbox.sql(&format!("PRAGMA journal_mode = {journal}"));
        let now = sandbox.dump();
        let mut scene = Self {
            sandbox,
            snapshot,
            then,
            now,
        };
        if !app_is_open {
            scene.sandbox.app = Connection::open_in_memory().unwrap();
        }
        scene
    }

    /// Runs the program until the moment, while the application writes from `writes_from` on.
    fn run_until(
        &self,
        arguments: &[&str],
        moment: Moment,
        writes_from: Option<u64>,
    ) -> kill::Ended {
        let base = bytes_written(&self.sandbox);
        let mut writer = writes_from.map(|from| (Writer::new(&self.sandbox), from));
        let far = || {
            let far = bytes_written(&self.sandbox).saturating_sub(base);
            if let Some((writer, from)) = &mut writer
                && far >= *from
            {
                writer.go();
            }
            far
        };
        let ended = run_until(self.sandbox.command(arguments), moment, far);
        if let Some((writer, _)) = writer {
            writer.stop();
        }
        ended
    }

    /// The tables without what the other application wrote.
    fn dump(&self) -> Dump {
        let mark = format!("'{WRITTEN}'");
        let mut dump = self.sandbox.dump();
        for rows in dump.values_mut() {
            rows.retain(|row| !row.contains(&mark));
        }
        dump
    }

    /// Opens the database anew and checks that it is sound.
    #[track_caller]
    fn is_sound(&mut self) {
        self.sandbox.app = Connection::open(self.sandbox.db()).unwrap();
        assert_eq!(self.sandbox.rows("PRAGMA integrity_check"), ["'ok'"]);
        assert_eq!(self.sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
        assert!(self.sandbox.full_text_is_sound());
    }

    /// Checks that each snapshot is whole and one moment: the application wrote as many events as
    /// memories.
    #[track_caller]
    fn has_whole_snapshots(&self) {
        for file in self
            .sandbox
            .files()
            .iter()
            .filter(|file| !file.contains("/.") && !file.contains(".note"))
        {
            let bytes = fs::read(self.sandbox.data().join("snapshots").join(file)).unwrap();
            let json: Json = serde_json::from_slice(&bytes).expect(file);
            let written = |table: &str, column: &str| {
                let rows = json[table].as_array().expect(file).iter();
                rows.filter(|row| row[column] == WRITTEN).count()
            };
            assert_eq!(
                written("event_log", "kind"),
                written("memories", "created_at"),
                "{file}"
            );
            assert!(
                json["classifier_failures"].is_array(),
                "{file} ends too early"
            );
        }
    }

    #[track_caller]
    fn is_tidy(&self) {
        let left = self
            .sandbox
            .files()
            .into_iter()
            .filter(|file| file.contains("/."));
        assert_eq!(left.collect::<Vec<_>>(), [""; 0]);
    }
}

/// What was said beside what became of a restore that was interrupted.
pub fn unrelated(said: &str) -> &str {
    match said.split_once('\n') {
        Some((line, rest)) if line.contains(" was interrupted ") => rest,
        _ => said,
    }
}

/// How far the program gets if nobody kills it.
#[track_caller]
fn whole_way(arguments: &[&str], setting: (&str, bool)) -> u64 {
    let ended = Scene::new(setting).run_until(arguments, Moment::NEVER, None);
    assert!(ended.status.success());
    ended.far
}

fn moment(rng: &mut Rng, whole_way: u64) -> Moment {
    // A fifth of them come when all is written, and the commit is on its way or done.
    let far = rng.below(whole_way + whole_way / 4);
    Moment {
        far: far.min(whole_way - 1000),
        looks: rng.one_of(&[0, 0, 10, 100, 300]),
    }
}

#[test]
fn a_restore_that_is_killed_did_all_or_nothing() {
    const RESTORE: [&str; 3] = ["restore", "rewind/20210314T120000Z", "--yes"];
    let ways = SETTINGS.map(|setting| whole_way(&RESTORE, setting));
    let (mut killed, mut states) = (0, [0, 0]);
    for seed in 0..kills(14, 30) {
        let mut rng = Rng::of(seed);
        let setting = usize::try_from(seed % 3).unwrap();
        let mut scene = Scene::new(SETTINGS[setting]);
        // Writing before the change makes the plan stale; after it, it waits for the transaction.
        let writes = rng.one_of(&[
            None,
            None,
            Some(ways[setting] / 2),
            Some(ways[setting] * 9 / 10),
        ]);
        let moment = moment(&mut rng, ways[setting]);
        let ended = scene.run_until(&RESTORE, moment, writes);
        killed += u64::from(ended.killed());
        scene.is_sound();
        let state = [&scene.now, &scene.then]
            .iter()
            .position(|state| **state == scene.dump());
        let state = state.unwrap_or_else(|| panic!("neither state after seed {seed}, {moment:?}"));
        states[state] += 1;
        scene.has_whole_snapshots();
        scene.sandbox.let_time_pass();
        let ran = scene.sandbox.run(&RESTORE);
        assert_eq!(
            (ran.code, unrelated(&ran.err)),
            (0, ""),
            "seed {seed}, {moment:?}"
        );
        scene.is_sound();
        assert!(
            scene.sandbox.dump() == scene.then,
            "seed {seed}, {moment:?}"
        );
        scene.has_whole_snapshots();
        scene.is_tidy();
    }
    println!("killed {killed} restores, {states:?} with the state before and after");
    assert!(killed > 0);
}

#[test]
fn a_take_that_is_killed_leaves_a_whole_snapshot_or_none() {
    const TAKE: [&str; 3] = ["take", "--kind", "periodic"];
    let ways = SETTINGS.map(|setting| whole_way(&TAKE, setting));
    let (mut killed, mut taken) = (0, 0);
    for seed in 0..kills(6, 30) {
        let mut rng = Rng::of(seed);
        let setting = usize::try_from(seed % 3).unwrap();
        let mut scene = Scene::new(SETTINGS[setting]);
        let writes = rng.one_of(&[None, Some(0)]);
        let moment = moment(&mut rng, ways[setting]);
        let ended = scene.run_until(&TAKE, moment, writes);
        killed += u64::from(ended.killed());
        taken += scene.sandbox.list().len() - 1;
        scene.is_sound();
        assert!(scene.dump() == scene.now, "seed {seed}, {moment:?}");
        scene.has_whole_snapshots();
        let ran = scene.sandbox.run(&["take", "--kind", "rewind"]);
        assert_eq!((ran.code, &*ran.err), (0, ""), "seed {seed}, {moment:?}");
        scene.has_whole_snapshots();
        scene.is_tidy();
    }
    println!("killed {killed} takes, of which {taken} were complete");
    assert!(killed > 0);
}

#[test]
fn a_restore_into_a_copy_that_is_killed_leaves_a_whole_copy_or_none() {
    const COPY: [&str; 4] = [
        "restore",
        "rewind/20210314T120000Z",
        "--into",
        "copies/copy.db",
    ];
    let mut killed = 0;
    for seed in 0..kills(4, 30) {
        let mut rng = Rng::of(seed);
        let setting = usize::try_from(seed % 3).unwrap();
        let mut scene = Scene::new(SETTINGS[setting]);
        let folder = scene.sandbox.path().join("copies");
        fs::create_dir(&folder).unwrap();
        let copied = || {
            let entries = fs::read_dir(&folder).unwrap().flatten();
            entries
                .filter_map(|entry| Some(entry.metadata().ok()?.len()))
                .sum()
        };
        // The database is some four megabytes, and its log grows by one.
        let moment = Moment {
            far: rng.below(5_000_000),
            looks: rng.one_of(&[0, 100]),
        };
        let ended = run_until(scene.sandbox.command(&COPY), moment, copied);
        killed += u64::from(ended.killed());
        scene.is_sound();
        assert!(scene.dump() == scene.now, "seed {seed}, {moment:?}");
        let copy = folder.join("copy.db");
        if copy.exists() {
            fs::rename(&copy, folder.join("first.db")).unwrap();
        }
        let ran = scene.sandbox.run(&COPY);
        assert_eq!((ran.code, &*ran.err), (0, ""), "seed {seed}, {moment:?}");
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(
                path.extension(),
                copy.extension(),
                "{} is left",
                path.display()
            );
            scene.sandbox.app = Connection::open(path).unwrap();
            assert_eq!(scene.sandbox.rows("PRAGMA integrity_check"), ["'ok'"]);
            assert!(scene.sandbox.dump() == scene.then);
        }
    }
    assert!(killed > 0);
}

#[test]
fn an_undo_that_is_killed_can_be_done_again() {
    let mut killed = 0;
    for seed in 0..kills(6, 30) {
        let mut rng = Rng::of(seed);
        let mut scene = Scene::new(SETTINGS[0]);
        scene.sandbox.restore(&scene.snapshot, Scope::Full).unwrap();
        let moment = Moment {
            far: rng.below(4_000_000),
            looks: rng.below(100),
        };
        let ended = scene.run_until(&["undo", "--yes"], moment, None);
        killed += u64::from(ended.killed());
        scene.is_sound();
        let (dump, was_done) = (scene.dump(), scene.dump() == scene.now);
        assert!(was_done || dump == scene.then, "seed {seed}, {moment:?}");
        scene.sandbox.let_time_pass();
        let again = if was_done { "redo" } else { "undo" };
        let ran = scene.sandbox.run(&[again, "--yes"]);
        assert_eq!(
            (ran.code, unrelated(&ran.err)),
            (0, ""),
            "seed {seed}, {moment:?}"
        );
        let other = if was_done { &scene.then } else { &scene.now };
        assert!(scene.sandbox.dump() == *other, "seed {seed}, {moment:?}");
        scene.is_tidy();
    }
    assert!(killed > 0);
}
