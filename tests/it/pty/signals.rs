//! Ctrl-C, signals and a closed terminal: they end the program in order, even during a restore.

use std::{
    fs::{self, DirEntry},
    thread,
    time::{Duration, Instant},
};

use unrewind::core::{Kind, Scope};

use super::{assert_exits, assert_quits, close, lock_wait::be_patient, start, yes};
use crate::{
    sandbox::{Sandbox, at},
    terminal::Terminal,
};

/// A sandbox whose live database differs in many rows from its one snapshot.
fn large() -> Sandbox {
    let sandbox = Sandbox::with_waves(5000);
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("UPDATE event_log SET hidden = 1");
    sandbox
}

/// The program during a restore that waits for another writer's lock.
fn restoring(sandbox: &Sandbox) -> Terminal {
    be_patient(sandbox.path());
    let mut terminal = start(sandbox.path(), &[], &[]);
    terminal.wait_for("all 1");
    terminal.keys("r").wait_for("Restore rewind");
    sandbox.sql("BEGIN IMMEDIATE");
    yes(&mut terminal).wait_for("Restoring");
    wait_until_prepared(sandbox, &terminal);
    terminal
}

fn wait_until_prepared(sandbox: &Sandbox, terminal: &Terminal) {
    // The note of the safety snapshot is the last step before the lock.
    let folder = sandbox.data().join("snapshots/rewind");
    let is_note = |entry: &DirEntry| entry.path().extension().is_some_and(|end| end == "note");
    let notes = || {
        fs::read_dir(&folder)
            .unwrap()
            .flatten()
            .filter(is_note)
            .count()
    };
    let is_prepared = || notes() == 2;
    let patience = Instant::now() + Duration::from_mins(1);
    while !is_prepared() {
        assert!(Instant::now() < patience, "{}", terminal.text());
        thread::yield_now();
    }
}

#[test]
fn control_c_during_a_restore_leaves_live_unchanged() {
    let sandbox = large();
    let (files, dump) = (sandbox.files(), sandbox.dump());
    let mut terminal = restoring(&sandbox);
    terminal.keys("<c-c>").wait_for("Nothing was changed.");
    sandbox.sql("COMMIT");
    close(&mut terminal);
    assert_quits(terminal);
    assert_eq!((sandbox.files(), sandbox.dump()), (files, dump));
    let snapshot = sandbox.list().remove(0);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
}

#[test]
fn a_signal_during_a_restore_ends_the_program_with_live_unchanged() {
    let sandbox = large();
    let (files, dump) = (sandbox.files(), sandbox.dump());
    let mut terminal = restoring(&sandbox);
    terminal.signal("TERM");
    assert_exits(terminal);
    sandbox.sql("COMMIT");
    assert_eq!((sandbox.files(), sandbox.dump()), (files, dump));
}

#[test]
fn a_signal_cancels_a_command_that_waits_for_a_lock() {
    for signal in ["TERM", "HUP", "INT"] {
        let sandbox = large();
        be_patient(sandbox.path());
        let (files, dump) = (sandbox.files(), sandbox.dump());
        sandbox.sql("BEGIN IMMEDIATE");
        let mut terminal = start(sandbox.path(), &["restore", "latest", "--yes"], &[]);
        wait_until_prepared(&sandbox, &terminal);
        terminal.signal(signal);
        terminal.wait_for("cancelled; nothing was changed");
        assert_eq!(terminal.wait_exit(), 1, "{signal}");
        sandbox.sql("COMMIT");
        assert_eq!((sandbox.files(), sandbox.dump()), (files, dump), "{signal}");
    }
}

#[test]
fn signals_end_the_program_with_code_0_and_restore_the_terminal() {
    for signal in ["TERM", "HUP", "INT"] {
        let sandbox = Sandbox::new();
        let mut terminal = start(sandbox.path(), &[], &[]);
        terminal.wait_for("There are no snapshots yet.");
        terminal.signal(signal);
        assert_exits(terminal);
    }
}
