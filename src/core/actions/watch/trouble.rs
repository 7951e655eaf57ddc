//! Decides which failures of a watch to report: when they begin, once an hour while they last, and
//! when they are over.

use std::{
    collections::HashMap,
    mem::{self, Discriminant},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::core::base::error::Error;

/// What to report about the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchNews {
    /// A failure that was not reported lately.
    Failed,
    /// Success after failures that lasted this long.
    Recovered(TimeDelta),
}

/// The kind of a failure; their number is bounded by that of the error variants.
type ErrorKind = (Discriminant<Error>, &'static str);

/// The failures that were reported.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    reported: HashMap<ErrorKind, DateTime<Utc>>,
    since: Option<DateTime<Utc>>,
}

impl Troubles {
    const AGAIN: TimeDelta = TimeDelta::hours(1);

    /// Records how a run ended; returns what to report, if anything.
    pub(super) fn record(
        &mut self,
        error: Option<&Error>,
        now: DateTime<Utc>,
    ) -> Option<WatchNews> {
        let Some(error) = error else {
            return self
                .since
                .take()
                .map(|since| WatchNews::Recovered(now - since));
        };
        let reported = self
            .reported
            .entry(kind(error))
            .or_insert(DateTime::UNIX_EPOCH);
        // After the clock was set back, failures are reported again.
        if (now - *reported).abs() < Self::AGAIN {
            return None;
        }
        *reported = now;
        self.since.get_or_insert(now);
        Some(WatchNews::Failed)
    }
}

fn kind(error: &Error) -> ErrorKind {
    let doing = match error {
        Error::Io { doing, .. } | Error::Database { doing, .. } => doing,
        _ => "",
    };
    (mem::discriminant(error), doing)
}
