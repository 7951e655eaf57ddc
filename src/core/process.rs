//! Which other processes have a file open or write it, where the system tells.

#[cfg(target_os = "linux")]
mod linux;

use std::path::Path;

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The name of its program.
    pub name: String,
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
