//! Refuses a snapshot that holds a key twice: an id of its log, whose ids must ascend, or the key of a
//! table. While keys ascend, none is kept; from the first that does not, their hashes are kept, and the
//! rows before it are read again at the end.

use std::{cmp::Ordering, collections::HashSet, iter, mem, path::Path};

use twox_hash::XxHash3_128;

use super::Contents;
use crate::core::{
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::{OnProgress, Stage, Throttle, report},
        row::{Key, Row, Table, ValueBuffer, ValueRef, is_among},
    },
    file::json::RowPlace,
};

/// The keys to check in a snapshot without a checksum. Each is a table of only the key's columns; the
/// log's is `sorted`.
#[derive(Debug)]
pub(crate) struct Keys {
    tables: Vec<Table>,
    /// The names of those whose key is a rowid, which every row has.
    numbered: Vec<String>,
    log: Option<String>,
}

impl Keys {
    /// Returns the log's id and the keys of these tables; each table comes with whether its key is the rowid.
    pub(crate) fn of<'t>(
        profile: &Profile,
        tables: impl Iterator<Item = (&'t Table, bool)>,
    ) -> Self {
        let keyed = |name: &String, columns: Vec<String>, sorted| Table {
            sorted,
            ..Table::keyless(name, columns).keyed()
        };
        let log = profile.log.iter();
        let log = log.map(|log| keyed(&log.table, vec![log.id.clone()], true));
        let (mut all, mut numbered): (Vec<Table>, Vec<String>) = (log.collect(), Vec::new());
        for (table, is_numbered) in tables.filter(|(table, _)| !table.key.is_empty()) {
            if is_numbered {
                numbered.push(table.name.clone());
            }
            if !profile.is_log(&table.name) {
                let columns = table.key.iter().map(|&index| table.columns[index].clone());
                all.push(keyed(&table.name, columns.collect(), false));
            }
        }
        Self {
            tables: all,
            numbered,
            log: profile.log.as_ref().map(|log| log.table.clone()),
        }
    }

    /// Returns only the log's id.
    pub(crate) fn of_log(profile: &Profile) -> Self {
        Self::of(profile, iter::empty())
    }

    /// Returns a check of the file at `path`, before its first row.
    pub(crate) fn check<'k>(&'k self, path: &'k Path) -> KeyCheck<'k> {
        KeyCheck {
            keys: self,
            path,
            table: None,
            is_numbered: false,
            last: Key::default(),
            now: Key::default(),
            log_ends: None,
            unordered: Vec::new(),
            is_unordered: false,
        }
    }
}

/// A check in progress.
pub(crate) struct KeyCheck<'k> {
    keys: &'k Keys,
    path: &'k Path,
    /// The key of the table being read, and where the key's columns are in a row.
    table: Option<(&'k Table, Vec<usize>)>,
    is_numbered: bool,
    /// The last key that can be compared.
    last: Key,
    now: Key,
    log_ends: Option<i64>,
    /// The tables whose keys do not ascend.
    unordered: Vec<Unordered<'k>>,
    /// Whether the last of these is the one being read.
    is_unordered: bool,
}

/// A table whose keys do not ascend.
struct Unordered<'k> {
    table: &'k Table,
    /// The number of rows whose hashes are not kept: those before the first key that does not ascend.
    before: u64,
    /// The hashes of the keys of the others.
    known: HashSet<u128>,
}

impl Unordered<'_> {
    fn is_new(&mut self, key: &Key) -> bool {
        self.known.insert(XxHash3_128::oneshot(key.as_bytes()))
    }
}

impl KeyCheck<'_> {
    /// Longer keys are compared at the end, with all others: the texts of a row may be cut.
    const LONGEST: usize = 256 * 1024;

    /// Fails if a row has the key of the row before it. Tables in any other order are compared at the
    /// end.
    pub(crate) fn row(
        &mut self,
        place: RowPlace<'_>,
        columns: &[String],
        value_refs: &ValueBuffer,
    ) -> Result<()> {
        let name = place.table;
        let is_first = place.row == 0;
        if is_first {
            self.begin(name, columns);
        }
        let Some((table, places)) = &self.table else {
            return Ok(());
        };
        self.now
            .set(table, 0, |index| value_refs.get(places[index]));
        if let (true, ValueRef::Integer(id)) = (table.sorted, value_refs.get(places[0])) {
            self.log_ends = Some(id);
        }
        if self.is_numbered && value_refs.get(places[0]) == ValueRef::Null {
            let column = &table.columns[0];
            return Err(self.damaged(format!("table {name} holds a row without {column}")));
        }
        if !self.now.is_unique() {
            return Ok(());
        }
        let table = *table;
        let is_whole = self.now.as_bytes().len() <= Self::LONGEST;
        let order = self.now.as_bytes().cmp(self.last.as_bytes());
        let twice = || repeated(table, |index| value_refs.get(places[index]));
        if is_whole && order == Ordering::Equal {
            return Err(twice());
        }
        let descends = is_whole && order == Ordering::Less;
        if descends && table.sorted {
            let key = row(table, |index| value_refs.get(places[index])).key_text(table);
            return Err(self.damaged(format!("table {name} holds {key} after a higher one")));
        }
        if (descends || !is_whole) && !mem::replace(&mut self.is_unordered, true) {
            self.unordered.push(Unordered {
                table,
                before: place.row,
                known: HashSet::new(),
            });
        }
        if let Some(unordered) = self.unordered.last_mut().filter(|_| self.is_unordered) {
            if !is_whole {
                (unordered.before, unordered.known) = (u64::MAX, HashSet::new());
            } else if unordered.before < u64::MAX && !unordered.is_new(&self.now) {
                return Err(twice());
            }
        }
        if is_whole {
            mem::swap(&mut self.last, &mut self.now);
        }
        Ok(())
    }

    /// Fails if the file holds a key twice, or if its log ends before its `last_event_id`, which means
    /// that events are lost. A log that goes on after it belongs to a checkpoint, whose newer events
    /// the application's next start replays.
    pub(crate) fn end(mut self, contents: &Contents, on: OnProgress<'_>) -> Result<Option<i64>> {
        for unordered in mem::take(&mut self.unordered) {
            refuse_repeated(contents, unordered, on)?;
        }
        let last_event_id = contents.last_event_id();
        let has_events = |log: &String| contents.rows(log) > 0;
        if last_event_id > 0 && self.keys.log.as_ref().is_some_and(|log| !has_events(log)) {
            return Err(self.damaged(format!(
                "its last_event_id is {last_event_id}, but it holds no event"
            )));
        }
        match self.log_ends {
            Some(ends) if ends < last_event_id => Err(self.damaged(format!(
                "its last_event_id is {last_event_id}, but its event log ends with {ends}"
            ))),
            ends => Ok(ends),
        }
    }

    fn begin(&mut self, name: &str, columns: &[String]) {
        let is_another = |it: &Unordered<'_>| !it.table.name.eq_ignore_ascii_case(name);
        self.unordered.retain(is_another);
        (self.last, self.is_unordered) = (Key::default(), false);
        self.is_numbered = is_among(&self.keys.numbered, name);
        let mut tables = self.keys.tables.iter();
        let table = tables.find(|table| table.name.eq_ignore_ascii_case(name));
        self.table = table.and_then(|table| Some((table, places(table, columns)?)));
    }

    fn damaged(&self, damage: String) -> Error {
        Error::Damaged {
            path: self.path.to_owned(),
            damage,
        }
    }
}

/// Returns where a table's columns are among these; `None` if one is missing.
fn places(table: &Table, columns: &[String]) -> Option<Vec<usize>> {
    let place = |wanted: &String| {
        let mut columns = columns.iter();
        columns.position(|column| column.eq_ignore_ascii_case(wanted))
    };
    table.columns.iter().map(place).collect()
}

fn refuse_repeated(
    contents: &Contents,
    mut unordered: Unordered<'_>,
    on: OnProgress<'_>,
) -> Result<()> {
    let (table, before) = (unordered.table, unordered.before);
    let Some(mut rows) = contents.reader(&table.name) else {
        return Ok(());
    };
    let total = contents.table_bytes(&table.name);
    let on_bytes = &mut |done| report(on, Stage::Checking, done, total);
    let mut throttle = Throttle::new(on_bytes);
    let (mut key, mut places_of, mut row) = (Key::default(), None, 0);
    while row < before && rows.advance()? {
        rows.decode()?;
        let places = places_of.get_or_insert_with(|| places(table, rows.columns()));
        let Some(places) = places else {
            return Ok(());
        };
        key.set(table, 0, |index| rows.value_ref(places[index]));
        if key.is_unique() && !unordered.is_new(&key) {
            return Err(repeated(table, |index| rows.value_ref(places[index])));
        }
        row += 1;
        throttle.row(rows.passed())?;
    }
    Ok(())
}

/// Copies the key of a row.
fn row<'c>(table: &Table, value_ref: impl Fn(usize) -> ValueRef<'c>) -> Row {
    let columns = 0..table.columns.len();
    let values = columns.map(|index| value_ref(index).to_value()).collect();
    Row { values }
}

fn repeated<'c>(table: &Table, value_ref: impl Fn(usize) -> ValueRef<'c>) -> Error {
    Error::RepeatedKey {
        table: table.name.clone(),
        key: row(table, value_ref).key_text(table),
    }
}
