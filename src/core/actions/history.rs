//! The history of one row: what every snapshot and live hold of it, oldest first, and the events that
//! explain how it changed.
//!
//! Several snapshots are read at once, each in one pass; only rows whose bytes may hold the key are
//! decoded, and each of the same bytes once. Of a snapshot that the cache knows only the row's table
//! and the event log are read.

mod filter;
mod key_prefilter;
mod naming;
mod side;
mod versions;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use crate::core::{
    actions::{
        search::Place,
        show::Cache,
        workers::{self, SharedReading, lock},
    },
    base::{
        error::{Error, Result},
        event::Event,
        profile::Profile,
        progress::{OnProgress, Stage, report},
        row::{Row, RowKey, Table, Value},
    },
    db::Database,
    file::{json::PartFindings, snapshot::Snapshot},
    store::Store,
};
use side::Wanted;

pub use versions::{RowHistory, RowVersion};

/// The sides of a history.
#[derive(Clone, Copy, Debug)]
pub struct HistoryScope<'a> {
    /// The application.
    pub profile: &'a Profile,
    /// Live, which knows the columns of the key. Without it they are taken to be the first ones.
    pub live: Option<&'a Database>,
    /// The snapshots, in the order of [`oldest_first`].
    pub snapshots: &'a [Snapshot],
    /// The cache of facts about snapshots.
    pub cache: &'a Cache,
    /// Unpacks those that only the archive holds.
    pub store: &'a Store,
}

/// One side read for a history.
#[derive(Debug)]
#[non_exhaustive]
pub enum HistoryStep {
    /// What it holds of the row. Live may be read twice: first only its row.
    Read(RowOnSide),
    /// It could not be read.
    Failed(Place, Error),
}

/// What a side holds of a row.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RowOnSide {
    /// The side.
    pub place: Place,
    /// The row; `None` if the side lacks it.
    pub row: Option<Arc<FoundVersion>>,
    /// The row's index in the table of a snapshot, from 0.
    pub number: u64,
    events: SideEvents,
}

impl RowOnSide {
    /// Returns the events in its log that are rewinds or name the row, in no order.
    pub fn events(&self) -> impl Iterator<Item = &HistoryEvent> {
        let shared = self.events.shared.iter().flat_map(|part| &part[..]);
        let shared = shared.filter_map(|(_, found)| found.event.as_deref());
        shared.chain(self.events.events.iter().map(|event| &**event))
    }
}

/// The events of a side. Parts of the log that sides share are read once and kept once.
#[derive(Clone, Debug, Default)]
struct SideEvents {
    events: Vec<Arc<HistoryEvent>>,
    shared: Vec<PartFindings<Decoded>>,
}

/// A row as some sides hold it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoundVersion {
    /// Its table, with the columns of the side and those of the key.
    pub table: Arc<Table>,
    /// The row.
    pub row: Row,
}

impl FoundVersion {
    /// Returns the value of a column.
    pub fn value(&self, column: &str) -> Option<&Value> {
        self.row.values.get(self.table.column(column)?)
    }
}

/// An event that explains a row's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEvent {
    /// Its index among the events of this history.
    number: usize,
    /// The event.
    pub event: Event,
    /// Why it is part of the history.
    pub part: EventPart,
}

/// Why an event is part of a row's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventPart {
    /// It is a rewind.
    Rewind,
    /// Its payload names the row.
    Names,
}

/// Sorts snapshots by the time of the state that they hold. Of one second, those of a restore come
/// last: its safety snapshot, then its checkpoint.
pub fn oldest_first(snapshots: &mut [Snapshot]) {
    snapshots.sort_by_key(|snapshot| {
        let origin = snapshot.id.map(|id| id.origin);
        let ends_at = snapshot.ends_at();
        (snapshot.taken_at(), origin, ends_at, snapshot.kind())
    });
}

/// Returns the key of a row of a side whose table has these columns.
pub fn key_of_row(table: &Table, row: &Row, scope: HistoryScope<'_>) -> RowKey {
    let columns = side::key_columns(&table.name, scope);
    let places = columns.and_then(|known| {
        let places = known.columns.iter().map(|column| table.column(column));
        places.collect::<Option<Vec<usize>>>()
    });
    let key = places.unwrap_or_else(|| vec![0]);
    RowKey::of(
        row,
        &Table {
            key,
            ..table.clone()
        },
    )
}

/// Reads what live and every snapshot hold of a row: live first, then the snapshots in their order,
/// then live again with its events. A side that cannot be read is a [`HistoryStep::Failed`]. Fails
/// only if it is cancelled, no side has the table, or its key has another number of columns.
pub fn row_history(
    table: &str,
    key: &RowKey,
    scope: HistoryScope<'_>,
    on_step: &mut dyn FnMut(HistoryStep),
    on: OnProgress<'_>,
) -> Result<()> {
    let known = Known::default();
    let wanted = Wanted::new(table, key, scope, &known)?;
    let intact = scope.snapshots.iter().filter(|it| it.is_intact());
    let total = intact.map(|snapshot| snapshot.size).sum::<u64>();
    let mut on_progress = || report(on, Stage::Searching, known.reading.done(), total);
    workers::run_parallel(
        scope.snapshots.len(),
        known.reading.stop(),
        |index, on_item| on_item(wanted.read_snapshot(index)?),
        |snapshots| {
            if let Some(database) = scope.live {
                pass(Place::Live, wanted.read_live(database), on_step)?;
            }
            for index in 0..scope.snapshots.len() {
                let place = Place::Snapshot(index);
                let mut found = None;
                let read = snapshots.next(&mut |side| found = Some(side), &mut on_progress)?;
                let read = read.and_then(|()| found.ok_or(Error::Cancelled));
                pass(place, read, on_step)?;
            }
            if let Some(database) = scope.live {
                let read = wanted.read_live_with_events(database, &mut on_progress);
                pass(Place::Live, read, on_step)?;
            }
            Ok(())
        },
    )?;
    known.reading.check_tables(&[table.to_owned()])
}

/// Passes to `on_step` what was read of a side; fails only if it was cancelled.
fn pass(place: Place, read: Result<RowOnSide>, on_step: &mut dyn FnMut(HistoryStep)) -> Result<()> {
    on_step(match read {
        Ok(side) => HistoryStep::Read(side),
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(error) => HistoryStep::Failed(place, error),
    });
    Ok(())
}

/// What the threads share.
#[derive(Debug, Default)]
struct Known {
    reading: SharedReading<Decoded>,
    /// The events by their ids and identities.
    events: Mutex<HashMap<(i64, u64), Arc<HistoryEvent>>>,
}

/// What was found in a decoded row.
#[derive(Clone, Debug, Default)]
struct Decoded {
    /// The wanted row, with the index of the reading of the key that it fits.
    row: Option<(usize, Arc<FoundVersion>)>,
    /// An event that explains the history.
    event: Option<Arc<HistoryEvent>>,
}

impl Decoded {
    fn is_empty(&self) -> bool {
        self.row.is_none() && self.event.is_none()
    }
}

impl Known {
    /// Returns the event with this identity, the same for every side.
    fn event(&self, identity: u64, event: Event, part: EventPart) -> Arc<HistoryEvent> {
        let mut events = lock(&self.events);
        let number = events.len();
        let known = events.entry((event.id, identity));
        Arc::clone(known.or_insert_with(|| {
            Arc::new(HistoryEvent {
                number,
                event,
                part,
            })
        }))
    }
}
