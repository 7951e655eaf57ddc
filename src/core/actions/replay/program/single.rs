//! A program where the system has no process groups: only the program itself is killed, and what it prints is
//! not shown.

use std::{
    io,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::Ending;

/// A running program. It is killed on drop.
pub(super) struct Running(Child);

impl Running {
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        command.stderr(Stdio::null());
        Command::spawn(&mut command).map(Self)
    }

    /// Returns how it ended, if it ends within this time.
    pub(super) fn ended_within(&mut self, patience: Duration) -> io::Result<Option<Ending>> {
        thread::sleep(patience);
        Ok(self.0.try_wait()?.map(Ending::Exited))
    }

    /// Returns nothing.
    pub(super) fn errors(&self) -> &[u8] {
        &[]
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
