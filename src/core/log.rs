//! What differs between two event logs, in terms of what became of the events.

use super::{
    event::{Event, Events, Standing},
    profile::Log,
    record::Table,
    spool::Change,
};

/// What differs between the event logs of two sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogDiff {
    /// Events that count on the other side and no longer, or not, on the one side.
    pub gone_from: Gone,
    /// Events that count on the one side and no longer, or not, on the other side.
    pub gone_to: Gone,
    /// Events on the one side that came after the other side's last.
    pub newer_from: Events,
    /// Events on the other side that came after the one side's last.
    pub newer_to: Events,
}

/// Events that count on one side and not on another, and what became of them there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// The events as they stand where they count.
    pub events: Events,
    /// How many are not in the log at all.
    pub lost: u64,
    /// How many a rewind took back.
    pub superseded: u64,
    /// How many are hidden.
    pub hidden: u64,
}

/// Sorts the changes of an event log into a [`LogDiff`].
pub(crate) struct LogReader<'a> {
    /// The log's shape in the changes.
    pub(crate) table: &'a Table,
    pub(crate) log: &'a Log,
    /// The last event of the one side.
    pub(crate) last_from: i64,
    /// The last event of the other side.
    pub(crate) last_to: i64,
    pub(crate) diff: LogDiff,
}

impl LogReader<'_> {
    /// Takes one change.
    pub(crate) fn push(&mut self, change: &Change) {
        let event = |record| Event::of(record, self.table, self.log);
        match change {
            Change::Added(record) => {
                let event = event(record);
                if event.id > self.last_from {
                    self.diff.newer_to.push(event);
                } else if event.standing == Standing::Current {
                    self.diff.gone_from.push(event, None);
                }
            }
            Change::Removed(record) => {
                let event = event(record);
                if event.id > self.last_to {
                    self.diff.newer_from.push(event);
                } else if event.standing == Standing::Current {
                    self.diff.gone_to.push(event, None);
                }
            }
            Change::Changed { from, to } => {
                let (from, to) = (event(from), event(to));
                match (from.standing, to.standing) {
                    (Standing::Current, Standing::Current) => {}
                    (Standing::Current, became) => self.diff.gone_to.push(from, Some(became)),
                    (became, Standing::Current) => self.diff.gone_from.push(to, Some(became)),
                    _ => {}
                }
            }
        }
    }
}

impl Gone {
    fn push(&mut self, event: Event, became: Option<Standing>) {
        match became {
            Some(Standing::Superseded) => self.superseded += 1,
            Some(Standing::Hidden) => self.hidden += 1,
            Some(Standing::Current) | None => self.lost += 1,
        }
        self.events.push(event);
    }
}
