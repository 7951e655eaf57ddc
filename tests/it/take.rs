//! Taking a snapshot: one moment of live, one file that appears whole, no writer kept waiting.

mod concurrent;

use std::{
    fs::{self, File},
    ops::ControlFlow,
};

use chrono::TimeDelta;
use rusqlite::ErrorCode;
use unrewind::core::{
    Error, Id, Kind, Progress, Result, Snapshot, Stage, Stamp, Taken, take, unattended,
};

use crate::sandbox::{Sandbox, at};

fn take_with(
    sandbox: &Sandbox,
    kind: Kind,
    mut on: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Taken> {
    let (database, store) = (sandbox.database(), sandbox.store());
    take(&database, &sandbox.profile, &store, kind, at(0), &mut on)
}

/// A chat with enough memories that a take reports progress, with this journal mode.
fn long(journal: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.sql(&format!("PRAGMA journal_mode = {journal}"));
    sandbox.sql(
        "WITH numbers (n) AS (VALUES (10) UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000)
         INSERT INTO memories SELECT n, 1, NULL, 'number ' || n, 0.5, '2021' FROM numbers",
    );
    sandbox
}

#[test]
fn a_take_contains_only_committed_changes() {
    for journal in ["WAL", "DELETE"] {
        let sandbox = long(journal);
        let before = fs::read(sandbox.take(Kind::Rewind, at(0)).path).unwrap();
        let other = sandbox.another();
        other
            .execute_batch("BEGIN IMMEDIATE; DELETE FROM memories; UPDATE bots SET name = 'x'")
            .unwrap();
        let during = sandbox.take(Kind::Rewind, at(1));
        assert!(fs::read(during.path).unwrap() == before, "{journal}");
        other.execute_batch("COMMIT").unwrap();
        let after = sandbox.take(Kind::Rewind, at(2));
        assert!(fs::read(after.path).unwrap() != before, "{journal}");
    }
}

#[test]
fn a_take_is_of_one_moment_and_blocks_no_writer() {
    let sandbox = long("WAL");
    let before = fs::read(sandbox.take(Kind::Periodic, at(0)).path).unwrap();
    let other = sandbox.another();
    let mut written = 0;
    let taken = take_with(&sandbox, Kind::Rewind, |_| {
        // Change what was read before, what is being read, and what is read last.
        let sql = "BEGIN IMMEDIATE; UPDATE event_log SET kind = kind || '!';
            DELETE FROM memories WHERE id > 2000; UPDATE chat_state SET mood = mood || '!'; COMMIT";
        other.execute_batch(sql).unwrap();
        written += 1;
        ControlFlow::Continue(())
    });
    assert!(written > 0, "no progress report to write in");
    assert!(fs::read(taken.unwrap().snapshot.path).unwrap() == before);
    assert_eq!(sandbox.rows("SELECT max(id) FROM memories"), ["2000"]);
}

#[test]
fn with_a_rollback_journal_a_writer_commits_after_the_take() {
    let sandbox = long("DELETE");
    let before = fs::read(sandbox.take(Kind::Periodic, at(0)).path).unwrap();
    let other = sandbox.another();
    let mut refused = None;
    let taken = take_with(&sandbox, Kind::Rewind, |_| {
        if refused.is_none() {
            other
                .execute_batch("BEGIN IMMEDIATE; DELETE FROM memories")
                .unwrap();
            refused = other.execute_batch("COMMIT").err();
        }
        ControlFlow::Continue(())
    });
    assert!(fs::read(taken.unwrap().snapshot.path).unwrap() == before);
    let code = refused.and_then(|error| error.sqlite_error_code());
    assert_eq!(code, Some(ErrorCode::DatabaseBusy));
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(sandbox.rows("SELECT count(*) FROM memories"), ["0"]);
}

#[test]
fn a_take_rolls_back_the_changes_of_a_dead_writer() {
    let sandbox = long("DELETE");
    let before = fs::read(sandbox.take(Kind::Rewind, at(0)).path).unwrap();
    let other = sandbox.another();
    // With such a small cache, changes are written to the file before they are committed.
    other
        .execute_batch("PRAGMA cache_size = 5; BEGIN; UPDATE memories SET text = 'half'")
        .unwrap();
    let dead = Sandbox::without_tables();
    fs::copy(sandbox.db(), dead.db()).unwrap();
    fs::copy(
        sandbox.data().join("chat.db-journal"),
        dead.data().join("chat.db-journal"),
    )
    .unwrap();
    assert!(String::from_utf8_lossy(&fs::read(dead.db()).unwrap()).contains("half"));
    let taken = dead.try_take(Kind::Rewind, at(0)).unwrap();
    assert!(fs::read(taken.path).unwrap() == before);
}

#[test]
fn a_take_does_not_change_the_database() {
    let sandbox = Sandbox::new();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    let before = fs::read(sandbox.db()).unwrap();
    sandbox.take(Kind::Periodic, at(0));
    assert!(fs::read(sandbox.db()).unwrap() == before);
}

#[test]
fn a_take_never_overwrites_a_file() {
    let sandbox = Sandbox::new();
    let first = sandbox.put(Kind::Rewind, at(0), "somebody's file");
    sandbox.put(Kind::Periodic, at(0), "another kind's file");
    let taken = sandbox.try_take(Kind::Rewind, at(0)).unwrap();
    assert_eq!(taken.taken_at(), at(0) + TimeDelta::seconds(1));
    assert_eq!(fs::read_to_string(first.path).unwrap(), "somebody's file");
}

#[test]
fn the_stamp_is_the_second_of_the_take() {
    let sandbox = Sandbox::new();
    let taken = sandbox
        .try_take(Kind::Rewind, at(0) + TimeDelta::milliseconds(999))
        .unwrap();
    assert_eq!(taken.name(), "rewind/20210314T120000Z");
}

#[test]
fn a_snapshot_has_no_name_before_it_is_complete() {
    let sandbox = long("WAL");
    let mut reports = 0;
    take_with(&sandbox, Kind::Rewind, |progress| {
        assert_eq!(progress.stage, Stage::Writing);
        assert!(sandbox.files().iter().all(|file| !file.contains(".json")));
        assert_eq!(sandbox.list(), []);
        reports += 1;
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(reports > 0);
    assert_eq!(sandbox.files(), ["rewind/20210314T120000Z.json"]);
}

#[test]
fn progress_grows_steadily_to_the_size_of_the_snapshot() {
    let sandbox = long("WAL");
    sandbox.sql(
        "DELETE FROM memories WHERE id < 1000;
         INSERT INTO bots SELECT 'bot ' || id, 'Bot', hex(zeroblob(id)), '2021' FROM memories;
         INSERT INTO event_log (id, ts, kind, payload_json)
         SELECT 5000 + id, '2021', 'said', hex(zeroblob(500)) FROM memories",
    );
    let mut reports = Vec::new();
    let taken = take_with(
        &sandbox,
        Kind::Rewind,
        |Progress { done, total, .. }| {
            reports.push((done, total));
            ControlFlow::Continue(())
        },
    );
    let size = taken.unwrap().snapshot.size;
    assert!(reports.len() >= 6, "{reports:?}");
    let parts = reports.windows(2).map(|two| (two[0], two[1]));
    for ((before, all), (done, total)) in parts {
        let grows = u128::from(done) * u128::from(all) >= u128::from(before) * u128::from(total);
        assert!(grows && done <= total, "{reports:?}");
    }
    let (done, total) = reports[reports.len() - 1];
    assert!(
        total.abs_diff(size) < size / 20 && done > size / 10 * 9,
        "{reports:?} of {size}"
    );
}

#[test]
fn a_cancelled_take_leaves_no_file() {
    let sandbox = long("WAL");
    let error = take_with(&sandbox, Kind::Rewind, |_| ControlFlow::Break(())).unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn a_periodic_take_keeps_five_snapshots() {
    let sandbox = Sandbox::new();
    for minute in -6..0 {
        sandbox.put(Kind::Periodic, at(minute), r#"{"event_log": []}"#);
        sandbox.put(Kind::Rewind, at(minute - 100_000), r#"{"event_log": []}"#);
    }
    let taken = take_with(&sandbox, Kind::Periodic, unattended).unwrap();
    let pruned: Vec<_> = taken
        .pruned
        .iter()
        .map(|path| path.file_name().unwrap())
        .collect();
    assert_eq!(pruned, ["20210314T115400Z.json", "20210314T115500Z.json"]);
    let periodic = sandbox.store().list(&[Kind::Periodic]).unwrap();
    assert_eq!(periodic.len(), 5);
    assert_eq!(periodic[0], taken.snapshot);
    assert_eq!(sandbox.store().list(&[Kind::Rewind]).unwrap().len(), 6);
}

#[test]
fn a_rewind_take_prunes_nothing() {
    let sandbox = Sandbox::new();
    for minute in -8..0 {
        sandbox.put(Kind::Periodic, at(minute), r#"{"event_log": []}"#);
        sandbox.put(Kind::Rewind, at(minute - 100_000), r#"{"event_log": []}"#);
    }
    let taken = take_with(&sandbox, Kind::Rewind, unattended).unwrap();
    assert_eq!((taken.pruned.len(), sandbox.list().len()), (0, 17));
}

#[test]
fn a_file_in_place_of_a_folder_is_an_error_that_names_the_folder() {
    let ways = [
        ("snapshots", "list", "periodic"),
        ("snapshots/rewind", "create", "rewind"),
    ];
    for (way, cannot, kind) in ways {
        let sandbox = Sandbox::new();
        let path = sandbox.data().join(way);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "a file in the way").unwrap();
        let error = sandbox.try_take(Kind::Rewind, at(0)).unwrap_err();
        let mut folder = sandbox.data().join("snapshots").join(kind);
        // Windows names the file itself.
        if cfg!(windows) && way == "snapshots" {
            folder.pop();
        }
        let start = format!("cannot {cannot} {}: ", folder.display());
        assert!(error.to_string().starts_with(&start), "{error}");
        assert_eq!(fs::read_to_string(path).unwrap(), "a file in the way");
    }
}

#[test]
fn a_take_deletes_drafts_of_dead_writers_but_not_of_running_ones() {
    let sandbox = Sandbox::new();
    let folder = sandbox.data().join("snapshots/rewind");
    fs::create_dir_all(&folder).unwrap();
    let names = [
        ".unrewind-draft-dead.tmp",
        ".unrewind-draft-alive.tmp",
        "mine.tmp",
    ];
    for name in names {
        fs::write(folder.join(name), "{\"last_event_id\": ").unwrap();
    }
    let alive = File::open(folder.join(names[1])).unwrap();
    alive.try_lock().unwrap();
    sandbox.take(Kind::Rewind, at(0));
    let left = [
        "rewind/.unrewind-draft-alive.tmp",
        "rewind/20210314T120000Z.json",
        "rewind/mine.tmp",
    ];
    assert_eq!(sandbox.files(), left);
    drop(alive);
    sandbox.take(Kind::Rewind, at(1));
    assert!(!sandbox.files().contains(&left[0].to_owned()));
}

#[test]
fn two_takes_at_once_both_succeed() {
    let sandbox = long("WAL");
    let mut second = None;
    let first = take_with(&sandbox, Kind::Rewind, |_| {
        second.get_or_insert_with(|| sandbox.try_take(Kind::Rewind, at(1)).unwrap());
        ControlFlow::Continue(())
    });
    let names = [first.unwrap().snapshot.name(), second.unwrap().name()];
    assert_eq!(
        names,
        ["rewind/20210314T120000Z", "rewind/20210314T120100Z"]
    );
    let listed = sandbox.list();
    assert!(listed.iter().all(unrewind::core::Snapshot::is_intact));
    assert_eq!((listed.len(), sandbox.files().len()), (2, 2));
}

#[test]
fn a_take_without_a_valid_log_or_with_a_lock_leaves_no_file() {
    let sandbox = Sandbox::with_schema("CREATE TABLE bots (id TEXT)");
    let error = sandbox.try_take(Kind::Rewind, at(0)).unwrap_err();
    assert!(matches!(error, Error::NoEventLog { .. }), "{error}");
    sandbox.sql("CREATE TABLE event_log (name TEXT)");
    let error = sandbox
        .try_take(Kind::Rewind, at(0))
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("it has no column id, which the profile names as its id"),
        "{error}"
    );
    sandbox.sql(
        "DROP TABLE event_log; CREATE TABLE event_log (id); INSERT INTO event_log VALUES ('seven')",
    );
    let error = sandbox
        .try_take(Kind::Rewind, at(0))
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("the highest id is 'seven', not an integer"),
        "{error}"
    );
    let sandbox = Sandbox::new();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    let database = sandbox.database();
    sandbox.sql("BEGIN EXCLUSIVE");
    let (store, on) = (sandbox.store(), &mut unattended);
    let error = take(&database, &sandbox.profile, &store, Kind::Rewind, at(0), on).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn a_folder_among_the_periodic_snapshots_does_not_stop_pruning() {
    let sandbox = Sandbox::new();
    sandbox.event("Is anybody there?");
    fs::create_dir_all(
        sandbox
            .path()
            .join("data/snapshots/periodic/20200101T000000Z.json"),
    )
    .unwrap();
    for minute in 0..7 {
        sandbox.take(Kind::Periodic, at(minute));
    }
    let intact = sandbox.list().into_iter().filter(Snapshot::is_intact);
    assert_eq!(intact.count(), 5);
}

#[test]
fn a_take_with_a_later_stamp_counts_among_the_newest() {
    let sandbox = Sandbox::new();
    for minute in 0..4 {
        sandbox.take(Kind::Periodic, at(minute));
    }
    for _ in 0..2 {
        sandbox.try_take(Kind::Periodic, at(5)).unwrap();
    }
    let newest = ["periodic/20210314T120501Z", "periodic/20210314T120500Z"];
    let names: Vec<_> = sandbox.list().iter().map(Snapshot::name).collect();
    assert_eq!(names[..2], newest);
    assert_eq!(names.len(), 5);
}

#[test]
fn an_unwritable_note_is_reported_and_loses_no_snapshot() {
    let sandbox = Sandbox::new();
    let way = sandbox
        .store()
        .path(Id::plain(Kind::Rewind, Stamp::at(at(0))))
        .with_extension("note");
    fs::create_dir_all(way.join("in the way")).unwrap();
    let taken = take_with(&sandbox, Kind::Rewind, |_| ControlFlow::Continue(())).unwrap();
    let taken = taken.snapshot;
    let why = taken.note.unwritten.unwrap();
    assert!(
        why.starts_with("cannot write ") && taken.path.exists(),
        "{why}"
    );
}
