//! Another application writes while Unrewind reads: with a write-ahead log it never waits, with a rollback journal
//! no longer than its own timeout, and what Unrewind reads is of one moment.

use std::{cell::Cell, fs, ops::ControlFlow};

use rusqlite::Connection;
use serde_json::Value as Json;
use unrewind::core::{
    Contents, Difference, Error, Kind, Progress, RestorePlan, Safety, Scope, Side, Snapshot, Stage,
    find_database, restore_into, take, unattended,
};

use crate::{
    forms::Form,
    sandbox::{Sandbox, at, now},
};

/// A chat large enough that every operation reports progress in each stage, and a snapshot of it.
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

/// The number of events and memories of the other application in a snapshot.
fn written(snapshot: &Snapshot) -> (usize, usize) {
    let json: Json = serde_json::from_slice(&fs::read(&snapshot.path).unwrap()).unwrap();
    let count = |table: &str, column: &str| {
        let rows = json[table].as_array().unwrap().iter();
        rows.filter(|row| row[column] == "written").count()
    };
    (count("event_log", "kind"), count("memories", "created_at"))
}

/// Runs `work` while another application writes, without waiting for any lock, at each progress report of these
/// stages; returns the number of writes too.
fn write_during<T>(
    sandbox: &Sandbox,
    stages: &[Stage],
    work: impl FnOnce(&mut dyn FnMut(Progress) -> ControlFlow<()>) -> T,
) -> (T, usize) {
    let (other, writes) = (sandbox.another(), Cell::new(0));
    let result = work(&mut |progress| {
        if stages.contains(&progress.stage) {
            write(&other).expect("the writer does not wait");
            writes.set(writes.get() + 1);
        }
        ControlFlow::Continue(())
    });
    (result, writes.get())
}

#[test]
fn a_take_blocks_no_writer_and_is_of_one_moment() {
    let (sandbox, _) = large();
    write(&sandbox.app).unwrap();
    let (database, store) = (sandbox.database(), sandbox.store());
    let (taken, writes) = write_during(&sandbox, &[Stage::Writing], |on| {
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
fn a_difference_blocks_no_writer_and_is_of_one_moment() {
    let (sandbox, snapshot) = large();
    let contents = Contents::open(&snapshot.path, &mut unattended).unwrap();
    let live = sandbox.database();
    for (from, to) in [
        (Side::Snapshot(&contents), Side::Live(&live)),
        (Side::Live(&live), Side::Snapshot(&contents)),
    ] {
        sandbox.sql("DELETE FROM event_log WHERE kind = 'written'; DELETE FROM memories WHERE created_at = 'written'");
        let (found, writes) = write_during(&sandbox, &[Stage::Comparing], |on| {
            Difference::compute(from, to, &sandbox.profile, Some(&live), &[], on)
        });
        assert!(writes > 1);
        let rows = |table: &unrewind::core::TableDiff| (table.added, table.changed, table.removed);
        let rows: Vec<_> = found.unwrap().tables.iter().map(rows).collect();
        assert_eq!((rows[0], rows[4]), ((0, 0, 0), (0, 1495, 0)));
    }
}

#[test]
fn a_plan_blocks_no_writer_and_becomes_stale() {
    let (sandbox, snapshot) = large();
    let (plan, writes) = write_during(&sandbox, &[Stage::Reading, Stage::Comparing], |on| {
        let database = sandbox.database();
        RestorePlan::compute(database, &sandbox.profile, snapshot, Scope::Full, on)
    });
    let plan = plan.unwrap();
    assert!(writes > 0);
    let newer = plan.log.as_ref().unwrap().newer_from.count;
    assert!(newer < writes as u64, "the plan includes later writes");
    let error = plan.apply(&sandbox.store(), Safety::default(), now(), &mut unattended);
    assert!(matches!(error, Err(Error::Stale { .. })));
    let kept = sandbox.rows("SELECT count(*) FROM event_log WHERE kind = 'written'");
    assert_eq!(kept, [writes.to_string()]);
}

#[test]
fn a_safety_snapshot_blocks_no_writer() {
    let (sandbox, snapshot) = large();
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let (restored, writes) = write_during(&sandbox, &[Stage::SafetySnapshot], |on| {
        plan.apply(&sandbox.store(), Safety::default(), now(), on)
    });
    assert!(writes > 0);
    assert!(matches!(restored, Err(Error::Stale { .. })));
}

#[test]
fn a_copy_blocks_no_writer_and_does_not_restart() {
    let (sandbox, snapshot) = large();
    // A copy reports progress every four megabytes.
    sandbox.sql("CREATE TABLE ballast (bytes); INSERT INTO ballast VALUES (zeroblob(20000000))");
    let copy = sandbox.path().join("copy.db");
    let (other, writes) = (sandbox.another(), Cell::new(0));
    let live = sandbox.database();
    let mut writing = |progress: Progress| {
        if progress.stage == Stage::Copying {
            write(&other).expect("the writer does not wait");
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
    assert_eq!(events, 0, "the copy includes later writes");
}

#[test]
fn a_restore_blocks_writers_only_while_it_changes_rows() {
    let forms = [
        Form::Full,
        Form::MergedRows,
        Form::MissingOnly,
        Form::Moment(1),
    ];
    for form in forms {
        let (mut sandbox, snapshot) = large();
        form.prepare(&mut sandbox);
        // For the rows that live lacks.
        sandbox.sql("DELETE FROM memories WHERE id % 10 = 0");
        let marked = "SELECT count(*) FROM memories WHERE text LIKE '%!'";
        let before = sandbox.rows(marked);
        let plan = form.plan(&sandbox, &snapshot).unwrap();
        let (other, refused) = (sandbox.another(), Cell::new(0));
        let mut on = |progress: Progress| {
            // The safety snapshot and the checkpoint are written earlier, and some forms are tried on a copy.
            let is_free = other.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok();
            let is_changing = matches!(progress.stage, Stage::Applying | Stage::Proving);
            assert!(is_free || is_changing, "{form:?}: {:?}", progress.stage);
            assert!(!(is_free && is_changing && form == Form::Full));
            refused.set(refused.get() + u64::from(!is_free));
            // Readers never wait, and see the state before the restore.
            assert_eq!(Sandbox::rows_of(&other, marked), before);
            ControlFlow::Continue(())
        };
        plan.apply(&sandbox.store(), Safety::default(), now(), &mut on)
            .unwrap();
        assert!(refused.get() > 0, "{form:?}");
        other.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
    }
}

#[test]
fn a_restore_of_any_form_leaves_what_was_written_since_its_plan() {
    for form in [
        Form::MergedRows,
        Form::MissingOnly,
        Form::OneRow(11),
        Form::Moment(1),
    ] {
        let (mut sandbox, snapshot) = large();
        form.prepare(&mut sandbox);
        sandbox.sql("DELETE FROM memories WHERE id % 10 = 0");
        let plan = form.plan(&sandbox, &snapshot).unwrap();
        let (before, files) = (sandbox.dump(), sandbox.files());
        // Another application holds the lock, and then has written.
        let other = sandbox.another();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let again = form.plan(&sandbox, &snapshot).unwrap();
        let error = sandbox.apply(again).unwrap_err();
        assert!(matches!(error, Error::Locked { .. }), "{form:?}: {error}");
        assert_eq!((sandbox.dump(), sandbox.files()), (before, files.clone()));
        other.execute_batch("ROLLBACK").unwrap();
        write(&other).unwrap();
        let before = sandbox.dump();
        let error = sandbox.apply(plan).unwrap_err();
        assert!(matches!(error, Error::Stale { .. }), "{form:?}: {error}");
        assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
    }
}

#[test]
fn with_a_rollback_journal_writers_wait_only_while_live_is_read() {
    let (sandbox, snapshot) = large();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    let (other, refused) = (sandbox.another(), Cell::new(0));
    let mut on = |progress: Progress| {
        // While the snapshot is read, the database is not locked.
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
fn the_search_for_the_database_releases_no_lock_of_its_connections() {
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
