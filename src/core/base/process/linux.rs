//! What Linux tells of processes, in `/proc`.

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

/// When a process started, with the boot from which the system counts; nothing of one that has ended.
fn started(pid: u32) -> Option<String> {
    /// The fields of `/proc/PID/stat` behind the name: the state is the first, the start the 20th.
    const START: usize = 19;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold spaces and brackets.
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

/// Whether this is the superuser, or the owner of the file, whose processes alone open it as a rule.
pub(super) fn shows_all(path: &Path) -> bool {
    let owner = |path: &Path| fs::metadata(path).map(|metadata| metadata.uid()).ok();
    let own = owner(Path::new("/proc/self"));
    own.is_some() && (own == Some(0) || own == owner(path))
}

fn has_open(pid: u32, wanted: &fs::Metadata) -> bool {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    let mut files = descriptors.filter_map(|entry| fs::metadata(entry.path()).ok());
    files.any(|file| file.dev() == wanted.dev() && file.ino() == wanted.ino())
}

/// These processes in order, but for this one.
fn others(pids: impl Iterator<Item = u32>) -> Vec<Process> {
    let mut others: Vec<u32> = pids.filter(|&pid| pid != std::process::id()).collect();
    others.sort_unstable();
    others.dedup();
    others.into_iter().map(named).collect()
}

pub(super) fn having_open(path: &Path) -> Vec<Process> {
    let Ok(wanted) = fs::metadata(path) else {
        return Vec::new();
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    others(pids.filter(|&pid| has_open(pid, &wanted)))
}

pub(super) fn writing(database: &Path) -> Vec<Process> {
    let mut shared = database.as_os_str().to_owned();
    shared.push("-shm");
    // With a write-ahead log the lock is on the file beside it.
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
