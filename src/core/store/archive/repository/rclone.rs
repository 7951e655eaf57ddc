//! A running `rclone serve restic`, which ends with its use, also when this program is killed. Rustic's own start of
//! it waits for ever, does not say why it failed, and leaves it running.

use std::{
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, ChildStdin, Command, Stdio},
};

use super::{
    super::location::shown,
    failure::failed,
    gate::{Gate, Stop, bounded},
};
use crate::core::base::{
    error::{Error, Result},
    worker::leave,
};

/// A running rclone.
#[derive(Debug)]
pub(super) struct Rclone {
    child: Child,
    /// rclone runs as long as this is open.
    alive: Option<ChildStdin>,
    /// Where it serves, with the user and password that it was started with.
    pub(super) url: String,
}

impl Rclone {
    /// Starts rclone for a remote, and waits until it serves.
    pub(super) fn start(remote: &str, location: &str, stop: &Stop) -> Result<Self> {
        if remote.contains('=') {
            return Err(Error::Archive {
                what: format!(
                    "every process of this machine could read the options in {}",
                    shown(location)
                ),
                hint: "put them into a remote with `rclone config`, and name that",
            });
        }
        let (remote, place) = (remote.to_owned(), location.to_owned());
        let start = move || Ok(Self::serving(&remote, &place));
        bounded(stop, Gate::PATIENCE, start).map_err(failed(location))?
    }

    fn serving(remote: &str, location: &str) -> Result<Self> {
        let secret = || format!("{:016x}", RandomState::new().hash_one("rclone"));
        let (user, password) = (secret(), secret());
        let mut command = command(remote);
        command
            .env("RCLONE_USER", &user)
            .env("RCLONE_PASS", &password)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = Command::spawn(&mut command).map_err(|_| missing())?;
        let mut lines = BufReader::new(child.stderr.take().ok_or_else(missing)?);
        let mut started = Self {
            alive: child.stdin.take(),
            child,
            url: String::new(),
        };
        match served(&mut lines) {
            Ok(at) => started.url = format!("http://{user}:{password}@{at}"),
            Err(why) => {
                return Err(match started.end() {
                    Some(127) => missing(),
                    _ => Error::Archive {
                        what: format!("rclone cannot serve {}: {why}", shown(location)),
                        hint: "`rclone listremotes` shows what is configured, and `rclone config` configures it",
                    },
                });
            }
        }
        // Nobody else reads it, and rclone must not wait for a reader.
        let read = leave(move || {
            for line in lines.lines().map_while(std::result::Result::ok) {
                log::info!("rclone: {line}");
            }
        });
        read.map_err(|source| Error::Thread { source })?;
        Ok(started)
    }

    /// Ends rclone; returns the exit code.
    fn end(&mut self) -> Option<i32> {
        drop(self.alive.take());
        #[cfg(not(unix))]
        let _ = self.child.kill();
        self.child.wait().ok()?.code()
    }
}

impl Drop for Rclone {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs rclone until standard input ends. Ctrl-C must not end it before what uses it.
#[cfg(unix)]
fn command(remote: &str) -> Command {
    const SCRIPT: &str = "trap '' INT
command -v rclone >/dev/null || exit 127
rclone serve restic --addr 127.0.0.1:0 --ask-password=false -- \"$1\" </dev/null &
exec 2>/dev/null
read -r _
kill $!";
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "unrewind", remote]);
    command
}

#[cfg(not(unix))]
fn command(remote: &str) -> Command {
    let mut command = Command::new("rclone");
    command.args(["serve", "restic", "--addr", "127.0.0.1:0"]);
    command.args(["--ask-password=false", "--", remote]);
    command
}

fn missing() -> Error {
    Error::Archive {
        what: "rclone is not installed, or not in the PATH".to_owned(),
        hint: "install it from https://rclone.org, and configure a remote with `rclone config`",
    }
}

/// Returns where rclone says that it serves, or its last words.
fn served(lines: &mut BufReader<ChildStderr>) -> std::result::Result<String, String> {
    let mut last = String::new();
    for line in lines.lines().map_while(std::result::Result::ok) {
        if let Some((_, at)) = line.split_once("Serving restic REST API on ") {
            let at = at.trim().trim_matches(['[', ']']);
            return Ok(at.trim_start_matches("http://").to_owned());
        }
        log::info!("rclone: {line}");
        // Without the time.
        let words = line.splitn(3, ' ').last().unwrap_or(&line);
        if !words.is_empty() {
            words.clone_into(&mut last);
        }
    }
    Err(last)
}
