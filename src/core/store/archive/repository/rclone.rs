//! A running `rclone serve restic`, which ends when it is no longer used, also if this program is killed. Rustic's
//! own way to start it waits forever, does not report why it failed, and leaves it running.

use std::{
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, ChildStdin, Command, Stdio},
};
#[cfg(unix)]
use std::{thread, time::Duration};

use super::{
    super::location::shown,
    failure::failed,
    gate::{CallState, Gate, bounded},
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
    /// How long rclone may take to end.
    #[cfg(unix)]
    const GRACE: Duration = Duration::from_secs(5);
    #[cfg(unix)]
    const TICK: Duration = Duration::from_millis(10);

    /// Starts rclone for a remote, and waits until it serves.
    pub(super) fn start(remote: &str, location: &str, state: &CallState) -> Result<Self> {
        if remote.contains('=') {
            return Err(Error::Archive {
                what: format!(
                    "every process on this machine could read the options in {}",
                    shown(location)
                ),
                hint: "put them into a remote with `rclone config`, and name that",
            });
        }
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
        let mut lines = lines(child.stderr.take().ok_or_else(missing)?);
        let mut started = Self {
            alive: child.stdin.take(),
            child,
            url: String::new(),
        };
        // An error here ends rclone, and thus the thread that reads its lines.
        let served = bounded(state, Gate::PATIENCE, move || {
            Ok(served(&mut lines).map(|at| (at, lines)))
        });
        let lines = match served.map_err(failed(location))? {
            Ok((at, lines)) => {
                started.url = format!("http://{user}:{password}@{at}");
                lines
            }
            Err(why) => {
                return Err(match started.end() {
                    Some(127) => missing(),
                    _ => Error::Archive {
                        what: format!("rclone cannot serve {}: {why}", shown(location)),
                        hint: "`rclone listremotes` shows what is configured, and `rclone config` configures it",
                    },
                });
            }
        };
        // rclone must not wait for a reader of its log.
        let read = leave(move || lines.for_each(|line| log::info!("rclone: {line}")));
        read.map_err(|source| Error::Thread { source })?;
        Ok(started)
    }

    /// Ends rclone, and kills it if it does not end in time; returns the exit code.
    fn end(&mut self) -> Option<i32> {
        drop(self.alive.take());
        #[cfg(unix)]
        for _ in 0..Self::GRACE.as_millis() / Self::TICK.as_millis() {
            if let Some(status) = self.child.try_wait().ok()? {
                return status.code();
            }
            thread::sleep(Self::TICK);
        }
        self.kill();
        self.child.wait().ok()?.code()
    }

    #[cfg(unix)]
    fn kill(&self) {
        use rustix::process::{Pid, Signal, kill_process_group};

        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
    }

    #[cfg(not(unix))]
    fn kill(&mut self) {
        let _ = self.child.kill();
    }
}

impl Drop for Rclone {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs rclone until standard input ends, in a process group of its own: Ctrl-C must not end it before the operation
/// that uses it.
#[cfg(unix)]
fn command(remote: &str) -> Command {
    use std::os::unix::process::CommandExt;

    const SCRIPT: &str = "command -v rclone >/dev/null || exit 127
rclone serve restic --addr 127.0.0.1:0 --ask-password=false -- \"$1\" </dev/null &
exec 2>/dev/null
read -r _
kill $!
wait $!";
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "unrewind", remote]);
    command.process_group(0);
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

/// Returns the lines that rclone logs, which name files and so need not be UTF-8.
fn lines(log: ChildStderr) -> impl Iterator<Item = String> + Send + 'static {
    let lines = BufReader::new(log).split(b'\n');
    let lines = lines.map_while(std::result::Result::ok);
    lines.map(|line| String::from_utf8_lossy(&line).into_owned())
}

/// Returns the address at which rclone reports that it serves, or the last message before it ended.
fn served(lines: &mut impl Iterator<Item = String>) -> std::result::Result<String, String> {
    let mut last = String::new();
    for line in lines {
        if let Some((_, at)) = line.split_once("Serving restic REST API on ") {
            let at = at.trim().trim_matches(['[', ']']);
            return Ok(at.trim_start_matches("http://").to_owned());
        }
        log::info!("rclone: {line}");
        // The message without its time.
        let words = line.splitn(3, ' ').last().unwrap_or(&line);
        if !words.is_empty() {
            words.clone_into(&mut last);
        }
    }
    Err(last)
}
