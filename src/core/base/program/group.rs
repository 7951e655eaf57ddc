//! A program in a process group of its own, where the system has them.

use std::{
    io::{self, Read},
    os::unix::process::CommandExt,
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
};

use super::Ending;

/// A running program. Its group is killed on drop.
pub(crate) struct Running {
    child: Child,
    group: Pid,
    stderr: Option<ChildStderr>,
    errors: Vec<u8>,
    is_reaped: bool,
}

impl Running {
    /// How much of what it prints is kept.
    const KEPT: usize = 16 * 1024;

    pub(crate) fn start(mut command: Command) -> io::Result<Self> {
        command.stderr(Stdio::piped()).process_group(0);
        let mut child = Command::spawn(&mut command)?;
        Ok(Self {
            group: Pid::from_child(&child),
            stderr: child.stderr.take(),
            child,
            errors: Vec::new(),
            is_reaped: false,
        })
    }

    /// Returns the reading end of its standard output, if that is a pipe; `None` the second time.
    pub(crate) fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Returns how it ended, if it ends within about this time.
    pub(crate) fn ended_within(&mut self, patience: Duration) -> io::Result<Option<Ending>> {
        self.read(patience)?;
        let options = WaitIdOptions::EXITED | WaitIdOptions::STOPPED;
        let options = options | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let Some(state) = waitid(WaitId::Pid(self.group), options)? else {
            return Ok(None);
        };
        if !state.stopped() {
            return self.reap().map(Some);
        }
        let wants = [Signal::TTIN.as_raw(), Signal::TTOU.as_raw()];
        if state
            .stopping_signal()
            .is_some_and(|signal| wants.contains(&signal))
        {
            self.reap()?;
            return Ok(Some(Ending::WantedTerminal));
        }
        // Somebody stopped it, and will continue it.
        thread::sleep(patience);
        Ok(None)
    }

    /// Returns the end of what it printed to standard error.
    pub(crate) fn errors(&self) -> &[u8] {
        &self.errors
    }

    /// Kills what is left of the group while the ended program's pid is still reserved, then reaps the program.
    fn reap(&mut self) -> io::Result<Ending> {
        let _ = kill_process_group(self.group, Signal::KILL);
        let status = self.child.wait()?;
        self.is_reaped = true;
        while self.read_some(Duration::ZERO)? {}
        Ok(Ending::Exited(status))
    }

    /// Reads what it prints, for at most about this time.
    fn read(&mut self, patience: Duration) -> io::Result<()> {
        const SHORT: Duration = Duration::from_millis(1);
        if self.stderr.is_some() {
            self.read_some(patience).map(|_| ())
        } else {
            // It has closed standard error, and usually ends.
            thread::sleep(SHORT.min(patience));
            Ok(())
        }
    }

    /// Reads a part of what it prints; returns whether there may be more.
    fn read_some(&mut self, patience: Duration) -> io::Result<bool> {
        let Some(stderr) = &mut self.stderr else {
            return Ok(false);
        };
        let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
        let ready = poll(&mut [PollFd::new(stderr, PollFlags::IN)], Some(&patience));
        match ready {
            // The progress callback sees the signal, and cancels.
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(false),
            ready => drop(ready?),
        }
        let mut part = [0; 4096];
        let length = stderr.read(&mut part)?;
        if length == 0 {
            self.stderr = None;
            return Ok(false);
        }
        self.errors.extend_from_slice(&part[..length]);
        let surplus = self.errors.len().saturating_sub(Self::KEPT);
        self.errors.drain(..surplus);
        Ok(true)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_reaped {
            let _ = self.reap();
        }
    }
}
