//! Files that a user names for an export, a copy or a log never become one of the application's or of
//! Unrewind's own.

use std::{fs, path::Path};

use unrewind::core::Kind;

use crate::sandbox::{Sandbox, age, at};

const OWN: [(&str, &str); 10] = [
    ("snapshots/periodic/x.json", "is in the snapshots folder"),
    (
        "snapshots/periodic/20210314T120000Z.pinned",
        "is in the snapshots folder",
    ),
    (
        "snapshots/rewind/20210314T120000Z_safety.note",
        "is in the snapshots folder",
    ),
    ("snapshots/schema/x.sql", "is in the snapshots folder"),
    ("snapshots/anything", "is in the snapshots folder"),
    (
        "chat.db-wal",
        "is a name that SQLite uses for a part of the database",
    ),
    (
        "chat.db-shm",
        "is a name that SQLite uses for a part of the database",
    ),
    (
        "chat.db-journal",
        "is a name that SQLite uses for a part of the database",
    ),
    (
        "unrewind.toml",
        "is the name of the file that describes the application",
    ),
    (
        ".unrewind-draft-1.tmp",
        "is named like a temporary file of Unrewind",
    ),
];

/// A chat with a snapshot, whose application has the database closed.
fn closed() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    sandbox.take(Kind::Periodic, at(0));
    assert_eq!(sandbox.run(&["show", "live"]).code, 0);
    fs::create_dir_all(sandbox.data().join("snapshots/rewind")).unwrap();
    sandbox.quit();
    sandbox
}

#[track_caller]
fn refuses(sandbox: &Sandbox, arguments: &[&str], file: &Path, why: &str) {
    let before = fs::read(file).ok();
    let ran = sandbox.run(arguments);
    assert_eq!(ran.code, 1, "{arguments:?}: {}", ran.out);
    assert!(ran.err.contains(why), "{arguments:?}: {}", ran.err);
    assert_eq!(fs::read(file).ok(), before, "{arguments:?}");
}

#[test]
fn an_export_or_a_copy_never_becomes_a_file_of_the_application_or_of_unrewind() {
    let sandbox = closed();
    let csv = [
        "export", "live", "--table", "bots", "--format", "csv", "--output",
    ];
    let commands = [
        &["restore", "latest", "--yes", "--into"][..],
        &["export", "latest", "--format", "sqlite", "--output"],
        &csv,
    ];
    for (name, why) in OWN {
        let file = sandbox.data().join(name);
        for command in commands {
            let path = format!("data/{name}");
            refuses(&sandbox, &[command, &[&path]].concat(), &file, why);
        }
    }
    // A database that is gone still has its name, and what would be beside it.
    fs::rename(sandbox.db(), sandbox.path().join("gone")).unwrap();
    for (name, why) in [
        ("chat.db", "is the application's database"),
        ("chat.db-wal", OWN[5].1),
    ] {
        let (path, file) = (format!("data/{name}"), sandbox.data().join(name));
        let csv = [
            "export", "latest", "--table", "bots", "--format", "csv", "--output", &path,
        ];
        refuses(&sandbox, &csv, &file, why);
    }
    let ran = sandbox.run(&["status"]);
    assert!(!ran.err.contains("utf-8"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn the_snapshots_folder_is_known_through_links() {
    let sandbox = closed();
    let elsewhere = sandbox.path().join("elsewhere");
    fs::rename(sandbox.data().join("snapshots/periodic"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, sandbox.data().join("snapshots/periodic")).unwrap();
    for path in ["elsewhere/x.json", "data/../data/snapshots/periodic/x.json"] {
        let command = ["restore", "latest", "--yes", "--into", path];
        refuses(&sandbox, &command, &elsewhere.join("x.json"), OWN[0].1);
    }
}

#[test]
fn a_description_is_not_written_among_the_snapshots_or_beside_the_database() {
    let sandbox = closed();
    for (name, why) in [OWN[0], OWN[5]] {
        let path = format!("data/{name}");
        refuses(
            &sandbox,
            &["init", "--config", &path],
            &sandbox.data().join(name),
            why,
        );
    }
    let ran = sandbox.run(&["init", "--config", "other/unrewind.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn a_log_is_never_appended_to_a_file_of_the_application_or_of_unrewind() {
    let sandbox = closed();
    let snapshot = sandbox
        .data()
        .join("snapshots/periodic/20210314T120000Z.json");
    let copy = sandbox.path().join("copy of a snapshot");
    fs::copy(&snapshot, &copy).unwrap();
    fs::copy(sandbox.db(), sandbox.path().join("other.db")).unwrap();
    fs::write(sandbox.path().join("mine.toml"), "").unwrap();
    let existing = [
        ("data/snapshots/periodic/20210314T120000Z.json", OWN[0].1),
        ("data/snapshots/periodic/20210314T120000Z.note", OWN[0].1),
        ("data/chat.db", "is the application's database"),
        ("other.db", "is a database"),
        ("copy of a snapshot", "is a snapshot"),
        ("mine.toml", "is a configuration file"),
    ];
    let new = OWN.map(|(name, why)| (format!("data/{name}"), why));
    let new = new.iter().map(|(path, why)| (&**path, *why));
    for (path, why) in existing.into_iter().chain(new) {
        let file = sandbox.path().join(path);
        refuses(&sandbox, &["list", "--log", path], &file, why);
    }
    age(&snapshot, at(0));
    let ran = sandbox.run(&["verify", "--log", "data/unrewind.log"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(sandbox.data().join("unrewind.log").exists());
}
