//! Input typed before the command asks answers no question.

use std::path::Path;

use super::UNREWIND;
use crate::{
    sandbox::{Sandbox, at},
    terminal::Terminal,
};
use unrewind::core::Kind;

/// Runs a command that asks, with a yes already typed before it starts.
fn run_with_typed_yes(sandbox: &Sandbox, command: &str) -> Terminal {
    // The shell reads only the first line.
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
fn input_typed_ahead_does_not_confirm_a_restore() {
    for (answer, is_done) in [("<enter>", false), ("y<enter>", true)] {
        let sandbox = Sandbox::new();
        sandbox.take(Kind::Rewind, at(1));
        let event = sandbox.event("written since");
        let mut terminal = run_with_typed_yes(&sandbox, "restore latest");
        terminal.keys(answer);
        terminal.wait_exit();
        let sql = format!("SELECT count(*) FROM event_log WHERE id = {event}");
        let left = if is_done { "0" } else { "1" };
        assert_eq!(sandbox.rows(&sql), [left], "{}", terminal.text());
    }
}

#[test]
fn input_typed_ahead_does_not_confirm_a_prune() {
    let sandbox = Sandbox::demo();
    let files = sandbox.files();
    let mut terminal = run_with_typed_yes(&sandbox, "prune");
    terminal.keys("n<enter>");
    terminal.wait_exit();
    assert_eq!(sandbox.files(), files);
}
