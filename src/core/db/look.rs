//! What a database tells of its tables to somebody who does not know it.

use super::{
    Database,
    module::{Keeps, VirtualTable},
    quoted,
    rows::value,
};
use crate::core::{
    error::Result,
    record::{Table, Value},
};

/// What can be seen of one ordinary table.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing to be seen"
)]
pub(crate) struct Look {
    pub(crate) table: Table,
    /// The column that is the rowid under another name.
    pub(crate) integer_key: Option<String>,
    /// Whether it never gives a number twice.
    pub(crate) autoincrement: bool,
    /// The name of its rowid, if it has one that can be reached.
    pub(crate) rowid: Option<&'static str>,
    /// Whether rows of other tables refer to its rows.
    pub(crate) is_referred_to: bool,
    /// Whether a trigger refuses to change or delete its rows.
    pub(crate) is_guarded: bool,
    /// Whether what its rowid is matters to a trigger or a full-text index.
    pub(crate) rowid_matters: bool,
    /// Some of its rows, the newest first.
    pub(crate) sample: Vec<Vec<Value>>,
}

impl Look {
    /// What the sample has in a column.
    pub(crate) fn values<'a>(&'a self, column: &str) -> impl Iterator<Item = &'a Value> {
        let index = self.table.column(column);
        self.sample
            .iter()
            .filter_map(move |row| row.get(index?))
            .filter(|value| **value != Value::Null)
    }
}

impl Database {
    /// Looks at every ordinary table, by name.
    pub(crate) fn look(&self) -> Result<Vec<Look>> {
        let virtual_tables = self.virtual_tables()?;
        let is_virtual = |name: &String| {
            virtual_tables
                .iter()
                .any(|table| table.name == *name || table.is_behind(name))
        };
        let names = self.table_names()?.into_iter();
        let mut looks = Vec::new();
        for name in names.filter(|name| !is_virtual(name)) {
            if let Some(table) = self.table(&name)? {
                looks.push(self.look_at(table, &virtual_tables)?);
            }
        }
        Ok(looks)
    }

    fn look_at(&self, table: Table, virtual_tables: &[VirtualTable]) -> Result<Look> {
        let name = table.name.clone();
        let rowid = self.rowid_name(&name)?;
        let integer_key = if rowid.is_some() {
            self.integer_key(&table)?
        } else {
            None
        };
        let references = self.foreign_keys()?;
        let is_child = |child: &str| child.eq_ignore_ascii_case(&name);
        let is_indexed = virtual_tables
            .iter()
            .any(|index| matches!(index.keeps(), Keeps::IndexOf(content) if is_child(&content)));
        let triggers = self.triggers()?;
        let rowid_matters = integer_key.is_none()
            && rowid.is_some()
            && (is_indexed || triggers.use_rowid_of(&name));
        Ok(Look {
            autoincrement: self.has_sequence(&name)?,
            is_referred_to: references.iter().any(|reference| {
                reference.parent.eq_ignore_ascii_case(&name) && !is_child(&reference.child)
            }),
            is_guarded: triggers.refuse_changes_of(&name),
            sample: self.sample(&table, rowid)?,
            table,
            integer_key,
            rowid,
            rowid_matters,
        })
    }

    /// The column that is the rowid under another name.
    fn integer_key(&self, table: &Table) -> Result<Option<String>> {
        let [key] = table.key[..] else {
            return Ok(None);
        };
        let column = &table.columns[key];
        let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2 AND type = 'INTEGER' COLLATE NOCASE";
        let is_integer = self.number(sql, [&table.name, column])? > Some(0);
        Ok(is_integer.then(|| column.clone()))
    }

    /// Whether it never gives a number twice.
    pub(super) fn has_sequence(&self, table: &str) -> Result<bool> {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE AND sql LIKE '%AUTOINCREMENT%'";
        Ok(self.number(sql, [table])? > Some(0))
    }

    fn sample(&self, table: &Table, rowid: Option<&str>) -> Result<Vec<Vec<Value>>> {
        const ROWS: usize = 20;
        let failed = self.failed("read");
        let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
        let order = rowid.map(|rowid| format!(" ORDER BY {rowid} DESC"));
        let order = order.unwrap_or_default();
        let sql = format!(
            "SELECT {} FROM {}{order} LIMIT {ROWS}",
            columns.join(", "),
            quoted(&table.name)
        );
        let mut statement = self.connection.prepare(&sql).map_err(&failed)?;
        let width = columns.len();
        let row =
            |row: &rusqlite::Row<'_>| (0..width).map(|index| value(row.get_ref(index)?)).collect();
        let rows = statement.query_map([], row).map_err(&failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(&failed)
    }

    /// The virtual tables that nobody can read here, since their module is not built in.
    pub(crate) fn unreadable(&self) -> Result<Vec<VirtualTable>> {
        let mut tables = self.virtual_tables()?;
        tables.retain(|table| table.keeps() == Keeps::Unknown);
        Ok(tables)
    }
}
