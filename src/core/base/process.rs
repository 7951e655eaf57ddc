//! Other processes that have a file open or write to it, as far as the system shows them.

#[cfg(target_os = "linux")]
mod linux;

use std::{fmt, path::Path};

use serde::{Deserialize, Serialize};

use crate::core::base::line::one_line;

/// A process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its pid.
    pub pid: u32,
    /// The name of its program.
    pub name: String,
    /// When it started, which distinguishes it from another process with the same pid; `None` where
    /// the system does not report it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", one_line(&self.name), self.pid)
    }
}

/// The processes that had a database open at one point in time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Openers {
    /// The processes that the system shows.
    pub processes: Vec<Process>,
    /// Whether the system shows every process that could have it open.
    pub are_all: bool,
}

impl Openers {
    /// Lists the processes that have a database open now, without those of Unrewind.
    pub(crate) fn of(database: &Path) -> Self {
        Self {
            processes: applications(database),
            are_all: shows_all(database),
        }
    }

    /// Lists them together with those of Unrewind.
    pub(crate) fn with_unrewind(database: &Path) -> Self {
        Self {
            processes: having_open(database),
            are_all: shows_all(database),
        }
    }

    /// Returns those that still run.
    pub(crate) fn running(&self) -> Vec<Process> {
        let running = self.processes.iter().filter(|process| is_running(process));
        running.cloned().collect()
    }
}

impl Process {
    /// Returns the other processes that hold a write lock on a database. The system may hide those
    /// of other users.
    #[cfg(target_os = "linux")]
    pub fn writing(database: &Path) -> Vec<Self> {
        linux::writing(database)
    }

    /// Returns none: this system does not show them.
    #[cfg(not(target_os = "linux"))]
    pub fn writing(_: &Path) -> Vec<Self> {
        Vec::new()
    }
}

/// Returns the other processes that have a file open, by pid. The system may hide those of other
/// users.
#[cfg(target_os = "linux")]
pub(crate) fn having_open(path: &Path) -> Vec<Process> {
    linux::having_open(path)
}

/// Returns none: this system does not show them.
#[cfg(not(target_os = "linux"))]
pub(crate) fn having_open(_: &Path) -> Vec<Process> {
    Vec::new()
}

/// Returns the other processes that have a database open, without those of Unrewind, which loads no tables when
/// it starts.
pub(crate) fn applications(database: &Path) -> Vec<Process> {
    let mut processes = having_open(database);
    processes.retain(|process| process.name != env!("CARGO_PKG_NAME"));
    processes
}

/// A process that has a lock, and how much it has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Locker {
    /// Its pid.
    pub(crate) pid: u32,
    /// The processor time that it has used, in ticks.
    pub(crate) used: u64,
}

/// Returns the other processes that have locked an open folder. The system may hide those of other
/// users.
#[cfg(target_os = "linux")]
pub(crate) fn locking(folder: &Path) -> Vec<Locker> {
    linux::locking(folder)
}

/// Returns none: this system does not show them.
#[cfg(not(target_os = "linux"))]
pub(crate) fn locking(_: &Path) -> Vec<Locker> {
    Vec::new()
}

/// Returns whether this process can see every other one that could have a file open.
#[cfg(target_os = "linux")]
fn shows_all(path: &Path) -> bool {
    linux::shows_all(path)
}

#[cfg(not(target_os = "linux"))]
fn shows_all(_: &Path) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn is_running(process: &Process) -> bool {
    linux::is_running(process)
}

/// Returns false: no process was recorded on this system.
#[cfg(not(target_os = "linux"))]
fn is_running(_: &Process) -> bool {
    false
}
