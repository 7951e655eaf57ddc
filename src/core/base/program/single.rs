//! A program on a system without process groups: only the program itself is killed, and its standard error is
//! discarded.

use std::{
    io,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use super::Ending;

/// A running program. It is killed on drop.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(mut command: Command) -> io::Result<Self> {
        command.stderr(Stdio::null());
        Command::spawn(&mut command).map(Self)
    }

    /// Returns the reading end of its standard output, if that is a pipe; `None` the second time.
    pub(crate) fn output(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    /// Returns how it ended, if it ends within this time.
    pub(crate) fn ended_within(&mut self, patience: Duration) -> io::Result<Option<Ending>> {
        thread::sleep(patience);
        Ok(self.0.try_wait()?.map(Ending::Exited))
    }

    /// Returns nothing: its standard error is discarded.
    pub(crate) fn errors(&self) -> &[u8] {
        &[]
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
