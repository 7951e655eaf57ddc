//! A corrupt live database: whatever reads its rows reports it, and it never makes good snapshots go.

use std::fs;

use chrono::TimeDelta;
use rusqlite::Connection;
use unrewind::core::{Access, Database, Error, Kind, Scope, Watch, unattended};

use crate::sandbox::{Sandbox, at, now};

/// A chat with an index on its memories.
fn chat() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.sql("CREATE INDEX by_text ON memories (text)");
    sandbox.memory("The lamp burns.");
    sandbox
}

/// Drops an entry from the index on the memories.
fn drop_index_entry(sandbox: &Sandbox) {
    let broken = Connection::open(sandbox.db()).unwrap();
    broken
        .execute_batch(
            "PRAGMA writable_schema = ON;
             CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'by_text';
             DELETE FROM sqlite_schema WHERE name = 'by_text';
             PRAGMA writable_schema = RESET;",
        )
        .unwrap();
    drop(broken.execute_batch(
        "INSERT INTO memories (id, chat_id, text, importance, created_at) VALUES (99, 1, 'The sea.', 0.1, '2021')",
    ));
    broken
        .execute_batch(
            "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM kept;
             PRAGMA writable_schema = RESET",
        )
        .unwrap();
}

/// Overwrites the last quarter of the database's pages.
fn overwrite_pages(sandbox: &Sandbox) {
    sandbox.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let mut bytes = fs::read(sandbox.db()).unwrap();
    let from = bytes.len() / 4 * 3;
    bytes[from..].fill(0xa5);
    fs::write(sandbox.db(), bytes).unwrap();
}

fn is_corrupt(error: &Error) -> bool {
    matches!(error, Error::NotADatabase { .. })
}

#[test]
fn takes_and_restores_refuse_an_index_that_lacks_a_row() {
    let sandbox = chat();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    drop_index_entry(&sandbox);
    let (before, files) = (sandbox.rows("SELECT * FROM bots"), sandbox.files());
    let error = sandbox.try_take(Kind::Rewind, at(1)).unwrap_err();
    assert!(is_corrupt(&error), "{error}");
    assert!(
        error
            .to_string()
            .contains("table memories has 2 rows, and its index 1")
    );
    sandbox.sql("UPDATE bots SET name = 'x'");
    let error = sandbox.restore(&snapshot, Scope::Full).unwrap_err();
    assert!(is_corrupt(&error), "{error}");
    assert_eq!(sandbox.files(), files);
    assert_ne!(
        sandbox.rows("SELECT * FROM bots"),
        before,
        "nothing was restored"
    );
    let database = Database::open(&sandbox.db(), Access::Read, sandbox.profile.busy_timeout);
    assert!(is_corrupt(&database.unwrap().refuse_corrupt().unwrap_err()));
    let status = sandbox.run(&["status"]);
    let message = "wrong # of entries in index by_text";
    assert!(
        status.code == 2 && status.err.contains(message),
        "{status:?}"
    );
}

#[test]
fn the_error_is_the_first_line_about_a_damaged_page() {
    let sandbox = chat();
    sandbox.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let number = |sql: &str| sandbox.rows(sql)[0].parse::<usize>().unwrap();
    let root = number("SELECT rootpage FROM sqlite_schema WHERE name = 'memories'");
    let mut bytes = fs::read(sandbox.db()).unwrap();
    // The number of fragmented bytes, in the header of a page.
    bytes[(root - 1) * number("PRAGMA page_size") + 7] = 59;
    fs::write(sandbox.db(), bytes).unwrap();
    let status = sandbox.run(&["status"]);
    let message = "unrewind: data/chat.db is not a valid SQLite database: Tree ";
    assert!(status.err.starts_with(message), "{status:?}");
}

#[test]
fn no_snapshot_holds_a_page_that_is_read_twice() {
    let sandbox = chat();
    sandbox.sql(
        "DROP INDEX by_text;
         INSERT INTO memories (chat_id, text, importance, created_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
         SELECT 1, 'The lamp burns.', 0.1, '2021' FROM n;
         PRAGMA wal_checkpoint(TRUNCATE)",
    );
    let number = |sql: &str| sandbox.rows(sql)[0].parse::<usize>().unwrap();
    let root = number("SELECT rootpage FROM sqlite_schema WHERE name = 'memories'");
    let page = (root - 1) * number("PRAGMA page_size");
    let mut bytes = fs::read(sandbox.db()).unwrap();
    assert_eq!(bytes[page], 5, "the root has pages below it");
    // Its second cell names the page of its first.
    let cell = |place: usize| {
        let at = page + 12 + 2 * place;
        page + usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]))
    };
    let (first, second) = (cell(0), cell(1));
    bytes.copy_within(first..first + 4, second);
    fs::write(sandbox.db(), bytes).unwrap();
    let files = sandbox.files();
    let error = sandbox.try_take(Kind::Rewind, at(1)).unwrap_err();
    assert!(is_corrupt(&error), "{error}");
    assert!(
        error
            .to_string()
            .contains("table memories has id = 3 after id = "),
        "{error}"
    );
    assert_eq!(sandbox.files(), files);
}

#[test]
fn a_log_with_two_events_of_one_id_is_not_taken() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER, kind TEXT);
         INSERT INTO event_log VALUES (1, 'a'), (2, 'b'), (2, 'c')",
    );
    let error = sandbox.try_take(Kind::Rewind, at(0)).unwrap_err();
    assert!(matches!(error, Error::EventLog { .. }), "{error}");
    assert!(
        error
            .to_string()
            .ends_with("two events have id = 2, but its id must be unique")
    );
    assert!(sandbox.list().is_empty());
    sandbox.sql("DELETE FROM event_log WHERE kind = 'c'");
    sandbox.try_take(Kind::Rewind, at(1)).unwrap();
}

#[test]
fn rows_that_violate_constraints_do_not_count_as_corrupt() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, kind TEXT);
         CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT);
         INSERT INTO bots VALUES (1, NULL);
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql =
         'CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (name REGEXP ''x''))'
         WHERE name = 'bots'; PRAGMA writable_schema = RESET",
    );
    sandbox.database().refuse_corrupt().unwrap();
}

#[test]
fn no_snapshot_is_pruned_while_live_is_corrupt() {
    type Breaking = fn(&Sandbox);
    let breakings: [Breaking; 2] = [drop_index_entry, overwrite_pages];
    for breaking in breakings {
        let sandbox = chat();
        for minute in 0..9 {
            sandbox.event("Good night.");
            let taken = sandbox.take(Kind::Rewind, at(minute - 60 * 24 * 30));
            let bytes = fs::read(&taken.path).unwrap();
            fs::remove_file(&taken.path).unwrap();
            sandbox.put(Kind::Periodic, taken.taken_at(), bytes);
        }
        let (mut sound, due) = (sandbox.files(), now() + TimeDelta::hours(1));
        sound.retain(|file| file.ends_with(".json"));
        breaking(&sandbox);
        let open = || Database::open(&sandbox.db(), Access::Read, sandbox.profile.busy_timeout);
        let mut watch = Watch::begin(sandbox.profile.clone(), sandbox.store(), now()).unwrap();
        for hour in 0..3 {
            let round = watch.run(open, due + TimeDelta::hours(hour), &mut unattended);
            assert!(round.outcome.is_err());
        }
        let left = sandbox.files();
        assert!(sound.iter().all(|file| left.contains(file)), "{left:?}");
        let ran = sandbox.run(&["take", "--kind", "periodic"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(sound.iter().all(|file| sandbox.files().contains(file)));
        let ran = sandbox.run(&["prune", "--keep", "1", "--yes"]);
        let message = "unrewind: nothing was deleted: cannot find out which rows exist nowhere else: data/chat.db is not";
        assert!(ran.code == 1 && ran.err.starts_with(message), "{ran:?}");
        assert!(ran.err.contains("hint: to delete them anyway, add --force"));
        assert!(sound.iter().all(|file| sandbox.files().contains(file)));
        assert_eq!(sandbox.run(&["verify", "--all", "--deep"]).code, 2);
        let ran = sandbox.run(&["prune", "--keep", "1", "--yes", "--force"]);
        assert!(ran.code == 0 && ran.err.starts_with("! cannot"), "{ran:?}");
    }
}

#[test]
fn a_page_that_is_read_twice_is_blamed_on_live() {
    let sandbox = Sandbox::new();
    for _ in 0..300 {
        sandbox.event("Good night, and mind the seventh step of the stairs.");
    }
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    sandbox.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let number = |sql: &str| sandbox.rows(sql)[0].parse::<usize>().unwrap();
    let root = number("SELECT rootpage FROM sqlite_schema WHERE name = 'event_log'");
    let page = (root - 1) * number("PRAGMA page_size");
    let mut bytes = fs::read(sandbox.db()).unwrap();
    // The pointers to the cells of an inner page follow its header of 12 bytes; a cell begins with
    // the number of its child page.
    assert_eq!(bytes[page], 5, "an inner page");
    let pointer = |place: usize| usize::from(u16::from_be_bytes([bytes[place], bytes[place + 1]]));
    let [first, second] = [12, 14].map(|place| page + pointer(page + place));
    bytes.copy_within(second..second + 4, first);
    fs::write(sandbox.db(), bytes).unwrap();
    for arguments in [
        &["restore", "latest", "--yes"][..],
        &["restore", "latest", "--merge", "--dry-run"],
        &["recover", "--yes"],
        &["diff", "latest"],
    ] {
        let ran = sandbox.run(arguments);
        let message = "unrewind: data/chat.db is not a valid SQLite database: ";
        assert!(ran.err.starts_with(message), "{ran:?}");
    }
}
