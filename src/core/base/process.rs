//! Which other processes have a file open or write it, where the system tells.

#[cfg(target_os = "linux")]
mod linux;

use std::{fmt, path::Path};

use serde::{Deserialize, Serialize};

use crate::core::base::line::one_line;

/// A process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The name of its program.
    pub name: String,
    /// What tells it from another process that had or gets its number; nothing where the system does not
    /// say when it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", one_line(&self.name), self.pid)
    }
}

/// The processes that had a database open at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Openers {
    /// Those that the system shows, without this one.
    pub processes: Vec<Process>,
    /// Whether the system shows every process that could have it open.
    pub are_all: bool,
}

impl Openers {
    /// The processes that have a database open now.
    pub(crate) fn of(database: &Path) -> Self {
        Self {
            processes: having_open(database),
            are_all: shows_all(database),
        }
    }

    /// Those of them that still run.
    pub(crate) fn running(&self) -> Vec<Process> {
        let running = self.processes.iter().filter(|process| is_running(process));
        running.cloned().collect()
    }
}

impl Process {
    /// The other processes that hold a lock to write a database; of those that are not the user's own
    /// the system may say nothing.
    #[cfg(target_os = "linux")]
    pub fn writing(database: &Path) -> Vec<Self> {
        linux::writing(database)
    }

    /// The system does not tell.
    #[cfg(not(target_os = "linux"))]
    pub fn writing(_: &Path) -> Vec<Self> {
        Vec::new()
    }
}

/// The other processes that have a file open, by number; of those that are not the user's own the
/// system may say nothing.
#[cfg(target_os = "linux")]
pub(crate) fn having_open(path: &Path) -> Vec<Process> {
    linux::having_open(path)
}

/// The system does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn having_open(_: &Path) -> Vec<Process> {
    Vec::new()
}

/// Whether the system shows this process every other one that could have a file open.
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

/// Nobody was seen, so nobody is asked about.
#[cfg(not(target_os = "linux"))]
fn is_running(_: &Process) -> bool {
    false
}
