//! The password of an archive, and where it is read from. It is never logged and never an argument.

use std::{
    fmt,
    io::{self, Read},
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use crate::core::base::{
    clock::stopwatch,
    error::{Error, Result},
    program::{Ending, Running, last_lines},
    progress::{OnProgress, Stage, report},
    regular::{Links, read_file},
    worker::leave,
};

/// The largest file or output that a password is read from, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Where the password of an archive comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ArchivePassword {
    /// The documented one, `unrewind`, because a restic repository must have a password. It protects nothing:
    /// for an archive beside the snapshots, which are readable to the same people.
    #[default]
    Documented,
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a command prints: the program and its arguments.
    Command(Vec<String>),
    /// A password that a person just typed.
    Typed(Secret),
}

/// Whether a password command may ask a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asking {
    /// It runs without input and terminal, and is killed after a minute: for a program that uses the terminal itself,
    /// or runs without a person.
    #[default]
    Never,
    /// It may use the terminal.
    OnTerminal,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being shown.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl ArchivePassword {
    /// The documented password.
    pub const DOCUMENTED: &str = "unrewind";

    /// Reads the password.
    pub(super) fn read(&self, asking: Asking, on: OnProgress<'_>) -> Result<Secret> {
        let text = match self {
            Self::Documented => Self::DOCUMENTED.to_owned(),
            Self::Typed(secret) => return Ok(secret.clone()),
            Self::File(path) => {
                let bytes = read_file(path, Links::Follow, LARGEST)
                    .map_err(Error::io("read the password file", path))?;
                first_line(&bytes, &format!("{}", path.display()))?
            }
            Self::Command(words) => printed(words, asking, on)?,
        };
        Ok(Secret(text))
    }
}

/// Returns the first line of a text, which must be a password.
fn first_line(bytes: &[u8], source: &str) -> Result<String> {
    let line = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line)
        .ok()
        .filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| Error::Archive {
        what: format!("the first line of {source} is not a password"),
        hint: "",
    })
}

/// Runs a command and returns the first line that it prints.
fn printed(words: &[String], asking: Asking, on: OnProgress<'_>) -> Result<String> {
    let failed = |why: &str| Error::Archive {
        what: format!("the password command failed: {why}"),
        hint: "",
    };
    let [program, arguments @ ..] = words else {
        return Err(failed("it is empty"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    let cannot_run = |error| failed(&format!("cannot run {program}: {error}"));
    let printed = match asking {
        Asking::OnTerminal => {
            command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
            let output = command.output().map_err(cannot_run)?;
            if output.status.success() {
                output.stdout
            } else {
                // Ctrl-C ends the command and cancels the operation.
                report(on, Stage::Opening, 0, 0)?;
                return Err(failed(&output.status.to_string()));
            }
        }
        Asking::Never => printed_unasked(command, on, &cannot_run, &failed)?,
    };
    first_line(&printed, "what the password command prints")
}

/// Runs a command that must not ask, and returns what it prints.
fn printed_unasked(
    mut command: Command,
    on: OnProgress<'_>,
    cannot_run: &dyn Fn(io::Error) -> Error,
    failed: &dyn Fn(&str) -> Error,
) -> Result<Vec<u8>> {
    const PART: Duration = Duration::from_millis(50);
    const PATIENCE: Duration = Duration::from_mins(1);
    const HINT: &str = "Unrewind runs it without input or a terminal: let it print the password without asking, or name a password_file";
    let asks = |what: &str| Error::Archive {
        what: format!("the password command {what}"),
        hint: HINT,
    };
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut running = Running::start(command).map_err(cannot_run)?;
    let (sender, printed) = mpsc::channel();
    let output = running.output();
    let read = move || {
        let mut bytes = Vec::new();
        let output = output.map(|output| output.take(LARGEST).read_to_end(&mut bytes));
        let _ = sender.send(output.transpose().map(|_| bytes));
    };
    leave(read).map_err(|source| Error::Thread { source })?;
    let elapsed = stopwatch();
    let ending = loop {
        match running.ended_within(PART).map_err(cannot_run)? {
            Some(ending) => break ending,
            None if elapsed() > PATIENCE => {
                return Err(asks("did not end within a minute, and was killed"));
            }
            None => report(on, Stage::Opening, 0, 0)?,
        }
    };
    match ending {
        Ending::Exited(status) if status.success() => {}
        Ending::Exited(status) => {
            let said = last_lines(running.errors());
            return Err(failed(&format!("{status}{said}")));
        }
        Ending::WantedTerminal => return Err(asks("needs a terminal, but runs without one")),
    }
    let printed = printed.recv_timeout(Duration::from_secs(1));
    printed
        .map_err(|_| failed("a process that it started still has its output open"))?
        .map_err(cannot_run)
}
