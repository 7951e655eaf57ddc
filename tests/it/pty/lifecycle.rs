//! The terminal's lifecycle: it closes, nothing reads it, the program is stopped and continued.

use std::{
    io::Write,
    path::Path,
    process::Child,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use vt100::Screen;

use super::{UNREWIND, assert_quits, start};
use crate::{
    sandbox::{Sandbox, at},
    terminal::Terminal,
};
use unrewind::core::Kind;

/// The program in a pseudo-terminal whose output is not read.
fn start_unread(sandbox: &Sandbox) -> (Box<dyn MasterPty + Send>, Box<Child>) {
    let size = PtySize {
        rows: 60,
        cols: 200,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut builder = CommandBuilder::new(UNREWIND);
    builder.cwd(sandbox.path());
    builder.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")] {
        builder.env(name, value);
    }
    for name in [
        "HOME",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_STATE_HOME",
    ] {
        builder.env(name, sandbox.path().join("home"));
    }
    let child: Box<dyn portable_pty::Child> = pair.slave.spawn_command(builder).unwrap();
    (pair.master, child.downcast().expect("a native program"))
}

#[track_caller]
fn exit_code(child: &mut Child) -> Option<i32> {
    let patience = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(Instant::now() < patience, "it still runs");
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
fn state(pid: u32) -> String {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    rest[..1].to_owned()
}

#[test]
fn the_program_exits_with_0_when_its_terminal_closes() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let (master, mut child) = start_unread(&sandbox);
    let mut reader = master.try_clone_reader().unwrap();
    // Wait for the first frame.
    std::io::Read::read_exact(&mut reader, &mut [0; 2000]).unwrap();
    drop((reader, master));
    assert_eq!(exit_code(&mut child), Some(0));
    let crashes = crash_reports(&sandbox.path().join("home"));
    assert_eq!(crashes, Vec::<String>::new());
}

fn crash_reports(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(crash_reports(&entry.path()));
        } else if name.starts_with("crash") {
            found.push(name);
        }
    }
    found
}

/// The number of bytes that a process has written.
#[cfg(target_os = "linux")]
fn written(pid: u32) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap();
    let count = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    count.unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_the_program_although_its_terminal_is_not_read() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let (master, mut child) = start_unread(&sandbox);
    let mut keyboard = master.take_writer().unwrap();
    while written(child.id()) == 0 {
        std::thread::yield_now();
    }
    // Write more full-screen frames than the pseudo-terminal's buffer holds.
    let (mut last, mut still) = (0, 0);
    while still < 100 {
        keyboard.write_all(b"\x0c").unwrap();
        std::thread::yield_now();
        let now = written(child.id());
        still = if now == last { still + 1 } else { 0 };
        last = now;
    }
    let pid = child.id().to_string();
    let kill = std::process::Command::new("sh")
        .args(["-c", r#"kill -s TERM "$0""#, &pid])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(exit_code(&mut child), Some(0));
    drop((keyboard, master));
}

#[cfg(target_os = "linux")]
#[test]
fn the_terminal_is_restored_while_the_program_is_stopped() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let mut terminal = start(sandbox.path(), &[], &[]);
    terminal.wait_for("have as many rows as in live");
    for _ in 0..2 {
        terminal.signal("TSTP");
        terminal.wait_until(|screen| !screen.alternate_screen());
        let patience = Instant::now() + Duration::from_mins(1);
        while state(terminal.pid()) != "T" {
            assert!(Instant::now() < patience, "it still runs");
            std::thread::yield_now();
        }
        assert_eq!(terminal.altered(), Vec::<&str>::new());
        terminal
            .signal("CONT")
            .wait_for("have as many rows as in live");
        let patience = Instant::now() + Duration::from_mins(1);
        while !terminal.altered().contains(&"raw mode") {
            assert!(Instant::now() < patience, "it does not read keys");
            std::thread::yield_now();
        }
    }
    assert_quits(terminal);
}

/// A shell with job control runs the program as its job.
#[cfg(target_os = "linux")]
#[test]
fn control_z_stops_the_program_as_a_job_of_the_shell() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().to_str().unwrap();
    let envs = [
        ("HOME", home),
        ("XDG_CONFIG_HOME", home),
        ("XDG_CACHE_HOME", home),
        ("PS1", "$ "),
    ];
    let (shell, size) = (Path::new("/bin/sh"), (100, 40));
    let mut terminal = Terminal::start(shell, &["-i"], folder.path(), envs, size);
    terminal.wait_for("$ ");
    terminal.keys(&format!("{UNREWIND} demo demo<enter>"));
    terminal.wait_for("R recovers").wait_for("all 13");
    terminal.keys("<c-z>");
    terminal.wait_until(|screen| {
        !screen.alternate_screen() && screen.contents().to_lowercase().contains("stopped")
    });
    terminal.keys("fg<enter>");
    terminal.wait_until(Screen::alternate_screen);
    terminal.wait_for("R recovers").wait_for("all 13");
    terminal.keys("q").wait_until(|screen| {
        !screen.alternate_screen() && screen.contents().matches('$').count() == 3
    });
    terminal.keys("exit<enter>").wait_exit();
}

#[test]
fn a_terminal_that_cannot_draw_gets_a_hint() {
    let sandbox = Sandbox::new();
    let mut terminal = start(sandbox.path(), &[], &[("TERM", "dumb")]);
    assert_eq!(terminal.wait_exit(), 1);
    let text = terminal.text();
    assert!(text.contains("TERM=dumb"), "{text}");
    assert!(text.contains("unrewind list"), "{text}");
    assert_eq!(terminal.altered(), Vec::<&str>::new());
}

#[test]
fn quitting_leaves_no_files_beside_a_closed_database() {
    let folder = TempDir::new().unwrap();
    let demo = std::process::Command::new(UNREWIND)
        .args(["demo", "demo"])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(demo.status.success());
    let mut terminal = start(folder.path(), &["demo"], &[]);
    terminal.wait_for("Snapshots");
    assert_quits(terminal);
    let files = std::fs::read_dir(folder.path().join("demo")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let beside: Vec<String> = names.filter(|name| name.starts_with("chat.db-")).collect();
    assert_eq!(beside, [""; 0]);
}
