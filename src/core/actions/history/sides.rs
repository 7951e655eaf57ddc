//! The two sides of a history: the columns that identify events on both, and merging their entries.

use std::cmp::Ordering;

use super::Entry;
use crate::core::{
    base::{
        error::Result,
        event::EventIdentity,
        profile::{Log, Profile},
        record::{Table, is_among},
    },
    compare::schema_diff::SchemaDiff,
    db::Database,
    file::snapshot::Contents,
};

/// The columns that both sides of a history have.
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
        let drift = SchemaDiff::between(&live.columns, &snapshot);
        let lacking = [drift.only_from, drift.only_to].concat();
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

/// Merges both sides by id; events on both sides become one entry.
pub(super) fn merged(older: Vec<Entry>, newer: Vec<Entry>) -> Vec<Entry> {
    let mut merged = Vec::with_capacity(older.len().max(newer.len()));
    let (mut older, mut newer) = (older.into_iter().peekable(), newer.into_iter().peekable());
    loop {
        let order = match (older.peek(), newer.peek()) {
            (None, None) => return merged,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(older), Some(newer)) => older.id.cmp(&newer.id),
        };
        let from_older = if order.is_le() { older.next() } else { None };
        let from_newer = if order.is_ge() { newer.next() } else { None };
        match (from_older, from_newer) {
            (Some(older), Some(newer)) if older.identity == newer.identity => merged.push(Entry {
                live: newer.live,
                ..older
            }),
            (Some(older), Some(newer)) => merged.extend([
                older,
                Entry {
                    is_reused: true,
                    ..newer
                },
            ]),
            (older, newer) => merged.extend(older.or(newer)),
        }
    }
}
