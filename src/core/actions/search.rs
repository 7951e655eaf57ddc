//! Finding a text again: in live, and in every snapshot, newest first.
//!
//! A search tells of each row in which it finds the text, side after side, in the order of the sides'
//! rows; [`Findings`] gathers the same row of several sides into one. Several snapshots are read at a
//! time, each once and a buffer at a time.
//!
//! What is searched are texts: a column's, and within one that is JSON its strings, each as a person
//! reads it. Names of tables and columns, numbers and blobs are not.

mod findings;
mod prefilter;
mod query;
mod side;
mod texts;
mod workers;
use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use crate::core::{
    actions::show::Cache,
    base::{
        error::{Error, Result},
        event::Standing,
        nearest::no_such_table,
        profile::Profile,
        progress::{OnProgress, Stage, report},
        record::{Key, Value},
    },
    db::Database,
    file::snapshot::Snapshot,
};

pub use findings::{Finding, Findings};
pub use query::{Case, Excerpt, Query, Syntax};

use side::{Searching, search_live};

/// Where a search looks.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// The application.
    pub profile: &'a Profile,
    /// Live; without it only the event log's rows have a key that is not the whole row.
    pub live: Option<&'a Database>,
    /// The snapshots, newest first.
    pub snapshots: &'a [Snapshot],
    /// What is known of snapshots already.
    pub cache: &'a Cache,
}

/// One side of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Live.
    Live,
    /// The snapshot at this place of [`Grounds::snapshots`].
    Snapshot(usize),
}

/// What a search has come upon.
#[derive(Debug)]
pub enum Sighting {
    /// A row that holds the text.
    Hit(Hit),
    /// A side that cannot be searched to its end; what was found in it does not count.
    Failed(Place, Error),
}

/// One row of one side that holds the text.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Where it was found.
    pub place: Place,
    /// The table.
    pub table: String,
    /// The row's place in that side's table, counted from 0.
    pub row: u64,
    /// The row's key, which is the same on every side.
    pub key: Key,
    /// The key's columns and their values.
    pub named: Vec<(String, Value)>,
    /// Whether it counts; a row of another table than the event log always does.
    pub standing: Standing,
    /// The text.
    pub excerpt: Excerpt,
}

/// Searches live and then each snapshot, and tells of what it comes upon. What cannot be searched
/// does not end the search; what it stops at is being cancelled, or a table that no side has.
pub fn search(
    query: &Query,
    grounds: Grounds<'_>,
    on_sighting: &mut dyn FnMut(Sighting),
    on: OnProgress<'_>,
) -> Result<()> {
    let known = SharedFindings::default();
    let searching = Searching::new(query, grounds, &known);
    let intact = grounds.snapshots.iter().filter(|it| it.is_intact());
    let live = grounds.live.map_or(0, Database::size);
    let total = live + intact.map(|snapshot| snapshot.size).sum::<u64>();
    let mut on_step = || report(on, Stage::Searching, known.done(), total);
    workers::abreast(
        grounds.snapshots.len(),
        &known.stop,
        |index, on_hit| searching.search_snapshot(index, on_hit),
        |snapshots| {
            if let Some(database) = grounds.live
                && let Err(error) = search_live(&searching, database, on_sighting, &mut on_step)
            {
                match error {
                    Error::Cancelled => return Err(error),
                    other => on_sighting(Sighting::Failed(Place::Live, other)),
                }
            }
            for index in 0..grounds.snapshots.len() {
                let on_hit = &mut |hit| on_sighting(Sighting::Hit(hit));
                if let Err(error) = snapshots.next(on_hit, &mut on_step)? {
                    on_sighting(Sighting::Failed(Place::Snapshot(index), error));
                }
            }
            Ok(())
        },
    )?;
    known.check_tables(query)
}

/// What those that search side by side know together.
#[derive(Debug, Default)]
struct SharedFindings {
    /// The bytes that are behind them.
    done: AtomicU64,
    /// Whether they are to stop.
    stop: AtomicBool,
    /// The tables they have come to.
    tables: Mutex<BTreeSet<String>>,
}

impl SharedFindings {
    fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Adds to what is done; whether to go on.
    fn pass(&self, bytes: u64) -> ControlFlow<()> {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn come_to(&self, table: &str) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if !tables.contains(table) {
            tables.insert(table.to_owned());
        }
    }

    /// Fails if a table was chosen that is nowhere.
    fn check_tables(&self, query: &Query) -> Result<()> {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |name: &&String| tables.iter().any(|table| table.eq_ignore_ascii_case(name));
        match query.tables().iter().find(|name| !is_known(name)) {
            Some(unknown) => Err(no_such_table(
                unknown,
                "",
                &tables.iter().map(String::as_str).collect::<Vec<_>>(),
            )),
            None => Ok(()),
        }
    }
}
