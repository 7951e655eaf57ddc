//! The rows of a table of live, in a snapshot's order and form.

use std::ops::RangeInclusive;

use rusqlite::{fallible_streaming_iterator::FallibleStreamingIterator, params_from_iter, types};

use super::{
    Database,
    change::{all_of, listed, parameter},
    quoted,
};
use crate::core::{
    base::{
        error::{Error, Result},
        profile::{Log, Profile},
        row::{Collation, Row, Table, Value, ValueRef},
    },
    file::json::RowEncoder,
};

/// Which rows of a table to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Select<'a> {
    /// The table and the columns to read.
    pub(crate) table: &'a Table,
    /// The ordering column of the event log or of a sorted table.
    pub(crate) ordered_by: Option<&'a str>,
    /// For the event log, the last id to read.
    pub(crate) up_to: Option<i64>,
    /// For the event log, the id to start after.
    pub(crate) after: Option<i64>,
}

impl<'a> Select<'a> {
    /// With more columns a condition names the last one, so that SQLite parses the beginning of a
    /// row, which may lie on several pages, as a whole and not once for each column.
    const WIDE: usize = 100;

    /// Selects all rows, in SQLite's order if the table is not sorted.
    pub(crate) fn all(table: &'a Table) -> Self {
        let key = table.key.first().filter(|_| table.sorted);
        Self {
            table,
            ordered_by: key.map(|&index| table.columns[index].as_str()),
            up_to: None,
            after: None,
        }
    }

    /// Selects all events, by id.
    pub(crate) fn log(table: &'a Table, log: &'a Log) -> Self {
        Self {
            table,
            ordered_by: Some(&log.id),
            up_to: None,
            after: None,
        }
    }

    pub(super) fn sql(&self) -> String {
        let (columns, table) = (&self.table.columns, quoted(&self.table.name));
        let mut sql = match columns.as_slice() {
            [] => format!("SELECT NULL FROM {table}"),
            columns => format!("SELECT {} FROM {table}", listed(columns)),
        };
        let mut terms = Vec::new();
        if let Some(last) = columns.last().filter(|_| columns.len() > Self::WIDE) {
            terms.push(format!("typeof({}) <> ''", quoted(last)));
        }
        if let Some(id) = self.ordered_by.map(quoted) {
            terms.extend(self.up_to.map(|last| format!("{id} <= {last}")));
            terms.extend(self.after.map(|last| format!("{id} > {last}")));
        }
        if !terms.is_empty() {
            sql += &format!(" WHERE {}", terms.join(" AND "));
        }
        if let Some(id) = self.ordered_by {
            sql += &format!(" ORDER BY {}", quoted(id));
        }
        sql
    }
}

/// A cursor over the rows of a table of live.
pub(crate) struct LiveRows<'s> {
    rows: rusqlite::Rows<'s>,
    table: &'s Table,
    /// Made for the first row that is encoded: most lookups encode none.
    encoder: Option<RowEncoder>,
    database: &'s Database,
    encoded: Vec<u8>,
}

impl Database {
    /// Runs `read` with the rows of `select`.
    pub(crate) fn with_rows<T>(
        &self,
        select: Select<'_>,
        read: impl FnOnce(LiveRows<'_>) -> Result<T>,
    ) -> Result<T> {
        self.with_query(&select.sql(), [], select.table, read)
    }

    /// Runs `read` with the rows of a query, whose columns are those of `table`.
    pub(super) fn with_query<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        table: &Table,
        read: impl FnOnce(LiveRows<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .map_err(self.failed("read"))?;
        let rows = statement.query(parameters).map_err(self.failed("read"))?;
        read(LiveRows {
            rows,
            table,
            encoder: None,
            database: self,
            encoded: Vec::new(),
        })
    }

    /// Returns whether a table has no rows.
    pub(crate) fn is_empty(&self, table: &str) -> Result<bool> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(table));
        Ok(self.number(&sql, [])? == Some(0))
    }

    /// Counts the rows of a table.
    pub(crate) fn count(&self, table: &str) -> Result<u64> {
        self.stop.check()?;
        let count = self.number(&format!("SELECT count(*) FROM {}", quoted(table)), [])?;
        Ok(count.unwrap_or(0).cast_unsigned())
    }

    /// Returns the highest event id; 0 for an empty or missing log.
    pub(crate) fn last_event_id(&self, profile: &Profile) -> Result<i64> {
        let Some(log) = &profile.log else {
            return Ok(0);
        };
        let sql = format!(
            "SELECT max({}) FROM {}",
            quoted(&log.id),
            quoted(&log.table)
        );
        let last = self
            .connection
            .query_row(&sql, [], |row| value(row.get_ref(0)?));
        match last.map_err(self.failed("read"))? {
            Value::Null => Ok(0),
            Value::Integer(id) => Ok(id),
            other => {
                let what = format!("the highest {} is {other}, not an integer", log.id);
                Err(Error::EventLog {
                    path: self.path.clone(),
                    table: log.table.clone(),
                    what,
                })
            }
        }
    }

    /// Returns the event of this id, in these columns of the log.
    pub(crate) fn event_row(&self, table: &Table, log: &Log, id: i64) -> Result<Option<Row>> {
        let mut event = None;
        self.event_rows(table, log, id..=id, |row| event = Some(row))?;
        Ok(event)
    }

    /// Calls `each` with the rows of the events with these ids.
    pub(crate) fn event_rows(
        &self,
        table: &Table,
        log: &Log,
        ids: RangeInclusive<i64>,
        mut each: impl FnMut(Row),
    ) -> Result<()> {
        let select = Select {
            after: ids.start().checked_sub(1),
            up_to: Some(*ids.end()),
            ..Select::log(table, log)
        };
        self.with_rows(select, |mut rows| {
            while let Some(row) = rows.next_row()? {
                each(row);
            }
            Ok(())
        })
    }

    /// Returns the row with this key; if several have it, the one with exactly these values.
    pub(crate) fn row_of_key(&self, table: &Table, values: &[Value]) -> Result<Option<Row>> {
        KeyLookup::new(self, table).row(values)
    }

    /// Returns whether a new event may get the id of a deleted one.
    pub(crate) fn reuses_ids(&self, log: &Log) -> Result<bool> {
        Ok(!self.table_kind(&log.table)?.autoincrement)
    }

    /// Returns whether a table holds a BLOB.
    pub(crate) fn holds_blobs(&self, table: &Table) -> Result<bool> {
        let name = quoted(&table.name);
        for column in &table.columns {
            let column = quoted(column);
            let sql =
                format!("SELECT EXISTS (SELECT 1 FROM {name} WHERE typeof({column}) = 'blob')");
            if self.number(&sql, [])? == Some(1) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Counts the events with an id above `after`.
    pub(crate) fn events_after(&self, log: &Log, after: i64) -> Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM {} WHERE {} > ?1",
            quoted(&log.table),
            quoted(&log.id)
        );
        Ok(self.number(&sql, [after])?.unwrap_or(0).cast_unsigned())
    }
}

/// Finds rows of one table by their keys.
pub(crate) struct KeyLookup<'d> {
    database: &'d Database,
    table: &'d Table,
    sql: String,
}

impl<'d> KeyLookup<'d> {
    pub(crate) fn new(database: &'d Database, table: &'d Table) -> Self {
        // A collation that only the application has cannot be used.
        let term = |&place: &usize| {
            let (column, rule) = (quoted(&table.columns[place]), table.rule(place));
            let collation = rule.map_or(Collation::Binary, |rule| rule.collation);
            format!("{column} IS ? COLLATE {}", collation.name())
        };
        let terms: Vec<String> = table.key.iter().map(term).collect();
        let (columns, name) = (listed(&table.columns), quoted(&table.name));
        Self {
            database,
            table,
            sql: format!("SELECT {columns} FROM {name} WHERE {}", all_of(&terms)),
        }
    }

    /// Returns the row with this key; if several have it, the one with exactly these values.
    pub(crate) fn row(&self, values: &[Value]) -> Result<Option<Row>> {
        let Self {
            database,
            table,
            sql,
        } = self;
        let values = values.iter().map(Value::value_ref);
        let parameters = params_from_iter(values.clone().map(parameter));
        database.with_query(sql, parameters, table, |mut rows| {
            let mut found = None;
            while rows.advance()? {
                let pairs = || table.key.iter().zip(values.clone());
                if pairs().all(|(&place, value)| rows.value_ref(place).same(value)) {
                    return Ok(Some(rows.to_row()));
                }
                // A column converts the value that it is compared with.
                let mut pairs = pairs();
                if pairs
                    .all(|(&place, value)| table.is_same_key(place, rows.value_ref(place), value))
                {
                    found = Some(rows.to_row());
                }
            }
            Ok(found)
        })
    }
}

impl LiveRows<'_> {
    /// Moves to the next row; returns false at the end.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        self.encoded.clear();
        let moved = self.rows.advance();
        moved.map_err(self.database.failed("read"))?;
        Ok(self.rows.get().is_some())
    }

    /// Returns how many values a row has.
    pub(super) fn width(&self) -> usize {
        self.table.columns.len().max(1)
    }

    /// Returns a value of the row.
    pub(crate) fn value_ref(&self, column: usize) -> ValueRef<'_> {
        let row = self.rows.get().expect("the cursor is at a row");
        borrowed(row.get_ref(column).expect("the query names every column"))
    }

    /// Moves to the next row and returns its values, if there is one.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row>> {
        Ok(self.advance()?.then(|| self.to_row()))
    }

    /// Copies the row.
    fn to_row(&self) -> Row {
        let columns = 0..self.table.columns.len();
        let values = columns.map(|column| self.value_ref(column).to_value());
        Row {
            values: values.collect(),
        }
    }

    /// Returns the row as a snapshot stores it.
    pub(crate) fn encoded(&mut self) -> &[u8] {
        if self.encoded.is_empty() {
            let mut encoded = std::mem::take(&mut self.encoded);
            let encoder = self.encoder.take();
            let encoder = encoder.unwrap_or_else(|| RowEncoder::new(&self.table.columns));
            encoder.encode(&mut encoded, |column| self.value_ref(column));
            (self.encoder, self.encoded) = (Some(encoder), encoded);
        }
        &self.encoded
    }
}

fn borrowed(value: types::ValueRef<'_>) -> ValueRef<'_> {
    match value {
        types::ValueRef::Null => ValueRef::Null,
        types::ValueRef::Integer(number) => ValueRef::Integer(number),
        types::ValueRef::Real(number) => ValueRef::Real(number),
        types::ValueRef::Text(bytes) => ValueRef::Text(bytes),
        types::ValueRef::Blob(bytes) => ValueRef::Blob(bytes),
    }
}

/// Copies a value.
#[expect(
    clippy::unnecessary_wraps,
    reason = "rusqlite expects a function that may fail"
)]
pub(super) fn value(value: types::ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(borrowed(value).to_value())
}
