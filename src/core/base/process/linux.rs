//! Processes on Linux, read from `/proc`.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::Process;

fn named(pid: u32) -> Process {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Process {
        pid,
        name: name.trim_end().to_owned(),
        started: started(pid),
    }
}

/// Returns the boot and the tick at which a process started; `None` if it has ended.
fn started(pid: u32) -> Option<String> {
    /// Index of the start time among the fields of `/proc/PID/stat` after the name; the state is
    /// the first field.
    const START: usize = 19;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may contain spaces and parentheses.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ended = matches!(fields.first(), Some(&("Z" | "X")));
    let ticks = fields.get(START).filter(|_| !ended)?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Some(format!("{}@{ticks}", boot.trim_end()))
}

pub(super) fn is_running(process: &Process) -> bool {
    let started = started(process.pid);
    started.is_some() && (process.started.is_none() || started == process.started)
}

/// Returns whether this process runs as root or as the file's owner, whose processes alone usually
/// open it.
pub(super) fn shows_all(path: &Path) -> bool {
    let owner = |path: &Path| fs::metadata(path).map(|metadata| metadata.uid()).ok();
    let own = owner(Path::new("/proc/self"));
    own.is_some() && (own == Some(0) || own == owner(path))
}

fn has_open(pid: u32, file: &fs::Metadata) -> bool {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    let mut files = descriptors.filter_map(|entry| fs::metadata(entry.path()).ok());
    files.any(|open| open.dev() == file.dev() && open.ino() == file.ino())
}

/// Returns these processes in order, without this one.
fn others(pids: impl Iterator<Item = u32>) -> Vec<Process> {
    let mut others: Vec<u32> = pids.filter(|&pid| pid != std::process::id()).collect();
    others.sort_unstable();
    others.dedup();
    others.into_iter().map(named).collect()
}

pub(super) fn having_open(path: &Path) -> Vec<Process> {
    let Ok(file) = fs::metadata(path) else {
        return Vec::new();
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    others(pids.filter(|&pid| has_open(pid, &file)))
}

pub(super) fn writing(database: &Path) -> Vec<Process> {
    let mut shared = database.as_os_str().to_owned();
    shared.push("-shm");
    // With a write-ahead log the lock is on the `-shm` file.
    let files = [database.to_owned(), PathBuf::from(shared)];
    let files: Vec<_> = files
        .iter()
        .filter_map(|file| fs::metadata(file).ok())
        .collect();
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let writer = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, "POSIX", _, "WRITE", pid, file, ..] = fields[..] else {
            return None;
        };
        let (pid, (_, number)) = (pid.parse().ok()?, file.rsplit_once(':')?);
        let is_locked =
            |file: &fs::Metadata| number.parse() == Ok(file.ino()) && has_open(pid, file);
        files.iter().any(is_locked).then_some(pid)
    };
    others(locks.lines().filter_map(writer))
}
