//! What differs between two event logs, in terms of what became of the events.

use std::{collections::BTreeSet, fmt};

use crate::core::{
    base::{
        event::{Event, EventIdentity, Events, Standing},
        profile::Log,
        record::{Record, Table, Value},
    },
    compare::change_spool::Change,
};

/// What differs between the event logs of two sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventDiff {
    /// Events that count on the other side and no longer, or not, on the one side.
    pub gone_from: Gone,
    /// Events that count on the one side and no longer, or not, on the other side.
    pub gone_to: Gone,
    /// Events on the one side that came after the other side's last.
    pub newer_from: Events,
    /// Events on the other side that came after the one side's last.
    pub newer_to: Events,
    /// Events that count on both sides and say something else; as the other side has them.
    pub edited: Events,
    /// Ids that name one event on one side and another on the other.
    pub reused: Ids,
    /// Events that only the one side has, although their ids are not above the other side's last.
    pub only_from: Ids,
    /// What superseded, on the one side, the events that count on the other.
    pub superseding: BTreeSet<i64>,
}

/// Some ids of events: how many, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    /// How many there are.
    pub count: u64,
    /// The first few, as runs of ids that follow each other, each with its first and its last.
    pub runs: Vec<(i64, i64)>,
}

impl Ids {
    const RUNS: usize = 6;

    /// Adds an id that is greater than the others.
    pub(crate) fn push(&mut self, id: i64) {
        self.count += 1;
        if let Some((_, last)) = self.runs.last_mut()
            && last.checked_add(1) == Some(id)
        {
            *last = id;
        } else if self.runs.len() < Self::RUNS {
            self.runs.push((id, id));
        }
    }
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = 0;
        for (index, (first, last)) in self.runs.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            match last - first {
                0 => write!(f, "{separator}{first}")?,
                1 => write!(f, "{separator}{first}, {last}")?,
                _ => write!(f, "{separator}{first} to {last}")?,
            }
            shown += last.abs_diff(*first) + 1;
        }
        match self.count.saturating_sub(shown) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// How two sides of a log stand to each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    /// The last event of the one side.
    pub(crate) from: i64,
    /// The last event of the other side.
    pub(crate) to: i64,
    /// Which side's event is the newer one where an id names two.
    pub(crate) newer: NewerSide,
}

/// The side that is newer than the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewerSide {
    From,
    To,
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

/// Sorts the changes of an event log into a [`EventDiff`].
pub(crate) struct LogReader<'a> {
    /// The log's shape in the changes.
    table: &'a Table,
    log: &'a Log,
    ends: Ends,
    identity: EventIdentity,
    pub(crate) diff: EventDiff,
}

impl<'a> LogReader<'a> {
    /// For changes of this shape; `lacking` are columns of it that one side does not have.
    pub(crate) fn new(table: &'a Table, log: &'a Log, ends: Ends, lacking: &[String]) -> Self {
        Self {
            table,
            log,
            ends,
            identity: EventIdentity::of(table, log, lacking),
            diff: EventDiff::default(),
        }
    }

    /// Takes one change.
    pub(crate) fn push(&mut self, change: &Change) {
        match change {
            Change::Added(record) => {
                let event = self.event(record);
                if event.id > self.ends.from {
                    self.diff.newer_to.push(event);
                } else if event.standing == Standing::Current {
                    self.diff.gone_from.push(event, None);
                }
            }
            Change::Removed(record) => {
                let event = self.event(record);
                if event.id > self.ends.to {
                    self.diff.newer_from.push(event);
                    return;
                }
                self.diff.only_from.push(event.id);
                if event.standing == Standing::Current {
                    self.diff.gone_to.push(event, None);
                }
            }
            Change::Changed { from, to } if !self.identity.is_same(from, to) => {
                self.push_two_of_one_id(self.event(from), self.event(to));
            }
            Change::Changed { from, to } => self.push_changed(from, to),
        }
    }

    fn event(&self, record: &Record) -> Event {
        Event::of(record, self.table, self.log)
    }

    /// One is lost, and the other is newer.
    fn push_two_of_one_id(&mut self, from: Event, to: Event) {
        let diff = &mut self.diff;
        diff.reused.push(from.id);
        let (newer, older, newer_events, gone) = match self.ends.newer {
            NewerSide::From => (from, to, &mut diff.newer_from, &mut diff.gone_from),
            NewerSide::To => (to, from, &mut diff.newer_to, &mut diff.gone_to),
        };
        newer_events.push(newer);
        if older.standing == Standing::Current {
            gone.push(older, None);
        }
    }

    fn push_changed(&mut self, from: &Record, to: &Record) {
        let (one, other) = (self.event(from), self.event(to));
        match (one.standing, other.standing) {
            (Standing::Current, Standing::Current) => {
                let is_flag = |index: usize| {
                    let column = &self.table.columns[index];
                    let mut flags = self.log.flags();
                    flags.any(|flag| flag.eq_ignore_ascii_case(column))
                };
                if from.changed_columns(to).any(|index| !is_flag(index)) {
                    self.diff.edited.push(other);
                }
            }
            (Standing::Current, became) => self.diff.gone_to.push(one, Some(became)),
            (became, Standing::Current) => {
                self.diff.superseding.extend(self.superseding(from));
                self.diff.gone_from.push(other, Some(became));
            }
            _ => {}
        }
    }

    /// The id of what superseded an event, if anything did.
    fn superseding(&self, record: &Record) -> Option<i64> {
        let column = self.table.column(self.log.superseded_by.as_ref()?)?;
        match record.values[column] {
            Value::Integer(id) => Some(id),
            _ => None,
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
