//! Foreign keys and triggers.

use unrewind::core::{Kind, Scope};

use super::{Feature, any};
use crate::sandbox::at;

#[test]
fn rows_that_refer_in_circles() {
    Feature {
        schema: "
            CREATE TABLE teams (id INTEGER PRIMARY KEY, lead INTEGER NOT NULL REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED);
            CREATE TABLE people (id INTEGER PRIMARY KEY, team INTEGER REFERENCES teams (id), boss INTEGER REFERENCES people (id) ON DELETE CASCADE);
            BEGIN;
            INSERT INTO teams VALUES (1, 10), (2, 20);
            INSERT INTO people VALUES (10, 1, 10), (11, 1, 10), (12, 1, 11), (20, 2, NULL);
            COMMIT",
        changes: "BEGIN; UPDATE people SET boss = NULL; DELETE FROM people WHERE id IN (10, 12);
            UPDATE teams SET lead = 11 WHERE id = 1; COMMIT",
        asks: &[],
    }
    .survives();
}

#[test]
fn a_restored_deletion_does_not_cascade() {
    Feature {
        schema: "
            CREATE TABLE shelves (id TEXT PRIMARY KEY, place INTEGER UNIQUE);
            CREATE TABLE books (id INTEGER PRIMARY KEY,
                shelf TEXT DEFAULT 'a' REFERENCES shelves ON DELETE CASCADE ON UPDATE CASCADE,
                wish TEXT REFERENCES shelves (id) ON DELETE SET NULL ON UPDATE SET DEFAULT,
                place INTEGER REFERENCES shelves (place) ON DELETE RESTRICT ON UPDATE RESTRICT);
            INSERT INTO shelves VALUES ('a', 1), ('b', 2), ('c', 3);
            INSERT INTO books VALUES (1, 'a', 'b', 3), (2, 'b', 'a', NULL), (3, 'a', NULL, NULL)",
        changes: "DELETE FROM books WHERE id = 1; DELETE FROM shelves WHERE id = 'b';
            UPDATE shelves SET id = 'z', place = 9 WHERE id = 'c'; INSERT INTO shelves VALUES ('b', 3), ('c', 2)",
        asks: &[],
    }
    .survives();
}

#[test]
fn a_trigger_that_records_the_time_of_a_change() {
    Feature {
        schema: "
            CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT, updated TEXT, version INTEGER DEFAULT 0);
            CREATE TRIGGER touch AFTER UPDATE ON notes BEGIN
                UPDATE notes SET updated = 'now', version = old.version + 1 WHERE id = new.id; END;
            CREATE TRIGGER born AFTER INSERT ON notes WHEN new.updated IS NULL BEGIN
                UPDATE notes SET updated = 'at birth' WHERE id = new.id; END;
            INSERT INTO notes VALUES (1, 'a', 'once', 1), (2, 'b', NULL, 1)",
        changes: "UPDATE notes SET text = 'x' WHERE id = 1; DELETE FROM notes WHERE id = 2; INSERT INTO notes (text) VALUES ('c')",
        asks: &[],
    }
    .survives();
}

#[test]
fn triggers_that_project_the_log_and_write_an_audit() {
    Feature {
        schema: "
            CREATE TABLE counts (what TEXT PRIMARY KEY, n INTEGER);
            CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT);
            CREATE TRIGGER projects AFTER INSERT ON events BEGIN
                INSERT INTO counts VALUES (new.what, 1) ON CONFLICT DO UPDATE SET n = n + 1; END;
            CREATE TRIGGER accounts AFTER INSERT ON counts BEGIN INSERT INTO audit (note) VALUES ('+' || new.what); END;
            CREATE TRIGGER accounts_changes AFTER UPDATE ON counts BEGIN INSERT INTO audit (note) VALUES (new.what || new.n); END;
            CREATE TRIGGER accounts_ends AFTER DELETE ON counts BEGIN INSERT INTO audit (note) VALUES ('-' || old.what); END;
            INSERT INTO events (what) VALUES ('rose'), ('fell'), ('rose')",
        changes: "INSERT INTO events (what) VALUES ('rose'), ('slept'); DELETE FROM counts WHERE what = 'fell'",
        asks: &[],
    }
    .survives();
}

#[test]
fn a_log_that_refuses_changes() {
    Feature {
        schema: "
            CREATE TRIGGER no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are for ever'); END;
            CREATE TRIGGER no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ROLLBACK, 'events are for ever'); END;
            CREATE TABLE notes (id INTEGER PRIMARY KEY)",
        changes: "INSERT INTO events (what) VALUES ('more'); INSERT INTO notes VALUES (1)",
        asks: &[],
    }
    .survives();
}

#[test]
fn a_trigger_with_a_function_of_the_application() {
    let sandbox = any(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, 'a')",
    );
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "DELETE FROM notes;
         CREATE TRIGGER tells AFTER INSERT ON notes BEGIN SELECT tell_the_others(new.text); END",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_check_with_a_function_of_the_application() {
    let sandbox = any(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, 'a'), (2, 'b')",
    );
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "DELETE FROM notes WHERE id = 2; UPDATE notes SET text = 'x';
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT CHECK (text REGEXP ''^[a-z]+$''))'
             WHERE name = 'notes';
         PRAGMA writable_schema = RESET",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_row_that_violates_its_check() {
    Feature {
        schema: "
            CREATE TABLE notes (id INTEGER PRIMARY KEY, mood TEXT CHECK (mood IN ('a', 'b')));
            PRAGMA ignore_check_constraints = ON;
            INSERT INTO notes VALUES (1, 'a'), (2, 'legacy'), (3, 'b');
            PRAGMA ignore_check_constraints = OFF",
        changes: "DELETE FROM notes WHERE id = 2; UPDATE notes SET mood = 'a' WHERE id = 3",
        asks: &[],
    }
    .survives();
}
