//! `kill -9` at any moment of a take, a restore and a prune, while another application writes: the
//! database is sound and in one of the two states, no snapshot is partial, and the next command works
//! and cleans up. `UNREWIND_KILLS=600 cargo test crash` kills more often than the default 30 times.

mod checkpoint;
mod failed;
pub(crate) mod kill;
mod points;
mod prune;

use std::{collections::BTreeMap, fs};

use rusqlite::Connection;
use serde_json::Value as Json;
use unrewind::core::{Kind, Scope, Snapshot};

use crate::{
    forms::Form,
    rng::Rng,
    sandbox::{Dump, Sandbox, at},
};
use kill::{Moment, Rounds, WRITTEN, Writer, bytes_written, run_until};

pub use kill::kills;

/// The journal mode, and whether the application has the database open too.
const SETTINGS: [(&str, bool); 3] = [("WAL", true), ("WAL", false), ("DELETE", false)];

/// A chat of two megabytes, a snapshot from before a third of it changed, and one from its beginning.
struct Scene {
    sandbox: Sandbox,
    snapshot: Snapshot,
    /// The tables in the snapshot.
    then: Dump,
    /// The tables in live.
    now: Dump,
}

impl Scene {
    fn new((journal, app_is_open): (&str, bool)) -> Self {
        let sandbox = Sandbox::new();
        sandbox.take(Kind::Periodic, at(-10));
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

    /// Runs the program until `moment`, while the application writes once `writes_from` bytes are written.
    fn run_until(
        &self,
        arguments: &[impl AsRef<str>],
        moment: Moment,
        writes_from: Option<u64>,
    ) -> kill::Ended {
        let base = bytes_written(&self.sandbox);
        let mut writer = writes_from.map(|from| (Writer::new(&self.sandbox), from));
        let bytes = || {
            let bytes = bytes_written(&self.sandbox).saturating_sub(base);
            if let Some((writer, from)) = &mut writer
                && bytes >= *from
            {
                writer.go();
            }
            bytes
        };
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        let ended = run_until(self.sandbox.command(&arguments), moment, bytes);
        if let Some((writer, _)) = writer {
            writer.stop();
        }
        ended
    }

    /// The tables without the rows of the other application.
    fn dump(&self) -> Dump {
        let mark = format!("'{WRITTEN}'");
        let mut dump = self.sandbox.dump();
        for rows in dump.values_mut() {
            rows.retain(|row| !row.contains(&mark));
        }
        dump
    }

    /// Reopens the database and checks that it is sound.
    #[track_caller]
    fn assert_sound(&mut self) {
        self.sandbox.app = Connection::open(self.sandbox.db()).unwrap();
        assert_eq!(self.sandbox.rows("PRAGMA integrity_check"), ["'ok'"]);
        assert_eq!(self.sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
        assert!(self.sandbox.full_text_is_sound());
    }

    /// Checks that each snapshot is complete and of a single moment: the application writes as many events as
    /// memories.
    #[track_caller]
    fn assert_whole_snapshots(&self) {
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
    fn assert_tidy(&self) {
        let left = self
            .sandbox
            .files()
            .into_iter()
            .filter(|file| file.contains("/."));
        assert_eq!(left.collect::<Vec<_>>(), [""; 0]);
    }
}

/// The messages, without the line on a restore that was interrupted.
pub fn unrelated(messages: &str) -> &str {
    match messages.split_once('\n') {
        Some((line, rest)) if line.contains(" was interrupted ") => rest,
        _ => messages,
    }
}

/// How many bytes the program writes if it is not killed.
#[track_caller]
fn total_bytes(arguments: &[&str], setting: (&str, bool)) -> u64 {
    let ended = Scene::new(setting).run_until(arguments, Moment::NEVER, None);
    assert!(ended.status.success());
    ended.bytes
}

fn moment(rng: &mut Rng, total_bytes: u64) -> Moment {
    // A fifth come when everything is written, and the commit is under way or done.
    let bytes = rng.below(total_bytes + total_bytes / 4);
    Moment {
        bytes: bytes.min(total_bytes - 1000),
        polls: rng.one_of(&[0, 0, 10, 100, 300]),
    }
}

/// What is restored, and its share of the kills.
const RESTORES: [(Form, u64); 5] = [
    (Form::Full, 6),
    (Form::MergedRows, 2),
    (Form::MissingOnly, 2),
    (Form::OneRow(6), 2),
    // Its tables are those of the beginning: the rest awaits replay.
    (Form::Moment(500), 2),
];

#[test]
fn a_killed_restore_did_all_or_nothing() {
    for (form, share) in RESTORES {
        let scene = |setting: usize| {
            let mut scene = Scene::new(SETTINGS[setting]);
            form.prepare(&mut scene.sandbox);
            let arguments = form.arguments(&scene.snapshot);
            (scene, arguments)
        };
        let whole = |setting: usize| {
            let (mut scene, arguments) = scene(setting);
            let ended = scene.run_until(&arguments, Moment::NEVER, None);
            assert!(ended.status.success());
            scene.assert_sound();
            let after = scene.dump();
            assert!(form != Form::Full || after == scene.then);
            (ended.bytes, after)
        };
        let mut wholes = BTreeMap::new();
        let mut rounds = Rounds::of(share, 30);
        let mut states = [0, 0];
        while let Some(seed) = rounds.seed() {
            let mut rng = Rng::new(seed);
            let setting = usize::try_from(seed % 3).unwrap();
            let (mut scene, arguments) = scene(setting);
            let (total, then) = wholes.entry(setting).or_insert_with(|| whole(setting));
            // A write before the change makes the plan stale; a write after it waits for the transaction.
            let writes = rng.one_of(&[None, None, Some(*total / 2), Some(*total * 9 / 10)]);
            let moment = moment(&mut rng, *total);
            let place = format!("{form:?}, seed {seed}, {moment:?}");
            let ended = scene.run_until(&arguments, moment, writes);
            rounds.count(&ended);
            scene.assert_sound();
            let state = [&scene.now, &*then]
                .iter()
                .position(|state| **state == scene.dump());
            let state = state.unwrap_or_else(|| panic!("neither state after {place}"));
            states[state] += 1;
            scene.assert_whole_snapshots();
            scene.sandbox.let_time_pass();
            let again: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let ran = scene.sandbox.run(&again);
            assert_eq!((ran.code, unrelated(&ran.err)), (0, ""), "{place}");
            scene.assert_sound();
            assert!(scene.dump() == *then, "{place}");
            scene.assert_whole_snapshots();
            scene.assert_tidy();
        }
        println!(
            "{form:?}: killed {} restores, {states:?} with the state before and after",
            rounds.killed
        );
    }
}

#[test]
fn a_killed_take_leaves_a_complete_snapshot_or_none() {
    const TAKE: [&str; 3] = ["take", "--kind", "periodic"];
    let totals = SETTINGS.map(|setting| total_bytes(&TAKE, setting));
    let mut rounds = Rounds::of(6, 30);
    let mut taken = 0;
    while let Some(seed) = rounds.seed() {
        let mut rng = Rng::new(seed);
        let setting = usize::try_from(seed % 3).unwrap();
        let mut scene = Scene::new(SETTINGS[setting]);
        let writes = rng.one_of(&[None, Some(0)]);
        let moment = moment(&mut rng, totals[setting]);
        let ended = scene.run_until(&TAKE, moment, writes);
        rounds.count(&ended);
        taken += scene.sandbox.list().len() - 2;
        scene.assert_sound();
        assert!(scene.dump() == scene.now, "seed {seed}, {moment:?}");
        scene.assert_whole_snapshots();
        let ran = scene.sandbox.run(&["take", "--kind", "rewind"]);
        assert_eq!((ran.code, &*ran.err), (0, ""), "seed {seed}, {moment:?}");
        scene.assert_whole_snapshots();
        scene.assert_tidy();
    }
    println!(
        "killed {} takes, of which {taken} were complete",
        rounds.killed
    );
}

#[test]
fn a_killed_restore_into_a_copy_leaves_a_complete_copy_or_none() {
    const COPY: [&str; 4] = [
        "restore",
        "rewind/20210314T120000Z",
        "--into",
        "copies/copy.db",
    ];
    let mut rounds = Rounds::of(4, 30);
    while let Some(seed) = rounds.seed() {
        let mut rng = Rng::new(seed);
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
        // The database has some four megabytes, and its write-ahead log grows by one.
        let moment = Moment {
            bytes: rng.below(5_000_000),
            polls: rng.one_of(&[0, 100]),
        };
        let ended = run_until(scene.sandbox.command(&COPY), moment, copied);
        rounds.count(&ended);
        scene.assert_sound();
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
}

#[test]
fn a_killed_undo_can_be_repeated() {
    let mut rounds = Rounds::of(6, 30);
    while let Some(seed) = rounds.seed() {
        let mut rng = Rng::new(seed);
        let mut scene = Scene::new(SETTINGS[0]);
        scene.sandbox.restore(&scene.snapshot, Scope::Full).unwrap();
        let moment = Moment {
            bytes: rng.below(4_000_000),
            polls: rng.below(100),
        };
        let ended = scene.run_until(&["undo", "--yes"], moment, None);
        rounds.count(&ended);
        scene.assert_sound();
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
        scene.assert_tidy();
    }
}
