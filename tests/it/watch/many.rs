//! One watch of many data folders, and the status of them.

use std::{fs, path::PathBuf};

use super::program::Running;
use crate::sandbox::{Ran, Sandbox};

/// Copies the chat into further data folders.
fn folders(sandbox: &Sandbox, names: &[&str]) -> Vec<PathBuf> {
    let make = |name: &&str| {
        let folder = sandbox.path().join(name);
        fs::create_dir(&folder).unwrap();
        let copy = folder.join("chat.db");
        sandbox.sql(&format!("VACUUM INTO '{}'", copy.display()));
        folder
    };
    names.iter().map(make).collect()
}

fn snapshots(folder: &std::path::Path) -> usize {
    let store = unrewind::core::Store::new(folder);
    store.list(&unrewind::core::Kind::ALL).unwrap().len()
}

fn configure(sandbox: &Sandbox, folders: &[PathBuf]) {
    let own = sandbox.path().join("config/unrewind");
    fs::create_dir_all(&own).unwrap();
    let names = folders
        .iter()
        .map(|folder| format!("[[workspace]]\ndata_dir = '{}'\n", folder.display()));
    fs::write(own.join("config.toml"), names.collect::<String>()).unwrap();
}

#[test]
fn a_folder_that_is_locked_broken_or_gone_hinders_no_other() {
    let sandbox = Sandbox::new();
    let names = ["one", "locked", "broken", "two"];
    let folders = folders(&sandbox, &names);
    let lock = rusqlite::Connection::open(folders[1].join("chat.db")).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    fs::write(
        folders[2].join("chat.db"),
        "no database at all, but long enough to be one".repeat(99),
    )
    .unwrap();
    let words = ["watch", "one", "gone", "locked", "broken", "two"];
    let running = Running::start_with(&sandbox, &words, &[]);
    // The lines of standard output and those of standard error may come in another order.
    let lines = running.await_lines(&[
        "watching 5 data folders",
        "one: took periodic/",
        "two: took periodic/",
        "gone: ",
        "broken: ",
    ]);
    assert!(
        lines
            .iter()
            .any(|line| line == "gone: there is no folder gone; trying again"),
        "{lines:?}"
    );
    let other = rusqlite::Connection::open(folders[3].join("chat.db")).unwrap();
    for _ in 0..100 {
        crate::chat::event(
            &other,
            "message",
            &serde_json::json!({ "chat": 1, "text": "Hello?" }),
        );
    }
    running.await_lines(&["two: took periodic/"]);
    lock.execute_batch("ROLLBACK").unwrap();
    drop(lock);
    running.await_lines(&["locked: took periodic/"]);
    assert_eq!(running.stop("TERM").1, Some(0));
    assert_eq!((snapshots(&folders[0]), snapshots(&folders[3])), (1, 2));
}

#[test]
fn the_configured_folders_are_watched_and_shown_the_worst_first() {
    let sandbox = Sandbox::new();
    let mut folders = folders(&sandbox, &["a", "b", "c"]);
    folders.push(sandbox.path().join("gone"));
    configure(&sandbox, &folders);
    let ran = sandbox.run(&["watch", "--all", "--once"]);
    assert_eq!(ran.code, 1);
    let gone = format!("{}: there is no folder {0}\n", folders[3].display());
    assert_eq!(ran.err, gone);
    for folder in &folders[..3] {
        assert_eq!(snapshots(folder), 1, "{}", folder.display());
    }
    // A file that the next start would load instead of a snapshot.
    fs::write(folders[1].join("snapshots/periodic/zzz.json"), "{}").unwrap();
    let ran = sandbox.run(&["status", "--all"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let first: Vec<&str> = ran
        .out
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        first[..5],
        ["STATUS", "unknown", "attention", "well", "well"],
        "{}",
        ran.out
    );
    let json = sandbox.run(&["status", "--all", "--json"]).json();
    let standings: Vec<&str> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["standing"].as_str().unwrap())
        .collect();
    assert_eq!(standings, ["unknown", "attention", "well", "well"]);
    let two = Ran::run(sandbox.command(&["status", "a", "c"]));
    assert_eq!((two.code, &*two.err), (0, ""));
    let none = sandbox.run(&["status", "--all", "a"]);
    assert_eq!(none.code, 2);
}

#[test]
fn a_folder_that_waits_delays_no_other_in_a_single_round() {
    let sandbox = Sandbox::new();
    let other = folders(&sandbox, &["other"]).remove(0);
    fs::write(sandbox.path().join("password"), "secret\n").unwrap();
    let words = [
        "archive",
        "init",
        "repository",
        "--password-file",
        "password",
    ];
    assert_eq!(sandbox.run(&words).code, 0);
    // The password of the first folder's archive is there once the other folder has its snapshot.
    let until = format!(
        "until ls {}/snapshots/periodic/*.json; do :; done >&2; echo secret",
        other.display()
    );
    let own = sandbox.path().join("config/unrewind/config.toml");
    let text = fs::read_to_string(&own).unwrap();
    let is_file = |line: &&str| line.starts_with("password_file");
    let line = text.lines().find(is_file).unwrap();
    let command = format!("password_command = ['sh', '-c', '{until}']");
    fs::write(&own, text.replace(line, &command)).unwrap();
    let mut command = sandbox.command(&["watch", "--once", "data", "other"]);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    let ran = Ran::run(command);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(ran.out.contains("data: archived periodic/"), "{}", ran.out);
}

#[test]
fn without_a_folder_here_the_known_ones_are_offered() {
    let sandbox = Sandbox::new();
    let folders = folders(&sandbox, &["a"]);
    configure(&sandbox, &folders);
    assert_eq!(sandbox.run(&["status", "--db", "data/chat.db"]).code, 0);
    let elsewhere = sandbox.path().join("elsewhere/empty");
    fs::create_dir_all(&elsewhere).unwrap();
    let mut command = sandbox.command(&["list"]);
    command.current_dir(&elsewhere);
    let ran = Ran::run(command);
    assert_eq!(ran.code, 1);
    let configured = folders[0].canonicalize().unwrap();
    for known in [configured.to_str().unwrap(), "../../data"] {
        let hint = format!("`unrewind {known}`\n");
        assert!(ran.err.contains(&hint), "{hint}{}", ran.err);
    }
    // What looks after all folders needs none here.
    let mut command = sandbox.command(&["status", "--json"]);
    command.current_dir(&elsewhere);
    assert_eq!(Ran::run(command).json()["well"], true);
}
