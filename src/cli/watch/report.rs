//! The lines of a watch: what it did, and what went wrong.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::{
    cli::output,
    core::{ArchiveStep, Error, Result, Round, WatchAct, WatchNews, now},
    logging, text,
};

use super::archiver;

/// Prints the lines about one data folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Reporter {
    /// Names the folder in each line, where there are several.
    pub(super) prefix: Option<String>,
    /// Names the folder in each command, where the command line does not.
    pub(super) data_dir: Option<PathBuf>,
}

impl Reporter {
    /// Prints a line to standard output. A closed one does not stop the watch.
    pub(super) fn line(&self, at: DateTime<Utc>, text: &str) {
        log_line(at, &self.words(text));
    }

    /// Prints a line that needs attention.
    pub(super) fn warn(&self, at: DateTime<Utc>, text: &str) {
        log::warn!("{text}");
        self.line(at, text);
    }

    /// Prints a line to standard error.
    pub(super) fn say(&self, at: DateTime<Utc>, text: &str) {
        output::say(&line(at, &self.words(text)));
    }

    /// Returns a text whose commands run as printed.
    pub(super) fn runnable(&self, text: &str) -> String {
        match &self.data_dir {
            Some(data_dir) => text::runnable_in(text, data_dir.as_ref()),
            None => text.to_owned(),
        }
    }

    fn words(&self, text: &str) -> String {
        let text = self.runnable(text);
        match &self.prefix {
            Some(prefix) => format!("{prefix}: {text}"),
            None => text,
        }
    }

    /// Prints what a round did.
    pub(super) fn acts(&self, round: &Round, began: DateTime<Utc>, ended: DateTime<Utc>) {
        for act in &round.acts {
            let text = match act {
                WatchAct::Took { snapshot, due, .. } => format!(
                    "took {} ({}{}) in {}: {}",
                    snapshot.name(),
                    text::size(snapshot.size),
                    text::last_event_point(snapshot.ends_at()),
                    seconds(ended - began),
                    text::due(*due)
                ),
                WatchAct::Lost(unique) => {
                    let is_deletion = |act: &&WatchAct| matches!(act, WatchAct::Pruned { .. });
                    let deleted = round.acts.iter().filter(is_deletion).count();
                    let text = format!("deleting; {}", text::unique(unique, deleted));
                    log::warn!("{text}");
                    text
                }
                WatchAct::Pruned { snapshot, reason } => format!(
                    "deleted {} ({}): {}",
                    snapshot.name(),
                    text::size(snapshot.size),
                    text::reason(*reason)
                ),
                WatchAct::Rewound { rewind, at } => text::rewound(rewind, *at, ended),
            };
            self.line(ended, &text);
            if let WatchAct::Took {
                snapshot, ahead, ..
            } = act
            {
                let warnings = [
                    text::unwritten_note(snapshot),
                    text::unloadable(snapshot),
                    ahead.as_ref().map(text::taken_ahead),
                ];
                for warning in warnings.into_iter().flatten() {
                    self.line(ended, &warning);
                }
            }
        }
    }

    /// Prints a step of the work at the archive; returns the line that needs attention, if any.
    pub(super) fn archive_step(&self, step: &ArchiveStep) -> Option<String> {
        let lines = archiver::lines(step);
        for text in &lines {
            if text.starts_with('!') {
                self.warn(now(), text);
            } else {
                self.line(now(), text);
            }
        }
        lines.into_iter().find(|text| text.starts_with('!'))
    }

    /// Prints what is new about failures; returns the failure, if it is new.
    pub(super) fn news<T>(
        &self,
        news: Option<WatchNews>,
        outcome: &Result<T>,
        again: &str,
        now: DateTime<Utc>,
    ) -> Option<String> {
        match (news, outcome) {
            (Some(WatchNews::Failed), Err(error)) => {
                logging::trouble(error);
                let hint = match error {
                    Error::Archive { .. } => text::hint(error).map(|hint| text::runnable(&hint)),
                    _ => None,
                };
                let hint = hint.map_or_else(String::new, |hint| format!(": {hint}"));
                let failure = format!("{error}{hint}");
                self.say(now, &format!("{failure}; trying again"));
                Some(failure)
            }
            (Some(WatchNews::Recovered(after)), _) => {
                log::info!("{again}");
                self.line(now, &format!("{again} after {}", text::span(after)));
                None
            }
            _ => None,
        }
    }
}

/// Prints a line. A closed output does not stop the watch.
pub(super) fn log_line(now: DateTime<Utc>, text: &str) {
    let line = line(now, text);
    let _ = output::print(&format!("{}\n", text::one_line(&line)));
}

fn line(now: DateTime<Utc>, text: &str) -> String {
    format!("{} {text}", now.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Formats how long something took.
pub(super) fn seconds(length: TimeDelta) -> String {
    format!("{:.1} s", length.as_seconds_f32().max(0.0))
}
