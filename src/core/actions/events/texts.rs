//! The text of events, which is read on demand.

use std::ops::{ControlFlow, Range};

use super::EventEntry;
use crate::core::{
    actions::rows::Rows,
    base::{
        error::Result,
        event::Event,
        profile::{Log, Profile},
        progress::{OnProgress, Stage, report},
    },
    compare::diff::Side,
    db::Database,
    file::snapshot::Contents,
};

/// Reads the text of these events, in this order: from live if it has them, else from the snapshot.
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
    for entry in wanted {
        match (entry.class.live, live.zip(table), snapshot) {
            (Some(_), Some((database, table)), _) => {
                let record = database.event_record(table, log, entry.id)?;
                events.extend(record.map(|record| (*entry, Event::of(&record, table, log))));
            }
            (None, _, Some(contents)) => {
                let rows = Rows::of(Side::Snapshot(contents), profile, &log.table)?;
                rows.window(u64::from(entry.row), 1, &mut |_, record| {
                    events.push((*entry, Event::of(&record, rows.table(), log)));
                    ControlFlow::Continue(())
                })?;
            }
            _ => {}
        }
    }
    Ok(events)
}

/// Reads the last events of a snapshot's log, newest last, whatever their status.
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

/// Reads the events at these places of a log.
pub(super) fn events_at(
    rows: &Rows<'_>,
    log: &Log,
    places: Range<u64>,
    on: OnProgress<'_>,
) -> Result<Vec<Event>> {
    let (mut events, mut stopped) = (Vec::new(), Ok(()));
    let most = places.end - places.start;
    rows.window(places.start, most, &mut |_, record| {
        events.push(Event::of(&record, rows.table(), log));
        // Each may be large.
        stopped = report(on, Stage::Reading, events.len() as u64, most);
        match stopped {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    stopped.map(|()| events)
}
