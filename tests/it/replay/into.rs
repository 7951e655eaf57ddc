//! A moment restored into a new file, with and without the command, and where live is lost.

use std::fs;

use rusqlite::Connection;
use unrewind::core::{
    Error, Kind, Moment, RestoreOptions, RestoreSource, Restored, Result, When, restore_into,
    unattended,
};

use super::{LOG, files, remembering, tables, with_projection};
use crate::{
    chat,
    sandbox::{Sandbox, at},
};

fn into(sandbox: &Sandbox, event: i64, name: &str) -> Result<Restored> {
    let (live, store) = (sandbox.database(), sandbox.store());
    let (profile, on) = (&sandbox.profile, &mut unattended);
    let moment = Moment::find(When::Event(event), None, Some(&live), profile, &store, on)?;
    let path = sandbox.path().join(name);
    let source = RestoreSource::Moment(moment, store);
    restore_into(&path, &live, profile, source, RestoreOptions::default(), on)
}

#[test]
fn a_new_file_gets_the_exact_moment() {
    let sandbox = Sandbox::new();
    for minute in 0..4 {
        sandbox.event("Hello?");
        sandbox.memory("The lamp burns.");
        sandbox.take(Kind::Periodic, at(minute));
    }
    sandbox.rewind(6, at(9));
    let sandbox = with_projection(sandbox);
    let (before, files_before) = (sandbox.dump(), files(&sandbox.data()));
    for event in 3..=11 {
        let name = format!("{event}.db");
        let restored = into(&sandbox, event, &name).unwrap();
        assert_eq!((restored.begins, restored.replays), (event, 0));
        let copy = Connection::open(sandbox.path().join(name)).unwrap();
        let ids = "SELECT max(id) FROM event_log";
        assert_eq!(Sandbox::rows_of(&copy, ids), [event.to_string()]);
        assert_eq!(tables(&copy), tables(&chat::projected(&copy, None, 0)));
    }
    assert_eq!(sandbox.dump(), before);
    assert_eq!(files(&sandbox.data()), files_before);
}

#[test]
fn without_the_command_the_new_file_lacks_events_and_that_is_said() {
    let mut sandbox = remembering();
    sandbox.profile.replay = None;
    let refused = into(&sandbox, 5, "new.db").unwrap_err();
    assert!(matches!(refused, Error::Moment { .. }), "{refused}");
    assert!(!sandbox.path().join("new.db").exists());

    // The program's defaults say that the application replays its log.
    let words = ["restore", "--at", "4", "--into", "new.db"];
    let ran = sandbox.run(&words);
    insta::assert_snapshot!(ran.out, @"
    ! its tables are as of event 3: they lack 1 event of its log
    restored event 4 into new.db: 3 rows differ from live
    ");
    let new = Connection::open(sandbox.path().join("new.db")).unwrap();
    assert_eq!(Sandbox::rows_of(&new, "SELECT id FROM memories"), [""; 0]);
    assert_eq!(
        Sandbox::rows_of(&new, "SELECT max(id) FROM event_log"),
        ["4"]
    );
    let words = ["restore", "--at", "4", "--into", "other.db", "--json"];
    let json = sandbox.run(&words).json();
    assert_eq!(json["at"]["event"], 4);
    assert_eq!(json["replays"], 1);
    let again = sandbox.run(&["restore", "--at", "4", "--into", "new.db"]);
    assert_eq!(
        (again.code, &*again.err),
        (1, "unrewind: new.db already exists\n")
    );
    let ran = sandbox.run(&["restore", "--at", "4", "--yes"]);
    let awaiting = "\n! start the application, or restart it if it is running: it will replay 1 event; until then the tables are as of event 3\n";
    assert!(ran.code == 0 && ran.out.contains(awaiting), "{ran:?}");
}

#[test]
fn a_lost_database_is_made_as_of_a_moment_of_a_snapshot() {
    let mut sandbox = remembering();
    sandbox.take(Kind::Rewind, at(5));
    let log = sandbox.rows(LOG);
    sandbox.quit();
    for name in ["chat.db", "chat.db-wal", "chat.db-shm"] {
        let _ = fs::remove_file(sandbox.data().join(name));
    }
    let words = ["restore", "--at", "4", "--into", "new.db"];
    let ran = sandbox.run(&words);
    assert_eq!(ran.code, 0, "{ran:?}");
    let end = "! its tables are as of event 3: they lack 1 event of its log\nrestored event 4 into new.db\n";
    assert!(ran.out.ends_with(end), "{ran:?}");
    let new = Connection::open(sandbox.path().join("new.db")).unwrap();
    assert_eq!(Sandbox::rows_of(&new, LOG), log[..4]);
    let missing = sandbox.run(&["restore", "--at", "4", "--yes"]);
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(
        missing.err.contains("there is no SQLite database"),
        "{missing:?}"
    );
}
