//! The parts of error messages.

use std::io;

use super::Error;

/// Returns the system's message without Rust's ` (os error 13)`.
pub(super) fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut reason = text[..end].to_owned();
    if let Some(first) = reason.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    reason
}

/// Returns the processes that still run, after a colon.
pub(super) fn who(processes: &[String]) -> String {
    if processes.is_empty() {
        return String::new();
    }
    format!(": {}", processes.join(", "))
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
