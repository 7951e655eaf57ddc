//! Finds the event that a person means by an id or a time, and the history to which it belongs: the
//! same id may name different events in live and in snapshots of other histories.

use chrono::{DateTime, Utc};

use crate::core::{
    actions::composed::for_each_event,
    base::{
        error::{Error, Result},
        event::{EventIdentity, instant},
        profile::{Log, Profile},
        progress::OnProgress,
        row::{Row, Table},
    },
    compare::diff::Side,
    db::Database,
    file::snapshot::{Keys, Kind, Snapshot},
    store::Store,
};

/// How a person names a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Just after the event of this id.
    Event(i64),
    /// Just after the event with the highest id among those at or before this time.
    Time(DateTime<Utc>),
}

/// A moment: just after one event of one history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The id of the event.
    pub event: i64,
    /// When the event was, as its log has it.
    pub time: Option<String>,
    /// The side whose log holds the event.
    pub anchor: Anchor,
}

/// The side whose log holds the moment's event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The live database.
    Live,
    /// A snapshot.
    Snapshot(Box<Snapshot>),
}

impl Anchor {
    /// Returns the side's name.
    pub fn name(&self) -> String {
        match self {
            Self::Live => "live".to_owned(),
            Self::Snapshot(snapshot) => snapshot.name(),
        }
    }
}

/// A moment, and a description of its event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundMoment {
    /// The moment.
    pub moment: Moment,
    /// One line that describes its event.
    pub summary: String,
}

impl Moment {
    /// Finds the moment in live, else in the newest snapshot that holds its event; in `from` alone,
    /// if that is given. Fails if several histories have such an event, and names them. Without
    /// `database`, live is lost.
    pub fn find(
        when: When,
        from: Option<Anchor>,
        database: Option<&Database>,
        profile: &Profile,
        store: &Store,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let search = MomentSearch::of(when, database, profile)?;
        let moments = match from {
            Some(Anchor::Live) => search.in_live(on)?.into_iter().collect(),
            Some(Anchor::Snapshot(snapshot)) => search
                .in_snapshot(*snapshot, store, None, on)?
                .into_iter()
                .collect(),
            None => search.everywhere(store, on)?,
        };
        let mut moments = moments.into_iter();
        match (moments.next(), moments.next()) {
            (Some(found), None) => Ok(found.it.moment),
            (None, _) => Err(Error::Moment {
                what: search.absent(),
            }),
            (Some(one), Some(other)) => {
                let all = [one, other].into_iter().chain(moments);
                let all: Vec<String> = all.map(|found| found.description()).collect();
                Err(Error::SeveralMoments {
                    what: all.join("; "),
                })
            }
        }
    }

    /// Finds the moment in every history that has it: live's first, then those of snapshots, newest
    /// first. Fails if none has it.
    pub fn find_all(
        when: When,
        database: Option<&Database>,
        profile: &Profile,
        store: &Store,
        on: OnProgress<'_>,
    ) -> Result<Vec<FoundMoment>> {
        let search = MomentSearch::of(when, database, profile)?;
        let found = search.everywhere(store, on)?;
        if found.is_empty() {
            let what = search.absent();
            return Err(Error::Moment { what });
        }
        Ok(found.into_iter().map(|found| found.it).collect())
    }
}

/// An event that a person may mean.
struct EventMatch {
    it: FoundMoment,
    row: Row,
    table: Table,
}

impl EventMatch {
    fn description(&self) -> String {
        let Moment {
            event,
            time,
            anchor,
        } = &self.it.moment;
        let time = time
            .as_ref()
            .map_or(String::new(), |time| format!(" of {time}"));
        format!(
            "{}: event {event}{time}, {}",
            anchor.name(),
            self.it.summary
        )
    }
}

struct MomentSearch<'a> {
    when: When,
    profile: &'a Profile,
    log: &'a Log,
    database: Option<&'a Database>,
}

impl<'a> MomentSearch<'a> {
    fn of(when: When, database: Option<&'a Database>, profile: &'a Profile) -> Result<Self> {
        let log = profile.log.as_ref().ok_or(Error::NoLog)?;
        database.map_or(Ok(()), |live| live.check_meanings(log))?;
        if matches!(when, When::Time(_)) && log.time.is_none() {
            let what = "the profile names no time column of the event log: name an event by its id";
            return Err(Error::Moment { what: what.into() });
        }
        Ok(Self {
            when,
            profile,
            log,
            database,
        })
    }

    fn absent(&self) -> String {
        match self.when {
            When::Event(id) => format!("neither live nor a snapshot has an event {id}"),
            When::Time(time) => {
                let time = time.format("%Y-%m-%d %H:%M:%S UTC");
                format!("there is no event at or before {time}")
            }
        }
    }

    /// Returns one moment for each history: live's, then those of snapshots, newest first.
    fn everywhere(&self, store: &Store, on: OnProgress<'_>) -> Result<Vec<EventMatch>> {
        let mut found: Vec<EventMatch> = self.in_live(on)?.into_iter().collect();
        for snapshot in store.list(&Kind::ALL)? {
            if let Some(other) = self.in_candidate(snapshot, store, &found, on)? {
                found.push(other);
            }
        }
        if found.is_empty() {
            // Of many archived snapshots the newest that holds the event is enough.
            for snapshot in store.only_archived(&Kind::ALL, |_| true)?.snapshots {
                if let Some(other) = self.in_candidate(snapshot, store, &found, on)? {
                    return Ok(vec![other]);
                }
            }
        }
        Ok(found)
    }

    /// Finds the event in a snapshot if that is the event of another history than those found.
    fn in_candidate(
        &self,
        snapshot: Snapshot,
        store: &Store,
        found: &[EventMatch],
        on: OnProgress<'_>,
    ) -> Result<Option<EventMatch>> {
        let after = found.first().map(|one| one.it.moment.event);
        if snapshot.damage.is_some() || self.ends_before(&snapshot, after) {
            return Ok(None);
        }
        let other = match self.in_snapshot(snapshot, store, after, on) {
            Ok(Some(other)) => other,
            Ok(None) => return Ok(None),
            Err(error @ Error::Cancelled) => return Err(error),
            // A damaged snapshot is not a history to choose from.
            Err(error) => {
                log::warn!("a snapshot is passed over: {error}");
                return Ok(None);
            }
        };
        let is_new = found.iter().all(|known| !known.is_same(&other, self.log));
        let is_meant =
            is_new && (matches!(self.when, When::Event(_)) || !self.is_in_live(&other)?);
        Ok(is_meant.then_some(other))
    }

    /// Returns whether a snapshot ends before every event that may be meant; for a time, only ids
    /// above `after` count.
    fn ends_before(&self, snapshot: &Snapshot, after: Option<i64>) -> bool {
        let first = match self.when {
            When::Event(id) => id,
            When::Time(_) => after.unwrap_or(0).saturating_add(1),
        };
        snapshot.ends_at().is_some_and(|ends_at| ends_at < first)
    }

    fn keys(&self) -> Keys {
        match self.database {
            Some(live) => live.keys(self.profile),
            None => Keys::of_log(self.profile),
        }
    }

    fn in_live(&self, on: OnProgress<'_>) -> Result<Option<EventMatch>> {
        let found = self
            .database
            .map(|live| self.on_side(Side::Live(live), Anchor::Live, 0, on));
        found.transpose().map(Option::flatten)
    }

    /// Finds the event in a snapshot; for a time, only ids above `after` count.
    fn in_snapshot(
        &self,
        snapshot: Snapshot,
        store: &Store,
        after: Option<i64>,
        on: OnProgress<'_>,
    ) -> Result<Option<EventMatch>> {
        let contents = store.open(&snapshot, &self.keys(), on)?;
        let (side, anchor) = (
            Side::Snapshot(&contents),
            Anchor::Snapshot(Box::new(snapshot)),
        );
        self.on_side(side, anchor, after.unwrap_or(0), on)
    }

    fn on_side(
        &self,
        side: Side<'_>,
        anchor: Anchor,
        after: i64,
        on: OnProgress<'_>,
    ) -> Result<Option<EventMatch>> {
        let (from, to) = match self.when {
            When::Event(id) => (id.saturating_sub(1), id),
            When::Time(_) => (after, i64::MAX),
        };
        let (mut latest, mut columns) = (None, None);
        for_each_event(side, self.profile, from..to, on, |_, table, row| {
            if self.is_meant(table, &row) {
                latest = Some(row);
                columns.get_or_insert_with(|| table.clone());
            }
            Ok(())
        })?;
        let (Some(row), Some(table)) = (latest, columns) else {
            return Ok(None);
        };
        let event = crate::core::base::event::Event::of(&row, &table, self.log);
        Ok(Some(EventMatch {
            it: FoundMoment {
                summary: event.summary().to_owned(),
                moment: Moment {
                    event: event.id,
                    time: event.time,
                    anchor,
                },
            },
            row,
            table,
        }))
    }

    fn is_meant(&self, table: &Table, row: &Row) -> bool {
        let When::Time(latest) = self.when else {
            return true;
        };
        let column = self.log.time.as_ref().and_then(|time| table.column(time));
        let time = column.and_then(|column| instant(&row.values[column]));
        time.is_some_and(|time| time <= latest)
    }

    /// Returns whether live has this event too.
    fn is_in_live(&self, found: &EventMatch) -> Result<bool> {
        let Some(database) = self.database else {
            return Ok(false);
        };
        let schema = database.schema(self.profile)?;
        let Some(table) = schema.log.as_ref() else {
            return Ok(false);
        };
        let id = found.it.moment.event;
        let live = database.event_row(table, self.log, id)?;
        Ok(live.is_some_and(|row| {
            identity(table, self.log, &row) == identity(&found.table, self.log, &found.row)
        }))
    }
}

impl EventMatch {
    fn is_same(&self, other: &Self, log: &Log) -> bool {
        self.it.moment.event == other.it.moment.event
            && identity(&self.table, log, &self.row) == identity(&other.table, log, &other.row)
    }
}

fn identity(table: &Table, log: &Log, row: &Row) -> u64 {
    EventIdentity::of(table, log, &[]).hash(row)
}
