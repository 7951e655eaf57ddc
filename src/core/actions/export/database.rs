//! Exports tables of one side as a new SQLite database.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    path::Path,
};

use super::{draft, name};
use crate::core::{
    actions::rows::Rows,
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage, report},
        row::{Table, ValueRef},
    },
    db::{Changer, Database, Select, quoted},
    file::json::RowEncoder,
};

/// An exported table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// Which columns it has.
    pub schema: ExportedColumns,
}

/// Which columns an exported table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportedColumns {
    /// Those of live's table, created by the same statement.
    Live,
    /// Those of the rows, without types or constraints.
    Plain,
    /// None: the table was left out, since it has no rows and its columns are unknown.
    Unknown,
}

/// Writes tables into a new database, which appears whole or not at all. A table gets live's
/// definition, if live has the table and its definition stores the rows unchanged. Fails if the file
/// exists or cannot be written, or a row cannot be read.
pub fn export_database(
    path: &Path,
    tables: &[Rows<'_>],
    live: Option<&Database>,
    on: OnProgress<'_>,
) -> Result<Vec<Exported>> {
    let draft = draft(path)?;
    if let Some(rows) = tables.first() {
        draft.follow(rows.file())?;
    }
    let counts: Vec<u64> = tables.iter().map(Rows::count).collect::<Result<_>>()?;
    let total = counts.iter().sum();
    let mut exported = Vec::new();
    {
        let database = Database::unfinished(draft.path())?;
        let mut done = 0;
        for (rows, count) in tables.iter().zip(counts) {
            let mut on_row = |number| report(on, Stage::Exporting, done + number, total);
            exported.push(table(&database, rows, live, &mut on_row)?);
            done += count;
        }
    }
    name(draft, path)?;
    Ok(exported)
}

/// Writes one table.
fn table(
    database: &Database,
    rows: &Rows<'_>,
    live: Option<&Database>,
    on_row: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<Exported> {
    let table = rows.table();
    let exported = |rows, schema| Exported {
        table: table.name.clone(),
        rows,
        schema,
    };
    let statement = live.map_or(Ok(None), |live| live.statement_for(table))?;
    // A statement that needs the application's own functions fails here.
    if statement.is_some_and(|statement| database.run(&statement).is_ok()) {
        match fill(database, rows, on_row) {
            Ok(Some(count)) => return Ok(exported(count, ExportedColumns::Live)),
            // The constraints or types are not those under which the rows were written.
            Ok(None) | Err(Error::Row { .. } | Error::RepeatedKey { .. }) => {
                database.run(&format!("DROP TABLE {}", quoted(&table.name)))?;
            }
            Err(error) => return Err(error),
        }
    }
    // A snapshot does not show the columns of a table without rows.
    let known = match live {
        Some(live) if table.columns.is_empty() => live.table(&table.name)?,
        _ => None,
    };
    let columns = &known.as_ref().unwrap_or(table).columns;
    if columns.is_empty() {
        return Ok(exported(0, ExportedColumns::Unknown));
    }
    let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    database.run(&format!(
        "CREATE TABLE {} ({})",
        quoted(&table.name),
        columns.join(", ")
    ))?;
    let count = fill(database, rows, on_row)?.expect("columns without a type hold any value");
    Ok(exported(count, ExportedColumns::Plain))
}

/// Fills a table; returns the number of rows, or `None` if the table stores some of them changed.
fn fill(
    database: &Database,
    rows: &Rows<'_>,
    on_row: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<Option<u64>> {
    let table = rows.table();
    let (changer, mut given) = (Changer::new(database, table)?, RowHash::new(table));
    database.writing(|| {
        rows.each(&mut |number, row| {
            on_row(number)?;
            row.load()?;
            given.add(|column| row.value_ref(column));
            changer.insert(&row.row()?)
        })
    })?;
    if table.columns.is_empty() {
        return Ok(Some(0));
    }
    let mut held = RowHash::new(table);
    database.with_rows(Select::all(table), |mut rows| {
        while rows.advance()? {
            held.add(|column| rows.value_ref(column));
        }
        Ok(())
    })?;
    let is_exact = (held.hashes, held.count) == (given.hashes, given.count);
    Ok(is_exact.then_some(given.count))
}

/// A hash of rows in any order.
struct RowHash {
    encoder: RowEncoder,
    buffer: Vec<u8>,
    hashes: u64,
    count: u64,
}

impl RowHash {
    fn new(table: &Table) -> Self {
        Self {
            encoder: RowEncoder::new(&table.columns),
            buffer: Vec::new(),
            hashes: 0,
            count: 0,
        }
    }

    fn add<'c>(&mut self, value_ref: impl FnMut(usize) -> ValueRef<'c>) {
        self.buffer.clear();
        self.encoder.encode(&mut self.buffer, value_ref);
        let mut hasher = DefaultHasher::new();
        self.buffer.hash(&mut hasher);
        self.hashes = self.hashes.wrapping_add(hasher.finish());
        self.count += 1;
    }
}
