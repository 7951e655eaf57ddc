//! A password command may ask where it may use the terminal; elsewhere it has no input, ends with what needs it, and
//! its words are shown.

use std::{
    fs,
    io::Write,
    ops::ControlFlow,
    process::{Command, Stdio},
    thread,
};

use unrewind::core::{ArchivePassword, ArchiveSettings, Error, Workspace};

use super::{settings, workspace};
use crate::sandbox::Sandbox;

/// A chat with an archive whose password a shell command prints.
fn with_command(script: &str) -> (Sandbox, Workspace) {
    let sandbox = Sandbox::rewound();
    let folder = sandbox.path().join("repository");
    let typed = settings(&folder, "secret");
    workspace(&sandbox, typed.clone()).create_archive().unwrap();
    let words = ["sh", "-c", script].map(str::to_owned).to_vec();
    let settings = ArchiveSettings {
        password: ArchivePassword::Command(words),
        ..typed
    };
    let workspace = workspace(&sandbox, settings);
    (sandbox, workspace)
}

#[test]
fn a_password_command_that_fails_is_quoted_and_gets_no_input() {
    let (_sandbox, workspace) = with_command("cat; echo secret");
    workspace.open_archive().unwrap();
    let (_sandbox, workspace) = with_command("cat; echo 'no such key' >&2; exit 3");
    let error = workspace.open_archive().unwrap_err();
    let said = "the password command failed: exit status: 3: no such key";
    assert_eq!(error.to_string(), said);
}

#[test]
fn a_cancelled_password_command_ends_with_all_that_it_started() {
    let pid = tempfile::NamedTempFile::new().unwrap();
    let pid = pid.path();
    let script = format!("tail -f /dev/null & echo $! >{}; wait", pid.display());
    let (_sandbox, workspace) = with_command(&script);
    let read = pid.to_owned();
    let started = move || fs::read_to_string(&read).is_ok_and(|text| text.ends_with('\n'));
    let workspace = workspace.to_builder().on_progress(move |_| {
        if started() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    let error = workspace.build().open_archive().unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    let pid = fs::read_to_string(pid).unwrap();
    let state = format!("/proc/{}/stat", pid.trim());
    while fs::read_to_string(&state).is_ok_and(|state| !state.contains(") Z ")) {
        thread::yield_now();
    }
}

#[test]
fn a_command_may_ask_on_the_terminal_and_a_watch_may_not() {
    let (sandbox, _) = with_command("");
    let own = sandbox.path().join("config/unrewind/config.toml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    let folder = sandbox.path().join("repository");
    let text = format!(
        "[archive]\nrepository = {:?}\npassword_command = [\"sh\", \"-c\", \"read -r line; echo $line\"]\n",
        folder.display().to_string()
    );
    fs::write(own, text).unwrap();
    let answered = |arguments: &[&str]| {
        let mut command: Command = sandbox.command(arguments);
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut answer = running.stdin.take().unwrap();
        let _ = answer.write_all(b"secret\n");
        drop(answer);
        let ended = running.wait_with_output().unwrap();
        (
            ended.status.code(),
            String::from_utf8(ended.stderr).unwrap(),
        )
    };
    assert_eq!(answered(&["archive", "list"]).0, Some(0));
    let (code, said) = answered(&["watch", "--once"]);
    assert_eq!(code, Some(1));
    let what = "the first line of what the password command prints is not a password";
    assert!(said.contains(what), "{said}");
}
