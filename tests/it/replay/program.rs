//! What the command's program is given, and what happens when it fails, hangs, or wants a terminal.

use std::{
    fs,
    ops::ControlFlow,
    path::PathBuf,
    process::{Child, Stdio},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use unrewind::core::{
    Error, Moment, Progress, ReplayCommand, RestoreOptions, RestorePlan, Stage, When, unattended,
};

use super::{files, plan, remembering};
use crate::sandbox::Sandbox;

/// A chat whose replay command is this script, called with the database and the id as `$1` and `$2`; `OUT` is
/// a file in its folder.
fn with_script(script: &str) -> Sandbox {
    let mut sandbox = remembering();
    let script = &script.replace("OUT", out(&sandbox).to_str().unwrap());
    sandbox.profile.replay = Some(ReplayCommand {
        program: "/bin/sh".to_owned(),
        arguments: ["-c", script, "replay"].map(str::to_owned).to_vec(),
    });
    sandbox
}

fn out(sandbox: &Sandbox) -> PathBuf {
    sandbox.path().join("out")
}

/// Asserts that the process whose number the script wrote is gone, or a zombie that nobody waits for.
#[track_caller]
fn assert_gone(sandbox: &Sandbox) {
    let number = fs::read_to_string(out(sandbox)).unwrap();
    let state = || fs::read_to_string(format!("/proc/{}/stat", number.trim()));
    // A killed process takes a moment to end.
    let is_gone = (0..1_000_000).any(|_| state().map_or(true, |state| state.contains(") Z")));
    assert!(is_gone, "it runs");
}

/// Why a restore of event 5 fails; it changes nothing and leaves nothing.
#[track_caller]
fn refusal(sandbox: &Sandbox) -> String {
    let (before, files_before) = (sandbox.dump(), files(&sandbox.data()));
    let refused = plan(sandbox, 5, RestoreOptions::default()).unwrap_err();
    assert!(matches!(refused, Error::Replay(_)), "{refused}");
    assert_eq!(files(&sandbox.data()), files_before);
    assert_eq!(sandbox.dump(), before);
    refused.to_string()
}

#[test]
fn the_last_lines_of_a_command_that_fails_are_in_the_error() {
    let script =
        r"for i in 1 2 3 4 5; do echo line $i >&2; done; printf '\n\033[31mno\n' >&2; exit 3";
    insta::assert_snapshot!(refusal(&with_script(script)), @r"the replay command /bin/sh failed (exit status: 3): line 3; line 4; line 5; \u{1b}[31mno");
    insta::assert_snapshot!(refusal(&with_script("kill -9 $$")), @"the replay command /bin/sh failed (signal: 9 (SIGKILL))");
}

#[test]
fn a_command_that_prints_much_does_not_block() {
    let script = "i=0; while [ $i -lt 20000 ]; do echo aaaaaaaaaaaaaaaa >&2; echo b; i=$((i+1)); done; exit 1";
    assert!(refusal(&with_script(script)).ends_with("aaaa"));
}

#[test]
fn the_command_gets_a_private_copy_an_id_and_no_input() {
    let sandbox = with_script(r#"{ ls -l "$1" | cut -c 1-10; echo "$2"; cat; } > OUT; exit 1"#);
    refusal(&sandbox);
    let seen = fs::read_to_string(out(&sandbox)).unwrap();
    assert_eq!(seen, "-rw-------\n3\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_cancelled_command_ends_with_its_children() {
    let sandbox = with_script("sleep 1000 & echo $! > OUT.new; mv OUT.new OUT; sleep 1000");
    let files_before = files(&sandbox.data());
    let (database, store) = (sandbox.database(), sandbox.store());
    let (profile, when) = (&sandbox.profile, When::Event(5));
    let moment = Moment::find(
        when,
        None,
        Some(&database),
        profile,
        &store,
        &mut unattended,
    )
    .unwrap();
    let started = out(&sandbox);
    let on = &mut |progress: Progress| {
        if progress.stage == Stage::Replaying && started.exists() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = RestoreOptions::default();
    let cancelled = RestorePlan::of_moment(database, profile, &store, &moment, options, on);
    assert!(matches!(cancelled, Err(Error::Cancelled)), "{cancelled:?}");
    assert_gone(&sandbox);
    assert_eq!(files(&sandbox.data()), files_before);
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_command_leaves_running_ends_with_it() {
    let sandbox = with_script("sleep 1000 & echo $! > OUT; exit 1");
    refusal(&sandbox);
    assert_gone(&sandbox);
}

/// Waits until the script has written its number.
fn wait_started(sandbox: &Sandbox, unrewind: &mut Child) -> Pid {
    let path = out(sandbox);
    while !path.exists() {
        assert_eq!(unrewind.try_wait().unwrap(), None);
        std::thread::yield_now();
    }
    let number: i32 = fs::read_to_string(path).unwrap().trim().parse().unwrap();
    Pid::from_raw(number).unwrap()
}

#[test]
fn a_program_that_ends_takes_the_command_and_its_copy_with_it() {
    let sandbox = remembering();
    let path = out(&sandbox).display().to_string();
    let script = format!("echo $$ > {path}.new; mv {path}.new {path}; sleep 1000");
    let settings = format!("replay.command = ['/bin/sh', '-c', '{script}']\n");
    super::settings::set(&sandbox, super::settings::OWN, &settings);
    let files_before = files(&sandbox.data());
    for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
        let mut command = sandbox.command(&["restore", "--at", "5", "--yes"]);
        let mut unrewind = command.stderr(Stdio::null()).spawn().unwrap();
        let replay = wait_started(&sandbox, &mut unrewind);
        kill_process(Pid::from_child(&unrewind), signal).unwrap();
        let status = unrewind.wait().unwrap();
        assert_eq!(status.code(), (signal != Signal::KILL).then_some(1));
        if signal == Signal::KILL {
            // Nobody ends the command then, but the next program deletes the copy.
            kill_process_group(replay, Signal::KILL).unwrap();
            assert_ne!(files(&sandbox.data()), files_before);
            sandbox.run(&["take", "--kind", "rewind"]);
            fs::remove_dir_all(sandbox.data().join("snapshots/rewind")).unwrap();
        }
        assert_gone(&sandbox);
        fs::remove_file(&path).unwrap();
        assert_eq!(files(&sandbox.data()), files_before, "{signal:?}");
    }
}

#[test]
fn the_application_can_write_while_the_command_runs() {
    for journal in ["DELETE", "WAL"] {
        let sandbox = with_script("true");
        sandbox.sql(&format!("PRAGMA journal_mode = {journal}"));
        let (store, profile) = (sandbox.store(), &sandbox.profile);
        let (database, application) = (sandbox.database(), sandbox.another());
        let moment = When::Event(5);
        let moment = Moment::find(
            moment,
            None,
            Some(&database),
            profile,
            &store,
            &mut unattended,
        );
        let mut written = None;
        let on = &mut |progress: Progress| {
            if progress.stage == Stage::Replaying && written.is_none() {
                written = Some(application.execute("UPDATE bots SET persona = 'busy'", []));
            }
            ControlFlow::Continue(())
        };
        let options = RestoreOptions::default();
        let plan = RestorePlan::of_moment(database, profile, &store, &moment.unwrap(), options, on);
        assert_eq!(written, Some(Ok(1)), "{journal}");
        // With a write-ahead log the plan is of live before the write; without one it is made again.
        let is_stale = matches!(plan, Err(Error::Stale { .. }));
        assert_eq!(is_stale, journal == "DELETE", "{plan:?}");
    }
}
