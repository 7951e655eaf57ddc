//! How the log of a snapshot ends, and how it compares to live's, so that a person recognizes it.

use chrono::TimeDelta;

use super::texts::events_at;
use crate::core::{
    actions::{recover::events_since, rows::Rows},
    base::{
        error::Result,
        event::{Event, EventStatus, instant},
        profile::Profile,
        progress::OnProgress,
        row::Value,
    },
    compare::{diff::Side, rewound_ranges::RewoundRange},
    db::Database,
    file::snapshot::{Contents, Snapshot},
};

/// The end of a snapshot's log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogEnding {
    /// The last event, whatever its status.
    pub last: Event,
    /// The last text in an active event that reads as a sentence; if there is none, the last text.
    pub sentence: Option<String>,
}

/// How the log of a snapshot compares to live's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogStanding {
    /// Live's log ends with no later event, and what is active in it is active in live.
    Same,
    /// This many events are active in it and not in live.
    Lost(u64),
    /// It ends no earlier than live, and this many of its events are active in live only.
    Lacks(u64),
    /// It is an earlier part of live's log: by this many ids, and by this long if the events' times
    /// are known.
    Earlier(u64, Option<TimeDelta>),
}

impl LogEnding {
    /// How many events are read at once.
    const AT_ONCE: u64 = 32;
    /// How often, at most, to find a sentence.
    const MOST: usize = 16;

    /// Reads the end of a snapshot's log; `None` if that is empty or missing. Fails if the log
    /// cannot be read.
    pub fn of(contents: &Contents, profile: &Profile, on: OnProgress<'_>) -> Result<Option<Self>> {
        let Some(log) = &profile.log else {
            return Ok(None);
        };
        let mut tables = contents.tables();
        if !tables.any(|(name, _)| name.eq_ignore_ascii_case(&log.table)) {
            return Ok(None);
        }
        let rows = Rows::of(Side::Snapshot(contents), profile, &log.table)?;
        let (mut end, mut last, mut brief) = (rows.count()?, None, None);
        for _ in 0..Self::MOST {
            let first = end.saturating_sub(Self::AT_ONCE);
            for event in events_at(&rows, log, first..end, on)?.into_iter().rev() {
                let last = last.get_or_insert_with(|| event.clone());
                let text = event.text.filter(|_| event.status == EventStatus::Active);
                let Some(text) = text else { continue };
                if is_sentence(&text) {
                    return Ok(Some(Self {
                        last: last.clone(),
                        sentence: Some(text),
                    }));
                }
                brief.get_or_insert(text);
            }
            end = first;
        }
        Ok(last.map(|last| Self {
            last,
            sentence: brief,
        }))
    }

    /// Returns whether live has the last event: the same id with the same time and kind.
    fn is_in(&self, database: &Database, profile: &Profile) -> Result<bool> {
        let Some(log) = &profile.log else {
            return Ok(false);
        };
        let schema = database.schema(profile)?;
        let Some(table) = schema.table(&log.table) else {
            return Ok(false);
        };
        let row = database.event_row(table, log, self.last.id)?;
        Ok(row.is_some_and(|row| {
            let live = Event::of(&row, table, log);
            let is_timed = log.time.is_some();
            live.time == self.last.time
                && live.kind == self.last.kind
                && (is_timed || live.text == self.last.text)
        }))
    }
}

/// Returns whether a text has at least three words, so that it is probably not a machine's.
fn is_sentence(text: &str) -> bool {
    text.split_whitespace().nth(2).is_some()
}

impl LogStanding {
    /// Compares the log of a snapshot with live's. The log is read whole only if it ends with live's,
    /// if live has another history, or if live does not record what superseded an event. Fails if live
    /// or the snapshot cannot be read.
    pub fn of(
        ending: &LogEnding,
        snapshot: &Snapshot,
        database: &Database,
        profile: &Profile,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let (end, newest) = (ending.last.id, database.last_event_id(profile)?);
        let is_known = RewoundRange::are_known(database, profile)?;
        // Two logs that end alike may have other flags, since a restore may have changed them.
        let (lost, lacking) = if end < newest && is_known && ending.is_in(database, profile)? {
            (RewoundRange::since(database, profile, end)?, 0)
        } else {
            let events = events_since(database, profile, snapshot, on)?.unwrap_or_default();
            (events.gone_to.missed(), events.gone_from.missed())
        };
        Ok(match u64::try_from(newest.saturating_sub(end)) {
            _ if lost > 0 => Self::Lost(lost),
            Ok(newer @ 1..) => Self::Earlier(newer, ending.since(newest, database, profile)?),
            _ if lacking > 0 => Self::Lacks(lacking),
            _ => Self::Same,
        })
    }
}

impl LogEnding {
    /// Returns how long before live's last event the last one was.
    fn since(&self, newest: i64, live: &Database, profile: &Profile) -> Result<Option<TimeDelta>> {
        let Some(log) = &profile.log else {
            return Ok(None);
        };
        let schema = live.schema(profile)?;
        let Some(table) = schema.table(&log.table) else {
            return Ok(None);
        };
        let row = live.event_row(table, log, newest)?;
        let newest = row.and_then(|row| Event::of(&row, table, log).time);
        let time = |time: Option<String>| {
            let number = |text: &String| text.parse().ok().map(Value::Integer);
            time.and_then(|text| instant(&number(&text).unwrap_or(Value::Text(text))))
        };
        let times = time(newest).zip(time(self.last.time.clone()));
        let between = times.map(|(newest, last)| newest - last);
        Ok(between.filter(|between| *between >= TimeDelta::zero()))
    }
}
