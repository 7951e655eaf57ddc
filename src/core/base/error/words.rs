//! The parts of error messages, and the conversion of system errors.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::Error;

impl Error {
    /// Returns whether a snapshot is damaged, which no second attempt changes.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. }
                | Self::Json { .. }
                | Self::NotAFile { .. }
                | Self::RepeatedKey { .. }
                | Self::Note { .. }
        )
    }

    /// Returns the file of the snapshot that is damaged, if the error names it.
    pub fn damaged(&self) -> Option<&Path> {
        match self {
            Self::Damaged { path, .. } | Self::Json { path, .. } | Self::NotAFile { path, .. } => {
                Some(path)
            }
            _ => None,
        }
    }

    /// Returns whether a second attempt may succeed: the user cancelled, another process has a lock,
    /// or the system lacks threads, files, memory or space.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Cancelled
            | Self::Thread { .. }
            | Self::Locked { .. }
            | Self::Stuck { .. }
            | Self::DiskFull { .. } => true,
            // ENOMEM, ENFILE, EMFILE.
            Self::Io { source, .. } => {
                cfg!(unix) && matches!(source.raw_os_error(), Some(12 | 23 | 24))
            }
            _ => false,
        }
    }

    /// Wraps a system error with the failed action and its path.
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::NotFound if doing == "open" => Self::NoFile { path },
            io::ErrorKind::StorageFull => Self::DiskFull { path },
            _ => Self::Io {
                doing,
                path,
                source,
            },
        }
    }
}

/// Returns the system's message without Rust's ` (os error 13)` and without the full stop that Windows adds.
pub fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut reason = text[..end].trim_end_matches('.').to_owned();
    if let Some(first) = reason.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    reason
}

/// Returns the sentence that the tables may lack events, with the processes that still run.
pub(super) fn in_doubt(after: i64, running: &[String]) -> String {
    let colon = if running.is_empty() { "" } else { ": " };
    let running = running.join(", ");
    format!(
        "the tables may lack events after {after}: the application has written since a restore without restarting{colon}{running}"
    )
}

pub(super) fn process(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

/// Returns a location in a snapshot, followed by a comma.
pub(crate) fn place(table: Option<&str>, row: Option<u64>) -> String {
    match (table, row) {
        (Some(table), Some(row)) => format!("table {table}, row {row}, "),
        (Some(table), None) => format!("table {table}, "),
        _ => String::new(),
    }
}

/// Returns why deleting stopped, without "nothing was changed": some files are deleted.
pub(super) fn cause(error: &Error) -> String {
    match error {
        Error::Cancelled => "cancelled".to_owned(),
        other => other.to_string(),
    }
}
