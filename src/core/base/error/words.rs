//! The parts of which errors make their sentences.

use std::io;

use super::Error;

/// The system's own words without Rust's ` (os error 13)`.
pub(super) fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut reason = text[..end].to_owned();
    if let Some(first) = reason.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    reason
}

/// Who still runs, with a colon before it.
pub(super) fn who(processes: &[String]) -> String {
    if processes.is_empty() {
        return String::new();
    }
    format!(": {}", processes.join(", "))
}

pub(super) fn process(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

/// Where in a snapshot something is, with a comma behind it.
pub(crate) fn place(table: Option<&str>, row: Option<u64>) -> String {
    match (table, row) {
        (Some(table), Some(row)) => format!("table {table}, row {row}, "),
        (Some(table), None) => format!("table {table}, "),
        _ => String::new(),
    }
}

/// Why deleting stopped; that nothing was changed does not go for what is deleted.
pub(super) fn cause(error: &Error) -> String {
    match error {
        Error::Cancelled => "cancelled".to_owned(),
        other => other.to_string(),
    }
}
