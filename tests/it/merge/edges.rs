//! Merges at their edges: tables, columns and keys that one side lacks, parents in chains, snapshots
//! taken since, live gone.

use std::ops::ControlFlow;

use unrewind::core::{
    Error, Kind, MergeAnswers, Prefer, Progress, RestoreOptions, RestorePlan, RestoreSource,
    RowKey, Safety, Snapshot, Tables, restore_without_live, unattended,
};

use super::{merge, rewound};
use crate::sandbox::{Sandbox, at};

const LOG: &str = "CREATE TABLE event_log (id INTEGER PRIMARY KEY, ts TEXT, branch_id, kind TEXT,
        payload_json TEXT, superseded_by INTEGER, hidden INTEGER DEFAULT 0);
    INSERT INTO event_log (ts, kind) VALUES ('1', 'begin');";

/// An application with these tables besides the log, which it does not replay.
fn application(tables: &[&str], schema: &str) -> Sandbox {
    let mut sandbox = Sandbox::with_schema(&format!("{LOG}{schema}"));
    sandbox.profile.replays_on_start = false;
    sandbox.profile.tables = Tables::Named(tables.iter().map(ToString::to_string).collect());
    sandbox
}

fn restore(sandbox: &Sandbox, snapshot: &Snapshot, prefer: Prefer) {
    sandbox.restore(snapshot, merge(Some(prefer))).unwrap();
}

#[test]
fn a_table_that_the_snapshot_lacks_keeps_its_rows() {
    let (mut sandbox, snapshot) = rewound();
    // In the order of their insertion, not of their key.
    sandbox.sql(
        "CREATE TABLE tags (name TEXT PRIMARY KEY); INSERT INTO tags VALUES ('c'), ('a'), ('b');
        CREATE TABLE plain (word); INSERT INTO plain VALUES ('z'), ('a'), ('a')",
    );
    let Tables::Named(tables) = &mut sandbox.profile.tables else {
        panic!("the chat names its tables");
    };
    tables.extend(["tags".to_owned(), "plain".to_owned()]);
    restore(&sandbox, &snapshot, Prefer::Live);
    assert_eq!(
        sandbox.rows("SELECT name FROM tags ORDER BY 1"),
        ["'a'", "'b'", "'c'"]
    );
    assert_eq!(
        sandbox.rows("SELECT word FROM plain ORDER BY 1"),
        ["'a'", "'a'", "'z'"]
    );
}

#[test]
fn a_snapshot_taken_since_is_not_the_common_base() {
    let sandbox = application(
        &["t"],
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'base')",
    );
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("UPDATE t SET a = 'of the snapshot'");
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("UPDATE t SET a = 'of live'");
    sandbox.take(Kind::Periodic, at(2));
    let plan = sandbox.plan(&snapshot, merge(None)).unwrap();
    assert_eq!(plan.merge.unwrap().conflicts.len(), 1);
}

#[test]
fn a_key_that_a_side_repeats_refuses_the_merge() {
    let sandbox = application(
        &["t"],
        "CREATE TABLE t (a, b, PRIMARY KEY (a, b)); INSERT INTO t VALUES (1, 1), (1, 2)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DROP TABLE t; CREATE TABLE t (a PRIMARY KEY, b)");
    let error = sandbox.plan(&snapshot, merge(None)).unwrap_err();
    assert!(matches!(error, Error::RepeatedKey { .. }), "{error}");
}

#[test]
fn a_chain_of_parents_comes_back_with_its_last_child() {
    const LENGTH: i64 = 300;
    let sandbox = application(
        &["m"],
        "CREATE TABLE m (id INTEGER PRIMARY KEY, parent REFERENCES m)",
    );
    sandbox.sql(&format!(
        "WITH n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {LENGTH})
         INSERT INTO m SELECT n, nullif(n - 1, 0) FROM n"
    ));
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql(&format!("INSERT INTO m VALUES ({LENGTH} + 1, {LENGTH})"));
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("PRAGMA foreign_keys = OFF; DELETE FROM m; PRAGMA foreign_keys = ON");
    let plan = sandbox.plan(&snapshot, merge(None)).unwrap();
    let referred = plan.merge.as_ref().unwrap().referred.clone();
    assert_eq!(referred, [("m".to_owned(), u64::try_from(LENGTH).unwrap())]);
    restore(&sandbox, &snapshot, Prefer::Live);
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM m"),
        [(LENGTH + 1).to_string()]
    );
}

#[test]
fn a_column_that_the_base_lacks_makes_no_conflict() {
    let sandbox = application(
        &["t"],
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'one'), (2, 'two')",
    );
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("ALTER TABLE t ADD COLUMN c DEFAULT 5");
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM t WHERE id = 2");
    assert_eq!(
        sandbox
            .plan(&snapshot, merge(None))
            .unwrap()
            .merge
            .unwrap()
            .conflicts,
        []
    );
    sandbox.restore(&snapshot, merge(None)).unwrap();
    assert_eq!(sandbox.rows("SELECT * FROM t"), ["1 | 'one' | 5"]);
}

#[test]
fn a_row_mixed_of_both_sides_meets_a_unique_row_of_both() {
    for (prefer, row) in [
        (Prefer::Live, "1 | 'a2' | 'b1'"),
        (Prefer::Snapshot, "1 | 'a1' | 'b2'"),
    ] {
        let sandbox = application(
            &["t"],
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, UNIQUE (a, b));
            INSERT INTO t VALUES (1, 'a1', 'b1'), (2, 'a2', 'b2')",
        );
        sandbox.take(Kind::Periodic, at(0));
        sandbox.sql("UPDATE t SET b = 'b2' WHERE id = 1");
        let snapshot = sandbox.take(Kind::Rewind, at(1));
        sandbox.sql("UPDATE t SET a = 'a2', b = 'b1' WHERE id = 1");
        restore(&sandbox, &snapshot, prefer);
        assert_eq!(
            sandbox.rows("SELECT * FROM t WHERE id = 1"),
            [row],
            "{prefer:?}"
        );
    }
}

#[test]
fn a_unique_value_that_two_events_have_refuses_the_plan() {
    let sandbox = application(
        &["t"],
        "CREATE TABLE t (a); CREATE UNIQUE INDEX u ON event_log (payload_json)",
    );
    sandbox.take(Kind::Periodic, at(0));
    let event = |id: i64| {
        sandbox.sql(&format!(
            "INSERT INTO event_log (id, ts, kind, payload_json) VALUES ({id}, '{id}', 'a', 'same')"
        ));
    };
    event(2);
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM event_log WHERE id = 2");
    event(3);
    let error = sandbox
        .plan(&snapshot, merge(Some(Prefer::Live)))
        .unwrap_err();
    assert!(
        error.to_string().contains("UNIQUE constraint failed"),
        "{error}"
    );
}

#[test]
fn there_is_nothing_to_merge_with_where_live_is_gone() {
    let (sandbox, snapshot) = rewound();
    let source = RestoreSource::Merge(Box::new(snapshot), sandbox.store());
    let (path, store) = (sandbox.path().join("new.db"), sandbox.store());
    let options = RestoreOptions::default();
    let made = restore_without_live(
        &path,
        &store,
        &sandbox.profile,
        source,
        options,
        &mut unattended,
    );
    let error = made.unwrap_err().to_string();
    assert!(
        error.starts_with("there is no live database to merge with"),
        "{error}"
    );
    assert!(!path.exists());
}

#[test]
fn events_are_not_chosen_together_with_a_part_of_the_tables() {
    let (mut sandbox, snapshot) = rewound();
    sandbox.profile.replays_on_start = true;
    let options = RestoreOptions {
        scope: unrewind::core::Scope::Tables,
        rows: vec![unrewind::core::RowOf {
            table: "event_log".to_owned(),
            key: RowKey::parse("4"),
        }],
        ..RestoreOptions::default()
    };
    let error = sandbox.plan(&snapshot, options).unwrap_err().to_string();
    let sentence = "events and rows cannot be restored together: choose only events, which bring the rows that they make, or only rows";
    assert_eq!(error, sentence);
}

#[test]
fn a_later_decision_replaces_an_earlier_one() {
    let (sandbox, snapshot) = super::conflicts::edited();
    let text = &super::conflicts::conflicts(&sandbox, &snapshot)[0];
    let answers = MergeAnswers {
        prefer: Some(Prefer::Live),
        each: vec![text.answered(Prefer::Live), text.answered(Prefer::Snapshot)],
    };
    let options = RestoreOptions {
        answers,
        ..merge(None)
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(
        sandbox.rows("SELECT text FROM notes WHERE id = 1"),
        ["'first, again'"]
    );
}

#[test]
fn a_checkpoint_of_the_same_second_is_not_the_common_base() {
    let sandbox = application(&["t"], "CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("INSERT INTO t VALUES (1, 'of the snapshot')");
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM t; INSERT INTO t VALUES (2, 'of live')");
    let plan = sandbox.plan(&snapshot, merge(None)).unwrap();
    let (store, now) = (sandbox.store(), snapshot.taken_at());
    let restored = plan.apply(&store, Safety::default(), now, &mut unattended);
    assert_eq!(restored.unwrap().checkpoint.unwrap().taken_at(), now);
    // Its log is that of the snapshot, but its rows are those of both.
    assert_eq!(sandbox.rows("SELECT id FROM t"), ["1", "2"]);
    assert!(sandbox.plan(&snapshot, merge(None)).unwrap().is_empty());
}

#[test]
fn a_merge_is_planned_while_the_application_writes() {
    let (sandbox, snapshot) = rewound();
    let writer = sandbox.another();
    let written = std::cell::Cell::new(0);
    let mut on = |_: Progress| {
        writer
            .execute(
                "INSERT INTO event_log (ts, kind, payload_json) VALUES ('2022', 'message', '{}')",
                [],
            )
            .unwrap();
        written.set(written.get() + 1);
        ControlFlow::Continue(())
    };
    let (profile, store) = (&sandbox.profile, sandbox.store());
    let database = sandbox.database();
    let plan = RestorePlan::of_merge(database, profile, &store, &snapshot, merge(None), &mut on);
    assert!(written.get() > 0);
    // Only the rewind goes: what is written meanwhile is not in the plan.
    let log = &plan.unwrap().tables[0];
    assert_eq!((&*log.table.name, log.removed), ("event_log", 1));
}

#[test]
fn another_case_of_a_key_that_ignores_it_is_a_change_of_one_row() {
    for (of_snapshot, of_live, merged) in [
        (
            "UPDATE bots SET mood = 'glad'",
            "UPDATE bots SET id = 'MARA'",
            "'MARA' | 'glad'",
        ),
        (
            "UPDATE bots SET id = 'mara', mood = 'glad'",
            "UPDATE bots SET age = 3",
            "'mara' | 'glad'",
        ),
    ] {
        let sandbox = application(
            &["bots"],
            "CREATE TABLE bots (id TEXT PRIMARY KEY COLLATE NOCASE, mood, age);
             INSERT INTO bots VALUES ('Mara', 'calm', 2)",
        );
        sandbox.take(Kind::Periodic, at(0));
        sandbox.sql(of_snapshot);
        let snapshot = sandbox.take(Kind::Rewind, at(1));
        sandbox.sql("UPDATE bots SET id = 'Mara', mood = 'calm'");
        sandbox.sql(of_live);
        assert_eq!(super::conflicts::conflicts(&sandbox, &snapshot), []);
        sandbox.restore(&snapshot, merge(None)).unwrap();
        assert_eq!(sandbox.rows("SELECT id, mood FROM bots"), [merged]);
        sandbox.undo().unwrap();
        assert_eq!(sandbox.rows("SELECT count(*) FROM bots"), ["1"]);
    }
}

#[test]
fn a_parent_that_live_deleted_comes_back_for_a_child_that_writes_its_key_otherwise() {
    let sandbox = application(
        &["bots", "notes"],
        "CREATE TABLE bots (id TEXT PRIMARY KEY COLLATE NOCASE);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, bot TEXT REFERENCES bots);
         INSERT INTO bots VALUES ('Mara')",
    );
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("INSERT INTO notes VALUES (1, 'MARA')");
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM notes; DELETE FROM bots");
    sandbox.restore(&snapshot, merge(None)).unwrap();
    assert_eq!(sandbox.rows("SELECT * FROM bots"), ["'Mara'"]);
    assert_eq!(sandbox.rows("SELECT * FROM notes"), ["1 | 'MARA'"]);
}
