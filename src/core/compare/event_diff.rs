//! The difference between two event logs: what happened to the events.

use std::{collections::BTreeSet, fmt};

use crate::core::{
    base::{
        event::{Event, EventColumns, EventIdentity, EventStatus, Events},
        profile::Log,
        row::Table,
    },
    compare::cursor::RowCursor,
};

/// The difference between the event logs of two sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventDiff {
    /// Events that are active on the `to` side but not on the `from` side.
    pub gone_from: Gone,
    /// Events that are active on the `from` side but not on the `to` side.
    pub gone_to: Gone,
    /// Events of the `from` side after the last event of the `to` side.
    pub newer_from: Events,
    /// Events of the `to` side after the last event of the `from` side.
    pub newer_to: Events,
    /// How many of those are rewinds, which are no loss.
    pub newer_rewinds: u64,
    /// Events that are active on both sides with different content, as on the `to` side.
    pub edited: Events,
    /// Ids that name different events on the two sides.
    pub reused: Ids,
    /// Events that only the `from` side has, although their ids are not above the `to` side's last.
    pub only_from: Ids,
}

/// Some ids of events: their number, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ids {
    /// Their number.
    pub count: u64,
    /// The first few, as runs of consecutive ids: the first and the last of each run.
    pub runs: Vec<(i64, i64)>,
}

impl Ids {
    const RUNS: usize = 6;

    /// Appends an id that is greater than the others.
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

/// The last events of two sides of a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    /// The last event of the `from` side.
    pub(crate) from: i64,
    /// The last event of the `to` side.
    pub(crate) to: i64,
    /// The side whose event is the newer one where an id names two.
    pub(crate) newer: NewerSide,
}

/// The newer of two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewerSide {
    From,
    To,
}

/// Events that are active on one side but not on the other, and what happened to them there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gone {
    /// The events as they are on the side where they are active.
    pub events: Events,
    /// How many are missing from the log.
    pub lost: u64,
    /// How many are rewound.
    pub rewound: u64,
    /// How many are hidden.
    pub hidden: u64,
    /// How many of them are rewinds, which are no loss.
    pub rewinds: u64,
}

/// Classifies the changes of an event log into an [`EventDiff`].
pub(crate) struct LogReader {
    columns: EventColumns,
    /// The columns that make an event's content: all but the flags.
    content: Vec<usize>,
    ends: Ends,
    identity: EventIdentity,
    log: Log,
    /// Events to leave out.
    settled: BTreeSet<i64>,
    diff: EventDiff,
}

impl LogReader {
    /// Creates a reader for changes of this table; `lacking` are columns that one side lacks.
    pub(crate) fn new(table: &Table, log: &Log, ends: Ends, lacking: &[String]) -> Self {
        let is_flag = |index: &usize| {
            let mut flags = log.flags();
            flags.any(|flag| flag.eq_ignore_ascii_case(&table.columns[*index]))
        };
        Self {
            columns: EventColumns::of(table, log),
            content: (0..table.columns.len())
                .filter(|index| !is_flag(index))
                .collect(),
            ends,
            identity: EventIdentity::of(table, log, lacking),
            log: log.clone(),
            settled: BTreeSet::new(),
            diff: EventDiff::default(),
        }
    }

    /// Returns the reader, which then leaves these events out.
    pub(crate) fn without(self, settled: BTreeSet<i64>) -> Self {
        Self { settled, ..self }
    }

    /// Adds one change, given by its row on each side that has it.
    pub(crate) fn push(&mut self, from: Option<&RowCursor<'_>>, to: Option<&RowCursor<'_>>) {
        let any = from.or(to);
        let id = any.and_then(|row| self.columns.id_of(|column| row.value_ref(column)));
        if id.is_some_and(|id| self.settled.contains(&id)) {
            return;
        }
        match (from, to) {
            (Some(from), Some(to)) => {
                if self
                    .identity
                    .is_same(|at| from.value_ref(at), |at| to.value_ref(at))
                {
                    self.push_changed(from, to);
                } else {
                    self.push_two_of_one_id(self.event(from), self.event(to));
                }
            }
            (None, Some(to)) => {
                let event = self.event(to);
                if event.id > self.ends.from {
                    self.diff.newer_rewinds += u64::from(self.log.is_rewind(&event));
                    self.diff.newer_to.push(event);
                } else if event.status == EventStatus::Active {
                    self.diff.gone_from.push(event, None, &self.log);
                }
            }
            (Some(from), None) => {
                let event = self.event(from);
                if event.id > self.ends.to {
                    self.diff.newer_from.push(event);
                    return;
                }
                self.diff.only_from.push(event.id);
                if event.status == EventStatus::Active {
                    self.diff.gone_to.push(event, None, &self.log);
                }
            }
            (None, None) => {}
        }
    }

    /// Returns what happened to the events.
    pub(crate) fn finish(mut self) -> EventDiff {
        let diff = &mut self.diff;
        let events = [&mut diff.newer_from, &mut diff.newer_to, &mut diff.edited];
        let gone = [&mut diff.gone_from.events, &mut diff.gone_to.events];
        // Only the few events that are shown have to be read.
        let events = events.into_iter().chain(gone);
        events.for_each(Events::extract_texts);
        self.diff
    }

    fn event(&self, row: &RowCursor<'_>) -> Event {
        self.columns.raw_event(|column| row.value_ref(column))
    }

    /// One of the two events is lost, the other is newer.
    fn push_two_of_one_id(&mut self, from: Event, to: Event) {
        let diff = &mut self.diff;
        diff.reused.push(from.id);
        let (newer, older, newer_events, gone) = match self.ends.newer {
            NewerSide::From => (from, to, &mut diff.newer_from, &mut diff.gone_from),
            NewerSide::To => (to, from, &mut diff.newer_to, &mut diff.gone_to),
        };
        newer_events.push(newer);
        if older.status == EventStatus::Active {
            gone.push(older, None, &self.log);
        }
    }

    fn push_changed(&mut self, from: &RowCursor<'_>, to: &RowCursor<'_>) {
        let status = |row: &RowCursor<'_>| self.columns.status(|column| row.value_ref(column));
        match (status(from), status(to)) {
            (EventStatus::Active, EventStatus::Active) => {
                let mut content = self.content.iter();
                if content.any(|&column| !from.value_ref(column).same(to.value_ref(column))) {
                    self.diff.edited.push(self.event(to));
                }
            }
            (EventStatus::Active, became) => {
                self.diff
                    .gone_to
                    .push(self.event(from), Some(became), &self.log);
            }
            (became, EventStatus::Active) => {
                self.diff
                    .gone_from
                    .push(self.event(to), Some(became), &self.log);
            }
            _ => {}
        }
    }
}

impl Gone {
    /// Returns how many of the events a person may miss.
    pub fn missed(&self) -> u64 {
        self.events.count - self.rewinds
    }

    fn push(&mut self, event: Event, became: Option<EventStatus>, log: &Log) {
        self.rewinds += u64::from(log.is_rewind(&event));
        match became {
            Some(EventStatus::Rewound) => self.rewound += 1,
            Some(EventStatus::Hidden) => self.hidden += 1,
            Some(EventStatus::Active) | None => self.lost += 1,
        }
        self.events.push(event);
    }
}
