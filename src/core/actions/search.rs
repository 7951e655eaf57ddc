//! Searches live and every snapshot, newest first, for a text.
//!
//! A search reports each matching row, side by side, in the order of the sides' rows; [`Findings`]
//! merges the same row of several sides. Several snapshots are read at once, each in one pass
//! through a buffer.
//!
//! It searches texts: text columns, and within JSON its unescaped strings. It does not search names
//! of tables and columns, numbers, or blobs that are not JSON.

mod findings;
mod query;
mod side;
mod texts;
use crate::core::{
    actions::{
        show::Cache,
        workers::{self, SharedReading},
    },
    base::{
        error::{Error, Result},
        event::EventStatus,
        profile::Profile,
        progress::{OnProgress, Stage, report},
        row::Value,
    },
    db::Database,
    file::snapshot::Snapshot,
    store::Store,
};

pub use findings::{Finding, Findings};
pub use query::{Case, Excerpt, Query, Syntax};

use side::{Searching, search_live};

/// The sides of a search.
#[derive(Clone, Copy, Debug)]
pub struct SearchScope<'a> {
    /// The application.
    pub profile: &'a Profile,
    /// Live; without it only the event log's rows have a key other than the whole row.
    pub live: Option<&'a Database>,
    /// The snapshots, newest first.
    pub snapshots: &'a [Snapshot],
    /// The cache of facts about snapshots.
    pub cache: &'a Cache,
    /// Unpacks those that only the archive holds.
    pub store: &'a Store,
    /// How many rows of each side to describe; further ones are only counted.
    pub most: usize,
}

/// One side of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Live.
    Live,
    /// The snapshot at this index of the list.
    Snapshot(usize),
}

/// A result of a search.
#[derive(Debug)]
#[non_exhaustive]
pub enum SearchEvent {
    /// A row that contains the text.
    Hit(Hit),
    /// A side that could not be searched to its end; its hits so far do not count.
    Failed(Place, Error),
}

/// One row of one side that contains the text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Hit {
    /// The side.
    pub place: Place,
    /// The row's index in that side's table, from 0.
    pub row: u64,
    /// A hash of the row's table and key, equal on every side.
    pub key: u128,
    /// The row's status; a row outside the event log is always active.
    pub status: EventStatus,
    /// The row; `None` beyond the side's first [`SearchScope::most`].
    pub found: Option<Box<FoundRow>>,
}

/// A row that contains the text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FoundRow {
    /// The table.
    pub table: String,
    /// The key's columns and values; the whole row if there is no key.
    pub key: Vec<(String, Value)>,
    /// The match.
    pub excerpt: Excerpt,
}

/// Searches live and then each snapshot, and reports the results. A side that cannot be searched is
/// a [`SearchEvent::Failed`]. Fails only if it is cancelled, or if no side has a table of the query.
pub fn search(
    query: &Query,
    scope: SearchScope<'_>,
    on_event: &mut dyn FnMut(SearchEvent),
    on: OnProgress<'_>,
) -> Result<()> {
    let known = SharedFindings::default();
    let searching = Searching::new(query, scope, &known);
    let intact = scope.snapshots.iter().filter(|it| it.is_intact());
    let live = scope.live.map_or(0, Database::size);
    let total = live + intact.map(|snapshot| snapshot.size).sum::<u64>();
    let mut on_step = || report(on, Stage::Searching, known.done(), total);
    workers::run_parallel(
        scope.snapshots.len(),
        known.stop(),
        |index, on_hit| searching.search_snapshot(index, on_hit),
        |snapshots| {
            if let Some(database) = scope.live
                && let Err(error) = search_live(&searching, database, on_event, &mut on_step)
            {
                match error {
                    Error::Cancelled => return Err(error),
                    other => on_event(SearchEvent::Failed(Place::Live, other)),
                }
            }
            for index in 0..scope.snapshots.len() {
                let on_hit = &mut |hit| on_event(SearchEvent::Hit(hit));
                if let Err(error) = snapshots.next(on_hit, &mut on_step)? {
                    on_event(SearchEvent::Failed(Place::Snapshot(index), error));
                }
            }
            Ok(())
        },
    )?;
    known.check_tables(query.tables())
}

/// The state that the search threads share.
type SharedFindings = SharedReading<Match>;

/// A row that matches.
#[derive(Clone, Copy, Debug)]
struct Match {
    key: u128,
    status: EventStatus,
}
