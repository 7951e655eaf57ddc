//! Decides which failures of a watch to report: when they begin, seldom while they last, and when
//! they are over.

use std::{
    collections::HashMap,
    mem::{self, Discriminant},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::core::base::error::Error;

/// What to report about the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WatchNews {
    /// A failure that was not reported lately.
    Failed,
    /// Success after failures that lasted this long.
    Recovered(TimeDelta),
}

/// The kind of a failure; their number is bounded by that of the error variants.
type ErrorKind = (Discriminant<Error>, &'static str);

/// The failures that were reported.
#[derive(Debug)]
pub(super) struct Troubles {
    /// How long a failure that lasts is not reported again.
    again: TimeDelta,
    reported: HashMap<ErrorKind, DateTime<Utc>>,
    since: Option<DateTime<Utc>>,
}

impl Troubles {
    /// Reports a failure that lasts again after this long.
    pub(super) fn again_after(again: TimeDelta) -> Self {
        Self {
            again,
            reported: HashMap::new(),
            since: None,
        }
    }

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
        if (now - *reported).abs() < self.again {
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
        Error::Archive { hint, .. } => hint,
        _ => "",
    };
    (mem::discriminant(error), doing)
}
