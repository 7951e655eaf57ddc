//! Commands beside a restore that was stopped in the middle: each ends and names it.

use std::{
    fs::{self, File},
    process::{Child, Command, Stdio},
    thread,
};

use rusqlite::TransactionBehavior;

use crate::sandbox::Sandbox;

/// Sends a signal.
fn signal(process: &Child, name: &str) {
    let pid = process.id().to_string();
    let status = Command::new("kill").args([name, &pid]).status();
    assert!(status.unwrap().success());
}

/// The data folder's files without drafts: a restore that was stopped before it held a draft has an
/// abandoned one, which others delete, and creates another later.
fn named_files(sandbox: &Sandbox) -> Vec<String> {
    let mut files = sandbox.files();
    files.retain(|file| !file.contains(".unrewind-draft-"));
    files
}

/// Starts a restore that waits for another writer, and stops it there: it holds the lock that keeps others
/// out.
fn stopped_restore(sandbox: &Sandbox) -> Child {
    let mut writer = sandbox.another();
    let busy = writer.transaction_with_behavior(TransactionBehavior::Immediate);
    let mut command = sandbox.command(&["restore", "latest", "--yes"]);
    let restore = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut restore = restore.unwrap();
    let folder = File::open(sandbox.store().root()).unwrap();
    loop {
        while folder.try_lock().is_ok() {
            folder.unlock().unwrap();
            thread::yield_now();
        }
        signal(&restore, "-STOP");
        while !is_stopped(&restore) {
            assert!(restore.try_wait().unwrap().is_none(), "it has ended");
            thread::yield_now();
        }
        if folder.try_lock().is_err() {
            break;
        }
        // It held the lock only to see whether another restore was interrupted.
        folder.unlock().unwrap();
        signal(&restore, "-CONT");
    }
    drop(busy);
    restore
}

fn is_stopped(process: &Child) -> bool {
    let pid = process.id().to_string();
    let shown = Command::new("ps")
        .args(["-o", "stat=", "-p", &pid])
        .output();
    shown.unwrap().stdout.starts_with(b"T")
}

#[test]
fn a_stopped_restore_is_named_by_whatever_would_wait_for_it() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["take"]).code, 0);
    sandbox.memory("The lamp burns.");
    let live = sandbox.dump();
    let mut restore = stopped_restore(&sandbox);
    let patience = "[database]\nbusy_timeout = \"150ms\"\n";
    fs::write(sandbox.data().join("unrewind.toml"), patience).unwrap();
    let files = named_files(&sandbox);
    for command in [
        &["take"][..],
        &["take", "--kind", "periodic"],
        &["watch", "--once"],
        &["restore", "latest", "--yes"],
    ] {
        let ran = sandbox.run(command);
        let what = format!(
            "another Unrewind (process {}) is in the middle of a change and makes no progress",
            restore.id()
        );
        assert_eq!(ran.code, 1, "{command:?}: {ran:?}");
        assert!(ran.err.contains(&what), "{command:?}: {ran:?}");
        assert!(ran.err.contains(&format!("kill -CONT {}", restore.id())));
        assert_eq!(named_files(&sandbox), files, "{command:?}");
        assert_eq!(sandbox.dump(), live);
    }
    signal(&restore, "-CONT");
    assert!(restore.wait().unwrap().success());
    assert_eq!(sandbox.run(&["take"]).code, 0);
}
