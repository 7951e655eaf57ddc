//! `unrewind run` on a terminal: the command has it, and afterwards Unrewind asks.

use super::{UNREWIND, start};
use crate::{run::WAITS_AND_FAILS, sandbox::Sandbox, terminal::Terminal};

fn running(sandbox: &Sandbox, script: &str) -> Terminal {
    let mut terminal = start(sandbox.path(), &["run", "--", "sh", "-c", script], &[]);
    terminal.wait_for("ready");
    terminal
}

#[test]
fn a_failure_on_a_terminal_asks_whether_to_undo() {
    for (answer, is_undone) in [("y", true), ("n", false)] {
        let sandbox = Sandbox::new();
        let before = sandbox.dump();
        let mut terminal = running(&sandbox, WAITS_AND_FAILS);
        sandbox.event("Half a migration.");
        terminal.keys("go<enter>").wait_for("Restore? [y/N]");
        assert!(terminal.text().contains("sh failed with exit code 3"));
        terminal.keys(answer).keys("<enter>");
        assert_eq!(terminal.wait_exit(), 3);
        assert_eq!(sandbox.dump() == before, is_undone, "{}", terminal.text());
    }
}

#[test]
fn ctrl_c_is_the_commands_own_and_ends_the_program_only_with_it() {
    let sandbox = Sandbox::new();
    let script = "n=0; trap 'n=$((n+1)); echo caught $n' INT; echo ready; while [ $n -lt 2 ]; do sleep 1; done; trap - INT; kill -s INT $$";
    let mut terminal = running(&sandbox, script);
    terminal.keys("<c-c>").wait_for("caught 1");
    terminal.keys("<c-c>").wait_for("caught 2");
    assert_eq!(terminal.wait_exit(), 128 + 2);
    assert!(terminal.text().contains("sh was ended by SIGINT"));
}

#[test]
fn ctrl_z_stops_the_command_and_the_program_until_the_shell_continues_them() {
    let sandbox = Sandbox::new();
    let shell = format!(
        "set -m; {UNREWIND} run -- sh -c 'echo ready; read line; exit 5'; echo stopped $?; fg; echo then $?; read line"
    );
    let path = |name: &str| sandbox.path().join(name).into_os_string();
    let envs = [
        ("HOME", path("")),
        ("PATH", std::env::var_os("PATH").unwrap()),
    ];
    let program = std::path::Path::new("/bin/bash");
    if !program.exists() {
        return;
    }
    let mut terminal = Terminal::start(program, &["-c", &shell], sandbox.path(), envs, (100, 40));
    terminal
        .wait_for("ready")
        .keys("<c-z>")
        .wait_for("stopped 14");
    terminal.keys("go<enter>").wait_for("then 5");
    terminal.keys("<enter>");
    terminal.wait_exit();
}
