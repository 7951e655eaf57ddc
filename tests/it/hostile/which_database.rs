//! Which file is the application's database: the one named, else the one remembered, else the only candidate;
//! never another in place of a remembered one.

use std::fs;

use unrewind::core::{Kind, is_copy};

use crate::sandbox::{Sandbox, at};

/// A chat whose database is remembered.
fn remembered() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.quit();
    assert_eq!(sandbox.run(&["show", "live"]).code, 0);
    sandbox
}

#[test]
fn no_other_file_replaces_a_remembered_database() {
    for other in ["chat.db.bak", "chat2.db", "notes.db", "chat (1).db"] {
        let sandbox = remembered();
        let other = sandbox.data().join(other);
        fs::rename(sandbox.db(), &other).unwrap();
        let before = fs::read(&other).unwrap();
        for arguments in [
            &["restore", "latest", "--yes"][..],
            &["take"],
            &["show", "live"],
            &["watch"],
            &["watch", "--once"],
            &["init"],
        ] {
            let ran = sandbox.run(arguments);
            let message = format!(
                "unrewind: the database data/chat.db is missing, and data/{} is not used instead",
                other.file_name().unwrap().display()
            );
            assert!(
                ran.code == 1 && ran.err.starts_with(&message),
                "{arguments:?}: {ran:?}"
            );
        }
        assert_eq!(fs::read(&other).unwrap(), before);
        // A user may name it.
        let ran = sandbox.run(&["show", "live", "--db", other.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{ran:?}");
        fs::rename(&other, sandbox.db()).unwrap();
        assert_eq!(sandbox.run(&["show", "live"]).code, 0);
    }
}

#[test]
fn a_copy_beside_a_remembered_database_changes_nothing() {
    let sandbox = remembered();
    for copy in ["chat.db.bak", "chat2.db", "notes.db"] {
        fs::copy(sandbox.db(), sandbox.data().join(copy)).unwrap();
    }
    let ran = sandbox.run(&["restore", "latest", "--yes", "--json"]);
    assert_eq!(ran.json()["database"], "data/chat.db");
}

#[test]
fn a_file_named_like_a_copy_is_not_a_candidate() {
    let sandbox = Sandbox::new();
    for copy in [
        "chat.db.bak",
        "chat.db-2026",
        "chat (1).db",
        "chat copy.db",
        "Copy of chat.db",
    ] {
        fs::copy(sandbox.db(), sandbox.data().join(copy)).unwrap();
    }
    let ran = sandbox.run(&["show", "live"]);
    assert!(
        ran.code == 0 && ran.out.starts_with("live: data/chat.db"),
        "{ran:?}"
    );
    let mut sandbox = Sandbox::new();
    sandbox.quit();
    fs::rename(sandbox.db(), sandbox.data().join("chat.db.bak")).unwrap();
    let ran = sandbox.run(&["show", "live"]);
    let message = "unrewind: the only databases in data are copies or links to other folders: data/chat.db.bak; name one with --db\n";
    assert_eq!((ran.code, &*ran.err), (1, message));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_must_be_named() {
    let sandbox = Sandbox::new();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    let elsewhere = sandbox.path().join("elsewhere.db");
    fs::rename(sandbox.db(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, sandbox.db()).unwrap();
    assert_eq!(sandbox.run(&["show", "live"]).code, 1);
    assert_eq!(
        sandbox.run(&["show", "live", "--db", "data/chat.db"]).code,
        0
    );
    sandbox.take(Kind::Rewind, at(0));
    let ran = sandbox.run(&["restore", "latest", "--yes", "--db", "data/chat.db"]);
    let named = format!(" into {}: ", elsewhere.display());
    assert!(ran.code == 0 && ran.out.contains(&named), "{ran:?}");
}

#[test]
fn a_copy_made_in_the_folder_is_remembered_as_a_copy() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    assert_eq!(
        sandbox
            .run(&["restore", "latest", "--into", "data/other.db", "--yes"])
            .code,
        0
    );
    assert_eq!(
        sandbox
            .run(&[
                "export",
                "latest",
                "--format",
                "sqlite",
                "--output",
                "data/tables.db"
            ])
            .code,
        0
    );
    let ran = sandbox.run(&["show", "live"]);
    assert!(
        ran.code == 0 && ran.out.starts_with("live: data/chat.db"),
        "{ran:?}"
    );
}

#[test]
fn a_target_that_was_not_written_is_not_remembered_as_a_copy() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    let ran = sandbox.run(&["restore", "latest", "--into", "data/chat.db", "--yes"]);
    let message = "unrewind: data/chat.db already exists\n";
    assert_eq!((ran.code, &*ran.err), (1, message));
    let fails = [
        "restore",
        "latest",
        "--into",
        "data/other.db",
        "--tables",
        "none",
    ];
    assert_eq!(sandbox.run(&fails).code, 1);
    let folders = sandbox.state().join("folders");
    for known in fs::read_dir(folders).unwrap() {
        let known = fs::read_to_string(known.unwrap().path()).unwrap();
        assert!(!known.contains("copies"), "{known}");
    }
    assert_eq!(sandbox.run(&["show", "live"]).code, 0);
}

#[test]
fn a_copy_that_cannot_be_remembered_is_refused_unless_its_name_says_so() {
    let sandbox = remembered();
    // What the program remembers would be below a file.
    let home = if cfg!(windows) {
        "LOCALAPPDATA"
    } else {
        "HOME"
    };
    let mut command = sandbox.command(&["restore", "latest", "--into", "data/other.db", "--yes"]);
    command.env(home, sandbox.db());
    let ran = crate::sandbox::Ran::run(command);
    let message = "unrewind: data/other.db would be taken for the application's database in data";
    assert!(ran.code == 1 && ran.err.starts_with(message), "{ran:?}");
    assert!(!sandbox.data().join("other.db").exists());
    let mut command =
        sandbox.command(&["restore", "latest", "--into", "data/other.db.bak", "--yes"]);
    command.env(home, sandbox.db());
    assert_eq!(crate::sandbox::Ran::run(command).code, 0);
    fs::rename(sandbox.db(), sandbox.path().join("away.db")).unwrap();
    let into = [
        "restore",
        "latest",
        "--into",
        "data/chat.db",
        "--yes",
        "--db",
        "away.db",
    ];
    let ran = sandbox.run(&into);
    assert_eq!(
        ran.code, 0,
        "the database is now outside the folder: {ran:?}"
    );
}

#[test]
fn an_invalid_memory_of_a_folder_is_ignored() {
    let sandbox = remembered();
    let folders = sandbox.state().join("folders");
    let file = fs::read_dir(&folders)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    for text in [
        "",
        "{",
        "[]",
        r#"{"folder": "/elsewhere", "database": "notes.db"}"#,
        r#"{"folder": 7}"#,
    ] {
        fs::write(&file, text).unwrap();
        assert_eq!(sandbox.run(&["show", "live"]).code, 0, "{text}");
    }
    let data = dunce::canonicalize(sandbox.data()).unwrap();
    let leads_out = format!(r#"{{"folder": {data:?}, "database": "../outside.db"}}"#);
    fs::write(&file, leads_out).unwrap();
    let ran = sandbox.run(&["show", "live"]);
    assert!(
        ran.code == 0 && ran.out.starts_with("live: data/chat.db"),
        "{ran:?}"
    );
}

#[test]
fn names_of_copies_are_recognized() {
    for copy in [
        "chat.db.bak",
        "chat.db~",
        "chat.db-2026-11-29",
        "chat.db.1",
        "chat (1).db",
        "chat(2).sqlite",
        "chat copy.db",
        "chat copy 2.db",
        "Copy of chat.db",
        "chat - Copy.db",
        "chat_backup.db",
        "chat-old.db",
        "copy.db",
        "backup.sqlite",
        "chat.sqlite3.orig",
        "CHAT.DB.BAK",
        "chat (conflicted copy 2026-11-29).db",
        "chat.sync-conflict-20261129.db",
    ] {
        assert!(is_copy(copy.as_ref()), "{copy}");
    }
    for own in [
        "chat.db",
        "notes.sqlite3",
        "store",
        "app.data",
        "chat2.db",
        "threshold.db",
        "gold.db",
        "photocopy.db",
        "chat-2026.db",
        "v1.db",
        "a.b.db",
    ] {
        assert!(!is_copy(own.as_ref()), "{own}");
    }
}
