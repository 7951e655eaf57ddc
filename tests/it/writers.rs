//! Another application writes while Unrewind reads: with a write-ahead log it is never kept waiting,
//! with a rollback journal no longer than its own timeout, and what Unrewind reads is one moment.

use std::{cell::Cell, fs, ops::ControlFlow};

use rusqlite::Connection;
use serde_json::Value as Json;
use unrewind::core::{
    Contents, Difference, Error, Kind, Progress, RestorePlan, Safety, Scope, Side, Snapshot, Stage,
    find_database, restore_into, take, unattended,
};

use crate::sandbox::{Sandbox, at, now};

/// A chat so large that every operation tells of its progress in each stage, and a snapshot of it.
fn large() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "WITH n (n) AS (VALUES (10) UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
         INSERT INTO memories SELECT n, 1, NULL, 'number ' || n, 0.5, '2021' FROM n",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE memories SET text = text || '!' WHERE id % 2");
    (sandbox, snapshot)
}

/// Writes an event and a memory in one transaction.
fn write(app: &Connection) -> rusqlite::Result<()> {
    app.execute_batch(
        "BEGIN IMMEDIATE;
         INSERT INTO event_log (ts, kind, payload_json) VALUES ('2021', 'written', '{}');
         INSERT INTO memories (chat_id, text, created_at) VALUES (1, 'noted', 'written');
         COMMIT",
    )
}

/// How many events and memories of the other application a snapshot holds.
fn written(snapshot: &Snapshot) -> (usize, usize) {
    let json: Json = serde_json::from_slice(&fs::read(&snapshot.path).unwrap()).unwrap();
    let count = |table: &str, column: &str| {
        let rows = json[table].as_array().unwrap().iter();
        rows.filter(|row| row[column] == "written").count()
    };
    (count("event_log", "kind"), count("memories", "created_at"))
}

/// Lets another application write, without waiting for any lock, each time work tells of its progress
/// in one of these stages; how often it did.
fn writing_in<T>(
    sandbox: &Sandbox,
    stages: &[Stage],
    work: impl FnOnce(&mut dyn FnMut(Progress) -> ControlFlow<()>) -> T,
) -> (T, usize) {
    let (other, writes) = (sandbox.another(), Cell::new(0));
    let result = work(&mut |progress| {
        if stages.contains(&progress.stage) {
            write(&other).expect("it is not kept waiting");
            writes.set(writes.get() + 1);
        }
        ControlFlow::Continue(())
    });
    (result, writes.get())
}

#[test]
fn a_take_keeps_no_writer_waiting_and_is_one_moment() {
    let (sandbox, _) = large();
    write(&sandbox.app).unwrap();
    let (database, store) = (sandbox.database(), sandbox.store());
    let (taken, writes) = writing_in(&sandbox, &[Stage::Writing], |on| {
        take(&database, &sandbox.profile, &store, Kind::Rewind, at(5), on)
    });
    assert!(writes > 0);
    assert_eq!(written(&taken.unwrap().snapshot), (1, 1));
    assert_eq!(
        written(&sandbox.take(Kind::Rewind, at(6))),
        (1 + writes, 1 + writes)
    );
}

#[test]
fn a_difference_keeps_no_writer_waiting_and_is_one_moment() {
    let (sandbox, snapshot) = large();
    let contents = Contents::open(&snapshot.path, &mut unattended).unwrap();
    let live = sandbox.database();
    for (from, to) in [
        (Side::Snapshot(&contents), Side::Live(&live)),
        (Side::Live(&live), Side::Snapshot(&contents)),
    ] {
        sandbox.sql("DELETE FROM event_log WHERE kind = 'written'; DELETE FROM memories WHERE created_at = 'written'");
        let (found, writes) = writing_in(&sandbox, &[Stage::Comparing], |on| {
            Difference::compute(from, to, &sandbox.profile, Some(&live), &[], on)
        });
        assert!(writes > 1);
        let rows = |table: &unrewind::core::TableDiff| (table.added, table.changed, table.removed);
        let rows: Vec<_> = found.unwrap().tables.iter().map(rows).collect();
        assert_eq!((rows[0], rows[4]), ((0, 0, 0), (0, 1495, 0)));
    }
}

#[test]
fn a_plan_keeps_no_writer_waiting_and_is_stale_afterwards() {
    let (sandbox, snapshot) = large();
    let (plan, writes) = writing_in(&sandbox, &[Stage::Reading, Stage::Comparing], |on| {
        let database = sandbox.database();
        RestorePlan::compute(database, &sandbox.profile, snapshot, Scope::Full, on)
    });
    let plan = plan.unwrap();
    assert!(writes > 0);
    let newer = plan.log.as_ref().unwrap().newer_from.count;
    assert!(
        newer < writes as u64,
        "the plan saw what was written after it began"
    );
    let error = plan.apply(&sandbox.store(), Safety::default(), now(), &mut unattended);
    assert!(matches!(error, Err(Error::Stale { .. })));
    let kept = sandbox.rows("SELECT count(*) FROM event_log WHERE kind = 'written'");
    assert_eq!(kept, [writes.to_string()]);
}

#[test]
fn a_safety_snapshot_keeps_no_writer_waiting() {
    let (sandbox, snapshot) = large();
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let (restored, writes) = writing_in(&sandbox, &[Stage::SafetySnapshot], |on| {
        plan.apply(&sandbox.store(), Safety::default(), now(), on)
    });
    assert!(writes > 0);
    assert!(matches!(restored, Err(Error::Stale { .. })));
}

#[test]
fn a_copy_keeps_no_writer_waiting_and_does_not_begin_again() {
    let (sandbox, snapshot) = large();
    // A copy tells of its progress every four megabytes.
    sandbox.sql("CREATE TABLE ballast (bytes); INSERT INTO ballast VALUES (zeroblob(20000000))");
    let copy = sandbox.path().join("copy.db");
    let (other, writes) = (sandbox.another(), Cell::new(0));
    let live = sandbox.database();
    let mut writing = |progress: Progress| {
        if progress.stage == Stage::Copying {
            write(&other).expect("it is not kept waiting");
            writes.set(writes.get() + 1);
        }
        if writes.get() > 50 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let profile = &sandbox.profile;
    restore_into(
        &copy,
        &live,
        profile,
        &snapshot,
        Scope::Tables,
        &mut writing,
    )
    .unwrap();
    assert!(writes.get() > 1);
    let copied = Connection::open(copy).unwrap();
    let events: i64 = copied
        .query_row(
            "SELECT count(*) FROM event_log WHERE kind = 'written'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(events, 0, "what was written after the copy began");
}

#[test]
fn a_restore_keeps_a_writer_waiting_no_longer_than_it_changes_rows() {
    let (sandbox, snapshot) = large();
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let (other, refused) = (sandbox.another(), Cell::new(0));
    let mut on = |progress: Progress| {
        if matches!(progress.stage, Stage::Applying | Stage::Proving) {
            write(&other).expect_err("rows are being changed");
            refused.set(refused.get() + 1);
        } else {
            // The safety snapshot and the checkpoint, which is a copy of the snapshot, are written before.
            let free = other.execute_batch("BEGIN IMMEDIATE; ROLLBACK");
            free.expect("it is not kept waiting");
        }
        // Readers are never kept waiting, and see the state before.
        let changed = "SELECT count(*) FROM memories WHERE text LIKE '%!'";
        let seen: i64 = other.query_row(changed, [], |row| row.get(0)).unwrap();
        assert_eq!(seen, 1495);
        ControlFlow::Continue(())
    };
    plan.apply(&sandbox.store(), Safety::default(), now(), &mut on)
        .unwrap();
    assert!(refused.get() > 0);
    write(&other).unwrap();
}

#[test]
fn with_a_rollback_journal_a_writer_waits_while_unrewind_reads_and_no_longer() {
    let (sandbox, snapshot) = large();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    let (other, refused) = (sandbox.another(), Cell::new(0));
    let mut on = |progress: Progress| {
        // While the snapshot is read the database is free.
        let is_free = progress.stage == Stage::Reading;
        assert_eq!(write(&other).is_ok(), is_free, "{:?}", progress.stage);
        if !is_free {
            other.execute_batch("ROLLBACK").unwrap();
            refused.set(refused.get() + 1);
        }
        ControlFlow::Continue(())
    };
    let (database, store) = (sandbox.database(), sandbox.store());
    let taken = take(
        &database,
        &sandbox.profile,
        &store,
        Kind::Rewind,
        at(5),
        &mut on,
    );
    assert_eq!(written(&taken.unwrap().snapshot), (0, 0));
    let taken = refused.replace(0);
    write(&other).unwrap();
    let profile = &sandbox.profile;
    let plan = RestorePlan::compute(database, profile, snapshot, Scope::Full, &mut on).unwrap();
    assert!(taken > 0 && refused.get() > 0);
    write(&other).unwrap();
    drop(plan);
}

#[test]
fn looking_for_the_database_gives_up_no_lock_that_a_connection_has_on_it() {
    let (sandbox, snapshot) = large();
    let patience = "[database]\nbusy_timeout = \"1ms\"\n";
    fs::write(sandbox.data().join("unrewind.toml"), patience).unwrap();
    sandbox.sql("BEGIN IMMEDIATE; DELETE FROM memories WHERE id = 2999");
    let found = find_database(&sandbox.data(), &sandbox.profile, &[]).unwrap();
    assert_eq!(found, sandbox.db());
    let other = sandbox.run(&["restore", &snapshot.name(), "--yes"]);
    assert!(other.err.contains("locked"), "{}{}", other.out, other.err);
    sandbox.sql("COMMIT");
    assert!(sandbox.run(&["restore", &snapshot.name(), "--yes"]).code == 0);
}
