//! The two sides of an event history: the columns that identify events on both, and the snapshot's events.

use super::{Entries, EventEntry};
use crate::core::{
    base::{
        error::Result,
        event::EventIdentity,
        profile::{Log, Profile},
        row::{Table, is_among},
    },
    compare::schema_diff::SchemaDiff,
    db::Database,
    file::snapshot::Contents,
};

/// The columns that both sides of an event history have.
pub(super) struct SharedColumns {
    /// The columns that only one side has.
    lacking: Vec<String>,
    /// Whether all columns of live must be read, because only all of them identify its events.
    pub(super) all: bool,
}

impl SharedColumns {
    pub(super) fn of(
        live: Option<&Database>,
        snapshot: Option<&Contents>,
        profile: &Profile,
        log: &Log,
    ) -> Result<Self> {
        let schema = live.map(|live| live.schema(profile)).transpose()?;
        let live = schema.as_ref().and_then(|schema| schema.log.as_ref());
        let snapshot = snapshot.map(|contents| contents.columns(&log.table));
        let (Some(live), Some(snapshot)) = (live, snapshot.transpose()?.flatten()) else {
            let (lacking, all) = (Vec::new(), false);
            return Ok(Self { lacking, all });
        };
        let schema_diff = SchemaDiff::between(&live.columns, &snapshot);
        let lacking = [schema_diff.only_from, schema_diff.only_to].concat();
        let time = log.time.as_ref().filter(|time| !is_among(&lacking, time));
        Ok(Self {
            all: time.is_none_or(|time| live.column(time).is_none()),
            lacking,
        })
    }

    /// Returns the columns of live to read, without the payload if possible.
    pub(super) fn of_live(&self, table: &Table, log: &Log) -> Vec<String> {
        if self.all {
            return table.columns.clone();
        }
        let columns = [
            Some(&log.id),
            log.time.as_ref(),
            log.kind.as_ref(),
            log.branch.as_ref(),
        ];
        let columns = columns.into_iter().flatten().chain(log.flags());
        let present = columns.filter(|column| table.column(column).is_some());
        present.cloned().collect()
    }

    /// Returns the identity of events, the same on both sides.
    pub(super) fn identity(&self, table: &Table, log: &Log) -> EventIdentity {
        EventIdentity::of(table, log, &self.lacking)
    }
}

/// The events of the snapshot until they are merged, each with the hash of its identity.
#[derive(Default)]
pub(super) struct OlderEvents {
    entries: Entries,
    /// Only events with the same id are compared, so half a hash is enough.
    hashes: Vec<u32>,
    next: usize,
    last: Option<i64>,
    is_unsorted: bool,
}

impl OlderEvents {
    pub(super) fn push(&mut self, entry: EventEntry, hash: u64) {
        self.is_unsorted |= self.last.is_some_and(|last| last > entry.id);
        self.last = Some(entry.id);
        self.entries.push(entry);
        self.hashes.push(short(hash));
    }

    /// Sorts the events by id if the snapshot does not hold them in that order.
    pub(super) fn sorted(self) -> Self {
        if !self.is_unsorted {
            return self;
        }
        let entries = self.entries.range(0..self.entries.len());
        let mut events: Vec<(EventEntry, u32)> = entries.zip(self.hashes).collect();
        events.sort_by_key(|(entry, _)| entry.id);
        let mut sorted = Self::default();
        for (entry, hash) in events {
            sorted.entries.push(entry);
            sorted.hashes.push(hash);
        }
        sorted
    }

    pub(super) fn into_entries(self) -> Entries {
        self.entries
    }

    /// Takes the next event if its id is as required.
    pub(super) fn next_if(
        &mut self,
        is_next: impl FnOnce(i64) -> bool,
    ) -> Option<(EventEntry, u32)> {
        let entry = self.entries.get(self.next)?;
        let hash = *self.hashes.get(self.next)?;
        is_next(entry.id).then(|| {
            self.next += 1;
            (entry, hash)
        })
    }
}

/// Returns half of a hash.
pub(super) fn short(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or_default()
}
