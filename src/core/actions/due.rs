//! Decides whether a periodic snapshot is due, by the service's own policy.

use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};

use crate::core::{
    actions::{rows::Rows, show::Cache},
    base::{
        error::Result,
        event::EventIdentity,
        profile::{Log, Profile},
        progress::unattended,
        row::Value,
    },
    compare::{
        diff::{DiffDetail, Difference, Side, Sides},
        schema_diff::SchemaDiff,
    },
    db::Database,
    file::snapshot::{Contents, Kind, Snapshot},
};

/// Whether a periodic snapshot is due, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// There is no periodic snapshot, and there are events to capture.
    First,
    /// The newest is this old, by the time its file was written.
    Age(TimeDelta),
    /// This many events came since the newest.
    Events(u64),
    /// There is no periodic snapshot, and no event to capture.
    NoEvents,
    /// There is no periodic snapshot and no event log, and no row to capture.
    NoRows,
    /// There is no event log, and the newest is recent.
    Young(TimeDelta),
    /// There is no event log, the newest is this old, and live still equals it.
    Unchanged(TimeDelta),
    /// The newest is recent, and few events came since.
    NotYet {
        /// The age of the newest.
        age: TimeDelta,
        /// The number of events since.
        events: u64,
    },
}

impl Due {
    /// Decides from live and the newest intact periodic snapshot of `snapshots`, which are newest
    /// first.
    ///
    /// Without an event log, live is compared with the snapshot once that is old enough. Fails if the
    /// database or the newest periodic snapshot cannot be read.
    pub fn judge(
        database: &Database,
        profile: &Profile,
        cache: &Cache,
        snapshots: &[Snapshot],
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let newest = Self::newest(snapshots);
        let events = Self::events_since(database, profile, cache, newest)?;
        match (Self::decide(newest, events, profile, now), newest) {
            (Self::First, None) if events.is_none() && !has_rows(database, profile)? => {
                Ok(Self::NoRows)
            }
            (Self::Age(age), Some(newest))
                if events.is_none() && !differs(database, profile, newest)? =>
            {
                Ok(Self::Unchanged(age))
            }
            (due, _) => Ok(due),
        }
    }

    /// Returns the newest intact periodic snapshot that the service sees.
    pub fn newest(snapshots: &[Snapshot]) -> Option<&Snapshot> {
        snapshots.iter().find(|snapshot| {
            snapshot.kind() == Some(Kind::Periodic)
                && snapshot.is_intact()
                && snapshot.is_in_place()
        })
    }

    /// Counts the events since that snapshot, or without one all events; `None` if there is no
    /// event log. Fails if the database cannot be read.
    pub fn events_since(
        database: &Database,
        profile: &Profile,
        cache: &Cache,
        newest: Option<&Snapshot>,
    ) -> Result<Option<u64>> {
        database.schema(profile)?;
        let Some(log) = &profile.log else {
            return Ok(None);
        };
        let Some(newest) = newest else {
            return database.count(&log.table).map(Some);
        };
        if database.reuses_ids(log)?
            && let Some(events) = reused_since(database, profile, log, cache, newest)?
        {
            return Ok(Some(events));
        }
        database.events_after(log, last_event_id(newest)?).map(Some)
    }

    /// Applies the policy; `events` is the number of events since `newest`, if known.
    pub fn decide(
        newest: Option<&Snapshot>,
        events: Option<u64>,
        profile: &Profile,
        now: DateTime<Utc>,
    ) -> Self {
        let Some(newest) = newest else {
            return if events == Some(0) {
                Self::NoEvents
            } else {
                Self::First
            };
        };
        let age = now - newest.modified;
        if now >= Self::comes_at(newest.modified, profile) {
            return Self::Age(age);
        }
        match events {
            None => Self::Young(age),
            Some(events) if events >= profile.periodic.due_events => Self::Events(events),
            Some(events) => Self::NotYet { age, events },
        }
    }

    /// Returns when the next one is due by age, after one written at `written`.
    pub(crate) fn comes_at(written: DateTime<Utc>, profile: &Profile) -> DateTime<Utc> {
        let due_age = TimeDelta::from_std(profile.periodic.due_age).ok();
        due_age
            .and_then(|due_age| written.checked_add_signed(due_age))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Returns whether one is due.
    pub fn is_due(self) -> bool {
        matches!(self, Self::First | Self::Age(_) | Self::Events(_))
    }
}

/// Counts the events since a snapshot by comparing the logs, if ids of that time may have been
/// reused. `None` if live still has the snapshot's last event, so that no id up to it was free.
fn reused_since(
    database: &Database,
    profile: &Profile,
    log: &Log,
    cache: &Cache,
    newest: &Snapshot,
) -> Result<Option<u64>> {
    // An unreadable snapshot does not show its events.
    let Ok(contents) = cache.open(&newest.path, &mut unattended) else {
        return Ok(None);
    };
    let (from, to) = (Side::Snapshot(&contents), Side::Live(database));
    if has_last_event_of(&contents, database, profile, log)? {
        return Ok(None);
    }
    let keyed = Some(database);
    let sides = Sides {
        from,
        to,
        profile,
        keyed,
        detail: DiffDetail::Counts,
    };
    let only = [log.table.clone()];
    let difference = sides.compare(&only, &mut |_, _| (), &mut unattended)?;
    Ok(difference.log.map(|log| log.newer_to.count))
}

/// Returns whether live has the last event of a snapshot, or the snapshot has no events.
fn has_last_event_of(
    contents: &Contents,
    database: &Database,
    profile: &Profile,
    log: &Log,
) -> Result<bool> {
    let Some(last) = contents.rows(&log.table).checked_sub(1) else {
        return Ok(true);
    };
    let rows = Rows::of(Side::Snapshot(contents), profile, &log.table)?;
    let mut row = None;
    rows.window(last, 1, &mut |_, found| {
        row = Some(found);
        ControlFlow::Break(())
    })?;
    let schema = database.schema(profile)?;
    let (Some(row), Some(live)) = (row, &schema.log) else {
        return Ok(true);
    };
    let schema_diff = SchemaDiff::between(&live.columns, &rows.table().columns);
    let lacking = [schema_diff.only_from, schema_diff.only_to].concat();
    let id = rows.table().column(&log.id).map(|id| &row.values[id]);
    let Some(&Value::Integer(id)) = id else {
        return Ok(true);
    };
    let there = EventIdentity::of(rows.table(), log, &lacking).hash(&row);
    let here = database.event_row(live, log, id)?;
    Ok(here.is_some_and(|here| EventIdentity::of(live, log, &lacking).hash(&here) == there))
}

fn has_rows(database: &Database, profile: &Profile) -> Result<bool> {
    for table in database.schema(profile)?.present() {
        if database.count(&table.name)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns whether live differs from the snapshot. A damaged one always differs.
fn differs(database: &Database, profile: &Profile, snapshot: &Snapshot) -> Result<bool> {
    let keys = database.keys(profile);
    let contents = match Contents::open_trusted(&snapshot.path, &keys, &mut unattended) {
        Err(error) if error.is_damage() => return Ok(true),
        contents => contents?,
    };
    let (from, to) = (Side::Snapshot(&contents), Side::Live(database));
    let difference = Difference::compute(from, to, profile, Some(database), &[], &mut unattended)?;
    Ok(!difference.is_empty())
}

/// Returns the snapshot's last event id, read from the whole file if its beginning does not show
/// it; 0 for a damaged one.
fn last_event_id(snapshot: &Snapshot) -> Result<i64> {
    match snapshot.last_event_id {
        Some(id) => Ok(id),
        None => match Contents::open(&snapshot.path, &mut unattended) {
            Err(error) if error.is_damage() => Ok(0),
            contents => Ok(contents?.last_event_id()),
        },
    }
}
