//! The log file: each act with its outcome, how long it took, and what went wrong and why. It holds
//! names, numbers and paths, and never what is in a row.

use std::{fs::File, io::Write, path::Path, process, time::Duration};

use anyhow::Context;
use chrono::{SecondsFormat, Utc};
use env_logger::{Builder, Target};
use log::LevelFilter;

use crate::core::{Error, Links, one_line, open_with};

/// Appends to this file what happens from now on.
pub fn begin(path: &Path) -> anyhow::Result<()> {
    let cannot = || format!("cannot write the log {}", path.display());
    let mut options = File::options();
    let file = open_with(options.append(true).create(true), path, Links::Refuse);
    Builder::new()
        .filter_module("unrewind", LevelFilter::Info)
        .target(Target::Pipe(Box::new(file.with_context(cannot)?)))
        .format(|line, record| {
            let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
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

/// Records how something ended.
pub fn ended(doing: &str, took: Duration, error: Option<&anyhow::Error>) {
    let seconds = took.as_secs_f32();
    match error {
        None => log::info!("{doing}: done in {seconds:.3} s"),
        Some(error) => {
            let cause = error
                .downcast_ref()
                .map_or_else(|| format!("{error:#}"), without_rows);
            log::error!("{doing}: failed after {seconds:.3} s: {cause}");
        }
    }
}

/// Records what went wrong.
pub fn trouble(error: &Error) {
    log::warn!("{}", without_rows(error));
}

/// An error in words, without the keys and values of rows that some tell.
fn without_rows(error: &Error) -> String {
    match error {
        Error::RepeatedKey { table, .. } => format!("table {table} holds a key twice"),
        Error::Row { table, message, .. } => {
            format!("cannot restore a row of table {table}: {message}")
        }
        Error::ForeignKey { .. } => "after the restore a row would refer to nothing".to_owned(),
        Error::Json { path, offset, .. } => {
            format!(
                "{}: byte {offset} is not what a snapshot is made of",
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
