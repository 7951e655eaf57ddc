//! The rclone that Unrewind starts ends with it, and what it logs stops nothing.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    thread,
};

use super::Remote;
use crate::sandbox::Ran;

/// Returns `archive init` for a folder behind rclone, with a script in front of the real rclone.
fn init(remote: &Remote, script: &str) -> Command {
    let folder = remote.sandbox.path().join("in-front");
    fs::create_dir(&folder).unwrap();
    let rclone = folder.join("rclone");
    fs::write(&rclone, format!("#!/bin/sh\n{script}")).unwrap();
    fs::set_permissions(&rclone, fs::Permissions::from_mode(0o755)).unwrap();
    let location = format!("rclone:{}", remote.served().display());
    let mut init = remote.command(&["init", &location, "--password-file", "password"]);
    let path = env::var("PATH").unwrap();
    init.env("PATH", format!("{}:{path}", folder.display()));
    init
}

#[test]
fn a_log_of_rclone_that_is_not_utf_8_stops_nothing() {
    if Command::new("rclone").arg("version").output().is_err() {
        eprintln!("rclone is not installed: not tried with it");
        return;
    }
    let remote = Remote::at(String::new());
    let script = "printf 'caf\\351\\n' >&2\nPATH=${PATH#*:}\nexec rclone \"$@\"\n";
    let ran = Ran::run(init(&remote, script));
    assert_eq!((ran.code, &*ran.err), (0, ""));
}

#[test]
fn an_rclone_that_never_serves_ends_before_the_cancelled_command() {
    let remote = Remote::at(String::new());
    // It takes its time to end.
    let script = "tail -f /dev/null &
trap \"kill $!\"'; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo >ended; exit' TERM
echo >begun
wait
";
    let mut init = init(&remote, script);
    init.stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = init.spawn().unwrap();
    let file = |name: &str| remote.sandbox.path().join(name);
    while !file("begun").exists() {
        assert_eq!(running.try_wait().unwrap(), None);
        thread::yield_now();
    }
    let pid = running.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(sent.success());
    assert_ne!(running.wait().unwrap().code(), Some(0));
    assert!(file("ended").exists());
}
