//! Pipes, devices and links in place of files: no command waits for them, writes through them, or fails on the
//! other files because of them. A command that waited would hang its test.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use unrewind::core::Kind;

use crate::sandbox::{Ran, Sandbox, at};

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// A chat with one snapshot, and the folder of its rewind snapshots.
fn with_one_snapshot() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let folder = taken.path.parent().unwrap().to_owned();
    (sandbox, folder)
}

#[test]
fn a_pipe_in_place_of_a_snapshot_or_a_draft_blocks_no_command() {
    let (sandbox, folder) = with_one_snapshot();
    pipe(&folder.join(".unrewind-draft-x.tmp"));
    pipe(&folder.join("20210314T100000Z.json"));
    fs::remove_file(folder.join("20210314T120000Z.note")).unwrap();
    pipe(&folder.join("20210314T120000Z.note"));
    pipe(&sandbox.data().join("snapshots/.unrewind-draft-y.tmp"));
    for (arguments, code) in [
        (&["list"][..], 0),
        (&["show", "live"], 0),
        (&["show", "20210314T120000Z"], 0),
        (&["show", "20210314T100000Z"], 1),
        (&["take"], 0),
        (&["pin", "20210314T100000Z"], 1),
        (&["pin", "20210314T120000Z"], 1),
        (&["search", "zeppelin"], 2),
        (&["diff", "20210314T100000Z"], 2),
        (&["verify", "--all"], 2),
        (&["restore", "20210314T100000Z", "--yes"], 1),
        (
            &[
                "export",
                "20210314T100000Z",
                "--table",
                "bots",
                "--format",
                "csv",
            ],
            1,
        ),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    }
    assert!(folder.join(".unrewind-draft-x.tmp").exists());
}

#[test]
fn a_pipe_beside_the_database_is_an_error_that_names_it() {
    let sandbox = Sandbox::new();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    pipe(&sandbox.data().join("chat.db-journal"));
    let ran = sandbox.run(&["show", "live"]);
    let message = "unrewind: cannot open data/chat.db-journal: it is not a regular file\n";
    assert!(ran.code == 1 && ran.err.starts_with(message), "{ran:?}");
}

#[test]
fn a_configuration_that_is_not_a_file_is_an_error_and_the_null_device_is_empty() {
    let sandbox = Sandbox::new();
    let folder = sandbox.data().join("unrewind.toml");
    pipe(&folder);
    let ran = sandbox.run(&["list"]);
    let message =
        "unrewind: cannot read the configuration data/unrewind.toml: it is not a regular file\n";
    assert_eq!((ran.code, &*ran.err), (1, message));
    fs::remove_file(&folder).unwrap();
    symlink(sandbox.db(), &folder).unwrap();
    let ran = sandbox.run(&["list"]);
    let message = "unrewind: cannot read the configuration data/unrewind.toml: it is a symbolic link, which Unrewind does not follow here\n";
    assert_eq!((ran.code, &*ran.err), (1, message));
    fs::remove_file(&folder).unwrap();
    assert_eq!(sandbox.run(&["list", "--config", "/dev/null"]).code, 0);
    let ran = sandbox.run(&["list", "--config", "/dev/zero"]);
    let message = "unrewind: cannot read the configuration /dev/zero: it is not a regular file\n";
    assert_eq!((ran.code, &*ran.err), (1, message));
}

#[test]
fn a_home_that_is_not_a_folder_has_no_configuration() {
    let sandbox = Sandbox::new();
    for (name, value) in [
        ("HOME", "/dev/null"),
        ("XDG_CONFIG_HOME", "/dev/null"),
        ("XDG_CACHE_HOME", "/dev/null"),
        ("XDG_STATE_HOME", "/dev/null"),
        ("HOME", ""),
    ] {
        for arguments in [&["show", "live"][..], &["take"], &["watch", "--once"]] {
            let mut command = sandbox.command(arguments);
            command.env_remove("XDG_CONFIG_HOME");
            command.env_remove("XDG_CACHE_HOME");
            command.env(name, value);
            let ran = Ran::run(command);
            assert_eq!((ran.code, &*ran.err), (0, ""), "{name}={value}: {ran:?}");
        }
    }
}

#[test]
fn no_command_writes_through_a_link() {
    let (sandbox, folder) = with_one_snapshot();
    let victim = sandbox.path().join("victim");
    let link = |path: PathBuf| symlink(&victim, path).unwrap();
    let assert_unchanged = || assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    fs::write(&victim, "precious").unwrap();
    link(sandbox.data().join("snapshots/.unrewind-watch"));
    let ran = sandbox.run(&["watch", "--once"]);
    let message = "unrewind: cannot lock data/snapshots/.unrewind-watch: it is a symbolic link, which Unrewind does not follow here\n";
    assert!(ran.code == 1 && ran.err.starts_with(message), "{ran:?}");
    assert_unchanged();
    fs::remove_file(folder.join("20210314T120000Z.note")).unwrap();
    link(folder.join("20210314T120000Z.note"));
    assert_eq!(sandbox.run(&["label", "latest", "mine"]).code, 1);
    assert_unchanged();
    link(sandbox.path().join("log"));
    assert_eq!(sandbox.run(&["--log", "log", "list"]).code, 1);
    assert_unchanged();
    link(sandbox.path().join("rows.csv"));
    let export = [
        "export", "live", "--table", "bots", "--format", "csv", "--output", "rows.csv",
    ];
    assert_eq!(sandbox.run(&export).code, 1);
    assert_unchanged();
}

#[test]
fn a_pipe_in_place_of_a_folder_blocks_no_command() {
    let (sandbox, folder) = with_one_snapshot();
    let snapshots = folder.parent().unwrap();
    for (place, name) in [
        (snapshots.join("schema"), "schema"),
        (folder.clone(), "rewind"),
        (snapshots.to_owned(), "snapshots"),
    ] {
        let _ = fs::remove_dir_all(&place);
        pipe(&place);
        for arguments in [
            &["list"][..],
            &["show", "live"],
            &["take"],
            &["label", "latest", "mine"],
            &["undo", "--yes"],
            &["status"],
            &["watch", "--once"],
        ] {
            let ran = sandbox.run(arguments);
            assert!(
                [0, 1, 2].contains(&ran.code),
                "{name} {arguments:?}: {ran:?}"
            );
        }
        assert_eq!(
            sandbox.run(&["take"]).code,
            i32::from(name != "schema"),
            "{name}"
        );
        fs::remove_file(&place).unwrap();
    }
}

#[test]
fn notes_and_configurations_of_many_gigabytes_are_not_read() {
    let (sandbox, folder) = with_one_snapshot();
    let note = folder.join("20210314T120000Z.note");
    let file = fs::File::options().write(true).open(note).unwrap();
    file.set_len(10_000_000_000).unwrap();
    assert!(sandbox.list()[0].note.unreadable);
    let config = sandbox.data().join("unrewind.toml");
    fs::File::create(&config)
        .unwrap()
        .set_len(10_000_000_000)
        .unwrap();
    let ran = sandbox.run(&["list"]);
    let message = "unrewind: cannot read the configuration data/unrewind.toml: it is larger than 1048576 bytes\n";
    assert_eq!((ran.code, &*ran.err), (1, message));
}

#[test]
fn a_time_zone_that_is_no_regular_file_is_an_error_and_never_read() {
    let (sandbox, _) = with_one_snapshot();
    let fifo = sandbox.path().join("zone");
    pipe(&fifo);
    for zone in [
        format!(":{}", fifo.display()),
        fifo.display().to_string(),
        "/dev/zero".to_owned(),
        ":../../../dev/zero".to_owned(),
    ] {
        let mut command = sandbox.command(&["list"]);
        command.env("TZ", &zone);
        let ran = Ran::run(command);
        assert_eq!((ran.code, &*ran.out), (1, ""), "{zone}");
        assert!(
            ran.err.contains("which is not the file of a time zone"),
            "{zone}: {}",
            ran.err
        );
    }
}
