//! Runs a program of the user in a process group of its own, which is killed together with the program.

#[cfg(unix)]
mod group;
#[cfg(not(unix))]
mod single;

use std::process::ExitStatus;

#[cfg(unix)]
pub(crate) use group::Running;
#[cfg(not(unix))]
pub(crate) use single::Running;

use super::line::one_line;

/// How a program ended.
pub(crate) enum Ending {
    Exited(ExitStatus),
    #[cfg_attr(windows, expect(dead_code, reason = "no program is stopped there"))]
    /// It tried to use the terminal, so the system stopped it and Unrewind killed it.
    WantedTerminal,
}

/// Returns whether Ctrl-C ended a program: one that has just started may get it with this one.
#[cfg(unix)]
pub(crate) fn is_interrupted(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;

    status.signal() == Some(rustix::process::Signal::INT.as_raw())
}

/// Returns whether Ctrl-C ended a program: one that has just started may get it with this one.
#[cfg(not(unix))]
pub(crate) fn is_interrupted(status: ExitStatus) -> bool {
    const STATUS_CONTROL_C_EXIT: i32 = 0xC000_013A_u32.cast_signed();
    status.code() == Some(STATUS_CONTROL_C_EXIT)
}

/// Returns the last lines that a program printed, after a colon.
pub(crate) fn last_lines(printed: &[u8]) -> String {
    const LINES: usize = 4;
    let printed = String::from_utf8_lossy(printed);
    let lines = printed.lines().map(str::trim).filter(|it| !it.is_empty());
    let mut last: Vec<String> = lines.rev().take(LINES).map(one_line_of).collect();
    last.reverse();
    if last.is_empty() {
        return String::new();
    }
    format!(": {}", last.join("; "))
}

fn one_line_of(line: &str) -> String {
    const LONGEST: usize = 200;
    let line = one_line(line);
    line.chars().take(LONGEST).collect()
}
