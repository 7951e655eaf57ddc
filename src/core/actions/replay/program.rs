//! Runs the replay command.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::core::base::{
    error::{Error, Result, io_reason},
    line::one_line,
    profile::ReplayCommand,
    program::{Ending, Running, is_interrupted, last_lines},
    progress::{OnProgress, Stage, report},
};

/// How long to wait before the next report of progress, which may cancel.
const PART: Duration = Duration::from_millis(50);

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
        Ending::Exited(status) if is_interrupted(status) => return Err(Error::Cancelled),
        Ending::Exited(status) => format!("failed ({status})"),
        Ending::WantedTerminal => "needs a terminal, but runs without one".to_owned(),
    };
    let said = last_lines(running.errors());
    Err(Error::Replay(format!(
        "the replay command {name} {how}{said}"
    )))
}
