//! Restores that are refused or interrupted: live does not change, no file is left behind, and the error gives
//! the reason.

use std::{cell::Cell, fs, fs::File, ops::ControlFlow};

use rusqlite::Connection;
use unrewind::core::{
    Error, Kind, Progress, RestorePlan, Restored, Result, Safety, Scope, Snapshot, Stage,
    unattended,
};

use crate::sandbox::{Sandbox, at, now};

fn changed_chat() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night, then.");
    (sandbox, snapshot)
}

/// A chat with enough to restore that every stage reports progress.
fn large_changed_chat() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "WITH numbers (n) AS (VALUES (10) UNION ALL SELECT n + 1 FROM numbers WHERE n < 1300)
         INSERT INTO memories SELECT n, 1, NULL, 'number ' || n, 0.5, '2021' FROM numbers",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE memories SET text = text || '!' WHERE id % 2");
    (sandbox, snapshot)
}

fn apply(
    sandbox: &Sandbox,
    plan: RestorePlan,
    mut on: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Restored> {
    plan.apply(&sandbox.store(), Safety::default(), now(), &mut on)
}

#[track_caller]
fn assert_stale(sandbox: &Sandbox, error: &Error, what: &std::path::Path) {
    assert!(matches!(error, Error::Stale { .. }), "{error}");
    let message = format!("{} changed since the plan was made", what.display());
    assert_eq!(error.to_string(), message);
    assert_eq!(sandbox.files(), ["rewind/20210314T120000Z.json"]);
}

#[test]
fn a_plan_is_stale_once_live_has_changed() {
    let changes = [
        "UPDATE bots SET name = 'x'",
        "INSERT INTO classifier_failures VALUES (1, 1, 'mood', 'timeout')",
        "CREATE TABLE other (x)",
    ];
    for change in changes {
        let (sandbox, snapshot) = changed_chat();
        let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
        sandbox.sql(change);
        let before = sandbox.dump();
        let error = apply(&sandbox, plan, unattended).unwrap_err();
        assert_stale(&sandbox, &error, &sandbox.db());
        assert_eq!(sandbox.dump(), before);
    }
}

#[test]
#[cfg_attr(windows, ignore = "Windows replaces no database that is open")]
fn a_plan_is_stale_once_another_database_replaces_the_planned_one() {
    let (sandbox, snapshot) = changed_chat();
    let other = sandbox.data().join("other");
    // Empty the planned database's write-ahead log, which the other would read.
    sandbox.sql(&format!(
        "PRAGMA wal_checkpoint(TRUNCATE); VACUUM INTO '{}'",
        other.display()
    ));
    let connection = Connection::open(&other).unwrap();
    connection
        .execute("UPDATE bots SET name = 'x'", [])
        .unwrap();
    drop(connection);
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let before = fs::read(&other).unwrap();
    fs::rename(&other, sandbox.db()).unwrap();
    let error = apply(&sandbox, plan, unattended).unwrap_err();
    assert_stale(&sandbox, &error, &sandbox.db());
    assert!(
        fs::read(sandbox.db()).unwrap() == before,
        "the other database was changed"
    );
}

#[test]
fn a_value_that_its_column_would_convert_is_refused() {
    let (sandbox, snapshot) = large_changed_chat();
    let text = fs::read_to_string(&snapshot.path).unwrap();
    // A REAL column stores 1.0 for it, which is another value.
    let (usual, odd) = (
        r#""text": "number 700", "importance": 0.5"#,
        r#""text": "number 700", "importance": 1"#,
    );
    assert!(text.contains(usual));
    fs::write(&snapshot.path, text.replace(usual, odd)).unwrap();
    fs::remove_file(snapshot.path.with_extension("note")).unwrap();
    // First only this row differs, then most rows do.
    let changes = [
        "UPDATE memories SET text = rtrim(text, '!')",
        "UPDATE memories SET text = text || '?'",
    ];
    for change in changes {
        sandbox.sql(change);
        let before = sandbox.dump();
        let error = sandbox.plan(&snapshot, Scope::Full).unwrap_err();
        assert!(matches!(error, Error::Unequal { .. }), "{error}");
        assert_eq!(sandbox.dump(), before);
    }
}

#[test]
fn a_snapshot_changed_since_it_was_taken_is_refused() {
    let (sandbox, snapshot) = changed_chat();
    let text = fs::read_to_string(&snapshot.path).unwrap();
    fs::write(&snapshot.path, text.replace("242 steps", "243 steps")).unwrap();
    for scope in [Scope::Full, Scope::Tables] {
        let error = sandbox.plan(&snapshot, scope).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
        assert!(
            error.to_string().contains("changed since it was taken"),
            "{error}"
        );
    }
}

#[test]
fn a_plan_is_stale_if_live_changes_while_the_safety_snapshot_is_taken() {
    let (sandbox, snapshot) = large_changed_chat();
    let (plan, other) = (
        sandbox.plan(&snapshot, Scope::Full).unwrap(),
        sandbox.another(),
    );
    let error = apply(&sandbox, plan, |progress| {
        if progress.stage == Stage::SafetySnapshot {
            other.execute("UPDATE bots SET name = 'x'", []).unwrap();
        }
        ControlFlow::Continue(())
    });
    assert_stale(&sandbox, &error.unwrap_err(), &sandbox.db());
    assert_eq!(sandbox.rows("SELECT name FROM bots"), ["'x'"]);
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM memories WHERE text LIKE '%!'"),
        ["645"]
    );
}

#[test]
#[cfg_attr(windows, ignore = "wine 8 deletes an open file only once it is closed")]
fn a_plan_is_stale_once_the_snapshot_changes() {
    type Change = fn(&Snapshot);
    let changes: [Change; 4] = [
        |snapshot| {
            let file = File::options().write(true).open(&snapshot.path).unwrap();
            file.set_len(snapshot.size / 2).unwrap();
        },
        |snapshot| fs::write(&snapshot.path, "{}").unwrap(),
        |snapshot| {
            let bytes = fs::read(&snapshot.path).unwrap();
            fs::remove_file(&snapshot.path).unwrap();
            fs::write(&snapshot.path, bytes).unwrap();
        },
        |snapshot| {
            fs::remove_file(&snapshot.path).unwrap();
            fs::create_dir(&snapshot.path).unwrap();
        },
    ];
    for change in changes {
        let (sandbox, snapshot) = changed_chat();
        let before = sandbox.dump();
        let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
        change(&snapshot);
        let error = apply(&sandbox, plan, unattended).unwrap_err();
        assert_stale(&sandbox, &error, &snapshot.path);
        assert_eq!(sandbox.dump(), before);
    }
}

#[test]
#[cfg_attr(windows, ignore = "wine 8 deletes an open file only once it is closed")]
fn a_plan_is_stale_once_the_snapshot_is_deleted() {
    let (sandbox, snapshot) = changed_chat();
    let before = sandbox.dump();
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    fs::remove_file(&snapshot.path).unwrap();
    let files = sandbox.files();
    let error = apply(&sandbox, plan, unattended).unwrap_err();
    assert!(matches!(error, Error::Stale { .. }), "{error}");
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
}

#[test]
fn a_snapshot_truncated_during_the_restore_changes_nothing() {
    let (sandbox, snapshot) = large_changed_chat();
    let before = sandbox.dump();
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let file = File::options().write(true).open(&snapshot.path).unwrap();
    let error = apply(&sandbox, plan, |progress| {
        if progress.stage == Stage::Applying {
            file.set_len(snapshot.size / 2).unwrap();
        }
        ControlFlow::Continue(())
    });
    let error = error.unwrap_err().to_string();
    assert!(error.ends_with("the file ends here, cut short"), "{error}");
    assert_eq!(sandbox.dump(), before);
    assert_eq!(sandbox.files(), ["rewind/20210314T120000Z.json"]);
}

#[test]
fn a_lock_held_for_too_long_changes_nothing() {
    let (sandbox, snapshot) = changed_chat();
    let before = sandbox.dump();
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let other = sandbox.another();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = apply(&sandbox, plan, unattended).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    let message = format!(
        "the database {} is locked by another process: waited 0.01 s",
        sandbox.db().display()
    );
    assert_eq!(error.to_string(), message);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(sandbox.dump(), before);
    assert_eq!(sandbox.files(), ["rewind/20210314T120000Z.json"]);
}

#[test]
fn a_restore_blocked_by_a_reader_of_a_rollback_journal_changes_nothing() {
    let (sandbox, snapshot) = changed_chat();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    let before = sandbox.dump();
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let other = sandbox.another();
    other
        .execute_batch("BEGIN; SELECT count(*) FROM bots")
        .unwrap();
    let error = apply(&sandbox, plan, unattended).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(sandbox.dump(), before);
    assert_eq!(sandbox.files(), ["rewind/20210314T120000Z.json"]);
}

#[test]
fn a_restore_cancelled_at_any_moment_changes_nothing() {
    let (sandbox, snapshot) = large_changed_chat();
    let (before, files) = (sandbox.dump(), sandbox.files());
    let mut stages = Vec::new();
    for moment in 0.. {
        let (calls, stage) = (Cell::new(0), Cell::new(None));
        let mut cancel = |progress: Progress| {
            calls.set(calls.get() + 1);
            if calls.get() <= moment {
                return ControlFlow::Continue(());
            }
            stage.set(Some(progress.stage));
            ControlFlow::Break(())
        };
        let (database, profile) = (sandbox.database(), &sandbox.profile);
        let plan = RestorePlan::compute(
            database,
            profile,
            snapshot.clone(),
            Scope::Full,
            &mut cancel,
        );
        let result = plan
            .and_then(|plan| plan.apply(&sandbox.store(), Safety::default(), now(), &mut cancel));
        let Err(error) = result else { break };
        assert!(matches!(error, Error::Cancelled), "{error}");
        assert_eq!(sandbox.files(), files, "cancelled while {:?}", stage.get());
        assert_eq!(sandbox.dump(), before, "cancelled while {:?}", stage.get());
        stages.extend(stage.get());
    }
    stages.dedup();
    let expected = [
        Stage::Reading,
        Stage::Comparing,
        Stage::Checkpoint,
        Stage::SafetySnapshot,
        Stage::Applying,
        Stage::Proving,
    ];
    assert_eq!(stages, expected);
    assert_ne!(sandbox.dump(), before);
}

#[test]
fn a_safety_snapshot_that_cannot_be_written_changes_nothing() {
    let (sandbox, snapshot) = changed_chat();
    let elsewhere = sandbox.path().join("saved.json");
    fs::rename(&snapshot.path, &elsewhere).unwrap();
    fs::remove_dir_all(sandbox.data().join("snapshots/rewind")).unwrap();
    fs::write(sandbox.data().join("snapshots/rewind"), "a file in the way").unwrap();
    let before = sandbox.dump();
    let error = sandbox
        .restore(&sandbox.found(&elsewhere), Scope::Full)
        .unwrap_err();
    assert!(error.to_string().starts_with("cannot list "), "{error}");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_checkpoint_that_cannot_be_written_changes_nothing() {
    let (sandbox, snapshot) = changed_chat();
    fs::write(
        sandbox.data().join("snapshots/periodic"),
        "a file in the way",
    )
    .unwrap();
    let before = sandbox.dump();
    let error = sandbox.restore(&snapshot, Scope::Full).unwrap_err();
    assert!(error.to_string().starts_with("cannot list "), "{error}");
    assert_eq!(sandbox.dump(), before);
    fs::remove_file(sandbox.data().join("snapshots/periodic")).unwrap();
    assert_eq!(sandbox.files(), ["rewind/20210314T120000Z.json"]);
}

#[test]
fn a_damaged_snapshot_is_never_restored() {
    let (sandbox, snapshot) = changed_chat();
    let intact = fs::read(&snapshot.path).unwrap();
    let before = sandbox.dump();
    for bytes in [&intact[..0], &intact[..intact.len() - 1], b"not a snapshot"] {
        let snapshot = sandbox.put(Kind::Rewind, at(0), bytes);
        let error = sandbox.restore(&snapshot, Scope::Full).unwrap_err();
        assert!(matches!(error, Error::Json { .. }), "{error}");
    }
    fs::remove_file(&snapshot.path).unwrap();
    fs::create_dir(&snapshot.path).unwrap();
    let error = sandbox
        .restore(&sandbox.found(&snapshot.path), Scope::Full)
        .unwrap_err();
    assert!(matches!(error, Error::NotAFile { .. }), "{error}");
    assert_eq!(sandbox.dump(), before);
    assert_eq!(sandbox.files(), ["rewind/20210314T120000Z.json"]);
}

#[test]
fn a_key_twice_in_a_snapshot_is_refused_wherever_it_is() {
    let tables = [
        "id INTEGER PRIMARY KEY, name",
        "id PRIMARY KEY, name",
        "name, id PRIMARY KEY ON CONFLICT REPLACE",
        "id, name, PRIMARY KEY (id DESC)) WITHOUT ROWID; CREATE TABLE edges (id",
    ];
    let snapshots = [
        ["1a", "1a", "2b", "3c"],
        ["1a", "1x", "2b", "3c"],
        ["1x", "1a", "2b", "3c"],
        ["1a", "2b", "3c", "1a"],
        ["1a", "2b", "3c", "1x"],
        ["2b", "1a", "1a", "3c"],
        ["1a", "2b", "3c", "3c"],
        ["4d", "4d", "1a", "2b"],
        ["2b", "3c", "4d", "4d"],
    ];
    for table in tables {
        let sandbox = Sandbox::with_schema(&format!(
            "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots ({table});
             INSERT INTO bots (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c')"
        ));
        let before = sandbox.dump();
        for rows in snapshots {
            let row = |row: &str| format!(r#"{{"id": {}, "name": "{}"}}"#, &row[..1], &row[1..]);
            let rows = rows.map(row).join(", ");
            let text = format!(r#"{{"last_event_id": 0, "bots": [{rows}]}}"#);
            let snapshot = sandbox.put(Kind::Rewind, at(0), text);
            let error = sandbox.restore(&snapshot, Scope::Full).unwrap_err();
            assert!(
                matches!(&error, Error::RepeatedKey { table, .. } if table == "bots"),
                "{error}: {rows} into {table}"
            );
            assert_eq!(sandbox.dump(), before);
            assert_eq!(sandbox.list(), [snapshot]);
        }
    }
}
