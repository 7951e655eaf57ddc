//! The command of `run`: it gets the terminal, standard input, standard output and the signals as they are.

use std::{
    ffi::OsString,
    io,
    process::{Child, Command, ExitStatus},
};

use crate::{
    cli::{Exit, output::Hinted},
    core::io_reason,
    text,
};

/// How the command ended.
pub(super) struct CommandStatus(ExitStatus);

impl CommandStatus {
    pub(super) fn is_success(&self) -> bool {
        self.0.success()
    }

    /// Returns the same end for this program.
    pub(super) fn exit(&self) -> Exit {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&self.0) {
            return Exit::EndedBy(signal);
        }
        Exit::Passed(
            self.0
                .code()
                .map_or(1, |code| u8::try_from(code).unwrap_or(1)),
        )
    }

    /// Describes it, after the command's name.
    pub(super) fn words(&self) -> String {
        match self.exit() {
            #[cfg(unix)]
            Exit::EndedBy(signal) => {
                format!("was ended by {}", crate::signals::signal_name(signal))
            }
            exit if exit.code() == 0 => "succeeded".to_owned(),
            exit => format!("failed with exit code {}", exit.code()),
        }
    }
}

/// Runs the command to its end.
pub(super) fn run(words: &[OsString]) -> anyhow::Result<Result<CommandStatus, Exit>> {
    let Some((program, arguments)) = words.split_first() else {
        return Ok(Err(Exit::Done));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    match waited(&mut command) {
        Ok(status) => Ok(Ok(CommandStatus(status))),
        Err(Failure::Start(error)) => {
            let name = program.to_string_lossy();
            let name = text::one_line(&name);
            crate::cli::say(&format!(
                "unrewind: cannot start {name}: {}",
                io_reason(&error)
            ));
            let is_missing = error.kind() == io::ErrorKind::NotFound;
            Ok(Err(Exit::Passed(if is_missing { 127 } else { 126 })))
        }
        Err(Failure::Wait(error)) => {
            let what = format!("cannot wait for the command: {}", io_reason(&error));
            Err(Hinted::new(what, Vec::new()).into())
        }
    }
}

enum Failure {
    Start(io::Error),
    Wait(io::Error),
}

#[cfg(unix)]
fn waited(command: &mut Command) -> Result<ExitStatus, Failure> {
    let lent = crate::signals::Lent::begin();
    let lent = lent.map_err(|error| Failure::Start(io::Error::other(error)))?;
    let mut child: Child = command.spawn().map_err(Failure::Start)?;
    lent.wait(&mut child).map_err(Failure::Wait)
}

/// The console sends its events to the command, too, which decides.
#[cfg(windows)]
fn waited(command: &mut Command) -> Result<ExitStatus, Failure> {
    crate::signals::Interrupt::of_program().during(|| {
        let mut child: Child = command.spawn().map_err(Failure::Start)?;
        child.wait().map_err(Failure::Wait)
    })
}
