//! The log file: each operation with its outcome and duration, and errors. It contains names,
//! numbers and paths, but never the content of rows.

use std::{fs::File, io::Write, path::Path, process, time::Duration};

use anyhow::Context;
use chrono::SecondsFormat;
use env_logger::{Builder, Target};
use log::LevelFilter;

use crate::{
    core::{Error, Links, now, one_line, open_with},
    text::causes,
};

/// Starts to append to this file.
pub fn begin(path: &Path) -> anyhow::Result<()> {
    let cannot = || format!("cannot write the log {}", path.display());
    let mut options = File::options();
    let file = open_with(options.append(true).create(true), path, Links::Refuse);
    Builder::new()
        .filter_module("unrewind", LevelFilter::Info)
        .target(Target::Pipe(Box::new(file.with_context(cannot)?)))
        .format(|line, record| {
            let now = now().to_rfc3339_opts(SecondsFormat::Millis, true);
            let text = record.args().to_string();
            let text = one_line(&text);
            writeln!(
                line,
                "{now} [{}] {:5} {text}",
                process::id(),
                record.level()
            )
        })
        .try_init()
        .with_context(cannot)
}

/// Records how an operation ended.
pub fn ended(doing: &str, took: Duration, error: Option<&anyhow::Error>) {
    let seconds = took.as_secs_f32();
    match error {
        None => log::info!("{doing}: done in {seconds:.3} s"),
        Some(error) => {
            let cause = error
                .downcast_ref()
                .map_or_else(|| causes(error), without_rows);
            log::error!("{doing}: failed after {seconds:.3} s: {cause}");
        }
    }
}

/// Records an error.
pub fn trouble(error: &Error) {
    log::warn!("{}", without_rows(error));
}

/// Formats an error without the keys and values of rows that some contain.
fn without_rows(error: &Error) -> String {
    match error {
        Error::RepeatedKey { table, .. } => format!("table {table} holds a key twice"),
        Error::Row { table, message, .. } => {
            format!("cannot restore a row of table {table}: {message}")
        }
        Error::Parents { .. } => "the chosen rows refer to rows that live lacks".to_owned(),
        Error::ForeignKey { .. } => "after the restore a row would refer to nothing".to_owned(),
        Error::Json { path, offset, .. } => {
            format!(
                "{}: byte {offset} is not valid in a snapshot",
                path.display()
            )
        }
        Error::NotPruned { source, .. }
        | Error::Checkpoint { source }
        | Error::Uncertain { source }
        | Error::Delete { source, .. } => error
            .to_string()
            .replace(&source.to_string(), &without_rows(source)),
        _ => error.to_string(),
    }
}
