//! The replay command has no terminal: it cannot read from it, and Ctrl-C ends it with the program.

use unrewind::core::Kind;

use super::start;
use crate::{
    replay::settings::{OWN, set},
    sandbox::{Sandbox, at},
    terminal::Terminal,
};

/// The program on a terminal while it replays two memories with this script.
fn replaying(sandbox: &Sandbox, script: &str) -> Terminal {
    sandbox.take(Kind::Periodic, at(0));
    for text in ["The lamp burns.", "The lamp went out."] {
        sandbox.memory(text);
    }
    let command = format!("replay.command = ['/bin/sh', '-c', '{script}']\n");
    set(sandbox, OWN, &command);
    start(sandbox.path(), &["restore", "--at", "4", "--yes"], &[])
}

#[test]
fn a_command_that_reads_from_the_terminal_is_ended() {
    let sandbox = Sandbox::new();
    let mut terminal = replaying(&sandbox, "read line < /dev/tty");
    let before = sandbox.dump();
    terminal.wait_for("the replay command /bin/sh needs a terminal, but runs without one");
    assert_eq!(terminal.wait_exit(), 1);
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn ctrl_c_ends_the_command_and_the_program() {
    let sandbox = Sandbox::new();
    let mut terminal = replaying(&sandbox, "sleep 1000");
    terminal.wait_for("waiting for the replay command");
    terminal
        .keys("<c-c>")
        .wait_for("cancelled; nothing was changed");
    assert_eq!(terminal.wait_exit(), 1);
}
