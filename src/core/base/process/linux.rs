//! Processes on Linux, read from `/proc`.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use super::{Locker, Process};

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
    /// Index of the start time.
    const START: usize = 19;
    let fields = stat(pid)?;
    let ended = matches!(&*fields[0], "Z" | "X");
    let ticks = fields.get(START).filter(|_| !ended)?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Some(format!("{}@{ticks}", boot.trim_end()))
}

/// Returns the fields of `/proc/PID/stat` after the name; the state is the first.
fn stat(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may contain spaces and parentheses.
    let fields = stat.rsplit_once(')')?.1.split_whitespace();
    let fields: Vec<String> = fields.map(str::to_owned).collect();
    (!fields.is_empty()).then_some(fields)
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
    others(with_lock("POSIX", &[database, Path::new(&shared)]))
}

pub(super) fn locking(folder: &Path) -> Vec<Locker> {
    /// Index of the time used in the program; that used in the kernel follows.
    const USED: usize = 11;
    let pids = with_lock("FLOCK", &[folder]).filter(|&pid| pid != std::process::id());
    let lockers = pids.filter_map(|pid| {
        let fields = stat(pid)?;
        let used = fields.get(USED..USED + 2)?.iter();
        let used = used.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Some(Locker { pid, used })
    });
    lockers.collect()
}

/// Returns the processes that have a write lock of this kind on one of the files.
fn with_lock(kind: &str, files: &[&Path]) -> impl Iterator<Item = u32> + use<> {
    let files = files.iter().filter_map(|file| fs::metadata(file).ok());
    let files: Vec<_> = files.collect();
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let writer = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, its_kind, _, "WRITE", pid, file, ..] = fields[..] else {
            return None;
        };
        let (pid, (_, number)) = (pid.parse().ok()?, file.rsplit_once(':')?);
        let is_locked =
            |file: &fs::Metadata| number.parse() == Ok(file.ino()) && has_open(pid, file);
        (kind == its_kind && files.iter().any(is_locked)).then_some(pid)
    };
    let pids: Vec<u32> = locks.lines().filter_map(writer).collect();
    pids.into_iter()
}
