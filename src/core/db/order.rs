//! Reads the rows of a table of live in the table's own order, from any row on: it starts at the
//! nearest known key before, and does not count from the first row.

use std::ops::RangeInclusive;

use rusqlite::params_from_iter;

use super::{
    Database, LiveRows,
    change::{all_of, parameter},
    quoted,
};
use crate::core::base::{
    error::Result,
    row::{Row, Table, Value},
};

/// The SQL terms that order a table's rows: its rowid, or its primary key's columns. Empty for a
/// view or a table without either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowOrder(Vec<String>);

/// A run of consecutive rows.
#[derive(Clone, Debug)]
pub(crate) struct RowRun<'a> {
    /// The key to start at; `None` for the table's first row.
    pub(crate) key: Option<&'a [Value]>,
    /// How many rows to skip from there.
    pub(crate) skip: u64,
    /// How many rows to read.
    pub(crate) count: u64,
}

impl RowRun<'_> {
    /// All rows.
    pub(crate) const ALL: Self = Self {
        key: None,
        skip: 0,
        count: u64::MAX,
    };
}

impl RowOrder {
    /// Returns a table with only the ordering columns.
    fn key_of(&self, table: &Table) -> Table {
        Table::keyless(&table.name, self.0.clone())
    }

    fn clause(&self) -> String {
        if self.0.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", self.0.join(", "))
        }
    }
}

impl Database {
    /// Returns what orders the rows of a table.
    pub(crate) fn order(&self, table: &str) -> Result<RowOrder> {
        let known = self.table_kind(table)?;
        if !matches!(&*known.kind, "table" | "shadow") {
            return Ok(RowOrder(Vec::new()));
        }
        if known.without_rowid {
            let sql = "SELECT name, coll FROM pragma_index_xinfo(
                    (SELECT name FROM pragma_index_list(?1) WHERE origin = 'pk'))
                WHERE key ORDER BY seqno";
            return self.strings(sql, [table]).map(|columns| {
                // A collation that only the application has cannot be used for lookups.
                if !columns
                    .iter()
                    .all(|(_, collation)| Self::is_known(collation))
                {
                    return RowOrder(Vec::new());
                }
                let term = |(name, collation): &(String, String)| {
                    format!("{} COLLATE {}", quoted(name), quoted(collation))
                };
                RowOrder(columns.iter().map(term).collect())
            });
        }
        let rowid = self.rowid_name(table)?;
        Ok(RowOrder(rowid.map(str::to_owned).into_iter().collect()))
    }

    /// Calls `each` with the key of every row, in order.
    pub(crate) fn each_key(
        &self,
        table: &Table,
        order: &RowOrder,
        mut each: impl FnMut(Vec<Value>) -> Result<()>,
    ) -> Result<()> {
        let columns = if order.0.is_empty() {
            "NULL".to_owned()
        } else {
            order.0.join(", ")
        };
        let sql = format!(
            "SELECT {columns} FROM {}{}",
            quoted(&table.name),
            order.clause()
        );
        self.with_query(&sql, [], &order.key_of(table), |mut rows| {
            while let Some(row) = rows.next_row()? {
                each(row.values)?;
            }
            Ok(())
        })
    }

    /// Returns an upper bound of a table's rows without counting; 0 if only counting would show it.
    pub(crate) fn max_rows(&self, table: &str, order: &RowOrder) -> Result<u64> {
        let RowOrder(terms) = order;
        if terms.len() != 1 || terms[0].starts_with('"') {
            return Ok(0);
        }
        let end = |which: &str| {
            let sql = format!("SELECT {which}({}) FROM {}", terms[0], quoted(table));
            self.number(&sql, [])
        };
        let ends = end("min")?.zip(end("max")?);
        Ok(ends.map_or(0, |(first, last)| last.abs_diff(first).saturating_add(1)))
    }

    /// Runs `read` with a run of a table's rows.
    pub(crate) fn with_run<T>(
        &self,
        table: &Table,
        order: &RowOrder,
        run: &RowRun<'_>,
        read: impl FnOnce(LiveRows<'_>) -> Result<T>,
    ) -> Result<T> {
        let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
        let key = run.key.unwrap_or_default();
        let place = if key.is_empty() {
            String::new()
        } else {
            let parameters = vec!["?"; key.len()].join(", ");
            format!(" WHERE ({}) >= ({parameters})", order.0.join(", "))
        };
        let sql = format!(
            "SELECT {} FROM {}{place}{} LIMIT ? OFFSET ?",
            columns.join(", "),
            quoted(&table.name),
            order.clause()
        );
        let number = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let limits = [number(run.count), number(run.skip)];
        let values = key.iter().chain(&limits);
        let parameters = params_from_iter(values.map(|value| parameter(value.value_ref())));
        self.with_query(&sql, parameters, table, read)
    }

    /// Returns the range of a table's keys, if the key is its rowid.
    pub(crate) fn key_range(&self, table: &Table) -> Result<Option<RangeInclusive<i64>>> {
        if !self.is_keyed_by_rowid(table)? {
            return Ok(None);
        }
        let (key, name) = (quoted(&table.columns[table.key[0]]), quoted(&table.name));
        let end = |which: &str| {
            let sql = format!(
                "SELECT CASE typeof(key) WHEN 'integer' THEN key WHEN 'null' THEN 0 END
                FROM (SELECT {which}({key}) AS key FROM {name})"
            );
            self.number(&sql, [])
        };
        // A snapshot without rowids is matched by another key.
        Ok(end("min")?
            .zip(end("max")?)
            .map(|(first, last)| first..=last))
    }

    /// Returns whether a table's key is its rowid, which finds a row without an index.
    pub(crate) fn is_keyed_by_rowid(&self, table: &Table) -> Result<bool> {
        let known = self.table_kind(&table.name)?;
        if known.kind != "table" || known.without_rowid || table.key.len() != 1 {
            return Ok(false);
        }
        Ok(table.sorted || self.is_rowid(table)?)
    }

    /// Returns whether the key of a table with rowids is an alias of the rowid. A key that is not,
    /// such as `INTEGER PRIMARY KEY DESC`, has its own index.
    pub(super) fn is_rowid(&self, table: &Table) -> Result<bool> {
        let sql = "SELECT count(*) FROM pragma_index_list(?1) WHERE origin = 'pk'";
        Ok(table.key.len() == 1 && self.number(sql, [&table.name])? == Some(0))
    }

    /// Returns the row with the key of `row`, if there is one.
    pub(crate) fn row(&self, table: &Table, row: &Row) -> Result<Option<Row>> {
        let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
        let (terms, values): (Vec<String>, Vec<_>) = row
            .key_columns(table)
            .map(|(column, value)| {
                (
                    format!("{} = ?", quoted(column)),
                    parameter(value.value_ref()),
                )
            })
            .unzip();
        let sql = format!(
            "SELECT {} FROM {} WHERE {}",
            columns.join(", "),
            quoted(&table.name),
            all_of(&terms)
        );
        self.with_query(&sql, params_from_iter(values), table, |mut rows| {
            rows.next_row()
        })
    }

    /// Runs a query that returns pairs of texts.
    pub(super) fn strings(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<(String, String)>> {
        let failed = self.failed("read");
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let rows = statement
            .query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(&failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(&failed)
    }
}
