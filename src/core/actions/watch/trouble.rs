//! What goes wrong in a watch is told when it begins, once an hour while it lasts, and when it is over.

use std::{
    collections::HashMap,
    mem::{self, Discriminant},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::core::base::error::Error;

/// What there is to tell of how a look ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchNews {
    /// Something is wrong that was not told lately.
    Trouble,
    /// What was told to be wrong so long ago is right again.
    Well(TimeDelta),
}

/// What makes one trouble another; their number is that of the errors there are.
type Sort = (Discriminant<Error>, &'static str);

/// The troubles that were told.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    reported: HashMap<Sort, DateTime<Utc>>,
    since: Option<DateTime<Utc>>,
}

impl Troubles {
    const AGAIN: TimeDelta = TimeDelta::hours(1);

    /// Takes note of how a look ended, and answers whether that is to be told.
    pub(super) fn hear(&mut self, error: Option<&Error>, now: DateTime<Utc>) -> Option<WatchNews> {
        let Some(error) = error else {
            return self.since.take().map(|since| WatchNews::Well(now - since));
        };
        let reported = self
            .reported
            .entry(sort(error))
            .or_insert(DateTime::UNIX_EPOCH);
        // A clock that was set back silences nobody.
        if (now - *reported).abs() < Self::AGAIN {
            return None;
        }
        *reported = now;
        self.since.get_or_insert(now);
        Some(WatchNews::Trouble)
    }
}

fn sort(error: &Error) -> Sort {
    let doing = match error {
        Error::Io { doing, .. } | Error::Database { doing, .. } => doing,
        _ => "",
    };
    (mem::discriminant(error), doing)
}
