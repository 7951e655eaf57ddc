//! The schema of the database's tables: columns, keys, and which of them the profile names.

use std::collections::{HashMap, HashSet};

use super::{
    Database,
    module::{Keeps, ShadowTables, VirtualTable},
};
use crate::core::{
    base::{
        error::{Error, Result},
        profile::{Log, Profile, Tables},
        row::{Table, is_among},
    },
    file::snapshot::Keys,
};

/// The first key of a snapshot, which no table may have as its name.
pub(crate) const LAST_EVENT_ID: &str = "last_event_id";

/// Quotes a name for SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The names of a row's rowid in SQL, unless a column has that name.
pub(super) const ROWIDS: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// The tables that a profile names, as the database has them.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    /// The event log, its known columns first, if the profile names one.
    pub(crate) log: Option<Table>,
    /// The projected tables in the profile's order, each after its name there; `None` for a table
    /// that the database lacks.
    pub(crate) tables: Vec<(String, Option<Table>)>,
    /// The index of each of these by its name in lower case.
    places: HashMap<String, usize>,
}

impl Schema {
    /// Returns a table by its name, if it exists.
    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        let log = self.log.as_ref();
        if let Some(log) = log.filter(|log| log.name.eq_ignore_ascii_case(name)) {
            return Some(log);
        }
        let place = self.places.get(&name.to_ascii_lowercase())?;
        self.tables[*place].1.as_ref()
    }

    /// Returns every existing table, the event log first.
    pub(crate) fn present(&self) -> impl Iterator<Item = &Table> {
        self.log
            .iter()
            .chain(self.tables.iter().filter_map(|(_, table)| table.as_ref()))
    }
}

impl Database {
    /// Lists the profile's tables that exist, the event log first. Fails if the schema cannot be read,
    /// or does not fit the profile.
    pub fn tables(&self, profile: &Profile) -> Result<Vec<String>> {
        let schema = self.schema(profile)?;
        Ok(schema.present().map(|table| table.name.clone()).collect())
    }

    /// Returns the keys of the profile's tables; only the log's if they cannot be read.
    pub(crate) fn keys(&self, profile: &Profile) -> Keys {
        let schema = self.schema(profile).ok();
        let tables = schema.iter().flat_map(Schema::present);
        let is_numbered = |table: &Table| self.is_rowid(table).unwrap_or(false);
        Keys::of(profile, tables.map(|table| (table, is_numbered(table))))
    }

    /// Reads the tables that `profile` names; the event log must exist.
    pub(crate) fn schema(&self, profile: &Profile) -> Result<Schema> {
        let virtual_tables = self.virtual_tables()?;
        let places = ShadowTables::of(&virtual_tables);
        let log = profile.log.as_ref().map(|log| self.log_table(log));
        let shape = |name: String| {
            let table = match places.itself(&name) {
                Some(place) => Some(self.virtual_rows(&virtual_tables[place])?),
                None if profile.keeps_rowid(&name) => self.table_with_rowid(&name)?,
                None => self.table(&name)?,
            };
            Ok((name, table))
        };
        let names = match &profile.tables {
            Tables::Named(names) => names.clone(),
            Tables::Auto { exclude } => self.all_tables(profile, exclude, &virtual_tables)?,
        };
        let lower = names.iter().map(|name| name.to_ascii_lowercase());
        Ok(Schema {
            log: log.transpose()?,
            places: lower.zip(0..).collect(),
            tables: names.into_iter().map(shape).collect::<Result<_>>()?,
        })
    }

    /// Lists the tables that hold rows of the application, by name, without the event log and the
    /// excluded ones.
    fn all_tables(
        &self,
        profile: &Profile,
        exclude: &[String],
        virtual_tables: &[VirtualTable],
    ) -> Result<Vec<String>> {
        let (mut names, places) = (Vec::new(), ShadowTables::of(virtual_tables));
        for name in self.table_names()? {
            if profile.is_log(&name) || self.is_excluded(&name, exclude)? {
                continue;
            }
            let itself = places.itself(&name).map(|place| &virtual_tables[place]);
            let behind = places.behind(&name).map(|place| &virtual_tables[place]);
            let is_data = match (itself, behind) {
                (Some(table), _) => match table.keeps() {
                    Keeps::Rows => true,
                    Keeps::Unknown => return Err(self.unfit(table)?),
                    Keeps::IndexOf(_) | Keeps::Terms | Keeps::Nothing => false,
                },
                (None, Some(table)) => {
                    table.keeps() == Keeps::Terms && !self.is_excluded(&table.name, exclude)?
                }
                (None, None) => true,
            };
            if is_data {
                names.push(name);
            }
        }
        if names.iter().any(|name| name == LAST_EVENT_ID) {
            let what = format!(
                "table {LAST_EVENT_ID} has the name of a snapshot's own first key: exclude it"
            );
            return Err(self.unfitting(what));
        }
        Ok(names)
    }

    pub(super) fn is_excluded(&self, name: &str, patterns: &[String]) -> Result<bool> {
        let sql = "SELECT lower(?1) GLOB lower(?2)";
        for pattern in patterns {
            if !pattern.contains(['*', '?', '[']) {
                if name.eq_ignore_ascii_case(pattern) {
                    return Ok(true);
                }
                continue;
            }
            if self.number(sql, [name, pattern])? == Some(1) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Lists every table by name, including virtual and shadow tables, without SQLite's own.
    pub(crate) fn table_names(&self) -> Result<Vec<String>> {
        let failed = self.failed("read");
        let sql = "SELECT name FROM sqlite_schema
            WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
        let mut statement = self.connection.prepare_cached(sql).map_err(&failed)?;
        let names = statement.query_map([], |row| row.get(0)).map_err(&failed)?;
        names.collect::<rusqlite::Result<_>>().map_err(&failed)
    }

    /// Runs a query that returns names in lower case.
    pub(super) fn lower_names(&self, sql: &str) -> Result<HashSet<String>> {
        let failed = self.failed("read");
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let names = statement.query_map([], |row| row.get(0)).map_err(&failed)?;
        names.collect::<rusqlite::Result<_>>().map_err(&failed)
    }

    /// Returns whether a table of this name exists.
    pub(crate) fn has_table(&self, name: &str) -> Result<bool> {
        Ok(self.table(name)?.is_some())
    }

    /// Returns whether a name is that of a view.
    pub(crate) fn is_view(&self, name: &str) -> Result<bool> {
        Ok(self.table_kind(name)?.kind == "view")
    }

    /// Returns the columns and key of a table or view; `None` if it does not exist. Generated
    /// columns are left out, since they cannot be written.
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
        let columns = columns.into_iter().map(|(name, _)| name).collect();
        let mut table = Table::keyless(name, columns);
        table.rules = self.key_rules(name, key.iter().map(|&index| &table.columns[index]))?;
        table.key = key;
        Ok(Some(table))
    }

    /// Returns whether the rows of a table have rowids.
    pub(crate) fn has_rowids(&self, name: &str) -> Result<bool> {
        Ok(self.table_kind(name)?.has_rowids())
    }

    /// Returns a name by which a table's rowids can be addressed, if it has any. A column of that
    /// name, even a generated one, would hide them.
    pub(super) fn rowid_name(&self, table: &str) -> Result<Option<&'static str>> {
        if !self.has_rowids(table)? {
            return Ok(None);
        }
        self.free_rowid_name(table)
    }

    /// Returns a name by which rowids can be addressed in a table that has them.
    pub(super) fn free_rowid_name(&self, table: &str) -> Result<Option<&'static str>> {
        let sql = "SELECT count(*) FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE";
        for name in ROWIDS {
            if self.number(sql, [table, name])? == Some(0) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Returns a table with its rowid as the first column and the key.
    fn table_with_rowid(&self, name: &str) -> Result<Option<Table>> {
        let Some(table) = self.table(name)? else {
            return Ok(None);
        };
        match self.rowid_name(name)? {
            Some(rowid) => Ok(Some(table.with_rowid(rowid))),
            None => Err(self.unfitting(format!(
                "the profile keeps the rowids of table {name}, which has none"
            ))),
        }
    }

    /// Returns the columns of a virtual table that stores rows. The key is the rowid, which an
    /// R*Tree has as its first column.
    fn virtual_rows(&self, table: &VirtualTable) -> Result<Table> {
        let shape = match table.keeps() {
            Keeps::Rows => self.table(&table.name)?,
            _ => None,
        };
        let Some(mut shape) = shape else {
            return Err(self.unfit(table)?);
        };
        shape.columns.extend(table.language());
        if table.is_full_text() {
            let rowid = self.rowid_name(&table.name)?.unwrap_or(ROWIDS[0]);
            return Ok(shape.with_rowid(rowid));
        }
        shape.key = vec![0];
        shape.sorted = true;
        Ok(shape)
    }

    /// Returns whether a column is generated, so that it cannot be written.
    pub(crate) fn is_generated(&self, table: &str, column: &str) -> Result<bool> {
        let sql = "SELECT count(*) FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE AND hidden IN (2, 3)";
        Ok(self.number(sql, [table, column])? > Some(0))
    }

    /// Fails if the event log lacks a column that the profile assigns a meaning.
    pub(crate) fn check_meanings(&self, log: &Log) -> Result<()> {
        let table = self.log_table(log)?;
        let lacking = log.lacking_in(&table).into_iter().next();
        lacking.map_or(Ok(()), |(meaning, column)| {
            self.check_meaning(&table, meaning, &column)
        })
    }

    /// Fails if the database is empty: SQLite creates such a file when somebody opens a path where none
    /// is.
    pub(crate) fn refuse_empty(&self) -> Result<()> {
        match self.number("SELECT count(*) FROM sqlite_schema", [])? {
            Some(0) => Err(Error::NotADatabase {
                path: self.path.clone(),
                message: "it is empty".to_owned(),
            }),
            _ => Ok(()),
        }
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

    fn log_table(&self, log: &Log) -> Result<Table> {
        if log.table == LAST_EVENT_ID {
            let what = format!(
                "the event log {LAST_EVENT_ID} has the name of a snapshot's own first key, so no snapshot can hold it"
            );
            return Err(self.unfitting(what));
        }
        let Some(mut table) = self.table(&log.table)? else {
            self.refuse_empty()?;
            return Err(Error::NoEventLog {
                path: self.path.clone(),
                table: log.table.clone(),
            });
        };
        if table.column(&log.id).is_none()
            && ROWIDS.iter().any(|name| name.eq_ignore_ascii_case(&log.id))
            && self.has_rowids(&log.table)?
            && !self.is_generated(&log.table, &log.id)?
        {
            table = table.with_rowid(&log.id);
        }
        self.check_meaning(&table, "id", &log.id)?;
        let known = log
            .columns
            .iter()
            .filter(|column| table.column(column).is_some())
            .cloned();
        let is_known = |column: &&String| is_among(&log.columns, column);
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
