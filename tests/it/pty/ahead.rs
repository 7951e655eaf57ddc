//! What was typed before the command line's question answers nothing.

use std::path::Path;

use super::UNREWIND;
use crate::{
    sandbox::{Sandbox, at},
    terminal::Terminal,
};
use unrewind::core::Kind;

/// A command that asks; a yes is in the terminal before the command begins.
fn asked(sandbox: &Sandbox, command: &str) -> Terminal {
    // The shell reads no more than the first line.
    let script = format!("read go; exec {UNREWIND} {command}");
    let home = sandbox.path().to_str().unwrap();
    let envs = [
        ("HOME", home),
        ("XDG_CONFIG_HOME", home),
        ("XDG_CACHE_HOME", home),
    ];
    let (shell, size) = (Path::new("/bin/sh"), (100, 40));
    let mut terminal = Terminal::start(shell, &["-c", &script], sandbox.path(), envs, size);
    terminal.keys("go<enter>y<enter>yes<enter>");
    terminal.wait_for("[y/N]");
    terminal
}

#[test]
fn a_restore_is_not_answered_by_what_was_typed_ahead() {
    for (answer, is_done) in [("<enter>", false), ("y<enter>", true)] {
        let sandbox = Sandbox::new();
        sandbox.take(Kind::Rewind, at(1));
        let event = sandbox.event("written since");
        let mut terminal = asked(&sandbox, "restore latest");
        terminal.keys(answer);
        terminal.wait_exit();
        let sql = format!("SELECT count(*) FROM event_log WHERE id = {event}");
        let left = if is_done { "0" } else { "1" };
        assert_eq!(sandbox.rows(&sql), [left], "{}", terminal.text());
    }
}

#[test]
fn a_prune_is_not_answered_by_what_was_typed_ahead() {
    let sandbox = Sandbox::demo();
    let files = sandbox.files();
    let mut terminal = asked(&sandbox, "prune");
    terminal.keys("n<enter>");
    terminal.wait_exit();
    assert_eq!(sandbox.files(), files);
}
