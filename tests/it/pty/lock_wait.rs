//! A restore while another process writes.

use std::fs;

use rusqlite::{Connection, TransactionBehavior};
use tempfile::TempDir;

use super::{assert_quits, close, lost_hour_is_back, question::wait_readable, start};

#[test]
fn a_restore_waits_for_another_process_and_names_it() {
    let folder = TempDir::new().unwrap();
    let settings = folder.path().join("config/unrewind");
    fs::create_dir_all(&settings).unwrap();
    fs::write(
        settings.join("config.toml"),
        "[database]\nbusy_timeout = \"10min\"\n",
    )
    .unwrap();
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
