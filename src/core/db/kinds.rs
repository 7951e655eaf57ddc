//! What each table is, read for all tables at once and remembered until the schema changes: even for
//! one table, SQLite reads all of them.

use std::{collections::HashMap, sync::Arc};

use super::Database;
use crate::core::base::error::Result;

/// What a table is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TableKind {
    /// `table`, `view`, `shadow` or `virtual`; empty if it does not exist.
    pub(super) kind: String,
    /// Whether its rows have no rowid.
    pub(super) without_rowid: bool,
    /// Whether it is STRICT.
    pub(super) strict: bool,
    /// Whether it never reuses a number (AUTOINCREMENT).
    pub(super) autoincrement: bool,
}

/// The kinds of all tables by their names in lower case, as of a version of the schema.
#[derive(Clone, Debug)]
pub(super) struct TableKinds {
    version: i64,
    kinds: Arc<HashMap<String, TableKind>>,
}

impl TableKind {
    /// Returns whether it is a table of rows with rowids, not a view.
    pub(super) fn has_rowids(&self) -> bool {
        !matches!(&*self.kind, "" | "view") && !self.without_rowid
    }
}

impl Database {
    /// Returns what a table is.
    pub(super) fn table_kind(&self, table: &str) -> Result<TableKind> {
        let known = self
            .table_kinds()?
            .get(&table.to_ascii_lowercase())
            .cloned();
        Ok(known.unwrap_or_default())
    }

    fn table_kinds(&self) -> Result<Arc<HashMap<String, TableKind>>> {
        let failed = self.failed("read");
        let version = self
            .connection
            .pragma_query_value(None, "schema_version", |row| row.get(0));
        let version = version.map_err(&failed)?;
        let mut known = self.kinds.borrow_mut();
        if let Some(known) = known.as_ref().filter(|known| known.version == version) {
            return Ok(Arc::clone(&known.kinds));
        }
        let sql = "SELECT lower(list.name), list.type, list.wr, list.strict,
                coalesce(made.sql LIKE '%AUTOINCREMENT%', 0)
            FROM pragma_table_list AS list
            LEFT JOIN sqlite_schema AS made ON made.type = 'table' AND made.name = list.name
            WHERE list.schema = 'main'";
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let rows = statement.query_map([], |row| {
            let kind = TableKind {
                kind: row.get(1)?,
                without_rowid: row.get(2)?,
                strict: row.get(3)?,
                autoincrement: row.get(4)?,
            };
            Ok((row.get(0)?, kind))
        });
        let rows = rows.map_err(&failed)?;
        let kinds = rows.collect::<rusqlite::Result<_>>().map_err(&failed)?;
        let kinds = Arc::new(kinds);
        *known = Some(TableKinds {
            version,
            kinds: Arc::clone(&kinds),
        });
        Ok(kinds)
    }
}
