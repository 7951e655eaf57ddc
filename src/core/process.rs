//! Which other processes have a file open, where the system tells.

use std::path::Path;

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The name of its program.
    pub name: String,
}

/// The other processes that have a file open, by number; of those that are not the user's own the
/// system may say nothing.
#[cfg(target_os = "linux")]
pub(crate) fn having_open(path: &Path) -> Vec<Process> {
    use std::fs;

    use super::identity::Identity;

    let Some(wanted) = Identity::at(path) else {
        return Vec::new();
    };
    let has_open = |pid: u32| {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd"))
            .into_iter()
            .flatten()
            .flatten();
        let mut files = descriptors.filter_map(|entry| Identity::at(&entry.path()));
        files.any(|file| file == wanted)
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let others = pids.filter(|&pid| pid != std::process::id() && has_open(pid));
    let mut processes: Vec<Process> = others
        .map(|pid| {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            Process {
                pid,
                name: name.trim_end().to_owned(),
            }
        })
        .collect();
    processes.sort_by_key(|process| process.pid);
    processes
}

/// The system does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn having_open(_: &Path) -> Vec<Process> {
    Vec::new()
}
