//! A restore while another process writes.

use std::{fs, path::Path};

use rusqlite::{Connection, TransactionBehavior};
use tempfile::TempDir;

use super::{assert_quits, close, lost_hour_is_back, question::wait_readable, start};
use crate::sandbox::{Sandbox, at};
use unrewind::core::Kind;

/// Makes the program wait long for another process's lock.
pub fn be_patient(folder: &Path) {
    let settings = folder.join("config/unrewind");
    fs::create_dir_all(&settings).unwrap();
    fs::write(
        settings.join("config.toml"),
        "[database]\nbusy_timeout = \"10min\"\n",
    )
    .unwrap();
}

#[test]
fn the_snapshots_are_shown_while_the_database_is_locked() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    be_patient(sandbox.path());
    sandbox.sql("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    let mut terminal = start(sandbox.path(), &[], &[]);
    terminal.wait_for("all 1").wait_for("reading the database");
    sandbox.sql("ROLLBACK");
    terminal.wait_for("chat.db");
    terminal.keys("q");
    assert_quits(terminal);
}

#[test]
fn a_restore_waits_for_another_process_and_names_it() {
    let folder = TempDir::new().unwrap();
    be_patient(folder.path());
    let mut terminal = start(folder.path(), &["demo", "demo"], &[]);
    terminal.wait_for("R recovers").wait_for("all 13");
    terminal.keys("R").wait_for("Recover from the rewind of");
    wait_readable(&mut terminal);
    let mut app = Connection::open(folder.path().join("demo/chat.db")).unwrap();
    let lock = app.transaction_with_behavior(TransactionBehavior::Immediate);
    let lock = lock.unwrap();
    terminal.keys("y").wait_for("waiting ");
    if cfg!(target_os = "linux") {
        terminal.wait_for(&format!("(pid {}) writes", std::process::id()));
    }
    drop(lock);
    terminal.wait_for("✓ Restored");
    assert!(lost_hour_is_back(folder.path()));
    close(&mut terminal);
    assert_quits(terminal);
}
