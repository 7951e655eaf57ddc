//! One run of one program: how long it takes, and what it costs the machine.

use std::{
    fs,
    io::Read,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use wait4::{ResUse, Wait4};

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// From start to end.
    pub time: Duration,
    /// Of the processor, over all threads.
    pub cpu: Duration,
    /// The peak of resident memory, in bytes.
    pub peak: u64,
    /// Bytes sent to the disk, or to be sent; `None` where the system does not report them.
    pub written: Option<u64>,
}

/// Runs a program, which must not fail.
///
/// Linux counts the parent's memory as that of a process that starts, so the caller should be small.
pub fn run(command: &mut Command) -> anyhow::Result<Run> {
    let written_before = written();
    let start = Instant::now();
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let mut message = String::new();
    let mut stderr = child.stderr.take().expect("it is piped");
    stderr.read_to_string(&mut message)?;
    let ResUse { status, rusage } = child.wait4()?;
    let time = start.elapsed();
    // Like `diff`, a comparison that finds a difference ends with 1, and complains of nothing.
    let is_done = status.success() || status.code() == Some(1) && message.is_empty();
    ensure!(is_done, "{command:?}: {status}\n{message}");
    Ok(Run {
        time,
        cpu: rusage.utime + rusage.stime,
        peak: rusage.maxrss,
        written: written_before
            .zip(written())
            .map(|(before, after)| after - before),
    })
}

/// The bytes that this process and those of its children that have ended sent to the disk.
fn written() -> Option<u64> {
    let counters = fs::read_to_string("/proc/self/io").ok()?;
    let count = |line: &str| line.strip_prefix("write_bytes: ")?.parse().ok();
    counters.lines().find_map(count)
}

/// Waits until everything written before is on the disk, so that no run pays for another.
pub fn settle() -> anyhow::Result<()> {
    let synced = Command::new("sync").status().context("cannot run sync")?;
    ensure!(synced.success(), "sync: {synced}");
    Ok(())
}

/// The middle of several values.
pub fn median<T: Copy + Ord>(values: impl IntoIterator<Item = T>) -> T {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_unstable();
    values[values.len() / 2]
}
