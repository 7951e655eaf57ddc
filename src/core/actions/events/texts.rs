//! The text of events, which is read on demand.

use std::{
    collections::{HashMap, HashSet},
    ops::{ControlFlow, Range},
};

use super::EventEntry;
use crate::core::{
    actions::rows::Rows,
    base::{
        error::Result,
        event::Event,
        profile::{Log, Profile},
        progress::{OnProgress, Stage, report},
        row::Table,
    },
    compare::diff::Side,
    db::Database,
    file::snapshot::Contents,
};

/// Reads the text of these events, in this order: from live if it has them, else from the snapshot.
/// Fails if a side cannot be read, or has changed.
pub fn read_events(
    live: Option<&Database>,
    snapshot: Option<&Contents>,
    profile: &Profile,
    wanted: &[EventEntry],
) -> Result<Vec<(EventEntry, Event)>> {
    let mut events = Vec::with_capacity(wanted.len());
    let Some(log) = &profile.log else {
        return Ok(events);
    };
    let schema = live.map(|live| live.schema(profile)).transpose()?;
    let table = schema.as_ref().and_then(|schema| schema.table(&log.table));
    let of_live = match live.zip(table) {
        Some((database, table)) => live_events(database, table, log, wanted)?,
        None => HashMap::new(),
    };
    for entry in wanted {
        match (entry.class.live, live.zip(table), snapshot) {
            (Some(_), Some(_), _) => {
                let event = of_live.get(&entry.id).cloned();
                events.extend(event.map(|event| (*entry, event)));
            }
            (None, _, Some(contents)) => {
                let rows = Rows::of(Side::Snapshot(contents), profile, &log.table)?;
                rows.window(u64::from(entry.row), 1, &mut |_, row| {
                    events.push((*entry, Event::of(&row, rows.table(), log)));
                    ControlFlow::Continue(())
                })?;
            }
            _ => {}
        }
    }
    Ok(events)
}

/// Reads those of these events that live has: in one query if they are near each other.
fn live_events(
    database: &Database,
    table: &Table,
    log: &Log,
    wanted: &[EventEntry],
) -> Result<HashMap<i64, Event>> {
    /// How many unwanted events may be read for each wanted one.
    const IN_VAIN: usize = 4;
    let ids = wanted.iter().filter(|entry| entry.class.live.is_some());
    let ids: HashSet<i64> = ids.map(|entry| entry.id).collect();
    let mut events = HashMap::with_capacity(ids.len());
    let (Some(&first), Some(&last)) = (ids.iter().min(), ids.iter().max()) else {
        return Ok(events);
    };
    if last.abs_diff(first) > (ids.len() * IN_VAIN) as u64 {
        for id in ids {
            let row = database.event_row(table, log, id)?;
            events.extend(row.map(|row| (id, Event::of(&row, table, log))));
        }
        return Ok(events);
    }
    database.event_rows(table, log, first..=last, |row| {
        let event = Event::of(&row, table, log);
        if ids.contains(&event.id) {
            events.insert(event.id, event);
        }
    })?;
    Ok(events)
}

/// Reads the last events of a snapshot's log, newest last, whatever their status. Fails if the log
/// cannot be read.
pub fn last_events(
    snapshot: &Contents,
    profile: &Profile,
    most: u64,
    on: OnProgress<'_>,
) -> Result<Vec<Event>> {
    let Some(log) = &profile.log else {
        return Ok(Vec::new());
    };
    let mut tables = snapshot.tables();
    if !tables.any(|(name, _)| name.eq_ignore_ascii_case(&log.table)) {
        return Ok(Vec::new());
    }
    let rows = Rows::of(Side::Snapshot(snapshot), profile, &log.table)?;
    let count = rows.count()?;
    events_at(&rows, log, count.saturating_sub(most)..count, on)
}

/// Reads the events at these indices of a log.
pub(super) fn events_at(
    rows: &Rows<'_>,
    log: &Log,
    places: Range<u64>,
    on: OnProgress<'_>,
) -> Result<Vec<Event>> {
    let (mut events, mut stopped) = (Vec::new(), Ok(()));
    let most = places.end - places.start;
    rows.window(places.start, most, &mut |_, row| {
        events.push(Event::of(&row, rows.table(), log));
        // Each may be large.
        stopped = report(on, Stage::Reading, events.len() as u64, most);
        match stopped {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    stopped.map(|()| events)
}
