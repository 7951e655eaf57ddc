//! What happens to newer events that stay in the log: which of them are rewinds that no longer
//! apply, and which cannot be kept.

use std::collections::BTreeSet;

use super::target::Target;
use crate::core::{
    base::{
        error::{Error, Result},
        event::{Event, Events},
        profile::Log,
        record::{Record, Table, Value},
    },
    compare::{
        change_spool::Change,
        event_diff::{EventDiff, Ids},
        rewound_ranges::superseded,
    },
    db::Select,
};

/// The newer events that superseded events that come back.
#[derive(Debug, Default)]
pub struct Superseding {
    /// Rewinds that are removed: no event stays rewound by them.
    pub removed: Events,
    /// Rewinds that stay, superseded by themselves: other events stay rewound by them.
    pub staying: Events,
    /// Events of other kinds, which are content and stay.
    pub content: Events,
    /// The changes of these events.
    pub(super) changes: Vec<Change>,
    /// The ids of those that are removed.
    leaving: BTreeSet<i64>,
}

/// Refuses to keep events that conflict with the snapshot's: their ids are not above its last one.
pub(super) fn refuse_old_ids(log: &EventDiff, last: i64) -> Result<()> {
    let what = |ids: &Ids| match ids.count {
        1 => format!("event {ids} of the live database"),
        _ => format!("events {ids} of the live database"),
    };
    let (ids, why) = if log.reused.count > 0 {
        let ids = &log.reused;
        (ids, "the snapshot has other events of these ids".to_owned())
    } else if log.only_from.count > 0 {
        let why = format!(
            "the snapshot lacks them, but not because they are newer: it ends with event {last}"
        );
        (&log.only_from, why)
    } else {
        return Ok(());
    };
    Err(Error::OldIds {
        what: what(ids),
        why,
    })
}

impl Target<'_> {
    /// Classifies the newer events that superseded events that come back; `table` has the columns
    /// of the log's difference.
    pub(super) fn superseding(
        &self,
        table: &Table,
        log: &Log,
        diff: &EventDiff,
        last: i64,
    ) -> Result<Superseding> {
        let mut found = Superseding::default();
        let newer: Vec<i64> = diff
            .superseding
            .range(last.saturating_add(1)..)
            .copied()
            .collect();
        let mut rewinds: Vec<(i64, Record)> = Vec::new();
        for id in newer {
            let Some(record) = self.database.event_record(table, log, id)? else {
                continue;
            };
            let event = Event::of(&record, table, log);
            let is_rewind = event
                .kind
                .as_ref()
                .is_some_and(|kind| log.rewind_kinds.contains(kind));
            if is_rewind {
                rewinds.push((id, record));
            } else {
                found.content.push(event);
            }
        }
        let mut needed = superseded(self.database, table, log, (last, i64::MAX))?;
        needed.retain(|(id, _)| rewinds.iter().all(|(rewind, _)| rewind != id));
        for (id, record) in rewinds {
            let event = Event::of(&record, table, log);
            if needed.iter().any(|(_, by)| *by == id) {
                found.staying.push(event);
                found
                    .changes
                    .extend(superseded_by_itself(record, id, table, log));
            } else {
                found.removed.push(event);
                found.leaving.insert(id);
                found.changes.push(Change::Removed(record));
            }
        }
        Ok(found)
    }

    /// Returns the newer events that stay in the log.
    pub(super) fn events_after(&self, last: i64, superseding: &Superseding) -> Result<Events> {
        let (Some(table), Some(log)) = (&self.schema.log, &self.profile.log) else {
            return Ok(Events::default());
        };
        let select = Select {
            after: Some(last),
            ..Select::log(table, log)
        };
        self.database.with_rows(select, |mut rows| {
            let mut events = Events::default();
            while let Some(record) = rows.next_record()? {
                let event = Event::of(&record, table, log);
                if !superseding.leaving.contains(&event.id) {
                    events.push(event);
                }
            }
            Ok(events)
        })
    }
}

/// Returns the change after which an event is superseded by itself, unless it is already.
fn superseded_by_itself(record: Record, id: i64, table: &Table, log: &Log) -> Option<Change> {
    let column = table.column(log.superseded_by.as_ref()?)?;
    let mut to = record.clone();
    to.values[column] = Value::Integer(id);
    (to != record).then_some(Change::Changed { from: record, to })
}
