//! What no snapshot holds twice: the ids of its log, which ascend, and the keys of its tables. Only
//! neighbours are compared, so that no row is kept.

use std::{cmp::Ordering, iter, mem, path::Path};

use crate::core::{
    base::{
        error::{Error, Result},
        profile::Profile,
        record::{Cell, Cells, Key, Record, Table},
    },
    file::json::RowPlace,
};

/// The keys by which a snapshot without a checksum is checked: tables of nothing but their key, of
/// which the log is `sorted`.
#[derive(Debug)]
pub(crate) struct Keys(Vec<Table>);

impl Keys {
    /// Returns the log's id and the keys of these tables.
    pub(crate) fn of<'t>(profile: &Profile, tables: impl Iterator<Item = &'t Table>) -> Self {
        let keyed = |name: &String, columns: Vec<String>, sorted| Table {
            name: name.clone(),
            key: (0..columns.len()).collect(),
            columns,
            sorted,
        };
        let log = profile.log.iter();
        let log = log.map(|log| keyed(&log.table, vec![log.id.clone()], true));
        let tables = tables.filter(|table| !table.key.is_empty() && !profile.is_log(&table.name));
        let tables = tables.map(|table| {
            let columns = table.key.iter().map(|&index| table.columns[index].clone());
            keyed(&table.name, columns.collect(), false)
        });
        Self(log.chain(tables).collect())
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
            last: Key::default(),
            now: Key::default(),
            log_ends: None,
        }
    }
}

/// A check in progress.
pub(crate) struct KeyCheck<'k> {
    keys: &'k Keys,
    path: &'k Path,
    /// The key of the table being read, and where the key's columns are in a row.
    table: Option<(&'k Table, Vec<usize>)>,
    last: Key,
    now: Key,
    log_ends: Option<i64>,
}

impl KeyCheck<'_> {
    /// Longer keys are not compared: the texts of a row may be cut.
    const LONGEST: usize = 256 * 1024;

    /// Refuses a row with the key of the row before it.
    pub(crate) fn row(
        &mut self,
        place: RowPlace<'_>,
        columns: &[String],
        cells: &Cells,
    ) -> Result<()> {
        let name = place.table;
        let is_first = place.row == 0;
        if is_first {
            self.begin(name, columns);
        }
        let Some((table, places)) = &self.table else {
            return Ok(());
        };
        self.now.set(table, 0, |index| cells.get(places[index]));
        if let (true, Cell::Integer(id)) = (table.sorted, cells.get(places[0])) {
            self.log_ends = Some(id);
        }
        let (last, now) = (self.last.as_bytes(), self.now.as_bytes());
        let are_keys = !is_first && self.last.is_unique() && self.now.is_unique();
        let is_comparable = are_keys && now.len() <= Self::LONGEST;
        let order = now.cmp(last);
        let is_wrong = order == Ordering::Equal || (table.sorted && order == Ordering::Less);
        if is_comparable && is_wrong {
            let values = places.iter().map(|&place| cells.get(place).to_value());
            let values = values.collect();
            let key = Record { values }.key_text(table);
            return Err(match order {
                Ordering::Equal => Error::RepeatedKey {
                    table: table.name.clone(),
                    key,
                },
                _ => self.damaged(format!("table {name} holds {key} after a higher one")),
            });
        }
        mem::swap(&mut self.last, &mut self.now);
        Ok(())
    }

    /// Refuses a file whose log ends before its `last_event_id`: events are lost. A log that goes
    /// on after it belongs to a checkpoint, whose newer events the application's next start
    /// replays.
    pub(crate) fn end(self, last_event_id: i64) -> Result<Option<i64>> {
        match self.log_ends {
            Some(ends) if ends < last_event_id => Err(self.damaged(format!(
                "its last_event_id is {last_event_id}, but its event log ends with {ends}"
            ))),
            ends => Ok(ends),
        }
    }

    fn begin(&mut self, name: &str, columns: &[String]) {
        let place = |wanted: &String| {
            let mut columns = columns.iter();
            columns.position(|column| column.eq_ignore_ascii_case(wanted))
        };
        let mut tables = self.keys.0.iter();
        let table = tables.find(|table| table.name.eq_ignore_ascii_case(name));
        self.table = table.and_then(|table| {
            let places = table.columns.iter().map(place);
            Some((table, places.collect::<Option<_>>()?))
        });
    }

    fn damaged(&self, damage: String) -> Error {
        Error::Damaged {
            path: self.path.to_owned(),
            damage,
        }
    }
}
