//! Files that exist and cannot be read are neither missing nor damaged.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::Path,
};

use unrewind::core::Kind;

use crate::{
    replay::settings::{OWN, command, demonstration, set as write},
    sandbox::{Ran, Sandbox, at},
};

fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs Unrewind as a user whom permissions bind; root drops its privileges.
fn run_unprivileged(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let mut command = sandbox.command(arguments);
    if fs::metadata(sandbox.path()).unwrap().uid() == 0 {
        let program = sandbox.path().join("unrewind");
        let original = env!("CARGO_BIN_EXE_unrewind");
        // A file that another test's child holds open for writing cannot be run; a new copy may be one.
        if !program.exists() && fs::hard_link(original, &program).is_err() {
            fs::copy(original, &program).unwrap();
        }
        let mut other = std::process::Command::new(program);
        other.args(arguments).current_dir(sandbox.path());
        other.uid(65_534).gid(65_534);
        command = other;
    }
    Ran::run(command)
}

#[test]
fn an_unreadable_file_is_not_reported_as_missing() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(2));
    set(sandbox.path(), 0o755);
    set(&sandbox.db(), 0o000);
    let ran = run_unprivileged(&sandbox, &["status"]);
    assert_eq!(
        (ran.code, &*ran.err),
        (
            2,
            "unrewind: cannot open data/chat.db: permission denied\nhint: check that the folder exists and that you have access\n"
        ),
        "{ran:?}"
    );
    set(&sandbox.data(), 0o000);
    let ran = run_unprivileged(&sandbox, &["list"]);
    set(&sandbox.data(), 0o755);
    assert_eq!(
        (ran.code, &*ran.err),
        (
            1,
            "unrewind: cannot list data: permission denied\nhint: check that the folder exists and that you have access\n"
        ),
        "{ran:?}"
    );
}

#[test]
fn an_unreadable_snapshot_is_not_reported_as_damaged() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("Is the lamp still burning?");
    sandbox.event("Yes.");
    let snapshot = sandbox.rewind(first, at(20));
    set(sandbox.path(), 0o755);
    set(&snapshot.path, 0o000);
    let run = |arguments: &[&str]| run_unprivileged(&sandbox, arguments);
    let listed = run(&["list"]);
    assert!(
        listed.out.contains("cannot be read: permission denied"),
        "{listed:?}"
    );
    let facts = run(&["list", "--json"]).json();
    assert!(facts[0]["damaged"].is_null());
    assert_eq!(facts[0]["unreadable"], "permission denied");
    let recovered = run(&["recover", "--dry-run"]);
    let passed = "! skipped rewind/20210314T122000Z, which cannot be read: permission denied";
    assert!(recovered.err.contains(passed), "{recovered:?}");
    let searched = run(&["search", "lamp"]);
    for ran in [
        listed,
        recovered,
        searched,
        run(&["verify"]),
        run(&["show", "latest:rewind"]),
    ] {
        assert!(!(ran.out + &ran.err).contains("damaged"));
    }
}

#[test]
fn a_moment_is_shown_and_compared_in_a_folder_that_cannot_be_written() {
    let sandbox = demonstration();
    write(&sandbox, OWN, &command());
    write(&sandbox, "config.toml", &command());
    set(sandbox.path(), 0o755);
    for folder in ["demo", "demo/snapshots"] {
        set(&sandbox.path().join(folder), 0o555);
    }
    for arguments in [&["show", "--at", "1430"][..], &["diff", "--at", "1430"]] {
        let words = [
            arguments,
            &["--json", "--data-dir", "demo", "--config", "config.toml"],
        ]
        .concat();
        let shown = run_unprivileged(&sandbox, &words);
        assert_eq!(shown.err, "");
        assert_eq!(shown.out, sandbox.run(&words).out, "{arguments:?}");
    }
    set(&sandbox.path().join("demo/snapshots"), 0o755);
    set(&sandbox.path().join("demo"), 0o755);
}
