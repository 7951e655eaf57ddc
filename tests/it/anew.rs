//! Restores without a usable live database: the file is missing or not a database. The schema comes from the
//! copy kept beside the snapshots.

use std::{fs, path::PathBuf};

use rusqlite::Connection;
use unrewind::core::{Kind, Store};

use crate::sandbox::{Sandbox, at};

/// A chat with a snapshot, and the dump of its tables.
fn chat() -> (Sandbox, crate::sandbox::Dump) {
    let sandbox = Sandbox::rewound();
    sandbox.memory("The lamp burns.");
    sandbox.sql(
        "PRAGMA user_version = 7; CREATE TABLE notes (t TEXT); INSERT INTO notes VALUES ('x')",
    );
    sandbox.take(Kind::Rewind, at(30));
    let dump = sandbox.dump();
    (sandbox, dump)
}

fn lose(sandbox: &mut Sandbox, bytes: Option<&[u8]>) {
    sandbox.quit();
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{ending}", sandbox.db().display()));
    }
    if let Some(bytes) = bytes {
        fs::write(sandbox.db(), bytes).unwrap();
    }
}

/// The rows of the tables that the profile names.
fn rows(database: &PathBuf, dump: &crate::sandbox::Dump) -> crate::sandbox::Dump {
    let database = Connection::open(database).unwrap();
    let names = dump.keys().filter(|name| *name != "notes");
    names
        .map(|name| {
            let mut rows = Sandbox::rows_of(&database, &format!("SELECT * FROM {name}"));
            rows.sort();
            (name.clone(), rows)
        })
        .collect()
}

fn without_notes(mut dump: crate::sandbox::Dump) -> crate::sandbox::Dump {
    dump.remove("notes");
    dump
}

const BROKEN: [Option<&[u8]>; 4] = [
    None,
    Some(b""),
    Some(b"this is no database any more"),
    Some(&[0; 4096]),
];

#[test]
fn restore_into_a_file_works_without_live() {
    for broken in BROKEN {
        let (mut sandbox, dump) = chat();
        lose(&mut sandbox, broken);
        let ran = sandbox.run(&[
            "--db",
            "data/chat.db",
            "restore",
            "latest:rewind",
            "--into",
            "new.db",
        ]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(
            ran.out
                .contains("! empty, because the snapshot does not hold them: notes\n"),
            "{ran:?}"
        );
        let new = sandbox.path().join("new.db");
        assert_eq!(rows(&new, &dump), without_notes(dump));
        let new = Connection::open(new).unwrap();
        assert_eq!(Sandbox::rows_of(&new, "PRAGMA user_version"), ["7"]);
        assert_eq!(Sandbox::rows_of(&new, "PRAGMA journal_mode"), ["'wal'"]);
        let found = "SELECT count(*) > 0 FROM memories_fts WHERE memories_fts MATCH 'lamp'";
        assert_eq!(Sandbox::rows_of(&new, found), ["1"]);
    }
}

#[test]
fn restore_creates_a_new_database_and_moves_the_broken_one_aside() {
    for broken in BROKEN {
        let (mut sandbox, dump) = chat();
        lose(&mut sandbox, broken);
        fs::write(sandbox.data().join("chat.db-wal"), "of the old one").unwrap();
        let asked = sandbox.run(&[
            "--db",
            "data/chat.db",
            "restore",
            "latest:rewind",
            "--make-anew",
            "--dry-run",
        ]);
        assert_eq!(asked.code, 0, "{asked:?}");
        assert!(!sandbox.db().exists() || fs::read(sandbox.db()).unwrap() == broken.unwrap());
        let ran = sandbox.run(&[
            "--db",
            "data/chat.db",
            "restore",
            "latest:rewind",
            "--make-anew",
            "--yes",
            "--json",
        ]);
        let made = ran.json();
        let aside: Vec<String> = made["moved_aside"]
            .as_array()
            .unwrap()
            .iter()
            .map(|path| path.as_str().unwrap().to_owned())
            .collect();
        assert!(aside.iter().any(|path| path.ends_with("-wal")), "{aside:?}");
        if let Some(bytes) = broken {
            assert_eq!(fs::read(sandbox.path().join(&aside[0])).unwrap(), bytes);
        }
        assert_eq!(rows(&sandbox.db(), &dump), without_notes(dump));
        let newest = sandbox.store().find("latest:periodic").unwrap();
        assert_eq!(
            made["checkpoint"].as_str().unwrap(),
            format!("data/snapshots/{}.json", newest.name())
        );
        // Now the database is intact, so the command refuses to replace it.
        let again = sandbox.run(&["restore", "latest:rewind", "--make-anew", "--yes"]);
        assert_eq!(again.code, 1);
        assert!(again.err.contains("is intact"), "{again:?}");
    }
}

#[test]
fn a_service_snapshot_is_restored_with_the_schema_seen_last() {
    let (mut sandbox, dump) = chat();
    let taken = sandbox.store().find("latest:rewind").unwrap();
    fs::remove_file(taken.path.with_extension("note")).unwrap();
    fs::remove_dir_all(sandbox.data().join("snapshots/schema")).unwrap();
    assert_eq!(sandbox.run(&["show", "live"]).code, 0);
    lose(&mut sandbox, None);
    let ran = sandbox.run(&["restore", "latest:rewind", "--into", "new.db"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        rows(&sandbox.path().join("new.db"), &dump),
        without_notes(dump)
    );
}

#[test]
fn a_draft_that_a_killed_restore_left_in_the_working_folder_goes() {
    let (sandbox, _) = chat();
    let draft = sandbox.path().join(".unrewind-draft-x.tmp");
    fs::write(&draft, "").unwrap();
    let ran = sandbox.run(&["restore", "latest:rewind", "--into", "new.db"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!draft.exists());
}

#[test]
fn what_sqlite_left_beside_a_lost_database_is_not_called_the_database() {
    let (mut sandbox, _) = chat();
    lose(&mut sandbox, None);
    fs::write(sandbox.data().join("chat.db-journal"), "").unwrap();
    let again = [
        "restore",
        "latest:rewind",
        "--make-anew",
        "--yes",
        "--db",
        "data/chat.db",
    ];
    let ran = sandbox.run(&again);
    let aside = "moved aside: data/chat.db-";
    assert!(ran.code == 0 && ran.out.starts_with(aside), "{ran:?}");
}

#[test]
fn without_live_and_its_schema_the_hint_is_one_that_helps() {
    let (mut sandbox, _) = chat();
    fs::remove_dir_all(sandbox.data().join("snapshots/schema")).unwrap();
    lose(&mut sandbox, None);
    let ran = sandbox.run(&["restore", "latest:rewind", "--into", "new.db"]);
    let hint = "\nhint: let the application create an empty database, ";
    assert!(ran.code == 1 && ran.err.contains(hint), "{ran:?}");
    assert!(!ran.err.contains("--make-anew"), "{ran:?}");
}

#[test]
fn the_schema_used_is_the_snapshots_own_or_the_newest_that_fits() {
    let (mut sandbox, _) = chat();
    sandbox.sql("ALTER TABLE bots ADD COLUMN mood TEXT");
    sandbox.take(Kind::Rewind, at(40));
    sandbox.sql("ALTER TABLE bots DROP COLUMN mood");
    sandbox.sql("ALTER TABLE bots ADD COLUMN hat TEXT");
    sandbox.take(Kind::Rewind, at(50));
    let schemas = sandbox.data().join("snapshots/schema");
    assert_eq!(fs::read_dir(schemas).unwrap().count(), 4, "each once");
    lose(&mut sandbox, None);
    let mut number = 0;
    let mut columns = |snapshot: &str| {
        number += 1;
        let name = format!("new{number}.db");
        let ran = sandbox.run(&["restore", snapshot, "--into", &name]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let new = Connection::open(sandbox.path().join(name)).unwrap();
        Sandbox::rows_of(&new, "SELECT name FROM pragma_table_info('bots')").join(" ")
    };
    assert!(!columns("rewind/20210314T123000Z").contains("mood"));
    assert!(columns("rewind/20210314T124000Z").contains("mood"));
    assert!(columns("rewind/20210314T125000Z").contains("hat"));
    // Without its note, the snapshot's columns select the schema.
    fs::remove_file(
        sandbox
            .data()
            .join("snapshots/rewind/20210314T124000Z.note"),
    )
    .unwrap();
    assert!(columns("rewind/20210314T124000Z").contains("mood"));
}

#[test]
fn a_damaged_schema_file_is_refused_and_rewritten() {
    let (mut sandbox, _) = chat();
    let schemas = sandbox.data().join("snapshots/schema");
    fs::remove_dir_all(&schemas).unwrap();
    assert_eq!(sandbox.run(&["show", "live"]).code, 0);
    let kept = fs::read_dir(schemas)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, text.replace("bots", "bats")).unwrap();
    sandbox.quit();
    fs::rename(sandbox.db(), sandbox.path().join("elsewhere.db")).unwrap();
    let ran = sandbox.run(&["restore", "latest:rewind", "--into", "new.db"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    fs::rename(sandbox.path().join("elsewhere.db"), sandbox.db()).unwrap();
    assert_eq!(sandbox.run(&["show", "live"]).code, 0);
    assert_eq!(fs::read_to_string(&kept).unwrap(), text);
}

#[test]
fn a_schema_with_application_only_parts_gives_a_database_or_a_clear_error() {
    let mut sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, kind TEXT -- the kind
         );
         CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT);
         CREATE VIEW names AS SELECT name FROM bots;
         CREATE INDEX by_name ON bots (name) WHERE name <> ';';
         CREATE TRIGGER t AFTER INSERT ON bots BEGIN SELECT 1; SELECT 2; END;
         INSERT INTO bots VALUES (1, 'mara'); INSERT INTO event_log VALUES (1, 'x');
         PRAGMA writable_schema = ON;
         INSERT INTO sqlite_schema VALUES ('table', 'near', 'near', 0, 'CREATE VIRTUAL TABLE near USING vec0(a)');
         UPDATE sqlite_schema SET sql = 'CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT CHECK (name REGEXP ''m''))'
         WHERE name = 'bots';",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let schema = |made: &Connection| {
        Sandbox::rows_of(
            made,
            "SELECT type, name, sql FROM sqlite_schema ORDER BY name",
        )
    };
    let before = schema(&sandbox.app);
    lose(&mut sandbox, None);
    let new = sandbox.path().join("new.db");
    let (store, profile) = (Store::new(&sandbox.data()), &sandbox.profile);
    let made = unrewind::core::restore_without_live(
        &new,
        &store,
        profile,
        &snapshot,
        unrewind::core::Scope::Tables,
        &mut unrewind::core::unattended,
    );
    assert_eq!(made.unwrap().left_out, Vec::<String>::new());
    assert_eq!(schema(&Connection::open(&new).unwrap()), before);
}

#[test]
fn the_printed_command_recreates_a_remembered_database_that_was_replaced() {
    let (mut sandbox, dump) = chat();
    let name = sandbox.list()[0].name();
    assert_eq!(sandbox.run(&["list"]).code, 0);
    sandbox.run(&["show", "live"]);
    sandbox.quit();
    fs::rename(sandbox.db(), sandbox.data().join("another.db")).unwrap();
    lose(&mut sandbox, None);
    let ran = sandbox.run(&["restore", &name, "--yes"]);
    assert_eq!(ran.code, 1);
    let (_, command) = ran
        .err
        .split_once("hint: if it is gone, `unrewind ")
        .unwrap();
    let (command, _) = command.split_once('`').unwrap();
    let arguments: Vec<&str> = command.split(' ').chain(["--yes"]).collect();
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(rows(&sandbox.db(), &dump), without_notes(dump));
}

#[test]
fn a_database_that_lost_its_event_log_stays_and_its_snapshots_are_restored_into_a_file() {
    let (sandbox, dump) = chat();
    sandbox.sql("PRAGMA foreign_keys = OFF; DROP TABLE event_log");
    for arguments in [
        &["restore", "latest", "--yes"][..],
        &["restore", "latest", "--make-anew", "--yes"],
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        let hint = "if the table is lost, restore into a new file with --into\n";
        assert!(ran.err.ends_with(hint), "{ran:?}");
    }
    let ran = sandbox.run(&["restore", "latest", "--into", "new.db", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("live was not used: "), "{ran:?}");
    let new = sandbox.path().join("new.db");
    assert_eq!(rows(&new, &dump), without_notes(dump));
}

#[test]
fn a_broken_database_beside_a_journal_is_called_broken() {
    let (mut sandbox, _) = chat();
    lose(&mut sandbox, Some(b"this is no database any more"));
    fs::write(format!("{}-journal", sandbox.db().display()), "x").unwrap();
    let named = ["--db", "data/chat.db", "restore", "latest"];
    let ran = sandbox.run(&[&named[..], &["--make-anew", "--yes"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn no_other_database_is_made_beside_the_one_that_the_snapshots_are_of() {
    let (sandbox, dump) = chat();
    let before = sandbox.files();
    for _ in ["before the database is remembered", "after"] {
        let ran = sandbox.run(&[
            "--db",
            "data/new.db",
            "restore",
            "latest",
            "--make-anew",
            "--yes",
        ]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.contains("chat.db, not of "), "{ran:?}");
        assert_eq!(
            (sandbox.files(), sandbox.dump()),
            (before.clone(), dump.clone())
        );
        sandbox.run(&["status"]);
    }
}

#[test]
fn a_file_holds_a_table_that_the_database_has_lost() {
    let (sandbox, dump) = chat();
    sandbox.sql("DROP TABLE memories");
    let ran = sandbox.run(&["restore", "latest", "--into", "new.db", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let reason = "live was not used: the snapshot has tables or columns that the database lacks: ";
    assert!(ran.out.starts_with(reason), "{ran:?}");
    let new = sandbox.path().join("new.db");
    assert_eq!(rows(&new, &dump), without_notes(dump));
}
