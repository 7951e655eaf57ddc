//! What the database's tables are: columns, keys, defaults, and which of them the profile names.

use rusqlite::Connection;

use super::Database;
use crate::core::{
    error::{Error, Result},
    profile::Profile,
    record::{Table, Value},
};

/// A name as SQL takes it, whatever is in it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The tables that a profile names, as the database has them.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    /// The event log, its known columns first.
    pub(crate) log: Table,
    /// The projected tables in the profile's order, each with its name there; nothing for a table
    /// that the database lacks.
    pub(crate) tables: Vec<(String, Option<Table>)>,
}

impl Schema {
    /// A table by its name, if it is there.
    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.present()
            .find(|table| table.name.eq_ignore_ascii_case(name))
    }

    /// Every table that is there, the event log first.
    pub(crate) fn present(&self) -> impl Iterator<Item = &Table> {
        std::iter::once(&self.log).chain(self.tables.iter().filter_map(|(_, table)| table.as_ref()))
    }
}

impl Database {
    /// The tables that `profile` names; the event log must be there.
    pub(crate) fn schema(&self, profile: &Profile) -> Result<Schema> {
        let log = self.log_table(profile)?;
        let tables = profile
            .tables
            .iter()
            .map(|name| Ok((name.clone(), self.table(name)?)));
        Ok(Schema {
            log,
            tables: tables.collect::<Result<_>>()?,
        })
    }

    /// Whether there is a table of this name.
    pub(crate) fn has_table(&self, name: &str) -> Result<bool> {
        Ok(self.table(name)?.is_some())
    }

    /// Whether a name is a view's.
    pub(crate) fn is_view(&self, name: &str) -> Result<bool> {
        let sql =
            "SELECT count(*) FROM sqlite_schema WHERE type = 'view' AND name = ?1 COLLATE NOCASE";
        Ok(self.number(sql, [name])? > Some(0))
    }

    /// The shape of a table or view; nothing where there is none. Generated columns are no part of
    /// it, since nobody can write them.
    pub(crate) fn table(&self, name: &str) -> Result<Option<Table>> {
        let failed = self.failed("read");
        let sql = "SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid";
        let mut statement = self.connection.prepare_cached(sql).map_err(&failed)?;
        let columns = statement
            .query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(&failed)?;
        let columns = columns
            .collect::<rusqlite::Result<Vec<(String, i64)>>>()
            .map_err(&failed)?;
        if columns.is_empty() {
            return Ok(None);
        }
        let mut key: Vec<usize> = (0..columns.len())
            .filter(|&index| columns[index].1 > 0)
            .collect();
        key.sort_by_key(|&index| columns[index].1);
        Ok(Some(Table {
            name: name.to_owned(),
            columns: columns.into_iter().map(|(name, _)| name).collect(),
            key,
        }))
    }

    /// The value that a row gets in a column it does not name; nothing where that is not the same
    /// at all times.
    pub(crate) fn default_value(&self, table: &str, column: &str) -> Result<Option<Value>> {
        let sql = "SELECT dflt_value, type, (SELECT strict FROM pragma_table_list(?1) WHERE schema = 'main')
            FROM pragma_table_info(?1) WHERE name = ?2 COLLATE NOCASE";
        let found = self.connection.query_row(sql, [table, column], |row| {
            Ok((
                row.get::<_, Option<String>>(0)?,
                row.get::<_, String>(1)?,
                row.get(2)?,
            ))
        });
        let (expression, kind, strict) = found.map_err(self.failed("read"))?;
        match expression {
            None => Ok(Some(Value::Null)),
            Some(expression) if !is_constant(&expression) => Ok(None),
            Some(expression) => stored(&expression, &kind, strict)
                .map(Some)
                .map_err(self.failed("read")),
        }
    }

    /// Fails if the event log lacks a column that the profile gives a meaning.
    pub(crate) fn check_meanings(&self, profile: &Profile) -> Result<()> {
        let table = self.log_table(profile)?;
        let mut meanings = profile.log.meanings();
        meanings.try_for_each(|(meaning, column)| self.check_meaning(&table, meaning, column))
    }

    fn check_meaning(&self, log: &Table, meaning: &str, column: &str) -> Result<()> {
        if log.column(column).is_some() {
            return Ok(());
        }
        let what = format!("it has no column {column}, which the profile names as its {meaning}");
        Err(Error::EventLog {
            path: self.path.clone(),
            table: log.name.clone(),
            what,
        })
    }

    fn log_table(&self, profile: &Profile) -> Result<Table> {
        let log = &profile.log;
        let Some(mut table) = self.table(&log.table)? else {
            return Err(Error::NoEventLog {
                path: self.path.clone(),
                table: log.table.clone(),
            });
        };
        self.check_meaning(&table, "id", &log.id)?;
        let known = log
            .columns
            .iter()
            .filter(|column| table.column(column).is_some())
            .cloned();
        let is_known = |column: &&String| {
            log.columns
                .iter()
                .any(|known| known.eq_ignore_ascii_case(column))
        };
        let others = table
            .columns
            .iter()
            .filter(|column| !is_known(column))
            .cloned();
        let columns: Vec<String> = known.chain(others).collect();
        let key = table.key.iter().map(|&index| &table.columns[index]);
        let place = |name: &String| {
            columns
                .iter()
                .position(|column| column.eq_ignore_ascii_case(name))
        };
        table.key = key.filter_map(place).collect();
        table.columns = columns;
        Ok(table)
    }
}

/// What a column of this type stores for the expression.
fn stored(expression: &str, kind: &str, strict: Option<bool>) -> rusqlite::Result<Value> {
    let strict = if strict == Some(true) { "STRICT" } else { "" };
    let probe = Connection::open_in_memory()?;
    probe.execute_batch(&format!(
        "CREATE TABLE probe (value {kind} DEFAULT {expression}) {strict}; INSERT INTO probe DEFAULT VALUES"
    ))?;
    probe.query_row("SELECT value FROM probe", [], |row| {
        super::rows::value(row.get_ref(0)?)
    })
}

/// Whether a default is a literal: a number, a text, a blob, NULL, TRUE or FALSE.
fn is_constant(expression: &str) -> bool {
    let text = expression.trim();
    let word = text.to_ascii_uppercase();
    let number = text
        .trim_start_matches(['-', '+'])
        .starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let quoted = word.trim_start_matches('X').starts_with('\'');
    number || quoted || matches!(word.as_str(), "NULL" | "TRUE" | "FALSE")
}
