//! What both sides of a merge changed differently.

use unrewind::core::{
    Conflict, Error, Kind, MergeAnswers, Prefer, RestoreOptions, Snapshot, Tables,
};

use super::merge;
use crate::sandbox::{Sandbox, at};

const SCHEMA: &str =
    "CREATE TABLE event_log (id INTEGER PRIMARY KEY, ts TEXT, branch_id, kind TEXT,
        payload_json TEXT, superseded_by INTEGER, hidden INTEGER DEFAULT 0);
    CREATE TABLE notes (id INTEGER PRIMARY KEY, name TEXT UNIQUE, text TEXT, views INTEGER);
    INSERT INTO event_log (ts, kind) VALUES ('1', 'begin');
    INSERT INTO notes VALUES (1, 'a', 'first', 264), (2, 'b', 'second', 0), (3, 'c', 'third', 0);";

/// Live and a snapshot that went on from one state, each by its own statements.
fn both(of_snapshot: &str, of_live: &str) -> (Sandbox, Snapshot) {
    let mut sandbox = Sandbox::with_schema(SCHEMA);
    sandbox.profile.replays_on_start = false;
    sandbox.profile.tables = Tables::Named(vec!["notes".into()]);
    sandbox.take(Kind::Periodic, at(0));
    let notes = "CREATE TABLE base AS SELECT * FROM notes";
    sandbox.sql(&format!("{notes}; {of_snapshot}"));
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    let back = "DELETE FROM notes; INSERT INTO notes SELECT * FROM base; DROP TABLE base";
    sandbox.sql(&format!("{back}; {of_live}"));
    (sandbox, snapshot)
}

pub fn conflicts(sandbox: &Sandbox, snapshot: &Snapshot) -> Vec<Conflict> {
    let plan = sandbox.plan(snapshot, merge(None)).unwrap();
    plan.merge.unwrap().conflicts
}

fn notes(sandbox: &Sandbox) -> Vec<String> {
    sandbox.rows("SELECT * FROM notes ORDER BY id")
}

pub fn edited() -> (Sandbox, Snapshot) {
    both(
        "UPDATE notes SET text = 'first, again', views = 269 WHERE id = 1",
        "UPDATE notes SET text = 'first, anew', views = 323 WHERE id = 1;
        UPDATE notes SET name = 'z' WHERE id = 2",
    )
}

#[test]
fn columns_that_both_changed_are_conflicts_and_refuse_the_merge() {
    let (sandbox, snapshot) = edited();
    let found = conflicts(&sandbox, &snapshot);
    let columns: Vec<_> = found
        .iter()
        .map(|one| (one.column(), one.may_be_computed))
        .collect();
    assert_eq!(columns, [(Some("text"), false), (Some("views"), true)]);
    assert_eq!((&*found[0].table, &*found[0].row), ("notes", "id = 1"));
    let before = sandbox.dump();
    match sandbox.restore(&snapshot, merge(None)) {
        Err(error @ Error::Conflicts { .. }) => {
            assert!(
                error
                    .to_string()
                    .starts_with("2 conflicts between live and the snapshot are undecided"),
                "{error}"
            );
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(sandbox.dump(), before);
    assert_eq!(sandbox.list().len(), 2);
}

#[test]
fn one_side_is_preferred() {
    for (prefer, first) in [
        (Prefer::Live, "1 | 'a' | 'first, anew' | 323"),
        (Prefer::Snapshot, "1 | 'a' | 'first, again' | 269"),
    ] {
        let (sandbox, snapshot) = edited();
        sandbox.restore(&snapshot, merge(Some(prefer))).unwrap();
        assert_eq!(
            notes(&sandbox),
            [first, "2 | 'z' | 'second' | 0", "3 | 'c' | 'third' | 0"]
        );
    }
}

#[test]
fn each_conflict_can_be_decided_by_itself() {
    let (sandbox, snapshot) = edited();
    let found = conflicts(&sandbox, &snapshot);
    let answers = MergeAnswers {
        prefer: None,
        each: vec![
            found[0].answered(Prefer::Snapshot),
            found[1].answered(Prefer::Live),
        ],
    };
    let options = RestoreOptions {
        answers,
        ..merge(None)
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(notes(&sandbox)[0], "1 | 'a' | 'first, again' | 323");
}

#[test]
fn a_row_deleted_on_one_side_and_changed_on_the_other_is_a_conflict() {
    let deleted = "DELETE FROM notes WHERE id = 3";
    let changed = "UPDATE notes SET text = 'third, again' WHERE id = 3";
    for (of_snapshot, of_live, left) in [(deleted, changed, [3, 2]), (changed, deleted, [2, 3])] {
        for (prefer, rows) in [Prefer::Live, Prefer::Snapshot].into_iter().zip(left) {
            let (sandbox, snapshot) = both(of_snapshot, of_live);
            let found = conflicts(&sandbox, &snapshot);
            assert_eq!((found.len(), found[0].column()), (1, None));
            sandbox.restore(&snapshot, merge(Some(prefer))).unwrap();
            assert_eq!(notes(&sandbox).len(), rows, "{prefer:?}");
        }
    }
}

#[test]
fn two_rows_of_one_new_key_are_a_conflict_of_whole_rows() {
    let (sandbox, snapshot) = both(
        "INSERT INTO notes VALUES (4, 'd', 'of the snapshot', 1)",
        "INSERT INTO notes VALUES (4, 'e', 'of live', 1)",
    );
    let found = conflicts(&sandbox, &snapshot);
    assert_eq!((found.len(), found[0].at, &found[0].base), (1, None, &None));
    sandbox
        .restore(&snapshot, merge(Some(Prefer::Snapshot)))
        .unwrap();
    assert_eq!(notes(&sandbox)[3], "4 | 'd' | 'of the snapshot' | 1");
}

#[test]
fn of_two_rows_with_one_unique_value_only_one_stays() {
    for (prefer, last) in [
        (Prefer::Live, "5 | 'd' | 'of live' | 1"),
        (Prefer::Snapshot, "4 | 'd' | 'of the snapshot' | 1"),
    ] {
        let (sandbox, snapshot) = both(
            "INSERT INTO notes VALUES (4, 'd', 'of the snapshot', 1)",
            "INSERT INTO notes VALUES (5, 'd', 'of live', 1)",
        );
        let found = conflicts(&sandbox, &snapshot);
        assert_eq!(found.len(), 1);
        let why = found[0].why.as_deref();
        assert_eq!(why, Some("the row with id = 5 has the same unique values"));
        sandbox.restore(&snapshot, merge(Some(prefer))).unwrap();
        assert_eq!(notes(&sandbox).last().unwrap(), last, "{prefer:?}");
        assert_eq!(notes(&sandbox).len(), 4);
    }
}

/// Both sides add a note of the same name, each with a comment, and a comment on a note of both.
fn commented() -> (Sandbox, Snapshot) {
    let mut sandbox = Sandbox::with_schema(&format!(
        "{SCHEMA} CREATE TABLE comments (id INTEGER PRIMARY KEY, note REFERENCES notes, on_name REFERENCES notes (name),
            reply_to REFERENCES comments);
        INSERT INTO comments VALUES (1, 1, NULL, NULL)"
    ));
    sandbox.profile.replays_on_start = false;
    sandbox.profile.tables = Tables::Named(vec!["notes".into(), "comments".into()]);
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql(
        "INSERT INTO notes VALUES (4, 'd', 'of the snapshot', 1);
        INSERT INTO comments VALUES (40, 4, NULL, NULL), (41, NULL, 'd', NULL), (42, NULL, NULL, 40)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql(
        "DELETE FROM comments WHERE id > 1; DELETE FROM notes WHERE id = 4;
        INSERT INTO notes VALUES (5, 'd', 'of live', 1);
        INSERT INTO comments VALUES (50, 5, NULL, NULL); UPDATE comments SET note = 5 WHERE id = 1",
    );
    (sandbox, snapshot)
}

#[test]
fn rows_that_refer_to_one_that_loses_its_unique_value_go_with_it() {
    for (prefer, gone, comments) in [
        (Prefer::Live, 2, ["1 | 5", "41 | NULL", "50 | 5"]),
        (Prefer::Snapshot, 2, ["1 | 1", "40 | 4", "41 | NULL"]),
    ] {
        let (sandbox, snapshot) = commented();
        assert_eq!(conflicts(&sandbox, &snapshot).len(), 1);
        let plan = sandbox.plan(&snapshot, merge(Some(prefer))).unwrap();
        let bereft = plan.merge.as_ref().unwrap().bereft.clone();
        assert_eq!(bereft, [("comments".to_owned(), gone)], "{prefer:?}");
        let before = sandbox.dump();
        sandbox.restore(&snapshot, merge(Some(prefer))).unwrap();
        let mut left = sandbox.rows("SELECT id, note FROM comments ORDER BY id");
        left.retain(|row| !row.starts_with("42"));
        assert_eq!(left, comments, "{prefer:?}");
        assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
        sandbox.undo().unwrap();
        assert_eq!(sandbox.dump(), before);
    }
}
