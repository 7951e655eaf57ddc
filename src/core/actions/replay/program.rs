//! Runs the replay command: without input and terminal, in a process group of its own, which is killed with it.

#[cfg(unix)]
mod group;
#[cfg(not(unix))]
mod single;

use std::{
    path::Path,
    process::{Command, ExitStatus, Stdio},
    time::Duration,
};

#[cfg(unix)]
use group::Running;
#[cfg(not(unix))]
use single::Running;

use crate::core::base::{
    error::{Error, Result, io_reason},
    line::one_line,
    profile::ReplayCommand,
    progress::{OnProgress, Stage, report},
};

/// How long to wait before the next report of progress, which may cancel.
const PART: Duration = Duration::from_millis(50);

/// How a program ended.
enum Ending {
    Exited(ExitStatus),
    /// It was stopped because it wanted something of the terminal, and was killed.
    WantedTerminal,
}

/// Runs the command on a database for the events above an id, and waits for it.
pub(super) fn run(
    command: &ReplayCommand,
    database: &Path,
    after: i64,
    on: OnProgress<'_>,
) -> Result<()> {
    let name = one_line(&command.program);
    report(on, Stage::Replaying, 0, 0)?;
    let mut prepared = Command::new(&command.program);
    prepared
        .args(&command.arguments)
        .arg(database)
        .arg(after.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let mut running = Running::start(prepared).map_err(|error| {
        let reason = io_reason(&error);
        Error::Replay(format!(
            "the replay command {name} cannot be started: {reason}"
        ))
    })?;
    let ending = loop {
        match running.ended_within(PART) {
            Ok(Some(ending)) => break ending,
            Ok(None) => report(on, Stage::Replaying, 0, 0)?,
            Err(error) => return Err(Error::io("wait for", &command.program)(error)),
        }
    };
    let how = match ending {
        Ending::Exited(status) if status.success() => return Ok(()),
        Ending::Exited(status) => format!("failed ({status})"),
        Ending::WantedTerminal => "wants a terminal, which it does not get".to_owned(),
    };
    let said = last_lines(running.errors());
    Err(Error::Replay(format!(
        "the replay command {name} {how}{said}"
    )))
}

/// Returns the last lines that a program printed, after a colon.
fn last_lines(printed: &[u8]) -> String {
    const LINES: usize = 4;
    let printed = String::from_utf8_lossy(printed);
    let lines = printed.lines().map(str::trim).filter(|it| !it.is_empty());
    let mut last: Vec<String> = lines.rev().take(LINES).map(one_line_of).collect();
    last.reverse();
    if last.is_empty() {
        return String::new();
    }
    format!(": {}", last.join("; "))
}

fn one_line_of(line: &str) -> String {
    const LONGEST: usize = 200;
    let line = one_line(line);
    line.chars().take(LONGEST).collect()
}
