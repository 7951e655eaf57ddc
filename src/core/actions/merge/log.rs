//! Merges the event logs of both sides: the result holds every event of either, under its own id, and an
//! event counts if it counts on either side.

use std::collections::{BTreeMap, BTreeSet};

use super::Superseding;
use crate::core::{
    actions::composed::{ScratchSnapshot, Sources},
    base::{
        error::{Error, Result},
        event::{Event, EventColumns, EventIdentity, EventStatus, Events},
        profile::Log,
        progress::OnProgress,
        row::{Row, Table, Value, ValueRef},
    },
    compare::{
        cursor::{Live, RowCursor},
        diff::{Join, Joined, SideOrder},
        event_diff::Ids,
        schema_diff::Shape,
    },
    file::{json::RowEncoder, snapshot::Contents},
};

/// A log that was merged.
pub(super) struct MergedLog {
    pub(super) scratch: ScratchSnapshot,
    /// The events that only live has and that are newer than the snapshot.
    pub(super) kept: Events,
    /// How many of them a person wrote.
    pub(super) kept_by_person: u64,
    pub(super) superseding: Superseding,
    /// The rewinds that leave the log or no longer count.
    pub(super) settled: BTreeSet<i64>,
    /// The highest id.
    pub(super) ends_at: i64,
}

/// How two rows of one event become one.
struct LogMerge<'a> {
    table: &'a Table,
    log: &'a Log,
    columns: EventColumns,
    identity: EventIdentity,
    id: usize,
    /// The only events of the snapshot that are taken; `None` for all.
    chosen: Option<&'a BTreeSet<i64>>,
}

/// What a first pass over both logs finds.
#[derive(Default)]
struct LogFindings {
    /// Ids that name different events on the two sides.
    clashes: Ids,
    /// The events by which one that now counts was superseded on a side.
    superseding: BTreeSet<i64>,
    /// How many events stay superseded by each event, without rewinds.
    superseded: BTreeMap<i64, u64>,
    /// The rewinds that stay superseded, and by which event.
    rewinds: Vec<(i64, i64)>,
    /// The chosen events that the snapshot has.
    chosen: BTreeSet<i64>,
}

impl Sources<'_> {
    /// Writes the log of live and of a snapshot that ends at `end`, or of live and the chosen events of
    /// the snapshot. Fails if an id names different events on the two sides, or if the snapshot lacks a
    /// chosen one.
    pub(super) fn merged_log(
        self,
        snapshot: &Contents,
        (end, chosen): (i64, Option<&BTreeSet<i64>>),
        on: OnProgress<'_>,
    ) -> Result<MergedLog> {
        let own = self.schema.log.as_ref().ok_or(Error::NoLog)?;
        let shape = Shape::to_restore(own, snapshot, self.database)?;
        let id = shape.table.column(&self.log.id).ok_or(Error::NoLog)?;
        let table = Table {
            key: vec![id],
            ..shape.table
        };
        let merge = LogMerge {
            table: &table,
            log: self.log,
            columns: EventColumns::of(&table, self.log),
            identity: EventIdentity::of(&table, self.log, &shape.schema_diff.only_from),
            id,
            chosen,
        };
        let join = |order| Join {
            live: Live {
                database: self.database,
                profile: self.profile,
                schema: self.schema,
                after: None,
                up_to: None,
            },
            snapshot,
            base: None,
            table: &table,
            order,
            stop: self.database.stop(),
        };
        let mut order = SideOrder::ByKey;
        let mut found = LogFindings::default();
        let mut examine = |found: &mut LogFindings, order| {
            join(order).run(on, &mut |joined| merge.examine(joined, found))
        };
        if examine(&mut found, order)?.is_some() {
            (order, found) = (SideOrder::Any, LogFindings::default());
            join(order).each(on, &mut |joined| merge.examine(joined, &mut found))?;
        }
        if found.clashes.count > 0 {
            return Err(clash(&found.clashes));
        }
        if let Some(missing) = chosen.and_then(|ids| ids.difference(&found.chosen).next()) {
            return Err(Error::TableChoice {
                what: format!("the snapshot has no event {missing}"),
                missing: Vec::new(),
            });
        }
        let mut merged = WrittenLog::default();
        let scratch = self.scratch(0, |writer| {
            writer.begin_table(&self.log.table);
            let encoder = RowEncoder::new(&table.columns);
            join(order).each(on, &mut |joined| {
                let Some(row) = merge.written(joined, end, &found, &mut merged)? else {
                    return Ok(());
                };
                writer.push(&encoder, &row)
            })?;
            writer.end_table();
            Ok(())
        })?;
        Ok(MergedLog {
            scratch,
            kept: merged.kept,
            kept_by_person: merged.kept_by_person,
            superseding: merged.superseding,
            settled: merged.settled,
            ends_at: merged.ends_at,
        })
    }
}

/// What was written of a merged log.
#[derive(Default)]
struct WrittenLog {
    kept: Events,
    kept_by_person: u64,
    superseding: Superseding,
    settled: BTreeSet<i64>,
    ends_at: i64,
}

impl LogMerge<'_> {
    fn status(&self, row: &RowCursor<'_>) -> EventStatus {
        self.columns.status(|column| row.value_ref(column))
    }

    fn by(&self, row: &RowCursor<'_>) -> Option<i64> {
        match row.value_ref(self.columns.superseded_by?) {
            ValueRef::Integer(by) => Some(by),
            _ => None,
        }
    }

    /// Returns the rows of an event; without the snapshot's, if other events were chosen.
    fn chosen<'j, 'r>(
        &self,
        joined: Joined<'j, 'r>,
    ) -> (Option<&'j mut RowCursor<'r>>, Option<&'j mut RowCursor<'r>>) {
        let is_chosen = |row: &&mut RowCursor<'_>| match row.value_ref(self.id) {
            ValueRef::Integer(id) => self.chosen.is_none_or(|chosen| chosen.contains(&id)),
            _ => true,
        };
        (joined.live, joined.snapshot.filter(is_chosen))
    }

    fn examine(&self, joined: Joined<'_, '_>, found: &mut LogFindings) -> Result<()> {
        let (live, snapshot) = self.chosen(joined);
        let any = live.as_deref().or(snapshot.as_deref());
        let Some(ValueRef::Integer(id)) = any.map(|row| row.value_ref(self.id)) else {
            return Ok(());
        };
        if snapshot.is_some() && self.chosen.is_some() {
            found.chosen.insert(id);
        }
        let mut stays = None;
        let sides = [live.as_deref(), snapshot.as_deref()].into_iter().flatten();
        let counts = sides
            .clone()
            .any(|row| self.status(row) == EventStatus::Active);
        for row in sides {
            match self.by(row) {
                Some(by) if counts => drop(found.superseding.insert(by)),
                // The snapshot's column wins, if both sides have the event.
                by => stays = by,
            }
        }
        if let (Some(live), Some(snapshot)) = (&live, &snapshot)
            && !(self.identity).is_same(|at| live.value_ref(at), |at| snapshot.value_ref(at))
        {
            found.clashes.push(id);
        }
        let Some(by) = stays.filter(|by| !counts && *by != id) else {
            return Ok(());
        };
        let row = live.or(snapshot).map(RowCursor::row).transpose()?;
        if row.is_some_and(|row| self.is_rewind(&Event::of(&row, self.table, self.log))) {
            found.rewinds.push((id, by));
        } else {
            *found.superseded.entry(by).or_default() += 1;
        }
        Ok(())
    }

    fn is_rewind(&self, event: &Event) -> bool {
        let kind = event.kind.as_ref();
        kind.is_some_and(|kind| self.log.rewind_kinds.contains(kind))
    }

    /// Returns the row of an event in the merged log; `None` for a rewind that leaves it.
    fn written(
        &self,
        joined: Joined<'_, '_>,
        end: i64,
        found: &LogFindings,
        written: &mut WrittenLog,
    ) -> Result<Option<Row>> {
        let is_in_live = joined.live.is_some();
        let (live, snapshot) = self.chosen(joined);
        let is_only_live = snapshot.is_none() && self.chosen.is_none();
        let Some(mut row) = self.merged(live, snapshot)? else {
            return Ok(None);
        };
        let Value::Integer(id) = row.values[self.id] else {
            return Ok(Some(row));
        };
        let is_kept = is_only_live && id > end;
        let is_superseding = found.superseding.contains(&id);
        if is_kept || is_superseding {
            let event = Event::of(&row, self.table, self.log);
            if is_superseding && self.is_rewind(&event) && !found.stays(id) {
                if is_in_live {
                    written.superseding.removed.push(event);
                }
                written.settled.insert(id);
                return Ok(None);
            }
            if is_superseding && !self.is_rewind(&event) {
                written.superseding.content.push(event.clone());
            } else if is_superseding {
                if let Some(by) = self.columns.superseded_by {
                    row.values[by] = Value::Integer(id);
                }
                written.settled.insert(id);
                written.superseding.staying.push(event.clone());
            }
            if is_kept {
                let is_active = event.status == EventStatus::Active;
                let is_by_person = is_active && self.log.was_written(&event);
                written.kept_by_person += u64::from(is_by_person);
                written.kept.push(event);
            }
        }
        written.ends_at = id;
        Ok(Some(row))
    }

    /// Merges the rows of an event: the snapshot's row, with live's flags if it counts only in live.
    fn merged<'r>(
        &self,
        live: Option<&mut RowCursor<'r>>,
        snapshot: Option<&mut RowCursor<'r>>,
    ) -> Result<Option<Row>> {
        let (live, snapshot) = match (live, snapshot) {
            (Some(live), Some(snapshot)) => (live, snapshot),
            (Some(only), None) | (None, Some(only)) => return only.row().map(Some),
            (None, None) => return Ok(None),
        };
        let mut row = snapshot.row()?;
        let of_live = self.status(live) == EventStatus::Active;
        if of_live && self.status(snapshot) != EventStatus::Active {
            for column in self.log.flags().filter_map(|flag| self.table.column(flag)) {
                row.values[column] = live.value_ref(column).to_value();
            }
        }
        Ok(Some(row))
    }
}

impl LogFindings {
    /// Returns whether a rewind still supersedes an event other than itself and rewinds that no longer
    /// count.
    fn stays(&self, rewind: i64) -> bool {
        let mut rewinds = self.rewinds.iter();
        self.superseded.contains_key(&rewind)
            || rewinds.any(|(id, by)| *by == rewind && !self.superseding.contains(id))
    }
}

fn clash(ids: &Ids) -> Error {
    let (what, why) = match ids.count {
        1 => (
            format!("event {ids} of the live database"),
            "the snapshot has another event of this id",
        ),
        _ => (
            format!("events {ids} of the live database"),
            "the snapshot has other events of these ids",
        ),
    };
    Error::OldIds {
        what,
        why: why.to_owned(),
    }
}
